use super::{AccountId, InvalidName, Partition, checked_text};

/// An Amazon Resource Name, `arn:partition:service:region:account:resource`.
///
/// Invariant: starts with `arn:` and has at least six colon-separated parts, with a
/// partition, a service and a resource that are not empty. See
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

checked_text!(Arn);

impl Arn {
    /// Reads an ARN.
    ///
    /// # Errors
    /// When a part is missing.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        if let ["arn", partition, service, _, _, resource] = parts[..]
            && !partition.is_empty()
            && !service.is_empty()
            && !resource.is_empty()
        {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName::new(
            format!("`{}` is not an ARN", text.escape_debug()),
            "an ARN reads arn:partition:service:region:account:resource",
        ))
    }

    /// The ARN of the role `name` at path `/`.
    #[must_use]
    pub fn role(partition: Partition, account: &AccountId, name: &super::RoleName) -> Self {
        Self(format!("arn:{partition}:iam::{account}:role/{name}"))
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// The partition, when it is one tcperm knows.
    #[must_use]
    pub fn partition(&self) -> Option<Partition> {
        Partition::parse(self.part(1)).ok()
    }

    /// The region part; empty for global services such as IAM.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account part, when it is an account id (S3 buckets have none).
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        AccountId::parse(self.part(4)).ok()
    }

    /// Everything after the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

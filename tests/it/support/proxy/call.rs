//! The calls that the proxy records.

use std::collections::BTreeMap;
use std::fmt;

use crate::support::{Fault, form};

/// A call that reached the proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The API's action, e.g. `CreateRole`.
    pub action: String,
    /// Its `RoleName`.
    pub role: Option<String>,
    /// Its `PolicyName`, its `PolicyArn`, or its `PermissionsBoundary`.
    pub policy: Option<String>,
    /// The fault that was played.
    pub fault: Option<Fault>,
    /// All its parameters, as they were sent.
    pub form: String,
    /// The role that it writes to as it stood before: where there was one, and the proxy watches.
    pub before: Option<Before>,
}

/// What conditions can ask about a role that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

impl Call {
    /// The call that a form asks for.
    pub(super) fn of(form: &str) -> Self {
        Self {
            action: form::field(form, "Action").unwrap_or_default(),
            role: form::field(form, "RoleName"),
            policy: ["PolicyName", "PolicyArn", "PermissionsBoundary"]
                .iter()
                .find_map(|name| form::field(form, name)),
            fault: None,
            form: form.to_owned(),
            before: None,
        }
    }

    /// Whether the call would change something.
    pub fn is_write(&self) -> bool {
        !["Get", "List", "Assume"]
            .iter()
            .any(|verb| self.action.starts_with(verb))
    }

    /// The service it is a call of: `sts` or `iam`.
    pub fn service(&self) -> &'static str {
        match self.action.as_str() {
            "AssumeRole" | "GetCallerIdentity" => "sts",
            _ => "iam",
        }
    }

    /// The policy that it would write: an inline policy, or who may assume the role.
    pub fn document(&self) -> Option<serde_json::Value> {
        let names = ["PolicyDocument", "AssumeRolePolicyDocument"];
        let text = names.iter().find_map(|name| form::field(&self.form, name))?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{self}: {error}: {text}")))
    }

    /// The tags that it would set.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let part =
            |number: usize, part: &str| form::field(&self.form, &format!("Tags.member.{number}.{part}"));
        (1..)
            .map_while(|number| Some((part(number, "Key")?, part(number, "Value")?)))
            .collect()
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.action)?;
        for part in [&self.role, &self.policy].into_iter().flatten() {
            write!(f, " {part}")?;
        }
        self.fault.map_or(Ok(()), |fault| write!(f, " ({fault:?})"))
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

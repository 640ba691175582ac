use crate::model::RoleName;

/// A call that did not succeed: which, on which role, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct IamError {
    /// The call, by IAM's name for it: `CreateRole`.
    pub call: &'static str,
    /// The role it was about.
    pub role: Option<RoleName>,
    /// The kind of fault.
    pub fault: Fault,
    /// What the account said, one line.
    pub detail: String,
}

/// The kinds of fault that lead to different ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such role or policy.
    NotFound,
    /// The managed policy that a role is to have is not there, or cannot be attached to roles.
    NoManagedPolicy,
    /// There is such a role already.
    AlreadyExists,
    /// The role still holds something, or another writer was at it.
    Conflict,
    /// The caller may not do this.
    AccessDenied,
    /// There are no credentials.
    NoCredentials,
    /// The credentials' time is over.
    ExpiredCredentials,
    /// The account does not know the credentials.
    InvalidCredentials,
    /// The AWS config files have no such profile, or none that can be used.
    UnknownProfile,
    /// What is to be assumed is no role.
    InvalidRole,
    /// The region is not one of the account's.
    Region,
    /// Too many calls, in spite of waiting.
    Throttled,
    /// A quota of the account or of the role.
    LimitExceeded,
    /// A document or a name that IAM refuses.
    Malformed,
    /// No answer.
    Unreachable,
    /// The embedded account's file cannot be read or written.
    Storage,
    /// Anything else.
    Other,
}

impl Fault {
    /// What the user can do about it.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::NotFound => "it was deleted meanwhile: run the command again",
            Self::NoManagedPolicy => {
                "check the ARN, with its path, and that the policy stands in the role's account or is AWS's own: `aws iam get-policy --policy-arn ARN`"
            }
            Self::AlreadyExists => "it was created meanwhile: run the command again",
            Self::Conflict => {
                "the role holds something new, or another run is at work on it: run the command again"
            }
            Self::AccessDenied => {
                "ask for this permission on the role, or take a profile (`-e`) or role (`-R`) that has it"
            }
            Self::NoCredentials => {
                "name a profile with `-e PROFILE`, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or try it without an account with `--local`"
            }
            Self::ExpiredCredentials => {
                "sign in again, or renew the keys that the environment or the profile holds"
            }
            Self::InvalidCredentials => "check the profile's keys, and that its account is active",
            Self::UnknownProfile => {
                "list the profiles with `aws configure list-profiles`, or add this one with `aws configure sso`"
            }
            Self::InvalidRole => "give `-R` the ARN of a role, or the name of a role in your own account",
            Self::Region => "name a region of the account's partition with `--region`, for example us-east-1",
            Self::Throttled => "wait a minute and run the command again: it goes on where it stopped",
            Self::LimitExceeded => {
                "ask AWS for a higher quota, or delete sandboxes that are not needed (`tcperm list`)"
            }
            Self::Malformed => "please report this: tcperm checks documents before it writes them",
            Self::Unreachable => {
                "check the network, the region and AWS_ENDPOINT_URL, then run the command again"
            }
            Self::Storage => {
                "check that the file is readable and writable, or name another folder with TCPERM_HOME"
            }
            Self::Other => "run the command again with `-v` for the details",
        }
    }
}

impl IamError {
    /// A fault of a call.
    pub fn new(call: &'static str, role: Option<&RoleName>, fault: Fault, detail: impl Into<String>) -> Self {
        Self {
            call,
            role: role.cloned(),
            fault,
            detail: detail.into(),
        }
    }

    fn sentence(&self) -> String {
        let what = match self.fault {
            Fault::NotFound => "found nothing",
            Fault::NoManagedPolicy => "was refused: there is no such managed policy",
            Fault::AlreadyExists => "was refused: it exists already",
            Fault::Conflict => "was refused: the role is in use or being changed",
            Fault::AccessDenied => "was denied",
            Fault::NoCredentials => "was not made: there are no AWS credentials",
            Fault::ExpiredCredentials => "was refused: the credentials have expired",
            Fault::InvalidCredentials => "was refused: AWS does not know these credentials",
            Fault::UnknownProfile => "was not made: the AWS profile cannot be used",
            Fault::InvalidRole => "was not made",
            Fault::Region => "was refused: it was sent to the wrong region",
            Fault::Throttled => "was throttled in spite of retries",
            Fault::LimitExceeded => "would pass a limit",
            Fault::Malformed => "was refused as malformed",
            Fault::Unreachable => "got no answer from AWS",
            Fault::Storage => "failed on the embedded account",
            Fault::Other => "failed",
        };
        let role = self
            .role
            .as_ref()
            .map(|role| format!(" on `{role}`"))
            .unwrap_or_default();
        if self.detail.is_empty() {
            format!("{}{role} {what}", self.call)
        } else {
            format!("{}{role} {what}: {}", self.call, self.detail)
        }
    }
}

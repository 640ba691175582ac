use std::fmt;

use serde::{Serialize, Serializer};

use crate::intent::ownership::Ownership;

/// Why a role may not be touched although something should happen to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// A role of that name is there, and its tags do not say that it is tcperm's.
    Foreign,
    /// The role belongs to a sandbox that differs in case only.
    OtherSpelling(String),
    /// The role is part of another sandbox, under a name that both would choose.
    OtherSandbox(String),
    /// The role stands at another path than `/`.
    OtherPath(String),
    /// The role was written for another region.
    OtherRegion(String),
    /// The role serves a topology whose name differs in case only.
    NamespaceSpelling(String),
    /// The role is that of something else in the sandbox.
    OfAnother(String),
    /// The role's tags name a capability that is not in the rule book.
    UnknownCapability(String),
    /// The role is not any more what it was when it was decided that it goes.
    ChangedMeanwhile,
}

impl Obstacle {
    /// What stands between a sandbox and a role that is whose.
    #[must_use]
    pub fn of(ownership: Ownership) -> Option<Self> {
        match ownership {
            Ownership::Ours => None,
            Ownership::OtherSpelling(sandbox) => Some(Self::OtherSpelling(sandbox)),
            Ownership::Foreign => Some(Self::Foreign),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Foreign => {
                "take it over with `create --adopt` (`plan --adopt` shows what would change), or delete it"
                    .to_owned()
            }
            Self::OtherSpelling(sandbox) => {
                format!("IAM compares role names without case: use `-s {sandbox}`, or another name")
            }
            Self::OtherSandbox(_) => {
                "it is left alone: give one of the functions' roles another name with `runtime.role_name`, with the sandbox in it"
                    .to_owned()
            }
            Self::OtherPath(_) => "delete that role, or give the sandbox another name".to_owned(),
            Self::OtherRegion(region) => {
                format!(
                    "a sandbox stands in one region: use `--region {region}`, or another sandbox for this one"
                )
            }
            Self::NamespaceSpelling(namespace) => {
                format!(
                    "IAM compares tag keys without case: name the topology `{namespace}`, or something else"
                )
            }
            Self::OfAnother(_) => {
                "give the function's role a name of its own with `runtime.role_name`".to_owned()
            }
            Self::UnknownCapability(_) => "it was written by a newer tcperm: update this one".to_owned(),
            Self::ChangedMeanwhile => "its sandbox is in use again: run it again to see".to_owned(),
        }
    }
}

impl Serialize for Obstacle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign => f.write_str("exists and does not carry tcperm's tags"),
            Self::OtherSpelling(sandbox) | Self::OtherSandbox(sandbox) => {
                write!(f, "belongs to the sandbox `{}`", sandbox.escape_debug())
            }
            Self::OtherPath(arn) => write!(f, "exists at another path: {arn}"),
            Self::OtherRegion(region) => write!(f, "serves this sandbox in {region}"),
            Self::NamespaceSpelling(namespace) => write!(f, "serves a topology spelled `{namespace}`"),
            Self::ChangedMeanwhile => f.write_str("was changed after it was listed"),
            Self::OfAnother(label) => write!(f, "is the role of `{label}`"),
            Self::UnknownCapability(id) => {
                write!(f, "records the capability `{id}`, which is not known here")
            }
        }
    }
}

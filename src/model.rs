//! The checked names everything else is made of.
//!
//! Text goes in once, through `parse`, and comes out as a type that cannot hold
//! anything else; later stages never check again. Nothing here knows what a
//! topology, a policy or a plan is.

mod account_id;
mod arn;
mod context;
mod expiry;
mod identity;
mod kind;
mod namespace;
mod policy_name;
mod region;
mod role_id;
mod role_name;
mod sandbox;
mod tags;

pub use account_id::AccountId;
pub use arn::Arn;
pub use context::{Assets, Context};
pub use expiry::{Expiry, Period, day};
pub use identity::Identity;
pub use kind::{EntityKind, RoleKind};
pub use namespace::Namespace;
pub use policy_name::PolicyName;
pub(crate) use region::nearest;
pub use region::{Partition, Region};
pub use role_id::{RoleId, RoleOwner};
pub use role_name::RoleName;
pub use sandbox::Sandbox;
pub use tags::Tags;

/// A name that breaks its rule: what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidName {
    /// What is wrong, with the offending text in backticks.
    pub message: String,
    /// The rule, in words a user can act on.
    pub help: String,
}

impl InvalidName {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// Gives a checked string type its `Display`, `AsRef<str>`, `FromStr` and serde forms.
macro_rules! checked_text {
    ($type:ident) => {
        impl $type {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::model::InvalidName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
use checked_text;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{AccountId, Identity, Partition, Region, Sandbox};

/// Where the roles are to stand: all that rendering needs to know besides the topology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: Partition,
    /// The account that holds the roles and the sandbox's resources.
    pub account: AccountId,
    /// The region of the sandbox's resources; the roles themselves are global.
    pub region: Region,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The profile name, for `{{env}}` and `{{profile}}` in names; `None` when unknown.
    pub profile: Option<String>,
    /// The event bus of the sandbox: `default`, or `tc-<sandbox>`.
    pub event_bus: String,
    /// What else names may hold.
    pub assets: Assets,
}

/// Where a team keeps what it deploys: values that names may hold, `None` where nobody says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// The bucket, for `{{ASSET_BUCKET}}`.
    pub bucket: Option<String>,
    /// The account, for `{{ASSET_ACCOUNT}}`.
    pub account: Option<String>,
    /// The repository of images, for `{{repo}}`.
    pub repository: Option<String>,
}

impl Context {
    /// The tag key that says which sandbox a resource belongs to, as tc writes it.
    pub const TAG_KEY: &'static str = "sandbox";

    /// The account.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            partition: self.partition,
            account: self.account.clone(),
        }
    }
}

#[cfg(test)]
impl Context {
    /// A place for tests: sandbox `dev` in `eu-west-1`.
    pub(crate) fn example() -> Self {
        let region = Region::parse("eu-west-1").unwrap();
        Self {
            partition: region.partition(),
            account: AccountId::parse("123456789012").unwrap(),
            region,
            sandbox: Sandbox::parse("dev").unwrap(),
            profile: None,
            event_bus: "default".to_owned(),
            assets: Assets::default(),
        }
    }
}

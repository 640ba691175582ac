use super::{AccountId, Partition, Region, Sandbox};

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
}

impl Context {
    /// The tag key that says which sandbox a resource belongs to, as tc writes it.
    pub const TAG_KEY: &'static str = "sandbox";
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
        }
    }
}

use super::local::LocalAccount;
use super::{AccountSummary, Iam, IamResult, NewRole, PolicyVersion, RoleDetail, RoleSummary};
use crate::model::{Arn, Identity, PolicyName, RoleName, Tags};
use crate::policy::Policy;

/// The account that the user chose.
#[derive(Debug)]
pub enum Account {
    /// The embedded account.
    Local(LocalAccount),
    /// AWS.
    #[cfg(feature = "aws")]
    Aws(Box<super::aws::AwsAccount>),
}

/// Passes a call on to whichever account it is.
macro_rules! pass_on {
    ($self:ident . $call:ident ( $($argument:expr),* )) => {
        match $self {
            Self::Local(account) => account.$call($($argument),*).await,
            #[cfg(feature = "aws")]
            Self::Aws(account) => account.$call($($argument),*).await,
        }
    };
}

impl Iam for Account {
    async fn identity(&self) -> IamResult<Identity> {
        pass_on!(self.identity())
    }

    async fn account_summary(&self) -> IamResult<AccountSummary> {
        pass_on!(self.account_summary())
    }

    async fn list_roles(&self) -> IamResult<Vec<RoleSummary>> {
        pass_on!(self.list_roles())
    }

    async fn get_role(&self, role: &RoleName) -> IamResult<Option<RoleDetail>> {
        pass_on!(self.get_role(role))
    }

    async fn list_role_tags(&self, role: &RoleName) -> IamResult<Option<Tags>> {
        pass_on!(self.list_role_tags(role))
    }

    async fn list_inline_policies(&self, role: &RoleName) -> IamResult<Option<Vec<PolicyName>>> {
        pass_on!(self.list_inline_policies(role))
    }

    async fn get_inline_policy(&self, role: &RoleName, policy: &PolicyName) -> IamResult<Option<String>> {
        pass_on!(self.get_inline_policy(role, policy))
    }

    async fn list_managed_policies(&self, role: &RoleName) -> IamResult<Option<Vec<Arn>>> {
        pass_on!(self.list_managed_policies(role))
    }

    async fn list_instance_profiles(&self, role: &RoleName) -> IamResult<Option<Vec<String>>> {
        pass_on!(self.list_instance_profiles(role))
    }

    async fn managed_policy(&self, policy: &Arn) -> IamResult<Option<String>> {
        pass_on!(self.managed_policy(policy))
    }

    async fn policy_uses(&self, policy: &Arn) -> IamResult<Option<u64>> {
        pass_on!(self.policy_uses(policy))
    }

    async fn list_policy_versions(&self, policy: &Arn) -> IamResult<Option<Vec<PolicyVersion>>> {
        pass_on!(self.list_policy_versions(policy))
    }

    async fn create_role(&self, role: &NewRole<'_>) -> IamResult<()> {
        pass_on!(self.create_role(role))
    }

    async fn update_trust(&self, role: &RoleName, trust: &Policy) -> IamResult<()> {
        pass_on!(self.update_trust(role, trust))
    }

    async fn tag_role(&self, role: &RoleName, tags: &Tags) -> IamResult<()> {
        pass_on!(self.tag_role(role, tags))
    }

    async fn untag_role(&self, role: &RoleName, keys: &[String]) -> IamResult<()> {
        pass_on!(self.untag_role(role, keys))
    }

    async fn put_inline_policy(&self, role: &RoleName, name: &PolicyName, policy: &Policy) -> IamResult<()> {
        pass_on!(self.put_inline_policy(role, name, policy))
    }

    async fn delete_inline_policy(&self, role: &RoleName, name: &PolicyName) -> IamResult<()> {
        pass_on!(self.delete_inline_policy(role, name))
    }

    async fn attach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        pass_on!(self.attach_managed_policy(role, policy))
    }

    async fn detach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        pass_on!(self.detach_managed_policy(role, policy))
    }

    async fn put_boundary(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        pass_on!(self.put_boundary(role, policy))
    }

    async fn remove_from_instance_profile(&self, role: &RoleName, profile: &str) -> IamResult<()> {
        pass_on!(self.remove_from_instance_profile(role, profile))
    }

    async fn delete_policy_version(&self, policy: &Arn, version: &str) -> IamResult<()> {
        pass_on!(self.delete_policy_version(policy, version))
    }

    async fn delete_policy(&self, policy: &Arn) -> IamResult<()> {
        pass_on!(self.delete_policy(policy))
    }

    async fn delete_role(&self, role: &RoleName) -> IamResult<()> {
        pass_on!(self.delete_role(role))
    }

    fn calls(&self) -> u64 {
        match self {
            Self::Local(account) => account.calls(),
            #[cfg(feature = "aws")]
            Self::Aws(account) => account.calls(),
        }
    }
}

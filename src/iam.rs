//! The account: the calls of IAM that tcperm makes, behind one trait.
//!
//! Two accounts stand behind it: [`local`], a strict model of IAM in one JSON file, and
//! `aws`, IAM itself through the AWS SDK (feature `aws`). Each call here is one call of
//! IAM's API, by its name, and is counted. Documents go in as [`Policy`] and come out as
//! the text IAM holds, because what was written by hand may be beyond our reader.

pub mod local;

#[cfg(feature = "aws")]
pub mod aws;

mod account;
mod error;

use crate::model::{Arn, Identity, PolicyName, RoleName, Tags};
use crate::policy::Policy;

pub use account::Account;
pub use error::{Fault, IamError};

/// The most calls in flight: enough to read five roles in four round trips.
///
/// IAM limits how many calls come in a second, by buckets of tokens that the whole account shares and
/// whose sizes are not published
/// (<https://aws.amazon.com/blogs/security/how-to-monitor-and-query-iam-resources-at-scale-part-2/>).
/// More in flight empty a bucket sooner; after the first refusal the SDK slows down by itself.
pub(crate) const MOST_IN_FLIGHT: usize = 10;

/// What a call gives.
pub type IamResult<T> = Result<T, IamError>;

/// A role as a listing shows it: without tags and documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSummary {
    /// The name, in the spelling it was created with.
    pub name: RoleName,
    /// The ARN, with the path.
    pub arn: Arn,
    /// When the role was created, in seconds since 1970.
    pub created: i64,
    /// The description.
    pub description: Option<String>,
}

/// A role without its permission policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleDetail {
    /// What a listing shows.
    pub summary: RoleSummary,
    /// The trust policy, as JSON text.
    pub trust: String,
    /// The ARN of the permissions boundary.
    pub boundary: Option<Arn>,
    /// The tags.
    pub tags: Tags,
    /// When the role was last used for a request, in seconds since 1970: within 400 days, and known
    /// some hours later (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html>).
    pub last_used: Option<i64>,
}

/// A version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its name: `v1`, `v2`, …
    pub id: String,
    /// Whether it is the one in force.
    pub is_default: bool,
}

/// A role that is to be created, at path `/`
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>).
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    /// The name.
    pub name: &'a RoleName,
    /// The trust policy.
    pub trust: &'a Policy,
    /// The tags.
    pub tags: &'a Tags,
    /// The managed policy that bounds what the role may do.
    pub boundary: Option<&'a Arn>,
    /// The description, which a listing shows: at most 1,000 characters, printable Latin-1, tabs
    /// and line ends.
    pub description: Option<&'a str>,
}

/// How many roles an account has and may have, and how big what they hold may be; `None` where the
/// account does not tell
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountSummary {
    /// The roles that there are.
    pub roles: Option<usize>,
    /// The most roles.
    pub roles_quota: Option<usize>,
    /// The most characters that the inline policies of a role may have together.
    pub role_policy_size_quota: Option<usize>,
    /// The most characters that a trust policy may have.
    pub trust_policy_size_quota: Option<usize>,
    /// The most managed policies that a role may have.
    pub managed_policies_per_role_quota: Option<usize>,
}

/// IAM, as far as tcperm uses it.
///
/// A role that does not exist is `None` where a call asks for it, and [`Fault::NotFound`]
/// where a call writes to it. Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/>.
#[expect(async_fn_in_trait, reason = "one thread: no future has to be `Send`")]
pub trait Iam {
    /// Whose account it is (STS `GetCallerIdentity`).
    async fn identity(&self) -> IamResult<Identity>;
    /// How much of the account is used, and its quotas (`GetAccountSummary`).
    async fn account_summary(&self) -> IamResult<AccountSummary>;
    /// Every role of the account, all pages (`ListRoles`).
    async fn list_roles(&self) -> IamResult<Vec<RoleSummary>>;
    /// A role (`GetRole`).
    async fn get_role(&self, role: &RoleName) -> IamResult<Option<RoleDetail>>;
    /// A role's tags (`ListRoleTags`).
    async fn list_role_tags(&self, role: &RoleName) -> IamResult<Option<Tags>>;
    /// The names of a role's inline policies (`ListRolePolicies`).
    async fn list_inline_policies(&self, role: &RoleName) -> IamResult<Option<Vec<PolicyName>>>;
    /// An inline policy, as JSON text (`GetRolePolicy`).
    async fn get_inline_policy(&self, role: &RoleName, policy: &PolicyName) -> IamResult<Option<String>>;
    /// The managed policies attached to a role (`ListAttachedRolePolicies`).
    async fn list_managed_policies(&self, role: &RoleName) -> IamResult<Option<Vec<Arn>>>;
    /// The names of the instance profiles that hold a role (`ListInstanceProfilesForRole`).
    async fn list_instance_profiles(&self, role: &RoleName) -> IamResult<Option<Vec<String>>>;
    /// The document of a managed policy, as JSON text: that of its default version. Two calls, the
    /// second for the version that the first one names (`GetPolicy`).
    async fn managed_policy(&self, policy: &Arn) -> IamResult<Option<String>>;
    /// How many roles, users and groups hold a managed policy, as a policy or as their boundary
    /// (`GetPolicy`).
    async fn policy_uses(&self, policy: &Arn) -> IamResult<Option<u64>>;
    /// The versions of a managed policy, all pages (`ListPolicyVersions`).
    async fn list_policy_versions(&self, policy: &Arn) -> IamResult<Option<Vec<PolicyVersion>>>;
    /// Creates a role (`CreateRole`).
    async fn create_role(&self, role: &NewRole<'_>) -> IamResult<()>;
    /// Replaces the trust policy (`UpdateAssumeRolePolicy`).
    async fn update_trust(&self, role: &RoleName, trust: &Policy) -> IamResult<()>;
    /// Sets tags, leaving others alone (`TagRole`).
    async fn tag_role(&self, role: &RoleName, tags: &Tags) -> IamResult<()>;
    /// Removes tags; keys that are not there are no fault (`UntagRole`).
    async fn untag_role(&self, role: &RoleName, keys: &[String]) -> IamResult<()>;
    /// Writes an inline policy, replacing one of the same name (`PutRolePolicy`).
    async fn put_inline_policy(&self, role: &RoleName, name: &PolicyName, policy: &Policy) -> IamResult<()>;
    /// Deletes an inline policy (`DeleteRolePolicy`).
    async fn delete_inline_policy(&self, role: &RoleName, name: &PolicyName) -> IamResult<()>;
    /// Attaches a managed policy; one that is attached already is no fault (`AttachRolePolicy`).
    async fn attach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()>;
    /// Detaches a managed policy (`DetachRolePolicy`).
    async fn detach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()>;
    /// Sets the permissions boundary, in the place of another (`PutRolePermissionsBoundary`).
    async fn put_boundary(&self, role: &RoleName, policy: &Arn) -> IamResult<()>;
    /// Takes a role out of an instance profile (`RemoveRoleFromInstanceProfile`).
    async fn remove_from_instance_profile(&self, role: &RoleName, profile: &str) -> IamResult<()>;
    /// Deletes a version of a managed policy that is not its default version (`DeletePolicyVersion`).
    async fn delete_policy_version(&self, policy: &Arn, version: &str) -> IamResult<()>;
    /// Deletes a managed policy that nobody holds and that has one version (`DeletePolicy`).
    async fn delete_policy(&self, policy: &Arn) -> IamResult<()>;
    /// Deletes a role that holds nothing any more (`DeleteRole`).
    async fn delete_role(&self, role: &RoleName) -> IamResult<()>;
    /// How many calls were made so far; each page of a listing is one, a retry is none.
    fn calls(&self) -> u64;
}

/// Tells the log of a call, which is shown with `-v`.
fn log(call: &'static str, role: Option<&RoleName>) {
    let role = role.map_or("", RoleName::as_str);
    tracing::debug!("{call} {role}");
}

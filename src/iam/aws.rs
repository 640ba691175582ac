//! IAM itself, through the AWS SDK: the only code that names `aws_*`.
//!
//! In: the calls of [`Iam`], and which credentials, role and region to use. Out: IAM's
//! answers in our own types, or an [`IamError`] that says which call on which role failed
//! and why. Credentials are never kept, shown or written. Nothing is cached: each call asks.
//!
//! The SDK retries throttling, failures of the service and of the network, and, by a rule
//! of our own, writes that met another writer. A retry is not counted as a call.

mod answer;
mod connect;
mod fault;
mod genuine;
mod retry;

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use tokio::sync::Semaphore;

use super::{
    AccountSummary, Fault, Iam, IamError, IamResult, NewRole, PolicyVersion, RoleDetail, RoleSummary, log,
};
use crate::model::{Arn, Identity, PolicyName, Region, RoleName, Tags};
use crate::policy::Policy;

use fault::Surroundings;

/// Whose credentials to use, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsOptions {
    /// The profile that was asked for by name: its credentials and no others.
    ///
    /// Without one the SDK's chain decides: keys in the environment, the profile of
    /// `AWS_PROFILE` or `default`, web identity, container, instance. With one, keys in the
    /// environment count for nothing, so that `-e prod` never writes with the keys of another
    /// account; only a profile that says `credential_source` itself reaches beyond its file.
    pub profile: Option<String>,
    /// The region; without one, that of the environment, then that of the profile.
    pub region: Option<Region>,
    /// The role to assume with these credentials: an ARN, or the name of a role (with its
    /// path, if it has one) in the credentials' own account.
    pub assume_role: Option<String>,
}

/// An account of AWS.
#[derive(Debug)]
pub struct AwsAccount {
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    region: Option<String>,
    surroundings: Surroundings,
    calls: AtomicU64,
    in_flight: Semaphore,
}

impl AwsAccount {
    /// Prepares the clients.
    ///
    /// Reads the environment and the AWS config files. The network is used only to find the
    /// account of a role that is given by its name alone: one call, not counted. Needs a
    /// tokio runtime with time and I/O.
    ///
    /// # Errors
    /// [`Fault::InvalidRole`] for a role that is neither an ARN nor a name, and the faults of
    /// `GetCallerIdentity` where it is called.
    pub async fn connect(options: &AwsOptions) -> IamResult<Self> {
        connect::connect(options).await
    }

    /// The region that the options, the environment or the profile give.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.region.clone()
    }

    async fn call<T, E>(
        &self,
        call: &'static str,
        role: Option<&RoleName>,
        answer: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> IamResult<T>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.calls.fetch_add(1, Ordering::Relaxed);
        log(call, role);
        // The semaphore is never closed, so there is always a permit to wait for.
        let _permit = self.in_flight.acquire().await;
        answer
            .await
            .map_err(|error| fault::of(call, role, &error, &self.surroundings))
    }

    async fn write<T, E>(
        &self,
        call: &'static str,
        role: &RoleName,
        answer: impl Future<Output = Result<T, SdkError<E>>>,
    ) -> IamResult<()>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        self.call(call, Some(role), answer).await.map(|_| ())
    }
}

impl Iam for AwsAccount {
    async fn identity(&self) -> IamResult<Identity> {
        let call = "GetCallerIdentity";
        let caller = self
            .call(call, None, self.sts.get_caller_identity().send())
            .await?;
        answer::identity(caller.arn(), caller.account()).map_err(|detail| unreadable(call, None, detail))
    }

    async fn account_summary(&self) -> IamResult<AccountSummary> {
        let request = self.iam.get_account_summary();
        let told = self.call("GetAccountSummary", None, request.send()).await?;
        Ok(answer::account_summary(told.summary_map()))
    }

    async fn list_roles(&self) -> IamResult<Vec<RoleSummary>> {
        let mut roles = Vec::new();
        let mut marker = None;
        loop {
            let request = self.iam.list_roles().max_items(1_000).set_marker(marker);
            let page = self.call("ListRoles", None, request.send()).await?;
            roles.extend(page.roles.iter().filter_map(answer::summary));
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(roles),
                next => marker = next,
            }
        }
    }

    async fn get_role(&self, role: &RoleName) -> IamResult<Option<RoleDetail>> {
        let call = "GetRole";
        let request = self.iam.get_role().role_name(role.as_str());
        let Some(found) = found(self.call(call, Some(role), request.send()).await)? else {
            return Ok(None);
        };
        let detail = found
            .role()
            .ok_or_else(|| "the answer holds no role".to_owned())
            .and_then(answer::detail);
        detail.map(Some).map_err(|why| unreadable(call, Some(role), why))
    }

    async fn list_role_tags(&self, role: &RoleName) -> IamResult<Option<Tags>> {
        let mut tags = Tags::new();
        let mut marker = None;
        loop {
            let request = self
                .iam
                .list_role_tags()
                .role_name(role.as_str())
                .set_marker(marker);
            let Some(page) = found(self.call("ListRoleTags", Some(role), request.send()).await)? else {
                return Ok(None);
            };
            for tag in &page.tags {
                tags.set(tag.key(), tag.value());
            }
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(Some(tags)),
                next => marker = next,
            }
        }
    }

    async fn list_inline_policies(&self, role: &RoleName) -> IamResult<Option<Vec<PolicyName>>> {
        let call = "ListRolePolicies";
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let request = self
                .iam
                .list_role_policies()
                .role_name(role.as_str())
                .set_marker(marker);
            let Some(page) = found(self.call(call, Some(role), request.send()).await)? else {
                return Ok(None);
            };
            for name in &page.policy_names {
                let name = PolicyName::parse(name).map_err(|e| unreadable(call, Some(role), e.message))?;
                names.push(name);
            }
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(Some(names)),
                next => marker = next,
            }
        }
    }

    async fn get_inline_policy(&self, role: &RoleName, policy: &PolicyName) -> IamResult<Option<String>> {
        let call = "GetRolePolicy";
        let request = self.iam.get_role_policy();
        let request = request.role_name(role.as_str()).policy_name(policy.as_str());
        let Some(answer) = found(self.call(call, Some(role), request.send()).await)? else {
            return Ok(None);
        };
        let text = answer::document(answer.policy_document());
        text.map(Some).map_err(|why| unreadable(call, Some(role), why))
    }

    async fn list_managed_policies(&self, role: &RoleName) -> IamResult<Option<Vec<Arn>>> {
        let call = "ListAttachedRolePolicies";
        let mut policies = Vec::new();
        let mut marker = None;
        loop {
            let request = self
                .iam
                .list_attached_role_policies()
                .role_name(role.as_str())
                .set_marker(marker);
            let Some(page) = found(self.call(call, Some(role), request.send()).await)? else {
                return Ok(None);
            };
            for policy in page.attached_policies() {
                let arn = Arn::parse(policy.policy_arn().unwrap_or_default())
                    .map_err(|e| unreadable(call, Some(role), e.message))?;
                policies.push(arn);
            }
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(Some(policies)),
                next => marker = next,
            }
        }
    }

    async fn list_instance_profiles(&self, role: &RoleName) -> IamResult<Option<Vec<String>>> {
        let mut profiles = Vec::new();
        let mut marker = None;
        loop {
            let request = self
                .iam
                .list_instance_profiles_for_role()
                .role_name(role.as_str())
                .set_marker(marker);
            let call = self.call("ListInstanceProfilesForRole", Some(role), request.send());
            let Some(page) = found(call.await)? else {
                return Ok(None);
            };
            let names = page.instance_profiles.iter();
            profiles.extend(names.map(|profile| profile.instance_profile_name.clone()));
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(Some(profiles)),
                next => marker = next,
            }
        }
    }

    async fn managed_policy(&self, policy: &Arn) -> IamResult<Option<String>> {
        let request = self.iam.get_policy().policy_arn(policy.as_str());
        let about = found(self.call("GetPolicy", None, request.send()).await)?;
        let version = about.and_then(|about| about.policy?.default_version_id);
        let Some(version) = version else {
            return Ok(None);
        };
        let call = "GetPolicyVersion";
        let request = self.iam.get_policy_version();
        let request = request.policy_arn(policy.as_str()).version_id(version);
        let Some(answer) = found(self.call(call, None, request.send()).await)? else {
            return Ok(None);
        };
        let version = answer.policy_version();
        let text = answer::document(version.and_then(|it| it.document()).unwrap_or_default());
        text.map(Some).map_err(|why| unreadable(call, None, why))
    }

    async fn policy_uses(&self, policy: &Arn) -> IamResult<Option<u64>> {
        let request = self.iam.get_policy().policy_arn(policy.as_str());
        let about = found(self.call("GetPolicy", None, request.send()).await)?;
        let uses = |about: aws_sdk_iam::types::Policy| {
            let (held, bounds) = (about.attachment_count, about.permissions_boundary_usage_count);
            // Who does not know how often a policy is held must not take it for one that nobody holds.
            let held = held
                .and_then(|number| u64::try_from(number).ok())
                .unwrap_or(u64::MAX);
            let bounds = bounds.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
            held.saturating_add(bounds)
        };
        Ok(about.and_then(|about| about.policy).map(uses))
    }

    async fn list_policy_versions(&self, policy: &Arn) -> IamResult<Option<Vec<PolicyVersion>>> {
        let mut versions = Vec::new();
        let mut marker = None;
        loop {
            let request = self.iam.list_policy_versions();
            let request = request.policy_arn(policy.as_str()).set_marker(marker);
            let Some(page) = found(self.call("ListPolicyVersions", None, request.send()).await)? else {
                return Ok(None);
            };
            versions.extend(page.versions().iter().filter_map(|version| {
                Some(PolicyVersion {
                    id: version.version_id()?.to_owned(),
                    is_default: version.is_default_version(),
                })
            }));
            match page.marker.filter(|_| page.is_truncated) {
                None => return Ok(Some(versions)),
                next => marker = next,
            }
        }
    }

    async fn create_role(&self, role: &NewRole<'_>) -> IamResult<()> {
        let call = "CreateRole";
        let tags = answer::to_tags(role.tags).map_err(|why| unreadable(call, Some(role.name), why))?;
        let request = self
            .iam
            .create_role()
            .role_name(role.name.as_str())
            .assume_role_policy_document(role.trust.to_json())
            .set_permissions_boundary(role.boundary.map(Arn::to_string))
            .set_description(role.description.map(str::to_owned))
            .set_tags((!tags.is_empty()).then_some(tags));
        self.write(call, role.name, request.send()).await
    }

    async fn update_trust(&self, role: &RoleName, trust: &Policy) -> IamResult<()> {
        let request = self
            .iam
            .update_assume_role_policy()
            .role_name(role.as_str())
            .policy_document(trust.to_json());
        self.write("UpdateAssumeRolePolicy", role, request.send()).await
    }

    async fn tag_role(&self, role: &RoleName, tags: &Tags) -> IamResult<()> {
        let call = "TagRole";
        let tags = answer::to_tags(tags).map_err(|why| unreadable(call, Some(role), why))?;
        let request = self.iam.tag_role().role_name(role.as_str()).set_tags(Some(tags));
        self.write(call, role, request.send()).await
    }

    async fn untag_role(&self, role: &RoleName, keys: &[String]) -> IamResult<()> {
        let request = self
            .iam
            .untag_role()
            .role_name(role.as_str())
            .set_tag_keys(Some(keys.to_vec()));
        self.write("UntagRole", role, request.send()).await
    }

    async fn put_inline_policy(&self, role: &RoleName, name: &PolicyName, policy: &Policy) -> IamResult<()> {
        let request = self
            .iam
            .put_role_policy()
            .role_name(role.as_str())
            .policy_name(name.as_str())
            .policy_document(policy.to_json());
        self.write("PutRolePolicy", role, request.send()).await
    }

    async fn delete_inline_policy(&self, role: &RoleName, name: &PolicyName) -> IamResult<()> {
        let request = self.iam.delete_role_policy();
        let request = request.role_name(role.as_str()).policy_name(name.as_str());
        self.write("DeleteRolePolicy", role, request.send()).await
    }

    async fn attach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        let request = self.iam.attach_role_policy();
        let request = request.role_name(role.as_str()).policy_arn(policy.as_str());
        self.write("AttachRolePolicy", role, request.send()).await
    }

    async fn detach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        let request = self.iam.detach_role_policy();
        let request = request.role_name(role.as_str()).policy_arn(policy.as_str());
        self.write("DetachRolePolicy", role, request.send()).await
    }

    async fn put_boundary(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        let request = self.iam.put_role_permissions_boundary();
        let request = request
            .role_name(role.as_str())
            .permissions_boundary(policy.as_str());
        self.write("PutRolePermissionsBoundary", role, request.send())
            .await
    }

    async fn remove_from_instance_profile(&self, role: &RoleName, profile: &str) -> IamResult<()> {
        let request = self.iam.remove_role_from_instance_profile();
        let request = request.role_name(role.as_str()).instance_profile_name(profile);
        self.write("RemoveRoleFromInstanceProfile", role, request.send())
            .await
    }

    async fn delete_policy_version(&self, policy: &Arn, version: &str) -> IamResult<()> {
        let request = self.iam.delete_policy_version();
        let request = request.policy_arn(policy.as_str()).version_id(version);
        let answer = self.call("DeletePolicyVersion", None, request.send());
        answer.await.map(drop)
    }

    async fn delete_policy(&self, policy: &Arn) -> IamResult<()> {
        let request = self.iam.delete_policy().policy_arn(policy.as_str());
        self.call("DeletePolicy", None, request.send()).await.map(drop)
    }

    async fn delete_role(&self, role: &RoleName) -> IamResult<()> {
        let request = self.iam.delete_role().role_name(role.as_str());
        self.write("DeleteRole", role, request.send()).await
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// What a read finds: nothing, where IAM says that there is no such thing.
fn found<T>(answer: IamResult<T>) -> IamResult<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.fault == Fault::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable(call: &'static str, role: Option<&RoleName>, detail: String) -> IamError {
    IamError::new(call, role, Fault::Other, detail)
}

#[cfg(test)]
mod tests;

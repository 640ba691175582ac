//! The embedded account: a strict model of IAM in one JSON file.
//!
//! In: the calls of [`Iam`] and the file `account.json` of a folder. Out: what IAM would
//! answer, and the file as it stands after the call. It never opens a connection, reads no
//! environment, and never changes a file that it cannot read. IAM's eventual consistency,
//! its throttling and its permissions are not modelled.
//!
//! A call locks `account.lock` in the same folder, reads the file, checks, changes, writes a
//! new file and puts it in the old one's place. Several processes may work at once, and one
//! that is killed leaves the state before or after its call. A missing file is an empty
//! account.
//!
//! # The file
//!
//! It may be edited by hand, which is how to try what tcperm does about drift: attach a
//! managed policy, name an instance profile, change a tag. A role needs a name and a trust
//! policy, the rest may be left out. A document is JSON text, or the JSON itself.
//!
//! ```json
//! {
//!   "format_version": "1",
//!   "account": "000000000000",
//!   "partition": "aws",
//!   "roles_created": 1,
//!   "roles_quota": 1000,
//!   "roles": [
//!     {
//!       "name": "tc-base-function-dev",
//!       "path": "/",
//!       "id": "AROALOCAL000000000001",
//!       "created": 1767225600,
//!       "description": null,
//!       "trust": {"Version": "2012-10-17", "Statement": []},
//!       "boundary": null,
//!       "tags": {"sandbox": "dev"},
//!       "inline_policies": [{"name": "tc-base-function-dev", "document": "{…}"}],
//!       "managed_policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
//!       "instance_profiles": ["build-machines"]
//!     }
//!   ],
//!   "managed_policies": [
//!     {"arn": "arn:aws:iam::000000000000:policy/team", "document": "{…}", "other_versions": ["v2"]}
//!   ]
//! }
//! ```
//!
//! `roles_quota` may be left out; no account is granted less than 1000.
//!
//! Roles can have managed policies whose documents the file does not hold: what those allow is
//! not known then.

mod file;
mod rules;
mod state;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{
    AccountSummary, Fault, Iam, IamError, IamResult, NewRole, PolicyVersion, RoleDetail, RoleSummary, log,
};
use crate::model::{Arn, Identity, Partition, PolicyName, RoleName, Tags};
use crate::policy::Policy;

use file::AccountFile;
use state::{IN_FORCE, Role, State};

/// An account in a file.
#[derive(Debug)]
pub struct LocalAccount {
    file: AccountFile,
    calls: AtomicU64,
}

/// Why the account refuses a call.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    fault: Fault,
    detail: String,
}

type Answer<T> = Result<T, Refusal>;

impl LocalAccount {
    /// Opens the account in the folder `home`; the folder is made with the first role.
    ///
    /// # Errors
    /// [`Fault::Storage`] when there is a file that cannot be read as an account.
    pub fn open(home: &Path) -> IamResult<Self> {
        let account = Self {
            file: AccountFile::of(home),
            calls: AtomicU64::new(0),
        };
        account.file.read().map_err(|refusal| refusal.of("open", None))?;
        Ok(account)
    }

    /// The file that holds the account.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn read<T>(
        &self,
        call: &'static str,
        role: Option<&RoleName>,
        answer: impl FnOnce(&State) -> Answer<T>,
    ) -> IamResult<T> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        log(call, role);
        let state = self.file.read();
        state
            .and_then(|state| answer(&state))
            .map_err(|refusal| refusal.of(call, role))
    }

    fn look<T>(
        &self,
        call: &'static str,
        role: &RoleName,
        answer: impl FnOnce(&State, &Role) -> Answer<T>,
    ) -> IamResult<Option<T>> {
        self.read(call, Some(role), |state| {
            state.role(role).map(|found| answer(state, found)).transpose()
        })
    }

    fn write(
        &self,
        call: &'static str,
        role: &RoleName,
        change: impl FnOnce(&mut State) -> Answer<()>,
    ) -> IamResult<()> {
        self.change(call, Some(role), change)
    }

    fn change(
        &self,
        call: &'static str,
        role: Option<&RoleName>,
        change: impl FnOnce(&mut State) -> Answer<()>,
    ) -> IamResult<()> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        log(call, role);
        self.file.change(change).map_err(|refusal| refusal.of(call, role))
    }
}

impl Iam for LocalAccount {
    async fn identity(&self) -> IamResult<Identity> {
        self.read("GetCallerIdentity", None, |state| {
            Ok(Identity {
                partition: state.partition()?,
                account: state.account.clone(),
            })
        })
    }

    async fn account_summary(&self) -> IamResult<AccountSummary> {
        self.read("GetAccountSummary", None, |state| Ok(state.summary()))
    }

    async fn list_roles(&self) -> IamResult<Vec<RoleSummary>> {
        self.read("ListRoles", None, |state| {
            let partition = state.partition()?;
            state
                .roles
                .iter()
                .map(|role| summary(partition, state, role))
                .collect()
        })
    }

    async fn get_role(&self, role: &RoleName) -> IamResult<Option<RoleDetail>> {
        self.look("GetRole", role, |state, found| {
            Ok(RoleDetail {
                summary: summary(state.partition()?, state, found)?,
                trust: found.trust.text(),
                boundary: found.boundary.clone(),
                tags: found.tags.clone(),
                last_used: None,
            })
        })
    }

    async fn list_role_tags(&self, role: &RoleName) -> IamResult<Option<Tags>> {
        self.look("ListRoleTags", role, |_, found| Ok(found.tags.clone()))
    }

    async fn list_inline_policies(&self, role: &RoleName) -> IamResult<Option<Vec<PolicyName>>> {
        self.look("ListRolePolicies", role, |_, found| {
            Ok(found.inline_policies.iter().map(|p| p.name.clone()).collect())
        })
    }

    async fn get_inline_policy(&self, role: &RoleName, policy: &PolicyName) -> IamResult<Option<String>> {
        let text = self.look("GetRolePolicy", role, |_, found| {
            Ok(found.inline(policy).map(|p| p.document.text()))
        })?;
        Ok(text.flatten())
    }

    async fn list_managed_policies(&self, role: &RoleName) -> IamResult<Option<Vec<Arn>>> {
        self.look("ListAttachedRolePolicies", role, |_, found| {
            Ok(found.managed_policies.clone())
        })
    }

    async fn list_instance_profiles(&self, role: &RoleName) -> IamResult<Option<Vec<String>>> {
        self.look("ListInstanceProfilesForRole", role, |_, found| {
            Ok(found.instance_profiles.clone())
        })
    }

    async fn managed_policy(&self, policy: &Arn) -> IamResult<Option<String>> {
        self.read("GetPolicy", None, |state| {
            Ok(state.managed(policy).map(|found| found.document.text()))
        })
    }

    async fn policy_uses(&self, policy: &Arn) -> IamResult<Option<u64>> {
        self.read("GetPolicy", None, |state| {
            let known = state.managed(policy).map(|_| state.uses(policy));
            Ok(known.and_then(|uses| u64::try_from(uses).ok()))
        })
    }

    async fn list_policy_versions(&self, policy: &Arn) -> IamResult<Option<Vec<PolicyVersion>>> {
        self.read("ListPolicyVersions", None, |state| {
            let version = |id: &str| PolicyVersion {
                id: id.to_owned(),
                is_default: id == IN_FORCE,
            };
            Ok(state.managed(policy).map(|found| {
                let others = found.other_versions.iter().map(|id| version(id));
                others.chain([version(IN_FORCE)]).collect()
            }))
        })
    }

    async fn create_role(&self, role: &NewRole<'_>) -> IamResult<()> {
        self.write("CreateRole", role.name, |state| {
            state.create(role, seconds_since_1970())
        })
    }

    async fn update_trust(&self, role: &RoleName, trust: &Policy) -> IamResult<()> {
        self.write("UpdateAssumeRolePolicy", role, |state| {
            state.role_mut(role)?.set_trust(trust)
        })
    }

    async fn tag_role(&self, role: &RoleName, tags: &Tags) -> IamResult<()> {
        self.write("TagRole", role, |state| state.role_mut(role)?.tag(tags))
    }

    async fn untag_role(&self, role: &RoleName, keys: &[String]) -> IamResult<()> {
        self.write("UntagRole", role, |state| {
            let found = state.role_mut(role)?;
            for key in keys {
                found.tags.remove(key);
            }
            Ok(())
        })
    }

    async fn put_inline_policy(&self, role: &RoleName, name: &PolicyName, policy: &Policy) -> IamResult<()> {
        self.write("PutRolePolicy", role, |state| {
            state.role_mut(role)?.put_inline(name, policy)
        })
    }

    async fn delete_inline_policy(&self, role: &RoleName, name: &PolicyName) -> IamResult<()> {
        self.write("DeleteRolePolicy", role, |state| {
            state.role_mut(role)?.delete_inline(name)
        })
    }

    async fn attach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        self.write("AttachRolePolicy", role, |state| {
            state.holds_managed_policy(policy)?;
            state.role_mut(role)?.attach(policy)
        })
    }

    async fn detach_managed_policy(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        self.write("DetachRolePolicy", role, |state| {
            state.role_mut(role)?.detach(policy)
        })
    }

    async fn put_boundary(&self, role: &RoleName, policy: &Arn) -> IamResult<()> {
        self.write("PutRolePermissionsBoundary", role, |state| {
            state.holds_managed_policy(policy)?;
            state.role_mut(role)?.boundary = Some(policy.clone());
            Ok(())
        })
    }

    async fn remove_from_instance_profile(&self, role: &RoleName, profile: &str) -> IamResult<()> {
        self.write("RemoveRoleFromInstanceProfile", role, |state| {
            state.role_mut(role)?.leave(profile)
        })
    }

    async fn delete_policy_version(&self, policy: &Arn, version: &str) -> IamResult<()> {
        self.change("DeletePolicyVersion", None, |state| {
            state.delete_policy_version(policy, version)
        })
    }

    async fn delete_policy(&self, policy: &Arn) -> IamResult<()> {
        self.change("DeletePolicy", None, |state| state.delete_policy(policy))
    }

    async fn delete_role(&self, role: &RoleName) -> IamResult<()> {
        self.write("DeleteRole", role, |state| state.delete(role))
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Refusal {
    fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self {
            fault,
            detail: detail.into(),
        }
    }

    fn of(self, call: &'static str, role: Option<&RoleName>) -> IamError {
        IamError::new(call, role, self.fault, self.detail)
    }
}

fn summary(partition: Partition, state: &State, role: &Role) -> Answer<RoleSummary> {
    let text = format!(
        "arn:{partition}:iam::{}:role{}{}",
        state.account, role.path, role.name
    );
    Ok(RoleSummary {
        name: role.name.clone(),
        arn: Arn::parse(&text).map_err(|e| Refusal::new(Fault::Storage, e.message))?,
        created: role.created,
        description: role.description.clone(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a role of the account carries the time of its creation"
)]
fn seconds_since_1970() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[cfg(test)]
mod tests;

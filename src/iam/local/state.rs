//! The roles of the embedded account, and what each call does to them.
//!
//! In: the text of the account's file, and the arguments of a call. Out: the changed state,
//! or IAM's refusal; a refused call leaves its role as it was. Pure: no file, no clock.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::rules;
use super::{Answer, Refusal};
use crate::iam::{AccountSummary, Fault, NewRole};
use crate::model::{AccountId, Arn, Partition, PolicyName, RoleName, Tags};
use crate::policy::Policy;

const FORMAT_VERSION: &str = "1";
const ACCOUNT: &str = "000000000000";
const ROLES: usize = 1_000;
/// The name of the version of a managed policy that is in force.
pub(super) const IN_FORCE: &str = "v1";

/// The whole account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    format_version: String,
    pub(super) account: AccountId,
    partition: String,
    #[serde(default)]
    roles_created: u64,
    /// How many roles the account was granted, where that is not the usual number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    roles_quota: Option<usize>,
    /// In the order of their names.
    pub(super) roles: Vec<Role>,
    /// The managed policies whose documents are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    managed_policies: Vec<ManagedPolicy>,
}

/// A role and all it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Role {
    pub(super) name: RoleName,
    #[serde(default = "root")]
    pub(super) path: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    pub(super) created: i64,
    #[serde(default)]
    pub(super) description: Option<String>,
    pub(super) trust: Document,
    #[serde(default)]
    pub(super) boundary: Option<Arn>,
    #[serde(default)]
    pub(super) tags: Tags,
    #[serde(default)]
    pub(super) inline_policies: Vec<InlinePolicy>,
    #[serde(default)]
    pub(super) managed_policies: Vec<Arn>,
    #[serde(default)]
    pub(super) instance_profiles: Vec<String>,
}

/// A policy that lives in a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InlinePolicy {
    pub(super) name: PolicyName,
    pub(super) document: Document,
}

/// A policy that roles can have in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManagedPolicy {
    arn: Arn,
    pub(super) document: Document,
    /// The names of its versions besides the one in force.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) other_versions: Vec<String>,
}

/// A policy document: the text that was sent, or JSON that a person put into the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Document {
    Text(String),
    Json(serde_json::Map<String, serde_json::Value>),
}

impl State {
    /// An account without roles: what a missing file stands for.
    pub(super) fn empty() -> Answer<Self> {
        Ok(Self {
            format_version: FORMAT_VERSION.to_owned(),
            account: AccountId::parse(ACCOUNT).map_err(|e| Refusal::new(Fault::Storage, e.message))?,
            partition: "aws".to_owned(),
            roles_created: 0,
            roles_quota: None,
            roles: Vec::new(),
            managed_policies: Vec::new(),
        })
    }

    /// Reads the file's text; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Header {
            format_version: String,
        }

        let header: Header = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if header.format_version != FORMAT_VERSION {
            return Err(format!(
                "its format_version is `{}`, and this tcperm reads `{FORMAT_VERSION}`",
                header.format_version.escape_debug()
            ));
        }
        let mut state: Self = serde_json::from_str(text).map_err(|e| e.to_string())?;
        state.check()?;
        state.sort();
        Ok(state)
    }

    pub(super) fn partition(&self) -> Answer<Partition> {
        Partition::parse(&self.partition).map_err(|e| Refusal::new(Fault::Storage, e.message))
    }

    /// The role of a name, found without case.
    pub(super) fn role(&self, name: &RoleName) -> Option<&Role> {
        self.roles.iter().find(|role| same(&role.name, name))
    }

    /// The managed policy of an ARN, where its document is known.
    pub(super) fn managed(&self, arn: &Arn) -> Option<&ManagedPolicy> {
        self.managed_policies.iter().find(|policy| policy.arn == *arn)
    }

    /// How many roles hold a managed policy, as a policy or as their boundary.
    pub(super) fn uses(&self, arn: &Arn) -> usize {
        let of = |role: &Role| {
            usize::from(role.managed_policies.contains(arn))
                + usize::from(role.boundary.as_ref() == Some(arn))
        };
        self.roles.iter().map(of).sum()
    }

    pub(super) fn delete_policy_version(&mut self, arn: &Arn, version: &str) -> Answer<()> {
        let found = self.managed_policies.iter_mut().find(|policy| policy.arn == *arn);
        let policy = found.ok_or_else(|| no_policy(arn))?;
        if version == IN_FORCE {
            return Err(Refusal::new(
                Fault::Conflict,
                format!("`{version}` is the version of `{arn}` that is in force"),
            ));
        }
        let what = format!("`{arn}` has no version `{}`", version.escape_debug());
        take_out(&mut policy.other_versions, |known| known == version, what)
    }

    pub(super) fn delete_policy(&mut self, arn: &Arn) -> Answer<()> {
        let policy = self.managed(arn).ok_or_else(|| no_policy(arn))?;
        let why = match (self.uses(arn), policy.other_versions.len()) {
            (0, 0) => {
                self.managed_policies.retain(|policy| policy.arn != *arn);
                return Ok(());
            }
            (0, others) => format!("delete {others} other versions of `{arn}` before it"),
            (uses, _) => format!("`{arn}` is held by {uses} roles"),
        };
        Err(Refusal::new(Fault::Conflict, why))
    }

    /// The role that a call writes to.
    pub(super) fn role_mut(&mut self, name: &RoleName) -> Answer<&mut Role> {
        let found = self.roles.iter_mut().find(|role| same(&role.name, name));
        found.ok_or_else(|| no_role(name))
    }

    /// Refuses a managed policy that the account cannot have. Which policies AWS offers and which
    /// the account holds is not modelled: any of a right name is there.
    pub(super) fn holds_managed_policy(&self, policy: &Arn) -> Answer<()> {
        rules::managed_policy(self.partition()?, &self.account, policy)
    }

    pub(super) fn create(&mut self, new: &NewRole<'_>, created: i64) -> Answer<()> {
        if let Some(role) = self.role(new.name) {
            return Err(Refusal::new(
                Fault::AlreadyExists,
                format!("the account holds `{}`", role.name),
            ));
        }
        let quota = self.roles_quota();
        if self.roles.len() >= quota {
            return Err(Refusal::new(
                Fault::LimitExceeded,
                format!("an account holds at most {quota} roles"),
            ));
        }
        let mut role = Role {
            name: new.name.clone(),
            path: root(),
            id: format!("AROALOCAL{:012}", self.roles_created + 1),
            created,
            description: new.description.map(str::to_owned),
            trust: Document::Text(String::new()),
            boundary: new.boundary.cloned(),
            tags: Tags::new(),
            inline_policies: Vec::new(),
            managed_policies: Vec::new(),
            instance_profiles: Vec::new(),
        };
        new.description.map_or(Ok(()), rules::description)?;
        new.boundary
            .map_or(Ok(()), |policy| self.holds_managed_policy(policy))?;
        role.set_trust(new.trust)?;
        role.tag(new.tags)?;
        self.roles_created += 1;
        self.roles.push(role);
        self.sort();
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &RoleName) -> Answer<()> {
        let role = self.role(name).ok_or_else(|| no_role(name))?;
        let holds = |what: &str| {
            Err(Refusal::new(
                Fault::Conflict,
                format!("remove its {what} before the role"),
            ))
        };
        if !role.inline_policies.is_empty() {
            return holds("inline policies");
        }
        if !role.managed_policies.is_empty() {
            return holds("attached managed policies");
        }
        if !role.instance_profiles.is_empty() {
            return holds("instance profiles");
        }
        self.roles.retain(|role| !same(&role.name, name));
        Ok(())
    }

    /// How many roles there may be.
    fn roles_quota(&self) -> usize {
        self.roles_quota.unwrap_or(ROLES)
    }

    pub(super) fn summary(&self) -> AccountSummary {
        AccountSummary {
            roles: Some(self.roles.len()),
            roles_quota: Some(self.roles_quota()),
            role_policy_size_quota: Some(rules::INLINE_CHARACTERS),
            trust_policy_size_quota: Some(rules::TRUST_CHARACTERS),
            managed_policies_per_role_quota: Some(rules::MANAGED_POLICIES),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.roles_quota() < ROLES {
            return Err(format!(
                "its roles_quota is less than the {ROLES} of every account"
            ));
        }
        Partition::parse(&self.partition).map_err(|e| e.message)?;
        let mut names = HashSet::new();
        for role in &self.roles {
            if !names.insert(role.name.as_str().to_ascii_lowercase()) {
                return Err(format!(
                    "the role `{}` stands twice; case makes no difference",
                    role.name
                ));
            }
            role.check()?;
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.roles
            .sort_by_cached_key(|role| role.name.as_str().to_ascii_lowercase());
    }
}

impl Role {
    pub(super) fn inline(&self, name: &PolicyName) -> Option<&InlinePolicy> {
        self.inline_policies.iter().find(|policy| policy.name == *name)
    }

    pub(super) fn set_trust(&mut self, trust: &Policy) -> Answer<()> {
        rules::trust_policy(trust)?;
        self.trust = Document::Text(trust.to_json());
        Ok(())
    }

    pub(super) fn tag(&mut self, tags: &Tags) -> Answer<()> {
        let mut all = self.tags.clone();
        for (key, value) in tags.iter() {
            rules::tag(key, value)?;
            all.set(key, value);
        }
        rules::tag_count(&all)?;
        self.tags = all;
        Ok(())
    }

    pub(super) fn put_inline(&mut self, name: &PolicyName, policy: &Policy) -> Answer<()> {
        rules::identity_policy(policy)?;
        let text = policy.to_json();
        let others = self.inline_policies.iter().filter(|p| p.name != *name);
        rules::inline_size(others.map(|p| p.document.text()).chain([text.clone()]))?;
        self.inline_policies.retain(|p| p.name != *name);
        self.inline_policies.push(InlinePolicy {
            name: name.clone(),
            document: Document::Text(text),
        });
        self.inline_policies.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    pub(super) fn delete_inline(&mut self, name: &PolicyName) -> Answer<()> {
        let what = format!("the role has no inline policy `{name}`");
        take_out(&mut self.inline_policies, |policy| policy.name == *name, what)
    }

    pub(super) fn attach(&mut self, policy: &Arn) -> Answer<()> {
        if !self.managed_policies.contains(policy) {
            rules::managed_count(self.managed_policies.len() + 1)?;
            self.managed_policies.push(policy.clone());
        }
        Ok(())
    }

    pub(super) fn detach(&mut self, policy: &Arn) -> Answer<()> {
        let what = format!("`{policy}` is not attached to the role");
        take_out(&mut self.managed_policies, |attached| attached == policy, what)
    }

    pub(super) fn leave(&mut self, profile: &str) -> Answer<()> {
        let what = format!("the role is in no instance profile `{}`", profile.escape_debug());
        take_out(
            &mut self.instance_profiles,
            |known| known.eq_ignore_ascii_case(profile),
            what,
        )
    }

    fn check(&self) -> Result<(), String> {
        if !(self.path.starts_with('/') && self.path.ends_with('/')) {
            return Err(format!(
                "the path of the role `{}` does not start and end with `/`",
                self.name
            ));
        }
        let mut keys = HashSet::new();
        let key_twice = self
            .tags
            .iter()
            .any(|(key, _)| !keys.insert(key.to_ascii_lowercase()));
        let mut names = HashSet::new();
        let policy_twice = self.inline_policies.iter().any(|p| !names.insert(&p.name));
        match (key_twice, policy_twice) {
            (true, _) => Err(format!(
                "a tag key of the role `{}` stands twice; case makes no difference",
                self.name
            )),
            (_, true) => Err(format!(
                "an inline policy of the role `{}` stands twice",
                self.name
            )),
            _ => Ok(()),
        }
    }
}

impl Document {
    /// The document as IAM gives it out.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Json(map) => serde_json::to_string(map).unwrap_or_default(),
        }
    }
}

fn same(a: &RoleName, b: &RoleName) -> bool {
    a.as_str().eq_ignore_ascii_case(b.as_str())
}

fn no_role(name: &RoleName) -> Refusal {
    Refusal::new(Fault::NotFound, format!("the account has no role `{name}`"))
}

fn no_policy(arn: &Arn) -> Refusal {
    Refusal::new(Fault::NotFound, format!("the account has no policy `{arn}`"))
}

fn take_out<T>(items: &mut Vec<T>, is_it: impl Fn(&T) -> bool, missing: String) -> Answer<()> {
    let before = items.len();
    items.retain(|item| !is_it(item));
    if items.len() == before {
        return Err(Refusal::new(Fault::NotFound, missing));
    }
    Ok(())
}

fn root() -> String {
    "/".to_owned()
}

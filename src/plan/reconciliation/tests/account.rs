//! What IAM does with one role, call by call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use super::super::{Answer, Call};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, Context, PolicyName, RoleName, Tags};
use crate::plan::Operation;
use crate::plan::reading::{Found, Read, RoleHead};
use crate::policy::Policy;

/// An account of one role, or none.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Account(Option<Rc<RoleSpec>>);

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(role) = self.role() else {
            return f.write_str("no role");
        };
        f.write_str("a role with")?;
        for (key, value) in role.tags.iter().filter(|(key, _)| key.starts_with("tcperm:ns:")) {
            write!(f, " {key}={value:?}")?;
        }
        for (name, document) in &role.policies {
            let statements = document.known().into_iter().flat_map(|policy| &policy.statement);
            let sids: Vec<&str> = statements
                .filter_map(|statement| statement.sid.as_deref())
                .collect();
            write!(f, " {name}=[{}]", sids.join(" "))?;
        }
        Ok(())
    }
}

impl Account {
    /// One with a role that somebody made by hand, without tcperm.
    pub(super) fn of_another(name: &RoleName) -> Self {
        let policy = Policy::parse(
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Action":"x:Theirs","Resource":"*"}]}"#,
        );
        let policy = Document::Known(policy.unwrap().canonical());
        let context = Context::example();
        let arn = Arn::role(context.partition, &context.account, name);
        Self(Some(Rc::new(RoleSpec {
            arn: arn.clone(),
            name: name.clone(),
            trust: policy.clone(),
            policies: BTreeMap::from([(PolicyName::parse("theirs").unwrap(), policy)]),
            managed_policies: BTreeSet::from([arn]),
            boundary: None,
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: Tags::default(),
        })))
    }

    pub(super) fn role(&self) -> Option<&RoleSpec> {
        self.0.as_deref()
    }

    /// Makes a call.
    pub(super) fn call(&mut self, name: &RoleName, call: &Call) -> Answer {
        match call {
            Call::Read(read) => Answer::Found(self.find(read)),
            Call::Perform(Operation::ExpectTags(_)) => {
                Answer::Tags(self.role().map(|role| role.tags.clone()))
            }
            Call::Perform(operation) => match self.perform(name, operation) {
                Ok(()) => Answer::Done,
                Err(why) => Answer::Refused(why.to_owned()),
            },
        }
    }

    fn find(&self, read: &Read) -> Found {
        let role = self.role();
        match read {
            Read::Role => Found::Role(role.map(|role| RoleHead {
                name: role.name.clone(),
                arn: role.arn.clone(),
                trust: role.trust.clone(),
                boundary: role.boundary.clone(),
                created: 0,
                tags: role.tags.clone(),
            })),
            Read::PolicyNames => Found::PolicyNames(role.map(|role| role.policies.keys().cloned().collect())),
            Read::ManagedPolicies => {
                Found::ManagedPolicies(role.map(|role| role.managed_policies.iter().cloned().collect()))
            }
            Read::InstanceProfiles => {
                Found::InstanceProfiles(role.map(|role| role.instance_profiles.iter().cloned().collect()))
            }
            Read::Namesake(policy) => Found::Namesake(policy.clone(), None),
            Read::Policy(policy) => {
                let document = role.and_then(|role| role.policies.get(policy).cloned());
                Found::Policy(policy.clone(), document)
            }
        }
    }

    /// What the operation comes to; what is to be taken away and is not there is taken away.
    fn perform(&mut self, name: &RoleName, operation: &Operation) -> Result<(), &'static str> {
        if let Operation::Create { .. } = operation {
            return self.create(name, operation);
        }
        let takes_away = matches!(
            operation,
            Operation::DeletePolicy(_)
                | Operation::Detach(_)
                | Operation::LeaveInstanceProfile(_)
                | Operation::Delete
        );
        let Some(role) = self.0.as_mut().map(Rc::make_mut) else {
            return if takes_away { Ok(()) } else { Err("no such role") };
        };
        match operation {
            Operation::Create { .. }
            | Operation::ExpectTags(_)
            | Operation::DeletePolicyVersion { .. }
            | Operation::DeleteManagedPolicy(_) => {}
            Operation::Tag(tags) => tags.iter().for_each(|(key, value)| role.tags.set(key, value)),
            Operation::Untag(keys) => keys.iter().for_each(|key| role.tags.remove(key)),
            Operation::UpdateTrust(trust) => role.trust = Document::Known(trust.clone()),
            Operation::PutPolicy { name, policy } => {
                role.policies
                    .insert(name.clone(), Document::Known(policy.clone()));
            }
            Operation::DeletePolicy(name) => drop(role.policies.remove(name)),
            Operation::Attach(arn) => drop(role.managed_policies.insert(arn.clone())),
            Operation::SetBoundary(arn) => role.boundary = Some(arn.clone()),
            Operation::Detach(arn) => drop(role.managed_policies.remove(arn)),
            Operation::LeaveInstanceProfile(name) => drop(role.instance_profiles.remove(name)),
            Operation::Delete => {
                if !(role.policies.is_empty()
                    && role.managed_policies.is_empty()
                    && role.instance_profiles.is_empty())
                {
                    return Err("it must be emptied first");
                }
                self.0 = None;
            }
        }
        Ok(())
    }

    fn create(&mut self, name: &RoleName, operation: &Operation) -> Result<(), &'static str> {
        let Operation::Create {
            trust,
            tags,
            boundary,
            ..
        } = operation
        else {
            return Ok(());
        };
        if self.0.is_some() {
            return Err("it exists already");
        }
        let context = Context::example();
        self.0 = Some(Rc::new(RoleSpec {
            arn: Arn::role(context.partition, &context.account, name),
            name: name.clone(),
            trust: Document::Known(trust.clone()),
            policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            boundary: boundary.clone(),
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: tags.clone(),
        }));
        Ok(())
    }
}

//! What runs may grant at most: all that the topologies of a test need, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{Call, Role};

/// The union of roles as `render` shows them.
#[derive(Debug, Default)]
pub struct Union {
    statements: BTreeMap<(String, String), Vec<Value>>,
    trusts: BTreeMap<String, Vec<Value>>,
    managed: BTreeMap<String, BTreeSet<String>>,
    records: BTreeMap<(String, String), BTreeSet<String>>,
}

/// The start of the tags that record what a topology needs.
const RECORD: &str = "tcperm:ns:";

impl Union {
    pub fn of<'a>(rendered: impl IntoIterator<Item = &'a BTreeMap<String, Role>>) -> Self {
        let mut union = Self::default();
        for (name, role) in rendered.into_iter().flatten() {
            union.add(name, role);
        }
        union
    }

    fn add(&mut self, name: &str, role: &Role) {
        for (policy, document) in &role.inline {
            let key = (name.to_owned(), policy.clone());
            self.statements
                .entry(key)
                .or_default()
                .extend(statements(document));
        }
        self.trusts
            .entry(name.to_owned())
            .or_default()
            .push(role.trust.clone());
        let managed = self.managed.entry(name.to_owned()).or_default();
        managed.extend(role.managed.iter().cloned());
        for (key, value) in &role.tags {
            let key = (name.to_owned(), key.clone());
            self.records.entry(key).or_default().insert(value.clone());
        }
    }

    /// No call would grant more than the union, or record what nobody needs.
    #[track_caller]
    pub fn holds(&self, calls: &[Call], of: &str) {
        for call in calls {
            let Some(role) = &call.role else { continue };
            let case = || format!("{call}, {of}: {:?}\n{calls:#?}", call.document());
            for (key, value) in call.tags() {
                let known = self.records.get(&(role.clone(), key.clone()));
                let is_record = key.starts_with(RECORD);
                // A record without capabilities grants nothing.
                let is_right = value.is_empty() || known.is_some_and(|known| known.contains(&value));
                assert!(!is_record || is_right, "`{key}={value}`: {}", case());
            }
            match call.action.as_str() {
                "PutRolePolicy" => {
                    let policy = call.policy.clone().unwrap();
                    let known = self.statements.get(&(role.clone(), policy));
                    for statement in statements(&call.document().unwrap()) {
                        let is_known = known.is_some_and(|known| known.contains(&statement));
                        assert!(is_known, "{statement}: {}", case());
                    }
                }
                "CreateRole" | "UpdateAssumeRolePolicy" => {
                    let trust = call.document().unwrap();
                    assert!(self.trusts[role].contains(&trust), "{}", case());
                }
                "AttachRolePolicy" => {
                    let policy = call.policy.as_ref().unwrap();
                    assert!(self.managed[role].contains(policy), "{}", case());
                }
                _ => {}
            }
        }
    }
}

/// The statements of a policy.
pub fn statements(document: &Value) -> Vec<Value> {
    document["Statement"].as_array().unwrap().clone()
}

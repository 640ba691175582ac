use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;
use tcperm::evaluate::{PolicySet, Request, RequestContext};
use tcperm::policy::Policy;

use crate::support::{entries, file_name, read, root};

/// Requests to the same policies.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    /// The page of AWS's documentation that gives the answers.
    pub(super) page: String,
    /// What the group shows, in a few words.
    pub(super) what: String,
    /// Whether nobody knows of condition keys that a request does not set.
    #[serde(default)]
    open: bool,
    policies: Vec<Box<RawValue>>,
    boundary: Option<Box<RawValue>>,
    session: Option<Vec<Box<RawValue>>>,
    resource_policy: Option<Box<RawValue>>,
    pub(super) requests: Vec<Case>,
}

/// A request and its answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What of it decides.
    pub(super) why: String,
    principal: Option<String>,
    pub(super) action: String,
    pub(super) resource: String,
    #[serde(default)]
    context: BTreeMap<String, OneOrMany>,
    pub(super) expected: String,
    /// The keys that the answer depends on and that nobody knows; not looked at where not given.
    pub(super) missing: Option<BTreeSet<String>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// The policies of a group, read.
#[derive(Clone)]
pub(super) struct Documents {
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    session: Option<Vec<Policy>>,
    resource: Option<Policy>,
}

/// All groups, each with the name of its file.
pub(super) fn groups() -> Vec<(String, Group)> {
    let mut all = Vec::new();
    for path in entries(&root().join("tests/it/data/evaluation")) {
        let name = file_name(&path);
        let groups: Vec<Group> =
            serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{name}: {error}"));
        all.extend(groups.into_iter().map(|group| (name.clone(), group)));
    }
    all
}

impl Group {
    pub(super) fn documents(&self) -> Documents {
        let read = |text: &RawValue| {
            Policy::parse(text.get()).unwrap_or_else(|error| panic!("{}: {error}", self.what))
        };
        let all = |texts: &[Box<RawValue>]| texts.iter().map(|text| read(text)).collect();
        Documents {
            identity: all(&self.policies),
            boundary: self.boundary.as_deref().map(read),
            session: self.session.as_deref().map(all),
            resource: self.resource_policy.as_deref().map(read),
        }
    }
}

impl Case {
    /// Whether another case asks the same, spelled the same.
    pub(super) fn asks_as(&self, other: &Self) -> bool {
        let words = |case: &Self| (case.principal.clone(), case.action.clone(), case.resource.clone());
        words(self) == words(other) && self.context == other.context
    }

    pub(super) fn request(&self, group: &Group) -> Request {
        let mut context = if group.open {
            RequestContext::open()
        } else {
            RequestContext::complete()
        };
        for (key, values) in &self.context {
            match values {
                OneOrMany::One(value) => context.set(key, value.clone()),
                OneOrMany::Many(values) => context.set_all(key, values.clone()),
            }
        }
        Request {
            principal: self.principal.clone(),
            action: self.action.clone(),
            resource: self.resource.clone(),
            context,
        }
    }
}

impl Documents {
    pub(super) fn set(&self) -> PolicySet<'_> {
        PolicySet {
            identity: self.identity.iter().collect(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref().map(|policies| policies.iter().collect()),
            resource: self.resource.as_ref(),
        }
    }

    /// All condition operators, as written.
    pub(super) fn operators(&self) -> BTreeSet<String> {
        let session = self.session.iter().flatten();
        let policies = self
            .identity
            .iter()
            .chain(&self.boundary)
            .chain(session)
            .chain(&self.resource);
        let statements = policies.flat_map(|policy| &policy.statement);
        statements
            .flat_map(|statement| statement.condition.keys().cloned())
            .collect()
    }

    /// The principal's policies alone, and the resource's alone, without anything that limits them.
    pub(super) fn apart(&self) -> [Self; 2] {
        let unlimited = Self {
            boundary: None,
            session: None,
            ..self.clone()
        };
        let identity = Self {
            resource: None,
            ..unlimited.clone()
        };
        let resource = Self {
            identity: Vec::new(),
            ..unlimited
        };
        [identity, resource]
    }

    /// The same without one statement of the principal's policies or of the resource's, and which.
    pub(super) fn without_a_statement(&self) -> Vec<(String, Self)> {
        let mut reduced = Vec::new();
        let mut add = |name: String, change: &dyn Fn(&mut Self)| {
            let mut rest = self.clone();
            change(&mut rest);
            reduced.push((name, rest));
        };
        for (document, policy) in self.identity.iter().enumerate() {
            for index in 0..policy.statement.len() {
                add(format!("statement {index} of policy {document}"), &|rest| {
                    rest.identity[document].statement.remove(index);
                });
            }
        }
        for index in 0..self.resource.as_ref().map_or(0, |policy| policy.statement.len()) {
            add(format!("statement {index} of the resource policy"), &|rest| {
                rest.resource.as_mut().unwrap().statement.remove(index);
            });
        }
        reduced
    }
}

//! What is compared: policies in files, the roles of saved plans, rendered roles, and those of accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Known;
use crate::evaluate::RequestContext;
use crate::intent::RoleSpec;
use crate::model::{RoleId, RoleName};
use crate::ops::{Bound, Findings, HeldDocument, Holder, Holders, OpError, file_documents, read_plan};
use crate::policy::Policy;
use crate::prove::{Subject, spelled};
use crate::source;

/// One of the two that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffSide {
    /// A file: a policy document, or a plan that `plan --out` saved.
    File(PathBuf),
    /// Roles of a sandbox, or one of them.
    Roles(Place, Option<RoleName>),
}

/// Where roles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the account.
    Live,
    /// In the topologies.
    Rendered,
}

impl fmt::Display for DiffSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Roles(place, None) => f.write_str(place.name()),
            Self::Roles(place, Some(role)) => write!(f, "{}:{role}", place.name()),
        }
    }
}

impl Place {
    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rendered => "rendered",
        }
    }
}

/// A principal, as it is compared.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) name: Option<RoleName>,
    documents: Vec<Policy>,
    /// The names of the policies that are not known.
    pub(super) unread: BTreeSet<String>,
    /// The boundary's ARN, and its document where that is known.
    pub(super) boundary: Option<(String, Option<Policy>)>,
    known: RequestContext,
}

impl Judged {
    /// One that may do nothing.
    pub(super) const fn nothing() -> Self {
        Self {
            name: None,
            documents: Vec::new(),
            unread: BTreeSet::new(),
            boundary: None,
            known: RequestContext::open(),
        }
    }

    /// Policies alone.
    fn of_policies(documents: Vec<Policy>) -> Self {
        Self {
            documents,
            ..Self::nothing()
        }
    }

    pub(super) fn of_holder(holder: &Holder) -> Self {
        let boundary = holder.boundary.as_ref();
        let boundary = boundary.map(|bound| {
            let document = bound.document.as_ref().map(|document| document.policy.clone());
            (bound.arn.to_string(), document)
        });
        let of_boundary = boundary
            .as_ref()
            .map(|(arn, _)| format!("permissions boundary {arn}"));
        let unread = holder
            .unread
            .iter()
            .filter(|name| Some(*name) != of_boundary.as_ref());
        Self {
            name: Some(holder.name.clone()),
            documents: holder
                .documents
                .iter()
                .map(|document| document.policy.clone())
                .collect(),
            unread: unread.cloned().collect(),
            boundary,
            known: holder.known(),
        }
    }

    /// The same with the requests of another, where it is a policy of nobody.
    pub(super) fn in_the_place_of(mut self, other: &Self) -> Self {
        if self.name.is_none() {
            self.known = other.known.clone();
        }
        self
    }

    /// A role of a plan. Policies of other topologies, which a plan leaves alone, are not read.
    pub(super) fn of_role(id: &RoleId, role: &RoleSpec) -> Self {
        let mut documents = Vec::new();
        let mut unread = Vec::new();
        for (name, document) in &role.policies {
            match document.known() {
                Some(policy) => documents.push(HeldDocument {
                    name: name.to_string(),
                    policy: policy.clone(),
                    origins: Vec::new(),
                }),
                None => unread.push(format!("inline policy {name}")),
            }
        }
        unread.extend(
            role.managed_policies
                .iter()
                .map(|arn| format!("managed policy {arn}")),
        );
        Self::of_holder(&Holder {
            id: id.clone(),
            name: role.name.clone(),
            arn: role.arn.clone(),
            mode: String::new(),
            tags: role.tags.clone(),
            trust: role.trust.clone(),
            documents,
            unread,
            boundary: role.boundary.clone().map(|arn| Bound { arn, document: None }),
            exceptions: Vec::new(),
        })
    }

    /// A role of a plan that was saved. What a plan has not read may have changed from plan to plan.
    fn of_json(role: &Value, plan: &Path) -> Option<Self> {
        let mut judged = Self::nothing();
        judged.name = RoleName::parse(role.get("name")?.as_str()?).ok();
        let policies: BTreeMap<String, Value> = serde_json::from_value(role.get("policies")?.clone()).ok()?;
        for (name, document) in policies {
            let policy = document
                .is_object()
                .then(|| Policy::parse(&document.to_string()).ok())
                .flatten();
            match policy {
                Some(policy) => judged.documents.push(policy),
                None => drop(
                    judged
                        .unread
                        .insert(format!("inline policy {name} of {}", plan.display())),
                ),
            }
        }
        let managed = role.get("managed_policies").and_then(Value::as_array);
        let managed = managed.into_iter().flatten().filter_map(Value::as_str);
        judged
            .unread
            .extend(managed.map(|arn| format!("managed policy {arn}")));
        let boundary = role.get("boundary").and_then(Value::as_str);
        judged.boundary = boundary.map(|arn| (arn.to_owned(), None));
        Some(judged)
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        let boundary = self.boundary.as_ref();
        Subject {
            identity: self.documents.iter().collect(),
            boundary: boundary.and_then(|(_, document)| document.as_ref()),
            known: self.known.clone(),
        }
    }

    /// The condition keys that its policies or those of another ask for and that are not the same in the
    /// requests of both, each as it is said.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        if self.name.is_none() || other.name.is_none() {
            return Vec::new();
        }
        let texts = [self, other].map(Self::text);
        let keys = self.known.iter().chain(other.known.iter()).map(|(key, _)| key);
        let keys: BTreeSet<&str> = keys
            .filter(|key| self.known.get(key) != other.known.get(key))
            .filter(|key| texts.iter().any(|text| text.contains(*key)))
            .collect();
        let said = keys
            .into_iter()
            .map(|key| format!("`{}` is not the same in the requests of both", spelled(key)));
        said.collect()
    }

    /// Its policies in small letters, to look for keys in.
    fn text(&self) -> String {
        let boundary = self.boundary.iter().filter_map(|(_, document)| document.as_ref());
        let texts = self
            .documents
            .iter()
            .chain(boundary)
            .map(|policy| serde_json::to_string(policy).unwrap_or_default());
        texts.collect::<String>().to_ascii_lowercase()
    }

    /// A role of which nothing is known but that it is there.
    fn unknown(name: &RoleName, why: String) -> Self {
        Self {
            name: Some(name.clone()),
            unread: BTreeSet::from([why]),
            ..Self::nothing()
        }
    }

    pub(super) const fn has_no_boundary(&self) -> bool {
        self.boundary.is_none()
    }

    pub(super) const fn boundary_is_unknown(&self) -> bool {
        matches!(self.boundary, Some((_, None)))
    }

    pub(super) const fn boundary_is_known(&self) -> bool {
        !self.boundary_is_unknown()
    }

    /// What is not known of it, each as it is said.
    pub(super) fn not_known(&self) -> impl Iterator<Item = String> {
        let policies = self.unread.iter().map(|name| format!("{name} is not known here"));
        let boundary = self.boundary.iter().filter(|(_, document)| document.is_none());
        policies.chain(boundary.map(|(arn, _)| format!("permissions boundary {arn} is not known here")))
    }
}

/// What a side is made of.
pub(super) fn judged(
    side: &DiffSide,
    known: &Known,
    findings: &mut Findings,
) -> Result<Vec<Judged>, OpError> {
    match side {
        DiffSide::File(path) => of_file(path, findings),
        DiffSide::Roles(place, role) => {
            let holders = match place {
                Place::Live => &known.live,
                Place::Rendered => &known.rendered,
            };
            let Some(holders) = holders else {
                return Ok(Vec::new());
            };
            of_roles(holders, *place, role.as_ref())
        }
    }
}

fn of_roles(holders: &Holders, place: Place, role: Option<&RoleName>) -> Result<Vec<Judged>, OpError> {
    let is_asked = |holder: &&Holder| role.is_none_or(|role| holder.name == *role);
    let mut judged: Vec<Judged> = holders
        .roles
        .iter()
        .filter(is_asked)
        .map(Judged::of_holder)
        .collect();
    let passed_over = holders
        .passed_over
        .iter()
        .filter(|(name, _)| role.is_none_or(|role| name == role));
    judged.extend(
        passed_over
            .map(|(name, obstacle)| Judged::unknown(name, format!("the role `{name}`, which {obstacle},"))),
    );
    if let Some(role) = role.filter(|_| judged.is_empty()) {
        let names: Vec<String> = holders
            .roles
            .iter()
            .map(|holder| format!("`{}`", holder.name))
            .collect();
        return Err(OpError::NotThere {
            message: format!("there is no role `{role}` among the {} ones", place.name()),
            help: if names.is_empty() {
                "there are no roles".to_owned()
            } else {
                format!("there are {}", names.join(", "))
            },
        });
    }
    Ok(judged)
}

/// A plan holds a format version; a policy has no such key.
fn of_file(path: &Path, findings: &mut Findings) -> Result<Vec<Judged>, OpError> {
    let value: Option<Value> = serde_json::from_str(&source::read(path)?).ok();
    if value.is_some_and(|value| value.get("format_version").is_some()) {
        let plan = read_plan(path)?;
        return Ok(plan
            .roles_after()
            .filter_map(|role| Judged::of_json(role, path))
            .collect());
    }
    let documents = file_documents(&[path.to_owned()], &mut findings.sources)?;
    let policies = documents.into_iter().map(|document| document.policy);
    Ok(vec![Judged::of_policies(policies.collect())])
}

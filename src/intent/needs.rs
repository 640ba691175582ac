use std::collections::{BTreeMap, BTreeSet};

use super::ownership::namespace_policy;
use super::{Document, Form, Share};
use crate::grants::Capability;
use crate::model::{Namespace, PolicyName};

/// What one topology needs of a base role, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The capabilities recorded for it.
    pub capabilities: BTreeSet<Capability>,
    /// Its inline policy of exact ARNs, if it has one.
    pub exact: Option<Document>,
}

impl From<&Share> for Need {
    fn from(share: &Share) -> Self {
        share.need(Form::Exact)
    }
}

/// The needs that a base role serves.
///
/// A topology has a tag of its own, so that what it alone needs goes when it goes. A role has 50
/// tags, so only the first [`Needs::NAMED`] have one; the others share one. What they need is kept
/// together: it grows, and goes with the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Those of topologies with a tag of their own.
    pub named: BTreeMap<Namespace, Need>,
    /// Those of all others, where there are any.
    pub others: Option<Others>,
}

/// What topologies need that share a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// The capabilities recorded for them together.
    pub capabilities: BTreeSet<Capability>,
    /// Their inline policies of exact ARNs, each named after its topology.
    pub policies: BTreeMap<PolicyName, Document>,
}

impl Needs {
    /// How many topologies have a tag of their own: six tags say whose the role is, how it was
    /// made, what the others need and until when it lives, and four are left to the account's owner.
    pub const NAMED: usize = 40;

    /// Whether nobody needs the role.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.named.is_empty() && self.others.is_none()
    }

    /// Adds a topology that is not among them, or has left.
    pub fn join(&mut self, namespace: &Namespace, need: Need) {
        if self.named.len() < Self::NAMED {
            self.named.insert(namespace.clone(), need);
            return;
        }
        let others = self.others.get_or_insert_default();
        others.capabilities.extend(need.capabilities);
        others
            .policies
            .extend(namespace_policy(namespace).zip(need.exact));
    }

    /// Takes a topology out, as far as what it needs can be told from what others need.
    pub fn leave(&mut self, namespace: &Namespace) {
        self.named.remove(namespace);
        if let (Some(others), Some(policy)) = (&mut self.others, namespace_policy(namespace)) {
            others.policies.remove(&policy);
        }
    }

    /// Every capability that somebody needs.
    #[must_use]
    pub fn capabilities(&self) -> BTreeSet<&Capability> {
        let named = self.named.values().flat_map(|need| &need.capabilities);
        let others = self.others.iter().flat_map(|others| &others.capabilities);
        named.chain(others).collect()
    }

    /// The inline policies of exact ARNs.
    pub fn documents(&self) -> impl Iterator<Item = (PolicyName, &Document)> {
        let named = self
            .named
            .iter()
            .filter_map(|(namespace, need)| namespace_policy(namespace).zip(need.exact.as_ref()));
        let others = self.others.iter().flat_map(|others| &others.policies);
        named.chain(others.map(|(name, document)| (name.clone(), document)))
    }
}

use std::collections::BTreeSet;

use crate::policy::Effect;

/// What AWS answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A statement allows it in each layer that counts, and none denies it.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
        }
    }
}

/// What AWS answers, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer, where every key that is not known is missing in the request.
    pub verdict: Verdict,
    /// The statements that decided: all that deny, or else all that allow. In the order of layers,
    /// documents and statements.
    pub determining: Vec<Determining>,
    /// The condition keys, as statements spell them, that are not known and on which the answer
    /// depends. Empty when the answer is certain.
    pub missing_context: BTreeSet<String>,
}

/// A statement that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Determining {
    /// Which statement.
    pub statement: StatementId,
    /// What it does.
    pub effect: Effect,
}

/// A statement among the policies that decide over a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementId {
    /// What kind of policy it stands in.
    pub layer: Layer,
    /// Which document of that kind, from 0.
    pub document: usize,
    /// Which statement of the document, from 0.
    pub statement: usize,
}

/// The kinds of policy that decide over a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Policies of the principal, inline and managed.
    Identity,
    /// The principal's permissions boundary.
    Boundary,
    /// The policies passed for the session.
    Session,
    /// The policy of the resource.
    Resource,
}

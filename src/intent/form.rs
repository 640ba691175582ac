//! In which form the exact ARNs of a topology stand in a role, where there is little room.

use std::borrow::Cow;

use super::{Document, Need, Share};
use crate::policy::Policy;

/// The form of the inline policy that a topology has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// As its templates say it: a statement a capability.
    Exact,
    /// The same permissions in fewer statements.
    Merged,
    /// More than the topology needs, and all of it the sandbox's: patterns for its names, beside its
    /// tag; merged as well.
    Widened,
}

/// How statements on single resources name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// One by one.
    Each,
    /// By the pattern of the sandbox's names, where there is a tag beside it.
    Pattern,
}

impl Share {
    /// The inline policy of the topology in a form. Where nothing can be widened, that is the merged
    /// one.
    #[must_use]
    pub fn document(&self, form: Form) -> Option<Cow<'_, Policy>> {
        let exact = self.exact.as_ref()?;
        Some(match form {
            Form::Exact => Cow::Borrowed(exact),
            Form::Merged => Cow::Owned(exact.merged()),
            Form::Widened => Cow::Owned(self.widened.as_ref().unwrap_or(exact).merged()),
        })
    }

    /// What the topology needs, with its inline policy in a form.
    #[must_use]
    pub fn need(&self, form: Form) -> Need {
        let document = self.document(form).map(Cow::into_owned);
        Need {
            capabilities: self.capabilities.clone(),
            exact: document.map(Document::Known),
        }
    }
}

use std::fmt;

use crate::topology::Separator;

/// A capability by its id, with the form of the names it speaks of: `function.invoke`, or
/// `function.invoke:hyphen` for topologies with `hyphenated_names`.
///
/// The text is what stands in a role's tags, so it never changes its meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability {
    /// The id in the matrix.
    pub id: String,
    /// The form of the names.
    pub separator: Separator,
}

impl Capability {
    const HYPHEN: &'static str = ":hyphen";

    /// A capability with names of this form.
    pub fn new(id: impl Into<String>, separator: Separator) -> Self {
        Self {
            id: id.into(),
            separator,
        }
    }

    /// Reads the text that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_suffix(Self::HYPHEN) {
            Some(id) => Self::new(id, Separator::Hyphen),
            None => Self::new(text, Separator::Underscore),
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        match self.separator {
            Separator::Underscore => Ok(()),
            Separator::Hyphen => f.write_str(Self::HYPHEN),
        }
    }
}

//! Kinds of findings: what a list of codes is made of.

use super::Severity;

/// A kind of finding.
///
/// Its name is stable: people search for it, suppress it and link to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Its stable name.
    pub name: &'static str,
    /// The severities it is found with, the usual one first.
    pub severities: &'static [Severity],
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

pub(crate) const ERROR: &[Severity] = &[Severity::Error];
pub(crate) const WARNING: &[Severity] = &[Severity::Warning];
pub(crate) const NOTE: &[Severity] = &[Severity::Note];
pub(crate) const EITHER: &[Severity] = &[Severity::Warning, Severity::Error];

/// Makes the one list of a module's codes, `CODES`, and a constant for each name, so that a check
/// never spells a code out.
macro_rules! codes {
    ($visibility:vis const; $($constant:ident = $name:literal, $severities:expr, $meaning:literal;)*) => {
        $(#[doc = $meaning] $visibility const $constant: &str = $name;)*

        /// Every kind of finding, in the order of names.
        pub const CODES: &[$crate::diagnostic::Code] = &[$($crate::diagnostic::Code {
            name: $name,
            severities: $severities,
            meaning: $meaning,
        }),*];
    };
}

pub(crate) use codes;

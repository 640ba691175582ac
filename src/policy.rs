//! The IAM policy language: documents read without loss, in one canonical form.
//!
//! Text in, a [`Policy`] out, and back; [`read`] says with it where each part stands. Whatever the language allows survives: a single
//! statement or a list, one action or many, `NotAction`, `Principal`, `Id`. A key that
//! stands twice is an error, because IAM keeps one of them and the other vanishes. Two
//! documents that mean the same for IAM have one [canonical form](Policy::canonical),
//! and comparing canonical forms is how drift is found.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

pub mod catalogue;
pub mod lint;

mod abac;
mod canonical;
mod document;
mod merge;
mod places;
mod read;

pub use abac::{Scoping, scope};
pub use document::{
    Action, Condition, Effect, Policy, Principal, Principals, Resource, Scalar, Statement, Values,
};
pub use places::{EntryPlace, MapPlaces, Places, StatementPlaces, ValuesPlaces};
pub use read::{PolicyError, Read, ReadOptions, read, read_list};

/// How much of a user's text a message shows, in characters.
const SHOWN: usize = 80;

/// A user's text for a message: in backticks, escaped, bounded.
fn shown(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let rest = if head.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", head.escape_debug())
}

#[cfg(test)]
mod tests;

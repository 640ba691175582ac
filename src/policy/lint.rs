//! What is likely not meant in a policy: findings with the place of each.
//!
//! In goes a document as it was [read](super::read()), what it is for, and the
//! [catalogue](super::catalogue); out come findings in the order of the text. Rules about
//! allowing too much look at Allow statements alone, and not at boundaries, which allow nothing.
//! Which actions are of interest is data, in `templates/lint.json`.

mod breadth;
mod codes;
mod conditions;
mod document;
mod escalation;
mod facts;
mod names;
mod operator;
mod resources;
mod tags;
mod trust;
mod variables;
mod visit;

use std::ops::Range;

pub use codes::CODES;
pub use document::version;

use super::catalogue::Catalogue;
use super::read::Read;
use crate::diagnostic::Severity;
use visit::Visit;

/// The code of a document that has more characters than IAM takes.
pub const TOO_LONG: &str = codes::TOO_LONG;

/// The action of trust policies that lets session tags in.
#[must_use]
pub fn tag_session() -> &'static str {
    &facts::Facts::built_in().tag_session
}

/// Something that is likely not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding, stable: `unknown-action`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong: one line, lower case, user text in backticks.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Where: bytes of the text that was read.
    pub range: Range<usize>,
    /// Where the other stands that it does not go with.
    pub other: Option<Range<usize>>,
}

/// What a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// Permissions of a role.
    Identity,
    /// Who may assume a role.
    Trust {
        /// The services that run with the role, as `lambda.amazonaws.com`; none when that is not known.
        services: &'a [&'a str],
    },
    /// The most a role can be allowed.
    Boundary,
    /// Not known: any of these, or the policy of a resource.
    Any,
}

/// What the lints are told of the place of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LintOptions<'a> {
    /// The key of the tag that tells sandboxes apart.
    pub tag_key: &'a str,
    /// The sandbox that the policy is of.
    pub sandbox: Option<&'a str>,
    /// The account that the policy is in.
    pub account: Option<&'a str>,
}

/// All findings of a document, in the order of the text.
#[must_use]
pub fn lint(
    read: &Read,
    subject: Subject<'_>,
    catalogue: &Catalogue,
    options: &LintOptions<'_>,
) -> Vec<Finding> {
    let visit = Visit::of(read, subject, catalogue, options);
    let themes = [
        document::check,
        variables::check,
        names::check,
        conditions::check,
        breadth::check,
        resources::check,
        tags::check,
        trust::check,
        escalation::check,
    ];
    let mut findings: Vec<Finding> = themes.iter().flat_map(|theme| theme(&visit)).collect();
    findings.sort_by(|a, b| {
        let place = |f: &Finding| (f.range.start, f.range.end);
        (place(a), a.code, &a.message).cmp(&(place(b), b.code, &b.message))
    });
    findings.dedup();
    findings
}

impl Finding {
    fn error(code: &'static str, range: &Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            message: message.into(),
            help: String::new(),
            range: range.clone(),
            other: None,
        }
    }

    fn warning(code: &'static str, range: &Range<usize>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, range, message)
        }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    fn beside(mut self, other: &Range<usize>) -> Self {
        self.other = Some(other.clone());
        self
    }
}

use std::ops::Range;
use std::path::Path;

use super::codes;
use crate::diagnostic::{Diagnostic, FileId, Severity, Sources, Span};
use crate::model::Context;
use crate::policy::catalogue::Catalogue;
use crate::policy::lint::{self, Finding, LintOptions, Subject};
use crate::policy::{Policy, PolicyError, ReadOptions, Statement, read};

/// What in the name of a file says that it is a permissions boundary.
const BOUNDARY: &str = "boundary";

/// How the actions of a trust policy begin.
const OF_TRUST: &str = "sts:";

/// What is wrong with a policy document, or likely not meant.
pub(super) fn check(sources: &Sources, file: FileId) -> Vec<Diagnostic> {
    let place = |range: &Range<usize>| Span::new(file, range.clone());
    let document = match read(sources.text(file), ReadOptions::default()) {
        Ok(document) => document,
        Err(error) => return unreadable(error, place),
    };
    let subject = subject(sources.name(file), &document.policy);
    let options = LintOptions {
        tag_key: Context::TAG_KEY,
        sandbox: None,
        account: None,
    };
    let found = lint::lint(&document, subject, Catalogue::built_in(), &options);
    found
        .into_iter()
        .flat_map(|finding| placed(finding, place))
        .collect()
}

/// Says why a text is no policy document.
pub(in crate::ops) fn unreadable(
    error: PolicyError,
    place: impl Fn(&Range<usize>) -> Span,
) -> Vec<Diagnostic> {
    let message = format!("this is no policy document: {}", error.message);
    let first = Diagnostic::error(codes::INVALID_POLICY, message)
        .help("see the grammar of the policy language")
        .at(place(&error.range));
    let other = error.other.map(|other| (other, first.message.clone()));
    let other = other.map(|(other, message)| against(codes::INVALID_POLICY, &message, place(&other)));
    std::iter::once(first).chain(other).collect()
}

/// A finding in a text, and where the other stands that it does not go with.
pub(super) fn placed(finding: Finding, place: impl Fn(&Range<usize>) -> Span) -> Vec<Diagnostic> {
    let (code, message) = (finding.code, &finding.message);
    let other = finding.other.map(|other| against(code, message, place(&other)));
    let found = match finding.severity {
        Severity::Error => Diagnostic::error(finding.code, finding.message),
        Severity::Warning => Diagnostic::warning(finding.code, finding.message),
        Severity::Note => Diagnostic::note(finding.code, finding.message),
    };
    let found = found.help(finding.help).at(place(&finding.range));
    std::iter::once(found).chain(other).collect()
}

/// The other of two places that do not go together.
fn against(code: &'static str, message: &str, span: Span) -> Diagnostic {
    Diagnostic::note(code, format!("the other place: {message}")).at(span)
}

/// What a policy in a file of its own is for: a boundary by its name; a trust policy where someone
/// may only assume; a role's where nobody is named.
fn subject(name: &str, policy: &Policy) -> Subject<'static> {
    let is_boundary = Path::new(name)
        .file_stem()
        .is_some_and(|stem| stem.to_string_lossy().to_ascii_lowercase().contains(BOUNDARY));
    let names_someone = |statement: &Statement| statement.principal.is_some();
    let assumes = |statement: &Statement| {
        let actions = statement.action.values();
        let mut actions = actions.iter();
        actions.all(|action| action.to_ascii_lowercase().starts_with(OF_TRUST))
    };
    let statements = &policy.statement;
    if is_boundary {
        Subject::Boundary
    } else if !statements.iter().any(names_someone) {
        Subject::Identity
    } else if statements.iter().all(assumes) {
        Subject::Trust { services: &[] }
    } else {
        Subject::Any
    }
}

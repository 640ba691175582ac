//! What a template renders to, with the way back from each byte to the template.

use std::ops::Range;

use serde_json::{Map, Value};

use super::codes;
use super::fault::shown;
use super::fill::fill;
use super::output::Output;
use super::partials::{Library, Script};
use super::structure;
use crate::diagnostic::{Diagnostic, Located, Span};
use crate::model::Arn;
use crate::policy::{self, Places, Policy, PolicyError, Read, ReadOptions};

/// A document that a template of the team renders to.
#[derive(Debug, Clone)]
pub struct RenderedDocument {
    /// The document.
    pub policy: Policy,
    /// The places of its parts in the text.
    pub places: Places,
    /// Its text, and where each byte of it comes from.
    output: Output,
    /// The template, for a range that comes from nowhere.
    whole: Span,
}

impl RenderedDocument {
    /// Its text, as the template lays it out: JSON, in which a comma may stand after the last of a
    /// list or object.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.output.text
    }

    /// The place in the template, or in a partial, that a range of the text comes from.
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Span {
        self.output.span(&range).unwrap_or_else(|| self.whole.clone())
    }
}

/// What one template is filled with.
#[derive(Clone, Copy)]
pub(super) struct Given<'v> {
    pub(super) library: &'v Library,
    pub(super) values: &'v Value,
    pub(super) absent: &'v [(&'v str, &'v str)],
}

/// How a rendered text is read.
const READING: ReadOptions = ReadOptions {
    trailing_commas: true,
    comments: false,
};

/// Renders a policy document.
pub(super) fn document(
    script: &Script,
    whole: Span,
    given: Given<'_>,
) -> Result<RenderedDocument, Vec<Diagnostic>> {
    let output = render(script, &whole, given)?;
    match policy::read(&output.text, READING) {
        Ok(Read { policy, places }) => Ok(RenderedDocument {
            policy,
            places,
            output,
            whole,
        }),
        Err(error) => {
            let message = format!("the template renders to no policy document: {}", error.message);
            let help = "see the grammar of the policy language, and render it to see the text";
            Err(located((&output, &whole), &error, message, help))
        }
    }
}

/// Renders a list of ARNs.
pub(super) fn arns(
    script: &Script,
    whole: &Span,
    given: Given<'_>,
) -> Result<Vec<Located<Arn>>, Vec<Diagnostic>> {
    let output = render(script, whole, given)?;
    let texts = policy::read_list(&output.text, READING).map_err(|error| {
        let message = format!("this is no JSON list of ARNs: {}", error.message);
        let help = "write the ARNs of managed policies in quotes, between `[` and `]`";
        located((&output, whole), &error, message, help)
    })?;
    let (mut arns, mut findings) = (Vec::new(), Vec::new());
    for (text, range) in texts {
        let span = output.span(&range).unwrap_or_else(|| whole.clone());
        match Arn::parse(&text) {
            Ok(arn) => arns.push(Located::new(arn, span)),
            Err(error) => findings.push(
                Diagnostic::error(codes::INVALID_DOCUMENT, error.message)
                    .help(error.help)
                    .at(span),
            ),
        }
    }
    if findings.is_empty() {
        Ok(arns)
    } else {
        Err(findings)
    }
}

fn render(script: &Script, whole: &Span, given: Given<'_>) -> Result<Output, Vec<Diagnostic>> {
    let output = fill(given.library, script, given.values, given.absent).map_err(|finding| vec![finding])?;
    match structure::check(&output) {
        Ok(()) => Ok(output),
        Err(fault) => {
            let span = output.span(&fault.range).unwrap_or_else(|| whole.clone());
            Err(vec![fault.without_place().at(span)])
        }
    }
}

/// The finding that a rendered text cannot be read, and what stands against it.
fn located(
    (output, whole): (&Output, &Span),
    error: &PolicyError,
    message: String,
    help: &str,
) -> Vec<Diagnostic> {
    let place = |range: &Range<usize>| output.span(range).unwrap_or_else(|| whole.clone());
    let finding = Diagnostic::error(codes::INVALID_DOCUMENT, message)
        .help(help)
        .at(place(&error.range));
    let other = error.other.as_ref().map(|other| {
        Diagnostic::note(codes::INVALID_DOCUMENT, "what stands against it is here").at(place(other))
    });
    std::iter::once(finding).chain(other).collect()
}

/// The values of a run and those of the team, as one object.
pub(super) fn merged(values: &Map<String, Value>, vars: &Map<String, Value>) -> Value {
    let mut merged = vars.clone();
    for (name, value) in values {
        merged.insert(name.clone(), value.clone());
    }
    Value::Object(merged)
}

/// What went wrong with a template, in one line.
pub(super) fn summary(path: &str, findings: &[Diagnostic]) -> String {
    match findings {
        [] => format!("{} cannot be rendered", shown(path)),
        [one] => one.message.clone(),
        [first, rest @ ..] => format!("{}, and {} more", first.message, rest.len()),
    }
}

//! What a template renders to, with the way back from each byte to the template.

use std::ops::Range;

use serde_json::{Map, Value};

use super::codes;
use super::fault::{Fault, shown};
use super::fill::fill;
use super::output::Output;
use super::partials::{Library, Script};
use super::structure::{self, Structure};
use crate::diagnostic::{Diagnostic, Located, Span};
use crate::model::Arn;
use crate::policy::{self, Places, Policy, Read, ReadOptions};

/// A document that a template of the team renders to.
#[derive(Debug, Clone)]
pub struct RenderedDocument {
    /// The document.
    pub policy: Policy,
    /// The places of its parts in the text.
    pub places: Places,
    /// Its text, as the template lays it out: JSON.
    pub text: String,
    /// Where each byte of it comes from.
    output: Output,
    /// The template, for a range that comes from nowhere.
    whole: Span,
}

impl RenderedDocument {
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

/// Renders a policy document.
pub(super) fn document(
    script: &Script,
    whole: Span,
    given: Given<'_>,
) -> Result<RenderedDocument, Vec<Diagnostic>> {
    let (output, structure) = render(script, &whole, given).map_err(|finding| vec![finding])?;
    let text = structure.strict(output.text.clone());
    match read_policy(&text) {
        Ok(Read { policy, places }) => Ok(RenderedDocument {
            policy,
            places,
            text,
            output,
            whole,
        }),
        Err(broken) => {
            let place = |range: &Range<usize>| output.span(range).unwrap_or_else(|| whole.clone());
            Err(broken.findings(place))
        }
    }
}

/// Renders a list of ARNs.
pub(super) fn arns(
    script: &Script,
    whole: &Span,
    given: Given<'_>,
) -> Result<Vec<Located<Arn>>, Vec<Diagnostic>> {
    let (output, structure) = render(script, whole, given).map_err(|finding| vec![finding])?;
    let text = structure.strict(output.text.clone());
    let place = |range: &Range<usize>| output.span(range).unwrap_or_else(|| whole.clone());
    let texts: Vec<String> = serde_json::from_str(&text).map_err(|error| {
        let broken = Broken::of_json(&text, &error);
        let message = format!("this is no JSON list of ARNs: {}", broken.message);
        let fault = Fault::new(codes::INVALID_DOCUMENT, &broken.range, message)
            .help("write the ARNs of managed policies in quotes, between `[` and `]`");
        vec![fault.without_place().at(place(&broken.range))]
    })?;
    let (mut arns, mut findings) = (Vec::new(), Vec::new());
    for (text, range) in texts.iter().zip(&structure.strings) {
        let span = place(range);
        match Arn::parse(text) {
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

fn render(script: &Script, whole: &Span, given: Given<'_>) -> Result<(Output, Structure), Diagnostic> {
    let output = fill(given.library, script, given.values, given.absent)?;
    match structure::check(&output) {
        Ok(structure) => Ok((output, structure)),
        Err(fault) => {
            let span = output.span(&fault.range).unwrap_or_else(|| whole.clone());
            Err(fault.without_place().at(span))
        }
    }
}

/// Why a text is no document, at bytes of it.
struct Broken {
    message: String,
    range: Range<usize>,
    /// What stands against it, such as the first of two keys.
    other: Option<Range<usize>>,
}

impl Broken {
    /// A fault of JSON, at the place that its message names.
    fn of_json(text: &str, error: &serde_json::Error) -> Self {
        Self::of(text, &error.to_string())
    }

    fn of(text: &str, message: &str) -> Self {
        let (message, place) = message.rsplit_once(" at line ").unwrap_or((message, ""));
        let byte = place.split_once(" column ").and_then(|(line, column)| {
            let (line, column) = (line.parse::<usize>().ok()?, column.parse::<usize>().ok()?);
            let before: usize = text
                .split_inclusive('\n')
                .take(line.checked_sub(1)?)
                .map(str::len)
                .sum();
            Some((before + column).saturating_sub(1))
        });
        let start = byte.unwrap_or(0).min(text.len());
        Self {
            message: message.to_owned(),
            range: start..(start + 1).min(text.len()).max(start),
            other: None,
        }
    }

    fn findings(self, place: impl Fn(&Range<usize>) -> Span) -> Vec<Diagnostic> {
        let message = format!("the template renders to no policy document: {}", self.message);
        let first = Diagnostic::error(codes::INVALID_DOCUMENT, message)
            .help("see the grammar of the policy language, and render it to see the text")
            .at(place(&self.range));
        let other = self.other.map(|other| {
            Diagnostic::note(codes::INVALID_DOCUMENT, "what stands against it is here").at(place(&other))
        });
        std::iter::once(first).chain(other).collect()
    }
}

/// The one place where a rendered text becomes a document.
fn read_policy(text: &str) -> Result<Read, Broken> {
    policy::read(text, ReadOptions::default()).map_err(|error| Broken {
        message: error.message,
        range: error.range,
        other: error.other,
    })
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

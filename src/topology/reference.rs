//! The forms in which a value names something in AWS: a name, a name with variables, an
//! ARN, a function with an alias.
//!
//! A reference says *which account* and *which name*; whether that is inside the sandbox
//! and among the declared entities is for [`names`](super::names) to say. No character
//! that a policy would read as a pattern gets through here.

use super::codes;
use super::decode::Word;
use super::findings::{Findings, shown};
use super::text::{InvalidText, Text, Variable};
use crate::diagnostic::Span;
use crate::model::EntityKind;

/// How many variables of one value are reported: more say nothing that is new.
const REPORTED: usize = 20;

/// A name that has been taken out of its reference.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// The name, without the ARN around it or an alias after it.
    pub text: Text,
    /// The same, printed: `{{namespace}}_packer_{{sandbox}}`.
    pub printed: String,
    /// How it was written.
    pub form: Form,
}

/// How a name was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By itself.
    Plain,
    /// In an ARN.
    Arn,
}

/// Reads the variables of a value; reports those that do not exist.
pub(super) fn text(findings: &mut Findings, word: &Word) -> Option<Text> {
    match Text::parse(word.value.trim()) {
        Ok(text) => Some(text),
        Err(faults) => {
            for fault in faults.iter().take(REPORTED) {
                unknown(findings, &word.value, &word.span, fault);
            }
            None
        }
    }
}

/// Reports the variables of a text that do not exist, but for those in `also`.
pub(super) fn check_variables(findings: &mut Findings, text: &str, span: &Span, also: &[&str]) {
    let Err(faults) = Text::parse(text.trim()) else {
        return;
    };
    let is_known = |fault: &InvalidText| match fault {
        InvalidText::UnknownVariable { name, .. } => also.contains(&name.as_str()),
        InvalidText::Unclosed { .. } => false,
    };
    for fault in faults.iter().filter(|fault| !is_known(fault)).take(REPORTED) {
        unknown(findings, text, span, fault);
    }
}

fn unknown(findings: &mut Findings, written: &str, span: &Span, fault: &InvalidText) {
    let help = match fault {
        InvalidText::Unclosed { .. } => "close it: `{{sandbox}}`".to_owned(),
        InvalidText::UnknownVariable { name, .. } => known_variables(findings, name),
    };
    let message = match fault {
        InvalidText::UnknownVariable { name, .. } => format!("unknown variable {}", shown(name)),
        unclosed @ InvalidText::Unclosed { .. } => unclosed.to_string(),
    };
    findings.error(codes::UNKNOWN_VARIABLE, span, message, help);
    if let (Some(part), Some(place)) = (
        written.trim().get(fault.range().clone()),
        within(written, span, fault),
    ) {
        findings.about(part, place);
    }
}

/// Reads a value as the name of an entity that AWS knows.
pub(super) fn name(findings: &mut Findings, kind: EntityKind, word: &Word) -> Option<Name> {
    let printed = text(findings, word)?.to_string();
    let parts: Vec<&str> = printed.split(':').collect();
    let (form, region, account, name) = match (kind, parts.as_slice()) {
        (_, ["arn", _, service, region, account, resource @ ..]) => {
            let Some(name) = resource_name(kind, service, resource) else {
                let noun = noun(kind);
                let message = format!("{} is not the ARN of a {noun}", shown(&word.value));
                let help = format!("a {noun} has the ARN {}", arn_of(kind));
                findings.error(codes::INVALID_NAME, &word.span, message, help);
                return None;
            };
            (Form::Arn, *region, *account, name)
        }
        (EntityKind::Function, [account, "function", name, ..]) => (Form::Arn, "{{region}}", *account, *name),
        (EntityKind::Function, [name, ..]) => (Form::Plain, "{{region}}", "{{account}}", *name),
        _ => (Form::Plain, "{{region}}", "{{account}}", printed.as_str()),
    };
    let is_global = kind == EntityKind::Bucket && form == Form::Arn && (region, account) == ("", "");
    if account != "{{account}}" && !is_global {
        outside(findings, kind, word, ("account", account));
        return None;
    }
    // A name alone would be granted in the sandbox's region: another queue of that name.
    let is_exact = matches!(kind, EntityKind::Queue | EntityKind::Table | EntityKind::Event);
    if is_exact && region != "{{region}}" {
        outside(findings, kind, word, ("region", region));
        return None;
    }
    let text = Text::parse(name).ok()?;
    check_characters(findings, kind, word, &text)?;
    let printed = name.to_owned();
    Some(Name { text, printed, form })
}

/// Reports a reference whose account or region is not the sandbox's.
fn outside(findings: &mut Findings, kind: EntityKind, word: &Word, (part, written): (&str, &str)) {
    let message = format!(
        "{} names {part} {}, which need not be the sandbox's",
        shown(&word.value),
        shown(written)
    );
    let help = format!(
        "write `{{{{{part}}}}}` for the {part}, or name a {} of this sandbox",
        noun(kind)
    );
    findings.error(codes::OUTSIDE_SANDBOX, &word.span, message, help);
}

fn resource_name<'a>(kind: EntityKind, service: &str, resource: &[&'a str]) -> Option<&'a str> {
    match (kind, service, resource) {
        (EntityKind::Function, "lambda", ["function", name, ..])
        | (EntityKind::State, "states", ["stateMachine", name, ..])
        | (EntityKind::Queue, "sqs", [name]) => Some(name),
        (EntityKind::Table, "dynamodb", [table]) => table.strip_prefix("table/"),
        (EntityKind::Event, "events", [bus]) => bus.strip_prefix("event-bus/"),
        (EntityKind::Bucket, "s3", [bucket]) => Some(bucket),
        _ => None,
    }
}

fn noun(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::State => "state machine",
        EntityKind::Event => "bus",
        other => other.name(),
    }
}

fn arn_of(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::State => "`arn:aws:states:{{region}}:{{account}}:stateMachine:NAME`",
        EntityKind::Queue => "`arn:aws:sqs:{{region}}:{{account}}:NAME`",
        EntityKind::Table => "`arn:aws:dynamodb:{{region}}:{{account}}:table/NAME`",
        EntityKind::Event => "`arn:aws:events:{{region}}:{{account}}:event-bus/NAME`",
        EntityKind::Bucket => "`arn:aws:s3:::NAME`",
        _ => "`arn:aws:lambda:{{region}}:{{account}}:function:NAME`",
    }
}

fn check_characters(findings: &mut Findings, kind: EntityKind, word: &Word, text: &Text) -> Option<()> {
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if !text.pieces().is_empty() && text.holds_only(is_of_a_name) {
        return Some(());
    }
    let message = format!("{} cannot be the name of a {}", shown(&word.value), noun(kind));
    let help = "it holds letters, digits, `-`, `_`, `.` and variables";
    findings.error(codes::INVALID_NAME, &word.span, message, help);
    None
}

fn known_variables(findings: &mut Findings, name: &str) -> String {
    let known: Vec<&str> = Variable::NAMES
        .iter()
        .filter(|(_, variable)| variable.is_known_beforehand())
        .map(|(name, _)| *name)
        .collect();
    let list = format!("known variables: {}", known.join(", "));
    match findings.nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{{{{{near}}}}}`? {list}"),
        None => list,
    }
}

/// Where a fault stands in the file, if the value stands there as it is or in quotes: a text in
/// several lines can have the same length.
fn within(written: &str, span: &Span, fault: &InvalidText) -> Option<Span> {
    let quotes = match span.range.len().checked_sub(written.len())? {
        0 => 0,
        2 => 1,
        _ => return None,
    };
    let indent = written.len() - written.trim_start().len();
    let start = span.range.start + quotes + indent;
    let range = start + fault.range().start..start + fault.range().end;
    Some(Span::new(span.file, range))
}

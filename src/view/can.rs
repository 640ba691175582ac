use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::ops::ControlFlow;

use super::report::harmless;
use super::style::{ADDED, ERROR, FAINT, NOTE, REMOVED, STRONG, styled};
use crate::diagnostic::Sources;
use crate::evaluate::{Layer, Miss, Verdict};
use crate::model::Arn;
use crate::ops::{
    BatchAnswer, BatchEvent, CanAnswer, CanOutcome, Denial, ExplainedDenial, NamedStatement, Remedy,
};

/// How many of the nearest statements are shown.
const SHOWN: usize = 3;

/// How many lines that are no requests are told one by one.
const REFUSED: u64 = 20;

/// The answer for one role, or a line a role.
pub(super) fn answered(outcome: &CanOutcome) -> String {
    let sources = &outcome.findings.sources;
    if let [answer] = outcome.answers.as_slice() {
        return one(outcome, answer, sources);
    }
    let mut text = String::new();
    for answer in &outcome.answers {
        let Some(role) = &answer.role else {
            continue;
        };
        let statement = answer
            .determining
            .first()
            .map(|one| format!("  {}", place(one, sources)));
        let open = if answer.missing_context.is_empty() {
            String::new()
        } else {
            format!("  it depends on {}", keys(&answer.missing_context))
        };
        let _ = writeln!(
            text,
            "{}{}  {}{}{open}",
            verdict(answer.verdict),
            if answer.verdict == Verdict::Allowed {
                ""
            } else {
                " "
            },
            role.name,
            statement.unwrap_or_default()
        );
    }
    text
}

/// How many roles may, where several were asked; and what was not looked at.
pub(super) fn summary(outcome: &CanOutcome) -> String {
    let mut text = resource_note(&outcome.question.resource);
    if outcome.answers.len() > 1 {
        let allowed = |one: &&CanAnswer| one.verdict == Verdict::Allowed;
        let count = outcome.answers.iter().filter(allowed).count();
        let _ = writeln!(text, "{count} of {} roles may", outcome.answers.len());
    }
    for answer in &outcome.answers {
        let whose = answer
            .role
            .as_ref()
            .map_or_else(String::new, |role| format!(" of `{}`", role.name));
        for what in &answer.unread {
            let _ = writeln!(
                text,
                "{} the {}{whose} is not known and counts for nothing here",
                styled(NOTE, "note:"),
                harmless(what)
            );
        }
    }
    text
}

/// What to say of a resource that a request does not have.
fn resource_note(resource: &str) -> String {
    let what = if resource == "*" {
        return String::new();
    } else if resource.contains(['*', '?']) {
        "a request is for one resource: a wildcard in it is taken as the character itself"
    } else if Arn::parse(resource).is_err() {
        "the resource is no ARN, which most statements ask for"
    } else {
        return String::new();
    };
    format!("{} {what}\n", styled(NOTE, "note:"))
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Allowed => styled(ADDED, "allowed"),
        Verdict::ExplicitDeny | Verdict::ImplicitDeny => styled(REMOVED, "denied"),
    }
}

fn one(outcome: &CanOutcome, answer: &CanAnswer, sources: &Sources) -> String {
    let question = &outcome.question;
    let who = answer
        .role
        .as_ref()
        .map_or_else(|| "these policies".to_owned(), |role| role.name.to_string());
    let text = format!(
        "{}  {}: {} on {}\n",
        verdict(answer.verdict),
        styled(STRONG, who),
        harmless(&question.action),
        harmless(&question.resource)
    );
    text + &reasons(answer, sources)
}

/// Why: the statements that decided, or those that come nearest, and what nobody said; indented.
pub(super) fn reasons(answer: &CanAnswer, sources: &Sources) -> String {
    let mut text = String::new();
    let said = match answer.verdict {
        Verdict::Allowed => "allowed by",
        Verdict::ExplicitDeny => "denied by",
        Verdict::ImplicitDeny => "",
    };
    for one in &answer.determining {
        let said = if one.allows() && answer.verdict != Verdict::Allowed {
            "allows"
        } else {
            said
        };
        statement(&mut text, said, one, sources);
    }
    if let Some(layer) = answer.lacking {
        let _ = writeln!(text, "  {}", lacking(layer, answer));
        for (near, misses) in answer.nearest.iter().take(SHOWN) {
            statement(&mut text, "nearest is", near, sources);
            for miss in misses {
                let _ = writeln!(text, "    {}", self::miss(miss, &answer.missing_context));
            }
        }
    }
    if let Some(account) = answer
        .foreign
        .as_ref()
        .filter(|_| answer.verdict != Verdict::Allowed)
    {
        let _ = writeln!(
            text,
            "  the resource is of the account {account}: its policy must allow it too; give it with `--resource-policy FILE`"
        );
    }
    if !answer.missing_context.is_empty() {
        let _ = writeln!(
            text,
            "  it depends on {}, which nobody said",
            keys(&answer.missing_context)
        );
        let ways: Vec<String> = answer.missing_context.iter().map(|key| way(key)).collect();
        let _ = writeln!(text, "  give it with {}", ways.join(" "));
    }
    text
}

/// Where nothing allows a request.
fn lacking(layer: Layer, answer: &CanAnswer) -> &'static str {
    match layer {
        Layer::Identity if answer.nearest.is_empty() => "no statement is for this action",
        Layer::Identity => "no statement allows it",
        Layer::Boundary => "the permissions boundary does not allow it",
        Layer::Session => "the policies of the session do not allow it",
        Layer::Resource => "no policy of the resource allows it",
    }
}

/// A statement, where it stands, and who asked for it.
fn statement(text: &mut String, said: &str, one: &NamedStatement, sources: &Sources) {
    let _ = writeln!(text, "  {said} {}", named(one));
    let mut places: Vec<String> = one.file(sources).into_iter().collect();
    let asked = one.origin.asked_by.iter().map(|asker| sources.label(&asker.span));
    let asked = super::statement::places(asked);
    if !asked.is_empty() {
        places.push(format!("asked for by {asked}"));
    }
    if !places.is_empty() {
        let _ = writeln!(text, "    {}", styled(FAINT, harmless(&places.join(", "))));
    }
}

fn named(one: &NamedStatement) -> String {
    let policy = harmless(&one.policy);
    match &one.statement.sid {
        Some(sid) => format!("{} of {policy}", styled(STRONG, harmless(sid))),
        None => format!("a statement of {policy}"),
    }
}

fn place(one: &NamedStatement, sources: &Sources) -> String {
    let file = one.file(sources);
    file.map_or_else(
        || named(one),
        |file| format!("{}  {}", named(one), styled(FAINT, harmless(&file))),
    )
}

/// What of a statement does not hold, in words; with the keys on which the answer depends and that
/// nobody gave.
fn miss(miss: &Miss, unsaid: &[String]) -> String {
    match miss {
        Miss::Resource { patterns } => format!("it is for {}, and not for this resource", list(patterns)),
        Miss::Condition {
            operator,
            key,
            wanted,
            found,
        } => {
            let is_unsaid = unsaid.iter().any(|one| one.eq_ignore_ascii_case(key));
            let there = if is_unsaid {
                "is not known"
            } else {
                "is not there or not known"
            };
            let key = quoted(key);
            match (found.as_deref(), operator.to_ascii_lowercase().contains("not")) {
                (None, _) => format!("{key} {there}, the statement wants {}", want(operator, wanted)),
                (Some(found), true) => format!(
                    "{key} is {}, the statement wants another than {}",
                    list(found),
                    list(wanted)
                ),
                (Some(found), false) => format!(
                    "{key} is {}, the statement wants {}",
                    list(found),
                    want(operator, wanted)
                ),
            }
        }
    }
}

/// What a condition asks for, with the operator where it is not equality.
fn want(operator: &str, wanted: &[String]) -> String {
    const PLAIN: [&str; 5] = ["stringequals", "stringlike", "arnlike", "arnequals", "bool"];
    let name = operator.to_ascii_lowercase();
    let plain = name.strip_suffix("ifexists").unwrap_or(&name);
    if PLAIN.contains(&plain) {
        return list(wanted);
    }
    if name == "null" {
        let is_missing = wanted.iter().all(|value| value == "true");
        return if is_missing {
            "it to be missing"
        } else {
            "it to be there"
        }
        .to_owned();
    }
    format!("{} {}", harmless(operator), list(wanted))
}

fn list(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        values => values
            .iter()
            .map(|value| quoted(value))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", harmless(text))
}

fn keys(keys: &[String]) -> String {
    keys.iter().map(|key| quoted(key)).collect::<Vec<_>>().join(", ")
}

/// The flag that gives a condition key.
fn way(key: &str) -> String {
    const RESOURCE_TAG: &str = "aws:resourcetag/";
    let tag = key
        .to_ascii_lowercase()
        .starts_with(RESOURCE_TAG)
        .then(|| key.get(RESOURCE_TAG.len()..));
    match tag.flatten() {
        Some(tag) => quoted(&format!("--resource-tag {tag}=VALUE")),
        None => quoted(&format!("--context {key}=VALUE")),
    }
}

/// What AWS said, and what the role says to it.
pub(super) fn denial(explained: &ExplainedDenial) -> String {
    let mut text = said(&explained.denial);
    text += &answered(&explained.outcome);
    let deciding = explained.outcome.deciding();
    let is_allowed = explained.outcome.is_allowed();
    if let Some(verdict) = explained.if_tagged {
        let _ = writeln!(
            text,
            "  {}",
            if verdict == Verdict::Allowed {
                "with the sandbox's tag on the resource it is allowed: look whether the resource carries it"
            } else {
                "it is denied whatever tag the resource carries"
            }
        );
    }
    for line in conclusion(&explained.denial, is_allowed) {
        let _ = writeln!(text, "{line}");
    }
    let is_nearby = |one: &CanAnswer| one.verdict != Verdict::ImplicitDeny || !one.nearest.is_empty();
    if !deciding.is_some_and(is_nearby) {
        remedies(&mut text, &explained.remedies);
    }
    text
}

fn said(denial: &Denial) -> String {
    let reason = match denial.reason {
        Some(reason) => {
            let layer = reason
                .layer
                .map_or_else(|| "some policy".to_owned(), |layer| layer.name().to_owned());
            if reason.is_explicit {
                format!("a statement denies it, in a {layer}")
            } else {
                format!("no {layer} allows it")
            }
        }
        None => "it does not say why".to_owned(),
    };
    format!("AWS says: {reason}\n")
}

/// What follows from what AWS said and what the role says.
fn conclusion(denial: &Denial, is_allowed: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let layer = denial.reason.and_then(|reason| reason.layer);
    match layer {
        Some(layer) if !layer.is_of_role() => {
            lines.push(format!("what a {} says is not known here: look at it first", layer.name()));
        }
        _ if is_allowed => lines.push(
            "the role as it is known here allows it: ask with `--live` whether the account's role does, and look at \
             what the request carried besides, and at policies of the organization and of the resource"
                .to_owned(),
        ),
        _ => {}
    }
    if denial.is_encoded {
        lines.push(
            "more stands in the encoded part: `aws sts decode-authorization-message --encoded-message …`"
                .to_owned(),
        );
    }
    lines
}

fn remedies(text: &mut String, remedies: &[Remedy]) {
    for remedy in remedies {
        let edges: Vec<String> = remedy
            .edges
            .iter()
            .map(|edge| format!("{} → {}", edge.source.name(), edge.target.name()))
            .collect();
        if edges.is_empty() {
            let _ = writeln!(
                text,
                "`{}` would allow it ({}); no edge asks for it on this role",
                remedy.capability, remedy.does
            );
        } else {
            let _ = writeln!(
                text,
                "an edge {} in the topology asks for `{}`: {}",
                edges.join(" or "),
                remedy.capability,
                remedy.does
            );
        }
    }
    if remedies.is_empty() {
        let _ = writeln!(
            text,
            "no edge of a topology asks for this action: grant it in the configuration, or in a template of the team's"
        );
    }
}

/// Prints the answers to many requests as they come.
#[derive(Debug)]
pub struct Answering {
    out: io::BufWriter<io::StdoutLock<'static>>,
    name: String,
    refused: u64,
    failed: Option<io::Error>,
}

impl Answering {
    pub(super) fn new(name: String) -> Self {
        Self {
            out: io::BufWriter::with_capacity(64 * 1024, io::stdout().lock()),
            name,
            refused: 0,
            failed: None,
        }
    }

    /// Prints what is met; breaks where nobody reads any more.
    pub fn tell(&mut self, event: BatchEvent<'_>) -> ControlFlow<()> {
        let written = match event {
            BatchEvent::Answered(answer) => line(&mut self.out, answer),
            BatchEvent::Waiting => self.out.flush(),
            BatchEvent::Refused(number, message) => self.refuse(number, message),
        };
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn refuse(&mut self, number: usize, message: &str) -> io::Result<()> {
        self.refused += 1;
        if self.refused <= REFUSED {
            let text = format!(
                "{} {}:{number}: {}\n",
                styled(ERROR, "error:"),
                self.name,
                harmless(message)
            );
            super::err(&text);
        }
        let object = serde_json::json!({"error": {"message": message, "line": number}});
        writeln!(self.out, "{object}")
    }

    /// Ends the output.
    ///
    /// # Errors
    /// When standard output cannot be written. A reader that went away is none.
    pub fn finish(mut self) -> io::Result<()> {
        let written = match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        };
        if self.refused > REFUSED {
            let more = self.refused - REFUSED;
            super::err(&format!(
                "{} {more} more lines are no requests\n",
                styled(ERROR, "error:")
            ));
        }
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }
}

/// `{"decision", "determining", "missing_context"}` in a line.
fn line(out: &mut impl io::Write, mut answer: BatchAnswer<'_>) -> io::Result<()> {
    write!(
        out,
        r#"{{"decision":"{}","determining":["#,
        answer.decision.verdict.name()
    )?;
    let mut comma = "";
    answer.each_statement(|statement| {
        write!(out, "{comma}{statement}")?;
        comma = ",";
        Ok::<_, io::Error>(())
    })?;
    out.write_all(br#"],"missing_context":["#)?;
    let mut comma = "";
    for key in &answer.decision.missing_context {
        out.write_all(comma.as_bytes())?;
        serde_json::to_writer(&mut *out, key)?;
        comma = ",";
    }
    out.write_all(b"]}\n")
}

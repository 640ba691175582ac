use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::listing::owner;
use super::report::harmless;
use super::roles::needed;
use super::statement::{self, Names, sentence, shown};
use super::style::{FAINT, STRONG, styled};
use crate::diagnostic::{Sources, Span};
use crate::grants::{Asker, CapabilityRule, Scope, Subject};
use crate::model::{PolicyName, RoleName};
use crate::ops::{Explained, ExplainedProvided, ExplainedRole, ExplainedTrust, Purpose};
use crate::prove::Why;
use crate::topology::End;

/// How many columns a line takes where it can be broken.
const WIDTH: usize = 80;

/// Why each role holds what it holds, and what needs no statement.
pub(super) fn explained(explained: &Explained) -> String {
    let sources = &explained.findings.sources;
    let mut parts: Vec<String> = explained
        .roles
        .iter()
        .map(|role| self::role(role, sources))
        .chain(explained.provided.iter().map(|role| provided(role, sources)))
        .collect();
    let withheld: Vec<&Asker> = explained.withheld.iter().map(|one| &one.asker).collect();
    for (title, askers) in [
        ("needed and not granted, since something is not known", withheld),
        (
            "needs no statement on a role",
            explained.without_statement.iter().collect(),
        ),
    ] {
        if !askers.is_empty() {
            let mut text = format!("{}\n", styled(STRONG, title));
            reasons(&mut text, &askers, sources, 2);
            parts.push(text);
        }
    }
    parts.join("\n")
}

/// Where the roles would stand, and how many are explained.
pub(super) fn summary(explained: &Explained) -> String {
    let context = &explained.context;
    let account = explained.account.as_ref();
    let account = account.map_or_else(String::new, |account| format!(" · account {account}"));
    let number = needed(explained.roles.len(), explained.provided.len());
    let sandbox = styled(STRONG, &context.sandbox);
    format!("sandbox {sandbox}{account} · {}\n{number}\n", context.region)
}

fn role(role: &ExplainedRole, sources: &Sources) -> String {
    let mut text = format!("{}  {}\n", styled(STRONG, &role.spec.name), role.id.kind);
    if let Some(template) = &role.template {
        let whose = owner(&role.id).unwrap_or_else(|| "shared role".to_owned());
        let _ = writeln!(text, "  {whose}, made from {}", harmless(template));
    }
    let trusted: Vec<&str> = role.trusted().into_iter().collect();
    let trusted = format!("assumed by {}", trusted.join(", "));
    match &role.trust {
        ExplainedTrust::BuiltIn(why) => {
            lines(
                &mut text,
                &sentence(&format!("{trusted}: {}", why.reason), WIDTH - 2),
                2,
                4,
            );
            faint(&mut text, &why.doc, 4);
        }
        ExplainedTrust::Template(span) => {
            let said = format!("{trusted}: the team's trust policy says so");
            lines(&mut text, &sentence(&said, WIDTH - 2), 2, 4);
            let _ = writeln!(text, "    {}", label(span, sources));
        }
    }
    let trusted_for: Vec<&Asker> = role.trusted_for.iter().map(|(_, asker)| asker).collect();
    reasons(&mut text, &trusted_for, sources, 4);
    let mut policy: Option<&PolicyName> = None;
    for explained in &role.statements {
        if policy != Some(&explained.policy) {
            policy = Some(&explained.policy);
            let _ = writeln!(text, "  inline policy {}", explained.policy);
        }
        let said = statement::lines(&explained.statement, Names::Short(&role.spec.arn), WIDTH - 8);
        lines(&mut text, &said, 4, 8);
        if let Some(span) = &explained.place {
            fact(&mut text, "stands in", &label(span, sources));
        }
        if let Some(purpose) = &explained.purpose {
            self::purpose(&mut text, purpose);
        }
        reasons(
            &mut text,
            &explained.asked_by.iter().collect::<Vec<_>>(),
            sources,
            6,
        );
    }
    if role.statements.is_empty() {
        text.push_str("  holds no statement\n");
    }
    if !role.not_granted.is_empty() {
        text.push_str("  not granted by the template\n");
    }
    for lacking in &role.not_granted {
        for missing in &lacking.missing {
            let said = statement::lines(&missing.statement, Names::Short(&role.spec.arn), WIDTH - 8);
            lines(&mut text, &said, 4, 8);
            fact(&mut text, "lacks", &why(&missing.why));
        }
        purpose(&mut text, &lacking.purpose);
        reasons(
            &mut text,
            &lacking.asked_by.iter().collect::<Vec<_>>(),
            sources,
            6,
        );
    }
    text
}

/// A role that somebody else keeps, and what it should allow.
fn provided(role: &ExplainedProvided, sources: &Sources) -> String {
    let name = role.names.first().map_or("", RoleName::as_str);
    let mut text = format!("{}  {}, kept by others\n", styled(STRONG, name), role.kind);
    for other in role.names.iter().skip(1) {
        let _ = writeln!(text, "  or {other}");
    }
    text.push_str(if role.statements.is_empty() {
        "  needs no statement\n"
    } else {
        "  should allow\n"
    });
    for needed in &role.statements {
        let said = statement::lines(&needed.statement, Names::Short(&role.arn), WIDTH - 8);
        lines(&mut text, &said, 4, 8);
        purpose(&mut text, &needed.purpose);
        reasons(&mut text, &needed.asked_by.iter().collect::<Vec<_>>(), sources, 6);
    }
    text
}

/// What a statement is there for.
fn purpose(text: &mut String, purpose: &Purpose) {
    let rule = &purpose.rule;
    fact(text, "lets it", &rule.does);
    fact(text, "capability", &purpose.capability.to_string());
    fact(text, "template", &purpose.template());
    fact(text, "reaches", scope(rule));
    if let Some(exception) = &rule.exception {
        fact(text, "exception", exception);
    }
}

fn fact(text: &mut String, name: &str, value: &str) {
    let mut value = sentence(value, WIDTH - 18);
    if let Some(first) = value.first_mut() {
        first.insert_str(0, &format!("{name:<12}"));
    }
    lines(text, &value, 6, 18);
}

/// Why something is not allowed, in words.
fn why(why: &Why) -> String {
    let of = |sid: &Option<String>| match sid {
        Some(sid) => format!("the statement {}", harmless(&shown(sid))),
        None => "a statement".to_owned(),
    };
    match why {
        Why::NotAllowed => "no statement allows it".to_owned(),
        Why::Denied { sid } => format!("{} denies it", of(sid)),
        Why::Conditional { sid, condition } => {
            let keys = keys(condition);
            format!("{} asks for {} as well", of(sid), keys.join(", "))
        }
        Why::Unknown => "it cannot be told whether it is allowed".to_owned(),
    }
}

/// The keys of a condition that is given as JSON, in order.
pub(super) fn keys(condition: &str) -> Vec<String> {
    let condition: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_str(condition).unwrap_or_default();
    let keys = condition.values().flat_map(BTreeMap::keys);
    let keys: BTreeSet<String> = keys.map(|key| shown(key)).collect();
    keys.into_iter().collect()
}

/// How far a statement reaches, in words.
const fn scope(rule: &CapabilityRule) -> &'static str {
    match rule.scope {
        Scope::Tagged => "what has the sandbox in its name and in its tag",
        Scope::Pattern => "what has the sandbox in its name",
        Scope::Trust => "nothing: the trust policy tells",
        Scope::Account => "the whole account: AWS knows no less here",
        Scope::Exact => "exactly the resources that are named",
    }
}

/// Who asked, by reason, in the order of the first of each.
pub(super) fn by_reason<'a>(askers: &[&'a Asker]) -> Vec<(&'a Asker, Vec<&'a Asker>)> {
    let mut groups: Vec<(&Asker, Vec<&Asker>)> = Vec::new();
    for asker in askers {
        let like = |(first, _): &&mut (&Asker, _)| (&first.reason, &first.doc) == (&asker.reason, &asker.doc);
        match groups.iter_mut().find(like) {
            Some((_, others)) => others.push(asker),
            None => groups.push((asker, vec![asker])),
        }
    }
    groups
}

/// Who asked, by reason, in lines.
fn reasons(text: &mut String, askers: &[&Asker], sources: &Sources, indent: usize) {
    for (first, askers) in by_reason(askers) {
        let reason = sentence(&format!("because {}", first.reason), WIDTH - indent - 2);
        lines(text, &reason, indent, indent + 2);
        if let Some(doc) = &first.doc {
            faint(text, doc, indent + 2);
        }
        let places: Vec<String> = askers.iter().map(|one| place(one, sources)).collect();
        let width = places.iter().map(|place| place.chars().count()).max();
        for (asker, place) in askers.iter().zip(&places) {
            let line = format!("{place:<0$}  {1}", width.unwrap_or(0), subject(&asker.subject));
            let _ = writeln!(text, "{:1$}{2}", "", indent + 2, line.trim_end());
        }
    }
}

fn place(asker: &Asker, sources: &Sources) -> String {
    label(&asker.span, sources)
}

/// `topology.yml:4`, on one line.
fn label(span: &Span, sources: &Sources) -> String {
    harmless(&sources.label(span)).replace(['\n', '\t'], "\u{fffd}")
}

/// `route /orders → function intake`.
pub(super) fn subject(subject: &Subject) -> String {
    let end = |end: &End| format!("{} {}", end.kind, harmless(&shown(&end.name)));
    match subject {
        Subject::Edge { source, target, .. } => format!("{} → {}", end(source), end(target)),
        Subject::Entity(entity) => end(entity),
        Subject::Setting => String::new(),
    }
}

/// Lines, the first one less indented than the others.
fn lines(text: &mut String, lines: &[String], first: usize, others: usize) {
    for (number, line) in lines.iter().enumerate() {
        let indent = if number == 0 { first } else { others };
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}

fn faint(text: &mut String, line: &str, indent: usize) {
    let _ = writeln!(text, "{:indent$}{}", "", styled(FAINT, line));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;
    use crate::model::EntityKind;

    fn asker(sources: &mut Sources, file: &str, subject: Subject, reason: &str) -> Asker {
        Asker {
            span: Span::new(sources.add(file, "a"), 0..1),
            subject,
            reason: reason.to_owned(),
            doc: None,
        }
    }

    fn function(name: &str) -> Subject {
        Subject::Entity(End {
            kind: EntityKind::Function,
            name: name.to_owned(),
        })
    }

    fn said(askers: &[Asker], sources: &Sources) -> String {
        let mut text = String::new();
        reasons(&mut text, &askers.iter().collect::<Vec<_>>(), sources, 0);
        text
    }

    #[test]
    fn who_asks_for_the_same_reason_stands_together_and_a_setting_stands_for_itself() {
        let mut sources = Sources::new();
        let askers = [
            asker(&mut sources, "a.yml", function("a"), "it runs"),
            asker(&mut sources, "tcperm.toml", Subject::Setting, "it is switched on"),
            asker(&mut sources, "long.yml", function("b"), "it runs"),
        ];
        let expected = "because it runs\n  a.yml:1     function a\n  long.yml:1  function b\n\
                        because it is switched on\n  tcperm.toml:1\n";
        assert_eq!(said(&askers, &sources), expected);
    }

    #[test]
    fn no_name_is_obeyed_by_a_terminal_or_taken_for_more_than_one() {
        let mut sources = Sources::new();
        let subject = function("a \"b\"\n\u{1b}[31m\u{202e}");
        let askers = [asker(&mut sources, "a\n\u{9b}2J.yml", subject, "it runs")];
        let expected =
            "because it runs\n  a\u{fffd}\u{fffd}2J.yml:1  function \"a \\\"b\\\"\\n\\u{1b}[31m\\u{202e}\"\n";
        assert_eq!(said(&askers, &sources), expected);
    }
}

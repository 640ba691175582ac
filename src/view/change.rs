use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::statement::{self, Names};
use super::style::{ADDED, CHANGED, FAINT, HELP, REMOVED, STRONG, sign, styled};
use super::{Place, diff, report, table};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, Identity, Sandbox};
use crate::ops::{ChangeOutcome, PlanOutcome, Resumption, RoleLine, Status, StepOutcome, step_diff};
use crate::plan::{Action, Obstacle, Plan, Step};
use crate::policy::Statement;

/// How many columns a line of a plan takes where it can be broken.
const WIDTH: usize = 80;

/// `sandbox dev · account 123456789012`.
pub(super) fn header(place: &Place, identity: &Identity, sandbox: &Sandbox) -> String {
    format!("sandbox {} · {}\n", styled(STRONG, sandbox), place.name(identity))
}

/// A plan, for its own sake.
pub(super) fn plan(place: &Place, outcome: &PlanOutcome) -> String {
    let mut text = header(place, &outcome.identity, &outcome.sandbox);
    text.push_str(&steps(&outcome.plan, Help::Here));
    for role in &outcome.provided {
        let line = format!("{} {}, kept by others  {}", role.name, role.kind, role.arn);
        let _ = writeln!(text, "  {} {line}", styled(FAINT, "="));
    }
    let steps = &outcome.plan.steps;
    let counts = counts(
        steps.iter().map(|step| step.action),
        ["to create", "to update", "to delete"],
    );
    let obstructed = outcome.plan.obstructed().count();
    let planned = (!counts.is_empty()).then(|| format!("plan: {counts}"));
    let mut parts: Vec<String> = planned.into_iter().collect();
    parts.extend((obstructed > 0).then(|| format!("{} in the way", roles(obstructed))));
    let provided = provided(&outcome.provided);
    if parts.is_empty() {
        parts.push(unchanged(steps.len(), provided));
    } else {
        parts.extend(kept_by_others(provided));
    }
    let _ = writeln!(text, "{}", parts.join(" · "));
    text
}

/// Where a plan was saved.
pub(super) fn saved(path: &Path) -> String {
    let path = report::harmless(&path.display().to_string());
    format!("saved · `tcperm apply {path}` carries it out\n")
}

/// Where the way around an obstacle is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Help {
    /// With the plan, once for roles that follow each other.
    Here,
    /// At the end of the run, with the error.
    Later,
}

/// What happens to each role, with the statements that come and go.
pub(super) fn steps(plan: &Plan, help: Help) -> String {
    let mut text = String::new();
    let mut steps = plan.steps.iter().peekable();
    while let Some(step) = steps.next() {
        if let Some(obstacle) = &step.obstacle {
            let sign = styled(REMOVED, "!");
            let _ = writeln!(text, "  {sign} {}  {obstacle}", styled(STRONG, &step.role));
            let following = steps.peek().and_then(|next| next.obstacle.as_ref());
            if help == Help::Here && following.map(Obstacle::help) != Some(obstacle.help()) {
                let _ = writeln!(text, "    {} {}", styled(HELP, "help:"), obstacle.help());
            }
        } else if step.action != Action::None {
            text.push_str(&self::step(step));
        }
    }
    text
}

fn step(step: &Step) -> String {
    let mut text = format!("  {} {}", sign(step.action), styled(STRONG, &step.role));
    let mut taken = step.role.as_str().len() + 6;
    if let Some(diff) = step_diff(step) {
        let (verdict, width) = diff::verdict(&diff.diff);
        let _ = write!(text, "  {verdict}");
        taken += width + 2;
    }
    match step.reasons.as_slice() {
        [] => text.push('\n'),
        [reason] if taken + reason.chars().count() <= WIDTH => {
            let _ = writeln!(text, "  {}", styled(FAINT, reason));
        }
        reasons => {
            text.push('\n');
            for reason in reasons {
                let _ = writeln!(text, "    {}", styled(FAINT, reason));
            }
        }
    }
    if step.action == Action::Delete {
        text.push_str(&beside(step));
        return text;
    }
    let Some(after) = &step.after else {
        return text;
    };
    let before = step.before.as_ref();
    document(
        &mut text,
        "trust policy",
        before.map(|role| &role.trust),
        Some(&after.trust),
        after,
    );
    let names = before
        .into_iter()
        .flat_map(|role| role.policies.keys())
        .chain(after.policies.keys());
    let names: BTreeSet<_> = names.collect();
    for name in names {
        let was = before.and_then(|role| role.policies.get(name));
        document(
            &mut text,
            &format!("inline policy {name}"),
            was,
            after.policies.get(name),
            after,
        );
    }
    boundary(
        &mut text,
        before.and_then(|role| role.boundary.as_ref()),
        after.boundary.as_ref(),
    );
    managed_policies(&mut text, before, after);
    if let Some(before) = before {
        tags(&mut text, before, after);
    }
    text
}

/// What goes with a role besides its documents.
fn beside(step: &Step) -> String {
    let mut text = String::new();
    let Some(role) = &step.before else {
        return text;
    };
    for arn in &role.managed_policies {
        let _ = writeln!(text, "    {} managed policy {arn}", styled(REMOVED, "-"));
    }
    for profile in &role.instance_profiles {
        let _ = writeln!(text, "    {} instance profile {profile}", styled(REMOVED, "-"));
    }
    text
}

/// The statements of a document that come and go; nothing where it stays.
fn document(text: &mut String, title: &str, was: Option<&Document>, is: Option<&Document>, home: &RoleSpec) {
    if was == is {
        return;
    }
    let _ = writeln!(text, "    {title}");
    let (before, after) = (statements(was), statements(is));
    let gone: Vec<&Statement> = before.iter().filter(|s| !after.contains(s)).collect();
    let new: Vec<&Statement> = after.iter().filter(|s| !before.contains(s)).collect();
    let told_apart = gone.iter().all(|gone| {
        new.iter()
            .all(|new| statement(gone, Names::Short(&home.arn)) != statement(new, Names::Short(&home.arn)))
    });
    let names = if told_apart {
        Names::Short(&home.arn)
    } else {
        Names::Whole
    };
    for gone in &gone {
        signed(text, &styled(REMOVED, "-"), &statement(gone, names));
    }
    if let Some(Document::Unread | Document::Unreadable(_)) = was {
        signed(text, &styled(REMOVED, "-"), &["all that it holds".to_owned()]);
    }
    for new in &new {
        signed(text, &styled(ADDED, "+"), &statement(new, names));
    }
    if gone.is_empty() && new.is_empty() && was.is_some() && is.is_some() {
        signed(
            text,
            &styled(CHANGED, "~"),
            &["the same statements in other words".to_owned()],
        );
    }
}

/// A statement's lines, as wide as they may be behind their sign.
fn statement(statement: &Statement, names: Names<'_>) -> Vec<String> {
    statement::lines(statement, names, WIDTH - 10)
}

fn signed(text: &mut String, sign: &str, lines: &[String]) {
    for (number, line) in lines.iter().enumerate() {
        let _ = if number == 0 {
            writeln!(text, "      {sign} {line}")
        } else {
            writeln!(text, "          {line}")
        };
    }
}

fn statements(document: Option<&Document>) -> Vec<Statement> {
    document
        .and_then(Document::known)
        .map(|policy| policy.statement.clone())
        .unwrap_or_default()
}

fn boundary(text: &mut String, was: Option<&Arn>, is: Option<&Arn>) {
    let line = match (was, is) {
        (was, is) if was == is => return,
        (Some(was), Some(is)) => format!("{} boundary {is}, was {was}", styled(CHANGED, "~")),
        (Some(was), None) => format!("{} boundary {was}", styled(REMOVED, "-")),
        (None, is) => format!("{} boundary {}", styled(ADDED, "+"), is.map_or("", Arn::as_str)),
    };
    let _ = writeln!(text, "    {line}");
}

fn managed_policies(text: &mut String, before: Option<&RoleSpec>, after: &RoleSpec) {
    let none = BTreeSet::new();
    let was = before.map_or(&none, |role| &role.managed_policies);
    for arn in was.difference(&after.managed_policies) {
        let _ = writeln!(text, "    {} managed policy {arn}", styled(REMOVED, "-"));
    }
    for arn in after.managed_policies.difference(was) {
        let _ = writeln!(text, "    {} managed policy {arn}", styled(ADDED, "+"));
    }
}

fn tags(text: &mut String, before: &RoleSpec, after: &RoleSpec) {
    let keys: BTreeSet<&str> = before
        .tags
        .iter()
        .chain(after.tags.iter())
        .map(|(key, _)| key)
        .collect();
    for key in keys {
        let line = match (before.tags.get(key), after.tags.get(key)) {
            (was, is) if was == is => continue,
            (Some(was), Some(is)) => format!("{} tag {key} = {is}, was {was}", styled(CHANGED, "~")),
            (Some(was), None) => format!("{} tag {key} = {was}", styled(REMOVED, "-")),
            (None, is) => format!("{} tag {key} = {}", styled(ADDED, "+"), is.unwrap_or_default()),
        };
        let _ = writeln!(text, "    {}", line.trim_end());
    }
}

/// The roles that the sandbox has now.
pub(super) fn table(outcome: &ChangeOutcome) -> String {
    if outcome.roles.is_empty() {
        return String::new();
    }
    let row = |role: &RoleLine| [role.kind.to_string(), role.name.to_string(), role.arn.to_string()];
    table::table(["ENTITY", "ROLE", "ARN"], outcome.roles.iter().map(row))
}

/// What did not come to its end, each with the way out.
pub(super) fn failures(outcome: &ChangeOutcome) -> String {
    failures_of(outcome.steps.iter())
}

pub(super) fn failures_of<'a>(steps: impl Iterator<Item = &'a StepOutcome>) -> String {
    let failed = |step: &&StepOutcome| step.status != Status::Done && step.error.is_some();
    let text = |step: &StepOutcome| {
        let message = step.error.clone().unwrap_or_default();
        if step.status == Status::Left {
            left_alone(&message)
        } else {
            report::error(&message, step.help.as_deref())
        }
    };
    steps.filter(failed).map(text).collect()
}

/// That a role is left where it is.
pub(super) fn left_alone(message: &str) -> String {
    format!("left alone: {message}\n")
}

/// Where it was done, and what.
pub(super) fn summary(place: &Place, outcome: &ChangeOutcome) -> String {
    let done = outcome
        .steps
        .iter()
        .filter(|step| step.status == Status::Done)
        .map(|step| step.step.action);
    let of = |wanted: fn(&StepOutcome) -> bool| outcome.steps.iter().filter(|step| wanted(step)).count();
    let failed = of(|step| matches!(step.status, Status::Failed | Status::Stale));
    let left = of(|step| step.status == Status::Left);
    let obstructed = of(|step| step.step.obstacle.is_some() && step.status != Status::Left);
    let skipped = of(|step| step.status == Status::Skipped && step.step.obstacle.is_none());
    let provided = provided(&outcome.roles);
    let made = outcome.roles.iter().filter(|role| !role.is_provided).count();
    let done = match counts(done, ["created", "updated", "deleted"]) {
        counts if !counts.is_empty() => also(counts, provided),
        _ if outcome.has_written() => also("changed in part".to_owned(), provided),
        _ if failed + obstructed + skipped > 0 => also("nothing changed".to_owned(), provided),
        _ => unchanged(made, provided),
    };
    let mut parts = vec![done];
    parts.extend((failed > 0).then(|| format!("{failed} failed")));
    parts.extend((left > 0).then(|| format!("{left} left alone")));
    parts.extend((obstructed > 0).then(|| format!("{obstructed} in the way")));
    parts.extend((skipped > 0).then(|| format!("{skipped} not begun")));
    parts.extend(
        outcome
            .interrupted
            .then(|| format!("interrupted: {} to finish", way_on(outcome.resumption))),
    );
    parts.push(calls(outcome.calls));
    let header = header(place, &outcome.identity, &outcome.sandbox);
    format!("{header}{}\n", parts.join(" · "))
}

const fn way_on(resumption: Resumption) -> &'static str {
    match resumption {
        Resumption::Again => "run it again",
        Resumption::NewPlan => "make a new plan",
    }
}

/// How many roles somebody else keeps.
fn provided(roles: &[RoleLine]) -> usize {
    let provided = roles.iter().filter(|role| role.is_provided);
    provided.map(|role| &role.name).collect::<BTreeSet<_>>().len()
}

/// What to say where nothing is to be written.
fn unchanged(made: usize, provided: usize) -> String {
    match (made, kept_by_others(provided)) {
        (0, None) => "no roles, nothing to do".to_owned(),
        (0, Some(kept)) => format!("{kept}, nothing to change"),
        (made, _) => also(format!("nothing to change · {}", roles(made)), provided),
    }
}

/// `1 role kept by others`; nothing where there is none.
pub(super) fn kept_by_others(number: usize) -> Option<String> {
    (number > 0).then(|| format!("{} kept by others", roles(number)))
}

fn also(text: String, provided: usize) -> String {
    match kept_by_others(provided) {
        Some(kept) => format!("{text} · {kept}"),
        None => text,
    }
}

pub(super) fn calls(number: u64) -> String {
    match number {
        1 => "1 call".to_owned(),
        number => format!("{number} calls"),
    }
}

pub(super) fn roles(number: usize) -> String {
    if number == 1 {
        "1 role".to_owned()
    } else {
        format!("{number} roles")
    }
}

/// `3 created, 1 updated`.
pub(super) fn counts(actions: impl Iterator<Item = Action>, words: [&str; 3]) -> String {
    let mut numbers = [0_usize; 3];
    for action in actions {
        match (action, &mut numbers) {
            (Action::Create, [created, ..]) => *created += 1,
            (Action::Update, [_, updated, _]) => *updated += 1,
            (Action::Delete, [.., deleted]) => *deleted += 1,
            (Action::None, _) => {}
        }
    }
    let parts = numbers.iter().zip(words).filter(|(number, _)| **number > 0);
    let parts: Vec<String> = parts.map(|(number, word)| format!("{number} {word}")).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::{RoleKind, RoleName, Tags};

    fn role(boundary: Option<&str>, managed: &[&str]) -> RoleSpec {
        let arn = |name: &str| Arn::parse(&format!("arn:aws:iam::aws:policy/{name}")).unwrap();
        RoleSpec {
            name: RoleName::parse("tc-base-route-dev").unwrap(),
            arn: Arn::parse("arn:aws:iam::123456789012:role/tc-base-route-dev").unwrap(),
            trust: Document::Unread,
            policies: BTreeMap::new(),
            managed_policies: managed.iter().map(|name| arn(name)).collect(),
            boundary: boundary.map(arn),
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: Tags::new(),
        }
    }

    /// The signed lines of a step, without the colours.
    fn shown(action: Action, before: Option<RoleSpec>, after: Option<RoleSpec>) -> Vec<String> {
        let step = Step {
            role: RoleName::parse("tc-base-route-dev").unwrap(),
            id: crate::model::RoleId::base(RoleKind::Route, &crate::model::Context::example().sandbox),
            action,
            reasons: Vec::new(),
            obstacle: None,
            before,
            after,
            operations: Vec::new(),
        };
        let text = steps(&Plan { steps: vec![step] }, Help::Here);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let lines = plain.lines().map(|line| line.trim().to_owned());
        lines
            .filter(|line| line.contains("boundary") || line.contains("managed"))
            .collect()
    }

    #[test]
    fn boundary_and_managed_policies_stand_with_the_sign_of_what_happens_to_them() {
        let narrow = || Some(role(Some("Narrow"), &["A", "B"]));
        let wide = || Some(role(Some("Wide"), &["B", "C"]));
        let bare = || Some(role(None, &[]));
        assert_eq!(
            shown(Action::Create, None, wide()),
            [
                "+ boundary arn:aws:iam::aws:policy/Wide",
                "+ managed policy arn:aws:iam::aws:policy/B",
                "+ managed policy arn:aws:iam::aws:policy/C",
            ]
        );
        assert_eq!(
            shown(Action::Update, narrow(), wide()),
            [
                "~ boundary arn:aws:iam::aws:policy/Wide, was arn:aws:iam::aws:policy/Narrow",
                "- managed policy arn:aws:iam::aws:policy/A",
                "+ managed policy arn:aws:iam::aws:policy/C",
            ]
        );
        assert_eq!(
            shown(Action::Update, narrow(), bare())[0],
            "- boundary arn:aws:iam::aws:policy/Narrow"
        );
        assert_eq!(
            shown(Action::Update, bare(), narrow())[0],
            "+ boundary arn:aws:iam::aws:policy/Narrow"
        );
        assert_eq!(shown(Action::Update, wide(), wide()), [""; 0]);
        assert_eq!(
            shown(Action::Delete, wide(), None),
            [
                "- managed policy arn:aws:iam::aws:policy/B",
                "- managed policy arn:aws:iam::aws:policy/C",
            ]
        );
    }
}

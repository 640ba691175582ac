use std::fmt::Write as _;

use super::report::harmless;
use super::statement::{self, Names, sentence, shown};
use super::style::{ADDED, ERROR, FAINT, STRONG, WARNING, styled};
use crate::diagnostic::Sources;
use crate::evaluate::Request;
use crate::model::{Arn, Sandbox};
use crate::ops::{
    AcceptedReach, Aim, AllowedBy, Between, Claim, Proof, ProofResult, RoleProof, SharedReach, ShownWitness,
};
use crate::prove::spelled;

/// How many columns a line takes where it can be broken.
const WIDTH: usize = 80;

/// What was proved of each role, and what is accepted.
pub(super) fn proof(proof: &Proof, sources: &Sources) -> String {
    let mut text = String::new();
    let width = proof.roles.iter().map(|role| role.role.as_str().len()).max();
    for role in &proof.roles {
        self::role(&mut text, role, (width.unwrap_or(0), sources));
    }
    accepted(&mut text, proof, sources);
    text
}

/// What was proved of two sandboxes, and what both reach.
pub(super) fn between(between: &Between, sources: [&Sources; 2]) -> String {
    let mut text = String::new();
    for (proof, sources) in between.proofs.iter().zip(sources) {
        let _ = writeln!(text, "sandbox {}", styled(STRONG, &proof.sandbox));
        text.push_str(&self::proof(proof, sources));
        text.push('\n');
    }
    if between.shared.is_empty() {
        text.push_str("nothing is reached by both\n");
    } else {
        text.push_str("reached by both\n");
    }
    for shared in &between.shared {
        self::shared(&mut text, shared);
    }
    for [one, other] in &between.colliding {
        let _ = writeln!(
            text,
            "IAM takes `{one}` and `{other}` for one name: one account holds one of them"
        );
    }
    text
}

/// The sandbox and the result, in words.
pub(super) fn summary(sandboxes: &[&Sandbox], (aim, result): (Aim, ProofResult), roles: usize) -> String {
    let names: Vec<String> = sandboxes.iter().map(|name| styled(STRONG, name)).collect();
    let says = match (aim, result) {
        (_, ProofResult::Unknown) => "it cannot be told of every role",
        (Aim::Isolation, ProofResult::Proved) => {
            "no role reaches outside its sandbox, but for what is accepted"
        }
        (Aim::Isolation, ProofResult::Disproved) => "a role reaches outside its sandbox",
        (Aim::NoEscalation, ProofResult::Proved) => {
            "no role gets permissions that it was not given, but for what is accepted"
        }
        (Aim::NoEscalation, ProofResult::Disproved) => "a role gets permissions that it was not given",
    };
    let number = super::change::roles(roles);
    let noun = if names.len() == 1 { "sandbox" } else { "sandboxes" };
    format!(
        "{noun} {} · {number} · {}: {says}\n",
        names.join(" and "),
        word(result)
    )
}

fn word(result: ProofResult) -> String {
    let style = match result {
        ProofResult::Proved => ADDED,
        ProofResult::Unknown => WARNING,
        ProofResult::Disproved => ERROR,
    };
    styled(style, result.name())
}

fn role(text: &mut String, role: &RoleProof, (width, sources): (usize, &Sources)) {
    let name = styled(STRONG, format!("{:<width$}", role.role.as_str()));
    let _ = writeln!(text, "{name}  {}", word(role.result));
    for claim in &role.claims {
        let is_alone = role.claims.len() == 1;
        if !is_alone && (role.result != ProofResult::Proved) {
            let _ = writeln!(text, "  {} {}: {}", word(claim.result), claim.name, claim.says);
        }
        self::claim(text, claim, (&role.arn, sources));
    }
}

fn claim(text: &mut String, claim: &Claim, of: (&Arn, &Sources)) {
    if let Some(witness) = &claim.witness {
        self::witness(text, witness, of);
    }
    for why in &claim.why {
        lines(text, &sentence(&harmless(why), WIDTH - 4), (4, 6));
    }
}

fn witness(text: &mut String, witness: &ShownWitness, (arn, sources): (&Arn, &Sources)) {
    request(text, &witness.request, ("allows", &told(witness)), 4);
    for by in &witness.allowed_by {
        allowed_by(text, by, (arn, sources));
    }
}

/// A request: its action, its resource and what it carries. What every request of a role carries is
/// left out, but for what is told of.
pub(super) fn request(text: &mut String, request: &Request, (verb, told): (&str, &str), indent: usize) {
    let line = format!(
        "{verb} {} on {}",
        shown(&request.action),
        shown(&request.resource)
    );
    let _ = writeln!(text, "{:indent$}{}", "", harmless(&line));
    let is_telling =
        |key: &str| told.contains(key) || !(IMPLIED.contains(&key) || key.starts_with(PRINCIPAL_TAG));
    for (key, values) in request.context.iter().filter(|(key, _)| is_telling(key)) {
        let Some(values) = values else {
            continue;
        };
        let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
        let said = format!("with {} = {}", spelled(key), values.join(", "));
        let _ = writeln!(text, "{:2$}{}", "", harmless(&said), indent + 2);
    }
}

/// Keys that every request of a role carries and that say nothing new.
const IMPLIED: [&str; 4] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principaltype",
];

/// How the keys of a role's tags begin.
const PRINCIPAL_TAG: &str = "aws:principaltag/";

/// The text of statements in small letters, to look for keys in.
fn told(witness: &ShownWitness) -> String {
    let texts = witness
        .allowed_by
        .iter()
        .map(|by| serde_json::to_string(&by.statement).unwrap_or_default());
    texts.collect::<String>().to_ascii_lowercase()
}

fn allowed_by(text: &mut String, by: &AllowedBy, (arn, sources): (&Arn, &Sources)) {
    let said = statement::lines(&by.statement, Names::Short(arn), WIDTH - 8);
    lines(text, &said, (4, 8));
    let _ = writeln!(
        text,
        "      in {}{}",
        harmless(&shown(&by.document)),
        origin(by, sources)
    );
}

/// Where a statement comes from: `, templates/x.json:4`.
fn origin(by: &AllowedBy, sources: &Sources) -> String {
    let template = by.origin.template.as_ref();
    let place = by.origin.place.as_ref().map(|span| sources.label(span));
    match place.or_else(|| template.cloned()) {
        Some(place) => format!(", {}", harmless(&place).replace(['\n', '\t'], "\u{fffd}")),
        None => String::new(),
    }
}

fn accepted(text: &mut String, proof: &Proof, sources: &Sources) {
    if proof.accepted.is_empty() {
        return;
    }
    text.push_str("\naccepted all the same\n");
    let mut last = None;
    for accepted in &proof.accepted {
        let role = proof.roles.iter().find(|role| role.role == accepted.role);
        let names = role.map_or(Names::Whole, |role| Names::Short(&role.arn));
        if last.replace(&accepted.role) != Some(&accepted.role) {
            let _ = writeln!(text, "  {}", accepted.role);
        }
        lines(
            text,
            &statement::lines(&accepted.statement, names, WIDTH - 8),
            (4, 8),
        );
        because(text, accepted, sources);
    }
}

/// Why something is accepted, and who says so.
fn because(text: &mut String, accepted: &AcceptedReach, sources: &Sources) {
    lines(
        text,
        &sentence(&harmless(&format!("because {}", accepted.reason)), WIDTH - 8),
        (6, 8),
    );
    let asked = accepted.asked_by.iter().map(|asker| sources.label(&asker.span));
    let places = statement::places(asked.chain(accepted.place.clone()));
    let unused = if accepted.used == Some(false) {
        "; the role does not need it"
    } else {
        ""
    };
    if !places.is_empty() {
        let said = harmless(&places).replace(['\n', '\t'], "\u{fffd}");
        let _ = writeln!(text, "      {}", styled(FAINT, format!("{said}{unused}")));
    }
}

fn shared(text: &mut String, shared: &SharedReach) {
    let names: Vec<&str> = shared
        .reached_by
        .iter()
        .map(crate::model::RoleName::as_str)
        .collect();
    let _ = writeln!(text, "  {} and {}", shared.accepted.role, names.join(", "));
    match &shared.example {
        Some(example) => request(text, example, ("both reach", ""), 4),
        None => text.push_str("    may reach the same: it cannot be told\n"),
    }
    lines(
        text,
        &sentence(
            &harmless(&format!("because {}", shared.accepted.reason)),
            WIDTH - 8,
        ),
        (6, 8),
    );
}

/// Lines, the first one less indented than the others.
fn lines(text: &mut String, lines: &[String], (first, others): (usize, usize)) {
    for (number, line) in lines.iter().enumerate() {
        let indent = if number == 0 { first } else { others };
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}

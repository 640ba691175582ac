use super::markup::{Markup, element, paragraph, plain, said};
use super::{asked_by, codes, counted, provenance, table};
use crate::diagnostic::Sources;
use crate::ops::{AcceptedReach, Aim, AllowedBy, Claim, Proof, ProofResult, Report, RoleProof, ShownWitness};
use crate::policy::{Resource, Statement};
use crate::prove::spelled;
use crate::view::statement::{Names, conditions, lines};

/// The answers in short, at the top of the page.
pub(super) fn results(report: &Report) -> Markup {
    let result = |proof: &Proof| {
        let (name, says) = aim(proof.aim);
        let number = proof.roles.iter().filter(|role| role.result == proof.result);
        let of = match proof.result {
            ProofResult::Proved => format!("for {}", counted(proof.roles.len(), "role")),
            ProofResult::Unknown | ProofResult::Disproved => {
                format!("for {} of {}", number.count(), counted(proof.roles.len(), "role"))
            }
        };
        let whole = plain("h2", name)
            .and(&badge(proof.result))
            .and(&plain("p", says))
            .and(&said("p", "note", &of));
        element("section", &[("class", "card")], &whole)
    };
    let accepted: usize = report.proofs.iter().map(|proof| proof.accepted.len()).sum();
    let exceptions = plain("h2", "Accepted")
        .and(&said("p", "number", &accepted.to_string()))
        .and(&plain(
            "p",
            "reaches beyond the sandbox's tag, each with its reason",
        ));
    let exceptions = element("section", &[("class", "card")], &exceptions);
    report.proofs.iter().map(result).chain([exceptions]).collect()
}

/// What was proved of each role, with the request that shows where it does not hold.
pub(super) fn section(report: &Report) -> Markup {
    let sources = &report.holders.findings.sources;
    let of_proof = |proof: &Proof| -> Markup {
        let (name, _) = aim(proof.aim);
        let rows = proof.roles.iter().flat_map(|role| {
            let groups = alike(&role.claims).into_iter();
            groups.map(move |claims| row(role, &claims, sources))
        });
        let rows: Markup = rows.collect();
        if rows.is_empty() {
            return said(
                "p",
                "note",
                &format!("{name}: nothing was proved: there is no role."),
            );
        }
        let headings = ["Role", "The role", "Result", "What shows it"];
        table(name, &headings, &element("tbody", &[], &rows))
    };
    report.proofs.iter().map(of_proof).collect()
}

/// What is accepted although it reaches beyond the sandbox's tag.
pub(super) fn accepted(report: &Report) -> Markup {
    let sources = &report.holders.findings.sources;
    let reaches = report.proofs.iter().flat_map(|proof| &proof.accepted);
    let rows: Markup = reaches.map(|reach| accepted_row(reach, sources)).collect();
    if rows.is_empty() {
        return said("p", "note", "Nothing is accepted beyond the sandbox's tag.");
    }
    let headings = ["Role", "What is accepted", "Why", "Who asked", "Used"];
    table("Accepted exceptions", &headings, &element("tbody", &[], &rows))
}

const fn aim(aim: Aim) -> (&'static str, &'static str) {
    match aim {
        Aim::Isolation => (
            "Isolation",
            "no role reaches what does not carry the sandbox's tag, but for what is accepted",
        ),
        Aim::NoEscalation => (
            "No escalation",
            "no role gets permissions that it was not given, but for what is accepted",
        ),
    }
}

fn badge(result: ProofResult) -> Markup {
    let name = result.name();
    said("span", &format!("badge {name}"), name)
}

/// The claims of a role, those together of which the result is all that there is to say.
fn alike(claims: &[Claim]) -> Vec<Vec<&Claim>> {
    let mut groups: Vec<Vec<&Claim>> = Vec::new();
    let is_short = |claim: &Claim| claim.witness.is_none() && claim.why.is_empty();
    for claim in claims {
        let like = |group: &&mut Vec<&Claim>| {
            let of_group = |one: &&Claim| is_short(one) && one.result == claim.result;
            is_short(claim) && group.iter().all(of_group)
        };
        match groups.iter_mut().find(like) {
            Some(group) => group.push(claim),
            None => groups.push(vec![claim]),
        }
    }
    groups
}

fn row(role: &RoleProof, claims: &[&Claim], sources: &Sources) -> Markup {
    let says = claims.iter().map(|claim| paragraph(&claim.says)).collect();
    let result = claims.iter().map(|claim| claim.result).max();
    let why = claims.iter().flat_map(|claim| &claim.why);
    let why = why.map(|line| paragraph(line)).collect();
    let shown = claims.iter().filter_map(|claim| claim.witness.as_ref());
    let shown: Markup = shown.map(|witness| self::witness(witness, sources)).collect();
    let details = shown.and(&why);
    let details = if details.is_empty() {
        said("p", "note", "for every request that there can be")
    } else {
        details
    };
    let name = role.role.to_string();
    let cells = element("th", &[("scope", "row")], &plain("code", &name))
        .and(&element("td", &[], &says))
        .and(&element("td", &[], &badge(result.unwrap_or(role.result))))
        .and(&element("td", &[], &details));
    let attributes = [("class", "row"), ("data-role", name.as_str())];
    element("tr", &attributes, &cells)
}

/// A request, key by key, and the statements that allow it.
fn witness(witness: &ShownWitness, sources: &Sources) -> Markup {
    let request = &witness.request;
    let mut facts = vec![
        ("action".to_owned(), request.action.clone()),
        ("resource".to_owned(), request.resource.clone()),
    ];
    facts.extend(request.principal.clone().map(|who| ("principal".to_owned(), who)));
    for (key, values) in request.context.iter() {
        let value = values.map_or_else(|| "missing".to_owned(), |values| values.join(", "));
        facts.push((spelled(key), value));
    }
    let fact = |(key, value): &(String, String)| {
        let value = element("dd", &[], &plain("code", value));
        element("div", &[], &plain("dt", key).and(&value))
    };
    let allowed = |one: &AllowedBy| {
        let sid = one.statement.sid.as_deref().unwrap_or("a statement");
        said("p", "reason", &format!("allowed by {sid} of {}", one.document))
            .and(&provenance(&one.origin, sources))
    };
    let allowed: Markup = witness.allowed_by.iter().map(allowed).collect();
    element(
        "dl",
        &[("class", "facts witness")],
        &facts.iter().map(fact).collect(),
    )
    .and(&allowed)
}

fn accepted_row(reach: &AcceptedReach, sources: &Sources) -> Markup {
    let name = reach.role.to_string();
    let place = reach
        .place
        .as_ref()
        .map(|place| element("p", &[], &plain("code", place)));
    let used = match reach.used {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    let who = asked_by(&reach.asked_by, sources).and(&place.unwrap_or_default());
    let cells = element("th", &[("scope", "row")], &plain("code", &name))
        .and(&element("td", &[], &stated(&reach.statement)))
        .and(&element("td", &[], &Markup::sentence(&reach.reason)))
        .and(&element("td", &[], &who))
        .and(&plain("td", used));
    element("tr", &[("class", "row"), ("data-role", name.as_str())], &cells)
}

/// Actions, resources and conditions of a statement, whole.
fn stated(statement: &Statement) -> Markup {
    let on = match &statement.resource {
        Some(Resource::In(resources)) => said("p", "name", "on").and(&codes(resources.iter())),
        Some(Resource::NotIn(resources)) => said("p", "name", "on all but").and(&codes(resources.iter())),
        None => Markup::default(),
    };
    let when: Markup = conditions(&statement.condition, Names::Whole)
        .iter()
        .map(|part| plain("p", &part.join(" ")))
        .collect();
    let actions = match &statement.action {
        crate::policy::Action::In(actions) => codes(actions.iter()),
        crate::policy::Action::NotIn(_) => plain("p", &lines(statement, Names::Whole, usize::MAX).join(" ")),
    };
    actions.and(&on).and(&when)
}

use serde_json::{Map, Value, json};

use super::{FORMAT_VERSION, diagnostics};
use crate::diagnostic::Sources;
use crate::evaluate::Request;
use crate::ops::{
    AcceptedReach, Aim, AllowedBy, Between, Claim, Findings, Proof, RoleProof, SharedReach, ShownWitness,
};
use crate::prove::spelled;

pub(in crate::view) fn proof(proof: &Proof, findings: &Findings) -> Value {
    let sources = &findings.sources;
    json!({
        "format_version": FORMAT_VERSION,
        "aim": aim(proof.aim),
        "result": proof.result.name(),
        "sandboxes": [proof.sandbox],
        "roles": roles(proof, sources).collect::<Value>(),
        "accepted": accepted_all(proof, sources).collect::<Value>(),
        "shared": [],
        "colliding": [],
        "diagnostics": diagnostics(findings),
    })
}

pub(in crate::view) fn between(between: &Between, findings: [&Findings; 2]) -> Value {
    let [first, second] = &between.proofs;
    let [of_first, of_second] = findings.map(|findings| &findings.sources);
    let [said, _] = findings;
    json!({
        "format_version": FORMAT_VERSION,
        "aim": aim(first.aim),
        "result": between.result.name(),
        "sandboxes": [first.sandbox, second.sandbox],
        "roles": roles(first, of_first).chain(roles(second, of_second)).collect::<Value>(),
        "accepted": accepted_all(first, of_first).chain(accepted_all(second, of_second)).collect::<Value>(),
        "shared": between.shared.iter().map(shared).collect::<Value>(),
        "colliding": between.colliding,
        "diagnostics": diagnostics(said),
    })
}

const fn aim(aim: Aim) -> &'static str {
    match aim {
        Aim::Isolation => "isolation",
        Aim::NoEscalation => "no-escalation",
    }
}

fn roles<'a>(proof: &'a Proof, sources: &'a Sources) -> impl Iterator<Item = Value> + use<'a> {
    proof
        .roles
        .iter()
        .map(move |role| self::role(proof, role, sources))
}

fn role(proof: &Proof, role: &RoleProof, sources: &Sources) -> Value {
    let found = role.claims.iter().find(|claim| claim.witness.is_some());
    let why: Vec<&String> = role.claims.iter().flat_map(|claim| &claim.why).collect();
    json!({
        "role": role.role,
        "sandbox": proof.sandbox,
        "entity": role.id.as_ref().map(|id| id.kind),
        "result": role.result.name(),
        "witness": found.and_then(|claim| claim.witness.as_ref()).map(|one| witness(one, sources)),
        "why": why,
        "claims": role.claims.iter().map(|one| claim(one, sources)).collect::<Value>(),
    })
}

fn claim(claim: &Claim, sources: &Sources) -> Value {
    json!({
        "name": claim.name,
        "says": claim.says,
        "result": claim.result.name(),
        "witness": claim.witness.as_ref().map(|one| witness(one, sources)),
        "why": claim.why,
    })
}

fn witness(witness: &ShownWitness, sources: &Sources) -> Value {
    let mut value = self::request(&witness.request);
    if let Value::Object(map) = &mut value {
        let first = witness.allowed_by.first();
        map.insert("statement".to_owned(), json!(first.map(|by| &by.statement)));
        let all = witness.allowed_by.iter().map(|by| allowed_by(by, sources));
        map.insert("allowed_by".to_owned(), all.collect());
    }
    value
}

fn allowed_by(by: &AllowedBy, sources: &Sources) -> Value {
    json!({
        "policy": by.document,
        "sid": by.statement.sid,
        "template": by.origin.template,
        "at": by.origin.place.as_ref().map(|span| sources.label(span)),
        "statement": by.statement,
    })
}

/// A request: a key with one value has it alone, one with several has a list, and a key that is not
/// there is missing in the request.
pub(super) fn request(request: &Request) -> Value {
    let context: Map<String, Value> = request
        .context
        .iter()
        .filter_map(|(key, values)| {
            let value = match values? {
                [one] => json!(one),
                all => json!(all),
            };
            Some((spelled(key), value))
        })
        .collect();
    json!({"action": request.action, "resource": request.resource, "context": context})
}

fn accepted_all<'a>(proof: &'a Proof, sources: &'a Sources) -> impl Iterator<Item = Value> + use<'a> {
    proof.accepted.iter().map(move |one| accepted(one, sources))
}

fn accepted(accepted: &AcceptedReach, sources: &Sources) -> Value {
    let asked_by = accepted.asked_by.iter().map(|asker| sources.label(&asker.span));
    json!({
        "role": accepted.role,
        "statement": accepted.statement,
        "reason": accepted.reason,
        "asked_by": asked_by.collect::<Value>(),
        "at": accepted.place,
        "used": accepted.used,
    })
}

fn shared(shared: &SharedReach) -> Value {
    json!({
        "role": shared.accepted.role,
        "reached_by": shared.reached_by,
        "statement": shared.accepted.statement,
        "reason": shared.accepted.reason,
        "example": shared.example.as_ref().map(self::request),
    })
}

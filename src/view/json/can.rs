use serde_json::{Map, Value, json};

use super::{FORMAT_VERSION, diagnostics};
use crate::diagnostic::Sources;
use crate::evaluate::{Layer, Miss, Verdict};
use crate::ops::{CanAnswer, CanOutcome, Denial, DeniedLayer, ExplainedDenial, NamedStatement, Remedy};

pub(in crate::view) fn can(outcome: &CanOutcome) -> Value {
    Value::Object(object(outcome))
}

pub(in crate::view) fn denial(explained: &ExplainedDenial) -> Value {
    let mut value = object(&explained.outcome);
    value.insert("denial".to_owned(), said(&explained.denial));
    value.insert(
        "if_tagged".to_owned(),
        json!(explained.if_tagged.map(Verdict::name)),
    );
    value.insert(
        "remedies".to_owned(),
        explained.remedies.iter().map(remedy).collect(),
    );
    Value::Object(value)
}

fn object(outcome: &CanOutcome) -> Map<String, Value> {
    let sources = &outcome.findings.sources;
    let mut value = Map::new();
    value.insert("format_version".to_owned(), json!(FORMAT_VERSION));
    if let Some(deciding) = outcome.deciding() {
        value.extend(answer(deciding, sources));
    }
    value.insert("action".to_owned(), json!(outcome.question.action));
    value.insert("resource".to_owned(), json!(outcome.question.resource));
    let derived = outcome.derived.iter();
    let derived: Map<String, Value> = derived.map(|(key, value)| (key.clone(), json!(value))).collect();
    value.insert("derived_context".to_owned(), Value::Object(derived));
    let each = outcome
        .answers
        .iter()
        .map(|one| Value::Object(answer(one, sources)));
    value.insert("roles".to_owned(), each.collect());
    value.insert("diagnostics".to_owned(), diagnostics(&outcome.findings));
    value
}

pub(super) fn answer(answer: &CanAnswer, sources: &Sources) -> Map<String, Value> {
    let near = answer.nearest.iter().map(|(one, misses)| {
        let mut value = statement(one, sources);
        value.insert("misses".to_owned(), misses.iter().map(miss).collect());
        Value::Object(value)
    });
    let determining = answer.determining.iter();
    let value = json!({
        "decision": answer.verdict.name(),
        "determining": determining.map(|one| Value::Object(statement(one, sources))).collect::<Value>(),
        "missing_context": answer.missing_context,
        "role": answer.role.as_ref().map(|role| json!({
            "name": role.name, "arn": role.arn, "entity": role.kind.name(),
        })),
        "lacking": answer.lacking.map(layer),
        "nearest": near.collect::<Value>(),
        "unread": answer.unread,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn statement(one: &NamedStatement, sources: &Sources) -> Map<String, Value> {
    let edges = one.origin.asked_by.iter().map(|asker| sources.label(&asker.span));
    let value = json!({
        "policy": one.policy,
        "sid": one.statement.sid,
        "effect": one.statement.effect,
        "file": one.file(sources),
        "edges": edges.collect::<Vec<_>>(),
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

const fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::Session => "session",
        Layer::Resource => "resource",
    }
}

fn miss(miss: &Miss) -> Value {
    match miss {
        Miss::Resource { patterns } => json!({"element": "resource", "wanted": patterns}),
        Miss::Condition {
            operator,
            key,
            wanted,
            found,
        } => json!({
            "element": "condition", "operator": operator, "key": key, "wanted": wanted, "found": found,
        }),
    }
}

fn said(denial: &Denial) -> Value {
    json!({
        "principal": denial.principal,
        "action": denial.action,
        "resource": denial.resource,
        "explicit": denial.reason.map(|reason| reason.is_explicit),
        "policy_type": denial.reason.and_then(|reason| reason.layer).map(DeniedLayer::name),
        "encoded": denial.is_encoded,
    })
}

fn remedy(remedy: &Remedy) -> Value {
    let edges = remedy.edges.iter();
    let edges = edges.map(|edge| json!({"source": edge.source.name(), "target": edge.target.name()}));
    json!({"capability": remedy.capability, "does": remedy.does, "edges": edges.collect::<Value>()})
}

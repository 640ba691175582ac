//! The JSON shapes: a contract. Fields are added, never renamed or removed, within a version.

mod all;
mod can;
mod diff;
mod explain;
mod graph;
mod history;
mod prove;
mod testing;

use std::path::Path;

use serde_json::{Map, Value, json};

use super::Effect;
use crate::diagnostic::{Diagnostic, Sources};
use crate::grants::Grant;
use crate::intent::RoleSpec;
use crate::model::{RoleId, RoleKind};
use crate::ops::{
    Bootstrap, ChangeOutcome, Checked, Findings, Initialized, Listing, PlanOutcome, ProvidedRole, Rendered,
    RenderedRole, Report, RoleLine, Shown, StepOutcome, step_diff,
};
use crate::plan::Step;

pub(super) use all::{change_all, plan_all, plan_prune, prune};
pub(super) use can::{can, denial};
pub(super) use diff::diff;
pub(super) use explain::explain;
pub(super) use graph::graph;
pub(super) use history::history;
pub(super) use prove::{between, proof};
pub(super) use testing::{initialized_tests, tested};

const FORMAT_VERSION: &str = "1";

pub(super) fn error(message: &str, help: Option<&str>) -> Value {
    json!({"format_version": FORMAT_VERSION, "error": {"message": message, "help": help}})
}

pub(super) fn refusal(findings: &Findings, effect: Effect) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "error": {"message": super::report::count(findings, effect), "help": null},
        "diagnostics": diagnostics(findings),
    })
}

pub(super) fn check(checked: &Checked) -> Value {
    json!({"format_version": FORMAT_VERSION, "diagnostics": diagnostics(&checked.findings)})
}

pub(super) fn render(rendered: &Rendered) -> Value {
    let context = &rendered.context;
    let sources = &rendered.findings.sources;
    let roles = rendered.roles.iter().map(|role| rendered_role(role, sources));
    let provided = rendered.provided.iter().map(|role| provided_role(role, sources));
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": context.sandbox,
        "account": context.account,
        "region": context.region,
        "partition": context.partition.as_str(),
        "namespaces": rendered.namespaces,
        "roles": roles.chain(provided).collect::<Value>(),
        "diagnostics": diagnostics(&rendered.findings),
    })
}

pub(super) fn report(report: &Report, file: &Path) -> Value {
    let [isolation, escalation] = &report.proofs;
    json!({
        "format_version": FORMAT_VERSION,
        "file": file.to_string_lossy(),
        "sandbox": report.holders.context.sandbox,
        "roles": report.holders.roles.iter().map(|role| &role.name).collect::<Vec<_>>(),
        "isolation": isolation.result.name(),
        "no_escalation": escalation.result.name(),
        "accepted": isolation.accepted.len() + escalation.accepted.len(),
        "diagnostics": diagnostics(&report.holders.findings),
    })
}

pub(super) fn init(initialized: &Initialized) -> Value {
    let files = initialized.files.iter();
    json!({
        "format_version": FORMAT_VERSION,
        "directory": initialized.directory.to_string_lossy(),
        "files": files.map(|file| file.to_string_lossy()).collect::<Vec<_>>(),
    })
}

pub(super) fn bootstrap_policy(bootstrap: &Bootstrap) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "account": bootstrap.account,
        "partition": bootstrap.partition.as_str(),
        "policy": bootstrap.policy,
    })
}

pub(super) fn plan(outcome: &PlanOutcome) -> Value {
    let role = |step: &Step| {
        let role = step.after.as_ref()?;
        Some(RoleLine {
            name: role.name.clone(),
            arn: role.arn.clone(),
            kind: step.id.kind,
            is_provided: false,
        })
    };
    let made = outcome.plan.steps.iter().filter_map(role);
    let mut roles: Vec<RoleLine> = made.chain(outcome.provided.iter().cloned()).collect();
    roles.sort_by(|a, b| a.name.cmp(&b.name));
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": outcome.sandbox,
        "account": outcome.identity.account,
        "steps": outcome.plan.steps.iter().map(planned_step).collect::<Value>(),
        "roles": roles.iter().map(role_line).collect::<Value>(),
        "calls": outcome.calls,
    })
}

fn planned_step(step: &Step) -> Value {
    let mut value = step_head(step);
    let error = step.obstacle.as_ref().map(|o| format!("`{}` {o}", step.role));
    value.insert("error".to_owned(), json!(error));
    let [before, after] =
        [&step.before, &step.after].map(|role| role.as_ref().map_or(Value::Null, documents));
    let diff = step_diff(step);
    let verdict = diff.map(|diff| super::diff::name(diff.diff.relation));
    value.insert("verdict".to_owned(), json!(verdict));
    value.insert("before".to_owned(), before);
    value.insert("after".to_owned(), after);
    Value::Object(value)
}

fn changed_step(outcome: &StepOutcome) -> Value {
    let mut value = step_head(&outcome.step);
    value.insert("status".to_owned(), json!(outcome.status.name()));
    let reason = value.remove("reason").unwrap_or_default();
    value.insert("reason".to_owned(), reason);
    value.insert("error".to_owned(), json!(outcome.error));
    Value::Object(value)
}

pub(super) fn change(outcome: &ChangeOutcome) -> Value {
    let roles = outcome.roles.iter();
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": outcome.sandbox,
        "account": outcome.identity.account,
        "steps": outcome.steps.iter().map(changed_step).collect::<Value>(),
        "roles": roles.map(role_line).collect::<Value>(),
        "calls": outcome.calls,
    })
}

pub(super) fn list(listing: &Listing) -> Value {
    let role = |role: &crate::ops::ListedRole| {
        let mut value = into_map(json!({
            "name": role.summary.name,
            "arn": role.summary.arn,
            "entity": role.id.kind,
            "namespaces": role.namespaces,
        }));
        if let Some(ttl) = &role.ttl {
            value.insert("ttl".to_owned(), json!(ttl));
        }
        if let Some(drift) = &role.drift {
            value.insert("drift".to_owned(), json!(drift));
        }
        if let Some(usage) = &role.usage {
            value.insert("quota".to_owned(), json!(usage));
        }
        Value::Object(value)
    };
    let sandbox = |sandbox: &crate::ops::ListedSandbox| json!({"sandbox": sandbox.sandbox, "roles": sandbox.roles.iter().map(role).collect::<Value>()});
    let mut value = into_map(json!({
        "format_version": FORMAT_VERSION,
        "account": listing.identity.account,
        "sandboxes": listing.sandboxes.iter().map(sandbox).collect::<Value>(),
    }));
    if let Some(roles) = listing.roles {
        value.insert("quota".to_owned(), json!({"roles": roles}));
    }
    Value::Object(value)
}

pub(super) fn show(shown: &Shown) -> Value {
    let role = |(id, role): &(RoleId, RoleSpec)| {
        let mut value = role_head(id.kind, role);
        value.extend(into_map(documents(role)));
        Value::Object(value)
    };
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": shown.sandbox,
        "account": shown.identity.account,
        "roles": shown.roles.iter().map(role).collect::<Value>(),
    })
}

fn rendered_role(role: &RenderedRole, sources: &Sources) -> Value {
    let mut value = role_head(role.id.kind, &role.spec);
    value.insert("kind".to_owned(), json!(standing(&role.id)));
    value.insert("source".to_owned(), source(role.template.as_deref()));
    value.extend(into_map(documents(&role.spec)));
    let grants = role
        .grants
        .iter()
        .map(|grant| self::grant(grant, sources))
        .collect::<Value>();
    value.insert("grants".to_owned(), grants);
    Value::Object(value)
}

/// Whether a role is a base role or one that part of a topology has for its own.
fn standing(id: &RoleId) -> &'static str {
    if id.owner.is_some() { "override" } else { "base" }
}

/// What a role is made from.
fn source(template: Option<&str>) -> Value {
    match template {
        Some(path) => json!({"mode": "shared", "path": path}),
        None => json!({"mode": "dynamic"}),
    }
}

/// A role that somebody else keeps: what it holds is not ours to say.
fn provided_role(role: &ProvidedRole, sources: &Sources) -> Value {
    let grants = role.grants.iter().map(|grant| self::grant(grant, sources));
    json!({
        "name": role.names.first(),
        "arn": role.arn,
        "entity": role.kind,
        "kind": "provided",
        "source": {"mode": "legacy"},
        "trust": null,
        "policies": [],
        "boundary": null,
        "tags": {},
        "grants": grants.collect::<Value>(),
    })
}

fn grant(grant: &Grant, sources: &Sources) -> Value {
    let mut edges: Vec<String> = grant.asked_by.iter().map(|span| sources.label(span)).collect();
    edges.dedup();
    json!({"capability": grant.capability.to_string(), "target": grant.target.label(), "edges": edges})
}

fn role_head(kind: RoleKind, role: &RoleSpec) -> Map<String, Value> {
    into_map(json!({"name": role.name, "arn": role.arn, "entity": kind}))
}

fn documents(role: &RoleSpec) -> Value {
    let policies = role
        .policies
        .iter()
        .map(|(name, policy)| json!({"name": name, "document": policy}));
    let mut value = into_map(json!({
        "trust": role.trust,
        "policies": policies.collect::<Value>(),
        "boundary": role.boundary,
        "tags": role.tags,
    }));
    if !role.managed_policies.is_empty() {
        value.insert("managed_policies".to_owned(), json!(role.managed_policies));
    }
    Value::Object(value)
}

fn role_line(role: &RoleLine) -> Value {
    json!({"name": role.name, "arn": role.arn, "entity": role.kind})
}

fn step_head(step: &Step) -> Map<String, Value> {
    into_map(json!({"role": step.role, "action": step.action, "reason": step.reasons.join("; ")}))
}

fn diagnostics(findings: &Findings) -> Value {
    let one = |finding: &Diagnostic| {
        let sources = &findings.sources;
        let place = finding.span.as_ref().map(|span| {
            let (line, column) = sources.line_and_column(span.file, span.range.start);
            (sources.name(span.file).to_owned(), line, column)
        });
        json!({
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "help": finding.help,
            "file": place.as_ref().map(|(file, _, _)| file),
            "line": place.as_ref().map(|(_, line, _)| line),
            "column": place.as_ref().map(|(_, _, column)| column),
        })
    };
    findings.diagnostics.iter().map(one).collect()
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

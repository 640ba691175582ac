use serde_json::{Value, json};

use super::FORMAT_VERSION;
use crate::ops::{EndedStep, History, PlannedStep, Run};

pub(in crate::view) fn history(history: &History) -> Value {
    let unreadable = history.unreadable.iter();
    json!({
        "format_version": FORMAT_VERSION,
        "journal": history.journal.to_string_lossy(),
        "runs": history.runs.iter().map(run).collect::<Value>(),
        "unreadable": unreadable.map(|(line, reason)| json!({"line": line, "reason": reason})).collect::<Value>(),
    })
}

fn run(run: &Run) -> Value {
    let Run { begun, ended } = run;
    let ended = ended.as_ref();
    json!({
        "id": begun.id,
        "began": begun.time,
        "ended": ended.map(|ended| &ended.time),
        "who": begun.who,
        "account": begun.account,
        "partition": begun.partition,
        "region": begun.region,
        "sandbox": begun.sandbox,
        "verb": begun.verb,
        "tcperm": begun.tcperm,
        "plan": begun.plan,
        "planned": begun.steps.iter().map(planned).collect::<Value>(),
        "steps": ended.map(|ended| ended.steps.iter().map(step).collect::<Value>()),
        "calls": ended.map(|ended| ended.calls),
        "exit_code": ended.and_then(|ended| ended.exit_code),
    })
}

fn planned(step: &PlannedStep) -> Value {
    json!({"role": step.role, "action": step.action, "reason": step.reasons.join("; ")})
}

fn step(step: &EndedStep) -> Value {
    json!({
        "role": step.role,
        "action": step.action,
        "status": step.status,
        "written": step.written,
        "error": step.error,
    })
}

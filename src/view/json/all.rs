use serde_json::{Value, json};

use super::{FORMAT_VERSION, changed_step, into_map, planned_step};
use crate::ops::{FanOut, Pruned, StepOutcome, Touched};
use crate::plan::Step;

pub(in crate::view) fn plan_all(outcome: &FanOut<Step>) -> Value {
    all(outcome, planned_step)
}

pub(in crate::view) fn change_all(outcome: &FanOut<StepOutcome>) -> Value {
    all(outcome, changed_step)
}

pub(in crate::view) fn plan_prune(outcome: &Pruned<Step>) -> Value {
    pruned(outcome, planned_step)
}

pub(in crate::view) fn prune(outcome: &Pruned<StepOutcome>) -> Value {
    pruned(outcome, changed_step)
}

fn pruned<T>(outcome: &Pruned<T>, step: impl Fn(&T) -> Value) -> Value {
    let fan = &outcome.fan;
    let sandbox = |one: &Touched<T>| {
        let mut value = into_map(sandbox(one, &step));
        value.insert("reasons".to_owned(), json!(outcome.reasons.get(&one.sandbox)));
        Value::Object(value)
    };
    let kept = outcome.kept.iter();
    json!({
        "format_version": FORMAT_VERSION,
        "account": fan.identity.account,
        "sandboxes": fan.sandboxes.iter().map(sandbox).collect::<Value>(),
        "kept": kept.map(|(sandbox, why)| json!({"sandbox": sandbox, "reason": why})).collect::<Value>(),
        "unchanged": fan.unchanged,
        "protected": fan.protected,
        "not_begun": fan.not_begun,
        "calls": fan.calls,
    })
}

fn sandbox<T>(sandbox: &Touched<T>, step: impl Fn(&T) -> Value) -> Value {
    json!({
        "sandbox": sandbox.sandbox,
        "steps": sandbox.steps.iter().map(step).collect::<Value>(),
        "error": sandbox.failure.as_ref().map(|failure| &failure.message),
    })
}

fn all<T>(outcome: &FanOut<T>, step: impl Fn(&T) -> Value) -> Value {
    let sandbox = |one: &Touched<T>| sandbox(one, &step);
    json!({
        "format_version": FORMAT_VERSION,
        "account": outcome.identity.account,
        "sandboxes": outcome.sandboxes.iter().map(sandbox).collect::<Value>(),
        "unchanged": outcome.unchanged,
        "protected": outcome.protected,
        "left": outcome.not_at_hand,
        "not_begun": outcome.not_begun,
        "calls": outcome.calls,
    })
}

use serde_json::{Value, json};

use super::{FORMAT_VERSION, changed_step, planned_step};
use crate::ops::{FanOut, StepOutcome, Touched};
use crate::plan::Step;

pub(in crate::view) fn plan_all(outcome: &FanOut<Step>) -> Value {
    all(outcome, planned_step)
}

pub(in crate::view) fn change_all(outcome: &FanOut<StepOutcome>) -> Value {
    all(outcome, changed_step)
}

fn all<T>(outcome: &FanOut<T>, step: impl Fn(&T) -> Value) -> Value {
    let sandbox = |sandbox: &Touched<T>| {
        json!({
            "sandbox": sandbox.sandbox,
            "steps": sandbox.steps.iter().map(&step).collect::<Value>(),
            "error": sandbox.failure.as_ref().map(|failure| &failure.message),
        })
    };
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

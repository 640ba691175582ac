use serde_json::{Value, json};

use super::prove::request;
use super::{FORMAT_VERSION, diagnostics};
use crate::ops::{Diff, Half, OnlyIn, RoleDiff};

pub(in crate::view) fn diff(diff: &Diff) -> Value {
    let [first, second] = &diff.sides;
    json!({
        "format_version": FORMAT_VERSION,
        "first": first,
        "second": second,
        "relation": crate::view::diff::name(diff.relation),
        "roles": diff.roles.iter().map(role).collect::<Value>(),
        "diagnostics": diagnostics(&diff.findings),
    })
}

fn role(role: &RoleDiff) -> Value {
    let only_in = role.only_in.map(|side| match side {
        OnlyIn::First => "first",
        OnlyIn::Second => "second",
    });
    json!({
        "role": role.role,
        "only_in": only_in,
        "relation": crate::view::diff::name(role.diff.relation),
        "only_first": half(&role.diff.only_before),
        "only_second": half(&role.diff.only_after),
    })
}

/// What one side alone allows: `proved` that there is nothing, or a request.
fn half(half: &Half) -> Value {
    json!({
        "nothing": half.result.name(),
        "witness": half.witness.as_ref().map(request),
        "why": half.why,
    })
}

//! User pools and their triggers. Every pool of a topology has all of its triggers.

use super::{entity_name, named};
use crate::model::EntityKind;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Kind, Node};
use crate::topology::spec::{Spec, Trigger};

/// How many triggers the pools of a topology can have in all. Cognito knows about a dozen a pool,
/// and a thousand pools an account.
const MAX_TRIGGERS: usize = 20_000;

/// Reads the section `pools`, a list of names.
pub(super) fn pools(findings: &mut Findings, node: &Node) -> Vec<Word> {
    match node.kind {
        Kind::Mapping(_) => named(findings, node, "`pools`")
            .iter()
            .map(|entry| entity_name(findings, EntityKind::Pool, &entry.key))
            .collect(),
        _ => findings.words(node, "`pools`"),
    }
}

/// Reads the section `triggers`.
pub(super) fn triggers(findings: &mut Findings, node: &Node) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for entry in named(findings, node, "`triggers`") {
        let mut trigger = Trigger {
            name: Word::new(entry.key.value.to_string(), entry.key.span.clone()),
            function: None,
        };
        let what = format!("trigger {}", shown(&entry.key.value));
        let Some(fields) = findings.body(&entry.value, &what) else {
            continue;
        };
        for field in fields {
            match &*field.key.value {
                "function" => trigger.function = findings.word(&field.value, "`function`"),
                key if keys::TRIGGER.contains(&key) => {}
                key => findings.unknown_key(key, &field.key.span, "a trigger", keys::TRIGGER),
            }
        }
        if trigger.function.is_none() && entry.value.get("function").is_none_or(Node::is_null) {
            let message = format!("trigger {} has no target", shown(&trigger.name.value));
            let help = "add `function:`; tc stops at a trigger without one";
            findings.warning(codes::NO_TARGET, &trigger.name.span, message, help);
        }
        triggers.push(trigger);
    }
    triggers
}

/// Reports triggers that no pool has, and more of them than there can be.
pub(super) fn check(findings: &mut Findings, root: Option<&Node>, spec: &mut Spec) {
    let Some(entry) = root.and_then(|root| root.entry("triggers")) else {
        return;
    };
    if spec.pools.len().saturating_mul(spec.triggers.len()) > MAX_TRIGGERS {
        let message = format!(
            "{} pools with {} triggers each are more than can be",
            spec.pools.len(),
            spec.triggers.len()
        );
        let help = "every pool has all triggers: split the topology into several";
        findings.error(codes::TOO_LARGE, &entry.key.span, message, help);
        spec.triggers.clear();
        return;
    }
    if spec.triggers.is_empty() || !spec.pools.is_empty() || !findings.is_complete() {
        return;
    }
    let message = "`triggers` has no effect without `pools`".to_owned();
    let help = "name the user pools that have these triggers: `pools: [customers]`";
    findings.warning(codes::NO_EFFECT, &entry.key.span, message, help);
}

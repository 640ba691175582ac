//! Events and the rules that match them.
//!
//! The section maps names to events; in an old form it holds two such maps, `consumes`
//! and `produces`.

use super::{add_target, check_name, entity_name, is_empty, named};
use crate::model::EntityKind;
use crate::topology::codes;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Entry, Kind, Node};
use crate::topology::spec::{Event, EventRole, Reference, Targets};

/// How many producers an event can have: each stands in every policy that lets somebody put
/// the event, and the policies of a role have 10,240 characters in all.
const MAX_PRODUCERS: usize = 100;

/// Reads the section `events`.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Vec<Event> {
    let mut events = Vec::new();
    for entry in named(findings, node, "`events`") {
        match group(entry) {
            Some(role) => {
                let what = format!("`{}`", entry.key.value);
                for entry in named(findings, &entry.value, &what) {
                    events.push(event(findings, entry, role));
                }
            }
            None => events.push(event(findings, entry, EventRole::Consumed)),
        }
    }
    events
}

/// Whether an entry is a group of events: its values are bodies, where those of an event
/// are names.
fn group(entry: &Entry) -> Option<EventRole> {
    let role = match &*entry.key.value {
        "consumes" => EventRole::Consumed,
        "produces" => EventRole::Produced,
        _ => return None,
    };
    let Kind::Mapping(entries) = &entry.value.kind else {
        return None;
    };
    let holds_bodies = entries
        .iter()
        .all(|entry| entry.value.is_null() || matches!(entry.value.kind, Kind::Mapping(_)));
    holds_bodies.then_some(role)
}

fn event(findings: &mut Findings, entry: &Entry, role: EventRole) -> Event {
    let mut event = Event {
        name: entity_name(findings, EntityKind::Event, &entry.key),
        producers: Vec::new(),
        targets: Targets::default(),
        dead_letter: None,
        rule_name: None,
        role,
    };
    let what = format!("event {}", shown(&entry.key.value));
    let body = findings.body(&entry.value, &what);
    event.targets.lost = body.is_none();
    for field in body.unwrap_or_default() {
        read_field(findings, &mut event, field);
    }
    event
}

fn read_field(findings: &mut Findings, event: &mut Event, field: &Entry) {
    let node = &field.value;
    let mut target = |kind| add_target(findings, &mut event.targets, kind, node);
    match &*field.key.value {
        "function" => target(EntityKind::Function),
        "mutation" => target(EntityKind::Mutation),
        "channel" => target(EntityKind::Channel),
        "state" => target(EntityKind::State),
        "queue" => target(EntityKind::Queue),
        "functions" => {
            let words = findings.words(node, "`functions`");
            event.targets.lost |= words.is_empty() && !is_empty(node);
            event.targets.list.extend(words.into_iter().map(|word| Reference {
                kind: EntityKind::Function,
                word,
            }));
        }
        key @ ("producer" | "producers") => {
            let mut producers = findings.word_or_words(node, &format!("`{key}`"));
            if producers.len() > MAX_PRODUCERS {
                let message = format!(
                    "`{key}` lists {} names, more than {MAX_PRODUCERS}",
                    producers.len()
                );
                let help = "no policy could list them all: split the event into several";
                findings.error(codes::TOO_LARGE, &node.span, message, help);
                producers.truncate(MAX_PRODUCERS);
            }
            for producer in &producers {
                check_name(findings, EntityKind::Event, "a producer", producer);
            }
            event.producers.extend(producers);
        }
        key @ ("pattern" | "filter") => check_json(findings, node, key),
        "dead_letter_queue" => event.dead_letter = findings.word(node, "`dead_letter_queue`"),
        "rule_name" => event.rule_name = findings.word(node, "`rule_name`"),
        key @ ("doc_only" | "doc-only") => {
            if findings.flag(node, &format!("`{key}`")) {
                event.role = EventRole::Documented;
            }
        }
        key if keys::EVENT.contains(&key) => {}
        key => findings.unknown_key(key, &field.key.span, "an event", keys::EVENT),
    }
}

/// Reports a pattern that is no JSON text; how it matches needs no permission.
fn check_json(findings: &mut Findings, node: &Node, key: &str) {
    if node.is_null() || matches!(node.kind, Kind::Faulty) {
        return;
    }
    let help = "write it as text: `'{\"detail\": {\"status\": [\"paid\"]}}'`; tc stops at anything else";
    let message = match node.scalar() {
        None => format!("`{key}` must be JSON in a text, not {}", node.type_name()),
        Some(text) => match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => return,
            Err(error) => format!("`{key}` is not JSON: {error}"),
        },
    };
    findings.warning(codes::INVALID_JSON, &node.span, message, help);
}

//! What is called from outside: routes, queues, the GraphQL API and channels.

use super::{add_target, entity_name, keep_first, named};
use crate::model::EntityKind;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Entry, Node};
use crate::topology::spec::{Channel, Mutations, Queue, Resolver, Route, Targets, Waits};

/// The targets of a route, in the order in which tc looks for one.
const ROUTE_TARGETS: [EntityKind; 4] = [
    EntityKind::Function,
    EntityKind::Event,
    EntityKind::Queue,
    EntityKind::State,
];

/// The targets of a resolver, likewise.
const RESOLVER_TARGETS: [EntityKind; 3] = [EntityKind::Function, EntityKind::Event, EntityKind::Table];

/// Reads the section `routes`; without routes that are `doc_only`.
pub(super) fn routes(findings: &mut Findings, node: &Node) -> Vec<Route> {
    let entries = named(findings, node, "`routes`");
    let template = entries.iter().find(|entry| &*entry.key.value == "default");
    let authorizer = template.and_then(|entry| default_authorizer(findings, entry));
    entries
        .iter()
        .filter(|entry| &*entry.key.value != "default")
        .filter_map(|entry| route(findings, entry, authorizer.as_ref()))
        .collect()
}

/// Reads the section `queues`.
pub(super) fn queues(findings: &mut Findings, node: &Node) -> Vec<Queue> {
    let mut queues = Vec::new();
    for entry in named(findings, node, "`queues`") {
        let mut queue = Queue {
            name: entity_name(findings, EntityKind::Queue, &entry.key),
            function: None,
            physical: None,
        };
        let what = format!("queue {}", shown(&entry.key.value));
        for field in findings.body(&entry.value, &what).unwrap_or_default() {
            match &*field.key.value {
                "function" => queue.function = findings.word(&field.value, "`function`"),
                "name" => queue.physical = findings.word(&field.value, "`name`"),
                key @ ("functions" | "state" | "event") => {
                    let message = format!("`{key}` has no effect: tc gives a queue one function");
                    let help = "name it with `function:`, and let it call the rest";
                    findings.warning(codes::NO_EFFECT, &field.key.span, message, help);
                }
                key if keys::QUEUE.contains(&key) => {}
                key => findings.unknown_key(key, &field.key.span, "a queue", keys::QUEUE),
            }
        }
        queues.push(queue);
    }
    queues
}

/// Reads the section `mutations`.
pub(super) fn mutations(findings: &mut Findings, node: &Node) -> Mutations {
    let mut mutations = Mutations::default();
    for field in named(findings, node, "`mutations`") {
        match &*field.key.value {
            "authorizer" => mutations.authorizer = findings.word(&field.value, "`authorizer`"),
            "resolvers" => {
                mutations.resolvers = named(findings, &field.value, "`resolvers`")
                    .iter()
                    .map(|entry| resolver(findings, entry))
                    .collect();
            }
            key if keys::MUTATIONS.contains(&key) => {}
            key if ["function", "event", "table"]
                .iter()
                .any(|target| field.value.get(target).is_some()) =>
            {
                let message = format!("mutation {} has no effect outside `resolvers`", shown(key));
                let help = "put it under `mutations: {resolvers: …}`, with its `input` and `output`; until then nothing is granted";
                findings.warning(codes::NO_EFFECT, &field.key.span, message, help);
            }
            key => findings.unknown_key(key, &field.key.span, "`mutations`", keys::MUTATIONS),
        }
    }
    mutations
}

/// Reads the section `channels`; without channels that are `doc_only`.
pub(super) fn channels(findings: &mut Findings, node: &Node) -> Vec<Channel> {
    let mut channels = Vec::new();
    for entry in named(findings, node, "`channels`") {
        let name = entity_name(findings, EntityKind::Channel, &entry.key);
        let what = format!("channel {}", shown(&entry.key.value));
        let mut documented = false;
        for field in findings.body(&entry.value, &what).unwrap_or_default() {
            match &*field.key.value {
                key @ ("doc_only" | "doc-only") => {
                    documented |= findings.flag(&field.value, &format!("`{key}`"));
                }
                "function" | "handler" => handler(findings, &entry.key.value, &field.value),
                "on_publish" | "on_subscribe" => {
                    for key in ["function", "handler"] {
                        if let Some(node) = field.value.get(key) {
                            handler(findings, &entry.key.value, node);
                        }
                    }
                }
                key if keys::CHANNEL.contains(&key) => {}
                key => findings.unknown_key(key, &field.key.span, "a channel", keys::CHANNEL),
            }
        }
        if !documented {
            channels.push(Channel { name });
        }
    }
    channels
}

/// The handler of a channel is a script; a function has no effect there.
fn handler(findings: &mut Findings, channel: &str, node: &Node) {
    let is_script = |text: &str| text == "default" || text.contains(['.', '/']);
    let Some(function) = node.scalar().filter(|text| !node.is_null() && !is_script(text)) else {
        return;
    };
    let message = format!("channel {} calls no function {}", shown(channel), shown(function));
    let help = "a channel has `default` or a `.js` file as its handler: let an event call the function";
    findings.warning(codes::NO_EFFECT, &node.span, message, help);
}

fn default_authorizer(findings: &mut Findings, entry: &Entry) -> Option<Word> {
    let mut authorizer = None;
    for field in findings.body(&entry.value, "route `default`")? {
        match &*field.key.value {
            "authorizer" => authorizer = findings.word(&field.value, "`authorizer`"),
            key @ ("function" | "event" | "queue" | "state") => {
                let message = format!("`{key}` has no effect: `default` is a template for the other routes");
                let help = "give the route a name of its own, such as its path";
                findings.warning(codes::UNUSED_TARGET, &field.value.span, message, help);
            }
            key if keys::ROUTE.contains(&key) => {}
            key => findings.unknown_key(key, &field.key.span, "a route", keys::ROUTE),
        }
    }
    authorizer
}

fn route(findings: &mut Findings, entry: &Entry, default_authorizer: Option<&Word>) -> Option<Route> {
    let name = entity_name(findings, EntityKind::Route, &entry.key);
    let what = format!("route {}", shown(&entry.key.value));
    let body = findings.body(&entry.value, &what);
    let mut targets = Targets {
        lost: body.is_none(),
        ..Targets::default()
    };
    let mut authorizer = default_authorizer.cloned();
    let mut waits = Waits::Yes;
    let mut documented = false;
    for field in body.unwrap_or_default() {
        let node = &field.value;
        match &*field.key.value {
            "function" => add_target(findings, &mut targets, EntityKind::Function, node),
            "event" => add_target(findings, &mut targets, EntityKind::Event, node),
            "queue" => add_target(findings, &mut targets, EntityKind::Queue, node),
            "state" => add_target(findings, &mut targets, EntityKind::State, node),
            "authorizer" => authorizer = findings.word(node, "`authorizer`").or(authorizer),
            key @ ("async" | "is_async") => {
                if findings.flag(node, &format!("`{key}`")) {
                    waits = Waits::No;
                }
            }
            key @ ("doc_only" | "doc-only") => documented |= findings.flag(node, &format!("`{key}`")),
            key @ ("path" | "method") => {
                findings.word(node, &format!("`{key}`"));
            }
            key if keys::ROUTE.contains(&key) => {}
            key => findings.unknown_key(key, &field.key.span, "a route", keys::ROUTE),
        }
    }
    keep_first(findings, &mut targets, &ROUTE_TARGETS, "a route");
    let route = Route {
        name,
        targets,
        authorizer,
        waits,
    };
    (!documented).then_some(route)
}

fn resolver(findings: &mut Findings, entry: &Entry) -> Resolver {
    let name = entity_name(findings, EntityKind::Mutation, &entry.key);
    let what = format!("resolver {}", shown(&entry.key.value));
    let body = findings.body(&entry.value, &what);
    let mut targets = Targets {
        lost: body.is_none(),
        ..Targets::default()
    };
    for field in body.unwrap_or_default() {
        let node = &field.value;
        match &*field.key.value {
            "function" => add_target(findings, &mut targets, EntityKind::Function, node),
            "event" => add_target(findings, &mut targets, EntityKind::Event, node),
            "table" => add_target(findings, &mut targets, EntityKind::Table, node),
            key if keys::RESOLVER.contains(&key) => {}
            key => findings.unknown_key(key, &field.key.span, "a resolver", keys::RESOLVER),
        }
    }
    keep_first(findings, &mut targets, &RESOLVER_TARGETS, "a resolver");
    Resolver { name, targets }
}

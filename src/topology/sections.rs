//! The sections of a topology: located values in, declarations out.
//!
//! Each section reads its own keys, reports those without a meaning, and leaves
//! references as they are written: [`link`](super::link) resolves them when all
//! declarations are known.

mod events;
mod functions;
mod interfaces;
mod machine;
mod pages;
mod paths;
mod pools;
mod roles;
mod runtime;
mod schedules;
mod stores;

use std::rc::Rc;

use super::Separator;
use super::codes;
use super::decode::Word;
use super::findings::{Findings, shown};
use super::keys;
use super::node::{Entry, Kind, Node};
use super::reference as references;
use super::spec::{Reference, Spec, Targets};
use super::text::Text;
use super::{Documents, Form, Input, Integrations, expand, variables};
use crate::diagnostic::{Located, Sources, Span};
use crate::model::{EntityKind, Namespace};

/// Reads the topology of a file, and the functions of the directories beside it.
pub(super) fn read(
    sources: &Sources,
    documents: &Documents,
    integrations: &Integrations,
    input: &Input,
    findings: &mut Findings,
) -> Spec {
    if input.form == Form::Function {
        return functions::alone(sources, documents, input, findings);
    }
    let start = Span::new(input.main, 0..0);
    let root = expand::root(sources, documents, input.main, findings);
    if root.as_ref().is_none_or(Node::is_null) && findings.is_complete() {
        let help = "a topology needs at least a name: `name: orders`";
        findings.error(
            codes::EMPTY_TOPOLOGY,
            &start,
            "the topology is empty".to_owned(),
            help,
        );
        findings.mark_incomplete();
    }
    let entries = root.as_ref().and_then(|root| whole(findings, root));
    let mut spec = Spec::empty();
    for entry in entries.unwrap_or_default() {
        section(findings, &mut spec, entry);
    }
    if entries.is_some_and(|entries| entries.iter().all(|entry| &*entry.key.value != "name")) {
        missing_name(findings, &start);
    }
    functions::add_directories(documents, input, findings, &mut spec.functions);
    spec.roles = roles::read(sources, documents, findings, &spec.functions);
    pools::check(findings, root.as_ref(), &mut spec);
    if let Some(file) = input.schedules {
        spec.schedules = schedules::read(documents, file, findings);
    }
    if let Some(root) = &root {
        paths::report(documents, input.main, root, findings);
        variables::check_topology(findings, root);
    }
    let library = machine::Library {
        sources,
        documents,
        integrations,
        main: input.main,
    };
    spec.machine = root
        .as_ref()
        .and_then(|root| machine::read(library, findings, root, &spec));
    spec
}

fn whole<'n>(findings: &mut Findings, root: &'n Node) -> Option<&'n [Entry]> {
    let entries = findings.map(root, "a topology");
    if entries.is_none() {
        findings.mark_incomplete();
    }
    entries
}

fn missing_name(findings: &mut Findings, start: &Span) {
    if findings.is_complete() {
        let help = "add it at the top: `name: orders`";
        findings.error(
            codes::MISSING_NAME,
            start,
            "the topology has no name".to_owned(),
            help,
        );
    }
}

fn section(findings: &mut Findings, spec: &mut Spec, entry: &Entry) {
    let node = &entry.value;
    match &*entry.key.value {
        "name" => spec.name = name(findings, node),
        "hyphenated_names" => {
            if findings.flag(node, "`hyphenated_names`") {
                spec.separator = Separator::Hyphen;
            }
        }
        "functions" => spec.functions = functions::read(findings, node),
        "events" => spec.events = events::read(findings, node),
        "routes" => spec.routes = interfaces::routes(findings, node),
        "queues" => spec.queues = interfaces::queues(findings, node),
        "mutations" => spec.mutations = interfaces::mutations(findings, node),
        "channels" => spec.channels = interfaces::channels(findings, node),
        "stores" => spec.stores.extend(stores::read(findings, node)),
        "tables" => spec.stores.extend(stores::tables(findings, node)),
        "pools" => spec.pools = pools::pools(findings, node),
        "triggers" => spec.triggers = pools::triggers(findings, node),
        "pages" => spec.pages = pages::read(findings, node),
        "schedules" => {
            if !is_empty(node) {
                let message = "tc reads no schedules from a topology".to_owned();
                let help = "move them to the file `schedules.json` in the infrastructure directory: `{\"nightly\": {\"cron\": …, \"target\": …, \"payload\": …}}`";
                findings.warning(codes::NO_EFFECT, &entry.key.span, message, help);
            }
        }
        "mode" => {
            let mode = findings.text(node, "`mode`");
            spec.is_express = mode.is_some_and(|mode| mode.value.eq_ignore_ascii_case("express"));
        }
        "recursive" => {
            findings.flag(node, "`recursive`");
        }
        key if keys::TOPOLOGY.contains(&key) => {}
        key => findings.unknown_key(key, &entry.key.span, "a topology", keys::TOPOLOGY),
    }
}

fn name(findings: &mut Findings, node: &Node) -> Option<Located<Namespace>> {
    if node.is_null() {
        missing_name(findings, &node.span);
        return None;
    }
    let word = findings.text(node, "`name`")?;
    match Namespace::parse(&word.value) {
        Ok(name) => Some(Located::new(name, word.span)),
        Err(invalid) => {
            let message = format!("{} cannot be the name of a topology", shown(&word.value));
            findings.error(codes::INVALID_NAME, &word.span, message, invalid.help);
            None
        }
    }
}

/// The entries of a section that maps names to bodies.
fn named<'n>(findings: &mut Findings, node: &'n Node, section: &str) -> &'n [Entry] {
    if node.is_null() {
        return &[];
    }
    let entries = findings.map(node, section);
    if entries.is_none() {
        findings.mark_incomplete();
    }
    entries.unwrap_or_default()
}

/// The name of an entity, which its key is.
fn entity_name(findings: &mut Findings, kind: EntityKind, key: &Located<Rc<str>>) -> Word {
    let name = Word::new(key.value.to_string(), key.span.clone());
    check_name(findings, kind, &with_article(kind), &name);
    name
}

/// Reports a name that an entity of its kind cannot have: above all, one that a policy
/// would read as a pattern or a variable. `what` says what bears the name.
fn check_name(findings: &mut Findings, kind: EntityKind, what: &str, name: &Word) {
    // tc fills in the names of these as it does values.
    if matches!(kind, EntityKind::Event | EntityKind::Queue) && Text::parse(&name.value).is_err() {
        references::check_variables(findings, &name.value, &name.span, &[]);
        return;
    }
    let of_name_and_variables =
        |holds: fn(char) -> bool| Text::parse(&name.value).is_ok_and(|text| text.holds_only(holds));
    let holds_well = match kind {
        EntityKind::Event => of_name_and_variables(is_of_a_policy),
        EntityKind::Queue => of_name_and_variables(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
        EntityKind::Route => !name.value.chars().any(char::is_control),
        EntityKind::Mutation => name.value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
        _ => name
            .value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)),
    };
    if holds_well && !name.value.is_empty() && name.value.len() <= 256 {
        return;
    }
    let rule = match kind {
        EntityKind::Event => {
            "1 to 256 characters of Latin-1, without `*`, `?`, `$`, `{` and `}` but for variables"
        }
        EntityKind::Queue => "1 to 256 letters, digits, `-`, `_`, `.` and variables",
        EntityKind::Route => "1 to 256 characters",
        EntityKind::Mutation => "1 to 256 letters, digits and `_`",
        _ => "1 to 256 letters, digits, `-`, `_` and `.`",
    };
    let message = format!("{} cannot be the name of {what}", shown(&name.value));
    findings.error(codes::INVALID_NAME, &name.span, message, format!("it has {rule}"));
}

/// Whether a character can stand in a policy and stands for itself there
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>).
fn is_of_a_policy(c: char) -> bool {
    ('\u{20}'..='\u{ff}').contains(&c) && !c.is_control() && !"*?${}".contains(c)
}

fn with_article(kind: EntityKind) -> String {
    let article = if kind == EntityKind::Event { "an" } else { "a" };
    format!("{article} {kind}")
}

/// A value that names an entity of a kind.
fn reference(findings: &mut Findings, kind: EntityKind, node: &Node, what: &str) -> Option<Reference> {
    let word = match kind {
        EntityKind::State => findings.text(node, what),
        _ => findings.word(node, what),
    }?;
    Some(Reference { kind, word })
}

/// Adds the target that a value names.
fn add_target(findings: &mut Findings, targets: &mut Targets, kind: EntityKind, node: &Node) {
    let target = reference(findings, kind, node, &format!("`{kind}`"));
    targets.lost |= target.is_none() && !node.is_null();
    targets.list.extend(target);
}

/// Leaves the first of the targets in the order in which tc looks; the others are reported.
fn keep_first(findings: &mut Findings, targets: &mut Targets, order: &[EntityKind], owner: &str) {
    let rank = |target: &Reference| order.iter().position(|kind| *kind == target.kind);
    targets.list.sort_by_key(rank);
    let unused = targets.list.split_off(targets.list.len().min(1));
    let Some(first) = targets.list.first() else {
        return;
    };
    for unused in unused {
        let message = format!("`{}` has no effect: `{}` comes first", unused.kind, first.kind);
        let help = format!("{owner} has one target: remove the other");
        findings.warning(codes::UNUSED_TARGET, &unused.word.span, message, help);
    }
}

fn is_empty(node: &Node) -> bool {
    node.is_null()
        || match &node.kind {
            Kind::Sequence(items) => items.is_empty(),
            Kind::Mapping(entries) => entries.is_empty(),
            _ => false,
        }
}

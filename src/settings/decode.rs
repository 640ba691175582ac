//! Typed access to the tree of a configuration: what its keys ask for, or a finding that says
//! otherwise.

use std::collections::BTreeSet;
use std::path::Path;

use super::configuration::{Part, said};
use super::{Settled, codes};
use crate::diagnostic::{Diagnostic, Located, Sources, Span};
use crate::grants::Matrix;
use crate::model::{Namespace, RoleKind, nearest};
use crate::topology::{Entry, Kind, Node};

/// The key of `tcperm.toml` that is tc's own in tc's file, and stands beside the section there.
const AWS: &str = "aws";

/// The keys of the section `tcperm` in tc's file; `tcperm.toml` has them at its top.
const SECTION_KEYS: [&str; 8] = [
    "abac",
    "accept",
    "boundary",
    "grants",
    "graphql_apis",
    "infra_dir",
    "legacy_roles",
    "vars",
];

/// How many characters of a user's text a message shows.
const SHOWN: usize = 80;

/// Reads one file.
pub(super) struct Decoder<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) sources: &'a Sources,
    /// The directory that paths in the file are relative to.
    pub(super) directory: &'a Path,
    pub(super) part: Part,
    found: Vec<Diagnostic>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(sources: &'a Sources, directory: &'a Path, matrix: &'a Matrix) -> Self {
        Self {
            matrix,
            sources,
            directory,
            part: Part::default(),
            found: Vec::new(),
        }
    }

    pub(super) fn finish(self) -> (Part, Vec<Diagnostic>) {
        (self.part, self.found)
    }

    /// Reads `tcperm.toml`: every key is tcperm's.
    pub(super) fn own(&mut self, root: &Node) {
        let mut keys = SECTION_KEYS.to_vec();
        keys.push(AWS);
        keys.sort_unstable();
        for entry in self.table(root, "the file", &keys) {
            if &*entry.key.value == AWS {
                for section in self.table(&entry.value, "`aws`", &["eventbridge", "lambda"]) {
                    let key = if &*section.key.value == "lambda" {
                        "asset_bucket"
                    } else {
                        "bus"
                    };
                    let owner = format!("`aws.{}`", section.key.value);
                    self.table(&section.value, &owner, &[key]);
                }
            } else {
                self.section(entry);
            }
        }
        self.of_aws(root);
    }

    /// Reads tc's own file: two keys of tc, and a section that is tcperm's.
    pub(super) fn of_tc(&mut self, root: &Node) {
        self.of_aws(root);
        if let Some(section) = root.get("tcperm") {
            for entry in self.table(section, "`tcperm`", &SECTION_KEYS) {
                self.section(entry);
            }
        }
    }

    fn section(&mut self, entry: &Entry) {
        match &*entry.key.value {
            "abac" => self.abac(&entry.value),
            "accept" => {
                let accepted = self.acceptances(&entry.value);
                self.part.accepted = Some(accepted);
            }
            "grants" => {
                let grants = self.grants(&entry.value);
                self.part.grants = Some(grants);
            }
            "graphql_apis" => self.graphql_apis(&entry.value),
            "infra_dir" => self.infra_dir(&entry.value),
            "boundary" => self.boundary(&entry.value),
            "vars" => self.vars(&entry.value),
            "legacy_roles" => self.legacy_roles(&entry.value),
            _ => {}
        }
    }

    fn of_aws(&mut self, root: &Node) {
        let value = |section: &str, key: &str| root.get(AWS)?.get(section)?.get(key);
        if let Some(node) = value("eventbridge", "bus").filter(|node| !node.is_null()) {
            self.part.event_bus = self.name_in_aws(node, "`bus`", is_bus, "the name of an event bus");
        }
        if let Some(node) = value("lambda", "asset_bucket").filter(|node| !node.is_null()) {
            self.part.asset_bucket =
                self.name_in_aws(node, "`asset_bucket`", is_bucket, "the name of a bucket");
        }
    }

    fn name_in_aws(
        &mut self,
        node: &Node,
        key: &str,
        is_right: fn(&str) -> bool,
        what: &str,
    ) -> Option<Settled<String>> {
        let text = self.text(node, key)?;
        if is_right(&text) {
            return Some(said(self.sources, &text, &node.span));
        }
        let message = format!("{} cannot be {what}", shown(&text));
        self.error(
            &node.span,
            message,
            "write its name as AWS has it, no ARN, no pattern and no variable",
        );
        None
    }

    fn abac(&mut self, node: &Node) {
        for entry in self.table(node, "`abac`", &["tagged"]) {
            let kinds = self.matrix.taggable();
            let mut tagged = BTreeSet::new();
            for kind in self.texts(&entry.value, "`tagged`") {
                if kinds.contains(kind.value.as_str()) {
                    tagged.insert(kind.value);
                } else {
                    let message = format!("{} is no kind that a team can tag", shown(&kind.value));
                    let help = did_you_mean(&kind.value, kinds.iter().copied(), "kinds are");
                    self.error(&kind.span, message, help);
                }
            }
            self.part.tagged = Some(tagged);
        }
    }

    fn graphql_apis(&mut self, node: &Node) {
        for entry in self.any_table(node, "`graphql_apis`") {
            let Some(namespace) = self.namespace(&entry.key.value, &entry.key.span) else {
                continue;
            };
            let Some(id) = self.text(&entry.value, "the id of an API") else {
                continue;
            };
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
                let message = format!("{} is not the id of an API", shown(&id));
                self.error(&entry.value.span, message, "an id is letters and digits");
                continue;
            }
            let id = said(self.sources, &id, &entry.value.span);
            self.part.graphql_apis.insert(namespace, id);
        }
    }

    pub(super) fn namespace(&mut self, text: &str, span: &Span) -> Option<Namespace> {
        match Namespace::parse(text) {
            Ok(namespace) => Some(namespace),
            Err(error) => {
                self.error(span, error.message, error.help);
                None
            }
        }
    }

    pub(super) fn role(&mut self, node: &Node) -> Option<RoleKind> {
        let text = self.text(node, "`role`")?;
        let role = RoleKind::ALL.into_iter().find(|kind| kind.name() == text);
        if role.is_none() {
            let message = format!("there is no role {}", shown(&text));
            let help = match &*text {
                "schedule" => "schedules run on the role `event`".to_owned(),
                _ => did_you_mean(&text, RoleKind::ALL.map(RoleKind::name), "roles are"),
            };
            self.error(&node.span, message, help);
        }
        role
    }

    /// The entries of a table, by key; reports the keys that it does not have.
    pub(super) fn table<'n>(&mut self, node: &'n Node, owner: &str, known: &[&str]) -> Vec<&'n Entry> {
        let (right, wrong): (Vec<_>, Vec<_>) = self
            .any_table(node, owner)
            .iter()
            .partition(|entry| known.contains(&&*entry.key.value));
        for entry in wrong {
            let key = &entry.key.value;
            let message = format!("{owner} has no key {}", shown(key));
            let help = did_you_mean(key, known.iter().copied(), "its keys are");
            self.error(&entry.key.span, message, help);
        }
        right
    }

    pub(super) fn any_table<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Entry] {
        match &node.kind {
            Kind::Mapping(entries) => entries,
            _ if node.is_null() => &[],
            _ => {
                self.wrong_type(node, what, "a table", "write `key = value` lines below its name");
                &[]
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str, help: &str) -> &'n [Node] {
        match &node.kind {
            Kind::Sequence(items) => items,
            _ if node.is_null() => &[],
            _ => {
                self.wrong_type(node, what, "a list", help);
                &[]
            }
        }
    }

    pub(super) fn texts(&mut self, node: &Node, what: &str) -> Vec<Located<String>> {
        let items = self.list(node, what, "put it in brackets, `[\"…\"]`");
        let text = |item: &Node| {
            Some(Located::new(
                self.text(item, &format!("an item of {what}"))?,
                item.span.clone(),
            ))
        };
        items.iter().filter_map(text).collect()
    }

    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        let text = node.scalar().filter(|_| node.type_name() == "text");
        if text.is_none() {
            self.wrong_type(node, what, "text", "put it in quotes");
        }
        text.map(str::to_owned)
    }

    fn wrong_type(&mut self, node: &Node, what: &str, expected: &str, help: &str) {
        let message = format!("{what} must be {expected}, not {}", node.type_name());
        self.error(&node.span, message, help);
    }

    pub(super) fn error(&mut self, span: &Span, message: String, help: impl Into<String>) {
        let finding = Diagnostic::error(codes::INVALID_CONFIG, message).help(help);
        self.found.push(finding.at(span.clone()));
    }
}

/// The nearest of what is known, or all of it.
pub(super) fn did_you_mean<'k>(text: &str, known: impl IntoIterator<Item = &'k str>, all: &str) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all} {}", known.join(", ")),
    }
}

/// A user's text for a message: in backticks, escaped, bounded.
pub(super) fn shown(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let rest = if head.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", head.escape_debug())
}

fn is_bus(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    !text.is_empty() && text.len() <= 256 && text.chars().all(is_allowed)
}

fn is_bucket(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    (3..=63).contains(&text.len()) && text.chars().all(is_allowed)
}

//! Reads permission tests from YAML, and so from JSON: every fault at once, each with its place.

use std::collections::{BTreeMap, BTreeSet};

use super::{Expected, PermissionTest, codes, shown, values};
use crate::diagnostic::{Diagnostic, FileId, Located, Sources, Span};
use crate::model::{Arn, nearest};
use crate::policy::catalogue::Catalogue;
use crate::topology::{Document, Entry, Kind, Node};

/// The keys of a test, those that it must have first.
const KEYS: [&str; 6] = ["name", "role", "action", "resource", "expected", "context"];

/// How many of them it must have.
const REQUIRED: usize = 5;

/// Words of a test, each with its place.
pub(super) type Words = Vec<Located<String>>;

/// Reads the tests of a text.
pub(super) fn read(sources: &Sources, file: FileId, found: &mut Vec<Diagnostic>) -> Vec<PermissionTest> {
    let document = Document::parse(sources, file);
    let faults = document.diagnostics().iter();
    found.extend(faults.cloned().map(|fault| Diagnostic {
        code: codes::INVALID_TEST,
        // Its words speak of topologies in two places.
        help: fault.help.map(|help| {
            help.replace("one topology:", "one list of tests:")
                .replace("the topology", "the file")
        }),
        ..fault
    }));
    let mut reader = Reader {
        sources,
        found,
        names: BTreeMap::new(),
    };
    match document.root() {
        Some(root) => reader.file(root),
        None if document.diagnostics().is_empty() => {
            let span = Span::new(file, 0..0);
            reader.error(
                &span,
                "the file holds no tests".to_owned(),
                "begin it with `tests:`",
            );
            Vec::new()
        }
        None => Vec::new(),
    }
}

struct Reader<'a> {
    sources: &'a Sources,
    found: &'a mut Vec<Diagnostic>,
    /// Where each name stands first.
    names: BTreeMap<String, Span>,
}

impl Reader<'_> {
    fn file(&mut self, root: &Node) -> Vec<PermissionTest> {
        let entries = self.map(root, "the file", &["tests"]);
        let Some(tests) = entries.iter().find(|entry| &*entry.key.value == "tests") else {
            if matches!(root.kind, Kind::Mapping(_)) {
                self.error(
                    &root.span,
                    "the file has no `tests`".to_owned(),
                    "begin it with `tests:`",
                );
            }
            return Vec::new();
        };
        let items = match &tests.value.kind {
            Kind::Sequence(items) if tests.value.tag.is_none() => items,
            Kind::Faulty => return Vec::new(),
            _ => {
                let help = "write each test as `- name: …`; `[]` is for none";
                self.wrong_type(&tests.value, "`tests`", "a list", help);
                return Vec::new();
            }
        };
        items.iter().filter_map(|item| self.test(item)).collect()
    }

    fn test(&mut self, node: &Node) -> Option<PermissionTest> {
        if matches!(node.kind, Kind::Faulty) {
            return None;
        }
        let entries = self.map(node, "a test", &KEYS);
        if !matches!(node.kind, Kind::Mapping(_)) || node.tag.is_some() {
            return None;
        }
        let get = |key: &str| {
            let entry = entries.iter().find(|entry| &*entry.key.value == key);
            entry.map(|entry| &entry.value)
        };
        let missing: Vec<&str> = KEYS
            .into_iter()
            .take(REQUIRED)
            .filter(|key| get(key).is_none())
            .collect();
        if !missing.is_empty() {
            let message = format!("the test has no `{}`", missing.join("`, no `"));
            let help = "a test says `name`, `role`, `action`, `resource` and what is `expected`";
            self.error(&node.span, message, help);
        }
        let name = get("name").and_then(|node| self.name(node));
        let role = get("role").map(|node| self.words(node, "`role`"));
        let action = get("action").map(|node| self.words(node, "`action`"));
        let resource = get("resource").map(|node| self.words(node, "`resource`"));
        let expected = get("expected").and_then(|node| self.expected(node));
        let context = get("context").map(|node| self.context(node));
        for action in action.iter().flatten() {
            self.action(action);
        }
        for resource in resource.iter().flatten() {
            self.resource(resource);
        }
        let name = name?;
        Some(PermissionTest {
            name: name.value,
            span: name.span,
            roles: role?,
            actions: action?,
            resources: resource?,
            context: context.unwrap_or_default(),
            expected: expected?,
        })
    }

    fn name(&mut self, node: &Node) -> Option<Located<String>> {
        let name = self.word(node, "`name`")?;
        if let Some(first) = self.names.get(&name.value) {
            let (line, _) = self.sources.line_and_column(first.file, first.range.start);
            let message = format!("two tests have the name {}", shown(&name.value));
            self.error(
                &name.span,
                message,
                &format!("the first is on line {line}: give each its own"),
            );
        } else {
            self.names.insert(name.value.clone(), name.span.clone());
        }
        Some(name)
    }

    fn expected(&mut self, node: &Node) -> Option<Expected> {
        let word = self.word(node, "`expected`")?;
        let known = Expected::ALL.into_iter().find(|known| known.name() == word.value);
        if known.is_none() {
            let names = Expected::ALL.map(Expected::name);
            let help = did_you_mean(&word.value, &names, "it is one of");
            self.error(
                &word.span,
                format!("{} is no decision", shown(&word.value)),
                &help,
            );
        }
        known
    }

    /// The context: each key with its values, or with none where the request lacks it.
    fn context(&mut self, node: &Node) -> Vec<(Located<String>, Option<Words>)> {
        let entries = match &node.kind {
            Kind::Mapping(entries) if node.tag.is_none() => entries,
            Kind::Faulty => return Vec::new(),
            _ if node.is_null() => return Vec::new(),
            _ => {
                self.wrong_type(
                    node,
                    "`context`",
                    "a map",
                    "write `key: value` lines below it, indented",
                );
                return Vec::new();
            }
        };
        let mut seen = BTreeSet::new();
        let mut context = Vec::new();
        for entry in entries.iter() {
            let key = Located::new(entry.key.value.to_string(), entry.key.span.clone());
            self.variables(&key);
            if !seen.insert(key.value.to_ascii_lowercase()) {
                let message = format!(
                    "the context has {} twice: case does not count in keys",
                    shown(&key.value)
                );
                self.error(&key.span, message, "keep one of them; several values are a list");
                continue;
            }
            self.condition_key(&key);
            let value = if entry.value.is_null() {
                Some(None)
            } else {
                self.values(&entry.value, &key.value).map(Some)
            };
            context.extend(value.map(|value| (key, value)));
        }
        context
    }

    /// A value of the context, or several: flags and numbers are what they say.
    fn values(&mut self, node: &Node, key: &str) -> Option<Words> {
        let what = format!("the value of {}", shown(key));
        let items = match &node.kind {
            Kind::Sequence(items) if node.tag.is_none() => &items[..],
            _ => std::slice::from_ref(node),
        };
        let mut words = Vec::new();
        for item in items {
            match item.scalar().filter(|_| item.tag.is_none() && !item.is_null()) {
                Some(text) => {
                    let word = Located::new(text.to_owned(), item.span.clone());
                    self.variables(&word);
                    words.push(word);
                }
                None if matches!(item.kind, Kind::Faulty) => return None,
                None => {
                    let help =
                        "write one text, or a list of them; nothing at all for a key that the request lacks";
                    self.wrong_type(item, &what, "text", help);
                    return None;
                }
            }
        }
        Some(words)
    }

    fn action(&mut self, action: &Located<String>) {
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        match action.value.split_once(':') {
            Some((service, name)) if is_name(service) && is_name(name) => {
                let catalogue = Catalogue::built_in();
                if catalogue.action(&action.value).is_none() {
                    let help = match catalogue.nearest_action(&action.value) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "see AWS's service authorization reference for its actions".to_owned(),
                    };
                    self.doubt(
                        &action.span,
                        format!("AWS has no action {}", shown(&action.value)),
                        &help,
                    );
                }
            }
            _ => {
                let help = "name one action, `service:Name`, without `*`; several are a list";
                self.error(
                    &action.span,
                    format!("{} is no action", shown(&action.value)),
                    help,
                );
            }
        }
    }

    fn resource(&mut self, resource: &Located<String>) {
        if !values::faults(&resource.value).is_empty() {
            return;
        }
        // Only the form counts here: a variable is a part of a name.
        let filled = resource
            .value
            .replace("{{", "")
            .replace("}}", "")
            .replace(' ', "");
        if resource.value != "*" && Arn::parse(&filled).is_err() {
            let help = "write its ARN, or `'*'` for an action that takes no resource";
            self.error(
                &resource.span,
                format!("{} is no resource", shown(&resource.value)),
                help,
            );
        }
    }

    fn condition_key(&mut self, key: &Located<String>) {
        let catalogue = Catalogue::built_in();
        if !key.value.contains(':') {
            let help = "a condition key has a service before its name: `aws:ResourceTag/sandbox`";
            self.error(
                &key.span,
                format!("{} is no condition key", shown(&key.value)),
                help,
            );
        } else if catalogue.condition_key(&key.value).is_none() {
            let help = match catalogue.nearest_condition_key(&key.value) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see AWS's service authorization reference for its condition keys".to_owned(),
            };
            self.doubt(
                &key.span,
                format!("AWS has no condition key {}", shown(&key.value)),
                &help,
            );
        }
    }

    /// One word, or those of a list.
    fn words(&mut self, node: &Node, what: &str) -> Words {
        let Kind::Sequence(items) = &node.kind else {
            return self.word(node, what).into_iter().collect();
        };
        if items.is_empty() {
            self.error(
                &node.span,
                format!("{what} is an empty list"),
                "name one at least",
            );
        }
        let item = format!("an item of {what}");
        items.iter().filter_map(|node| self.word(node, &item)).collect()
    }

    /// A text that is not empty.
    fn word(&mut self, node: &Node, what: &str) -> Option<Located<String>> {
        if matches!(node.kind, Kind::Faulty) {
            return None;
        }
        let text = node
            .scalar()
            .filter(|_| node.type_name() == "text" && node.tag.is_none());
        let Some(text) = text else {
            self.wrong_type(
                node,
                what,
                "text",
                "write a text; put what could be something else in quotes",
            );
            return None;
        };
        if text.trim().is_empty() {
            self.error(&node.span, format!("{what} is empty"), "write a text");
            return None;
        }
        let word = Located::new(text.to_owned(), node.span.clone());
        if what != "`name`" {
            self.variables(&word);
        }
        Some(word)
    }

    /// Reports what is wrong with the variables of a text.
    fn variables(&mut self, word: &Located<String>) {
        for fault in values::faults(&word.value) {
            let text = word.value.get(fault.range.clone()).unwrap_or_default();
            let there = self.sources.text(word.span.file).get(word.span.range.clone());
            let at = there.and_then(|there| there.find(text));
            let span = at.map_or_else(
                || word.span.clone(),
                |at| {
                    let start = word.span.range.start + at;
                    Span::new(word.span.file, start..start + text.len())
                },
            );
            self.error(&span, fault.message, &fault.help);
        }
    }

    /// The entries of a map, by key; reports the keys that it does not have.
    fn map<'n>(&mut self, node: &'n Node, owner: &str, known: &[&str]) -> Vec<&'n Entry> {
        let Kind::Mapping(entries) = &node.kind else {
            if !matches!(node.kind, Kind::Faulty) {
                let help = format!(
                    "write `{}: …` lines, indented alike",
                    known.first().unwrap_or(&"key")
                );
                self.wrong_type(node, owner, "a map", &help);
            }
            return Vec::new();
        };
        if node.tag.is_some() {
            self.wrong_type(
                node,
                owner,
                "a plain map",
                "remove the tag: permission tests know none",
            );
            return Vec::new();
        }
        for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key.value)) {
            let message = format!("{owner} has no key {}", shown(&entry.key.value));
            let help = did_you_mean(&entry.key.value, known, "its keys are");
            self.error(&entry.key.span, message, &help);
        }
        entries
            .iter()
            .filter(|entry| known.contains(&&*entry.key.value))
            .collect()
    }

    fn wrong_type(&mut self, node: &Node, what: &str, expected: &str, help: &str) {
        let is = match &node.tag {
            Some(tag) => format!("{} with the tag {}", node.type_name(), shown(tag)),
            None => node.type_name().to_owned(),
        };
        self.error(&node.span, format!("{what} must be {expected}, not {is}"), help);
    }

    fn error(&mut self, span: &Span, message: String, help: &str) {
        let finding = Diagnostic::error(codes::INVALID_TEST, message).help(help);
        self.found.push(finding.at(span.clone()));
    }

    fn doubt(&mut self, span: &Span, message: String, help: &str) {
        let finding = Diagnostic::warning(codes::DOUBTFUL_TEST, message).help(help);
        self.found.push(finding.at(span.clone()));
    }
}

/// The nearest of what is known, or all of it.
fn did_you_mean(text: &str, known: &[&str], all: &str) -> String {
    match nearest(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{all} `{}`", known.join("`, `")),
    }
}

//! The text of the catalogue: its head says what stands where.
//!
//! What is not understood is left out, never an error: the tests read all of it and find that
//! nothing is.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::{AccessLevel, Action, Catalogue, ConditionKey, Lazy, ResourceType, ResourceUse, Service};

/// Finds the services; none of them is read, but the one of the global keys.
pub(super) fn catalogue(text: &'static str) -> Catalogue {
    let (mut version, mut date) = ("", "");
    let mut services = BTreeMap::new();
    for block in text.split("\n\n") {
        if let Some(rest) = block.strip_prefix("service ") {
            let prefix = rest.lines().next().unwrap_or_default();
            let service = OnceLock::new();
            services.insert(prefix, Lazy { text: block, service });
        } else {
            for line in block.lines() {
                version = line.strip_prefix("version ").unwrap_or(version);
                date = line.strip_prefix("date ").unwrap_or(date);
            }
        }
    }
    let global = services.remove("aws").map_or("", |lazy| lazy.text);
    Catalogue {
        version,
        date,
        global: service(global),
        services,
    }
}

/// Reads a block.
pub(super) fn service(text: &'static str) -> Service {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.take(line);
    }
    Service {
        prefix: reader.prefix,
        condition_keys: reader.keys,
        resource_types: reader.types,
        actions: reader.actions,
    }
}

/// What was read of a block so far.
#[derive(Default)]
struct Reader {
    prefix: &'static str,
    keys: Vec<ConditionKey>,
    types: Vec<Arc<ResourceType>>,
    /// What the actions that follow take.
    uses: Arc<[ResourceUse]>,
    actions: BTreeMap<String, Action>,
}

impl Reader {
    fn take(&mut self, line: &'static str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "service" => self.prefix = rest,
            "key" => self.keys(rest),
            "type" => self.resource_type(rest),
            "on" => {
                self.uses = rest
                    .split(' ')
                    .filter_map(|text| self.resource_use(text))
                    .collect();
            }
            _ => {
                if let Some(level) = level(word) {
                    self.actions(level, rest);
                }
            }
        }
    }

    fn keys(&mut self, text: &'static str) {
        let (kind, names) = text.split_once(' ').unwrap_or((text, ""));
        let prefix = self.prefix;
        let keys = names.split(' ').map(|name| ConditionKey {
            name: key(name, prefix),
            kind,
        });
        self.keys.extend(keys);
    }

    fn resource_type(&mut self, text: &'static str) {
        let mut words = text.split(' ');
        let (name, arns) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let prefix = self.prefix;
        let arns = arns.split(',').map(|arn| match arn.strip_prefix("::") {
            Some(rest) => format!("arn:${{Partition}}:{prefix}:${{Region}}:${{Account}}:{rest}"),
            None => arn.to_owned(),
        });
        self.types.push(Arc::new(ResourceType {
            name,
            arns: arns.collect(),
            condition_keys: words.map(|word| key(word, prefix)).collect(),
        }));
    }

    fn resource_use(&self, text: &str) -> Option<ResourceUse> {
        let mut parts = text.split('=');
        let name = parts.next().unwrap_or_default();
        let (name, required) = match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let known = self
            .types
            .iter()
            .find(|kind| kind.name.eq_ignore_ascii_case(name))?;
        Some(ResourceUse {
            resource_type: Arc::clone(known),
            required,
            condition_keys: parts.map(|part| key(part, self.prefix)).collect(),
        })
    }

    fn actions(&mut self, level: AccessLevel, text: &'static str) {
        let keys = text.strip_prefix('[').and_then(|text| text.split_once("] "));
        let (keys, names) = keys.unwrap_or(("", text));
        let keys = keys.split(' ').filter(|text| !text.is_empty());
        let condition_keys: Arc<[String]> = keys.map(|text| key(text, self.prefix)).collect();
        for name in names.split(' ') {
            let action = Action {
                service: self.prefix,
                name,
                level,
                condition_keys: Arc::clone(&condition_keys),
                uses: Arc::clone(&self.uses),
            };
            self.actions.insert(name.to_ascii_lowercase(), action);
        }
    }
}

/// A condition key in full.
fn key(text: &str, prefix: &str) -> String {
    let name = text.replace('@', "${TagKey}");
    match name.strip_prefix(':') {
        Some(rest) => format!("{prefix}:{rest}"),
        None => name,
    }
}

fn level(word: &str) -> Option<AccessLevel> {
    match word {
        "List" => Some(AccessLevel::List),
        "Read" => Some(AccessLevel::Read),
        "Write" => Some(AccessLevel::Write),
        "Tagging" => Some(AccessLevel::Tagging),
        "Permissions" => Some(AccessLevel::Permissions),
        _ => None,
    }
}

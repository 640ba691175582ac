//! The `grants` of a configuration, checked against what the matrix offers.

use std::collections::BTreeMap;

use super::decode::{Decoder, did_you_mean, shown};
use crate::diagnostic::Located;
use crate::grants::{CapabilityRule, ExplicitGrant, Scope};
use crate::model::RoleKind;
use crate::topology::{InvalidText, Kind, Node, Text, Variable};

/// The keys of a grant.
const KEYS: [&str; 4] = ["role", "capability", "on", "topologies"];

impl Decoder<'_> {
    pub(super) fn grants(&mut self, node: &Node) -> Vec<ExplicitGrant> {
        let help = "each grant is a table of its own, `[[grants]]`";
        let items = self.list(node, "`grants`", help);
        items.iter().filter_map(|item| self.grant(item)).collect()
    }

    fn grant(&mut self, node: &Node) -> Option<ExplicitGrant> {
        self.table(node, "a grant", &KEYS);
        if !matches!(node.kind, Kind::Mapping(_)) {
            return None;
        }
        let role = self.required(node, "role");
        let capability = self.required(node, "capability");
        let topologies = node.get("topologies").map(|names| self.topologies(names));
        let role = self.role(role?)?;
        let capability = capability?;
        let (id, offered) = self.capability(role, capability)?;
        let on = self.targets(node, capability, &id, &offered)?;
        Some(ExplicitGrant {
            role,
            capability: id,
            on,
            topologies,
            span: capability.span.clone(),
        })
    }

    fn required<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() {
            let message = format!("a grant has no `{key}`");
            self.error(
                &node.span,
                message,
                "a grant says which role is given which capability",
            );
        }
        found
    }

    fn topologies(&mut self, node: &Node) -> Vec<Located<crate::model::Namespace>> {
        let names = self.texts(node, "`topologies`");
        names
            .into_iter()
            .filter_map(|name| Some(Located::new(self.namespace(&name.value, &name.span)?, name.span)))
            .collect()
    }

    fn capability(&mut self, role: RoleKind, node: &Node) -> Option<(String, CapabilityRule)> {
        let id = self.text(node, "`capability`")?;
        let matrix = self.matrix;
        if let Some(rule) = matrix.capabilities.get(&id).filter(|_| matrix.offers(role, &id)) {
            return Some((id, rule.clone()));
        }
        let mut offered = matrix
            .opt_in
            .iter()
            .filter(|rule| rule.capability == id)
            .peekable();
        let of_role = matrix.opt_in.iter().filter(|rule| rule.role == role);
        let of_role = of_role.map(|rule| rule.capability.as_str());
        let all = format!("the role `{role}` can be given");
        if offered.peek().is_some() {
            let roles: Vec<String> = offered.map(|rule| format!("`{}`", rule.role)).collect();
            let message = format!("{} is not for the role `{role}`", shown(&id));
            self.error(
                &node.span,
                message,
                format!("it is for the role {}", roles.join(", ")),
            );
        } else if matrix.capabilities.contains_key(&id) {
            let message = format!("{} comes from the topology alone", shown(&id));
            let all: Vec<&str> = of_role.collect();
            self.error(
                &node.span,
                message,
                format!("the role `{role}` can be given {}", all.join(", ")),
            );
        } else {
            let message = format!("there is no capability {}", shown(&id));
            let help = did_you_mean(&id, of_role, &all);
            self.error(&node.span, message, help);
        }
        None
    }

    /// The targets of a grant: none for a capability that is not given on single names.
    fn targets(
        &mut self,
        grant: &Node,
        capability: &Node,
        id: &str,
        rule: &CapabilityRule,
    ) -> Option<Vec<Located<BTreeMap<String, Text>>>> {
        let on = grant.entry("on");
        if rule.scope != Scope::Exact {
            let Some(on) = on else {
                return Some(Vec::new());
            };
            let message = format!("`{id}` is not given on single names");
            let help = format!("it lets the role {}: remove `on`", rule.does);
            self.error(&on.key.span, message, help);
            return None;
        }
        let is_empty = |node: &Node| matches!(&node.kind, Kind::Sequence(items) if items.is_empty());
        if on.is_none_or(|on| on.value.is_null() || is_empty(&on.value)) {
            let span = on.map_or(&capability.span, |on| &on.value.span);
            let message = format!("`{id}` does not say on what");
            self.error(span, message, format!("add `on = [\"{}\"]`", form(rule)));
            return None;
        }
        let texts = self.texts(&on?.value, "`on`");
        let targets = texts.iter().filter_map(|text| self.target(text, id, rule));
        Some(targets.collect())
    }

    fn target(
        &mut self,
        text: &Located<String>,
        id: &str,
        rule: &CapabilityRule,
    ) -> Option<Located<BTreeMap<String, Text>>> {
        let parts = rule.parts();
        let written = match &*parts {
            [_] if rule.is_path => text.value.strip_prefix('/').unwrap_or(&text.value),
            _ => &text.value,
        };
        let pieces: Vec<&str> = if rule.is_path {
            written.splitn(parts.len(), '/').collect()
        } else {
            written.split('/').collect()
        };
        if pieces.len() != parts.len() || pieces.iter().any(|piece| piece.trim().is_empty()) {
            let message = format!("{} is nothing that `{id}` takes", shown(&text.value));
            self.error(&text.span, message, format!("write it as `{}`", form(rule)));
            return None;
        }
        let mut values = BTreeMap::new();
        for (part, piece) in parts.into_iter().zip(pieces) {
            values.insert(part, self.variables(piece, text)?);
        }
        Some(Located::new(values, text.span.clone()))
    }

    pub(super) fn variables(&mut self, piece: &str, whole: &Located<String>) -> Option<Text> {
        match Text::parse(piece) {
            Ok(text) => Some(text),
            Err(faults) => {
                for fault in faults {
                    let help = match &fault {
                        InvalidText::UnknownVariable { name, .. } => {
                            did_you_mean(name, known_variables(), "variables are")
                        }
                        InvalidText::Unclosed { .. } => "close it: `{{sandbox}}`".to_owned(),
                    };
                    self.error(&whole.span, fault.to_string(), help);
                }
                None
            }
        }
    }
}

fn known_variables() -> impl Iterator<Item = &'static str> {
    let known = Variable::NAMES.into_iter();
    known
        .filter(|(_, variable)| variable.is_known_beforehand())
        .map(|(name, _)| name)
}

/// What a target looks like: `FILE_SYSTEM/ACCESS_POINT`.
fn form(rule: &CapabilityRule) -> String {
    rule.parts().join("/").to_uppercase()
}

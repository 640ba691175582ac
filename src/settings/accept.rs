//! The `accept` of a configuration: what may reach beyond a sandbox, and why.

use super::configuration::said;
use super::decode::{Decoder, shown};
use crate::diagnostic::Located;
use crate::model::RoleKind;
use crate::ops::{Acceptance, AcceptedOf};
use crate::topology::{Kind, Node, Piece, Text, Variable};

/// The keys of what is accepted.
const KEYS: [&str; 4] = ["actions", "resources", "reason", "roles"];

impl Decoder<'_> {
    pub(super) fn acceptances(&mut self, node: &Node) -> Vec<Acceptance> {
        let help = "each is a table of its own, `[[accept]]`";
        let items = self.list(node, "`accept`", help);
        items.iter().filter_map(|item| self.acceptance(item)).collect()
    }

    fn acceptance(&mut self, node: &Node) -> Option<Acceptance> {
        self.table(node, "what is accepted", &KEYS);
        if !matches!(node.kind, Kind::Mapping(_)) {
            return None;
        }
        let actions = self.some(node, "actions", "[\"SERVICE:ACTION\"]");
        let resources = self.some(node, "resources", "[\"arn:…\"]");
        let reason = self.reason(node);
        // A list from which the last role was taken does not stand for all roles.
        let roles = match node.get("roles") {
            Some(_) => self.some(node, "roles", "[\"function\"]"),
            None => Some(Vec::new()),
        };
        let roles: Option<Vec<AcceptedOf>> =
            roles.and_then(|roles| roles.iter().map(|role| self.accepted_of(role)).collect());
        if actions.as_deref().is_some_and(hold_all) && resources.as_deref().is_some_and(hold_all) {
            let message = "every action is accepted on every resource: nothing would be proved".to_owned();
            let help = "name the actions of one service at least, or the resources";
            self.error(&node.span, message, help);
        }
        let actions: Option<Vec<String>> =
            actions.map(|all| all.iter().filter_map(|one| self.action(one)).collect());
        let resources: Option<Vec<Text>> =
            resources.map(|all| all.iter().filter_map(|one| self.resource(one)).collect());
        let place = said(self.sources, "", &node.span).origin.to_string();
        Some(Acceptance {
            actions: actions?,
            resources: resources?,
            reason: reason?,
            roles: roles?,
            place,
        })
    }

    /// The texts of a key that must be there and hold one at least.
    fn some(&mut self, node: &Node, key: &str, form: &str) -> Option<Vec<Located<String>>> {
        let Some(found) = node.get(key) else {
            self.lacking(node, key, &format!("add `{key} = {form}`"));
            return None;
        };
        let texts = self.texts(found, &format!("`{key}`"));
        if texts.is_empty() {
            if matches!(&found.kind, Kind::Sequence(items) if items.is_empty()) {
                let message = format!("`{key}` names nothing");
                self.error(&found.span, message, format!("write `{key} = {form}`"));
            }
            return None;
        }
        Some(texts)
    }

    fn reason(&mut self, node: &Node) -> Option<String> {
        let Some(found) = node.get("reason") else {
            self.lacking(node, "reason", "say in `reason` why no role can do without it");
            return None;
        };
        let reason = self.text(found, "`reason`")?;
        if reason.trim().is_empty() {
            let message = "`reason` says nothing".to_owned();
            self.error(&found.span, message, "say why no role can do without it");
            return None;
        }
        Some(reason)
    }

    fn lacking(&mut self, node: &Node, key: &str, help: &str) {
        self.error(&node.span, format!("what is accepted has no `{key}`"), help);
    }

    fn action(&mut self, text: &Located<String>) -> Option<String> {
        let is_action = match text.value.split_once(':') {
            Some((service, action)) => {
                let holds = |part: &str| {
                    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "*?-_".contains(c);
                    !part.is_empty() && part.chars().all(is_allowed)
                };
                holds(service) && holds(action)
            }
            None => text.value == "*",
        };
        if is_action {
            return Some(text.value.clone());
        }
        let message = format!("{} is no pattern of actions", shown(&text.value));
        self.error(
            &text.span,
            message,
            "write it as `SERVICE:ACTION`; `*` and `?` may stand in it",
        );
        None
    }

    /// An ARN with `*` and `?` in it, or everything.
    fn resource(&mut self, text: &Located<String>) -> Option<Text> {
        if text.value != "*" && !text.value.starts_with("arn:") {
            let message = format!("{} is no ARN", shown(&text.value));
            let help = "write the whole ARN, `arn:aws:SERVICE:{{region}}:{{account}}:NAME`; `*` and `?` may stand in it";
            self.error(&text.span, message, help);
            return None;
        }
        self.of_any_topology(text)
    }

    fn accepted_of(&mut self, text: &Located<String>) -> Option<AcceptedOf> {
        let kind = RoleKind::ALL.into_iter().find(|kind| kind.name() == text.value);
        match kind {
            Some(kind) => Some(AcceptedOf::Kind(kind)),
            None => self.of_any_topology(text).map(AcceptedOf::Named),
        }
    }

    /// A text with variables that are the same for every topology.
    fn of_any_topology(&mut self, text: &Located<String>) -> Option<Text> {
        let read = self.variables(&text.value, text)?;
        let of_one = read.pieces().iter().find_map(|piece| match piece {
            Piece::Variable(variable @ (Variable::Namespace | Variable::AbbreviatedNamespace)) => {
                Some(*variable)
            }
            Piece::Variable(variable) if !variable.is_known_beforehand() => Some(*variable),
            Piece::Variable(_) | Piece::Literal(_) => None,
        });
        let Some(variable) = of_one else {
            return Some(read);
        };
        let message = format!("`{variable}` has no value here");
        let help = "what is accepted is accepted of every topology: write the name itself, or `*`";
        self.error(&text.span, message, help);
        None
    }
}

/// Whether one of some patterns is for everything.
fn hold_all(texts: &[Located<String>]) -> bool {
    let is_all = |text: &Located<String>| text.value.chars().all(|c| "*:".contains(c));
    texts.iter().any(is_all)
}

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::policy::catalogue::{Action, Catalogue};

/// What `templates/lint.json` says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Facts {
    scoped: BTreeMap<String, Scope>,
    unscoped: Vec<String>,
    /// Actions by which one can give permissions to oneself.
    pub(super) escalation: Vec<String>,
    /// The action that hands a role to a service.
    pub(super) pass: String,
    /// The condition key that then names the service.
    pub(super) passed_to: String,
    /// Actions that run something with a role that is handed over → the service it is handed to.
    pub(super) with_pass: BTreeMap<String, String>,
    /// The actions of trust policies.
    pub(super) assume: Vec<String>,
    /// The action that lets session tags in.
    pub(super) tag_session: String,
    /// Services that assume roles.
    pub(super) callers: BTreeMap<String, Caller>,
}

/// What AWS's reference leaves out of an action.
#[derive(Debug, Deserialize)]
struct Scope {
    types: Vec<String>,
    keys: Vec<String>,
}

/// A service that assumes roles.
#[derive(Debug, Deserialize)]
pub(super) struct Caller {
    /// The condition keys it sends.
    pub(super) sends: Vec<String>,
    /// Whether it is certain that it sends no others.
    #[serde(default)]
    pub(super) certain: bool,
    /// AWS's page about it.
    pub(super) doc: String,
}

impl Facts {
    pub(super) fn built_in() -> &'static Self {
        static FACTS: OnceLock<Facts> = OnceLock::new();
        let read = || serde_json::from_str(include_str!("../../../templates/lint.json"));
        FACTS.get_or_init(|| read().unwrap_or_default())
    }

    fn scope(&self, action: &Action) -> Option<&Scope> {
        self.scoped.get(&action.full_name())
    }

    /// Whether the action can be limited to resources.
    pub(super) fn can_be_limited(&self, action: &Action) -> bool {
        let limited = self.scope(action).is_some() || !action.uses.is_empty();
        limited && !self.unscoped.contains(&action.full_name())
    }

    /// Whether a resource of a policy could be one that the action takes.
    pub(super) fn takes(&self, catalogue: &Catalogue, action: &Action, resource: &str) -> bool {
        if resource == "*" || action.types_of(resource).next().is_some() {
            return true;
        }
        let Some(scope) = self.scope(action) else {
            return false;
        };
        let service = catalogue.service(action.service).into_iter();
        let mut types = service.flat_map(|service| &service.resource_types);
        types.any(|kind| scope.types.iter().any(|name| name == kind.name) && kind.could_be(resource))
    }

    /// Whether a request for the action on the resource can carry the condition key.
    pub(super) fn supports(&self, catalogue: &Catalogue, action: &Action, resource: &str, key: &str) -> bool {
        let scope = self.scope(action);
        let mut keys = scope.into_iter().flat_map(|scope| &scope.keys);
        keys.any(|known| known.eq_ignore_ascii_case(key)) || catalogue.supports(action, resource, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_and_key_of_the_data_is_one_of_aws() {
        let (facts, catalogue) = (Facts::built_in(), Catalogue::built_in());
        let lone = [&facts.pass, &facts.tag_session];
        let actions = facts
            .scoped
            .keys()
            .chain(&facts.unscoped)
            .chain(&facts.escalation);
        let actions = actions
            .chain(facts.with_pass.keys())
            .chain(&facts.assume)
            .chain(lone);
        let mut count = 0;
        for name in actions {
            let action = catalogue.action(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(action.full_name(), *name);
            count += 1;
        }
        assert!(count > 30);
        let sent = facts.callers.values().flat_map(|caller| &caller.sends);
        for key in sent.chain([&facts.passed_to]) {
            assert!(catalogue.condition_key(key).is_some(), "{key}");
        }
        for (name, scope) in &facts.scoped {
            let action = catalogue.action(name).unwrap();
            assert!(action.uses.is_empty(), "{name}: the catalogue knows types by now");
            let service = catalogue.service(action.service).unwrap();
            for kind in &scope.types {
                assert!(service.resource_types.iter().any(|known| known.name == kind));
            }
        }
    }
}

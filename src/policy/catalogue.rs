//! What AWS's services can be asked for: every action, the resources it takes, its condition keys.
//!
//! The data is AWS's service authorization reference
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>)
//! as `templates/catalogue.txt` holds it, third-party data under a licence of its own, which
//! stands in its head. A service is read when it is first asked for.
//!
//! Names of actions and condition keys are compared without case, as IAM does.

mod pattern;
mod read;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use pattern::{arns_overlap, matches};

use crate::model::nearest;
use pattern::fits;

const BUILT_IN: &str = include_str!("../../templates/catalogue.txt");

/// All services.
#[derive(Debug)]
pub struct Catalogue {
    version: &'static str,
    date: &'static str,
    global: Service,
    services: BTreeMap<&'static str, Lazy>,
}

/// The text of a service, and what was read from it.
#[derive(Debug)]
struct Lazy {
    text: &'static str,
    service: OnceLock<Service>,
}

/// A service: what stands before the colon of its actions.
#[derive(Debug)]
pub struct Service {
    /// The prefix, such as `lambda`.
    pub prefix: &'static str,
    /// The condition keys that are its own.
    pub condition_keys: Vec<ConditionKey>,
    /// The resource types.
    pub resource_types: Vec<Arc<ResourceType>>,
    /// The actions by their name in lower case.
    actions: BTreeMap<String, Action>,
}

/// A condition key and what its values are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionKey {
    /// The name; `${TagKey}` and the like stand for any text.
    pub name: String,
    /// The type of the values: `String`, `ARN`, `Bool`, `Numeric`, `Date`, `IPAddress`, or one of
    /// these with `ArrayOf` before it.
    pub kind: &'static str,
}

/// A kind of resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// The name within the service.
    pub name: &'static str,
    /// The forms of its ARN, with variables such as `${Region}`.
    pub arns: Vec<String>,
    /// The condition keys known to every action on it.
    pub condition_keys: Vec<String>,
}

/// What AWS says of an action's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Lists resources.
    List,
    /// Reads what resources hold.
    Read,
    /// Creates, changes or deletes.
    Write,
    /// Changes tags alone.
    Tagging,
    /// Grants or changes permissions.
    Permissions,
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// The service's prefix.
    pub service: &'static str,
    /// The name after the colon.
    pub name: &'static str,
    /// Its effect.
    pub level: AccessLevel,
    /// The condition keys it knows, beside the global ones and those of its resource types.
    pub condition_keys: Arc<[String]>,
    /// The resource types it takes; none when it takes only `*`.
    pub uses: Arc<[ResourceUse]>,
}

/// A resource type that an action takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceUse {
    /// The resource type.
    pub resource_type: Arc<ResourceType>,
    /// Whether each call needs a resource of this type.
    pub required: bool,
    /// The condition keys that the action then knows, beside those of the type.
    pub condition_keys: Vec<String>,
}

impl Catalogue {
    /// The catalogue that is built in.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| read::catalogue(BUILT_IN))
    }

    /// The version of the package that the data is from.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// The day of the data, as `YYYY-MM-DD`.
    #[must_use]
    pub const fn date(&self) -> &'static str {
        self.date
    }

    /// The prefixes of the services, sorted.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.services.keys().copied()
    }

    /// A service by its prefix, in any case.
    #[must_use]
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let prefix = prefix.to_ascii_lowercase();
        let lazy = self.services.get(prefix.as_str())?;
        Some(lazy.service.get_or_init(|| read::service(lazy.text)))
    }

    /// An action such as `service:Name`.
    #[must_use]
    pub fn action(&self, text: &str) -> Option<&Action> {
        let (prefix, name) = text.split_once(':')?;
        self.service(prefix)?.actions.get(&name.to_ascii_lowercase())
    }

    /// The actions that a pattern such as `service:Na*` matches. AWS takes no wildcard before
    /// the colon; `*` alone is every action.
    pub fn actions_matching<'a>(&'a self, pattern: &str) -> impl Iterator<Item = &'a Action> + use<'a> {
        let (prefix, name) = pattern.split_once(':').unwrap_or((pattern, "*"));
        let every = pattern == "*";
        let services: Vec<&Service> = if every {
            self.prefixes()
                .filter_map(|prefix| self.service(prefix))
                .collect()
        } else {
            self.service(prefix).into_iter().collect()
        };
        let name = name.to_ascii_lowercase();
        let actions = services.into_iter().flat_map(|service| &service.actions);
        actions
            .filter(move |(known, _)| matches(&name, known))
            .map(|(_, action)| action)
    }

    /// The action that was probably meant by one that is unknown.
    #[must_use]
    pub fn nearest_action(&self, text: &str) -> Option<String> {
        let (prefix, name) = text.split_once(':')?;
        let service = match self.service(prefix) {
            Some(service) => service,
            None => self.service(self.nearest_prefix(prefix)?)?,
        };
        let names = service.actions.values().map(|action| action.name);
        let name = nearest(name, names)?;
        Some(format!("{}:{name}", service.prefix))
    }

    /// The prefix that was probably meant by one that is unknown.
    #[must_use]
    pub fn nearest_prefix(&self, text: &str) -> Option<&'static str> {
        nearest(text, self.prefixes())
    }

    /// A condition key, global or of a service; keys of identity providers are not in the data.
    #[must_use]
    pub fn condition_key(&self, key: &str) -> Option<&ConditionKey> {
        let own = key.split_once(':').and_then(|(prefix, _)| self.service(prefix));
        let own = own.into_iter().flat_map(|service| &service.condition_keys);
        self.global_keys().chain(own).find(|known| fits(&known.name, key))
    }

    /// The condition key that was probably meant by one that is unknown.
    #[must_use]
    pub fn nearest_condition_key(&self, key: &str) -> Option<&str> {
        let own = key.split_once(':').and_then(|(prefix, _)| self.service(prefix));
        let own = own.into_iter().flat_map(|service| &service.condition_keys);
        let names = self.global_keys().chain(own).map(|known| known.name.as_str());
        nearest(key, names)
    }

    /// Whether a request for an action on a resource can carry a condition key: a global one,
    /// one of the action, or one of the resource types that the resource's ARN could be of.
    /// Wildcards in the resource are taken in favour of the key.
    #[must_use]
    pub fn supports(&self, action: &Action, resource: &str, key: &str) -> bool {
        let every_request = |known: &&ConditionKey| !known.name.contains("${") && known.name != "aws:TagKeys";
        let principal = fits("aws:PrincipalTag/${TagKey}", key);
        principal
            || self
                .global_keys()
                .filter(every_request)
                .any(|known| fits(&known.name, key))
            || action.knows(key)
            || action.types_of(resource).any(|used| used.knows(key))
    }

    /// Whether a request for an action on a resource can carry the resource's tags.
    #[must_use]
    pub fn supports_resource_tag(&self, action: &Action, resource: &str) -> bool {
        self.supports(action, resource, "aws:ResourceTag/any")
    }

    fn global_keys(&self) -> impl Iterator<Item = &ConditionKey> {
        self.global.condition_keys.iter()
    }
}

impl Service {
    /// The actions in the order of their names.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.values()
    }
}

impl Action {
    /// The action as policies name it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// Whether a request for it can carry a condition key of its own, whatever the resource.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        self.condition_keys.iter().any(|known| fits(known, key))
    }

    /// The resource types it takes that a resource, with its wildcards, could be of.
    pub fn types_of<'a>(&'a self, resource: &'a str) -> impl Iterator<Item = &'a ResourceUse> {
        self.uses
            .iter()
            .filter(move |used| used.resource_type.could_be(resource))
    }
}

impl ResourceUse {
    /// Whether a request for the action on a resource of the type can carry a condition key of it.
    #[must_use]
    pub fn knows(&self, key: &str) -> bool {
        let of_type = self.resource_type.condition_keys.iter();
        of_type.chain(&self.condition_keys).any(|known| fits(known, key))
    }
}

impl ResourceType {
    /// Whether a resource of a policy, with its wildcards and variables, could be of this type.
    #[must_use]
    pub fn could_be(&self, resource: &str) -> bool {
        self.arns.iter().any(|arn| arns_overlap(arn, resource))
    }
}

//! What a template of the team's may use: the place of a role, whose it is, and what it is to grant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::grants::{Capability, Matrix, Scope};
use crate::model::{Context, Namespace, RoleId};
use crate::template::{Scheduling, place};
use crate::topology::Separator;

/// The names of the variables that templates have, whatever the team adds.
pub const VARIABLES: [&str; 22] = [
    "ASSET_BUCKET",
    "account",
    "any_schedule_group",
    "arn",
    "arns",
    "capability",
    "entity",
    "env",
    "function",
    "grants",
    "kind",
    "namespace",
    "ordinal",
    "partition",
    "profile",
    "region",
    "sandbox",
    "sandbox_trimmed",
    "schedule_groups",
    "separator",
    "tag_key",
    "tagged",
];

/// Why a variable has no value here, by its name.
pub(super) type Absent = Vec<(&'static str, &'static str)>;

/// The values of a template, and why others have none.
pub(super) struct Values {
    pub(super) map: Map<String, Value>,
    pub(super) absent: Absent,
}

impl Values {
    /// The values of every template of a role, in a place.
    pub(super) fn of(context: &Context, id: &RoleId) -> Self {
        let mut values = Self {
            map: place(context),
            absent: Vec::new(),
        };
        let trimmed = context.sandbox.as_str().replace('-', "");
        values.set("sandbox_trimmed", trimmed);
        values.set("kind", id.kind.name());
        values.set("separator", Separator::Underscore.as_str());
        values.set("variant", "");
        values.set("ordinal", "");
        values.set("tagged", false);
        for name in ["env", "profile"] {
            let why = "no profile is named: name one with `-e PROFILE`";
            values.set_or(name, context.profile.as_deref(), why);
        }
        let why = "name it with TC_ASSET_BUCKET, or as `asset_bucket` of `aws.lambda` in the configuration";
        values.set_or("ASSET_BUCKET", context.assets.bucket.as_deref(), why);
        let owner = id.owner.as_ref();
        let why = "a base role serves all topologies: use it in `<kind>.topology.json`, or in a topology's own role";
        values.set_or("namespace", owner.map(|owner| owner.namespace.as_str()), why);
        let function = owner.and_then(|owner| owner.function.as_deref());
        for name in ["function", "entity"] {
            values.set_or(name, function, "only the role of a single function has one");
        }
        values
    }

    /// The topology that a document is for.
    pub(super) fn of_topology(mut self, namespace: &Namespace) -> Self {
        self.absent.retain(|(name, _)| *name != "namespace");
        self.set("namespace", namespace.as_str());
        self
    }

    /// The schedule groups that may assume the role.
    pub(super) fn scheduling(mut self, scheduling: &Scheduling<'_>) -> Self {
        self.map.extend(scheduling.values());
        self
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.map.insert(name.to_owned(), value.into());
    }

    fn set_or(&mut self, name: &'static str, value: Option<&str>, why: &'static str) {
        match value {
            Some(value) => self.set(name, value),
            None => self.absent.push((name, why)),
        }
    }
}

/// The values that tell one statement of a capability from others of it.
pub(super) fn form_of(context: &Context, capability: &Capability) -> Map<String, Value> {
    let mut values = place(context);
    let variant = match capability.separator {
        Separator::Hyphen => "Hyphen",
        Separator::Underscore => "",
    };
    values.insert("separator".to_owned(), Value::from(capability.separator.as_str()));
    values.insert("variant".to_owned(), Value::from(variant));
    values
}

/// What is granted, by the ids of all capabilities that a document can hold: a list of the values of
/// each statement, empty where nothing is granted.
pub(super) fn grants(
    matrix: &Matrix,
    holds: impl Fn(Scope) -> bool,
    granted: impl IntoIterator<Item = (String, Map<String, Value>)>,
) -> Value {
    let ids: BTreeSet<&String> = matrix
        .capabilities
        .iter()
        .filter(|(_, rule)| rule.scope != Scope::Trust && holds(rule.scope))
        .map(|(id, _)| id)
        .collect();
    let mut lists: BTreeMap<String, Vec<Value>> =
        ids.into_iter().map(|id| (id.clone(), Vec::new())).collect();
    for (id, mut values) in granted {
        values.insert("capability".to_owned(), Value::from(id.as_str()));
        lists.entry(id).or_default().push(Value::Object(values));
    }
    lists
        .into_iter()
        .map(|(id, list)| (id, Value::from(list)))
        .collect()
}

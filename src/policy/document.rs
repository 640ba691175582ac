use std::collections::BTreeMap;

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::model::Arn;

/// A policy document: an identity policy, a trust policy or a boundary.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    /// The version of the language; IAM takes `2008-10-17` when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A name for the document, without meaning to IAM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is allowed and denied.
    pub statement: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    /// A name, unique in the document; letters and digits.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// Who, in trust and resource policies.
    pub principal: Option<Principal>,
    /// Which calls.
    pub action: Action,
    /// On what; trust policies have none.
    pub resource: Option<Resource>,
    /// Under which conditions: operator → condition key → values. All must hold.
    pub condition: Condition,
}

/// Operator → condition key → values.
pub type Condition = BTreeMap<String, BTreeMap<String, Values>>;

/// What a statement does to the requests it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Allows them, unless another statement denies them.
    Allow,
    /// Denies them, whatever else allows them.
    Deny,
}

/// The `Action` or `NotAction` of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Action {
    /// The actions that match one of these patterns.
    In(Values),
    /// The actions that match none of these patterns.
    NotIn(Values),
}

/// The `Resource` or `NotResource` of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// The resources that match one of these patterns.
    In(Values),
    /// The resources that match none of these patterns.
    NotIn(Values),
}

/// The `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principal {
    /// These principals.
    In(Principals),
    /// All but these principals.
    NotIn(Principals),
}

/// Who a statement speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Principals {
    /// Everyone: `"*"`.
    Anyone,
    /// By type: `AWS`, `Service`, `Federated`, `CanonicalUser`.
    Typed(BTreeMap<String, Values>),
}

/// One value or a list, as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Values {
    /// A value that stands alone.
    One(Scalar),
    /// A list.
    Many(Vec<Scalar>),
}

/// A string, a boolean or a number: IAM reads the last two as their text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// `true` or `false`, as conditions may hold.
    Bool(bool),
    /// A number, in its own digits.
    Number(String),
}

impl Scalar {
    /// The value as IAM reads it.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
    }
}

impl Values {
    /// The values in the order written.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let scalars = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        };
        scalars.iter().map(Scalar::text)
    }
}

impl Action {
    /// The patterns, whichever way they count.
    #[must_use]
    pub fn values(&self) -> &Values {
        match self {
            Self::In(values) | Self::NotIn(values) => values,
        }
    }
}

impl Resource {
    /// The patterns, whichever way they count.
    #[must_use]
    pub fn values(&self) -> &Values {
        match self {
            Self::In(values) | Self::NotIn(values) => values,
        }
    }
}

impl Policy {
    /// A document in the current version of the language.
    #[must_use]
    pub fn of(statement: Vec<Statement>) -> Self {
        Self {
            version: Some("2012-10-17".to_owned()),
            id: None,
            statement,
        }
    }

    /// The ARNs that the document names, in resources and in the values of conditions.
    pub fn arns(&self) -> impl Iterator<Item = Arn> {
        let texts = self.statement.iter().flat_map(|statement| {
            let resources = statement
                .resource
                .iter()
                .flat_map(|resource| resource.values().iter());
            resources.chain(
                statement
                    .condition
                    .values()
                    .flat_map(BTreeMap::values)
                    .flat_map(Values::iter),
            )
        });
        texts.filter_map(|text| Arn::parse(text).ok())
    }

    /// The document as compact JSON: what is sent to IAM.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The document as indented JSON: what people read and diffs compare.
    #[must_use]
    pub fn to_pretty_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The size in characters as IAM counts it: without white space outside strings.
    ///
    /// IAM counts no white space at all
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>);
    /// counting that inside strings errs on the safe side.
    #[must_use]
    pub fn size(&self) -> usize {
        self.to_json().chars().count()
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(digits) => match RawValue::from_string(digits.clone()) {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.serialize_str(digits),
            },
        }
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(one) => one.serialize(serializer),
            Self::Many(many) => many.serialize(serializer),
        }
    }
}

impl Serialize for Principals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Anyone => serializer.serialize_str("*"),
            Self::Typed(types) => types.serialize(serializer),
        }
    }
}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(sid) = &self.sid {
            map.serialize_entry("Sid", sid)?;
        }
        map.serialize_entry("Effect", &self.effect)?;
        match &self.principal {
            Some(Principal::In(who)) => map.serialize_entry("Principal", who)?,
            Some(Principal::NotIn(who)) => map.serialize_entry("NotPrincipal", who)?,
            None => {}
        }
        match &self.action {
            Action::In(actions) => map.serialize_entry("Action", actions)?,
            Action::NotIn(actions) => map.serialize_entry("NotAction", actions)?,
        }
        match &self.resource {
            Some(Resource::In(resources)) => map.serialize_entry("Resource", resources)?,
            Some(Resource::NotIn(resources)) => map.serialize_entry("NotResource", resources)?,
            None => {}
        }
        if !self.condition.is_empty() {
            map.serialize_entry("Condition", &self.condition)?;
        }
        map.end()
    }
}

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::document::{
    Action, Condition, Effect, Policy, Principal, Principals, Resource, Scalar, Statement, Values,
};

/// A text that is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// What is wrong, with line and column of the text.
    pub message: String,
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// When the text is not JSON, a key stands twice, or the grammar is broken.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let error = |e: serde_json::Error| PolicyError {
            message: e.to_string(),
        };
        let tree: Tree = serde_json::from_str(text).map_err(error)?;
        tree.policy().map_err(|message| PolicyError { message })
    }
}

/// JSON in which no key stands twice.
#[derive(Debug, Clone)]
enum Tree {
    Null,
    Scalar(Scalar),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TreeVisitor;

        impl<'de> Visitor<'de> for TreeVisitor {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Scalar(Scalar::Bool(value)))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Scalar(Scalar::Number(value.to_string())))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Scalar(Scalar::Number(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Scalar(Scalar::Number(value.to_string())))
            }

            fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Scalar(Scalar::Text(value.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
                let mut map: Vec<(String, Tree)> = Vec::new();
                while let Some(key) = entries.next_key::<String>()? {
                    if map.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!(
                            "the key `{key}` stands twice; IAM would drop one of them"
                        )));
                    }
                    let value = entries.next_value()?;
                    map.push((key, value));
                }
                Ok(Tree::Map(map))
            }
        }

        deserializer.deserialize_any(TreeVisitor)
    }
}

type Parsed<T> = Result<T, String>;

impl Tree {
    fn policy(self) -> Parsed<Policy> {
        let mut policy = Policy {
            version: None,
            id: None,
            statement: Vec::new(),
        };
        let mut has_statements = false;
        for (key, value) in self.map("a policy")? {
            match key.as_str() {
                "Version" => policy.version = Some(value.text("Version")?),
                "Id" => policy.id = Some(value.text("Id")?),
                "Statement" => {
                    has_statements = true;
                    policy.statement = value.statements()?;
                }
                other => {
                    return Err(format!(
                        "a policy has no key `{other}`; it has Version, Id and Statement"
                    ));
                }
            }
        }
        if has_statements {
            Ok(policy)
        } else {
            Err("the policy has no Statement".to_owned())
        }
    }

    fn statements(self) -> Parsed<Vec<Statement>> {
        match self {
            Self::List(items) => items.into_iter().map(Self::statement).collect(),
            single => Ok(vec![single.statement()?]),
        }
    }

    fn statement(self) -> Parsed<Statement> {
        let mut parts = StatementParts::default();
        for (key, value) in self.map("a statement")? {
            parts.take(&key, value)?;
        }
        parts.finish()
    }

    fn map(self, what: &str) -> Parsed<Vec<(String, Self)>> {
        match self {
            Self::Map(map) => Ok(map),
            _ => Err(format!("{what} is an object")),
        }
    }

    fn text(self, key: &str) -> Parsed<String> {
        match self {
            Self::Scalar(Scalar::Text(text)) => Ok(text),
            _ => Err(format!("`{key}` is a string")),
        }
    }

    fn values(self, key: &str) -> Parsed<Values> {
        let scalar = |tree: Self| match tree {
            Self::Scalar(scalar) => Ok(scalar),
            _ => Err(format!("`{key}` is a string or a list of strings")),
        };
        match self {
            Self::List(items) => Ok(Values::Many(
                items.into_iter().map(scalar).collect::<Parsed<_>>()?,
            )),
            single => Ok(Values::One(scalar(single)?)),
        }
    }

    fn principals(self, key: &str) -> Parsed<Principals> {
        match self {
            Self::Scalar(Scalar::Text(star)) if star == "*" => Ok(Principals::Anyone),
            Self::Map(types) => {
                let by_type = types.into_iter().map(|(name, who)| {
                    let who = who.values(&name)?;
                    Ok((name, who))
                });
                Ok(Principals::Typed(by_type.collect::<Parsed<_>>()?))
            }
            _ => Err(format!("`{key}` is \"*\" or an object")),
        }
    }

    fn condition(self) -> Parsed<Condition> {
        let mut condition = Condition::new();
        for (operator, keys) in self.map("`Condition`")? {
            let mut values = BTreeMap::new();
            for (key, value) in keys.map(&format!("`{operator}`"))? {
                let value = value.values(&key)?;
                values.insert(key, value);
            }
            condition.insert(operator, values);
        }
        Ok(condition)
    }
}

#[derive(Default)]
struct StatementParts {
    sid: Option<String>,
    effect: Option<Effect>,
    principal: Option<Principal>,
    action: Option<Action>,
    resource: Option<Resource>,
    condition: Condition,
}

impl StatementParts {
    fn take(&mut self, key: &str, value: Tree) -> Parsed<()> {
        match key {
            "Sid" => self.sid = Some(value.text(key)?),
            "Effect" => {
                self.effect = Some(match value.text(key)?.as_str() {
                    "Allow" => Effect::Allow,
                    "Deny" => Effect::Deny,
                    other => return Err(format!("`Effect` is Allow or Deny, not `{other}`")),
                });
            }
            "Principal" => set_once(&mut self.principal, Principal::In(value.principals(key)?), key)?,
            "NotPrincipal" => set_once(&mut self.principal, Principal::NotIn(value.principals(key)?), key)?,
            "Action" => set_once(&mut self.action, Action::In(value.values(key)?), key)?,
            "NotAction" => set_once(&mut self.action, Action::NotIn(value.values(key)?), key)?,
            "Resource" => set_once(&mut self.resource, Resource::In(value.values(key)?), key)?,
            "NotResource" => set_once(&mut self.resource, Resource::NotIn(value.values(key)?), key)?,
            "Condition" => self.condition = value.condition()?,
            other => return Err(format!("a statement has no key `{other}`")),
        }
        Ok(())
    }

    fn finish(self) -> Parsed<Statement> {
        Ok(Statement {
            sid: self.sid,
            effect: self.effect.ok_or("a statement has no Effect")?,
            principal: self.principal,
            action: self.action.ok_or("a statement has no Action")?,
            resource: self.resource,
            condition: self.condition,
        })
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T, key: &str) -> Parsed<()> {
    if slot.is_some() {
        return Err(format!("a statement holds both `{key}` and its opposite"));
    }
    *slot = Some(value);
    Ok(())
}

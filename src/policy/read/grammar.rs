//! From JSON to a policy, by IAM's grammar.

use std::collections::BTreeMap;
use std::ops::Range;

use jsonc_parser::ast::{ObjectPropName, Value};

use super::json::{place, range};
use super::{PolicyError, Read};
use crate::policy::document::{
    Action, Condition, Effect, Policy, Principal, Principals, Resource, Scalar, Statement, Values,
};
use crate::policy::places::{EntryPlace, MapPlaces, Places, StatementPlaces, ValuesPlaces};
use crate::policy::shown;

type Parsed<T> = Result<T, PolicyError>;

/// A key and its value.
struct Entry<'a> {
    key: String,
    place: EntryPlace,
    value: Value<'a>,
}

/// A document from its JSON.
pub(super) fn document(value: Value<'_>) -> Parsed<Read> {
    let document = place(&value);
    let (mut version, mut id, mut statement) = (None, None, None);
    for Entry { key, place, value } in entries(value, "a policy")? {
        match key.as_str() {
            "Version" => version = Some((text(value, &key)?, place)),
            "Id" => id = Some((text(value, &key)?, place)),
            "Statement" => statement = Some(statements(value)?),
            _ => {
                let key = shown(&key);
                let message = format!("a policy has no key {key}; it has Version, Id and Statement");
                return Err(PolicyError::at(place.key, message));
            }
        }
    }
    let Some((statement, statements)) = statement else {
        return Err(PolicyError::at(document, "the policy has no Statement"));
    };
    let (version, version_place) = version.unzip();
    let (id, id_place) = id.unzip();
    Ok(Read {
        policy: Policy {
            version,
            id,
            statement,
        },
        places: Places {
            document,
            version: version_place,
            id: id_place,
            statements,
        },
    })
}

/// Reads a list of texts.
pub(super) fn texts(value: Value<'_>) -> Parsed<Vec<(String, Range<usize>)>> {
    let Value::Array(list) = value else {
        return Err(PolicyError::at(place(&value), "this is no list of texts"));
    };
    let texts = list.elements.into_iter().map(|item| {
        let range = place(&item);
        match item {
            Value::StringLit(text) => Ok((text.value.into_owned(), range)),
            _ => Err(PolicyError::at(range, "the list holds texts, and this is none")),
        }
    });
    texts.collect()
}

fn statements(value: Value<'_>) -> Parsed<(Vec<Statement>, Vec<StatementPlaces>)> {
    match value {
        Value::Array(list) => {
            let read: Vec<_> = list.elements.into_iter().map(statement).collect::<Parsed<_>>()?;
            Ok(read.into_iter().unzip())
        }
        single => {
            let (statement, places) = statement(single)?;
            Ok((vec![statement], vec![places]))
        }
    }
}

/// What was read of a statement so far, each part with its place.
#[derive(Default)]
struct Parts {
    sid: Option<(String, EntryPlace)>,
    effect: Option<(Effect, EntryPlace)>,
    principal: Option<(Principal, MapPlaces<ValuesPlaces>)>,
    action: Option<(Action, ValuesPlaces)>,
    resource: Option<(Resource, ValuesPlaces)>,
    condition: Option<(Condition, MapPlaces<MapPlaces<ValuesPlaces>>)>,
}

fn statement(value: Value<'_>) -> Parsed<(Statement, StatementPlaces)> {
    let whole = place(&value);
    let mut parts = Parts::default();
    for entry in entries(value, "a statement")? {
        parts.take(entry)?;
    }
    parts.finish(whole)
}

impl Parts {
    fn take(&mut self, entry: Entry<'_>) -> Parsed<()> {
        let Entry { key, place, value } = entry;
        match key.as_str() {
            "Sid" => self.sid = Some((text(value, &key)?, place)),
            "Effect" => self.effect = Some((effect(value)?, place)),
            "Principal" | "NotPrincipal" => {
                alone(self.principal.as_ref().map(|(_, had)| &had.entry), &place, &key)?;
                let wrap = if key == "Principal" {
                    Principal::In
                } else {
                    Principal::NotIn
                };
                let (who, places) = principals(value, &key, place)?;
                self.principal = Some((wrap(who), places));
            }
            "Action" | "NotAction" => {
                alone(self.action.as_ref().map(|(_, had)| &had.entry), &place, &key)?;
                let wrap = if key == "Action" {
                    Action::In
                } else {
                    Action::NotIn
                };
                let (actions, places) = values(value, &key, place)?;
                self.action = Some((wrap(actions), places));
            }
            "Resource" | "NotResource" => {
                alone(self.resource.as_ref().map(|(_, had)| &had.entry), &place, &key)?;
                let wrap = if key == "Resource" {
                    Resource::In
                } else {
                    Resource::NotIn
                };
                let (resources, places) = values(value, &key, place)?;
                self.resource = Some((wrap(resources), places));
            }
            "Condition" => self.condition = Some(condition(value, place)?),
            _ => {
                let message = format!("a statement has no key {}", shown(&key));
                return Err(PolicyError::at(place.key, message));
            }
        }
        Ok(())
    }

    fn finish(self, statement: Range<usize>) -> Parsed<(Statement, StatementPlaces)> {
        let missing = |what| PolicyError::at(statement.clone(), format!("a statement has no {what}"));
        let (effect, effect_place) = self.effect.ok_or_else(|| missing("Effect"))?;
        let (action, action_places) = self.action.ok_or_else(|| missing("Action"))?;
        let (sid, sid_place) = self.sid.unzip();
        let (principal, principal_places) = self.principal.unzip();
        let (resource, resource_places) = self.resource.unzip();
        let (condition, condition_places) = self.condition.unzip();
        Ok((
            Statement {
                sid,
                effect,
                principal,
                action,
                resource,
                condition: condition.unwrap_or_default(),
            },
            StatementPlaces {
                statement,
                sid: sid_place,
                effect: effect_place,
                principal: principal_places,
                action: action_places,
                resource: resource_places,
                condition: condition_places,
            },
        ))
    }
}

/// An element and its opposite do not stand in one statement.
fn alone(had: Option<&EntryPlace>, place: &EntryPlace, key: &str) -> Parsed<()> {
    match had {
        None => Ok(()),
        Some(had) => {
            let message = format!("a statement holds both `{key}` and its opposite");
            Err(PolicyError::at(place.key.clone(), message).beside(had.key.clone()))
        }
    }
}

fn effect(value: Value<'_>) -> Parsed<Effect> {
    let range = place(&value);
    match text(value, "Effect")?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            let message = format!("`Effect` is Allow or Deny, not {}", shown(other));
            Err(PolicyError::at(range, message))
        }
    }
}

fn principals(
    value: Value<'_>,
    key: &str,
    entry: EntryPlace,
) -> Parsed<(Principals, MapPlaces<ValuesPlaces>)> {
    match value {
        Value::StringLit(star) if star.value == "*" => {
            let entries = BTreeMap::new();
            Ok((Principals::Anyone, MapPlaces { entry, entries }))
        }
        Value::Object(_) => {
            let (types, places) = map(value, key, entry, values)?;
            Ok((Principals::Typed(types), places))
        }
        other => {
            let message = format!("`{key}` is \"*\" or an object");
            Err(PolicyError::at(place(&other), message))
        }
    }
}

fn condition(value: Value<'_>, entry: EntryPlace) -> Parsed<(Condition, MapPlaces<MapPlaces<ValuesPlaces>>)> {
    map(value, "Condition", entry, |keys, operator, entry| {
        map(keys, operator, entry, values)
    })
}

/// A map and its places, by what reads one of its values.
fn map<T, P>(
    value: Value<'_>,
    key: &str,
    entry: EntryPlace,
    read: impl Fn(Value<'_>, &str, EntryPlace) -> Parsed<(T, P)>,
) -> Parsed<(BTreeMap<String, T>, MapPlaces<P>)> {
    let (mut map, mut places) = (BTreeMap::new(), BTreeMap::new());
    for Entry { key, place, value } in entries(value, &shown(key))? {
        let (value, value_places) = read(value, &key, place)?;
        places.insert(key.clone(), value_places);
        map.insert(key, value);
    }
    let places = MapPlaces {
        entry,
        entries: places,
    };
    Ok((map, places))
}

fn values(value: Value<'_>, key: &str, entry: EntryPlace) -> Parsed<(Values, ValuesPlaces)> {
    match value {
        Value::Array(list) => {
            let each = list.elements.iter().map(place).collect();
            let scalars = list.elements.into_iter().map(|value| scalar(value, key));
            let many = Values::Many(scalars.collect::<Parsed<_>>()?);
            Ok((many, ValuesPlaces { entry, each }))
        }
        single => {
            let each = vec![place(&single)];
            let one = Values::One(scalar(single, key)?);
            Ok((one, ValuesPlaces { entry, each }))
        }
    }
}

fn scalar(value: Value<'_>, key: &str) -> Parsed<Scalar> {
    match value {
        Value::StringLit(text) => Ok(Scalar::Text(text.value.into_owned())),
        Value::BooleanLit(boolean) => Ok(Scalar::Bool(boolean.value)),
        Value::NumberLit(number) => Ok(Scalar::Number(number.value.to_owned())),
        other => {
            let message = format!("{} is a string or a list of strings", shown(key));
            Err(PolicyError::at(place(&other), message))
        }
    }
}

fn text(value: Value<'_>, key: &str) -> Parsed<String> {
    match value {
        Value::StringLit(text) => Ok(text.value.into_owned()),
        other => Err(PolicyError::at(place(&other), format!("`{key}` is a string"))),
    }
}

/// The entries of an object in which no key stands twice.
fn entries<'a>(value: Value<'a>, what: &str) -> Parsed<Vec<Entry<'a>>> {
    let Value::Object(object) = value else {
        return Err(PolicyError::at(place(&value), format!("{what} is an object")));
    };
    let entries = object.properties.into_iter().map(|property| {
        let key = range(&property.name);
        let name = match property.name {
            ObjectPropName::String(name) => name.value.into_owned(),
            ObjectPropName::Word(name) => name.value.to_owned(),
        };
        let value = place(&property.value);
        Entry {
            key: name,
            place: EntryPlace { key, value },
            value: property.value,
        }
    });
    let entries: Vec<Entry<'a>> = entries.collect();
    match repeated(&entries) {
        None => Ok(entries),
        Some((first, again)) => {
            let key = shown(&again.key);
            let message = format!("the key {key} stands twice; IAM would drop one of them");
            Err(PolicyError::at(again.place.key.clone(), message).beside(first.place.key.clone()))
        }
    }
}

/// The first entry whose key stands before, and the one it repeats.
fn repeated<'e, 'a>(entries: &'e [Entry<'a>]) -> Option<(&'e Entry<'a>, &'e Entry<'a>)> {
    let mut sorted: Vec<&Entry<'a>> = entries.iter().collect();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs
        .filter(|(one, other)| one.key == other.key)
        .map(|(one, other)| (*one, *other))
        .min_by_key(|(_, again)| again.place.key.start)
}

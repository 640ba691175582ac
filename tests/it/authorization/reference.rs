//! AWS's service authorization data: which action takes which resources and condition keys.

use serde_json::{Map, Value};

use super::rules::Place;
use crate::support::{read, root};

/// What every call of a function's code carries, whatever it calls.
/// <https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html>
const KEY_OF_CODE: &str = "lambda:SourceFunctionArn";

/// The data, as `scripts/renew-authorization-data` writes it.
#[derive(Debug)]
pub struct Reference {
    document: Value,
}

/// A resource type that an action takes.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType<'a> {
    /// Service and type, e.g. `lambda:function`.
    pub name: &'a str,
    use_of_action: &'a Value,
    row: &'a Value,
}

impl Reference {
    /// Reads the data that is committed.
    pub fn load() -> Self {
        let text = read(&root().join("tests/it/data/authorization.json"));
        Self {
            document: serde_json::from_str(&text).expect("authorization.json is JSON"),
        }
    }

    fn actions(&self) -> &Map<String, Value> {
        self.document["actions"].as_object().expect("actions")
    }

    /// Whether AWS has an action, in exactly this spelling.
    pub fn has(&self, action: &str) -> bool {
        self.actions().contains_key(action)
    }

    /// The resource types an action takes.
    pub fn resource_types(&self, action: &str) -> Vec<ResourceType<'_>> {
        let Some(row) = self.actions().get(action) else {
            return Vec::new();
        };
        let uses = row["resource_types"].as_array().expect("resource types").iter();
        uses.map(|use_of_action| {
            let name = use_of_action["name"].as_str().expect("a name");
            let row = &self.document["resource_types"][name];
            assert!(
                row.is_object(),
                "authorization.json lacks the resource type {name}"
            );
            ResourceType {
                name,
                use_of_action,
                row,
            }
        })
        .collect()
    }

    /// The resource type, among those an action takes, that a resource is of: the most
    /// specific that matches.
    pub fn type_of(&self, action: &str, resource: &str, place: &Place) -> Option<ResourceType<'_>> {
        let matching = self.resource_types(action).into_iter().filter_map(|kind| {
            let patterns = strings(&kind.row["arns"]);
            let fitting = patterns
                .iter()
                .filter(|pattern| arn_matches(pattern, resource, place));
            fitting
                .map(|pattern| literal_length(pattern))
                .max()
                .map(|length| (length, kind))
        });
        matching.max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
    }

    /// Whether a condition key is there when an action is called on a resource of a type.
    pub fn supports(&self, action: &str, kind: Option<ResourceType<'_>>, key: &str) -> bool {
        let mut known = strings(&self.document["global_condition_keys"]);
        known.push(KEY_OF_CODE);
        known.extend(
            self.actions()
                .get(action)
                .map_or_else(Vec::new, |row| strings(&row["condition_keys"])),
        );
        if let Some(kind) = kind {
            known.extend(strings(&kind.use_of_action["condition_keys"]));
            known.extend(strings(&kind.row["condition_keys"]));
        }
        known.iter().any(|pattern| key_matches(pattern, key))
    }
}

fn strings(list: &Value) -> Vec<&str> {
    let texts = list.as_array().expect("a list").iter();
    texts.map(|text| text.as_str().expect("a text")).collect()
}

/// Condition keys are compared without case; a `${TagKey}` is any name.
fn key_matches(pattern: &str, key: &str) -> bool {
    let (pattern, key) = (pattern.to_ascii_lowercase(), key.to_ascii_lowercase());
    pattern.split_once("${").map_or_else(
        || pattern == key,
        |(start, _)| key.strip_prefix(start).is_some_and(|name| !name.is_empty()),
    )
}

/// Whether a resource of a statement, taken as it is written, is of the form of an ARN.
/// Its `*` and `?` can only stand where the form has a variable.
fn arn_matches(pattern: &str, resource: &str, place: &Place) -> bool {
    let placed = pattern
        .replace("${Partition}", place.partition)
        .replace("${Region}", place.region)
        .replace("${Account}", place.account);
    form_matches(&placed, resource)
}

fn form_matches(form: &str, text: &str) -> bool {
    let Some((literal, rest)) = form.split_once("${") else {
        return form == text;
    };
    let (_, after) = rest.split_once('}').expect("a variable ends");
    let Some(text) = text.strip_prefix(literal) else {
        return false;
    };
    text.char_indices()
        .skip(1)
        .map(|(position, _)| position)
        .chain([text.len()])
        .any(|position| position > 0 && form_matches(after, &text[position..]))
}

fn literal_length(pattern: &str) -> usize {
    pattern
        .split('}')
        .map(|part| part.split("${").next().unwrap_or_default().len())
        .sum()
}

#[test]
fn an_arn_is_of_the_type_whose_form_it_has() {
    let reference = Reference::load();
    let place = Place {
        partition: "aws",
        region: "us-west-2",
        account: "123456789012",
        sandbox: "dev",
    };
    let type_of =
        |action: &str, resource: &str| reference.type_of(action, resource, &place).map(|kind| kind.name);
    let lambda = "arn:aws:lambda:us-west-2:123456789012:function:*_dev:*";
    assert_eq!(type_of("lambda:InvokeFunction", lambda), Some("lambda:function"));
    let stream = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev:log-stream:*";
    assert_eq!(type_of("logs:PutLogEvents", stream), Some("logs:log-stream"));
    let group = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev";
    assert_eq!(type_of("logs:PutLogEvents", group), None);
    let field = "arn:aws:appsync:us-west-2:123456789012:apis/*/types/Mutation/fields/progress";
    assert_eq!(type_of("appsync:GraphQL", field), Some("appsync:field"));
    for foreign in [
        "arn:aws:lambda:eu-west-1:123456789012:function:*_dev",
        "arn:aws:lambda:us-west-2:999999999999:function:*_dev",
        "arn:aws:lambda:us-west-2:*:function:*_dev",
        "arn:aws:lambda:us-west-2:123456789012:function:",
        "arn:aws:lambda:us-west-2:123456789012:*",
        "*",
    ] {
        assert_eq!(type_of("lambda:InvokeFunction", foreign), None, "{foreign}");
    }
}

#[test]
fn a_condition_key_is_supported_by_action_by_type_or_everywhere() {
    let reference = Reference::load();
    let function = reference.resource_types("lambda:InvokeFunction")[0];
    let destination = reference.resource_types("events:InvokeApiDestination")[0];
    assert!(reference.supports("lambda:InvokeFunction", Some(function), "aws:ResourceTag/sandbox"));
    assert!(!reference.supports(
        "events:InvokeApiDestination",
        Some(destination),
        "aws:ResourceTag/sandbox"
    ));
    assert!(reference.supports("events:PutEvents", None, "events:detail-type"));
    assert!(!reference.supports("lambda:InvokeFunction", Some(function), "events:source"));
    assert!(reference.supports("lambda:InvokeFunction", Some(function), "AWS:SourceAccount"));
    assert!(!reference.supports("logs:CreateLogDelivery", None, "aws:ResourceTag/sandbox"));
}

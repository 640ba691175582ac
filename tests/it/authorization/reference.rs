//! AWS's service authorization data: which action takes which resources and condition keys.

use tcperm::policy::catalogue::{Action, Catalogue, ResourceUse};

use super::rules::Place;

/// The data that is built in.
#[derive(Debug)]
pub struct Reference {
    catalogue: &'static Catalogue,
}

/// A resource type that an action takes.
#[derive(Debug, Clone)]
pub struct ResourceType<'a> {
    /// Service and type, e.g. `lambda:function`.
    pub name: String,
    use_of_action: &'a ResourceUse,
}

impl Reference {
    /// The catalogue of the binary.
    pub fn load() -> Self {
        Self {
            catalogue: Catalogue::built_in(),
        }
    }

    /// An action in exactly this spelling.
    fn action(&self, name: &str) -> Option<&Action> {
        self.catalogue
            .action(name)
            .filter(|action| action.full_name() == name)
    }

    /// Whether AWS has an action, in exactly this spelling.
    pub fn has(&self, action: &str) -> bool {
        self.action(action).is_some()
    }

    /// The resource types an action takes.
    pub fn resource_types(&self, action: &str) -> Vec<ResourceType<'_>> {
        let Some(action) = self.action(action) else {
            return Vec::new();
        };
        let uses = action.uses.iter().map(|use_of_action| ResourceType {
            name: format!("{}:{}", action.service, use_of_action.resource_type.name),
            use_of_action,
        });
        uses.collect()
    }

    /// The resource type, among those an action takes, that a resource is of: the most
    /// specific that matches.
    pub fn type_of(&self, action: &str, resource: &str, place: &Place) -> Option<ResourceType<'_>> {
        let matching = self.resource_types(action).into_iter().filter_map(|kind| {
            let patterns = &kind.use_of_action.resource_type.arns;
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
    pub fn supports(&self, action: &str, kind: Option<&ResourceType<'_>>, key: &str) -> bool {
        let Some(action) = self.action(action) else {
            return false;
        };
        let of_kind = kind.is_some_and(|kind| {
            let used = kind.use_of_action;
            let known = used.resource_type.condition_keys.iter();
            known
                .chain(&used.condition_keys)
                .any(|pattern| key_matches(pattern, key))
        });
        of_kind || self.catalogue.supports(action, NOTHING, key)
    }
}

/// A resource of no type.
const NOTHING: &str = "";

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
    let some = |name: &str| Some(name.to_owned());
    let lambda = "arn:aws:lambda:us-west-2:123456789012:function:*_dev:*";
    assert_eq!(type_of("lambda:InvokeFunction", lambda), some("lambda:function"));
    let stream = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev:log-stream:*";
    assert_eq!(type_of("logs:PutLogEvents", stream), some("logs:log-stream"));
    let group = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev";
    assert_eq!(type_of("logs:PutLogEvents", group), None);
    let field = "arn:aws:appsync:us-west-2:123456789012:apis/*/types/Mutation/fields/progress";
    assert_eq!(type_of("appsync:GraphQL", field), some("appsync:field"));
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
    let function = &reference.resource_types("lambda:InvokeFunction")[0];
    let destination = &reference.resource_types("events:InvokeApiDestination")[0];
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

//! A request of a region, as somebody could make it: an action and a resource that AWS knows, where
//! there are such.

use std::collections::BTreeMap;

use super::region::{Example, Region};
use crate::evaluate::{Known, Pattern, Request, RequestContext};
use crate::policy::catalogue::{Action, Catalogue, Service};

/// A value that is nobody's: shown where any other than some will do.
const ANOTHER: &str = "another";
/// The tags of a resource.
const RESOURCE_TAG: &str = "aws:resourcetag/";
/// How many actions are tried for one whose resource AWS knows.
const MOST_ACTIONS: usize = 40;

/// A request of a region; `None` where it took too long to find one.
pub(super) fn request(region: &Region<'_>, known: &RequestContext) -> Option<Request> {
    let example = region.example()?;
    let (action, resource) = named(region, &example, known);
    let mut context = RequestContext::complete();
    for (key, values) in known.iter() {
        if let Some(values) = values {
            context.set_all(key, values.to_vec());
        }
    }
    let of_example = example
        .keys
        .iter()
        .filter(|(key, _)| known.get(key) == Known::Nothing);
    for (key, values) in of_example {
        match values {
            Some([_]) if region.takes_value(key, ANOTHER) => context.set(key, ANOTHER),
            Some(values) => context.set_all(key, values.to_vec()),
            None if is_tag_of(key, &action, &resource) && region.takes_value(key, ANOTHER) => {
                context.set(key, ANOTHER);
            }
            None => {}
        }
    }
    Some(Request {
        principal: one(known, "aws:principalarn").map(str::to_owned),
        action,
        resource,
        context,
    })
}

/// The condition key as AWS spells it, as far as it is known.
#[must_use]
pub fn spelled(key: &str) -> String {
    let Some(known) = Catalogue::built_in().condition_key(key) else {
        return key.to_owned();
    };
    match known.name.split_once("${") {
        Some((name, _)) => format!("{name}{}", key.get(name.len()..).unwrap_or_default()),
        None => known.name.clone(),
    }
}

/// Whether a key is a tag that a resource of this kind can bear.
fn is_tag_of(key: &str, action: &str, resource: &str) -> bool {
    let catalogue = Catalogue::built_in();
    let known = catalogue.action(action);
    key.starts_with(RESOURCE_TAG)
        && known.is_some_and(|known| catalogue.supports_resource_tag(known, resource))
}

fn one<'k>(known: &'k RequestContext, key: &str) -> Option<&'k str> {
    match known.get(key) {
        Known::Values([one]) => Some(one),
        _ => None,
    }
}

/// An action and a resource: such as AWS knows, or else those of the example.
fn named(region: &Region<'_>, example: &Example<'_>, known: &RequestContext) -> (String, String) {
    let catalogue = Catalogue::built_in();
    let taken = |action: &&Action| region.takes_action(&action.full_name().to_lowercase());
    let of_service = || {
        let (prefix, _) = example.action.split_once(':')?;
        Some(catalogue.service(prefix)?.actions().filter(taken))
    };
    let mut actions: Vec<&Action> = catalogue.action(example.action).into_iter().collect();
    if actions.is_empty() {
        actions.extend(of_service().into_iter().flatten().take(MOST_ACTIONS));
    }
    if actions.is_empty() {
        let services = catalogue
            .prefixes()
            .filter_map(|prefix| catalogue.service(prefix));
        let all = services.flat_map(Service::actions);
        actions.extend(all.filter(taken).take(MOST_ACTIONS));
    }
    let with_resource = actions.iter().find_map(|action| {
        let resource = resource(region, action, known)?;
        Some((action.full_name(), resource))
    });
    with_resource.unwrap_or_else(|| {
        let action = actions.first().map(|action| action.full_name());
        (
            action.unwrap_or_else(|| example.action.to_owned()),
            example.resource.to_owned(),
        )
    })
}

/// A resource of a type that an action takes.
fn resource(region: &Region<'_>, action: &Action, known: &RequestContext) -> Option<String> {
    if action.uses.is_empty() {
        return region.takes_resource("*").then(|| "*".to_owned());
    }
    let arns = action.uses.iter().flat_map(|used| &used.resource_type.arns);
    let mut arns: Vec<&String> = arns.collect();
    arns.dedup();
    let here = Place::of(known);
    [here, Place::default()].iter().find_map(|place| {
        let mut patterns = arns.iter().filter_map(|arn| place.pattern(arn));
        patterns.find_map(|pattern| region.resource_like(&[pattern]))
    })
}

/// What stands in an ARN's first parts.
#[derive(Debug, Default)]
struct Place<'k> {
    parts: BTreeMap<&'static str, &'k str>,
}

impl<'k> Place<'k> {
    fn of(known: &'k RequestContext) -> Self {
        let mut parts = BTreeMap::from([
            ("Partition", "aws"),
            ("Region", "us-east-1"),
            ("Account", "111122223333"),
        ]);
        let arn = one(known, "aws:principalarn").unwrap_or_default();
        if let Some(partition) = arn.split(':').nth(1) {
            parts.insert("Partition", partition);
        }
        if let Some(account) = one(known, "aws:principalaccount") {
            parts.insert("Account", account);
        }
        Self { parts }
    }

    /// The form of an ARN, `arn:${Partition}:lambda:${Region}:…`, with any name where none is known.
    fn pattern(&self, form: &str) -> Option<Pattern> {
        let mut text = String::new();
        let mut rest = form;
        while let Some((before, behind)) = rest.split_once("${") {
            let (name, behind) = behind.split_once('}')?;
            text.push_str(before);
            text.push_str(self.parts.get(name).copied().unwrap_or("?*"));
            rest = behind;
        }
        text.push_str(rest);
        Pattern::arn(&text)
    }
}

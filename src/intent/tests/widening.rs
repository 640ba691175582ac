//! What a topology needs, named by the pattern of the sandbox's names.

use super::*;
use crate::grants::Scope;
use crate::policy::catalogue::Catalogue;
use crate::policy::{Policy, Scoping, Statement, scope};

const PATTERN: &str = "arn:aws:x:eu-west-1:123456789012:*_dev";

/// Grants of a capability on resources of these names; those that end in the sandbox have a pattern.
fn grants(capability: &str, names: &[&str]) -> Vec<Grant> {
    let grant = |name: &&str| {
        let arn = format!("arn:aws:x:eu-west-1:123456789012:{name}");
        let mut grant = exact(capability, &arn, &[]);
        grant.target = GrantTarget::Exact {
            pattern: name.ends_with("_dev").then(|| PATTERN.to_owned()),
            arn,
            limits: BTreeMap::new(),
        };
        grant
    };
    names.iter().map(grant).collect()
}

fn resources(policy: &Policy) -> Vec<&str> {
    let resources = policy
        .statement
        .iter()
        .filter_map(|statement| statement.resource.as_ref());
    resources.flat_map(|resource| resource.values().iter()).collect()
}

fn asks_for_the_tag(statement: &Statement) -> bool {
    scope(statement, (Context::TAG_KEY, "dev"), Catalogue::built_in()) == Scoping::Unneeded
}

const NAMES: [&str; 3] = ["orders_dev", "returns_dev", "shared"];

#[test]
fn every_capability_on_what_is_tagged_has_a_wider_form_and_each_of_its_statements_asks_for_the_tag() {
    let matrix = Matrix::built_in().unwrap();
    let rules = matrix.capabilities.iter();
    for (id, rule) in rules.filter(|(_, rule)| rule.scope == Scope::Exact && rule.limits.is_empty()) {
        assert_eq!(
            share(grants(id, &NAMES), &[]).widened,
            None,
            "{id}: nothing is tagged"
        );
        let all: Vec<&str> = matrix.taggable().into_iter().collect();
        let share = share(grants(id, &NAMES), &all);
        assert_eq!(share.widened.is_some(), rule.taggable.is_some(), "{id}");
        let Some(widened) = &share.widened else {
            continue;
        };
        assert!(
            widened.statement.iter().all(asks_for_the_tag),
            "{id}: {}",
            widened.to_json()
        );
        let resources = resources(widened);
        assert!(
            resources.iter().any(|one| one.starts_with(PATTERN)),
            "{id}: {resources:?}"
        );
        assert!(
            resources.iter().any(|one| one.contains("shared")),
            "{id}: {resources:?}"
        );
        assert!(
            !resources.iter().any(|one| one.contains("orders_dev")),
            "{id}: {resources:?}"
        );
    }
}

#[test]
fn another_kind_that_is_tagged_widens_nothing_nor_does_a_single_name() {
    let queues = grants("queue.send", &NAMES);
    assert_eq!(share(queues, &["table"]).widened, None);
    let one = grants("queue.send", &["orders_dev", "shared"]);
    assert_eq!(share(one, &["queue"]).widened, None);
}

mod bounds;
mod faults;
mod roles;
mod safety;
mod set;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::policy::{Effect, Policy};

fn values() -> Map<String, Value> {
    let mut values = place(&Context::example());
    let own = json!({
        "separator": "_", "variant": "", "ordinal": "",
        "arn": "arn:aws:x:::r", "arns": ["arn:aws:x:::r"],
        "sources": ["s"], "detail_types": ["t"], "tagged": false,
        "prefix": ["p"], "access_point": ["a"],
        "prefixes": ["p"], "clusters": ["c"], "profiles": ["f"],
        "endpoints": ["e"], "methods": ["m"],
    });
    values.extend(own.as_object().unwrap().clone());
    values
}

fn template_files(directory: &str) -> BTreeSet<String> {
    let files = BUILT_IN.get_dir(directory).unwrap().files();
    files
        .map(|file| file.path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

fn matrix() -> Value {
    serde_json::from_str(RuleBook::matrix()).unwrap()
}

/// The capabilities that have statements.
fn capabilities() -> Map<String, Value> {
    let all = matrix()["capabilities"].as_object().unwrap().clone();
    all.into_iter()
        .filter(|(_, rule)| rule["scope"] != "trust")
        .collect()
}

#[test]
fn every_capability_of_the_matrix_has_a_template_and_every_template_a_capability() {
    let capabilities: BTreeSet<String> = capabilities().into_iter().map(|(id, _)| id).collect();
    assert_eq!(template_files("capability"), capabilities);
    let rows = ["always", "opt_in", "edges"]
        .map(|part| matrix()[part].as_array().unwrap().clone())
        .concat();
    let named = rows.iter().flat_map(|row| {
        let list = row["capabilities"].as_array().cloned().unwrap_or_default();
        let one = row.get("capability").cloned();
        list.into_iter()
            .chain(one)
            .map(|id| id.as_str().unwrap().to_owned())
    });
    let integrations: Value = serde_json::from_str(RuleBook::integrations()).unwrap();
    let uses = integrations["integrations"].as_array().unwrap().iter();
    let uses = uses.flat_map(|row| row["uses"].as_array().unwrap().clone());
    let needed = uses.flat_map(|used| {
        let more = used["more"].as_object().cloned().unwrap_or_default();
        let lists = more
            .into_iter()
            .map(|(_, list)| list)
            .chain([used["capabilities"].clone()]);
        lists
            .flat_map(|list| list.as_array().cloned().unwrap_or_default())
            .collect::<Vec<_>>()
    });
    let needed = needed.map(|id| id.as_str().unwrap().to_owned());
    let all = matrix()["capabilities"].as_object().unwrap().clone();
    assert_eq!(
        named.chain(needed).collect::<BTreeSet<_>>(),
        all.into_iter().map(|(id, _)| id).collect()
    );
}

#[test]
fn every_kind_of_role_has_a_trust_policy_for_one_service() {
    let rules = RuleBook::built_in().unwrap();
    assert_eq!(
        template_files("trust"),
        RoleKind::ALL.map(|kind| kind.name().to_owned()).into()
    );
    for kind in RoleKind::ALL {
        let trust = rules
            .trust(kind, &Context::example(), &Scheduling::Groups(BTreeSet::new()))
            .unwrap();
        assert_eq!(trust.statement.len(), 1, "{kind}");
        let text = trust.to_json();
        assert_eq!(text.matches(".amazonaws.com").count(), 1, "{kind}: {text}");
    }
}

#[test]
fn the_scope_of_a_capability_is_what_its_statements_show() {
    let rules = RuleBook::built_in().unwrap();
    for (id, rule) in &capabilities() {
        for statement in rules.statements(id, &values()).unwrap() {
            if statement.effect == Effect::Deny {
                continue;
            }
            let resources: Vec<&str> = statement.resource.as_ref().unwrap().values().iter().collect();
            let tagged = statement
                .condition
                .get("StringEquals")
                .and_then(|keys| keys.get("aws:ResourceTag/sandbox"))
                .is_some_and(|value| value.iter().eq(["dev"]));
            let patterned = resources.iter().all(|arn| arn.contains("*_dev"));
            let is_excepted = rule["exception"].is_string();
            match rule["scope"].as_str().unwrap() {
                "tagged" => assert!(tagged && patterned, "{id}"),
                "pattern" => assert!(patterned && is_excepted, "{id}"),
                "account" => assert!(resources == ["*"] && is_excepted, "{id}"),
                "exact" => {
                    assert!(rule["arn"].is_string(), "{id}");
                    assert!(
                        resources.iter().all(|arn| arn.starts_with("arn:aws:x:::r")),
                        "{id}"
                    );
                }
                other => panic!("{id} has the scope {other}"),
            }
        }
    }
}

/// What an ARN asks for with `if` may be missing, and nothing else.
#[test]
fn the_optional_values_of_an_arn_are_those_it_asks_for() {
    for (id, rule) in &capabilities() {
        let arn = rule["arn"].as_str().unwrap_or_default();
        let asked = arn.split("{{#if ").skip(1).map(|rest| {
            let name = rest.trim_start_matches("(eq ");
            name.split([' ', '}']).next().unwrap()
        });
        let optional = rule["optional"].as_array().cloned().unwrap_or_default();
        let optional: BTreeSet<&str> = optional.iter().filter_map(Value::as_str).collect();
        assert_eq!(asked.collect::<BTreeSet<_>>(), optional, "{id}");
    }
}

/// Once the team tags a kind, every statement on it asks for the tag; nothing else changes.
#[test]
fn a_kind_that_the_team_tags_is_reached_by_its_tag_too() {
    let rules = RuleBook::built_in().unwrap();
    let mut tagged = values();
    tagged.insert("tagged".to_owned(), json!(true));
    let printed = |statements| serde_json::to_value(Policy::of(statements)).unwrap();
    for (id, rule) in &capabilities() {
        let before = printed(rules.statements(id, &values()).unwrap());
        let mut after = printed(rules.statements(id, &tagged).unwrap());
        if rule["taggable"].is_string() {
            assert_eq!(rule["scope"], "exact", "{id}");
            for statement in after["Statement"].as_array_mut().unwrap() {
                let operator = statement["Condition"]["StringEquals"].as_object_mut().unwrap();
                assert_eq!(
                    operator.remove("aws:ResourceTag/sandbox"),
                    Some(json!("dev")),
                    "{id}"
                );
                let is_empty = operator.is_empty();
                let condition = statement["Condition"].as_object_mut().unwrap();
                if is_empty {
                    condition.remove("StringEquals");
                }
                if condition.is_empty() {
                    statement.as_object_mut().unwrap().remove("Condition");
                }
            }
        }
        assert_eq!(after, before, "{id}");
    }
}

/// A Deny is there for what a function's code would do with what Lambda needs.
#[test]
fn a_deny_takes_from_code_what_its_capability_allows() {
    let rules = RuleBook::built_in().unwrap();
    let statements = rules.statements("network.attach", &values()).unwrap();
    let [allow, deny] = &statements[..] else {
        panic!("{statements:?}")
    };
    assert_eq!((allow.effect, deny.effect), (Effect::Allow, Effect::Deny));
    assert_eq!(allow.action.values(), deny.action.values());
    assert_eq!(allow.resource, deny.resource);
    assert!(
        deny.condition
            .get("ArnLike")
            .unwrap()
            .keys()
            .any(|key| key.ends_with("SourceFunctionArn"))
    );
}

#[test]
fn the_schedules_of_exactly_these_topologies_are_trusted() {
    let rules = RuleBook::built_in().unwrap();
    let names = ["billing", "orders"].map(|name| Namespace::parse(name).unwrap());
    let trust = rules
        .trust(
            RoleKind::Event,
            &Context::example(),
            &Scheduling::Groups(names.iter().collect()),
        )
        .unwrap();
    let trust = serde_json::to_value(trust.canonical()).unwrap();
    let statements = trust["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 2);
    let scheduler = statements
        .iter()
        .find(|statement| statement["Principal"]["Service"] == "scheduler.amazonaws.com")
        .unwrap();
    assert_eq!(
        scheduler["Condition"],
        json!({"StringEquals": {
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn": [
                "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/billing",
                "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/orders",
            ],
        }})
    );
}

#[test]
fn a_statement_speaks_of_one_service() {
    let rules = RuleBook::built_in().unwrap();
    for (id, _) in &capabilities() {
        for statement in rules.statements(id, &values()).unwrap() {
            let services = statement
                .action
                .values()
                .iter()
                .filter_map(|action| action.split(':').next());
            assert_eq!(services.collect::<BTreeSet<_>>().len(), 1, "{id}");
        }
    }
}

#[test]
fn a_variable_without_a_value_is_an_error() {
    let rules = RuleBook::built_in().unwrap();
    let mut incomplete = values();
    incomplete.remove("sandbox");
    let error = rules.statements("function.invoke", &incomplete).unwrap_err();
    assert!(error.message.contains("sandbox"), "{error}");
    assert!(rules.line("{{nothing}}", &values()).is_err());
}

#[test]
fn a_capability_that_is_not_in_the_rule_book_is_an_error() {
    assert!(
        RuleBook::built_in()
            .unwrap()
            .statements("x.y", &values())
            .is_err()
    );
}

proptest! {
    #[test]
    fn no_value_changes_the_structure_of_a_document(value in "\\PC{0,40}|[\"\\\\{}\\[\\],:\n]{0,20}") {
        let rules = RuleBook::built_in().unwrap();
        let mut hostile = values();
        hostile.insert("detail_types".to_owned(), json!([value]));
        let statements = rules.statements("event.put", &hostile).unwrap();
        let mut plain = values();
        plain.insert("detail_types".to_owned(), json!(["@"]));
        let expected = Policy::of(rules.statements("event.put", &plain).unwrap()).to_json();
        let quoted = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(Policy::of(statements).to_json(), expected.replace("\"@\"", &quoted));
    }
}

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::grants::{Derivation, Derived, GrantTarget, Matrix, Options};
use crate::model::{Context, Namespace, Sandbox};
use crate::template::RuleBook;

fn needs(all: &[(&str, &[&str])]) -> Needs {
    let need = |(name, ids): &(&str, &[&str])| {
        let need = Need {
            capabilities: ids.iter().map(|id| Capability::parse(id)).collect(),
            exact: None,
        };
        (Namespace::parse(name).unwrap(), need)
    };
    Needs {
        named: all.iter().map(need).collect(),
        others: None,
    }
}

fn role(sandbox: &str, needs: &Needs) -> RoleSpec {
    base_role(
        RuleBook::built_in().unwrap(),
        &Context {
            sandbox: Sandbox::parse(sandbox).unwrap(),
            ..Context::example()
        },
        RoleKind::Function,
        needs,
    )
    .unwrap()
}

fn exact(capability: &str, arn: &str, events: &[(&str, &str)]) -> Grant {
    let limits = events
        .iter()
        .flat_map(|(source, detail_type)| [("sources", *source), ("detail_types", *detail_type)]);
    let mut sets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, value) in limits {
        sets.entry(name.to_owned()).or_default().insert(value.to_owned());
    }
    Grant {
        role: RoleKind::Function,
        capability: Capability::parse(capability),
        target: GrantTarget::Exact {
            arn: arn.to_owned(),
            limits: sets,
        },
        asked_by: Vec::new(),
    }
}

fn exact_policy_of(grants: Vec<Grant>) -> serde_json::Value {
    exact_policy_with(grants, &[])
}

fn exact_policy_with(grants: Vec<Grant>, tagged: &[&str]) -> serde_json::Value {
    let derived = Derived {
        grants,
        roles: [RoleKind::Function].into(),
        diagnostics: Vec::new(),
    };
    let derivation = Derivation {
        rules: RuleBook::built_in().unwrap(),
        matrix: Matrix::built_in().unwrap(),
        context: &Context::example(),
        graphql_apis: &BTreeMap::new(),
        options: &Options {
            tagged: tagged.iter().map(|kind| (*kind).to_owned()).collect(),
            grants: Vec::new(),
        },
    };
    let shares = shares(derivation, &derived).unwrap();
    serde_json::to_value(&shares[&RoleKind::Function].exact).unwrap()
}

#[test]
fn the_shared_policy_depends_on_what_is_needed_and_not_on_who_needs_it() {
    let one = role("dev", &needs(&[("orders", &["function.invoke", "state.start"])]));
    let two = role(
        "dev",
        &needs(&[("billing", &["state.start"]), ("etl", &["function.invoke"])]),
    );
    assert_eq!(one.policies, two.policies);
    assert_ne!(one.tags, two.tags);
}

#[test]
fn the_tags_record_who_needs_what_and_read_back_as_they_were_written() {
    let needs = needs(&[
        ("orders", &["logs.write:hyphen", "function.invoke"]),
        ("etl", &[]),
    ]);
    let tags = role("dev", &needs).tags;
    assert_eq!(
        tags.get("tcperm:ns:orders"),
        Some("function.invoke logs.write:hyphen")
    );
    let recorded = ownership::recorded_needs(&tags);
    let expected: BTreeMap<_, _> = needs
        .named
        .iter()
        .map(|(name, need)| (name.clone(), need.capabilities.clone()))
        .collect();
    assert_eq!(recorded, expected);
}

#[test]
fn a_role_belongs_to_the_sandbox_that_both_tags_name() {
    let tags = role("dev", &needs(&[])).tags;
    let owner = |sandbox: &str, tags: &Tags| ownership::ownership(&Sandbox::parse(sandbox).unwrap(), tags);
    assert_eq!(owner("dev", &tags), ownership::Ownership::Ours);
    assert_eq!(
        owner("DEV", &tags),
        ownership::Ownership::OtherSpelling("dev".to_owned())
    );
    assert_eq!(owner("qa", &tags), ownership::Ownership::Foreign);
    let mut half = tags;
    half.remove("deployer");
    assert_eq!(owner("dev", &half), ownership::Ownership::Foreign);
}

#[test]
fn a_role_that_needs_nothing_has_no_policy_since_iam_takes_no_empty_one() {
    assert_eq!(role("dev", &needs(&[("orders", &[])])).policies, BTreeMap::new());
}

#[test]
fn a_capability_of_another_version_is_an_error_and_never_left_out() {
    let rules = RuleBook::built_in().unwrap();
    let needs = needs(&[("orders", &["x.y"])]);
    assert!(base_role(rules, &Context::example(), RoleKind::Function, &needs).is_err());
}

#[test]
fn queues_share_a_statement_and_each_bus_has_its_own() {
    let policy = exact_policy_of(vec![
        exact("queue.send", "arn:aws:sqs:::b", &[]),
        exact("queue.send", "arn:aws:sqs:::a", &[]),
        exact("event.put", "arn:aws:events:::one", &[("s", "X")]),
        exact("event.put", "arn:aws:events:::two", &[("s", "Y"), ("t", "Z")]),
    ]);
    let statements = policy["Statement"].as_array().unwrap();
    let of = |sid: &str| {
        statements
            .iter()
            .find(|statement| statement["Sid"] == sid)
            .unwrap()
    };
    assert_eq!(statements.len(), 3);
    assert_eq!(
        of("SendMessage")["Resource"],
        serde_json::json!(["arn:aws:sqs:::a", "arn:aws:sqs:::b"])
    );
    assert_eq!(of("PutEvents")["Resource"], "arn:aws:events:::one");
    let condition = &of("PutEvents2")["Condition"];
    assert_eq!(
        condition["ForAllValues:StringEquals"],
        serde_json::json!({"events:detail-type": ["Y", "Z"], "events:source": ["s", "t"]})
    );
    assert_eq!(
        condition["Null"],
        serde_json::json!({"events:detail-type": "false", "events:source": "false"})
    );
}

fn event_role(needs: &Needs) -> RoleSpec {
    let rules = RuleBook::built_in().unwrap();
    base_role(rules, &Context::example(), RoleKind::Event, needs).unwrap()
}

#[test]
fn the_event_role_trusts_the_schedules_of_the_topologies_that_record_them() {
    let all = needs(&[
        ("billing", &["schedule.run"]),
        ("etl", &["state.start"]),
        ("orders", &["schedule.run", "state.start"]),
    ]);
    let role = event_role(&all);
    let trust = role.trust.known().unwrap().to_json();
    for (group, is_trusted) in [("billing", true), ("orders", true), ("etl", false)] {
        let group = format!("schedule-group/{group}\"");
        assert_eq!(trust.contains(&group), is_trusted, "{trust}");
    }
    assert_eq!(role.policies.len(), 1, "a schedule has no statement of its own");
    let mut read_back = Needs::default();
    for (namespace, capabilities) in ownership::recorded_needs(&role.tags) {
        let exact = None;
        read_back.join(&namespace, Need { capabilities, exact });
    }
    assert_eq!(event_role(&read_back).trust, role.trust);
}

#[test]
fn the_trust_policy_names_the_schedule_groups_as_long_as_they_are_few_and_known() {
    let named = |number: usize| format!("{:x<64}", format!("topology-{number:02}-"));
    let of = |number: usize| {
        let mut needs = Needs::default();
        for name in (0..number).map(named) {
            let capabilities = BTreeSet::from([Capability::parse("schedule.run")]);
            let exact = None;
            needs.join(&Namespace::parse(&name).unwrap(), Need { capabilities, exact });
        }
        needs
    };
    for (number, names_each) in [(12, true), (13, false), (100, false)] {
        let role = event_role(&of(number));
        let trust = role.trust.known().unwrap();
        assert!(trust.size() <= 2048, "{number}: {}", trust.size());
        assert_eq!(
            !trust.to_json().contains("schedule-group/*"),
            names_each,
            "{number}"
        );
    }
}

#[test]
fn without_schedules_nobody_but_eventbridge_is_trusted() {
    let trust = event_role(&needs(&[("orders", &["state.start"])])).trust;
    let alone = event_role(&needs(&[("orders", &["schedule.run"])]));
    assert!(!trust.known().unwrap().to_json().contains("scheduler"));
    assert_ne!(trust, alone.trust);
    assert_eq!(alone.policies, BTreeMap::new());
}

#[test]
fn only_the_kinds_that_the_team_tags_are_asked_for_their_tag() {
    let grants = || {
        vec![
            exact("queue.send", "arn:aws:sqs:::a", &[]),
            exact("table.items", "arn:aws:x:::t", &[]),
        ]
    };
    let tagged = |kinds: &[&str]| {
        let policy = exact_policy_with(grants(), kinds);
        let statements = policy["Statement"].as_array().unwrap().clone();
        let is_tagged = |sid: &str| {
            let statement = statements
                .iter()
                .find(|statement| statement["Sid"] == sid)
                .unwrap();
            statement["Condition"]["StringEquals"]["aws:ResourceTag/sandbox"] == "dev"
        };
        (is_tagged("SendMessage"), is_tagged("UseTableItems"))
    };
    assert_eq!(tagged(&[]), (false, false));
    assert_eq!(tagged(&["queue"]), (true, false));
    assert_eq!(tagged(&["queue", "table", "bucket"]), (true, true));
}

mod widening;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::grants::{Derivation, Derived, GrantTarget, Matrix, Options};
use crate::model::{Context, Namespace, RoleKind, Sandbox};
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

fn base(kind: RoleKind) -> RoleId {
    RoleId::base(kind, &Context::example().sandbox)
}

fn role(sandbox: &str, needs: &Needs) -> RoleSpec {
    let sandbox = Sandbox::parse(sandbox).unwrap();
    let id = RoleId::base(RoleKind::Function, &sandbox);
    super::role(
        Recipes::built_in(),
        &Context {
            sandbox,
            ..Context::example()
        },
        (&id, Recipe::BuiltIn),
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
        function: None,
        capability: Capability::parse(capability),
        target: GrantTarget::Exact {
            arn: arn.to_owned(),
            limits: sets,
            pattern: None,
        },
        asked_by: Vec::new(),
    }
}

fn exact_policy_of(grants: Vec<Grant>) -> serde_json::Value {
    exact_policy_with(grants, &[])
}

/// What is made in a place with these options, by the built-in rules.
fn derivation<T>(context: &Context, options: &Options, make: impl Fn(Derivation<'_>) -> T) -> T {
    make(Derivation {
        rules: RuleBook::built_in().unwrap(),
        matrix: Matrix::built_in().unwrap(),
        context,
        graphql_apis: &BTreeMap::new(),
        options,
        apart: &BTreeSet::new(),
    })
}

/// What a topology of base roles alone needs of them.
fn shares(context: &Context, options: &Options, derived: &Derived) -> Shares {
    let kinds = RoleKind::ALL.map(|kind| (kind, Bearer::Role(RoleId::base(kind, &context.sandbox))));
    let assignment = Assignment::of(kinds);
    let of = (&Namespace::parse("orders").unwrap(), derived);
    let demanded = |derivation: Derivation<'_>| demand(derivation, Recipes::built_in(), &assignment, of);
    derivation(context, options, demanded).unwrap().shares
}

/// What a topology needs of the role of functions, where these kinds of resource carry the tag.
fn share(grants: Vec<Grant>, tagged: &[&str]) -> Share {
    let derived = Derived {
        grants,
        roles: [RoleKind::Function].into(),
        ..Derived::default()
    };
    let options = Options {
        tagged: tagged.iter().map(|kind| (*kind).to_owned()).collect(),
        grants: Vec::new(),
    };
    shares(&Context::example(), &options, &derived)
        .remove(&base(RoleKind::Function))
        .unwrap()
}

fn exact_policy_with(grants: Vec<Grant>, tagged: &[&str]) -> serde_json::Value {
    serde_json::to_value(share(grants, tagged).exact).unwrap()
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
fn a_description_tells_the_sandbox_and_the_role_and_reads_back() {
    for own in ["function/orders/place", "route/orders", "state/a b", "x role=y"] {
        let mut tags = role("qa-7.x", &needs(&[])).tags;
        assert_eq!(ownership::description(&tags), None, "a base role has none");
        tags.set(ownership::OWN_KEY, own);
        let text = ownership::description(&tags).unwrap();
        assert_eq!(text, format!("tcperm sandbox=qa-7.x role={own}"));
        let read = (Sandbox::parse("qa-7.x").unwrap(), own.to_owned());
        assert_eq!(ownership::described(&text), Some(read));
    }
    let nothing = |key: &str, value: &str| {
        let mut tags = role("dev", &needs(&[])).tags;
        tags.set(ownership::OWN_KEY, "route/orders");
        tags.set(key, value);
        assert_eq!(ownership::description(&tags), None, "{key} = {value}");
    };
    nothing(ownership::OWN_KEY, "");
    nothing(ownership::OWN_KEY, "route/Ā");
    nothing("sandbox", "not a sandbox");
}

#[test]
fn no_other_text_is_read_as_a_description() {
    for other in [
        "",
        "the role of a team",
        "tcperm",
        "tcperm sandbox=dev",
        "tcperm sandbox=dev role=",
        "tcperm sandbox= role=route/orders",
        "tcperm sandbox=a b role=route/orders",
        "tcperm sandbox=dev  role=route/orders",
        "tcperm sandbox=dev\trole=route/orders",
        "tcperm role=route/orders sandbox=dev",
        "Tcperm sandbox=dev role=route/orders",
        " tcperm sandbox=dev role=route/orders",
        "tcperm sandbox=dev role=route/orders\n",
        "tcperm sandbox=dev role=route/Ā",
        "not tcperm sandbox=dev role=route/orders",
    ] {
        assert_eq!(ownership::described(other), None, "{other:?}");
    }
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
    let needs = needs(&[("orders", &["x.y"])]);
    assert!(
        super::role(
            Recipes::built_in(),
            &Context::example(),
            (&base(RoleKind::Function), Recipe::BuiltIn),
            &needs
        )
        .is_err()
    );
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
    super::role(
        Recipes::built_in(),
        &Context::example(),
        (&base(RoleKind::Event), Recipe::BuiltIn),
        needs,
    )
    .unwrap()
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

#[test]
fn every_statement_of_a_role_is_there_for_one_capability_and_knows_its_resources() {
    let context = Context::example();
    let derived = Derived {
        grants: vec![
            exact("queue.send", "arn:aws:sqs:eu-west-1:123456789012:a", &[]),
            exact("queue.send", "arn:aws:sqs:eu-west-1:123456789012:b", &[]),
            exact(
                "event.put",
                "arn:aws:events:eu-west-1:123456789012:event-bus/x",
                &[("s", "E")],
            ),
            exact(
                "event.put",
                "arn:aws:events:eu-west-1:123456789012:event-bus/y",
                &[("s", "E")],
            ),
            Grant {
                role: RoleKind::Function,
                function: None,
                capability: Capability::parse("logs.write"),
                target: GrantTarget::Kind("log group".to_owned()),
                asked_by: Vec::new(),
            },
        ],
        ..Derived::default()
    };
    let orders = Namespace::parse("orders").unwrap();
    let options = Options::default();
    let share = shares(&context, &options, &derived);
    let all = BTreeMap::from([(orders.clone(), share)]);
    let found = derivation(&context, &options, |of| {
        grantings(
            of,
            Recipes::built_in(),
            &base(RoleKind::Function),
            (&all, Naming::Each),
        )
    })
    .unwrap();
    let said: Vec<_> = found
        .iter()
        .flat_map(|(policy, grantings)| grantings.iter().map(move |granting| (policy, granting)))
        .map(|(policy, granting)| {
            let sid = granting.statement.sid.clone().unwrap();
            let ends = granting.arns.iter().map(|arn| &arn[arn.len() - 1..]);
            let namespace = granting.namespace.is_some();
            format!(
                "{policy} {sid} {} {} {namespace}",
                granting.capability,
                ends.collect::<String>()
            )
        })
        .collect();
    let expected = [
        "tc-base-function-dev CreateLogGroup logs.write  false",
        "tc-base-function-dev WriteLogs logs.write  false",
        "tc-orders PutEvents event.put x true",
        "tc-orders PutEvents2 event.put y true",
        "tc-orders SendMessage queue.send ab true",
    ];
    assert_eq!(said, expected);
}

#[test]
fn the_documents_of_a_role_hold_what_it_is_said_to_hold() {
    let context = Context::example();
    let derived = Derived {
        grants: vec![
            exact("queue.send", "arn:aws:sqs:eu-west-1:123456789012:a", &[]),
            Grant {
                role: RoleKind::Function,
                function: None,
                capability: Capability::parse("function.invoke:hyphen"),
                target: GrantTarget::Kind("function".to_owned()),
                asked_by: Vec::new(),
            },
        ],
        ..Derived::default()
    };
    let orders = Namespace::parse("orders").unwrap();
    let options = Options::default();
    let shares = shares(&context, &options, &derived);
    let mut needs = Needs::default();
    needs.join(&orders, (&shares[&base(RoleKind::Function)]).into());
    let role = super::role(
        Recipes::built_in(),
        &context,
        (&base(RoleKind::Function), Recipe::BuiltIn),
        &needs,
    )
    .unwrap();
    let all = BTreeMap::from([(orders, shares)]);
    let found = derivation(&context, &options, |of| {
        grantings(
            of,
            Recipes::built_in(),
            &base(RoleKind::Function),
            (&all, Naming::Each),
        )
    })
    .unwrap();
    let documents: BTreeMap<PolicyName, Document> = found
        .into_iter()
        .filter_map(|(name, grantings)| Some((name, Document::Known(granting::document(grantings)?))))
        .collect();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents, role.policies);
}

//! Functions with roles of their own: who bears what.

use super::*;
use crate::topology;

fn derived_apart(topology: &Topology, apart: &[&str], options: &Options) -> Derived {
    let derivation = Derivation {
        rules: RuleBook::built_in().unwrap(),
        matrix: Matrix::built_in().unwrap(),
        context: &Context::example(),
        graphql_apis: &BTreeMap::from([(topology.name.value.clone(), "abc".to_owned())]),
        options,
        apart: &apart.iter().map(|name| (*name).to_owned()).collect(),
    };
    derive(derivation, topology).unwrap()
}

/// The grants of a topology of text, a line each: who bears it, the capability, the end of an ARN.
fn borne(text: &'static str, apart: &[&str]) -> Vec<String> {
    let found = derived_apart(&language::read(&("", text, &[])), apart, &Options::default());
    assert_eq!(found.diagnostics, []);
    found.grants.iter().map(line).collect()
}

fn line(grant: &Grant) -> String {
    let holder = grant.function.as_ref().map(|name| format!("[{name}]"));
    let arn = grant
        .target
        .arn()
        .map(|arn| format!(" {}", arn.rsplit(':').next().unwrap()));
    format!(
        "{}{} {}{}",
        grant.role,
        holder.unwrap_or_default(),
        grant.capability,
        arn.unwrap_or_default()
    )
}

#[test]
fn each_edge_that_needs_something_on_the_role_of_a_function_is_borne_by_the_right_one() {
    for rule in &Matrix::built_in().unwrap().edges {
        let asking = edge(rule.source, rule.target, rule.via, natural(rule.target, rule.via));
        let topology = topology(Vec::new(), vec![asking]);
        let found = derived_apart(&topology, &["a", "b"], &Options::default());
        let named = format!("{} → {} via {:?}", rule.source, rule.target, rule.via);
        let of_transducer =
            rule.via == Via::Destination && matches!(rule.target, EntityKind::Function | EntityKind::Event);
        let bearer = match rule.via {
            _ if rule.role != Some(RoleKind::Function) || of_transducer => None,
            Via::Poll => Some("b".to_owned()),
            _ => Some("a".to_owned()),
        };
        let holders: BTreeSet<_> = found.grants.iter().map(|grant| grant.function.clone()).collect();
        let expected: BTreeSet<_> = rule.capabilities.iter().map(|_| bearer.clone()).collect();
        assert_eq!(holders, expected, "{named}");
        assert_eq!(found.functions, bearer.clone().into_iter().collect(), "{named}");
        let base = rule.role.filter(|_| bearer.is_none());
        assert_eq!(found.roles, base.into_iter().collect(), "{named}");
    }
}

#[test]
fn each_explanation_names_the_function_on_whose_role_it_is() {
    for rule in &Matrix::built_in().unwrap().edges {
        let asking = edge(rule.source, rule.target, rule.via, natural(rule.target, rule.via));
        let topology = topology(Vec::new(), vec![asking]);
        let found = derived_apart(&topology, &["a", "b"], &Options::default());
        let of_grants: Vec<_> = found.grants.iter().map(|grant| grant.function.clone()).collect();
        let said = found.explanations.iter().filter_map(|one| match &one.answer {
            Answer::Granted { function, .. } => Some(function.clone()),
            _ => None,
        });
        assert_eq!(said.collect::<Vec<_>>(), of_grants);
    }
}

#[test]
fn a_function_apart_bears_its_log_its_network_its_stores_and_its_queues() {
    let text = "\
functions: { f: { queue: d, store: [s, t], runtime: { network: true, fs: { kind: S3, bucket: m } } }, g: {} }
queues: { q: { function: f }, d: {}, r: { function: g } }
stores: { s: { kind: DynamoDB, table: t, op: Read }, t: { kind: S3, bucket: b, op: Write } }
events: { E: { producer: f, function: g } }
";
    assert_eq!(
        borne(text, &["f"]),
        [
            "function logs.write",
            "function queue.consume r",
            "function[f] event.put event-bus/default",
            "function[f] logs.write",
            "function[f] network.attach",
            "function[f] objects.read m/*",
            "function[f] objects.write b/*",
            "function[f] objects.write m/*",
            "function[f] queue.consume q",
            "function[f] queue.send d",
            "function[f] table.read table/t",
        ]
    );
}

#[test]
fn what_the_transducer_does_for_a_function_stays_with_the_base_role() {
    let text = "\
functions: { f: { function: g, event: E, state: orders }, g: {} }
events: { E: { producer: p, function: g } }
mode: Standard
states: { States: {} }
";
    assert_eq!(
        borne(text, &["f", "g"]),
        [
            "function event.put event-bus/default",
            "function function.invoke",
            "function[f] function.invoke",
            "function[f] logs.write",
            "function[f] state.start",
            "function[g] logs.write",
            "state logs.deliver",
        ]
    );
}

#[test]
fn a_function_that_answers_a_task_does_so_with_its_own_role() {
    let text = "\
functions: { f: {} }
mode: Standard
states: { StartAt: S, States: { S: { Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: { FunctionName: f }, End: true } } }
";
    let found = borne(text, &["f"]);
    assert!(
        found.contains(&"function[f] state.callback orders_dev".to_owned()),
        "{found:?}"
    );
}

#[test]
fn the_base_role_of_functions_is_there_only_for_functions_that_use_it() {
    let roles = |text: &'static str, apart: &[&str]| {
        let found = derived_apart(&language::read(&("", text, &[])), apart, &Options::default());
        (found.roles.contains(&RoleKind::Function), found.functions)
    };
    let names = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let two = "functions: { f: {}, g: {} }\n";
    assert_eq!(roles(two, &[]), (true, names(&[])));
    assert_eq!(roles(two, &["f"]), (true, names(&["f"])));
    assert_eq!(roles(two, &["f", "g", "elsewhere"]), (false, names(&["f", "g"])));
    let through = "functions: { f: { function: g }, g: {} }\n";
    assert_eq!(roles(through, &["f", "g"]), (true, names(&["f", "g"])));
}

#[test]
fn what_two_functions_apart_need_of_one_thing_is_a_grant_each() {
    let text = "\
functions: { f: { store: s }, g: { store: s }, h: { store: s } }
stores: { s: { kind: DynamoDB, table: t, op: Read } }
";
    let found = borne(text, &["f", "g"]);
    let reads: Vec<&String> = found.iter().filter(|line| line.contains("table.read")).collect();
    assert_eq!(
        reads,
        [
            "function table.read table/t",
            "function[f] table.read table/t",
            "function[g] table.read table/t",
        ]
    );
}

#[test]
fn a_queue_that_a_function_of_another_topology_polls_is_borne_by_its_role_there() {
    let text = "queues: { q: { function: 'billing_packer_{{sandbox}}' }, r: { function: 'billing_ledger_{{sandbox}}' } }\n";
    assert_eq!(
        borne(text, &["billing_packer_{{sandbox}}"]),
        [
            "function queue.consume r",
            "function[billing_packer_{{sandbox}}] queue.consume q",
        ]
    );
}

#[test]
fn a_function_is_known_elsewhere_by_its_name_in_aws_with_the_namespace_filled_in() {
    let topology = language::read(&("", "functions: { f: {} }\n", &[]));
    let physical = topology.entities[0].physical.as_ref().unwrap().to_string();
    assert_eq!(topology.placed(&physical), "orders_f_{{sandbox}}");
}

#[test]
fn what_the_configuration_grants_goes_to_the_base_role_alone() {
    let options = Options {
        grants: vec![ExplicitGrant {
            role: RoleKind::Function,
            capability: "trace.write".to_owned(),
            on: Vec::new(),
            topologies: None,
            span: span(),
        }],
        ..Options::default()
    };
    let traced = |apart: &[&str]| {
        let topology = language::read(&("", "functions: { f: {}, g: {} }\n", &[]));
        let found = derived_apart(&topology, apart, &options);
        let lines = found.grants.iter().map(line);
        lines.filter(|line| line.contains("trace")).collect::<Vec<_>>()
    };
    assert_eq!(traced(&["f"]), ["function trace.write"]);
    assert_eq!(traced(&["f", "g"]), [""; 0]);
}

#[test]
fn the_name_of_a_role_is_one_that_iam_takes_or_an_error_at_its_place() {
    let namespace = Namespace::parse("orders").unwrap();
    let named = |text: &str| {
        let text = Located::new(Text::parse(text).unwrap(), span());
        role_name(&Context::example(), &namespace, &text)
    };
    assert_eq!(
        named("{{namespace}}-f-{{sandbox}}").unwrap().as_str(),
        "orders-f-dev"
    );
    for (text, code) in [
        ("{{env}}-f", codes::NO_PROFILE),
        ("{{API_KEY}}", codes::NO_VALUE),
        (&"x".repeat(65), topology::INVALID_NAME),
        ("a b", topology::INVALID_NAME),
    ] {
        let finding = named(text).unwrap_err();
        assert_eq!((finding.code, finding.span), (code, Some(span())), "{text}");
        assert!(finding.help.is_some(), "{text}");
    }
}

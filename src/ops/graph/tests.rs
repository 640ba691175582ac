use std::collections::BTreeSet;

use super::*;
use crate::diagnostic::Sources;
use crate::grants::{Derivation, Matrix, Options, derive};
use crate::model::Context;
use crate::template::RuleBook;
use crate::topology::{self, Input, Project};

/// The graph of topologies, each of one file.
fn graph_of(texts: &[&str]) -> Graph {
    let mut sources = Sources::new();
    let inputs = texts
        .iter()
        .map(|text| Input::new(sources.add("topology.yml", *text), Vec::new()))
        .collect();
    let project = Project::of(&sources, inputs);
    let reading = topology::parse(&sources, &project, &Matrix::built_in().unwrap().integrations);
    assert!(!reading.topologies.is_empty(), "{:?}", reading.diagnostics);
    let derived = reading.topologies.iter().map(|topology| {
        let derivation = Derivation {
            rules: RuleBook::built_in().unwrap(),
            matrix: Matrix::built_in().unwrap(),
            context: &Context::example(),
            graphql_apis: &BTreeMap::new(),
            options: &Options::default(),
            apart: &BTreeSet::new(),
        };
        (topology.name.value.clone(), derive(derivation, topology).unwrap())
    });
    let findings = Findings {
        sources,
        diagnostics: Vec::new(),
    };
    drawn(&reading.topologies, &derived.collect(), findings)
}

/// Every arrow in words: `orders/route / → orders/function f: function.invoke`.
fn arrows(graph: &Graph) -> Vec<String> {
    let name = |number: usize| {
        let inside = graph.clusters.iter().flat_map(|cluster| {
            let nodes = cluster.nodes.iter();
            nodes.map(|node| (format!("{}/", cluster.namespace), node))
        });
        let outside = graph.outside.iter().map(|node| (String::new(), node));
        let (place, node) = inside
            .chain(outside)
            .find(|(_, node)| node.number == number)
            .unwrap();
        format!("{place}{} {}", node.kind, node.name)
    };
    let arrow = |arrow: &Arrow| {
        let label = match &arrow.label {
            Label::Needs(role, capabilities) => format!("{role} {}", capabilities.join(", ")),
            Label::Free(instead) => instead.clone().unwrap_or_default(),
        };
        format!("{} → {}: {label}", name(arrow.source), name(arrow.target))
    };
    graph.arrows.iter().map(arrow).collect()
}

#[test]
fn an_arrow_leads_into_the_topology_that_declares_its_target() {
    let shop = "name: shop\nroutes:\n  /a: {method: GET, function: 'pay_charge_{{sandbox}}'}\n  /b: {method: POST, async: true, state: pay}\n";
    let pay = "name: pay\nfunctions: {charge: {}}\nstates: {StartAt: A, States: {A: {Type: Succeed}}}\n";
    let expected = [
        "shop/route /a → pay/function charge: route function.invoke",
        "shop/route /b → pay/state pay: route state.start",
    ];
    let graph = graph_of(&[shop, pay]);
    assert_eq!(arrows(&graph), expected);
    assert_eq!(graph.outside, []);
}

#[test]
fn the_order_of_the_topologies_does_not_matter() {
    let (one, other) = ("name: b\nfunctions: {f: {}}\n", "name: a\nfunctions: {g: {}}\n");
    let clusters = |graph: Graph| {
        let cluster = |cluster: Cluster| (cluster.namespace, cluster.nodes);
        graph.clusters.into_iter().map(cluster).collect::<Vec<_>>()
    };
    assert_eq!(
        clusters(graph_of(&[one, other])),
        clusters(graph_of(&[other, one]))
    );
}

#[test]
fn what_no_topology_declares_stands_outside_and_once() {
    let text = |name: &str| {
        format!("name: {name}\nmutations: {{resolvers: {{a: {{table: t}}, b: {{table: t}}}}}}\n")
    };
    let graph = graph_of(&[&text("one"), &text("two")]);
    let [table] = &graph.outside[..] else {
        panic!("{:?}", graph.outside)
    };
    assert_eq!((table.kind, table.name.as_str()), (EntityKind::Table, "t"));
    assert_eq!(graph.arrows.len(), 4);
    assert!(graph.arrows.iter().all(|arrow| arrow.target == table.number));
}

#[test]
fn equal_names_in_two_topologies_are_two_nodes() {
    let text = |name: &str| {
        format!("name: {name}\nfunctions: {{f: {{}}}}\nroutes: {{/a: {{method: GET, function: f}}}}\n")
    };
    let expected =
        ["one", "two"].map(|name| format!("{name}/route /a → {name}/function f: route function.invoke"));
    assert_eq!(arrows(&graph_of(&[&text("one"), &text("two")])), expected);
}

#[test]
fn an_arrow_without_a_statement_says_what_admits_it_instead() {
    let text = "name: a\nfunctions: {f: {mutation: m}, g: {}}\nevents: {E: {producer: x, function: f}}\nmutations: {resolvers: {m: {function: g}}}\n";
    let expected = [
        "a/function f → a/mutation m: API key",
        "a/function f → a/transducer transducer: function function.invoke",
        "a/event E → a/function f: resource policy",
        "a/mutation m → a/function g: mutation function.invoke",
    ];
    assert_eq!(arrows(&graph_of(&[text])), expected);
}

#[test]
fn a_capability_that_is_not_granted_for_want_of_an_id_is_drawn_all_the_same() {
    let text = "name: a\nfunctions: {f: {}}\nevents: {E: {producer: x, mutation: m}}\nmutations: {resolvers: {m: {function: f}}}\n";
    let graph = graph_of(&[text]);
    assert_eq!(arrows(&graph)[0], "a/event E → a/mutation m: event mutation.call");
}

#[test]
fn an_edge_that_is_written_twice_is_one_arrow_with_both_places() {
    let text = "name: a\nfunctions: {f: {}}\nstates:\n  StartAt: A\n  States:\n    A: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: f}, Next: B}\n    B: {Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: {FunctionName: f}, End: true}\n";
    let graph = graph_of(&[text]);
    let lines: Vec<String> = graph.arrows[0]
        .spans
        .iter()
        .map(|span| graph.findings.sources.label(span))
        .collect();
    assert_eq!(graph.arrows.len(), 1);
    assert_eq!(lines, ["topology.yml:6", "topology.yml:7"]);
}

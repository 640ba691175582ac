//! `explain` says no more and no less than `render` renders, and passes no edge over.

mod team;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{Outcome, Tcperm, entries, examples, root};

fn run(tcperm: &Tcperm, arguments: &str) -> Outcome {
    let api = "--graphql-api graphql=abcdefghijklmnopqrstuvwxyz --format json";
    let line = match arguments {
        "graph" => "graph --format json".to_owned(),
        verb => format!("{verb} -s dev --account 123456789012 --region us-west-2 {api}"),
    };
    tcperm.args(line.split_whitespace()).run()
}

/// What is printed for a project.
struct Printed {
    name: String,
    render: Value,
    explain: Value,
    graph: Value,
}

/// The examples, and the fixtures that can be rendered without arguments of their own.
fn projects() -> &'static [Printed] {
    static PROJECTS: OnceLock<Vec<Printed>> = OnceLock::new();
    PROJECTS.get_or_init(|| {
        let examples = examples();
        let examples = examples.iter().map(|name| root().join("examples").join(name));
        let fixtures = entries(&root().join("tests/fixtures"));
        let fixtures = fixtures
            .into_iter()
            .filter(|case| !case.join("arguments").is_file());
        let projects: Vec<Printed> = examples.chain(fixtures).filter_map(|it| printed(&it)).collect();
        assert!(projects.len() > 40, "{} projects", projects.len());
        projects
    })
}

/// What is printed for a project that can be rendered.
fn printed(folder: &Path) -> Option<Printed> {
    let tcperm = Tcperm::in_copy_of(folder);
    let render = run(&tcperm, "render");
    (render.code == 0).then(|| Printed {
        name: folder.display().to_string(),
        render: render.json(),
        explain: run(&tcperm, "explain").exits(0).json(),
        graph: run(&tcperm, "graph").exits(0).json(),
    })
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[key].as_array().unwrap().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Role, policy and Sid of every statement that is rendered.
fn rendered(document: &Value) -> Vec<[String; 3]> {
    let mut statements = Vec::new();
    for role in list(document, "roles") {
        for policy in list(role, "policies") {
            for statement in list(&policy["document"], "Statement") {
                statements.push([&role["name"], &policy["name"], &statement["Sid"]].map(text));
            }
        }
    }
    statements
}

/// Role, policy and Sid of every statement that is explained.
fn explained(document: &Value) -> Vec<[String; 3]> {
    let mut statements = Vec::new();
    for role in list(document, "roles") {
        for statement in list(role, "statements") {
            statements.push([&role["name"], &statement["policy"], &statement["sid"]].map(text));
        }
    }
    statements
}

/// Place, user and kind of every edge that an explanation names, with the kind of what is used: by
/// name it stands there as it is written, where a graph leads to what bears that name in AWS.
fn asking(document: &Value) -> BTreeSet<String> {
    let lists = ["statements", "not_granted"];
    let roles = list(document, "roles").flat_map(|role| lists.map(|key| list(role, key)));
    let provided = list(document, "provided").map(|role| list(role, "statements"));
    let statements = roles.chain(provided).flatten();
    statements
        .flat_map(|statement| list(statement, "asked_by"))
        .chain(list(document, "without_statement"))
        .chain(list(document, "withheld"))
        .map(|asker| {
            let (source, target) = (end_of(&asker["source"]), text(&asker["target"]["kind"]));
            format!("{} {source} {} {target}", text(&asker["at"]), asker["via"])
        })
        .collect()
}

fn end_of(end: &Value) -> String {
    format!("{} {}", text(&end["kind"]), text(&end["name"]))
}

/// The same of every edge that is drawn.
fn edges(graph: &Value) -> Vec<String> {
    let node = |id: &Value| list(graph, "nodes").find(|node| node["id"] == *id).unwrap();
    let mut edges = Vec::new();
    for edge in list(graph, "edges") {
        for place in list(edge, "at") {
            let source = end_of(node(&edge["source"]));
            let target = text(&node(&edge["target"])["kind"]);
            edges.push(format!("{} {source} {} {target}", text(place), edge["via"]));
        }
    }
    edges
}

#[test]
fn the_statements_that_are_explained_are_those_that_are_rendered() {
    for project in projects() {
        let Printed {
            name,
            render,
            explain,
            ..
        } = project;
        assert_eq!(explained(explain), rendered(render), "{name}");
        assert_eq!(explain["diagnostics"], render["diagnostics"], "{name}");
    }
}

#[test]
fn every_statement_was_asked_for_and_its_reasons_are_those_of_the_grants() {
    for project in projects() {
        let name = &project.name;
        let mut places = BTreeSet::new();
        for role in list(&project.explain, "roles") {
            for asker in list(&role["trust"], "asked_by") {
                places.insert([&role["name"], &asker["capability"], &asker["at"]].map(text));
            }
            for statement in list(role, "statements") {
                assert!(list(statement, "asked_by").count() > 0, "{name}: {statement}");
                for asker in list(statement, "asked_by") {
                    assert_ne!(text(&asker["reason"]), "", "{name}: {asker}");
                    places.insert([&role["name"], &statement["capability"], &asker["at"]].map(text));
                }
            }
        }
        let mut granted = BTreeSet::new();
        for role in list(&project.render, "roles") {
            for grant in list(role, "grants") {
                for edge in list(grant, "edges") {
                    granted.insert([&role["name"], &grant["capability"], edge].map(text));
                }
            }
        }
        assert_eq!(places, granted, "{name}");
    }
}

#[test]
fn every_edge_is_explained() {
    let mut found = 0;
    for project in projects() {
        let asking = asking(&project.explain);
        for edge in edges(&project.graph) {
            assert!(asking.contains(&edge), "{}: {edge}\n{asking:#?}", project.name);
            found += 1;
        }
    }
    assert!(found > 200, "{found} edges");
}

#[test]
fn a_role_can_be_named_by_its_kind_and_by_its_name_in_any_case() {
    let tcperm = Tcperm::in_example("orders");
    let of = |role: &str| run(&tcperm, &format!("explain {role}")).exits(0).stdout;
    let by_kind = of("function");
    assert_eq!(of("tc-base-function-dev"), by_kind);
    assert_eq!(of("TC-Base-Function-DEV"), by_kind);
    assert_eq!(of("-c function"), by_kind);
}

#[test]
fn no_account_is_needed_and_none_is_named() {
    let tcperm = Tcperm::in_example("storefront");
    let outcome = tcperm.args(["explain", "-s", "dev"]).run().exits(0);
    let placeholder = "000000000000";
    assert!(!outcome.stdout.contains(placeholder) && !outcome.stderr.contains(placeholder));
}

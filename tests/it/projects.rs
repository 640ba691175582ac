//! Many topologies in one run: which are read, and what becomes of them in an account.

use serde_json::Value;

use crate::support::{Outcome, Tcperm};

const ORDERS: &str = "name: orders\nroutes:\n  /orders: { function: intake }\n";
const BILLING: &str = "name: billing\nroutes:\n  /bills: { function: bill }\nevents:\n  OrderPaid: { state: billing }\nstates:\n  StartAt: A\n  States: { A: { Type: Pass, End: true } }\n";

fn shop() -> Tcperm {
    Tcperm::in_project(&[
        ("services/orders/topology.yml", ORDERS),
        ("services/orders/intake/handler.py", ""),
        ("services/billing/topology.yml", BILLING),
        ("services/billing/bill/function.yml", "name: bill\n"),
    ])
    .local()
}

fn run(tcperm: &Tcperm, line: &str) -> Outcome {
    tcperm.args(line.split_whitespace()).run()
}

fn render(tcperm: &Tcperm, more: &str) -> Outcome {
    let line = format!("render -s dev --account 123456789012 --format json {more}");
    tcperm.bare(line.split_whitespace()).run()
}

fn namespaces(outcome: &Outcome) -> Vec<String> {
    let json = outcome.json();
    let names = json["namespaces"].as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Whom each role of the sandbox serves, as `list` says it.
fn served(tcperm: &Tcperm) -> Vec<String> {
    let json = run(tcperm, "list --format json").exits(0).json();
    let roles = json["sandboxes"][0]["roles"].as_array().unwrap().iter();
    let line = |role: &Value| format!("{} {}", role["entity"].as_str().unwrap(), role["namespaces"]);
    roles.map(line).collect()
}

#[test]
fn two_topologies_are_created_in_one_run_and_a_second_run_changes_nothing() {
    let tcperm = shop();
    let planned = run(&tcperm, "plan -s dev -r --detailed-exitcode").exits(4);
    assert!(planned.stdout.contains("tc-base-state-dev"), "{planned}");
    run(&tcperm, "create -s dev -r").exits(0);
    let both = "[\"billing\",\"orders\"]";
    assert_eq!(
        served(&tcperm),
        [
            "event [\"billing\"]".to_owned(),
            format!("function {both}"),
            format!("route {both}"),
            "state [\"billing\"]".to_owned(),
        ]
    );
    run(&tcperm, "plan -s dev -r --detailed-exitcode").exits(0);
    let again = run(&tcperm, "create -s dev -r --format json").exits(0).json();
    let steps = again["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["action"] == "none"), "{again}");
}

#[test]
fn a_run_without_one_of_the_topologies_leaves_its_share() {
    let tcperm = shop();
    run(&tcperm, "create -s dev -r").exits(0);
    run(&tcperm, "create -s dev -d services/orders").exits(0);
    run(&tcperm, "plan -s dev -r --detailed-exitcode").exits(0);
    run(&tcperm, "delete -s dev --namespace billing --yes").exits(0);
    assert_eq!(served(&tcperm), ["function [\"orders\"]", "route [\"orders\"]"]);
    run(&tcperm, "plan -s dev -T orders --detailed-exitcode").exits(0);
    run(&tcperm, "plan -s dev -r --detailed-exitcode").exits(4);
}

#[test]
fn one_of_many_is_created_alone() {
    let tcperm = shop();
    run(&tcperm, "create -s dev -T orders").exits(0);
    assert_eq!(served(&tcperm), ["function [\"orders\"]", "route [\"orders\"]"]);
}

#[test]
fn an_error_in_any_topology_stops_the_run_before_the_first_write() {
    let tcperm = shop();
    tcperm.write("services/billing/topology.yml", "name: billing\nfunctions: [a]\n");
    run(&tcperm, "create -s dev -r").exits(1);
    run(&tcperm, "create -s dev -T orders").exits(1);
    assert!(!tcperm.home().join("account.json").exists());
    run(&tcperm, "create -s dev -d services/orders").exits(0);
}

#[test]
fn a_topology_that_is_not_there_stops_the_run_with_those_that_are() {
    let tcperm = shop();
    let outcome = run(&tcperm, "create -s dev -T ordres").exits(1);
    assert!(
        outcome
            .stderr
            .contains("did you mean `orders`? known topologies: `billing`, `orders`\n"),
        "{outcome}"
    );
    let outcome = run(&tcperm, "create -s dev -d services/orders -T billing").exits(1);
    assert!(
        outcome
            .stderr
            .contains("known topologies: `orders`; `-r` looks below the directory as well"),
        "{outcome}"
    );
    assert!(!tcperm.home().join("account.json").exists());
}

#[test]
fn a_warning_in_a_file_that_two_topologies_share_is_shown_once() {
    let tcperm = Tcperm::in_project(&[
        ("a/topology.yml", "name: a\nroutes: !include ../routes.yml\n"),
        ("b/topology.yml", "name: b\nroutes: !include ../routes.yml\n"),
        ("routes.yml", "/x: { function: intake, colour: blue }\n"),
        ("a/intake/handler.py", ""),
        ("b/intake/handler.py", ""),
    ]);
    let diagnostics = render(&tcperm, "-r").exits(0).json()["diagnostics"].clone();
    assert_eq!(diagnostics.as_array().unwrap().len(), 1, "{diagnostics}");
    assert_eq!(diagnostics[0]["file"], "routes.yml");
}

#[test]
fn warnings_of_the_others_are_not_shown_when_it_is_about_one() {
    let tcperm = shop();
    tcperm.write(
        "services/billing/topology.yml",
        "name: billing\nroutes: { /x: { function: nobody } }\n",
    );
    let all = render(&tcperm, "-r").exits(0);
    assert_eq!(all.json()["diagnostics"].as_array().unwrap().len(), 1, "{all}");
    let one = render(&tcperm, "-T orders").exits(0);
    assert_eq!(one.json()["diagnostics"].as_array().unwrap().len(), 0, "{one}");
    assert_eq!(namespaces(&one), ["orders"]);
    let other = render(&tcperm, "-T billing").exits(0);
    assert_eq!(
        other.json()["diagnostics"].as_array().unwrap().len(),
        1,
        "{other}"
    );
}

#[test]
fn a_directory_that_is_left_out_is_not_even_read() {
    let tcperm = shop();
    tcperm.write("services/old/topology.yml", "\t: broken");
    render(&tcperm, "-r").exits(1);
    tcperm.write(".tcignore", "services/old\n");
    assert_eq!(namespaces(&render(&tcperm, "-r").exits(0)), ["billing", "orders"]);
    tcperm.write(".tcignore", "");
    tcperm.write("topology.yml", "name: shop\nnodes: { ignore: [services/old] }\n");
    assert_eq!(
        namespaces(&render(&tcperm, "-r").exits(0)),
        ["billing", "orders", "shop"]
    );
}

#[test]
fn a_root_topology_is_about_the_directories_that_it_names() {
    let tcperm = shop();
    tcperm.write(
        "topology.yml",
        "name: shop\nroot: true\nnodes: { dirs: [services/orders] }\n",
    );
    assert_eq!(namespaces(&render(&tcperm, "").exits(0)), ["orders", "shop"]);
}

#[test]
fn a_function_that_stands_alone_gets_its_role_and_keeps_it() {
    let tcperm = Tcperm::in_project(&[("packer/function.json", "{ \"name\": \"pack\" }")]).local();
    run(&tcperm, "create -s dev -d packer").exits(0);
    assert_eq!(served(&tcperm), ["function [\"pack\"]"]);
    run(&tcperm, "plan -s dev -d packer --detailed-exitcode").exits(0);
    tcperm.write("packer/function.json", "{ \"name\": \"pack it\" }");
    let refused = run(&tcperm, "create -s dev -d packer").exits(1);
    assert!(refused.stderr.contains("error[invalid-name]"), "{refused}");
}

/// Forty topologies have a tag of their own on a role. Who comes after them is told once that the
/// tag is shared, and takes what only it needs along when it leaves.
#[test]
fn the_topology_that_makes_the_others_share_a_tag_is_told() {
    let tcperm = Tcperm::in_project(&[]).local();
    let topology = |number: usize| {
        let text = format!(
            "name: t{number}\nfunctions: {{ f: {{}} }}\nqueues: {{ q{number}: {{ function: f }} }}\n"
        );
        tcperm.write(&format!("many/t{number}/topology.yml"), &text);
    };
    (0..40).for_each(topology);
    let forty = run(&tcperm, "create -s dev -r -d many").exits(0);
    assert!(!forty.stderr.contains("shared-tag"), "{forty}");
    topology(40);
    let told = run(&tcperm, "create -s dev -d many/t40").exits(0);
    assert_eq!(told.stderr.matches("warning[shared-tag]").count(), 1, "{told}");
    let again = run(&tcperm, "create -s dev -d many/t40 --format json").exits(0);
    assert!(!again.stderr.contains("shared-tag"), "{again}");
    let list = run(&tcperm, "list").exits(0);
    assert!(list.stdout.contains(", others"), "{list}");
    let live = |tcperm: &Tcperm| {
        run(tcperm, "show -s dev -c function --format json")
            .exits(0)
            .stdout
    };
    assert!(live(&tcperm).contains(":q40\""));
    run(&tcperm, "delete -s dev --namespace t40 --yes").exits(0);
    assert!(!live(&tcperm).contains(":q40\"") && live(&tcperm).contains(":q39\""));
    run(&tcperm, "delete -s dev --yes").exits(0);
    assert!(run(&tcperm, "list").exits(0).stderr.contains("no sandboxes"));
}

#[test]
fn a_topology_that_no_role_serves_is_told_with_the_nearest_that_one_does() {
    let tcperm = shop();
    run(&tcperm, "create -s dev -r").exits(0);
    let mistyped = run(&tcperm, "delete -s dev --namespace biling --yes").exits(0);
    assert!(mistyped.stderr.contains("warning[not-served]"), "{mistyped}");
    assert!(mistyped.stderr.contains("did you mean `billing`?"), "{mistyped}");
    let of_another_kind = run(&tcperm, "delete -s dev --namespace orders -c state --yes").exits(0);
    assert!(
        !of_another_kind.stderr.contains("not-served"),
        "{of_another_kind}"
    );
    let right = run(&tcperm, "delete -s dev --namespace billing --yes").exits(0);
    assert!(!right.stderr.contains("not-served"), "{right}");
    run(&tcperm, "delete -s dev --yes").exits(0);
    let empty = run(&tcperm, "delete -s dev --namespace billing --yes").exits(0);
    assert!(!empty.stderr.contains("not-served"), "{empty}");
}

//! Templates that are there and not used are told, once, to those who have not said what they mean.

use super::run;
use crate::support::{Outcome, Tcperm};

const TOPOLOGY: &str = "name: shop\nroutes: { /orders: { function: intake } }\nfunctions: { intake: {} }\n";

/// A repository with a topology, and a set where tc looks for its own files.
fn repository() -> Tcperm {
    let tcperm = Tcperm::in_project(&[(".git/HEAD", ""), ("topologies/shop/topology.yml", TOPOLOGY)]);
    run(&tcperm, "init --infra-dir infrastructure/tc").exits(0);
    tcperm
}

fn render(tcperm: &Tcperm, more: &str) -> Outcome {
    let line = format!("render -d topologies/shop -s dev --account 123456789012 --format json {more}");
    run(tcperm, &line).exits(0)
}

fn codes(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    let found = document["diagnostics"].as_array().unwrap().iter();
    found
        .map(|one| {
            assert_eq!(one["severity"], "note", "{one}");
            one["code"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn templates_that_are_not_used_are_told_with_the_way_to_use_them() {
    let outcome = render(&repository(), "");
    assert_eq!(codes(&outcome), ["unused-templates"]);
    assert_eq!(outcome.stderr.matches("unused-templates").count(), 1);
    let there = "`infrastructure/tc` holds role templates that are not used";
    assert!(outcome.stderr.contains(there), "{outcome}");
    assert!(outcome.stderr.contains("--infra-dir"), "{outcome}");
}

#[test]
fn they_are_named_from_where_the_run_is() {
    let tcperm = repository();
    let told = |directory: &str, there: &str| {
        let line = format!("render -d {directory} -s dev --account 123456789012");
        let outcome = run(&tcperm, &line).exits(0);
        let help = format!("`--infra-dir {there}`");
        assert!(outcome.stderr.contains(&help), "{outcome}");
        run(&tcperm, &format!("{line} --infra-dir {there}")).exits(0);
    };
    told("topologies/shop", "infrastructure/tc");
    told("./topologies/shop/", "infrastructure/tc");
    told("topologies/../topologies/shop", "topologies/../infrastructure/tc");
    let whole = tcperm.folder().join("topologies/shop");
    let set = tcperm.folder().join("infrastructure/tc");
    told(whole.to_str().unwrap(), set.to_str().unwrap());
    tcperm.write("topology.yml", TOPOLOGY);
    told(".", "infrastructure/tc");
}

#[test]
fn whoever_says_what_is_meant_is_not_told() {
    let tcperm = repository();
    let none: [&str; 0] = [];
    assert_eq!(codes(&render(&tcperm, "--infra-dir infrastructure")), none);
    let named = tcperm.clone().env("TC_INFRA_DIR", "infrastructure/tc");
    assert_eq!(codes(&render(&named, "")), none);
    let legacy = tcperm.clone().env("TC_LEGACY_ROLES", "1");
    assert_eq!(codes(&render(&legacy, "")), none);
    tcperm.write("tcperm.toml", "infra_dir = false\n");
    assert_eq!(codes(&render(&tcperm, "")), none);
    tcperm.write("tcperm.toml", "infra_dir = \"infrastructure/tc\"\n");
    assert_eq!(codes(&render(&tcperm, "")), none);
}

#[test]
fn an_empty_variable_says_nothing() {
    let empty = repository().env("TC_INFRA_DIR", "").env("TC_CONFIG_PATH", "");
    assert_eq!(codes(&render(&empty, "")), ["unused-templates"]);
}

#[test]
fn beyond_the_repository_nothing_is_looked_for() {
    let tcperm = repository();
    tcperm.write("topologies/shop/.git/HEAD", "");
    let none: [&str; 0] = [];
    assert_eq!(codes(&render(&tcperm, "")), none);
}

#[test]
fn a_kind_without_a_template_is_told_and_made_from_the_built_in_ones() {
    let tcperm = Tcperm::in_project(&[("topologies/shop/topology.yml", TOPOLOGY)]);
    run(&tcperm, "init --infra-dir infra -c function").exits(0);
    let outcome = render(&tcperm, "--infra-dir infra");
    assert_eq!(codes(&outcome), ["no-template"]);
    assert!(outcome.stderr.contains("route"), "{outcome}");
    let document = outcome.json();
    let modes: Vec<(&str, &str)> = document["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| {
            let text = |value: &'static str| role[value].as_str().unwrap();
            (text("entity"), role["source"]["mode"].as_str().unwrap())
        })
        .collect();
    assert_eq!(modes, [("function", "shared"), ("route", "dynamic")]);
}

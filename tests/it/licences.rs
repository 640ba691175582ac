//! Every package that ends up in the binary has a licence that `deny.toml` allows and
//! comes from where `deny.toml` allows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::support::{read, root};

struct Allowed {
    licences: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
    registries: BTreeSet<String>,
}

impl Allowed {
    /// The licences that a package may have.
    fn licences_of(&self, package: &str) -> BTreeSet<String> {
        let exceptions = self.exceptions.get(package).into_iter().flatten();
        self.licences.iter().chain(exceptions).cloned().collect()
    }
}

fn allowed() -> Allowed {
    let deny: toml::Value = toml::from_str(&read(&root().join("deny.toml"))).unwrap();
    let strings = |list: &toml::Value| -> BTreeSet<String> {
        let texts = list.as_array().unwrap().iter();
        texts.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let exceptions = deny["licenses"]["exceptions"].as_array().unwrap().iter();
    Allowed {
        licences: strings(&deny["licenses"]["allow"]),
        exceptions: exceptions
            .map(|entry| {
                (
                    entry["crate"].as_str().unwrap().to_owned(),
                    strings(&entry["allow"]),
                )
            })
            .collect(),
        registries: strings(&deny["sources"]["allow-registry"]),
    }
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The packages that the binary is built of on this machine, with all features.
fn packages() -> Vec<Value> {
    let version = cargo(&["-vV"]);
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--locked",
        "--all-features",
    ];
    let metadata = cargo(&[&arguments[..], &["--filter-platform", host]].concat());
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![metadata["resolve"]["root"].as_str().unwrap()];
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            let dependencies = nodes[id]["deps"].as_array().unwrap();
            let built = dependencies.iter().filter(|dependency| {
                let kinds = dependency["dep_kinds"].as_array().unwrap();
                kinds.iter().any(|kind| kind["kind"] != "dev")
            });
            waiting.extend(built.map(|dependency| dependency["pkg"].as_str().unwrap()));
        }
    }
    let known = metadata["packages"].as_array().unwrap();
    known
        .iter()
        .filter(|package| reached.contains(package["id"].as_str().unwrap()))
        .cloned()
        .collect()
}

/// Whether the licences at hand satisfy an SPDX expression; `/` is the older way to say `OR`.
fn satisfied(expression: &str, licences: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let answer = any_of(&mut rest, licences);
    answer && rest.is_empty()
}

fn any_of(rest: &mut &[&str], licences: &BTreeSet<String>) -> bool {
    let mut answer = all_of(rest, licences);
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        answer |= all_of(rest, licences);
    }
    answer
}

fn all_of(rest: &mut &[&str], licences: &BTreeSet<String>) -> bool {
    let mut answer = one(rest, licences);
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        answer &= one(rest, licences);
    }
    answer
}

fn one(rest: &mut &[&str], licences: &BTreeSet<String>) -> bool {
    let Some((word, others)) = rest.split_first() else {
        return false;
    };
    *rest = others;
    if *word == "(" {
        let answer = any_of(rest, licences);
        let closed = rest.first() == Some(&")");
        *rest = rest.get(1..).unwrap_or_default();
        return answer && closed;
    }
    if let ["WITH", exception, others @ ..] = *rest {
        *rest = others;
        return licences.contains(&format!("{word} WITH {exception}"));
    }
    licences.contains(*word)
}

#[test]
fn every_package_has_a_licence_that_is_allowed() {
    let allowed = allowed();
    let packages = packages();
    assert!(packages.len() > 50, "the test sees the dependencies");
    let mut findings = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let version = &package["version"];
        let licence = package["license"].as_str().unwrap_or("no licence");
        if !satisfied(licence, &allowed.licences_of(name)) {
            findings.push(format!("{name} {version}: {licence}"));
        }
        let source = package["source"]
            .as_str()
            .map(|source| source.trim_start_matches("registry+"));
        if source.is_some_and(|source| !allowed.registries.contains(source)) {
            findings.push(format!("{name} {version}: comes from {source:?}"));
        }
    }
    assert!(
        findings.is_empty(),
        "not allowed by deny.toml:\n{}",
        findings.join("\n")
    );
}

#[test]
fn a_licence_expression_is_satisfied_by_its_parts() {
    let licences: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]
        .map(str::to_owned)
        .into();
    for expression in [
        "MIT",
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "ISC AND (GPL-3.0 OR MIT)",
        "Apache-2.0 WITH LLVM-exception",
        "GPL-3.0 AND ISC OR MIT",
    ] {
        assert!(satisfied(expression, &licences), "{expression}");
    }
    for expression in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "Apache-2.0",
        "(MIT",
        "",
        "no licence",
        "MIT AND (GPL-3.0 OR Apache-2.0)",
        "Apache-2.0 WITH Other-exception",
    ] {
        assert!(!satisfied(expression, &licences), "{expression}");
    }
}

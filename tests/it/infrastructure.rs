//! The role templates of `infrastructure/`: what they give the examples, and what they need.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tcperm::grants::{Matrix, Scope};
use tcperm::model::RoleKind;
use tcperm::policy::Policy;
use tcperm::policy::lint::Subject;
use tcperm::prove::missing;
use tcperm::template::RuleBook;

use crate::docs::markdown;
use crate::lints::{TRUST, findings};
use crate::support::{Outcome, Tcperm, World, examples, read, root};

/// The configuration with the variables of the templates, in tc's own file.
fn configuration() -> PathBuf {
    root().join("infrastructure/tc/config.yml")
}

/// The lines of variables in the configuration, each with its name.
fn vars() -> Vec<(String, String)> {
    let text = read(&configuration());
    let (_, vars) = text.split_once("  vars:\n").expect("variables");
    let pair = |line: &str| {
        let (name, _) = line.trim().split_once(": ").expect("a name and a value");
        (name.to_owned(), format!("{line}\n"))
    };
    vars.lines().map(pair).collect()
}

const RENDER: &str =
    "render -s dev --account 123456789012 --region us-west-2 --graphql-api graphql=abcdefghij --format json";

/// An example rendered with the set, and a configuration in the place of tc's.
fn rendered(example: &str, configuration: &Path) -> Outcome {
    let paths = [root().join("infrastructure"), configuration.to_owned()];
    let [directory, configuration] = paths.map(|path| path.to_str().unwrap().to_owned());
    let more = ["--infra-dir", &directory, "--config", &configuration];
    Tcperm::in_example(example)
        .args(RENDER.split_whitespace().chain(more))
        .run()
}

fn roles(example: &str) -> Vec<Value> {
    let document = rendered(example, &configuration()).exits(0).json();
    assert_eq!(document["diagnostics"], json!([]), "{example}");
    document["roles"].as_array().unwrap().clone()
}

fn policies(role: &Value) -> Vec<Policy> {
    let policies = role["policies"].as_array().unwrap().iter();
    policies
        .map(|policy| Policy::parse(&policy["document"].to_string()).unwrap())
        .collect()
}

/// The statement of a role with an id.
#[track_caller]
fn statement(role: &Value, sid: &str) -> Value {
    let policies = role["policies"].as_array().unwrap().iter();
    let statements = policies.flat_map(|policy| policy["document"]["Statement"].as_array().unwrap());
    let mut found = statements.filter(|statement| statement["Sid"] == sid);
    let found = found.next().unwrap_or_else(|| panic!("no {sid} in {role:#}"));
    found.clone()
}

#[track_caller]
fn named<'a>(roles: &'a [Value], name: &str) -> &'a Value {
    let found = roles.iter().find(|role| role["name"] == name);
    found.unwrap_or_else(|| panic!("no role {name}"))
}

#[test]
fn the_lints_say_nothing_of_what_the_templates_render_to() {
    let mut found = Vec::new();
    for example in examples() {
        for role in roles(&example) {
            let documents = role["policies"].as_array().unwrap().iter();
            let documents = documents.map(|policy| (Subject::Identity, &policy["document"]));
            for (subject, document) in documents.chain([(TRUST, &role["trust"])]) {
                let text = serde_json::to_string_pretty(document).unwrap();
                let findings = findings(subject, &text).into_iter();
                found.extend(
                    findings.map(|one| format!("{example} {}: {} {}", role["name"], one.code, one.message)),
                );
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn check_finds_nothing_in_them() {
    let line = "check infrastructure --deny warnings --config infrastructure/tc/config.yml";
    let outcome = Tcperm::in_folder(root())
        .args(line.split_whitespace())
        .run()
        .exits(0);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.stderr, "nothing found in 6 role templates\n");
}

#[test]
fn every_base_role_holds_what_the_examples_need() {
    let mut seen = 0;
    for example in examples() {
        let dynamic = Tcperm::in_example(&example).args(RENDER.split_whitespace()).run();
        let dynamic = dynamic.exits(0).json();
        let made = roles(&example);
        for needed in dynamic["roles"].as_array().unwrap() {
            let own = made
                .iter()
                .filter(|role| role["kind"] == "override" && role["entity"] == needed["entity"]);
            let base = made.iter().filter(|role| role["name"] == needed["name"]);
            let held: Vec<Policy> = base.chain(own).flat_map(policies).collect();
            let (needed_of, name) = (policies(needed), &needed["name"]);
            let lacking = missing(
                &needed_of.iter().collect::<Vec<_>>(),
                &held.iter().collect::<Vec<_>>(),
            );
            assert_eq!(lacking, vec![], "{example}: {name}");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} roles");
}

#[test]
fn all_functions_get_what_the_team_gives_them() {
    let roles = roles("orders");
    let function = named(&roles, "tc-base-function-dev");
    assert_eq!(
        statement(function, "ReadParametersOfSandbox")["Resource"],
        "arn:aws:ssm:us-west-2:123456789012:parameter/dev/*"
    );
    let key = "arn:aws:kms:us-west-2:123456789012:key/mrk-0123456789abcdef0123456789abcdef";
    for (sid, service) in [("DecryptParameters", "ssm"), ("DecryptMessages", "sqs")] {
        let decrypt = statement(function, sid);
        assert_eq!(decrypt["Resource"], key);
        let via = json!({"StringEquals": {"kms:ViaService": format!("{service}.us-west-2.amazonaws.com")}});
        assert_eq!(decrypt["Condition"], via);
    }
    statement(function, "WriteTraces");
    let insights = "arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy";
    assert_eq!(function["managed_policies"], json!([insights]));
}

#[test]
fn the_packer_of_orders_has_a_role_of_its_own_and_others_lack_its_secret() {
    let roles = roles("orders");
    let packer = named(&roles, "tc-orders-packer-dev");
    assert_eq!(
        statement(packer, "ReadLabelPrinter")["Resource"],
        "arn:aws:secretsmanager:us-west-2:123456789012:secret:orders/label-printer-dev-??????"
    );
    assert_eq!(
        statement(packer, "TakeMessages")["Resource"],
        "arn:aws:sqs:us-west-2:123456789012:returns"
    );
    for other in roles.iter().filter(|role| role["name"] != packer["name"]) {
        assert!(!other.to_string().contains("label-printer"), "{other:#}");
        assert!(!other["policies"].to_string().contains(":returns"), "{other:#}");
    }
}

#[test]
fn the_state_machines_of_the_sandbox_alone_may_assume_their_role() {
    let roles = roles("orders");
    let state = named(&roles, "tc-base-state-dev");
    assert_eq!(
        state["trust"]["Statement"][0]["Condition"]["ArnLike"]["aws:SourceArn"],
        json!([
            "arn:aws:states:us-west-2:123456789012:stateMachine:*-dev",
            "arn:aws:states:us-west-2:123456789012:stateMachine:*_dev"
        ])
    );
}

#[test]
fn the_templates_need_the_variables_that_their_readme_names_and_no_other() {
    let text = read(&root().join("infrastructure/tc/README.md"));
    let sections = markdown::sections(&text, 2);
    let (_, parts) = sections
        .iter()
        .find(|(title, _)| title == "What is in this set")
        .unwrap();
    let rows = markdown::rows(parts);
    let names = rows
        .iter()
        .filter_map(|row| row[0].strip_prefix('`')?.strip_suffix('`'));
    let documented: BTreeSet<&str> = names.filter(|name| !name.contains(['/', '.'])).collect();
    let vars = vars();
    let names: BTreeSet<&str> = vars.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(documented, names);
    let tcperm = Tcperm::in_project(&[]);
    for (name, line) in &vars {
        let without = read(&configuration()).replace(line, "");
        tcperm.write("config.yml", &without);
        let outcome = rendered("orders", &tcperm.folder().join("config.yml")).exits(1);
        let diagnostics = outcome.json()["diagnostics"].to_string();
        assert!(
            diagnostics.contains("unknown-variable") && diagnostics.contains(name),
            "{outcome}"
        );
    }
}

#[test]
fn the_readme_begins_with_the_text_that_init_writes() {
    let text = read(&root().join("infrastructure/tc/README.md"));
    assert!(
        text.starts_with(RuleBook::introduction()),
        "infrastructure/tc/README.md"
    );
}

#[test]
fn a_sandbox_is_made_with_them_and_taken_down_again() {
    let world = World::embedded();
    let set = format!(
        "--infra-dir {0}/infrastructure --config {0}/infrastructure/tc/config.yml",
        root().display()
    );
    let more = format!("-d {} {set}", crate::support::example("orders"));
    world.run(&format!("create -s dev {more}")).exits(0);
    assert!(world.role_names().contains(&"tc-orders-packer-dev".to_owned()));
    world.forget();
    world.run(&format!("create -s dev {more}")).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new());
    world
        .run(&format!("plan -s dev {more} --detailed-exitcode"))
        .exits(0);
    world.run(&format!("delete -s dev --yes {set}")).exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

#[test]
fn the_templates_leave_no_capability_out() {
    let matrix = Matrix::built_in().unwrap();
    for kind in RoleKind::ALL {
        let file = |part: &str| {
            let path = format!("infrastructure/tc/base/roles/{kind}.{part}");
            read(&root().join(path))
        };
        let (shared, exact) = (file("json"), file("topology.json"));
        for id in matrix.of_role(kind) {
            let bring_in = format!("{{{{> capability/{id}}}}}");
            let text = match matrix.capabilities[id].scope {
                Scope::Trust => continue,
                Scope::Exact => &exact,
                Scope::Account | Scope::Pattern | Scope::Tagged => &shared,
            };
            assert_eq!(text.matches(&bring_in).count(), 1, "{kind}: {id}");
        }
    }
}

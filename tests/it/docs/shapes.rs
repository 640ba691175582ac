//! Real output against the schemas of the documentation.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::schema::faults;
use crate::support::{Outcome, Tcperm, entries, examples, file_name, read, root};

fn schemas() -> PathBuf {
    root().join("docs/schemas")
}

/// The document that a run prints, if it is of the shape.
#[track_caller]
fn shaped(schema: &str, outcome: &Outcome) -> Value {
    let document = outcome.json();
    let faults = faults(&schemas(), schema, &document);
    assert!(faults.is_empty(), "{schema}:\n{}\n{outcome}", faults.join("\n"));
    document
}

fn run(tcperm: &Tcperm, arguments: &[&str]) -> Outcome {
    tcperm
        .args(arguments.iter().copied().chain(["--format", "json"]))
        .run()
}

/// The name of the file in which a plan is saved, if it is of the shape.
#[track_caller]
fn saved(tcperm: &Tcperm, arguments: &[&str], code: i32) -> String {
    let name = "plan.json";
    let out = ["plan", "--out", name]
        .into_iter()
        .chain(arguments.iter().copied());
    tcperm.args(out).run().exits(code);
    let plan = serde_json::from_str(&read(&tcperm.folder().join(name))).unwrap();
    let faults = faults(&schemas(), "saved-plan.json", &plan);
    assert!(faults.is_empty(), "{}\n{plan:#}", faults.join("\n"));
    name.to_owned()
}

#[test]
fn rendered_roles_of_every_example_have_the_documented_shape() {
    for example in examples() {
        let tcperm = Tcperm::in_example(&example);
        let arguments = ["render", "-s", "dev", "--account", "123456789012"];
        let document = shaped("render.json", &run(&tcperm, &arguments).exits(0));
        assert_ne!(document["roles"], json!([]));
    }
}

#[test]
fn roles_of_a_team_s_own_have_the_documented_shape() {
    let topology = "name: orders\nfunctions:\n  intake: { event: Placed }\n  packer: {}\n  porter: { runtime: { role: porters } }\n";
    let allows =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}"#;
    let trusts = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#;
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", topology),
        ("infra/base/roles/function.json", allows),
        ("infra/orders/roles/packer.json", allows),
        ("infra/orders/roles/packer.trust.json", trusts),
    ]);
    let place = ["-s", "dev", "--account", "123456789012", "--infra-dir", "infra"];
    for verb in ["render", "explain"] {
        let arguments: Vec<&str> = std::iter::once(verb).chain(place).collect();
        let outcome = run(&tcperm, &arguments).exits(0);
        let document = shaped(&format!("{verb}.json"), &outcome);
        let kinds = document["roles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| &role["kind"]);
        assert_eq!(kinds.filter(|kind| **kind == "override").count(), 1, "{outcome}");
    }
}

#[test]
fn the_explanation_and_the_graph_of_every_example_have_the_documented_shape() {
    for example in examples() {
        let tcperm = Tcperm::in_example(&example);
        let explained = run(&tcperm, &["explain", "-s", "dev"]).exits(0);
        assert_ne!(shaped("explain.json", &explained)["roles"], json!([]));
        let graph = run(&tcperm, &["graph"]).exits(0);
        assert_ne!(shaped("graph.json", &graph)["nodes"], json!([]));
        let page = tcperm.home().join("report.html");
        let report = ["report", "-s", "dev", "-o", page.to_str().unwrap()];
        let report = shaped("report.json", &run(&tcperm, &report).exits(0));
        assert_ne!(report["roles"], json!([]));
    }
}

#[test]
fn proofs_and_differences_have_the_documented_shape() {
    for example in examples() {
        let tcperm = Tcperm::in_example(&example);
        for aim in ["-r", "--no-escalation"] {
            let proof = run(&tcperm, &["prove", "-s", "dev", aim]);
            assert_ne!(shaped("prove.json", &proof)["roles"], json!([]));
        }
    }
    let tcperm = Tcperm::in_example("orders");
    let between = run(&tcperm, &["prove", "--between", "dev", "Dev"]).exits(0);
    assert_ne!(shaped("prove.json", &between)["colliding"], json!([]));
    let open =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}"#;
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", "name: a\nfunctions: {f: {}}\n"),
        ("infra/base/roles/function.json", open),
    ]);
    let disproved = run(&tcperm, &["prove", "-s", "dev", "--infra-dir", "infra"]).exits(3);
    assert_ne!(
        shaped("prove.json", &disproved)["roles"][0]["witness"],
        Value::Null
    );
    let policy = "infra/base/roles/function.json";
    let other = ["diff", policy, "rendered:tc-base-function-dev", "-s", "dev"];
    shaped("diff.json", &run(&tcperm, &other).exits(3));
    let more = [
        "diff",
        "rendered:tc-base-function-dev",
        policy,
        "-s",
        "dev",
        "--boundary",
    ];
    let more: Vec<&str> = more
        .into_iter()
        .chain(["arn:aws:iam::123456789012:policy/b"])
        .collect();
    shaped("diff.json", &run(&tcperm, &more).exits(3));
}

#[test]
fn permission_tests_have_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of_example("orders");
    let written = shaped("test-init.json", &run(&tcperm, &["test", "--init"]).exits(0));
    assert_ne!(written["untested"], json!([]));
    let failing = "tests:\n- { name: a, role: [function, none], action: 's3:GetObject', resource: '*', expected: allowed }\n";
    tcperm.write("more.permissions.yml", failing);
    let place = ["test", "-s", "dev", "--account", "123456789012"];
    let tested = shaped("test.json", &run(&tcperm, &place).exits(3));
    assert_eq!(tested["failed"], json!(2));
}

#[test]
fn what_a_check_finds_has_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of(&root().join("tests/it/data/check"));
    let found = shaped("check.json", &run(&tcperm, &["check"]).exits(3));
    assert!(found["diagnostics"].as_array().unwrap().len() > 20);
}

#[test]
fn all_that_create_plan_list_show_and_delete_print_has_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    let plan = shaped("plan.json", &run(&tcperm, &["plan", "-s", "dev"]).exits(0));
    assert_eq!(plan["steps"][0]["before"], Value::Null);
    let created = shaped("change.json", &run(&tcperm, &["create", "-s", "dev"]).exits(0));
    assert_eq!(created["steps"][0]["action"], "create");
    let applied = run(&tcperm, &["apply", &saved(&tcperm, &["-s", "dev"], 0)]).exits(0);
    shaped("change.json", &applied);
    shaped("list.json", &run(&tcperm, &["list"]).exits(0));
    shaped("list.json", &run(&tcperm, &["list", "--drift"]).exits(0));
    let listed = shaped("list.json", &run(&tcperm, &["list", "--quota"]).exits(0));
    assert_eq!(listed["quota"]["roles"]["limit"], 1_000);
    shaped("show.json", &run(&tcperm, &["show", "-s", "dev"]).exits(0));
    shaped("show.json", &run(&tcperm, &["show", "-s", "nobody"]).exits(0));
    let again = shaped("change.json", &run(&tcperm, &["create", "-s", "dev"]).exits(0));
    assert_eq!(again["steps"][0]["action"], "none");
    tcperm.write(
        "topology.yml",
        "name: orders\nqueues: {q: {function: f}}\nfunctions: {f: {}}\n",
    );
    let plan = shaped("plan.json", &run(&tcperm, &["plan", "-s", "dev"]).exits(0));
    saved(&tcperm, &["-s", "dev"], 0);
    let actions: BTreeSet<&str> = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, BTreeSet::from(["delete", "update"]));
    let obstructed = shaped("plan.json", &run(&tcperm, &["plan", "-s", "DEV"]).exits(1));
    assert!(obstructed["steps"][0]["error"].is_string());
    saved(&tcperm, &["-s", "DEV"], 1);
    saved(&tcperm, &["-s", "qa", "--graphql-api", "orders=abc"], 0);
    shaped("change.json", &run(&tcperm, &["create", "-s", "DEV"]).exits(1));
    shaped("change.json", &run(&tcperm, &["delete", "-s", "dev"]).exits(0));
    shaped("list.json", &run(&tcperm, &["list"]).exits(0));
}

#[test]
fn roles_that_somebody_else_keeps_have_the_documented_shape() {
    let topology = "name: calls\nfunctions:\n  one: { runtime: { role: ours } }\n  two: {}\n";
    let tcperm = Tcperm::in_project(&[("topology.yml", topology)]).local();
    let tcperm = tcperm.env("TC_LEGACY_ROLES", "1");
    let rendered = tcperm.bare([
        "render",
        "-s",
        "dev",
        "--account",
        "123456789012",
        "--format",
        "json",
    ]);
    let rendered = shaped("render.json", &rendered.run().exits(0));
    assert_eq!(rendered["roles"][0]["kind"], "provided");
    let refused = shaped("error.json", &run(&tcperm, &["create", "-s", "dev"]).exits(1));
    assert_eq!(refused["diagnostics"][1]["code"], "role-missing");
    let role = |name: &str| {
        json!({"name": name, "trust": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]}})
    };
    let account = json!({
        "format_version": "1", "account": "000000000000", "partition": "aws",
        "roles": [role("ours"), role("tc-base-lambda-role")],
    });
    tcperm.write("home/account.json", &account.to_string());
    let home = tcperm.folder().join("home").to_str().unwrap().to_owned();
    let tcperm = tcperm.env("TCPERM_HOME", &home);
    for verb in ["plan", "create"] {
        let schema = if verb == "plan" {
            "plan.json"
        } else {
            "change.json"
        };
        let document = shaped(schema, &run(&tcperm, &[verb, "-s", "dev"]).exits(0));
        assert_eq!(document["roles"].as_array().unwrap().len(), 2, "{verb}");
        assert_eq!(document["steps"], json!([]), "{verb}");
    }
    let plan = ["plan", "-s", "dev", "--out", "plan.json"];
    tcperm.args(plan).run().exits(0);
    let applied = shaped("change.json", &run(&tcperm, &["apply", "plan.json"]).exits(0));
    assert_eq!(applied["roles"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_printed_of_all_sandboxes_has_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    let template = |action: &str| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        tcperm.write("infra/base/roles/route.json", &document.to_string());
    };
    template("sqs:SendMessage");
    run(&tcperm, &["create", "-s", "dev", "--infra-dir", "infra"]).exits(0);
    let all = ["plan", "--all", "--infra-dir", "infra"];
    let unchanged = shaped("plan-all.json", &run(&tcperm, &all).exits(0));
    assert_eq!(unchanged["sandboxes"], json!([]));
    let left = shaped("change-all.json", &run(&tcperm, &["create", "--all"]).exits(0));
    assert_eq!(left["left"], json!(["tc-base-route-dev"]));
    template("sqs:ReceiveMessage");
    let changed = shaped("plan-all.json", &run(&tcperm, &all).exits(0));
    assert_eq!(changed["sandboxes"][0]["steps"][0]["action"], "update");
    let done = ["create", "--all", "--infra-dir", "infra"];
    let done = shaped("change-all.json", &run(&tcperm, &done).exits(0));
    assert_eq!(done["sandboxes"][0]["steps"][0]["status"], "done");
    template("sqs:{{namespace}}");
    let failed = shaped("plan-all.json", &run(&tcperm, &all).exits(1));
    assert!(failed["sandboxes"][0]["error"].is_string());
}

#[test]
fn what_is_printed_of_pruned_sandboxes_has_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    run(&tcperm, &["create", "-s", "dev", "--ttl", "7d"]).exits(0);
    run(&tcperm, &["create", "-s", "qa"]).exits(0);
    let listed = shaped("list.json", &run(&tcperm, &["list"]).exits(0));
    assert!(listed["sandboxes"][0]["roles"][0]["ttl"].is_string());
    saved(&tcperm, &["-s", "dev", "--ttl", "none"], 0);
    saved(&tcperm, &["-s", "dev", "--ttl", "2d"], 0);
    tcperm.write("other/topology.yml", "name: other\n");
    let orphans = ["prune", "--orphans", "-d", "other"];
    let with = |flag| [&orphans[..], &[flag]].concat();
    let shown = shaped("prune.json", &run(&tcperm, &with("--dry-run")).exits(0));
    assert_eq!(shown["sandboxes"][0]["steps"][0]["action"], "delete");
    let asked = shaped("prune.json", &run(&tcperm, &orphans).exits(1));
    assert_eq!(asked["not_begun"], 2);
    let done = shaped("prune.json", &run(&tcperm, &with("--yes")).exits(0));
    assert_eq!(done["sandboxes"][1]["steps"][0]["status"], "done");
}

#[test]
fn what_the_journal_holds_and_history_prints_has_the_documented_shape() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    run(&tcperm, &["create", "-s", "dev"]).exits(0);
    run(&tcperm, &["delete", "-s", "dev"]).exits(0);
    let journal = read(&tcperm.home().join("journal.jsonl"));
    let lines: Vec<&str> = journal.lines().collect();
    assert_eq!(lines.len(), 4);
    for line in &lines {
        let record: Value = serde_json::from_str(line).unwrap();
        let faults = faults(&schemas(), "journal.json", &record);
        assert!(faults.is_empty(), "{faults:#?}");
    }
    // The second run has not ended, and a line is no record.
    tcperm.write("journal.jsonl", &format!("{}\nhalf", lines[..3].join("\n")));
    let history = ["history", "--journal", "journal.jsonl", "--format", "json"];
    let history = shaped("history.json", &tcperm.bare(history).run().exits(0));
    assert_eq!(history["runs"][0]["exit_code"], 0);
    assert_eq!(history["runs"][1]["ended"], Value::Null);
    assert_eq!(history["unreadable"][0]["line"], 4);
}

#[test]
fn errors_have_the_documented_shape() {
    let empty = Tcperm::in_project(&[]).local();
    let error = shaped("error.json", &run(&empty, &["create", "-s", "dev"]).exits(1));
    assert!(error["error"]["help"].is_string());
    let broken = Tcperm::in_project(&[("topology.yml", "name: a\nfunctions: [b]\n")]).local();
    let refusal = shaped("error.json", &run(&broken, &["plan", "-s", "dev"]).exits(1));
    assert_eq!(refusal["diagnostics"][0]["code"], "wrong-type");
    let arguments = ["create", "-s", "dev", "--region", "nowhere"];
    shaped("error.json", &run(&broken, &arguments).exits(2));
}

#[test]
fn what_roles_can_do_has_the_documented_shape() {
    let tcperm = Tcperm::in_example("orders");
    let place = [
        "can",
        "-s",
        "dev",
        "--account",
        "123456789012",
        "--region",
        "us-west-2",
    ];
    let queue = "arn:aws:sqs:us-west-2:123456789012:returns";
    let said = format!(
        "User: arn:aws:sts::123456789012:assumed-role/tc-base-function-dev/x is not authorized to perform: sqs:SendMessage on resource: {queue}"
    );
    for (more, code) in [
        (vec!["sqs:ReceiveMessage", "--on", queue], 0),
        (vec!["sqs:SendMessage", "--on", queue, "--as", "function"], 3),
        (
            vec![
                "lambda:InvokeFunction",
                "--on",
                "arn:aws:lambda:us-west-2:123456789012:function:x_dev",
            ],
            3,
        ),
        (vec!["lambda:InvokeFunctio", "--on", "x"], 3),
        (vec!["--explain-error", said.as_str()], 3),
    ] {
        let arguments: Vec<&str> = place.into_iter().chain(more).collect();
        let document = shaped("can.json", &run(&tcperm, &arguments).exits(code));
        assert_ne!(document["roles"], json!([]));
    }
    let lines = format!(
        "{{\"principal\": \"function\", \"action\": \"sqs:ReceiveMessage\", \"resource\": \"{queue}\"}}\nno\n"
    );
    let batch = place.into_iter().chain(["--batch", "-"]);
    let outcome = tcperm.args(batch).input(&lines).run().exits(1);
    let printed: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(printed.len(), 2);
    for line in printed {
        assert_eq!(faults(&schemas(), "can-batch.json", &line), Vec::<String>::new());
    }
}

#[test]
fn the_guide_names_every_schema() {
    let chapter = read(&root().join("docs/src/json-output.md"));
    for path in entries(&schemas()) {
        let name = file_name(&path);
        assert!(chapter.contains(&format!("`docs/schemas/{name}`")), "{name}");
        let schema: Value = serde_json::from_str(&read(&path)).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["title"].is_string(), "{name} has no title");
    }
}

#[test]
fn policies_for_operators_and_boundaries_have_the_documented_shape() {
    let tcperm = Tcperm::in_project(&[]);
    for more in [
        vec![],
        vec!["--boundary", "most", "-R", "deploy"],
        vec!["--boundary-policy"],
    ] {
        let arguments = ["bootstrap-policy", "--account", "123456789012"];
        let arguments: Vec<&str> = arguments.into_iter().chain(more).collect();
        let document = shaped("bootstrap-policy.json", &run(&tcperm, &arguments).exits(0));
        assert_eq!(document["account"], "123456789012");
        assert_ne!(document["policy"]["Statement"], json!([]));
    }
}

#[test]
fn what_init_prints_has_the_documented_shape() {
    let tcperm = Tcperm::in_project(&[]);
    let written = shaped(
        "init.json",
        &run(&tcperm, &["init", "--infra-dir", "infra"]).exits(0),
    );
    assert_eq!(written["files"][0], "infra/README.md");
    let again = &["init", "--infra-dir", "infra"];
    shaped("error.json", &run(&tcperm, again).exits(1));
}

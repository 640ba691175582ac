//! Plans that are saved, and carried out as they stand or not at all.

use serde_json::{Value, json};

use super::{CALLS, ORDERS, steps};
use crate::support::{Change, Outcome, World, example, read};

on_both_accounts!(
    a_saved_plan_is_carried_out_as_it_stands_and_only_once,
    a_plan_without_changes_can_be_applied_again_and_again,
    a_saved_plan_holds_what_the_plan_shows,
    a_text_that_is_not_what_it_was_is_named_and_nothing_is_written,
    a_template_that_is_not_what_it_was_is_named_and_nothing_is_written,
    a_role_that_is_not_what_it_was_is_named_with_what_differs,
    a_role_that_another_topology_has_joined_is_not_what_it_was,
    a_plan_of_another_account_is_refused,
    a_file_that_holds_no_plan_is_refused,
    what_a_plan_says_is_compared_and_not_obeyed,
    a_plan_cannot_unsay_the_boundary_of_the_configuration,
    a_plan_with_a_role_in_its_way_is_saved_and_refused,
    a_protected_sandbox_needs_the_same_consent_as_for_create,
    what_the_plan_was_asked_for_is_what_is_applied,
);

const APPLY: &str = "apply plan.json";

/// The plan in the file.
fn saved(world: &World) -> Value {
    serde_json::from_str(&read(&world.tcperm().folder().join("plan.json"))).unwrap()
}

fn save(world: &World, plan: &Value) {
    world.tcperm().write("plan.json", &plan.to_string());
}

/// Says why, and writes nothing.
#[track_caller]
fn refused(world: &World, why: &[&str]) -> Outcome {
    world.forget();
    let refused = world.run(APPLY).exits(1);
    for why in why {
        assert!(refused.stderr.contains(why), "no `{why}` in\n{refused}");
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    refused
}

fn a_saved_plan_is_carried_out_as_it_stands_and_only_once(world: &World) {
    let orders = example("orders");
    let planned = world.json(&format!("plan -s dev -d {orders} --out plan.json"));
    let planned = planned.exits(0).json();
    assert_eq!(world.role_names(), Vec::<String>::new());
    let applied = world.json(APPLY).exits(0).json();
    assert_eq!(world.roles(), world.rendered(&orders, "dev"));
    let done: Vec<String> = steps(&planned)
        .iter()
        .map(|step| format!("{step} done"))
        .collect();
    assert_eq!(steps(&applied), done);
    let why = ORDERS
        .map(|role| format!("the role `{role}` is not as it was when the plan was made: it exists now"));
    let why: Vec<&str> = why.iter().map(String::as_str).collect();
    refused(world, &why);
    refused(world, &["make a new plan"]);
}

fn a_plan_without_changes_can_be_applied_again_and_again(world: &World) {
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    world.forget();
    world
        .run(&format!("plan -s dev -d {orders} --out plan.json"))
        .exits(0);
    for _ in 0..2 {
        let applied = world.run(APPLY).exits(0);
        assert!(
            applied.stderr.contains("nothing to change · 4 roles"),
            "{applied}"
        );
    }
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn a_saved_plan_holds_what_the_plan_shows(world: &World) {
    let folder = world.topology("calls", CALLS);
    world.run(&format!("create -s dev -d {folder}")).exits(0);
    world.topology("calls", &format!("{CALLS}queues:\n  jobs: {{ function: two }}\n"));
    let planned = world.json(&format!("plan -s dev -d {folder} --out plan.json"));
    let planned = &planned.exits(0).json()["steps"][0];
    let saved = &saved(world)["sandboxes"][0]["steps"][0];
    assert_eq!(saved["role"], planned["role"]);
    assert_eq!(saved["action"], "update");
    assert_eq!(saved["reasons"][0], planned["reason"]);
    for side in ["before", "after"] {
        assert_eq!(saved[side]["trust"], planned[side]["trust"]);
        assert_eq!(saved[side]["tags"], planned[side]["tags"]);
        for policy in planned[side]["policies"].as_array().unwrap() {
            let name = policy["name"].as_str().unwrap();
            assert_eq!(saved[side]["policies"][name], policy["document"]);
        }
    }
    let operations = saved["operations"].as_array().unwrap();
    let calls: Vec<&str> = operations
        .iter()
        .map(|call| call["call"].as_str().unwrap())
        .collect();
    assert_eq!(calls, ["expect_tags", "put_policy", "expect_tags"]);
    assert_eq!(operations[1]["with"]["name"], "tc-calls");
    assert_eq!(
        operations[1]["with"]["policy"],
        saved["after"]["policies"]["tc-calls"]
    );
}

fn a_text_that_is_not_what_it_was_is_named_and_nothing_is_written(world: &World) {
    let folder = world.topology("calls", CALLS);
    let tcperm = world.tcperm();
    tcperm.write("calls/three/function.yml", "name: three\n");
    tcperm.write("calls/tcperm.toml", "aws.eventbridge.bus = \"one\"\n");
    let plan = format!("plan -s dev -d {folder} --out plan.json");
    world.run(&plan).exits(0);
    tcperm.write("calls/three/function.yml", "name: three\n\n");
    tcperm.write("calls/four/function.yml", "name: four\n");
    tcperm.write("calls/tcperm.toml", "aws.eventbridge.bus = \"two\"\n");
    let why = [
        "the files are not as they were when the plan was made",
        "`three/function.yml` has changed",
        "`four/function.yml` is new",
        "`tcperm.toml` has changed",
        "make a new plan",
    ];
    let said = refused(world, &why);
    assert!(!said.stderr.contains("`topology.yml`"), "{said}");
    world.topology("calls", "name: calls\nfunctions: [broken]\n");
    refused(world, &["`topology.yml` has changed"]);
    world.topology("calls", CALLS);
    world.run(&plan).exits(0);
    std::fs::remove_dir_all(tcperm.folder().join("calls/four")).unwrap();
    refused(world, &["`four/function.yml` is not read any more"]);
    tcperm.write("calls/four/function.yml", "name: four\n");
    world.run(APPLY).exits(0);
}

fn a_template_that_is_not_what_it_was_is_named_and_nothing_is_written(world: &World) {
    let folder = world.topology("calls", CALLS);
    let template = |sid: &str| {
        let text = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "SID", "Effect": "Allow",
            "Action": "s3:GetObject", "Resource": "arn:{{partition}}:s3:::shop-{{sandbox}}/{{team}}/*"}]}"#;
        world
            .tcperm()
            .write("infra/base/roles/function.json", &text.replace("SID", sid));
    };
    let team = |name: &str| {
        let text = format!("infra_dir = \"../infra\"\n[vars]\nteam = \"{name}\"\n");
        world.tcperm().write("calls/tcperm.toml", &text);
    };
    template("One");
    team("a");
    let plan = format!("plan -s dev -d {folder} --out plan.json");
    world.run(&plan).exits(0);
    template("Two");
    refused(world, &["infra/base/roles/function.json", "changed"]);
    template("One");
    team("b");
    refused(world, &["`tcperm.toml` has changed"]);
    team("a");
    let applied = world.json(APPLY).exits(0).json();
    assert!(!steps(&applied).is_empty());
    let policies = &world.roles()["tc-base-function-dev"].inline;
    let statement = &policies["tc-base-function-dev"]["Statement"];
    assert!(statement.to_string().contains("shop-dev/a/*"), "{statement}");
}

fn a_role_that_is_not_what_it_was_is_named_with_what_differs(world: &World) {
    let orders = example("orders");
    let plan = format!("plan -s dev -d {orders} --out plan.json");
    let role = "tc-base-function-dev";
    let policy =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let changes = [
        (Change::Trust(crate::support::FOREIGN_TRUST), "its trust policy"),
        (
            Change::PutInline("by-hand", policy),
            "its inline policy `by-hand`",
        ),
        (Change::DeleteInline("tc-orders"), "its inline policy `tc-orders`"),
        (Change::Attach("odd"), "its managed policies"),
        (Change::Tag("tcperm:mode", "odd"), "its tags"),
    ];
    for (change, what) in changes {
        world.run(&plan).exits(0);
        world.change(role, change);
        let why = format!("the role `{role}` is not as it was when the plan was made: {what}\n");
        let said = refused(world, &[&why]);
        assert!(!said.stderr.contains("tc-base-route-dev"), "{said}");
    }
    world.run(&plan).exits(0);
    world.run(APPLY).exits(0);
    assert_eq!(world.roles(), world.rendered(&orders, "dev"));
}

fn a_role_that_another_topology_has_joined_is_not_what_it_was(world: &World) {
    let calls = world.topology("calls", CALLS);
    let hello = example("hello");
    world.run(&format!("create -s dev -d {hello}")).exits(0);
    world
        .run(&format!("plan -s dev -d {calls} --out plan.json"))
        .exits(0);
    world
        .run(&format!("create -s dev -d {}", example("worker")))
        .exits(0);
    refused(
        world,
        &["the role `tc-base-function-dev` is not as it was", "its tags"],
    );
}

fn a_plan_of_another_account_is_refused(world: &World) {
    let orders = example("orders");
    world
        .run(&format!("plan -s dev -d {orders} --out plan.json"))
        .exits(0);
    let mut plan = saved(world);
    plan["account"] = json!("999999999999");
    save(world, &plan);
    let why = format!(
        "the plan is for account 999999999999 (aws), and this is account {} (aws)",
        world.account()
    );
    refused(world, &[&why, "`-e` or `-R`"]);
}

fn a_file_that_holds_no_plan_is_refused(world: &World) {
    let run = format!("plan -s dev -d {} --out plan.json", example("hello"));
    let shown = world.json(&run).exits(0).json();
    let plan = saved(world);
    let whole = plan.to_string();
    let with = |key: &str, value: Value| {
        let mut plan = plan.clone();
        plan[key] = value;
        plan.to_string()
    };
    let newer = with("format_version", json!("2"));
    for (text, why) in [
        ("", "`plan.json` holds no plan: EOF"),
        (&whole[..whole.len() / 2], "`plan.json` holds no plan: EOF"),
        ("name: orders\n", "`plan.json` holds no plan: expected"),
        ("[]", "`plan.json` holds no plan: it is no object"),
        (
            &shown.to_string(),
            "`plan.json` holds no plan: unknown field `sandbox`",
        ),
        (
            &with("sandboxes", json!([])),
            "`plan.json` holds no plan: invalid length 0",
        ),
        (&with("account", json!("none")), "`plan.json` holds no plan: "),
        (
            &with("more", json!(1)),
            "`plan.json` holds no plan: unknown field `more`",
        ),
        (&newer, "of format version `2`, and this tcperm reads version `1`"),
    ] {
        world.tcperm().write("plan.json", text);
        refused(world, &[why]);
    }
    world.run("apply nowhere.json").exits(1);
    save(world, &plan);
    world.run(APPLY).exits(0);
}

fn what_a_plan_says_is_compared_and_not_obeyed(world: &World) {
    let run = format!("plan -s dev -d {} --out plan.json", example("hello"));
    world.run(&run).exits(0);
    let mut plan = saved(world);
    let step = &mut plan["sandboxes"][0]["steps"][0];
    assert_eq!(step["operations"][0]["call"], "create");
    step["operations"][0]["with"]["tags"]["owner"] = json!("somebody");
    save(world, &plan);
    let why = "the role `tc-base-function-dev` would be brought to something else than the plan says";
    refused(world, &[why]);
    plan["tcperm"] = json!("0.0.1");
    plan["sandboxes"][0]["steps"].as_array_mut().unwrap().remove(0);
    save(world, &plan);
    let why = "the role `tc-base-function-dev` is not in the plan, and something is to be done about it now";
    refused(world, &[why, "it was made by tcperm 0.0.1"]);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn a_plan_cannot_unsay_the_boundary_of_the_configuration(world: &World) {
    let folder = world.topology("calls", CALLS);
    let boundary = "boundary = \"arn:{{partition}}:iam::{{account}}:policy/team\"\n";
    world.tcperm().write("calls/tcperm.toml", boundary);
    world.make_managed_policy("team");
    world
        .run(&format!("plan -s dev -d {folder} --out plan.json"))
        .exits(0);
    let mut plan = saved(world);
    plan["request"]["making"]["boundary"] = Value::Null;
    let step = &mut plan["sandboxes"][0]["steps"][0];
    step["after"]["boundary"] = Value::Null;
    step["operations"][0]["with"]["boundary"] = Value::Null;
    save(world, &plan);
    refused(world, &["something else than the plan says"]);
}

fn a_plan_with_a_role_in_its_way_is_saved_and_refused(world: &World) {
    world.make_role("tc-base-route-dev", &[]);
    let run = format!("plan -s dev -d {} --out plan.json", example("hello"));
    world.run(&run).exits(1);
    let role = world.role("tc-base-route-dev");
    refused(
        world,
        &["`tc-base-route-dev` exists and does not carry tcperm's tags"],
    );
    let applied = world.json(APPLY).exits(1).json();
    assert_eq!(
        steps(&applied),
        [
            "tc-base-function-dev create skipped",
            "tc-base-route-dev none skipped"
        ]
    );
    assert_eq!(world.role("tc-base-route-dev"), role);
    world.run(&format!("{run} --adopt")).exits(0);
    world.run(APPLY).exits(0);
    assert_eq!(world.roles(), world.rendered(&example("hello"), "dev"));
}

fn a_protected_sandbox_needs_the_same_consent_as_for_create(world: &World) {
    let hello = example("hello");
    world
        .run(&format!("plan -s stable -d {hello} --out plan.json"))
        .exits(0);
    refused(world, &["the sandbox `stable` is protected", "TC_FORCE_DEPLOY=1"]);
    world.env("TC_FORCE_DEPLOY", "1").run(APPLY).exits(0);
    assert_eq!(world.roles(), world.rendered(&hello, "stable"));
}

fn what_the_plan_was_asked_for_is_what_is_applied(world: &World) {
    let sandboxed = world.env("TC_SANDBOXED_EVENTS", "1");
    let orders = example("orders");
    let plan = format!("plan -s dev -c function -d {orders} --region eu-west-1 --out plan.json");
    sandboxed.run(&plan).exits(0);
    world.run(APPLY).exits(0);
    assert_eq!(world.role_names(), ["tc-base-function-dev"]);
    let policy = world.role("tc-base-function-dev").inline["tc-orders"].to_string();
    assert!(policy.contains(":event-bus/tc-dev\""), "{policy}");
    assert!(
        policy.contains(":eu-west-1:") && !policy.contains(":us-west-2:"),
        "{policy}"
    );
    let world = world.another();
    world.topology("all/calls", CALLS);
    world.topology("all/other", "name: other\nfunctions: { f: {} }\n");
    world
        .tcperm()
        .write("named.toml", "aws.eventbridge.bus = \"named\"\n");
    let plan = "plan -s dev -r -d all -T calls --config named.toml --graphql-api calls=abc --out plan.json";
    world.run(plan).exits(0);
    let request = &saved(&world)["request"];
    assert_eq!(request["graphql_apis"]["calls"], "abc");
    assert_eq!(saved(&world)["sandboxes"][0]["event_bus"], "named");
    world.run(APPLY).exits(0);
    let tags = world.role("tc-base-function-dev").tags;
    assert!(
        tags.contains_key("tcperm:ns:calls") && !tags.contains_key("tcperm:ns:other"),
        "{tags:?}"
    );
    world
        .tcperm()
        .write("named.toml", "aws.eventbridge.bus = \"other\"\n");
    refused(&world, &["`named.toml` has changed"]);
}

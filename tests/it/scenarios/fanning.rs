//! Roles from a team's templates, and what becomes of them in every sandbox when a template changes.

use serde_json::Value;

use super::{CALLS, step, steps};
use crate::support::{Change, FOREIGN_POLICY, World, example};

on_both_accounts!(
    a_template_is_changed_planned_rolled_out_and_taken_down,
    what_was_changed_by_hand_is_repaired_in_every_sandbox,
    a_kind_that_gets_or_loses_its_template_is_reached_and_dynamic_sandboxes_stay_so,
    a_role_whose_template_is_not_at_hand_is_left,
    a_role_in_the_way_is_reported_and_the_others_go_on,
    the_policies_of_topologies_and_the_roles_of_others_stay_as_they_stand,
    a_role_that_no_topology_needs_is_left_to_the_next_create,
    a_role_of_its_own_goes_with_its_sandbox_without_its_description,
    a_protected_sandbox_is_passed_over_unless_that_is_lifted,
);

const FUNCTION: &str = "tc-base-function-dev";
const OWN: &str = "tc-calls-one-dev";

/// A template that allows one action on what stands in a region.
fn template(sid: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Action":"{action}","Resource":"arn:{{{{partition}}}}:logs:{{{{region}}}}:{{{{account}}}}:*"}}]}}"#
    )
}

/// Writes templates for the function role, and for the role of `one` in `calls`.
fn templates(world: &World, shared: &str, own: &str) {
    let write = |path: &str, text: &str| world.tcperm().write(path, text);
    write("infra/base/roles/function.json", &template("Shared", shared));
    write("infra/calls/roles/one.json", &template("Own", own));
}

/// Two sandboxes with a role of each kind of template.
fn two_sandboxes(world: &World) -> String {
    templates(world, "logs:PutLogEvents", "logs:CreateLogGroup");
    let calls = world.topology("calls", CALLS);
    for sandbox in ["dev", "qa"] {
        world.run(&create(sandbox, &calls)).exits(0);
    }
    calls
}

fn create(sandbox: &str, directory: &str) -> String {
    format!("create -s {sandbox} -d {directory} --infra-dir infra")
}

const PLAN_ALL: &str = "plan --all --infra-dir infra --detailed-exitcode";
const CREATE_ALL: &str = "create --all --infra-dir infra";

/// What became of each role, by sandbox: `dev tc-base-function-dev update done`.
#[track_caller]
fn touched(document: &Value) -> Vec<String> {
    let sandboxes = document["sandboxes"].as_array().unwrap().iter();
    sandboxes
        .flat_map(|sandbox| {
            let name = sandbox["sandbox"].as_str().unwrap();
            steps(sandbox)
                .into_iter()
                .map(move |step| format!("{name} {step}"))
        })
        .collect()
}

fn a_template_is_changed_planned_rolled_out_and_taken_down(world: &World) {
    let calls = two_sandboxes(world);
    world.forget();
    world.run(&create("dev", &calls)).exits(0);
    assert_eq!(world.json(PLAN_ALL).exits(0).json()["unchanged"], 2);
    assert_eq!(world.writes(), Vec::<String>::new(), "nothing has changed yet");
    let (dev, qa) = (world.role(FUNCTION), world.role("tc-calls-one-qa"));

    templates(world, "logs:CreateLogStream", "logs:DeleteLogGroup");
    let one = world
        .json(&format!("plan -s dev -d {calls} --infra-dir infra"))
        .exits(0)
        .json();
    for role in [FUNCTION, OWN] {
        let reason = step(&one, role)["reason"].as_str().unwrap();
        assert!(reason.starts_with("its template has changed"), "{role}: {reason}");
    }
    let all = world.json(PLAN_ALL).exits(4).json();
    let planned = [
        "dev tc-base-function-dev update",
        "dev tc-calls-one-dev update",
        "qa tc-base-function-qa update",
        "qa tc-calls-one-qa update",
    ];
    assert_eq!(touched(&all), planned);
    assert_eq!(
        step(&all["sandboxes"][0], OWN),
        step(&one, OWN),
        "what the topology's own plan says"
    );
    assert_eq!(world.writes(), Vec::<String>::new(), "plans write nothing");

    let done = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(touched(&done), planned.map(|step| format!("{step} done")));
    let now = world.role(FUNCTION);
    assert_eq!(
        now.inline[FUNCTION]["Statement"][0]["Action"],
        "logs:CreateLogStream"
    );
    assert_ne!(now.tags["tcperm:template"], dev.tags["tcperm:template"]);
    assert_eq!(now.tags["tcperm:ns:calls"], dev.tags["tcperm:ns:calls"]);
    assert_ne!(world.role("tc-calls-one-qa").inline, qa.inline);

    world.forget();
    let again = world.json(CREATE_ALL).exits(0).json();
    assert_eq!((touched(&again), &again["unchanged"]), (vec![], &Value::from(2)));
    world.run(&create("dev", &calls)).exits(0);
    world.run(&create("qa", &calls)).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new(), "all is as create wants it");
    for sandbox in ["dev", "qa"] {
        world.run(&format!("delete -s {sandbox} --yes")).exits(0);
    }
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn what_was_changed_by_hand_is_repaired_in_every_sandbox(world: &World) {
    world.make_managed_policy("kept");
    let arn = format!("arn:aws:iam::{}:policy/kept", world.account());
    world
        .tcperm()
        .write("infra/base/roles/function.managed.json", &format!("[\"{arn}\"]"));
    two_sandboxes(world);
    let bounded = format!("{CREATE_ALL} --boundary {arn}");
    world.run(&bounded).exits(0);
    let right = world.roles();
    assert!(right[FUNCTION].managed.contains(&arn), "{:?}", right[FUNCTION]);
    let drifts = [
        Change::PutInline(FUNCTION, FOREIGN_POLICY),
        Change::PutInline("backdoor", FOREIGN_POLICY),
        Change::Attach("administrator"),
        Change::Untag("tcperm:template"),
    ];
    for drift in drifts {
        world.change(FUNCTION, drift);
        let repaired = world.json(&bounded).exits(0).json();
        assert_eq!(
            touched(&repaired),
            ["dev tc-base-function-dev update done"],
            "{drift:?}"
        );
        assert_eq!(world.roles(), right, "{drift:?}");
    }
    // The boundary is not seen from outside here; the plan tells of it.
    let plan = world
        .json(&format!("{PLAN_ALL} --boundary {arn}-2"))
        .exits(4)
        .json();
    let reason = step(&plan["sandboxes"][0], FUNCTION)["reason"].clone();
    assert_eq!(
        reason,
        format!("the permissions boundary is `{arn}` instead of `{arn}-2`")
    );
    let drift = world
        .json(&format!("list --drift --infra-dir infra --boundary {arn}"))
        .exits(0)
        .json();
    for role in drift["sandboxes"][0]["roles"].as_array().unwrap() {
        assert_eq!(role["drift"], serde_json::json!([]), "{role}");
    }
}

fn a_kind_that_gets_or_loses_its_template_is_reached_and_dynamic_sandboxes_stay_so(world: &World) {
    templates(world, "logs:PutLogEvents", "logs:CreateLogGroup");
    let orders = example("orders");
    world.run(&create("dev", &orders)).exits(0);
    world.run(&format!("create -s plain -d {orders}")).exits(0);
    let plain = world.role("tc-base-function-plain");
    let route = world.role("tc-base-route-dev");
    world.tcperm().write(
        "infra/base/roles/route.json",
        &template("Route", "logs:PutLogEvents"),
    );
    let got = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(touched(&got), ["dev tc-base-route-dev update done"]);
    assert_eq!(
        step(&got["sandboxes"][0], "tc-base-route-dev")["reason"],
        "its template is the team's for all topologies now, and was built in; the inline policy `tc-base-route-dev` is not what the template says"
    );
    assert_eq!(world.role("tc-base-route-dev").tags["tcperm:mode"], "shared");
    let narrow = world
        .json("plan --all --infra-dir infra -c route")
        .exits(0)
        .json();
    assert_eq!(touched(&narrow), Vec::<String>::new());
    world.tcperm().remove("infra/base/roles/route.json");
    world.run(&format!("{CREATE_ALL} -c state")).exits(0);
    assert_eq!(
        world.role("tc-base-route-dev").tags["tcperm:mode"],
        "shared",
        "another kind"
    );
    let lost = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(touched(&lost), ["dev tc-base-route-dev update done"]);
    assert_eq!(world.role("tc-base-route-dev"), route);
    assert_eq!(
        world.role("tc-base-function-plain"),
        plain,
        "a dynamic sandbox stays dynamic"
    );
}

fn a_role_whose_template_is_not_at_hand_is_left(world: &World) {
    two_sandboxes(world);
    world.change(FUNCTION, Change::PutInline(FUNCTION, FOREIGN_POLICY));
    world.forget();
    let left = world.json("create --all").exits(0);
    assert!(left.stderr.contains("left alone"), "{left}");
    let told = world.run("plan --all").exits(0);
    assert!(told.stderr.contains("\nnothing compared · "), "{told}");
    let names = ["dev", "qa"].map(|sandbox| {
        [
            format!("tc-base-function-{sandbox}"),
            format!("tc-calls-one-{sandbox}"),
        ]
    });
    assert_eq!(left.json()["left"], serde_json::json!(names.concat()));
    assert_eq!(world.writes(), Vec::<String>::new());
    let listed = world.json("list --drift").exits(0).json();
    let drift = &listed["sandboxes"][0]["roles"][0]["drift"];
    let said = "not compared: the template that it is made from is not at hand";
    assert_eq!(*drift, serde_json::json!([said]));
    world.run("delete -s dev --namespace calls --yes").exits(0);
    assert_eq!(world.role_names(), ["tc-base-function-qa", "tc-calls-one-qa"]);
}

fn a_role_in_the_way_is_reported_and_the_others_go_on(world: &World) {
    two_sandboxes(world);
    let unknown = Change::Tag("tcperm:ns:calls", "function.teleport");
    world.change(FUNCTION, unknown);
    templates(world, "logs:CreateLogStream", "logs:DeleteLogGroup");
    let plan = world.json(PLAN_ALL).exits(1).json();
    let said = step(&plan["sandboxes"][0], FUNCTION)["error"].clone();
    assert_eq!(
        said,
        "`tc-base-function-dev` records the capability `function.teleport`, which is not known here"
    );
    let done = world.json(CREATE_ALL).exits(5).json();
    assert_eq!(
        touched(&done),
        [
            "dev tc-base-function-dev none skipped",
            "dev tc-calls-one-dev update done",
            "qa tc-base-function-qa update done",
            "qa tc-calls-one-qa update done"
        ]
    );
    let again = world.json(CREATE_ALL).exits(1).json();
    assert_eq!(touched(&again), ["dev tc-base-function-dev none skipped"]);
}

fn the_policies_of_topologies_and_the_roles_of_others_stay_as_they_stand(world: &World) {
    templates(world, "logs:PutLogEvents", "logs:CreateLogGroup");
    let exact = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Exact","Effect":"Allow","Action":"logs:PutLogEvents","Resource":"arn:{{partition}}:logs:{{region}}:{{account}}:log-group:{{namespace}}"}]}"#;
    world
        .tcperm()
        .write("infra/base/roles/function.topology.json", exact);
    let calls = world.topology("calls", CALLS);
    world.run(&create("dev", &calls)).exits(0);
    let before = world.role(FUNCTION).inline["tc-calls"].clone();
    world.make_role("tc-base-route-dev", &[("sandbox", "dev")]);
    world.make_role("tc-base-state-else", &[]);
    world.make_role("tc-calls-other-dev", &[]);
    let foreign = world.role("tc-base-route-dev");
    templates(world, "logs:CreateLogStream", "logs:DeleteLogGroup");
    let changed = exact.replace("Exact", "Other");
    world
        .tcperm()
        .write("infra/base/roles/function.topology.json", &changed);
    let done = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(
        touched(&done),
        [
            "dev tc-base-function-dev update done",
            "dev tc-calls-one-dev update done"
        ]
    );
    assert_eq!(world.role(FUNCTION).inline["tc-calls"], before);
    assert_eq!(world.role("tc-base-route-dev"), foreign);
    world.change("tc-base-route-dev", Change::Tag("deployer", "somebody"));
    world.run(&create("dev", &calls)).exits(0);
    let after = &world.role(FUNCTION).inline["tc-calls"];
    assert_eq!(after["Statement"][0]["Sid"], "Other", "with the next create");
}

fn a_role_that_no_topology_needs_is_left_to_the_next_create(world: &World) {
    let calls = two_sandboxes(world);
    world.change(FUNCTION, Change::Untag("tcperm:ns:calls"));
    let before = world.role(FUNCTION);
    templates(world, "logs:CreateLogStream", "logs:CreateLogGroup");
    let done = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(touched(&done), ["qa tc-base-function-qa update done"]);
    assert_eq!(world.role(FUNCTION), before);
    world.run(&create("dev", &calls)).exits(0);
    assert_ne!(world.role(FUNCTION), before);
}

fn a_role_of_its_own_goes_with_its_sandbox_without_its_description(world: &World) {
    two_sandboxes(world);
    world.run(&create("other-dev", "calls")).exits(0);
    for sandbox in ["dev", "qa", "other-dev"] {
        world.forget_description(&format!("tc-calls-one-{sandbox}"));
    }
    world.make_role("tc-somebody-dev", &[]);
    world.run("delete -s dev --yes").exits(0);
    assert_eq!(
        world.role_names(),
        [
            "tc-base-function-other-dev",
            "tc-base-function-qa",
            "tc-calls-one-other-dev",
            "tc-calls-one-qa",
            "tc-somebody-dev"
        ]
    );
    world
        .run("delete -s qa --namespace calls --infra-dir infra --yes")
        .exits(0);
    assert!(!world.role_names().contains(&"tc-calls-one-qa".to_owned()));
}

fn a_protected_sandbox_is_passed_over_unless_that_is_lifted(world: &World) {
    templates(world, "logs:PutLogEvents", "logs:CreateLogGroup");
    let calls = world.topology("calls", CALLS);
    let lifted = world.env("TC_FORCE_DEPLOY", "1");
    lifted.run(&create("stable", &calls)).exits(0);
    templates(world, "logs:CreateLogStream", "logs:DeleteLogGroup");
    assert_eq!(touched(&world.json(PLAN_ALL).exits(4).json()).len(), 2);
    world.forget();
    let passed_over = world.json(CREATE_ALL).exits(0).json();
    assert_eq!(passed_over["protected"], serde_json::json!(["stable"]));
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(touched(&lifted.json(CREATE_ALL).exits(0).json()).len(), 2);
}

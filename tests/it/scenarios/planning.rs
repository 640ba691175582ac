use super::{CALLS, ORDERS, step, steps};
use crate::support::{World, as_rendered, example};

on_both_accounts!(
    a_plan_before_create_shows_creations_and_writes_nothing,
    the_detailed_exit_code_tells_whether_there_is_something_to_do,
    a_plan_after_a_change_shows_just_the_change,
    a_plan_of_a_role_in_the_way_fails_and_writes_nothing,
);

fn a_plan_before_create_shows_creations_and_writes_nothing(world: &World) {
    let orders = example("orders");
    let plan = world.json(&format!("plan -s dev -d {orders}")).exits(0).json();
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(steps(&plan), ORDERS.map(|role| format!("{role} create")));
    for (name, role) in world.rendered(&orders, "dev") {
        let step = step(&plan, &name);
        assert_eq!(step["before"], serde_json::Value::Null);
        assert_eq!(step["reason"], "needed by `orders`");
        let mut after = as_rendered(&step["after"]);
        after.arn.clone_from(&role.arn);
        assert_eq!(after, role);
    }
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn the_detailed_exit_code_tells_whether_there_is_something_to_do(world: &World) {
    let orders = example("orders");
    let plan = format!("plan -s dev --detailed-exitcode -d {orders}");
    world.run(&plan).exits(4);
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    world.forget();
    world.run(&plan).exits(0);
    world.change(
        "tc-base-route-dev",
        crate::support::Change::Tag("tcperm:mode", "odd"),
    );
    world.forget();
    world.run(&plan).exits(4);
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn a_plan_after_a_change_shows_just_the_change(world: &World) {
    let folder = world.topology("calls", CALLS);
    let (create, plan) = (
        format!("create -s dev -d {folder}"),
        format!("plan -s dev -d {folder}"),
    );
    world.run(&create).exits(0);
    let before = world.role("tc-base-function-dev");
    let routes = "routes:\n  /one: { method: GET, function: one }\n";
    world.topology(
        "calls",
        &format!("{CALLS}queues:\n  jobs: {{ function: two }}\n{routes}"),
    );
    let planned = world.json(&plan).exits(0).json();
    assert_eq!(
        steps(&planned),
        ["tc-base-function-dev update", "tc-base-route-dev create"]
    );
    let update = step(&planned, "tc-base-function-dev");
    assert_eq!(as_rendered(&update["before"]).inline, before.inline);
    let after = as_rendered(&update["after"]);
    assert_eq!(
        after.inline["tc-base-function-dev"],
        before.inline["tc-base-function-dev"]
    );
    assert!(after.inline["tc-calls"].to_string().contains(":jobs\""));
    let reason = "the inline policy `tc-calls` is missing: it is new, or was deleted by hand";
    assert_eq!(update["reason"], reason);
    world.run(&create).exits(0);
    assert_eq!(world.roles(), world.rendered(&folder, "dev"));
    let again = world.json(&plan).exits(0).json();
    assert_eq!(
        steps(&again),
        ["tc-base-function-dev none", "tc-base-route-dev none"]
    );
}

fn a_plan_of_a_role_in_the_way_fails_and_writes_nothing(world: &World) {
    world.make_role("tc-base-route-dev", &[]);
    world.forget();
    let run = format!("plan -s dev --detailed-exitcode -d {}", example("orders"));
    let plan = world.json(&run).exits(1).json();
    let error = step(&plan, "tc-base-route-dev")["error"].clone();
    assert_eq!(
        error,
        "`tc-base-route-dev` exists and does not carry tcperm's tags"
    );
    let adopting = world.json(&format!("{run} --adopt")).exits(4).json();
    assert_eq!(step(&adopting, "tc-base-route-dev")["action"], "update");
    assert_eq!(world.writes(), Vec::<String>::new());
}

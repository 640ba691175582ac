use super::{BILLING, CALLS, sids, step, steps};
use crate::support::{World, example};

on_both_accounts!(
    a_second_topology_widens_and_never_narrows_the_first,
    a_capability_goes_only_when_nobody_else_needs_it,
    delete_namespace_takes_one_share_and_the_last_one_out_deletes_the_role,
    a_topology_that_loses_its_routes_loses_its_share_of_their_role,
    a_namespace_that_is_not_there_is_nothing_to_delete,
);

const FUNCTION: &str = "tc-base-function-dev";

fn shared(world: &World) -> Vec<String> {
    let role = world.role(FUNCTION);
    let sids = sids(&role.inline[FUNCTION]).into_iter();
    sids.map(str::to_owned).collect()
}

fn both(world: &World) -> [String; 2] {
    let billing = world.topology("billing", BILLING);
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    [orders, billing]
}

fn a_second_topology_widens_and_never_narrows_the_first(world: &World) {
    let queues = "queues:\n  jobs: { function: work }\n";
    let first = world.topology(
        "first",
        &format!("name: first\nfunctions:\n  work: {{}}\n{queues}"),
    );
    let billing = world.topology("billing", BILLING);
    world.run(&format!("create -s dev -d {first}")).exits(0);
    let alone = world.role(FUNCTION);
    assert_eq!(shared(world), ["CreateLogGroup", "WriteLogs"]);
    let joined = world.json(&format!("create -s dev -d {billing}")).exits(0).json();
    assert_eq!(
        steps(&joined),
        [
            "tc-base-function-dev update done",
            "tc-base-state-dev create done"
        ]
    );
    let reason = step(&joined, FUNCTION)["reason"].clone();
    assert_eq!(reason, "`billing` joins; the inline policy `tc-billing` is new");
    let now = world.role(FUNCTION);
    assert_eq!(shared(world), ["CreateLogGroup", "InvokeFunction", "WriteLogs"]);
    assert_eq!(now.trust, alone.trust);
    assert_eq!(now.inline["tc-first"], alone.inline["tc-first"]);
    assert_eq!(
        now.inline["tc-billing"],
        world.rendered(&billing, "dev")[FUNCTION].inline["tc-billing"]
    );
    assert_eq!(now.tags["tcperm:ns:first"], "logs.write");
    assert_eq!(now.tags["tcperm:ns:billing"], "function.invoke logs.write");
    for directory in [first, billing] {
        world.forget();
        world.run(&format!("create -s dev -d {directory}")).exits(0);
        assert_eq!(world.writes(), Vec::<String>::new(), "{directory}");
    }
}

fn a_capability_goes_only_when_nobody_else_needs_it(world: &World) {
    let billing = world.topology("billing", BILLING);
    let calls = world.topology("calls", CALLS);
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    world.run(&format!("create -s dev -d {calls}")).exits(0);
    let all = shared(world);
    world.topology("calls", "name: calls\nfunctions:\n  one: {}\n");
    let first = world.json(&format!("create -s dev -d {calls}")).exits(0).json();
    assert_eq!(
        step(&first, FUNCTION)["reason"],
        "`calls` no longer needs `function.invoke`"
    );
    assert_eq!(shared(world), all, "billing still invokes functions");
    world.topology("billing", "name: billing\nfunctions:\n  bill: {}\n");
    let second = world.json(&format!("create -s dev -d {billing}")).exits(0).json();
    assert_eq!(
        steps(&second),
        [
            "tc-base-function-dev update done",
            "tc-base-state-dev delete done"
        ]
    );
    let role = world.role(FUNCTION);
    let rest = world.rendered(&calls, "dev").remove(FUNCTION).unwrap();
    assert_eq!(role.inline, rest.inline, "logs alone are left");
}

fn delete_namespace_takes_one_share_and_the_last_one_out_deletes_the_role(world: &World) {
    let [orders, _] = both(world);
    let left = world.json("delete -s dev --namespace billing").exits(0).json();
    assert_eq!(
        steps(&left),
        [
            "tc-base-function-dev update done",
            "tc-base-state-dev update done"
        ]
    );
    assert_eq!(step(&left, FUNCTION)["reason"], "`billing` leaves");
    assert_eq!(world.roles(), world.rendered(&orders, "dev"));
    let last = world.json("delete -s dev --namespace orders").exits(0).json();
    assert_eq!(
        steps(&last),
        super::ORDERS.map(|role| format!("{role} delete done"))
    );
    let reason = step(&last, FUNCTION)["reason"].clone();
    assert_eq!(reason, "no longer needed by `orders`, nor by any other topology");
    assert_eq!(last["roles"], serde_json::json!([]));
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn a_topology_that_loses_its_routes_loses_its_share_of_their_role(world: &World) {
    let routes = |name: &str| {
        format!("name: {name}\nfunctions:\n  f: {{}}\nroutes:\n  /{name}: {{ method: GET, function: f }}\n")
    };
    let (one, other) = (
        world.topology("one", &routes("one")),
        world.topology("other", &routes("other")),
    );
    world.run(&format!("create -s dev -d {one}")).exits(0);
    world.run(&format!("create -s dev -d {other}")).exits(0);
    let policy = world.role("tc-base-route-dev").inline;
    world.topology("one", "name: one\nfunctions:\n  f: {}\n");
    world.run(&format!("create -s dev -d {one}")).exits(0);
    let role = world.role("tc-base-route-dev");
    assert_eq!(role.inline, policy);
    assert!(!role.tags.contains_key("tcperm:ns:one"), "{:?}", role.tags);
    world.topology("other", "name: other\nfunctions:\n  f: {}\n");
    let last = world.json(&format!("create -s dev -d {other}")).exits(0).json();
    assert_eq!(step(&last, "tc-base-route-dev")["action"], "delete");
    assert_eq!(world.role_names(), [FUNCTION]);
}

fn a_namespace_that_is_not_there_is_nothing_to_delete(world: &World) {
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    world.forget();
    let nobody = world.json("delete -s dev --namespace nobody").exits(0).json();
    assert_eq!(steps(&nobody), Vec::<String>::new());
    assert_eq!(world.writes(), Vec::<String>::new());
}

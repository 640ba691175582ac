use super::{ORDERS, step, steps};
use crate::support::{World, example, examples};

on_both_accounts!(
    create_makes_exactly_the_roles_that_render_shows,
    a_second_create_writes_nothing,
    update_is_create,
    entity_limits_a_run_to_one_kind,
    sandboxes_stand_side_by_side,
    sandboxed_events_go_to_the_bus_of_the_sandbox,
);

fn create_makes_exactly_the_roles_that_render_shows(world: &World) {
    for name in examples() {
        let world = world.another();
        let rendered = world.rendered(&example(&name), "dev");
        let run = format!("create -s dev -d {}", example(&name));
        let created = world.json(&run).exits(0).json();
        assert_eq!(world.roles(), rendered, "{name}");
        let done: Vec<String> = rendered
            .keys()
            .map(|role| format!("{role} create done"))
            .collect();
        assert_eq!(steps(&created), done, "{name}");
    }
}

fn a_second_create_writes_nothing(world: &World) {
    for name in examples() {
        let world = world.another();
        let run = format!("create -s dev -d {}", example(&name));
        world.run(&run).exits(0);
        let before = world.roles();
        world.forget();
        let second = world.json(&run).exits(0).json();
        assert_eq!(world.writes(), Vec::<String>::new(), "{name}");
        let none: Vec<String> = before.keys().map(|role| format!("{role} none done")).collect();
        assert_eq!(steps(&second), none, "{name}");
        assert_eq!(world.roles(), before, "{name}");
    }
}

fn update_is_create(world: &World) {
    let run = format!("update -s dev -d {}", example("hello"));
    world.run(&run).exits(0);
    assert_eq!(world.roles(), world.rendered(&example("hello"), "dev"));
}

fn entity_limits_a_run_to_one_kind(world: &World) {
    let orders = example("orders");
    let one = world
        .json(&format!("create -s dev -c route -d {orders}"))
        .exits(0)
        .json();
    assert_eq!(steps(&one), ["tc-base-route-dev create done"]);
    assert_eq!(world.role_names(), ["tc-base-route-dev"]);
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let planned = world
        .json(&format!("plan -s dev -c state -d {orders}"))
        .exits(0)
        .json();
    assert_eq!(steps(&planned), ["tc-base-state-dev none"]);
    let shown = world.json("show -s dev -c event").exits(0).json();
    assert_eq!(shown["roles"].as_array().unwrap().len(), 1);
    let deleted = world.json("delete -s dev --entity function").exits(0).json();
    assert_eq!(steps(&deleted), ["tc-base-function-dev delete done"]);
    assert_eq!(world.role_names(), [ORDERS[0], ORDERS[2], ORDERS[3]]);
    let odd = world.run("show -s dev -c queue").exits(2);
    assert!(
        odd.stderr.contains("event, function, mutation, route, state"),
        "{odd}"
    );
}

fn sandboxes_stand_side_by_side(world: &World) {
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let dev = world.roles();
    world.run(&format!("create -s qa-7 -d {orders}")).exits(0);
    let both = world.roles();
    assert_eq!(both.len(), 8);
    for (name, role) in dev {
        assert_eq!(both[&name], role);
    }
    for (name, role) in world.rendered(&orders, "qa-7") {
        assert_eq!(both[&name], role);
    }
}

fn sandboxed_events_go_to_the_bus_of_the_sandbox(world: &World) {
    let bus = |world: &World| {
        let policy = world.role("tc-base-function-dev").inline["tc-orders"].to_string();
        let (_, rest) = policy.split_once(":event-bus/").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let run = format!("create -s dev -d {}", example("orders"));
    world.run(&run).exits(0);
    assert_eq!(bus(world), "default");
    let moved = world.env("TC_SANDBOXED_EVENTS", "1").json(&run).exits(0).json();
    assert_eq!(step(&moved, "tc-base-function-dev")["action"], "update");
    assert_eq!(bus(world), "tc-dev");
    world.env("TC_SANDBOXED_EVENTS", "0").run(&run).exits(0);
    assert_eq!(bus(world), "default");
}

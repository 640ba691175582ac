use super::{ORDERS, step, steps};
use crate::support::{Change, FOREIGN_POLICY, World, example};

on_both_accounts!(
    delete_leaves_nothing_of_the_sandbox,
    delete_takes_what_was_added_by_hand_with_the_role,
    delete_leaves_the_siblings_alone,
    a_second_delete_has_nothing_to_do,
    delete_of_another_spelling_is_refused,
    delete_leaves_a_foreign_role_and_says_so,
    delete_takes_roles_of_topologies_that_it_cannot_read,
    delete_takes_roles_that_a_run_left_half_done,
    delete_takes_roles_of_functions_of_their_own_and_leaves_those_of_others,
    two_deletes_at_once_both_end_well,
);

fn created(world: &World, sandbox: &str) {
    let orders = example("orders");
    world.run(&format!("create -s {sandbox} -d {orders}")).exits(0);
}

fn delete_leaves_nothing_of_the_sandbox(world: &World) {
    created(world, "dev");
    let deleted = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&deleted), ORDERS.map(|role| format!("{role} delete done")));
    assert_eq!(deleted["roles"], serde_json::json!([]));
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn delete_takes_what_was_added_by_hand_with_the_role(world: &World) {
    created(world, "dev");
    for role in ORDERS {
        world.change(role, Change::PutInline("backdoor", FOREIGN_POLICY));
        world.change(role, Change::Attach("administrator"));
        world.change(role, Change::Profile(&format!("machines-of-{role}")));
        world.change(role, Change::Tag("cost-center", "4711"));
    }
    world.run("delete -s dev").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn delete_leaves_the_siblings_alone(world: &World) {
    let siblings = ["my-dev", "dev-2", "Dev_x", "de", "dev.old"];
    for sandbox in siblings {
        created(world, sandbox);
    }
    world.make_role("tc-base-function-dev-mine", &[]);
    world.make_role(
        "my-tc-base-function-dev",
        &[("sandbox", "dev"), ("deployer", "tcperm")],
    );
    let rest = world.roles();
    assert_eq!(rest.len(), 4 * siblings.len() + 2);
    created(world, "dev");
    let deleted = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&deleted), ORDERS.map(|role| format!("{role} delete done")));
    assert_eq!(world.roles(), rest);
}

fn a_second_delete_has_nothing_to_do(world: &World) {
    created(world, "dev");
    world.run("delete -s dev").exits(0);
    world.forget();
    let second = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&second), Vec::<String>::new());
    let said = world.run("delete -s dev").exits(0);
    assert!(said.stderr.contains("no roles, nothing to do"), "{said}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn delete_of_another_spelling_is_refused(world: &World) {
    created(world, "dev");
    let before = world.roles();
    world.forget();
    let refused = world.json("delete -s Dev").exits(1);
    let document = refused.json();
    assert_eq!(
        steps(&document),
        ORDERS.map(|role| format!("{role} none skipped"))
    );
    let error = step(&document, ORDERS[0])["error"].clone();
    assert_eq!(error, "`tc-base-event-dev` belongs to the sandbox `dev`");
    assert!(refused.stderr.contains("use `-s dev`"), "{refused}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn delete_leaves_a_foreign_role_and_says_so(world: &World) {
    world.make_role("tc-base-mutation-dev", &[("sandbox", "dev")]);
    let foreign = world.roles();
    created(world, "dev");
    let deleted = world.json("delete -s dev").exits(0);
    let document = deleted.json();
    assert_eq!(step(&document, "tc-base-mutation-dev")["status"], "skipped");
    assert!(
        deleted.stderr.contains("left alone: `tc-base-mutation-dev`"),
        "{deleted}"
    );
    assert_eq!(world.roles(), foreign);
}

fn delete_takes_roles_of_topologies_that_it_cannot_read(world: &World) {
    created(world, "dev");
    world.change(
        ORDERS[1],
        Change::Tag("tcperm:ns:newer", "a.capability.of.tomorrow"),
    );
    let refused = world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(1);
    assert!(refused.stderr.contains("a.capability.of.tomorrow"), "{refused}");
    world.run("delete -s dev").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn delete_takes_roles_that_a_run_left_half_done(world: &World) {
    created(world, "dev");
    // Created and no more; emptied and no more; taken out of the last topology and no more.
    for policy in world.role(ORDERS[0]).inline.keys() {
        world.change(ORDERS[0], Change::DeleteInline(policy));
    }
    world.change(ORDERS[1], Change::DeleteInline(ORDERS[1]));
    world.change(ORDERS[2], Change::Untag("tcperm:ns:orders"));
    let deleted = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&deleted), ORDERS.map(|role| format!("{role} delete done")));
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn delete_takes_roles_of_functions_of_their_own_and_leaves_those_of_others(world: &World) {
    let own =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    for function in ["f", "g"] {
        let file = format!("infra/shop/roles/{function}.json");
        world.tcperm().write(&file, own);
    }
    world.topology("shop", "name: shop\nfunctions:\n  f: {}\n  g: {}\n");
    for sandbox in ["dev", "other"] {
        let create = format!("create -s {sandbox} -d shop --infra-dir infra");
        world.run(&create).exits(0);
    }
    world.forget_description("tc-shop-g-dev");
    world.change("tc-shop-f-dev", Change::Attach("by-hand"));
    world.make_role("tc-shop-h-dev", &[("sandbox", "dev")]);
    world.make_role("tc-mine-other", &[("sandbox", "dev"), ("deployer", "tcperm")]);
    world.run("delete -s dev").exits(0);
    let left = [
        "tc-mine-other",
        "tc-shop-f-other",
        "tc-shop-g-other",
        "tc-shop-h-dev",
    ];
    assert_eq!(world.role_names(), left);
}

fn two_deletes_at_once_both_end_well(world: &World) {
    created(world, "dev");
    let delete = || {
        let run = ["delete", "-s", "dev", "--format", "json"];
        world.tcperm().args(run).command().spawn().unwrap()
    };
    for process in [delete(), delete(), delete()] {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    assert_eq!(world.role_names(), Vec::<String>::new());
}

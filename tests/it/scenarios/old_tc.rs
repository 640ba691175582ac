//! Roles that an old tc made: base roles without tags, each with a managed policy of its own name.

use super::{CALLS, ORDERS, step, steps};
use crate::support::{Change, World, example};

on_both_accounts!(
    delete_takes_them_with_the_policies_of_their_names,
    delete_without_the_flag_leaves_them,
    the_roles_of_a_sandbox_in_another_case_are_left,
    a_policy_that_another_holds_is_detached_and_stays,
    what_is_not_of_an_old_tc_is_left,
    what_a_run_left_half_done_is_finished,
    create_takes_them_over_and_deletes_their_policies,
    create_takes_nothing_over_that_is_of_somebody_else,
    a_saved_plan_takes_them_over,
);

const FUNCTION: &str = "tc-base-function-dev";
const ROUTE: &str = "tc-base-route-dev";

fn delete_takes_them_with_the_policies_of_their_names(world: &World) {
    world.make_role_of_old_tc(FUNCTION);
    world.make_role_of_old_tc(ROUTE);
    world.change(ROUTE, Change::Attach("beside"));
    world.change(
        ROUTE,
        Change::PutInline("by-hand", crate::support::FOREIGN_POLICY),
    );
    world.change(ROUTE, Change::Tag("cost-center", "4711"));
    world.change(ROUTE, Change::Profile("machines"));
    world.make_role_of_old_tc("tc-base-function-other");
    let deleted = world.json("delete -s dev --adopt-tc").exits(0).json();
    assert_eq!(
        steps(&deleted),
        [FUNCTION, ROUTE].map(|role| format!("{role} delete done"))
    );
    let reason = step(&deleted, FUNCTION)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("an old tc made the role"), "{reason}");
    assert!(
        reason.ends_with("policy/tc-base-function-dev` is deleted"),
        "{reason}"
    );
    assert_eq!(world.role_names(), ["tc-base-function-other"]);
    assert_eq!(world.managed_policies(), ["beside", "tc-base-function-other"]);
    world.forget();
    let again = world.run("delete -s dev --adopt-tc").exits(0);
    assert!(again.stderr.contains("no roles, nothing to do"), "{again}");
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn delete_without_the_flag_leaves_them(world: &World) {
    world.make_role_of_old_tc(FUNCTION);
    world
        .run(&format!("create -s dev -d {} -c route", example("orders")))
        .exits(0);
    let left = world.run("delete -s dev").exits(0);
    assert!(
        left.stderr.contains(&format!("left alone: `{FUNCTION}`")),
        "{left}"
    );
    assert_eq!(world.role_names(), [FUNCTION]);
    assert_eq!(world.managed_policies(), [FUNCTION]);
}

fn a_policy_that_another_holds_is_detached_and_stays(world: &World) {
    world.make_role_of_old_tc(FUNCTION);
    world.make_role("somebody-elses", &[]);
    world.change("somebody-elses", Change::Attach(FUNCTION));
    let deleted = world.json("delete -s dev --adopt-tc").exits(0).json();
    let reason = step(&deleted, FUNCTION)["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with("stays, since others hold it: 1"), "{reason}");
    assert_eq!(world.role_names(), ["somebody-elses"]);
    assert_eq!(world.managed_policies(), [FUNCTION]);
    assert_eq!(world.role("somebody-elses").managed.len(), 1);
}

fn what_is_not_of_an_old_tc_is_left(world: &World) {
    world.make_role_of_old_tc(FUNCTION);
    world.change(FUNCTION, Change::Tag("Deployer", "terraform"));
    world.make_role(ROUTE, &[]);
    world.change(ROUTE, Change::Attach("administrator"));
    world.make_role("tc-base-state-dev", &[]);
    world.change(
        "tc-base-state-dev",
        Change::PutInline("by-hand", crate::support::FOREIGN_POLICY),
    );
    world.make_role_of_old_tc("tc-orders-co-dev");
    let before = world.roles();
    let left = world.run("delete -s dev --adopt-tc").exits(0);
    for role in [FUNCTION, ROUTE, "tc-base-state-dev"] {
        assert!(left.stderr.contains(&format!("left alone: `{role}`")), "{left}");
    }
    assert_eq!(world.roles(), before);
    assert_eq!(world.managed_policies().len(), 3);
}

fn the_roles_of_a_sandbox_in_another_case_are_left(world: &World) {
    world.make_role_of_old_tc("tc-base-function-Dev");
    let before = (world.roles(), world.managed_policies());
    let left = world.run("delete -s dev --adopt-tc").exits(0);
    let named = "left alone: `tc-base-function-Dev`";
    assert!(left.stderr.contains(named), "{left}");
    world
        .run(&format!("create -s dev -d {} --adopt-tc", example("orders")))
        .exits(1);
    assert_eq!((world.roles(), world.managed_policies()), before);
    world.run("delete -s Dev --adopt-tc").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn what_a_run_left_half_done_is_finished(world: &World) {
    // The policy was detached, and nothing else was done.
    world.make_role_of_old_tc(FUNCTION);
    world.make_role("holder", &[]);
    world.make_role_of_old_tc(ROUTE);
    world.change(ROUTE, Change::Detach(ROUTE));
    world.run("delete -s dev --adopt-tc").exits(0);
    assert_eq!(world.role_names(), ["holder"]);
    assert_eq!(world.managed_policies(), Vec::<String>::new());
}

fn create_takes_them_over_and_deletes_their_policies(world: &World) {
    world.topology("calls", CALLS);
    world.make_role_of_old_tc(FUNCTION);
    world.make_role_of_old_tc(ROUTE);
    world.run("create -s dev -d calls").exits(1);
    let planned = world.run("plan -s dev -d calls --adopt-tc").exits(0);
    assert!(
        planned.stdout.contains("policy/tc-base-function-dev` is deleted"),
        "{planned}"
    );
    world.run("create -s dev -d calls --adopt-tc").exits(0);
    let expected = world.rendered("calls", "dev");
    assert_eq!(world.role(FUNCTION), expected[FUNCTION]);
    // No topology needs a role for routes: the old one is left.
    assert_eq!(world.managed_policies(), [ROUTE]);
    world.forget();
    world.run("create -s dev -d calls --adopt-tc").exits(0);
    assert_eq!(world.writes(), Vec::<String>::new());
    world.run("delete -s dev --adopt-tc").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
    assert_eq!(world.managed_policies(), Vec::<String>::new());
}

fn create_takes_nothing_over_that_is_of_somebody_else(world: &World) {
    world.make_role(ORDERS[1], &[]);
    world.change(ORDERS[1], Change::Attach("administrator"));
    let before = world.roles();
    let refused = world
        .run(&format!("create -s dev -d {} --adopt-tc", example("orders")))
        .exits(1);
    assert!(
        refused.stderr.contains("does not carry tcperm's tags"),
        "{refused}"
    );
    assert_eq!(world.roles(), before);
}

fn a_saved_plan_takes_them_over(world: &World) {
    world.topology("calls", CALLS);
    world.make_role_of_old_tc(FUNCTION);
    world
        .run("plan -s dev -d calls --adopt-tc --out plan.json")
        .exits(0);
    world.run("apply plan.json").exits(0);
    assert_eq!(world.role(FUNCTION), world.rendered("calls", "dev")[FUNCTION]);
    assert_eq!(world.managed_policies(), Vec::<String>::new());
}

use super::{step, steps};
use crate::support::{Change, FOREIGN_POLICY, FOREIGN_TRUST, World, example};

on_both_accounts!(
    each_kind_of_drift_is_named_and_repaired,
    drift_of_every_kind_at_once_is_repaired_in_one_run,
    list_names_drift_without_a_topology_and_writes_nothing,
    tags_of_others_survive,
    a_policy_of_another_topology_is_left_alone,
    a_role_that_somebody_deleted_is_made_again,
);

const FUNCTION: &str = "tc-base-function-dev";

const DRIFTS: [(Change<'static>, &str); 7] = [
    (
        Change::Trust(FOREIGN_TRUST),
        "drift: the trust policy is not the one tcperm writes",
    ),
    (
        Change::PutInline(FUNCTION, FOREIGN_POLICY),
        "drift: the inline policy `tc-base-function-dev` was changed by hand",
    ),
    (
        Change::DeleteInline("tc-orders"),
        "the inline policy `tc-orders` is missing: it is new, or was deleted by hand",
    ),
    (
        Change::PutInline("backdoor", FOREIGN_POLICY),
        "drift: the inline policy `backdoor` is not tcperm's",
    ),
    (
        Change::Attach("administrator"),
        "drift: the managed policy `arn:aws:iam::[ACCOUNT]:policy/administrator` was attached by hand",
    ),
    (
        Change::Tag("tcperm:mode", "odd"),
        "drift: the tag `tcperm:mode` is `odd` instead of `dynamic`",
    ),
    (Change::Untag("tcperm:mode"), "the tag `tcperm:mode` is missing"),
];

fn each_kind_of_drift_is_named_and_repaired(world: &World) {
    let run = format!("create -s dev -d {}", example("orders"));
    world.run(&run).exits(0);
    let right = world.roles();
    let exact = "the inline policy `tc-orders` is not what its topology needs";
    let own = "`orders` now needs `function.invoke`, `logs.write`";
    let more = [
        (Change::PutInline("tc-orders", FOREIGN_POLICY), exact),
        (Change::Tag("tcperm:ns:orders", ""), own),
        (Change::Untag("tcperm:ns:orders"), "`orders` joins"),
    ];
    for (change, reason) in DRIFTS.into_iter().chain(more) {
        world.change(FUNCTION, change);
        let repaired = world.json(&run).exits(0).json();
        let step = step(&repaired, FUNCTION);
        let said = step["reason"].as_str().unwrap();
        let reason = reason.replace("[ACCOUNT]", &world.account());
        assert!(said.contains(&reason), "{change:?}: {said}");
        assert_eq!(
            (&step["action"], &step["status"]),
            (&"update".into(), &"done".into())
        );
        assert_eq!(
            steps(&repaired)
                .iter()
                .filter(|step| step.contains(" none "))
                .count(),
            3
        );
        assert_eq!(world.roles(), right, "{change:?}");
    }
}

fn list_names_drift_without_a_topology_and_writes_nothing(world: &World) {
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    let drift = |world: &World| {
        let listing = world.json("list --drift").exits(0).json();
        let roles = listing["sandboxes"][0]["roles"].as_array().unwrap().clone();
        let role = roles.iter().find(|role| role["name"] == FUNCTION).unwrap();
        serde_json::from_value::<Vec<String>>(role["drift"].clone()).unwrap()
    };
    assert_eq!(drift(world), [""; 0]);
    // What the policy of a topology should say stands in the topology alone.
    let told_by_tags = |(change, _): &(Change<'_>, _)| !matches!(change, Change::DeleteInline(_));
    for (change, reason) in DRIFTS.into_iter().filter(told_by_tags) {
        let before = world.roles();
        world.change(FUNCTION, change);
        let drifted = world.roles();
        let found = drift(world);
        let reason = reason.replace("[ACCOUNT]", &world.account());
        assert!(found.contains(&reason), "{change:?}: {found:?}");
        assert_eq!(world.roles(), drifted);
        world
            .run(&format!("create -s dev -d {}", example("orders")))
            .exits(0);
        assert_eq!(world.roles(), before);
    }
}

fn drift_of_every_kind_at_once_is_repaired_in_one_run(world: &World) {
    let run = format!("create -s dev -d {}", example("orders"));
    world.run(&run).exits(0);
    let right = world.roles();
    for (change, _) in DRIFTS {
        world.change(FUNCTION, change);
    }
    let repaired = world.json(&run).exits(0).json();
    let said = step(&repaired, FUNCTION)["reason"].as_str().unwrap().to_owned();
    // The tag was changed first and removed then: the last is what is there to see.
    for (_, reason) in DRIFTS.iter().filter(|(_, reason)| !reason.contains("`odd`")) {
        assert!(
            said.contains(&reason.replace("[ACCOUNT]", &world.account())),
            "{reason}: {said}"
        );
    }
    assert_eq!(world.roles(), right);
}

fn tags_of_others_survive(world: &World) {
    let run = format!("create -s dev -d {}", example("orders"));
    world.run(&run).exits(0);
    world.change(FUNCTION, Change::Tag("cost-center", "4711"));
    world.forget();
    let second = world.json(&run).exits(0).json();
    assert_eq!(step(&second, FUNCTION)["action"], "none");
    assert_eq!(world.writes(), Vec::<String>::new());
    world.change(FUNCTION, Change::Untag("tcperm:mode"));
    world.run(&run).exits(0);
    let billing = world.topology("billing", super::BILLING);
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    world.run("delete -s dev --namespace billing").exits(0);
    let role = world.role(FUNCTION);
    assert_eq!(role.tags["cost-center"], "4711");
    let mut rendered = world
        .rendered(&example("orders"), "dev")
        .remove(FUNCTION)
        .unwrap();
    rendered.tags.insert("cost-center".to_owned(), "4711".to_owned());
    assert_eq!(role, rendered);
}

fn a_policy_of_another_topology_is_left_alone(world: &World) {
    let billing = world.topology("billing", super::BILLING);
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    let right = world.roles();
    world.change(FUNCTION, Change::PutInline("tc-billing", FOREIGN_POLICY));
    let drifted = world.roles();
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    assert_eq!(
        world.roles(),
        drifted,
        "only billing itself can say what is right"
    );
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    assert_eq!(world.roles(), right);
}

fn a_role_that_somebody_deleted_is_made_again(world: &World) {
    let run = format!("create -s dev -d {}", example("orders"));
    world.run(&run).exits(0);
    let right = world.roles();
    world.run("delete -s dev -c function").exits(0);
    let again = world.json(&run).exits(0).json();
    assert_eq!(step(&again, FUNCTION)["action"], "create");
    assert_eq!(world.roles(), right);
}

use super::{ORDERS, step, steps};
use crate::support::{Change, FOREIGN_POLICY, World, example};

on_both_accounts!(
    a_foreign_role_stops_create_before_the_first_write,
    adopt_takes_a_foreign_role_over,
    another_spelling_of_a_sandbox_is_refused,
    the_protected_sandbox_is_created_only_by_force,
    the_protected_sandbox_is_deleted_only_by_force,
    another_region_than_the_one_a_role_was_written_for_is_refused,
    delete_namespace_keeps_the_region_of_the_role,
);

const ROUTE: &str = "tc-base-route-dev";

fn create(sandbox: &str) -> String {
    format!("create -s {sandbox} -d {}", example("orders"))
}

fn a_foreign_role_stops_create_before_the_first_write(world: &World) {
    world.make_role(ROUTE, &[("team", "web")]);
    let before = world.roles();
    world.forget();
    let refused = world.json(&create("dev")).exits(1);
    let document = refused.json();
    assert_eq!(
        steps(&document),
        [
            "tc-base-event-dev create skipped",
            "tc-base-function-dev create skipped",
            "tc-base-route-dev none skipped",
            "tc-base-state-dev create skipped",
        ]
    );
    let error = step(&document, ROUTE)["error"].clone();
    assert_eq!(
        error,
        "`tc-base-route-dev` exists and does not carry tcperm's tags"
    );
    assert_eq!(document["roles"], serde_json::json!([]));
    assert!(refused.stderr.contains("create --adopt"), "{refused}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn adopt_takes_a_foreign_role_over(world: &World) {
    let theirs = [
        ("team", "web"),
        ("deployer", "terraform"),
        ("tcperm:ns:guest", ""),
    ];
    world.make_role(ROUTE, &theirs);
    for policy in ["old", "tc-guest", "tc-orders"] {
        world.change(ROUTE, Change::PutInline(policy, FOREIGN_POLICY));
    }
    world.change(ROUTE, Change::Attach("administrator"));
    let adopted = world.json(&format!("{} --adopt", create("dev"))).exits(0).json();
    assert_eq!(step(&adopted, ROUTE)["action"], "update");
    let mut rendered = world.rendered(&example("orders"), "dev");
    let tags = &mut rendered.get_mut(ROUTE).unwrap().tags;
    tags.insert("team".to_owned(), "web".to_owned());
    tags.insert("tcperm:ns:guest".to_owned(), String::new());
    assert_eq!(world.roles(), rendered);
    world.forget();
    world.run(&create("dev")).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn another_spelling_of_a_sandbox_is_refused(world: &World) {
    world.run(&create("dev")).exits(0);
    let before = world.roles();
    world.forget();
    for adopt in ["", "--adopt"] {
        let refused = world.json(&format!("{} {adopt}", create("Dev"))).exits(1);
        let error = step(&refused.json(), ROUTE)["error"].clone();
        assert_eq!(error, "`tc-base-route-dev` belongs to the sandbox `dev`");
        assert!(refused.stderr.contains("use `-s dev`"), "{refused}");
    }
    let shown = world.run("show -s Dev").exits(0);
    let passed_over = "passed over: `tc-base-route-dev` belongs to the sandbox `dev`\n";
    assert!(shown.stderr.contains(passed_over), "{shown}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn the_protected_sandbox_is_created_only_by_force(world: &World) {
    for sandbox in ["stable", "Stable"] {
        for value in ["", "0", "false"] {
            let refused = world
                .env("TC_FORCE_DEPLOY", value)
                .json(&create(sandbox))
                .exits(1);
            let error = refused.json()["error"].clone();
            assert_eq!(error["message"], format!("the sandbox `{sandbox}` is protected"));
            assert_eq!(error["help"], "set TC_FORCE_DEPLOY=1 if you really mean it");
        }
    }
    world.env("TC_FORCE_DELETE", "1").run(&create("stable")).exits(1);
    assert_eq!(world.traces(), Vec::<String>::new());
    world
        .run(&format!("plan -s stable -d {}", example("orders")))
        .exits(0);
    world.env("TC_FORCE_DEPLOY", "1").run(&create("stable")).exits(0);
    assert_eq!(world.roles(), world.rendered(&example("orders"), "stable"));
}

fn the_protected_sandbox_is_deleted_only_by_force(world: &World) {
    let forced = world.env("TC_FORCE_DEPLOY", "1");
    forced.run(&create("stable")).exits(0);
    let before = world.roles();
    world.forget();
    for run in [
        "delete -s stable",
        "delete -s STABLE",
        "delete -s stable --namespace orders",
    ] {
        for value in ["", "0"] {
            let refused = forced.env("TC_FORCE_DELETE", value).json(run).exits(1).json();
            let help = refused["error"]["help"].clone();
            assert_eq!(help, "set TC_FORCE_DELETE=1 if you really mean it");
        }
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
    world.env("TC_FORCE_DELETE", "1").run("delete -s stable").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

fn another_region_than_the_one_a_role_was_written_for_is_refused(world: &World) {
    world
        .run(&format!("{} --region us-west-2", create("dev")))
        .exits(0);
    let before = world.roles();
    world.forget();
    let elsewhere = format!("{} --region eu-central-1", create("dev"));
    let refused = world.json(&elsewhere).exits(1);
    let error = step(&refused.json(), ORDERS[1])["error"].clone();
    assert_eq!(error, "`tc-base-function-dev` serves this sandbox in us-west-2");
    assert!(refused.stderr.contains("use `--region us-west-2`"), "{refused}");
    world
        .env("AWS_REGION", "eu-central-1")
        .run(&create("dev"))
        .exits(1);
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn delete_namespace_keeps_the_region_of_the_role(world: &World) {
    let elsewhere = world.env("AWS_REGION", "eu-central-1");
    elsewhere.run(&create("dev")).exits(0);
    let alone = world.roles();
    let billing = world.topology("billing", super::BILLING);
    elsewhere.run(&format!("create -s dev -d {billing}")).exits(0);
    let of_a_third_region = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:ap-south-1:123456789012:accesspoint/photos"}]}"#;
    world.change(ORDERS[1], Change::PutInline("debug", of_a_third_region));
    let listed = world.json("list --drift --region us-west-2").exits(0).json();
    let roles = listed["sandboxes"][0]["roles"].as_array().unwrap();
    let drift: Vec<&serde_json::Value> = roles
        .iter()
        .flat_map(|role| role["drift"].as_array().unwrap())
        .collect();
    assert_eq!(drift, ["drift: the inline policy `debug` is not tcperm's"]);
    world
        .run("delete -s dev --namespace billing --region us-west-2")
        .exits(0);
    assert_eq!(world.roles(), alone);
}

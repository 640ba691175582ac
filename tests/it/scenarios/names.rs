use crate::support::{World, example};

on_both_accounts!(
    a_sandbox_name_that_is_none_is_refused_before_anything_else,
    the_longest_sandbox_name_works,
    a_topology_may_be_named_like_a_role,
);

fn a_sandbox_name_that_is_none_is_refused_before_anything_else(world: &World) {
    let long = "x".repeat(48);
    let names = [
        "*", "a?", "${x}", "\"", "", &long, "a/b", "-a", ".a", "a b", "a\nb", "ü", "{{x}}", "_a",
    ];
    let orders = example("orders");
    for name in names {
        for verb in ["create", "plan", "delete", "show"] {
            let directory = ["-d", &orders];
            let directory = match verb {
                "create" | "plan" => &directory[..],
                _ => &[],
            };
            let flag = format!("--sandbox={name}");
            let by_flag = world.tcperm().args([&[verb, &flag], directory].concat()).run();
            assert_eq!(by_flag.code, 2, "{name:?}: {by_flag}");
            assert!(
                by_flag.stderr.contains("help: a sandbox is 1 to 47 letters"),
                "{by_flag}"
            );
            let variable = world.env("TC_SANDBOX", name);
            let by_variable = variable.tcperm().args([&[verb], directory].concat()).run();
            assert_eq!(by_variable.code, 2, "{name:?}: {by_variable}");
        }
    }
    assert_eq!(world.traces(), Vec::<String>::new());
}

fn the_longest_sandbox_name_works(world: &World) {
    let sandbox = "x".repeat(47);
    let graphql = example("graphql");
    world.run(&format!("create -s {sandbox} -d {graphql}")).exits(0);
    let rendered = world.rendered(&graphql, &sandbox);
    assert!(rendered.keys().any(|name| name.len() == 64));
    assert_eq!(world.roles(), rendered);
    world.run(&format!("delete -s {sandbox}")).exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

/// Its own inline policy would bear the name of the shared one.
fn a_topology_may_be_named_like_a_role(world: &World) {
    let queue = "queues:\n  jobs: { function: work }\n";
    let text = format!("name: base-function-dev\nfunctions:\n  work: {{}}\n{queue}");
    let folder = world.topology("clash", &text);
    world.run(&format!("create -s dev -d {folder}")).exits(0);
    let inline = serde_json::to_string(&world.role("tc-base-function-dev").inline).unwrap();
    assert!(
        inline.contains("logs:PutLogEvents"),
        "the shared policy is lost: {inline}"
    );
    assert!(
        inline.contains("sqs:ReceiveMessage"),
        "its own policy is lost: {inline}"
    );
}

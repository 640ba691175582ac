//! What is wrong before the first call is answered.

use crate::support::{Outcome, Tcperm, World, example};

/// The run fails with this sentence and this way out, and says nothing of a panic.
#[track_caller]
fn says(outcome: &Outcome, code: i32, sentences: &[&str]) {
    assert_eq!(outcome.code, code, "{outcome}");
    for sentence in sentences {
        assert!(outcome.stderr.contains(sentence), "{sentence}\n{outcome}");
    }
    assert!(!outcome.stderr.contains("panicked"), "{outcome}");
}

fn without_credentials(world: &World) -> Tcperm {
    let tcperm = world.tcperm().clone();
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .into_iter()
        .fold(tcperm, Tcperm::without_env)
        .env("AWS_CONFIG_FILE", "/nowhere/config")
}

#[test]
fn without_credentials_every_verb_says_so() {
    let world = World::aws();
    let bare = without_credentials(&world);
    let create = format!("create -s dev -d {}", example("hello"));
    let plan = format!("plan -s dev -d {}", example("hello"));
    for run in [&create, &plan, "delete -s dev", "list", "show -s dev"] {
        let outcome = bare.bare(run.split_whitespace()).run();
        says(
            &outcome,
            1,
            &[
                "ListRoles was not made: there are no AWS credentials",
                "`-e PROFILE`",
                "`--local`",
            ],
        );
    }
    assert_eq!(world.traces(), Vec::<String>::new());
}

#[test]
fn an_unknown_profile_is_named_and_the_keys_of_the_environment_are_not_used_instead() {
    let world = World::aws();
    let outcome = world.tcperm().bare(["list", "-e", "prodd"]).run();
    says(
        &outcome,
        1,
        &["there is no profile `prodd`", "aws configure list-profiles"],
    );
    assert_eq!(world.traces(), Vec::<String>::new());
}

#[test]
fn a_profile_without_credentials_is_not_an_unknown_one() {
    let world = World::aws();
    world
        .tcperm()
        .write("config", "[profile empty]\nregion = us-west-2\n");
    let config = world.tcperm().folder().join("config");
    let tcperm = world
        .tcperm()
        .clone()
        .env("AWS_CONFIG_FILE", config.to_str().unwrap());
    let outcome = tcperm.bare(["list", "-e", "empty"]).run();
    says(&outcome, 1, &["`empty`"]);
    assert!(!outcome.stderr.contains("there is no profile"), "{outcome}");
    assert_eq!(world.traces(), Vec::<String>::new());
}

#[test]
fn a_region_that_is_none_is_bad_usage_with_a_suggestion() {
    let world = World::aws();
    let create = format!("create -s dev -d {}", example("hello"));
    let by_flag = world.run(&format!("{create} --region us-wst-2"));
    says(&by_flag, 2, &["`us-wst-2`", "`us-west-2`", "--region"]);
    let by_variable = world.env("AWS_REGION", "us-wst-2").run(&create);
    says(&by_variable, 2, &["`us-wst-2`", "`us-west-2`", "AWS_REGION"]);
    assert_eq!(world.traces(), Vec::<String>::new());
}

#[test]
fn an_endpoint_at_which_nobody_listens_is_named() {
    let world = World::aws().env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let outcome = world.run("list");
    says(
        &outcome,
        1,
        &["got no answer from AWS", "http://127.0.0.1:9", "AWS_ENDPOINT_URL"],
    );
}

#[test]
fn local_needs_neither_credentials_nor_a_network() {
    let world = World::aws().env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let bare = without_credentials(&world);
    let create = format!("create -s dev --local -d {}", example("hello"));
    bare.bare(create.split_whitespace()).run().exits(0);
    let refused = bare.bare(["list", "--local", "-e", "test"]).run().exits(2);
    assert!(refused.stderr.contains("cannot be used with"), "{refused}");
}

#[test]
fn a_role_to_assume_is_assumed_and_what_is_none_is_refused() {
    let world = World::aws();
    world.make_role("deployer", &[]);
    let hello = example("hello");
    world
        .run(&format!("create -s dev -R deployer -d {hello}"))
        .exits(0);
    assert_eq!(world.proxy().calls()[1].action, "AssumeRole");
    let mut roles = world.roles();
    roles.remove("deployer");
    assert_eq!(roles, world.rendered(&hello, "dev"));
    let refused = world.run(&format!("create -s dev -R arn:aws:s3:::x -d {hello}"));
    says(&refused, 1, &["neither the ARN nor the name of a role"]);
}

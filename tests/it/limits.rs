//! Many topologies in one sandbox, up to the limits of IAM and beyond.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Outcome, World, read};

const FUNCTION: &str = "tc-base-function-dev";

/// What lets the function of `pair` send to the queues that it consumes.
const TAGGED: &str = "[abac]\ntagged = [\"queue\"]\n";

/// A topology with queues that its function consumes, of names as long as this.
fn queues(world: &World, name: &str, number: usize) -> String {
    let mut text = format!("name: {name}\nfunctions:\n  work: {{}}\nqueues:\n");
    for queue in 0..number {
        let queue = queue_of(name, queue);
        writeln!(
            text,
            "  {queue}: {{ name: '{queue}-{{{{sandbox}}}}', function: work }}"
        )
        .unwrap();
    }
    world.topology(name, &text)
}

fn queue_of(name: &str, number: usize) -> String {
    format!("{name}-with-a-name-that-fills-the-role-{number}")
}

/// The configuration that gives the function of a topology what it needs to send to its queues too.
fn sending(world: &World, name: &str, number: usize, rest: &str) {
    let on: Vec<String> = (0..number)
        .map(|queue| format!("{}-{{{{sandbox}}}}", queue_of(name, queue)))
        .collect();
    let grant = format!(
        "[[grants]]\nrole = \"function\"\ncapability = \"queue.send\"\non = {on:?}\ntopologies = [\"{name}\"]\n"
    );
    world.tcperm().write("tcperm.toml", &format!("{rest}{grant}"));
}

fn create(world: &World, of: &str) -> Outcome {
    world.json(&format!("create -s dev {of}")).exits(0)
}

/// The statements of an inline policy of the function role.
fn statements(world: &World, policy: &str) -> Vec<Value> {
    let role = world.role(FUNCTION);
    role.inline[policy]["Statement"].as_array().unwrap().clone()
}

fn sids(statements: &[Value]) -> Vec<&str> {
    statements
        .iter()
        .map(|one| one["Sid"].as_str().unwrap())
        .collect()
}

/// Runs that find nothing to do.
#[track_caller]
fn are_quiet(world: &World, runs: &[&str]) {
    for of in runs {
        world.forget();
        let outcome = create(world, of);
        assert_eq!(world.writes(), Vec::<String>::new(), "{of}");
        assert!(!outcome.stderr.contains("warning"), "{of}: {outcome}");
    }
}

/// Topologies with a function and a queue each, of which every third has a route.
fn crowd(world: &World, number: usize) -> Vec<String> {
    let one = |number: usize| {
        let name = format!("t{number:02}");
        let route = if number.is_multiple_of(3) {
            format!("routes:\n  /{name}: {{ method: GET, function: work }}\n")
        } else {
            String::new()
        };
        let queue = format!("queues:\n  jobs-{number}: {{ function: work }}\n");
        world.topology(
            &name,
            &format!("name: {name}\nfunctions:\n  work: {{}}\n{queue}{route}"),
        )
    };
    (0..number).map(one).collect()
}

#[test]
fn more_topologies_than_tags_reach_the_same_roles_one_by_one_and_together() {
    let world = World::embedded();
    let names = crowd(&world, 46);
    for name in &names {
        create(&world, &format!("-d {name}"));
    }
    let other = world.another();
    crowd(&other, 46);
    create(&other, "-r");
    assert_eq!(world.roles(), other.roles());
    let role = world.role(FUNCTION);
    assert_eq!(role.inline.len(), 1 + names.len());
    assert!(role.tags.contains_key("tcperm:others") && role.tags.len() <= 50);
    are_quiet(&world, &["-d t00", "-d t39", "-d t40", "-d t45"]);
    world.forget();
    create(&world, "-r");
    assert_eq!(world.writes(), Vec::<String>::new());

    world.json("delete -s dev --namespace t45").exits(0);
    let rest = world.role(FUNCTION);
    assert!(!rest.inline.contains_key("tc-t45"), "its own policy goes with it");
    assert_eq!(rest.inline.len(), role.inline.len() - 1);
    world.json("delete -s dev").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
}

#[test]
fn as_many_topologies_as_have_tags_leave_one_by_one_and_the_last_deletes_the_roles() {
    let world = World::embedded();
    let mut names = crowd(&world, 40);
    create(&world, "-r");
    while let Some(name) = names.pop() {
        world.json(&format!("delete -s dev --namespace {name}")).exits(0);
        let roles = world.roles();
        let left = roles
            .get(FUNCTION)
            .map_or(0, |role| role.inline.len().saturating_sub(1));
        assert_eq!(left, names.len(), "{name}");
        let with_route = names
            .iter()
            .any(|name| name[1..].parse::<usize>().unwrap().is_multiple_of(3));
        assert_eq!(roles.contains_key("tc-base-route-dev"), with_route, "{name}");
    }
    assert_eq!(world.role_names(), Vec::<String>::new());
}

#[test]
fn a_policy_for_which_there_is_no_room_is_merged_and_said_in_full_when_there_is() {
    let world = World::embedded();
    queues(&world, "big", 60);
    queues(&world, "pair", 30);
    sending(&world, "pair", 30, "");
    create(&world, "-d big");
    let big = statements(&world, "tc-big");
    let outcome = create(&world, "-d pair");
    assert!(
        !outcome.stderr.contains("warning"),
        "merging changes nothing: {outcome}"
    );
    let merged = statements(&world, "tc-pair");
    assert_eq!(sids(&merged), ["ConsumeQueueSendMessage"]);
    assert_eq!(merged[0]["Action"].as_array().unwrap().len(), 4);
    assert_eq!(merged[0]["Resource"].as_array().unwrap().len(), 30);
    assert_eq!(statements(&world, "tc-big"), big);
    are_quiet(&world, &["-d pair", "-d big", "-r"]);
    let together = world.another();
    queues(&together, "big", 60);
    queues(&together, "pair", 30);
    sending(&together, "pair", 30, "");
    create(&together, "-r");
    assert_eq!(world.roles(), together.roles());
    assert!(is_rendered(&world), "`render -r` shows what is written");

    let explained = world
        .tcperm()
        .bare("explain -r -s dev --account 000000000000 --region us-west-2 --format json".split_whitespace());
    let explained = explained.run().exits(0).json();
    let of_pair: Vec<Value> = explained_statements(&explained, "tc-pair");
    let capabilities: Vec<&str> = of_pair
        .iter()
        .map(|one| one["capability"].as_str().unwrap())
        .collect();
    assert_eq!(capabilities, ["queue.consume", "queue.send"]);
    assert!(
        of_pair
            .iter()
            .all(|one| one["asked_by"].as_array().is_some_and(|all| all.len() == 30)),
        "{of_pair:?}"
    );

    world.json("delete -s dev --namespace big").exits(0);
    let plan = world.json("plan -s dev -d pair").exits(0).json();
    assert_eq!(
        plan["steps"][0]["reason"],
        "the inline policy `tc-pair` has room to say what its topology needs in full"
    );
    create(&world, "-d pair");
    assert_eq!(
        sids(&statements(&world, "tc-pair")),
        ["ConsumeQueue", "SendMessage"]
    );
    assert_eq!(world.roles(), world.rendered("pair", "dev"));
}

/// The roles that `render -r` shows.
fn is_rendered(world: &World) -> bool {
    world.roles() == world.rendered(". -r", "dev")
}

fn explained_statements(document: &Value, policy: &str) -> Vec<Value> {
    let roles = document["roles"].as_array().unwrap().iter();
    let statements = roles.flat_map(|role| role["statements"].as_array().unwrap());
    statements
        .filter(|one| one["policy"] == policy)
        .cloned()
        .collect()
}

#[test]
fn tagged_queues_for_which_there_is_no_room_are_named_by_pattern_and_tag() {
    let world = World::embedded();
    let _ = (queues(&world, "big", 60), queues(&world, "late", 60));
    world.tcperm().write("tcperm.toml", TAGGED);
    create(&world, "-d big");
    let big = statements(&world, "tc-big");
    let outcome = create(&world, "-d late");
    assert!(outcome.stderr.contains("warning[policy-widened]"), "{outcome}");
    assert!(
        outcome.stderr.contains("`late`") && !outcome.stderr.contains("`big`"),
        "{outcome}"
    );
    let [widened] = &statements(&world, "tc-late")[..] else {
        panic!("one statement")
    };
    assert_eq!(widened["Sid"], "ConsumeQueue");
    assert_eq!(widened["Resource"], "arn:aws:sqs:us-west-2:000000000000:*-dev");
    assert_eq!(widened["Condition"], big[0]["Condition"]);
    assert_eq!(
        widened["Condition"]["StringEquals"]["aws:ResourceTag/sandbox"],
        "dev"
    );
    assert_eq!(statements(&world, "tc-big"), big);
    are_quiet(&world, &["-d late", "-d big"]);
    let document = world.role(FUNCTION).inline["tc-late"].to_string();
    world.tcperm().write("late.json", &document);
    let checked = world.tcperm().bare(["check", "-s", "dev", "late.json"]).run();
    assert!(checked.exits(0).stdout.is_empty(), "it passes the lints");

    world.json("delete -s dev --namespace big").exits(0);
    create(&world, "-d late");
    assert_eq!(world.roles(), world.rendered("late", "dev"));
    assert_eq!(
        statements(&world, "tc-late")[0]["Resource"]
            .as_array()
            .unwrap()
            .len(),
        60
    );
}

#[test]
fn topologies_that_are_too_large_together_are_shown_and_written_alike() {
    let world = World::embedded();
    for name in ["one", "two", "three"] {
        queues(&world, name, 60);
    }
    world.tcperm().write("tcperm.toml", TAGGED);
    let render = "render -s dev -r --account 000000000000 --region us-west-2".split_whitespace();
    let shown = world.tcperm().bare(render).run().exits(0);
    assert!(shown.stderr.contains("warning[policy-widened]"), "{shown}");
    create(&world, "-r");
    assert!(is_rendered(&world));
    world.forget();
    create(&world, "-r");
    for name in ["one", "two", "three"] {
        create(&world, &format!("-d {name}"));
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    let live = world.run("check --live -s dev").exits(0);
    assert!(!live.stdout.contains("permission-missing"), "{live}");
}

/// Refused in words that lead on, with nothing written.
#[track_caller]
fn is_refused(world: &World, of: &str) {
    let before = world.roles();
    world.forget();
    let refused = world.run(&format!("create -s dev {of}")).exits(1);
    for part in [
        "policies-too-large",
        "`tc-late`",
        "`ConsumeQueue` with 70 ARNs",
        "abac.tagged",
    ] {
        assert!(refused.stderr.contains(part), "{part}: {refused}");
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

#[test]
fn what_cannot_be_made_to_fit_is_refused_before_anything_is_written() {
    let world = World::embedded();
    let _ = (queues(&world, "big", 60), queues(&world, "late", 70));
    create(&world, "-d big");
    is_refused(&world, "-d late");
    is_refused(&world, "-r");
    for (verb, code) in [("render -r --account 000000000000", 1), ("check", 3)] {
        let offline = world.tcperm().bare(format!("{verb} -s dev").split_whitespace());
        let offline = offline.run().exits(code);
        let said = format!("{}{}", offline.stdout, offline.stderr);
        assert!(said.contains("policies-too-large"), "{verb}: {offline}");
    }
    are_quiet(&world, &["-d big"]);
}

/// What the function's role says of each topology in the team's words, with the tag and without.
fn template(tag: &str) -> String {
    let statement = format!(
        r#"{{{{#each grants.[queue.consume]}}}}{{"Sid": "Own", "Effect": "Allow", "Action": "sqs:ReceiveMessage",
        "Resource": {{{{json arns}}}}{tag}}}{{{{#unless @last}}}},{{{{/unless}}}}{{{{/each}}}}"#
    );
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)
}

#[test]
fn a_template_that_asks_for_no_tag_is_never_widened() {
    let tag = r#", "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "{{sandbox}}"}}"#;
    for (tag, code) in [("", 1), (tag, 0)] {
        let world = World::embedded();
        queues(&world, "late", 130);
        let shared = r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "Logs", "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}"#;
        let tcperm = world.tcperm();
        tcperm.write("tcperm.toml", TAGGED);
        tcperm.write("infra/base/roles/function.json", shared);
        tcperm.write("infra/base/roles/function.topology.json", &template(tag));
        let outcome = world.run("create -s dev -d late --infra-dir infra").exits(code);
        let is_widened = outcome.stderr.contains("warning[policy-widened]");
        assert_eq!(is_widened, code == 0, "{outcome}");
        if code == 0 {
            let [own] = &statements(&world, "tc-late")[..] else {
                panic!("one statement")
            };
            assert_eq!(own["Resource"], "arn:aws:sqs:us-west-2:000000000000:*-dev");
        } else {
            assert!(outcome.stderr.contains("policies-too-large"), "{outcome}");
        }
    }
}

#[test]
fn names_that_do_not_end_in_the_sandbox_stay_exact_and_others_make_room_for_them() {
    let world = World::embedded();
    let _ = (queues(&world, "big", 60), queues(&world, "late", 70));
    let text = read(&world.tcperm().folder().join("late/topology.yml"));
    world.topology("late", &text.replace("-{{sandbox}}", "-of-the-sandbox"));
    world.tcperm().write("tcperm.toml", TAGGED);
    create(&world, "-d big");
    is_refused(&world, "-d late");
    let together = create(&world, "-r");
    assert!(together.stderr.contains("warning[policy-widened]"), "{together}");
    let (big, late) = (statements(&world, "tc-big"), statements(&world, "tc-late"));
    assert_eq!(big[0]["Resource"], "arn:aws:sqs:us-west-2:000000000000:*-dev");
    assert_eq!(late[0]["Resource"].as_array().unwrap().len(), 70);
    world.forget();
    for of in ["-d late", "-d big", "-r"] {
        create(&world, of);
    }
    assert_eq!(world.writes(), Vec::<String>::new());
}

//! How much of IAM's limits is used: what `list --quota` tells, and what `create` and `plan` warn of
//! and refuse.

use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm, World, example, text};

/// An embedded account with so many roles of somebody else, that may have `quota` roles.
fn account(roles: usize, quota: usize) -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("hello").local();
    let role = |number: usize| json!({"name": format!("theirs-{number}"), "trust": {"Version": "2012-10-17", "Statement": []}});
    let account = json!({
        "format_version": "1", "account": "000000000000", "partition": "aws", "roles_quota": quota,
        "roles": (0..roles).map(role).collect::<Vec<_>>(),
    });
    tcperm.write("home/account.json", &account.to_string());
    let home = tcperm.folder().join("home").to_str().unwrap().to_owned();
    tcperm.env("TCPERM_HOME", &home)
}

fn run(tcperm: &Tcperm, arguments: &str) -> Outcome {
    tcperm.args(arguments.split_whitespace()).run()
}

fn calls(tcperm: &Tcperm, arguments: &str) -> u64 {
    let arguments = format!("{arguments} --format json");
    run(tcperm, &arguments).exits(0).json()["calls"].as_u64().unwrap()
}

#[test]
fn roles_that_do_not_fit_are_refused_before_anything_is_written() {
    let tcperm = account(999, 1_000);
    let before = crate::support::read(&tcperm.folder().join("home/account.json"));
    for verb in ["create -s dev", "plan -s dev", "plan -s dev --out plan.json"] {
        let refused = run(&tcperm, verb).exits(1);
        for words in [
            "error[role-quota]: the account has 999 of the 1000 roles that it may have, and 2 more do not fit",
            "`tcperm list --quota`",
            "`tcperm delete -s`",
            "L-FE177D64",
        ] {
            assert!(refused.stderr.contains(words), "{words}: {refused}");
        }
    }
    assert_eq!(
        crate::support::read(&tcperm.folder().join("home/account.json")),
        before
    );
    assert!(!tcperm.folder().join("home/journal.jsonl").exists());
    assert!(!tcperm.folder().join("plan.json").exists());
}

#[test]
fn the_last_roles_fit_with_a_warning_and_a_second_run_is_silent() {
    let tcperm = account(998, 1_000);
    let warning = "warning[role-quota]: the account will have 1000 of the 1000 roles that it may have";
    let planned = run(&tcperm, "plan -s dev").exits(0);
    assert!(planned.stderr.contains(warning), "{planned}");
    let created = run(&tcperm, "create -s dev").exits(0);
    assert!(created.stderr.contains(warning), "{created}");
    for verb in ["create -s dev", "plan -s dev", "delete -s dev"] {
        let outcome = run(&tcperm, verb).exits(0);
        assert!(!outcome.stderr.contains("role-quota"), "{outcome}");
    }
}

#[test]
fn nothing_is_said_below_nine_tenths_or_where_the_account_was_granted_more() {
    for (roles, quota) in [(897, 1_000), (997, 2_000), (1_797, 2_000)] {
        let created = run(&account(roles, quota), "create -s dev").exits(0);
        assert!(
            !created.stderr.contains("role-quota"),
            "{roles} of {quota}: {created}"
        );
    }
    let created = run(&account(1_798, 2_000), "create -s dev").exits(0);
    assert!(created.stderr.contains("will have 1800 of the 2000"), "{created}");
}

/// The listing tells how many roles there are: below nine tenths of what every account may have,
/// nobody asks what this one may.
#[test]
fn the_account_is_asked_once_and_only_where_roles_come_near_the_quota() {
    let (far, near) = (account(100, 1_000), account(900, 1_000));
    let first = calls(&far, "create -s dev");
    assert_eq!(calls(&near, "create -s dev"), first + 1);
    assert!(first < 1 + 5 * 2, "{first}");
    let second = calls(&far, "create -s dev");
    assert_eq!(calls(&near, "create -s dev"), second);
    assert_eq!(calls(&near, "plan -s dev"), second);
    assert_eq!(calls(&near, "plan -s qa"), calls(&far, "plan -s qa") + 1);
}

#[test]
fn an_account_may_not_be_granted_less_than_every_account_has() {
    let refused = run(&account(0, 999), "list").exits(1);
    assert!(
        refused.stderr.contains("roles_quota is less than the 1000"),
        "{refused}"
    );
}

/// A topology with so many queues, each an ARN in the policy of functions.
fn queues(number: usize) -> String {
    use std::fmt::Write as _;

    let mut text = "name: big\nfunctions: { f: {} }\nqueues:\n".to_owned();
    for number in 0..number {
        writeln!(text, "  queue-with-a-long-name-{number:03}: {{ function: f }}").unwrap();
    }
    text
}

#[test]
fn a_role_that_grows_near_its_limit_is_warned_of_once() {
    let tcperm = Tcperm::in_project(&[("topology.yml", &queues(100))]).local();
    let warned = |arguments: &str| {
        let outcome = run(&tcperm, arguments).exits(0);
        let warnings = outcome
            .stderr
            .matches("warning[nearly-full]: `tc-base-function-dev`");
        warnings.count()
    };
    assert_eq!(warned("create -s dev"), 0);
    tcperm.write("topology.yml", &queues(142));
    assert_eq!(warned("plan -s dev"), 1);
    assert_eq!(warned("create -s dev"), 1);
    assert_eq!(warned("create -s dev"), 0);
    tcperm.write("topology.yml", &queues(141));
    assert_eq!(warned("create -s dev"), 0);
    let listed = run(&tcperm, "list --quota").exits(0);
    assert!(
        listed
            .stderr
            .contains("nearly full: `tc-base-function-dev` has 9"),
        "{listed}"
    );
}

/// What `list --quota` says is what stands in the account.
fn a_listing_tells_what_each_role_uses(world: &World) {
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    world.change("tc-base-route-dev", crate::support::Change::Attach("of-theirs"));
    world.make_role("somebody-elses", &[]);
    let listed = world.json("list --quota").exits(0).json();
    let roles = world.roles();
    assert_eq!(
        listed["quota"]["roles"],
        json!({"used": roles.len(), "limit": 1_000})
    );
    let shown = listed["sandboxes"][0]["roles"].as_array().unwrap();
    assert_eq!(shown.len(), 4);
    for role in shown {
        let (name, quota) = (text(&role["name"]), &role["quota"]);
        let held = &roles[&name];
        let size = |document: &Value| document.to_string().chars().count();
        let inline: usize = held.inline.values().map(size).sum();
        assert_eq!(
            quota["inline_policies"],
            json!({"used": inline, "limit": 10_240}),
            "{name}"
        );
        assert_eq!(
            quota["trust_policy"],
            json!({"used": size(&held.trust), "limit": 2_048}),
            "{name}"
        );
        assert_eq!(
            quota["tags"],
            json!({"used": held.tags.len(), "limit": 50}),
            "{name}"
        );
        assert_eq!(
            quota["managed_policies"],
            json!({"used": held.managed.len(), "limit": 10}),
            "{name}"
        );
    }
    let table = world.run("list --quota").exits(0);
    let header: Vec<&str> = table.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["SANDBOX", "ROLE", "INLINE", "TRUST", "TAGS", "MANAGED"]);
    let used = format!("the account has {} of 1000 roles", roles.len());
    assert!(table.stderr.contains(&used), "{table}");
    let plain = world.json("list").exits(0).json();
    assert_eq!(
        (&plain["quota"], &plain["sandboxes"][0]["roles"][0]["quota"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn a_listing_of_the_embedded_account_tells_what_each_role_uses() {
    a_listing_tells_what_each_role_uses(&World::embedded());
}

#[cfg(feature = "aws")]
mod aws {
    use super::*;
    use crate::support::Fault;

    #[test]
    fn a_listing_of_aws_tells_what_each_role_uses() {
        a_listing_tells_what_each_role_uses(&World::aws());
    }

    /// A set whose function role is trusted by a policy of nearly 2,048 characters.
    fn large_trust(world: &World) -> String {
        let names: Vec<String> = (0..60)
            .map(|number| format!("service-of-ours-{number:02}.amazonaws.com"))
            .collect();
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": names[..52]}},
        ]});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"},
        ]});
        world
            .tcperm()
            .write("infra/base/roles/function.json", &policy.to_string());
        world
            .tcperm()
            .write("infra/base/roles/function.trust.json", &trust.to_string());
        format!(
            "create -s dev -c function -d {} --infra-dir infra",
            example("hello")
        )
    }

    fn asked(world: &World) -> usize {
        let traces = world.traces();
        traces
            .iter()
            .filter(|call| call.contains("GetAccountSummary"))
            .count()
    }

    #[test]
    fn the_account_is_asked_for_the_size_of_a_trust_policy_once() {
        let world = World::aws();
        let create = large_trust(&world);
        let outcome = world.run(&create).exits(0);
        assert!(
            outcome.stderr.contains("characters of the trust policy of 2048"),
            "{outcome}"
        );
        assert_eq!(asked(&world), 1);
        let again = world.run(&create).exits(0);
        assert!(!again.stderr.contains("nearly-full"), "{again}");
        assert_eq!(asked(&world), 1);
    }

    #[test]
    fn a_caller_who_may_not_ask_for_quotas_is_not_hindered() {
        let world = World::aws();
        let create = large_trust(&world);
        world
            .proxy()
            .fail_always("GetAccountSummary", Fault::AccessDenied);
        let outcome = world.run(&format!("{create} -v")).exits(0);
        assert!(
            outcome.stderr.contains("the quotas of the account are not known"),
            "{outcome}"
        );
        assert_eq!(world.role_names(), ["tc-base-function-dev"]);
        let listed = world.run("list --quota").exits(1);
        assert!(listed.stderr.contains("GetAccountSummary was denied"), "{listed}");
    }

    #[test]
    fn aws_is_asked_for_the_quota_of_roles_and_what_does_not_fit_is_refused() {
        let world = World::aws();
        for number in 0..999 {
            world.make_role(&format!("theirs-{number}"), &[]);
        }
        world.forget();
        let refused = world
            .run(&format!("create -s dev -d {}", example("hello")))
            .exits(1);
        assert!(refused.stderr.contains("has 999 of the 1000 roles"), "{refused}");
        assert_eq!((asked(&world), world.writes()), (1, Vec::<String>::new()));
    }
}

//! The journal: what each verb leaves in it, what it must not hold, and what `history` makes of it.
#![expect(
    clippy::disallowed_methods,
    reason = "the test looks at the journal, and spoils it by hand"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{World, example, read, text};

on_both_accounts!(
    every_verb_that_changes_roles_leaves_its_begin_and_its_end,
    a_run_that_changes_nothing_leaves_nothing,
    a_run_over_sandboxes_leaves_a_run_in_each_that_it_changed,
    pruning_leaves_a_run_in_each_sandbox_that_goes,
    the_journal_holds_no_document_and_no_credentials,
    a_journal_that_is_named_and_cannot_be_written_lets_nothing_be_changed,
    the_usual_journal_that_cannot_be_written_is_said_and_the_run_goes_on,
    runs_at_the_same_time_leave_whole_lines,
);

/// The records of the usual journal, in order.
fn records(world: &World) -> Vec<Value> {
    records_of(&world.tcperm().home().join("journal.jsonl"))
}

fn records_of(path: &Path) -> Vec<Value> {
    let lines = if path.is_file() { read(path) } else { String::new() };
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The runs that `history` tells of.
#[track_caller]
fn history(world: &World, arguments: &str) -> Value {
    let words = format!("history {arguments} --format json");
    world
        .tcperm()
        .bare(words.split_whitespace())
        .run()
        .exits(0)
        .json()
}

fn statuses(steps: &Value) -> Vec<(String, String)> {
    let steps = steps.as_array().unwrap().iter();
    steps
        .map(|step| (text(&step["action"]), text(&step["status"])))
        .collect()
}

fn every_verb_that_changes_roles_leaves_its_begin_and_its_end(world: &World) {
    let hello = example("hello");
    world.run(&format!("create -s dev -d {hello}")).exits(0);
    world
        .run(&format!("plan -s qa -d {hello} --out qa.json"))
        .exits(0);
    world.run("apply qa.json").exits(0);
    world.run("delete -s dev --namespace hello").exits(0);
    world.run("delete -s qa").exits(0);
    let records = records(world);
    let verbs = [
        ("create", "dev", "create"),
        ("apply", "qa", "create"),
        ("delete", "dev", "delete"),
        ("delete", "qa", "delete"),
    ];
    assert_eq!(records.len(), 2 * verbs.len());
    for (pair, (verb, sandbox, action)) in records.chunks(2).zip(verbs) {
        let [begun, ended] = pair else { panic!("{pair:?}") };
        assert_eq!(
            (&begun["record"], &ended["record"]),
            (&json!("begun"), &json!("ended"))
        );
        assert_eq!(begun["id"], ended["id"]);
        assert_eq!(
            (&begun["verb"], &begun["sandbox"]),
            (&json!(verb), &json!(sandbox))
        );
        assert_eq!(
            (&begun["account"], &begun["region"]),
            (&json!(world.account()), &json!("us-west-2"))
        );
        let done = (action.to_owned(), "done".to_owned());
        assert_eq!(statuses(&ended["steps"]), [done.clone(), done]);
        assert_eq!(ended["exit_code"], 0);
        let time = |record: &Value| text(&record["time"]).parse::<jiff::Timestamp>().unwrap();
        assert!(time(begun) <= time(ended));
    }
}

fn a_run_that_changes_nothing_leaves_nothing(world: &World) {
    let hello = example("hello");
    let create = format!("create -s dev -d {hello}");
    world.run("delete -s dev").exits(0);
    world.run(&format!("plan -s dev -d {hello}")).exits(0);
    assert_eq!(records(world), Vec::<Value>::new());
    world.run(&create).exits(0);
    let before = records(world);
    world.run(&create).exits(0);
    world.run("create --all").exits(0);
    world.run("list").exits(0);
    world.make_role("tc-base-route-qa", &[("owner", "somebody")]);
    world.run(&format!("create -s qa -d {hello}")).exits(1);
    assert_eq!(records(world), before);
}

fn a_run_over_sandboxes_leaves_a_run_in_each_that_it_changed(world: &World) {
    let template = |action: &str| {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        world
            .tcperm()
            .write("infra/base/roles/route.json", &document.to_string());
    };
    template("sqs:SendMessage");
    let hello = example("hello");
    for sandbox in ["dev", "qa"] {
        world
            .run(&format!("create -s {sandbox} -d {hello} --infra-dir infra"))
            .exits(0);
    }
    world.run(&format!("create -s plain -d {hello}")).exits(0);
    let before = records(world).len();
    template("sqs:ReceiveMessage");
    let all = world.json("create --all --infra-dir infra").exits(0).json();
    let records = records(world).split_off(before);
    let told: Vec<_> = records
        .iter()
        .map(|record| (&record["record"], &record["sandbox"]))
        .collect();
    let [begun, ended] = [json!("begun"), json!("ended")];
    let touched: Vec<&Value> = all["sandboxes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sandbox| &sandbox["sandbox"])
        .collect();
    let expected: Vec<_> = touched
        .iter()
        .flat_map(|sandbox| [(&begun, *sandbox), (&ended, &Value::Null)])
        .collect();
    assert_eq!(told, expected);
    assert!(touched.contains(&&json!("dev")) && touched.contains(&&json!("qa")));
    let calls: u64 = records.iter().filter_map(|record| record["calls"].as_u64()).sum();
    assert!(calls < all["calls"].as_u64().unwrap(), "{calls}");
    assert_eq!(
        (&records[0]["verb"], &records[1]["exit_code"]),
        (&json!("create --all"), &Value::Null)
    );
}

fn pruning_leaves_a_run_in_each_sandbox_that_goes(world: &World) {
    let hello = example("hello");
    for sandbox in ["old", "older", "young"] {
        world.run(&format!("create -s {sandbox} -d {hello}")).exits(0);
    }
    world.topology("other", "name: other\nfunctions: { f: {} }\n");
    world.run("create -s young -d other").exits(0);
    let before = records(world).len();
    world.run("prune --orphans -d other --dry-run").exits(0);
    assert_eq!(records(world).len(), before);
    world.run("prune --orphans -d other --yes").exits(0);
    let pruned: Vec<Value> = records(world).split_off(before);
    let told: Vec<(String, String)> = pruned
        .iter()
        .filter(|record| record["record"] == "begun")
        .map(|record| (text(&record["verb"]), text(&record["sandbox"])))
        .collect();
    let prune = |sandbox: &str| ("prune".to_owned(), sandbox.to_owned());
    assert_eq!(told, [prune("old"), prune("older")]);
    assert_eq!(pruned.len(), 4, "each has ended");
    let ended = pruned.iter().find(|record| record["record"] == "ended").unwrap();
    let deleted = ("delete".to_owned(), "done".to_owned());
    assert_eq!(statuses(&ended["steps"]), [deleted.clone(), deleted]);
}

fn the_journal_holds_no_document_and_no_credentials(world: &World) {
    let world = world.env("AWS_SESSION_TOKEN", "a-token-of-the-session");
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}"));
    world.run("delete -s dev");
    let journal = read(&world.tcperm().home().join("journal.jsonl"));
    for word in ["Statement", "arn:aws", "AKIA", "wJalr", "a-token-of-the-session"] {
        assert!(!journal.contains(word), "{word} in {journal}");
    }
}

fn a_journal_that_is_named_and_cannot_be_written_lets_nothing_be_changed(world: &World) {
    let create = format!("create -s dev -d {}", example("hello"));
    world.tcperm().write("file", "");
    let mut paths = vec!["file/journal.jsonl", "."];
    if Path::new("/dev/full").exists() {
        // It can be opened, and every write fails.
        paths.push("/dev/full");
    }
    for path in paths {
        world.forget();
        for verb in [create.as_str(), "delete -s dev"] {
            let is_late = path == "/dev/full" && verb != create;
            let outcome = world.run(&format!("{verb} --journal {path}"));
            let outcome = outcome.exits(i32::from(!is_late));
            assert_eq!(
                outcome.stderr.contains("the run cannot be recorded"),
                !is_late,
                "{outcome}"
            );
        }
        let by_variable = world.env("TCPERM_JOURNAL", path);
        by_variable.run(&create).exits(1);
        assert_eq!(world.writes(), Vec::<String>::new(), "{path}");
        assert_eq!(world.role_names(), Vec::<String>::new());
    }
}

fn the_usual_journal_that_cannot_be_written_is_said_and_the_run_goes_on(world: &World) {
    std::fs::create_dir(world.tcperm().home().join("journal.jsonl")).unwrap();
    let create = format!("create -s dev -d {}", example("hello"));
    let outcome = world.run(&create).exits(0);
    let warnings = outcome.stderr.matches("journal-not-written").count();
    assert_eq!(warnings, 1, "{outcome}");
    assert_eq!(world.role_names().len(), 2);
    let silent = world.run(&create).exits(0);
    assert!(!silent.stderr.contains("journal"), "{silent}");
    let off = world.run("delete -s dev --journal off").exits(0);
    assert!(!off.stderr.contains("journal"), "{off}");
}

fn runs_at_the_same_time_leave_whole_lines(world: &World) {
    let hello = example("hello");
    thread::scope(|scope| {
        for number in 0..20 {
            let run = format!("create -s s{number} -d {hello}");
            scope.spawn(move || world.run(&run).exits(0));
        }
    });
    let records = records(world);
    assert_eq!(records.len(), 40);
    let runs = history(world, "");
    let runs = runs["runs"].as_array().unwrap();
    let mut sandboxes: Vec<String> = runs.iter().map(|run| text(&run["sandbox"])).collect();
    sandboxes.sort();
    sandboxes.dedup();
    assert_eq!((runs.len(), sandboxes.len()), (20, 20));
    assert!(runs.iter().all(|run| run["exit_code"] == 0));
}

#[test]
fn the_hash_of_a_plan_is_that_of_the_steps_that_plan_out_saves() {
    let world = World::embedded();
    let orders = example("orders");
    world
        .run(&format!("plan -s dev -d {orders} --out plan.json"))
        .exits(0);
    let saved: Value = serde_json::from_str(&read(&world.tcperm().folder().join("plan.json"))).unwrap();
    let steps = saved["sandboxes"][0]["steps"].to_string();
    let digest = Sha256::digest(steps.as_bytes());
    let hash = digest.iter().fold(String::new(), |mut hash, byte| {
        write!(hash, "{byte:02x}").unwrap();
        hash
    });
    world.run("apply plan.json").exits(0);
    world.run("delete -s dev").exits(0);
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let hashes: Vec<String> = records(&world)
        .iter()
        .filter(|record| record["record"] == "begun")
        .map(|record| text(&record["plan"]))
        .collect();
    assert_eq!((&hashes[0], &hashes[2]), (&hash, &hash));
    assert_ne!(hashes[1], hash);
}

#[test]
fn a_run_that_fails_says_in_the_journal_where_and_why() {
    let world = World::embedded();
    let hello = example("hello");
    world.run(&format!("create -s dev -d {hello}")).exits(0);
    let path = world.tcperm().home().join("account.json");
    // From now on the account can be read, and not written.
    let beside = world.tcperm().home().join("account.json.new");
    std::fs::create_dir(&beside).unwrap();
    world.run("delete -s dev").exits(1);
    std::fs::remove_dir(&beside).unwrap();
    assert!(path.is_file());
    let runs = history(&world, "-n 1");
    let run = &runs["runs"][0];
    assert_eq!((&run["verb"], &run["exit_code"]), (&json!("delete"), &json!(1)));
    let failed = ("delete".to_owned(), "failed".to_owned());
    assert_eq!(statuses(&run["steps"]), [failed.clone(), failed]);
    assert!(text(&run["steps"][0]["error"]).contains("account.json"), "{run}");
    assert_eq!(run["steps"][0]["written"], false);
    let shown = world.tcperm().bare(["history"]).run().exits(0);
    assert!(shown.stdout.contains("2 failed"), "{shown}");
}

#[test]
fn history_tells_of_a_sandbox_or_of_all_and_of_the_newest_last() {
    let world = World::embedded();
    let hello = example("hello");
    for sandbox in ["dev", "qa", "dev2"] {
        world.run(&format!("create -s {sandbox} -d {hello}")).exits(0);
    }
    world.run("delete -s dev").exits(0);
    let told = |arguments: &str| -> Vec<(String, String)> {
        let runs = history(&world, arguments);
        let runs = runs["runs"].as_array().unwrap().iter();
        runs.map(|run| (text(&run["verb"]), text(&run["sandbox"])))
            .collect()
    };
    let run = |verb: &str, sandbox: &str| (verb.to_owned(), sandbox.to_owned());
    let of_dev = [run("create", "dev"), run("delete", "dev")];
    assert_eq!(told("-s dev"), of_dev);
    assert_eq!(told("-s DEV"), of_dev);
    assert_eq!(told("-n 2"), [run("create", "dev2"), run("delete", "dev")]);
    assert_eq!(told("-s dev -n 1"), [run("delete", "dev")]);
    assert_eq!(told("").len(), 4);
    assert_eq!(told("-s nobody"), []);
    let shown = world.tcperm().bare(["history", "-s", "dev"]).run().exits(0);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert!(
        lines[1].ends_with("create  dev      000000000000  2 created"),
        "{shown}"
    );
    assert!(
        lines[2].ends_with("delete  dev      000000000000  2 deleted"),
        "{shown}"
    );
}

#[test]
fn a_line_that_is_no_record_is_named_and_the_runs_are_told() {
    let world = World::embedded();
    let hello = example("hello");
    world.run(&format!("create -s dev -d {hello}")).exits(0);
    let path = world.tcperm().home().join("journal.jsonl");
    let before = read(&path);
    std::fs::write(&path, format!("{before}{{\"record\":\"begun\",\"ti\u{1b}[2J")).unwrap();
    world.run("delete -s dev").exits(0);
    let shown = world.tcperm().bare(["history"]).run().exits(0);
    assert!(
        shown.stderr.contains("journal.jsonl:3: it is no record"),
        "{shown}"
    );
    assert!(shown.stderr.contains("2 runs · 1 unreadable"), "{shown}");
    assert!(!shown.to_string().contains('\u{1b}'), "{shown}");
}

#[test]
fn a_named_journal_is_kept_and_read_where_it_is_named() {
    let world = World::embedded();
    let hello = example("hello");
    world
        .run(&format!("create -s dev -d {hello} --journal logs/of-ours.jsonl"))
        .exits(0);
    assert_eq!(records(&world), Vec::<Value>::new());
    let named = world.tcperm().folder().join("logs/of-ours.jsonl");
    assert_eq!(records_of(&named).len(), 2);
    assert_eq!(
        history(&world, "--journal logs/of-ours.jsonl")["runs"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(history(&world, "")["runs"], json!([]));
    let missing = world
        .tcperm()
        .bare(["history", "--journal", "nowhere.jsonl"])
        .run()
        .exits(1);
    assert!(
        missing.stderr.contains("there is no file `nowhere.jsonl`"),
        "{missing}"
    );
    world
        .tcperm()
        .bare(["history", "--journal", "off"])
        .run()
        .exits(1);
}

/// The run waits in its nth call when it is killed: the journal knows that it began.
#[cfg(feature = "aws")]
#[test]
fn a_run_that_is_killed_in_a_write_has_begun_and_not_ended() {
    let world = World::aws();
    let create = format!("create -s dev -d {}", example("hello"));
    world.proxy().hold(3);
    let invocation = world.tcperm().args(create.split_whitespace());
    let mut process = invocation.command().spawn().unwrap();
    world.proxy().wait_until_held();
    process.kill().unwrap();
    process.wait().unwrap();
    world.proxy().release();
    world.run(&create).exits(0);
    let runs = history(&world, "-s dev");
    let ended: Vec<bool> = runs["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| !run["ended"].is_null())
        .collect();
    assert_eq!(ended, [false, true]);
    assert_eq!(runs["runs"][0]["who"]["profile"], "test");
    let shown = world.tcperm().bare(["history"]).run().exits(0);
    assert!(shown.stdout.contains("not ended · 2 to create"), "{shown}");
    assert!(shown.stderr.contains("2 runs · 1 not ended"), "{shown}");
}

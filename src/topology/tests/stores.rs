//! What functions use, and what calls them from outside: stores, networks, shared directories,
//! pools, pages and schedules.

use super::*;

/// Reads `topology.yml` with `schedules.json`, and says what stands there: edges, or findings.
fn scheduled(text: &str, schedules: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    let input = Input {
        schedules: Some(sources.add("schedules.json", schedules)),
        ..Input::new(main, Vec::new())
    };
    let project = Project::of(&sources, vec![input]);
    let reading = parse(&sources, &project, &integrations());
    let found = reading.diagnostics.iter().map(|found| finding(&sources, found));
    let edges = reading.topologies.iter().flat_map(|topology| &topology.edges);
    found.chain(edges.map(|edge| line(&sources, edge))).collect()
}

fn schedule(target: &str) -> Vec<String> {
    let text = "name: a\nfunctions: { f: {} }\nqueues: { q: {} }\nevents: { E: { producer: p, function: f } }\nstates: { States: {} }\n";
    let file =
        format!("{{\"s\": {{\"cron\": \"0 3 * * ? *\", \"target\": \"{target}\", \"payload\": {{}}}}}}");
    let lines = scheduled(text, &file);
    lines
        .into_iter()
        .filter(|line| !line.contains(" rule "))
        .collect()
}

/// Reads a topology beside which one directory is reached by `uri`.
fn shared(text: &str, file: &str) -> Vec<String> {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    let directory = FunctionDirectory {
        name: "packer".to_owned(),
        uri: Some("../packer".to_owned()),
        file: sources.add("../packer/function.yml", file),
        form: FunctionForm::Spec,
    };
    let project = Project::of(&sources, vec![Input::new(main, vec![directory])]);
    let reading = parse(&sources, &project, &integrations());
    let found = reading.diagnostics.iter().map(|found| finding(&sources, found));
    let edges = reading.topologies.iter().flat_map(|topology| &topology.edges);
    found.chain(edges.map(|edge| line(&sources, edge))).collect()
}

#[test]
fn a_store_is_read_and_written_unless_it_says_which() {
    let text = "\
name: a
functions:
  f: { store: [both, in, out, items] }
stores:
  both: { kind: S3, bucket: my-bucket }
  in: { bucket: 'arn:aws:s3:::my-bucket', prefix: in/, op: read }
  out: { kind: s3, bucket: 'b-{{sandbox}}', key: out/x.json, op: [write] }
  items: { kind: DynamoDB, table: 'items-{{sandbox}}', op: [read, write] }
";
    let names: Vec<String> = edges(text)
        .iter()
        .map(|edge| {
            let (_, rest) = edge.split_once(" -> ").unwrap();
            let texts = rest
                .replace("{\"name\": Text { pieces: [Literal(\"", "")
                .replace("\")] }", "");
            texts.split(", \"reach\"").next().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "bucket my-bucket read values:my-bucket\"), Literal(\"/",
            "bucket my-bucket write values:my-bucket\"), Literal(\"/",
            "bucket my-bucket read values:my-bucket\"), Literal(\"/\"), Literal(\"in/",
            "bucket b-{{sandbox}} write values:b-\"), Variable(Sandbox), Literal(\"/\"), Literal(\"out/x.json",
            "table items-{{sandbox}} read named:items-{{sandbox}}",
            "table items-{{sandbox}} write named:items-{{sandbox}}",
        ]
    );
    let entities: Vec<_> = topology(text)
        .entities
        .iter()
        .map(|entity| {
            format!(
                "{} {} {}",
                entity.kind,
                entity.name,
                entity.physical.as_ref().unwrap()
            )
        })
        .collect();
    assert_eq!(
        &entities[1..],
        [
            "bucket both my-bucket",
            "bucket in my-bucket",
            "bucket out b-{{sandbox}}",
            "table items items-{{sandbox}}"
        ]
    );
}

#[test]
fn a_store_that_is_not_declared_or_not_known_is_warned_of_and_not_granted() {
    let text = "name: a\nfunctions: { f: { store: [s2, t, u, v] } }\nstores: { s1: { bucket: b }, t: {}, u: { kind: Redis }, v: { kind: S3, table: x } }\n";
    assert_eq!(
        findings(text),
        [
            "2:27 warning unknown-target: `s2` is no store of this topology (did you mean `s1`?)",
            "3:30 warning no-target: store `t` names no bucket and no table (write `{kind: S3, bucket: NAME}` or `{kind: DynamoDB, table: NAME}`; until then nothing is granted)",
            "3:48 warning unknown-kind: `Redis` is no kind of store (known kinds: S3, DynamoDB; until then nothing is granted)",
            "3:57 warning no-target: store `v` names no bucket and no table (write `{kind: S3, bucket: NAME}` or `{kind: DynamoDB, table: NAME}`; until then nothing is granted)",
        ]
    );
    assert_eq!(edges(text), [""; 0]);
}

#[test]
fn no_store_reaches_beyond_what_it_names() {
    for (body, place, code) in [
        ("bucket: '*'", "3:25", "invalid-name"),
        ("bucket: a/b", "3:25", "invalid-name"),
        ("bucket: 'arn:aws:s3:::*'", "3:25", "invalid-name"),
        (
            "bucket: 'arn:aws:s3:us-east-1:999999999999:b'",
            "3:25",
            "outside-sandbox",
        ),
        ("bucket: b, prefix: 'in/*'", "3:36", "invalid-name"),
        ("bucket: b, key: 'a?'", "3:33", "invalid-name"),
        ("bucket: b, op: reed", "3:32", "wrong-type"),
        ("table: '*'", "3:24", "invalid-name"),
        (
            "table: 'arn:aws:dynamodb:{{region}}:999999999999:table/t'",
            "3:24",
            "outside-sandbox",
        ),
        (
            "table: 'arn:aws:dynamodb:us-east-1:{{account}}:table/t'",
            "3:24",
            "outside-sandbox",
        ),
    ] {
        let text = format!("name: a\nfunctions: {{ f: {{ store: s }} }}\nstores: {{ s: {{ {body} }} }}\n")
            .replace("stores: { s: { ", "stores: { s: { ");
        let found = codes_at(&text);
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        let (_, column) = place.split_once(':').unwrap();
        assert!(
            found[0].ends_with(code),
            "{body}: {found:?}, not {code} at {column}"
        );
        assert!(read(&text).topologies.is_empty(), "{body}");
    }
}

#[test]
fn a_store_may_be_any_folder_that_no_policy_reads_as_a_pattern() {
    let text = "name: a\nfunctions: { f: { store: s } }\nstores: { s: { bucket: b, prefix: 'year=2024/Daily report, 1+1/' } }\n";
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn a_resolver_reaches_the_table_that_a_store_declares() {
    let text = "\
name: a
mutations:
  resolvers:
    save: { table: items }
    load: { table: orders }
    exact: { table: 'orders-{{sandbox}}' }
    other: { table: odrers }
stores:
  items: { kind: Table, table: 'items-{{sandbox}}' }
tables:
  orders: { name: 'orders-{{sandbox}}' }
";
    assert_eq!(
        edges(text),
        [
            "4:20 mutation save -> table items-{{sandbox}} resolver named:items-{{sandbox}}",
            "5:20 mutation load -> table orders-{{sandbox}} resolver named:orders-{{sandbox}}",
            "6:21 mutation exact -> table orders-{{sandbox}} resolver named:orders-{{sandbox}}",
            "7:21 mutation other -> table odrers resolver named:odrers",
        ]
    );
    assert_eq!(
        findings(text),
        ["7:21 warning unknown-target: `odrers` is no table of this topology (did you mean `orders`?)"]
    );
}

#[test]
fn a_network_and_a_file_system_are_used_by_the_function() {
    let text = |runtime: &str| format!("name: a\nfunctions:\n  f: {{ runtime: {{ {runtime} }} }}\n");
    assert_eq!(
        edges(&text("network: true")),
        ["3:28 function f -> service vpc network unnamed"]
    );
    assert_eq!(edges(&text("network: false, mount_fs: false")), [""; 0]);
    let bucket = edges(&text("fs: { kind: S3, bucket: files }"));
    assert_eq!(bucket.len(), 2);
    assert!(bucket[0].starts_with("3:43 function f -> bucket files read"));
    assert!(bucket[1].starts_with("3:43 function f -> bucket files write"));
    for (runtime, column) in [("mount_fs: true", 19), ("fs: { kind: Efs }", 19)] {
        let edges = edges(&text(runtime));
        assert_eq!(
            edges,
            [format!("3:{column} function f -> service vpc network unnamed")]
        );
        let key = runtime.split(':').next().unwrap();
        assert_eq!(
            findings(&text(runtime)),
            [format!(
                "3:{column} warning explicit-grant: `{key}` mounts an EFS file system, whose id stands in no topology (grant it in the configuration file: `[[grants]]`, `role = \"function\"`, `capability = \"file-system.mount\"`, `on = [\"fs-ID/fsap-ID\"]`)"
            )]
        );
    }
    assert_eq!(codes_at(&text("fs: { kind: S3 }")), ["3:19 no-target"]);
    assert_eq!(codes_at(&text("fs: { kind: Nfs }")), ["3:31 unknown-kind"]);
    assert_eq!(
        findings("name: a\nfunctions: { f: { runtime: python3.12 } }\n"),
        [""; 0]
    );
}

#[test]
fn an_inline_function_counts_for_edges_and_the_directory_of_its_name_for_how_it_runs() {
    let text = "name: a\nfunctions: { f: { function: g }, g: {} }\n";
    let file = "targets: [{ entity: Event, name: E }]\nruntime: { network: true }\n";
    assert_eq!(
        edges_with(text, &[("f", file)]),
        [
            "2:29 function f -> function g destination tagged_",
            "2:29 function f -> transducer transducer destination tagged_",
            "2:21 function f -> service vpc network unnamed",
        ]
    );
    let text = text.replace("f: { function: g }", "f: { function: g, shared: true }");
    let text = format!("{text}events: {{ E: {{ function: g }} }}\n");
    assert_eq!(
        edges_with(&text, &[("f", file)]).len(),
        5,
        "a shared function does what its directory says, too"
    );
}

#[test]
fn a_shared_function_does_what_its_directory_says_besides() {
    let file =
        "targets: [{ entity: Queue, name: q }, { entity: Store, name: s }]\nruntime: { network: true }\n";
    let text = "name: a\nfunctions: { packer: { uri: ../packer, event: E }, other: { uri: ../packer } }\nqueues: { q: {} }\nevents: { E: { function: packer } }\nstores: { s: { table: t, op: read } }\n";
    assert_eq!(
        shared(text, file),
        [
            "2:47 function packer -> event E destination event:default/E",
            "2:47 function packer -> transducer transducer destination tagged_",
            "4:26 event E -> function packer rule tagged_",
            "1:34 function packer -> queue q dead-letter named:q",
            "1:34 function other -> queue q dead-letter named:q",
            "1:62 function packer -> table t read named:t",
            "1:62 function other -> table t read named:t",
            "2:21 function packer -> service vpc network unnamed",
            "2:21 function other -> service vpc network unnamed",
        ]
    );
    assert_eq!(
        shared("name: a\nfunctions: { f: { uri: github.com/x/y } }\n", file),
        [""; 0],
        "a directory that no function names makes none"
    );
}

#[test]
fn the_directory_of_a_shared_function_that_is_not_there_is_an_error() {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", "name: a\nfunctions: { f: { uri: ./f } }\n");
    let mut project = Project::of(&sources, vec![Input::new(main, Vec::new())]);
    project
        .documents
        .resolve(main, "./f", Err("there is no such directory".to_owned()));
    let reading = parse(&sources, &project, &integrations());
    let found: Vec<_> = reading
        .diagnostics
        .iter()
        .map(|found| finding(&sources, found))
        .collect();
    assert_eq!(
        found,
        [
            "2:24 error missing-file: `./f` leads nowhere: there is no such directory (a path of `uri` starts at the topology's directory)"
        ]
    );
}

#[test]
fn each_pool_has_all_triggers() {
    let text = "name: a\nfunctions: { f: {}, g: {} }\npools: [customers, staff]\ntriggers: { PRE_SIGNUP: { function: f }, POST_AUTHENTICATION: { function: g } }\n";
    assert_eq!(
        edges(text),
        [
            "4:37 pool customers -> function f trigger tagged_",
            "4:37 pool staff -> function f trigger tagged_",
            "4:75 pool customers -> function g trigger tagged_",
            "4:75 pool staff -> function g trigger tagged_",
        ]
    );
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn a_schedules_target_is_what_its_arn_or_its_name_says() {
    for (target, edge) in [
        (
            "arn:aws:lambda:{{region}}:{{account}}:function:{{namespace}}_f_{{sandbox}}",
            "function f schedule tagged_",
        ),
        ("f", "function f schedule tagged_"),
        (
            "arn:aws:states:{{region}}:{{account}}:stateMachine:{{namespace}}_{{sandbox}}",
            "state a schedule tagged_",
        ),
        ("{{namespace}}_{{sandbox}}", "state a schedule tagged_"),
        ("a", "state a schedule tagged_"),
        ("arn:aws:sqs:{{region}}:{{account}}:q", "queue q schedule named:q"),
        ("q", "queue q schedule named:q"),
        ("E", "event E schedule event:p/E"),
    ] {
        assert_eq!(
            schedule(target),
            [format!("schedules.json1:41 schedule s -> {edge}").replace("schedules.json", "")],
            "{target}"
        );
    }
}

#[test]
fn a_schedule_leads_nowhere_out_of_the_sandbox() {
    for (target, code) in [
        (
            "arn:aws:lambda:{{region}}:999999999999:function:f_{{sandbox}}",
            "outside-sandbox",
        ),
        (
            "arn:aws:lambda:{{region}}:{{account}}:function:other_f_prod",
            "outside-sandbox",
        ),
        (
            "arn:aws:states:{{region}}:999999999999:stateMachine:a_{{sandbox}}",
            "outside-sandbox",
        ),
        ("arn:aws:sqs:us-east-1:{{account}}:q", "outside-sandbox"),
        (
            "arn:aws:events:{{region}}:999999999999:event-bus/default",
            "outside-sandbox",
        ),
        (
            "arn:aws:events:us-east-1:{{account}}:event-bus/default",
            "outside-sandbox",
        ),
        (
            "arn:aws:events:{{region}}:{{account}}:event-bus/*",
            "invalid-name",
        ),
        (
            "arn:aws:events:{{region}}:{{account}}:event-bus/tc-prod",
            "outside-sandbox",
        ),
        ("arn:aws:sns:{{region}}:{{account}}:t", "unsupported-integration"),
        (
            "arn:aws:scheduler:::aws-sdk:ecs:runTask",
            "unsupported-integration",
        ),
        ("{{stage}}", "unknown-variable"),
    ] {
        let found = schedule(target);
        assert_eq!(found.len(), 1, "{target}: {found:?}");
        assert!(found[0].contains(&format!("error {code}")), "{target}: {found:?}");
    }
}

#[test]
fn a_schedule_puts_the_event_that_its_payload_speaks_of() {
    let target = "arn:aws:events:{{region}}:{{account}}:event-bus/default";
    let file = |payload: &str| {
        format!("{{\"s\": {{\"cron\": \"x\", \"target\": \"{target}\", \"payload\": {payload}}}}}")
    };
    let found = scheduled(
        "name: a\n",
        &file("{\"source\": \"p\", \"detail-type\": \"Tick\"}"),
    );
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("schedule s -> event Tick schedule values:"),
        "{found:?}"
    );
    let found = scheduled("name: a\n", &file("{}"));
    assert_eq!(
        found,
        [
            "schedules.json1:31 warning no-target: schedule `s` does not say which event it puts on the bus (add `source` and `detail-type` to its payload; until then nothing is granted)"
        ]
    );
}

#[test]
fn a_schedule_needs_all_of_its_keys() {
    let found = scheduled(
        "name: a\n",
        "{\"s\": {\"target\": \"f\", \"crn\": \"x\"}, \"t\": null, \"u\": 1}",
    );
    assert_eq!(
        found,
        [
            "schedules.json1:2 error wrong-type: schedule `s` has no `cron` (a schedule needs all of `cron`, `target` and `payload`)",
            "schedules.json1:2 error wrong-type: schedule `s` has no `payload` (a schedule needs all of `cron`, `target` and `payload`)",
            "schedules.json1:18 warning unknown-target: `f` is no function of this topology (declare it under `functions`; access is granted within the sandbox all the same)",
            "schedules.json1:23 warning unknown-key: a schedule has no key `crn` (did you mean `cron`?)",
            "schedules.json1:41 error wrong-type: schedule `t` must be a map, not nothing (give it a body; `{}` is an empty one)",
            "schedules.json1:52 error wrong-type: schedule `u` must be a map, not a number (write `key: value` lines below it, indented)",
        ]
    );
}

#[test]
fn an_express_machine_may_be_waited_for_and_a_standard_one_not() {
    let text = |mode: &str| {
        format!("name: a\n{mode}functions: {{ f: {{ state: a }} }}\nstates: {{ States: {{}} }}\n")
    };
    let ways = |mode: &str| -> Vec<String> {
        let lines = edges(&text(mode));
        let to_the_machine = lines.iter().filter(|line| line.contains("-> state"));
        to_the_machine
            .map(|line| line.split(' ').rev().nth(1).unwrap().to_owned())
            .collect()
    };
    assert_eq!(ways("mode: Express\n"), ["destination", "sync"]);
    assert_eq!(ways("mode: Standard\n"), ["destination"]);
    assert_eq!(ways(""), ["destination"]);
}

#[test]
fn pools_and_triggers_that_would_never_end_are_refused() {
    let pools: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
    let triggers: Vec<String> = (0..200).map(|n| format!("T{n}: {{ function: f }}")).collect();
    let text = format!(
        "name: a\nfunctions: {{ f: {{}} }}\npools: [{}]\ntriggers: {{ {} }}\n",
        pools.join(", "),
        triggers.join(", ")
    );
    assert_eq!(codes_at(&text), ["4:1 too-large"]);
}

#[test]
fn what_is_of_a_wrong_type_is_one_finding_and_nothing_is_guessed() {
    let text = "\
name: a
functions: { f: { store: {}, runtime: { network: x, mount_fs: 3, fs: [a] } } }
stores: { s: [a], 'v*': { bucket: b } }
tables: [x]
triggers: { T: x }
pages: { p: 3 }
";
    assert_eq!(
        codes_at(text),
        [
            "2:26 wrong-type",
            "2:50 wrong-type",
            "2:63 wrong-type",
            "2:70 wrong-type",
            "3:14 wrong-type",
            "3:19 invalid-name",
            "4:9 wrong-type",
            "5:16 wrong-type",
            "6:13 wrong-type",
        ]
    );
}

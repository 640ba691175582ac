//! What a reference leads to: an entity of the topology, another of the sandbox, or out of it.

use super::{codes_at, edges, findings};

fn task(name: &str) -> String {
    format!(
        "name: orders\nfunctions: {{ packer: {{}} }}\nstates:\n  States:\n    S:\n      Type: Task\n      Resource: arn:aws:states:::lambda:invoke\n      Parameters:\n        FunctionName: '{name}'\n"
    )
}

fn target(name: &str) -> String {
    edges(&task(name))[0].replace("9:23 state orders -> function ", "")
}

#[test]
fn every_form_of_a_functions_name_leads_to_it() {
    for name in [
        "packer",
        "packer:live",
        "{{namespace}}_packer_{{sandbox}}",
        "{{ namespace }}_packer_{{ sandbox }}",
        "orders_packer_{{sandbox}}",
        "{{namespace}}_packer_{{sandbox}}:$LATEST",
        "arn:aws:lambda:{{region}}:{{account}}:function:orders_packer_{{sandbox}}",
        "arn:aws:lambda:us-west-2:{{acc}}:function:{{namespace}}_packer_{{sandbox}}:1",
        "{{account}}:function:{{namespace}}_packer_{{sandbox}}",
    ] {
        assert_eq!(target(name), "packer task tagged_", "{name}");
        assert_eq!(findings(&task(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_function_of_another_namespace_in_the_sandbox_is_no_finding() {
    for (name, expected) in [
        (
            "billing_charge_{{sandbox}}",
            "billing_charge_{{sandbox}} task tagged_",
        ),
        (
            "billing-charge-{{sandbox}}",
            "billing-charge-{{sandbox}} task tagged-",
        ),
        (
            "arn:aws:lambda:{{region}}:{{account}}:function:billing_charge_{{sandbox}}",
            "billing_charge_{{sandbox}} task tagged_",
        ),
    ] {
        assert_eq!(target(name), expected);
        assert_eq!(findings(&task(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_function_that_is_not_declared_is_a_warning_and_stays_within_the_sandbox() {
    assert_eq!(
        target("{{namespace}}_pcker_{{sandbox}}"),
        "{{namespace}}_pcker_{{sandbox}} task tagged_"
    );
    assert_eq!(
        findings(&task("pakcer")),
        ["9:23 warning unknown-target: `pakcer` is no function of this topology (did you mean `packer`?)"]
    );
    assert_eq!(target("pakcer"), "pakcer task tagged_");
    assert_eq!(
        findings(&task("{{namespace}}_ship_{{sandbox}}")),
        [
            "9:23 warning unknown-target: `{{namespace}}_ship_{{sandbox}}` is no function of this topology (declare it under `functions`; access is granted within the sandbox all the same)"
        ]
    );
}

#[test]
fn a_reference_out_of_the_sandbox_is_an_error() {
    for name in [
        "arn:aws:lambda:us-west-2:999999999999:function:orders_packer_{{sandbox}}",
        "arn:aws:lambda:us-west-2::function:orders_packer_{{sandbox}}",
        "arn:aws:lambda:{{region}}:{{account}}:function:orders_packer_qa",
        "arn:aws:lambda:{{region}}:{{account}}:function:packer",
        "999999999999:function:packer",
        "orders_packer_qa",
        "{{namespace}}_packer_qa",
        "{{sandbox}}_packer",
        "packer{{sandbox}}",
        "{{namespace}}_packer_{{sandbox_trimmed}}",
    ] {
        assert_eq!(codes_at(&task(name)), ["9:23 outside-sandbox"], "{name}");
    }
    assert_eq!(
        findings(&task("{{namespace}}_packer_qa")),
        [
            "9:23 error outside-sandbox: `{{namespace}}_packer_qa` leads out of the sandbox (end the name with `_{{sandbox}}`)"
        ]
    );
    assert_eq!(
        findings(&task("999999999999:function:packer")),
        [
            "9:23 error outside-sandbox: `999999999999:function:packer` names account `999999999999`, which need not be the sandbox's (write `{{account}}` for the account, or name a function of this sandbox)"
        ]
    );
}

#[test]
fn no_pattern_passes_for_a_name() {
    for name in [
        "*",
        "pack?r",
        "{{namespace}}_*_{{sandbox}}",
        "a/b",
        "a${aws:username}_{{sandbox}}",
    ] {
        assert_eq!(codes_at(&task(name)), ["9:23 invalid-name"], "{name}");
    }
    assert_eq!(
        codes_at("name: a\nevents: { E: { producer: 日本, function: f } }\nfunctions: { f: {} }\n"),
        ["2:26 invalid-name"]
    );
    let text = "name: a\nfunctions: { f: { queue: '*' }, '*': {} }\nqueues: { 'a*': {}, b: { name: '{{namespace}}-*' } }\nevents: { '*': { producer: '${x}', function: f } }\nmutations: { resolvers: { 'm*': { table: '*' } } }\n";
    assert_eq!(
        codes_at(text),
        [
            "2:26 invalid-name",
            "2:33 invalid-name",
            "3:11 invalid-name",
            "3:32 invalid-name",
            "4:11 invalid-name",
            "4:28 invalid-name",
            "5:27 invalid-name",
            "5:42 invalid-name",
        ]
    );
}

#[test]
fn an_arn_of_another_kind_is_refused() {
    assert_eq!(
        findings(&task("arn:aws:sqs:{{region}}:{{account}}:packer")),
        [
            "9:23 error invalid-name: `arn:aws:sqs:{{region}}:{{account}}:packer` is not the ARN of a function (a function has the ARN `arn:aws:lambda:{{region}}:{{account}}:function:NAME`)"
        ]
    );
}

#[test]
fn a_variable_that_does_not_exist_is_an_error_at_its_place() {
    assert_eq!(
        findings(&task("{{namespace}}_packer_{{sandbx}}")),
        [
            "9:45 error unknown-variable: unknown variable `sandbx` (did you mean `{{sandbox}}`? known variables: account, acc, region, namespace, abbr_namespace, sandbox, sandbox_trimmed, env, profile, ASSET_BUCKET, ASSET_ACCOUNT, repo)"
        ]
    );
    assert_eq!(
        codes_at(&task("{{x}}_{{y}}")),
        ["9:24 unknown-variable", "9:30 unknown-variable"]
    );
    assert_eq!(codes_at(&task("packer_{{sandbox")), ["9:31 unknown-variable"]);
    assert_eq!(
        codes_at("name: a\nqueues: { q: { name: '{{stage}}' } }\n"),
        ["2:23 unknown-variable"]
    );
    assert_eq!(
        codes_at("name: a\nfunctions: { f: { fqn: '{{stage}}' } }\n"),
        ["2:25 unknown-variable"]
    );
}

#[test]
fn a_variable_that_does_not_exist_is_an_error_in_every_value() {
    let text = "name: a\nroutes: { /x: { function: f, request_template: '{{anything}}' } }\nfunctions: { f: { runtime: { vars: ['{{x}}'] } } }\nstates: { States: { A: { Type: Pass, Result: 'a-{{ y }}-{{sandbox}}' } } }\nevents: { E: { function: f, pattern: '{\"detail\": [\"{{z}}\"]}' } }\n";
    assert_eq!(
        codes_at(text),
        [
            "2:49 unknown-variable",
            "3:38 unknown-variable",
            "4:49 unknown-variable",
            "5:52 unknown-variable",
        ]
    );
}

#[test]
fn a_variable_that_does_not_exist_is_told_once_in_a_key_and_in_a_producer() {
    let text = "name: a\nfunctions: { f: {} }\nqueues: { 'q-{{sandbx}}': { function: f } }\nevents: { 'E {{x}}': { producer: 'p-{{y}}', function: f } }\n";
    assert_eq!(
        codes_at(text),
        [
            "3:14 unknown-variable",
            "4:14 unknown-variable",
            "4:37 unknown-variable"
        ]
    );
    assert!(findings(text)[0].contains("did you mean `{{sandbox}}`?"));
}

#[test]
fn what_tc_keeps_apart_may_hold_braces_of_its_own() {
    let text = "name: a\nfunctions: { f: { code: 'print(f\"{{x}}\")', build: { command: 'docker ps --format {{.ID}}' }, runtime: { uri: '{{git_root}}/{{version}}' } }, g: { runtime: { code: 'return \"{{y}}\"' } } }\ntests: { t: '{{x}}' }\nhooks: { h: 'echo {{' }\n";
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn a_queue_is_named_exactly_declared_or_not() {
    let text = "\
name: a
routes:
  /a: { queue: jobs }
  /b: { queue: real-jobs }
  /c: { queue: 'arn:aws:sqs:{{region}}:{{account}}:real-jobs' }
  /d: { queue: job }
  /e: { queue: 'arn:aws:sqs:us-west-2:999999999999:jobs' }
queues: { jobs: { name: real-jobs } }
";
    assert_eq!(codes_at(text), ["6:16 unknown-target", "7:16 outside-sandbox"]);
    let sound = text.replace("us-west-2:999999999999", "{{region}}:{{account}}");
    let names: Vec<String> = edges(&sound)
        .iter()
        .map(|edge| edge.rsplit(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "named:real-jobs",
            "named:real-jobs",
            "named:real-jobs",
            "named:job",
            "named:jobs"
        ]
    );
}

#[test]
fn undeclared_events_mutations_and_channels_are_warned_of_and_not_granted() {
    let text = "\
name: a
functions:
  f: { event: OrderPlacd }
  g: { mutation: updte, channel: nws }
events: { OrderPlaced: { mutation: zzz, channel: yyy } }
mutations: { resolvers: { update: { function: f } } }
channels: { news: {} }
";
    assert_eq!(
        findings(text),
        [
            "3:15 warning unknown-target: `OrderPlacd` is no event of this topology (did you mean `OrderPlaced`?)",
            "4:18 warning unknown-target: `updte` is no mutation of this topology (did you mean `update`?)",
            "4:34 warning unknown-target: `nws` is no channel of this topology (did you mean `news`?)",
            "5:36 warning unknown-target: `zzz` is no mutation of this topology (declare it under `mutations`; until then nothing is granted)",
            "5:50 warning unknown-target: `yyy` is no channel of this topology (declare it under `channels`; until then nothing is granted)",
        ]
    );
    assert_eq!(
        edges(text),
        ["6:47 mutation update -> function f resolver tagged_"]
    );
}

#[test]
fn the_own_state_machine_goes_by_several_names() {
    let machine = "states: { States: { P: { Type: Pass } } }\n";
    for name in [
        "orders",
        "''",
        "'{{namespace}}'",
        "'{{namespace}}_{{sandbox}}'",
        "'orders_{{sandbox}}'",
    ] {
        let text = format!("name: orders\nevents: {{ E: {{ state: {name} }} }}\n{machine}");
        assert_eq!(
            edges(&text),
            ["2:23 event E -> state orders rule tagged_"],
            "{name}"
        );
        assert_eq!(findings(&text), [""; 0], "{name}");
    }
}

#[test]
fn another_state_machine_is_a_warning_unless_it_names_the_sandbox() {
    let event = |name: &str| {
        format!(
            "name: orders\nevents: {{ E: {{ state: '{name}' }} }}\nstates: {{ States: {{ P: {{ Type: Pass }} }} }}\n"
        )
    };
    assert_eq!(
        findings(&event("order")),
        [
            "2:23 warning unknown-target: `order` is not the state machine of this topology (did you mean `orders`?)"
        ]
    );
    assert_eq!(
        edges(&event("order")),
        ["2:23 event E -> state order rule tagged_"]
    );
    assert_eq!(findings(&event("billing_{{sandbox}}")), [""; 0]);
    let arn = "arn:aws:states:{{region}}:{{account}}:stateMachine:billing-{{sandbox}}";
    assert_eq!(
        edges(&event(arn)),
        ["2:23 event E -> state billing-{{sandbox}} rule tagged-"]
    );
    assert_eq!(codes_at(&event("{{namespace}}_qa")), ["2:23 outside-sandbox"]);
    let whole = "arn:aws:states:{{region}}:{{account}}:stateMachine:orders";
    assert_eq!(codes_at(&event(whole)), ["2:23 outside-sandbox"]);
}

#[test]
fn a_state_without_a_state_machine_is_a_warning() {
    let text = "name: orders\nevents: { E: { state: orders } }\n";
    assert_eq!(
        findings(text),
        [
            "2:23 warning unknown-target: the topology has no state machine (name this topology, or give it a state machine under `states`; access is granted within the sandbox)"
        ]
    );
    assert_eq!(edges(text), ["2:23 event E -> state orders rule tagged_"]);
}

#[test]
fn two_functions_of_one_name_in_aws_are_an_error() {
    let text = "name: a\nfunctions:\n  f: {}\n  g: { fqn: a_f }\n";
    assert_eq!(
        findings(text),
        [
            "4:3 error duplicate-function: functions `f` and `g` have the same name in AWS, `a_f_{{sandbox}}` (the first is at topology.yml:3: rename one of them)"
        ]
    );
}

#[test]
fn a_queue_of_another_region_is_not_taken_for_one_of_the_sandbox() {
    let with = |region: &str| {
        format!(
            "name: a\nqueues: {{ q: {{}} }}\nfunctions: {{ f: {{ queue: 'arn:aws:sqs:{region}:{{{{account}}}}:q' }} }}\n"
        )
    };
    assert_eq!(
        findings(&with("eu-west-1")),
        [
            "3:26 error outside-sandbox: `arn:aws:sqs:eu-west-1:{{account}}:q` names region `eu-west-1`, which need not be the sandbox's (write `{{region}}` for the region, or name a queue of this sandbox)"
        ]
    );
    assert_eq!(findings(&with("{{region}}")), [""; 0]);
}

#[test]
fn a_mistyped_whole_name_is_answered_in_the_form_in_which_it_is_written() {
    assert_eq!(
        findings(&task("{{namespace}}_pakcer_{{sandbox}}")),
        [
            "9:23 warning unknown-target: `{{namespace}}_pakcer_{{sandbox}}` is no function of this topology (did you mean `{{namespace}}_packer_{{sandbox}}`?)"
        ]
    );
}

#[test]
fn a_name_that_is_near_is_shown_without_control_characters() {
    let text = "name: a\nfunctions: { f: { queue: returns } }\nqueues: { \"ret\\turns\": {} }\nstates: { StartAt: Pack, States: { \"Pa\\tck\": { Type: Pass, End: true } } }\n";
    let near: Vec<String> = findings(text)
        .into_iter()
        .filter(|line| line.contains("mean"))
        .collect();
    assert_eq!(near.len(), 2, "{near:?}");
    assert!(near[0].ends_with("(did you mean `ret\\turns`?)"), "{near:?}");
    assert!(near[1].ends_with("(did you mean `Pa\\tck`?)"), "{near:?}");
}

//! State machines: what each state calls, in whatever form it is written.

use proptest::prelude::*;

use super::*;

/// A topology whose Standard state machine has one state, named `S`, with these fields.
fn machine(fields: &str) -> String {
    format!(
        "name: a\nmode: Standard\nfunctions: {{ f: {{}} }}\nqueues: {{ q: {{ function: f }} }}\nstates: {{ States: {{ S: {{ {fields} }} }} }}\n"
    )
}

/// A task with a resource and parameters.
fn task(resource: &str, parameters: &str) -> String {
    machine(&format!(
        "Type: Task, Resource: 'arn:aws:states:::{resource}', Parameters: {{ {parameters} }}"
    ))
}

/// The edges of the state machine, without their places and source.
fn called(text: &str) -> Vec<String> {
    let reading = read(text);
    let [topology] = &reading.topologies[..] else {
        panic!("{:#?}", reading.diagnostics)
    };
    let edges = topology.edges.iter().filter(|edge| edge.via == Via::Task);
    edges
        .map(|edge| {
            let id = edge.integration.as_deref().unwrap_or("-");
            let target = &edge.target;
            let values = match &target.binding {
                Binding::Values(values) => values
                    .iter()
                    .map(|(name, text)| format!("{name}={text}"))
                    .collect::<Vec<_>>()
                    .join(" "),
                other => binding(other),
            };
            format!("{id}: {} {} [{values}]", target.kind, target.name)
        })
        .collect()
}

#[test]
fn a_nested_state_machine_is_started_and_followed_and_the_rule_is_kept() {
    let arn = "arn:aws:states:{{region}}:{{account}}:stateMachine:ship_{{sandbox}}";
    let text = task(
        "states:startExecution.sync:2",
        &format!("StateMachineArn: '{arn}'"),
    );
    assert_eq!(
        called(&text),
        [
            "states:startExecution.sync:2/rule: service StepFunctionsGetEventsForStepFunctionsExecutionRule [name=StepFunctionsGetEventsForStepFunctionsExecutionRule]",
            "states:startExecution.sync:2: state ship_{{sandbox}} [tagged_]",
            "states:startExecution.sync:2/execution: state ship_{{sandbox}} [machine=ship_{{sandbox}}]",
        ]
    );
    assert_eq!(findings(&text), [""; 0]);
    let of_an_alias = text.replace("ship_{{sandbox}}", "ship_{{sandbox}}:live");
    assert_eq!(called(&of_an_alias), called(&text));
}

#[test]
fn a_parameter_is_computed_by_the_end_of_its_key_or_by_its_value() {
    let key = |parameters: &str| called(&task("aws-sdk:s3:getObject", parameters));
    let any = ["aws-sdk:s3:getObject: bucket b [bucket=b]"];
    for parameters in [
        "Bucket: b, Key.$: $.key",
        "Bucket: b, Key: '$$.Execution.Id'",
        "Bucket: b, Key: '{% $states.input.key %}'",
        "Bucket: b, Key: 'States.Format(''{}'', $.x)'",
    ] {
        assert_eq!(key(parameters), any, "{parameters}");
        assert_eq!(
            codes_at(&task("aws-sdk:s3:getObject", parameters))[0]
                .split(' ')
                .nth(1),
            Some("dynamic-target")
        );
    }
    assert_eq!(
        key("Bucket: 'b-{{sandbox}}', Key: a/b.json"),
        ["aws-sdk:s3:getObject: bucket b-{{sandbox}} [bucket=b-{{sandbox}} key=a/b.json]"]
    );
}

#[test]
fn a_target_that_is_computed_and_bears_no_tag_is_left_without_a_name() {
    for (resource, parameters) in [
        ("dynamodb:putItem", "TableName.$: $.t"),
        ("sqs:sendMessage", "QueueUrl.$: $.q"),
        ("sns:publish", "TopicArn: '{% $t %}'"),
        ("sns:publish", "PhoneNumber: '+1'"),
        ("events:putEvents", "Entries.$: $.entries"),
        ("events:putEvents", "Entries: [{ DetailType: D, Source.$: $.s }]"),
        ("glue:startJobRun", "JobName.$: $.j"),
        ("ecs:runTask", "TaskDefinition: t, Cluster.$: $.c"),
    ] {
        let called = called(&task(resource, parameters));
        assert!(called[0].ends_with("[unnamed]"), "{called:?}");
    }
    let all = called(&machine(
        "Type: Task, Resource: 'arn:aws:states:::dynamodb:getItem', Arguments: '{% $states.input %}'",
    ));
    assert_eq!(all, ["dynamodb:getItem: table {% $states.input %} [unnamed]"]);
}

#[test]
fn a_target_with_a_tag_may_be_computed_and_is_noted() {
    for (resource, parameters) in [
        ("states:startExecution", "StateMachineArn.$: $.m"),
        ("lambda:invoke", "FunctionName: '{% $f %}'"),
    ] {
        let text = task(resource, parameters);
        assert!(called(&text)[0].ends_with("[tagged_]"));
        assert!(codes_at(&text)[0].ends_with("dynamic-target"));
    }
}

#[test]
fn a_queue_or_a_table_is_found_among_those_of_the_topology() {
    let queue = task(
        "sqs:sendMessage",
        "QueueUrl: 'https://sqs.{{region}}.amazonaws.com/{{account}}/q'",
    );
    assert_eq!(called(&queue), ["sqs:sendMessage: queue q [named:q]"]);
    assert_eq!(findings(&queue), [""; 0]);
    let other = queue.replace("/q'", "/w'");
    assert_eq!(codes_at(&other), ["5:108 unknown-target"]);
    let table = task("dynamodb:getItem", "TableName: 't-{{sandbox}}'");
    assert_eq!(
        called(&table),
        ["dynamodb:getItem: table t-{{sandbox}} [named:t-{{sandbox}}]"]
    );
}

#[test]
fn another_account_or_region_is_outside_whatever_is_called() {
    for (resource, parameters) in [
        ("sns:publish", "TopicArn: 'arn:aws:sns:{{region}}:999999999999:t'"),
        ("sns:publish", "TopicArn: 'arn:aws:sns:eu-west-1:{{account}}:t'"),
        (
            "sqs:sendMessage",
            "QueueUrl: 'https://sqs.{{region}}.amazonaws.com/999999999999/q'",
        ),
        (
            "dynamodb:getItem",
            "TableName: 'arn:aws:dynamodb:{{region}}:999999999999:table/t'",
        ),
        (
            "states:startExecution.sync",
            "StateMachineArn: 'arn:aws:states:{{region}}:999999999999:stateMachine:x_{{sandbox}}'",
        ),
        (
            "ecs:runTask",
            "TaskDefinition: t, Overrides: { TaskRoleArn: 'arn:aws:iam::999999999999:role/admin' }",
        ),
        (
            "events:putEvents",
            "Entries: [{ DetailType: D, Source: s, EventBusName: 'arn:aws:events:{{region}}:999999999999:event-bus/b' }]",
        ),
    ] {
        let found = codes_at(&task(resource, parameters));
        assert!(
            found.iter().any(|found| found.ends_with("outside-sandbox")),
            "{found:?}"
        );
    }
}

#[test]
fn credentials_are_refused_since_another_role_is_outside() {
    let text = machine(
        "Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: f }, Credentials: { RoleArn: x }",
    );
    assert_eq!(codes_at(&text), ["5:128 outside-sandbox"]);
}

#[test]
fn a_value_in_none_of_its_forms_is_an_error_that_shows_them() {
    assert_eq!(
        findings(&task("sns:publish", "TopicArn: orders")),
        [
            "5:104 error invalid-name: `orders` is not understood as `TopicArn` (write `arn:aws:sns:{{region}}:{{account}}:NAME`)"
        ]
    );
    for pattern in ["'*'", "'a?'", "'a*b'", "'${x}'"] {
        let found = codes_at(&task("glue:startJobRun", &format!("JobName: {pattern}")));
        assert!(found[0].ends_with("invalid-name"), "{pattern}: {found:?}");
    }
}

#[test]
fn the_help_for_a_value_in_no_form_is_the_way_out_of_what_is_wrong_with_it() {
    let help = |call: &str, parameters: &str| findings(&task(call, parameters)).remove(0);
    let pattern = help("glue:startJobRun", "JobName: 'pack*'");
    assert!(pattern.contains("leave out `*`"), "{pattern}");
    let model = help("bedrock:invokeModel", "ModelId: 'arn:aws:sns:x'");
    assert!(
        model.contains("`arn:aws:bedrock:{{region}}::foundation-model/MODEL`"),
        "{model}"
    );
}

#[test]
fn an_unknown_integration_is_an_error_that_names_the_nearest() {
    let found = |resource: &str| findings(&task(resource, "")).remove(0);
    assert!(
        found("dynamodb:putItems")
            .contains("what `dynamodb:putItems` needs is not known (did you mean `dynamodb:putItem`?)")
    );
    assert!(found("dynamodb:putItem.sync").contains("(known here: `dynamodb:putItem`)"));
    assert!(
        found("mediaconvert:createJob")
            .contains("(let a function that a task calls (`lambda:invoke`) do this)")
    );
}

#[test]
fn who_gets_the_token_of_a_task_answers_it() {
    let callbacks = |text: &str| {
        let edges = edges(text).into_iter().filter(|edge| edge.contains(" callback "));
        edges
            .map(|edge| edge.split(' ').skip(1).take(2).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    let url = "QueueUrl: 'https://sqs.{{region}}.amazonaws.com/{{account}}/q'";
    let direct = task("lambda:invoke.waitForTaskToken", "FunctionName: f");
    assert_eq!(callbacks(&direct), ["function f"]);
    let queue = task("sqs:sendMessage.waitForTaskToken", url);
    assert_eq!(callbacks(&queue), ["function f"]);
    let dynamic = task("lambda:invoke.waitForTaskToken", "FunctionName.$: $.f");
    assert_eq!(callbacks(&dynamic), ["function $.f"]);
    let event = task(
        "events:putEvents.waitForTaskToken",
        "Entries: [{ Source: a, DetailType: E }]",
    );
    let handled = event.replace("queues:", "events: { E: { producer: a, function: f } }\nqueues:");
    assert_eq!(callbacks(&handled), ["function f"]);
    assert_eq!(findings(&handled), [""; 0]);
    assert_eq!(callbacks(&event), [""; 0]);
    assert!(codes_at(&event)[0].ends_with("unknown-answer"));
    let plain = task("sqs:sendMessage", url);
    assert_eq!(callbacks(&plain), [""; 0]);
}

#[test]
fn what_an_express_state_machine_cannot_do_is_warned_of() {
    let arn = "'arn:aws:states:{{region}}:{{account}}:stateMachine:x_{{sandbox}}'";
    for state in [
        "Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: { FunctionName: f }".to_owned(),
        format!("Type: Task, Resource: 'arn:aws:states:::states:startExecution.sync', Parameters: {{ StateMachineArn: {arn} }}"),
        "Type: Task, Resource: 'arn:aws:states:{{region}}:{{account}}:activity:x'".to_owned(),
        "Type: Map, ItemProcessor: { ProcessorConfig: { Mode: DISTRIBUTED, ExecutionType: STANDARD } }".to_owned(),
    ] {
        let standard = machine(&state);
        assert_eq!(findings(&standard), [""; 0], "{state}");
        for express in [standard.replace("mode: Standard\n", ""), standard.replace("Standard", "Express")] {
            let codes = codes_at(&express);
            assert_eq!(codes.len(), 1, "{codes:?}");
            assert!(codes[0].ends_with("wrong-mode"), "{codes:?}");
        }
    }
    let inner = "Type: Task, Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', Parameters: { FunctionName: f }";
    let map = |kind: &str| {
        machine(&format!(
            "Type: Map, ItemProcessor: {{ ProcessorConfig: {{ Mode: DISTRIBUTED, ExecutionType: {kind} }}, States: {{ I: {{ {inner} }} }} }}"
        ))
    };
    assert_eq!(findings(&map("STANDARD")), [""; 0]);
    assert!(findings(&map("EXPRESS"))[0].contains("wrong-mode"));
    assert_eq!(codes_at("name: a\nmode: Fast\n"), ["2:7 wrong-mode"]);
}

#[test]
fn a_state_machine_is_started_in_the_way_that_its_type_knows() {
    let arn = "StateMachineArn: 'arn:aws:states:{{region}}:{{account}}:stateMachine:a_{{sandbox}}'";
    let codes = |mode: &str, resource: &str| {
        let text = task(resource, arn).replace("mode: Standard", &format!("mode: {mode}"));
        codes_at(&text).len()
    };
    assert_eq!(codes("Standard", "states:startExecution.sync:2"), 0);
    assert_eq!(codes("Standard", "aws-sdk:sfn:startSyncExecution"), 1);
    assert_eq!(codes("Express", "aws-sdk:sfn:startSyncExecution"), 0);
    assert_eq!(codes("Express", "states:startExecution.sync:2"), 2);
}

#[test]
fn a_task_of_ecs_that_names_no_role_leaves_passing_it_on_to_be_granted() {
    let text = task("ecs:runTask", "TaskDefinition: 'pack_{{sandbox}}'");
    let found = findings(&text);
    assert_eq!(found.len(), 2);
    assert!(
        found[1].contains("note unnamed-role: state `S` names no `Overrides.TaskRoleArn`"),
        "{found:?}"
    );
    assert_eq!(
        called(&text),
        ["ecs:runTask: service pack_{{sandbox}} [clusters=default family=pack_{{sandbox}}]"]
    );
}

#[test]
fn an_activity_needs_nothing_of_the_state_machine() {
    let text = machine("Type: Task, Resource: 'arn:aws:states:us-west-2:123456789012:activity:approve'");
    assert_eq!(called(&text), ["arn:states:activity: service approve [unnamed]"]);
    assert_eq!(
        integrations().need("arn:states:activity").unwrap().capabilities,
        [""; 0]
    );
}

#[test]
fn a_type_of_state_that_does_not_exist_is_warned_of() {
    assert_eq!(
        findings(&machine("Type: task, End: true")),
        [
            "5:32 warning unknown-state: state `S` has the type `task`, which does not exist (did you mean `Task`?)"
        ]
    );
}

/// A topology with other files, each found by its name.
fn in_files(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    let added: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, sources.add(*name, *text)))
        .collect();
    let mut project = Project::of(&sources, vec![Input::new(main, Vec::new())]);
    for (name, file) in &added {
        for base in sources.files() {
            project.documents.resolve(base, format!("./{name}"), Ok(*file));
        }
    }
    let reading = parse(&sources, &project, &integrations());
    let found = reading.diagnostics.iter().map(|found| finding(&sources, found));
    let edges = reading.topologies.iter().flat_map(|topology| &topology.edges);
    let edges = edges.map(|edge| format!("{} {}", sources.name(edge.span.file), line(&sources, edge)));
    edges.chain(found).collect()
}

#[test]
fn a_definition_is_read_from_the_file_that_is_named() {
    let task = "{\"Type\": \"Task\", \"Resource\": \"arn:aws:states:::lambda:invoke\", \"Parameters\": {\"FunctionName\": \"f\"}}";
    let json = format!("{{\n\t\"StartAt\":\"S\",\n\t\"States\":{{\"S\":{task}}}\n}}");
    for key in ["flow", "states"] {
        let text = format!("name: a\nfunctions: {{ f: {{}} }}\n{key}: ./m.json\n");
        assert_eq!(
            in_files(&text, &[("m.json", &json)]),
            ["m.json 3:110 state a -> function f task tagged_"]
        );
    }
    let yaml = "StartAt: S\nStates: !include ./s.yml\n";
    let states =
        "S: { Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: f } }";
    assert_eq!(
        in_files(
            "name: a\nfunctions: { f: {} }\nflow: ./m.yml\n",
            &[("m.yml", yaml), ("s.yml", states)]
        ),
        ["s.yml 1:90 state a -> function f task tagged_"]
    );
}

#[test]
fn a_definition_that_is_no_map_or_empty_is_an_error() {
    let text = "name: a\nflow: ./m.yml\n";
    assert_eq!(
        in_files(text, &[("m.yml", "- a\n")])[0]
            .split(':')
            .take(3)
            .collect::<Vec<_>>()
            .join(":"),
        "m.yml1:1 error wrong-type: the state machine in `./m.yml` must be a map, not a list (write `key"
    );
    assert_eq!(
        in_files(text, &[("m.yml", "name: package\n")]),
        [
            "2:7 warning unknown-state: the state machine in `./m.yml` has no `States` (is it the right file? nothing is granted for what it does not say)"
        ]
    );
    let empty = &in_files(text, &[("m.yml", "# nothing\n")])[0];
    assert!(
        empty.contains("missing-file: the state machine in `./m.yml` cannot be read: it is empty"),
        "{empty}"
    );
}

#[test]
fn json_as_other_programs_write_it_is_read() {
    let smile = "\\ud83d\\ude00";
    let json = format!(
        "{{\"Comment\": \"{smile} \\/ \\b\\f\\n\\r\\t \\u00e9 \\\"q\\\" \\\\\", \"StartAt\":\"{smile}\",\"States\":{{\"{smile}\":{{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Parameters\":{{\"FunctionName\":\"f\",\"Payload\":{{\"n\":1e3,\"x\":null,\"y\":[true,-0.5]}}}}}}}}}}"
    );
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    let found = in_files(
        "name: a\nfunctions: { f: {} }\nflow: ./m.json\n",
        &[("m.json", &json)],
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("state a -> function f task tagged_"));
}

#[test]
fn every_row_of_the_table_is_found_by_what_it_is_called_and_every_form_exists() {
    let table = integrations();
    for row in &table.integrations {
        for used in &row.uses {
            let forms = used.form.iter().chain(used.with.iter().map(|with| &with.form));
            for form in forms {
                assert!(table.forms.contains_key(form), "{form}");
            }
            for resource in &row.resources {
                let id = row.id(resource, used);
                assert!(table.need(&id).is_some(), "{id}");
            }
        }
        for call in row.resources.iter().map(String::as_str) {
            assert!(
                table
                    .find(row.place, call)
                    .is_some_and(|(found, _)| found.doc == row.doc),
                "{call}"
            );
        }
    }
    assert_eq!(
        table.need("glue:startJobRun").unwrap().capabilities,
        ["job.start"]
    );
    assert_eq!(
        table.need("glue:startJobRun.sync").unwrap().capabilities,
        ["job.start", "job.follow"]
    );
    assert!(table.need("glue:startJob").is_none());
    assert!(table.need("lambda:invoke/x").is_none());
}

/// Values that mean something to the reader of state machines, in places where they may not.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    let words = [
        "Task",
        "Map",
        "DISTRIBUTED",
        "EXPRESS",
        "arn:aws:states:::ecs:runTask.sync",
        "arn:aws:states:::http:invoke",
        "arn:aws:states:::events:putEvents.waitForTaskToken",
        "arn:aws:states:::s3:getObject",
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::bedrock:invokeModel",
        "arn:aws:states:::aws-sdk:ssm:getParameters",
        "arn:",
        "",
        "f",
        "q",
        "{% $x %}",
        "$.x",
        "{{sandbox}}",
        "{{x}}",
        "us.a:b",
        "https://sqs.{{region}}.amazonaws.com/{{account}}/q",
        "=",
        "日",
    ];
    let keys = [
        "States",
        "StartAt",
        "Type",
        "Resource",
        "Parameters",
        "Arguments",
        "ItemProcessor",
        "Iterator",
        "ProcessorConfig",
        "Mode",
        "ExecutionType",
        "ItemReader",
        "ReaderConfig",
        "InputType",
        "ResultWriter",
        "Branches",
        "Credentials",
        "FunctionName",
        "FunctionName.$",
        "Entries",
        "DetailType",
        "Source",
        "Bucket",
        "Key.$",
        "Names",
        "TaskDefinition",
        "Cluster.$",
        "Overrides",
        "TaskRoleArn",
        "ModelId",
        "ApiEndpoint",
        "Method",
        "Label",
        "S",
    ];
    let leaf = prop_oneof![
        proptest::sample::select(words.to_vec()).prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
        Just(serde_json::Value::from(7)),
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
            proptest::collection::btree_map(proptest::sample::select(keys.to_vec()), inner, 0..6).prop_map(
                |map| map
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            ),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_state_is_the_answer_is_a_topology_or_an_error(state in anything(), express in any::<bool>()) {
        let mode = if express { "Express" } else { "Standard" };
        let text = serde_json::json!({
            "name": "a", "mode": mode, "functions": {"f": {}}, "queues": {"q": {"function": "f"}},
            "states": {"States": {"S": state, "T": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": state}}},
        });
        findings(&text.to_string());
    }
}

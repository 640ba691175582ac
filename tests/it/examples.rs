//! The roles of the examples: each as recorded, and `orders` statement by statement.

use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm, examples};

/// The id that the GraphQL API of an example may have.
const API: &str = "graphql=abcdefghijklmnopqrstuvwxyz";

fn rendered(example: &str) -> Outcome {
    let tcperm = Tcperm::in_example(example);
    let arguments = ["render", "-s", "dev", "--account", "123456789012"];
    let more = ["--region", "us-west-2", "--graphql-api", API, "--format", "json"];
    tcperm.args(arguments.into_iter().chain(more)).run().exits(0)
}

#[test]
fn every_example_renders_as_recorded_and_without_a_finding() {
    let names = examples();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let outcome = rendered(&name);
        assert_eq!(outcome.json()["diagnostics"], json!([]), "{name}");
        insta::assert_snapshot!(format!("example {name}"), outcome);
    }
}

#[test]
fn the_order_of_the_command_line_and_the_place_of_the_run_change_no_byte() {
    for name in examples() {
        let copy = Tcperm::in_copy_of_example(&name);
        let arguments = ["render", "--format", "json", "--graphql-api", API];
        let more = ["--region", "us-west-2", "--account", "123456789012", "-s", "dev"];
        let outcome = copy.args(arguments.into_iter().chain(more)).run();
        assert_eq!(outcome.stdout, rendered(&name).stdout, "{name}");
    }
}

#[test]
fn a_tree_of_topologies_is_read_as_a_whole_with_r_as_with_recursive() {
    let copy = Tcperm::in_copy_of_example("shop-monorepo");
    let arguments = [
        "render",
        "-s",
        "dev",
        "--account",
        "123456789012",
        "--format",
        "json",
    ];
    let by_itself = copy.args(arguments).run().exits(0);
    assert_eq!(
        by_itself.json()["namespaces"],
        json!(["billing", "fulfilment", "shop"])
    );
    let topology = crate::support::read(&copy.folder().join("topology.yml"));
    copy.write(
        "topology.yml",
        &topology.replace("recursive: true", "# read with -r"),
    );
    let with_r = copy.args(arguments.into_iter().chain(["-r"])).run().exits(0);
    assert_eq!(by_itself.stdout, with_r.stdout);
}

/// The role of `orders` for a kind: trust, policies by name, tags.
fn role(kind: &str) -> (Value, Vec<(String, Value)>, Value) {
    let document = rendered("orders").json();
    let roles = document["roles"].as_array().unwrap();
    let role = roles.iter().find(|role| role["entity"] == kind).unwrap();
    assert_eq!(role["name"], format!("tc-base-{kind}-dev"));
    assert_eq!(
        role["arn"],
        format!("arn:aws:iam::123456789012:role/tc-base-{kind}-dev")
    );
    assert_eq!(role["boundary"], Value::Null);
    let statements = |document: &Value| {
        assert_eq!(document["Version"], "2012-10-17");
        document["Statement"].clone()
    };
    let policies = role["policies"].as_array().unwrap().iter();
    let policies = policies
        .map(|policy| {
            let name = policy["name"].as_str().unwrap().to_owned();
            (name, statements(&policy["document"]))
        })
        .collect();
    (statements(&role["trust"]), policies, role["tags"].clone())
}

fn tags(capabilities: &str) -> Value {
    json!({
        "sandbox": "dev",
        "deployer": "tcperm",
        "tcperm:mode": "dynamic",
        "tcperm:ns:orders": capabilities,
    })
}

fn of_the_sandbox() -> Value {
    json!({"StringEquals": {"aws:ResourceTag/sandbox": "dev"}})
}

fn invoke() -> Value {
    json!({
        "Sid": "InvokeFunction",
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": [
            "arn:aws:lambda:us-west-2:123456789012:function:*_dev",
            "arn:aws:lambda:us-west-2:123456789012:function:*_dev:*"
        ],
        "Condition": of_the_sandbox(),
    })
}

fn trust(sid: &str, service: &str, sources: Option<&str>) -> Value {
    let mut statement = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": format!("{service}.amazonaws.com")},
        "Action": "sts:AssumeRole",
    });
    if let Some(sources) = sources {
        statement["Condition"] = json!({
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": format!("arn:aws:{service}:us-west-2:123456789012:{sources}")},
        });
    }
    json!([statement])
}

#[test]
fn orders_has_a_role_for_each_of_its_four_kinds_and_no_other() {
    let document = rendered("orders").json();
    let roles = document["roles"].as_array().unwrap();
    let kinds: Vec<&str> = roles
        .iter()
        .map(|role| role["entity"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["event", "function", "route", "state"]);
    assert_eq!(document["namespaces"], json!(["orders"]));
}

/// The tags without the digest of the templates, which is 16 hex digits.
fn without_digest(mut tags: Value) -> Value {
    let digest = tags.as_object_mut().unwrap().remove("tcperm:template").unwrap();
    let digest = digest.as_str().unwrap();
    assert!(
        digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()),
        "{digest}"
    );
    tags
}

#[test]
fn the_route_role_of_orders_invokes_functions_of_the_sandbox() {
    let (trusted, policies, tagged) = role("route");
    assert_eq!(trusted, trust("ApiGateway", "apigateway", None));
    assert_eq!(policies, [("tc-base-route-dev".to_owned(), json!([invoke()]))]);
    assert_eq!(without_digest(tagged), tags("function.invoke"));
}

#[test]
fn the_event_role_of_orders_starts_state_machines_of_the_sandbox() {
    let (trusted, policies, tagged) = role("event");
    assert_eq!(trusted, trust("EventBridge", "events", Some("rule/*")));
    let start = json!([{
        "Sid": "StartExecution",
        "Effect": "Allow",
        "Action": "states:StartExecution",
        "Resource": "arn:aws:states:us-west-2:123456789012:stateMachine:*_dev",
        "Condition": of_the_sandbox(),
    }]);
    assert_eq!(policies, [("tc-base-event-dev".to_owned(), start)]);
    assert_eq!(without_digest(tagged), tags("state.start"));
}

#[test]
fn the_state_role_of_orders_invokes_functions_and_delivers_logs() {
    let (trusted, policies, tagged) = role("state");
    assert_eq!(trusted, trust("StepFunctions", "states", Some("stateMachine:*")));
    let deliver = json!({
        "Sid": "DeliverLogs",
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery"
        ],
        "Resource": "*",
    });
    assert_eq!(
        policies,
        [("tc-base-state-dev".to_owned(), json!([deliver, invoke()]))]
    );
    assert_eq!(without_digest(tagged), tags("function.invoke logs.deliver"));
}

#[test]
fn the_function_role_of_orders_keeps_what_is_exact_in_a_policy_of_the_topology() {
    let (trusted, policies, tagged) = role("function");
    assert_eq!(trusted, trust("Lambda", "lambda", None));
    let shared = json!([
        {
            "Sid": "CreateLogGroup",
            "Effect": "Allow",
            "Action": "logs:CreateLogGroup",
            "Resource": "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev",
        },
        invoke(),
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:us-west-2:123456789012:log-group:/aws/lambda/*_dev:log-stream:*",
        },
    ]);
    let exact = json!([
        {
            "Sid": "ConsumeQueue",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            "Resource": "arn:aws:sqs:us-west-2:123456789012:returns",
        },
        {
            "Sid": "PutEvents",
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": "arn:aws:events:us-west-2:123456789012:event-bus/default",
            "Condition": {
                "ForAllValues:StringEquals": {
                    "events:source": ["intake"],
                    "events:detail-type": ["OrderPlaced"],
                },
                "Null": {"events:source": "false", "events:detail-type": "false"},
            },
        },
    ]);
    assert_eq!(
        policies,
        [
            ("tc-base-function-dev".to_owned(), shared),
            ("tc-orders".to_owned(), exact)
        ]
    );
    assert_eq!(without_digest(tagged), tags("function.invoke logs.write"));
}

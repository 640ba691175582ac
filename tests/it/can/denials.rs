use serde_json::{Value, json};
use tcperm::ops::{Denial, DeniedLayer, read_denial};

use super::{ACCOUNT, PACKER, orders};
use crate::support::Outcome;

const WHO: &str = "arn:aws:sts::123456789012:assumed-role/tc-base-function-dev/orders_intake_dev";

fn explain(message: &str) -> Outcome {
    let head = format!("can -s dev --account {ACCOUNT} --region us-west-2 --explain-error");
    orders().args(head.split(' ').chain([message])).run()
}

/// What is read of a message: who, for what, on what.
fn said(denial: &Denial) -> [&str; 3] {
    [&denial.principal, &denial.action, &denial.resource].map(|one| one.as_deref().unwrap_or(""))
}

#[test]
fn every_form_of_the_message_is_read() {
    let queue = "arn:aws:sqs:us-west-2:123456789012:returns";
    let core = format!("User: {WHO} is not authorized to perform: sqs:SendMessage on resource: {queue}");
    for message in [
        core.clone(),
        format!("{core} because no identity-based policy allows the sqs:SendMessage action"),
        format!("{core} with an explicit deny"),
        format!(
            "An error occurred (AccessDenied) when calling the SendMessage operation: {core} because no session policy allows the sqs:SendMessage action"
        ),
        format!("AccessDeniedException: {core}\n\tstatus code: 403, request id: 1"),
        format!("{core} (Service: Sqs, Status Code: 403, Request ID: 1)"),
        format!("{{\"__type\":\"AccessDeniedException\",\"Message\":\"{core}\"}}"),
        format!("user: {WHO} is not authorized to perform: sqs:SendMessage on resource: {queue}."),
        core.replace(' ', "\n  "),
    ] {
        let denial = read_denial(&message).unwrap();
        assert_eq!(said(&denial), [WHO, "sqs:SendMessage", queue], "{message}");
    }
    let object = "User: arn:aws:iam::1:user/a is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/a file.txt\" because no identity-based policy allows the s3:GetObject action";
    assert_eq!(
        read_denial(object).unwrap().resource.as_deref(),
        Some("arn:aws:s3:::b/a file.txt")
    );
    let without = format!(
        "User: {WHO} is not authorized to perform: codecommit:ListRepositories because no service control policy allows the codecommit:ListRepositories action"
    );
    assert_eq!(
        said(&read_denial(&without).unwrap()),
        [WHO, "codecommit:ListRepositories", ""]
    );
    assert_eq!(read_denial("hello"), None);
    assert_eq!(read_denial(""), None);
}

#[test]
fn the_reason_is_read() {
    let core = format!("User: {WHO} is not authorized to perform: a:B on resource: arn:aws:a:::b");
    let reason = |rest: &str| {
        let reason = read_denial(&format!("{core} {rest}")).unwrap().reason.unwrap();
        (reason.is_explicit, reason.layer)
    };
    for (rest, layer) in [
        ("identity-based policy", DeniedLayer::Identity),
        ("permissions boundary", DeniedLayer::Boundary),
        ("session policy", DeniedLayer::Session),
        ("resource-based policy", DeniedLayer::Resource),
        ("service control policy", DeniedLayer::ServiceControl),
        ("resource control policy", DeniedLayer::ResourceControl),
        ("VPC endpoint policy", DeniedLayer::Endpoint),
        ("role trust policy", DeniedLayer::Trust),
    ] {
        let implicit = format!("because no {rest} allows the a:B action");
        assert_eq!(reason(&implicit), (false, Some(layer)), "{implicit}");
        for explicit in [
            format!("with an explicit deny in a {rest}"),
            format!("with an explicit deny in an {rest}: arn:aws:organizations::1:policy/p"),
        ] {
            assert_eq!(reason(&explicit), (true, Some(layer)), "{explicit}");
        }
    }
    assert_eq!(reason("with an explicit deny"), (true, None));
    assert_eq!(read_denial(&core).unwrap().reason, None);
}

#[test]
fn a_denial_of_what_no_edge_asks_for_says_which_edge_would() {
    let message = format!(
        "User: {WHO} is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:us-west-2:{ACCOUNT}:returns because no identity-based policy allows the sqs:SendMessage action"
    );
    let outcome = explain(&message).exits(3);
    assert!(
        outcome
            .stdout
            .contains("AWS says: no identity-based policy allows it"),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("an edge function → queue in the topology asks for `queue.send`"),
        "{outcome}"
    );
}

#[test]
fn a_denial_that_hangs_on_the_tag_says_so() {
    let message = format!(
        "User: {WHO} is not authorized to perform: lambda:InvokeFunction on resource: {PACKER}_dev because no identity-based policy allows the lambda:InvokeFunction action"
    );
    let outcome = explain(&message).exits(3);
    assert!(
        outcome
            .stdout
            .contains("with the sandbox's tag on the resource it is allowed"),
        "{outcome}"
    );
    let json = orders()
        .args([
            "can",
            "-s",
            "dev",
            "--region",
            "us-west-2",
            "--format",
            "json",
            "--explain-error",
            &message,
        ])
        .run()
        .exits(3)
        .json();
    assert_eq!(json["if_tagged"], "allowed");
    assert_eq!(json["denial"]["policy_type"], "identity-based policy");
    assert_eq!(json["denial"]["explicit"], Value::Bool(false));
    assert_eq!(json["missing_context"], json!(["aws:ResourceTag/sandbox"]));
}

#[test]
fn a_denial_by_what_is_not_seen_here_is_not_explained_away() {
    let queue = format!("arn:aws:sqs:us-west-2:{ACCOUNT}:returns");
    let message = format!(
        "User: {WHO} is not authorized to perform: sqs:ReceiveMessage on resource: {queue} with an explicit deny in a service control policy"
    );
    let outcome = explain(&message).exits(0);
    assert!(
        outcome
            .stdout
            .contains("what a service control policy says is not known here"),
        "{outcome}"
    );
    let message =
        format!("User: {WHO} is not authorized to perform: sqs:ReceiveMessage on resource: {queue}");
    let outcome = explain(&message).exits(0);
    assert!(
        outcome.stdout.contains("the role as it is known here allows it"),
        "{outcome}"
    );
}

#[test]
fn a_denial_of_somebody_else_says_who_that_is() {
    let of = |who: &str| {
        let message = format!("User: {who} is not authorized to perform: sqs:SendMessage on resource: *");
        explain(&message).exits(1).stderr
    };
    assert!(
        of(&WHO.replace("-dev/", "-qa/")).contains("the function role of the sandbox `qa`: ask with `-s qa`")
    );
    assert!(of(&WHO.replace(ACCOUNT, "999999999999")).contains("the account 999999999999"));
    assert!(of("arn:aws:iam::123456789012:user/ann").contains("it is no role"));
    assert!(of("arn:aws:sts::123456789012:assumed-role/other/x").contains("is no role of the sandbox `dev`"));
}

#[test]
fn a_message_that_does_not_say_enough_is_told_what_it_lacks() {
    for (message, help) in [
        ("hello", "give it whole"),
        (
            "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied",
            "`s3:GetObject`",
        ),
        (
            "UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: abc",
            "decode-authorization-message",
        ),
    ] {
        let outcome = explain(message).exits(1);
        assert!(outcome.stderr.contains(help), "{outcome}");
    }
    let lambda = "The provided execution role does not have permissions to call ReceiveMessage on SQS";
    let outcome = explain(lambda).exits(3);
    assert!(
        outcome
            .stdout
            .contains("tc-base-function-dev: sqs:ReceiveMessage"),
        "{outcome}"
    );
}

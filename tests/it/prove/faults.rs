//! Faults planted in the team's templates are found, each by a request that its role may make.

use serde_json::Value;
use tcperm::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use tcperm::policy::Policy;

use super::prove;
use crate::support::Tcperm;

const FUNCTION: &str = "infrastructure/tc/base/roles/function.json";
const TRUST: &str = "infrastructure/tc/base/roles/function.trust.json";
const CONDITION: &str = r#""Condition": {"StringEquals": {"aws:ResourceTag/{{tag_key}}": "{{sandbox}}"}}"#;

/// The orders example with templates of the team's.
fn with_templates() -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("orders").env("TC_INFRA_DIR", "infrastructure/tc");
    tcperm.args(["init"]).run().exits(0);
    tcperm
}

/// Puts something else for a text that stands in a file.
fn plant(tcperm: &Tcperm, file: &str, sound: &str, fault: &str) {
    let path = tcperm.folder().join(file);
    let text = tcperm::source::read(&path).unwrap();
    assert!(text.contains(sound), "{file} does not hold {sound}");
    tcperm.write(file, &text.replacen(sound, fault, 1));
}

/// Whether a role that is rendered allows the request of a witness.
fn is_allowed(tcperm: &Tcperm, role: &str, witness: &Value) -> bool {
    let line = "render -s dev --account 000000000000 --region us-west-2 --format json";
    let rendered = tcperm.args(line.split(' ')).run().exits(0).json();
    let roles = rendered["roles"].as_array().unwrap();
    let role = roles.iter().find(|one| one["name"] == role).unwrap();
    let policies = role["policies"].as_array().unwrap().iter();
    let policies: Vec<Policy> = policies
        .map(|policy| Policy::parse(&policy["document"].to_string()).unwrap())
        .collect();
    let mut context = RequestContext::complete();
    for (key, value) in witness["context"].as_object().unwrap() {
        match value {
            Value::Array(all) => {
                let all = all.iter().map(|one| one.as_str().unwrap().to_owned());
                context.set_all(key, all.collect());
            }
            one => context.set(key, one.as_str().unwrap()),
        }
    }
    let request = Request {
        principal: None,
        action: witness["action"].as_str().unwrap().to_owned(),
        resource: witness["resource"].as_str().unwrap().to_owned(),
        context,
    };
    let policies = PolicySet {
        identity: policies.iter().collect(),
        ..PolicySet::default()
    };
    Authorizer::new(&policies).verdict(&request) == Verdict::Allowed
}

/// That the function's role is disproved with a true request on something without the sandbox's tag.
#[track_caller]
fn is_found(tcperm: &Tcperm, says: &str) {
    let proof = prove(tcperm, "-s dev -c function").exits(3).json();
    assert_eq!(proof["result"], "disproved", "{proof:#}");
    let role = &proof["roles"][0];
    let witness = &role["witness"];
    assert!(is_allowed(tcperm, "tc-base-function-dev", witness), "{witness:#}");
    assert_ne!(
        witness["context"]["aws:ResourceTag/sandbox"], "dev",
        "{witness:#}"
    );
    let at = witness["allowed_by"][0]["at"].as_str().unwrap();
    assert!(at.starts_with(FUNCTION), "{at}");
    let why = role["why"].to_string();
    assert!(why.contains(says), "{why}");
}

#[test]
fn templates_without_a_fault_are_proved() {
    prove(&with_templates(), "-s dev").exits(0);
}

#[test]
fn a_missing_condition_is_found() {
    let tcperm = with_templates();
    plant(&tcperm, FUNCTION, &format!(",\n      {CONDITION}"), "");
    is_found(&tcperm, "does not ask for the tag");
}

#[test]
fn a_condition_that_holds_without_the_tag_is_found() {
    let tcperm = with_templates();
    let fault = CONDITION.replace("StringEquals", "StringEqualsIfExists");
    plant(&tcperm, FUNCTION, CONDITION, &fault);
    is_found(&tcperm, "also holds where the resource has no such tag");
}

#[test]
fn a_wildcard_in_the_value_of_the_tag_is_found() {
    for value in ["{{sandbox}}*", "*{{sandbox}}", "d?v"] {
        let tcperm = with_templates();
        let fault = CONDITION
            .replace("StringEquals", "StringLike")
            .replace("{{sandbox}}", value);
        plant(&tcperm, FUNCTION, CONDITION, &fault);
        is_found(&tcperm, "is a pattern");
    }
}

#[test]
fn a_condition_on_all_values_of_the_tag_is_found() {
    let tcperm = with_templates();
    let fault = CONDITION.replace("StringEquals", "ForAllValues:StringEquals");
    plant(&tcperm, FUNCTION, CONDITION, &fault);
    is_found(&tcperm, "also holds where the resource has no such tag");
}

#[test]
fn the_tag_of_another_sandbox_beside_the_own_is_found() {
    let tcperm = with_templates();
    let fault = CONDITION.replace("\"{{sandbox}}\"", "[\"{{sandbox}}\", \"qa\"]");
    plant(&tcperm, FUNCTION, CONDITION, &fault);
    is_found(&tcperm, "it asks for `qa`");
}

#[test]
fn a_pattern_that_is_open_at_its_end_is_found() {
    let tcperm = with_templates();
    plant(
        &tcperm,
        FUNCTION,
        "log-group:/aws/lambda/*{{separator}}{{sandbox}}\"",
        "log-group:/aws/lambda/*{{separator}}{{sandbox}}*\"",
    );
    is_found(&tcperm, "does not ask for the tag");
}

#[test]
fn a_statement_on_all_but_some_resources_is_found() {
    let tcperm = with_templates();
    let sound = "\"Resource\": \"arn:{{partition}}:logs";
    plant(
        &tcperm,
        FUNCTION,
        sound,
        &sound.replace("Resource", "NotResource"),
    );
    is_found(&tcperm, "allows every resource but those it names");
}

#[test]
fn the_tag_of_the_role_is_enough_unless_a_session_can_be_tagged() {
    let tcperm = with_templates();
    let fault = CONDITION.replace("\"{{sandbox}}\"", "\"${aws:PrincipalTag/sandbox}\"");
    plant(&tcperm, FUNCTION, CONDITION, &fault);
    prove(&tcperm, "-s dev -c function").exits(0);
    plant(
        &tcperm,
        TRUST,
        "\"sts:AssumeRole\"",
        "[\"sts:AssumeRole\", \"sts:TagSession\"]",
    );
    is_found(&tcperm, "can have another value than `dev`");
}

#[test]
fn a_role_that_can_get_other_permissions_is_found_concern_by_concern() {
    for (action, concern) in [
        ("iam:PutRolePolicy", "change-iam"),
        ("iam:Pass*", "pass-role"),
        ("lambda:Tag*", "re-tag"),
        ("sts:AssumeRole", "assume-role"),
        ("lambda:AddPermission", "open-resource"),
        // Of these AWS's list says that they write alone.
        ("identitystore:CreateGroupMembership", "change-iam"),
        ("aoss:TagResource", "re-tag"),
        ("kinesis:PutResourcePolicy", "open-resource"),
        ("lambda:CreateFunctionUrlConfig", "open-resource"),
        ("lambda:UpdateFunctionCode", "run-as"),
        ("ssm:Send*", "run-as"),
        ("codebuild:StartBuild", "run-as"),
    ] {
        let tcperm = with_templates();
        plant(
            &tcperm,
            FUNCTION,
            "\"logs:CreateLogGroup\"",
            &format!("\"{action}\""),
        );
        let proof = prove(&tcperm, "-s dev -c function --no-escalation")
            .exits(3)
            .json();
        for claim in proof["roles"][0]["claims"].as_array().unwrap() {
            let expected = if claim["name"] == concern {
                "disproved"
            } else {
                "proved"
            };
            assert_eq!(claim["result"], expected, "{action}: {claim:#}");
        }
        let witness = &proof["roles"][0]["witness"];
        assert!(
            is_allowed(&tcperm, "tc-base-function-dev", witness),
            "{witness:#}"
        );
    }
}

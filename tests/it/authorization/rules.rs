//! What a role must be like, whatever it is for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reference::{Reference, ResourceType};

/// Where the roles are to be.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub partition: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub sandbox: &'a str,
}

/// The resource types that carry the sandbox tag: an Allow on them needs the tag condition.
const TAGGED: &[&str] = &["lambda:function", "states:statemachine"];

/// The resource types without a tag whose name is known beforehand: named exactly.
const EXACT: &[&str] = &["dynamodb:table", "events:event-bus", "sqs:queue"];

/// The services that assume one role: rules and schedules, in the order of statements.
const TOGETHER: [&str; 2] = ["events.amazonaws.com", "scheduler.amazonaws.com"];

/// Actions that Lambda itself must be allowed on everything: a function's network interfaces do
/// not exist before. <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
const ON_ANYTHING: &[&str] = &[
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
];

/// Actions that AWS's data gives no resource type, and that its documentation and its own
/// tools limit to a state machine, with the condition keys they have there:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>,
/// <https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.StateMachine.html>.
const OF_A_STATE_MACHINE: &[(&str, &[&str])] = &[
    (
        "states:InvokeHTTPEndpoint",
        &["states:HTTPEndpoint", "states:HTTPMethod"],
    ),
    ("states:SendTaskFailure", &[]),
    ("states:SendTaskHeartbeat", &[]),
    ("states:SendTaskSuccess", &[]),
];

const PASSED_TO: &str = "iam:PassedToService";

const PROFILE: &str = "bedrock:InferenceProfileArn";

const SANDBOX_KEY: &str = "aws:ResourceTag/sandbox";

/// All that is wrong with a role as `tcperm render --format json` shows it.
pub fn findings(reference: &Reference, place: &Place, role: &Value) -> Vec<String> {
    let name = role["name"].as_str().unwrap_or("a role without a name");
    let mut found: Vec<String> = trust_findings(reference, &role["trust"])
        .into_iter()
        .map(|finding| format!("{name}: trust: {finding}"))
        .collect();
    for policy in list(&role["policies"]) {
        let of_policy = policy_findings(reference, place, &policy["document"]);
        let policy_name = policy["name"].as_str().unwrap_or("a policy without a name");
        found.extend(
            of_policy
                .into_iter()
                .map(|finding| format!("{name}: {policy_name}: {finding}")),
        );
    }
    found
}

fn trust_findings(reference: &Reference, document: &Value) -> Vec<String> {
    let mut found = document_findings(document);
    let statements = list(&document["Statement"]);
    let services: Vec<&str> = statements
        .iter()
        .flat_map(|statement| texts(&statement["Principal"]["Service"]))
        .collect();
    if statements.len() != 1 && services != TOGETHER {
        found.push(format!("{} statements, not one", statements.len()));
    }
    for statement in statements {
        found.extend(element_findings(
            statement,
            &["Sid", "Effect", "Principal", "Action", "Condition"],
        ));
        let services = statement["Principal"].as_object().map(|principal| {
            let service = principal.get("Service").map(texts).unwrap_or_default();
            (principal.len(), service)
        });
        match services {
            Some((1, service)) if service.len() == 1 && service[0].ends_with(".amazonaws.com") => {}
            _ => found.push(format!(
                "the principal is not one service: {}",
                statement["Principal"]
            )),
        }
        if texts(&statement["Action"]) != ["sts:AssumeRole"] || statement["Effect"] != "Allow" {
            found.push("allows something else than sts:AssumeRole".to_owned());
        }
        for (operator, key, _) in conditions(statement) {
            if operator.ends_with("IfExists") || !reference.supports("sts:AssumeRole", None, key) {
                found.push(format!("the condition {operator} on {key}"));
            }
        }
    }
    found
}

fn policy_findings(reference: &Reference, place: &Place, document: &Value) -> Vec<String> {
    let mut found = document_findings(document);
    for statement in list(&document["Statement"]) {
        let sid = statement["Sid"].as_str().unwrap_or("a statement without a Sid");
        let of_statement = statement_findings(reference, place, statement);
        found.extend(
            of_statement
                .into_iter()
                .map(|finding| format!("{sid}: {finding}")),
        );
    }
    found
}

fn document_findings(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if document["Version"] != "2012-10-17" {
        found.push(format!("the version is {}", document["Version"]));
    }
    if list(&document["Statement"]).is_empty() {
        found.push("no statement".to_owned());
    }
    let mut sids = BTreeSet::new();
    for statement in list(&document["Statement"]) {
        if let Some(sid) = statement.get("Sid").map(|sid| sid.as_str().unwrap_or_default()) {
            if sid.is_empty() || !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                found.push(format!("`{sid}` is no Sid"));
            }
            if !sids.insert(sid) {
                found.push(format!("the Sid `{sid}` stands twice"));
            }
        }
    }
    found
}

fn statement_findings(reference: &Reference, place: &Place, statement: &Value) -> Vec<String> {
    let mut found = element_findings(statement, &["Sid", "Effect", "Action", "Resource", "Condition"]);
    let (actions, resources) = (texts(&statement["Action"]), texts(&statement["Resource"]));
    if actions.is_empty() || resources.is_empty() {
        found.push("no action or no resource".to_owned());
    }
    for action in actions {
        found.extend(action_findings(reference, action, statement));
        if !reference.has(action) {
            continue;
        }
        let free = reference.resource_types(action).is_empty();
        if let Some((_, keys)) = OF_A_STATE_MACHINE.iter().find(|(name, _)| *name == action) {
            found.extend(state_machine_findings(place, statement, keys));
            continue;
        }
        for resource in &resources {
            let resource = in_a_region(resource, place, statement);
            let resource = resource.as_str();
            let kind = reference.type_of(action, resource, place);
            match &kind {
                None if resource == "*" && (free || ON_ANYTHING.contains(&action)) => {}
                None if free => found.push(format!("{action} takes no resource, only *: {resource}")),
                None => found.push(format!(
                    "{resource} is nothing that {action} takes in this account and region"
                )),
                Some(kind) => found.extend(kind_findings(kind, resource, place, statement)),
            }
            for (operator, key, _) in conditions(statement) {
                if !reference.supports(action, kind.as_ref(), key) {
                    found.push(format!(
                        "{action} on {resource} has no condition key {key} ({operator})"
                    ));
                }
            }
        }
    }
    found.extend(condition_findings(place, statement));
    found
}

/// A model that is reached in every region, when only through an inference profile of this
/// region: the ARN as it is in this region.
fn in_a_region(resource: &str, place: &Place, statement: &Value) -> String {
    let profile = texts(&statement["Condition"]["ArnEquals"][PROFILE]);
    if profile.is_empty() || profile.iter().any(|arn| arn.contains(['*', '?'])) {
        return resource.to_owned();
    }
    let own = format!(":bedrock:{}::", place.region);
    resource.replace(":bedrock:*::", &own)
}

/// What is wrong with the resources and conditions of an action that is limited to a state machine.
fn state_machine_findings(place: &Place, statement: &Value, keys: &[&str]) -> Vec<String> {
    let start = format!(
        "arn:{}:states:{}:{}:stateMachine:",
        place.partition, place.region, place.account
    );
    let mut found = Vec::new();
    for resource in texts(&statement["Resource"]) {
        if !resource.starts_with(&start) || resource.contains(['*', '?']) || !resource.contains(place.sandbox)
        {
            found.push(format!("{resource} is not one state machine of the sandbox"));
        }
    }
    for (operator, key, _) in conditions(statement) {
        if !keys.contains(&key) {
            found.push(format!("{operator} on {key}"));
        }
    }
    found
}

/// Whether a role is passed to one service, and exactly named.
fn passes_to_one_service(statement: &Value) -> bool {
    let services = texts(&statement["Condition"]["StringEquals"][PASSED_TO]);
    let roles = texts(&statement["Resource"]);
    services.len() == 1 && roles.iter().all(|role| !role.contains(['*', '?']))
}

fn action_findings(reference: &Reference, action: &str, statement: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let (service, verb) = action.split_once(':').unwrap_or(("", action));
    let verb = verb.to_ascii_lowercase();
    if action.contains(['*', '?']) {
        found.push(format!("{action} holds a wildcard"));
    } else if !reference.has(action) {
        found.push(format!(
            "AWS has no action {action}, or the catalogue lacks it: run scripts/renew-catalogue"
        ));
    }
    let passes = action == "iam:PassRole" && passes_to_one_service(statement);
    if (service == "iam" && !passes) || action.starts_with("sts:Assume") {
        found.push(format!("{action} hands out permissions"));
    }
    if verb.starts_with("tag") || verb.starts_with("untag") {
        found.push(format!("{action} moves resources between sandboxes"));
    }
    found
}

/// What the kind of a resource asks of the statement.
fn kind_findings(kind: &ResourceType<'_>, resource: &str, place: &Place, statement: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let allows = statement["Effect"] == "Allow";
    if allows && TAGGED.contains(&kind.name.as_str()) {
        let tag = &statement["Condition"]["StringEquals"][SANDBOX_KEY];
        if texts(tag) != [place.sandbox] {
            found.push(format!("{resource} is allowed without the tag of the sandbox"));
        }
        if !resource.contains(place.sandbox) {
            found.push(format!("{resource} does not hold the name of the sandbox"));
        }
    }
    // The indexes of a table are the table's, whatever their names.
    let named = resource.strip_suffix("/index/*").unwrap_or(resource);
    if allows && EXACT.contains(&kind.name.as_str()) && named.contains(['*', '?']) {
        found.push(format!("{resource} carries no tag and is not named exactly"));
    }
    found
}

fn condition_findings(place: &Place, statement: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (operator, key, value) in conditions(statement) {
        if operator.ends_with("IfExists") {
            found.push(format!("{operator} on {key} is true where the key is missing"));
        }
        let sandbox = key.eq_ignore_ascii_case(SANDBOX_KEY);
        if sandbox && (operator != "StringEquals" || texts(value) != [place.sandbox]) {
            found.push(format!("{operator} on {key} is not the tag condition: {value}"));
        }
    }
    found
}

fn element_findings(statement: &Value, known: &[&str]) -> Vec<String> {
    let Some(elements) = statement.as_object() else {
        return vec!["is no statement".to_owned()];
    };
    let mut found: Vec<String> = elements
        .keys()
        .filter(|element| !known.contains(&element.as_str()))
        .map(|element| format!("the element {element}"))
        .collect();
    if statement["Effect"] != "Allow" && statement["Effect"] != "Deny" {
        found.push(format!("the effect is {}", statement["Effect"]));
    }
    found
}

/// Operator, key and value of each condition.
fn conditions(statement: &Value) -> Vec<(&str, &str, &Value)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, value)| (operator.as_str(), key.as_str(), value))
        })
        .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    value.as_str().map_or_else(
        || list(value).iter().filter_map(Value::as_str).collect(),
        |text| vec![text],
    )
}

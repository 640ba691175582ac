//! Whether a policy allows the calls that were made: told by an evaluator of another make, the
//! crate `iam-rs`.
//!
//! Of what a request tells, a call knows the condition keys that AWS's service authorization
//! reference names for its action and its resource, and no others.

use std::collections::{BTreeMap, BTreeSet};

use iam_rs::{
    Context, ContextValue, Decision, IAMPolicy, IAMRequest, Principal, PrincipalId, evaluate_policy,
};
use tcperm::model::{AccountId, RoleName};
use tcperm::operator::{Mode, Operator, Task};
use tcperm::policy::catalogue::Catalogue;
use tcperm::template::RuleBook;

use super::{Call, form};

/// A policy to judge by.
#[derive(Debug)]
pub struct Judge {
    policy: IAMPolicy,
}

/// What IAM is asked: may this be done?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The action, with its service.
    pub action: String,
    /// The ARN of what it is done to.
    pub resource: String,
    /// What is known of the request: condition keys that hold one value.
    pub context: BTreeMap<String, String>,
    /// The keys of the tags that are sent.
    pub tag_keys: BTreeSet<String>,
}

impl Judge {
    /// Of a document, as JSON.
    pub fn of(document: &str) -> Self {
        let policy = serde_json::from_str(document).unwrap_or_else(|error| panic!("{document}: {error}"));
        Self { policy }
    }

    /// Whether the policy allows it.
    pub fn allows(&self, question: &Question) -> bool {
        let catalogue = Catalogue::built_in();
        let action = catalogue.action(&question.action).expect("AWS knows the action");
        let knows = |key: &str| catalogue.supports(action, &question.resource, key);
        let mut context = Context::new();
        for (key, value) in question.context.iter().filter(|(key, _)| knows(key)) {
            context.insert(key.clone(), ContextValue::String(value.clone()));
        }
        if knows("aws:TagKeys") && !question.tag_keys.is_empty() {
            let keys = question.tag_keys.iter().cloned().collect();
            context.insert("aws:TagKeys".to_owned(), ContextValue::StringList(keys));
        }
        let caller = PrincipalId::String("arn:aws:iam::123456789012:role/operator".to_owned());
        let resource = iam_rs::Arn::parse(&question.resource).expect("an ARN");
        let request =
            IAMRequest::new_with_context(Principal::Aws(caller), &*question.action, resource, context);
        evaluate_policy(&self.policy, &request).expect("a policy that can be evaluated") == Decision::Allow
    }
}

/// What IAM is asked for a call. One that needs no permission asks nothing; the creation of a role with
/// tags asks for its tagging too, and AWS leaves open whether the tags then count as the role's already.
pub fn questions(account: &str, call: &Call) -> Vec<Question> {
    if call.action == "GetCallerIdentity" {
        return Vec::new();
    }
    let field = |name: &str| form::field(&call.form, name);
    let sent = sent_tags(&call.form);
    let before = call.before.clone().unwrap_or_default();
    let mut context: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in &sent {
        context.insert(format!("aws:RequestTag/{key}"), value.clone());
    }
    for (key, value) in &before.tags {
        context.insert(format!("aws:ResourceTag/{key}"), value.clone());
    }
    let boundary = field("PermissionsBoundary").or(before.boundary);
    let known = [
        ("iam:PermissionsBoundary", boundary),
        ("iam:PolicyARN", field("PolicyArn")),
    ];
    for (key, value) in known {
        context.extend(value.map(|value| (key.to_owned(), value)));
    }
    let untagged = (1..).map_while(|n| field(&format!("TagKeys.member.{n}")));
    let question = Question {
        action: format!("{}:{}", call.service(), call.action),
        resource: resource(account, call),
        tag_keys: sent.keys().cloned().chain(untagged).collect(),
        context,
    };
    if call.action != "CreateRole" {
        return vec![question];
    }
    let mut born = question.clone();
    for (key, value) in &sent {
        born.context
            .insert(format!("aws:ResourceTag/{key}"), value.clone());
    }
    let tagging = |question: &Question| Question {
        action: "iam:TagRole".to_owned(),
        ..question.clone()
    };
    vec![tagging(&question), tagging(&born), question, born]
}

fn sent_tags(form: &str) -> BTreeMap<String, String> {
    let tag = |n| {
        let key = form::field(form, &format!("Tags.member.{n}.Key"))?;
        let value = form::field(form, &format!("Tags.member.{n}.Value"));
        Some((key, value.unwrap_or_default()))
    };
    (1..).map_while(tag).collect()
}

fn resource(account: &str, call: &Call) -> String {
    let field = |name: &str| form::field(&call.form, name).unwrap_or_default();
    let own = |kind: &str, name: &str| format!("arn:aws:iam::{account}:{kind}/{name}");
    match call.action.as_str() {
        "ListRoles" | "GetAccountSummary" => own("role", ""),
        "AssumeRole" => field("RoleArn"),
        "GetPolicy" | "GetPolicyVersion" | "ListPolicyVersions" | "DeletePolicy" | "DeletePolicyVersion" => {
            field("PolicyArn")
        }
        "RemoveRoleFromInstanceProfile" => own("instance-profile", &field("InstanceProfileName")),
        _ => own("role", call.role.as_deref().expect("the name of a role")),
    }
}

/// Panics at a call that the policy for all verbs and modes does not allow.
#[track_caller]
pub fn expect_allowed(account: &str, calls: &[Call]) {
    let fields = |name: &str| -> Vec<String> {
        calls
            .iter()
            .filter_map(|call| form::field(&call.form, name))
            .collect()
    };
    let names = calls.iter().filter_map(|call| call.role.as_deref());
    let chosen = names.filter(|name| !RoleName::STARTS.iter().any(|start| name.starts_with(start)));
    let operator = Operator {
        partition: tcperm::model::Partition::parse("aws").unwrap(),
        account: AccountId::parse(account).unwrap(),
        tasks: Task::VERBS.into_iter().chain(Task::ADOPTING).collect(),
        modes: Mode::ALL.into_iter().collect(),
        sandbox: None,
        boundary: fields("PermissionsBoundary").pop(),
        managed: fields("PolicyArn"),
        names: chosen.map(|name| RoleName::parse(name).unwrap()).collect(),
        kept: BTreeSet::new(),
        assumed: None,
    };
    let policy = operator.policy(RuleBook::built_in().unwrap()).unwrap();
    let judge = Judge::of(&policy.to_json());
    // A role that another run has deleted meanwhile has no tags to judge by.
    let is_gone = |call: &Call| {
        let is_of_role = call.role.is_some() && call.action != "CreateRole";
        is_of_role && call.is_write() && call.before.is_none()
    };
    let judged = calls
        .iter()
        .filter(|call| call.action != "AssumeRole" && !is_gone(call));
    for call in judged {
        for question in questions(account, call) {
            assert!(
                judge.allows(&question),
                "{call}: {question:#?}\n{}",
                policy.to_pretty_json()
            );
        }
    }
}

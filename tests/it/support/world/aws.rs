//! An account in moto from outside: by calls past the proxy.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Change, FOREIGN_POLICY, FOREIGN_TRUST, Role};
use crate::support::moto::tags;
use crate::support::{Moto, form, texts};

pub fn roles(moto: &Moto) -> BTreeMap<String, Role> {
    let names = moto.role_names().into_iter();
    names.map(|name| (name.clone(), role(moto, &name))).collect()
}

pub fn make_role(moto: &Moto, name: &str) {
    let fields = [("RoleName", name), ("AssumeRolePolicyDocument", FOREIGN_TRUST)];
    moto.call("CreateRole", &fields);
}

pub fn make_managed_policy(moto: &Moto, name: &str) {
    let fields = [("PolicyName", name), ("PolicyDocument", FOREIGN_POLICY)];
    moto.call("CreatePolicy", &fields);
}

pub fn add_versions(moto: &Moto, account: &str, policy: &str, number: usize) {
    let arn = format!("arn:aws:iam::{account}:policy/{policy}");
    for _ in 0..number {
        // The newest is in force, so that versions before and after it have to go.
        let fields = [
            ("PolicyArn", arn.as_str()),
            ("PolicyDocument", FOREIGN_POLICY),
            ("SetAsDefault", "true"),
        ];
        moto.call("CreatePolicyVersion", &fields);
    }
}

pub fn managed_policies(moto: &Moto) -> Vec<String> {
    let mut names = texts(&moto.call("ListPolicies", &[("Scope", "Local")]), "PolicyName");
    names.sort();
    names
}

pub fn forget_description(moto: &Moto, role: &str) {
    moto.call("UpdateRole", &[("RoleName", role), ("Description", "")]);
}

pub fn change(moto: &Moto, account: &str, role: &str, change: Change<'_>) {
    let call = |action: &str, fields: &[(&str, &str)]| {
        moto.call(action, &[&[("RoleName", role)], fields].concat());
    };
    match change {
        Change::Trust(document) => call("UpdateAssumeRolePolicy", &[("PolicyDocument", document)]),
        Change::PutInline(policy, document) => call(
            "PutRolePolicy",
            &[("PolicyName", policy), ("PolicyDocument", document)],
        ),
        Change::DeleteInline(policy) => call("DeleteRolePolicy", &[("PolicyName", policy)]),
        Change::Attach(policy) => {
            let fields = [("PolicyName", policy), ("PolicyDocument", FOREIGN_POLICY)];
            // One that several roles hold is made only once.
            let _ = moto.try_call("CreatePolicy", &fields);
            let arn = format!("arn:aws:iam::{account}:policy/{policy}");
            call("AttachRolePolicy", &[("PolicyArn", &arn)]);
        }
        Change::Detach(policy) => {
            let arn = format!("arn:aws:iam::{account}:policy/{policy}");
            call("DetachRolePolicy", &[("PolicyArn", &arn)]);
        }
        Change::Profile(profile) => {
            moto.call("CreateInstanceProfile", &[("InstanceProfileName", profile)]);
            call("AddRoleToInstanceProfile", &[("InstanceProfileName", profile)]);
        }
        Change::Tag(key, value) => call(
            "TagRole",
            &[("Tags.member.1.Key", key), ("Tags.member.1.Value", value)],
        ),
        Change::Untag(key) => call("UntagRole", &[("TagKeys.member.1", key)]),
    }
}

fn role(moto: &Moto, name: &str) -> Role {
    let ask = |action: &str| moto.call(action, &[("RoleName", name)]);
    let detail = ask("GetRole");
    let inline = texts(&ask("ListRolePolicies"), "member").into_iter();
    Role {
        arn: texts(&detail, "Arn").remove(0),
        trust: document(&texts(&detail, "AssumeRolePolicyDocument").remove(0)),
        inline: inline
            .map(|policy| {
                let answer = moto.call("GetRolePolicy", &[("RoleName", name), ("PolicyName", &policy)]);
                (policy, document(&texts(&answer, "PolicyDocument").remove(0)))
            })
            .collect(),
        managed: texts(&ask("ListAttachedRolePolicies"), "PolicyArn")
            .into_iter()
            .collect(),
        profiles: texts(&ask("ListInstanceProfilesForRole"), "InstanceProfileName")
            .into_iter()
            .collect(),
        tags: tags(&ask("ListRoleTags")),
    }
}

/// A document as IAM answers it: as it is, or escaped.
fn document(answer: &str) -> Value {
    serde_json::from_str(answer)
        .or_else(|_| serde_json::from_str(&form::unescape(answer)))
        .unwrap_or_else(|error| panic!("not a document: {answer}: {error}"))
}

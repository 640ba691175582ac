//! Every statement of every capability is one that AWS understands, whether an example needs it
//! or not, with the tags of the team and without.

use serde_json::{Map, Value, json};
use tcperm::grants::{CapabilityRule, Matrix, Scope};
use tcperm::model::{AccountId, Assets, Context, Region, Sandbox};
use tcperm::policy::Policy;
use tcperm::template::{RuleBook, place};

use super::reference::Reference;
use super::rules::{Place, findings};

pub fn context() -> Context {
    let region = Region::parse("us-west-2").unwrap();
    Context {
        partition: region.partition(),
        account: AccountId::parse("123456789012").unwrap(),
        region,
        sandbox: Sandbox::parse("dev").unwrap(),
        profile: None,
        event_bus: "default".to_owned(),
        assets: Assets::default(),
    }
}

/// A value for everything that a capability's templates can ask for.
pub fn values(rules: &RuleBook, rule: &CapabilityRule) -> Map<String, Value> {
    let mut values = place(&context());
    for (name, value) in [("separator", "_"), ("variant", ""), ("ordinal", "")] {
        values.insert(name.to_owned(), json!(value));
    }
    let Some(template) = &rule.arn else {
        return values;
    };
    let mut named = values.clone();
    named.insert("reach".to_owned(), json!("below"));
    if rule.target == "bucket" && template.contains("reach") {
        named.insert("name".to_owned(), json!("sample/objects/"));
    }
    for name in template
        .split("{{")
        .skip(1)
        .filter_map(|rest| rest.split("}}").next())
    {
        named.entry(name).or_insert_with(|| json!("sample_dev"));
    }
    let arn = rules.line(template, &named).unwrap();
    values.insert("arns".to_owned(), json!([arn]));
    values.insert("arn".to_owned(), json!(arn));
    for name in &rule.limits {
        values.insert(name.clone(), json!(["sample"]));
    }
    values
}

/// The role that a capability alone would make.
fn role(id: &str, rules: &RuleBook, rule: &CapabilityRule, tagged: bool) -> Value {
    let mut values = values(rules, rule);
    values.insert("tagged".to_owned(), json!(tagged));
    let statements = rules.statements(id, &values).unwrap();
    json!({
        "name": id,
        "trust": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]},
        "policies": [{"name": if tagged { "tagged" } else { "untagged" }, "document": Policy::of(statements)}],
    })
}

#[test]
fn every_statement_of_every_capability_is_one_that_aws_understands() {
    let (rules, reference) = (RuleBook::built_in().unwrap(), Reference::load());
    let place = Place {
        partition: "aws",
        region: "us-west-2",
        account: "123456789012",
        sandbox: "dev",
    };
    let mut found = Vec::new();
    let capabilities = &Matrix::built_in().unwrap().capabilities;
    assert!(capabilities.len() > 25);
    for (id, rule) in capabilities.iter().filter(|(_, rule)| rule.scope != Scope::Trust) {
        for tagged in [false, true] {
            found.extend(findings(&reference, &place, &role(id, rules, rule, tagged)));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

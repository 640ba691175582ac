//! The parts of a policy, each asked alone.

use serde_json::{Value, json};
use tcperm::evaluate::Verdict;

use super::questions::{Kind, Question};

/// A part of a policy.
#[derive(Debug, Clone)]
pub enum What {
    /// A pattern of actions.
    Action,
    /// A pattern of resources.
    Resource { pattern: String, version: String },
    /// An operator on a key.
    Clause {
        operator: String,
        wanted: Vec<String>,
        /// What the request has; `None` where it lacks the key.
        found: Option<Vec<String>>,
        version: String,
    },
    /// `Principal` or `NotPrincipal`.
    Principal { element: String, names: Value },
}

/// A part of a policy, and what each evaluator says of it alone.
#[derive(Debug, Clone)]
pub struct Part {
    pub what: What,
    pub question: Question,
    pub ours: Verdict,
    pub theirs: Result<Verdict, String>,
}

impl Part {
    /// All parts of a question's policies.
    pub fn all(question: &Question) -> Vec<Self> {
        let mut parts = Vec::new();
        for policy in &question.policies {
            for statement in policy["Statement"].as_array().unwrap() {
                parts.extend(of_statement(question, &policy["Version"], statement));
            }
        }
        parts
    }

    /// Whether the two differ.
    pub fn is_disputed(&self) -> bool {
        Ok(self.ours) != self.theirs
    }

    fn ask(what: What, question: &Question, kind: Kind, version: &Value, statement: &Value) -> Self {
        let mut question = question.clone();
        question.kind = kind;
        if kind == Kind::Identity {
            "arn:aws:iam::123456789012:user/ada".clone_into(&mut question.asked.principal);
        }
        question.policies = vec![json!({ "Version": version, "Statement": [statement] })];
        Self {
            what,
            ours: question.ours(),
            theirs: question.theirs(),
            question,
        }
    }
}

fn of_statement(question: &Question, version: &Value, statement: &Value) -> Vec<Part> {
    let mut parts = Vec::new();
    let identity = |what, statement| Part::ask(what, question, Kind::Identity, version, &statement);
    let spelled = version.as_str().unwrap().to_owned();
    for (element, value) in statement.as_object().unwrap() {
        match element.as_str() {
            "Action" | "NotAction" => parts.extend(texts(value).into_iter().map(|action| {
                identity(
                    What::Action,
                    json!({ "Effect": "Allow", "Action": action, "Resource": "*" }),
                )
            })),
            "Resource" | "NotResource" => parts.extend(texts(value).into_iter().map(|pattern| {
                let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": pattern });
                let version = spelled.clone();
                identity(What::Resource { pattern, version }, statement)
            })),
            "Principal" | "NotPrincipal" => {
                for names in one_by_one(value) {
                    let effect = &statement["Effect"];
                    let alone = json!({ "Effect": effect, element: names, "Action": "*", "Resource": "*" });
                    let element = element.clone();
                    let what = What::Principal { element, names };
                    parts.push(Part::ask(what, question, Kind::Resource, version, &alone));
                }
            }
            "Condition" => {
                for (operator, keys) in value.as_object().unwrap() {
                    for (key, values) in keys.as_object().unwrap() {
                        let found = question.asked.context.iter().find(|(known, _)| known == key);
                        let what = What::Clause {
                            operator: operator.clone(),
                            wanted: texts(values),
                            found: found.map(|(_, found)| found.clone()),
                            version: spelled.clone(),
                        };
                        let condition = json!({ operator: { key: values } });
                        let alone = json!({
                            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition
                        });
                        parts.push(identity(what, alone));
                    }
                }
            }
            _ => {}
        }
    }
    parts
}

/// The principals of an element, each alone.
fn one_by_one(principals: &Value) -> Vec<Value> {
    match principals["AWS"].as_array() {
        Some(names) => names.iter().map(|name| json!({ "AWS": name })).collect(),
        None => vec![principals.clone()],
    }
}

fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().unwrap().iter();
    values.map(|value| value.as_str().unwrap().to_owned()).collect()
}

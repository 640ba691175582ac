//! Random policies and requests, of few and telling words, so that they meet often.

use serde_json::{Map, Value, json};
use tcperm::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use tcperm::policy::Policy;

use super::theirs::{self, Asked};
use crate::support::Dice;

/// What kind of policies are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Policies of a principal.
    Identity,
    /// The policy of a resource, alone.
    Resource,
}

/// Policies and a request.
#[derive(Debug, Clone)]
pub struct Question {
    pub kind: Kind,
    pub policies: Vec<Value>,
    pub asked: Asked,
}

const USER: &str = "arn:aws:iam::123456789012:user/ada";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/run";
const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const FEDERATED: &str = "arn:aws:sts::123456789012:federated-user/ada";
const SERVICE: &str = "events.amazonaws.com";
const STRANGER: &str = "arn:aws:iam::999999999999:user/eve";
const STRANGE_SESSION: &str = "arn:aws:sts::999999999999:assumed-role/app/run";
const STRANGE_ROOT: &str = "arn:aws:iam::999999999999:root";

/// Who asks for a resource. The root user of its account is not asked: its own policies allow
/// everything, and the other evaluator has the policy of the resource alone.
const CALLERS: &[&str] = &[
    USER,
    USER,
    SESSION,
    SESSION,
    ROLE,
    FEDERATED,
    SERVICE,
    SERVICE,
    STRANGER,
    STRANGE_SESSION,
    STRANGE_ROOT,
];

const ACTIONS: &[&str] = &[
    "x:Read", "X:read", "x:*", "x:R?ad", "*", "x:Write", "y:Read", "x:Re*",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:x:eu-west-1:123456789012:thing/a",
    "arn:aws:x:eu-west-1:123456789012:thing/*",
    "arn:aws:x:*:123456789012:thing/?",
    "arn:aws:x:*",
    "arn:aws:*:eu-west-1:123456789012:thing/*",
    "arn:aws:x:*:*:thing/a",
    "arn:aws:x:eu-west-1:123456789012:t*/a",
    "arn:aws:x:eu-west-1:123456789012:th*g/*:b",
    "arn:aws:x:eu-*:123456789012:*b",
    "arn:aws:x:eu-west-1*:thing/a",
    "arn:aws:x:eu-west-1:123456789012:thing/${x:Text}",
    "arn:aws:x:eu-west-1:123456789012:thing/${x:Text, 'a'}",
    "arn:aws:x:eu-west-1:123456789012:thing/${x:List}",
    "arn:aws:x:eu-west-1:123456789012:thing/${*}",
    "arn:aws:x:eu-west-1:123456789012:thing/${x:Text, a}",
];
const ASKED: &[&str] = &[
    "arn:aws:x:eu-west-1:123456789012:thing/a",
    "arn:aws:x:eu-west-1:123456789012:thing/a",
    "arn:aws:x:us-east-1:123456789012:thing/b",
    "arn:aws:x:eu-west-1:123456789012:thing/a:b",
    "arn:aws:x:eu-west-1:123456789012:thing/",
    "arn:aws:x:eu-west-1:123456789012:thing/*",
];
const TEXTS: &[&str] = &["a", "a", "b", "ab", "A", "ä", "", "*", "a?"];
const PATTERNS: &[&str] = &[
    "a",
    "A",
    "b",
    "a*",
    "?b",
    "*",
    "Ä",
    "",
    "${x:List}",
    "${x:Text}",
    "${*}",
];
const NUMBERS: &[&str] = &[
    "1",
    "10",
    "10.0",
    "-3",
    "9007199254740993",
    "9007199254740992",
    "2",
    "3.5",
    "10",
    "5",
    "7",
    "1",
    "1e1",
    "ten",
];
const DATES: &[&str] = &[
    "2024-06-01T12:00:00Z",
    "2024-06-01T12:00:00.5Z",
    "2025-01-01T00:00:00Z",
    "1717243201",
    "2023-12-31T23:59:59Z",
    "2024-06-01T14:00:00+02:00",
    "1717243200",
    "2024-06-01",
    "2024",
    "2024-06-01T12:00Z",
    "soon",
];
const FLAGS: &[&str] = &[
    "true", "false", "true", "false", "true", "false", "true", "false", "True", "yes",
];
const BINARIES: &[&str] = &["QQ==", "qq==", "QmluYXJ5", "Q!"];
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.0/8",
    "203.0.113.0/24",
    "203.0.113.9",
    "2001:db8::/32",
    "2001:DB8::7",
    "10.1.2.3",
    "10.1.0.0/16",
    "0.0.0.0/0",
    "::/0",
    "here",
];
const ARNS: &[&str] = &[
    "arn:aws:iam::123456789012:role/app",
    "arn:aws:iam::123456789012:role/a:b",
    "arn:aws:iam::*:role/*",
    "arn:aws:*:role/app",
    "arn:aws:iam::12345678901?:role/app",
    "*",
    "app",
];

/// An operator's kind: its names, the key it is asked of, and values.
type Family = (&'static [&'static str], &'static str, &'static [&'static str]);

const FAMILIES: &[Family] = &[
    (
        &[
            "StringEquals",
            "StringEquals",
            "StringNotEquals",
            "StringNotEquals",
            "StringLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "stringequals",
        ],
        "x:Text",
        PATTERNS,
    ),
    (
        &["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"],
        "x:Text",
        &["Ä", "A", "b"],
    ),
    (
        &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"],
        "x:List",
        PATTERNS,
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericGreaterThanEquals",
        ],
        "x:Number",
        NUMBERS,
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThanEquals",
            "DateGreaterThan",
        ],
        "x:Date",
        DATES,
    ),
    (&["Bool"], "x:Flag", FLAGS),
    (&["BinaryEquals"], "x:Binary", BINARIES),
    (&["IpAddress", "NotIpAddress"], "x:Address", ADDRESSES),
    (
        &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
        "x:Arn",
        ARNS,
    ),
    (&["Null"], "x:Text", FLAGS),
    (&["Null"], "x:List", FLAGS),
];

impl Question {
    /// A question, as the dice fall.
    pub fn random(dice: &mut Dice) -> Self {
        let kind = dice.one_of(&[Kind::Identity, Kind::Identity, Kind::Resource]);
        let documents = if kind == Kind::Resource {
            1
        } else {
            1 + dice.below(2)
        };
        let policies = (0..documents).map(|_| policy(dice, kind)).collect();
        Self {
            kind,
            policies,
            asked: Asked {
                principal: dice.one_of(CALLERS).to_owned(),
                action: dice.one_of(&["x:Read", "x:Read", "X:READ", "x:Write"]).to_owned(),
                resource: dice.one_of(ASKED).to_owned(),
                context: context(dice),
            },
        }
        .with_user_for_identity()
    }

    /// A service has no policies of its own: those of a principal are asked for a user.
    fn with_user_for_identity(mut self) -> Self {
        if self.kind == Kind::Identity {
            USER.clone_into(&mut self.asked.principal);
        }
        self
    }

    /// What tcperm answers.
    pub fn ours(&self) -> Verdict {
        let policies: Vec<Policy> = self
            .policies
            .iter()
            .map(|policy| {
                Policy::parse(&policy.to_string()).unwrap_or_else(|error| panic!("{policy}: {error}"))
            })
            .collect();
        let own = self.own_policy();
        let policies = match self.kind {
            Kind::Identity => PolicySet {
                identity: policies.iter().collect(),
                ..PolicySet::default()
            },
            Kind::Resource => PolicySet {
                identity: own.iter().collect(),
                resource: policies.first(),
                ..PolicySet::default()
            },
        };
        let mut context = RequestContext::complete();
        for (key, values) in &self.asked.context {
            context.set_all(key, values.clone());
        }
        Authorizer::new(&policies).verdict(&Request {
            principal: Some(self.asked.principal.clone()),
            action: self.asked.action.clone(),
            resource: self.asked.resource.clone(),
            context,
        })
    }

    /// What the caller's own policies say to a question about the policy of a resource: everything to
    /// callers from another account, where both must allow, and nothing else.
    fn own_policy(&self) -> Option<Policy> {
        let is_strange = account(&self.asked.principal).is_some_and(|id| id != "123456789012");
        is_strange.then(|| {
            let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
            Policy::parse(&json!({ "Version": "2012-10-17", "Statement": [all] }).to_string()).unwrap()
        })
    }

    /// What the first statement answers where it applies.
    pub fn effect(&self) -> Verdict {
        match self.policies[0]["Statement"][0]["Effect"].as_str() {
            Some("Deny") => Verdict::ExplicitDeny,
            _ => Verdict::Allowed,
        }
    }

    /// What the other evaluator answers.
    pub fn theirs(&self) -> Result<Verdict, String> {
        theirs::answer(&self.policies, &self.asked)
    }
}

fn policy(dice: &mut Dice, kind: Kind) -> Value {
    let statements: Vec<Value> = (0..=dice.below(2)).map(|_| statement(dice, kind)).collect();
    let version = dice.one_of(&[
        "2012-10-17",
        "2012-10-17",
        "2012-10-17",
        "2012-10-17",
        "2008-10-17",
    ]);
    json!({ "Version": version, "Statement": statements })
}

fn statement(dice: &mut Dice, kind: Kind) -> Value {
    let mut statement = Map::new();
    let effect = dice.one_of(&["Allow", "Allow", "Allow", "Deny"]);
    statement.insert("Effect".to_owned(), effect.into());
    let element = |dice: &mut Dice, name: &str| match dice.below(6) {
        0 => format!("Not{name}"),
        _ => name.to_owned(),
    };
    let action = element(dice, "Action");
    statement.insert(action, some(dice, ACTIONS, 2).into());
    let resource = element(dice, "Resource");
    // Plain resources are asked most, or nothing else would ever be reached.
    let resources = if dice.below(4) == 0 {
        RESOURCES
    } else {
        &RESOURCES[..4]
    };
    statement.insert(resource, some(dice, resources, 2).into());
    if kind == Kind::Resource {
        // With `Deny`, because it is used so.
        let not_in = if effect == "Deny" { 2 } else { 4 };
        let name = match dice.below(not_in) {
            0 => "NotPrincipal",
            _ => "Principal",
        };
        statement.insert(name.to_owned(), principal(dice));
    }
    let mut condition = Map::new();
    for _ in 0..dice.below(3) {
        let (operators, key, values) = dice.one_of(FAMILIES);
        let operator = operator(dice, operators);
        let values = some(dice, values, 2);
        condition.insert(operator, json!({ key: values }));
    }
    if !condition.is_empty() {
        statement.insert("Condition".to_owned(), condition.into());
    }
    statement.into()
}

/// An operator with a set operator or `IfExists` now and then; both together seldom, and seldom of what
/// the other evaluator refuses, or it would refuse most policies.
fn operator(dice: &mut Dice, operators: &[&'static str]) -> String {
    let operator = dice.one_of(operators);
    if operator == "Null" {
        return operator.to_owned();
    }
    let is_text = ["String", "Arn"].iter().any(|kind| operator.starts_with(kind));
    let odds = if is_text { 4 } else { 30 };
    let set = match dice.below(odds) {
        0 => dice.one_of(&["ForAllValues:", "ForAnyValue:"]),
        _ => "",
    };
    let odds = if set.is_empty() { 5 } else { 30 };
    let lax = if dice.below(odds) == 0 { "IfExists" } else { "" };
    format!("{set}{operator}{lax}")
}

fn principal(dice: &mut Dice) -> Value {
    const ACCOUNT: &str = "123456789012";
    let aws = |name: &str| json!({ "AWS": name });
    match dice.below(17) {
        0 => "*".into(),
        1 => aws("*"),
        2 => aws(USER),
        3 => aws(ACCOUNT),
        4 => aws("arn:aws:iam::123456789012:root"),
        5 => aws(ROLE),
        6 => aws("arn:aws:iam::123456789012:user/*"),
        7 => aws(SESSION),
        8 => aws(STRANGER),
        9 => aws("999999999999"),
        10 => aws(STRANGE_ROOT),
        11 => aws("arn:aws:iam::999999999999:role/app"),
        12 => json!({ "AWS": [STRANGER, USER] }),
        13 => json!({ "AWS": [ACCOUNT, USER] }),
        14 => json!({ "AWS": [SESSION, ROLE, ACCOUNT, STRANGE_ROOT] }),
        _ => json!({ "Service": SERVICE }),
    }
}

/// The account of an ARN, or the number of one itself.
pub fn account(name: &str) -> Option<&str> {
    name.split(':').nth(4).or((name.len() == 12).then_some(name))
}

/// One value, or a few.
fn some(dice: &mut Dice, values: &[&str], most: u64) -> Vec<String> {
    (0..=dice.below(most))
        .map(|_| dice.one_of(values).to_owned())
        .collect()
}

/// So many values, each another: the values of a key are a set.
fn different(dice: &mut Dice, values: &[&str], count: usize) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    while taken.len() < count {
        let value = dice.one_of(values);
        if !taken.iter().any(|known| known == value) {
            taken.push(value.to_owned());
        }
    }
    taken
}

fn context(dice: &mut Dice) -> Vec<(&'static str, Vec<String>)> {
    let keys: [(&str, &[&str]); 8] = [
        ("x:Text", TEXTS),
        ("x:List", TEXTS),
        ("x:Number", NUMBERS),
        ("x:Date", DATES),
        ("x:Flag", FLAGS),
        ("x:Binary", BINARIES),
        ("x:Address", ADDRESSES),
        ("x:Arn", ARNS),
    ];
    let mut context = Vec::new();
    for (key, values) in keys {
        let count = match (key, dice.below(10)) {
            (_, 0..=2) => continue,
            ("x:List", 3..=7) | (_, 9) => 2,
            ("x:List", 8) => 0,
            _ => 1,
        };
        context.push((key, different(dice, values, count)));
    }
    context
}

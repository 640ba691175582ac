//! What AWS's documentation says of policies and requests is what the evaluator answers.
//!
//! The cases stand in `data/evaluation/`, a file a topic: a group of requests to the same policies,
//! with the page that the answers come from.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use tcperm::evaluate::{Authorizer, Operator};

use self::cases::{Case, Documents, Group, groups};

/// The condition operators of the documentation, without set operators and `IfExists`.
const OPERATORS: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
];

/// What the evaluator answers to a request of a group: the verdict, and the keys that it lacks where
/// the case says which.
fn answer(authorizer: &Authorizer, group: &Group, case: &Case) -> (String, Option<BTreeSet<String>>) {
    let decision = authorizer.decide(&case.request(group));
    let verdict = decision.verdict.name().to_owned();
    (verdict, case.missing.as_ref().map(|_| decision.missing_context))
}

#[test]
fn the_evaluator_answers_what_the_documentation_says() {
    let mut failures = Vec::new();
    for (file, group) in groups() {
        let policies = group.documents();
        let authorizer = Authorizer::new(&policies.set());
        for case in &group.requests {
            let wanted = (case.expected.clone(), case.missing.clone());
            let found = answer(&authorizer, &group, case);
            if found != wanted {
                failures.push(format!(
                    "{file}: {}\n  {}\n  {}: {} on {}\n  AWS says {wanted:?}, the evaluator {found:?}",
                    group.page, group.what, case.why, case.action, case.resource,
                ));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} wrong:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// A statement may count only where nothing else limits or allows: what it decides there is asked too.
#[test]
fn every_statement_of_a_group_with_several_answers_decides_one_of_them() {
    let mut idle = Vec::new();
    for (file, group) in groups() {
        let answered: BTreeSet<&String> = group.requests.iter().map(|case| &case.expected).collect();
        if answered.len() == 1 {
            continue;
        }
        let answers = |documents: &Documents| -> Vec<_> {
            let [identity, resource] = documents.apart();
            let ways = [documents, &identity, &resource];
            let authorizers = ways.map(|way| Authorizer::new(&way.set()));
            let requests = group.requests.iter();
            requests
                .map(|case| authorizers.each_ref().map(|way| answer(way, &group, case)))
                .collect()
        };
        let whole = group.documents();
        let wanted = answers(&whole);
        for (statement, rest) in whole.without_a_statement() {
            if answers(&rest) == wanted {
                idle.push(format!(
                    "{file}: {}: no answer depends on {statement}",
                    group.what
                ));
            }
        }
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn there_are_three_hundred_cases_each_with_its_page_and_none_twice() {
    let mut cases = 0;
    let mut by_answer: BTreeMap<String, usize> = BTreeMap::new();
    let mut titles = BTreeSet::new();
    for (file, group) in groups() {
        assert!(
            group.page.starts_with("https://docs.aws.amazon.com/"),
            "{file}: {}",
            group.page
        );
        assert!(
            titles.insert((group.page.clone(), group.what.clone())),
            "{file}: {} stands twice",
            group.what
        );
        assert!(!group.requests.is_empty(), "{file}: {}", group.what);
        for (index, case) in group.requests.iter().enumerate() {
            assert!(!case.why.is_empty(), "{file}: {}", group.what);
            let alike = |other: &Case| other.asks_as(case);
            let twice = group.requests.iter().skip(index + 1).any(alike);
            assert!(!twice, "{file}: {}: {} stands twice", group.what, case.why);
            *by_answer.entry(case.expected.clone()).or_default() += 1;
            cases += 1;
        }
    }
    assert!(cases >= 300, "{cases} cases");
    let answers: Vec<&str> = by_answer.keys().map(String::as_str).collect();
    assert_eq!(answers, ["allowed", "explicit_deny", "implicit_deny"]);
    assert!(by_answer.values().all(|many| *many > 50), "{by_answer:?}");
}

#[test]
fn every_operator_of_the_documentation_has_its_cases() {
    let mut seen = BTreeSet::new();
    for (_, group) in groups() {
        seen.extend(group.documents().operators());
    }
    for operator in &seen {
        assert!(Operator::parse(operator).is_some(), "{operator}");
    }
    let if_exists = OPERATORS.iter().filter(|name| **name != "Null");
    let if_exists = if_exists.map(|name| format!("{name}IfExists"));
    let sets = [
        "ForAllValues:StringEquals",
        "ForAllValues:StringLike",
        "ForAllValues:StringNotLike",
        "ForAnyValue:StringEquals",
        "ForAnyValue:StringLike",
    ];
    let names = OPERATORS.iter().chain(&sets).map(|name| (*name).to_owned());
    let lacking: Vec<String> = names
        .chain(if_exists)
        .filter(|name| !seen.contains(name))
        .collect();
    assert!(lacking.is_empty(), "no case for {lacking:?}");
}

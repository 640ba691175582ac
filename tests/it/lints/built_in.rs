//! The lints have nothing to say of what tcperm itself renders.

use std::collections::BTreeSet;

use tcperm::grants::{Matrix, Scope};
use tcperm::model::{Namespace, RoleKind};
use tcperm::policy::Policy;
use tcperm::policy::lint::Subject;
use tcperm::template::{RuleBook, Scheduling};

use super::{Finding, Subject as For, TRUST, findings};
use crate::authorization::capabilities::{context, values};
use crate::authorization::{render, roles};
use crate::support::examples;

/// What the lints say of a document, each with the name of what it was rendered from.
fn said(name: &str, subject: For<'_>, document: &str) -> Vec<String> {
    let shown = |found: Finding| format!("{name}: {}: {} ({})", found.code, found.message, found.help);
    findings(subject, document).into_iter().map(shown).collect()
}

#[test]
fn nothing_is_said_of_the_statements_of_a_capability() {
    let rules = RuleBook::built_in().unwrap();
    let capabilities = &Matrix::built_in().unwrap().capabilities;
    let (mut found, mut looked_at) = (Vec::new(), 0);
    for (id, rule) in capabilities.iter().filter(|(_, rule)| rule.scope != Scope::Trust) {
        for tagged in [false, true] {
            let mut values = values(rules, rule);
            values.insert("tagged".to_owned(), tagged.into());
            let statements = rules.statements(id, &values).unwrap();
            looked_at += 1;
            let document = Policy::of(statements).to_pretty_json();
            found.extend(said(id, Subject::Identity, &document));
        }
    }
    assert!(looked_at > 50);
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn nothing_is_said_of_the_trust_policies() {
    let rules = RuleBook::built_in().unwrap();
    let namespace = Namespace::parse("orders").unwrap();
    let groups = [BTreeSet::new(), BTreeSet::from([&namespace])].map(Scheduling::Groups);
    let mut found = Vec::new();
    for kind in RoleKind::ALL {
        for scheduling in groups.iter().chain([&Scheduling::Any]) {
            let trust = rules.trust(kind, &context(), scheduling).unwrap();
            found.extend(said(kind.name(), TRUST, &trust.to_pretty_json()));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn nothing_is_said_of_the_roles_of_the_examples() {
    let mut found = Vec::new();
    for example in examples() {
        let document = render(&example, "dev").json();
        for role in roles(&document) {
            let name = format!("{example}: {}", role["name"]);
            found.extend(said(&name, TRUST, &role["trust"].to_string()));
            for policy in role["policies"].as_array().unwrap() {
                found.extend(said(&name, Subject::Identity, &policy["document"].to_string()));
            }
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

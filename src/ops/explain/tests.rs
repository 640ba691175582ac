use super::*;
use crate::diagnostic::{Sources, Span};
use crate::grants::Explanation;
use crate::model::EntityKind;
use crate::policy::Policy;
use crate::topology::End;

fn namespace(name: &str) -> Namespace {
    Namespace::parse(name).unwrap()
}

/// What a function asked for and got, the function named after it all.
fn granted(role: RoleKind, capability: &str, arn: Option<&str>) -> Explanation {
    let mut sources = Sources::new();
    let entity = End {
        kind: EntityKind::Function,
        name: format!("{role} {capability} {}", arn.unwrap_or_default()),
    };
    Explanation {
        asker: Asker {
            span: Span::new(sources.add("topology.yml", "a"), 0..1),
            subject: Subject::Entity(entity),
            reason: String::new(),
            doc: None,
        },
        answer: Answer::Granted {
            role,
            function: None,
            capability: Capability::parse(capability),
            arn: arn.map(str::to_owned),
        },
    }
}

/// A statement of a capability on resources, for a topology or for all.
fn granting(capability: &str, arns: &[&str], only: Option<&str>) -> Granting {
    let document =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*"}]}"#;
    Granting {
        statement: Policy::parse(document).unwrap().statement.remove(0),
        capability: Capability::parse(capability),
        arns: arns.iter().map(|arn| (*arn).to_owned()).collect(),
        namespace: only.map(namespace),
    }
}

fn names(askers: &[Asker]) -> Vec<&str> {
    let mut names = Vec::new();
    for asker in askers {
        if let Subject::Entity(end) = &asker.subject {
            names.push(end.name.as_str());
        }
    }
    names
}

fn derived(explanations: Vec<Explanation>) -> Derived {
    Derived {
        explanations,
        ..Derived::default()
    }
}

#[test]
fn a_statement_on_one_bus_is_not_explained_by_who_asked_for_another() {
    let asked = vec![
        granted(RoleKind::Function, "event.put", Some("x")),
        granted(RoleKind::Function, "event.put", Some("y")),
        granted(RoleKind::Route, "event.put", Some("x")),
    ];
    let derived = BTreeMap::from([(namespace("a"), derived(asked))]);
    let on_x = askers(
        &derived,
        RoleKind::Function,
        &granting("event.put", &["x"], Some("a")),
    );
    assert_eq!(names(&on_x), ["function event.put x"]);
}

#[test]
fn a_statement_of_one_topology_is_not_explained_by_another() {
    let asked = || derived(vec![granted(RoleKind::Function, "queue.send", Some("q"))]);
    let derived = BTreeMap::from([(namespace("a"), asked()), (namespace("b"), asked())]);
    let of = |only| {
        askers(
            &derived,
            RoleKind::Function,
            &granting("queue.send", &["q"], only),
        )
        .len()
    };
    assert_eq!(of(Some("a")), 1);
    assert_eq!(of(Some("c")), 0);
}

#[test]
fn a_shared_statement_is_explained_by_all_topologies_that_need_its_form_of_names() {
    let asked = |capability| derived(vec![granted(RoleKind::Function, capability, None)]);
    let derived = BTreeMap::from([
        (namespace("a"), asked("function.invoke")),
        (namespace("b"), asked("function.invoke:hyphen")),
        (namespace("c"), asked("function.invoke")),
    ]);
    let of = |capability| askers(&derived, RoleKind::Function, &granting(capability, &[], None)).len();
    assert_eq!(of("function.invoke"), 2);
    assert_eq!(of("function.invoke:hyphen"), 1);
}

use super::*;
use crate::diagnostic::{Sources, Span};
use crate::grants::Subject;
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

/// Topologies in which all have the base roles, with what each asked for.
fn assigned<const N: usize>(asked: [(&str, Vec<Explanation>); N]) -> Assigned {
    let bearers = RoleKind::ALL.map(|kind| (kind, base(kind)));
    let one = |(name, explanations)| {
        let derived = Derived {
            explanations,
            ..Derived::default()
        };
        (namespace(name), (derived, Assignment::of(bearers.clone())))
    };
    asked.into_iter().map(one).collect()
}

fn base(kind: RoleKind) -> Bearer {
    Bearer::Role(RoleId::base(kind, &Context::example().sandbox))
}

/// Who asked for a statement of the base role of functions.
fn askers(assigned: &Assigned, granting: &Granting) -> Vec<Asker> {
    let borne = Borne {
        assigned,
        kind: RoleKind::Function,
        bearer: &base(RoleKind::Function),
    };
    borne.askers(granting)
}

#[test]
fn a_statement_on_one_bus_is_not_explained_by_who_asked_for_another() {
    let asked = vec![
        granted(RoleKind::Function, "event.put", Some("x")),
        granted(RoleKind::Function, "event.put", Some("y")),
        granted(RoleKind::Route, "event.put", Some("x")),
    ];
    let assigned = assigned([("a", asked)]);
    let on_x = askers(&assigned, &granting("event.put", &["x"], Some("a")));
    assert_eq!(names(&on_x), ["function event.put x"]);
}

#[test]
fn a_statement_of_one_topology_is_not_explained_by_another() {
    let asked = || vec![granted(RoleKind::Function, "queue.send", Some("q"))];
    let assigned = assigned([("a", asked()), ("b", asked())]);
    let of = |only| askers(&assigned, &granting("queue.send", &["q"], only)).len();
    assert_eq!(of(Some("a")), 1);
    assert_eq!(of(Some("c")), 0);
}

#[test]
fn a_shared_statement_is_explained_by_all_topologies_that_need_its_form_of_names() {
    let asked = |capability| vec![granted(RoleKind::Function, capability, None)];
    let assigned = assigned([
        ("a", asked("function.invoke")),
        ("b", asked("function.invoke:hyphen")),
        ("c", asked("function.invoke")),
    ]);
    let of = |capability| askers(&assigned, &granting(capability, &[], None)).len();
    assert_eq!(of("function.invoke"), 2);
    assert_eq!(of("function.invoke:hyphen"), 1);
}

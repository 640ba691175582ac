mod apart;
mod explicit;
mod language;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::diagnostic::{Located, Sources};
use crate::model::{Context, EntityKind, Namespace};
use crate::template::RuleBook;
use crate::topology::{Binding, Edge, End, Entity, Piece, Separator, Target, Text, Topology, Variable, Via};

fn span() -> Span {
    let mut sources = Sources::new();
    Span::new(sources.add("topology.yml", "name: orders"), 0..4)
}

fn literal(text: &str) -> Text {
    Text::of(vec![Piece::Literal(text.to_owned())])
}

fn topology(entities: Vec<Entity>, edges: Vec<Edge>) -> Topology {
    Topology {
        name: Located::new(Namespace::parse("orders").unwrap(), span()),
        entities,
        edges,
        roles: BTreeMap::new(),
    }
}

fn edge(source: EntityKind, target: EntityKind, via: Via, binding: Binding) -> Edge {
    Edge {
        source: End {
            kind: source,
            name: "a".to_owned(),
        },
        target: Target {
            kind: target,
            name: "b".to_owned(),
            binding,
        },
        via,
        span: span(),
        integration: None,
    }
}

/// A binding of the kind that the reader gives to such an edge.
fn natural(target: EntityKind, via: Via) -> Binding {
    match (target, via) {
        (EntityKind::Queue | EntityKind::Table, _) | (_, Via::Poll | Via::Callback) => {
            Binding::Named(literal("b"))
        }
        (EntityKind::Event, _) => Binding::Event {
            sources: vec![literal("a")],
            detail_type: literal("b"),
        },
        (EntityKind::Mutation, _) => Binding::Field("b".to_owned()),
        (EntityKind::Channel, _) => Binding::Destination,
        (EntityKind::Bucket, _) => Binding::Values(
            [("name", "b/"), ("reach", "below")]
                .map(|(name, text)| (name.to_owned(), literal(text)))
                .into(),
        ),
        (EntityKind::Service, _) => Binding::Unnamed,
        _ => Binding::Tagged(Separator::Underscore),
    }
}

fn derived_in(context: &Context, topology: &Topology, apis: &BTreeMap<Namespace, String>) -> Derived {
    derived_with(context, topology, apis, &Options::default())
}

fn derived_with(
    context: &Context,
    topology: &Topology,
    apis: &BTreeMap<Namespace, String>,
    options: &Options,
) -> Derived {
    let derivation = Derivation {
        rules: RuleBook::built_in().unwrap(),
        matrix: Matrix::built_in().unwrap(),
        context,
        graphql_apis: apis,
        options,
        apart: &BTreeSet::new(),
    };
    derive(derivation, topology).unwrap()
}

fn derived(topology: &Topology) -> Derived {
    let apis = BTreeMap::from([(Namespace::parse("orders").unwrap(), "abc".to_owned())]);
    derived_in(&Context::example(), topology, &apis)
}

fn derived_from(edge: Edge) -> Derived {
    derived(&topology(Vec::new(), vec![edge]))
}

#[test]
fn every_row_of_the_matrix_has_an_edge_that_yields_its_capability_and_no_other() {
    for rule in &Matrix::built_in().unwrap().edges {
        let found = derived_from(edge(
            rule.source,
            rule.target,
            rule.via,
            natural(rule.target, rule.via),
        ));
        let named = format!("{} → {} via {:?}", rule.source, rule.target, rule.via);
        assert_eq!(found.diagnostics, [], "{named}");
        let grants: Vec<_> = found
            .grants
            .iter()
            .map(|grant| (grant.role, grant.capability.to_string()))
            .collect();
        let expected: Vec<_> = rule
            .capabilities
            .iter()
            .filter_map(|id| Some((rule.role?, id.clone())))
            .collect();
        assert_eq!(grants, expected, "{named}");
        assert_eq!(rule.role.is_some(), !rule.capabilities.is_empty(), "{named}");
    }
}

#[test]
fn no_edge_has_two_rows() {
    let rules = &Matrix::built_in().unwrap().edges;
    let keys: BTreeSet<_> = rules
        .iter()
        .map(|rule| (rule.source, rule.target, rule.via))
        .collect();
    assert_eq!(keys.len(), rules.len());
}

#[test]
fn an_edge_without_a_row_is_an_error() {
    let found = derived_from(edge(
        EntityKind::Table,
        EntityKind::Route,
        Via::Rule,
        Binding::Unnamed,
    ));
    assert_eq!(found.diagnostics[0].code, codes::NO_RULE);
    assert_eq!(found.grants, []);
}

#[test]
fn an_exact_target_is_the_arn_of_this_place_and_nothing_wider() {
    let arn_of = |edge: Edge| derived_from(edge).grants[0].target.label().to_owned();
    let named = Binding::Named(Text::of(vec![
        Piece::Literal("q-".to_owned()),
        Piece::Variable(Variable::Sandbox),
    ]));
    let queue = edge(EntityKind::Queue, EntityKind::Function, Via::Poll, named);
    assert_eq!(arn_of(queue), "arn:aws:sqs:eu-west-1:123456789012:q-dev");
    let field = edge(
        EntityKind::Event,
        EntityKind::Mutation,
        Via::Rule,
        Binding::Field("f".to_owned()),
    );
    assert_eq!(
        arn_of(field),
        "arn:aws:appsync:eu-west-1:123456789012:apis/abc/types/Mutation/fields/f"
    );
    let channel = edge(
        EntityKind::Event,
        EntityKind::Channel,
        Via::Rule,
        Binding::Destination,
    );
    assert_eq!(
        arn_of(channel),
        "arn:aws:events:eu-west-1:123456789012:api-destination/orders/*"
    );
}

#[test]
fn a_name_that_iam_would_read_as_a_pattern_is_refused() {
    for name in [
        "*",
        "a?",
        "${aws:username}",
        "a b",
        "a=b",
        "a{b",
        "",
        "a\"b",
        "a:b",
    ] {
        let found = derived_from(edge(
            EntityKind::Function,
            EntityKind::Queue,
            Via::DeadLetter,
            Binding::Named(literal(name)),
        ));
        assert_eq!(found.diagnostics[0].code, codes::UNSAFE_NAME, "{name:?}");
        assert_eq!(found.grants, [], "{name:?}");
    }
}

#[test]
fn an_event_that_iam_would_read_as_a_variable_or_refuse_is_refused() {
    for (source, detail_type) in [
        ("${aws:PrincipalTag/x}", "b"),
        ("a", "${x}"),
        ("a", ""),
        ("a", "日"),
        ("a\n", "b"),
    ] {
        let binding = Binding::Event {
            sources: vec![literal(source)],
            detail_type: literal(detail_type),
        };
        let found = derived_from(edge(
            EntityKind::Function,
            EntityKind::Event,
            Via::Producer,
            binding,
        ));
        assert_eq!(
            found.diagnostics[0].code,
            codes::UNSAFE_NAME,
            "{source:?} {detail_type:?}"
        );
        assert_eq!(found.grants, []);
    }
}

#[test]
fn events_on_one_bus_are_one_grant_with_all_that_may_be_put() {
    let event = |source: &str, detail_type: &str| {
        let binding = Binding::Event {
            sources: vec![literal(source)],
            detail_type: literal(detail_type),
        };
        edge(EntityKind::Function, EntityKind::Event, Via::Producer, binding)
    };
    let found = derived(&topology(Vec::new(), vec![event("b", "Y"), event("a", "X")]));
    let [grant] = &found.grants[..] else {
        panic!("{:?}", found.grants)
    };
    let set = |texts: [&str; 2]| texts.map(str::to_owned).into();
    assert_eq!(
        grant.target,
        GrantTarget::Exact {
            arn: "arn:aws:events:eu-west-1:123456789012:event-bus/default".to_owned(),
            limits: [("sources", set(["a", "b"])), ("detail_types", set(["X", "Y"]))]
                .map(|(name, texts)| (name.to_owned(), texts))
                .into(),
            pattern: None,
        }
    );
}

#[test]
fn the_bus_is_the_sandboxs_own_where_there_is_one_but_not_for_resolvers() {
    let mut own_bus = Context::example();
    own_bus.event_bus = "tc-dev".to_owned();
    let bus_of = |source, via| {
        let edge = edge(source, EntityKind::Event, via, natural(EntityKind::Event, via));
        let found = derived_in(&own_bus, &topology(Vec::new(), vec![edge]), &BTreeMap::new());
        found.grants[0]
            .target
            .label()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(bus_of(EntityKind::Function, Via::Producer), "tc-dev");
    assert_eq!(bus_of(EntityKind::Mutation, Via::Resolver), "default");
}

#[test]
fn a_field_of_an_api_whose_id_is_not_known_is_not_granted_and_said() {
    let edge = edge(
        EntityKind::Event,
        EntityKind::Mutation,
        Via::Rule,
        Binding::Field("f".to_owned()),
    );
    let found = derived_in(
        &Context::example(),
        &topology(Vec::new(), vec![edge]),
        &BTreeMap::new(),
    );
    assert_eq!(found.grants, []);
    assert_eq!(found.diagnostics[0].code, codes::UNKNOWN_API);
    assert!(!found.diagnostics[0].is_error());
}

#[test]
fn a_name_with_the_profile_needs_one() {
    let profile = Binding::Named(Text::of(vec![Piece::Variable(Variable::Profile)]));
    let found = derived_from(edge(
        EntityKind::Function,
        EntityKind::Queue,
        Via::DeadLetter,
        profile,
    ));
    assert_eq!(found.diagnostics[0].code, codes::NO_PROFILE);
}

#[test]
fn what_a_name_holds_never_reaches_a_message_as_a_control_character() {
    for variable in [Variable::Profile, Variable::AssetBucket] {
        let text = Text::of(vec![
            Piece::Literal("a\u{12}\u{1b}[2J".to_owned()),
            Piece::Variable(variable),
        ]);
        let found = derived_from(edge(
            EntityKind::Function,
            EntityKind::Queue,
            Via::DeadLetter,
            Binding::Named(text),
        ));
        let message = &found.diagnostics[0].message;
        assert!(!message.contains(char::is_control), "{message:?}");
    }
}

#[test]
fn the_form_of_the_names_is_part_of_the_capability() {
    let physical = |separator: &str| {
        Text::of(vec![
            Piece::Variable(Variable::Namespace),
            Piece::Literal(format!("{separator}f{separator}")),
            Piece::Variable(Variable::Sandbox),
        ])
    };
    let capability_of = |separator: &str| {
        let function = Entity {
            kind: EntityKind::Function,
            name: "f".to_owned(),
            physical: Some(physical(separator)),
            span: span(),
        };
        derived(&topology(vec![function], Vec::new())).grants[0]
            .capability
            .to_string()
    };
    assert_eq!(capability_of("_"), "logs.write");
    assert_eq!(capability_of("-"), "logs.write:hyphen");
    for text in ["logs.write", "logs.write:hyphen"] {
        assert_eq!(Capability::parse(text).to_string(), text);
    }
}

#[test]
fn the_roles_are_those_of_the_kinds_that_are_there() {
    let roles_of = |kind| derived(&topology(vec![entity(kind, None)], Vec::new())).roles;
    assert_eq!(roles_of(EntityKind::Route), [RoleKind::Route].into());
    assert_eq!(roles_of(EntityKind::State), [RoleKind::State].into());
    assert_eq!(roles_of(EntityKind::Transducer), [RoleKind::Function].into());
    for kind in [EntityKind::Queue, EntityKind::Channel, EntityKind::Table] {
        assert_eq!(roles_of(kind), BTreeSet::new());
    }
}

fn entity(kind: EntityKind, physical: Option<Text>) -> Entity {
    Entity {
        kind,
        name: "x".to_owned(),
        physical,
        span: span(),
    }
}

/// An edge of a task, by an integration.
fn task(id: &str, target: EntityKind, binding: Binding) -> Edge {
    Edge {
        integration: Some(id.to_owned()),
        ..edge(EntityKind::State, target, Via::Task, binding)
    }
}

#[test]
fn every_edge_is_explained_with_the_reason_and_the_page_of_its_row() {
    for rule in &Matrix::built_in().unwrap().edges {
        let asking = edge(rule.source, rule.target, rule.via, natural(rule.target, rule.via));
        let found = derived_from(asking.clone());
        let named = format!("{} → {} via {:?}", rule.source, rule.target, rule.via);
        assert!(!found.explanations.is_empty(), "{named}");
        for Explanation { asker, answer } in &found.explanations {
            let target = End {
                kind: rule.target,
                name: "b".to_owned(),
            };
            let subject = Subject::Edge {
                source: asking.source.clone(),
                target,
                via: rule.via,
            };
            assert_eq!(asker.subject, subject, "{named}");
            assert_eq!(
                (&asker.reason, asker.doc.as_ref()),
                (&rule.reason, Some(&rule.doc))
            );
            let is_free = matches!(answer, Answer::Unneeded { .. });
            assert_eq!(is_free, rule.role.is_none(), "{named}");
        }
    }
}

#[test]
fn every_entity_that_needs_something_by_itself_is_granted_it_and_nothing_else() {
    let matrix = Matrix::built_in().unwrap();
    for rule in &matrix.always {
        let found = derived(&topology(vec![entity(rule.entity, None)], Vec::new()));
        let grants: Vec<_> = found
            .grants
            .iter()
            .map(|grant| (grant.role, grant.capability.id.clone(), grant.target.clone()))
            .collect();
        let of_kind = matrix.always.iter().filter(|other| other.entity == rule.entity);
        let expected: Vec<_> = of_kind
            .map(|rule| {
                let target = matrix.capabilities[&rule.capability].target.clone();
                (rule.role, rule.capability.clone(), GrantTarget::Kind(target))
            })
            .collect();
        assert_eq!(grants, expected, "{}", rule.entity);
    }
}

#[test]
fn a_row_without_a_role_and_no_other_says_in_short_what_admits_the_edge() {
    for rule in &Matrix::built_in().unwrap().edges {
        let named = format!("{} → {} via {:?}", rule.source, rule.target, rule.via);
        assert_eq!(rule.instead.is_some(), rule.role.is_none(), "{named}");
    }
}

#[test]
fn the_matrix_says_of_every_kind_of_role_why_it_is_assumed() {
    let kinds: Vec<RoleKind> = Matrix::built_in().unwrap().trust.keys().copied().collect();
    assert_eq!(kinds, RoleKind::ALL);
}

#[test]
fn an_entity_that_needs_something_by_being_there_is_the_one_that_asks() {
    let function = Entity {
        kind: EntityKind::Function,
        name: "f".to_owned(),
        physical: None,
        span: span(),
    };
    let found = derived(&topology(vec![function], Vec::new()));
    let [explanation] = &found.explanations[..] else {
        panic!("{:?}", found.explanations)
    };
    let end = End {
        kind: EntityKind::Function,
        name: "f".to_owned(),
    };
    assert_eq!(explanation.asker.subject, Subject::Entity(end));
    assert_eq!(explanation.asker.doc, None);
}

#[test]
fn what_is_not_granted_for_want_of_an_id_is_explained_as_withheld() {
    let edge = edge(
        EntityKind::Event,
        EntityKind::Mutation,
        Via::Rule,
        Binding::Field("f".to_owned()),
    );
    let found = derived_in(
        &Context::example(),
        &topology(Vec::new(), vec![edge]),
        &BTreeMap::new(),
    );
    let answers: Vec<&Answer> = found.explanations.iter().map(|one| &one.answer).collect();
    let withheld = Answer::Withheld {
        role: RoleKind::Event,
        capability: "mutation.call".to_owned(),
    };
    assert_eq!(answers, [&withheld]);
}

#[test]
fn a_name_that_is_too_long_for_aws_is_warned_of_with_the_number_of_characters_over() {
    let codes_of = |kind, length: usize| -> Vec<String> {
        let physical = Text::of(vec![
            Piece::Literal("x".repeat(length - 4)),
            Piece::Literal("_".to_owned()),
            Piece::Variable(Variable::Sandbox),
        ]);
        let entity = Entity {
            kind,
            name: "f".to_owned(),
            physical: Some(physical),
            span: span(),
        };
        let found = derived(&topology(vec![entity], Vec::new())).diagnostics;
        found
            .iter()
            .map(|d| format!("{} {}", d.code, d.message))
            .collect()
    };
    for (kind, longest) in [
        (EntityKind::Function, 64),
        (EntityKind::Transducer, 64),
        (EntityKind::Event, 64),
        (EntityKind::State, 80),
        (EntityKind::Queue, 80),
    ] {
        assert_eq!(codes_of(kind, longest), [""; 0], "{kind}");
        assert_eq!(
            codes_of(kind, longest + 3),
            [format!(
                "name-too-long the name of {kind} `f` in AWS has {} characters, 3 too many",
                longest + 3
            )]
        );
    }
}

#[test]
fn a_task_needs_what_the_table_of_integrations_says_and_not_what_the_matrix_says() {
    let capabilities = |edge: Edge| -> Vec<String> {
        let found = derived_from(edge);
        assert_eq!(found.diagnostics, []);
        assert!(found.grants.iter().all(|grant| grant.role == RoleKind::State));
        found
            .grants
            .iter()
            .map(|grant| grant.capability.to_string())
            .collect()
    };
    let named = |id| task(id, EntityKind::Table, Binding::Named(literal("b")));
    assert_eq!(capabilities(named("dynamodb:getItem")), ["table.get"]);
    let job = Binding::Values([("name".to_owned(), literal("b"))].into());
    let run = task("glue:startJobRun.sync", EntityKind::Service, job);
    assert_eq!(capabilities(run), ["job.follow", "job.start"]);
    let activity = task("arn:states:activity", EntityKind::Service, Binding::Unnamed);
    assert_eq!(capabilities(activity), [""; 0]);
    let unknown = derived_from(named("dynamodb:dropTable"));
    assert_eq!(unknown.diagnostics[0].code, codes::NO_RULE);
    assert_eq!(unknown.grants, []);
}

#[test]
fn a_target_that_nothing_names_beforehand_is_an_error_and_no_grant() {
    let found = derived_from(task("dynamodb:putItem", EntityKind::Table, Binding::Unnamed));
    assert_eq!(found.diagnostics[0].code, codes::TARGET_NEEDS_GRANT);
    assert!(found.diagnostics[0].is_error());
    assert_eq!(found.grants, []);
}

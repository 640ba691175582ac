//! Every row of the matrix, from the YAML that leads to it to the capability on the role.

use std::collections::BTreeSet;

use super::*;
use crate::diagnostic::Diagnostic;
use crate::topology::{self, Input, Project};

/// A piece of a topology, with what it is for, and what it gives: roles with capabilities.
pub(super) type Case = (&'static str, &'static str, &'static [(RoleKind, &'static str)]);

const CASES: &[Case] = &[
    (
        "a function calls a function, through the transducer",
        "functions: { f: { function: g }, g: {} }",
        &[(RoleKind::Function, "function.invoke")],
    ),
    (
        "a function starts a state machine",
        "mode: Standard\nfunctions: { f: { state: orders } }\nstates: { States: {} }",
        &[
            (RoleKind::Function, "function.invoke"),
            (RoleKind::Function, "state.start"),
        ],
    ),
    (
        "a function runs an Express state machine and waits",
        "mode: Express\nfunctions: { f: { state: orders } }\nstates: { States: {} }",
        &[
            (RoleKind::Function, "function.invoke"),
            (RoleKind::Function, "state.start"),
            (RoleKind::Function, "state.start-sync"),
        ],
    ),
    (
        "a function sends what it fails at to a queue",
        "functions: { f: { queue: q } }\nqueues: { q: {} }",
        &[(RoleKind::Function, "queue.send")],
    ),
    (
        "a function puts an event, through the transducer",
        "functions: { f: { event: E }, g: {} }\nevents: { E: { producer: p, function: g } }",
        &[
            (RoleKind::Function, "event.put"),
            (RoleKind::Function, "function.invoke"),
        ],
    ),
    (
        "a function puts an event itself",
        "functions: { f: {}, g: {} }\nevents: { E: { producer: f, function: g } }",
        &[(RoleKind::Function, "event.put")],
    ),
    (
        "a function calls a mutation and a channel with API keys",
        "functions: { f: { mutation: m, channel: c }, g: {} }\nmutations: { resolvers: { m: { function: g } } }\nchannels: { c: {} }",
        &[
            (RoleKind::Function, "function.invoke"),
            (RoleKind::Mutation, "function.invoke"),
        ],
    ),
    (
        "a function reads and writes items",
        "functions: { f: { store: s } }\nstores: { s: { kind: DynamoDB, table: t } }",
        &[
            (RoleKind::Function, "table.read"),
            (RoleKind::Function, "table.write"),
        ],
    ),
    (
        "a function reads and writes objects",
        "functions: { f: { store: s } }\nstores: { s: { kind: S3, bucket: b } }",
        &[
            (RoleKind::Function, "objects.read"),
            (RoleKind::Function, "objects.write"),
        ],
    ),
    (
        "a function has a network of its own",
        "functions: { f: { runtime: { network: true } } }",
        &[(RoleKind::Function, "network.attach")],
    ),
    (
        "a queue is polled with the role of the function",
        "functions: { f: {} }\nqueues: { q: { function: f } }",
        &[(RoleKind::Function, "queue.consume")],
    ),
    (
        "a rule's functions and queues admit it themselves",
        "functions: { f: {} }\nqueues: { q: {}, d: {} }\nevents: { E: { function: f, queue: q, dead_letter_queue: d } }",
        &[],
    ),
    (
        "a rule starts a state machine",
        "events: { E: { state: orders } }\nstates: { States: {} }",
        &[(RoleKind::Event, "state.start")],
    ),
    (
        "a rule calls a mutation",
        "functions: { f: {} }\nevents: { E: { mutation: m } }\nmutations: { resolvers: { m: { function: f } } }",
        &[
            (RoleKind::Event, "mutation.call"),
            (RoleKind::Mutation, "function.invoke"),
        ],
    ),
    (
        "a rule publishes to a channel through an API destination",
        "events: { E: { channel: c } }\nchannels: { c: {} }",
        &[(RoleKind::Event, "destination.invoke")],
    ),
    (
        "a route calls a function, and its authorizer admits it",
        "functions: { f: {}, g: {} }\nroutes: { /x: { function: f, authorizer: g } }",
        &[(RoleKind::Route, "function.invoke")],
    ),
    (
        "a route starts a state machine",
        "routes: { /x: { async: true } }\nstates: { States: {} }",
        &[(RoleKind::Route, "state.start")],
    ),
    (
        "a route runs a state machine and waits",
        "routes: { /x: { state: orders } }\nstates: { States: {} }",
        &[(RoleKind::Route, "state.start-sync")],
    ),
    (
        "a route puts an event",
        "functions: { f: {} }\nroutes: { /x: { event: E } }\nevents: { E: { function: f } }",
        &[(RoleKind::Route, "event.put")],
    ),
    (
        "a route sends to a queue",
        "routes: { /x: { queue: q } }\nqueues: { q: {} }",
        &[(RoleKind::Route, "queue.send")],
    ),
    (
        "a field's data source is a function, an event or a table, and its authorizer admits it",
        "functions: { f: {}, g: {} }\nevents: { E: { function: f } }\nmutations: { authorizer: g, resolvers: { m: { function: f }, n: { event: E }, o: { table: t } } }",
        &[
            (RoleKind::Mutation, "event.put"),
            (RoleKind::Mutation, "function.invoke"),
            (RoleKind::Mutation, "table.items"),
        ],
    ),
    (
        "a user pool's functions admit it themselves",
        "functions: { f: {} }\npools: [p]\ntriggers: { PRE_SIGN_UP: { function: f } }",
        &[],
    ),
    (
        "a schedule runs with the event role",
        "functions: { f: {} }\nqueues: { q: {} }\nevents: { E: { function: f } }\nstates: { States: {} }",
        &[
            (RoleKind::Event, "event.put"),
            (RoleKind::Event, "function.invoke"),
            (RoleKind::Event, "queue.send"),
            (RoleKind::Event, "state.start"),
        ],
    ),
];

/// The schedules of the case that speaks of them.
const SCHEDULES: &str = r#"{
  "a": {"cron": "0 3 * * ? *", "payload": {}, "target": "arn:aws:lambda:{{region}}:{{account}}:function:{{namespace}}_f_{{sandbox}}"},
  "b": {"cron": "0 3 * * ? *", "payload": {}, "target": "arn:aws:states:{{region}}:{{account}}:stateMachine:{{namespace}}_{{sandbox}}"},
  "c": {"cron": "0 3 * * ? *", "payload": {}, "target": "arn:aws:sqs:{{region}}:{{account}}:q"},
  "d": {"cron": "0 3 * * ? *", "payload": {"source": "shop", "detail-type": "Night"}, "target": "arn:aws:events:{{region}}:{{account}}:event-bus/default"}
}"#;

pub(super) fn read((what, text, _): &Case) -> Topology {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", format!("name: orders\n{text}\n"));
    let schedules = what
        .contains("schedule")
        .then(|| sources.add("schedules.json", SCHEDULES));
    let input = Input {
        schedules,
        ..Input::new(main, Vec::new())
    };
    let reading = topology::parse(
        &sources,
        &Project::of(&sources, vec![input]),
        &Matrix::built_in().unwrap().integrations,
    );
    let faults: Vec<&Diagnostic> = reading.diagnostics.iter().collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}");
    reading.topologies.into_iter().next().unwrap()
}

#[test]
fn each_thing_that_the_language_can_say_gives_its_capabilities_and_no_others() {
    for case in CASES {
        let found = derived(&read(case));
        assert_eq!(found.diagnostics, [], "{}", case.0);
        let capabilities: Vec<(RoleKind, String)> = found
            .grants
            .iter()
            .map(|grant| (grant.role, grant.capability.to_string()))
            .filter(|(_, capability)| {
                !["logs.write", "logs.deliver", "schedule.run"].contains(&capability.as_str())
            })
            .collect();
        let expected: Vec<(RoleKind, String)> = case
            .2
            .iter()
            .map(|(role, id)| (*role, (*id).to_owned()))
            .collect();
        assert_eq!(capabilities, expected, "{}", case.0);
    }
}

/// What state machines call is another table's matter.
#[test]
fn every_row_of_the_matrix_has_words_in_the_language_that_lead_to_it() {
    let mut said = BTreeSet::new();
    for case in CASES {
        let edges = read(case).edges;
        said.extend(
            edges
                .iter()
                .map(|edge| (edge.source.kind, edge.target.kind, edge.via)),
        );
    }
    let is_of_a_task = |via: Via| {
        let name = serde_json::to_value(via).unwrap();
        ["task", "callback"].contains(&name.as_str().unwrap())
    };
    for rule in &Matrix::built_in().unwrap().edges {
        let row = (rule.source, rule.target, rule.via);
        assert!(is_of_a_task(rule.via) || said.contains(&row), "{row:?}");
    }
}

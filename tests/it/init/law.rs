//! The untouched set gives the roles of dynamic mode.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use tcperm::grants::Matrix;

use super::run;
use crate::configuration::everything;
use crate::integrations::{table, topology};
use crate::support::{Tcperm, World, entries, example, examples, read, root};

/// A folder with the untouched set, for all tests.
static SET: LazyLock<(Tcperm, String)> = LazyLock::new(|| {
    let tcperm = Tcperm::in_project(&[]);
    run(&tcperm, "init --infra-dir infra").exits(0);
    let directory = tcperm.folder().join("infra").to_str().unwrap().to_owned();
    (tcperm, directory)
});

const RENDER: &str =
    "render -s dev --account 123456789012 --region us-west-2 --graphql-api graphql=abcdefghij --format json";

/// The tags that say how a role was made.
const OF_THE_MODE: [&str; 2] = ["tcperm:mode", "tcperm:template"];

/// As [`compared`], where there are roles.
#[track_caller]
fn alike(tcperm: &Tcperm, more: &str) -> usize {
    let roles = compared(tcperm, more);
    assert!(roles > 0, "{}", run(tcperm, &format!("{RENDER} {more}")));
    roles
}

/// Renders in dynamic mode and with the untouched set: nothing differs but how it was made. Gives how
/// many roles there are.
#[track_caller]
fn compared(tcperm: &Tcperm, more: &str) -> usize {
    let line = format!("{RENDER} {more}");
    let dynamic = run(tcperm, &line);
    let shared = run(tcperm, &format!("{line} --infra-dir {}", SET.1));
    assert_eq!(dynamic.code, shared.code, "{shared}");
    assert_eq!(dynamic.stderr, shared.stderr);
    if dynamic.code != 0 {
        return 0;
    }
    let (mut dynamic, mut shared) = (dynamic.json(), shared.json());
    let modes = |document: &mut Value| -> Vec<String> {
        let roles = document["roles"].as_array_mut().unwrap().iter_mut();
        roles.filter_map(without_mode).collect()
    };
    let (before, after) = (modes(&mut dynamic), modes(&mut shared));
    assert!(before.iter().all(|mode| mode == "dynamic"), "{before:?}");
    assert!(after.iter().all(|mode| mode == "shared"), "{after:?}");
    assert_eq!(dynamic, shared);
    before.len()
}

/// Takes out of a base role what says how it was made, and gives the mode; a role that is made
/// otherwise has none.
fn without_mode(role: &mut Value) -> Option<String> {
    let source = role.as_object_mut().unwrap().remove("source")?;
    let tags = role["tags"].as_object_mut().unwrap();
    let mode = OF_THE_MODE.map(|tag| tags.remove(tag).unwrap())[0].clone();
    assert_eq!(mode, source["mode"]);
    Some(mode.as_str().unwrap().to_owned())
}

#[test]
fn every_example_has_the_same_roles() {
    let mut roles = 0;
    for name in examples() {
        roles += alike(&Tcperm::in_example(&name), "");
        roles += alike(&Tcperm::in_example(&name), "-r");
    }
    assert!(roles > 40, "{roles} roles");
}

#[test]
fn every_fixture_has_the_same_roles_and_findings() {
    let mut roles = 0;
    for folder in entries(&root().join("tests/fixtures")) {
        let arguments = folder.join("arguments");
        let file = arguments.is_file().then(|| read(&arguments));
        let is_by_itself = file.as_ref().is_none_or(|text| {
            text.starts_with("render ") && !text.contains("--infra-dir") && !text.contains("--account")
        });
        let config = folder.join("tcperm.toml");
        let has_set = config.is_file() && read(&config).contains("infra_dir");
        if is_by_itself && !has_set {
            roles += compared(&Tcperm::in_copy_of(&folder), "");
        }
    }
    assert!(roles > 40, "{roles} roles");
}

#[test]
fn every_integration_of_state_machines_has_the_same_roles() {
    let rows = table();
    assert!(rows.len() > 40);
    for row in rows {
        let tcperm = Tcperm::in_project(&[("topology.yml", &topology(&row))]);
        alike(&tcperm, "");
    }
}

/// Topologies with every kind of role, with names of both forms, schedules and exact targets.
fn shop() -> Tcperm {
    let topology = |name: &str, more: &str| {
        let separator = if more.is_empty() { '_' } else { '-' };
        let task = "Type: Task, End: true, Resource: \"arn:aws:states:::lambda:invoke\"";
        let packer = format!("'{{{{namespace}}}}{separator}packer{separator}{{{{sandbox}}}}'");
        format!(
            "name: {name}
{more}functions: {{ packer: {{ event: {name}-packed }} }}
routes: {{ /{name}: {{ function: packer }} }}
events: {{ {name}-packed: {{ producer: packer, function: packer }} }}
queues: {{ {name}-jobs: {{ function: packer }} }}
mutations:
  types: {{ progress: {{ id: ID! }} }}
  resolvers:
    progress: {{ function: packer, input: progress, output: progress, subscribe: false }}
states: {{ StartAt: A, States: {{ A: {{ {task}, Parameters: {{ FunctionName: {packer} }} }} }} }}
"
        )
    };
    let machine = "arn:aws:states:{{region}}:{{account}}:stateMachine:plain_{{sandbox}}";
    let nightly = serde_json::json!({"cron": "cron(0 1 * * ? *)", "target": machine, "payload": {}});
    let schedules = serde_json::json!({"nightly": nightly}).to_string();
    Tcperm::in_project(&[
        ("plain/topology.yml", &topology("plain", "")),
        (
            "hyphens/topology.yml",
            &topology("hyphens", "hyphenated_names: true\n"),
        ),
        ("third/topology.yml", &topology("third", "")),
        ("plain/infrastructure/tc/schedules.json", &schedules),
        ("hyphens/infrastructure/tc/schedules.json", &schedules),
    ])
}

#[test]
fn many_topologies_with_names_of_both_forms_have_the_same_roles() {
    assert_eq!(alike(&shop(), "-r"), 5);
    assert_eq!(alike(&shop(), "-d hyphens"), 5);
}

#[test]
fn every_grant_that_is_offered_gives_the_same_roles_tagged_or_not() {
    let kinds: Vec<&str> = Matrix::built_in().unwrap().taggable().into_iter().collect();
    for tagged in [&[][..], &kinds[..]] {
        let tcperm = shop();
        tcperm.write("tcperm.toml", &everything(tagged));
        assert_eq!(alike(&tcperm, "-d plain"), 5);
        assert_eq!(alike(&tcperm, "-d hyphens"), 5);
    }
}

#[test]
fn a_sandbox_that_moves_to_the_set_changes_in_the_tags_of_its_mode_alone() {
    let world = World::embedded();
    for name in ["orders", "storefront"] {
        let create = format!("create -s dev -d {}", example(name));
        world.run(&create).exits(0);
        let before = world.roles();
        world.run(&format!("{create} --infra-dir {}", SET.1)).exits(0);
        let mut after = world.roles();
        let mut expected = before.clone();
        for (role, made) in &mut after {
            for tag in OF_THE_MODE {
                let new = made.tags.remove(tag).unwrap();
                let old = expected.get_mut(role).unwrap().tags.remove(tag).unwrap();
                assert_ne!(new, old, "{role} {tag}");
            }
        }
        assert_eq!(after, expected);
        let plan = format!(
            "plan -s dev -d {} --infra-dir {} --detailed-exitcode",
            example(name),
            SET.1
        );
        world.run(&plan).exits(0);
        world.run(&create).exits(0);
        assert_eq!(world.roles(), before);
    }
}

#[test]
fn an_edited_set_is_seen() {
    let tcperm = Tcperm::in_project(&[]);
    run(&tcperm, "init --infra-dir infra").exits(0);
    let path = "infra/base/roles/function.json";
    let text = read(&tcperm.folder().join(path));
    let statement = "    {\n      \"Sid\": \"Trace\",\n      \"Effect\": \"Allow\",\n      \"Action\": \"xray:PutTraceSegments\",\n      \"Resource\": \"*\"\n    },\n  ]";
    tcperm.write(path, &text.replace("  ]\n}", &format!("{statement}\n}}")));
    let line = format!("{RENDER} -d {} --infra-dir infra", example("hello"));
    let document = run(&tcperm, &line).exits(0).json();
    let sids: BTreeMap<String, usize> = document["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| {
            let count = role["policies"].to_string().matches("\"Trace\"").count();
            (role["entity"].as_str().unwrap().to_owned(), count)
        })
        .collect();
    assert_eq!(sids["function"], 1, "{sids:?}");
    assert_eq!(sids.values().sum::<usize>(), 1);
}

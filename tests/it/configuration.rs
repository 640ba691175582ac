//! The configuration from outside: which file counts, which value wins, and what each grant of it
//! gives.

use serde_json::Value;
use tcperm::grants::{Matrix, Scope};

use crate::support::{Outcome, Tcperm};

const TOPOLOGY: &str = "name: orders
functions:
  packer: {}
events:
  Packed: { producer: packer, function: packer }
queues:
  jobs: { function: packer }
";

fn render(tcperm: &Tcperm, directory: &str, more: &[&str]) -> Outcome {
    let arguments = "render -s dev --account 123456789012 --region us-west-2 --format json -d";
    let all = arguments
        .split_whitespace()
        .chain([directory])
        .chain(more.iter().copied());
    tcperm.args(all).run()
}

/// The event bus that the function role may put events on.
fn bus(outcome: Outcome) -> String {
    let resource = statement(&outcome.exits(0).json(), "PutEvents")["Resource"].clone();
    resource.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn statements(document: &Value) -> Vec<Value> {
    let roles = document["roles"].as_array().unwrap();
    let policies = roles.iter().flat_map(|role| role["policies"].as_array().unwrap());
    policies
        .flat_map(|policy| policy["document"]["Statement"].as_array().unwrap().clone())
        .collect()
}

fn statement(document: &Value, sid: &str) -> Value {
    let found = statements(document)
        .into_iter()
        .find(|statement| statement["Sid"] == sid);
    found.unwrap_or_else(|| panic!("no statement {sid}: {document:#}"))
}

fn with_bus(name: &str) -> String {
    format!("[aws.eventbridge]\nbus = \"{name}\"\n")
}

#[test]
fn the_nearest_file_counts_up_to_the_root_of_the_repository() {
    let outer = with_bus("outer");
    let tcperm = Tcperm::in_project(&[
        ("tcperm.toml", &outer),
        ("repository/.git/HEAD", ""),
        ("repository/topologies/orders/topology.yml", TOPOLOGY),
    ]);
    let orders = "repository/topologies/orders";
    assert_eq!(bus(render(&tcperm, orders, &[])), "default");
    tcperm.write("repository/tcperm.toml", &with_bus("root"));
    assert_eq!(bus(render(&tcperm, orders, &[])), "root");
    tcperm.write("repository/topologies/tcperm.toml", &with_bus("middle"));
    assert_eq!(bus(render(&tcperm, orders, &[])), "middle");
    tcperm.write("repository/topologies/orders/tcperm.toml", &with_bus("own"));
    assert_eq!(bus(render(&tcperm, orders, &[])), "own");
}

#[test]
fn without_a_repository_every_directory_above_counts() {
    let outer = with_bus("outer");
    let tcperm = Tcperm::in_project(&[("tcperm.toml", &outer), ("a/b/topology.yml", TOPOLOGY)]);
    assert_eq!(bus(render(&tcperm, "a/b", &[])), "outer");
}

#[test]
fn tcs_own_file_counts_in_the_root_of_the_repository_alone() {
    let tc = "aws: { eventbridge: { bus: of-tc, rule_prefix: x } }\nbuilder: { a: [1] }\n";
    let tcperm = Tcperm::in_project(&[
        ("orders/topology.yml", TOPOLOGY),
        ("infrastructure/tc/config.yml", tc),
    ]);
    assert_eq!(bus(render(&tcperm, "orders", &[])), "default");
    tcperm.write(".git", "gitdir: elsewhere\n");
    assert_eq!(bus(render(&tcperm, "orders", &[])), "of-tc");
}

#[test]
fn tcperms_file_wins_over_tcs_key_by_key() {
    let tc = "aws: { eventbridge: { bus: of-tc } }
tcperm:
  abac: { tagged: [queue] }
  grants: [{ role: function, capability: trace.write }]
";
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", TOPOLOGY),
        (".git/HEAD", ""),
        ("infrastructure/tc/config.yml", tc),
        ("tcperm.toml", "[abac]\ntagged = []\n"),
    ]);
    let document = render(&tcperm, ".", &[]).exits(0).json();
    assert_eq!(statement(&document, "ConsumeQueue")["Condition"], Value::Null);
    assert_eq!(statement(&document, "WriteTraces")["Resource"], "*");
    assert_eq!(bus(render(&tcperm, ".", &[])), "of-tc");
    let edges = document["roles"][1]["grants"].as_array().unwrap();
    let traced = edges
        .iter()
        .find(|grant| grant["capability"] == "trace.write")
        .unwrap();
    assert_eq!(traced["edges"][0], "infrastructure/tc/config.yml:4");
}

#[test]
fn a_named_file_takes_the_place_of_the_one_in_its_language() {
    let (nearest, named) = (with_bus("nearest"), with_bus("named"));
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", TOPOLOGY),
        ("tcperm.toml", &nearest),
        ("other.toml", &named),
        (
            "other.yml",
            "aws: { eventbridge: { bus: of-tc }, lambda: { asset_bucket: bucket } }\n",
        ),
    ]);
    assert_eq!(bus(render(&tcperm, ".", &["--config", "other.toml"])), "named");
    assert_eq!(bus(render(&tcperm, ".", &["--config", "other.yml"])), "nearest");
    let tcperm = tcperm.env("TC_CONFIG_PATH", "other.toml");
    assert_eq!(bus(render(&tcperm, ".", &[])), "named");
}

#[test]
fn the_environment_and_flags_win_over_the_configuration() {
    let tcperm = Tcperm::in_project(&[
        (
            "topology.yml",
            "name: orders
events:
  Packed: { producer: shop, mutation: progress }
mutations:
  authorizer: packer
  types: { progress: { id: ID! } }
  resolvers:
    progress: { function: packer, input: progress, output: progress, subscribe: false }
functions:
  packer: {}
",
        ),
        (
            "tcperm.toml",
            "[graphql_apis]\norders = \"configured\"\n[aws.lambda]\nasset_bucket = \"configured\"
[[grants]]\nrole = \"function\"\ncapability = \"asset.read\"\non = [\"{{ASSET_BUCKET}}\"]\n",
        ),
    ]);
    let document = render(&tcperm, ".", &[]).exits(0).json();
    assert_eq!(
        statement(&document, "ReadAssets")["Resource"],
        "arn:aws:s3:::configured/*"
    );
    let api = |document: &Value| {
        statement(document, "CallMutation")["Resource"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(api(&document).contains("apis/configured/"));
    let tcperm = tcperm
        .env("TC_ASSET_BUCKET", "given")
        .env("TC_SANDBOXED_EVENTS", "1");
    let document = render(&tcperm, ".", &["--graphql-api", "orders=given"])
        .exits(0)
        .json();
    assert_eq!(
        statement(&document, "ReadAssets")["Resource"],
        "arn:aws:s3:::given/*"
    );
    assert!(api(&document).contains("apis/given/"));
}

#[test]
fn the_bus_of_the_sandbox_wins_over_the_configured_one() {
    let configured = with_bus("configured");
    let tcperm = Tcperm::in_project(&[("topology.yml", TOPOLOGY), ("tcperm.toml", &configured)]);
    assert_eq!(bus(render(&tcperm, ".", &[])), "configured");
    let tcperm = tcperm.env("TC_SANDBOXED_EVENTS", "1");
    assert_eq!(bus(render(&tcperm, ".", &[])), "tc-dev");
}

#[test]
fn a_wrong_configuration_is_refused_before_any_call() {
    let tcperm =
        Tcperm::in_project(&[("topology.yml", TOPOLOGY), ("tcperm.toml", "[abac]\nx = 1\n")]).local();
    let outcome = tcperm.args(["create", "-s", "dev"]).run().exits(1);
    assert!(outcome.stderr.contains("error[invalid-config]"), "{outcome}");
    assert!(!tcperm.home().join("account.json").exists());
}

/// A grant that goes out of the configuration goes out of the role.
#[test]
fn a_grant_that_is_taken_back_leaves_the_role() {
    let grants = "[[grants]]\nrole = \"function\"\ncapability = \"trace.write\"
[[grants]]\nrole = \"function\"\ncapability = \"secret.read\"\non = [\"db\"]\n";
    let tcperm = Tcperm::in_project(&[("topology.yml", TOPOLOGY), ("tcperm.toml", grants)]).local();
    let create = || tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let shown = || tcperm.args(["show", "-s", "dev"]).run().exits(0).stdout;
    create();
    assert!(shown().contains("WriteTraces") && shown().contains("ReadSecrets"));
    tcperm.write("tcperm.toml", "");
    create();
    assert!(
        !shown().contains("WriteTraces") && !shown().contains("ReadSecrets"),
        "{}",
        shown()
    );
}

/// What each part of a target is in the samples below.
const SAMPLES: [(&str, &str); 8] = [
    ("access_point", "fsap-0456"),
    ("api", "abcdefghij"),
    ("bucket", "sample-{{sandbox}}"),
    ("detail_types", "Order packed"),
    ("file_system", "fs-0123"),
    ("name", "sample-{{sandbox}}"),
    ("prefix", "{{sandbox}}/incoming/"),
    ("sources", "orders"),
];

/// A configuration that asks for every capability that is offered.
pub fn everything(tagged: &[&str]) -> String {
    let matrix = Matrix::built_in().unwrap();
    let mut lines = vec![format!("[abac]\ntagged = {tagged:?}")];
    for rule in &matrix.opt_in {
        let id = &rule.capability;
        lines.push(format!(
            "[[grants]]\nrole = \"{}\"\ncapability = \"{id}\"",
            rule.role
        ));
        let capability = &matrix.capabilities[id];
        if capability.scope == Scope::Exact {
            let sample = |part: &String| {
                let known = SAMPLES.iter().find(|(name, _)| name == part);
                known.unwrap_or_else(|| panic!("no sample for {part}")).1
            };
            let parts: Vec<&str> = capability.parts().iter().map(sample).collect();
            lines.push(format!("on = [\"{}\"]", parts.join("/")));
        }
    }
    lines.join("\n")
}

/// The statements that a configuration adds to a topology with every role, a line each.
fn added(configuration: &str) -> String {
    let topology = "name: orders
functions: { packer: {} }
events: { Packed: { producer: shop, function: packer } }
mutations:
  types: { progress: { id: ID! } }
  resolvers:
    progress: { function: packer, input: progress, output: progress, subscribe: false }
flow: { StartAt: A, States: { A: { Type: Pass, End: true } } }
";
    let tcperm = Tcperm::in_project(&[("topology.yml", topology)]);
    let before = render(&tcperm, ".", &[]).exits(0).json();
    tcperm.write("tcperm.toml", configuration);
    let after = render(&tcperm, ".", &[]).exits(0).json();
    assert_eq!(after["diagnostics"].as_array().unwrap().len(), 0, "{after:#}");
    let asked: Vec<(String, String)> = after["roles"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|role| {
            let grants = role["grants"].as_array().unwrap().iter();
            let of_file = grants.filter(|grant| grant["edges"].to_string().contains("tcperm.toml"));
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            of_file
                .map(|grant| (text(&role["entity"]), text(&grant["capability"])))
                .collect::<Vec<_>>()
        })
        .collect();
    for rule in &Matrix::built_in().unwrap().opt_in {
        let row = (rule.role.to_string(), rule.capability.clone());
        assert!(asked.contains(&row), "{row:?} yields nothing");
    }
    let mut lines = Vec::new();
    for (role, was) in after["roles"]
        .as_array()
        .unwrap()
        .iter()
        .zip(before["roles"].as_array().unwrap())
    {
        lines.push(role["name"].as_str().unwrap().to_owned());
        let was = serde_json::json!({"roles": [was]});
        let known = statements(&was);
        for statement in statements(&serde_json::json!({"roles": [role]})) {
            if !known.contains(&statement) {
                lines.push(format!("  {statement}"));
            }
        }
    }
    lines.join("\n")
}

#[test]
fn every_capability_that_is_offered_gives_its_statement() {
    insta::assert_snapshot!("every opt-in statement", added(&everything(&[])));
}

#[test]
fn what_the_team_tags_is_reached_by_its_tag() {
    let kinds: Vec<&str> = Matrix::built_in().unwrap().taggable().into_iter().collect();
    let tagged = added(&everything(&kinds));
    insta::assert_snapshot!("every opt-in statement on tagged kinds", tagged);
}

#[test]
fn the_guide_names_every_capability_that_is_offered_and_every_kind_that_can_be_tagged() {
    let guide = crate::support::read(&crate::support::root().join("docs/src/configuration.md"));
    let cell = |line: &str, column: usize| line.split('|').nth(column).unwrap_or_default().trim().to_owned();
    let row_of = |name: &str| {
        let name = format!("`{name}`");
        let found = guide
            .lines()
            .find(|line| line.starts_with('|') && cell(line, 1) == name);
        found.unwrap_or_else(|| panic!("configuration.md has no row {name}"))
    };
    let matrix = Matrix::built_in().unwrap();
    for rule in &matrix.opt_in {
        let row = row_of(&rule.capability);
        assert!(
            cell(row, 2).split(", ").any(|role| role == rule.role.name()),
            "{row}"
        );
        let capability = &matrix.capabilities[&rule.capability];
        let on = match capability.scope {
            Scope::Exact => format!("`{}`", capability.parts().join("/").to_uppercase()),
            _ => "–".to_owned(),
        };
        assert_eq!(cell(row, 3), on, "{row}");
        assert_eq!(cell(row, 4), capability.does);
        let kind = capability.taggable.as_ref();
        assert_eq!(
            cell(row, 5),
            kind.map_or_else(|| "–".to_owned(), |kind| format!("`{kind}`"))
        );
        assert!(row.contains(&rule.reason), "{row}");
    }
    for kind in matrix.taggable() {
        row_of(kind);
    }
}

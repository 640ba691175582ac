//! Role templates: all that they can render to is looked at, and told with its place in the template.

use std::fmt::Write as _;

use tcperm::grants::{Matrix, Scope};
use tcperm::model::RoleKind;

use super::{SOUND, check, places};
use crate::support::{Tcperm, read, root};

const FUNCTION: &str = "infra/base/roles/function.json";

/// A project with one template: a policy with this in its list of statements.
fn with(statements: &str) -> Tcperm {
    let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [\n{statements}\n]}}");
    Tcperm::in_project(&[(FUNCTION, &text)])
}

#[test]
fn a_set_of_the_built_in_statements_has_no_findings() {
    let matrix = Matrix::built_in().unwrap();
    let tcperm = Tcperm::in_project(&[]);
    let mut looked_at = 0;
    for kind in RoleKind::ALL {
        for (ending, is_exact) in [("json", false), ("topology.json", true)] {
            let mut text = "{\"Version\": \"2012-10-17\", \"Statement\": [\n".to_owned();
            for id in matrix.of_role(kind) {
                let scope = matrix.capabilities[id].scope;
                if scope != Scope::Trust && (scope == Scope::Exact) == is_exact {
                    looked_at += 1;
                    writeln!(
                        text,
                        "{{{{#each grants.[{id}]}}}}{{{{> capability/{id}}}}},{{{{/each}}}}"
                    )
                    .unwrap();
                }
            }
            text.push_str("]}\n");
            tcperm.write(&format!("infra/base/roles/{kind}.{ending}"), &text);
        }
        let trust = read(&root().join(format!("templates/trust/{kind}.json")));
        tcperm.write(&format!("infra/base/roles/{kind}.trust.json"), &trust);
    }
    assert!(looked_at > 60, "{looked_at}");
    assert_eq!(places(&tcperm, &[]), Vec::<String>::new());
}

#[test]
fn what_init_writes_has_no_findings_and_neither_has_the_set_of_the_repository() {
    let tcperm = Tcperm::in_project(&[]);
    tcperm.bare(["init", "--infra-dir", "infra"]).run().exits(0);
    let outcome = check(&tcperm, &["infra"]).exits(0);
    assert_eq!(outcome.stdout, "", "{outcome}");
    assert!(outcome.stderr.contains("in 5 role templates"), "{outcome}");
    let repository = Tcperm::in_folder(root());
    let outcome = check(&repository, &["infrastructure"]).exits(0);
    assert_eq!(outcome.stdout, "", "{outcome}");
    assert!(outcome.stderr.starts_with("nothing found in "), "{outcome}");
}

#[test]
fn every_branch_of_a_template_is_looked_at() {
    let open = r#"{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}"#;
    let granted = format!("{{{{#each grants.[function.invoke]}}}}\n{open},{{{{/each}}}}");
    assert_eq!(
        places(&with(&granted), &[]),
        [format!("any-resource {FUNCTION}:3:62")]
    );
    let otherwise = format!("{{{{#if grants.[function.invoke]}}}}{{{{else}}}}\n{open}\n{{{{/if}}}}");
    assert_eq!(
        places(&with(&otherwise), &[]),
        [format!("any-resource {FUNCTION}:3:62")]
    );
    let missing = "{{#each grants.[function.invoke]}}{{> capability/function.invoke}}{{/each}}";
    let found = places(&with(missing), &[]);
    assert!(
        found.iter().any(|one| one.starts_with("invalid-document")),
        "two statements without a comma: {found:?}"
    );
}

#[test]
fn a_finding_in_a_partial_has_its_place_there_and_is_told_once() {
    let tcperm = with("{{> queues}}, {{> queues}}");
    let queues = r#"{"Effect": "Allow", "Action": "sqs:SendMessages", "Resource": "{{arn "sqs" "a"}}"}"#;
    tcperm.write("infra/partials/queues.json", queues);
    assert_eq!(
        places(&tcperm, &[]),
        ["unknown-action infra/partials/queues.json:1:31"]
    );
}

#[test]
fn the_length_of_a_role_that_holds_everything_is_not_counted() {
    let mut all = String::new();
    for id in Matrix::built_in().unwrap().of_role(RoleKind::State) {
        writeln!(
            all,
            "{{{{#each grants.[{id}]}}}}{{{{> capability/{id}}}}},{{{{/each}}}}"
        )
        .unwrap();
    }
    let tcperm = Tcperm::in_project(&[(FUNCTION, "{\"Version\": \"2012-10-17\", \"Statement\": []}")]);
    let text = format!("{{\"Version\": \"2012-10-17\", \"Statement\": [{all}]}}");
    tcperm.write("infra/base/roles/state.topology.json", &text);
    tcperm.write("infra/base/roles/state.json", SOUND);
    assert_eq!(places(&tcperm, &[]), Vec::<String>::new());
}

#[test]
fn a_service_that_runs_with_a_role_only_at_times_may_be_trusted_and_need_not_be() {
    let trust = |services: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": [{services}]}}, "Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"aws:SourceAccount": "{{{{account}}}}"}}}}}}]}}"#
        )
    };
    let event = "infra/base/roles/event.trust.json";
    let found = |services: &str| {
        let tcperm = Tcperm::in_project(&[("infra/base/roles/event.json", SOUND)]);
        tcperm.write(event, &trust(services));
        places(&tcperm, &[])
    };
    assert_eq!(found(r#""events.amazonaws.com""#), Vec::<String>::new());
    let both = r#""events.amazonaws.com", "scheduler.amazonaws.com""#;
    assert_eq!(found(both), Vec::<String>::new());
    let other = r#""events.amazonaws.com", "ec2.amazonaws.com""#;
    assert_eq!(found(other), [format!("foreign-trust {event}:1:111")]);
    let without = found(r#""scheduler.amazonaws.com""#);
    assert_eq!(without, [format!("foreign-trust {event}:1:1")]);
}

#[test]
fn managed_policies_are_counted_and_are_policies() {
    let arns = |count: usize| {
        let arn = |number| format!("\"arn:aws:iam::123456789012:policy/p{number}\"");
        (0..count).map(arn).collect::<Vec<_>>().join(",\n")
    };
    let managed = "infra/base/roles/function.managed.json";
    let found = |list: &str| {
        let tcperm = with("");
        tcperm.write(managed, &format!("[{list}]"));
        places(&tcperm, &[])
    };
    assert_eq!(found(&arns(10)), Vec::<String>::new());
    assert_eq!(
        found(&arns(11)),
        [format!("too-many-managed-policies {managed}:11:1")]
    );
    let role = format!("{},\n\"arn:aws:iam::123456789012:role/r\"", arns(1));
    assert_eq!(found(&role), [format!("no-managed-policy {managed}:2:1")]);
}

#[test]
fn a_template_that_is_named_is_checked_alone() {
    let tcperm = with("{{nope}}");
    tcperm.write("infra/base/roles/route.json", "{\"Statement\": []}");
    assert_eq!(places(&tcperm, &[]).len(), 2);
    assert_eq!(
        places(&tcperm, &[FUNCTION]),
        [format!("unknown-variable {FUNCTION}:2:1")]
    );
    assert_eq!(places(&tcperm, &["infra/base/roles"]).len(), 2);
    assert_eq!(
        places(&tcperm, &["infra/base/roles/route.json"]),
        ["invalid-version infra/base/roles/route.json:1:1"]
    );
}

#[test]
fn the_templates_of_functions_and_of_the_configuration_are_checked_too() {
    let open = super::OPEN;
    let tcperm = Tcperm::in_project(&[
        (
            "shop/topology.yml",
            "name: shop\nfunctions:\n  pack: { runtime: { role_file: pack.json } }\n",
        ),
        ("shop/pack.json", open),
        ("shared/orders/roles/place.json", open),
        ("shop/tcperm.toml", "infra_dir = \"../shared\"\n"),
    ]);
    assert_eq!(
        places(&tcperm, &["shop"]),
        [
            "any-resource shared/orders/roles/place.json:1:102",
            "any-resource shop/pack.json:1:102",
        ]
    );
    let outcome = check(&tcperm, &["shop"]).exits(0);
    assert!(
        outcome.stderr.contains("1 topology, 2 role templates\n"),
        "{outcome}"
    );
}

#[test]
fn a_template_that_a_topology_names_is_no_policy_document() {
    let template = r#"{"Version": "2012-10-17", "Statement": [
      {{#each grants.[logs.write]}}{{> capability/logs.write}},{{/each}}
    ]}"#;
    let topology = "name: shop\nroutes: { /p: { method: GET, function: pack } }\nfunctions:\n";
    let with = |function: &str| {
        Tcperm::in_project(&[
            ("shop/topology.yml", &format!("{topology}{function}")),
            ("shop/roles/pack.json", template),
            ("shop/roles/pack.topology.json", template),
        ])
    };
    let named = "  pack: { runtime: { role_file: roles/pack.json } }\n";
    assert_eq!(places(&with(named), &[]), Vec::<String>::new());
    let broken = format!("{named}queues: {{ q: {{ function: 7 }} }}\n");
    let found = places(&with(&broken), &[]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(places(&with("  pack: {}\n"), &[]).len(), 2);
}

#[test]
fn a_template_of_a_function_that_its_topology_does_not_have_is_told() {
    let sound = "{\"Version\": \"2012-10-17\", \"Statement\": []}";
    let tcperm = Tcperm::in_project(&[
        (
            "shop/topology.yml",
            "name: shop\nroutes: { /p: { method: GET, function: pack } }\nfunctions: { pack: {} }\n",
        ),
        ("infra/shop/roles/pack.json", sound),
        ("infra/shop/roles/pick.json", sound),
        ("infra/shop/roles/route.json", sound),
        ("infra/other/roles/pick.json", sound),
        ("tcperm.toml", "infra_dir = \"infra\"\n"),
    ]);
    assert_eq!(
        places(&tcperm, &[]),
        ["unused-template infra/shop/roles/pick.json:1:1"]
    );
}

//! `tcperm init`: the set that it writes gives the roles of dynamic mode, and it never writes over
//! what is there.

mod hint;
mod law;

use std::path::{Path, PathBuf};

use serde_json::json;
use tcperm::grants::{Matrix, Scope};
use tcperm::model::RoleKind;

use crate::support::{Outcome, Tcperm, entries, read};

fn run(tcperm: &Tcperm, line: &str) -> Outcome {
    tcperm.args(line.split_whitespace()).run()
}

/// All files below a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(directory) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn each_kind_has_its_files_and_a_text_introduces_them() {
    let tcperm = Tcperm::in_project(&[]);
    let outcome = run(&tcperm, "init --infra-dir infra --format json").exits(0);
    let mut expected = vec!["infra/README.md".to_owned()];
    for kind in RoleKind::ALL {
        let parts = ["json", "topology.json", "trust.json"];
        expected.extend(parts.map(|part| format!("infra/base/roles/{kind}.{part}")));
    }
    expected.sort();
    assert_eq!(
        outcome.json(),
        json!({"format_version": "1", "directory": "infra", "files": expected})
    );
    let there = files(&tcperm.folder().join("infra")).into_iter();
    let there = there.map(|path| path.strip_prefix(tcperm.folder()).unwrap().to_owned());
    assert_eq!(
        there.collect::<Vec<_>>(),
        expected.iter().map(PathBuf::from).collect::<Vec<_>>()
    );
}

#[test]
fn every_capability_stands_in_the_file_of_its_scope_once() {
    let tcperm = Tcperm::in_project(&[]);
    run(&tcperm, "init --infra-dir infra").exits(0);
    let matrix = Matrix::built_in().unwrap();
    for kind in RoleKind::ALL {
        let text = |part: &str| read(&tcperm.folder().join(format!("infra/base/roles/{kind}.{part}")));
        let (shared, exact) = (text("json"), text("topology.json"));
        let mut held = 0;
        for (id, rule) in &matrix.capabilities {
            let opening = format!("{{{{#each grants.[{id}]}}}}");
            let found = [&shared, &exact].map(|text| text.matches(&opening).count());
            let is_held = matrix.of_role(kind).contains(id.as_str());
            let expected = match rule.scope {
                _ if !is_held => [0, 0],
                Scope::Trust => [0, 0],
                Scope::Exact => [0, 1],
                Scope::Account | Scope::Pattern | Scope::Tagged => [1, 0],
            };
            assert_eq!(found, expected, "{kind} {id}");
            if expected != [0, 0] {
                held += 1;
                assert!(
                    (shared.clone() + &exact)
                        .replace("\n          ", " ")
                        .contains(&rule.does),
                    "{id}"
                );
            }
        }
        assert!(held > 2, "{kind} holds {held}");
    }
}

#[test]
fn check_finds_nothing_in_what_is_written() {
    let tcperm = Tcperm::in_project(&[]);
    run(&tcperm, "init --infra-dir infra").exits(0);
    let outcome = run(&tcperm, "check infra --deny warnings").exits(0);
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert_eq!(outcome.stderr, "nothing found in 5 role templates\n");
}

#[test]
fn what_is_there_is_kept_and_nothing_is_written_beside_it() {
    let tcperm = Tcperm::in_project(&[("infra/base/roles/route.json", "mine")]);
    let outcome = run(&tcperm, "init --infra-dir infra").exits(1);
    assert!(outcome.stdout.is_empty());
    assert!(
        outcome
            .stderr
            .contains("`infra/base/roles/route.json` is there already"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("--force"), "{outcome}");
    let route = tcperm.folder().join("infra/base/roles/route.json");
    assert_eq!(
        files(&tcperm.folder().join("infra")),
        std::slice::from_ref(&route)
    );
    assert_eq!(read(&route), "mine");
    run(&tcperm, "init --infra-dir infra --force").exits(0);
    assert!(read(&route).contains("grants.[function.invoke]"));
}

#[test]
fn all_that_is_in_the_way_is_named() {
    let tcperm = Tcperm::in_project(&[
        ("infra/base/roles/route.json", "mine"),
        ("infra/base/roles/state.trust.json", "mine"),
    ]);
    let outcome = run(&tcperm, "init --infra-dir infra").exits(1);
    let names = "`infra/base/roles/route.json`, `infra/base/roles/state.trust.json` are there already";
    assert!(outcome.stderr.contains(names), "{outcome}");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_in_the_way_too() {
    let tcperm = Tcperm::in_project(&[("infra/base/roles/x", "")]);
    let link = tcperm.folder().join("infra/base/roles/event.json");
    std::os::unix::fs::symlink("/nowhere/at-all", &link).unwrap();
    let outcome = run(&tcperm, "init --infra-dir infra").exits(1);
    assert!(
        outcome.stderr.contains("`infra/base/roles/event.json` is there"),
        "{outcome}"
    );
}

#[test]
fn only_the_kinds_that_are_named_are_written() {
    let tcperm = Tcperm::in_project(&[]);
    let outcome = run(&tcperm, "init --infra-dir infra -c route -c state --format json").exits(0);
    let written = outcome.json()["files"].as_array().unwrap().len();
    assert_eq!(written, 1 + 3 + 3, "{outcome}");
    let roles = files(&tcperm.folder().join("infra/base/roles"));
    let is_named = |path: &PathBuf| {
        ["route", "state"]
            .iter()
            .any(|kind| path.to_str().unwrap().contains(kind))
    };
    assert!(roles.iter().all(is_named), "{roles:?}");
}

#[test]
fn a_text_that_introduces_the_templates_stays_as_it_is() {
    let tcperm = Tcperm::in_project(&[("infra/README.md", "ours")]);
    run(&tcperm, "init --infra-dir infra -c route").exits(0);
    run(&tcperm, "init --infra-dir infra -c route --force").exits(0);
    assert_eq!(read(&tcperm.folder().join("infra/README.md")), "ours");
}

#[test]
fn the_directory_comes_from_the_flag_the_environment_or_the_configuration() {
    let configured = [("tcperm.toml", "infra_dir = \"from-file\"\n")];
    let directory = |tcperm: &Tcperm, line: &str| run(tcperm, line).exits(0).json()["directory"].clone();
    let tcperm = Tcperm::in_project(&configured);
    assert_eq!(directory(&tcperm, "init --format json"), "from-file");
    let named = tcperm.env("TC_INFRA_DIR", "from-environment");
    assert_eq!(directory(&named, "init --format json"), "from-environment");
    let line = "init --format json --infra-dir from-flag";
    assert_eq!(directory(&named, line), "from-flag");
}

#[test]
fn without_a_directory_it_is_bad_usage() {
    let without = Tcperm::in_project(&[]);
    let declined = Tcperm::in_project(&[("tcperm.toml", "infra_dir = false\n")]);
    for tcperm in [without.clone(), declined, without.env("TC_INFRA_DIR", "")] {
        let outcome = run(&tcperm, "init").exits(2);
        assert!(outcome.stderr.contains("--infra-dir"), "{outcome}");
    }
}

#[test]
fn the_directory_may_be_the_one_above() {
    let tcperm = Tcperm::in_project(&[("infrastructure/tc/config.yml", "{}")]);
    let outcome = run(&tcperm, "init --infra-dir infrastructure --format json").exits(0);
    assert_eq!(outcome.json()["directory"], "infrastructure/tc");
}

#[test]
fn what_cannot_be_written_is_said() {
    let tcperm = Tcperm::in_project(&[("infra", "a file")]);
    let outcome = run(&tcperm, "init --infra-dir infra").exits(1);
    assert!(outcome.stderr.contains("`infra"), "{outcome}");
    assert_eq!(read(&tcperm.folder().join("infra")), "a file");
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "a file of the test's own")]
fn others_may_read_a_template_as_they_may_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let tcperm = Tcperm::in_project(&[("other", "")]);
    run(&tcperm, "init --infra-dir infra").exits(0);
    let mode = |path: &str| {
        let found = std::fs::metadata(tcperm.folder().join(path)).unwrap();
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode("infra/base/roles/event.json"), mode("other"));
}

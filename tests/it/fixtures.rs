//! What tcperm says to input of every kind: adding a folder to `tests/fixtures` adds a test.
//!
//! A case is a project. `tcperm render` runs in a copy of it, with the arguments in its file
//! `arguments` if there is one, and a snapshot holds exit code, stdout and stderr together.
//! Input that cannot be committed is made here.

mod corpus;

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::{Outcome, Tcperm, entries, file_name, read, root};

const ARGUMENTS: &str = "render -s dev --account 123456789012 --region us-west-2 -d .";

fn rendered(tcperm: &Tcperm) -> Outcome {
    tcperm.args(ARGUMENTS.split_whitespace()).run()
}

#[test]
fn every_fixture_is_answered_as_recorded() {
    insta::glob!("../fixtures", "*", |folder| {
        let tcperm = Tcperm::in_copy_of(folder);
        let file = folder.join("arguments");
        let outcome = if file.is_file() {
            tcperm.args(read(&file).split_whitespace()).run()
        } else {
            rendered(&tcperm)
        };
        insta::assert_snapshot!("fixture", outcome);
    });
}

#[test]
fn every_recorded_answer_has_its_fixture() {
    let named = |paths: Vec<std::path::PathBuf>| -> BTreeSet<String> {
        paths.iter().map(|path| file_name(path)).collect()
    };
    let cases = named(entries(&root().join("tests/fixtures")));
    assert!(cases.len() > 70, "{} cases", cases.len());
    let recorded = named(entries(&root().join("tests/it/snapshots")));
    let of_a_case = |name: &String| {
        let case = name.strip_prefix("it__fixtures__fixture@")?;
        case.strip_suffix(".snap").map(str::to_owned)
    };
    let recorded: BTreeSet<String> = recorded.iter().filter_map(of_a_case).collect();
    assert_eq!(recorded, cases);
}

/// Whether a folder is a case that is refused is seen from its exit code, so none can slip
/// from one side to the other unseen.
#[test]
fn a_refused_fixture_yields_nothing_on_stdout() {
    for folder in entries(&root().join("tests/fixtures")) {
        if folder.join("arguments").is_file() {
            continue;
        }
        let outcome = rendered(&Tcperm::in_copy_of(&folder));
        let refused = outcome.stderr.contains("error: ") || outcome.stderr.contains("error[");
        assert_eq!(
            outcome.code,
            i32::from(refused),
            "{}\n{outcome}",
            folder.display()
        );
        assert_eq!(
            outcome.stdout.is_empty(),
            refused || outcome.stderr.contains("no roles")
        );
    }
}

#[test]
fn a_policy_over_the_limit_is_refused_before_any_call() {
    let queue =
        |number| format!("  returned-goods-of-the-northern-warehouse-{number:03}: {{ function: packer }}\n");
    let queues: String = (0..300).map(queue).collect();
    let topology = format!("name: warehouse\nfunctions:\n  packer: {{}}\nqueues:\n{queues}");
    let tcperm = Tcperm::in_project(&[("topology.yml", &topology)]).local();
    let outcome = tcperm.args(["create", "-s", "dev"]).run().exits(1);
    insta::assert_snapshot!(outcome);
    assert!(
        !tcperm.home().join("account.json").exists(),
        "something was written"
    );
}

#[test]
fn ten_megabytes_are_not_read() {
    let topology = "# a line of a comment\n".repeat(10 * 1024 * 1024 / 22);
    let tcperm = Tcperm::in_project(&[("topology.yml", &topology)]);
    insta::assert_snapshot!(rendered(&tcperm));
}

#[test]
fn one_line_of_a_megabyte_is_shown_in_part() {
    let topology = format!("name: shop\ntags: [{}]\nfunctions: [a]\n", "x, ".repeat(20_000));
    let long = format!("name: shop\nfunctions: {{{}packer: []}}\n", " ".repeat(1_000_000));
    let outcome = rendered(&Tcperm::in_project(&[("topology.yml", &topology)]));
    assert!(outcome.stderr.len() < 1000, "{}", outcome.stderr.len());
    let outcome = rendered(&Tcperm::in_project(&[("topology.yml", &long)]));
    insta::assert_snapshot!(outcome);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_to_itself_is_named() {
    let tcperm = Tcperm::in_project(&[]);
    std::os::unix::fs::symlink("topology.yml", tcperm.folder().join("topology.yml")).unwrap();
    insta::assert_snapshot!("a link that leads to itself", rendered(&tcperm));
    let tcperm = Tcperm::in_project(&[("topology.yml", "name: shop\nfunctions: { intake: {} }\n")]);
    std::os::unix::fs::symlink("packer", tcperm.folder().join("packer")).unwrap();
    insta::assert_snapshot!("a directory that leads to itself", rendered(&tcperm));
}

#[cfg(unix)]
#[test]
fn a_directory_that_contains_itself_is_not_followed() {
    let tcperm = Tcperm::in_project(&[("topology.yml", "name: shop\nfunctions: { intake: {} }\n")]);
    std::os::unix::fs::symlink(".", tcperm.folder().join("again")).unwrap();
    let outcome = rendered(&tcperm).exits(0);
    assert!(outcome.stdout.contains("tc-base-function-dev"), "{outcome}");
}

#[test]
fn what_a_terminal_would_obey_is_never_printed() {
    let topology =
        "name: shop\nfunctions:\n  \"a\\e[2Jb\": {}\n# \u{9b}2J \u{202e}\nroutes: [\u{9b}31m, \u{202e}]\n";
    let outcome = rendered(&Tcperm::in_project(&[("topology.yml", topology)])).exits(1);
    let obeyed = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
    assert!(!outcome.stderr.contains(obeyed), "{outcome:?}");
}

/// The texts of all fixtures and examples, by their path.
fn texts() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["tests/fixtures", "examples"] {
        collect(&root().join(folder), &mut found);
    }
    found
}

#[expect(clippy::disallowed_methods, reason = "some fixtures are no text")]
fn collect(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(&path, found);
        } else {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
}

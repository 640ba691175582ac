//! The rules of the house: which module may use which, and who may touch the world.
//!
//! The rules are read from the text of `src/`, line by line and without comments, so that
//! they hold whatever the compiler would allow. Each finding names the file and the line.

mod rules;
mod text;

use std::path::{Path, PathBuf};

use crate::support::{entries, file_name, read, root};

/// No file of code is longer.
const LONGEST: usize = 600;

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(directory) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn name(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/")
}

fn findings_in_src(rule: fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let files = rust_files(&root().join("src"));
    assert!(files.len() > 10, "the checker sees the sources");
    files
        .iter()
        .flat_map(|path| rule(&name(path), &read(path)))
        .collect()
}

#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn modules_use_only_what_stands_below_them() {
    assert_none(&findings_in_src(rules::imports));
}

#[test]
fn the_core_touches_nothing_of_the_world() {
    assert_none(&findings_in_src(rules::purity));
}

#[test]
fn only_the_account_module_names_the_sdk() {
    assert_none(&findings_in_src(rules::sdk));
}

#[test]
fn only_the_view_prints() {
    assert_none(&findings_in_src(rules::printing));
}

#[test]
fn no_aws_action_stands_in_the_code() {
    assert_none(&findings_in_src(rules::actions));
}

#[test]
fn no_file_is_too_long_to_read() {
    let mut findings = Vec::new();
    for directory in ["src", "tests"] {
        for path in rust_files(&root().join(directory)) {
            let lines = read(&path).lines().count();
            if lines > LONGEST {
                findings.push(format!("{}: {lines} lines, more than {LONGEST}", name(&path)));
            }
            if file_name(&path) == "mod.rs" {
                findings.push(format!(
                    "{}: is `foo.rs` beside `foo/`, never `foo/mod.rs`",
                    name(&path)
                ));
            }
        }
    }
    assert_none(&findings);
}

/// Top-level modules and public modules explain themselves; a private module that holds one
/// type is explained by the type.
#[test]
fn every_module_that_can_be_named_says_what_it_is_for() {
    let mut findings = Vec::new();
    for path in rust_files(&root().join("src")) {
        let parent = path.parent().unwrap();
        let public = parent.extension().is_none() && {
            let module = path.file_stem().unwrap().to_string_lossy().into_owned();
            let declaring = parent.with_extension("rs");
            declaring.is_file() && read(&declaring).contains(&format!("pub mod {module};"))
        };
        let top = parent == root().join("src");
        if (top || public) && !read(&path).starts_with("//! ") {
            findings.push(format!("{}:1: does not start with `//! `", name(&path)));
        }
    }
    assert_none(&findings);
}

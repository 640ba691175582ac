//! What loading and writing promise, on real directories.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests lay out directories of their own"
)]

mod paths;
mod projects;
mod roles;
mod templates;

use std::fs;
use std::path::Path;

use super::ignored::{FOREIGN, NO_FUNCTION};
use super::*;
use crate::topology::{self, FunctionDirectory, Input};

fn lay_out(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// The texts that make the topologies of a run.
fn mains(directory: &Path, reach: Reach) -> Vec<String> {
    let Loaded { sources, project, .. } = load(directory, reach).unwrap();
    let name = |input: &Input| sources.name(input.main).to_owned();
    project.topologies.iter().map(name).collect()
}

fn found(directory: &Path) -> Vec<String> {
    let Loaded { sources, project, .. } = load(directory, Reach::Here).unwrap();
    let label = |f: &FunctionDirectory| format!("{} {:?} {}", f.name, f.form, sources.name(f.file));
    project.topologies[0].functions.iter().map(label).collect()
}

fn failure(directory: &Path) -> (String, String) {
    let error = load(directory, Reach::Here).unwrap_err();
    let place = directory.parent().unwrap().to_string_lossy().into_owned();
    (
        error
            .to_string()
            .replace(&*directory.to_string_lossy(), "DIR")
            .replace(&place, "UP"),
        error.help(),
    )
}

#[test]
fn a_topology_is_loaded_with_its_functions_in_the_order_of_names() {
    let directory = lay_out(&[
        ("topology.yml", "name: orders\n"),
        ("packer/function.yml", "name: packer\n"),
        ("intake/handler.py", "x"),
        ("json/function.json", "{}"),
        ("both/function.yml", "name: a"),
        ("both/function.json", "{}"),
        ("late/main.go", ""),
        ("late/function.yaml", "name: late\n"),
        ("only_yaml/function.yaml", "name: only_yaml\n"),
        ("docs/readme.md", ""),
        ("python/main.py", ""),
        ("a-file", ""),
    ]);
    assert_eq!(
        found(directory.path()),
        [
            "both Spec both/function.yml",
            "intake Marker intake/handler.py",
            "json Spec json/function.json",
            "late Spec late/function.yaml",
            "packer Spec packer/function.yml",
        ]
    );
    let Loaded { sources, project, .. } = load(directory.path(), Reach::Here).unwrap();
    assert_eq!(sources.name(project.topologies[0].main), "topology.yml");
    assert_eq!(sources.text(project.topologies[0].main), "name: orders\n");
    assert_eq!(sources.text(project.topologies[0].functions[1].file), "");
    let topology = topology::parse(&sources, &project, &topology::Integrations::default())
        .topologies
        .remove(0);
    assert_eq!(topology.entities.len(), 5);
}

#[test]
fn every_marker_makes_a_directory_a_functions() {
    for marker in MARKERS {
        let directory = lay_out(&[("topology.yml", "name: a"), (&format!("f/{marker}"), "")]);
        assert_eq!(found(directory.path()), [format!("f Marker f/{marker}")]);
    }
}

#[test]
fn directories_that_never_hold_a_function_are_left_out_by_their_own_name() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("node_modules").join(".github-mirror");
    for name in FOREIGN
        .into_iter()
        .chain(NO_FUNCTION)
        .chain(["kept", ".git-hooks", "my-roles"])
    {
        fs::create_dir_all(below.join(name)).unwrap();
        fs::write(below.join(name).join("handler.py"), "").unwrap();
    }
    fs::write(below.join("topology.yml"), "name: a").unwrap();
    let names: Vec<String> = load(&below, Reach::Here)
        .unwrap()
        .project
        .topologies
        .remove(0)
        .functions
        .into_iter()
        .map(|f| f.name)
        .collect();
    assert_eq!(names, [".git-hooks", "kept", "my-roles"]);
}

#[test]
fn functions_further_down_are_not_looked_for() {
    let directory = lay_out(&[("topology.yml", "name: a"), ("a/b/handler.py", "")]);
    assert_eq!(found(directory.path()), [""; 0]);
}

#[test]
fn a_missing_topology_says_where_one_is() {
    let directory = lay_out(&[("eu/topology.yml", ""), ("us/topology.yml", ""), ("x/y", "")]);
    let (message, help) = failure(directory.path());
    assert_eq!(message, "there is no `topology.yml` in `DIR`");
    let help = help.replace(&*directory.path().to_string_lossy(), "DIR");
    assert_eq!(
        help,
        "there are topologies below it: `-d DIR/eu`, `-d DIR/us`; `-r` reads all that there are"
    );
}

#[test]
fn a_missing_topology_says_what_stands_in_its_place() {
    for name in ["topology.yaml", "topology.lisp"] {
        let directory = lay_out(&[(name, "")]);
        let (_, help) = failure(directory.path());
        assert_eq!(
            help,
            format!("`{name}` is not read: name it `topology.yml`, in YAML")
        );
    }
    let (_, help) = failure(lay_out(&[]).path());
    assert_eq!(help, "go to the directory of a topology, or name it with `-d`");
}

#[test]
fn a_directory_that_is_none_is_said_to_be_none() {
    let directory = lay_out(&[("file", "")]);
    let (message, _) = failure(&directory.path().join("nowhere"));
    assert_eq!(message, "there is no directory `DIR`");
    let (message, help) = failure(&directory.path().join("file"));
    assert_eq!(message, "`DIR` is not a directory");
    assert_eq!(help, "name the directory that holds `topology.yml`, not a file");
    let error = configuration(&directory.path().join("file"), None).unwrap_err();
    assert!(matches!(error, SourceError::NotADirectory { .. }), "{error}");
}

#[test]
fn a_directory_in_the_place_of_a_file_is_refused() {
    let directory = lay_out(&[("topology.yml/x", "")]);
    let (message, _) = failure(directory.path());
    assert_eq!(message, "`DIR/topology.yml` is not a regular file");
    let directory = lay_out(&[("topology.yml", "name: a"), ("f/function.yml/x", "")]);
    let (message, _) = failure(directory.path());
    assert_eq!(message, "`DIR/f/function.yml` is not a regular file");
}

#[test]
fn a_file_of_ten_megabytes_is_refused() {
    let directory = lay_out(&[("topology.yml", &"#".repeat(10_000_000))]);
    let (message, _) = failure(directory.path());
    assert_eq!(
        message,
        "`DIR/topology.yml` has 10000000 bytes, more than the 4194304 that are read"
    );
}

#[test]
fn a_file_of_exactly_the_largest_size_is_read() {
    let directory = lay_out(&[("topology.yml", &"#".repeat(4_194_304))]);
    assert!(load(directory.path(), Reach::Here).is_ok());
    let directory = lay_out(&[("topology.yml", &"#".repeat(4_194_305))]);
    assert!(load(directory.path(), Reach::Here).is_err());
}

#[test]
fn text_that_is_not_utf_8_is_refused_with_the_line_of_its_first_bad_byte() {
    let directory = lay_out(&[]);
    fs::write(directory.path().join("topology.yml"), b"# a\nname: \xff\xfe").unwrap();
    let (message, help) = failure(directory.path());
    assert_eq!(
        message,
        "`DIR/topology.yml` is not UTF-8 text: a byte on line 2 belongs to no character"
    );
    assert_eq!(help, "save the file as UTF-8");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_that_leads_back_to_itself_is_refused() {
        let directory = lay_out(&[("topology.yml", "name: a")]);
        symlink("loop", directory.path().join("loop")).unwrap();
        let (message, help) = failure(directory.path());
        assert!(message.starts_with("`DIR/loop` cannot be read: "), "{message}");
        assert_eq!(
            help,
            "it is a link that leads back to itself: mend it, or remove it"
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_not_a_missing_file() {
        let directory = lay_out(&[]);
        symlink("gone.yml", directory.path().join("topology.yml")).unwrap();
        let (message, help) = failure(directory.path());
        assert_eq!(
            message,
            "`DIR/topology.yml` cannot be read: no such file or directory"
        );
        assert_eq!(help, "it is a link that leads nowhere: mend it, or remove it");
    }

    #[test]
    fn a_linked_directory_holds_a_function_like_any_other() {
        let elsewhere = lay_out(&[("f/handler.py", "")]);
        let directory = lay_out(&[("topology.yml", "name: a")]);
        symlink(elsewhere.path().join("f"), directory.path().join("linked")).unwrap();
        assert_eq!(found(directory.path()), ["linked Marker linked/handler.py"]);
    }

    #[test]
    fn an_unreadable_file_or_directory_is_named() {
        let directory = lay_out(&[("topology.yml", "name: a"), ("f/handler.py", "")]);
        for (name, mode) in [("f", 0o000), ("topology.yml", 0o000)] {
            let path = directory.path().join(name);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            if fs::read_dir(&path).is_ok() || fs::read(&path).is_ok() {
                return; // root reads everything
            }
            let (message, _) = failure(directory.path());
            assert!(
                message.contains(name) && message.ends_with("cannot be read: permission denied"),
                "{message}"
            );
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
    }

    #[test]
    fn a_link_stays_a_link_when_its_file_is_written() {
        let directory = lay_out(&[("real", "old")]);
        let link = directory.path().join("link");
        symlink("real", &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(directory.path().join("real")).unwrap(), b"new");
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_new_one_is_its_owners() {
        let directory = lay_out(&[("old", "")]);
        let mode = |name: &str| {
            let found = fs::metadata(directory.path().join(name)).unwrap();
            found.permissions().mode() & 0o777
        };
        fs::set_permissions(directory.path().join("old"), fs::Permissions::from_mode(0o644)).unwrap();
        write_atomically(&directory.path().join("old"), b"x").unwrap();
        write_atomically(&directory.path().join("new"), b"x").unwrap();
        assert_eq!((mode("old"), mode("new")), (0o644, 0o600));
    }
}

#[test]
fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
    let directory = lay_out(&[("state.json", "a much longer text that was there before")]);
    write_atomically(&directory.path().join("state.json"), b"new").unwrap();
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(fs::read(directory.path().join("state.json")).unwrap(), b"new");
}

#[test]
fn writing_into_a_directory_that_is_not_there_is_refused() {
    let directory = lay_out(&[]);
    let error = write_atomically(&directory.path().join("no/state.json"), b"new").unwrap_err();
    assert_eq!(error.code(), "cannot-write");
    assert_eq!(error.help(), "create the directory first");
    let error = write_atomically(directory.path(), b"new").unwrap_err();
    assert_eq!(error.code(), "not-a-file");
    assert_eq!(
        error.path().canonicalize().unwrap(),
        directory.path().canonicalize().unwrap()
    );
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let directory = lay_out(&[("topology.yml", "\u{feff}name: orders\n")]);
    let Loaded { sources, project, .. } = load(directory.path(), Reach::Here).unwrap();
    assert_eq!(sources.text(project.topologies[0].main), "name: orders\n");
}

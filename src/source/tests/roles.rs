//! Where the paths of role files lead.

use super::*;

/// Where the role file of each function led: its files, or why it led nowhere.
fn led(directory: &Path) -> Vec<String> {
    let Loaded {
        sources,
        project,
        files,
        ..
    } = load(directory, Reach::Here).unwrap();
    let outline = project.documents.outline(&sources, project.topologies[0].main);
    let mut named = outline.role_files;
    for function in &project.topologies[0].functions {
        let path = project.documents.named_role_file(function.file);
        named.extend(path.map(|path| (function.file, path)));
    }
    let said = |(file, path): (FileId, String)| match project.documents.role_file(file, &path) {
        Some(Ok(found)) => {
            assert!(found.files().all(|file| files[0].contains(&file)));
            assert!(found.files().all(|file| project.documents.get(file).is_none()));
            let texts: Vec<&str> = found.files().map(|file| sources.name(file)).collect();
            texts.join(" ")
        }
        Some(Err(reason)) => reason.clone(),
        None => panic!("nothing is known of {path}"),
    };
    named.into_iter().map(said).collect()
}

/// A topology whose function `f` has a role file, and the same said in the directory of `g`.
fn both(path: &str) -> [(&'static str, String); 2] {
    let runtime = format!("runtime: {{ role_file: '{path}' }}");
    [
        (
            "topology.yml",
            format!("name: a\nfunctions: {{ f: {{ {runtime} }} }}\n"),
        ),
        ("g/function.yml", format!("{runtime}\n")),
    ]
}

fn lay_out_both(path: &str, files: &[(&str, &str)]) -> tempfile::TempDir {
    let both = both(path);
    let own = both.iter().map(|(name, text)| (*name, text.as_str()));
    lay_out(&own.chain(files.iter().copied()).collect::<Vec<_>>())
}

#[test]
fn a_role_file_stands_beside_the_file_that_names_it_else_at_the_topology() {
    let here = [("r/x.json", "{"), ("g/r/x.json", "[")];
    assert_eq!(
        led(lay_out_both("r/x.json", &here).path()),
        ["r/x.json", "g/r/x.json"]
    );
    let only_topology = [("r/x.json", "{")];
    assert_eq!(
        led(lay_out_both("./r/x.json", &only_topology).path()),
        ["r/x.json"; 2]
    );
}

#[test]
fn what_stands_beside_a_role_file_belongs_to_it() {
    let files = [
        ("x.json", ""),
        ("x.topology.json", ""),
        ("x.trust.json", ""),
        ("x.managed.json", ""),
        ("x.other.json", ""),
        ("g/x.json", ""),
        ("g/x.trust.json", ""),
    ];
    assert_eq!(
        led(lay_out_both("x.json", &files).path()),
        [
            "x.json x.topology.json x.trust.json x.managed.json",
            "g/x.json g/x.trust.json"
        ],
        "what stands at the topology is not of a file beside the function"
    );
}

#[test]
fn a_role_file_of_an_included_function_starts_at_the_included_file() {
    let directory = lay_out(&[
        ("topology.yml", "name: a\nfunctions: !include parts/f.yml\n"),
        ("parts/f.yml", "f: { runtime: { role_file: x.json } }\n"),
        ("parts/x.json", ""),
        ("x.json", ""),
    ]);
    assert_eq!(led(directory.path()), ["parts/x.json"]);
}

#[test]
fn the_role_file_of_a_function_that_stands_alone_and_of_a_shared_one_is_read() {
    let alone = lay_out(&[
        ("function.yml", "name: f\nruntime: { role_file: x.json }\n"),
        ("x.json", ""),
    ]);
    assert_eq!(led(alone.path()), ["x.json"]);
    let shared = lay_out(&[
        (
            "a/topology.yml",
            "name: a\nfunctions: { f: { uri: ../shared } }\n",
        ),
        (
            "shared/function.json",
            "{\"runtime\": {\"role_file\": \"x.json\"}}",
        ),
        ("shared/x.json", ""),
    ]);
    assert_eq!(led(&shared.path().join("a")), ["../shared/x.json"]);
}

#[test]
fn a_role_file_that_is_not_there_is_looked_for_at_both_places() {
    assert_eq!(
        led(lay_out_both("r/x.json", &[]).path()),
        [
            "there is no file `r/x.json`",
            "there is neither `g/r/x.json` nor `r/x.json`"
        ]
    );
    assert_eq!(led(lay_out_both("/x.json", &[]).path()), ["an absolute path"; 2]);
    let directories = [("x.json/y", ""), ("g/x.json/y", "")];
    assert_eq!(
        led(lay_out_both("x.json", &directories).path()),
        ["it is not a regular file"; 2]
    );
    let beside = [("x.json", ""), ("x.trust.json/y", "")];
    assert_eq!(
        led(lay_out_both("x.json", &beside).path()),
        ["`x.trust.json`, which belongs to it: it is not a regular file"; 2]
    );
}

#[test]
fn no_role_file_is_read_from_outside_of_the_repository() {
    let directory = lay_out(&[
        ("secret.json", "hunter2"),
        ("repository/.git/config", ""),
        (
            "repository/a/topology.yml",
            "name: a\nfunctions: { f: { runtime: { role_file: ../../secret.json } } }\n",
        ),
    ]);
    let place = directory.path().join("repository/a");
    assert_eq!(led(&place), ["it stands outside of the repository"]);
    let Loaded { sources, .. } = load(&place, Reach::Here).unwrap();
    assert!(
        sources
            .files()
            .all(|file| !sources.text(file).contains("hunter2"))
    );
}

#[test]
fn a_file_that_is_a_macros_and_a_role_file_is_read_as_both() {
    let directory = lay_out(&[
        (
            "topology.yml",
            "name: a\nevents: !include x.json\nfunctions: { f: { runtime: { role_file: x.json } } }\n",
        ),
        ("x.json", "{}"),
    ]);
    assert_eq!(led(directory.path()), ["x.json"]);
    let Loaded { sources, project, .. } = load(directory.path(), Reach::Here).unwrap();
    let reading = topology::parse(&sources, &project, &topology::Integrations::default());
    assert_eq!(reading.topologies.len(), 1, "{:?}", reading.diagnostics);
}

//! Where the paths in texts lead.

use super::*;
use crate::diagnostic::FileId;

struct Project {
    loaded: Loaded,
    _directory: tempfile::TempDir,
}

fn project(files: &[(&str, &str)], reach: Reach) -> Project {
    let directory = lay_out(files);
    Project {
        loaded: load(directory.path(), reach).unwrap(),
        _directory: directory,
    }
}

impl Project {
    fn file(&self, name: &str) -> FileId {
        let sources = &self.loaded.sources;
        sources
            .files()
            .find(|file| sources.name(*file) == name)
            .unwrap_or_else(|| panic!("{name} was not read"))
    }

    /// Where a path of a text led: the name of a text, or why it led nowhere.
    fn led(&self, base: &str, path: &str) -> Result<&str, &str> {
        let documents = &self.loaded.project.documents;
        let found = documents
            .resolved(self.file(base), path)
            .unwrap_or_else(|| panic!("nothing is known of {path}"));
        match found {
            Ok(file) => Ok(self.loaded.sources.name(*file)),
            Err(reason) => Err(reason),
        }
    }

    fn codes(&self) -> Vec<String> {
        let Loaded { sources, project, .. } = &self.loaded;
        let diagnostics = topology::parse(sources, project, &topology::Integrations::default()).diagnostics;
        let label = |d: &crate::diagnostic::Diagnostic| {
            format!("{} {}", sources.label(d.span.as_ref().unwrap()), d.code)
        };
        diagnostics.iter().map(label).collect()
    }
}

#[test]
fn an_include_starts_at_its_own_file_and_the_others_at_the_topology() {
    let project = project(
        &[
            (
                "a/topology.yml",
                "name: a\nroutes: !include parts/routes.yml\nmutations: !mutations m.yml\n",
            ),
            ("a/parts/routes.yml", "/x: !include x.yml\n/y: !read y.yml\n"),
            ("a/parts/x.yml", "{function: f}"),
            ("a/y.yml", "{function: !include parts/f.yml}"),
            ("a/parts/f.yml", "f"),
            ("a/m.yml", "{}"),
            ("a/f/handler.py", ""),
        ],
        Reach::Below,
    );
    assert_eq!(
        project.led("a/topology.yml", "parts/routes.yml"),
        Ok("a/parts/routes.yml")
    );
    assert_eq!(project.led("a/parts/routes.yml", "x.yml"), Ok("a/parts/x.yml"));
    assert_eq!(project.led("a/topology.yml", "y.yml"), Ok("a/y.yml"));
    assert_eq!(project.led("a/topology.yml", "m.yml"), Ok("a/m.yml"));
    assert_eq!(project.led("a/y.yml", "parts/f.yml"), Ok("a/parts/f.yml"));
    assert_eq!(project.codes(), [""; 0]);
}

#[test]
fn a_path_that_leads_nowhere_says_why_and_stops_nothing() {
    let directory = lay_out(&[
        (
            "topology.yml",
            "name: a\nx: [!include gone.yml, !include dir, !include /etc/hosts, !include large.yml, !include binary.yml, !include f/g.yml]\n",
        ),
        ("dir/x", ""),
        ("f", ""),
        ("large.yml", &"#".repeat(4_194_305)),
    ]);
    fs::write(directory.path().join("binary.yml"), b"a\n\xff").unwrap();
    let loaded = load(directory.path(), Reach::Here).unwrap();
    let project = Project {
        loaded,
        _directory: directory,
    };
    let why = |path| project.led("topology.yml", path).unwrap_err();
    assert_eq!(why("gone.yml"), "there is no such file");
    assert_eq!(why("dir"), "it is not a regular file");
    assert_eq!(why("/etc/hosts"), "an absolute path");
    assert_eq!(
        why("large.yml"),
        "it has 4194305 bytes, more than the 4194304 that are read"
    );
    assert_eq!(
        why("binary.yml"),
        "it is not UTF-8 text: a byte on line 2 belongs to no character"
    );
    assert_eq!(why("f/g.yml"), "not a directory");
}

#[test]
fn a_file_that_is_named_in_two_ways_is_read_once() {
    let files = [
        (
            "topology.yml",
            "name: a\nevents: !include e/../e/events.yml\nroutes: !include ./e/events.yml\n",
        ),
        ("e/events.yml", "{}"),
        ("b/topology.yml", "name: b\nevents: !include ../e/events.yml\n"),
    ];
    let project = project(&files, Reach::Below);
    let names = project.loaded.sources.files();
    let names: Vec<&str> = names.map(|file| project.loaded.sources.name(file)).collect();
    assert_eq!(names, ["topology.yml", "e/events.yml", "b/topology.yml"]);
}

#[test]
fn the_file_of_a_directory_that_is_both_found_and_named_is_read_once() {
    let files = [
        ("topology.yml", "name: a\nfunctions: { p: { uri: ./packer } }\n"),
        ("packer/function.yml", "name: packer\n"),
    ];
    let project = project(&files, Reach::Here);
    let functions = &project.loaded.project.topologies[0].functions;
    assert_eq!(functions.len(), 2);
    assert_eq!(functions[0].file, functions[1].file);
    assert_eq!(project.loaded.sources.files().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_circle_through_a_link_ends() {
    let directory = lay_out(&[("topology.yml", "name: a\nevents: !include again/events.yml\n")]);
    fs::write(
        directory.path().join("events.yml"),
        "x: !include again/again/events.yml\n",
    )
    .unwrap();
    std::os::unix::fs::symlink(".", directory.path().join("again")).unwrap();
    let loaded = load(directory.path(), Reach::Here).unwrap();
    let project = Project {
        loaded,
        _directory: directory,
    };
    assert_eq!(project.codes(), ["events.yml:1 circular-include"]);
}

#[test]
fn a_topology_brings_in_a_bounded_number_of_files() {
    let directory = lay_out(&[]);
    for number in 0..1001 {
        fs::write(directory.path().join(format!("{number}.yml")), "{}").unwrap();
    }
    let write = |count: usize| {
        let line = |number: usize| format!("- !include {number}.yml");
        let lines: Vec<String> = (0..count).map(line).collect();
        let text = format!("name: a\ntests:\n{}\n- !include 0.yml\n", lines.join("\n"));
        fs::write(directory.path().join("topology.yml"), text).unwrap();
        let Loaded { sources, project, .. } = load(directory.path(), Reach::Here).unwrap();
        topology::parse(&sources, &project, &topology::Integrations::default()).diagnostics
    };
    assert_eq!(write(1000), []);
    let refused = write(1001);
    assert_eq!(refused.len(), 1);
    assert_eq!(
        refused[0].message,
        "`1000.yml` cannot be brought in: a topology brings in at most 1000 files"
    );
}

#[test]
fn the_file_of_a_state_machine_is_read() {
    let files = [
        ("a/topology.yml", "name: a\nflow: ./states.json\n"),
        ("a/states.json", "{\"StartAt\": \"X\"}"),
        ("b/topology.yml", "name: b\nstates: gone.yml\n"),
    ];
    let project = project(&files, Reach::Below);
    assert_eq!(
        project.led("a/topology.yml", "./states.json"),
        Ok("a/states.json")
    );
    assert_eq!(
        project.led("b/topology.yml", "gone.yml"),
        Err("there is no such file")
    );
    let states = project.file("a/states.json");
    assert!(project.loaded.project.documents.get(states).is_some());
}

#[test]
fn the_directory_of_a_shared_function_is_its_functions() {
    let files = [
        (
            "a/topology.yml",
            "name: a\nfunctions:\n  p: { uri: ../shared/packer }\n  q: { uri: ../shared/bare }\n  r: { uri: ../gone }\n",
        ),
        ("shared/packer/function.yml", "name: packer\n"),
        ("shared/bare/x", ""),
    ];
    let project = project(&files, Reach::Below);
    let functions = project.loaded.project.topologies[0].functions.iter();
    let shared: Vec<(&str, Option<&str>)> = functions
        .map(|function| (function.name.as_str(), function.uri.as_deref()))
        .collect();
    assert_eq!(
        shared,
        [
            ("bare", Some("../shared/bare")),
            ("packer", Some("../shared/packer"))
        ]
    );
    assert_eq!(
        project.led("a/topology.yml", "../shared/packer"),
        Ok("shared/packer/function.yml")
    );
    assert!(
        project
            .codes()
            .contains(&"a/topology.yml:5 missing-file".to_owned())
    );
}

#[test]
fn a_directory_that_a_topology_names_and_that_is_not_there_is_reported() {
    let files = [(
        "topology.yml",
        "name: a\nroot: true\ninfra: gone\nfunction_dirs: [nowhere]\nnodes:\n  dirs: [b]\n",
    )];
    let project = project(&files, Reach::Here);
    assert_eq!(
        project.codes(),
        [
            "topology.yml:3 missing-file",
            "topology.yml:4 missing-file",
            "topology.yml:6 missing-file",
        ]
    );
}

/// The schedules of the topologies of a run, by their names.
fn schedules(files: &[(&str, &str)], directory: &str) -> Vec<Option<String>> {
    let laid_out = lay_out(files);
    let Loaded { sources, project, .. } = load(&laid_out.path().join(directory), Reach::Below).unwrap();
    let name = |input: &Input| Some(sources.name(input.schedules?).to_owned());
    project.topologies.iter().map(name).collect()
}

#[test]
fn schedules_stand_in_the_infrastructure_that_the_topology_names() {
    let topology = ("a/topology.yml", "name: a\ninfra: ./infra\n");
    let of_topology = ("a/infra/schedules.json", "{}");
    let of_run = ("infra/schedules.json", "{}");
    assert_eq!(
        schedules(&[topology, of_topology, of_run], "."),
        [Some("infra/schedules.json".to_owned())]
    );
    assert_eq!(
        schedules(&[topology, of_topology], "."),
        [Some("a/infra/schedules.json".to_owned())]
    );
    assert_eq!(schedules(&[topology, ("a/infra/x", "")], "."), [None]);
}

#[test]
fn schedules_stand_in_the_infrastructure_that_mirrors_the_topologies() {
    let files = [
        ("repo/topologies/a_b/c_d/topology.yml", "name: a"),
        ("repo/infrastructure/tc/a-b/c-d/schedules.json", "{}"),
        ("repo/topologies/e/topology.yml", "name: e"),
    ];
    let found = Some("../infrastructure/tc/a-b/c-d/schedules.json".to_owned());
    assert_eq!(schedules(&files, "repo/topologies"), [found, None]);
}

#[test]
fn schedules_of_a_topology_elsewhere_stand_in_its_own_infrastructure() {
    let files = [
        ("a/topology.yml", "name: a"),
        ("a/infrastructure/tc/schedules.json", "{}"),
    ];
    let found = Some("a/infrastructure/tc/schedules.json".to_owned());
    assert_eq!(schedules(&files, "."), [found]);
}

#[test]
fn no_text_is_read_from_outside_of_the_repository() {
    let topology = "name: a\nroutes: !include ../../secret.yml\nflow: ../../secret.yml\nfunctions: !include ../shared.yml\n";
    let files = [
        ("secret.yml", "password: hunter2\n"),
        ("repository/.git/config", ""),
        ("repository/a/topology.yml", topology),
        ("repository/shared.yml", "{}\n"),
    ];
    let directory = lay_out(&files);
    let loaded = load(&directory.path().join("repository/a"), Reach::Here).unwrap();
    let main = loaded.project.topologies[0].main;
    let led = |path: &str| loaded.project.documents.resolved(main, path).unwrap().clone();
    let outside = Err("it stands outside of the repository".to_owned());
    assert_eq!(led("../../secret.yml"), outside);
    assert!(led("../shared.yml").is_ok());
    let texts: Vec<&str> = loaded
        .sources
        .files()
        .map(|file| loaded.sources.text(file))
        .collect();
    assert!(!texts.iter().any(|text| text.contains("hunter2")));
}

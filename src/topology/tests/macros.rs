//! Macros: what they bring in, where it says it stands, and what goes wrong on the way.

use super::*;

/// A project of `topology.yml` and other files, every path resolved among them by its name.
fn project(text: &str, files: &[(&str, &str)]) -> (Sources, Project) {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    for (name, text) in files {
        sources.add(*name, *text);
    }
    let mut project = Project::of(&sources, vec![Input::new(main, Vec::new())]);
    for file in sources.files() {
        let mentions = project.documents.get(file).unwrap().mentions().to_vec();
        for mention in mentions {
            let base = if mention.by == Macro::Include { file } else { main };
            let name = mention.path.trim_start_matches("./");
            let found = sources.files().find(|file| sources.name(*file) == name);
            let found = found.ok_or_else(|| "there is no such file".to_owned());
            project.documents.resolve(base, mention.path, found);
        }
    }
    (sources, project)
}

fn edges_of(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (sources, project) = project(text, files);
    let reading = parse(&sources, &project, &integrations());
    assert_eq!(reading.topologies.len(), 1, "{:#?}", reading.diagnostics);
    let edge = |edge: &Edge| format!("{} {}", sources.name(edge.span.file), line(&sources, edge));
    reading.topologies[0].edges.iter().map(edge).collect()
}

fn faults_of(text: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (sources, project) = project(text, files);
    let reading = parse(&sources, &project, &integrations());
    let fault = |found: &Diagnostic| {
        let span = found.span.as_ref().unwrap();
        let help = found.help.as_deref().unwrap_or_default();
        format!(
            "{} {}: {} ({help})",
            sources.label(span),
            found.code,
            found.message
        )
    };
    reading.diagnostics.iter().map(fault).collect()
}

#[test]
fn what_is_included_counts_and_keeps_its_place() {
    let text = "name: a\nfunctions: !include ./functions.yml\nqueues: { q: !include queue.yml }\n";
    let files = [
        ("functions.yml", "packer: {}\nlabel: !include deep/label.yml\n"),
        ("deep/label.yml", "function: packer\n"),
        ("queue.yml", "function: label\n"),
    ];
    assert_eq!(
        edges_of(text, &files),
        [
            "deep/label.yml 1:11 function label -> function packer destination tagged_",
            "deep/label.yml 1:11 function label -> transducer transducer destination tagged_",
            "queue.yml 1:11 queue q -> function label poll named:q",
        ]
    );
}

#[test]
fn files_that_are_read_are_joined() {
    let text = "name: a\nfunctions: { f: {} }\nroutes:\n  !read ./one.yml\n  !read ./two.yml\n";
    let files = [
        ("one.yml", "/a: { function: f }\n"),
        ("two.yml", "/b: { function: f }\n"),
    ];
    assert_eq!(
        edges_of(text, &files),
        [
            "one.yml 1:17 route /a -> function f integration tagged_",
            "two.yml 1:17 route /b -> function f integration tagged_",
        ]
    );
    let twice = [
        ("one.yml", "/a: { function: f }\n"),
        ("two.yml", "/a: { function: f }\n"),
    ];
    assert_eq!(
        faults_of(text, &twice),
        [
            "two.yml:1 duplicate-key: the key `/a` stands in two of the files (the first is at one.yml:1: keep one of them)"
        ]
    );
    let mixed = [("one.yml", "/a: { function: f }\n"), ("two.yml", "[1]\n")];
    assert!(faults_of(text, &mixed)[0].contains("wrong-type: a file of `!read` must be a map, not a list"));
}

#[test]
fn mutations_are_merged_and_the_later_file_counts() {
    let text = "name: a\nfunctions: { f: {}, g: {} }\nmutations: !mutations one.yml\n  !mutations two.yml\n";
    let files = [
        (
            "one.yml",
            "resolvers: { x: { function: f }, y: { function: f } }\n",
        ),
        ("two.yml", "resolvers: { y: { function: g } }\ntypes: {}\n"),
    ];
    assert_eq!(
        edges_of(text, &files),
        [
            "one.yml 1:29 mutation x -> function f resolver tagged_",
            "two.yml 1:29 mutation y -> function g resolver tagged_",
        ]
    );
}

#[test]
fn what_is_merged_hides_what_is_no_map() {
    let text = "name: a\nfunctions: { f: {} }\nmutations: !mutations 1.yml !mutations 2.yml !mutations 3.yml !mutations 4.yml\n";
    let x = "resolvers: { x: { function: f } }\n";
    let y = "resolvers: { y: { function: f } }\n";
    let z = "resolvers: { z: { function: f } }\n";
    let names = |files: [&str; 4]| -> Vec<String> {
        let names = ["1.yml", "2.yml", "3.yml", "4.yml"];
        let files: Vec<(&str, &str)> = names.into_iter().zip(files).collect();
        let (sources, project) = project(text, &files);
        let topologies = parse(&sources, &project, &integrations()).topologies;
        let edges = topologies.iter().flat_map(|topology| &topology.edges);
        edges.map(|edge| edge.source.name.clone()).collect()
    };
    assert_eq!(names([x, y, "{}", z]), ["x", "y", "z"]);
    assert_eq!(names([x, "resolvers: ~\n", y, z]), ["y", "z"]);
    assert_eq!(names([x, y, z, "resolvers: ~\n"]), [""; 0]);
}

#[test]
fn a_missing_file_is_an_error_that_shows_how_it_was_reached() {
    let text = "name: a\nroutes: !include one.yml\n";
    assert_eq!(
        faults_of(text, &[("one.yml", "/a: !include two.yml\n")]),
        [
            "one.yml:1 missing-file: `two.yml` cannot be brought in: there is no such file (brought in by `topology.yml` → `one.yml`; a path is relative to the file that `!include`s it, or to the topology for `!read` and `!mutations`; the file is YAML as UTF-8, in the same repository)"
        ]
    );
    assert!(faults_of(text, &[("one.yml", "# nothing\n")])[0].contains("missing-file: `one.yml` is empty"));
}

#[test]
fn a_circle_is_an_error_that_shows_the_way_round() {
    let text = "name: a\nroutes: !include one.yml\n";
    let files = [
        ("one.yml", "/a: !include two.yml\n"),
        ("two.yml", "!include one.yml\n"),
    ];
    assert_eq!(
        faults_of(text, &files),
        [
            "two.yml:1 circular-include: `one.yml` brings itself in: `one.yml` → `two.yml` → `one.yml` (break the circle: remove one of these macros)"
        ]
    );
    let itself = "name: a\nroutes: !include topology.yml\n";
    assert!(faults_of(itself, &[])[0].contains("`topology.yml` → `topology.yml`"));
}

#[test]
fn what_is_wrong_in_a_file_that_comes_in_twice_is_said_once() {
    let text = "name: a\nfunctions: { f: {} }\nroutes: { /a: !include r.yml, /b: !include r.yml }\n";
    assert_eq!(
        faults_of(text, &[("r.yml", "function: f\nfunction: f\n")]).len(),
        1
    );
}

#[test]
fn macros_cannot_stand_for_more_than_one_text_may() {
    let mut files = vec![("f0.yml".to_owned(), "/a: { function: f }\n".to_owned())];
    for level in 1..40 {
        let line = |name: char| format!("{name}: !include f{}.yml\n", level - 1);
        files.push((format!("f{level}.yml"), line('x') + &line('y')));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let faults = faults_of("name: a\nroutes: !include f39.yml\n", &files);
    let large = faults.iter().filter(|fault| fault.contains("too-large"));
    assert_eq!(large.count(), 1, "{faults:?}");
    let deep: Vec<(String, String)> = (0..200)
        .map(|n| (format!("f{n}.yml"), format!("!include f{}.yml\n", n + 1)))
        .collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert!(faults_of("name: a\nroutes: !include f0.yml\n", &deep)[0].contains("too-deep"));
}

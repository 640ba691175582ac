//! Which topologies and which functions are found.

use super::*;
use crate::topology::Form;

#[test]
fn below_finds_every_topology_however_deep_the_own_one_first_then_by_paths() {
    let directory = lay_out(&[
        ("topology.yml", "name: root"),
        ("b/topology.yml", "name: b"),
        ("a/b/y/z/topology.yml", "name: z"),
        ("a/topology.yml", "name: a"),
        ("a-b/topology.yml", "name: ab"),
        ("states/topology.yml", "name: s"),
        ("c/Topology.yml", ""),
    ]);
    assert_eq!(
        mains(directory.path(), Reach::Below),
        [
            "topology.yml",
            "a/topology.yml",
            "a/b/y/z/topology.yml",
            "a-b/topology.yml",
            "b/topology.yml",
            "states/topology.yml",
        ]
    );
    assert_eq!(mains(directory.path(), Reach::Here), ["topology.yml"]);
    assert_eq!(mains(directory.path(), Reach::HereElseBelow), ["topology.yml"]);
}

#[test]
fn a_directory_without_a_topology_can_be_the_root_of_many() {
    let directory = lay_out(&[("b/topology.yml", "name: b"), ("a/c/topology.yml", "name: c")]);
    let both = ["a/c/topology.yml", "b/topology.yml"];
    assert_eq!(mains(directory.path(), Reach::Below), both);
    assert_eq!(mains(directory.path(), Reach::HereElseBelow), both);
    assert!(load(directory.path(), Reach::Here).is_err());
}

#[test]
fn a_topology_that_says_recursive_brings_those_below_it() {
    let recursive = lay_out(&[
        ("topology.yml", "name: a\nrecursive: true\n"),
        ("b/topology.yml", "name: b"),
    ]);
    let both = ["topology.yml", "b/topology.yml"];
    assert_eq!(mains(recursive.path(), Reach::Here), both);
    let inner = lay_out(&[
        ("topology.yml", "name: a\n"),
        ("b/topology.yml", "name: b\nrecursive: true\n"),
    ]);
    assert_eq!(mains(inner.path(), Reach::Here), ["topology.yml"]);
    let included = lay_out(&[
        ("topology.yml", "name: a\nrecursive: !include r.yml\n"),
        ("r.yml", "true"),
        ("b/topology.yml", "name: b"),
    ]);
    assert_eq!(mains(included.path(), Reach::Here), both);
}

#[test]
fn no_topology_is_looked_for_in_what_is_ignored() {
    let directory = lay_out(&[
        (
            "topology.yml",
            "name: a\nnodes: { ignore: [./old/, deep/er, gone] }\n",
        ),
        (".tcignore", "# what is left out\n\n legacy \nx/y/\n/\n"),
        ("old/topology.yml", ""),
        ("old/below/topology.yml", ""),
        ("older/topology.yml", "name: older"),
        ("deep/er/topology.yml", ""),
        ("deep/topology.yml", "name: deep"),
        ("legacy/topology.yml", ""),
        ("b/legacy/c/topology.yml", ""),
        ("b/my-legacy/topology.yml", "name: my"),
        ("x/y/topology.yml", ""),
        ("y/topology.yml", "name: y"),
        ("node_modules/m/topology.yml", ""),
        ("b/.git/topology.yml", ""),
        ("b/.venv/topology.yml", ""),
    ]);
    assert_eq!(
        mains(directory.path(), Reach::Below),
        [
            "topology.yml",
            "b/my-legacy/topology.yml",
            "deep/topology.yml",
            "older/topology.yml",
            "y/topology.yml",
        ]
    );
}

#[test]
fn what_is_ignored_as_a_topology_can_still_hold_a_function() {
    let directory = lay_out(&[
        ("topology.yml", "name: a\nnodes: { ignore: [packer] }\n"),
        ("packer/handler.py", ""),
        ("packer/nested/topology.yml", ""),
    ]);
    let loaded = load(directory.path(), Reach::Below).unwrap();
    assert_eq!(loaded.project.topologies.len(), 1);
    assert_eq!(loaded.project.topologies[0].functions[0].name, "packer");
}

#[test]
fn a_root_topology_names_its_topologies_itself() {
    let files = [
        (
            "topology.yml",
            "name: root\nroot: true\nnodes: { dirs: [orders, b/c, orders/below] }\n",
        ),
        ("orders/topology.yml", "name: orders"),
        ("orders/below/topology.yml", "name: below"),
        ("b/c/topology.yml", "name: c"),
        ("other/topology.yml", "name: other"),
    ];
    let directory = lay_out(&files);
    let named = [
        "topology.yml",
        "b/c/topology.yml",
        "orders/topology.yml",
        "orders/below/topology.yml",
    ];
    assert_eq!(mains(directory.path(), Reach::Here), named);
    fs::create_dir_all(directory.path().join("b/c/deep")).unwrap();
    fs::write(directory.path().join("b/c/deep/topology.yml"), "name: deep").unwrap();
    assert_eq!(mains(directory.path(), Reach::Here), named);
    assert_eq!(
        mains(directory.path(), Reach::Below),
        [
            "topology.yml",
            "b/c/topology.yml",
            "b/c/deep/topology.yml",
            "orders/topology.yml",
            "orders/below/topology.yml",
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_to_topologies() {
    let elsewhere = lay_out(&[("topology.yml", "name: elsewhere")]);
    let directory = lay_out(&[("topology.yml", "name: a")]);
    std::os::unix::fs::symlink(elsewhere.path(), directory.path().join("linked")).unwrap();
    std::os::unix::fs::symlink(".", directory.path().join("again")).unwrap();
    assert_eq!(mains(directory.path(), Reach::Below), ["topology.yml"]);
}

#[test]
fn directories_are_looked_at_to_a_depth_and_no_deeper() {
    let at = |depth: usize| {
        let directory = lay_out(&[]);
        let deep = directory.path().join("d/".repeat(depth));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("topology.yml"), "name: deep").unwrap();
        directory
    };
    assert_eq!(mains(at(64).path(), Reach::Below).len(), 1);
    let error = load(at(65).path(), Reach::Below).unwrap_err();
    assert_eq!(error.code(), "directory-too-deep");
    assert!(error.to_string().contains("d/d/d"), "{error}");
}

#[test]
fn every_directory_in_one_for_functions_is_a_functions_without_a_marker() {
    let directory = lay_out(&[
        (
            "topology.yml",
            "name: a\nfunction_dirs: [lib, ../shared, functions]\n",
        ),
        ("functions/packer/anything.txt", ""),
        ("functions/.hidden/x", ""),
        ("functions/roles/x", ""),
        ("functions/skipped/x", ""),
        ("functions/node/topology.yml", ""),
        ("functions/readme.md", ""),
        ("resolvers/orders/function.yml", "name: order\n"),
        ("transformers/t/handler.py", ""),
        ("lib/fifth/x", ""),
        ("other/sixth/x", ""),
        (".tcignore", "functions/skipped\n"),
    ]);
    let outer = lay_out(&[("shared/seventh/handler.rb", "")]);
    fs::rename(directory.path(), outer.path().join("a")).unwrap();
    assert_eq!(
        found(&outer.path().join("a")),
        [
            "fifth Marker lib/fifth",
            "orders Spec resolvers/orders/function.yml",
            "packer Marker functions/packer",
            "seventh Marker ../shared/seventh/handler.rb",
            "t Marker transformers/t/handler.py",
        ]
    );
}

#[test]
fn a_topology_below_is_no_function() {
    let directory = lay_out(&[
        ("topology.yml", "name: a"),
        ("b/topology.yml", "name: b"),
        ("b/handler.py", ""),
    ]);
    assert_eq!(found(directory.path()), [""; 0]);
}

#[test]
fn a_tcignore_names_directories_by_the_end_of_their_path() {
    let directory = lay_out(&[
        ("topology.yml", "name: a"),
        (".tcignore", "\u{feff}#kept\n  old  \nfunctions/x/\n./y\n/\n.\n"),
        ("old/handler.py", ""),
        ("very-old/handler.py", ""),
        ("kept/handler.py", ""),
        ("functions/old/handler.py", ""),
        ("functions/x/handler.py", ""),
        ("x/handler.py", ""),
        ("y/handler.py", ""),
    ]);
    assert_eq!(
        found(directory.path()),
        [
            "kept Marker kept/handler.py",
            "very-old Marker very-old/handler.py",
            "x Marker x/handler.py",
        ]
    );
}

#[test]
fn functions_of_each_topology_are_shown_by_their_path_from_the_run() {
    let directory = lay_out(&[
        ("orders/topology.yml", "name: orders"),
        ("orders/packer/function.yml", "name: packer"),
        ("orders/deeper/topology.yml", "name: deeper"),
        ("orders/deeper/f/handler.py", ""),
    ]);
    let Loaded { sources, project, .. } = load(directory.path(), Reach::Below).unwrap();
    let names = |index: usize| -> Vec<&str> {
        let functions = project.topologies[index].functions.iter();
        functions.map(|function| sources.name(function.file)).collect()
    };
    assert_eq!(names(0), ["orders/packer/function.yml"]);
    assert_eq!(names(1), ["orders/deeper/f/handler.py"]);
}

#[test]
fn a_function_that_stands_alone_is_a_topology() {
    let directory = lay_out(&[("packer/function.json", "{\"name\": \"pack\"}"), ("packer/x", "")]);
    let Loaded { sources, project, .. } = load(&directory.path().join("packer"), Reach::Here).unwrap();
    let input = &project.topologies[0];
    assert_eq!(input.form, Form::Function);
    assert_eq!(sources.name(input.main), "function.json");
    let reading = topology::parse(&sources, &project, &topology::Integrations::default());
    assert_eq!(reading.topologies[0].name.value.as_str(), "pack");
    assert_eq!(reading.topologies[0].entities.len(), 1);
}

#[test]
fn a_function_that_stands_alone_without_a_name_has_that_of_its_directory() {
    let directory = lay_out(&[("packer/function.yml", "runtime: {}\n")]);
    let Loaded { sources, project, .. } = load(&directory.path().join("packer"), Reach::Below).unwrap();
    let reading = topology::parse(&sources, &project, &topology::Integrations::default());
    assert_eq!(reading.topologies[0].name.value.as_str(), "packer");
}

#[test]
fn a_function_near_below_a_topology_does_not_stand_alone() {
    let directory = lay_out(&[
        ("topology.yml", "name: a"),
        ("1/2/3/4/function.yml", "name: near"),
        ("1/2/3/4/5/function.yml", "name: far"),
    ]);
    let near = directory.path().join("1/2/3/4");
    let error = load(&near, Reach::Here).unwrap_err();
    let help = error.help().replace(&*directory.path().to_string_lossy(), "DIR");
    assert_eq!(help, "there is a topology above it: name that with `-d DIR`");
    assert!(load(&near.join("5"), Reach::Here).is_ok());
}

#[test]
fn a_topology_with_a_function_file_is_its_own_function() {
    for spec in ["function.json", "function.yml"] {
        let directory = lay_out(&[("a/topology.yml", "name: a"), (&format!("a/{spec}"), "{}")]);
        assert_eq!(found(&directory.path().join("a")), [format!("a Spec {spec}")]);
    }
}

#[test]
fn a_missing_topology_says_where_one_is_further_down() {
    let directory = lay_out(&[("a/b/topology.yml", ""), ("node_modules/m/topology.yml", "")]);
    let (message, help) = failure(directory.path());
    assert_eq!(message, "there is no `topology.yml` in `DIR`");
    let help = help.replace(&*directory.path().to_string_lossy(), "DIR");
    assert_eq!(
        help,
        "there are topologies below it: `-d DIR/a/b`; `-r` reads all that there are"
    );
    let error = load(lay_out(&[]).path(), Reach::Below).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("there is no `topology.yml` in or below `")
    );
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_stops_the_search_with_its_path() {
    use std::os::unix::fs::PermissionsExt;

    let directory = lay_out(&[("a/b/topology.yml", "name: b")]);
    let locked = directory.path().join("a/b");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let failed = load(directory.path(), Reach::Below);
    let is_root = fs::read_dir(&locked).is_ok();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    if !is_root {
        assert_eq!(failed.unwrap_err().path(), locked);
    }
}

#[test]
fn each_topology_comes_with_the_texts_that_are_its_own() {
    let directory = lay_out(&[
        ("a/topology.yml", "name: a\nevents: !include ../events.yml\n"),
        ("a/f/function.yml", ""),
        ("b/topology.yml", "name: b"),
        ("events.yml", "{}"),
    ]);
    let Loaded { sources, files, .. } = load(directory.path(), Reach::Below).unwrap();
    let names = |index: usize| -> Vec<&str> { files[index].iter().map(|file| sources.name(*file)).collect() };
    assert_eq!(names(0), ["a/topology.yml", "events.yml", "a/f/function.yml"]);
    assert_eq!(names(1), ["b/topology.yml"]);
}

//! The results as JUnit XML, read by another program's eyes.

use roxmltree::{Document, Node};

use super::{PLACE, packer, project, run};
use crate::support::read;

/// What is written for these tests, which end with this code.
#[track_caller]
fn junit(tests: &str, code: i32) -> String {
    let tcperm = project(tests);
    run(&tcperm, &format!("test {PLACE} --junit out/junit.xml")).exits(code);
    read(&tcperm.folder().join("out/junit.xml"))
}

fn child<'d>(node: Node<'d, 'd>, name: &str) -> Option<Node<'d, 'd>> {
    node.children().find(|child| child.has_tag_name(name))
}

#[test]
fn the_xml_counts_the_cases_and_says_of_each_failure_where_and_why() {
    let passing = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let failing = packer("  context: { 'aws:ResourceTag/sandbox': qa }\n  expected: allowed\n");
    let failing = failing.trim_start_matches("tests:\n").replace("one", "two");
    let text = junit(&format!("{passing}{failing}"), 3);
    let document = Document::parse(&text).unwrap();
    let root = document.root_element();
    assert!(root.has_tag_name("testsuites"));
    let suite = child(root, "testsuite").unwrap();
    for node in [root, suite] {
        let counts = ["tests", "failures", "errors", "skipped", "time"].map(|name| node.attribute(name));
        assert_eq!(counts, ["2", "1", "0", "0", "0"].map(Some));
    }
    assert_eq!(suite.attribute("name"), Some("permissions.yml"));
    let cases: Vec<Node> = suite
        .children()
        .filter(|node| node.has_tag_name("testcase"))
        .collect();
    let of = |node: &Node, name: &str| {
        node.attribute(name.to_owned().as_str())
            .map(str::to_owned)
            .unwrap()
    };
    let named: Vec<[String; 4]> = cases
        .iter()
        .map(|case| ["name", "classname", "file", "line"].map(|name| of(case, name)))
        .collect();
    assert_eq!(
        named,
        [
            ["one", "permissions.yml", "permissions.yml", "2"],
            ["two", "permissions.yml", "permissions.yml", "8"],
        ]
        .map(|case| case.map(str::to_owned))
    );
    assert!(child(cases[0], "failure").is_none());
    let failure = child(cases[1], "failure").unwrap();
    assert_eq!(
        failure.attribute("message"),
        Some("expected allowed, got implicit_deny")
    );
    assert_eq!(failure.attribute("type"), Some("otherwise"));
    let said = failure.text().unwrap();
    assert!(said.contains("permissions.yml:8\n"), "{said}");
    assert!(
        said.contains("`aws:ResourceTag/sandbox` is `qa`, the statement wants `dev`"),
        "{said}"
    );
}

#[test]
fn no_name_breaks_the_xml_and_each_comes_back() {
    let names = ["<a> & \"b\" 'c' ]]>", "é 商 😀", "]]> <!-- &amp; -->"];
    for name in names {
        let quoted = serde_json::to_string(name).unwrap();
        let tests = packer("  context: { 'aws:ResourceTag/sandbox': '<&>' }\n  expected: allowed\n");
        let text = junit(&tests.replace("name: one", &format!("name: {quoted}")), 3);
        let document = Document::parse(&text).unwrap();
        let case = document
            .descendants()
            .find(|node| node.has_tag_name("testcase"))
            .unwrap();
        assert_eq!(case.attribute("name"), Some(name));
        assert!(
            child(case, "failure")
                .unwrap()
                .text()
                .unwrap()
                .contains("is `<&>`")
        );
    }
    let control = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let control = control.replace("name: one", r#"name: "a\u0000\u001b[31m\ufffe\nb""#);
    let text = junit(&control, 0);
    let document = Document::parse(&text).unwrap();
    let case = document
        .descendants()
        .find(|node| node.has_tag_name("testcase"))
        .unwrap();
    assert_eq!(case.attribute("name"), Some("a\u{fffd}\u{fffd}[31m\u{fffd} b"));
}

#[test]
fn cases_of_one_test_have_names_of_their_own() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': qa }\n  expected: denied\n");
    let tests = tests.replace(
        "lambda:InvokeFunction",
        "[lambda:InvokeFunction, lambda:GetFunction]",
    );
    let text = junit(&tests, 0);
    let document = Document::parse(&text).unwrap();
    let cases = document
        .descendants()
        .filter(|node| node.has_tag_name("testcase"));
    let mut names: Vec<&str> = cases.map(|case| case.attribute("name").unwrap()).collect();
    names.dedup();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn the_same_tests_give_the_same_bytes_and_replace_what_is_there() {
    let tcperm = project(&packer("  expected: denied\n"));
    let line = format!("test {PLACE} --junit junit.xml");
    let text = || {
        run(&tcperm, &line).exits(3);
        read(&tcperm.folder().join("junit.xml"))
    };
    assert_eq!(text(), text());
    tcperm.write("permissions.yml", "tests: [\n");
    tcperm.remove("junit.xml");
    run(&tcperm, &line).exits(1);
    assert!(!tcperm.folder().join("junit.xml").exists());
}

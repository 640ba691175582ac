//! The files of permission tests: which there are, and all that can be wrong with them.

use super::{PLACE, TOPOLOGY, packer, project, run, tested};
use crate::support::Tcperm;

/// What is wrong with a text, each fault with its place: `3:5 message`.
#[track_caller]
fn faults(text: &str) -> Vec<String> {
    let line = format!("test {PLACE} --format json");
    let outcome = run(&project(text), &line).exits(1);
    let document = outcome.json();
    let found = document["diagnostics"].as_array().unwrap().iter();
    found
        .map(|one| {
            assert_eq!(one["file"], "permissions.yml");
            assert!(one["help"].as_str().is_some_and(|help| !help.is_empty()), "{one}");
            let expected = if one["severity"] == "error" {
                "invalid-test"
            } else {
                "doubtful-test"
            };
            assert_eq!(one["code"], expected);
            format!(
                "{}:{} {}",
                one["line"],
                one["column"],
                one["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn every_fault_is_found_at_once_each_with_its_place() {
    let text = "\
tests:
  - name: a
    rol: function
    action: lambda:InvokeFunctio
    resource: arn:aws:lambda:us-west-2:123456789012:function:x_{{sandbx}}
    expected: alowed
    context: { aws:ResourceTag/sandbox: dev, AWS:resourcetag/sandbox: dev, aws:ResorceTag/x: [a, {b: c}] }
  - name: a
    role: [function, 3]
    action: 'lambda:*'
    resource: []
    expected: denied
  - hello
  - name: b
    role: ''
    action: s3:GetObject
    resource: bucket-{{
    expected: [allowed]
    context: [a]
  - { name: c, role: route, action: s3:GetObject, resource: bucket, expected: denied, context: { sandbox: x } }
extra: 1
";
    assert_eq!(
        faults(text),
        [
            "2:5 the test has no `role`",
            "3:5 a test has no key `rol`",
            "4:13 AWS has no action `lambda:InvokeFunctio`",
            "5:64 there is no variable `sandbx`",
            "6:15 `alowed` is no decision",
            "7:46 the context has `AWS:resourcetag/sandbox` twice: case does not count in keys",
            "7:76 AWS has no condition key `aws:ResorceTag/x`",
            "7:98 the value of `aws:ResorceTag/x` must be text, not a map",
            "8:11 two tests have the name `a`",
            "9:22 an item of `role` must be text, not a number",
            "10:13 `lambda:*` is no action",
            "11:15 `resource` is an empty list",
            "13:5 a test must be a map, not text",
            "15:11 `role` is empty",
            "17:22 a variable is not closed with `}}`",
            "18:15 `expected` must be text, not a list",
            "19:14 `context` must be a map, not a list",
            "20:61 `bucket` is no resource",
            "20:98 `sandbox` is no condition key",
            "21:1 the file has no key `extra`",
        ]
    );
}

#[test]
fn a_file_that_is_none_of_tests_is_refused() {
    for (text, expected) in [
        ("", "1:1 the file holds no tests"),
        ("# nothing\n", "1:1 the file holds no tests"),
        ("- a\n", "1:1 the file must be a map, not a list"),
        ("{}", "1:1 the file has no `tests`"),
        ("test: []\n", "1:1 the file has no `tests`"),
        ("tests:\n", "1:1 `tests` must be a list, not nothing"),
        ("tests: {a: b}\n", "1:8 `tests` must be a list, not a map"),
        ("tests: [\n", "1:8 this is not YAML"),
        (
            "tests: []\ntests: []\n",
            "2:1 the key `tests` stands twice in the same map",
        ),
        (
            "tests: []\n---\ntests: []\n",
            "2:1 a second YAML document begins here",
        ),
        (
            "tests: !include a.yml\n",
            "1:17 `tests` must be a list, not text with the tag `!include`",
        ),
        (
            "tests: [!x {}]\n",
            "1:12 a test must be a plain map, not a map with the tag `!x`",
        ),
    ] {
        let found = faults(text);
        assert!(
            found.iter().any(|one| one.starts_with(expected)),
            "{text:?}: {found:?}"
        );
    }
}

#[test]
fn a_number_or_a_flag_in_the_context_is_what_it_says() {
    for value in ["true", "12", "[1, '2', x]", "''"] {
        let lines = format!(
            "  context: {{ aws:SecureTransport: {value}, aws:ResourceTag/sandbox: dev }}\n  expected: allowed\n"
        );
        tested(&packer(&lines)).exits(0);
    }
}

#[test]
fn an_action_that_aws_does_not_have_is_a_doubt_and_no_fault() {
    let tests = packer("  expected: denied\n").replace("lambda:InvokeFunction", "lambda:InvokeFunctoin");
    let outcome = tested(&tests).exits(0);
    assert!(outcome.stderr.contains("warning[doubtful-test]"), "{outcome}");
    assert!(
        outcome.stderr.contains("did you mean `lambda:InvokeFunction`?"),
        "{outcome}"
    );
}

#[test]
fn a_directory_stands_for_the_files_in_and_below_it() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let tcperm = Tcperm::in_project(&[("topology.yml", TOPOLOGY), ("all.yml", &tests)]);
    let outcome = run(&tcperm, &format!("test {PLACE}")).exits(1);
    assert!(
        outcome
            .stderr
            .contains("there are no permission tests in or below `.`"),
        "{outcome}"
    );
    run(&tcperm, &format!("test {PLACE} all.yml")).exits(0);
    for path in [
        "permissions.yaml",
        "tests/orders.permissions.yml",
        ".hidden/permissions.yml",
        "node_modules/permissions.yml",
        "xpermissions.yml",
    ] {
        tcperm.write(path, &tests);
    }
    let outcome = run(&tcperm, &format!("test {PLACE}")).exits(0);
    assert_eq!(outcome.stderr, "2 passed\n");
    let outcome = run(
        &tcperm,
        &format!("test {PLACE} tests . tests/orders.permissions.yml"),
    )
    .exits(0);
    assert_eq!(outcome.stderr, "2 passed\n");
    let outcome = run(&tcperm, &format!("test {PLACE} no-such.yml")).exits(1);
    assert!(
        outcome.stderr.contains("there is no file `no-such.yml`"),
        "{outcome}"
    );
}

#[test]
fn lists_that_make_too_many_cases_are_refused() {
    let action = "lambda:InvokeFunction, ".repeat(400);
    let resource = "'*', ".repeat(400);
    let tests = packer("  expected: denied\n")
        .replace("lambda:InvokeFunction", &format!("[{action}]"))
        .replace(
            "arn:aws:lambda:us-west-2:123456789012:function:orders_packer_dev",
            &format!("[{resource}]"),
        );
    let outcome = tested(&tests).exits(1);
    assert!(
        outcome.stderr.contains("more than 100000 cases"),
        "{}",
        &outcome.stderr[..500.min(outcome.stderr.len())]
    );
}

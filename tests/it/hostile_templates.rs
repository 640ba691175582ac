//! Templates and values that are meant badly or went wrong: each is told with its place, or renders
//! to the role it says.

use std::path::Path;

use serde_json::Value;

use crate::support::{Outcome, Tcperm};

const POLICY: &str = "infra/base/roles/function.json";

/// A project with a function and a route, and these role files.
fn project(files: &[(&str, &str)]) -> Tcperm {
    let tcperm = Tcperm::in_project(&[
        (
            "topology.yml",
            "name: orders\nroutes:\n  /orders: { function: intake }\n",
        ),
        ("intake/handler.py", ""),
    ]);
    for (path, text) in files {
        tcperm.write(path, text);
    }
    tcperm
}

fn render(tcperm: &Tcperm, more: &[&str]) -> Outcome {
    let line = "render -s dev --account 123456789012 --region us-west-2 --infra-dir infra";
    tcperm.bare(line.split(' ').chain(more.iter().copied())).run()
}

/// A document of one statement on a resource, on its fourth line from column 15 on.
fn naming(resource: &str) -> String {
    format!(
        "{{\n  \"Statement\": [{{\n  \"Effect\": \"Allow\", \"Action\": \"s3:GetObject\",\n  \"Resource\": {resource}\n  }}]\n}}\n"
    )
}

/// The role of functions that a render shows.
fn function_role(tcperm: &Tcperm, more: &[&str]) -> Value {
    let document = render(tcperm, &[&["--format", "json"], more].concat())
        .exits(0)
        .json();
    let roles = document["roles"].as_array().unwrap().iter();
    roles
        .clone()
        .find(|role| role["entity"] == "function")
        .unwrap()
        .clone()
}

fn resource(role: &Value) -> &Value {
    &role["policies"][0]["document"]["Statement"][0]["Resource"]
}

/// Renders role files that are refused with these words, and writes nothing else.
#[track_caller]
fn refused(tcperm: &Tcperm, more: &[&str], words: &[&str]) {
    let outcome = render(tcperm, more).exits(1);
    assert_eq!(outcome.stdout, "", "{outcome}");
    for word in words {
        assert!(outcome.stderr.contains(word), "{word:?} is not told\n{outcome}");
    }
    assert!(outcome.stderr.contains("help: "), "{outcome}");
    assert!(outcome.stderr.len() < 10_000, "{} bytes", outcome.stderr.len());
    let is_odd = |c: char| c.is_control() && c != '\n';
    assert!(!outcome.stderr.contains(is_odd), "{outcome}");
}

#[test]
fn an_expression_in_a_value_is_text() {
    for value in ["{{sandbox}}", "{{> p}}", "{{#if x}}", "a\"b\\c", "\"]}, {", "}}"] {
        let vars = format!("[vars]\nx = '{value}'\nlist = ['{value}', \"b\"]\n");
        for (written, read) in [
            ("\"{{x}}\"", value),
            ("\"{{lookup list 0}}\"", value),
            ("\"{{list.[1]}}\"", "b"),
        ] {
            let tcperm = project(&[
                (POLICY, &naming(written)),
                ("infra/partials/p.json", "p"),
                ("tcperm.toml", &vars),
            ]);
            assert_eq!(*resource(&function_role(&tcperm, &[])), read, "{written}");
        }
    }
}

#[test]
fn a_template_that_is_too_large_or_too_deep_is_told() {
    let repeated = |text: &str, count: usize| text.repeat(count);
    let cases = [
        (repeated(" ", 10_000_000), vec![POLICY, "10000000 bytes"]),
        (
            repeated(" ", 200_000),
            vec!["error[template-too-large]", "200000 bytes", "function.json:1:1"],
        ),
        (
            repeated("{{#if sandbox}}", 200) + &repeated("{{/if}}", 200),
            vec![
                "error[template-too-large]: more than 32 blocks",
                "function.json:1:481",
            ],
        ),
        (
            repeated("[", 2000),
            vec![
                "error[template-too-large]: more than 64 lists",
                "function.json:1:65",
            ],
        ),
        (
            repeated("{\"a\":", 2000),
            vec![
                "error[template-too-large]: more than 64 lists",
                "function.json:1:321",
            ],
        ),
        (
            format!(
                "{{{{#if {}sandbox{}}}}}{{{{/if}}}}",
                repeated("(not ", 50),
                repeated(")", 50)
            ),
            vec![
                "error[template-too-large]: more than 8 parentheses",
                "function.json:1:",
            ],
        ),
    ];
    for (text, words) in cases {
        refused(&project(&[(POLICY, &text)]), &[], &words);
    }
}

#[test]
fn partials_without_end_are_told_with_their_chain() {
    for (a, b, chain) in [
        ("{{> a}}", "", "`a` → `a`"),
        ("{{> b}}", "{{> a}}", "`a` → `b` → `a`"),
        (
            "{{#if (eq sandbox 'x')}}{{> b}}{{/if}}",
            "{{#unless sandbox}}{{> a}}{{/unless}}",
            "`a` → `b` → `a`",
        ),
        ("{{#each grants}}{{> a this}}{{/each}}", "", "`a` → `a`"),
    ] {
        let tcperm = project(&[
            (POLICY, &naming("\"{{> a}}\"")),
            ("infra/partials/a.json", a),
            ("infra/partials/b.json", b),
        ]);
        refused(
            &tcperm,
            &[],
            &["error[circular-partial]", chain, "infra/partials/"],
        );
    }
}

#[test]
fn a_link_is_read_only_where_it_stays_inside() {
    let link = |to: &str| {
        let tcperm = project(&[
            ("secret.json", &naming("\"*\"")),
            ("infra/base/roles/route.json", &naming("\"*\"")),
        ]);
        std::os::unix::fs::symlink(to, tcperm.folder().join(POLICY)).unwrap();
        tcperm
    };
    refused(&link("../../../secret.json"), &[], &[POLICY, "leads out of"]);
    refused(&link("nowhere.json"), &[], &[POLICY, "cannot be read"]);
    refused(&link("function.json"), &[], &[POLICY, "symbolic links"]);
    let role = function_role(&link("route.json"), &[]);
    assert_eq!(*resource(&role), "*");
}

#[test]
fn line_ends_and_a_byte_order_mark_make_no_other_role() {
    let text = naming("\"{{#if sandbox}}arn:aws:s3:::x\n{{else}}y{{/if}}\"").replace("x\n", "x");
    let plain = function_role(&project(&[(POLICY, &text)]), &[]);
    assert_eq!(*resource(&plain), "arn:aws:s3:::x");
    let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(function_role(&project(&[(POLICY, &crlf)]), &[]), plain);
    let broken = crlf.replace("{{else}}", "{{els}}");
    refused(
        &project(&[(POLICY, &broken)]),
        &[],
        &["function.json:4:45", "unknown variable `els`"],
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "bytes that are no text")]
fn what_is_no_text_of_ours_is_told() {
    let tcperm = project(&[(POLICY, "")]);
    let utf16 = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let write = |bytes: &[u8]| std::fs::write(tcperm.folder().join(POLICY), bytes).unwrap();
    write(&[&[0xff, 0xfe][..], &utf16(&naming("\"*\""))].concat());
    refused(
        &tcperm,
        &[],
        &[POLICY, "not UTF-8", "line 1", "save the file as UTF-8"],
    );
    for odd in ["\0", "\u{1}", "\t", "\u{1b}[31m"] {
        write(naming(&format!("\"a{odd}b\"")).as_bytes());
        refused(
            &tcperm,
            &[],
            &[
                "error[invalid-document]",
                "control character",
                "function.json:4:17",
            ],
        );
    }
    write(naming("\"a\"\u{a0}").as_bytes());
    refused(
        &tcperm,
        &[],
        &[
            "error[invalid-document]",
            "outside of a string",
            "function.json:4:18",
        ],
    );
}

#[test]
fn a_directory_is_no_role_file() {
    let tcperm = project(&[(&format!("{POLICY}/x.txt"), "")]);
    assert!(Path::new(&tcperm.folder().join(POLICY)).is_dir());
    refused(&tcperm, &[], &["there are no role files in `infra`"]);
}

#[test]
fn a_key_that_stands_twice_is_told_with_both_places() {
    let text = naming("\"a\",\n  \"Resource\": \"b\"");
    refused(
        &project(&[(POLICY, &text)]),
        &[],
        &[
            "error[invalid-document]",
            "`Resource` stands twice",
            "function.json:4:3",
            "function.json:5:3",
        ],
    );
    let written = naming("\"a\", \"{{key}}\": \"b\"");
    let tcperm = project(&[
        (POLICY, &written),
        ("tcperm.toml", "[vars]\nkey = \"Resource\"\n"),
    ]);
    refused(
        &tcperm,
        &[],
        &[
            "`Resource` stands twice",
            "function.json:4:3",
            "function.json:4:20",
        ],
    );
}

#[test]
fn a_value_from_outside_is_no_pattern() {
    let text = naming("\"arn:aws:s3:::{{env}}/*\"");
    let tcperm = project(&[(POLICY, &text)]);
    for env in ["*", "a?", "${aws:username}"] {
        refused(
            &tcperm,
            &["-e", env],
            &["error[template-value]", "function.json:4:29", "pattern"],
        );
    }
    let role = function_role(&tcperm, &["-e", "prod"]);
    assert_eq!(*resource(&role), "arn:aws:s3:::prod/*");
}

#[test]
fn what_cannot_be_read_is_told_where_it_stands() {
    for (resource, words) in [
        (
            "\"{{sandbox\"",
            ["template-syntax", "the `{{` is not closed", "function.json:4:16"],
        ),
        (
            "\"{{#if sandbox}}\"",
            ["template-syntax", "`{{#if}}` is not closed", "function.json:4:16"],
        ),
        (
            "\"{{/if}}\"",
            ["template-syntax", "no block is open", "function.json:4:16"],
        ),
        (
            "\"{{{sandbox}}}\"",
            ["template-syntax", "three braces", "function.json:4:16"],
        ),
        (
            "\"{{sandbx}}\"",
            [
                "unknown-variable",
                "did you mean `sandbox`?",
                "function.json:4:16",
            ],
        ),
        (
            "\"{{> capability/function.invok}}\"",
            [
                "unknown-partial",
                "did you mean `capability/function.invoke`?",
                "function.json:4:16",
            ],
        ),
        (
            "{{sandbox}}",
            ["template-value", "outside of a JSON string", "function.json:4:15"],
        ),
        (
            "\"\\u00{{sandbox}}\"",
            [
                "template-value",
                "in the middle of an escape",
                "function.json:4:20",
            ],
        ),
        (
            "\"a\",,",
            [
                "invalid-document",
                "the template renders to no policy document",
                "function.json:4:19",
            ],
        ),
    ] {
        refused(&project(&[(POLICY, &naming(resource))]), &[], &words);
    }
}

#[test]
fn a_comma_after_the_last_is_no_fault() {
    let text = naming("[{{#each list}}\"{{this}}\",{{/each}}],").replace("}]\n", "},],\n");
    let tcperm = project(&[
        (POLICY, &text),
        ("tcperm.toml", "[vars]\nlist = [\"a\", \"b\"]\n"),
    ]);
    let role = function_role(&tcperm, &[]);
    assert_eq!(*resource(&role), serde_json::json!(["a", "b"]));
}

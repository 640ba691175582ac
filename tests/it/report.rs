//! The page for a reviewer: what it says, and that the same files give the same bytes.

mod browser;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Outcome, Tcperm, examples, read};

/// A name that would be obeyed if it were not escaped, and one that ends what it could stand in.
const HURTING: &str = "/<img src=x onerror='window.hurt=1'><script>window.hurt = 1</script>";
const ENDING: &str = "/]]>{{script}}</title></style><b>\"'&amp;";

/// A project with names that would be obeyed.
const HOSTILE: &str = r#"
name: hostile
routes:
  "/<img src=x onerror='window.hurt=1'><script>window.hurt = 1</script>":
    method: GET
    function: intake
  "/]]>{{script}}</title></style><b>\"'&amp;":
    method: GET
    function: intake
  "/\u202e":
    method: GET
    function: intake
functions:
  intake: {}
"#;

fn run(tcperm: &Tcperm, arguments: &str) -> Outcome {
    tcperm.bare(arguments.split_whitespace()).run()
}

/// The page of a project, and the file that holds it.
fn page_of(tcperm: &Tcperm) -> (PathBuf, String) {
    let file = tcperm.home().join("report.html");
    let command = format!(
        "report -s dev -r --graphql-api graphql=abcdefghijklmnopqrstuvwxyz -o {}",
        file.display()
    );
    run(tcperm, &command).exits(0);
    let page = read(&file);
    (file, page)
}

/// The page of a project whose names would be obeyed.
fn hostile_page() -> (Tcperm, PathBuf, String) {
    let tcperm = Tcperm::in_project(&[("topology.yml", HOSTILE)]);
    let (file, page) = page_of(&tcperm);
    (tcperm, file, page)
}

/// A text as it stands in a page.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// Every text below a key of a document.
fn texts<'a>(value: &'a Value, key: &str, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(text) if name == key => {
                        found.insert(text);
                    }
                    Value::Array(items) if name == key => {
                        found.extend(items.iter().filter_map(Value::as_str));
                    }
                    _ => texts(value, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, key, found)),
        _ => {}
    }
}

#[test]
fn the_page_of_every_example_holds_what_explain_and_graph_say() {
    for example in examples() {
        let tcperm = Tcperm::in_example(&example);
        let (_, page) = page_of(&tcperm);
        let api = "--graphql-api graphql=abcdefghijklmnopqrstuvwxyz --format json";
        let explain = run(&tcperm, &format!("explain -s dev -r {api}")).exits(0).json();
        let graph = run(&tcperm, &format!("graph -r {api}")).exits(0).json();
        let mut expected = BTreeSet::new();
        for key in [
            "sid",
            "Sid",
            "Action",
            "Resource",
            "template",
            "capability",
            "reason",
            "at",
            "exception",
        ] {
            for role in explain["roles"].as_array().unwrap() {
                texts(&role["statements"], key, &mut expected);
            }
        }
        assert!(expected.len() > 5, "{example}: {expected:?}");
        texts(&graph["edges"], "at", &mut expected);
        texts(&graph["nodes"], "name", &mut expected);
        for text in expected {
            // Names of resources stand there without the account.
            let short = text.splitn(6, ':').nth(5).filter(|_| text.starts_with("arn:"));
            // Backticks become elements.
            for part in short.unwrap_or(text).split('`') {
                assert!(page.contains(&escaped(part)), "{example}: {part}");
            }
        }
    }
}

#[test]
fn the_same_files_give_the_same_bytes_in_a_file_and_on_standard_output() {
    let tcperm = Tcperm::in_example("storefront");
    let (file, first) = page_of(&tcperm);
    // What is there is replaced.
    let (_, second) = page_of(&tcperm);
    assert!(first == second, "{} differs", file.display());
    let printed = run(&tcperm, "report -s dev -r -o -").exits(0);
    assert!(printed.stdout == first, "standard output differs");
    assert!(first.starts_with("<!doctype html>\n") && first.ends_with("</html>\n"));
}

#[test]
fn a_hostile_name_changes_nothing_in_the_structure_of_the_page() {
    let (_, _, page) = hostile_page();
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    assert_eq!(page.matches("</style").count(), 1);
    for part in ["<img", "onerror='", "<b>", "</title></style>"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains(&escaped(HURTING)));
    assert!(page.contains(&escaped(ENDING)));
    let is_obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!page.contains(is_obeyed));
}

#[test]
fn a_picture_that_nobody_could_read_is_left_out_and_its_table_is_not() {
    let function = |number: usize| format!("  f{number}: {{function: f{}}}", number + 1);
    let functions = (0..200).map(function).collect::<Vec<_>>().join("\n");
    let topology = format!("name: many\nfunctions:\n{functions}\n  f200: {{}}\n");
    let tcperm = Tcperm::in_project(&[("topology.yml", &topology)]);
    let (_, page) = page_of(&tcperm);
    assert!(!page.contains("<svg"));
    assert!(page.contains("a picture could not be read"));
    assert!(page.contains("function f199"));
    let (_, drawn) = page_of(&Tcperm::in_example("storefront"));
    assert_eq!(drawn.matches("<svg").count(), 1);
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_and_one_that_is_not_asked_for_a_usage_error() {
    let tcperm = Tcperm::in_example("hello");
    let outcome = run(&tcperm, "report -s dev -o no/such/directory/report.html").exits(1);
    assert!(
        outcome.stderr.contains("report.html") && outcome.stderr.contains("help: "),
        "{outcome}"
    );
    run(&tcperm, "report -s dev").exits(2);
}

#[test]
fn a_role_that_reaches_further_is_shown_with_the_request_and_the_line_that_allows_it() {
    let template = "{\"Version\": \"2012-10-17\", \"Statement\": [\n  {\"Sid\": \"Everything\", \"Effect\": \"Allow\",\n   \
                    \"Action\": \"sqs:*\", \"Resource\": \"*\"}\n]}\n";
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", "name: orders\nfunctions:\n  intake: {}\n"),
        ("infra/base/roles/function.json", template),
    ]);
    // The page is written, and that is what was asked for.
    let printed = run(&tcperm, "report -s dev --infra-dir infra -o -").exits(0);
    assert!(
        printed.stderr.contains("isolation disproved"),
        "{}",
        printed.stderr
    );
    let page = printed.stdout;
    let proof = page.split("id=\"proof\"").nth(1).unwrap();
    let proof = proof.split("</section>").next().unwrap();
    for part in [
        "badge disproved",
        "<code>sqs:",
        "allowed by Everything",
        "infra/base/roles/function.json:2",
    ] {
        assert!(proof.contains(part), "{part}: {proof}");
    }
    assert!(page.contains("badge account"));
}

#[test]
fn the_table_of_who_can_reach_what_leaves_out_no_statement() {
    let template = r#"{"Version": "2012-10-17", "Statement": [
      {"Sid": "Any", "Effect": "Allow", "Action": "*",
       "Resource": ["arn:aws:sqs:us-west-2:{{account}}:first", "arn:aws:s3:::second/*"]},
      {"Sid": "AllBut", "Effect": "Allow", "NotAction": ["sns:Publish", "sns:Subscribe"], "Resource": "*"}
    ]}"#;
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", "name: orders\nfunctions:\n  intake: {}\n"),
        ("infra/base/roles/function.json", template),
    ]);
    let bound = "arn:aws:iam::123456789012:policy/bound";
    let page = run(
        &tcperm,
        &format!("report -s dev --infra-dir infra --boundary {bound} -o -"),
    );
    let page = page.exits(0).stdout;
    let matrix = page.split("class=\"matrix\"").nth(1).unwrap();
    let matrix = matrix.split("</table>").next().unwrap();
    for part in [
        "first",
        "second/*",
        "all but sns:Publish, sns:Subscribe",
        "every service",
    ] {
        assert!(matrix.contains(part), "{part}: {matrix}");
    }
    assert!(page.contains(&format!("not in the table: permissions boundary {bound}")));
}

#[test]
fn the_roles_of_an_account_are_shown_as_it_holds_them() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let live = tcperm
        .args(["report", "-s", "dev", "--live", "-o", "-"])
        .run()
        .exits(0)
        .stdout;
    assert!(live.contains("<dt>Roles read from</dt><dd>the account</dd>"));
    assert!(live.contains("<dt>Account</dt><dd>000000000000</dd>") && live.contains("tc-base-function-dev"));
    // Without the topology the roles are there, and no picture.
    tcperm.remove("topology.yml");
    let alone = tcperm
        .args(["report", "-s", "dev", "--live", "-o", "-"])
        .run()
        .exits(0)
        .stdout;
    assert!(alone.contains("tc-base-function-dev") && !alone.contains("<svg"));
}

#[test]
fn a_sandbox_without_roles_in_the_account_gets_no_page() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    let arguments = ["report", "-s", "dev", "--live", "-o", "report.html"];
    let outcome = tcperm.args(arguments).run().exits(1);
    assert!(
        outcome.stderr.contains("the sandbox `dev` has no roles here"),
        "{outcome}"
    );
    assert!(!tcperm.folder().join("report.html").exists());
}

//! The rules, each a function from a file's name and text to what it finds.

use super::text::{code_lines, module_path, modules_named};

/// Which top-level modules a top-level module may name. Order: from the bottom up.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &["diagnostic"]),
    ("diagnostic", &["model"]),
    ("policy", &["model", "diagnostic"]),
    ("evaluate", &["model", "diagnostic", "policy"]),
    ("prove", &["model", "diagnostic", "policy", "evaluate"]),
    ("topology", &["model", "diagnostic", "policy"]),
    ("template", &["model", "diagnostic", "policy"]),
    (
        "grants",
        &["model", "diagnostic", "policy", "topology", "template"],
    ),
    (
        "intent",
        &["model", "diagnostic", "policy", "topology", "template", "grants"],
    ),
    (
        "plan",
        &[
            "model",
            "diagnostic",
            "policy",
            "topology",
            "template",
            "grants",
            "intent",
        ],
    ),
    (
        "operator",
        &["model", "diagnostic", "policy", "template", "intent"],
    ),
    ("source", CORE),
    ("iam", &["model", "diagnostic", "policy", "source"]),
    ("ops", &["core", "iam", "source"]),
    ("view", &["core", "ops"]),
    ("settings", &["core", "iam", "source", "ops"]),
    ("cli", &["core", "iam", "source", "ops", "settings", "view"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// The modules that do no I/O. `core` in a list above stands for all of them.
const CORE: &[&str] = &[
    "model",
    "diagnostic",
    "policy",
    "evaluate",
    "prove",
    "topology",
    "template",
    "grants",
    "intent",
    "plan",
    "operator",
];

/// What the core never names.
const WORLD: &[&str] = &[
    "std::fs",
    "std::path",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "async fn",
    "async move",
    "tokio",
    "aws_",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
];

/// What prints.
const PRINTING: &[&str] = &[
    "println!",
    "print!",
    "eprintln!",
    "eprint!",
    "dbg!",
    "stdout()",
    "stderr()",
];

/// The services whose actions the rule book names.
const SERVICES: &[&str] = &[
    "iam",
    "sts",
    "lambda",
    "states",
    "events",
    "sqs",
    "sns",
    "dynamodb",
    "s3",
    "appsync",
    "logs",
    "kms",
    "ssm",
    "apigateway",
    "execute-api",
    "scheduler",
    "xray",
    "ec2",
];

/// A module names only the modules it may use.
pub fn imports(file: &str, text: &str) -> Vec<String> {
    let module = module_path(file)[0];
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
        return vec![format!(
            "{file}:1: `{module}` has no place among the modules; give it one in this test"
        )];
    };
    let may_use = |name: &str| {
        name == module || allowed.contains(&name) || (allowed.contains(&"core") && CORE.contains(&name))
    };
    modules_named(file, text)
        .into_iter()
        .filter(|(_, name)| MAY_USE.iter().any(|(known, _)| known == name) && !may_use(name))
        .map(|(line, name)| format!("{file}:{line}: `{module}` may not use `{name}`"))
        .collect()
}

/// The core names no file, no environment, no clock, no thread and no SDK, and is not async.
pub fn purity(file: &str, text: &str) -> Vec<String> {
    if !CORE.contains(&module_path(file)[0]) {
        return Vec::new();
    }
    naming(file, text, WORLD, "the core may not name")
}

/// `aws_` stands in `src/iam/aws…` alone.
pub fn sdk(file: &str, text: &str) -> Vec<String> {
    if file.starts_with("src/iam/aws") {
        return Vec::new();
    }
    naming(file, text, &["aws_"], "only `iam::aws` may name")
}

/// Only the view prints.
pub fn printing(file: &str, text: &str) -> Vec<String> {
    if module_path(file)[0] == "view" {
        return Vec::new();
    }
    naming(file, text, PRINTING, "only the view may use")
}

/// No action of AWS is named: which permissions an edge needs is data, in `templates/`.
pub fn actions(file: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in code_lines(text) {
        for service in SERVICES {
            for (position, _) in line.match_indices(&format!("{service}:")) {
                let before = line[..position].chars().next_back();
                let after = line[position + service.len() + 1..].chars().next();
                let alone = before.is_none_or(|c| !c.is_alphanumeric() && !"_-:.".contains(c));
                if alone && after.is_some_and(|c| c.is_ascii_uppercase() || c == '*') {
                    let action = line[position..]
                        .split(['"', '\'', '`', ' ', ','])
                        .next()
                        .unwrap_or(service);
                    findings.push(format!("{file}:{number}: names the action `{action}`"));
                }
            }
        }
    }
    findings
}

/// The places where a text names one of some words. A word that starts with a letter is
/// found where an identifier could start.
fn naming(file: &str, text: &str, words: &[&str], rule: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in code_lines(text) {
        for word in words {
            let found = line.match_indices(word).any(|(position, _)| {
                let before = line[..position].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
            });
            if found {
                findings.push(format!("{file}:{number}: {rule} `{word}`"));
            }
        }
    }
    findings
}

#[test]
fn an_import_from_above_is_found() {
    let text = "//! A plan.\nuse crate::model::Arn;\nuse crate::{intent::RoleSet, iam::Iam};\n";
    assert_eq!(
        imports("src/plan/diff.rs", text),
        ["src/plan/diff.rs:3: `plan` may not use `iam`"]
    );
    assert_eq!(
        imports(
            "src/ops/create.rs",
            "use crate::plan::Plan;\nuse crate::view::View;\n"
        )
        .len(),
        1
    );
    assert_eq!(
        imports("src/view.rs", "use crate::settings::Settings;\n").len(),
        1
    );
    assert_eq!(imports("src/novelty.rs", "").len(), 1);
}

#[test]
fn a_core_module_that_reads_a_file_is_found() {
    let text = "//! Uses std::fs\n\nuse std::fs;\nasync fn f(path: &std::path::Path) {}\n";
    let findings = [
        "src/policy/parse.rs:3: the core may not name `std::fs`",
        "src/policy/parse.rs:4: the core may not name `std::path`",
        "src/policy/parse.rs:4: the core may not name `async fn`",
    ];
    assert_eq!(purity("src/policy/parse.rs", text), findings);
    assert_eq!(purity("src/source.rs", text), Vec::<String>::new());
}

#[test]
fn the_sdk_outside_its_module_is_found() {
    assert_eq!(
        sdk("src/ops.rs", "let c = aws_sdk_iam::Client::new();\n").len(),
        1
    );
    assert_eq!(
        sdk("src/iam/aws/client.rs", "use aws_sdk_iam::Client;\n").len(),
        0
    );
    assert_eq!(sdk("src/ops.rs", "let via_aws_account = 1;\n").len(), 0);
}

#[test]
fn printing_outside_the_view_is_found() {
    assert_eq!(printing("src/ops.rs", "    println!(\"done\");\n").len(), 1);
    assert_eq!(
        printing("src/cli/create.rs", "std::io::stdout().flush()\n").len(),
        1
    );
    assert_eq!(
        printing("src/view/json.rs", "anstream::println!(\"done\");\n").len(),
        0
    );
}

#[test]
fn an_action_in_the_code_is_found() {
    let text = "let a = \"lambda:InvokeFunction\";\nlet b = \"arn:aws:iam::aws:policy\";\nlet c = iam::Iam;\n// sqs:SendMessage\nlet d = \"iam:*\";\n";
    let findings = [
        "src/intent.rs:1: names the action `lambda:InvokeFunction`",
        "src/intent.rs:5: names the action `iam:*`",
    ];
    assert_eq!(actions("src/intent.rs", text), findings);
}

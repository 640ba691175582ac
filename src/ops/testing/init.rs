//! Writes the permission tests that follow from topologies, for every sandbox, account and region.
//!
//! Names are rendered for a sandbox, an account, a bus and a profile that nobody has, so that each
//! is told from what the topology says itself, and becomes a variable.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::generate::{Draft, Untested, drafts};
use crate::model::{AccountId, Context, Sandbox};
use crate::ops::preparation::prepare;
use crate::ops::{Findings, OpError, Question, Wanted, explain};
use crate::source::{self, Existing};

/// What is rendered in the place of a variable, and which. The sandbox has a `-`, which tells it from
/// the trimmed one.
const MARKS: [(&str, &str); 5] = [
    (SANDBOX, "sandbox"),
    ("zq0xk7wv", "sandbox_trimmed"),
    (ACCOUNT, "account"),
    (EVENT_BUS, "event_bus"),
    (PROFILE, "profile"),
];
const SANDBOX: &str = "zq0x-k7wv";
const ACCOUNT: &str = "907160483521";
const EVENT_BUS: &str = "tc-zq1x-k7wv";
const PROFILE: &str = "zq2x-k7wv";

/// What the file begins with.
const HEAD: &str = "\
# Permission tests that follow from the topology: what each edge needs is allowed, and the same in
# another sandbox, or on another resource, is denied. Written by `tcperm test --init`; yours to edit.
";

/// Permission tests that were written.
#[derive(Debug, Clone)]
pub struct InitializedTests {
    /// The file, by its path from here.
    pub file: String,
    /// How many there are.
    pub tests: usize,
    /// What no test could be written for.
    pub untested: Vec<Untested>,
    /// What was found in the files of the topologies.
    pub findings: Findings,
}

/// Writes the permission tests that follow from topologies to a file.
///
/// # Errors
/// When the files of the topologies cannot be read or hold errors; when the file is there and to be
/// kept, or cannot be written.
pub fn init_tests(wanted: &Wanted, file: &Path, existing: Existing) -> Result<InitializedTests, OpError> {
    // As the user has it first: what is found then speaks of no mark.
    let findings = prepare(wanted)?.findings;
    let marked = Wanted {
        sandbox: Sandbox::parse(SANDBOX).unwrap_or_else(|_| Sandbox::placeholder()),
        event_bus: EVENT_BUS.to_owned(),
        profile: wanted.profile.as_ref().map(|_| PROFILE.to_owned()),
        ..wanted.clone()
    };
    let question = Question {
        account: AccountId::parse(ACCOUNT).ok(),
        ..Question::default()
    };
    let topologies = prepare(&marked)?.topologies;
    let explained = explain(&marked, &question)?;
    let (drafts, untested) = drafts(&explained, &topologies);
    let text = written(&drafts, &untested, &explained.context);
    source::create_files(&BTreeMap::from([(file.to_owned(), text.as_str())]), existing)?;
    Ok(InitializedTests {
        file: source::from_here(file),
        tests: drafts.len(),
        untested,
        findings,
    })
}

/// The file of some tests.
fn written(drafts: &[Draft], untested: &[Untested], place: &Context) -> String {
    let mut text = HEAD.to_owned();
    if !untested.is_empty() {
        text.push_str("#\n# Not tested, or not in full:\n");
        for one in untested {
            let line = format!("{}, {}: {}", one.role, one.capability, one.reason);
            let _ = writeln!(text, "# - {}", comment(&line, place));
        }
    }
    text.push_str(if drafts.is_empty() {
        "\ntests: []\n"
    } else {
        "\ntests:\n"
    });
    for draft in drafts {
        test(&mut text, draft, place);
    }
    text
}

fn test(text: &mut String, draft: &Draft, place: &Context) {
    for asker in &draft.asked_by {
        let _ = writeln!(text, "  # {}", comment(asker, place));
    }
    let list = |text: &mut String, key: &str, values: &[String]| match values {
        [one] => {
            let _ = writeln!(text, "    {key}: {}", quoted(one, place));
        }
        several => {
            let _ = writeln!(text, "    {key}:");
            for one in several {
                let _ = writeln!(text, "      - {}", quoted(one, place));
            }
        }
    };
    let _ = writeln!(text, "  - name: {}", quoted(&draft.name, place));
    let _ = writeln!(text, "    role: {}", quoted(&draft.role, place));
    list(text, "action", &draft.actions);
    list(text, "resource", &draft.resources);
    if !draft.context.is_empty() {
        text.push_str("    context:\n");
        for (key, values) in &draft.context {
            let key = quoted(key, place);
            let values = values.as_ref().map(|values| {
                let quoted: Vec<String> = values.iter().map(|value| quoted(value, place)).collect();
                match quoted.as_slice() {
                    [one] => one.clone(),
                    several => format!("[{}]", several.join(", ")),
                }
            });
            let _ = writeln!(text, "      {key}: {}", values.as_deref().unwrap_or("null"));
        }
    }
    let _ = writeln!(text, "    expected: {}", draft.expected.name());
}

/// A text as YAML: plain where it can be nothing else, else in quotes as JSON has them.
fn quoted(text: &str, place: &Context) -> String {
    let text = with_variables(text, place);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word = matches!(
        &*text.to_ascii_lowercase(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off"
    );
    if begins && text.chars().all(is_plain) && !text.ends_with(':') && !is_word {
        return text;
    }
    serde_json::Value::String(text).to_string()
}

/// A text for a comment: one line.
fn comment(text: &str, place: &Context) -> String {
    let text = with_variables(text, place);
    let harmless = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(harmless).collect()
}

/// A text with a variable in the place of each mark, and of partition and region of an ARN.
fn with_variables(text: &str, place: &Context) -> String {
    let mut text = text.to_owned();
    if text.starts_with("arn:") {
        let mut parts: Vec<&str> = text.splitn(6, ':').collect();
        for (at, value, variable) in [
            (1, place.partition.as_str(), "{{partition}}"),
            (3, place.region.as_str(), "{{region}}"),
        ] {
            if let Some(part) = parts.get_mut(at).filter(|part| **part == value) {
                *part = variable;
            }
        }
        text = parts.join(":");
    }
    for (mark, variable) in MARKS {
        text = text.replace(mark, &format!("{{{{{variable}}}}}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_the_variables_that_they_stand_for() {
        let place = Context::example();
        let text = format!("arn:aws:svc:eu-west-1:{ACCOUNT}:a_{SANDBOX}-zq0xk7wv/{EVENT_BUS}/aws/eu-west-1");
        assert_eq!(
            with_variables(&text, &place),
            "arn:{{partition}}:svc:{{region}}:{{account}}:a_{{sandbox}}-{{sandbox_trimmed}}/{{event_bus}}/aws/eu-west-1"
        );
    }

    #[test]
    fn a_text_is_in_quotes_where_yaml_could_take_it_for_something_else() {
        let place = Context::example();
        for (text, expected) in [
            ("svc:DoThis", "svc:DoThis"),
            ("function/orders/place", "function/orders/place"),
            ("a: b", "\"a: b\""),
            ("123456789012", "\"123456789012\""),
            ("true", "\"true\""),
            ("*", "\"*\""),
            ("a:", "\"a:\""),
            ("a\n\"", "\"a\\n\\\"\""),
        ] {
            assert_eq!(quoted(text, &place), expected);
        }
    }
}

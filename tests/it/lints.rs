//! What the lints of policies find, and what they leave alone.
//!
//! A case is a policy in which `«…»` marks what a finding points at.

mod built_in;
mod documents;
mod permissions;
mod trusts;

use std::ops::Range;

use proptest::prelude::*;
use tcperm::diagnostic::{Code, Severity};
use tcperm::policy::catalogue::Catalogue;
use tcperm::policy::lint::{self, Finding, LintOptions, Subject};
use tcperm::policy::{ReadOptions, read};

const OPTIONS: LintOptions<'static> = LintOptions {
    tag_key: "sandbox",
    sandbox: Some("dev"),
    account: Some("123456789012"),
};

pub const TRUST: Subject<'static> = Subject::Trust { services: &[] };

pub fn findings(subject: Subject<'_>, text: &str) -> Vec<Finding> {
    let read = read(text, ReadOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
    lint::lint(&read, subject, Catalogue::built_in(), &OPTIONS)
}

/// The text without its marks, and what they mark.
fn unmarked(marked: &str) -> (String, Range<usize>) {
    let (before, rest) = marked.split_once('«').expect("a mark");
    let (inside, after) = rest.split_once('»').expect("its end");
    let start = before.len();
    (format!("{before}{inside}{after}"), start..start + inside.len())
}

/// The one finding of a policy has this code and points at what is marked.
#[track_caller]
fn finds(subject: Subject<'_>, code: &str, severity: Severity, marked: &str) -> Finding {
    let (text, range) = unmarked(marked);
    let found = findings(subject, &text);
    let [only] = found.as_slice() else {
        panic!("not one finding: {text}\n{found:#?}");
    };
    assert_eq!((only.code, only.severity), (code, severity), "{text}\n{only:#?}");
    assert_eq!(
        &text[only.range.clone()],
        &text[range.clone()],
        "{text}\n{only:#?}"
    );
    assert_eq!(only.range, range, "{text}");
    assert!(!only.help.is_empty(), "{text}: {} has no help", only.code);
    only.clone()
}

#[track_caller]
fn clean(subject: Subject<'_>, text: &str) {
    let found = findings(subject, text);
    assert!(found.is_empty(), "{text}\n{found:#?}");
}

/// A document of one statement that is right but for a part of it.
fn with(rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{rest}}}]}}"#)
}

fn deny(rest: &str) -> String {
    with(rest).replace("Allow", "Deny")
}

#[test]
fn every_code_is_tested_here() {
    let files = ["documents.rs", "permissions.rs", "trusts.rs"];
    let tests: String = files
        .iter()
        .map(|file| crate::support::read(&crate::support::root().join("tests/it/lints").join(file)))
        .collect();
    let names: Vec<&str> = lint::CODES.iter().map(|code| code.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in names {
        assert!(tests.contains(&format!("\"{name}\"")), "no test finds `{name}`");
    }
}

proptest! {
    #[test]
    fn whatever_can_be_read_can_be_looked_at(
        version in prop::sample::select(vec!["2012-10-17", "2008-10-17", "é"]),
        action in "(\\*|s3:[*?A-Za-z]{0,4}|[a-z*]{0,3}:?[é*${}]{0,3}|iam:PassRole)",
        resource in "(\\*|arn:aws:s3:::[a${}*?é/]{0,6}|[${}a:, ]{0,8})",
        operator in "(ForAllValues:|ForAnyValue:|é:)?(StringLike|Null|Bool|é)(IfExists)?",
        key in "(aws:ResourceTag/(sandbox)?|aws:TagKeys|[a:.${é]{0,6}|iam:PassedToService)",
        value in "[${}*?aé]{0,6}",
        elements in prop::sample::subsequence(vec![r#""Sid":"é""#, r#""Principal":"*""#, r#""Principal":{"AWS":[":root"],"Service":"é"}"#], 0..2),
    ) {
        let extra = elements.iter().flat_map(|element| [*element, ","]).collect::<String>();
        let text = format!(
            r#"{{"Version":"{version}","Statement":[{{"Effect":"Allow",{extra}"Action":["{action}"],"Resource":["{resource}"],"Condition":{{"{operator}":{{"{key}":"{value}"}}}}}}]}}"#
        );
        prop_assume!(read(&text, ReadOptions::default()).is_ok());
        for subject in [Subject::Identity, TRUST, Subject::Boundary, Subject::Any] {
            for found in findings(subject, &text) {
                prop_assert!(text.get(found.range.clone()).is_some(), "{found:?}");
                prop_assert!(found.other.is_none_or(|other| text.get(other).is_some()));
                let is_known = |code: &&Code| code.name == found.code && code.severities.contains(&found.severity);
                prop_assert_eq!(lint::CODES.iter().filter(is_known).count(), 1, "{}", found.code);
                prop_assert!(!found.message.contains('\n'));
            }
        }
    }
}

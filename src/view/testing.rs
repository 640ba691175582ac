use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstream::adapter::strip_str;

use super::can;
use super::report::harmless;
use super::statement::shown;
use super::style::{ERROR, FAINT, NOTE, styled};
use crate::ops::{InitializedTests, TestFailure, Tested, TestedCase};

/// The cases that failed, each with why.
pub(super) fn failures(tested: &Tested) -> String {
    let failed = tested
        .cases
        .iter()
        .filter_map(|case| Some((case, case.failure.as_ref()?)));
    let mut text = String::new();
    for (case, failure) in failed {
        let place = tested.holders.findings.sources.label(&case.span);
        let _ = writeln!(text, "{} {}", styled(ERROR, "failed:"), harmless(&case.test));
        let _ = writeln!(text, "  {}", styled(FAINT, harmless(&place)));
        let asked = format!(
            "{} {} on {}",
            shown(&case.role),
            shown(&case.action),
            shown(&case.resource)
        );
        let _ = writeln!(text, "  {asked}");
        for line in reasons(tested, case, failure) {
            let _ = writeln!(text, "  {}", harmless(&line));
        }
        text.push('\n');
    }
    text
}

/// Why a case failed, in a line or some, without styles.
pub(super) fn reasons(tested: &Tested, case: &TestedCase, failure: &TestFailure) -> Vec<String> {
    let expected = case.expected.name();
    let Some(answer) = &case.answer else {
        let TestFailure::NoRole(known) = failure else {
            return Vec::new();
        };
        return vec![
            format!("there is no role `{}`", case.role),
            format!("help: {known}"),
        ];
    };
    match failure {
        TestFailure::NoRole(_) => Vec::new(),
        TestFailure::Uncertain => {
            let keys = &answer.missing_context;
            let first = keys.first().map_or("", String::as_str);
            vec![
                format!(
                    "expected {expected}, and the answer depends on `{}`",
                    keys.join("`, `")
                ),
                format!(
                    "help: say what the request has, `{first}: …` below `context`; `{first}: null` where it has none"
                ),
            ]
        }
        TestFailure::Unread => vec![
            format!(
                "expected {expected}, and what could not be read may allow it: {}",
                answer.unread.join(", ")
            ),
            "help: `--live` reads the policies in the account".to_owned(),
        ],
        TestFailure::Otherwise => {
            let mut lines = vec![format!("expected {expected}, got {}", answer.verdict.name())];
            let why = can::reasons(answer, &tested.holders.findings.sources);
            let why = strip_str(&why).to_string();
            lines.extend(
                why.lines()
                    .map(|line| line.strip_prefix("  ").unwrap_or(line).to_owned()),
            );
            lines
        }
    }
}

/// How many cases passed, and what is not seen.
pub(super) fn summary(tested: &Tested) -> String {
    let (passed, failed) = (tested.passed(), tested.failed());
    let mut text = match failed {
        0 => format!("{passed} passed\n"),
        failed => format!("{failed} failed, {passed} passed\n"),
    };
    let answers = tested.cases.iter().filter_map(|case| case.answer.as_ref());
    let unseen = answers.flat_map(|answer| {
        let role = answer.role.as_ref().map_or("", |role| role.name.as_str());
        answer.unread.iter().map(move |what| (role, what.as_str()))
    });
    for (role, what) in unseen.collect::<BTreeSet<_>>() {
        let what = harmless(what);
        let _ = writeln!(
            text,
            "{} the {what} of `{role}` is not known and counts for nothing here",
            styled(NOTE, "note:")
        );
    }
    text
}

/// What was written, and what no test could be written for.
pub(super) fn initialized(initialized: &InitializedTests) -> String {
    let mut text = String::new();
    for one in &initialized.untested {
        let line = format!(
            "not tested in full: {}, {}: {}",
            one.role, one.capability, one.reason
        );
        let _ = writeln!(text, "{}", harmless(&line));
    }
    let tests = match initialized.tests {
        1 => "1 test".to_owned(),
        number => format!("{number} tests"),
    };
    let file = harmless(&initialized.file);
    let _ = writeln!(
        text,
        "{tests} written to {file}\nnext: `tcperm test {file} -s SANDBOX --account ACCOUNT`"
    );
    text
}

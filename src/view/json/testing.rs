use serde_json::{Value, json};

use super::can::answer;
use super::{FORMAT_VERSION, diagnostics};
use crate::ops::{InitializedTests, TestFailure, Tested, TestedCase};
use crate::view::testing::reasons;

pub(in crate::view) fn tested(tested: &Tested) -> Value {
    let context = &tested.holders.context;
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": context.sandbox,
        "account": context.account,
        "region": context.region,
        "passed": tested.passed(),
        "failed": tested.failed(),
        "tests": tested.cases.iter().map(|one| case(tested, one)).collect::<Value>(),
        "diagnostics": diagnostics(&tested.holders.findings),
    })
}

fn case(tested: &Tested, case: &TestedCase) -> Value {
    let sources = &tested.holders.findings.sources;
    let (line, _) = sources.line_and_column(case.span.file, case.span.range.start);
    let reasons = case
        .failure
        .as_ref()
        .map(|failure| reasons(tested, case, failure));
    let answer = case.answer.as_ref().map(|one| answer(one, sources));
    json!({
        "name": case.test,
        "file": sources.name(case.span.file),
        "line": line,
        "role": case.role,
        "action": case.action,
        "resource": case.resource,
        "expected": case.expected.name(),
        "result": if case.failure.is_some() { "failed" } else { "passed" },
        "failure": case.failure.as_ref().map(TestFailure::name),
        "reasons": reasons.unwrap_or_default(),
        "answer": answer.map(Value::Object),
    })
}

pub(in crate::view) fn initialized_tests(initialized: &InitializedTests) -> Value {
    let untested = initialized.untested.iter();
    let untested =
        untested.map(|one| json!({"role": one.role, "capability": one.capability, "reason": one.reason}));
    json!({
        "format_version": FORMAT_VERSION,
        "file": initialized.file,
        "tests": initialized.tests,
        "untested": untested.collect::<Value>(),
        "diagnostics": diagnostics(&initialized.findings),
    })
}

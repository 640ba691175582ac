//! SARIF 2.1.0, which code scanning reads:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::ops::Checked;
use crate::{policy, topology};

/// Where the schema of the format is.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The name of the fingerprint: the finding without its line, which moves.
const FINGERPRINT: &str = "tcpermFinding/v1";

/// One run: what was found, and what was found and is accepted.
pub(super) fn check(checked: &Checked) -> Value {
    let open = checked.findings.diagnostics.iter().map(|finding| (finding, None));
    let accepted = checked
        .accepted
        .iter()
        .map(|(finding, reason)| (finding, Some(reason.as_str())));
    let all: Vec<(&Diagnostic, Option<&str>)> = open.chain(accepted).collect();
    let codes: BTreeSet<&'static str> = all.iter().map(|(finding, _)| finding.code).collect();
    let index: BTreeMap<&str, usize> = codes.iter().enumerate().map(|(at, code)| (*code, at)).collect();
    let mut results = Results {
        checked,
        index,
        seen: HashMap::new(),
    };
    let results: Value = all
        .into_iter()
        .map(|(finding, reason)| results.result(finding, reason))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver(&codes)},
            "invocations": [{"executionSuccessful": checked.is_complete}],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn driver(codes: &BTreeSet<&'static str>) -> Value {
    let mut driver = Map::new();
    driver.insert("name".to_owned(), json!(env!("CARGO_PKG_NAME")));
    driver.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    driver.insert("semanticVersion".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    if let Some(page) = page() {
        driver.insert("informationUri".to_owned(), json!(page));
    }
    driver.insert("rules".to_owned(), codes.iter().map(|code| rule(code)).collect());
    Value::Object(driver)
}

/// The page of the project, if the manifest names one.
fn page() -> Option<&'static str> {
    let pages = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")];
    pages.into_iter().find(|page| !page.is_empty())
}

fn rule(code: &'static str) -> Value {
    let mut rule = Map::new();
    rule.insert("id".to_owned(), json!(code));
    rule.insert("shortDescription".to_owned(), json!({"text": meaning(code)}));
    if let Some(page) = page() {
        let page = format!("{page}/blob/main/docs/src/diagnostics.md#{code}");
        rule.insert("helpUri".to_owned(), json!(page));
    }
    Value::Object(rule)
}

/// What a code means, in one sentence; its words where no table says it.
fn meaning(code: &str) -> String {
    let mut known = policy::lint::CODES.iter().chain(topology::CODES);
    if let Some(known) = known.find(|known| known.name == code) {
        return known.meaning.to_owned();
    }
    let words = code.replace('-', " ");
    let mut chars = words.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).chain(['.']).collect()
}

struct Results<'a> {
    checked: &'a Checked,
    /// The number of each rule.
    index: BTreeMap<&'a str, usize>,
    /// How often a finding of the same words was met in the same file.
    seen: HashMap<String, usize>,
}

impl Results<'_> {
    fn result(&mut self, finding: &Diagnostic, accepted: Option<&str>) -> Value {
        let text = match &finding.help {
            Some(help) => format!("{}\n{help}", finding.message),
            None => finding.message.clone(),
        };
        let mut result = Map::new();
        result.insert("ruleId".to_owned(), json!(finding.code));
        result.insert("ruleIndex".to_owned(), json!(self.index.get(finding.code)));
        result.insert("level".to_owned(), json!(level(finding.severity)));
        result.insert("message".to_owned(), json!({"text": text}));
        let uri = finding.span.as_ref().map(|span| self.uri(span));
        if let (Some(span), Some(uri)) = (&finding.span, &uri) {
            let location = json!({"physicalLocation": {
                "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
                "region": region(&self.checked.findings.sources, span),
            }});
            result.insert("locations".to_owned(), json!([location]));
        }
        let fingerprint = self.fingerprint(finding, uri.as_deref().unwrap_or_default());
        result.insert(
            "partialFingerprints".to_owned(),
            json!({FINGERPRINT: fingerprint}),
        );
        if let Some(reason) = accepted {
            let suppression = json!({"kind": "external", "status": "accepted", "justification": reason});
            result.insert("suppressions".to_owned(), json!([suppression]));
        }
        Value::Object(result)
    }

    /// The path of a text from the root of its repository, as a URI has it.
    fn uri(&self, span: &Span) -> String {
        let name = self.checked.findings.sources.name(span.file);
        escaped(self.checked.paths.get(name).map_or(name, String::as_str))
    }

    /// 32 hex digits that stay while lines move.
    fn fingerprint(&mut self, finding: &Diagnostic, uri: &str) -> String {
        let words = format!("{}\n{uri}\n{}", finding.code, finding.message);
        let number = self.seen.entry(words.clone()).or_default();
        let digest = Sha256::digest(format!("{words}\n{number}"));
        *number += 1;
        let mut digits = String::new();
        for byte in digest.iter().take(16) {
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }
}

fn region(sources: &Sources, span: &Span) -> Value {
    let (line, column) = sources.line_and_column(span.file, span.range.start);
    let (end_line, end_column) = sources.line_and_column(span.file, span.range.end);
    if span.range.is_empty() {
        return json!({"startLine": line, "startColumn": column});
    }
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative reference of RFC 3986: what is no letter, digit or sign of a path is escaped.
fn escaped(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_reference() {
        assert_eq!(escaped("a b/rôle:x.json"), "a%20b/r%C3%B4le%3Ax.json");
    }

    #[test]
    fn every_code_has_a_meaning() {
        assert_eq!(meaning("unused-baseline"), "Unused baseline.");
        assert_eq!(meaning("unknown-action"), "AWS has no such action.");
    }
}

//! Permission tests as JUnit XML, as GitLab, Jenkins and GitHub's reporters read it.
//!
//! A suite a file, a case a case; `time` is 0, so that the same tests give the same bytes.

use std::fmt::{self, Write as _};

use super::testing::reasons;
use crate::diagnostic::FileId;
use crate::ops::{Tested, TestedCase};

/// The document.
pub(super) fn document(tested: &Tested) -> String {
    let mut files: Vec<FileId> = tested.cases.iter().map(|case| case.span.file).collect();
    files.dedup();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = Counts::of(tested.cases.iter());
    let _ = writeln!(text, "<testsuites name=\"tcperm test\" {counts} time=\"0\">");
    for file in files {
        let cases = || tested.cases.iter().filter(move |case| case.span.file == file);
        let name = tested.holders.findings.sources.name(file);
        let counts = Counts::of(cases());
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" {counts} time=\"0\">",
            attribute(name)
        );
        for case in cases() {
            self::case(&mut text, tested, case);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, tested: &Tested, case: &TestedCase) {
    let sources = &tested.holders.findings.sources;
    let file = sources.name(case.span.file);
    let (line, _) = sources.line_and_column(case.span.file, case.span.range.start);
    let name = if case.is_one_of_several {
        format!("{} [{} {} {}]", case.test, case.role, case.action, case.resource)
    } else {
        case.test.clone()
    };
    let _ = write!(
        text,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{line}\" time=\"0\"",
        attribute(&name),
        attribute(file),
        attribute(file),
    );
    let Some(failure) = &case.failure else {
        text.push_str("/>\n");
        return;
    };
    let reasons = reasons(tested, case, failure);
    let message = reasons.first().map_or("", String::as_str);
    let _ = writeln!(
        text,
        ">\n      <failure type=\"{}\" message=\"{}\">",
        failure.name(),
        attribute(message)
    );
    let asked = format!(
        "{file}:{line}\n{} {} on {}\n",
        case.role, case.action, case.resource
    );
    let _ = writeln!(
        text,
        "{}{}</failure>\n    </testcase>",
        Escaped(&asked),
        Escaped(&reasons.join("\n"))
    );
}

struct Counts {
    tests: usize,
    failures: usize,
}

impl Counts {
    fn of<'t>(cases: impl Iterator<Item = &'t TestedCase>) -> Self {
        let mut counts = Self {
            tests: 0,
            failures: 0,
        };
        for case in cases {
            counts.tests += 1;
            counts.failures += usize::from(case.failure.is_some());
        }
        counts
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\"",
            self.tests, self.failures
        )
    }
}

/// A text as it stands in an attribute, which has no line breaks.
fn attribute(text: &str) -> String {
    let text = text.replace(['\n', '\t'], " ");
    Escaped(&text).to_string()
}

/// A text as it stands in XML: with references for what has a meaning there, and without what no XML
/// may hold (<https://www.w3.org/TR/xml/#charsets>).
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                '\n' | '\t' => f.write_char(c)?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_xml_is_escaped_and_what_it_cannot_hold_is_replaced() {
        let text = "<a b='\"&\"'>\n\u{0}\u{1b}\u{ffff}é";
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;a b=&apos;&quot;&amp;&quot;&apos;&gt;\n\u{fffd}\u{fffd}\u{fffd}é"
        );
    }
}

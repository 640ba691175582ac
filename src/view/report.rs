use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_LINE_NUM_STYLE;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::Effect;
use super::style::{ERROR, HELP, NOTE, WARNING, styled};
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::ops::Findings;

/// The columns that an excerpt may take.
const WIDTH: usize = 120;

/// How many bytes before and after the marked part the renderer is given: more than it
/// shows, and so few that a file of one line is answered as quickly as one of many.
const AROUND: usize = 1024;

const RENDERER: Renderer = Renderer::styled()
    .error(ERROR)
    .warning(WARNING)
    .note(NOTE)
    .term_width(WIDTH);

/// `error: …` and, on the next line, the way out.
pub(super) fn error(message: &str, help: Option<&str>) -> String {
    let help = help
        .map(|help| format!("  {} {}\n", styled(HELP, "help:"), harmless(help)))
        .unwrap_or_default();
    format!("{} {}\n{help}", styled(ERROR, "error:"), harmless(message))
}

/// How many errors and warnings there are, and of a verb that writes, that nothing was written.
pub(super) fn count(findings: &Findings, effect: Effect) -> String {
    let of = |severity| {
        let found = findings.diagnostics.iter().filter(|f| f.severity == severity);
        found.count()
    };
    let number = |count, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let errors = number(of(Severity::Error), "error");
    let found = match of(Severity::Warning) {
        0 => format!("{errors} found"),
        warnings => format!("{errors} and {} found", number(warnings, "warning")),
    };
    match effect {
        Effect::Reads => found,
        Effect::Writes => found + "; nothing was written",
    }
}

/// Findings, each with the line it speaks of.
pub(super) fn findings(findings: &Findings) -> String {
    let one = |finding| self::finding(finding, &findings.sources);
    findings.diagnostics.iter().map(one).collect()
}

fn finding(finding: &Diagnostic, sources: &Sources) -> String {
    let level = level(finding.severity);
    let title = level.clone().primary_title(harmless(&finding.message));
    let mut parts = vec![RENDERER.render(&[Group::with_title(title.id(finding.code))])];
    let mut body = Group::with_level(level);
    if let Some(span) = &finding.span {
        let (line, column) = sources.line_and_column(span.file, span.range.start);
        let name = harmless(sources.name(span.file)).replace('\n', "\u{fffd}");
        let arrow = format!("{:>1$}", "-->", line.to_string().len() + 3);
        let arrow = styled(DEFAULT_LINE_NUM_STYLE, arrow);
        parts.push(format!("{arrow} {name}:{line}:{column}"));
        let excerpt = excerpt(sources.text(span.file), &span.range);
        body = body.elements(excerpt.map(|excerpt| excerpt.line_start(line)));
    }
    let help = finding.help.as_deref();
    let body = body.elements(help.map(|help| Level::HELP.message(harmless(help))));
    parts.push(RENDERER.render(&[body]));
    parts.join("\n") + "\n\n"
}

/// The line in which a range begins, with the part of it marked; `None` when nothing stands there.
fn excerpt<'a>(text: &str, range: &Range<usize>) -> Option<Snippet<'a, Annotation<'a>>> {
    let from = text.floor_char_boundary(range.start);
    let to = range.end.clamp(from, from.saturating_add(AROUND));
    let first = text.floor_char_boundary(from.saturating_sub(AROUND));
    let last = text.floor_char_boundary(to.saturating_add(AROUND));
    let before = text
        .get(first..from)
        .and_then(|before| before.split('\n').next_back());
    let behind = text.get(from..last).and_then(|behind| behind.lines().next());
    let (before, behind) = (before.unwrap_or_default(), behind.unwrap_or_default());
    let (marked, after) = behind.split_at(behind.floor_char_boundary(to - from));
    let [before, marked, after] = [before, marked, after].map(harmless);
    let mark = before.len()..before.len() + marked.len();
    let line = before + &marked + &after;
    (!line.is_empty()).then(|| Snippet::source(line).annotation(AnnotationKind::Primary.span(mark)))
}

const fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
}

/// A text without what a terminal would obey, or what makes it appear in another order than
/// it stands: of as many characters.
pub(super) fn harmless(text: &str) -> String {
    text.replace(|c| !matches!(c, '\n' | '\t') && is_obeyed(c), "\u{fffd}")
}

/// Whether a terminal would obey a character, or show others in another order for it.
pub(super) fn is_obeyed(c: char) -> bool {
    match c {
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostic::Span;

    /// A finding about a range of a text, without styles.
    fn shown(name: &str, text: &str, range: Range<usize>, message: &str) -> String {
        let mut sources = Sources::new();
        let span = Span::new(sources.add(name, text), range);
        let found = Diagnostic::error("code", message).at(span).help(message);
        strip_str(&finding(&found, &sources)).to_string()
    }

    fn marked(text: &str, marked: &str) -> String {
        let start = text.find(marked).unwrap();
        shown("topology.yml", text, start..start + marked.len(), "no")
    }

    #[test]
    fn the_marked_part_stands_under_the_same_columns() {
        let text = "name: a\nfunctions:\r\n\tprodukt: 商品 x\r\n";
        let expected = "error[code]: no\n --> topology.yml:3:14\n  |\n\
                        3 |     produkt: 商品 x\n  |                   ^\n  |\n  = help: no\n\n";
        assert_eq!(marked(text, "x\r"), expected);
    }

    #[test]
    fn place_and_excerpt_are_aligned_on_every_line() {
        let text = format!("{}name: [shop]\n", "\n".repeat(99));
        let expected = "error[code]: no\n   --> topology.yml:100:7\n    |\n\
                        100 | name: [shop]\n    |       ^^^^^^\n    |\n    = help: no\n\n";
        assert_eq!(marked(&text, "[shop]"), expected);
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_shown() {
        let obeyed = "\u{1b}[31m\u{7f}\u{9b}2J\r\u{202e}\u{2066}\u{200f}";
        let text = format!("a: {obeyed}red\n");
        let found = shown(&format!("a\n{obeyed}.yml"), &text, 3..text.len() - 1, obeyed);
        let lost = "\u{fffd}[31m\u{fffd}\u{fffd}2J\u{fffd}\u{fffd}\u{fffd}\u{fffd}";
        let expected = format!(
            "error[code]: {lost}\n --> a\u{fffd}{lost}.yml:1:4\n  |\n1 | a: {lost}red\n  |    {}\n  |\n  = help: {lost}\n\n",
            "^".repeat(16)
        );
        assert_eq!(found, expected);
        let plain = strip_str(&error(obeyed, Some(obeyed))).to_string();
        assert_eq!(plain, format!("error: {lost}\n  help: {lost}\n"));
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_marked_part() {
        let text = format!("{}MARK{}", "商".repeat(5000), "b".repeat(5000));
        let found = marked(&text, "MARK");
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(lines[1], " --> topology.yml:1:5001");
        assert!(
            lines[3].starts_with("1 | ...") && lines[3].ends_with("..."),
            "{found}"
        );
        assert!(
            lines[3].contains("MARK") && lines[3].chars().count() <= WIDTH,
            "{found}"
        );
        assert!(lines[4].ends_with(" ^^^^"), "{found}");
    }

    #[test]
    fn a_mark_longer_than_the_line_ends_with_it() {
        let text = "name: [shop\nx]";
        assert!(marked(text, "[shop\nx]").contains("  |       ^^^^^\n"));
        let long = "a".repeat(1_000_000);
        assert!(marked(&long, &long).len() < 5 * WIDTH);
    }

    #[test]
    fn a_mark_at_the_end_of_the_text_stands_behind_it() {
        assert!(shown("a.yml", "a: [", 4..4, "no").contains("1 | a: [\n  |     ^\n"));
        assert!(shown("a.yml", "a", 7..9, "no").contains("a.yml:1:1\n"));
    }

    #[test]
    fn where_nothing_stands_there_is_no_excerpt() {
        let expected = "error[code]: no\n --> a.yml:2:1\n = help: no\n\n";
        assert_eq!(shown("a.yml", "a: [\n", 5..5, "no"), expected);
        assert_eq!(shown("a.yml", "\n\n", 1..1, "no"), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_part_of_any_text_is_shown_as_one_harmless_line(
            text in "([a-z :]|\\PC|\\p{Cc}|\\p{Cf}|\\p{M}|\r\n){0,200}",
            from in 0_usize..800,
            length in 0_usize..800,
        ) {
            let from = text.floor_char_boundary(from);
            let to = text.floor_char_boundary(from + length);
            let found = shown("topology.yml", &text, from..to, "no");
            prop_assert!([4, 8].contains(&found.lines().count()), "{:?}", found);
            prop_assert_eq!(harmless(&found), found);
        }
    }
}

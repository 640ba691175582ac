//! Markdown as far as the tests need it: fenced blocks, headings, links.

use std::fmt::Write as _;

/// A document in its parts, in order; put together again they are the document.
#[derive(Debug, Clone)]
pub enum Part {
    /// A line outside of blocks.
    Line(String),
    /// A fenced block.
    Block(Block),
}

/// A fenced block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// What stands behind the opening fence: `yaml file=a/topology.yml`.
    pub info: String,
    /// The text between the fences, each line ended.
    pub text: String,
}

impl Block {
    /// The language: the first word behind the fence.
    pub fn language(&self) -> &str {
        self.info.split_whitespace().next().unwrap_or_default()
    }

    /// The file that the block is the content of.
    pub fn file(&self) -> Option<&str> {
        self.info
            .split_whitespace()
            .find_map(|word| word.strip_prefix("file="))
    }
}

/// Splits a document into its parts.
pub fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    line: index + 1,
                    info: info.trim().to_owned(),
                    text: String::new(),
                });
            }
            (None, None) => parts.push(Part::Line(line.to_owned())),
            (Some(_), Some(_)) => parts.extend(open.take().map(Part::Block)),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    parts
}

/// Puts parts together.
pub fn document(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Line(line) => writeln!(text, "{line}").unwrap(),
            Part::Block(block) => writeln!(text, "```{}\n{}```", block.info, block.text).unwrap(),
        }
    }
    text
}

/// The blocks of a document.
pub fn blocks(text: &str) -> Vec<Block> {
    let block = |part| match part {
        Part::Block(block) => Some(block),
        Part::Line(_) => None,
    };
    parts(text).into_iter().filter_map(block).collect()
}

/// The sections under headings of a level, by title: what stands up to the next heading of the
/// same level or a higher one.
pub fn sections(text: &str, level: usize) -> Vec<(String, Vec<Part>)> {
    let mut sections: Vec<(String, Vec<Part>)> = Vec::new();
    let mut inside = false;
    for part in parts(text) {
        if let Part::Line(line) = &part
            && let Some((depth, title)) = heading(line)
            && depth <= level
        {
            inside = depth == level;
            if inside {
                sections.push((title.to_owned(), Vec::new()));
            }
            continue;
        }
        if inside && let Some((_, parts)) = sections.last_mut() {
            parts.push(part);
        }
    }
    sections
}

/// The anchors of a document's headings, as GitHub and mdBook make them.
pub fn anchors(text: &str) -> Vec<String> {
    let anchor = |part: Part| match part {
        Part::Line(line) => heading(&line).map(|(_, title)| slug(title)),
        Part::Block(_) => None,
    };
    parts(text).into_iter().filter_map(anchor).collect()
}

/// Where the links of a document lead to.
pub fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for part in parts(text) {
        let Part::Line(line) = part else {
            continue;
        };
        let mut rest = line.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let (target, after) = after.split_once(')').unwrap_or((after, ""));
            links.push(target.to_owned());
            rest = after;
        }
    }
    links
}

/// The cells of a table's rows, those of its head not among them.
pub fn rows(parts: &[Part]) -> Vec<Vec<String>> {
    let lines = parts.iter().filter_map(|part| match part {
        Part::Line(line) if line.starts_with('|') => Some(line),
        _ => None,
    });
    let cells = lines.map(|line| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    });
    cells.skip(2).collect()
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let depth = line.len() - title.len();
    let title = title.strip_prefix(' ')?;
    (depth > 0).then(|| (depth, title.trim().trim_matches('`')))
}

fn slug(title: &str) -> String {
    let kept = title
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

#[test]
fn a_document_is_the_sum_of_its_parts() {
    let text = "# A\n\n```yaml file=a/b.yml\nx: 1\n\n```\n[b](c.md#d) and [e](f)\n\n## `b c`\n```sh\n```\n";
    assert_eq!(document(&parts(text)), text);
    let found = blocks(text);
    assert_eq!(found[0].language(), "yaml");
    assert_eq!(found[0].file(), Some("a/b.yml"));
    assert_eq!((found[0].line, found[0].text.as_str()), (3, "x: 1\n\n"));
    assert_eq!((found[1].file(), found[1].text.as_str()), (None, ""));
    assert_eq!(links(text), ["c.md#d", "f"]);
    assert_eq!(anchors(text), ["a", "b-c"]);
    let sections = sections(text, 2);
    assert_eq!((sections[0].0.as_str(), sections[0].1.len()), ("b c", 1));
}

#[test]
fn a_table_has_rows_below_its_head() {
    let table = parts("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | `4` |\n");
    assert_eq!(rows(&table), [["1", "2"], ["3", "`4`"]]);
}

//! Located values: what a YAML text says, before anything is known of what it means.
//!
//! Nothing here reports a finding. Parts
//! of a tree are shared, so that an alias costs nothing however much it stands for.

use std::rc::Rc;

use crate::diagnostic::{Located, Span};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// Where; for a collection, where it begins.
    pub span: Span,
    /// Its tag as written, `!include`, unless that is one of YAML's own.
    pub tag: Option<Rc<str>>,
    /// The value.
    pub kind: Kind,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A text, a number, a flag, nothing: the style tells them apart.
    Scalar(Rc<str>, Style),
    /// A list.
    Sequence(Rc<[Node]>),
    /// A map: no key stands twice, merge keys are resolved.
    Mapping(Rc<[Entry]>),
    /// A value that could not be read and has been reported.
    Faulty,
}

/// How many bytes of a text count as one value more.
const LONG: usize = 1024;

/// How many values a text counts as: however often aliases and macros repeat it, it is read each time.
pub(super) const fn weight(text: &str) -> usize {
    1 + text.len() / LONG
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key: always a text here.
    pub key: Located<Rc<str>>,
    /// The value.
    pub value: Node,
}

/// Whether a scalar is text whatever it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `12`, `true` and `null` are a number, a flag and nothing.
    Plain,
    /// In quotes or a block: always text.
    Quoted,
}

impl Node {
    /// Whether it is nothing: no value, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(text, Style::Plain) if is_null(text)) && self.tag.is_none()
    }

    /// The text of a scalar, whatever its style.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The entries of a map; none when it is something else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key in a map.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key.value == key)
    }

    /// How many values it is, with those in it; a long text counts as several.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.kind {
            Kind::Scalar(text, _) => weight(text),
            Kind::Faulty => 1,
            Kind::Sequence(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Kind::Mapping(entries) => 1 + entries.iter().map(|entry| entry.value.size()).sum::<usize>(),
        }
    }

    /// The flag that a plain scalar is, by YAML's core schema.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match &self.kind {
            Kind::Scalar(text, Style::Plain) => match &**text {
                "true" | "True" | "TRUE" => Some(true),
                "false" | "False" | "FALSE" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// What it is, for messages: `a list`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(_, Style::Plain) if self.is_null() => "nothing",
            Kind::Scalar(_, Style::Plain) if self.flag().is_some() => "a flag",
            Kind::Scalar(text, Style::Plain) if is_number(text) => "a number",
            Kind::Scalar(..) => "text",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a map",
            Kind::Faulty => "unreadable",
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let based = |prefix: &str, radix: u32| {
        unsigned
            .strip_prefix(prefix)
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)))
    };
    let special = matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    let starts_well = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    based("0x", 16) || based("0o", 8) || special || (starts_well && unsigned.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn numbers_are_those_of_the_core_schema() {
        for number in [
            "1", "-2", "0x1F", "0o17", "1.5", ".5", "1e3", "-.inf", ".nan", "000123",
        ] {
            assert!(is_number(number), "{number}");
        }
        for text in ["1.2.3", "a1", "0xyz", "", "-", "inf", "nan", "1-2", "infinity"] {
            assert!(!is_number(text), "{text}");
        }
    }
}

//! Typed access to located values: what a key asks for, or a finding that says otherwise.
//!
//! `what` names the value in messages, with its backticks: `` `function` ``. No value at
//! all (`function:`) is the same as no key, except where a body is asked for.

use std::rc::Rc;

use super::codes;
use super::findings::{Findings, shown};
use super::node::{Entry, Kind, Node, Style};
use crate::diagnostic::Located;

/// A text of the topology and where it stands.
pub(super) type Word = Located<String>;

/// The longest text that can be a name or a reference, in bytes: room for an ARN with
/// variables, and little enough that aliases of it cannot fill the memory.
const MAX_WORD: usize = 512;

impl Findings {
    /// The entries of a map.
    pub(super) fn map<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        self.untagged(node)?;
        match &node.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Faulty => None,
            Kind::Scalar(..) if node.is_null() => None,
            _ => {
                self.wrong_type(node, what, "a map", "write `key: value` lines below it, indented");
                None
            }
        }
    }

    /// The entries of a map that must be there, if only as `{}`.
    pub(super) fn body<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [Entry]> {
        if node.is_null() {
            self.wrong_type(node, what, "a map", "give it a body; `{}` is an empty one");
            return None;
        }
        self.map(node, what)
    }

    /// The items of a list.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if self.untagged(node).is_none() || node.is_null() {
            return &[];
        }
        match &node.kind {
            Kind::Sequence(items) => items,
            Kind::Faulty => &[],
            _ => {
                self.wrong_type(node, what, "a list", "write it as `[a, b]`");
                &[]
            }
        }
    }

    /// A text, which may be empty.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Word> {
        self.untagged(node)?;
        match &node.kind {
            Kind::Faulty => None,
            Kind::Scalar(text, style) => self.scalar(node, text, *style, what),
            Kind::Sequence(_) => {
                self.wrong_type(node, what, "text", "write a single name");
                None
            }
            Kind::Mapping(_) => {
                let help = "write a single name; one that starts with `{{` needs quotes";
                self.wrong_type(node, what, "text", help);
                None
            }
        }
    }

    /// A text that is a name or a reference, so not empty.
    pub(super) fn word(&mut self, node: &Node, what: &str) -> Option<Word> {
        let word = self.text(node, what)?;
        if word.value.trim().is_empty() {
            let message = format!("{what} is empty");
            self.error(
                codes::INVALID_NAME,
                &word.span,
                message,
                "give a name, or remove the key",
            );
            return None;
        }
        Some(word)
    }

    /// The names of a list.
    pub(super) fn words(&mut self, node: &Node, what: &str) -> Vec<Word> {
        let item = format!("an item of {what}");
        let items = self.list(node, what);
        items.iter().filter_map(|node| self.word(node, &item)).collect()
    }

    /// One name, or the names of a list.
    pub(super) fn word_or_words(&mut self, node: &Node, what: &str) -> Vec<Word> {
        match node.kind {
            Kind::Sequence(_) => self.words(node, what),
            _ => self.word(node, what).into_iter().collect(),
        }
    }

    /// A flag; `false` when there is none.
    pub(super) fn flag(&mut self, node: &Node, what: &str) -> bool {
        if self.untagged(node).is_none() || node.is_null() || matches!(node.kind, Kind::Faulty) {
            return false;
        }
        node.flag().unwrap_or_else(|| {
            self.wrong_type(node, what, "a flag", "write `true` or `false`, without quotes");
            false
        })
    }

    /// Reports a tag, which stands for a value that is not here.
    pub(super) fn untagged(&mut self, node: &Node) -> Option<()> {
        let Some(tag) = &node.tag else {
            return Some(());
        };
        let message = format!("the tag {} has no meaning here", shown(tag));
        let help = match &**tag {
            "!include" | "!read" | "!mutations" => {
                "write the path of the file after it: `!include routes.yml`"
            }
            "!sexp" => "tcperm reads no Lisp: write it as YAML, here or in a file with `!include`",
            _ => "remove the tag; tcperm reads plain YAML",
        };
        self.error(codes::UNSUPPORTED_TAG, &node.span, message, help);
        self.mark_incomplete();
        None
    }

    fn scalar(&mut self, node: &Node, text: &Rc<str>, style: Style, what: &str) -> Option<Word> {
        if node.is_null() {
            return None;
        }
        if style == Style::Plain && node.type_name() != "text" {
            let help = format!(
                "put it in quotes: '{}'",
                text.chars().take(40).collect::<String>()
            );
            self.wrong_type(node, what, "text", help);
            return None;
        }
        if text.len() > MAX_WORD {
            let message = format!(
                "{what} has {} characters, too many for a name",
                text.chars().count()
            );
            let help = format!("a name or a reference has at most {MAX_WORD}");
            self.error(codes::INVALID_NAME, &node.span, message, help);
            return None;
        }
        Some(Word::new(text.to_string(), node.span.clone()))
    }
}

//! Markup in which every text is escaped.
//!
//! A [`Markup`] is made of elements, whose names and attribute names the program knows, and of
//! texts, in which every character that HTML would obey is written as a reference. So no name in a
//! file changes the structure of a page.

use std::fmt::{self, Write as _};

use super::super::graph::visible;

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl Markup {
    /// A text, as it is read.
    pub(super) fn text(text: &str) -> Self {
        Self(escaped(text))
    }

    /// A sentence, in which backticks hold code.
    pub(super) fn sentence(text: &str) -> Self {
        let part = |(index, part): (usize, &str)| {
            if index % 2 == 0 {
                Self::text(part)
            } else {
                plain("code", part)
            }
        };
        text.split('`').enumerate().map(part).collect()
    }

    /// What the program itself brings: a style, a script.
    pub(super) fn own(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Whether there is nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This, and something after it.
    #[must_use]
    pub(super) fn and(mut self, more: &Self) -> Self {
        self.0.push_str(&more.0);
        self
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromIterator<Markup> for Markup {
    fn from_iter<I: IntoIterator<Item = Self>>(pieces: I) -> Self {
        let mut whole = Self::default();
        for piece in pieces {
            whole.0.push_str(&piece.0);
        }
        whole
    }
}

/// An element with attributes and content.
pub(super) fn element(name: &'static str, attributes: &[(&'static str, &str)], content: &Markup) -> Markup {
    let mut text = format!("<{name}");
    for (key, value) in attributes {
        let _ = write!(text, " {key}=\"{}\"", escaped(value));
    }
    let _ = write!(text, ">{content}</{name}>");
    Markup(text)
}

/// An element of a class that holds a text.
pub(super) fn said(name: &'static str, class: &str, text: &str) -> Markup {
    element(name, &[("class", class)], &Markup::text(text))
}

/// A paragraph of a sentence, in which backticks hold code.
pub(super) fn paragraph(text: &str) -> Markup {
    element("p", &[], &Markup::sentence(text))
}

/// An element that holds a text.
pub(super) fn plain(name: &'static str, text: &str) -> Markup {
    element(name, &[], &Markup::text(text))
}

/// A template with a piece in the place of each `{{name}}`. A piece is put in as it is: what looks
/// like a place within it stays.
pub(super) fn filled(template: &str, pieces: &[(&str, &Markup)]) -> String {
    let mut parts = template.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        let piece = pieces.iter().find(|(known, _)| *known == name);
        if let Some((_, piece)) = piece {
            text.push_str(&piece.0);
        }
        text.push_str(rest);
    }
    text
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(visible(c)),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_no_markup_whatever_it_holds() {
        let hostile = "<script>alert('a')</script> \"b\" ]]> &amp; \u{202e}\u{1b}\n";
        let expected = "&lt;script&gt;alert(&#39;a&#39;)&lt;/script&gt; &quot;b&quot; ]]&gt; &amp;amp; \
                        \u{fffd}\u{fffd}\u{fffd}";
        assert_eq!(Markup::text(hostile).to_string(), expected);
        assert_eq!(
            element("a", &[("href", "#\"><b")], &Markup::text("c")).to_string(),
            "<a href=\"#&quot;&gt;&lt;b\">c</a>"
        );
    }

    #[test]
    fn what_stands_in_a_piece_is_no_place() {
        let (first, second) = (Markup::text("{{b}}"), Markup::text("2"));
        let filled = filled("1 {{a}} {{b}} {{c}} 3", &[("a", &first), ("b", &second)]);
        assert_eq!(filled, "1 {{b}} 2  3");
    }

    proptest! {
        /// No text ends the element or the attribute that it stands in.
        #[test]
        fn a_text_stays_where_it_stands(text in any::<String>()) {
            let markup = element("p", &[("title", &text)], &Markup::text(&text)).to_string();
            prop_assert_eq!(markup.matches('<').count(), 2);
            prop_assert_eq!(markup.matches('>').count(), 2);
            prop_assert_eq!(markup.matches('"').count(), 2);
            prop_assert!(!markup.chars().any(char::is_control));
        }
    }
}

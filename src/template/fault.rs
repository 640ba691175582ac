use std::ops::Range;

use super::codes;
use crate::diagnostic::{Diagnostic, FileId, Span};
use crate::model::nearest;

/// A finding in a text whose file is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    code: &'static str,
    message: String,
    help: Option<String>,
    /// The bytes of the text.
    pub(super) range: Range<usize>,
}

impl Fault {
    pub(super) fn new(code: &'static str, range: &Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            range: range.clone(),
        }
    }

    pub(super) fn syntax(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self::new(codes::TEMPLATE_SYNTAX, range, message)
    }

    pub(super) fn too_large(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self::new(codes::TEMPLATE_TOO_LARGE, range, message)
    }

    pub(super) fn value(range: &Range<usize>, message: impl Into<String>) -> Self {
        Self::new(codes::TEMPLATE_VALUE, range, message)
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding at its place in a file; without one, it is about a text that is built in.
    pub(super) fn at(self, file: Option<FileId>) -> Diagnostic {
        let range = self.range.clone();
        let found = self.without_place();
        match file {
            Some(file) => found.at(Span::new(file, range)),
            None => found,
        }
    }

    pub(super) fn without_place(self) -> Diagnostic {
        let found = Diagnostic::error(self.code, self.message);
        match self.help {
            Some(help) => found.help(help),
            None => found,
        }
    }
}

/// A text of a user in a message.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// How many names a help lists.
const MOST: usize = 30;

/// The help for a name that is not known, among those that are.
pub(super) fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean {}?", shown(near));
    }
    let names: Vec<String> = known
        .into_iter()
        .map(|name| name.escape_debug().to_string())
        .collect();
    match &names[..] {
        [] => "there are none here".to_owned(),
        names => match names.get(..MOST) {
            Some(first) if names.len() > MOST => format!("there are: {} and others", first.join(", ")),
            _ => format!("there are: {}", names.join(", ")),
        },
    }
}

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::diagnostic::{self, Diagnostic, FileId, Sources, Span};
use crate::ops::Findings;

/// Findings of several readings, with the texts that they point into, each once.
#[derive(Debug, Default)]
pub(super) struct Collection {
    texts: BTreeMap<String, String>,
    found: Vec<(Option<Place>, Diagnostic)>,
}

/// A text by its name, and a part of it.
type Place = (String, Range<usize>);

impl Collection {
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Adds findings of a reading. `name` gives a text's name from the working directory.
    pub(super) fn add(&mut self, sources: &Sources, name: &dyn Fn(&str) -> String, found: Vec<Diagnostic>) {
        let mut names: HashMap<FileId, String> = HashMap::new();
        for mut finding in found {
            let place = finding.span.take().map(|span| {
                let known = names.entry(span.file);
                let name = known.or_insert_with(|| name(sources.name(span.file))).clone();
                if !self.texts.contains_key(&name) {
                    let text = sources.text(span.file).to_owned();
                    self.texts.insert(name.clone(), text);
                }
                (name, span.range)
            });
            self.found.push((place, finding));
        }
    }

    /// All findings, in the order of the names of files, each once.
    pub(super) fn finish(self) -> Findings {
        let mut sources = Sources::new();
        let files: BTreeMap<String, FileId> = self
            .texts
            .into_iter()
            .map(|(name, text)| (name.clone(), sources.add(name, text)))
            .collect();
        let placed = |(place, finding): (Option<Place>, Diagnostic)| {
            let span = place.and_then(|(name, range)| Some(Span::new(*files.get(&name)?, range)));
            Diagnostic { span, ..finding }
        };
        let mut diagnostics: Vec<Diagnostic> = self.found.into_iter().map(placed).collect();
        diagnostic::sort(&mut diagnostics);
        Findings { sources, diagnostics }
    }
}

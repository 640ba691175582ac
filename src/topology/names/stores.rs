//! Stores by their names, and the buckets and tables that they are.

use std::collections::{BTreeMap, HashSet};

use super::super::reference::Form;
use super::super::spec::{Holds, Part, Spec, Uses};
use super::{
    Binding, EntityKind, Findings, Names, Piece, Store, Target, Text, Word, codes, reference, shown,
};

impl<'s> Names<'s> {
    /// The store that a value names, when it is declared and it is known where it is.
    pub(in super::super) fn store(&self, findings: &mut Findings, word: &Word) -> Option<(Target, Uses)> {
        let Some(store) = self.stores.get(word.value.trim()) else {
            let message = format!("{} is no store of this topology", shown(&word.value));
            self.undeclared(findings, EntityKind::Bucket, word, message);
            return None;
        };
        Some((Self::place(findings, store)?, store.uses))
    }

    /// The bucket or the table that a store is.
    pub(in super::super) fn place(findings: &mut Findings, store: &'s Store) -> Option<Target> {
        match &store.holds {
            Holds::Objects { bucket, part } => Self::bucket(findings, bucket, part),
            Holds::Items { table } => table_of(findings, table.as_ref().unwrap_or(&store.name)),
            Holds::Unknown => None,
        }
    }

    /// A bucket, or a part of it.
    pub(in super::super) fn bucket(findings: &mut Findings, word: &Word, part: &Part) -> Option<Target> {
        let bucket = reference::name(findings, EntityKind::Bucket, word)?;
        let (part, reach) = match part {
            Part::All => (None, "below"),
            Part::Prefix(prefix) => (Some(prefix), "below"),
            Part::Key(key) => (Some(key), "exact"),
        };
        let mut pieces = bucket.text.pieces().to_vec();
        pieces.push(Piece::Literal("/".to_owned()));
        if let Some(part) = part {
            pieces.extend(objects(findings, part)?.pieces().iter().cloned());
        }
        let values = [
            ("name".to_owned(), Text::of(pieces)),
            ("reach".to_owned(), Text::literal(reach)),
        ];
        Some(Target {
            kind: EntityKind::Bucket,
            name: bucket.printed,
            binding: Binding::Values(BTreeMap::from(values)),
        })
    }

    /// The table that a value names: that of a store, or the one of exactly this name.
    pub(in super::super) fn table(&self, findings: &mut Findings, word: &Word) -> Option<Target> {
        let declared = self.stores.get(word.value.trim());
        if let Some(store) = declared.filter(|store| matches!(store.holds, Holds::Items { .. })) {
            return Self::place(findings, store);
        }
        let name = reference::name(findings, EntityKind::Table, word)?;
        if !self.tables.is_empty() && name.form == Form::Plain && !self.tables.contains(&name.text) {
            self.not_of_this_topology(findings, EntityKind::Table, word);
        }
        Some(Target {
            kind: EntityKind::Table,
            name: name.printed,
            binding: Binding::Named(name.text),
        })
    }
}

/// The tables that the stores of a topology are.
pub(super) fn tables(findings: &mut Findings, spec: &Spec) -> HashSet<Text> {
    let table = |store: &Store| match &store.holds {
        Holds::Items { table } => table_of(findings, table.as_ref().unwrap_or(&store.name)),
        Holds::Objects { .. } | Holds::Unknown => None,
    };
    let tables = spec.stores.iter().filter_map(table);
    tables
        .filter_map(|table| match table.binding {
            Binding::Named(name) => Some(name),
            _ => None,
        })
        .collect()
}

fn table_of(findings: &mut Findings, word: &Word) -> Option<Target> {
    let name = reference::name(findings, EntityKind::Table, word)?;
    Some(Target {
        kind: EntityKind::Table,
        name: name.printed,
        binding: Binding::Named(name.text),
    })
}

/// The names of objects, which a policy must not read as a pattern.
fn objects(findings: &mut Findings, word: &Word) -> Option<Text> {
    let text = reference::text(findings, word)?;
    if text.holds_only(|c| c.is_ascii_alphanumeric() || "_-./=+@, ".contains(c)) {
        return Some(text);
    }
    let message = format!("{} cannot name objects in a policy", shown(&word.value));
    let help = "it holds letters, digits, spaces, `-`, `_`, `.`, `/`, `=`, `+`, `@`, `,` and variables; a prefix needs no `*` at its end";
    findings.error(codes::INVALID_NAME, &word.span, message, help);
    None
}

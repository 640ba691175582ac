//! Stores: buckets and tables that functions read from and write to.
//!
//! `stores` maps names to stores of either kind; `tables` maps names to tables.

use super::{check_name, entity_name, named};
use crate::model::EntityKind;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Entry, Node};
use crate::topology::spec::{Holds, Part, Store, Uses};

/// Reads the section `stores`.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Vec<Store> {
    named(findings, node, "`stores`")
        .iter()
        .map(|entry| store(findings, entry))
        .collect()
}

/// Reads the section `tables`.
pub(super) fn tables(findings: &mut Findings, node: &Node) -> Vec<Store> {
    named(findings, node, "`tables`")
        .iter()
        .map(|entry| Store {
            name: entity_name(findings, EntityKind::Table, &entry.key),
            holds: Holds::Items {
                table: ["name", "table"]
                    .into_iter()
                    .find_map(|key| findings.word(entry.value.get(key)?, &format!("`{key}`"))),
            },
            uses: Uses::Both,
        })
        .collect()
}

/// What a store says, key by key.
#[derive(Default)]
struct Fields {
    kind: Option<Word>,
    bucket: Option<Word>,
    table: Option<Word>,
    prefix: Option<Word>,
    key: Option<Word>,
    op: Vec<Word>,
}

fn store(findings: &mut Findings, entry: &Entry) -> Store {
    let name = Word::new(entry.key.value.to_string(), entry.key.span.clone());
    check_name(findings, EntityKind::Bucket, "a store", &name);
    let what = format!("store {}", shown(&entry.key.value));
    let mut fields = Fields::default();
    let body = findings.body(&entry.value, &what);
    for field in body.unwrap_or_default() {
        let node = &field.value;
        match &*field.key.value {
            "kind" => fields.kind = findings.word(node, "`kind`"),
            "bucket" => fields.bucket = findings.word(node, "`bucket`"),
            "table" => fields.table = findings.word(node, "`table`"),
            "prefix" => fields.prefix = findings.word(node, "`prefix`"),
            "key" => fields.key = findings.word(node, "`key`"),
            "op" => fields.op = findings.word_or_words(node, "`op`"),
            key if keys::STORE.contains(&key) => {}
            key => findings.unknown_key(key, &field.key.span, "a store", keys::STORE),
        }
    }
    let uses = uses(findings, &fields.op);
    let holds = match body {
        Some(_) => holds(findings, &name, fields),
        None => Holds::Unknown,
    };
    Store { name, holds, uses }
}

fn holds(findings: &mut Findings, name: &Word, fields: Fields) -> Holds {
    let kind = fields.kind.as_ref().map(|kind| kind.value.to_ascii_lowercase());
    match (kind.as_deref(), fields.bucket, fields.table) {
        (Some("s3" | "bucket") | None, Some(bucket), _) => Holds::Objects {
            bucket,
            part: match (fields.key, fields.prefix) {
                (Some(key), _) => Part::Key(key),
                (None, Some(prefix)) => Part::Prefix(prefix),
                (None, None) => Part::All,
            },
        },
        (Some("dynamodb" | "table"), _, table) | (None, None, table @ Some(_)) => Holds::Items { table },
        (Some("s3" | "bucket") | None, None, _) => {
            let message = format!("store {} names no bucket and no table", shown(&name.value));
            let help = "write `{kind: S3, bucket: NAME}` or `{kind: DynamoDB, table: NAME}`; until then nothing is granted";
            findings.warning(codes::NO_TARGET, &name.span, message, help);
            Holds::Unknown
        }
        (Some(_), ..) => {
            if let Some(kind) = &fields.kind {
                let message = format!("{} is no kind of store", shown(&kind.value));
                let help = "known kinds: S3, DynamoDB; until then nothing is granted";
                findings.warning(codes::UNKNOWN_KIND, &kind.span, message, help);
            }
            Holds::Unknown
        }
    }
}

fn uses(findings: &mut Findings, words: &[Word]) -> Uses {
    let mut found: Option<Uses> = None;
    for word in words {
        let use_ = match word.value.to_ascii_lowercase().as_str() {
            "read" => Uses::Read,
            "write" => Uses::Write,
            _ => {
                let message = format!("{} is nothing that is done with a store", shown(&word.value));
                let help = "write `op: read` or `op: write`; without `op` it is both";
                findings.error(codes::WRONG_TYPE, &word.span, message, help);
                return Uses::Both;
            }
        };
        found = match found {
            Some(other) if other != use_ => Some(Uses::Both),
            _ => Some(use_),
        };
    }
    found.unwrap_or(Uses::Both)
}

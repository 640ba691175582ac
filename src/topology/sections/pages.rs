//! Pages. `CloudFront` serves them from a bucket whose own policy admits it: no role.

use super::{entity_name, named};
use crate::model::EntityKind;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::Node;

/// Reads the section `pages`; without pages that are `doc_only`.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Vec<Word> {
    let mut pages = Vec::new();
    for entry in named(findings, node, "`pages`") {
        let name = entity_name(findings, EntityKind::Page, &entry.key);
        let what = format!("page {}", shown(&entry.key.value));
        let mut documented = false;
        for field in findings.body(&entry.value, &what).unwrap_or_default() {
            match &*field.key.value {
                key @ ("doc_only" | "doc-only") => {
                    documented |= findings.flag(&field.value, &format!("`{key}`"));
                }
                key if keys::PAGE.contains(&key) => {}
                key => findings.unknown_key(key, &field.key.span, "a page", keys::PAGE),
            }
        }
        if !documented {
            pages.push(name);
        }
    }
    pages
}

//! Schedules, which stand in a file of their own: `schedules.json` in the infrastructure
//! directory maps names to `{cron, target, payload}`.

use super::{entity_name, named};
use crate::diagnostic::FileId;
use crate::model::EntityKind;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::node::{Entry, Node};
use crate::topology::spec::Schedule;
use crate::topology::{Documents, codes, keys, variables};

/// The names that a payload has for the source of an event.
const SOURCE: [&str; 2] = ["source", "Source"];

/// The names that it has for the detail type.
const DETAIL_TYPE: [&str; 4] = ["detail-type", "detailType", "detail_type", "DetailType"];

/// Reads the file.
pub(super) fn read(documents: &Documents, file: FileId, findings: &mut Findings) -> Vec<Schedule> {
    let Some(root) = documents
        .get(file)
        .and_then(|document| document.reported(findings))
    else {
        return Vec::new();
    };
    variables::check(findings, &root);
    named(findings, &root, "a file of schedules")
        .iter()
        .map(|entry| schedule(findings, entry))
        .collect()
}

fn schedule(findings: &mut Findings, entry: &Entry) -> Schedule {
    let name = entity_name(findings, EntityKind::Schedule, &entry.key);
    let mut schedule = Schedule {
        name,
        target: None,
        source: None,
        detail_type: None,
    };
    let what = format!("schedule {}", shown(&entry.key.value));
    let Some(fields) = findings.body(&entry.value, &what) else {
        return schedule;
    };
    for key in keys::SCHEDULE {
        if entry.value.get(key).is_none() {
            let message = format!("{what} has no `{key}`");
            let help = "a schedule needs all of `cron`, `target` and `payload`";
            findings.error(codes::WRONG_TYPE, &entry.key.span, message, help);
        }
    }
    for field in fields {
        let node = &field.value;
        match &*field.key.value {
            "cron" => {
                findings.word(node, "`cron`");
            }
            "target" => schedule.target = findings.word(node, "`target`"),
            "payload" => {
                schedule.source = first(findings, node, &SOURCE);
                schedule.detail_type = first(findings, node, &DETAIL_TYPE);
            }
            key => findings.unknown_key(key, &field.key.span, "a schedule", keys::SCHEDULE),
        }
    }
    schedule
}

fn first(findings: &mut Findings, payload: &Node, keys: &[&str]) -> Option<Word> {
    let (key, node) = keys
        .iter()
        .find_map(|key| Some((key, payload.get(key)?)))
        .filter(|(_, node)| node.scalar().is_some())?;
    findings.word(node, &format!("`{key}`"))
}

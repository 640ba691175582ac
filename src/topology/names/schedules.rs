//! What a schedule's target is: its ARN says so, or else the one entity that has this name.

use std::collections::BTreeMap;

use super::super::spec::Schedule;
use super::{Binding, EntityKind, Findings, Names, Target, Text, Word, codes, reference, shown};

/// How the name of a sandbox's own bus begins: `tc-{{sandbox}}`.
const OWN_BUS: &str = "tc-";

impl Names<'_> {
    /// The target of a schedule.
    pub(in super::super) fn scheduled(
        &self,
        findings: &mut Findings,
        schedule: &Schedule,
        word: &Word,
    ) -> Option<Target> {
        match self.kind_of_scheduled(findings, word)? {
            EntityKind::State => self.state(findings, word),
            EntityKind::Queue => self.queue(findings, word),
            EntityKind::Event if word.value.trim().starts_with("arn:") => bus(findings, schedule, word),
            EntityKind::Event => self.event(findings, word),
            _ => self.function(findings, word),
        }
    }

    fn kind_of_scheduled(&self, findings: &mut Findings, word: &Word) -> Option<EntityKind> {
        let written = word.value.trim();
        let parts: Vec<&str> = written.splitn(6, ':').collect();
        if let ["arn", _, service, _, _, resource] = parts.as_slice() {
            return match (*service, *resource) {
                ("lambda", _) => Some(EntityKind::Function),
                ("states", _) => Some(EntityKind::State),
                ("sqs", _) => Some(EntityKind::Queue),
                ("events", resource) if resource.starts_with("event-bus/") => Some(EntityKind::Event),
                _ => {
                    let message = format!(
                        "what a schedule needs for {} cannot be derived",
                        shown(&word.value)
                    );
                    let help =
                        "name a function, a state machine, a queue or an event bus, which may call the rest";
                    findings.error(codes::UNSUPPORTED_INTEGRATION, &word.span, message, help);
                    None
                }
            };
        }
        let printed = self.with_namespace(written);
        let own = self.with_namespace(&self.own_name().to_string());
        let is_machine = printed == own
            || Some(printed.as_str()) == self.namespace
            || self.neighbours.get(&printed).is_some();
        Some(if self.local_function(written).is_some() {
            EntityKind::Function
        } else if self.queues.contains_key(written) {
            EntityKind::Queue
        } else if self.events.contains_key(written) {
            EntityKind::Event
        } else if is_machine {
            EntityKind::State
        } else {
            EntityKind::Function
        })
    }
}

/// A bus, on which the schedule puts the one event that its payload speaks of.
fn bus(findings: &mut Findings, schedule: &Schedule, word: &Word) -> Option<Target> {
    let bus = reference::name(findings, EntityKind::Event, word)?;
    if bus.printed.starts_with(OWN_BUS) && !bus.printed.contains("{{sandbox}}") {
        let message = format!(
            "{} is the bus of a sandbox that is written out",
            shown(&word.value)
        );
        let help = "write `event-bus/tc-{{sandbox}}`, or name a bus that sandboxes share";
        findings.error(codes::OUTSIDE_SANDBOX, &word.span, message, help);
        return None;
    }
    let (Some(source), Some(detail_type)) = (&schedule.source, &schedule.detail_type) else {
        let message = format!(
            "schedule {} does not say which event it puts on the bus",
            shown(&schedule.name.value)
        );
        let help = "add `source` and `detail-type` to its payload; until then nothing is granted";
        findings.warning(codes::NO_TARGET, &word.span, message, help);
        return None;
    };
    let values: [(&str, Text); 3] = [
        ("name", bus.text),
        ("sources", reference::text(findings, source)?),
        ("detail_types", reference::text(findings, detail_type)?),
    ];
    Some(Target {
        kind: EntityKind::Event,
        name: detail_type.value.clone(),
        binding: Binding::Values(BTreeMap::from(values.map(|(name, text)| (name.to_owned(), text)))),
    })
}

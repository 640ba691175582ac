//! Names that are too long for AWS, known as soon as the sandbox is. The roles are as good as
//! without them, so this is no error.

use super::derive::codes;
use crate::diagnostic::Diagnostic;
use crate::model::{Context, EntityKind};
use crate::topology::{Entity, Topology};

/// Reports each entity whose name in AWS has more characters than AWS takes.
pub(super) fn check(context: &Context, topology: &Topology) -> Vec<Diagnostic> {
    let too_long = |entity: &Entity| {
        let longest = longest(entity.kind)?;
        let name = entity
            .physical
            .as_ref()?
            .resolve(context, &topology.name.value)
            .ok()?;
        let length = name.chars().count();
        let over = length.checked_sub(longest).filter(|over| *over > 0)?;
        let message = format!(
            "the name of {} `{}` in AWS has {length} characters, {over} too many",
            entity.kind,
            entity.name.escape_debug()
        );
        let help = format!(
            "it is `{}`: AWS takes {longest}, so tc cannot create it; shorten a part of it",
            name.escape_debug()
        );
        Some(
            Diagnostic::warning(codes::NAME_TOO_LONG, message)
                .help(help)
                .at(entity.span.clone()),
        )
    };
    topology.entities.iter().filter_map(too_long).collect()
}

/// How many characters the name of a kind of entity has at most, by the API references of Lambda
/// (`CreateFunction`), Step Functions (`CreateStateMachine`), `EventBridge` (`PutRule`) and SQS
/// (`CreateQueue`).
const fn longest(kind: EntityKind) -> Option<usize> {
    match kind {
        EntityKind::Function | EntityKind::Transducer | EntityKind::Event => Some(64),
        EntityKind::State | EntityKind::Queue => Some(80),
        _ => None,
    }
}

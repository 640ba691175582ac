//! Which tags a session of a role can have that the role itself does not have.
//!
//! Whoever may tag a session sets or overrides any principal tag, unless the trust policy says which:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>. In doubt a tag can be set.

use crate::evaluate::Pattern;
use crate::intent::Document;
use crate::policy::lint::tag_session;
use crate::policy::{Action, Effect, Statement, Values};

/// What conditions on the tags that are passed begin with, in small letters.
const REQUEST_TAG: &str = "aws:requesttag/";

/// The keys of the tags that are passed, in small letters.
const TAG_KEYS: &str = "aws:tagkeys";

/// What a trust policy says of session tags.
pub(super) enum SessionTags<'a> {
    /// Nobody knows: the policy could not be read.
    Unknown,
    /// Those that these statements let in; none where there is no statement.
    By(Vec<&'a Statement>),
}

impl<'a> SessionTags<'a> {
    pub(super) fn of(trust: &'a Document) -> Self {
        match trust.known() {
            Some(policy) => Self::By(policy.statement.iter().filter(|one| lets_tag(one)).collect()),
            None => Self::Unknown,
        }
    }

    /// Whether a session can have another value of a tag than the role.
    pub(super) fn can_set(&self, key: &str, own: Option<&str>) -> bool {
        match self {
            Self::Unknown => true,
            Self::By(statements) => statements.iter().any(|one| !is_pinned(one, key, own)),
        }
    }
}

/// Whether a statement allows somebody to tag a session. What is denied is not looked at: it may be
/// denied to others.
fn lets_tag(statement: &Statement) -> bool {
    let action = Pattern::action(tag_session());
    let mut patterns = statement.action.values().iter().map(Pattern::action);
    let names = patterns.any(|pattern| pattern.includes(&action));
    statement.effect == Effect::Allow && names == matches!(statement.action, Action::In(_))
}

/// Whether a statement lets nobody give a tag another value than the role's own.
fn is_pinned(statement: &Statement, key: &str, own: Option<&str>) -> bool {
    let key = key.to_ascii_lowercase();
    statement.condition.iter().any(|(operator, keys)| {
        let operator = operator.to_ascii_lowercase();
        let operator = operator.strip_suffix("ifexists").unwrap_or(&operator);
        keys.iter().any(|(asked, values)| {
            let asked = asked.to_ascii_lowercase();
            match (operator, asked.strip_prefix(REQUEST_TAG)) {
                ("forallvalues:stringequals" | "forallvalues:stringlike", None) => {
                    asked == TAG_KEYS && !values.iter().any(|value| is_for(value, &key))
                }
                ("stringequals", Some(tag)) => tag == key && is_just(values, own),
                ("null", Some(tag)) => tag == key && values.iter().all(|value| value == "true"),
                _ => false,
            }
        })
    })
}

/// Whether a value of a condition may stand for a key, whose case does not count.
fn is_for(value: &str, key: &str) -> bool {
    Pattern::text(&value.to_ascii_lowercase()).overlaps(&Pattern::literal(key))
}

/// Whether a condition asks for the role's own value alone.
fn is_just(values: &Values, own: Option<&str>) -> bool {
    own.is_some_and(|own| !own.contains('$') && values.iter().all(|value| value == own))
}

//! Why a statement that allows too much does so, in words.

use crate::evaluate::{Comparison, Operator, Quantifier};
use crate::model::{Context, Sandbox};
use crate::policy::{Action, Resource, Statement, Values};

/// What lets a statement reach what does not carry the sandbox's tag, where it can be told.
pub(super) fn told(statement: &Statement, sandbox: &Sandbox) -> Option<String> {
    let name = statement
        .sid
        .as_ref()
        .map_or_else(|| "the statement".to_owned(), |sid| format!("`{sid}`"));
    let key = format!("aws:ResourceTag/{}", Context::TAG_KEY);
    let mut asked = Vec::new();
    for (operator, keys) in &statement.condition {
        let of_key = keys.iter().filter(|(known, _)| known.eq_ignore_ascii_case(&key));
        asked.extend(of_key.map(|(_, values)| (operator, values)));
    }
    if asked.is_empty() {
        let all_but = match (&statement.action, &statement.resource) {
            (Action::NotIn(_), _) => ", and allows every action but those it names",
            (_, Some(Resource::NotIn(_))) => ", and allows every resource but those it names",
            _ => "",
        };
        return Some(format!("{name} does not ask for the tag `{key}`{all_but}"));
    }
    let faults: Vec<String> = asked
        .into_iter()
        .filter_map(|(operator, values)| weakness(operator, values, sandbox))
        .collect();
    // One condition that is right is enough: what is wrong then is something else.
    (!faults.is_empty()).then(|| format!("{name}: {}", faults.join("; ")))
}

/// Why a condition on the tag holds for what does not carry the sandbox.
fn weakness(written: &str, values: &Values, sandbox: &Sandbox) -> Option<String> {
    let operator = Operator::parse(written)?;
    if operator.if_exists || operator.quantifier == Some(Quantifier::ForAllValues) {
        return Some(format!(
            "`{written}` also holds where the resource has no such tag"
        ));
    }
    if operator.negated {
        return Some(format!(
            "`{written}` holds for every other value, and where there is no such tag"
        ));
    }
    let of_session = values.iter().find(|value| value.contains("${"));
    if let Some(value) = of_session {
        return Some(format!(
            "`{}` can have another value than `{sandbox}`",
            value.escape_debug()
        ));
    }
    let is_like = operator.comparison == Comparison::StringLike;
    let pattern = values.iter().find(|value| is_like && value.contains(['*', '?']));
    if let Some(value) = pattern {
        return Some(format!(
            "`{}` is a pattern, which other sandboxes match",
            value.escape_debug()
        ));
    }
    let other = values.iter().find(|value| *value != sandbox.as_str())?;
    Some(format!(
        "it asks for `{}`, not for `{sandbox}`",
        other.escape_debug()
    ))
}

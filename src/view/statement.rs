use crate::model::Arn;
use crate::policy::{Action, Condition, Effect, Principal, Principals, Resource, Statement, Values};

/// How resources are named.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names<'a> {
    /// Without what all of a role's resources share: only what stands in another account than
    /// the role's is named whole.
    Short(&'a Arn),
    /// By the whole ARN.
    Whole,
}

/// How many places are shown of those that asked for a statement.
const PLACES: usize = 3;

/// The places that asked for a statement, each once: `topology.yml:5, topology.yml:8 and 2 more`;
/// empty where there are none.
pub(super) fn places(asked: impl Iterator<Item = String>) -> String {
    let mut places: Vec<String> = asked.collect();
    places.dedup();
    let more = match places.len().saturating_sub(PLACES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    places.truncate(PLACES);
    places.join(", ") + &more
}

/// A statement in words: what it does, on what, under which condition.
///
/// One line when it fits in `width` columns; else it is broken between its parts, and within
/// a part between the items of a list. The lines after the first are for the caller to indent.
pub(super) fn lines(statement: &Statement, names: Names<'_>, width: usize) -> Vec<String> {
    let mut parts = vec![head(statement)];
    match &statement.resource {
        Some(Resource::In(resources)) => parts.push(list("on ", resources, |arn| name(arn, names))),
        Some(Resource::NotIn(resources)) => {
            parts.push(list("on all but ", resources, |arn| name(arn, names)));
        }
        None => {}
    }
    match &statement.principal {
        Some(Principal::In(who)) => parts.push(principals("by ", who)),
        Some(Principal::NotIn(who)) => parts.push(principals("by all but ", who)),
        None => {}
    }
    parts.extend(conditions(&statement.condition, names));
    wrap(parts, width)
}

/// Words that are kept together as long as they fit in a line.
pub(super) type Part = Vec<String>;

fn head(statement: &Statement) -> Part {
    let mut before = String::new();
    if let Some(sid) = &statement.sid {
        before.push_str(&shown(sid));
        before.push_str(": ");
    }
    if statement.effect == Effect::Deny {
        before.push_str("deny ");
    }
    match &statement.action {
        Action::In(actions) => list(&before, actions, shown),
        Action::NotIn(actions) => list(&format!("{before}all but "), actions, shown),
    }
}

/// Under which condition: a part for each key.
pub(super) fn conditions(condition: &Condition, names: Names<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (operator, keys) in condition {
        for (key, values) in keys {
            let there = is_there(condition, key);
            if operator == "Null" && there && of_all(condition, key) {
                continue;
            }
            let joint = if parts.is_empty() { "if" } else { "and" };
            let value = |text: &str| name(text, names);
            let key = shown(key);
            let one = values.iter().count() == 1;
            parts.push(match operator.as_str() {
                "StringEquals" if one => list(&format!("{joint} {key} = "), values, value),
                "StringEquals" => list(&format!("{joint} {key} in "), values, value),
                "ArnLike" | "StringLike" => list(&format!("{joint} {key} ~ "), values, value),
                OF_ALL if there => list(&format!("{joint} all {key} in "), values, value),
                OF_ALL => list(&format!("{joint} all {key}, if any, in "), values, value),
                "Null" if there => vec![format!("{joint} {key} is there")],
                other => list(&format!("{joint} {key} {} ", shown(other)), values, value),
            });
        }
    }
    parts
}

/// The operator that asks all values of a key to be among those listed, and holds when there are none.
const OF_ALL: &str = "ForAllValues:StringEquals";

fn of_all(condition: &Condition, key: &str) -> bool {
    condition.get(OF_ALL).is_some_and(|keys| keys.contains_key(key))
}

/// Whether a condition asks a key to have a value at all.
fn is_there(condition: &Condition, key: &str) -> bool {
    let null = condition.get("Null").and_then(|keys| keys.get(key));
    null.is_some_and(|values| values.iter().all(|value| value == "false"))
}

fn list(before: &str, values: &Values, show: impl Fn(&str) -> String) -> Part {
    let mut words: Part = values.iter().map(show).collect();
    let last = words.len().saturating_sub(1);
    for word in words.iter_mut().take(last) {
        word.push(',');
    }
    match words.first_mut() {
        Some(first) => first.insert_str(0, before),
        None => words.push(format!("{before}nothing")),
    }
    words
}

fn principals(before: &str, who: &Principals) -> Part {
    match who {
        Principals::Anyone => vec![format!("{before}anyone")],
        Principals::Typed(types) => {
            let names: Vec<String> = types.values().flat_map(Values::iter).map(shown).collect();
            vec![format!("{before}{}", names.join(", "))]
        }
    }
}

/// A resource or a value of a condition.
pub(super) fn name(text: &str, names: Names<'_>) -> String {
    match (Arn::parse(text), names) {
        (Ok(arn), Names::Short(home)) if arn.account().is_none() || arn.account() == home.account() => {
            shown(arn.resource())
        }
        _ => shown(text),
    }
}

/// A text as it is, or in quotes where it could be taken for more than one or be obeyed by a terminal.
pub(super) fn shown(text: &str) -> String {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !",\"".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.escape_debug())
    }
}

/// A sentence, broken between words where it does not fit in `width` columns.
pub(super) fn sentence(text: &str, width: usize) -> Vec<String> {
    wrap(vec![text.split(' ').map(str::to_owned).collect()], width)
}

fn wrap(parts: Vec<Part>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let whole = part.join(" ");
        if fits(lines.last(), &whole, width) {
            append(&mut lines, &whole);
        } else if whole.chars().count() <= width {
            lines.push(whole);
        } else {
            let mut words = part.into_iter();
            lines.extend(words.next());
            for word in words {
                if fits(lines.last(), &word, width) {
                    append(&mut lines, &word);
                } else {
                    lines.push(word);
                }
            }
        }
    }
    lines
}

fn fits(line: Option<&String>, more: &str, width: usize) -> bool {
    line.is_some_and(|line| line.chars().count() + 1 + more.chars().count() <= width)
}

fn append(lines: &mut [String], more: &str) {
    if let Some(line) = lines.last_mut() {
        line.push(' ');
        line.push_str(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn said(statement: &str) -> String {
        let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let policy = Policy::parse(&document).unwrap();
        lines(&policy.statement[0], Names::Whole, 500).join("\n")
    }

    #[test]
    fn the_condition_of_a_shared_bus_is_said_once() {
        let said = said(
            r#"{"Sid": "PutEvents", "Effect": "Allow", "Action": "a:Put", "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"k:source": ["a", "b"], "k:type": ["Order Placed"]},
            "Null": {"k:source": "false", "k:type": "false"}}}"#,
        );
        assert_eq!(
            said,
            "PutEvents: a:Put on * if all k:source in a, b and all k:type in \"Order Placed\""
        );
    }

    #[test]
    fn a_condition_that_nothing_fulfils_is_told_from_one_that_asks_for_a_value() {
        let with = |condition: &str| {
            said(&format!(
                r#"{{"Effect": "Deny", "Action": "a:*", "Resource": [], "Condition": {condition}}}"#
            ))
        };
        assert_eq!(
            with(r#"{"ForAllValues:StringEquals": {"k": "v"}}"#),
            "deny a:* on nothing if all k, if any, in v"
        );
        assert_eq!(
            with(r#"{"ForAllValues:StringEquals": {"k": "v"}, "Null": {"k": "true"}}"#),
            "deny a:* on nothing if all k, if any, in v and k Null true"
        );
        assert_eq!(
            with(r#"{"Null": {"k": false}, "StringEquals": {"k": ["v", "w"]}}"#),
            "deny a:* on nothing if k is there and k in v, w"
        );
        assert_eq!(
            with(r#"{"StringEqualsIfExists": {"k": "v"}}"#),
            "deny a:* on nothing if k StringEqualsIfExists v"
        );
    }

    #[test]
    fn long_statements_are_broken_between_parts_and_then_between_the_items_of_a_list() {
        let part = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Part>();
        let parts = vec![
            part(&["A: b,", "c"]),
            part(&["on", "d"]),
            part(&["if", "e,", "f,", "g"]),
        ];
        assert_eq!(wrap(parts.clone(), 80), ["A: b, c on d if e, f, g"]);
        assert_eq!(wrap(parts.clone(), 12), ["A: b, c on d", "if e, f, g"]);
        assert_eq!(wrap(parts, 5), ["A: b,", "c", "on d", "if e,", "f, g"]);
    }

    #[test]
    fn a_text_that_a_terminal_would_obey_is_escaped() {
        assert_eq!(shown("a\u{9b}2J"), "\"a\\u{9b}2J\"");
        assert_eq!(shown("a,b"), "\"a,b\"");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("a:Put"), "a:Put");
    }
}

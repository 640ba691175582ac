//! Requests that a statement matches, and others that it does not.

use std::collections::BTreeMap;

use crate::evaluate::{Comparison, Operator, Quantifier};
use crate::policy::{Condition, Values};

/// What tells another name from one.
pub(super) const OTHER: &str = "other";

/// What stands where a pattern leaves a name open.
const OPEN: &str = "example";

/// The condition keys of a request for which conditions hold.
#[derive(Debug, Default)]
pub(super) struct Sample {
    keys: BTreeMap<String, Option<Vec<String>>>,
}

impl Sample {
    /// A request for which conditions hold; the operator of the first that is not understood.
    pub(super) fn of(condition: &Condition) -> Result<Self, String> {
        let mut sample = Self::default();
        let mut nulls = Vec::new();
        for (written, keys) in condition {
            let operator = Operator::parse(written).filter(|operator| !operator.negated);
            let operator = operator.ok_or_else(|| written.clone())?;
            for (key, values) in keys {
                if operator.comparison == Comparison::Null {
                    nulls.push((key, values));
                } else {
                    let values = held(operator, values).ok_or_else(|| written.clone())?;
                    sample.keys.insert(key.clone(), Some(values));
                }
            }
        }
        for (key, values) in nulls {
            let is_missing = values.iter().any(|value| value == "true");
            let there = || Some(vec![OPEN.to_owned()]);
            let entry = sample.keys.entry(key.clone());
            entry.or_insert_with(|| if is_missing { None } else { there() });
        }
        Ok(sample)
    }

    pub(super) fn into_keys(self) -> BTreeMap<String, Option<Vec<String>>> {
        self.keys
    }
}

/// Values for which an operator holds.
fn held(operator: Operator, wanted: &Values) -> Option<Vec<String>> {
    let like = |value: &str| match operator.comparison {
        Comparison::String | Comparison::StringIgnoreCase | Comparison::Bool | Comparison::Binary => {
            Some(value.to_owned())
        }
        Comparison::StringLike | Comparison::Arn => Some(sample(value, OPEN)),
        _ => None,
    };
    let mut values = wanted.iter().map(like);
    match operator.quantifier {
        Some(Quantifier::ForAllValues) => values.collect(),
        _ => values.next().flatten().map(|value| vec![value]),
    }
}

/// A sandbox whose name begins as another's does. It never ends in `-` or `_` and the other's name,
/// whatever that is.
pub(super) fn next_to(sandbox: &str) -> String {
    format!("{sandbox}2")
}

/// Other values than these: of another sandbox where they name this one.
pub(super) fn beside(values: &[String], sandbox: &str) -> Vec<String> {
    let other = |value: &String| {
        if value.contains(sandbox) {
            value.replace(sandbox, &next_to(sandbox))
        } else if value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()) {
            let turned = value.bytes().map(|byte| char::from(b'9' - (byte - b'0')));
            turned.collect()
        } else {
            format!("{OTHER}-{value}")
        }
    };
    values.iter().map(other).collect()
}

/// A resource that a pattern matches: `stem` where it first leaves a name open.
pub(super) fn sample(pattern: &str, stem: &str) -> String {
    if pattern == "*" {
        return pattern.to_owned();
    }
    let mut text = String::new();
    let mut open = Some(stem);
    for c in pattern.chars() {
        match c {
            '*' => text.push_str(open.take().unwrap_or(OPEN)),
            '?' => text.push('x'),
            c => text.push(c),
        }
    }
    text
}

/// Resources that a pattern probably does not match, the likeliest first: of another sandbox where it
/// names this one, else of another name; never with another account or region.
pub(super) fn another(pattern: &str, sandbox: &str) -> Vec<String> {
    let mut others = Vec::new();
    if pattern.contains(sandbox) {
        let moved = pattern.replace(sandbox, &next_to(sandbox));
        others.push(sample(&moved, OPEN));
    }
    let start: usize = pattern.split_inclusive(':').take(5).map(str::len).sum();
    let (head, tail) = pattern.split_at_checked(start).unwrap_or((pattern, ""));
    if head.matches(':').count() < 5 {
        return others;
    }
    let mut places = Vec::new();
    let mut at = 0;
    for part in tail.split_inclusive(['/', ':']) {
        let name = part.trim_end_matches(['/', ':']);
        if !name.is_empty() && !name.contains(['*', '?']) {
            places.push(at);
        }
        at += part.len();
    }
    // The first part is the type of the resource where there are several.
    if places.len() > 1 {
        places.rotate_left(1);
    }
    for place in places {
        if let Some((before, after)) = tail.split_at_checked(place) {
            others.push(sample(&format!("{head}{before}{OTHER}-{after}"), OPEN));
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn condition(text: &str) -> Condition {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {text}}}]}}"#
        );
        Policy::parse(&document).unwrap().statement[0].condition.clone()
    }

    #[test]
    fn another_resource_has_another_name_and_the_same_type() {
        let of = |pattern: &str| another(pattern, "dev")[0].clone();
        assert_eq!(of("arn:aws:svc:r:1:name"), "arn:aws:svc:r:1:other-name");
        assert_eq!(
            of("arn:aws:svc:r:1:table/t/index/*"),
            "arn:aws:svc:r:1:table/other-t/index/example"
        );
        assert_eq!(of("arn:aws:svc:::bucket/*"), "arn:aws:svc:::other-bucket/example");
        assert_eq!(
            of("arn:aws:svc:::bucket/pre*"),
            "arn:aws:svc:::other-bucket/preexample"
        );
        assert_eq!(of("arn:aws:svc:r:1:q-dev"), "arn:aws:svc:r:1:q-dev2");
        assert_eq!(another("*", "dev"), Vec::<String>::new());
    }

    #[test]
    fn a_sample_of_conditions_fulfils_each() {
        let sample = Sample::of(&condition(
            r#"{"StringEquals": {"k:a": ["x", "y"]}, "ForAllValues:StringEquals": {"k:s": ["1", "2"]},
                "Null": {"k:s": "false", "k:n": "true", "k:t": "false"}, "StringLike": {"k:l": "p*?"}}"#,
        ));
        let one = |value: &str| Some(vec![value.to_owned()]);
        let expected = [
            ("k:a", one("x")),
            ("k:l", one("pexamplex")),
            ("k:n", None),
            ("k:s", Some(vec!["1".to_owned(), "2".to_owned()])),
            ("k:t", one("example")),
        ];
        let expected = expected.map(|(key, values)| (key.to_owned(), values));
        assert_eq!(sample.unwrap().into_keys(), BTreeMap::from(expected));
        let negated = Sample::of(&condition(r#"{"StringNotEquals": {"k:a": "x"}}"#));
        assert_eq!(negated.unwrap_err(), "StringNotEquals");
    }

    #[test]
    fn other_values_are_never_the_same() {
        let beside = |value: &str| beside(&[value.to_owned()], "dev")[0].clone();
        assert_eq!(beside("dev"), "dev2");
        assert_eq!(beside("907160483521"), "092839516478");
        assert_eq!(beside("lambda"), "other-lambda");
    }
}

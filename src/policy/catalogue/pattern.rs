//! Patterns of IAM: `*` for any text, `?` for one character.

/// Whether a pattern matches a text. Upper and lower case differ.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    meet(&written(pattern), &literal(text))
}

/// Whether some ARN is both of a form, such as that of a resource type with variables like
/// `${Region}`, and matched by a resource of a policy, with wildcards and policy variables.
#[must_use]
pub fn arns_overlap(form: &str, resource: &str) -> bool {
    meet(&of_form(form), &written(resource))
}

/// Whether a condition key is of a form such as `aws:ResourceTag/${TagKey}`; case makes no difference.
pub(super) fn fits(form: &str, key: &str) -> bool {
    match form.split_once("${") {
        None => form.eq_ignore_ascii_case(key),
        Some((start, _)) => {
            let same = |(one, other): (u8, u8)| one.eq_ignore_ascii_case(&other);
            key.len() > start.len()
                && start.bytes().zip(key.bytes()).all(same)
                && meet(
                    &of_form(&form.to_ascii_lowercase()),
                    &literal(&key.to_ascii_lowercase()),
                )
        }
    }
}

/// Variables of ARNs, and the character that their values do not hold: what stands after it is
/// the next part of the ARN, or of another type.
const BOUNDED: &[(&str, char)] = &[
    ("Account", ':'),
    ("Partition", ':'),
    ("Region", ':'),
    ("BucketName", '/'),
    ("FunctionName", '/'),
    ("QueueName", '/'),
    ("TableName", '/'),
    ("TopicName", '/'),
];

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A character.
    This(char),
    /// Any one character.
    One,
    /// Any text.
    Any,
    /// Any one character but this.
    OneBut(char),
    /// Any text without this character.
    AnyBut(char),
}

impl Part {
    const fn repeats(self) -> bool {
        matches!(self, Self::Any | Self::AnyBut(_))
    }

    /// Whether one character can be of both parts.
    fn shares(self, other: Self) -> bool {
        match (self, other) {
            (Self::This(one), Self::This(other)) => one == other,
            (Self::This(one), Self::OneBut(not) | Self::AnyBut(not))
            | (Self::OneBut(not) | Self::AnyBut(not), Self::This(one)) => one != not,
            _ => true,
        }
    }
}

fn literal(text: &str) -> Vec<Part> {
    text.chars().map(Part::This).collect()
}

/// What a policy's author wrote: wildcards, and policy variables, which can be any text.
fn written(pattern: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let variable = rest.strip_prefix("${").and_then(|inner| inner.split_once('}'));
        if let Some((name, after)) = variable {
            let escaped = name.chars().next().filter(|_| matches!(name, "*" | "?" | "$"));
            parts.push(escaped.map_or(Part::Any, Part::This));
            rest = after;
            continue;
        }
        parts.push(match c {
            '*' => Part::Any,
            '?' => Part::One,
            c => Part::This(c),
        });
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    parts
}

/// A form of the catalogue: each variable is a text of one character or more.
fn of_form(form: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once("${") {
        parts.extend(before.chars().map(Part::This));
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let bounded = BOUNDED.iter().find(|(known, _)| *known == name);
        parts.extend(match bounded {
            Some((_, not)) => [Part::OneBut(*not), Part::AnyBut(*not)],
            None => [Part::One, Part::Any],
        });
        rest = after;
    }
    parts.extend(written(rest));
    parts
}

/// Whether some text is matched by both.
fn meet(one: &[Part], other: &[Part]) -> bool {
    // `row[j]`: whether the rest of `one` meets the rest of `other` from j on.
    let mut row = vec![false; other.len() + 1];
    if let Some(last) = row.last_mut() {
        *last = true;
    }
    for j in (0..other.len()).rev() {
        let empty = other.get(j).is_some_and(|part| part.repeats()) && at(&row, j + 1);
        set(&mut row, j, empty);
    }
    for part in one.iter().rev() {
        let mut next = vec![false; other.len() + 1];
        set(&mut next, other.len(), part.repeats() && at(&row, other.len()));
        for (j, against) in other.iter().enumerate().rev() {
            let shares = part.shares(*against);
            let met = match (part.repeats(), against.repeats()) {
                (true, true) => at(&row, j) || at(&next, j + 1),
                (true, false) => at(&row, j) || (shares && at(&next, j + 1)),
                (false, true) => at(&next, j + 1) || (shares && at(&row, j)),
                (false, false) => shares && at(&row, j + 1),
            };
            set(&mut next, j, met);
        }
        row = next;
    }
    at(&row, 0)
}

fn at(row: &[bool], j: usize) -> bool {
    row.get(j).copied().unwrap_or_default()
}

fn set(row: &mut [bool], j: usize, value: bool) {
    if let Some(slot) = row.get_mut(j) {
        *slot = value;
    }
}

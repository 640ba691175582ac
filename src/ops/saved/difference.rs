//! In what a plan in a file and one made now differ, in words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A file's name and the digest of its text.
type Digest = (String, String);

/// The files that are not those of the plan, a clause each.
pub(super) fn files(saved: &[Digest], now: &[Digest]) -> Vec<String> {
    let mut names: BTreeMap<&str, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for (name, digest) in saved {
        let [before, _] = names.entry(name).or_default();
        before.insert(digest);
    }
    for (name, digest) in now {
        let [_, after] = names.entry(name).or_default();
        after.insert(digest);
    }
    let other = names.into_iter().filter(|(_, [before, after])| before != after);
    other
        .map(|(name, [before, after])| {
            let what = match (before.is_empty(), after.is_empty()) {
                (true, _) => "is new",
                (_, true) => "is not read any more",
                _ => "has changed",
            };
            format!("`{}` {what}", name.escape_debug())
        })
        .collect()
}

/// The roles for which something else is to be done now than the plan says, a clause each.
pub(super) fn roles(saved: &[Value], now: &[Value]) -> Vec<String> {
    let (saved, now) = (by_role(saved), by_role(now));
    let names: BTreeSet<&str> = saved.keys().chain(now.keys()).copied().collect();
    let clause = |role: &str| {
        let what = match (saved.get(role), now.get(role)) {
            (Some(saved), Some(now)) if saved == now => return None,
            (Some(saved), Some(now)) => changed(saved, now),
            (Some(_), None) => "is in the plan, and nothing is to be done about it now".to_owned(),
            (None, _) => "is not in the plan, and something is to be done about it now".to_owned(),
        };
        Some(format!("the role `{}` {what}", role.escape_debug()))
    };
    names.into_iter().filter_map(clause).collect()
}

fn by_role(steps: &[Value]) -> BTreeMap<&str, &Value> {
    let with_name = steps.iter().map(|step| {
        let name = step.get("role").and_then(Value::as_str);
        (name.unwrap_or_default(), step)
    });
    with_name.collect()
}

fn changed(saved: &Value, now: &Value) -> String {
    let before = |step: &Value| step.get("before").cloned().unwrap_or_default();
    let (was, is) = (before(saved), before(now));
    if was == is {
        return "would be brought to something else than the plan says".to_owned();
    }
    let what = match (was.is_null(), is.is_null()) {
        (true, _) => "it exists now".to_owned(),
        (_, true) => "it does not exist any more".to_owned(),
        _ => parts(&was, &is).join(", "),
    };
    format!("is not as it was when the plan was made: {what}")
}

/// The parts of a role in which it differs. A policy that was read for one plan alone says nothing.
fn parts(was: &Value, is: &Value) -> Vec<String> {
    let mut parts = Vec::new();
    for key in keys(was, is) {
        let (old, new) = (was.get(key), is.get(key));
        if old == new {
            continue;
        }
        if let ("policies", Some(old), Some(new)) = (key, old, new) {
            let is_other = |name: &&str| match (old.get(name), new.get(name)) {
                (Some(Value::Null), Some(_)) | (Some(_), Some(Value::Null)) => false,
                (old, new) => old != new,
            };
            let other = keys(old, new).into_iter().filter(is_other);
            parts.extend(other.map(|name| format!("its inline policy `{}`", name.escape_debug())));
            continue;
        }
        let name = match key {
            "trust" => "trust policy".to_owned(),
            key => key.replace('_', " "),
        };
        parts.push(format!("its {name}"));
    }
    parts
}

fn keys<'a>(one: &'a Value, other: &'a Value) -> BTreeSet<&'a str> {
    let maps = [one, other].into_iter().filter_map(Value::as_object);
    maps.flat_map(|map| map.keys().map(String::as_str)).collect()
}

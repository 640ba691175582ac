use std::collections::{BTreeMap, BTreeSet};

use super::old_tc::disposable;
use crate::grants::Capability;
use crate::intent::ownership::{
    MODE_DYNAMIC, MODE_KEY, MODE_OVERRIDE, MODE_SHARED, NAMESPACE_PREFIX, OTHERS_KEY, TEMPLATE_KEY, TTL_KEY,
    namespace_policy,
};
use crate::intent::{Document, Form, Needs, Others, RoleSpec, Share};
use crate::model::{Namespace, PolicyName, Tags};

/// Why a role is created.
pub(super) fn needed_by<'a>(namespaces: impl Iterator<Item = &'a Namespace>) -> String {
    format!("needed by {}", listed(namespaces))
}

/// Why nothing is said of what was changed by hand about a role.
pub(super) fn of_missing_template() -> String {
    "not compared: the template that it is made from is not at hand".to_owned()
}

/// Why a role that serves no topology any more is deleted.
pub(super) fn of_leaving<'a>(leaving: impl Iterator<Item = &'a Namespace>, recorded: &Needs) -> String {
    let leaving: Vec<&Namespace> = leaving
        .filter(|namespace| recorded.named.contains_key(namespace))
        .collect();
    if leaving.is_empty() {
        "serves no topology".to_owned()
    } else {
        format!(
            "no longer needed by {}, nor by any other topology",
            listed(leaving.into_iter())
        )
    }
}

/// Why a role is updated: what topologies ask for anew, and what was changed by hand.
///
/// `as_recorded` is the role that the recorded needs would give: where the role itself is
/// another, somebody else was at it. `forms` says why inline policies of topologies whose needs are
/// the same become others.
pub(super) fn of_update(
    before: &RoleSpec,
    after: &RoleSpec,
    as_recorded: &RoleSpec,
    (recorded, needs): (&Needs, &Needs),
    forms: &BTreeMap<PolicyName, &'static str>,
) -> Vec<String> {
    let mut reasons = of_topologies(recorded, needs);
    let of_template = of_template(before, as_recorded);
    let is_same_template = of_template.is_none();
    reasons.extend(of_template);
    if before.trust != as_recorded.trust && is_same_template {
        reasons.push("drift: the trust policy is not the one tcperm writes".to_owned());
    } else if before.trust != as_recorded.trust {
        reasons.push("the trust policy is not what the template says".to_owned());
    } else if before.trust != after.trust {
        reasons.push("the topologies with schedules, which the trust policy names, are others".to_owned());
    }
    reasons.extend(of_policies(
        before,
        after,
        (as_recorded, is_same_template),
        (recorded, needs),
        forms,
    ));
    reasons.extend(of_boundary(before, after));
    reasons.extend(
        after
            .managed_policies
            .difference(&before.managed_policies)
            .map(|arn| format!("the managed policy `{arn}` is not attached")),
    );
    reasons.extend(
        before
            .managed_policies
            .difference(&after.managed_policies)
            .map(|arn| {
                if is_same_template {
                    format!("drift: the managed policy `{arn}` was attached by hand")
                } else {
                    format!("the managed policy `{arn}` is not in the template")
                }
            }),
    );
    reasons.extend(of_lifetime(&before.tags, &after.tags));
    reasons.extend(of_tags(before, after));
    reasons
}

/// What becomes of the managed policy that bears a role's name.
pub(super) fn of_namesake(before: &RoleSpec, after: Option<&RoleSpec>) -> Option<String> {
    let policy = before.namesake.as_ref()?;
    let arn = &policy.arn;
    if disposable(before, after).is_some() {
        return Some(format!("the managed policy `{arn}` is deleted"));
    }
    let others = policy.other_uses;
    (others > 0).then(|| format!("the managed policy `{arn}` stays, since others hold it: {others}"))
}

/// What becomes of the end of a sandbox.
pub(super) fn of_lifetime(before: &Tags, after: &Tags) -> Option<String> {
    match (before.get(TTL_KEY), after.get(TTL_KEY)) {
        (was, is) if was == is => None,
        (_, Some(is)) => Some(format!("lives until {is}")),
        (_, None) => Some("lives on without an end".to_owned()),
    }
}

/// What is said of a role that was made from other templates than those that are here now.
fn of_template(before: &RoleSpec, as_recorded: &RoleSpec) -> Option<String> {
    let changed = |key: &str| {
        let (was, is) = (before.tags.get(key)?, as_recorded.tags.get(key)?);
        (was != is).then_some((was, is))
    };
    let is_known = |mode: &str| [MODE_DYNAMIC, MODE_SHARED, MODE_OVERRIDE].contains(&mode);
    if let Some((was, is)) = changed(MODE_KEY).filter(|(was, _)| is_known(was)) {
        return Some(format!("its template is {} now, and was {}", kind(is), kind(was)));
    }
    changed(TEMPLATE_KEY).map(|_| "its template has changed".to_owned())
}

/// Whether a team's template makes the role. Variables of the team and `--abac` change what it says,
/// and the tags record neither.
fn is_of_team(role: &RoleSpec) -> bool {
    let mode = role.tags.get(MODE_KEY);
    mode.is_some_and(|mode| mode == MODE_SHARED || mode == MODE_OVERRIDE)
}

/// The kind of template that a mode stands for.
fn kind(mode: &str) -> &'static str {
    match mode {
        MODE_SHARED => "the team's for all topologies",
        MODE_OVERRIDE => "the team's for this role",
        _ => "built in",
    }
}

fn of_topologies(recorded: &Needs, needs: &Needs) -> Vec<String> {
    let mut reasons = Vec::new();
    for (namespace, need) in &needs.named {
        match recorded.named.get(namespace) {
            None => reasons.push(format!("`{namespace}` joins")),
            Some(before) => {
                let name = format!("`{namespace}`");
                reasons.extend(more(
                    &name,
                    "now needs",
                    need.capabilities.difference(&before.capabilities),
                ));
                reasons.extend(more(
                    &name,
                    "no longer needs",
                    before.capabilities.difference(&need.capabilities),
                ));
            }
        }
    }
    let left = |namespace: &&Namespace| !needs.named.contains_key(*namespace);
    reasons.extend(
        recorded
            .named
            .keys()
            .filter(left)
            .map(|namespace| format!("`{namespace}` leaves")),
    );
    let nothing = Others::default();
    let together = |needs: &Needs| {
        needs
            .others
            .clone()
            .unwrap_or_else(|| nothing.clone())
            .capabilities
    };
    let (before, after) = (together(recorded), together(needs));
    if recorded.others.is_none() && needs.others.is_some() {
        reasons.push("there are more topologies than tags: the others share one".to_owned());
    }
    reasons.extend(more(
        "topologies that share a tag",
        "now need",
        after.difference(&before),
    ));
    reasons
}

fn more<'a>(who: &str, verb: &str, capabilities: impl Iterator<Item = &'a Capability>) -> Option<String> {
    let ids: Vec<String> = capabilities.map(|capability| format!("`{capability}`")).collect();
    (!ids.is_empty()).then(|| format!("{who} {verb} {}", ids.join(", ")))
}

fn of_policies(
    before: &RoleSpec,
    after: &RoleSpec,
    (as_recorded, is_same_template): (&RoleSpec, bool),
    (recorded, needs): (&Needs, &Needs),
    forms: &BTreeMap<PolicyName, &'static str>,
) -> Vec<String> {
    let served: BTreeSet<PolicyName> = policies_of(recorded);
    let exact: BTreeSet<PolicyName> = policies_of(needs);
    let names: BTreeSet<&PolicyName> = before.policies.keys().chain(after.policies.keys()).collect();
    let reason = |name: &PolicyName| {
        let (was, is) = (before.policies.get(name), after.policies.get(name));
        if was == is {
            return None;
        }
        if let Some(form) = forms.get(name) {
            return Some(format!("the inline policy `{name}` {form}"));
        }
        let belongs = as_recorded.policies.get(name);
        match (was, is) {
            (Some(_), None) if belongs.is_none() => {
                Some(format!("drift: the inline policy `{name}` is not tcperm's"))
            }
            (Some(_), None) if exact.contains(name) => {
                Some(format!("nothing needs the inline policy `{name}` any more"))
            }
            (Some(was), Some(_)) if belongs != Some(was) && !is_same_template && !exact.contains(name) => {
                Some(format!(
                    "the inline policy `{name}` is not what the template says"
                ))
            }
            (None, Some(_)) if belongs.is_some() && !is_same_template => {
                Some(format!("the inline policy `{name}` is new in the template"))
            }
            (None, Some(_)) if belongs.is_some() => {
                Some(format!("drift: the inline policy `{name}` was deleted by hand"))
            }
            (Some(_), Some(_)) if exact.contains(name) => Some(format!(
                "the inline policy `{name}` is not what its topology needs"
            )),
            // The tags do not record exact grants, so the two cannot be told apart.
            (None, Some(_)) if served.contains(name) => Some(format!(
                "the inline policy `{name}` is missing: it is new, or was deleted by hand"
            )),
            (None, Some(_)) if exact.contains(name) => Some(format!("the inline policy `{name}` is new")),
            (Some(was), Some(_)) if belongs != Some(was) && is_of_team(as_recorded) => Some(format!(
                "the inline policy `{name}` is not what the template says: it was changed by hand, or a variable or flag says otherwise now"
            )),
            (Some(was), Some(_)) if belongs != Some(was) => {
                Some(format!("drift: the inline policy `{name}` was changed by hand"))
            }
            (Some(Document::Unreadable(_)), _) => {
                Some(format!("drift: the inline policy `{name}` cannot be read"))
            }
            _ => None,
        }
    };
    names.into_iter().filter_map(reason).collect()
}

/// Why the inline policy of a topology that stands in another form gets the one it is to have.
pub(super) fn of_form(share: &Share, (was, is): (&Document, &Document)) -> Option<&'static str> {
    let forms = [
        (Form::Exact, "has room to say what its topology needs in full"),
        (
            Form::Merged,
            "is merged: the policies of the role do not fit otherwise",
        ),
        (
            Form::Widened,
            "is widened: the policies of the role do not fit otherwise",
        ),
    ];
    let form_of = |document: &Document| {
        let known = document.known();
        let alike = |form| share.document(form).as_deref() == known;
        forms.into_iter().find(|(form, _)| alike(*form))
    };
    let (was, is) = (form_of(was)?, form_of(is)?);
    (was.0 != is.0).then_some(if is.0 < was.0 && is.0 != Form::Exact {
        "has room to say more exactly what its topology needs"
    } else {
        is.1
    })
}

fn of_boundary(before: &RoleSpec, after: &RoleSpec) -> Option<String> {
    match (&before.boundary, &after.boundary) {
        (was, is) if was == is => None,
        (Some(was), Some(is)) => Some(format!("the permissions boundary is `{was}` instead of `{is}`")),
        (Some(was), None) => Some(format!("the permissions boundary is `{was}` instead of none")),
        (None, is) => is
            .as_ref()
            .map(|is| format!("the permissions boundary `{is}` is missing")),
    }
}

/// The names of the inline policies that the topologies have or could have.
fn policies_of(needs: &Needs) -> BTreeSet<PolicyName> {
    let named = needs.named.keys().filter_map(namespace_policy);
    let others = needs.others.iter().flat_map(|others| others.policies.keys());
    named.chain(others.cloned()).collect()
}

fn of_tags(before: &RoleSpec, after: &RoleSpec) -> Vec<String> {
    let is_told_otherwise = |key: &str| {
        let was_made = |mode: &str| [MODE_DYNAMIC, MODE_SHARED, MODE_OVERRIDE].contains(&mode);
        let of_template = match key {
            MODE_KEY => before.tags.get(key).is_some_and(was_made),
            _ => key == TEMPLATE_KEY && before.tags.get(key).is_some(),
        };
        key.starts_with(NAMESPACE_PREFIX) || [OTHERS_KEY, TTL_KEY].contains(&key) || of_template
    };
    after
        .tags
        .iter()
        .filter(|(key, value)| !is_told_otherwise(key) && before.tags.get(key) != Some(value))
        .map(|(key, value)| match before.tags.get(key) {
            Some(was) => format!("drift: the tag `{key}` is `{was}` instead of `{value}`"),
            None => format!("the tag `{key}` is missing"),
        })
        .collect()
}

/// How many names a list spells out.
const LISTED: usize = 12;

fn listed<'a>(namespaces: impl Iterator<Item = &'a Namespace>) -> String {
    let mut names: Vec<String> = namespaces.map(|namespace| format!("`{namespace}`")).collect();
    let others = names.len().saturating_sub(LISTED);
    if others > 1 {
        names.truncate(LISTED);
        names.push(format!("{others} others"));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_topologies_ends_with_their_number() {
        let names: Vec<Namespace> = (0..41)
            .map(|number| Namespace::parse(&format!("t{number}")).unwrap())
            .collect();
        assert_eq!(listed(names.iter().take(2)), "`t0`, `t1`");
        assert_eq!(
            listed(names.iter().take(13)).matches('`').count(),
            26,
            "one other is named too"
        );
        assert!(listed(names.iter()).ends_with("`t11`, 29 others"));
    }
}

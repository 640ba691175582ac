//! Which sandboxes nobody is meant to need any more, as their roles tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::intent::ownership::{TTL_KEY, recorded_needs, recorded_others};
use crate::model::{Expiry, Namespace, Period, RoleName, Tags, day};

/// What a role of a sandbox tells of its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// When it was last used, in seconds since 1970, where that is known.
    pub last_used: Option<i64>,
    /// Its tags.
    pub tags: Tags,
}

impl Facts {
    /// Whether it is still the role that these facts are of, as it stood.
    #[must_use]
    pub fn is_still(&self, created: i64, tags: &Tags) -> bool {
        (self.created, &self.tags) == (created, tags)
    }
}

/// Which sandboxes are to go: those to which one of these applies.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The time, in seconds since 1970.
    pub now: i64,
    /// Those that were meant to live until now at most.
    pub expired: bool,
    /// Those in which nothing was created within this time, nor used as far as that is known.
    pub older_than: Option<Period>,
    /// Those that serve none of these topologies.
    pub orphans: Option<BTreeSet<Namespace>>,
}

/// What becomes of a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes, for these reasons.
    Goes(Vec<String>),
    /// It stays; where something that was asked about applies to it all the same, this is why.
    Stays(Option<String>),
}

/// Judges a sandbox by its roles, of which there is at least one.
///
/// It lives until the latest of the ends that its roles record. A role whose end cannot be read is
/// one that somebody wrote by hand, and says that the sandbox is to stay.
#[must_use]
pub fn judge(selection: &Selection, roles: &BTreeMap<RoleName, Facts>) -> Verdict {
    let findings = [
        selection.expired.then(|| of_end(selection.now, roles)),
        selection
            .older_than
            .map(|time| of_age(selection.now, time, roles)),
        selection
            .orphans
            .as_ref()
            .map(|known| of_topologies(known, roles)),
    ];
    let (mut reasons, mut objection) = (Vec::new(), None);
    for verdict in findings.into_iter().flatten() {
        match verdict {
            Verdict::Goes(why) => reasons.extend(why),
            Verdict::Stays(why) => objection = objection.or(why),
        }
    }
    if reasons.is_empty() {
        Verdict::Stays(objection)
    } else {
        Verdict::Goes(reasons)
    }
}

impl Verdict {
    fn goes(why: String) -> Self {
        Self::Goes(vec![why])
    }

    const fn silent() -> Self {
        Self::Stays(None)
    }
}

/// The end that the roles record.
enum End {
    None,
    At(Expiry),
    Unreadable(String),
}

impl End {
    fn of(roles: &BTreeMap<RoleName, Facts>) -> Self {
        let mut end = Self::None;
        for text in roles.values().filter_map(|role| role.tags.get(TTL_KEY)) {
            end = match (Expiry::parse(text), end) {
                (None, _) => return Self::Unreadable(text.to_owned()),
                (Some(new), Self::At(old)) => Self::At(new.max(old)),
                (Some(new), _) => Self::At(new),
            };
        }
        end
    }
}

fn of_end(now: i64, roles: &BTreeMap<RoleName, Facts>) -> Verdict {
    match End::of(roles) {
        End::At(end) if end.has_passed(now) => Verdict::goes(format!("was meant to live until {end}")),
        End::None | End::At(_) => Verdict::silent(),
        End::Unreadable(text) => Verdict::Stays(Some(unreadable(&text))),
    }
}

fn unreadable(text: &str) -> String {
    format!(
        "has `{}` as its tag `{TTL_KEY}`, which is no day and no moment",
        text.escape_debug()
    )
}

fn of_age(now: i64, time: Period, roles: &BTreeMap<RoleName, Facts>) -> Verdict {
    let since = now.saturating_sub(time.seconds());
    let created = roles.values().map(|role| role.created).max().unwrap_or(now);
    if created > since {
        return Verdict::silent();
    }
    let used = roles.values().filter_map(|role| role.last_used).max();
    if let Some(used) = used.filter(|used| *used > since) {
        return Verdict::Stays(Some(format!("was used on {}", day(used))));
    }
    match End::of(roles) {
        End::At(end) if !end.has_passed(now) => Verdict::Stays(Some(format!("is meant to live until {end}"))),
        End::Unreadable(text) => Verdict::Stays(Some(unreadable(&text))),
        End::None | End::At(_) => Verdict::goes(format!("nothing was created in it since {}", day(created))),
    }
}

/// IAM compares tag keys without case, so names are compared without case too.
fn of_topologies(known: &BTreeSet<Namespace>, roles: &BTreeMap<RoleName, Facts>) -> Verdict {
    let is_known = |name: &Namespace| {
        let mut known = known.iter();
        known.any(|known| known.as_str().eq_ignore_ascii_case(name.as_str()))
    };
    let served: BTreeSet<Namespace> = roles
        .values()
        .flat_map(|role| recorded_needs(&role.tags).into_keys())
        .collect();
    if served.iter().any(is_known) {
        return Verdict::silent();
    }
    if roles.values().any(|role| recorded_others(&role.tags).is_some()) {
        let why = "serves topologies that its tags do not name";
        return Verdict::Stays(Some(why.to_owned()));
    }
    let names: Vec<String> = served.iter().map(|name| format!("`{name}`")).collect();
    Verdict::goes(match names.as_slice() {
        [] => "serves no topology".to_owned(),
        [one] => format!("its topology {one} is not found"),
        names => format!("its topologies {} are not found", names.join(", ")),
    })
}

#[cfg(test)]
mod tests;

//! Which file of a set is what.

use std::fmt;

use super::Part;
use super::fault::{did_you_mean, shown};
use crate::model::{Namespace, RoleKind, nearest};

/// How the name of a role's policy ends.
const POLICY: &str = ".json";

/// How the name of a partial may end, besides.
const OTHER_PARTIAL: &str = ".hbs";

/// Which role a template makes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The base role of a kind, in every sandbox.
    Base(RoleKind),
    /// The role of a kind that a topology has for itself.
    Kind(Namespace, RoleKind),
    /// The role that a function of a topology has for itself.
    Function(Namespace, String),
}

impl Place {
    /// The directory of what all topologies share.
    pub const BASE: &str = "base";

    /// The directory of the files of roles, in that of a topology or of the base.
    pub const ROLES: &str = "roles";

    /// The directory of texts that others bring in.
    pub const PARTIALS: &str = "partials";

    /// The file of a part of the role, by its path from the directory of the set.
    #[must_use]
    pub fn file(&self, part: Part) -> String {
        let policy = self.to_string();
        let stem = policy.strip_suffix(POLICY).unwrap_or(&policy);
        format!("{stem}{}", part.slot().ending())
    }
}

/// The same, in short.
const BASE: &str = Place::BASE;
const ROLES: &str = Place::ROLES;
const PARTIALS: &str = Place::PARTIALS;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base(kind) => write!(f, "{BASE}/{ROLES}/{kind}{POLICY}"),
            Self::Kind(namespace, kind) => write!(f, "{namespace}/{ROLES}/{kind}{POLICY}"),
            Self::Function(namespace, function) => write!(f, "{namespace}/{ROLES}/{function}{POLICY}"),
        }
    }
}

/// How the names of templates end, without the dot.
const ENDINGS: [&str; 2] = ["json", "hbs"];

/// What a file of a role is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Policy,
    Topology,
    Trust,
    Managed,
}

impl Slot {
    pub(super) const ALL: [Self; 4] = [Self::Policy, Self::Topology, Self::Trust, Self::Managed];

    /// How the name of the file ends, after the role's.
    const fn ending(self) -> &'static str {
        match self {
            Self::Policy => POLICY,
            Self::Topology => ".topology.json",
            Self::Trust => ".trust.json",
            Self::Managed => ".managed.json",
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    Role(Place, Slot),
    Partial(String),
}

/// Why a file is none that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Odd {
    pub(super) message: String,
    pub(super) help: String,
    /// Whether it is likely meant as a template.
    pub(super) is_meant: bool,
}

/// What a file is, by its path from the directory of the set.
pub(super) fn entry(path: &str) -> Result<Entry, Odd> {
    let parts: Vec<&str> = path.split('/').collect();
    match &parts[..] {
        [PARTIALS, .., last] => partial(path, last),
        [owner, ROLES, file] => role(path, owner, file),
        _ => Err(odd(
            path,
            format!(
                "it is read below `{BASE}/{ROLES}`, `<topology>/{ROLES}` or `{PARTIALS}`{}",
                near(&parts)
            ),
        )),
    }
}

fn odd(path: &str, help: String) -> Odd {
    Odd {
        message: format!("the file {} is no template that is read", shown(path)),
        help,
        is_meant: path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| nearest(ending, ENDINGS).is_some()),
    }
}

/// The directory that is likely meant.
fn near(parts: &[&str]) -> String {
    let near = |part: &&str, name| nearest(part, [name]).filter(|near| near != part);
    let second = parts.get(1).and_then(|part| near(part, ROLES));
    let first = parts.first().and_then(|part| near(part, PARTIALS));
    match second.or(first) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

fn partial(path: &str, last: &str) -> Result<Entry, Odd> {
    let name = path
        .strip_prefix(PARTIALS)
        .unwrap_or(path)
        .trim_start_matches('/');
    let name = name
        .strip_suffix(POLICY)
        .or_else(|| name.strip_suffix(OTHER_PARTIAL));
    let is_named = |name: &&str| {
        !last.starts_with('.')
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
    };
    match name.filter(is_named) {
        Some(name) => Ok(Entry::Partial(name.to_owned())),
        None => Err(odd(
            path,
            "a partial is named with letters, digits, `_`, `-` and `.`, and ends in `.json` or `.hbs`"
                .to_owned(),
        )),
    }
}

fn role(path: &str, owner: &str, file: &str) -> Result<Entry, Odd> {
    let slots = [Slot::Topology, Slot::Trust, Slot::Managed, Slot::Policy];
    let found = slots
        .iter()
        .find_map(|slot| Some((file.strip_suffix(slot.ending())?, *slot)));
    let Some((name, slot)) = found.filter(|(name, _)| !name.is_empty() && !name.starts_with('.')) else {
        let endings = Slot::ALL.map(|slot| format!("`{}`", slot.ending()));
        return Err(odd(
            path,
            format!("the name of a role's file ends in {}", endings.join(", ")),
        ));
    };
    let kind = RoleKind::ALL.into_iter().find(|kind| kind.name() == name);
    if owner == BASE {
        let kinds = RoleKind::ALL.map(RoleKind::name);
        let stem = name.split('.').next().unwrap_or(name);
        return kind
            .map(|kind| Entry::Role(Place::Base(kind), slot))
            .ok_or_else(|| {
                odd(
                    path,
                    format!("a base role is of a kind; {}", did_you_mean(stem, kinds)),
                )
            });
    }
    let namespace = Namespace::parse(owner).map_err(|error| odd(path, error.help))?;
    if let Some((stem, part)) = name.rsplit_once('.')
        && let Some(near) = nearest(part, ["topology", "trust", "managed"])
    {
        return Err(odd(path, format!("did you mean `{stem}.{near}{POLICY}`?")));
    }
    Ok(match kind {
        Some(kind) => Entry::Role(Place::Kind(namespace, kind), slot),
        None => Entry::Role(Place::Function(namespace, name.to_owned()), slot),
    })
}

//! How what roles may do compares with what they may do elsewhere, or did before.

mod half;
mod sides;
mod step;
mod trust;

use std::collections::BTreeSet;

pub use half::{Half, PolicyDiff};
pub use sides::{DiffSide, Place};
pub use step::{Gate, StepDiff, check_gate, step_diff};

use self::half::compared;
use self::sides::Judged;
use super::{Findings, Holders, OpError, ProofResult};
use crate::model::RoleName;
use crate::prove::Relation;

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct DiffRequest {
    /// The first side, `A`.
    pub first: DiffSide,
    /// The second, `B`, which is said to be broader or narrower.
    pub second: DiffSide,
}

/// The roles of a sandbox, where a side speaks of them.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// As the topologies need them.
    pub rendered: Option<Holders>,
    /// As the account holds them.
    pub live: Option<Holders>,
}

/// How two sides compare.
#[derive(Debug, Clone)]
pub struct Diff {
    /// What was compared, as it was asked for.
    pub sides: [String; 2],
    /// The second beside the first, all roles together.
    pub relation: Relation,
    /// Each role; one without a name where two policies are compared.
    pub roles: Vec<RoleDiff>,
    /// What was found in the files.
    pub findings: Findings,
}

/// How a role of one side compares with that of the other.
#[derive(Debug, Clone)]
pub struct RoleDiff {
    /// Its name; `None` where policies are compared.
    pub role: Option<RoleName>,
    /// Whether a side has no such role: it may do nothing there.
    pub only_in: Option<OnlyIn>,
    /// How they compare.
    pub diff: PolicyDiff,
}

/// Which side alone has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlyIn {
    /// The first.
    First,
    /// The second.
    Second,
}

/// Compares two sides, role by role, by what the policies of each allow of all requests.
///
/// # Errors
/// When a file cannot be read or holds neither a policy nor a plan, or a role that is named is not there.
pub fn diff(request: &DiffRequest, known: &Known) -> Result<Diff, OpError> {
    let mut findings = Findings::default();
    let first = sides::judged(&request.first, known, &mut findings)?;
    let second = sides::judged(&request.second, known, &mut findings)?;
    let roles = match (&*first, &*second) {
        // What has no name is compared with the one that is there, whatever its name.
        ([one], [other]) if one.name.is_none() || other.name.is_none() => {
            let (one, other) = (
                one.clone().in_the_place_of(other),
                other.clone().in_the_place_of(one),
            );
            vec![RoleDiff {
                role: one.name.clone().or_else(|| other.name.clone()),
                only_in: None,
                diff: compared(&one, &other),
            }]
        }
        _ => by_name(&first, &second, request)?,
    };
    let speaks_of_roles = |side: &DiffSide| matches!(side, DiffSide::Roles(..));
    if roles.is_empty() && (speaks_of_roles(&request.first) || speaks_of_roles(&request.second)) {
        return Err(OpError::NotThere {
            message: format!(
                "neither `{}` nor `{}` has roles: nothing was compared",
                request.first, request.second
            ),
            help: "`tcperm list` shows the sandboxes of an account, `tcperm render` the roles of a topology"
                .to_owned(),
        });
    }
    let all =
        |half: fn(&PolicyDiff) -> &Half| ProofResult::worst(roles.iter().map(|role| half(&role.diff).result));
    Ok(Diff {
        sides: [request.first.to_string(), request.second.to_string()],
        relation: half::relation(all(|diff| &diff.only_before), all(|diff| &diff.only_after)),
        roles,
        findings,
    })
}

fn by_name(first: &[Judged], second: &[Judged], request: &DiffRequest) -> Result<Vec<RoleDiff>, OpError> {
    let is_nameless = |side: &[Judged]| side.iter().any(|one| one.name.is_none());
    if is_nameless(first) || is_nameless(second) {
        let other = if is_nameless(first) {
            &request.second
        } else {
            &request.first
        };
        let names: Vec<String> = first
            .iter()
            .chain(second)
            .filter_map(|one| Some(format!("`{}`", one.name.as_ref()?)))
            .collect();
        let there = if names.is_empty() {
            "it has no roles".to_owned()
        } else {
            format!("its roles are {}", names.join(", "))
        };
        return Err(OpError::NotThere {
            message: format!("a policy is compared with one role, and `{other}` is not one"),
            help: format!("name the role, as in `live:ROLE`; {there}"),
        });
    }
    let names: BTreeSet<&RoleName> = first
        .iter()
        .chain(second)
        .filter_map(|one| one.name.as_ref())
        .collect();
    let find = |side: &'_ [Judged], name: &RoleName| -> Option<Judged> {
        side.iter().find(|one| one.name.as_ref() == Some(name)).cloned()
    };
    let roles = names.into_iter().map(|name| {
        let (one, other) = (find(first, name), find(second, name));
        let only_in = match (&one, &other) {
            (Some(_), None) => Some(OnlyIn::First),
            (None, Some(_)) => Some(OnlyIn::Second),
            _ => None,
        };
        let nothing = Judged::nothing;
        RoleDiff {
            role: Some(name.clone()),
            only_in,
            diff: compared(&one.unwrap_or_else(nothing), &other.unwrap_or_else(nothing)),
        }
    });
    Ok(roles.collect())
}

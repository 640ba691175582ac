//! What the statements that speak of a request say together.

use super::decision::{Layer, Verdict};
use super::prepared::Prepared;
use super::principal::{Caller, Named, account_of_resource};
use super::request::Request;
use super::truth::Truth;
use crate::policy::Effect;

/// What counts for the answer: the layers, and the three ways in which the policy of a resource allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Denial,
    Identity,
    Boundary,
    Session,
    Resource(Named),
}

/// Parts that allow, in the order of [`Tally::allowing`].
const ALLOWING: [Part; 6] = [
    Part::Identity,
    Part::Boundary,
    Part::Session,
    Part::Resource(Named::ByAccount),
    Part::Resource(Named::WithinLimits),
    Part::Resource(Named::Directly),
];

/// Which policies there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present {
    pub(super) boundary: bool,
    pub(super) session: bool,
    /// The policy of the resource.
    pub(super) resource: Option<Guard>,
}

/// What the policy of a resource guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// A role: only policies of trust have statements without a resource.
    Role,
    /// What the request names.
    Resource,
}

/// Whose policies are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The caller's and the resource's.
    Everyone,
    /// The caller's.
    Caller,
}

/// What the statements that speak of a request say together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) denial: Truth,
    /// Whether each of [`ALLOWING`] allows it.
    allowing: [Truth; ALLOWING.len()],
    way: Way,
    /// Whether the policy of the resource is that of a role.
    is_of_role: bool,
}

/// Which of the policies must allow a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The caller's or the resource's: both are in one account.
    OneAccount,
    /// The caller's and the resource's.
    TwoAccounts,
    /// The resource's, which may leave it to the caller's: roles and keys.
    Guarded,
    /// The resource's alone: a service has no policies.
    Service,
    /// The caller's alone, whatever the resource's say.
    CallerAlone,
}

impl Tally {
    pub(super) fn new(request: &Request, caller: &Caller<'_>, present: Present, asked: Asked) -> Self {
        let way = if asked == Asked::Caller {
            Way::CallerAlone
        } else if caller.is_service() {
            Way::Service
        } else {
            match (caller.account, account_of_resource(request)) {
                (Some(caller), Some(resource)) if caller != resource => Way::TwoAccounts,
                _ if is_guarded(request, present.resource) => Way::Guarded,
                _ => Way::OneAccount,
            }
        };
        let identity = caller.is_root().into();
        let absent = |is_present: bool| (!is_present).into();
        let none = Truth::No;
        Self {
            denial: Truth::No,
            allowing: [
                identity,
                absent(present.boundary),
                absent(present.session),
                none,
                none,
                none,
            ],
            way,
            is_of_role: present.resource == Some(Guard::Role),
        }
    }

    /// To which part a statement counts; `None` where it does not count for the caller.
    pub(super) fn part(self, statement: &Prepared, caller: &Caller<'_>) -> Option<Part> {
        let is_of_resource = statement.id.layer == Layer::Resource;
        let is_asked = match self.way {
            Way::Service => is_of_resource,
            Way::CallerAlone => !is_of_resource,
            Way::OneAccount | Way::TwoAccounts | Way::Guarded => true,
        };
        let named = match (is_asked, is_of_resource) {
            (false, _) => return None,
            (true, true) => Some(self.limited(statement.named(caller)?, caller)),
            (true, false) => None,
        };
        Some(match (statement.effect, statement.id.layer, named) {
            (Effect::Deny, ..) => Part::Denial,
            (_, _, Some(named)) => Part::Resource(named),
            (_, Layer::Boundary, _) => Part::Boundary,
            (_, Layer::Session, _) => Part::Session,
            (_, Layer::Identity | Layer::Resource, _) => Part::Identity,
        })
    }

    /// What naming the caller does: the policy of a role does not take a user beyond its boundary, as
    /// others do
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>).
    fn limited(self, named: Named, caller: &Caller<'_>) -> Named {
        if named == Named::Directly && self.is_of_role && caller.is_user() {
            Named::WithinLimits
        } else {
            named
        }
    }

    /// Counts a statement.
    pub(super) fn count(&mut self, part: Part, truth: Truth) {
        if part == Part::Denial {
            self.denial = self.denial.or(truth);
        }
        for (known, allowed) in ALLOWING.iter().zip(&mut self.allowing) {
            if *known == part {
                *allowed = allowed.or(truth);
            }
        }
    }

    /// The answer where all that is not known is missing.
    pub(super) fn verdict(self) -> Verdict {
        if self.denial.by_absence() {
            Verdict::ExplicitDeny
        } else if self.allowed().by_absence() {
            Verdict::Allowed
        } else {
            Verdict::ImplicitDeny
        }
    }

    /// Whether the answer depends on what is not known.
    pub(super) fn is_open(self) -> bool {
        self.denial != Truth::Yes && (self.denial.is_open() || self.allowed().is_open())
    }

    fn allowed(self) -> Truth {
        allowed(self.way, self.allowing)
    }

    /// Whether the answer may change with what a part says, where that is not known.
    pub(super) fn depends_on(self, part: Part) -> bool {
        if self.denial == Truth::Yes {
            return false;
        }
        if part == Part::Denial {
            return self.denial.is_open();
        }
        let index = ALLOWING.iter().position(|known| *known == part);
        let is_open = |index: &usize| self.allowing.get(*index).is_some_and(|truth| truth.is_open());
        let Some(index) = index.filter(is_open) else {
            return false;
        };
        // What is allowed grows with every part, so all ways in which the other open parts may
        // turn out are looked at: 64 at most.
        (0..1_u8 << ALLOWING.len()).any(|world| {
            let with = |own: Truth| {
                let mut parts = self.allowing;
                for (at, truth) in parts.iter_mut().enumerate() {
                    if at == index {
                        *truth = own;
                    } else if truth.is_open() {
                        *truth = (world >> at & 1 == 1).into();
                    }
                }
                allowed(self.way, parts)
            };
            with(Truth::Yes) != with(Truth::No)
        })
    }

    /// Whether a part has its share in what is allowed.
    pub(super) fn allows_by(self, part: Part) -> bool {
        let [identity, boundary, session, by_account, within_limits, directly] =
            self.allowing.map(Truth::by_absence);
        let limits = boundary && session;
        let is_left = self.way != Way::Guarded || by_account;
        let is_by_identity = identity && limits && is_left;
        match (self.way, part) {
            (_, Part::Denial) => false,
            (Way::TwoAccounts, _) => true,
            (Way::Service, part) => matches!(part, Part::Resource(_)),
            (Way::Guarded, Part::Resource(Named::ByAccount)) | (_, Part::Identity) => is_by_identity,
            (_, Part::Boundary | Part::Session) => is_by_identity || (within_limits && limits),
            (_, Part::Resource(Named::WithinLimits)) => within_limits && limits,
            (_, Part::Resource(Named::Directly)) => directly,
            // It leaves the answer to the account, whose policies are the caller's.
            (_, Part::Resource(Named::ByAccount)) => false,
        }
    }

    /// Whether a part would have to allow it and does not.
    pub(super) fn lacks(self, part: Part) -> bool {
        let [identity, boundary, session, by_account, within_limits, directly] =
            self.allowing.map(Truth::by_absence);
        match part {
            Part::Denial => false,
            Part::Identity => !identity,
            Part::Boundary => !boundary,
            Part::Session => !session,
            Part::Resource(_) => !(by_account || within_limits || directly),
        }
    }
}

/// Whether the policy of a resource must allow a request in any case: that of a role, and of a key of KMS.
fn is_guarded(request: &Request, policy: Option<Guard>) -> bool {
    match policy {
        None => false,
        Some(Guard::Role) => true,
        Some(Guard::Resource) => request.resource.split(':').nth(2) == Some("kms"),
    }
}

/// The logic: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>.
fn allowed(way: Way, parts: [Truth; ALLOWING.len()]) -> Truth {
    let [identity, boundary, session, by_account, within_limits, directly] = parts;
    let limits = boundary.and(session);
    let by_identity = identity.and(limits);
    match way {
        Way::OneAccount => by_identity.or(within_limits.and(limits)).or(directly),
        Way::TwoAccounts => by_identity.and(by_account.or(within_limits).or(directly)),
        Way::Guarded => by_identity
            .and(by_account)
            .or(within_limits.and(limits))
            .or(directly),
        Way::Service => by_account.or(within_limits).or(directly),
        Way::CallerAlone => by_identity,
    }
}

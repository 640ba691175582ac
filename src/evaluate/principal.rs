//! Who asks, and who is named in the policy of a resource.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::request::{Known, Request, RequestContext};
use crate::policy::{Effect, Principal, Principals, Values};

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    kind: Kind<'a>,
    /// As the request names it; empty where it does not.
    name: &'a str,
    /// The account it is of, where it is of one that is known.
    pub(super) account: Option<&'a str>,
    /// What is known of it; looked at where a policy names somebody.
    context: &'a RequestContext,
    has_boundary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    /// The account itself: its root user.
    Account,
    User,
    Role,
    /// A session of the role of this name.
    Session(&'a str),
    /// A federated session of the user of this name.
    Federated(&'a str),
    /// A service of AWS.
    Service,
    /// None of these, or not named.
    Other,
}

/// What a statement of a resource's policy does for a caller that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// It leaves it to the account, whose policies must allow it too.
    ByAccount,
    /// Boundary and session policies must allow it too: it names the role of a session, or the user.
    WithinLimits,
    /// It names the caller, or everyone.
    Directly,
}

impl<'a> Caller<'a> {
    pub(super) fn of(request: &'a Request, has_boundary: bool) -> Self {
        let context = &request.context;
        let name = request.principal.as_deref().unwrap_or_default();
        let (kind, account) = kind(name);
        Self {
            kind,
            name,
            account: account.or_else(|| match kind {
                Kind::Service => None,
                _ => only(context, "aws:principalaccount"),
            }),
            context,
            has_boundary,
        }
    }

    /// Whether it is a service of AWS, which has no policies of its own.
    pub(super) fn is_service(&self) -> bool {
        self.kind == Kind::Service
    }

    /// Whether it is a user of IAM.
    pub(super) fn is_user(&self) -> bool {
        self.kind == Kind::User
    }

    /// Whether it is the root user, who may do everything in its account.
    pub(super) fn is_root(&self) -> bool {
        self.kind == Kind::Account
    }

    /// What the statement does for it; `None` where it speaks of others.
    pub(super) fn named_in(&self, principal: &Principal, effect: Effect) -> Option<Named> {
        match principal {
            Principal::In(principals) => self.named(principals),
            Principal::NotIn(principals) => {
                let is_excluded = match effect {
                    Effect::Allow => self.named(principals).is_some(),
                    Effect::Deny => self.is_excluded(principals),
                };
                (!is_excluded).then_some(Named::Directly)
            }
        }
    }

    fn named(&self, principals: &Principals) -> Option<Named> {
        match principals {
            Principals::Anyone => Some(Named::Directly),
            Principals::Typed(types) => types
                .iter()
                .flat_map(|(kind, names)| names.iter().filter_map(|name| self.named_by(kind, name)))
                .max(),
        }
    }

    fn named_by(&self, kind: &str, name: &str) -> Option<Named> {
        let is_named = match kind {
            "AWS" => return self.named_by_aws(name),
            "Service" => self.is_service() && (name == "*" || name == self.name),
            "Federated" => {
                name == "*" || name == self.name || Some(name) == only(self.context, "aws:federatedprovider")
            }
            _ => name == self.name,
        };
        is_named.then_some(Named::Directly)
    }

    fn named_by_aws(&self, name: &str) -> Option<Named> {
        if name == "*" {
            return Some(Named::Directly);
        }
        if let Some(account) = account_of(name) {
            let how = if self.is_root() {
                Named::Directly
            } else {
                Named::ByAccount
            };
            return (self.account == Some(account)).then_some(how);
        }
        if self.is_role(name) || self.is_user_of_session(name) {
            return Some(Named::WithinLimits);
        }
        (name == self.name).then_some(Named::Directly)
    }

    /// Whether `NotPrincipal` leaves it out of a denial: its account, its role and itself must be listed.
    /// Nobody with a permissions boundary is left out.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    fn is_excluded(&self, principals: &Principals) -> bool {
        if self.has_boundary && !self.is_service() {
            return false;
        }
        let Principals::Typed(types) = principals else {
            return true;
        };
        let of_aws = types.get("AWS");
        let lists = |is_it: &dyn Fn(&str) -> bool| of_aws.is_some_and(|names| has(names, is_it));
        if lists(&|name| name == "*") {
            return true;
        }
        let account = || lists(&|name| account_of(name).is_some_and(|one| Some(one) == self.account));
        let itself = || lists(&|name| name == self.name);
        match self.kind {
            Kind::Account => account(),
            Kind::User => account() && itself(),
            Kind::Role => account() && lists(&|name| self.is_role(name)),
            Kind::Session(_) => account() && itself() && lists(&|name| self.is_role(name)),
            Kind::Federated(_) => account() && itself() && lists(&|name| self.is_user_of_session(name)),
            Kind::Service | Kind::Other => self.named(principals).is_some(),
        }
    }

    /// Whether an ARN is that of its role.
    fn is_role(&self, arn: &str) -> bool {
        match self.kind {
            Kind::Role => arn == self.name,
            Kind::Session(role) => match only(self.context, "aws:principalarn") {
                Some(known) => arn == known,
                None => self.is_own(arn, "role/", role),
            },
            _ => false,
        }
    }

    fn is_user_of_session(&self, arn: &str) -> bool {
        matches!(self.kind, Kind::Federated(user) if self.is_own(arn, "user/", user))
    }

    /// Whether an ARN is that of something in its account, by its name, whatever its path.
    fn is_own(&self, arn: &str, kind: &str, name: &str) -> bool {
        let mut parts = arn.splitn(6, ':').skip(2);
        parts.next() == Some("iam")
            && parts.next() == Some("")
            && parts.next() == self.account
            && parts
                .next()
                .and_then(|resource| resource.strip_prefix(kind))
                .and_then(|path| path.rsplit('/').next())
                == Some(name)
    }
}

fn has(names: &Values, is_it: &dyn Fn(&str) -> bool) -> bool {
    names.iter().any(is_it)
}

/// What an ARN or a name says of who it is, with the account.
fn kind(name: &str) -> (Kind<'_>, Option<&str>) {
    let Some([_, service, region, account, resource]) = arn(name) else {
        let is_service = name.contains('.') && !name.contains(['/', ':', '@']);
        return match account_id(name) {
            Some(account) => (Kind::Account, Some(account)),
            None if is_service => (Kind::Service, None),
            None => (Kind::Other, None),
        };
    };
    let account = account_id(account);
    let (what, which) = resource.split_once('/').unwrap_or((resource, ""));
    let kind = match (service, what) {
        ("iam", _) if resource == "root" && region.is_empty() && account.is_some() => Kind::Account,
        ("iam", "user") => Kind::User,
        ("iam", "role") => Kind::Role,
        ("sts", "assumed-role") => Kind::Session(which.split('/').next().unwrap_or_default()),
        ("sts", "federated-user") => Kind::Federated(which),
        _ => Kind::Other,
    };
    (kind, account)
}

/// What follows `arn:` in an ARN: partition, service, region, account and resource.
fn arn(text: &str) -> Option<[&str; 5]> {
    let mut rest = text.strip_prefix("arn:")?;
    let mut segments = [""; 5];
    let [before @ .., resource] = &mut segments;
    for segment in before {
        // Segments are short: looking at each byte is quicker than a search.
        let end = rest.bytes().position(|c| c == b':')?;
        *segment = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
    }
    *resource = rest;
    Some(segments)
}

/// The account that a name stands for: `123456789012`, `arn:aws:iam::123456789012:root`.
fn account_of(name: &str) -> Option<&str> {
    account_id(name).or_else(|| match arn(name)? {
        [_, "iam", "", account, "root"] => account_id(account),
        _ => None,
    })
}

/// A text that is the number of an account.
fn account_id(text: &str) -> Option<&str> {
    let is_account = text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit());
    is_account.then_some(text)
}

/// The account that a resource is in, where it is known.
pub(super) fn account_of_resource(request: &Request) -> Option<&str> {
    let account = arn(&request.resource).and_then(|[_, _, _, account, _]| account_id(account));
    account.or_else(|| only(&request.context, "aws:resourceaccount"))
}

/// The value of a key that has one.
fn only<'a>(context: &'a RequestContext, key: &str) -> Option<&'a str> {
    match context.get(key) {
        Known::Values([value]) => Some(value),
        _ => None,
    }
}

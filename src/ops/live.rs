//! Whether the roles in the account allow what topologies need, whoever keeps them.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::apply::{head, read};
use super::create::locate;
use super::observe::CONCURRENCY;
use super::preparation::{context, prepare};
use super::provided::{Use, find, uses};
use super::{Findings, OpError, Wanted};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::grants::{Capability, Derivation, Grant, GrantTarget};
use crate::iam::{Iam, IamError, IamResult};
use crate::intent::{Document, Granting, RoleSpec, statements};
use crate::model::{Arn, Identity, Sandbox};
use crate::plan::reading::{Extent, Reading};
use crate::policy::{Effect, Policy, Statement};
use crate::prove::{Missing, Why, missing};

/// The codes of what comparing roles with topologies finds.
pub mod codes {
    /// A role does not allow what a topology needs.
    pub const PERMISSION_MISSING: &str = "permission-missing";
    /// It cannot be told whether a role allows what a topology needs.
    pub const PERMISSION_UNCLEAR: &str = "permission-unclear";
    /// A policy of a role could not be read.
    pub const POLICY_UNREAD: &str = "policy-unread";
}

/// How many resources a message names.
const NAMED: usize = 2;

/// What comparing the roles of an account with what topologies need gives.
#[derive(Debug, Clone)]
pub struct LiveCheck {
    /// The account.
    pub identity: Identity,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// What was found in the files, and what the roles lack, at the edges that ask for it.
    pub findings: Findings,
    /// How many topologies were looked at.
    pub topologies: usize,
    /// How many calls were made.
    pub calls: u64,
}

/// Compares what topologies need with what the roles in the account allow: those that tcperm made,
/// and those that somebody else keeps. What is needed is what the built-in templates would write.
///
/// Service control policies and the policies of resources are not looked at.
///
/// # Errors
/// When the files cannot be read or hold errors, or a call fails. What lacks is no error of the
/// operation: it stands among the findings.
pub async fn check_live(account: &impl Iam, wanted: &Wanted) -> Result<LiveCheck, OpError> {
    let preparation = prepare(wanted)?;
    let (identity, listed) = locate(account).await?;
    let context = context(wanted, &identity)?;
    let needed = preparation.needed(wanted, &context)?;
    let uses = uses(&preparation, wanted, &context, &needed)?;
    let (found, mut diagnostics) = find(account, &context, &listed, uses).await?;
    let reads = found.into_iter().map(|role| async move {
        let name = role.detail.summary.name.clone();
        let reading = Reading::of(head(role.detail), Extent::PERMISSIONS);
        let spec = read(account, &name, reading).await?;
        Ok::<_, IamError>(spec.map(|spec| (spec, role.uses)))
    });
    let read: Vec<Option<(RoleSpec, Vec<Use>)>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let roles: Vec<(RoleSpec, Vec<Use>)> = read.into_iter().flatten().collect();
    let managed = managed(account, roles.iter().map(|(role, _)| role)).await?;
    let apart = BTreeSet::new();
    let of = preparation.derivation(wanted, &context, &apart);
    for (role, uses) in &roles {
        let compared = Compared::of(role, uses, &managed);
        diagnostics.extend(compared.findings(of)?);
    }
    let topologies = preparation.topologies.len();
    let mut findings = preparation.findings.and(diagnostics);
    diagnostic::sort(&mut findings.diagnostics);
    Ok(LiveCheck {
        identity,
        sandbox: wanted.sandbox.clone(),
        findings,
        topologies,
        calls: account.calls(),
    })
}

/// The documents of managed policies, where they could be read.
pub(super) type Managed = BTreeMap<Arn, Document>;

/// Reads each managed policy and boundary of some roles once.
pub(super) async fn managed<'r>(
    account: &impl Iam,
    roles: impl Iterator<Item = &'r RoleSpec>,
) -> IamResult<Managed> {
    let arns = roles.flat_map(|role| role.managed_policies.iter().chain(&role.boundary));
    let arns: BTreeSet<&Arn> = arns.collect();
    let reads = arns.into_iter().map(|arn| async move {
        let text = account.managed_policy(arn).await?;
        Ok(text.map(|text| (arn.clone(), Document::read(&text))))
    });
    let read: Vec<Option<(Arn, Document)>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(read.into_iter().flatten().collect())
}

/// A role, what it is for, and what its policies say.
struct Compared<'a> {
    role: &'a RoleSpec,
    grants: Vec<Grant>,
    place: Option<&'a Span>,
    /// The policies that allow and deny.
    policies: Vec<&'a Policy>,
    /// Those that could not be read, as a reader names them.
    unread: Vec<String>,
    /// What the role may do at most.
    boundary: Option<(&'a Arn, Option<&'a Policy>)>,
}

/// What is compared with what is needed.
#[derive(Clone, Copy)]
enum Side<'a> {
    Policies,
    Boundary(&'a Arn),
}

impl<'a> Compared<'a> {
    fn of(role: &'a RoleSpec, uses: &'a [Use], managed: &'a Managed) -> Self {
        let mut policies = Vec::new();
        let mut unread = Vec::new();
        for (name, document) in &role.policies {
            match document.known() {
                Some(policy) => policies.push(policy),
                None => unread.push(format!("inline policy `{name}`")),
            }
        }
        let document = |arn: &Arn| managed.get(arn).and_then(Document::known);
        for arn in &role.managed_policies {
            match document(arn) {
                Some(policy) => policies.push(policy),
                None => unread.push(format!("managed policy `{arn}`")),
            }
        }
        let places = uses.iter().map(|one| &one.span);
        Self {
            role,
            grants: merged(uses),
            place: places.min_by_key(|span| (span.file, span.range.start)),
            policies,
            unread,
            boundary: role.boundary.as_ref().map(|arn| (arn, document(arn))),
        }
    }

    fn findings(&self, of: Derivation<'_>) -> Result<Vec<Diagnostic>, OpError> {
        let needed = statements(of, &self.grants)?;
        let (allowed, denied): (Vec<&Granting>, Vec<&Granting>) = needed
            .iter()
            .partition(|granting| granting.statement.effect == Effect::Allow);
        let denied: Vec<Statement> = denied.iter().map(|one| one.statement.clone()).collect();
        let mut found = self.unread();
        for granting in allowed {
            let statement = std::iter::once(granting.statement.clone());
            let asked = Policy::of(statement.chain(denied.iter().cloned()).collect());
            for lack in missing(&[&asked], &self.policies) {
                found.push(self.finding(granting, &lack, Side::Policies));
            }
            if let Some((arn, Some(boundary))) = self.boundary {
                for lack in missing(&[&asked], &[boundary]) {
                    found.push(self.finding(granting, &lack, Side::Boundary(arn)));
                }
            }
        }
        Ok(found)
    }

    /// Says which policies of the role could not be read.
    fn unread(&self) -> Vec<Diagnostic> {
        let boundary = match self.boundary {
            Some((arn, None)) => Some(format!("permissions boundary `{arn}`")),
            _ => None,
        };
        let note = |what: &String| {
            let message = format!("the {what} of `{}` could not be read", self.role.name);
            let help =
                "what it allows and denies is not known: compare it by hand with what `tcperm render` shows";
            let finding = Diagnostic::note(codes::POLICY_UNREAD, message).help(help);
            placed(finding, self.place)
        };
        self.unread.iter().chain(&boundary).map(note).collect()
    }

    fn finding(&self, granting: &Granting, lack: &Missing, side: Side<'_>) -> Diagnostic {
        let what = wish(lack);
        let statement = serde_json::to_string(&lack.statement).unwrap_or_default();
        let role = &self.role.name;
        let (who, whose) = match side {
            Side::Policies => (format!("`{role}`"), "the role"),
            Side::Boundary(arn) => (
                format!("the permissions boundary `{arn}` of `{role}`"),
                "the boundary",
            ),
        };
        let is_unread = matches!(side, Side::Policies) && !self.unread.is_empty();
        let finding = match &lack.why {
            Why::Denied { sid } => {
                let message = format!("{who} denies {what}{}", of_statement(sid.as_deref()));
                let help = format!("take it out of what {whose} denies; needed is {statement}");
                Diagnostic::error(codes::PERMISSION_MISSING, message).help(help)
            }
            _ if is_unread => {
                let message = format!("{who} allows {what} in no policy that could be read");
                let help = format!(
                    "compare with its {}: needed is {statement}",
                    self.unread.join(", ")
                );
                Diagnostic::warning(codes::PERMISSION_UNCLEAR, message).help(help)
            }
            Why::NotAllowed => {
                let message = format!("{who} does not allow {what}");
                let help = format!("allow it in a policy of {whose}: {statement}");
                Diagnostic::error(codes::PERMISSION_MISSING, message).help(help)
            }
            Why::Conditional { sid, condition } => {
                let message = format!(
                    "{who} allows {what} under a condition alone{}",
                    of_statement(sid.as_deref())
                );
                let help = format!(
                    "it depends on {condition}, and nobody knows whether that holds: allow {statement}"
                );
                Diagnostic::error(codes::PERMISSION_MISSING, message).help(help)
            }
            Why::Unknown => {
                let message = format!("it cannot be told whether {who} allows {what}");
                let help = format!("write it in a policy of {whose} without variables: {statement}");
                Diagnostic::warning(codes::PERMISSION_UNCLEAR, message).help(help)
            }
        };
        placed(finding, self.asked_by(granting, lack).or(self.place))
    }

    /// The first edge that asks for what lacks.
    fn asked_by(&self, granting: &Granting, lack: &Missing) -> Option<&Span> {
        let of_statement = |grant: &&Grant| match grant.target.arn() {
            _ if grant.capability != granting.capability => false,
            Some(arn) => granting.arns.contains(arn),
            None => granting.arns.is_empty(),
        };
        let lacks = |grant: &&Grant| {
            let arn = grant.target.arn();
            arn.is_some_and(|arn| lack.resources.iter().any(|resource| resource.starts_with(arn)))
        };
        let grants: Vec<&Grant> = self.grants.iter().filter(of_statement).collect();
        let grant = grants.iter().find(|grant| lacks(grant)).or(grants.first());
        grant.and_then(|grant| grant.asked_by.first())
    }
}

/// What all who assume a role need of it, each target once.
fn merged(uses: &[Use]) -> Vec<Grant> {
    let mut by_target: BTreeMap<(&Capability, &GrantTarget), Grant> = BTreeMap::new();
    for grant in uses.iter().flat_map(|one| &one.grants) {
        by_target
            .entry((&grant.capability, &grant.target))
            .and_modify(|merged| merged.asked_by.extend(grant.asked_by.iter().cloned()))
            .or_insert_with(|| grant.clone());
    }
    by_target.into_values().collect()
}

/// The actions that lack, and on what.
fn wish(lack: &Missing) -> String {
    let quoted = |text: &String| format!("`{}`", text.escape_debug());
    let actions: Vec<String> = lack.actions.iter().map(quoted).collect();
    let resources: Vec<String> = lack.resources.iter().take(NAMED).map(quoted).collect();
    let rest = match lack.resources.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    format!("{} on {}{rest}", actions.join(", "), resources.join(", "))
}

fn of_statement(sid: Option<&str>) -> String {
    sid.map_or_else(String::new, |sid| {
        format!(", in the statement `{}`", sid.escape_debug())
    })
}

fn placed(finding: Diagnostic, place: Option<&Span>) -> Diagnostic {
    match place {
        Some(place) => finding.at(place.clone()),
        None => finding,
    }
}

//! The roles that a run needs and somebody else keeps: found in the account, never written.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::observe::CONCURRENCY;
use super::preparation::{Needed, Preparation};
use super::{Findings, OpError, RoleLine, Wanted};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::evaluate::trusts;
use crate::grants::{Grant, role_of};
use crate::iam::{Iam, IamError, RoleDetail, RoleSummary};
use crate::intent::ownership::{Ownership, ownership};
use crate::intent::{Document, built_in_trust, codes as assignment};
use crate::model::{Arn, Context, Namespace, RoleId, RoleKind, RoleName};
use crate::policy::{Policy, Principal, Principals, Statement, Values};

/// The codes of what looking for roles finds.
pub mod codes {
    /// A role that is needed is not in the account.
    pub const ROLE_MISSING: &str = "role-missing";
    /// A role does not let the service that is to assume it do so.
    pub const ROLE_NOT_TRUSTING: &str = "role-not-trusting";
}

/// How many users of a role a message names.
const NAMED: usize = 3;

/// Entities of a topology that assume one role.
#[derive(Debug, Clone)]
pub(super) struct Use {
    /// The names that the role can have, the one that counts first.
    pub(super) names: Vec<RoleName>,
    pub(super) kind: RoleKind,
    /// The function, where it is one alone.
    pub(super) function: Option<String>,
    pub(super) namespace: Namespace,
    /// Where the topology asks for the role.
    pub(super) span: Span,
    /// What the role is to allow.
    pub(super) grants: Vec<Grant>,
    /// Who is to assume it, as the built-in templates say it.
    trust: Policy,
    keeper: Keeper,
}

/// Who keeps a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    Others,
    Tcperm,
}

/// A role of the account, and who assumes it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) detail: RoleDetail,
    pub(super) uses: Vec<Use>,
}

/// The roles that somebody else keeps, as they stand in the account.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// A line for each role and kind of entity that assumes it, by name.
    pub(super) lines: Vec<RoleLine>,
    /// What is to be said of them.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Kept {
    /// Whether a role is one of them, and no role that the run makes.
    pub(super) fn holds(&self, name: &RoleName, needed: &Needed) -> bool {
        self.lines.iter().any(|line| line.name == *name) && made(needed, name).is_none()
    }
}

/// Looks for the roles that a run needs and somebody else keeps: one call for each that is there.
///
/// # Errors
/// When one is missing or does not trust who is to assume it, with all that is wrong of all of
/// them; or a call fails.
pub(super) async fn kept(
    account: &impl Iam,
    (preparation, wanted): (&Preparation, &Wanted),
    (context, needed): (&Context, &Needed),
    listed: &[RoleSummary],
) -> Result<Kept, OpError> {
    let (made_here, uses): (Vec<Use>, Vec<Use>) = provided(preparation, wanted, context, needed)?
        .into_iter()
        .partition(|one| is_made_here(one, wanted, needed));
    let (found, mut diagnostics) = find(account, context, listed, uses).await?;
    if !diagnostics.is_empty() {
        diagnostic::sort(&mut diagnostics);
        return Err(OpError::Findings(Box::new(Findings {
            sources: preparation.findings.sources.clone(),
            diagnostics,
        })));
    }
    let mut lines: Vec<RoleLine> = found.iter().flat_map(lines_of).collect();
    lines.extend(made_here.iter().filter_map(|one| {
        let name = one.names.first()?;
        Some(RoleLine {
            name: name.clone(),
            arn: Arn::role(context.partition, &context.account, name),
            kind: one.kind,
            is_provided: true,
        })
    }));
    lines.sort_by(|a, b| (&a.name, a.kind).cmp(&(&b.name, b.kind)));
    lines.dedup();
    let diagnostics = found.iter().filter_map(|role| not_of_others(context, role));
    Ok(Kept {
        lines,
        diagnostics: diagnostics.collect(),
    })
}

/// Whether the run itself makes the role before anything assumes it.
fn is_made_here(one: &Use, wanted: &Wanted, needed: &Needed) -> bool {
    let name = one.names.first();
    let id = name.and_then(|name| made(needed, name));
    id.is_some_and(|id| id.kind == one.kind && wanted.kinds.contains(&id.kind))
}

/// The role of a name that the topologies of the run have made for them.
fn made<'a>(needed: &'a Needed, name: &RoleName) -> Option<&'a RoleId> {
    let mut ids = needed.shares.values().flat_map(BTreeMap::keys);
    ids.find(|id| is_same(&id.name, name))
}

fn lines_of(role: &Found) -> Vec<RoleLine> {
    let kinds: BTreeSet<RoleKind> = role.uses.iter().map(|one| one.kind).collect();
    let line = |kind| RoleLine {
        name: role.detail.summary.name.clone(),
        arn: role.detail.summary.arn.clone(),
        kind,
        is_provided: true,
    };
    kinds.into_iter().map(line).collect()
}

/// What to say of a role that nobody but tcperm keeps. Where a function names a base role, that was
/// said of its topology.
fn not_of_others(context: &Context, role: &Found) -> Option<Diagnostic> {
    let name = &role.detail.summary.name;
    let is_ours = ownership(&context.sandbox, &role.detail.tags) == Ownership::Ours;
    let one = role
        .uses
        .iter()
        .find(|one| one.function.is_none() || name.as_base().is_none())?;
    let message = format!("`{name}` is a role that tcperm keeps for this sandbox");
    let help = "it goes when what it was made for goes: name a role that somebody else keeps";
    let finding = Diagnostic::warning(assignment::NOT_KEPT_BY_OTHERS, message).help(help);
    is_ours.then(|| finding.at(one.span.clone()))
}

/// Who assumes roles that somebody else keeps.
fn provided(
    preparation: &Preparation,
    wanted: &Wanted,
    context: &Context,
    needed: &Needed,
) -> Result<Vec<Use>, OpError> {
    let mut uses = Vec::new();
    for (namespace, provided) in &needed.provided {
        for ((kind, function), role) in provided {
            let of = (*kind, function.as_deref(), namespace);
            let borne = (role.names.as_slice(), role.grants.as_slice());
            uses.extend(user(preparation, wanted, context, of, borne, Keeper::Others)?);
        }
    }
    Ok(uses)
}

/// Who assumes which role, whoever keeps it.
pub(super) fn uses(
    preparation: &Preparation,
    wanted: &Wanted,
    context: &Context,
    needed: &Needed,
) -> Result<Vec<Use>, OpError> {
    let mut uses = provided(preparation, wanted, context, needed)?;
    for (namespace, shares) in &needed.shares {
        for (id, share) in shares {
            let function = id.owner.as_ref().and_then(|owner| owner.function.as_deref());
            let of = (id.kind, function, namespace);
            let borne = (std::slice::from_ref(&id.name), share.grants.as_slice());
            uses.extend(user(preparation, wanted, context, of, borne, Keeper::Tcperm)?);
        }
    }
    Ok(uses)
}

fn user(
    preparation: &Preparation,
    wanted: &Wanted,
    context: &Context,
    (kind, function, namespace): (RoleKind, Option<&str>, &Namespace),
    (names, grants): (&[RoleName], &[Grant]),
    keeper: Keeper,
) -> Result<Option<Use>, OpError> {
    let span = place(preparation, namespace, kind, function);
    let Some(span) = span.filter(|_| wanted.kinds.contains(&kind)) else {
        return Ok(None);
    };
    let apart = BTreeSet::new();
    let of = preparation.derivation(wanted, context, &apart);
    Ok(Some(Use {
        names: names.to_vec(),
        kind,
        function: function.map(str::to_owned),
        namespace: namespace.clone(),
        span,
        grants: grants.to_vec(),
        trust: built_in_trust(of, kind, grants)?,
        keeper,
    }))
}

/// Where a topology asks for a role: where a function names it, or at the first entity of the kind.
fn place(
    preparation: &Preparation,
    namespace: &Namespace,
    kind: RoleKind,
    function: Option<&str>,
) -> Option<Span> {
    let mut topologies = preparation.topologies.iter();
    let topology = topologies.find(|topology| topology.name.value == *namespace)?;
    let named = function
        .and_then(|function| topology.roles.get(function))
        .and_then(|role| role.provided.as_ref());
    if let Some(named) = named {
        return Some(named.span.clone());
    }
    let mut entities = topology.entities.iter();
    let of_kind = entities.find(|entity| match function {
        Some(function) => entity.name == function && role_of(entity.kind) == Some(kind),
        None => role_of(entity.kind) == Some(kind),
    });
    Some(of_kind.map_or(&topology.name.span, |entity| &entity.span).clone())
}

/// Looks for roles, and says of each that is missing or cannot be assumed.
pub(super) async fn find(
    account: &impl Iam,
    context: &Context,
    listed: &[RoleSummary],
    uses: Vec<Use>,
) -> Result<(Vec<Found>, Vec<Diagnostic>), OpError> {
    let mut there: BTreeMap<RoleName, Vec<Use>> = BTreeMap::new();
    let mut missing: BTreeMap<Vec<String>, Vec<Use>> = BTreeMap::new();
    for one in uses {
        match one.names.iter().find_map(|name| listed_as(listed, name)) {
            Some(name) => there.entry(name.clone()).or_default().push(one),
            None => missing.entry(key(&one)).or_default().push(one),
        }
    }
    let reads = there.into_iter().map(|(name, uses)| async move {
        let detail = account.get_role(&name).await?;
        Ok::<_, IamError>((detail, uses))
    });
    let read: Vec<_> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let mut found = Vec::new();
    for (detail, uses) in read {
        match detail {
            Some(detail) => found.push(Found { detail, uses }),
            // Deleted since it was listed.
            None => uses
                .into_iter()
                .for_each(|one| missing.entry(key(&one)).or_default().push(one)),
        }
    }
    let not_there = missing.values().filter_map(|uses| role_missing(context, uses));
    let mut diagnostics: Vec<Diagnostic> = not_there.collect();
    diagnostics.extend(found.iter().filter_map(not_trusting));
    Ok((found, diagnostics))
}

/// The names of a role, as IAM compares them.
fn key(one: &Use) -> Vec<String> {
    let lower = one.names.iter().map(|name| name.as_str().to_ascii_lowercase());
    lower.collect()
}

/// The name that a role has in the account.
fn listed_as<'a>(listed: &'a [RoleSummary], name: &RoleName) -> Option<&'a RoleName> {
    let mut names = listed.iter().map(|role| &role.name);
    names.find(|listed| is_same(listed, name))
}

/// IAM compares names without case.
fn is_same(a: &RoleName, b: &RoleName) -> bool {
    a.as_str().eq_ignore_ascii_case(b.as_str())
}

fn role_missing(context: &Context, uses: &[Use]) -> Option<Diagnostic> {
    let first = first_of(uses)?;
    let names: Vec<String> = first.names.iter().map(|name| format!("`{name}`")).collect();
    let message = format!(
        "no role {} in account {}, which {}",
        names.join(" or "),
        context.account,
        users(uses, ["assumes", "assume"])
    );
    let services: BTreeSet<String> = uses
        .iter()
        .flat_map(|one| wishes(&one.trust))
        .map(|(service, _)| format!("`{service}`"))
        .collect();
    let services: Vec<String> = services.into_iter().collect();
    let create = format!("create it so that {} may assume it", services.join(" and "));
    let is_base = first.names.iter().any(|name| name.as_base().is_some());
    let help = match (&first.function, first.keeper) {
        (_, Keeper::Tcperm) => "`tcperm create` makes it".to_owned(),
        (Some(_), _) if is_base => {
            "tcperm makes it where something needs it: leave `role` out, or name a role that somebody else keeps"
                .to_owned()
        }
        (Some(_), _) => format!("{create}, or name another with `role`"),
        (None, _) => format!(
            "{create}, name another under `[legacy_roles]` in `tcperm.toml`, or leave TC_LEGACY_ROLES out and tcperm makes roles"
        ),
    };
    let finding = Diagnostic::error(codes::ROLE_MISSING, message).help(help);
    Some(finding.at(first.span.clone()))
}

fn not_trusting(role: &Found) -> Option<Diagnostic> {
    let name = &role.detail.summary.name;
    let finding = |message, help: String, uses: &[Use]| {
        let finding = Diagnostic::error(codes::ROLE_NOT_TRUSTING, message).help(help);
        Some(finding.at(first_of(uses)?.span.clone()))
    };
    let trust = match Document::read(&role.detail.trust) {
        Document::Known(trust) => trust,
        Document::Unread | Document::Unreadable(_) => {
            let message = format!("the trust policy of `{name}` is no policy that tcperm can read");
            let help = "so nobody can tell who may assume it: write it anew".to_owned();
            return finding(message, help, &role.uses);
        }
    };
    let mut lacking: Vec<(&Statement, BTreeSet<&str>)> = Vec::new();
    let mut locked_out = Vec::new();
    for one in &role.uses {
        let before = lacking.len();
        for statement in &one.trust.statement {
            let wishes = wishes_of(statement).filter(|(service, action)| !trusts(&trust, service, action));
            let services: BTreeSet<&str> = wishes.map(|(service, _)| service).collect();
            if !services.is_empty() {
                lacking.push((statement, services));
            }
        }
        if lacking.len() > before {
            locked_out.push(one.clone());
        }
    }
    if locked_out.is_empty() {
        return None;
    }
    let services: BTreeSet<String> = lacking
        .iter()
        .flat_map(|(_, services)| services)
        .map(|service| format!("`{service}`"))
        .collect();
    let services: Vec<String> = services.into_iter().collect();
    let message = format!(
        "`{name}` does not let {} assume it, as {}",
        services.join(" and "),
        users(&locked_out, ["needs", "need"])
    );
    let mut statements: Vec<String> = lacking
        .iter()
        .map(|(statement, _)| serde_json::to_string(statement).unwrap_or_default())
        .collect();
    statements.sort();
    statements.dedup();
    let help = format!("allow it in the role's trust policy: {}", statements.join(", "));
    finding(message, help, &locked_out)
}

/// Which services are to assume a role, by which action.
fn wishes(trust: &Policy) -> impl Iterator<Item = (&str, &str)> {
    trust.statement.iter().flat_map(wishes_of)
}

fn wishes_of(statement: &Statement) -> impl Iterator<Item = (&str, &str)> {
    let services = match &statement.principal {
        Some(Principal::In(Principals::Typed(types))) => types.get("Service"),
        _ => None,
    };
    let services = services.into_iter().flat_map(Values::iter);
    services.flat_map(|service| {
        statement
            .action
            .values()
            .iter()
            .map(move |action| (service, action))
    })
}

/// The use that stands first.
fn first_of(uses: &[Use]) -> Option<&Use> {
    uses.iter()
        .min_by_key(|one| (one.span.file, one.span.range.start))
}

/// `the routes of `orders` assume`, with the verb for one and for many.
fn users(uses: &[Use], [one, many]: [&str; 2]) -> String {
    let names: BTreeSet<String> = uses.iter().map(Use::name).collect();
    let is_one = names.len() == 1 && uses.iter().all(|one| one.function.is_some());
    let verb = if is_one { one } else { many };
    let rest = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let names: Vec<String> = names.into_iter().take(NAMED).collect();
    format!("{}{rest} {verb}", names.join(", "))
}

impl Use {
    /// Who it is: ``the routes of `orders` ``.
    fn name(&self) -> String {
        let namespace = &self.namespace;
        if let Some(function) = &self.function {
            return format!("the function `{}` of `{namespace}`", function.escape_debug());
        }
        let entities = match self.kind {
            RoleKind::Event => "rules",
            RoleKind::Function => "functions",
            RoleKind::Mutation => "resolvers",
            RoleKind::Route => "routes",
            RoleKind::State => "state machines",
        };
        format!("the {entities} of `{namespace}`")
    }
}

//! The roles that an account holds, as they are judged.

use super::origins::{BuiltIn, of_statements};
use super::{Bound, HeldDocument, Holder, Holders, Origin, exceptions};
use crate::diagnostic::Diagnostic;
use crate::iam::Iam;
use crate::intent::ownership::{ownership, recorded_mode};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, Context, Identity, Region, RoleId, RoleKind, RoleName, Sandbox};
use crate::ops::explain::explain_prepared;
use crate::ops::live::{Managed, managed};
use crate::ops::observe::whole_role;
use crate::ops::preparation::prepare;
use crate::ops::provided::codes;
use crate::ops::show::show;
use crate::ops::{Explained, ExplainedRole, Findings, OpError, Question, Shown, Wanted};
use crate::plan::Obstacle;

/// How a role came about whose tags do not say it.
const UNKNOWN_MODE: &str = "unknown";

/// Which roles of an account are to be judged.
#[derive(Debug, Clone, Copy)]
pub struct LiveRoles<'a> {
    /// The sandbox.
    pub sandbox: &'a Sandbox,
    /// The kinds of role.
    pub kinds: &'a [RoleKind],
    /// The region of the sandbox's resources.
    pub region: &'a Region,
    /// The topologies that say where statements come from and what they need beyond the sandbox.
    pub wanted: Option<&'a Wanted>,
}

/// The roles of a sandbox as an account holds them, with the documents of managed policies and
/// boundaries. Those of legacy roles, which somebody else keeps, are not among them.
///
/// # Errors
/// When a call fails, or the files of the topologies cannot be read or hold errors.
pub async fn live_holders(account: &impl Iam, of: LiveRoles<'_>) -> Result<Holders, OpError> {
    let preparation = of.wanted.map(prepare).transpose()?;
    let mut shown = show(account, of.sandbox, of.kinds).await?;
    let mut explained = match (preparation, of.wanted) {
        (Some(preparation), Some(wanted)) => {
            let question = Question {
                account: Some(shown.identity.account.clone()),
                ..Question::default()
            };
            Some(explain_prepared(preparation, wanted, &question)?)
        }
        _ => None,
    };
    if let Some(explained) = &mut explained {
        let absent = find_others(account, &mut shown, explained).await?;
        explained.findings.diagnostics.extend(absent);
    }
    let managed = managed(account, shown.roles.iter().map(|(_, role)| role)).await?;
    Ok(joined(shown, &managed, explained, of.region, account.calls()))
}

/// Looks by name for the roles that topologies need and that nothing in the list said are the sandbox's:
/// what it runs has them by name, whatever they say of themselves. Says which are not there.
async fn find_others(
    account: &impl Iam,
    shown: &mut Shown,
    explained: &Explained,
) -> Result<Vec<Diagnostic>, OpError> {
    let mut absent = Vec::new();
    for needed in &explained.roles {
        let name = &needed.spec.name;
        let mut known = shown.roles.iter().map(|(_, role)| &role.name);
        let mut passed_over = shown.passed_over.iter().map(|(known, _)| known);
        let is_it = |known: &RoleName| known.as_str().eq_ignore_ascii_case(name.as_str());
        if known.any(is_it) || passed_over.any(is_it) {
            continue;
        }
        let Some(role) = whole_role(account, name).await? else {
            absent.push(not_there(name));
            continue;
        };
        match Obstacle::of(ownership(&shown.sandbox, &role.tags)) {
            None => shown.roles.push((needed.id.clone(), role)),
            Some(obstacle) => shown.passed_over.push((role.name, obstacle)),
        }
    }
    shown
        .roles
        .sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    Ok(absent)
}

fn not_there(name: &RoleName) -> Diagnostic {
    let message = format!("the account holds no role `{name}`, which the topology needs");
    Diagnostic::note(codes::ROLE_MISSING, message)
        .help("nothing is said of it here; `tcperm create` makes it")
}

fn joined(
    shown: Shown,
    managed: &Managed,
    explained: Option<Explained>,
    region: &Region,
    calls: u64,
) -> Holders {
    let mut holders = Holders {
        context: context(&shown.identity, &shown.sandbox, region),
        namespaces: Vec::new(),
        roles: Vec::new(),
        provided: Vec::new(),
        passed_over: shown.passed_over,
        findings: Findings::default(),
        calls,
    };
    let mut roles = Vec::new();
    if let Some(known) = explained {
        holders.context = known.context;
        holders.namespaces = known.namespaces;
        holders.provided = known.provided;
        holders.findings = known.findings;
        roles = known.roles;
    }
    let mut built_in = BuiltIn::new(&mut holders.findings.sources);
    let judged = shown.roles.into_iter().map(|(id, spec)| {
        let is_it = |role: &&ExplainedRole| role.spec.name.as_str().eq_ignore_ascii_case(spec.name.as_str());
        let explained = roles.iter().find(is_it);
        holder(id, spec, managed, (explained, &mut built_in))
    });
    holders.roles = judged.collect();
    holders
}

fn holder(
    id: RoleId,
    spec: RoleSpec,
    managed: &Managed,
    (explained, built_in): (Option<&ExplainedRole>, &mut BuiltIn<'_>),
) -> Holder {
    let mut documents = Vec::new();
    let mut unread = Vec::new();
    for (name, document) in &spec.policies {
        match document.known() {
            Some(policy) => documents.push(HeldDocument {
                name: name.to_string(),
                origins: match explained {
                    Some(role) => of_statements(role, (Some(name), policy), built_in),
                    None => vec![Origin::default(); policy.statement.len()],
                },
                policy: policy.clone(),
            }),
            None => unread.push(format!("inline policy {name}")),
        }
    }
    let mut known = |arn: &Arn| managed_document(arn, managed, (explained, &mut *built_in));
    for arn in &spec.managed_policies {
        match known(arn) {
            Some(document) => documents.push(document),
            None => unread.push(format!("managed policy {arn}")),
        }
    }
    let boundary = spec.boundary.clone().map(|arn| Bound {
        document: known(&arn),
        arn,
    });
    if let Some(Bound { arn, document: None }) = &boundary {
        unread.push(format!("permissions boundary {arn}"));
    }
    Holder {
        documents,
        unread,
        boundary,
        exceptions: explained
            .map(|role| exceptions(role.needed.clone()))
            .unwrap_or_default(),
        mode: recorded_mode(&spec.tags).unwrap_or(UNKNOWN_MODE).to_owned(),
        id,
        name: spec.name,
        arn: spec.arn,
        tags: spec.tags,
        trust: spec.trust,
    }
}

fn managed_document(
    arn: &Arn,
    managed: &Managed,
    (explained, built_in): (Option<&ExplainedRole>, &mut BuiltIn<'_>),
) -> Option<HeldDocument> {
    let policy = managed.get(arn).and_then(Document::known)?.clone();
    Some(HeldDocument {
        name: arn.to_string(),
        origins: match explained {
            Some(role) => of_statements(role, (None, &policy), built_in),
            None => vec![Origin::default(); policy.statement.len()],
        },
        policy,
    })
}

/// Where the roles stand, as far as no topology says more.
fn context(identity: &Identity, sandbox: &Sandbox, region: &Region) -> Context {
    Context {
        partition: identity.partition,
        account: identity.account.clone(),
        region: region.clone(),
        sandbox: sandbox.clone(),
        profile: None,
        event_bus: "default".to_owned(),
        assets: crate::model::Assets::default(),
    }
}

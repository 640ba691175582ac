//! What every role of a sandbox is proved to be, or the request that shows it is not.

mod acceptances;
mod between;
mod claim;
mod escalation;
mod faults;
mod read;

use self::acceptances::Acceptances;
use super::{Acceptance, ExplainedProvided, Holder, Holders, Origin};
use crate::evaluate::Request;
use crate::grants::Asker;
use crate::model::{Arn, Context, RoleId, RoleName, Sandbox};
use crate::plan::Obstacle;
use crate::policy::{Action, Condition, Effect, Resource, Scalar, Statement, Values};
use crate::prove::outside;

pub use between::{Between, SharedReach, between};
pub use read::{add_documents, live_or_alone, live_to_prove, require_roles};

/// What is to be proved.
#[derive(Debug, Clone)]
pub struct ProofRequest {
    /// What no role is to be able to do.
    pub aim: Aim,
    /// What the team accepts all the same.
    pub accepted: Vec<Acceptance>,
}

/// What no role is to be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// To reach what does not carry the sandbox's tag.
    Isolation,
    /// To change permissions, pass a role, move a tag, or become another role.
    NoEscalation,
}

/// What was proved of the roles of a sandbox.
#[derive(Debug, Clone)]
pub struct Proof {
    /// What was to be proved.
    pub aim: Aim,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// Of all roles together.
    pub result: ProofResult,
    /// Of each role, in the order of the roles.
    pub roles: Vec<RoleProof>,
    /// What is accepted all the same, first what the topologies need, then what the team says.
    pub accepted: Vec<AcceptedReach>,
}

/// What became of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProofResult {
    /// It holds for every request that there can be.
    Proved,
    /// It cannot be told.
    Unknown,
    /// There is a request for which it does not hold.
    Disproved,
}

/// What was proved of a role.
#[derive(Debug, Clone)]
pub struct RoleProof {
    /// Which role of the sandbox it is; `None` where somebody else keeps it.
    pub id: Option<RoleId>,
    /// Its name.
    pub role: RoleName,
    /// Its ARN.
    pub arn: Arn,
    /// What became of the proof: the worst of its claims.
    pub result: ProofResult,
    /// What was to be proved, each on its own: one of isolation, one a concern of escalation.
    pub claims: Vec<Claim>,
}

/// One thing that was to be proved of a role.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What: `isolation`, or the name of a concern.
    pub name: String,
    /// What the role is said not to do: `reach what does not carry the sandbox's tag`.
    pub says: String,
    /// What became of it.
    pub result: ProofResult,
    /// The request that shows it does not hold; also where it is not known whether the boundary
    /// forbids this one.
    pub witness: Option<ShownWitness>,
    /// Why it cannot be told, a line a reason; and what of it is the case where it is disproved.
    pub why: Vec<String>,
}

/// A request that a role may make and should not.
#[derive(Debug, Clone)]
pub struct ShownWitness {
    /// The request, with all its condition keys.
    pub request: Request,
    /// The statements that allow it.
    pub allowed_by: Vec<AllowedBy>,
}

/// A statement that allows a request.
#[derive(Debug, Clone)]
pub struct AllowedBy {
    /// The name of the inline policy, or the ARN of the managed one, in which it stands.
    pub document: String,
    /// The statement.
    pub statement: Statement,
    /// Where it comes from.
    pub origin: Origin,
}

/// What is accepted although it reaches beyond the tag.
#[derive(Debug, Clone)]
pub struct AcceptedReach {
    /// The role.
    pub role: RoleName,
    /// What is accepted: whatever it matches.
    pub statement: Statement,
    /// Why.
    pub reason: String,
    /// Who asked for it: edges of the topologies.
    pub asked_by: Vec<Asker>,
    /// Where the team says so, `tcperm.toml:12`; `None` where a topology needs it.
    pub place: Option<String>,
    /// Whether the role does something that only this accepts; `None` where that cannot be told.
    pub used: Option<bool>,
}

/// Proves it of every role, or finds the request for which it does not hold. Reads nothing.
#[must_use]
pub fn prove(holders: &Holders, request: &ProofRequest) -> Proof {
    let mut roles = Vec::new();
    let mut accepted = Vec::new();
    for holder in &holders.roles {
        let of_role = Acceptances::of(holder, &holders.context, request);
        let claims = match request.aim {
            Aim::Isolation => vec![isolation(holder, &holders.context.sandbox, &of_role)],
            Aim::NoEscalation => escalation::claims(holder, &of_role),
        };
        roles.push(RoleProof {
            id: Some(holder.id.clone()),
            role: holder.name.clone(),
            arn: holder.arn.clone(),
            result: ProofResult::worst(claims.iter().map(|claim| claim.result)),
            claims,
        });
        accepted.extend(of_role.shown);
    }
    roles.extend(
        holders
            .provided
            .iter()
            .filter_map(|role| kept_by_others(role, request.aim)),
    );
    let passed_over = holders.passed_over.iter();
    roles.extend(passed_over.map(|one| not_of_sandbox(one, &holders.context, request.aim)));
    let result = if roles.is_empty() {
        // Of no role nothing is proved.
        ProofResult::Unknown
    } else {
        ProofResult::worst(roles.iter().map(|role| role.result))
    };
    Proof {
        aim: request.aim,
        sandbox: holders.context.sandbox.clone(),
        result,
        roles,
        accepted,
    }
}

/// Whether a role reaches what carries the sandbox's tag alone, and what is accepted.
fn isolation(holder: &Holder, sandbox: &Sandbox, accepted: &Acceptances) -> Claim {
    let mut meant = vec![of_tag(sandbox)];
    meant.extend(accepted.statements());
    let answer = outside(&claim::subject(holder), &meant);
    let mut claim = claim::judged(holder, (ISOLATION, &isolation_says(sandbox)), answer);
    claim.why.extend(accepted.without_value.iter().cloned());
    if claim.result == ProofResult::Disproved {
        let statements = claim.witness.iter().flat_map(|witness| &witness.allowed_by);
        let faults = statements.filter_map(|by| faults::told(&by.statement, sandbox));
        let faults: Vec<String> = faults.collect();
        claim.why.splice(0..0, faults);
    }
    claim
}

/// The name of the claim of isolation.
const ISOLATION: &str = "isolation";

fn isolation_says(sandbox: &Sandbox) -> String {
    format!(
        "reaches nothing but what carries the tag `{} = {sandbox}`",
        Context::TAG_KEY
    )
}

/// A role of which nothing is known here, since somebody else keeps it.
fn kept_by_others(role: &ExplainedProvided, aim: Aim) -> Option<RoleProof> {
    let why = "somebody else keeps this role: what it may do stands in the account alone".to_owned();
    Some(not_told(role.names.first()?.clone(), role.arn.clone(), why, aim))
}

/// A role of an account that has the name of one of the sandbox, and that its tags say is another's. What
/// the sandbox runs has it all the same: services find roles by name.
fn not_of_sandbox((name, obstacle): &(RoleName, Obstacle), context: &Context, aim: Aim) -> RoleProof {
    let why = format!(
        "this role {obstacle}, so it was not looked at; {}",
        obstacle.help()
    );
    let arn = Arn::role(context.partition, &context.account, name);
    not_told(name.clone(), arn, why, aim)
}

/// A role of which it cannot be told, and why.
fn not_told(role: RoleName, arn: Arn, why: String, aim: Aim) -> RoleProof {
    let (claim, says) = match aim {
        Aim::Isolation => (ISOLATION, "reaches nothing beyond the sandbox"),
        Aim::NoEscalation => ("escalation", "gets no other permissions"),
    };
    RoleProof {
        id: None,
        role,
        arn,
        result: ProofResult::Unknown,
        claims: vec![Claim {
            name: claim.to_owned(),
            says: says.to_owned(),
            result: ProofResult::Unknown,
            witness: None,
            why: vec![why],
        }],
    }
}

/// What matches every request for a resource with the sandbox's tag.
fn of_tag(sandbox: &Sandbox) -> Statement {
    let value = Values::One(Scalar::Text(sandbox.to_string()));
    let key = format!("aws:ResourceTag/{}", Context::TAG_KEY);
    Statement {
        condition: Condition::from([("StringEquals".to_owned(), [(key, value)].into())]),
        ..of_all(["*"])
    }
}

/// What matches every request for one of some actions.
fn of_all<'a>(actions: impl IntoIterator<Item = &'a str>) -> Statement {
    let texts = actions.into_iter().map(|action| Scalar::Text(action.to_owned()));
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Action::In(Values::Many(texts.collect())),
        resource: Some(Resource::In(Values::One(Scalar::Text("*".to_owned())))),
        condition: Condition::new(),
    }
}

impl ProofResult {
    /// The worst of several; of none that it is proved.
    pub(in crate::ops) fn worst(results: impl Iterator<Item = Self>) -> Self {
        results.max().unwrap_or(Self::Proved)
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Unknown => "unknown",
            Self::Disproved => "disproved",
        }
    }
}

//! Whether a role may do something, and which statements say so.
//!
//! A [`Judge`] is made of a role, or of policies in files, with what is known of every request of
//! theirs; it answers a [`CanQuestion`]. [`can`] asks the roles of a sandbox, [`can_by_policies`] those
//! who have the policies of files, [`Batch`] many requests, and [`explain_denial`] reads what AWS says
//! when it denies.

mod batch;
mod denial;
mod judge;
mod remedy;

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Sources};
use crate::evaluate::{Known, Layer, Miss, RequestContext, Verdict};
use crate::iam::Iam;
use crate::model::{Arn, RoleKind, RoleName, nearest};
use crate::policy::catalogue::Catalogue;
use crate::policy::{Effect, Policy, Statement};
use crate::source::SourceError;

use super::explain::way_out;
use super::{
    Findings, HeldDocument, Holder, Holders, LiveRoles, OpError, Origin, file_documents, live_holders,
};

pub use batch::{Batch, BatchAnswer, BatchDefault, BatchEvent, BatchOutcome};
pub use denial::{Denial, DenialReason, DeniedLayer, ExplainedDenial, explain_denial, read_denial};
pub use judge::{Beside, Judge};
pub use remedy::{Remedy, RemedyEdge};

/// The codes of what asking finds.
pub mod codes {
    /// The catalogue of AWS has no such action.
    pub const UNKNOWN_ACTION: &str = "unknown-action";
}

/// A condition key and its values; `None` where the request lacks it.
pub type GivenKey = (String, Option<Vec<String>>);

/// A request that is asked about.
#[derive(Debug, Clone)]
pub struct CanQuestion {
    /// The action, `service:Name`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// What is said of condition keys, in the place of what is known; later ones count.
    pub given: Vec<GivenKey>,
}

/// What asking gives.
#[derive(Debug, Clone)]
pub struct CanOutcome {
    /// What was asked.
    pub question: CanQuestion,
    /// The answer for each role that was asked, by name.
    pub answers: Vec<CanAnswer>,
    /// The condition keys that were taken from the resource's ARN.
    pub derived: Vec<(String, String)>,
    /// What was found, and the texts that places point into.
    pub findings: Findings,
}

/// Which role an answer is about.
#[derive(Debug, Clone)]
pub struct AnsweredRole {
    /// Its name.
    pub name: RoleName,
    /// Its ARN.
    pub arn: Arn,
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
}

/// Whether a role may do what was asked, and why.
#[derive(Debug, Clone)]
pub struct CanAnswer {
    /// The role; `None` where policies in files were asked.
    pub role: Option<AnsweredRole>,
    /// The answer, where every key that is not known is missing in the request.
    pub verdict: Verdict,
    /// The statements that decided.
    pub determining: Vec<NamedStatement>,
    /// The condition keys that are not known and on which the answer depends.
    pub missing_context: Vec<String>,
    /// The first kind of policy in which nothing allows it, where none denies it.
    pub lacking: Option<Layer>,
    /// The statements that come nearest to allowing it, nearest first, each with what does not hold.
    pub nearest: Vec<(NamedStatement, Vec<Miss>)>,
    /// What else says what the role may do and could not be read.
    pub unread: Vec<String>,
    /// The account in which the resource lies, where it is another one and no policy of the resource
    /// was given.
    pub foreign: Option<String>,
}

/// A statement and where it stands.
#[derive(Debug, Clone)]
pub struct NamedStatement {
    /// The policy: a name, an ARN or a file.
    pub policy: String,
    /// The statement.
    pub statement: Statement,
    /// Where it comes from.
    pub origin: Origin,
}

impl CanOutcome {
    /// The answer that counts: the first role's that may, else the first one's.
    #[must_use]
    pub fn deciding(&self) -> Option<&CanAnswer> {
        let allowed = self.answers.iter().find(|one| one.verdict == Verdict::Allowed);
        allowed.or_else(|| self.answers.first())
    }

    /// Whether one of the roles may.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.answers.iter().any(|one| one.verdict == Verdict::Allowed)
    }
}

impl NamedStatement {
    /// `templates/capability/function.invoke.json:3`, or the template alone, or nothing.
    #[must_use]
    pub fn file(&self, sources: &Sources) -> Option<String> {
        self.origin.file(sources)
    }

    /// Whether it allows.
    #[must_use]
    pub fn allows(&self) -> bool {
        self.statement.effect == Effect::Allow
    }
}

impl Origin {
    /// `templates/capability/function.invoke.json:3`, or the template alone, or nothing.
    #[must_use]
    pub fn file(&self, sources: &Sources) -> Option<String> {
        let place = self.place.as_ref().map(|place| sources.label(place));
        place.or_else(|| self.template.clone())
    }
}

/// Whether the roles of a sandbox may do something: the one of a name or an ARN, those of a kind, or all.
///
/// # Errors
/// When there is no such role.
pub fn can(
    mut holders: Holders,
    asked: Option<&str>,
    question: CanQuestion,
    beside: &Beside,
) -> Result<CanOutcome, OpError> {
    let derived = derived(&question);
    let answers = selected(&holders, asked)?
        .into_iter()
        .map(|holder| Judge::of_role(holder, beside).answer(&question));
    let answers = answers.collect();
    holders
        .findings
        .diagnostics
        .extend(unknown_action(&question.action));
    Ok(CanOutcome {
        answers,
        derived,
        findings: holders.findings,
        question,
    })
}

/// Whether somebody who has the policies of files may do something.
#[must_use]
pub fn can_by_policies(
    (documents, sources): (Vec<HeldDocument>, Sources),
    principal: Option<&str>,
    question: CanQuestion,
    beside: &Beside,
) -> CanOutcome {
    let judge = Judge::of_policies(documents, principal, beside);
    CanOutcome {
        answers: vec![judge.answer(&question)],
        derived: derived(&question),
        findings: Findings {
            sources,
            diagnostics: unknown_action(&question.action).into_iter().collect(),
        },
        question,
    }
}

/// Reads policies of a principal, of its session or its boundary from files; see [`file_documents`].
///
/// # Errors
/// When a file cannot be read, holds no policy, or one that names principals: a resource's.
pub fn identity_documents(paths: &[PathBuf], sources: &mut Sources) -> Result<Vec<HeldDocument>, OpError> {
    let documents = file_documents(paths, sources)?;
    match documents
        .iter()
        .find(|document| names_principals(&document.policy))
    {
        None => Ok(documents),
        Some(document) => Err(OpError::NotThere {
            message: format!(
                "`{}` names principals: it is the policy of a resource, or of trust",
                document.name
            ),
            help: "give the policy of a resource with `--resource-policy FILE`".to_owned(),
        }),
    }
}

/// Whether a policy says whom it is about, as those of resources do and those of principals cannot.
fn names_principals(policy: &Policy) -> bool {
    policy.statement.iter().any(|one| one.principal.is_some())
}

/// The roles of an account, explained by the topologies of a directory where there are any.
///
/// # Errors
/// When a call fails, or the files of the topologies cannot be read or hold errors.
pub async fn live_holders_explained(account: &impl Iam, of: LiveRoles<'_>) -> Result<Holders, OpError> {
    match live_holders(account, of).await {
        Err(OpError::Source(SourceError::NoTopology { .. })) => {
            live_holders(account, LiveRoles { wanted: None, ..of }).await
        }
        read => read,
    }
}

/// The roles that are asked, by their name or ARN, or by the kind of entity that assumes them.
pub(super) fn selected<'h>(holders: &'h Holders, asked: Option<&str>) -> Result<Vec<&'h Holder>, OpError> {
    if holders.roles.is_empty() && holders.provided.is_empty() {
        return Err(no_roles(holders));
    }
    let Some(asked) = asked else {
        return Ok(holders.roles.iter().collect());
    };
    let is_asked = |role: &&Holder| role.id.kind.name() == asked || is_named(role, asked);
    let found: Vec<&Holder> = holders.roles.iter().filter(is_asked).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let is_provided = |name: &RoleName| name.as_str().eq_ignore_ascii_case(asked);
    let mut provided = holders.provided.iter();
    if let Some(role) = provided.find(|role| role.kind.name() == asked || role.names.iter().any(is_provided))
    {
        let name = role.names.first().map(RoleName::to_string).unwrap_or_default();
        return Err(OpError::NotThere {
            message: format!("the role `{name}` is kept by somebody else: no topology says what it may do"),
            help: "`--policy FILE` takes its policies from files".to_owned(),
        });
    }
    let names: Vec<&str> = holders
        .roles
        .iter()
        .flat_map(|role| [role.id.kind.name(), role.name.as_str()])
        .collect();
    let listed: Vec<&str> = holders.roles.iter().map(|role| role.name.as_str()).collect();
    Err(OpError::NotThere {
        message: format!(
            "the sandbox `{}` has no role `{}`",
            holders.context.sandbox,
            asked.escape_debug()
        ),
        help: way_out(asked, &names, &listed, "role"),
    })
}

pub(super) fn no_roles(holders: &Holders) -> OpError {
    OpError::NotThere {
        message: format!("the sandbox `{}` has no roles here", holders.context.sandbox),
        help: "`tcperm list` shows the sandboxes of an account, `tcperm render` the roles of a topology"
            .to_owned(),
    }
}

/// Whether a text names a role: its name, its ARN, or the ARN of a session of it.
pub(super) fn is_named(role: &Holder, asked: &str) -> bool {
    let name = role_of_principal(asked).unwrap_or(asked);
    let is_account = Arn::parse(asked).is_ok_and(|arn| arn.account() != role.arn.account());
    name.eq_ignore_ascii_case(role.name.as_str()) && !is_account
}

/// The name of the role in the ARN of a role or of a session.
pub(super) fn role_of_principal(arn: &str) -> Option<&str> {
    let resource = arn.strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    if let Some(session) = resource.strip_prefix("assumed-role/") {
        return session.split('/').next();
    }
    resource.strip_prefix("role/")?.rsplit('/').next()
}

/// What the ARN of the resource says of the request: whose the resource is, and the region that is asked.
fn derived(question: &CanQuestion) -> Vec<(String, String)> {
    let Ok(arn) = Arn::parse(&question.resource) else {
        return Vec::new();
    };
    let is_given = |key: &str| {
        question
            .given
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(key))
    };
    let account = arn.account().map(|account| account.to_string());
    let region = Some(arn.region().to_owned()).filter(|region| !region.is_empty());
    let region = region.filter(|region| !region.contains(['*', '?']));
    [("aws:ResourceAccount", account), ("aws:RequestedRegion", region)]
        .into_iter()
        .filter(|(key, _)| !is_given(key))
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// The context of a request: what is known, what the resource's ARN says, and what is given.
fn context(known: &RequestContext, question: &CanQuestion) -> RequestContext {
    let mut context = known.clone();
    for (key, value) in derived(question) {
        if context.get(&key.to_ascii_lowercase()) == Known::Nothing {
            context.set(&key, value);
        }
    }
    for (key, values) in &question.given {
        match values {
            Some(values) => context.set_all(key, values.clone()),
            None => context.set_missing(key),
        }
    }
    context
}

/// What to say of an action that AWS does not have.
fn unknown_action(action: &str) -> Option<Diagnostic> {
    let catalogue = Catalogue::built_in();
    if catalogue.action(action).is_some() {
        return None;
    }
    let message = format!(
        "AWS has no action `{}`, as far as is known here",
        action.escape_debug()
    );
    let near = catalogue.nearest_action(action);
    let near = near.or_else(|| nearest(action, catalogue.prefixes()).map(|prefix| format!("{prefix}:…")));
    let help = near.map_or_else(
        || "an action reads service:Name, as in the policies that allow it".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some(Diagnostic::warning(codes::UNKNOWN_ACTION, message).help(help))
}

/// Whether AWS asks for an action on resources alone, so that one has to be named; then the form of its
/// ARN.
#[must_use]
pub fn needs_resource(action: &str) -> Option<String> {
    let action = Catalogue::built_in().action(action)?;
    let used = action.uses.iter().find(|used| used.required)?;
    used.resource_type.arns.first().cloned()
}

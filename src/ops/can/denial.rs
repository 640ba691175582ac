//! What AWS says when it denies, and what the roles of a sandbox say to the same request.
//!
//! The forms of the message: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
//! Services word it in ways of their own; what a message does not say is told as not said.

use super::remedy::{Remedy, remedies};
use super::{Beside, CanOutcome, CanQuestion, GivenKey, can, is_named, role_of_principal, unknown_action};
use crate::evaluate::Verdict;
use crate::model::{Arn, Context, RoleKind, RoleName};
use crate::ops::{Holders, OpError};
use crate::policy::catalogue::Catalogue;

/// What a message of AWS says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denial {
    /// Who asked, as ARN.
    pub principal: Option<String>,
    /// For which action.
    pub action: Option<String>,
    /// On what.
    pub resource: Option<String>,
    /// Why, where AWS says it.
    pub reason: Option<DenialReason>,
    /// The operation that was called, where no action is named.
    pub operation: Option<String>,
    /// The kind of the role that was denied, where no principal is named: a function's, as Lambda says it.
    pub kind: Option<RoleKind>,
    /// Whether more stands in an encoded part.
    pub is_encoded: bool,
}

/// Why AWS denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenialReason {
    /// Whether a statement denies it; else none allows it.
    pub is_explicit: bool,
    /// In which kind of policy, where AWS says it.
    pub layer: Option<DeniedLayer>,
}

/// The kinds of policy that AWS names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeniedLayer {
    /// Policies of the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Policies of the session.
    Session,
    /// The policy of the resource.
    Resource,
    /// A service control policy of the organization.
    ServiceControl,
    /// A resource control policy of the organization.
    ResourceControl,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// The trust policy of the role that was to be assumed.
    Trust,
}

impl DeniedLayer {
    /// All of them.
    const ALL: [Self; 8] = [
        Self::Identity,
        Self::Boundary,
        Self::Session,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::Resource,
        Self::Endpoint,
        Self::Trust,
    ];

    /// How AWS names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource-based policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Trust => "role trust policy",
        }
    }

    /// Whether it is among what a role's policies can tell.
    #[must_use]
    pub const fn is_of_role(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary)
    }
}

/// What AWS said, and what the roles of the sandbox say.
#[derive(Debug, Clone)]
pub struct ExplainedDenial {
    /// What AWS said.
    pub denial: Denial,
    /// What the role says to the same request.
    pub outcome: CanOutcome,
    /// The answer if the resource carried the sandbox's tag, where it depends on that.
    pub if_tagged: Option<Verdict>,
    /// What in a topology would have the role allow the action, where it does not.
    pub remedies: Vec<Remedy>,
}

/// Reads a message of AWS; `None` where it speaks of no denial.
#[must_use]
pub fn read_denial(text: &str) -> Option<Denial> {
    const PERFORM: &str = "authorized to perform";
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // As many bytes: places in one are places in the other.
    let lower = text.to_ascii_lowercase();
    let mut denial = Denial {
        is_encoded: lower.contains("encoded authorization failure message"),
        operation: between(&text, &lower, "when calling the ", " operation").map(str::to_owned),
        ..Denial::default()
    };
    if let Some(at) = lower.find(PERFORM) {
        let behind = text.get(at + PERFORM.len()..).unwrap_or_default();
        denial.action = token(behind.trim_start_matches([':', ' '])).filter(|action| action.contains(':'));
        denial.principal = asking(&text, &lower, at);
        denial.resource = resource(&text, &lower);
        denial.reason = reason(lower.get(at..).unwrap_or_default());
        return Some(denial);
    }
    if let Some((call, service)) =
        between(&text, &lower, "permissions to call ", "").and_then(|rest| rest.split_once(" on "))
    {
        let service = token(service)?.to_ascii_lowercase();
        denial.action = Some(format!("{service}:{call}"));
        denial.kind = lower.contains("execution role").then_some(RoleKind::Function);
        return Some(denial);
    }
    let speaks = [
        "accessdenied",
        "access denied",
        "unauthorizedoperation",
        "not authorized",
    ];
    let is_denial = denial.is_encoded || speaks.iter().any(|word| lower.contains(word));
    is_denial.then_some(denial)
}

/// Explains a denial by the roles of a sandbox. The role is the one that the message names, or the one
/// that is asked for.
///
/// # Errors
/// When the message is none of a denial, does not say what was denied, or speaks of no role here.
pub fn explain_denial(
    holders: Holders,
    text: &str,
    asked: Option<&str>,
    (given, beside): (Vec<GivenKey>, &Beside),
) -> Result<ExplainedDenial, OpError> {
    let denial = read_denial(text).ok_or_else(|| OpError::NotThere {
        message: "this is no message of AWS that denies something".to_owned(),
        help: "give it whole: `User: ARN is not authorized to perform: ACTION on resource: ARN …`".to_owned(),
    })?;
    let Some(action) = denial.action.clone() else {
        return Err(unsaid(&denial));
    };
    let who = asked.or(denial.principal.as_deref());
    let who = who.or_else(|| denial.kind.map(RoleKind::name));
    let who = who.ok_or_else(|| OpError::NotThere {
        message: "AWS's message does not say who was denied".to_owned(),
        help: "name the role with `--as`".to_owned(),
    })?;
    if asked.is_none() && denial.principal.is_some() {
        check_role(&holders, who)?;
    }
    let tag = format!("aws:ResourceTag/{}", Context::TAG_KEY);
    let sandbox = holders.context.sandbox.to_string();
    let question = CanQuestion {
        action: action.clone(),
        resource: denial.resource.clone().unwrap_or_else(|| "*".to_owned()),
        given,
    };
    let mut tagged = question.clone();
    let outcome = can(holders.clone(), Some(who), question, beside)?;
    let deciding = outcome.deciding();
    let depends = deciding.is_some_and(|one| {
        let mut keys = one.missing_context.iter();
        keys.any(|key| key.eq_ignore_ascii_case(&tag))
    });
    let if_tagged = if depends {
        tagged.given.push((tag, Some(vec![sandbox])));
        let outcome = can(holders, Some(who), tagged, beside)?;
        outcome.deciding().map(|one| one.verdict)
    } else {
        None
    };
    let kind = deciding.and_then(|one| Some(one.role.as_ref()?.kind));
    let names_it =
        deciding.is_some_and(|one| !one.nearest.is_empty() || one.verdict != Verdict::ImplicitDeny);
    let remedies = match kind {
        Some(kind) if !names_it => remedies(kind, &action)?,
        _ => Vec::new(),
    };
    Ok(ExplainedDenial {
        denial,
        outcome,
        if_tagged,
        remedies,
    })
}

/// Says of a principal that is no role here, whose it is.
fn check_role(holders: &Holders, who: &str) -> Result<(), OpError> {
    if holders.roles.iter().any(|role| is_named(role, who)) {
        return Ok(());
    }
    let sandbox = &holders.context.sandbox;
    let name = role_of_principal(who);
    let own_account = &holders.context.account;
    let account = Arn::parse(who).ok().and_then(|arn| arn.account());
    let base = name.and_then(|name| RoleName::parse(name).ok()?.as_base());
    let help = match (base, account) {
        (_, Some(account)) if account != *own_account => {
            format!("it is of the account {account}, and this is about {own_account}")
        }
        (Some((kind, of)), _) if !of.is_same_for_iam(sandbox) => {
            format!("it is the {kind} role of the sandbox `{of}`: ask with `-s {of}`")
        }
        (Some(_), _) => "no topology here needs it: name their directory with `-d`, or look below it with `-r`".to_owned(),
        _ if name.is_none() => "it is no role: only roles of the sandbox are known here".to_owned(),
        _ => "another directory may need it (`-d`, `-r`), or somebody else keeps it; `--as` names a role of the sandbox"
            .to_owned(),
    };
    Err(OpError::NotThere {
        message: format!("`{}` is no role of the sandbox `{sandbox}`", who.escape_debug()),
        help,
    })
}

/// Why a denial cannot be explained that does not say what was denied.
fn unsaid(denial: &Denial) -> OpError {
    let operation = denial.operation.as_deref().unwrap_or_default();
    let catalogue = Catalogue::built_in();
    let named = catalogue.prefixes().map(|prefix| format!("{prefix}:{operation}"));
    let actions: Vec<String> = if operation.is_empty() {
        Vec::new()
    } else {
        named.filter(|action| unknown_action(action).is_none()).collect()
    };
    let help = if denial.is_encoded {
        "the rest is encoded, and only AWS can read it: `aws sts decode-authorization-message --encoded-message …`; \
         then ask with the action and the resource that it tells"
            .to_owned()
    } else if actions.is_empty() {
        "ask with the action and the resource: `tcperm can --as ROLE ACTION --on ARN`".to_owned()
    } else {
        let actions = actions.join("`, `");
        format!("the call needs `{actions}`: ask with `tcperm can --as ROLE ACTION --on ARN`")
    };
    OpError::NotThere {
        message: "AWS's message does not say which action was denied".to_owned(),
        help,
    }
}

/// What stands between two texts, which are in small letters; the second may be empty for all that follows.
fn between<'t>(text: &'t str, lower: &str, before: &str, behind: &str) -> Option<&'t str> {
    let start = lower.find(before)? + before.len();
    let length = if behind.is_empty() {
        text.len() - start
    } else {
        lower.get(start..)?.find(behind)?
    };
    text.get(start..start + length)
}

/// The first word, without what ends a sentence or a quotation.
fn token(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let word = word.trim_matches(|c| "\"'`,;.(){}[]".contains(c));
    (!word.is_empty()).then(|| word.to_owned())
}

/// Who asked: the last word before what he may not.
fn asking(text: &str, lower: &str, at: usize) -> Option<String> {
    let before = lower.get(..at)?.trim_end();
    let before = before.strip_suffix("not")?.trim_end();
    let before = before.strip_suffix("is").unwrap_or(before).trim_end();
    let word = text.get(..before.len())?.split_whitespace().next_back()?;
    let arn = word
        .find("arn:")
        .and_then(|start| word.get(start..))
        .unwrap_or(word);
    token(arn).filter(|word| word.contains(':'))
}

/// On what: up to the reason, or one word.
fn resource(text: &str, lower: &str) -> Option<String> {
    const ON: &str = "on resource:";
    let start = lower.find(ON)? + ON.len();
    let rest = lower.get(start..)?;
    let ends = [" because no ", " with an explicit deny"];
    match ends.iter().filter_map(|end| rest.find(end)).min() {
        Some(length) => token_of_many(text.get(start..start + length)?),
        None => token(text.get(start..)?),
    }
}

/// All words: the keys of objects may hold spaces.
fn token_of_many(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'', '`']);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why, in small letters.
fn reason(lower: &str) -> Option<DenialReason> {
    let allows_not = lower.split_once("because no ").map(|(_, rest)| (false, rest));
    let denies = lower
        .split_once("with an explicit deny")
        .map(|(_, rest)| (true, rest));
    let (is_explicit, rest) = denies.or(allows_not)?;
    let named = |layer: &DeniedLayer| {
        let name = layer.name().to_ascii_lowercase();
        Some((rest.find(&name)?, *layer))
    };
    let layers = DeniedLayer::ALL.iter().filter_map(named);
    Some(DenialReason {
        is_explicit,
        layer: layers.min_by_key(|(at, _)| *at).map(|(_, layer)| layer),
    })
}

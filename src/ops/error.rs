use super::{Findings, Half, ProofResult, SavedPlanError};
use crate::iam::IamError;
use crate::model::{Partition, Region, RoleName, nearest};
use crate::source::{Reach, SourceError};
use crate::template::TemplateError;

/// Why an operation did not begin.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// A file could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The journal that the user names cannot be written.
    #[error("the run cannot be recorded, and nothing was changed: {0}")]
    Journal(#[source] SourceError),
    /// The files hold errors, or what they ask for cannot be written.
    #[error("{}", counted(.0))]
    Findings(Box<Findings>),
    /// A call failed.
    #[error(transparent)]
    Iam(#[from] IamError),
    /// A built-in template failed.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A saved plan is not carried out.
    #[error(transparent)]
    SavedPlan(#[from] SavedPlanError),
    /// No topology has the name that was asked for.
    #[error("there is no topology `{name}`")]
    UnknownTopology {
        /// The name, as given.
        name: String,
        /// Those that there are.
        known: Vec<String>,
        /// Whether there may be more below the directory.
        reach: Reach,
    },
    /// The region lies in another partition than the account.
    #[error("{region} is a region of `{region_partition}`, and the account belongs to `{partition}`")]
    OtherPartition {
        /// The region.
        region: Region,
        /// The region's partition.
        region_partition: Partition,
        /// The account's partition.
        partition: Partition,
    },
    /// What the user asks about is not there.
    #[error("{message}")]
    NotThere {
        /// What is not there.
        message: String,
        /// What is there instead.
        help: String,
    },
    /// A policy does not fit into a managed policy.
    #[error("the policy has {size} characters, and a managed policy has at most {most}")]
    PolicyTooLarge {
        /// Its characters, without white space.
        size: usize,
        /// The most that there can be.
        most: usize,
    },
    /// A plan would widen roles, and was asked not to.
    #[error("nothing was changed, since the plan would widen roles: {}", widened(.0))]
    Gate(Vec<Widened>),
    /// The sandbox is protected.
    #[error("the sandbox `{sandbox}` is protected")]
    Protected {
        /// The sandbox.
        sandbox: String,
        /// The variable that lifts the protection.
        variable: &'static str,
    },
}

impl OpError {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Source(error) => Some(error.help()),
            Self::Journal(error) => Some(format!("{}; `--journal off` goes without one", error.help())),
            Self::Findings(_) => None,
            Self::Iam(error) => Some(error.fault.help().to_owned()),
            Self::SavedPlan(error) => Some(error.help()),
            Self::Template(_) => Some("please report this: a built-in template is broken".to_owned()),
            Self::UnknownTopology { name, known, reach } => Some(unknown(name, known, *reach)),
            Self::OtherPartition { .. } => {
                Some("name a region of the account's partition with `--region`".to_owned())
            }
            Self::NotThere { help, .. } => Some(help.clone()),
            Self::PolicyTooLarge { .. } => {
                Some("print one for some of the verbs and another for the rest with `--for`".to_owned())
            }
            Self::Gate(_) => Some(
                "run it without `--gate` if that is meant; `tcperm plan` shows the whole change".to_owned(),
            ),
            Self::Protected { variable, .. } => Some(format!("set {variable}=1 if you really mean it")),
        }
    }
}

/// A role that a plan would widen.
#[derive(Debug)]
pub struct Widened {
    /// The role.
    pub role: RoleName,
    /// What it would be allowed besides, or why that cannot be told.
    pub more: Half,
}

/// Each role with what it would be allowed besides.
fn widened(roles: &[Widened]) -> String {
    let one = |widened: &Widened| {
        let Half { result, witness, why } = &widened.more;
        let role = &widened.role;
        match (witness, result) {
            (Some(request), ProofResult::Disproved) => {
                let (action, resource) = (request.action.escape_debug(), request.resource.escape_debug());
                format!("`{role}` would allow `{action}` on `{resource}`")
            }
            (None, ProofResult::Disproved) => format!("`{role}`: {}", why.join("; ")),
            _ => format!("`{role}` cannot be told not to be wider: {}", why.join("; ")),
        }
    };
    roles.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// How many topologies a help names.
const NAMED: usize = 10;

fn unknown(name: &str, known: &[String], reach: Reach) -> String {
    let near = nearest(name, known.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let names: Vec<String> = known.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let names = names.join(", ");
    let rest = match known.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let below = match reach {
        Reach::Below => "",
        Reach::Here | Reach::HereElseBelow => "; `-r` looks below the directory as well",
    };
    format!("{near}known topologies: {names}{rest}{below}")
}

fn counted(findings: &Findings) -> String {
    match findings.diagnostics.iter().filter(|d| d.is_error()).count() {
        1 => "1 error; nothing was written".to_owned(),
        n => format!("{n} errors; nothing was written"),
    }
}

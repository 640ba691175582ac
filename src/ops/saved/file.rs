use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SavedPlanError;
use super::difference::{files, roles};
use crate::diagnostic::Sources;
use crate::model::{AccountId, Assets, Identity, Namespace, Region, RoleKind, Sandbox};
use crate::ops::digest::sha256;
use crate::ops::{CreateRequest, Making, PlanOutcome};
use crate::plan::{Adoption, Lifetime, Plan, Step};
use crate::source::Reach;

/// Grows when a file of before cannot be read any more.
const FORMAT_VERSION: &str = "1";

const TCPERM: &str = env!("CARGO_PKG_VERSION");

/// A plan as it stands in a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a plan")]
pub struct SavedPlan {
    format_version: String,
    /// The version of the program that made it.
    tcperm: String,
    account: AccountId,
    partition: String,
    /// What was asked for.
    request: SavedRequest,
    files: Vec<File>,
    sandboxes: [OfSandbox; 1],
}

/// What `plan` was asked for, with everything that its environment settled.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a request")]
pub struct SavedRequest {
    /// The topology's directory, as given.
    pub directory: PathBuf,
    /// Whether topologies are looked for below it as well.
    pub recursive: bool,
    /// The one topology it is about.
    pub topology: Option<Namespace>,
    /// The region of the sandbox's resources.
    pub region: Region,
    /// The name of the profile, for names that hold it.
    pub profile: Option<String>,
    /// The ids of GraphQL APIs.
    pub graphql_apis: BTreeMap<Namespace, String>,
    /// What else names may hold.
    pub assets: Assets,
    /// The configuration file that was named.
    pub configuration: Option<PathBuf>,
    /// The kinds of role it is about.
    pub kinds: Vec<RoleKind>,
    /// Whether roles that are not tcperm's are taken over.
    pub adopt: bool,
    /// Whether roles that an old tc made are.
    #[serde(default)]
    pub adopt_tc: bool,
    /// Until when the sandbox is meant to live.
    #[serde(default)]
    pub lifetime: Lifetime,
    /// How roles are made.
    pub making: Making,
}

/// A text that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a file")]
struct File {
    /// As it is shown.
    name: String,
    /// Of its text in UTF-8, in hexadecimal.
    sha256: String,
}

/// What is done in one sandbox.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the plan of a sandbox")]
struct OfSandbox {
    sandbox: Sandbox,
    event_bus: String,
    steps: Vec<Value>,
}

impl SavedRequest {
    /// What is done with roles that are not tcperm's.
    #[must_use]
    pub const fn adoption(&self) -> Adoption {
        match (self.adopt, self.adopt_tc) {
            (true, _) => Adoption::Adopt,
            (false, true) => Adoption::OfOldTc,
            (false, false) => Adoption::Refuse,
        }
    }
}

impl SavedPlan {
    pub(super) fn of(
        request: &CreateRequest,
        configuration: Option<&Path>,
        outcome: &PlanOutcome,
    ) -> Result<Self, SavedPlanError> {
        let wanted = &request.wanted;
        Ok(Self {
            format_version: FORMAT_VERSION.to_owned(),
            tcperm: TCPERM.to_owned(),
            account: outcome.identity.account.clone(),
            partition: outcome.identity.partition.to_string(),
            request: SavedRequest {
                directory: wanted.directory.clone(),
                recursive: wanted.reach == Reach::Below,
                topology: wanted.topology.clone(),
                region: wanted.region.clone(),
                profile: wanted.profile.clone(),
                graphql_apis: wanted.graphql_apis.clone(),
                assets: wanted.assets.clone(),
                configuration: configuration.map(Path::to_owned),
                kinds: wanted.kinds.clone(),
                adopt: request.adoption == Adoption::Adopt,
                adopt_tc: request.adoption == Adoption::OfOldTc,
                lifetime: request.lifetime,
                making: wanted.making.clone(),
            },
            files: digests(&outcome.findings.sources),
            sandboxes: [OfSandbox {
                sandbox: wanted.sandbox.clone(),
                event_bus: wanted.event_bus.clone(),
                steps: as_read(&outcome.plan.steps)?,
            }],
        })
    }

    pub(super) fn to_json(&self) -> Result<String, SavedPlanError> {
        let text = serde_json::to_string_pretty(self).map_err(SavedPlanError::NoText)?;
        Ok(text + "\n")
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, SavedPlanError> {
        let damaged = |reason: String| SavedPlanError::Damaged {
            path: path.to_owned(),
            reason,
        };
        let value: Value = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        if !value.is_object() {
            return Err(damaged("it is no object".to_owned()));
        }
        let version = value.get("format_version").and_then(Value::as_str);
        if let Some(found) = version.filter(|found| *found != FORMAT_VERSION) {
            let made_by = value.get("tcperm").and_then(Value::as_str);
            return Err(SavedPlanError::OtherFormat {
                path: path.to_owned(),
                found: found.to_owned(),
                known: FORMAT_VERSION,
                made_by: made_by.map(str::to_owned),
            });
        }
        serde_json::from_value(value).map_err(|error| damaged(error.to_string()))
    }

    /// What the plan was asked for.
    #[must_use]
    pub const fn request(&self) -> &SavedRequest {
        &self.request
    }

    /// The sandbox that it changes, and the event bus there.
    #[must_use]
    pub const fn sandbox(&self) -> (&Sandbox, &str) {
        let [one] = &self.sandboxes;
        (&one.sandbox, one.event_bus.as_str())
    }

    /// The roles as they are to be, as they stand in the file.
    pub(in crate::ops) fn roles_after(&self) -> impl Iterator<Item = &Value> {
        let [one] = &self.sandboxes;
        let after = one.steps.iter().filter_map(|step| step.get("after"));
        after.filter(|role| !role.is_null())
    }

    /// Whether the plan is for this account.
    pub(super) fn check_account(&self, identity: &Identity) -> Result<(), SavedPlanError> {
        if self.account == identity.account && self.partition == identity.partition.as_str() {
            return Ok(());
        }
        Err(SavedPlanError::OtherAccount {
            planned: format!("{} ({})", self.account, self.partition.escape_debug()),
            reached: format!("{} ({})", identity.account, identity.partition),
        })
    }

    /// Whether the plan was made of these texts.
    pub(super) fn check_files(&self, now: &Sources) -> Result<(), SavedPlanError> {
        let pairs = |all: &[File]| -> Vec<(String, String)> {
            let pair = |file: &File| (file.name.clone(), file.sha256.clone());
            all.iter().map(pair).collect()
        };
        let differences = files(&pairs(&self.files), &pairs(&digests(now)));
        if differences.is_empty() {
            return Ok(());
        }
        Err(SavedPlanError::OtherFiles(differences))
    }

    /// Whether a plan made now has the same steps.
    pub(super) fn check_steps(&self, now: &Plan) -> Result<(), SavedPlanError> {
        let [one] = &self.sandboxes;
        let differences = roles(&one.steps, &as_read(&now.steps)?);
        if differences.is_empty() {
            return Ok(());
        }
        Err(SavedPlanError::OtherRoles {
            differences,
            made_by: (self.tcperm != TCPERM).then(|| self.tcperm.clone()),
        })
    }
}

/// Steps as they are found in a file. A text in between makes both sides of a comparison alike.
fn as_read(steps: &[Step]) -> Result<Vec<Value>, SavedPlanError> {
    let text = serde_json::to_string(steps).map_err(SavedPlanError::NoText)?;
    serde_json::from_str(&text).map_err(SavedPlanError::NoText)
}

fn digests(sources: &Sources) -> Vec<File> {
    let mut files: Vec<File> = sources
        .files()
        .map(|file| File {
            name: sources.name(file).to_owned(),
            sha256: sha256(sources.text(file).as_bytes()),
        })
        .collect();
    files.sort_by(|a, b| (&a.name, &a.sha256).cmp(&(&b.name, &b.sha256)));
    files
}

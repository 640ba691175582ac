use std::path::PathBuf;

use clap::Args;

use crate::model::{AccountId, Arn, RoleKind, Sandbox};
use crate::ops::{self, Aim, Holders, ProofRequest, ProofResult, Wanted};
use crate::settings;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TopologyArgs, account, role_kind, sandbox};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct ProveArgs {
    /// Sandbox, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox, required_unless_present = "between")]
    sandbox: Option<Sandbox>,
    /// Two sandboxes in the place of one: each is proved, and what both reach is shown
    #[arg(long, num_args = 2, value_names = ["SANDBOX", "SANDBOX"], value_parser = sandbox)]
    between: Option<Vec<Sandbox>>,
    /// Only the role of this kind of entity
    #[arg(short = 'c', long = "entity", value_parser = role_kind)]
    entity: Option<RoleKind>,
    /// Prove that no role changes permissions, passes a role, moves a tag or becomes another role
    #[arg(long)]
    no_escalation: bool,
    /// The roles as the account holds them, not as the topology needs them
    #[arg(long)]
    live: bool,
    /// Account of the roles that are rendered: twelve digits [default: any]
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = account, conflicts_with = "live")]
    account_id: Option<AccountId>,
    /// Document of a managed policy or boundary that the roles have; can stand several times
    #[arg(long, value_name = "ARN=FILE", value_parser = managed)]
    managed: Vec<(Arn, PathBuf)>,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    topology: TopologyArgs,
}

fn managed(text: &str) -> Result<(Arn, PathBuf), String> {
    let (arn, file) = text.split_once('=').ok_or("expected ARN=FILE")?;
    let arn = Arn::parse(arn).map_err(|error| error.message)?;
    Ok((arn, PathBuf::from(file)))
}

impl ProveArgs {
    fn sandboxes(&self) -> Vec<Sandbox> {
        let one = || self.sandbox.iter().cloned().collect();
        self.between.clone().unwrap_or_else(one)
    }

    fn aim(&self) -> Aim {
        if self.no_escalation {
            Aim::NoEscalation
        } else {
            Aim::Isolation
        }
    }

    /// What is asked for in a sandbox and a region.
    fn wanted(&self, sandbox: Sandbox, region: crate::model::Region) -> Result<Wanted, CliError> {
        let sandbox = SandboxArgs {
            sandbox,
            entity: self.entity,
        };
        let profile = self.account.credentials.profile.as_deref();
        Ok(self.topology.wanted(&sandbox, region, profile)?)
    }

    /// Whether what is named makes sense together. A sandbox that the environment names stands for no
    /// choice.
    fn check(&self) -> Result<(), CliError> {
        let usage = |message: &str, help: &str| {
            Err(CliError::Usage {
                message: message.to_owned(),
                help: help.to_owned(),
            })
        };
        let Some(between) = &self.between else {
            return Ok(());
        };
        let is_chosen =
            |sandbox: &Sandbox| settings::sandbox_of_environment().as_deref() != Some(sandbox.as_str());
        if self.sandbox.as_ref().is_some_and(is_chosen) {
            return usage(
                "`--sandbox` and `--between` cannot stand together",
                "`--between` names both",
            );
        }
        match between.as_slice() {
            [first, second] if first == second => usage(
                &format!("`--between` names the sandbox `{first}` twice"),
                "name two sandboxes",
            ),
            _ => Ok(()),
        }
    }
}

pub(super) fn exec(view: View, arguments: &ProveArgs) -> Result<ExitStatus, CliError> {
    arguments.check()?;
    if arguments.live {
        return session::run(&arguments.account, Stopping::AtOnce, |session| async move {
            let mut judged = Vec::new();
            for sandbox in arguments.sandboxes() {
                let wanted = arguments.wanted(sandbox, session.region.value.clone())?;
                let holders = ops::live_to_prove(&session.account, &wanted).await?;
                judged.push((wanted, holders));
            }
            shown(view, arguments, judged)
        });
    }
    let region = settings::region(arguments.account.region.as_deref(), None)?.value;
    let account = arguments
        .account_id
        .clone()
        .unwrap_or_else(AccountId::placeholder);
    let mut judged = Vec::new();
    for sandbox in arguments.sandboxes() {
        let wanted = arguments.wanted(sandbox, region.clone())?;
        let holders = ops::rendered_holders(&wanted, &account)?;
        judged.push((wanted, holders));
    }
    shown(view, arguments, judged)
}

/// Proves what is asked of roles that are known.
fn shown(view: View, arguments: &ProveArgs, judged: Vec<(Wanted, Holders)>) -> Result<ExitStatus, CliError> {
    let (wanted, mut holders): (Vec<Wanted>, Vec<Holders>) = judged.into_iter().unzip();
    ops::require_roles(&holders)?;
    ops::add_documents(&mut holders, &arguments.managed)?;
    let accepted = wanted.into_iter().next().map(|wanted| wanted.accepted);
    let request = ProofRequest {
        aim: arguments.aim(),
        accepted: accepted.unwrap_or_default(),
    };
    let result = match &*holders {
        [first, second] => {
            let between = ops::between([first, second], &request);
            view.between(&between, [&first.findings, &second.findings])?;
            between.result
        }
        one => {
            let Some(holders) = one.first() else {
                return Ok(ExitStatus::No);
            };
            let proof = ops::prove(holders, &request);
            view.prove(&proof, &holders.findings)?;
            proof.result
        }
    };
    Ok(match result {
        ProofResult::Proved => ExitStatus::Ok,
        ProofResult::Disproved | ProofResult::Unknown => ExitStatus::No,
    })
}

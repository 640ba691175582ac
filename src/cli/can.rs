use std::path::PathBuf;

use clap::Args;

use crate::diagnostic::Sources;
use crate::model::{AccountId, Arn, RoleKind, Sandbox};
use crate::ops::{
    self, Batch, BatchDefault, Beside, CanQuestion, GivenKey, Holders, LiveRoles, file_documents,
    identity_documents, live_holders_explained, rendered_holders,
};
use crate::settings;
use crate::source::Lines;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TopologyArgs, account, sandbox};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct CanArgs {
    /// The action, e.g. `lambda:InvokeFunction`
    #[arg(required_unless_present_any = ["batch", "explain_error", "policies"])]
    action: Option<String>,
    /// Who asks: a role, by its name or ARN, or by its kind, as in `function` [default: each role]
    #[arg(long = "as", value_name = "ROLE")]
    asked: Option<String>,
    /// On what: an ARN [default: `*`, for actions that need none]
    #[arg(long, value_name = "RESOURCE")]
    on: Option<String>,
    /// A tag of the resource
    #[arg(long = "resource-tag", value_name = "KEY=VALUE", value_parser = pair)]
    resource_tags: Vec<(String, String)>,
    /// A condition key of the request; the same key again adds a value
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    context: Vec<(String, String)>,
    /// Sandbox whose roles are asked, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    #[command(flatten)]
    topology: TopologyArgs,
    /// Account the roles are for: twelve digits
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = account)]
    account_id: Option<AccountId>,
    /// The roles as the account holds them, instead of as they are rendered
    #[arg(long, conflicts_with = "account_id")]
    live: bool,
    #[command(flatten)]
    account: AccountArgs,
    /// Policies in files, instead of the roles of a sandbox
    #[arg(long = "policy", value_name = "FILE", num_args = 1.., conflicts_with_all = ["live", "asked"])]
    policies: Vec<PathBuf>,
    /// Who has these policies, by ARN
    #[arg(long, value_name = "ARN", requires = "policies")]
    principal: Option<String>,
    /// A permissions boundary in a file, in the place of the role's own
    #[arg(long, value_name = "FILE")]
    boundary_policy: Option<PathBuf>,
    /// A policy passed for the session, in a file
    #[arg(long, value_name = "FILE")]
    session_policy: Vec<PathBuf>,
    /// The policy of the resource, in a file
    #[arg(long, value_name = "FILE")]
    resource_policy: Option<PathBuf>,
    /// Answer requests from a file, a line of JSON each; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["action", "asked", "on", "explain_error", "principal"])]
    batch: Option<PathBuf>,
    /// Explain what AWS said when it denied something
    #[arg(long, value_name = "MESSAGE", conflicts_with_all = ["action", "on", "policies"])]
    explain_error: Option<String>,
}

pub(super) fn exec(view: View, arguments: &CanArgs) -> Result<ExitStatus, CliError> {
    if arguments.is_of_policies() {
        let (files, action) = arguments.files();
        let mut sources = Sources::new();
        let documents = identity_documents(files, &mut sources)?;
        let beside = arguments.beside(&mut sources)?;
        if let Some(lines) = &arguments.batch {
            let default = if documents.is_empty() {
                BatchDefault::Nothing
            } else {
                BatchDefault::Policies(documents, sources)
            };
            return arguments.batch(view, &Lines::of(lines), &default, &beside);
        }
        let principal = arguments.principal.as_deref();
        let question = arguments.question(action)?;
        let outcome = ops::can_by_policies((documents, sources), principal, question, &beside);
        view.can(&outcome)?;
        return Ok(status(outcome.is_allowed()));
    }
    let mut holders = arguments.holders()?;
    let beside = arguments.beside(&mut holders.findings.sources)?;
    if let Some(lines) = &arguments.batch {
        let default = BatchDefault::Roles(Box::new(holders));
        return arguments.batch(view, &Lines::of(lines), &default, &beside);
    }
    if let Some(message) = &arguments.explain_error {
        let beside = (arguments.given(), &beside);
        let explained = ops::explain_denial(holders, message, arguments.asked.as_deref(), beside)?;
        view.denial(&explained)?;
        return Ok(status(explained.outcome.is_allowed()));
    }
    let question = arguments.question(arguments.action.as_deref())?;
    let outcome = ops::can(holders, arguments.asked.as_deref(), question, &beside)?;
    view.can(&outcome)?;
    Ok(status(outcome.is_allowed()))
}

const fn status(is_allowed: bool) -> ExitStatus {
    if is_allowed {
        ExitStatus::Ok
    } else {
        ExitStatus::No
    }
}

impl CanArgs {
    /// Whether no sandbox is asked: a batch may bring all policies along.
    fn is_of_policies(&self) -> bool {
        !self.policies.is_empty() || (self.batch.is_some() && self.sandbox.is_none())
    }

    /// The files of policies, and the action: the last value of `--policy` where it stands nowhere else.
    fn files(&self) -> (&[PathBuf], Option<&str>) {
        match (&self.action, self.policies.split_last()) {
            (None, Some((last, files))) if self.batch.is_none() => (files, last.to_str()),
            (action, _) => (&self.policies, action.as_deref()),
        }
    }

    fn question(&self, action: Option<&str>) -> Result<CanQuestion, CliError> {
        let action = action.unwrap_or_default().to_owned();
        if !action.contains(':') || action.contains(['*', '?']) {
            return Err(CliError::Usage {
                message: format!("`{}` is no action", action.escape_debug()),
                help: "an action reads service:Name, as in the policies that allow it".to_owned(),
            });
        }
        if self.on.is_none()
            && let Some(form) = ops::needs_resource(&action)
        {
            return Err(CliError::Usage {
                message: format!("`{action}` is allowed on resources alone, and none is named"),
                help: format!("name it with `--on`: {form}"),
            });
        }
        Ok(CanQuestion {
            action,
            resource: self.on.clone().unwrap_or_else(|| "*".to_owned()),
            given: self.given(),
        })
    }

    /// The condition keys that are given, each with all its values.
    fn given(&self) -> Vec<GivenKey> {
        let tags = self.resource_tags.iter();
        let tags = tags.map(|(key, value)| (format!("aws:ResourceTag/{key}"), value));
        let others = self.context.iter().map(|(key, value)| (key.clone(), value));
        let mut given: Vec<GivenKey> = Vec::new();
        for (key, value) in tags.chain(others) {
            match given
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(&key))
            {
                Some((_, values)) => values.get_or_insert_default().push(value.clone()),
                None => given.push((key, Some(vec![value.clone()]))),
            }
        }
        given
    }

    fn beside(&self, sources: &mut Sources) -> Result<Beside, CliError> {
        let boundary = self.boundary_policy.as_slice();
        let resource = self.resource_policy.as_slice();
        Ok(Beside {
            boundary: identity_documents(boundary, sources)?.pop(),
            resource: file_documents(resource, sources)?.pop(),
            session: match self.session_policy.as_slice() {
                [] => None,
                paths => Some(identity_documents(paths, sources)?),
            },
        })
    }

    fn holders(&self) -> Result<Holders, CliError> {
        let Some(sandbox) = &self.sandbox else {
            return Err(CliError::Usage {
                message: "nothing says whose policies are asked".to_owned(),
                help: "name a sandbox with `-s`, or policies with `--policy FILE`".to_owned(),
            });
        };
        let of = SandboxArgs {
            sandbox: sandbox.clone(),
            entity: None,
        };
        let profile = self.account.credentials.profile.as_deref();
        if self.live {
            return session::run(&self.account, Stopping::AtOnce, |session| async move {
                let region = session.region.value;
                let wanted = self.topology.wanted(&of, region.clone(), profile)?;
                let roles = LiveRoles {
                    sandbox,
                    kinds: &RoleKind::ALL,
                    region: &region,
                    wanted: Some(&wanted),
                };
                Ok(live_holders_explained(&session.account, roles).await?)
            });
        }
        let region = settings::region(self.account.region.as_deref(), None)?.value;
        let wanted = self.topology.wanted(&of, region, profile)?;
        let account = self.account_id.clone().or_else(|| self.account_of_message());
        let account = account.ok_or_else(|| CliError::Usage {
            message: "nothing says for which account the roles are".to_owned(),
            help: "name it with `--account`, or ask the account itself with `--live`".to_owned(),
        })?;
        Ok(rendered_holders(&wanted, &account)?)
    }

    /// The account of who was denied, where AWS's message names him.
    fn account_of_message(&self) -> Option<AccountId> {
        let denial = ops::read_denial(self.explain_error.as_ref()?)?;
        Arn::parse(&denial.principal?).ok()?.account()
    }

    fn batch(
        &self,
        view: View,
        lines: &Lines,
        default: &BatchDefault,
        beside: &Beside,
    ) -> Result<ExitStatus, CliError> {
        let given = self.given();
        let mut answering = view.answering(lines.name());
        let outcome = Batch::new(default, beside, &given).run(lines, |event| answering.tell(event));
        answering.finish()?;
        Ok(match outcome?.refused {
            0 => ExitStatus::Ok,
            _ => ExitStatus::Failed,
        })
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

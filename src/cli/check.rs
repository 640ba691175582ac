use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::diagnostic::Severity;
use crate::model::{Region, Sandbox};
use crate::ops::{self, CheckRequest, Checked, OpError, Wanted};
use crate::settings;
use crate::source;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TemplateArgs, TopologyArgs, given, sandbox};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
#[command(mut_group("CredentialArgs", |group| group.requires("live")))]
pub(super) struct CheckArgs {
    /// Directories and files: topologies, role templates, policy documents
    #[arg(value_name = "PATHS", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Compare what topologies need with what the roles in the account allow, instead
    #[arg(long, requires = "sandbox")]
    live: bool,
    #[command(flatten)]
    account: AccountArgs,
    /// Sandbox to check for [default: any]
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    #[command(flatten)]
    templates: TemplateArgs,
    /// Let these findings fail the run as errors do
    #[arg(long, value_name = "SEVERITY", value_enum)]
    deny: Option<Denied>,
    /// What is accepted, and why [default: the nearest `tcperm-baseline.toml`]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Add all errors and warnings that are found to the baseline
    #[arg(long, requires = "reason")]
    write_baseline: bool,
    /// Why they are accepted
    #[arg(long, value_name = "TEXT", requires = "write_baseline", value_parser = reason)]
    reason: Option<String>,
}

/// What fails a run besides errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Denied {
    /// Warnings
    Warnings,
}

pub(super) fn exec(view: View, arguments: &CheckArgs) -> Result<ExitStatus, CliError> {
    let named = given(arguments.baseline.as_deref());
    let first = arguments.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let directory = source::directory_of(first);
    let checked = if arguments.live {
        session::run(&arguments.account, Stopping::AtOnce, |session| async move {
            let profile = arguments.account.credentials.profile.as_deref();
            let request = arguments.request(&session.region.value, profile)?;
            Ok(ops::check_against(&session.account, &request).await?)
        })?
    } else {
        let region = settings::region(arguments.account.region.as_deref(), None)?.value;
        ops::check(&arguments.request(&region, Some("profile"))?)?
    };
    if let Some(reason) = &arguments.reason {
        let path = settings::baseline_path(&directory, named);
        let count = ops::accept(&checked, &path, reason)?;
        view.accepted(&source::from_here(&path), count);
        return Ok(ExitStatus::Ok);
    }
    view.check(&checked)?;
    Ok(arguments.status(&checked))
}

impl CheckArgs {
    fn request(&self, region: &Region, profile: Option<&str>) -> Result<CheckRequest, CliError> {
        let first = self.paths.first().map_or(Path::new("."), PathBuf::as_path);
        let directory = source::directory_of(first);
        let mut request = CheckRequest {
            places: Vec::new(),
            broken: Vec::new(),
            baseline: settings::baseline(&directory, given(self.baseline.as_deref()))?,
        };
        for path in &self.paths {
            match self.wanted(path, region.clone(), profile) {
                Ok(wanted) => request.places.push((path.clone(), wanted)),
                Err(OpError::Findings(found)) => {
                    request.broken.push((source::directory_of(path), *found));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(request)
    }

    /// What is checked where a path leads.
    fn wanted(&self, path: &Path, region: Region, profile: Option<&str>) -> Result<Wanted, OpError> {
        let sandbox = SandboxArgs {
            sandbox: self.sandbox.clone().unwrap_or_else(Sandbox::placeholder),
            entity: None,
        };
        let directory = source::directory_of(path);
        let topology = TopologyArgs::of(directory, self.templates.clone());
        topology.wanted(&sandbox, region, profile)
    }

    fn status(&self, checked: &Checked) -> ExitStatus {
        let denies_warnings = self.deny == Some(Denied::Warnings);
        if !checked.is_complete {
            ExitStatus::Failed
        } else if checked.count(Severity::Error) > 0
            || (denies_warnings && checked.count(Severity::Warning) > 0)
        {
            ExitStatus::No
        } else {
            ExitStatus::Ok
        }
    }
}

fn reason(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("say why in a few words".to_owned());
    }
    Ok(text.to_owned())
}

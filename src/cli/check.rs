use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::diagnostic::Severity;
use crate::model::Sandbox;
use crate::ops::{self, CheckRequest, Checked, Wanted};
use crate::settings;
use crate::source;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{SandboxArgs, TemplateArgs, TopologyArgs, given, sandbox};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Directories and files: topologies, role templates, policy documents
    #[arg(value_name = "PATHS", default_value = ".")]
    paths: Vec<PathBuf>,
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
    let places = arguments.paths.iter();
    let places = places.map(|path| Ok((path.clone(), arguments.wanted(path)?)));
    let request = CheckRequest {
        places: places.collect::<Result<_, CliError>>()?,
        baseline: settings::baseline(&directory, named)?,
    };
    let checked = ops::check(&request)?;
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
    /// What is checked where a path leads.
    fn wanted(&self, path: &Path) -> Result<Wanted, CliError> {
        let region = settings::region(None, None)?.value;
        let sandbox = SandboxArgs {
            sandbox: self.sandbox.clone().unwrap_or_else(Sandbox::placeholder),
            entity: None,
        };
        let directory = source::directory_of(path);
        let topology = TopologyArgs::of(directory, self.templates.clone());
        Ok(topology.wanted(&sandbox, region, Some("profile"))?)
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

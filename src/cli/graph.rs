use clap::Args;

use crate::ops;
use crate::settings;
use crate::view::{Language, View};

use super::ExitStatus;
use super::arguments::{SandboxArgs, TopologyArgs};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    topology: TopologyArgs,
    /// Language of the graph
    #[arg(long = "as", value_name = "LANGUAGE", value_enum, default_value_t = Language::Mermaid)]
    language: Language,
}

pub(super) fn exec(view: View, arguments: &GraphArgs) -> Result<ExitStatus, CliError> {
    let region = settings::region(None, None)?.value;
    // No line of a graph depends on the sandbox or the profile: it may be any.
    let sandbox = SandboxArgs::placeholder();
    let wanted = arguments.topology.wanted(&sandbox, region, Some("profile"))?;
    let graph = ops::graph(&wanted)?;
    view.graph(&graph, arguments.language)?;
    Ok(ExitStatus::Ok)
}

use std::path::{Path, PathBuf};

use clap::Args;

use crate::model::RoleKind;
use crate::ops::{self, InitRequest};
use crate::settings;
use crate::source::Existing;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{given, path, role_kind};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Directory to write to, e.g. `infrastructure/tc` [default: `infra_dir` of the configuration]
    #[arg(long, value_name = "DIR", env = "TC_INFRA_DIR", value_parser = path())]
    infra_dir: Option<PathBuf>,
    /// Configuration: tcperm's in TOML, or tc's in YAML [default: the nearest `tcperm.toml`, and tc's `config.yml`]
    #[arg(long, value_name = "FILE", env = "TC_CONFIG_PATH", value_parser = path())]
    config: Option<PathBuf>,
    /// Only the templates of this kind of role; may be given several times
    #[arg(short = 'c', long = "entity", value_parser = role_kind)]
    entities: Vec<RoleKind>,
    /// Replace templates that are there
    #[arg(long)]
    force: bool,
}

pub(super) fn exec(view: View, arguments: &InitArgs) -> Result<ExitStatus, CliError> {
    let configuration = settings::configuration(Path::new("."), given(arguments.config.as_deref()))?;
    let request = InitRequest {
        directory: settings::infra_dir(given(arguments.infra_dir.as_deref()), &configuration)?,
        kinds: if arguments.entities.is_empty() {
            RoleKind::ALL.to_vec()
        } else {
            arguments.entities.clone()
        },
        existing: if arguments.force {
            Existing::Replaced
        } else {
            Existing::Kept
        },
    };
    view.init(&ops::init(&request)?)?;
    Ok(ExitStatus::Ok)
}

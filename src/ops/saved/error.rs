use std::path::{Path, PathBuf};

/// What to do about a plan that cannot be carried out any more.
pub(super) const NEW_PLAN: &str = "make a new plan with `tcperm plan --out`, and apply that one";

/// Why a saved plan is not carried out. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    /// The file is no plan, or not a whole one.
    #[error("`{}` holds no plan: {reason}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file is of a format that is not known here.
    #[error(
        "`{}` is a plan of format version `{}`, and this tcperm reads version `{known}`",
        shown(path),
        found.escape_debug()
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The version that is known here.
        known: &'static str,
        /// The version of tcperm that made it.
        made_by: Option<String>,
    },
    /// The plan is for another account.
    #[error("the plan is for account {planned}, and this is account {reached}")]
    OtherAccount {
        /// The account of the plan, with its partition.
        planned: String,
        /// The account that was reached.
        reached: String,
    },
    /// The files that it was made of have changed, a clause each.
    #[error("the files are not as they were when the plan was made: {}", .0.join(", "))]
    OtherFiles(Vec<String>),
    /// Something else would have to be done now.
    #[error("{}", differences.join("; "))]
    OtherRoles {
        /// In which roles, a clause each.
        differences: Vec<String>,
        /// The version of tcperm that made the plan, when it is another one.
        made_by: Option<String>,
    },
    /// The plan cannot be written as text: a path in it is none.
    #[error("the plan cannot be saved: {0}")]
    NoText(serde_json::Error),
}

impl SavedPlanError {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Damaged { .. } => {
                "`tcperm plan --out FILE` writes the plans that `apply` carries out".to_owned()
            }
            Self::OtherFormat {
                made_by: Some(version),
                ..
            } => format!(
                "it was made by tcperm {}: apply it with that one, or make a new plan",
                version.escape_debug()
            ),
            Self::OtherAccount { .. } => "name the account of the plan with `-e` or `-R`".to_owned(),
            Self::OtherRoles {
                made_by: Some(version),
                ..
            } => {
                let here = env!("CARGO_PKG_VERSION");
                let version = version.escape_debug();
                format!("{NEW_PLAN}; it was made by tcperm {version}, and this is {here}")
            }
            Self::OtherFormat { .. } | Self::OtherFiles(_) | Self::OtherRoles { .. } => NEW_PLAN.to_owned(),
            Self::NoText(_) => "use paths that are UTF-8 text".to_owned(),
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

use super::Findings;
use crate::iam::IamError;
use crate::model::{Partition, Region};
use crate::source::SourceError;
use crate::template::TemplateError;

/// Why an operation did not begin.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// A file could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The files hold errors, or what they ask for cannot be written.
    #[error("{}", counted(.0))]
    Findings(Box<Findings>),
    /// A call failed.
    #[error(transparent)]
    Iam(#[from] IamError),
    /// A built-in template failed.
    #[error(transparent)]
    Template(#[from] TemplateError),
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
            Self::Findings(_) => None,
            Self::Iam(error) => Some(error.fault.help().to_owned()),
            Self::Template(_) => Some("please report this: a built-in template is broken".to_owned()),
            Self::OtherPartition { .. } => {
                Some("name a region of the account's partition with `--region`".to_owned())
            }
            Self::Protected { variable, .. } => Some(format!("set {variable}=1 if you really mean it")),
        }
    }
}

fn counted(findings: &Findings) -> String {
    match findings.diagnostics.iter().filter(|d| d.is_error()).count() {
        1 => "1 error; nothing was written".to_owned(),
        n => format!("{n} errors; nothing was written"),
    }
}

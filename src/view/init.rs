use std::fmt::Write as _;

use super::report::harmless;
use crate::ops::Initialized;

/// The files that were written.
pub(super) fn files(initialized: &Initialized) -> String {
    let mut text = String::new();
    for file in &initialized.files {
        let _ = writeln!(text, "{}", harmless(&file.display().to_string()));
    }
    text
}

/// How many there are, and what comes next.
pub(super) fn summary(initialized: &Initialized) -> String {
    let directory = harmless(&initialized.directory.display().to_string());
    let files = match initialized.files.len() {
        1 => "1 file".to_owned(),
        number => format!("{number} files"),
    };
    format!(
        "{files} written\nnext: `export TC_INFRA_DIR={directory}`, or name the directory as `infra_dir` in `tcperm.toml`\n"
    )
}

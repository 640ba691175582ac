//! Finds and reads the configuration: the team's own file, and tc's beside it.

use std::path::{Path, PathBuf};

use super::text::{metadata, read_text};
use super::{GIT, SourceError};

/// The file in which a team configures tcperm.
pub(super) const OWN: &str = "tcperm.toml";

/// The file in which a team configures tc, below the root of the repository.
const TC: &str = "infrastructure/tc/config.yml";

/// A file of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// The name to show for it: as the user names it, or relative to the topology's directory.
    pub name: String,
    /// What it holds.
    pub text: String,
    /// In which language.
    pub form: ConfigurationForm,
    /// The directory that it stands in, to which its paths are relative.
    pub directory: PathBuf,
}

/// The language of a configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigurationForm {
    /// TOML: tcperm's own file.
    Toml,
    /// YAML: tc's file, in which a section is tcperm's.
    Yaml,
}

/// Reads the configuration of a topology's directory; what stands first wins.
///
/// These are the `tcperm.toml` that is nearest, in the directory or above it, up to the root of the
/// repository; and tc's `infrastructure/tc/config.yml` in that root. A file that the user names
/// takes the place of the one that is written in the same language.
///
/// # Errors
/// When a file cannot be read, or the one that is named is not there.
pub fn configuration(directory: &Path, named: Option<&Path>) -> Result<Vec<ConfigurationFile>, SourceError> {
    let mut found = Vec::new();
    for form in [ConfigurationForm::Toml, ConfigurationForm::Yaml] {
        let file = match named.filter(|path| form_of(path) == form) {
            Some(path) => Some(ConfigurationFile {
                name: path.display().to_string(),
                text: read_text(path, || path.to_owned())?,
                form,
                directory: path.parent().unwrap_or(path).to_owned(),
            }),
            None => nearest(directory, form)?,
        };
        found.extend(file);
    }
    Ok(found)
}

fn form_of(path: &Path) -> ConfigurationForm {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yml" | "yaml") => ConfigurationForm::Yaml,
        _ => ConfigurationForm::Toml,
    }
}

/// The file of a form that counts for a directory.
fn nearest(directory: &Path, form: ConfigurationForm) -> Result<Option<ConfigurationFile>, SourceError> {
    // A directory that is not there is reported when its topology is read.
    let Ok(absolute) = directory.canonicalize() else {
        return Ok(None);
    };
    if !absolute.is_dir() {
        return Err(SourceError::NotADirectory {
            path: directory.to_owned(),
        });
    }
    let mut up = String::new();
    for ancestor in absolute.ancestors() {
        let is_root = metadata(&ancestor.join(GIT)).is_ok();
        let candidate: Option<&str> = match form {
            ConfigurationForm::Toml => Some(OWN),
            ConfigurationForm::Yaml => is_root.then_some(TC),
        };
        if let Some(name) = candidate {
            let path: PathBuf = ancestor.join(name);
            match read_text(&path, || path.clone()) {
                Ok(text) => {
                    let name = format!("{up}{name}");
                    let beside = directory.join(&name);
                    return Ok(Some(ConfigurationFile {
                        directory: beside.parent().unwrap_or(directory).to_owned(),
                        name,
                        text,
                        form,
                    }));
                }
                Err(SourceError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if is_root {
            break;
        }
        up.push_str("../");
    }
    Ok(None)
}

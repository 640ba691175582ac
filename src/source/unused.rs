//! Finds role templates that are there and that nobody says are to be used.

use std::path::Path;

use super::GIT;
use super::text::metadata;

/// Where a repository keeps role templates for tc.
const TEMPLATES: &str = "infrastructure/tc";

/// The role templates of the repository that a directory is in, as a path from that directory.
#[must_use]
pub fn unused_templates(directory: &Path) -> Option<String> {
    let absolute = directory.canonicalize().ok()?;
    let mut up = String::new();
    for ancestor in absolute.ancestors() {
        if metadata(&ancestor.join(GIT)).is_ok() {
            let roles = ancestor.join(TEMPLATES).join("base/roles");
            let is_there = metadata(&roles).is_ok_and(|found| found.is_dir());
            return is_there.then(|| directory.join(format!("{up}{TEMPLATES}")).display().to_string());
        }
        up.push_str("../");
    }
    None
}

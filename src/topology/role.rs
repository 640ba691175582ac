use super::Text;
use crate::diagnostic::{FileId, Located};

/// What a topology says of the role that a function has instead of the base role of functions.
///
/// At most one of `provided` and `file` is there, and no `name` beside `provided`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionRole {
    /// The name of a role that somebody else keeps (`role`): it is never created nor changed.
    pub provided: Option<Located<Text>>,
    /// The files that a role of the function's own is made from (`role_file`).
    pub file: Option<Located<RoleFileIds>>,
    /// The name of the function's own role (`role_name`), with or without a `file`.
    pub name: Option<Located<Text>>,
}

/// The texts of a role file, `packer.json`, and of those beside it. They are templates, no YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFileIds {
    /// The text that the file itself holds: the policy.
    pub policy: FileId,
    /// The text of `packer.topology.json`.
    pub topology: Option<FileId>,
    /// The text of `packer.trust.json`.
    pub trust: Option<FileId>,
    /// The text of `packer.managed.json`.
    pub managed: Option<FileId>,
}

impl RoleFileIds {
    /// All of the texts, the policy first.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let beside = [self.topology, self.trust, self.managed];
        [self.policy].into_iter().chain(beside.into_iter().flatten())
    }
}

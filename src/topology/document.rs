//! Texts as YAML, and how they refer to each other, before anything is known of what they mean.
//!
//! A text names others by macros (`!include routes.yml`) and by a few keys (`function_dirs`,
//! `flow: states.json`). Here it is said *which* it names: [`Document::mentions`] and
//! [`Documents::outline`]. [`source`](crate::source) reads those, says with
//! [`Documents::resolve`] where each path led, and reading a topology finds every text that it
//! needs in its place.

use std::collections::HashMap;

use super::expand;
use super::findings::Findings;
use super::node::{Kind, Node};
use super::role::RoleFileIds;
use super::yaml;
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};

/// A text as YAML.
#[derive(Debug, Clone)]
pub struct Document {
    file: FileId,
    root: Option<Node>,
    diagnostics: Vec<Diagnostic>,
    is_complete: bool,
    mentions: Vec<Mention>,
}

/// A file that a text names by a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// By which macro.
    pub by: Macro,
    /// The path as written.
    pub path: String,
    /// Where.
    pub span: Span,
}

/// What stands in the place of a value until its file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Macro {
    /// `!include`: the file's value; its path is relative to the file that names it.
    Include,
    /// `!read`: the values of several files, joined; paths are relative to the topology.
    Read,
    /// `!mutations`: the mutations of several files, joined; paths are relative to the topology.
    Mutations,
}

impl Macro {
    /// The macro of a tag.
    pub(super) fn of(tag: &str) -> Option<Self> {
        match tag {
            "!include" => Some(Self::Include),
            "!read" => Some(Self::Read),
            "!mutations" => Some(Self::Mutations),
            _ => None,
        }
    }

    /// The tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Include => "!include",
            Self::Read => "!read",
            Self::Mutations => "!mutations",
        }
    }
}

impl Document {
    /// Reads a text. Total: what is wrong with it is reported when a topology is read.
    #[must_use]
    pub fn parse(sources: &Sources, file: FileId) -> Self {
        let mut findings = Findings::new();
        let root = yaml::read(sources, file, &mut findings);
        let mut mentions = Vec::new();
        if let Some(root) = root.as_ref().filter(|_| sources.text(file).contains('!')) {
            collect(root, &mut mentions);
        }
        let is_complete = findings.is_complete();
        Self {
            file,
            root,
            diagnostics: findings.into_list(sources),
            is_complete,
            mentions,
        }
    }

    /// Its value, for what is no topology.
    #[must_use]
    pub const fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }

    /// What is wrong with it as YAML.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Its value, when what is wrong with it has been reported.
    pub(super) fn reported(&self, findings: &mut Findings) -> Option<Node> {
        findings.push_of(self.file, &self.diagnostics);
        if !self.is_complete {
            findings.mark_incomplete();
        }
        self.root.clone()
    }

    /// The files that it names by macros, in the order of places.
    #[must_use]
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }
}

/// Texts as YAML, and which text a path in another one leads to.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    by_file: HashMap<FileId, Document>,
    resolved: HashMap<FileId, HashMap<String, Result<FileId, String>>>,
    role_files: HashMap<FileId, HashMap<String, Result<RoleFileIds, String>>>,
}

impl Documents {
    /// Adds a text.
    pub fn insert(&mut self, file: FileId, document: Document) {
        self.by_file.insert(file, document);
    }

    /// A text.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&Document> {
        self.by_file.get(&file)
    }

    /// Says where a path leads: to a text, or nowhere, for a reason such as `there is no such file`.
    /// `base` is the text that the path is relative to: the one that names it for `!include`, the
    /// topology's own for all else.
    pub fn resolve(&mut self, base: FileId, path: impl Into<String>, found: Result<FileId, String>) {
        self.resolved.entry(base).or_default().insert(path.into(), found);
    }

    /// Where a path leads, if that has been said.
    #[must_use]
    pub fn resolved(&self, base: FileId, path: &str) -> Option<&Result<FileId, String>> {
        self.resolved.get(&base)?.get(path)
    }

    /// Says where the path of a role file leads, which the text `said` names: to texts, or nowhere,
    /// for a reason.
    pub fn resolve_role_file(
        &mut self,
        said: FileId,
        path: impl Into<String>,
        found: Result<RoleFileIds, String>,
    ) {
        let of_text = self.role_files.entry(said).or_default();
        of_text.insert(path.into(), found);
    }

    /// Where the path of a role file leads, if that has been said.
    #[must_use]
    pub fn role_file(&self, said: FileId, path: &str) -> Option<&Result<RoleFileIds, String>> {
        self.role_files.get(&said)?.get(path)
    }

    /// The path of the role file that a function's own file names.
    #[must_use]
    pub fn named_role_file(&self, file: FileId) -> Option<String> {
        let (_, path) = role_file(self.get(file)?.root()?)?;
        Some(path)
    }

    /// What a topology says of files beside its own text, as far as its texts are here.
    #[must_use]
    pub fn outline(&self, sources: &Sources, main: FileId) -> Outline {
        let mut unheard = Findings::new();
        expand::root(sources, self, main, &mut unheard)
            .map_or_else(Outline::default, |root| Outline::of(&root))
    }
}

/// What a topology says of files beside its own text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// The file that holds its state machine (`flow: states.json`).
    pub definition: Option<String>,
    /// Directories whose sub-directories are functions (`function_dirs`).
    pub function_dirs: Vec<String>,
    /// The directories of shared functions (`uri: ../shared/packer`), each once.
    pub shared: Vec<String>,
    /// The role files of its functions (`runtime.role_file`): the text that names each, and the path.
    pub role_files: Vec<(FileId, String)>,
    /// Its infrastructure directory (`infra`).
    pub infra: Option<String>,
    /// Whether the topologies below it belong to it (`recursive: true`).
    pub is_recursive: bool,
    /// Whether it stands for the topologies of `nodes.dirs` (`root: true`).
    pub is_root: bool,
    /// Directories below it that hold none of its topologies (`nodes.ignore`).
    pub ignored_nodes: Vec<String>,
    /// Directories of its topologies (`nodes.dirs`).
    pub nodes: Vec<String>,
}

impl Outline {
    fn of(root: &Node) -> Self {
        let text = |node: Option<&Node>| {
            let text = node?.scalar()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let definition = ["flow", "states"].into_iter().find_map(|key| {
            let node = root.get(key).filter(|node| !node.is_null())?;
            Some(text(Some(node).filter(|node| node.tag.is_none())))
        });
        let functions = root.get("functions").map(Node::entries).unwrap_or_default();
        let mut shared: Vec<String> = functions
            .iter()
            .filter_map(|entry| text(entry.value.get("uri")))
            .filter(|uri| uri.starts_with('.'))
            .collect();
        shared.sort();
        shared.dedup();
        let nodes = root.get("nodes");
        let list = |node: Option<&Node>| texts(node).into_iter().collect::<Vec<_>>();
        Self {
            definition: definition.flatten(),
            function_dirs: list(root.get("function_dirs")),
            shared,
            role_files: functions
                .iter()
                .filter_map(|entry| role_file(&entry.value))
                .collect(),
            infra: ["infra", "infra-dir", "infra_dir"]
                .into_iter()
                .find_map(|key| text(root.get(key))),
            is_recursive: root.get("recursive").and_then(Node::flag) == Some(true),
            is_root: root.get("root").and_then(Node::flag) == Some(true),
            ignored_nodes: list(nodes.and_then(|nodes| nodes.get("ignore"))),
            nodes: list(nodes.and_then(|nodes| nodes.get("dirs"))),
        }
    }
}

/// The role file of a function: the text that names it, and the path.
fn role_file(function: &Node) -> Option<(FileId, String)> {
    let node = function.get("runtime")?.get("role_file")?;
    let path = node.scalar()?.trim();
    (!path.is_empty()).then(|| (node.span.file, path.to_owned()))
}

/// The texts of a list, or the one text.
fn texts(node: Option<&Node>) -> Vec<String> {
    let items = match node.map(|node| (&node.kind, node)) {
        Some((Kind::Sequence(items), _)) => items.iter().collect(),
        Some((Kind::Scalar(..), node)) => vec![node],
        _ => Vec::new(),
    };
    items
        .into_iter()
        .filter_map(Node::scalar)
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.trim().to_owned())
        .collect()
}

/// The macros of a tree. Parts that aliases share are looked at once for each alias, of which
/// [`yaml`] bounds the number.
fn collect(node: &Node, mentions: &mut Vec<Mention>) {
    if let Some((by, paths)) = expand::macro_of(node) {
        mentions.extend(paths.into_iter().map(|path| Mention {
            by,
            path,
            span: node.span.clone(),
        }));
        return;
    }
    match &node.kind {
        Kind::Sequence(items) => items.iter().for_each(|item| collect(item, mentions)),
        Kind::Mapping(entries) => entries.iter().for_each(|entry| collect(&entry.value, mentions)),
        Kind::Scalar(..) | Kind::Faulty => {}
    }
}

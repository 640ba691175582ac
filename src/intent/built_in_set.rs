//! The built-in templates as a set that a team can keep.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::grants::{CapabilityRule, Matrix, Scope};
use crate::model::RoleKind;
use crate::template::{Part, Place, RuleBook, TemplateError};

/// How many characters a line of a comment has at most.
const WIDTH: usize = 100;

/// The built-in templates of some kinds of role, as the files of a set: texts by their paths from the
/// directory of the set. Roles that are made from them are those that are made from the built-in
/// templates.
///
/// # Errors
/// When the built-in matrix cannot be read: never in a build that passed its tests.
pub fn built_in_set(
    kinds: impl IntoIterator<Item = RoleKind>,
) -> Result<BTreeMap<String, String>, TemplateError> {
    let matrix = Matrix::built_in()?;
    let mut files = BTreeMap::new();
    for kind in kinds {
        let place = Place::Base(kind);
        let shared = blocks(matrix, kind, |scope| scope != Scope::Exact);
        files.insert(place.file(Part::Policy), policy(&about_shared(kind), &shared));
        let exact = blocks(matrix, kind, |scope| scope == Scope::Exact);
        if !exact.is_empty() {
            files.insert(place.file(Part::Topology), policy(&about_exact(kind), &exact));
        }
        let trust = RuleBook::text_of_trust(kind).unwrap_or_default();
        files.insert(place.file(Part::Trust), trust.to_owned());
    }
    Ok(files)
}

fn about_shared(kind: RoleKind) -> String {
    format!(
        "What the {kind} role may do whatever the topology: the inline policy that bears the name of the role. \
         Each block below is there when a topology of the sandbox needs it. Edit a block, remove it, or add \
         statements of your own."
    )
}

fn about_exact(kind: RoleKind) -> String {
    format!(
        "What the {kind} role may do for one topology, by exact ARNs: the inline policy `tc-TOPOLOGY`, made once \
         for each topology. Each block below stands as often as the topology needs a statement of it."
    )
}

/// A block for each capability that a kind of role can hold, of some scopes.
fn blocks(matrix: &Matrix, kind: RoleKind, holds: impl Fn(Scope) -> bool) -> Vec<String> {
    let ids = matrix.of_role(kind).into_iter();
    ids.filter_map(|id| {
        let rule = matrix.capabilities.get(id)?;
        let is_held = rule.scope != Scope::Trust && holds(rule.scope);
        let text = RuleBook::text_of_capability(id).filter(|_| is_held)?;
        Some(block(id, rule, text))
    })
    .collect()
}

/// The statements of a capability, as often as it is granted.
fn block(id: &str, rule: &CapabilityRule, text: &str) -> String {
    let (reason, statements) = without_comment(text);
    let about = comment(&format!("May {}. {reason}", rule.does));
    format!(
        "{about}\n{{{{#each grants.[{id}]}}}}\n{},\n{{{{/each}}}}\n",
        statements.trim_end()
    )
}

/// The comment with which a text begins, and what follows it.
fn without_comment(text: &str) -> (&str, &str) {
    let comment = text
        .strip_prefix("{{!--")
        .and_then(|rest| rest.split_once("--}}"));
    let (comment, rest) = comment.unwrap_or(("", text));
    (comment.trim(), rest.trim_start())
}

/// A text as a comment, in lines that are not too long.
fn comment(text: &str) -> String {
    let mut lines = vec![String::from("{{!--")];
    for word in text.split_whitespace().chain(["--}}"]) {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("      {word}")),
        }
    }
    lines.join("\n")
}

/// A policy of these statements.
fn policy(about: &str, blocks: &[String]) -> String {
    let blocks = indented(&blocks.concat());
    let about = comment(about);
    format!("{about}\n{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{blocks}  ]\n}}\n")
}

fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        let _ = writeln!(indented, "    {line}");
    }
    indented
}

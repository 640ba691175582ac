use std::fmt::Write as _;

use super::listing::owner;
use super::style::{FAINT, STRONG, styled};
use super::{Place, change};
use crate::intent::ownership::{MODE_DYNAMIC, recorded_mode};
use crate::intent::{Document, RoleSpec};
use crate::model::{RoleId, RoleName};
use crate::ops::{ProvidedRole, Rendered, Shown};

/// The roles that a topology needs, with their documents.
pub(super) fn rendered(rendered: &Rendered) -> String {
    let roles = rendered.roles.iter().map(|role| self::role(&role.id, &role.spec));
    let provided = rendered.provided.iter().map(self::provided);
    roles.chain(provided).collect::<Vec<_>>().join("\n")
}

/// The roles that the account holds, with their documents.
pub(super) fn shown(shown: &Shown) -> String {
    let roles = shown.roles.iter().map(|(id, role)| self::role(id, role));
    roles.collect::<Vec<_>>().join("\n")
}

/// Where they stand, and what was passed over.
pub(super) fn summary(place: &Place, shown: &Shown) -> String {
    let mut text = String::new();
    for (role, obstacle) in &shown.passed_over {
        let _ = writeln!(text, "passed over: `{role}` {obstacle}");
    }
    text.push_str(&change::header(place, &shown.identity, &shown.sandbox));
    let _ = match shown.roles.len() {
        0 => writeln!(text, "no roles"),
        number => writeln!(text, "{}", change::roles(number)),
    };
    text
}

/// Where the roles would stand, and how many there are.
pub(super) fn rendered_summary(rendered: &Rendered) -> String {
    let context = &rendered.context;
    let number = needed(rendered.roles.len(), rendered.provided.len());
    format!(
        "sandbox {} · account {} · {}\n{number}\n",
        styled(STRONG, &context.sandbox),
        context.account,
        context.region
    )
}

/// How many roles are needed, and how many of others.
pub(super) fn needed(made: usize, provided: usize) -> String {
    match (made, change::kept_by_others(provided)) {
        (0, None) => "no roles are needed".to_owned(),
        (0, Some(kept)) => kept,
        (number, None) => change::roles(number),
        (number, Some(kept)) => format!("{} · {kept}", change::roles(number)),
    }
}

fn provided(role: &ProvidedRole) -> String {
    let name = role.names.first().map_or("", RoleName::as_str);
    let mut text = format!("{}  {}, kept by others\n", styled(STRONG, name), role.kind);
    for other in role.names.iter().skip(1) {
        let _ = writeln!(text, "  or    {other}");
    }
    let _ = writeln!(text, "  arn   {}", role.arn);
    text
}

fn role(id: &RoleId, role: &RoleSpec) -> String {
    let mode = recorded_mode(&role.tags).filter(|mode| *mode != MODE_DYNAMIC);
    let mode = mode.map_or_else(String::new, |mode| format!(", {mode}"));
    let mut text = format!("{}  {}{mode}\n", styled(STRONG, &role.name), id.kind);
    if let Some(owner) = owner(id) {
        let _ = writeln!(text, "  {owner}");
    }
    let _ = writeln!(text, "  arn   {}", role.arn);
    for (key, value) in role.tags.iter() {
        let _ = writeln!(text, "  {}", format!("tag   {key} = {value}").trim_end());
    }
    if let Some(boundary) = &role.boundary {
        let _ = writeln!(text, "  boundary  {boundary}");
    }
    for arn in &role.managed_policies {
        let _ = writeln!(text, "  managed policy  {arn}");
    }
    document(&mut text, "trust policy", &role.trust);
    for (name, policy) in &role.policies {
        document(&mut text, &format!("inline policy {name}"), policy);
    }
    text
}

fn document(text: &mut String, title: &str, document: &Document) {
    let body = match document {
        Document::Known(policy) => policy.to_pretty_json(),
        Document::Unread => "(not read)".to_owned(),
        Document::Unreadable(raw) => raw.clone(),
    };
    let _ = writeln!(text, "  {}", styled(FAINT, title));
    for line in body.lines() {
        let _ = writeln!(text, "    {line}");
    }
}

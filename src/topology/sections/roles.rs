//! The roles that functions have instead of the base role: one that somebody else keeps, or one of
//! their own.

use std::collections::BTreeMap;

use crate::diagnostic::{Located, Sources};
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::reference;
use crate::topology::spec::{Function, Runtime};
use crate::topology::text::Text;
use crate::topology::{Documents, FunctionRole, RoleFileIds};

/// Reads what functions say of their roles, when all that says something of them is known.
pub(super) fn read(
    sources: &Sources,
    documents: &Documents,
    findings: &mut Findings,
    functions: &[Function],
) -> BTreeMap<String, FunctionRole> {
    let mut roles = BTreeMap::new();
    for Function { name, runtime, .. } in functions {
        check_contradictions(sources, findings, runtime);
        let role = FunctionRole {
            provided: provided(findings, runtime),
            file: file(documents, findings, runtime),
            name: own_name(findings, runtime),
        };
        if role != FunctionRole::default() {
            roles.insert(name.value.clone(), role);
        }
    }
    roles
}

fn check_contradictions(sources: &Sources, findings: &mut Findings, runtime: &Runtime) {
    let Some(role) = &runtime.role else {
        return;
    };
    let own = [
        ("role_file", &runtime.role_file),
        ("role_name", &runtime.role_name),
    ];
    for (key, word) in own {
        let Some(word) = word else {
            continue;
        };
        let message = format!("`{key}` contradicts `role`");
        let help = format!(
            "`role` names a role that somebody else keeps, at {}, and `{key}` is of a role of the function's own: remove one of the two",
            sources.label(&role.span)
        );
        findings.error(codes::CONTRADICTION, &word.span, message, help);
    }
}

/// The name of a role that somebody else keeps, by itself or in an ARN.
fn provided(findings: &mut Findings, runtime: &Runtime) -> Option<Located<Text>> {
    let word = runtime.role.as_ref()?;
    let printed = reference::text(findings, word)?.to_string();
    if !printed.starts_with("arn:") {
        return role_name(findings, word, &printed);
    }
    let parts: Vec<&str> = printed.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts.as_slice() else {
        return no_role(findings, word);
    };
    let Some(path) = resource.strip_prefix("role/") else {
        return no_role(findings, word);
    };
    if *account != "{{account}}" {
        let message = format!(
            "{} names account {}, which need not be the sandbox's",
            shown(&word.value),
            shown(account)
        );
        let help = "write `{{account}}` for the account, or the name of the role alone";
        findings.error(codes::OUTSIDE_SANDBOX, &word.span, message, help);
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    role_name(findings, word, name)
}

fn no_role<T>(findings: &mut Findings, word: &Word) -> Option<T> {
    let message = format!("{} is not the ARN of a role", shown(&word.value));
    let help = "a role has the ARN `arn:aws:iam::{{account}}:role/NAME`";
    findings.error(codes::INVALID_NAME, &word.span, message, help);
    None
}

fn own_name(findings: &mut Findings, runtime: &Runtime) -> Option<Located<Text>> {
    let word = runtime.role_name.as_ref()?;
    let printed = reference::text(findings, word)?.to_string();
    role_name(findings, word, &printed)
}

/// A name that a role can have, as far as that can be told before its variables have values.
fn role_name(findings: &mut Findings, word: &Word, name: &str) -> Option<Located<Text>> {
    let text = Text::parse(name).ok()?;
    let holds = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !text.pieces().is_empty() && text.holds_only(holds) {
        return Some(Located::new(text, word.span.clone()));
    }
    let message = format!("{} cannot be the name of a role", shown(&word.value));
    let help = "a role's name is 1 to 64 letters, digits or `_+=,.@-`, and variables";
    findings.error(codes::INVALID_NAME, &word.span, message, help);
    None
}

/// The texts that the path of a role file leads to.
fn file(documents: &Documents, findings: &mut Findings, runtime: &Runtime) -> Option<Located<RoleFileIds>> {
    let word = runtime.role_file.as_ref()?;
    let reason = match documents.role_file(word.span.file, &word.value) {
        Some(Ok(files)) => return Some(Located::new(files.clone(), word.span.clone())),
        Some(Err(reason)) => reason,
        None => "it was not read",
    };
    let message = format!("{} leads nowhere: {reason}", shown(&word.value));
    let help =
        "a path of `role_file` starts at the directory of the file that says it, else at the topology's";
    findings.error(codes::MISSING_FILE, &word.span, message, help);
    None
}

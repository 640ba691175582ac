//! Reading Rust as far as the rules need it: lines of code, and the paths that stand in them.

/// The lines that are not comments, with their numbers, and without trailing comments.
pub fn code_lines(text: &str) -> Vec<(usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.split_once(" // ").map_or(line, |(code, _)| code)))
        .collect()
}

/// The module a file of `src/` holds, as its path from the root: `src/policy/parse.rs` is
/// `["policy", "parse"]`; `src/lib.rs` and `src/main.rs` are themselves.
pub fn module_path(file: &str) -> Vec<&str> {
    let path = file.strip_prefix("src/").unwrap_or(file);
    path.strip_suffix(".rs").unwrap_or(path).split('/').collect()
}

/// The top-level modules that a text names, as `crate::x`, `crate::{x, y::z}` or by enough
/// `super::`, each with its line.
pub fn modules_named(file: &str, text: &str) -> Vec<(usize, String)> {
    let code = joined_code(text);
    let mut named = Vec::new();
    for (position, _) in code.match_indices("crate::") {
        if is_start_of_word(&code, position) {
            let rest = &code[position + "crate::".len()..];
            named.extend(
                heads(rest)
                    .into_iter()
                    .map(|head| (line_at(&code, position), head)),
            );
        }
    }
    let climb = "super::".repeat(module_path(file).len());
    let tests = code.find("#[cfg(test)]").unwrap_or(code.len());
    for (position, _) in code[..tests].match_indices(&climb) {
        if is_start_of_word(&code, position) {
            let rest = &code[position + climb.len()..];
            named.extend(
                heads(rest)
                    .into_iter()
                    .map(|head| (line_at(&code, position), head)),
            );
        }
    }
    named
}

/// The code with comments blanked out, so that positions still tell the line.
fn joined_code(text: &str) -> String {
    let count = text.lines().count();
    let mut lines = vec![""; count];
    for (number, line) in code_lines(text) {
        lines[number - 1] = line;
    }
    lines.join("\n")
}

fn line_at(code: &str, position: usize) -> usize {
    code[..position].matches('\n').count() + 1
}

fn is_start_of_word(code: &str, position: usize) -> bool {
    let before = code[..position].chars().next_back();
    before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$')
}

/// The first names of what follows `crate::`: one, or those of a braced group.
fn heads(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut names = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (position, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(word(&group[start..position]));
                start = position + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn modules_are_found_in_every_form_of_a_path() {
    let text = "use crate::model::Arn;\nuse crate::{\n    iam::{self, Iam},\n    plan::Plan,\n};\nfn f() -> crate::view::X {}\n// crate::cli\n/// [`x`](crate::cli)\nlet a = other_crate::ops::f(); // crate::ops\n";
    let named = modules_named("src/policy/parse.rs", text);
    let named: Vec<(usize, &str)> = named.iter().map(|(line, name)| (*line, name.as_str())).collect();
    assert_eq!(named, [(1, "model"), (2, "iam"), (2, "plan"), (6, "view")]);
}

#[test]
fn climbing_to_the_root_is_seen_and_climbing_less_is_not() {
    let text = "use super::document::Policy;\nuse super::super::iam::Iam;\n";
    assert_eq!(
        modules_named("src/policy/parse.rs", text),
        [(2, "iam".to_owned())]
    );
    assert_eq!(
        modules_named("src/policy.rs", "use super::iam::Iam;\n"),
        [(1, "iam".to_owned())]
    );
    assert_eq!(
        modules_named("src/policy.rs", "#[cfg(test)]\nmod tests { use super::*; }\n"),
        []
    );
}

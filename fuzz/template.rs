//! Bytes in, the templates of a team out, and what must hold of rendering them, whatever they are.
//!
//! The fuzz target and the normal test of its corpus share this file, and call [`read_template`],
//! which panics where a rule is broken. Above all: no value changes the structure of a document.

#[path = "grown.rs"]
mod grown;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tcperm::diagnostic::{Diagnostic, FileId, Sources};
use tcperm::grants::{Matrix, Scope};
use tcperm::model::{AccountId, Assets, Context, Region, Sandbox};
use tcperm::template::{Part, RoleTemplate, RuleBook, TemplateError, TemplateSet, codes, place};

/// The file that is the policy of the role, if no line names another.
const POLICY: &str = "base/roles/function.json";

/// The file of the values: a JSON object.
const VALUES: &str = "values.json";

/// The first byte of bytes that are choices.
const GROWN: u8 = b'~';

/// The most files that a set has here.
const MAX_FILES: usize = 12;

/// What is found where the rendered text is read as a policy document.
const GRAMMAR: &str = codes::INVALID_DOCUMENT;

/// Reads bytes as the templates of a team, with values.
///
/// After a `~` each byte is a choice: what grows is a document of the template language, in which
/// values stand where a document takes any text. Else the bytes are text: a line
/// `--- partials/p.json` begins a file of that name; what stands before the first is the policy of
/// a base role. `values.json` holds the values, an object.
pub fn read_template(bytes: &[u8]) {
    match bytes.split_first() {
        Some((&GROWN, choices)) => check(&grown::case(choices)),
        _ => check(&written(&String::from_utf8_lossy(bytes))),
    }
}

/// The files of a set by path, and the values they are rendered with.
pub struct Case {
    files: BTreeMap<String, String>,
    values: Map<String, Value>,
    /// Whether values stand only where a document takes any text.
    is_free: bool,
}

/// What must hold of every set.
fn check(case: &Case) {
    let mut sources = Sources::new();
    let add = |(path, text): (&String, &String)| (path.clone(), sources.add(path.as_str(), text.as_str()));
    let files: BTreeMap<String, FileId> = case.files.iter().map(add).collect();
    let rules = RuleBook::built_in().expect("the templates are sound");
    let (set, findings) = TemplateSet::read(rules, &sources, &files, &BTreeMap::new());
    for finding in &findings {
        check_finding(&sources, finding);
    }
    let values = all_values(&case.values);
    // What a template compares keeps meaning the same: equal texts stay equal, others do not become so.
    let kept = kept(case, &values);
    let plain = replaced(&values, &kept, &|number| format!("Zq{number}Z"));
    let odd = replaced(&values, &kept, &odd);
    for (place, role) in set.roles() {
        for part in [Part::Policy, Part::Topology, Part::Trust] {
            let [usual, plain, odd] =
                [&values, &plain, &odd].map(|values| rendered(&set, role, part, (values, &sources)));
            if let (Some(usual), Some(plain), Some(odd)) = (usual, plain, odd) {
                check_one(&format!("{place} {part:?}"), case.is_free, [usual, plain, odd]);
            }
        }
        for values in [&values, &plain, &odd] {
            check_managed(&set, role, (values, &ABSENT), &sources);
        }
    }
}

/// A text of signs that mean something in JSON or in templates: each kind by itself, and together.
fn odd(number: usize) -> String {
    match number % 3 {
        0 => format!("Zq{number}\", \""),
        1 => format!("Zq{number}\\"),
        _ => format!("Zq{number}\"]}},{{\\ {{{{a}}}}"),
    }
}

/// Why a variable has no value.
const ABSENT: [(&str, &str); 1] = [("namespace", "a base role serves all topologies")];

/// What a file renders to: the text around the strings of the document, or the codes of what is found.
type Rendered = Result<String, Vec<&'static str>>;

/// What must hold of a file rendered with the values of the case, with plain ones, and with odd ones.
fn check_one(what: &str, is_free: bool, [usual, plain, odd]: [Rendered; 3]) {
    match (&usual, &plain) {
        (Ok(usual), Ok(plain)) => assert_eq!(usual, plain, "{what}: a value changes the structure"),
        // A value can be a key of the policy language, such as `Effect`: not where any text may stand.
        (Ok(_), Err(codes)) => {
            assert!(
                !is_free && *codes == [GRAMMAR],
                "{what}: {codes:?} with plain values"
            );
        }
        (Err(codes), Ok(_)) => assert!(
            !is_free || *codes != [GRAMMAR],
            "{what}: a value breaks the document"
        ),
        (Err(_), Err(_)) => {}
    }
    match (&plain, &odd) {
        (Ok(plain), Ok(odd)) => assert_eq!(odd, plain, "{what}: an odd value changes the structure"),
        (Ok(_), Err(codes)) => assert_eq!(codes, &[codes::TEMPLATE_TOO_LARGE], "{what}: with odd values"),
        (Err(_), _) => {}
    }
}

/// What a file of a role renders to; each byte, and each finding, has a place in the texts.
fn rendered(
    set: &TemplateSet,
    role: &RoleTemplate,
    part: Part,
    (values, sources): (&Map<String, Value>, &Sources),
) -> Option<Rendered> {
    Some(match set.document(role, part, values, &ABSENT) {
        Ok(document) => {
            let document = document?;
            let text = document.text();
            for (at, c) in text.char_indices() {
                let span = document.span(at..at + c.len_utf8());
                assert!(
                    sources.text(span.file).get(span.range).is_some(),
                    "{at} of {text:?}"
                );
            }
            Ok(around_strings(text))
        }
        Err(error) => Err(found(sources, &error)),
    })
}

fn check_managed(
    set: &TemplateSet,
    role: &RoleTemplate,
    (run, absent): (&Map<String, Value>, &[(&str, &str)]),
    sources: &Sources,
) {
    match set.managed(role, run, absent) {
        Ok(arns) => {
            for arn in arns.into_iter().flatten() {
                assert!(
                    sources.text(arn.span.file).get(arn.span.range.clone()).is_some(),
                    "{arn:?}"
                );
            }
        }
        Err(error) => drop(found(sources, &error)),
    }
}

/// The codes of an error in the team's files.
fn found(sources: &Sources, error: &TemplateError) -> Vec<&'static str> {
    assert!(!error.findings.is_empty(), "{error:?} has a place");
    for finding in &error.findings {
        check_finding(sources, finding);
    }
    let codes: BTreeSet<&'static str> = error.findings.iter().map(|finding| finding.code).collect();
    codes.into_iter().collect()
}

fn check_finding(sources: &Sources, finding: &Diagnostic) {
    let texts = [Some(&finding.message), finding.help.as_ref()];
    for text in texts.into_iter().flatten() {
        assert!(
            !text.is_empty() && !text.contains(char::is_control),
            "{finding:?}"
        );
    }
    assert!(
        finding.help.is_some() || !finding.is_error(),
        "{finding:?} names the way out"
    );
    let span = finding
        .span
        .as_ref()
        .expect("a finding in a template has a place");
    let text = sources.text(span.file);
    assert!(
        text.get(span.range.clone()).is_some(),
        "{finding:?} stands outside of {text:?}"
    );
}

/// A JSON text with each string as `"`, without white space.
fn around_strings(text: &str) -> String {
    let mut around = String::new();
    let (mut in_string, mut is_escaped) = (false, false);
    for c in text.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if in_string => is_escaped = true,
            '"' => {
                in_string = !in_string;
                around.extend(in_string.then_some('"'));
            }
            c if in_string || c.is_whitespace() => {}
            c => around.push(c),
        }
    }
    assert!(!in_string, "{text:?} ends in a string");
    around
}

/// The values of a case, and those that every template has.
fn all_values(own: &Map<String, Value>) -> Map<String, Value> {
    let region = Region::parse("us-west-2").expect("a region");
    let mut values = place(&Context {
        partition: region.partition(),
        account: AccountId::parse("123456789012").expect("an account"),
        region,
        sandbox: Sandbox::parse("dev").expect("a sandbox"),
        profile: None,
        event_bus: "default".to_owned(),
        assets: Assets::default(),
    });
    let capabilities = Matrix::built_in()
        .expect("the matrix is sound")
        .capabilities
        .iter();
    let with_statements = capabilities.filter(|(_, rule)| rule.scope != Scope::Trust);
    let grants: Map<String, Value> = with_statements.map(|(id, _)| (id.clone(), json!([]))).collect();
    values.insert("grants".to_owned(), Value::Object(grants));
    for (name, value) in own {
        match (values.get_mut(name), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            // Where the roles stand is text, whatever else the values are.
            (Some(Value::String(_)), other) if !other.is_string() => {}
            _ => drop(values.insert(name.clone(), value.clone())),
        }
    }
    values
}

/// The texts that a template can tell from others otherwise than by comparing two values: those that
/// stand in it between quotes, names of values, and numbers, which lead into lists.
fn kept(case: &Case, values: &Map<String, Value>) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    names(values, &mut kept);
    for text in case.files.values() {
        for quote in ['"', '\''] {
            kept.extend(text.split(quote).map(str::to_owned));
        }
    }
    kept
}

/// The names of values, however deep.
fn names(map: &Map<String, Value>, kept: &mut BTreeSet<String>) {
    for (name, value) in map {
        kept.insert(name.clone());
        names_in(value, kept);
    }
}

fn names_in(value: &Value, kept: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => names(map, kept),
        Value::Array(list) => list.iter().for_each(|item| names_in(item, kept)),
        _ => {}
    }
}

/// Values with each text replaced by another that is empty where it is.
fn replaced(
    values: &Map<String, Value>,
    kept: &BTreeSet<String>,
    by: &dyn Fn(usize) -> String,
) -> Map<String, Value> {
    // Each text has a number, so that what becomes of it is one word whatever it holds.
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let entries = values.iter();
    entries
        .map(|(name, value)| (name.clone(), one(value, &mut numbers, kept, by)))
        .collect()
}

fn one(
    value: &Value,
    numbers: &mut BTreeMap<String, usize>,
    kept: &BTreeSet<String>,
    by: &dyn Fn(usize) -> String,
) -> Value {
    match value {
        Value::String(text) if text.is_empty() || kept.contains(text) || text.parse::<usize>().is_ok() => {
            value.clone()
        }
        Value::String(text) => {
            let next = numbers.len();
            let number = *numbers.entry(text.clone()).or_insert(next);
            Value::from(by(number))
        }
        Value::Array(list) => list.iter().map(|item| one(item, numbers, kept, by)).collect(),
        Value::Object(map) => {
            let entries = map.iter();
            entries
                .map(|(key, value)| (key.clone(), one(value, numbers, kept, by)))
                .collect()
        }
        other => other.clone(),
    }
}

/// The set and the values that a text holds.
fn written(text: &str) -> Case {
    let mut files = vec![(POLICY.to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("--- ") {
            Some(name) if is_path(name) => {
                if files.len() == MAX_FILES {
                    break;
                }
                files.push((name.to_owned(), String::new()));
            }
            _ => files.last_mut().expect("there is a first").1.push_str(line),
        }
    }
    let mut files: BTreeMap<String, String> = files.into_iter().rev().collect();
    let values = files
        .remove(VALUES)
        .and_then(|text| serde_json::from_str(&text).ok());
    Case {
        files,
        values: values.unwrap_or_default(),
        is_free: false,
    }
}

fn is_path(name: &str) -> bool {
    name.contains('.')
        && name.len() < 80
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
}

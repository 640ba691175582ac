//! Values as they may stand in a document.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::fault::Fault;
use super::functions::kind;

/// The values that come from the command line or the environment: nobody of the team wrote them
/// down, so they cannot be patterns.
const OUTSIDE: [&str; 3] = ["env", "profile", "ASSET_BUCKET"];

/// A value as it must stand between the quotes of a JSON string.
pub(super) fn escape_json(text: &str) -> Cow<'_, str> {
    let is_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if !text.bytes().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let quoted = Value::from(text).to_string();
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    Cow::Owned(inner.to_owned())
}

/// A value that comes from outside of the team's files is no pattern of IAM, nor the half of one, of
/// which the template or another value would be the rest.
pub(super) fn plain<'v>(
    name: &str,
    value: Cow<'v, Value>,
    range: &Range<usize>,
) -> Result<Cow<'v, Value>, Fault> {
    let is_half = |text: &str| text.starts_with('{') || text.ends_with('$');
    let is_pattern = |text: &str| text.contains(['*', '?']) || text.contains("${") || is_half(text);
    if OUTSIDE.contains(&name) && value.as_str().is_some_and(is_pattern) {
        let message =
            format!("the value of `{name}` holds `*`, `?` or a part of `${{`, which IAM reads as a pattern");
        return Err(
            Fault::value(range, message).help("give it a plain name; patterns stand in the team's own files")
        );
    }
    Ok(value)
}

/// A text that holds only what IAM takes.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
pub(super) fn sound<'a>(text: &'a str, range: &Range<usize>) -> Result<&'a str, Fault> {
    let is_odd = |c: &char| c.is_control() || *c > '\u{ff}';
    match text.chars().find(is_odd) {
        Some(odd) => {
            let code = u32::from(odd);
            let message =
                format!("a value holds the character U+{code:04X}, which no policy document can hold");
            Err(Fault::value(range, message)
                .help("policy documents hold U+0020 to U+00FF, without control characters"))
        }
        None => Ok(text),
    }
}

pub(super) fn json(list: &Value, range: &Range<usize>) -> Result<String, Fault> {
    let Value::Array(items) = list else {
        let message = format!("`json` writes a list of texts, not {}", kind(list));
        return Err(Fault::value(range, message).help("write one value in quotes: `\"{{name}}\"`"));
    };
    let mut texts = Vec::new();
    for item in items {
        let Value::String(text) = item else {
            let message = format!(
                "`json` writes a list of texts, and {} stands in this one",
                kind(item)
            );
            return Err(Fault::value(range, message).help("put texts into the list"));
        };
        texts.push(Value::from(sound(text, range)?));
    }
    Ok(Value::Array(texts).to_string())
}

//! JSON as RFC 8259 has it, with the place of every value.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::{ParseError, ParseErrorKind};
use jsonc_parser::{CollectOptions, ParseOptions, ParseStringErrorKind, parse_to_ast};

use super::{PolicyError, ReadOptions};

/// How deeply lists and objects may be nested.
const MAX_DEPTH: usize = 128;

/// Reads the one value of a text.
pub(super) fn parse(text: &str, options: ReadOptions) -> Result<Value<'_>, PolicyError> {
    check(text, options)?;
    let strict = ParseOptions {
        allow_comments: options.comments,
        allow_loose_object_property_names: false,
        allow_trailing_commas: options.trailing_commas,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict);
    let parsed = parsed.map_err(|error| located(&error, text))?;
    parsed
        .value
        .ok_or_else(|| PolicyError::at(0..text.len(), "the text is empty"))
}

/// Checks what the parser leaves open: the depth, control characters in strings, and
/// characters outside of strings that JSON does not count as white space.
fn check(text: &str, options: ReadOptions) -> Result<(), PolicyError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut comment_end = 0;
    for (position, byte) in text.bytes().enumerate() {
        if position < comment_end {
            continue;
        }
        if options.comments
            && !in_string
            && let Some(length) = comment(text.get(position..).unwrap_or_default())
        {
            comment_end = position + length;
            continue;
        }
        let here = || position..text.ceil_char_boundary(position + 1);
        if in_string {
            match byte {
                0..0x20 => {
                    let message = "a string holds a control character; write it as an escape, as in `\\n`";
                    return Err(PolicyError::at(here(), message));
                }
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\t' | b'\n' | b'\r' => {}
            0..0x20 | 0x7F.. => {
                let found = text.get(here()).unwrap_or_default().escape_debug();
                let message = format!("`{found}` stands outside of a string");
                return Err(PolicyError::at(here(), message));
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            let message = format!("lists and objects are nested more than {MAX_DEPTH} deep");
            return Err(PolicyError::at(here(), message));
        }
    }
    Ok(())
}

/// How long the comment is that a text begins with. One that is not closed is the parser's to refuse.
fn comment(text: &str) -> Option<usize> {
    let (end, rest) = match text.get(..2)? {
        "//" => ("\n", text),
        "/*" => ("*/", text.get(2..)?),
        _ => return None,
    };
    let skipped = text.len() - rest.len();
    Some(rest.find(end).map_or(text.len(), |at| skipped + at + end.len()))
}

fn located(error: &ParseError, text: &str) -> PolicyError {
    let range = error.range();
    let start = text.floor_char_boundary(range.start);
    let end = text.ceil_char_boundary(range.end).max(start);
    PolicyError::at(start..end, in_words(error.kind()))
}

fn in_words(kind: &ParseErrorKind) -> &'static str {
    match kind {
        ParseErrorKind::CommentsNotAllowed | ParseErrorKind::UnterminatedCommentBlock => {
            "JSON has no comments"
        }
        ParseErrorKind::ExpectedColonAfterObjectKey => "a `:` is missing after the key",
        ParseErrorKind::ExpectedObjectValue => "the value of the key is missing",
        ParseErrorKind::ExpectedStringObjectProperty | ParseErrorKind::UnexpectedTokenInObject => {
            "a key in double quotes is missing"
        }
        ParseErrorKind::ExpectedComma => "a comma is missing",
        ParseErrorKind::MultipleRootJsonValues => "the text goes on after the document",
        ParseErrorKind::SingleQuotedStringsNotAllowed => "strings stand in double quotes",
        ParseErrorKind::TrailingCommasNotAllowed => "nothing follows the comma",
        ParseErrorKind::UnterminatedArray => "the list is not closed",
        ParseErrorKind::UnterminatedObject => "the object is not closed",
        ParseErrorKind::NestingDepthExceeded => "lists and objects are nested too deeply",
        ParseErrorKind::String(kind) => string_in_words(kind),
        ParseErrorKind::BareDecimalPointNumbersNotAllowed
        | ParseErrorKind::ExpectedDigit
        | ParseErrorKind::ExpectedDigitFollowingNegativeSign
        | ParseErrorKind::ExpectedPlusMinusOrDigitInNumberLiteral
        | ParseErrorKind::HexadecimalNumbersNotAllowed
        | ParseErrorKind::NonFiniteNumbersNotAllowed
        | ParseErrorKind::UnaryPlusNumbersNotAllowed => "this is no number of JSON",
        ParseErrorKind::UnexpectedCloseBrace
        | ParseErrorKind::UnexpectedCloseBracket
        | ParseErrorKind::UnexpectedColon
        | ParseErrorKind::UnexpectedComma
        | ParseErrorKind::UnexpectedToken
        | ParseErrorKind::UnexpectedWord => "a value is missing here",
    }
}

fn string_in_words(kind: &ParseStringErrorKind) -> &'static str {
    match kind {
        ParseStringErrorKind::UnterminatedStringLiteral => "the string is not closed",
        ParseStringErrorKind::InvalidUnicodeEscapeSequence(_) => "the escape is half of a surrogate pair",
        ParseStringErrorKind::ExpectedFourHexDigits => "`\\u` is followed by four hexadecimal digits",
        ParseStringErrorKind::InvalidEscapeInSingleQuoteString
        | ParseStringErrorKind::InvalidEscapeInDoubleQuoteString
        | ParseStringErrorKind::ExpectedTwoHexDigits
        | ParseStringErrorKind::InvalidEscape => "JSON has no such escape",
    }
}

/// Where a value stands.
pub(super) fn place(value: &Value<'_>) -> Range<usize> {
    range(value)
}

/// Where a part of the tree stands.
pub(super) fn range(part: &impl Ranged) -> Range<usize> {
    part.start()..part.end()
}

//! What JSON text is made of: strings, and what stands around them.

use std::ops::Range;

use super::fault::Fault;
use super::output::{Kind, Output};

/// How many lists and objects may stand in each other.
const MAX_DEPTH: usize = 64;

/// The strings of a JSON text.
#[derive(Debug, Default)]
struct Structure {
    /// With their quotes, in order.
    strings: Vec<Range<usize>>,
    /// What a backslash begins, in order.
    escapes: Vec<Range<usize>>,
}

/// Looks at a rendered text: every value stands in a string, every list of values outside of one.
/// Faults are at bytes of the rendered text.
pub(super) fn check(output: &Output) -> Result<(), Fault> {
    let structure = Structure::of(&output.text)?;
    let mut strings = structure.strings.iter().peekable();
    let mut escapes = structure.escapes.iter().peekable();
    for piece in &output.pieces {
        let range = &piece.range;
        while strings.next_if(|string| string.end <= range.start).is_some() {}
        while escapes.next_if(|escape| escape.end <= range.start).is_some() {}
        let string = strings.peek().filter(|string| string.start < range.start);
        let is_cut = escapes.peek().is_some_and(|escape| escape.start < range.start);
        match piece.kind {
            Kind::Value if is_cut => {
                return Err(Fault::value(
                    range,
                    "a value stands in the middle of an escape such as `\\u0041`",
                )
                .help("finish the escape before it"));
            }
            Kind::Value if string.is_none_or(|string| range.end >= string.end) => {
                return Err(Fault::value(range, "a value stands outside of a JSON string")
                    .help("write quotes around it: `\"{{name}}\"`; a list is written with `{{json list}}`"));
            }
            Kind::List if string.is_some() => {
                return Err(Fault::value(range, "a list stands in a JSON string")
                    .help("remove the quotes around it: `json` writes a JSON array"));
            }
            Kind::Text | Kind::Value | Kind::List => {}
        }
    }
    Ok(())
}

impl Structure {
    fn of(text: &str) -> Result<Self, Fault> {
        let mut found = Self::default();
        let bytes = text.as_bytes();
        let (mut at, mut depth) = (0, 0_usize);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    at = found.string(bytes, at);
                    continue;
                }
                b'{' | b'[' => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        let message = format!("more than {MAX_DEPTH} lists and objects stand in each other");
                        return Err(Fault::too_large(&(at..at + 1), message)
                            .help("a policy document nests no more than a few"));
                    }
                }
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        Ok(found)
    }

    /// Reads a string that begins at a byte; returns where it ends.
    fn string(&mut self, bytes: &[u8], start: usize) -> usize {
        let mut at = start + 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => break,
                b'\\' => {
                    let length = if bytes.get(at + 1) == Some(&b'u') { 6 } else { 2 };
                    let end = (at + length).min(bytes.len());
                    self.escapes.push(at..end);
                    // What follows `\u` may end the string before its four digits are there.
                    at += 2;
                }
                _ => at += 1,
            }
        }
        let end = (at + 1).min(bytes.len());
        self.strings.push(start..end);
        end
    }
}

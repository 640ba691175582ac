use std::ops::Range;

use super::super::fault::Fault;

/// How many tags a template may have.
const MAX_TAGS: usize = 4000;

/// A text between tags, or a tag. Comments are left out.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Range<usize>),
    Tag(Tag),
}

/// What stands between `{{` and `}}`.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    /// With its braces.
    pub(super) range: Range<usize>,
    /// Without braces, `~` and the sign.
    pub(super) inner: Range<usize>,
    /// The sign that says what it is: `#`, `/`, `>`, `^` …
    pub(super) sigil: Option<char>,
    /// Whether `~` takes the white space before it and after it.
    pub(super) trims: (bool, bool),
}

/// Cuts a template into texts and tags.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Vec::new();
    let (mut done, mut tags) = (0, 0);
    let mut trims = false;
    while let Some(start) = find(text, done, "{{") {
        let mut before = done..start;
        let (end, tag) = if let Some(end) = comment_end(text, start)? {
            (end, None)
        } else {
            let tag = tag(text, start)?;
            (tag.range.end, Some(tag))
        };
        if trims {
            before.start = before.end - part(text, &before).trim_start().len();
        }
        if tag.as_ref().is_some_and(|tag| tag.trims.0) {
            before.end = before.start + part(text, &before).trim_end().len();
        }
        // A comment that stands alone leaves what `~` does to the text after it.
        trims = tag.as_ref().map_or(trims && before.is_empty(), |tag| tag.trims.1);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.extend(tag.map(Piece::Tag));
        tags += 1;
        if tags > MAX_TAGS {
            let message = format!("the template has more than {MAX_TAGS} tags");
            return Err(Fault::too_large(&(start..end), message).help("split it, or use partials"));
        }
        done = end;
    }
    let mut rest = done..text.len();
    if trims {
        rest.start = rest.end - part(text, &rest).trim_start().len();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn part<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.clone()).unwrap_or_default()
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    let found = text.get(from..)?.find(what)?;
    Some(from + found)
}

/// The end of the comment that begins at a byte, if one does.
fn comment_end(text: &str, start: usize) -> Result<Option<usize>, Fault> {
    let rest = text.get(start..).unwrap_or_default();
    if !rest.starts_with("{{!") {
        return Ok(None);
    }
    no_backslash(text, start)?;
    let end = if rest.starts_with("{{!--") {
        find(text, start + "{{!--".len(), "--}}").map(|end| end + "--}}".len())
    } else {
        find(text, start, "}}").map(|end| end + "}}".len())
    };
    end.map(Some).ok_or_else(|| {
        Fault::syntax(&(start..start + 3), "the comment is not closed")
            .help("end it with `--}}` if it begins with `{{!--`, else with `}}`")
    })
}

fn no_backslash(text: &str, start: usize) -> Result<(), Fault> {
    if text.get(..start).is_some_and(|before| before.ends_with('\\')) {
        return Err(
            Fault::syntax(&(start - 1..start + 2), "a backslash stands right before `{{`")
                .help("a document has no use for braces that are no tag: remove the backslash"),
        );
    }
    Ok(())
}

fn tag(text: &str, start: usize) -> Result<Tag, Fault> {
    no_backslash(text, start)?;
    let opening = start..start + 2;
    let body = start + 2;
    if text.get(body..).is_some_and(|rest| rest.starts_with('{')) {
        return Err(Fault::syntax(
            &(start..start + 3),
            "three braces would write a value without escaping",
        )
        .help("write two; where the first brace is the document's own, put a space after it: `{ {{x}}`"));
    }
    let unclosed = || {
        Fault::syntax(&opening, "the `{{` is not closed")
            .help("end it with `}}`, and use no braces in between")
    };
    let end = find(text, body, "}}").ok_or_else(unclosed)?;
    let mut inner = body..end;
    if part(text, &inner).contains(['{', '}']) {
        return Err(unclosed());
    }
    let begins = part(text, &inner).starts_with('~');
    inner.start += usize::from(begins);
    let ends = part(text, &inner).ends_with('~');
    inner.end -= usize::from(ends);
    let trimmed = part(text, &inner).trim_start();
    let sigil = trimmed.chars().next().filter(|c| "#/>^&*!".contains(*c));
    if sigil.is_some() {
        inner.start = inner.end - trimmed.len() + 1;
    }
    let tag = Tag {
        range: start..end + 2,
        inner,
        sigil,
        trims: (begins, ends),
    };
    let second = part(text, &tag.inner).trim_start().chars().next();
    if sigil == Some('#') && matches!(second, Some('*' | '>')) {
        return Err(unsupported(&Tag {
            sigil: second.map(|c| if c == '>' { '|' } else { c }),
            ..tag
        }));
    }
    Ok(tag)
}

/// The finding of a tag that is Handlebars, and is not read here.
pub(super) fn unsupported(tag: &Tag) -> Fault {
    let (what, help) = match tag.sigil {
        Some('&') => ("`{{&` would write a value without escaping", "leave the `&` out"),
        Some('*') => (
            "decorators and partials inside of a template are not read",
            "put the text into a file below `partials`, and write `{{> name}}`",
        ),
        Some('|') => (
            "a partial cannot have a block of its own",
            "write `{{> name}}`, and give values by name",
        ),
        Some('^') => (
            "`{{^` begins no block",
            "write `{{#unless x}}…{{/unless}}`, or `{{^}}` for `else`",
        ),
        _ => ("this is no tag", "comments begin with `{{!`"),
    };
    Fault::syntax(&tag.range, what).help(help)
}

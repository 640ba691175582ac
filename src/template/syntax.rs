//! The template language: the part of Handlebars in which a document is known byte for byte.
//!
//! Text in, [`Node`]s out, each with its bytes in the text. What is read here means the same in
//! Handlebars; left out is what would bypass escaping, hide where a byte comes from, or has no
//! bound. Nothing here recurses deeper than the bounds below, whatever the text.

mod expression;
mod tags;

use std::ops::Range;

use serde_json::Value;

use self::expression::Call;
use self::tags::{Piece, Tag};
use super::fault::{Fault, did_you_mean, shown};
use super::functions::Function;

/// How many bytes a template may have. An inline policy has 10,240 characters at most.
const MAX_TEXT: usize = 128 * 1024;

/// How many blocks may stand in each other in one file.
const MAX_BLOCKS: usize = 32;

/// How many of them may be `each`.
pub(super) const MAX_EACH: usize = 4;

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Bytes of the template, as they are.
    Text(Range<usize>),
    /// A value: `{{sandbox}}`.
    Write(Expression),
    /// A block: `{{#if x}}…{{else}}…{{/if}}`.
    Block(Box<Block>),
    /// Another template: `{{> name}}`.
    Partial(Box<Partial>),
}

/// A block and what stands in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) subject: Expression,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
    /// The opening tag.
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    If,
    Unless,
    Each,
    With,
}

impl BlockKind {
    const NAMES: [(&'static str, Self); 4] = [
        ("if", Self::If),
        ("unless", Self::Unless),
        ("each", Self::Each),
        ("with", Self::With),
    ];

    fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, kind)| *kind)
    }
}

/// A template that stands in another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Partial {
    pub(super) name: String,
    /// What its names speak of; by default what those around it speak of.
    pub(super) subject: Option<Expression>,
    /// The values given to it by name.
    pub(super) named: Vec<(String, Expression)>,
    /// The tag.
    pub(super) range: Range<usize>,
}

/// What has a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub(super) form: Form,
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Path(Path),
    Literal(Value),
    Call(Function, Vec<Expression>),
}

/// The way to a value: `../name`, `@root.vpc.[a b]`, `this`, `@last`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) from: From,
    pub(super) keys: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// What names speak of, so many blocks further out.
    Scope(usize),
    /// All values.
    Root,
    /// What a loop knows of itself, so many blocks further out.
    Loop(usize),
}

/// Reads a template.
pub(super) fn read(text: &str) -> Result<Vec<Node>, Fault> {
    if text.len() > MAX_TEXT {
        let message = format!(
            "the template has {} bytes, more than the {MAX_TEXT} that are read",
            text.len()
        );
        return Err(Fault::too_large(&(0..0), message).help("split it into several, or into partials"));
    }
    let mut reader = Reader::default();
    for piece in tags::pieces(text)? {
        match piece {
            Piece::Text(range) => reader.push(Node::Text(range)),
            Piece::Tag(tag) => reader.tag(text, &tag)?,
        }
    }
    match reader.open.pop() {
        Some(open) => Err(open.unclosed()),
        None => Ok(reader.nodes),
    }
}

#[derive(Default)]
struct Reader {
    nodes: Vec<Node>,
    open: Vec<Open>,
}

/// A block whose end is not read yet.
struct Open {
    name: String,
    block: Block,
    /// Whether its `else` was read.
    has_else: bool,
    /// Whether it stands in the `else` of the block before it, and ends with it.
    is_chained: bool,
}

impl Open {
    fn unclosed(&self) -> Fault {
        let name = &self.name;
        Fault::syntax(
            &self.block.range,
            format!("the block `{{{{#{name}}}}}` is not closed"),
        )
        .help(format!("write `{{{{/{name}}}}}` where it ends"))
    }

    fn push(&mut self, node: Node) {
        if self.has_else {
            self.block.otherwise.push(node);
        } else {
            self.block.body.push(node);
        }
    }
}

impl Reader {
    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(open) => open.push(node),
            None => self.nodes.push(node),
        }
    }

    fn tag(&mut self, text: &str, tag: &Tag) -> Result<(), Fault> {
        let inner = text.get(tag.inner.clone()).unwrap_or_default();
        match tag.sigil {
            Some('#') => {
                let call = expression::call(inner, tag)?;
                self.begin(call, tag, false)
            }
            Some('/') => self.end(inner.trim(), tag),
            Some('>') => {
                let node = partial(expression::partial(inner, tag)?, tag)?;
                self.push(node);
                Ok(())
            }
            Some('^') if inner.trim().is_empty() => self.otherwise(tag),
            Some(_) => Err(tags::unsupported(tag)),
            None if inner.trim() == "else" => self.otherwise(tag),
            None => self.plain(inner, tag),
        }
    }

    /// A tag without a sign: a value, or an `else` with a block of its own.
    fn plain(&mut self, inner: &str, tag: &Tag) -> Result<(), Fault> {
        if let Some(start) = after_else(inner) {
            let chain = Tag {
                inner: tag.inner.start + start..tag.inner.end,
                ..tag.clone()
            };
            let call = expression::call(inner.get(start..).unwrap_or_default(), &chain)?;
            self.otherwise(tag)?;
            return self.begin(call, tag, true);
        }
        let written = expression::written(inner, tag)?;
        self.push(Node::Write(written));
        Ok(())
    }

    fn begin(&mut self, call: Call, tag: &Tag, is_chained: bool) -> Result<(), Fault> {
        let Some(kind) = BlockKind::named(&call.name) else {
            return Err(no_block(&call));
        };
        let [subject] = <[Expression; 1]>::try_from(call.arguments).map_err(|_| {
            let name = &call.name;
            Fault::syntax(&tag.range, format!("`{name}` takes one value"))
                .help(format!("write `{{{{#{name} value}}}}`"))
        })?;
        no_names(&call.by_name)?;
        let each = |open: &&Open| open.block.kind == BlockKind::Each;
        let loops = self.open.iter().filter(each).count();
        if self.open.len() >= MAX_BLOCKS {
            let message = format!("more than {MAX_BLOCKS} blocks stand in each other");
            return Err(Fault::too_large(&tag.range, message).help("move the inner ones to a partial"));
        }
        if kind == BlockKind::Each && loops >= MAX_EACH {
            return Err(too_many_loops(&tag.range));
        }
        self.open.push(Open {
            name: call.name,
            block: Block {
                kind,
                subject,
                body: Vec::new(),
                otherwise: Vec::new(),
                range: tag.range.clone(),
            },
            has_else: false,
            is_chained,
        });
        Ok(())
    }

    fn otherwise(&mut self, tag: &Tag) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(open) if !open.has_else => {
                open.has_else = true;
                Ok(())
            }
            Some(open) => Err(Fault::syntax(
                &tag.range,
                format!("the block `{{{{#{}}}}}` has a second `else`", open.name),
            )
            .help("remove one of them")),
            None => Err(Fault::syntax(&tag.range, "an `else` stands outside of a block")
                .help("write it between `{{#if x}}` and `{{/if}}`")),
        }
    }

    fn end(&mut self, name: &str, tag: &Tag) -> Result<(), Fault> {
        loop {
            let Some(open) = self.open.pop() else {
                return Err(Fault::syntax(
                    &tag.range,
                    format!("no block is open that {} could end", shown(name)),
                )
                .help("remove it, or open the block before it"));
            };
            if !open.is_chained && open.name != name {
                let message = format!("{} cannot end the block `{{{{#{}}}}}`", shown(name), open.name);
                return Err(
                    Fault::syntax(&tag.range, message).help(format!("write `{{{{/{}}}}}` first", open.name))
                );
            }
            let is_last = !open.is_chained;
            self.push(Node::Block(Box::new(open.block)));
            if is_last {
                return Ok(());
            }
        }
    }
}

/// Where the block begins in `else if x`.
fn after_else(inner: &str) -> Option<usize> {
    let trimmed = inner.trim_start();
    let rest = trimmed.strip_prefix("else")?;
    rest.starts_with(char::is_whitespace)
        .then(|| inner.len() - rest.len())
}

fn partial(call: Call, tag: &Tag) -> Result<Node, Fault> {
    let mut arguments = call.arguments.into_iter();
    let subject = arguments.next();
    if let Some(second) = arguments.next() {
        return Err(
            Fault::syntax(&second.range, "a partial takes one value without a name")
                .help("give the others names: `{{> partial name=value}}`"),
        );
    }
    Ok(Node::Partial(Box::new(Partial {
        name: call.name,
        subject,
        named: call.by_name,
        range: tag.range.clone(),
    })))
}

fn no_names(named: &[(String, Expression)]) -> Result<(), Fault> {
    match named.first() {
        Some((name, value)) => Err(Fault::syntax(
            &value.range,
            format!("{} is given by name, which only partials take", shown(name)),
        )
        .help("leave the name out")),
        None => Ok(()),
    }
}

fn no_block(call: &Call) -> Fault {
    let blocks = BlockKind::NAMES.map(|(name, _)| name);
    let message = format!("there is no block {}", shown(&call.name));
    let help = match Function::named(&call.name) {
        Some(function) => format!(
            "`{}` gives a value: write `{{{{#if ({} …)}}}}`",
            function.name(),
            function.name()
        ),
        None => did_you_mean(&call.name, blocks),
    };
    Fault::new(super::codes::UNKNOWN_HELPER, &call.range, message).help(help)
}

/// The finding that loops stand too deep in each other.
pub(super) fn too_many_loops(range: &Range<usize>) -> Fault {
    let message = format!("more than {MAX_EACH} `each` stand in each other");
    Fault::too_large(range, message).help("go through fewer lists at once")
}

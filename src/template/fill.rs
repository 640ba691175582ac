//! Puts values into a template: one of the team, of which each byte is traced to its file, or one
//! that is built in.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Value};

use super::codes;
use super::fault::{Fault, did_you_mean, shown};
use super::functions::{Function, is_true, kind};
use super::output::{Kind, MAX_OUTPUT, Origin, Output};
use super::partials::{Library, MAX_PARTIALS, Script};
use super::syntax::{
    Block, BlockKind, Expression, Form, From, MAX_EACH, Node, Partial, Path, too_many_loops,
};
use super::values::{escape_json, json, plain, sound};
use crate::diagnostic::{Diagnostic, FileId, Span};

/// How many parts of templates one document may take, loops counted as often as they run.
const MAX_STEPS: usize = 1_000_000;

/// How many blocks and partials may stand in each other, over all files.
const MAX_DEPTH: usize = 128;

/// What names speak of.
struct Scope<'v> {
    value: Cow<'v, Value>,
    /// Values given by name.
    named: Vec<(&'v str, Cow<'v, Value>)>,
    turn: Option<Turn<'v>>,
}

/// Where a loop is.
#[derive(Clone)]
struct Turn<'v> {
    index: usize,
    is_last: bool,
    key: Option<Cow<'v, str>>,
}

/// The template that is being filled.
#[derive(Clone)]
struct Frame<'v> {
    script: &'v Script,
    /// Its file; for a built-in text, none.
    file: Option<FileId>,
    /// For a built-in text, the tag that brings it in.
    tag: Option<Span>,
}

impl Frame<'_> {
    /// Whether it is a built-in text by itself, in no template of the team.
    const fn is_built_in(&self) -> bool {
        self.file.is_none() && self.tag.is_none()
    }

    /// Where a range of it is traced to.
    fn origin(&self, range: &Range<usize>, is_exact: bool) -> Option<Origin> {
        match (self.file, &self.tag) {
            (Some(file), _) if is_exact => Some(Origin::Exact(file, range.start)),
            (Some(file), _) => Some(Origin::Tag(Span::new(file, range.clone()))),
            (None, tag) => tag.clone().map(Origin::Tag),
        }
    }

    fn locate(&self, fault: Fault) -> Diagnostic {
        match (self.file, &self.tag) {
            (None, Some(tag)) => fault.without_place().at(tag.clone()),
            (file, _) => fault.at(file),
        }
    }
}

/// What is filled so far.
pub(super) struct Filling<'v> {
    library: &'v Library,
    root: &'v Value,
    /// Variables that have no value here, each with why.
    absent: &'v [(&'v str, &'v str)],
    scopes: Vec<Scope<'v>>,
    output: Output,
    steps: usize,
    depth: usize,
    loops: usize,
    partials: usize,
}

/// Fills a template with values, an object. The first fault ends it.
pub(super) fn fill<'v>(
    library: &'v Library,
    script: &'v Script,
    root: &'v Value,
    absent: &'v [(&'v str, &'v str)],
) -> Result<Output, Diagnostic> {
    let mut filling = Filling {
        library,
        root,
        absent,
        scopes: vec![Scope {
            value: Cow::Borrowed(root),
            named: Vec::new(),
            turn: None,
        }],
        output: Output::default(),
        steps: 0,
        depth: 0,
        loops: 0,
        partials: 0,
    };
    let frame = Frame {
        script,
        file: script.file,
        tag: None,
    };
    filling.nodes(&script.nodes, &frame)?;
    Ok(filling.output)
}

impl<'v> Filling<'v> {
    fn nodes(&mut self, nodes: &'v [Node], frame: &Frame<'v>) -> Result<(), Diagnostic> {
        for node in nodes {
            match node {
                Node::Text(range) => {
                    let text = frame.script.text.get(range.clone()).unwrap_or_default();
                    let written = self.push(text, Kind::Text, range, frame);
                    written.map_err(|fault| frame.locate(fault))?;
                }
                Node::Write(expression) => {
                    let written = self.write(expression, frame);
                    written.map_err(|fault| frame.locate(fault))?;
                }
                Node::Block(block) => {
                    self.deeper(&block.range, frame, |filling| filling.block(block, frame))?;
                }
                Node::Partial(partial) => {
                    self.deeper(&partial.range, frame, |filling| filling.partial(partial, frame))?;
                }
            }
        }
        Ok(())
    }

    fn deeper(
        &mut self,
        range: &Range<usize>,
        frame: &Frame<'v>,
        run: impl FnOnce(&mut Self) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        if self.depth >= MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} blocks and partials stand in each other");
            let fault = Fault::too_large(range, message).help("let partials bring in fewer partials");
            return Err(frame.locate(fault));
        }
        self.step(1, range).map_err(|fault| frame.locate(fault))?;
        self.depth += 1;
        run(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn step(&mut self, count: usize, range: &Range<usize>) -> Result<(), Fault> {
        self.steps = self.steps.saturating_add(count);
        if self.steps > MAX_STEPS {
            return Err(
                Fault::too_large(range, "the template takes too long: its loops run too often")
                    .help("go through shorter lists, or through fewer at once"),
            );
        }
        Ok(())
    }

    fn push(&mut self, text: &str, kind: Kind, range: &Range<usize>, frame: &Frame<'v>) -> Result<(), Fault> {
        self.step(1, range)?;
        let is_added = if let Some(origin) = frame.origin(range, kind == Kind::Text) {
            self.output.push(text, kind, origin)
        } else {
            self.output.text.push_str(text);
            true
        };
        if is_added {
            return Ok(());
        }
        let message = format!("the document would have more than {MAX_OUTPUT} bytes");
        Err(Fault::too_large(range, message).help("an inline policy has 10,240 characters at most"))
    }

    fn write(&mut self, expression: &'v Expression, frame: &Frame<'v>) -> Result<(), Fault> {
        let range = &expression.range;
        if let Form::Call(Function::Json, arguments) = &expression.form {
            let list = arguments.first().map(|list| self.value(list)).transpose()?;
            let text = json(list.as_deref().unwrap_or(&Value::Null), range)?;
            return self.push(&text, Kind::List, range, frame);
        }
        let value = self.value(expression)?;
        let text = match value.as_ref() {
            // What a built-in text is filled with was looked at where it was read.
            Value::String(text) if frame.is_built_in() => escape_json(text),
            Value::String(text) => escape_json(sound(text, range)?),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(value) => Cow::Owned(value.to_string()),
            other @ (Value::Null | Value::Array(_) | Value::Object(_)) => {
                let message = format!(
                    "a value in a text is a text, a number or a boolean; this is {}",
                    kind(other)
                );
                return Err(Fault::value(range, message)
                    .help("write a list with `{{json list}}`, or go through it with `{{#each list}}`"));
            }
        };
        self.push(&text, Kind::Value, range, frame)
    }

    fn block(&mut self, block: &'v Block, frame: &Frame<'v>) -> Result<(), Diagnostic> {
        let subject = self.value(&block.subject).map_err(|fault| frame.locate(fault))?;
        let holds = is_true(&subject);
        match block.kind {
            BlockKind::If if holds => self.nodes(&block.body, frame),
            BlockKind::Unless if !holds => self.nodes(&block.body, frame),
            BlockKind::With if holds => {
                let turn = self.scopes.last().and_then(|scope| scope.turn.clone());
                self.within(subject, Vec::new(), turn, |filling| {
                    filling.nodes(&block.body, frame)
                })
            }
            BlockKind::Each if holds || !is_several(&subject) => self.each(block, subject, frame),
            BlockKind::If | BlockKind::Unless | BlockKind::With | BlockKind::Each => {
                self.nodes(&block.otherwise, frame)
            }
        }
    }

    fn each(
        &mut self,
        block: &'v Block,
        subject: Cow<'v, Value>,
        frame: &Frame<'v>,
    ) -> Result<(), Diagnostic> {
        if self.loops >= MAX_EACH {
            return Err(frame.locate(too_many_loops(&block.range)));
        }
        let items = items(subject).map_err(|what| {
            let message = format!("`each` goes through a list, not {what}");
            frame.locate(Fault::value(&block.subject.range, message).help("give it a list"))
        })?;
        self.loops += 1;
        let count = items.len();
        for (index, (key, item)) in items.into_iter().enumerate() {
            let range = &block.subject.range;
            let item = plain(key.as_deref().unwrap_or_default(), item, range)
                .map_err(|fault| frame.locate(fault))?;
            let turn = Turn {
                index,
                is_last: index + 1 == count,
                key,
            };
            self.step(1, &block.range).map_err(|fault| frame.locate(fault))?;
            self.within(item, Vec::new(), Some(turn), |filling| {
                filling.nodes(&block.body, frame)
            })?;
        }
        self.loops -= 1;
        Ok(())
    }

    fn partial(&mut self, partial: &'v Partial, frame: &Frame<'v>) -> Result<(), Diagnostic> {
        let script = self.library.get(partial).map_err(|fault| frame.locate(fault))?;
        if self.partials >= MAX_PARTIALS {
            return Err(frame.locate(super::partials::too_deep(&partial.range)));
        }
        let given = self.given(partial).map_err(|fault| frame.locate(fault))?;
        let turn = self.scopes.last().and_then(|scope| scope.turn.clone());
        let tag = match (frame.file, &frame.tag) {
            (Some(file), _) => Some(Span::new(file, partial.range.clone())),
            (None, tag) => tag.clone(),
        };
        let inner = Frame {
            script,
            file: script.file,
            tag,
        };
        let (subject, named) = given;
        self.partials += 1;
        self.within(subject, named, turn, |filling| {
            filling.nodes(&script.nodes, &inner)
        })?;
        self.partials -= 1;
        Ok(())
    }

    #[expect(
        clippy::type_complexity,
        reason = "what a partial's names speak of, and its own values"
    )]
    fn given(
        &mut self,
        partial: &'v Partial,
    ) -> Result<(Cow<'v, Value>, Vec<(&'v str, Cow<'v, Value>)>), Fault> {
        let mut named = Vec::new();
        for (name, expression) in &partial.named {
            named.push((name.as_str(), self.value(expression)?));
        }
        let subject = match (&partial.subject, self.scopes.last()) {
            (Some(subject), _) => return Ok((self.value(subject)?, named)),
            (None, Some(scope)) => scope,
            (None, None) => return Ok((Cow::Borrowed(self.root), named)),
        };
        // What the partial around this one was given is there too.
        let around = subject.named.iter().map(|(name, value)| (*name, value.clone()));
        named.extend(around);
        Ok((subject.value.clone(), named))
    }

    fn within(
        &mut self,
        value: Cow<'v, Value>,
        named: Vec<(&'v str, Cow<'v, Value>)>,
        turn: Option<Turn<'v>>,
        run: impl FnOnce(&mut Self) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        self.scopes.push(Scope { value, named, turn });
        run(self)?;
        self.scopes.pop();
        Ok(())
    }

    fn value(&mut self, expression: &'v Expression) -> Result<Cow<'v, Value>, Fault> {
        let range = &expression.range;
        self.step(1, range)?;
        match &expression.form {
            Form::Literal(value) => Ok(Cow::Borrowed(value)),
            Form::Path(path) => self.at(path, range),
            Form::Call(function, arguments) => {
                let mut values = Vec::new();
                for argument in arguments {
                    let value = self.value(argument)?;
                    self.step(value.as_str().map_or(0, |text| text.len() / 64), range)?;
                    values.push(value);
                }
                if let (Function::Lookup, [list, key]) = (function, &values[..]) {
                    return self.lookup(list, key, range);
                }
                let applied = function.apply(&values, range, |name| self.place(name, range));
                applied.map(Cow::Owned)
            }
        }
    }

    /// A value of where the roles stand.
    fn place(&self, name: &str, range: &Range<usize>) -> Result<String, Fault> {
        let found = self.root.get(name).and_then(Value::as_str);
        found
            .map(str::to_owned)
            .ok_or_else(|| self.unknown(name, None, range))
    }

    fn lookup(
        &self,
        list: &Cow<'v, Value>,
        key: &Value,
        range: &Range<usize>,
    ) -> Result<Cow<'v, Value>, Fault> {
        let key = match key {
            Value::String(key) => key.clone(),
            Value::Number(index) => index.to_string(),
            other => {
                let message = format!("`lookup` takes a key, not {}", kind(other));
                return Err(Fault::value(range, message).help("write `lookup list key`"));
            }
        };
        match member(list, &key) {
            Some(found) => plain(&key, found, range),
            None => Err(self.unknown(&key, Some(list), range)),
        }
    }

    fn at(&self, path: &'v Path, range: &Range<usize>) -> Result<Cow<'v, Value>, Fault> {
        let up = match path.from {
            From::Root => return self.below(Cow::Borrowed(self.root), &path.keys, range),
            From::Scope(up) | From::Loop(up) => up,
        };
        let scope = self
            .scopes
            .len()
            .checked_sub(up + 1)
            .and_then(|at| self.scopes.get(at));
        let scope = scope.ok_or_else(|| {
            Fault::new(codes::UNKNOWN_VARIABLE, range, "`../` leads out of the template")
                .help("only `each`, `with` and partials have something around them; `@root.name` names any variable")
        })?;
        if let From::Loop(_) = path.from {
            return turn(scope, path.keys.first().map_or("", String::as_str), range);
        }
        match path.keys.split_first() {
            Some((first, rest)) => match scope.named.iter().find(|(name, _)| name == first) {
                Some((_, value)) => self.below(value.clone(), rest, range),
                None => self.below(scope.value.clone(), &path.keys, range),
            },
            None => Ok(scope.value.clone()),
        }
    }

    fn below(
        &self,
        start: Cow<'v, Value>,
        keys: &[String],
        range: &Range<usize>,
    ) -> Result<Cow<'v, Value>, Fault> {
        let mut value = start;
        for key in keys {
            value = match member(&value, key) {
                Some(found) => plain(key, found, range)?,
                None => return Err(self.unknown(key, Some(&value), range)),
            };
        }
        Ok(value)
    }

    /// The finding of a name that is not there, among those that are.
    fn unknown(&self, name: &str, place: Option<&Value>, range: &Range<usize>) -> Fault {
        let fault = Fault::new(
            codes::UNKNOWN_VARIABLE,
            range,
            format!("unknown variable {}", shown(name)),
        );
        let is_absent = self.absent.iter().find(|(absent, _)| *absent == name);
        if let Some((_, why)) = is_absent {
            return Fault::new(
                codes::UNKNOWN_VARIABLE,
                range,
                format!("the variable {} has no value here", shown(name)),
            )
            .help(*why);
        }
        let mut around = self.scopes.iter().rev().enumerate().skip(1);
        if let Some((up, _)) = around.find(|(_, scope)| scope.named.iter().any(|(given, _)| *given == name)) {
            let up = "../".repeat(up);
            return fault.help(format!(
                "inside of a block names are those of the item: write `{up}{name}`"
            ));
        }
        let is_root = place.is_some_and(|place| std::ptr::eq(place, self.root));
        if !is_root && self.root.get(name).is_some() {
            return fault.help(format!(
                "inside of a block names are those of the item: write `@root.{name}`"
            ));
        }
        if let Some(function) = Function::named(name) {
            return fault.help(format!(
                "the helper of this name takes values: `{}`",
                function.usage()
            ));
        }
        let known: Vec<&str> = match place {
            Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
            Some(Value::Array(list)) => {
                return fault.help(format!("the list has {} items, the first is 0", list.len()));
            }
            Some(other) => {
                return fault.help(format!("it is looked for in {}, which has no names", kind(other)));
            }
            None => Vec::new(),
        };
        let whole = known.iter().find(|known| {
            let rest = known.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with('.'))
        });
        match whole {
            Some(whole) => fault.help(format!("a key that holds a dot stands in brackets: `[{whole}]`")),
            None => fault.help(did_you_mean(name, known)),
        }
    }
}

/// What a key or an index leads to.
fn member<'v>(value: &Cow<'v, Value>, key: &str) -> Option<Cow<'v, Value>> {
    fn found<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
        match value {
            Value::Object(map) => map.get(key),
            Value::Array(list) => list.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }
    match value {
        Cow::Borrowed(value) => found(value, key).map(Cow::Borrowed),
        Cow::Owned(value) => found(value, key).cloned().map(Cow::Owned),
    }
}

/// Whether a loop can go through a value.
fn is_several(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

/// The items of a list, or of an object with their keys.
type Items<'v> = Vec<(Option<Cow<'v, str>>, Cow<'v, Value>)>;

fn items(value: Cow<'_, Value>) -> Result<Items<'_>, &'static str> {
    let of_map = |map: &Map<String, Value>| -> Items<'static> {
        let owned = map
            .iter()
            .map(|(key, value)| (Some(Cow::Owned(key.clone())), Cow::Owned(value.clone())));
        owned.collect()
    };
    match value {
        Cow::Borrowed(Value::Array(list)) => {
            Ok(list.iter().map(|item| (None, Cow::Borrowed(item))).collect())
        }
        Cow::Borrowed(Value::Object(map)) => {
            let borrowed = map
                .iter()
                .map(|(key, value)| (Some(Cow::Borrowed(key.as_str())), Cow::Borrowed(value)));
            Ok(borrowed.collect())
        }
        Cow::Owned(Value::Array(list)) => Ok(list.into_iter().map(|item| (None, Cow::Owned(item))).collect()),
        Cow::Owned(Value::Object(map)) => Ok(of_map(&map)),
        other => Err(kind(&other)),
    }
}

/// What a loop knows of itself.
fn turn<'v>(scope: &Scope<'v>, name: &str, range: &Range<usize>) -> Result<Cow<'v, Value>, Fault> {
    let outside = || {
        Fault::new(
            codes::UNKNOWN_VARIABLE,
            range,
            format!("`@{name}` stands outside of a loop"),
        )
        .help("it is there inside of `{{#each}}`; `@key` only where that goes through keys")
    };
    let turn = scope.turn.as_ref().ok_or_else(outside)?;
    let value = match name {
        "first" => Value::from(turn.index == 0),
        "index" => Value::from(turn.index),
        "last" => Value::from(turn.is_last),
        _ => Value::from(turn.key.as_deref().ok_or_else(outside)?),
    };
    Ok(Cow::Owned(value))
}

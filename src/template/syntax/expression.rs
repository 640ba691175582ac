use std::ops::Range;

use serde_json::Value;

use super::super::codes;
use super::super::fault::{Fault, did_you_mean, shown};
use super::super::functions::Function;
use super::tags::Tag;
use super::{Expression, Form, From, Path};

/// How many parentheses may stand in each other.
const MAX_PARENTHESES: usize = 8;

/// The names that a loop has for itself.
const LOOP: [&str; 4] = ["first", "index", "key", "last"];

/// A name, and what is given to it.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: Vec<Expression>,
    pub(super) by_name: Vec<(String, Expression)>,
    /// The name's bytes.
    pub(super) range: Range<usize>,
}

/// Reads what a tag writes: a value, or a helper with its values.
pub(super) fn written(inner: &str, tag: &Tag) -> Result<Expression, Fault> {
    let mut tokens = Tokens::of(inner, tag)?;
    let expression = tokens.call_or_value(0)?;
    tokens.end()?;
    if let Form::Literal(_) = expression.form {
        return Err(Fault::syntax(&expression.range, "a text needs no braces").help("write it as it is"));
    }
    Ok(Expression {
        range: tag.range.clone(),
        ..expression
    })
}

/// Reads a block's name and values.
pub(super) fn call(inner: &str, tag: &Tag) -> Result<Call, Fault> {
    let mut tokens = Tokens::of(inner, tag)?;
    let (name, range) = tokens.name()?;
    tokens.given(name, range)
}

/// Reads a partial's name and values.
pub(super) fn partial(inner: &str, tag: &Tag) -> Result<Call, Fault> {
    let mut tokens = Tokens::of(inner, tag)?;
    if let Some((Token::Open, range)) = tokens.peek() {
        return Err(
            Fault::syntax(&range, "the name of a partial cannot be worked out")
                .help("write the name itself, and `{{#if …}}` around it"),
        );
    }
    let (name, range) = tokens.name()?;
    tokens.given(name, range)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    /// A name, a path or a number.
    Word(String),
    /// A word with `=` right after it.
    Name(String),
    Text(String),
}

struct Tokens {
    all: Vec<(Token, Range<usize>)>,
    next: usize,
    /// The tag.
    range: Range<usize>,
}

impl Tokens {
    fn of(inner: &str, tag: &Tag) -> Result<Self, Fault> {
        let mut scanner = Scanner {
            text: inner,
            at: 0,
            base: tag.inner.start,
        };
        let mut tokens = Vec::new();
        while let Some(token) = scanner.token()? {
            tokens.push(token);
        }
        Ok(Self {
            all: tokens,
            next: 0,
            range: tag.range.clone(),
        })
    }

    fn peek(&self) -> Option<(Token, Range<usize>)> {
        self.all.get(self.next).cloned()
    }

    fn take(&mut self) -> Option<(Token, Range<usize>)> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn name(&mut self) -> Result<(String, Range<usize>), Fault> {
        match self.take() {
            Some((Token::Word(name), range)) => Ok((name, range)),
            Some((_, range)) => Err(Fault::syntax(&range, "a name is missing before this")),
            None => Err(Fault::syntax(&self.range, "a name is missing")),
        }
        .map_err(|fault| fault.help("a tag reads `{{name}}`, `{{#if name}}` or `{{> name}}`"))
    }

    /// All values up to the end of the tag, for a name.
    fn given(&mut self, name: String, range: Range<usize>) -> Result<Call, Fault> {
        let (arguments, by_name) = self.arguments(0)?;
        self.end()?;
        Ok(Call {
            name,
            arguments,
            by_name,
            range,
        })
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some((_, range)) => {
                Err(Fault::syntax(&range, "this belongs to nothing")
                    .help("remove it, or see to the parentheses"))
            }
            None => Ok(()),
        }
    }

    #[expect(clippy::type_complexity, reason = "values, and values with names")]
    fn arguments(&mut self, depth: usize) -> Result<(Vec<Expression>, Vec<(String, Expression)>), Fault> {
        let (mut arguments, mut named) = (Vec::new(), Vec::<(String, Expression)>::new());
        loop {
            match self.peek() {
                None | Some((Token::Close, _)) => return Ok((arguments, named)),
                Some((Token::Name(name), range)) => {
                    self.next += 1;
                    if named.iter().any(|(known, _)| *known == name) {
                        return Err(Fault::syntax(&range, format!("{} is given twice", shown(&name)))
                            .help("remove one of them"));
                    }
                    named.push((name, self.value(depth)?));
                }
                Some(_) => arguments.push(self.value(depth)?),
            }
        }
    }

    /// A value, or a helper's name and its values.
    fn call_or_value(&mut self, depth: usize) -> Result<Expression, Fault> {
        let Some((Token::Word(name), range)) = self.peek() else {
            return self.value(depth);
        };
        // A name alone is a value's, also where a helper is called the same.
        if matches!(self.all.get(self.next + 1), None | Some((Token::Close, _))) {
            return self.value(depth);
        }
        let Some(function) = Function::named(&name) else {
            let message = format!("there is no helper {}", shown(&name));
            let known = Function::ALL.iter().map(|function| function.name());
            return Err(Fault::new(codes::UNKNOWN_HELPER, &range, message).help(did_you_mean(&name, known)));
        };
        self.next += 1;
        let (arguments, named) = self.arguments(depth)?;
        super::no_names(&named)?;
        function.check(arguments.len(), &range)?;
        if function == Function::Json && depth > 0 {
            return Err(
                Fault::syntax(&range, "`json` writes a list, and gives no value to others")
                    .help("give them the list itself, without `json`"),
            );
        }
        Ok(Expression {
            form: Form::Call(function, arguments),
            range,
        })
    }

    fn value(&mut self, depth: usize) -> Result<Expression, Fault> {
        let missing = || {
            Fault::syntax(&self.range, "a value is missing")
                .help("name a variable, or write a text in quotes")
        };
        let Some((token, range)) = self.all.get(self.next).cloned() else {
            return Err(missing());
        };
        self.next += 1;
        let form = match token {
            Token::Text(text) => Form::Literal(Value::from(text)),
            Token::Word(word) => match literal(&word) {
                Some(value) => Form::Literal(value),
                None => Form::Path(path(&word, &range)?),
            },
            Token::Open => return self.parenthesised(depth, &range),
            Token::Close | Token::Name(_) => {
                return Err(Fault::syntax(&range, "a value is missing before this")
                    .help("name a variable, or write a text in quotes"));
            }
        };
        Ok(Expression { form, range })
    }

    fn parenthesised(&mut self, depth: usize, open: &Range<usize>) -> Result<Expression, Fault> {
        if depth >= MAX_PARENTHESES {
            let message = format!("more than {MAX_PARENTHESES} parentheses stand in each other");
            return Err(Fault::too_large(open, message).help("use several blocks"));
        }
        let inner = self.call_or_value(depth + 1)?;
        match self.take() {
            Some((Token::Close, close)) => Ok(Expression {
                range: open.start..close.end,
                ..inner
            }),
            _ => Err(Fault::syntax(open, "the parenthesis is not closed").help("write `)` where it ends")),
        }
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    /// Where the text begins in the template.
    base: usize,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn range(&self, start: usize) -> Range<usize> {
        self.base + start..self.base + self.at
    }

    fn token(&mut self) -> Result<Option<(Token, Range<usize>)>, Fault> {
        self.at = self.text.len() - self.rest().trim_start().len();
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(None);
        };
        let token = match first {
            '(' | ')' => {
                self.at += 1;
                if first == '(' { Token::Open } else { Token::Close }
            }
            '"' | '\'' => self.text(first)?,
            _ => self.word()?,
        };
        Ok(Some((token, self.range(start))))
    }

    fn text(&mut self, quote: char) -> Result<Token, Fault> {
        let start = self.at;
        self.at += 1;
        let Some(length) = self.rest().find(quote) else {
            self.at = self.text.len();
            return Err(
                Fault::syntax(&self.range(start), "the text in quotes is not closed")
                    .help("end it with the quote it begins with; it cannot hold `}}`"),
            );
        };
        let text = self.rest().get(..length).unwrap_or_default().to_owned();
        self.at += length + 1;
        if text.contains('\\') || text.contains(char::is_control) {
            return Err(Fault::syntax(
                &self.range(start),
                "a text in quotes holds a backslash or a line break",
            )
            .help("write the text outside of the braces"));
        }
        Ok(Token::Text(text))
    }

    fn word(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        while let Some(c) = self.rest().chars().next() {
            if c == '[' {
                let length = self.rest().find(']').map(|length| length + 1);
                let length = length.ok_or_else(|| {
                    Fault::syntax(
                        &(self.base + self.at..self.base + self.at + 1),
                        "the bracket is not closed",
                    )
                    .help("write a key with signs in brackets: `grants.[function.invoke]`")
                })?;
                self.at += length;
            } else if c.is_ascii_alphanumeric() || "_-./@".contains(c) {
                self.at += 1;
            } else {
                break;
            }
        }
        let word = self.text.get(start..self.at).unwrap_or_default().to_owned();
        if self.rest().starts_with('=') {
            self.at += 1;
            return if is_name(&word) {
                Ok(Token::Name(word))
            } else {
                Err(
                    Fault::syntax(&self.range(start), format!("{} is no name", shown(&word)))
                        .help("give a value by name like this: `name=value`"),
                )
            };
        }
        if word.is_empty() {
            let length = self.rest().chars().next().map_or(0, char::len_utf8);
            self.at += length;
            let range = self.range(start);
            let sign = self.text.get(start..self.at).unwrap_or_default();
            let message = format!("{} has no meaning in a tag", shown(sign));
            return Err(Fault::syntax(&range, message)
                .help("names hold letters, digits, `_` and `-`; texts stand in quotes"));
        }
        Ok(Token::Word(word))
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn literal(word: &str) -> Option<Value> {
    match word {
        "true" => Some(Value::from(true)),
        "false" => Some(Value::from(false)),
        _ => word.parse::<i64>().ok().map(Value::from),
    }
}

/// Reads the way to a value.
fn path(word: &str, range: &Range<usize>) -> Result<Path, Fault> {
    let broken = || {
        Fault::syntax(range, format!("{} is no name of a value", shown(word)))
            .help("a name reads `name`, `list.[key]`, `this`, `../name`, `@root.name` or `@last`")
    };
    let mut rest = word;
    let is_data = rest.strip_prefix('@').map(|after| rest = after).is_some();
    let mut up = 0;
    while let Some(after) = rest.strip_prefix("../") {
        rest = after;
        up += 1;
    }
    let rest = rest.strip_prefix("./").filter(|_| up == 0).unwrap_or(rest);
    let mut keys = keys(rest).ok_or_else(broken)?;
    let from = match is_data {
        false => From::Scope(up),
        true if up == 0 && keys.first().is_some_and(|key| key == "root") => {
            keys.remove(0);
            From::Root
        }
        true => match &keys[..] {
            [name] if LOOP.contains(&name.as_str()) => From::Loop(up),
            _ => {
                let message = format!("there is no {}", shown(word));
                let known = ["root", "first", "index", "key", "last"];
                let name = keys.first().map_or("", String::as_str);
                let help = did_you_mean(name, known);
                return Err(Fault::new(codes::UNKNOWN_VARIABLE, range, message)
                    .help(format!("{help} (each with `@` before it)")));
            }
        },
    };
    if from == From::Scope(up) && keys.first().is_some_and(|key| key == "this") {
        keys.remove(0);
    }
    Ok(Path { from, keys })
}

/// The keys of a path, between `.` or `/`; a key in brackets may hold these.
fn keys(text: &str) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut rest = text;
    loop {
        let after = if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = inner.split_once(']')?;
            keys.push(key.to_owned());
            after
        } else {
            let end = rest.find(['.', '/', '[']).unwrap_or(rest.len());
            let (key, after) = rest.split_at_checked(end)?;
            if !is_name(key) {
                return None;
            }
            keys.push(key.to_owned());
            after
        };
        if after.is_empty() {
            return Some(keys);
        }
        rest = after.strip_prefix(['.', '/'])?;
    }
}

//! Many requests, a line of JSON each.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::judge::context_of;
use super::{Beside, CanQuestion, GivenKey, Judge, context, is_named, names_principals};
use crate::diagnostic::Sources;
use crate::evaluate::{Decision, Request, StatementId};
use crate::ops::holders::read_policy;
use crate::ops::{HeldDocument, Holders, OpError, Origin};
use crate::source::{LineEvent, Lines};

/// How many sets of policies, and how many principals, are kept ready.
const MOST_KEPT: usize = 10_000;

/// The field of the policy of the resource.
const RESOURCE_POLICY: &str = "resource_policy";

/// Who has the policies where a line gives none.
#[derive(Debug)]
pub enum BatchDefault {
    /// The roles of a sandbox: the line says which one.
    Roles(Box<Holders>),
    /// Whoever asks has these.
    Policies(Vec<HeldDocument>, Sources),
    /// Nobody: each line has to give policies.
    Nothing,
}

/// What is met in answering.
#[derive(Debug)]
pub enum BatchEvent<'a> {
    /// A line was answered.
    Answered(BatchAnswer<'a>),
    /// A line is no request: its number from 1, and why.
    Refused(usize, &'a str),
    /// Who asks may wait for the answers before he goes on.
    Waiting,
}

/// The answer to a line.
#[derive(Debug)]
pub struct BatchAnswer<'a> {
    /// The answer.
    pub decision: &'a Decision,
    kept: &'a mut Kept,
    sources: &'a Sources,
}

/// How many lines were answered, and which were none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchOutcome {
    /// How many were answered.
    pub answered: u64,
    /// How many are no requests.
    pub refused: u64,
}

/// Answers many requests. Policies are read once, however many lines give the same.
#[derive(Debug)]
pub struct Batch<'a> {
    default: &'a BatchDefault,
    beside: &'a Beside,
    given: &'a [GivenKey],
    kept: HashMap<String, Kept>,
    principals: HashMap<String, Option<usize>>,
    /// What the next set of policies is looked up by.
    key: String,
}

/// Policies that are ready, and their statements as JSON.
#[derive(Debug)]
struct Kept {
    judge: Judge,
    shown: HashMap<StatementId, String>,
}

/// A line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    principal: Option<Cow<'a, str>>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    resource: Option<Cow<'a, str>>,
    #[serde(default)]
    context: Given,
    #[serde(borrow, default)]
    policies: Option<&'a RawValue>,
    #[serde(borrow, default)]
    boundary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource_policy: Option<&'a RawValue>,
}

impl BatchAnswer<'_> {
    /// The statements that decided, each as JSON: `{"policy", "sid", "effect", "file"}`.
    ///
    /// # Errors
    /// When whoever sees them says so.
    pub fn each_statement<E>(&mut self, mut see: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        for one in &self.decision.determining {
            let shown = self.kept.shown.entry(one.statement).or_insert_with(|| {
                self.kept
                    .judge
                    .statement(one.statement)
                    .map_or_else(String::new, |named| {
                        serde_json::json!({
                            "policy": named.policy,
                            "sid": named.statement.sid,
                            "effect": named.statement.effect,
                            "file": named.file(self.sources),
                        })
                        .to_string()
                    })
            });
            see(shown)?;
        }
        Ok(())
    }
}

impl<'a> Batch<'a> {
    /// Answers by default policies, and others beside them, with condition keys that each request has
    /// unless it says otherwise.
    #[must_use]
    pub fn new(default: &'a BatchDefault, beside: &'a Beside, given: &'a [GivenKey]) -> Self {
        Self {
            default,
            beside,
            given,
            kept: HashMap::new(),
            principals: HashMap::new(),
            key: String::new(),
        }
    }

    /// Answers line after line, in their order; empty lines are passed over.
    ///
    /// # Errors
    /// When the lines cannot be read.
    pub fn run(
        &mut self,
        lines: &Lines,
        mut tell: impl FnMut(BatchEvent<'_>) -> ControlFlow<()>,
    ) -> Result<BatchOutcome, OpError> {
        let mut outcome = BatchOutcome::default();
        lines.each(|event| match event {
            LineEvent::Waiting => tell(BatchEvent::Waiting),
            LineEvent::Line(_, Ok(text)) if text.trim().is_empty() => ControlFlow::Continue(()),
            LineEvent::Line(number, line) => {
                let mut answered = ControlFlow::Continue(());
                let result = line.and_then(|text| {
                    self.answer(text, |answer| answered = tell(BatchEvent::Answered(answer)))
                });
                match result {
                    Ok(()) => {
                        outcome.answered += 1;
                        answered
                    }
                    Err(message) => {
                        outcome.refused += 1;
                        tell(BatchEvent::Refused(number, &message))
                    }
                }
            }
        })?;
        Ok(outcome)
    }

    /// Answers a line.
    ///
    /// # Errors
    /// Why it is no request.
    pub fn answer(&mut self, text: &str, tell: impl FnOnce(BatchAnswer<'_>)) -> Result<(), String> {
        let line: Line<'_> = serde_json::from_str(text).map_err(|error| in_words(&error))?;
        let role = match (&line.policies, self.default) {
            (None, BatchDefault::Roles(holders)) => Some(self.role(holders, line.principal.as_deref())?),
            _ => None,
        };
        self.prepare(&line, role)?;
        let Some(kept) = self.kept.get_mut(&self.key) else {
            return Err("its policies are not ready".to_owned());
        };
        let Line {
            action,
            resource,
            context: Given(given),
            principal,
            ..
        } = line;
        let question = CanQuestion {
            action: action.into_owned(),
            resource: resource.map_or_else(|| "*".to_owned(), Cow::into_owned),
            given: self.given.iter().cloned().chain(given).collect(),
        };
        let context = match role {
            Some(_) => context(kept.judge.known(), &question),
            None => context(&context_of(principal.as_deref()), &question),
        };
        let named = principal.filter(|text| role.is_none() || text.starts_with("arn:"));
        let named = named.map(Cow::into_owned);
        let request = Request {
            principal: named.or_else(|| kept.judge.principal().map(str::to_owned)),
            action: question.action,
            resource: question.resource,
            context,
        };
        let decision = kept.judge.decide(&request);
        let none = Sources::new();
        tell(BatchAnswer {
            decision: &decision,
            kept,
            sources: match self.default {
                BatchDefault::Roles(holders) => &holders.findings.sources,
                BatchDefault::Policies(_, sources) => sources,
                BatchDefault::Nothing => &none,
            },
        });
        Ok(())
    }

    /// Which role a line asks as: by its name or ARN, by the ARN of a session, or the base role of a kind.
    fn role(&mut self, holders: &Holders, principal: Option<&str>) -> Result<usize, String> {
        let asked = principal.ok_or("it does not say which role asks: give its `principal`")?;
        if let Some(known) = self.principals.get(asked) {
            return known.ok_or_else(|| no_role(holders, asked));
        }
        let is_asked = |role: &crate::ops::Holder| {
            is_named(role, asked) || (role.id.owner.is_none() && role.id.kind.name() == asked)
        };
        let found = holders.roles.iter().position(is_asked);
        if self.principals.len() >= MOST_KEPT {
            self.principals.clear();
        }
        self.principals.insert(asked.to_owned(), found);
        found.ok_or_else(|| no_role(holders, asked))
    }

    /// Makes sure that the policies of a line are ready, and that the key leads to them.
    fn prepare(&mut self, line: &Line<'_>, role: Option<usize>) -> Result<(), String> {
        self.key.clear();
        let _ = write!(self.key, "{role:?}");
        let texts = [line.policies, line.boundary, line.session, line.resource_policy];
        for text in texts {
            self.key.push('\0');
            self.key.push_str(text.map_or("", RawValue::get));
        }
        if self.kept.contains_key(&self.key) {
            return Ok(());
        }
        let judge = self.judge(line, role)?;
        if self.kept.len() >= MOST_KEPT {
            self.kept.clear();
        }
        let shown = HashMap::new();
        self.kept.insert(self.key.clone(), Kept { judge, shown });
        Ok(())
    }

    fn judge(&self, line: &Line<'_>, role: Option<usize>) -> Result<Judge, String> {
        let one = |text: Option<&RawValue>, field: &str| match text {
            Some(text) => documents(text, field).and_then(|found| match <[_; 1]>::try_from(found) {
                Ok([document]) => Ok(Some(document)),
                Err(_) => Err(format!("`{field}` is one policy")),
            }),
            None => Ok(None),
        };
        let session = line.session.map(|text| documents(text, "session")).transpose()?;
        let beside = Beside {
            boundary: one(line.boundary, "boundary")?.or_else(|| self.beside.boundary.clone()),
            session: session.or_else(|| self.beside.session.clone()),
            resource: one(line.resource_policy, RESOURCE_POLICY)?.or_else(|| self.beside.resource.clone()),
        };
        // Others may ask by the same policies: who asks stands in the request.
        let by = |documents| Judge::of_policies(documents, None, &beside);
        match (line.policies, self.default) {
            (Some(text), _) => Ok(by(documents(text, "policies")?)),
            (None, BatchDefault::Policies(documents, _)) => Ok(by(documents.clone())),
            (None, BatchDefault::Roles(holders)) => {
                let holder = role.and_then(|role| holders.roles.get(role));
                holder
                    .map(|holder| Judge::of_role(holder, &beside))
                    .ok_or_else(|| "there is no such role".to_owned())
            }
            (None, BatchDefault::Nothing) if beside.resource.is_some() => Ok(by(Vec::new())),
            (None, BatchDefault::Nothing) => {
                Err("it has no `policies`, and no sandbox was named whose roles have some".to_owned())
            }
        }
    }
}

fn no_role(holders: &Holders, asked: &str) -> String {
    let sandbox = &holders.context.sandbox;
    format!("the sandbox `{sandbox}` has no role `{}`", asked.escape_debug())
}

/// Policies: a document, a text that holds one, or a list of these.
fn documents(text: &RawValue, field: &str) -> Result<Vec<HeldDocument>, String> {
    let text = text.get();
    let parts: Vec<&RawValue> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|error| in_words(&error))?
    } else {
        return Ok(vec![document(text, field)?]);
    };
    let numbered = parts.iter().enumerate();
    numbered
        .map(|(index, part)| document(part.get(), &format!("{field}[{index}]")))
        .collect()
}

fn document(text: &str, name: &str) -> Result<HeldDocument, String> {
    let inner: Option<String> = text
        .starts_with('"')
        .then(|| serde_json::from_str(text).ok())
        .flatten();
    let policy = read_policy(inner.as_deref().unwrap_or(text))
        .map_err(|message| format!("`{name}` is no policy: {message}"))?;
    if name != RESOURCE_POLICY && names_principals(&policy) {
        return Err(format!(
            "`{name}` names a principal: only `{RESOURCE_POLICY}` does"
        ));
    }
    Ok(HeldDocument {
        name: name.to_owned(),
        origins: vec![Origin::default(); policy.statement.len()],
        policy,
    })
}

/// What is wrong with a line, without the number of the line that the parser saw: it saw one.
fn in_words(error: &serde_json::Error) -> String {
    let text = if error.is_data() {
        error.to_string()
    } else {
        format!("it is no JSON: {error}")
    };
    match text.split_once(" at line ") {
        Some((message, _)) => format!("{message}, at column {}", error.column()),
        None => text,
    }
}

/// The context of a line: condition keys with a value, several, or `null` for one that is missing.
#[derive(Debug, Default)]
struct Given(Vec<GivenKey>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Given;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("condition keys and their values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut given: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            let key = key.to_ascii_lowercase();
            if given.contains_key(&key) {
                return Err(A::Error::custom(format!(
                    "the condition key `{}` stands twice",
                    key.escape_debug()
                )));
            }
            given.insert(key, value.0);
        }
        Ok(Given(given.into_iter().collect()))
    }
}

/// The value of a condition key.
struct Value(Option<Vec<String>>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany)
    }
}

struct OneOrMany;

/// A value that stands alone, as text.
fn alone(value: &impl ToString) -> Value {
    Value(Some(vec![value.to_string()]))
}

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Value;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a text, a number, true or false, a list of these, or null")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(alone(&value))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(alone(&value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(alone(&value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(alone(&value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(alone(&value))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Value(one)) = list.next_element()? {
            match one.as_deref() {
                Some([_]) => values.extend(one.into_iter().flatten()),
                _ => return Err(A::Error::custom("a list of values holds no list and no null")),
            }
        }
        Ok(Value(Some(values)))
    }
}

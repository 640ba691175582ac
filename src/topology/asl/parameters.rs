//! The parameters of a task: a name in, the value that is given or computed out.
//!
//! With JSONPath a value is computed when its key ends in `.$`; with JSONata when it is
//! `{% … %}`. A value that is written as a path or as an intrinsic function where a name
//! belongs is taken as computed too: it cannot be a name.

use crate::topology::decode::Word;
use crate::topology::findings::Findings;
use crate::topology::node::{Entry, Kind, Node};

/// How many characters of an expression are kept.
const EXPRESSION: usize = 80;

/// A parameter.
#[derive(Debug, Clone)]
pub(super) enum Parameter<'n> {
    /// It is not there.
    Absent,
    /// Its value is computed at run time, by this expression.
    Computed(Word),
    /// Its value is written out.
    Given(&'n Node),
}

/// The parameters of a task or of a part of a Map state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'n> {
    /// The state, or the part of it.
    state: &'n Node,
    /// The value that holds them; the item of a list; nothing when there are none.
    values: Option<&'n Node>,
}

impl<'n> Parameters<'n> {
    /// Those of a state.
    pub(super) fn of(state: &'n Node) -> Self {
        let values = ["Parameters", "Arguments"]
            .into_iter()
            .find_map(|key| state.get(key).filter(|node| !node.is_null()));
        Self { state, values }
    }

    /// Those that a state holds itself.
    pub(super) fn within(state: &'n Node) -> Self {
        Self {
            state,
            values: Some(state),
        }
    }

    /// The same, when what holds them is a map or computed; reports it otherwise.
    pub(super) fn checked(self, findings: &mut Findings) -> Option<Self> {
        match self.values {
            Some(values) if computed(values).is_none() => {
                findings.map(values, "what holds the parameters").map(|_| self)
            }
            _ => Some(self),
        }
    }

    /// Those that the item of a list holds.
    pub(super) fn item(&self, item: &'n Node) -> Self {
        Self {
            state: self.state,
            values: Some(item),
        }
    }

    /// A parameter by its path, `Overrides.TaskRoleArn`; the empty path is the whole. The
    /// settings of a reader, `ReaderConfig.InputType`, stand beside its parameters.
    pub(super) fn get(&self, path: &str) -> Parameter<'n> {
        let mut node = match (path.starts_with("ReaderConfig."), self.values) {
            (true, _) => self.state,
            (false, Some(values)) => values,
            (false, None) => return Parameter::Absent,
        };
        for key in path.split('.').filter(|key| !key.is_empty()) {
            if let Some(expression) = computed(node) {
                return Parameter::Computed(expression);
            }
            if let Some(entry) = at_run_time(node, key) {
                let word = expression(&entry.value);
                return Parameter::Computed(word.unwrap_or_else(|| unreadable(entry)));
            }
            match node.get(key) {
                Some(value) => node = value,
                None => return Parameter::Absent,
            }
        }
        if node.is_null() {
            return Parameter::Absent;
        }
        match computed(node) {
            Some(expression) => Parameter::Computed(expression),
            None => Parameter::Given(node),
        }
    }
}

/// The entry of a map whose key says that its value is computed.
fn at_run_time<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let Kind::Mapping(entries) = &node.kind else {
        return None;
    };
    entries
        .iter()
        .find(|entry| entry.key.value.strip_suffix(".$") == Some(key))
}

/// The text of a value that is computed.
fn computed(node: &Node) -> Option<Word> {
    let text = node.scalar()?.trim();
    let is_path = text == "$"
        || ["$.", "$[", "$$", "States."]
            .iter()
            .any(|start| text.starts_with(start));
    let is_expression = text.starts_with("{%") && text.ends_with("%}");
    expression(node).filter(|_| is_path || is_expression)
}

/// A text that is shown and never a name, so however long it is, its beginning will do.
fn expression(node: &Node) -> Option<Word> {
    let text = node
        .scalar()
        .filter(|text| node.tag.is_none() && !text.trim().is_empty())?;
    let beginning = text.trim().chars().take(EXPRESSION).collect();
    Some(Word::new(beginning, node.span.clone()))
}

fn unreadable(entry: &Entry) -> Word {
    Word::new(entry.key.value.to_string(), entry.key.span.clone())
}

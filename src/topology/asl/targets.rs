//! The targets that a state names: a row of the table of integrations and the state's
//! parameters in, tasks out.
//!
//! A target that is computed is admitted where the sandbox's tag keeps it apart, with a note.
//! Everywhere else it stays without a name, and [`grants`](crate::grants) refuses it unless
//! it is granted explicitly.

use std::collections::BTreeMap;

use super::Reader;
use super::form::{self, Matched};
use super::parameters::{Parameter, Parameters};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::EntityKind;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::shown;
use crate::topology::integration::{CALLBACK, Integration, Need, Use, With};
use crate::topology::node::Node;
use crate::topology::reference;
use crate::topology::spec::{Answer, Subject, Task};
use crate::topology::text::Text;

/// A state that calls: what it is called, and by which row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub state: &'a Word,
    /// What stands after `arn:aws:states:::`.
    pub resource: &'a str,
    /// The end of it.
    pub pattern: &'a str,
    pub row: &'a Integration,
    /// Where the resource stands.
    pub span: &'a Span,
}

/// The parts of a value, any one of which names the target by itself.
const WHOLE: [&str; 3] = ["name", "machine", "bucket"];

type Values = BTreeMap<String, Text>;

/// What a parameter makes of a target.
enum Part {
    Values(Values),
    /// It is computed, and nothing tells what it can be.
    Unbounded(Word),
}

impl Reader<'_> {
    /// Adds the targets of a call.
    pub(super) fn call(&mut self, call: Call<'_>, parameters: Parameters<'_>) {
        let mut counts = false;
        for used in call.row.uses_of(call.pattern) {
            if !used
                .when
                .iter()
                .all(|(name, states)| self.is_one_of(&parameters.get(name), states))
            {
                continue;
            }
            counts = true;
            let Some(list) = &used.each else {
                self.target(call, used, parameters);
                continue;
            };
            match parameters.get(list) {
                Parameter::Absent => self.missing(call, &[list.as_str()]),
                Parameter::Computed(word) => self.unnamed(call, used, &word),
                Parameter::Given(node) => {
                    for item in self.findings.list(node, &format!("`{list}`")) {
                        self.target(call, used, parameters.item(item));
                    }
                }
            }
        }
        if !counts {
            self.undecided(call);
        }
    }

    /// Whether a parameter is in one of the states that [`Use::when`] knows.
    fn is_one_of(&self, parameter: &Parameter<'_>, states: &[String]) -> bool {
        let has_form = |node: &Node, form: &str| {
            let forms = self.integrations.forms_of(form);
            form::read(forms, node.scalar().unwrap_or_default().trim()) != Matched::Nothing
        };
        states.iter().any(|state| match parameter {
            Parameter::Absent => state == "absent",
            Parameter::Computed(_) => state == "computed",
            Parameter::Given(node) => match state.split_at_checked(1) {
                Some(("=", value)) => node.scalar() == Some(value),
                Some(("~", form)) => has_form(node, form),
                Some(("!", form)) => !has_form(node, form),
                _ => state == "given",
            },
        })
    }

    fn target(&mut self, call: Call<'_>, used: &Use, parameters: Parameters<'_>) {
        let kind = used.target.unwrap_or(EntityKind::Service);
        let found = |names: &[String]| {
            let all = names.iter().map(|name| (name.clone(), parameters.get(name)));
            all.into_iter()
                .find(|(_, found)| !matches!(found, Parameter::Absent))
        };
        let (name, values) = match found(&used.parameters) {
            None if used.parameters.is_empty() => (self.always(call, used), Values::new()),
            None => {
                match found(&used.unbounded) {
                    Some((_, Parameter::Computed(word))) => self.unnamed(call, used, &word),
                    Some((name, Parameter::Given(node))) => {
                        self.unnamed(call, used, &Word::new(name, node.span.clone()));
                    }
                    _ if used.optional => self.left_to_others(call, used),
                    _ => self.missing(call, &texts(&used.parameters)),
                }
                return;
            }
            Some((name, Parameter::Computed(word))) => return self.computed(call, used, &name, &word),
            Some((name, Parameter::Given(node))) => {
                let Some((word, values)) = self.given(used, &name, node) else {
                    return;
                };
                if used.entity {
                    return self.add(call, used, word.span.clone(), Subject::Entity(kind, word));
                }
                (word, values)
            }
            Some((_, Parameter::Absent)) => return,
        };
        let mut all = values;
        for with in &used.with {
            match self.with(call, with, parameters) {
                Some(Part::Values(values)) => all.extend(values),
                Some(Part::Unbounded(word)) => return self.unnamed(call, used, &word),
                None => return,
            }
        }
        all.extend(
            used.constants
                .iter()
                .map(|(key, text)| (key.clone(), Text::literal(text.as_str()))),
        );
        all.extend(used.own.iter().map(|key| (key.clone(), self.own.clone())));
        self.add(
            call,
            used,
            name.span.clone(),
            Subject::Values(kind, name.value, all),
        );
    }

    /// The name of a target that no parameter names.
    fn always(&self, call: Call<'_>, used: &Use) -> Word {
        let name = match used.constants.values().next() {
            Some(constant) => constant.clone(),
            None if used.own.is_some() => self.own.to_string(),
            None => call.resource.to_owned(),
        };
        Word::new(name, call.span.clone())
    }

    /// A value that is written out: the name of the target, and its parts.
    fn given(&mut self, used: &Use, parameter: &str, node: &Node) -> Option<(Word, Values)> {
        let what = match parameter {
            "" => "a name".to_owned(),
            parameter => format!("`{parameter}`"),
        };
        let word = self.findings.word(node, &what)?;
        let Some(form) = used.form.as_ref() else {
            return Some((word, Values::new()));
        };
        let values = self.parts(form, parameter, &word)?;
        let name = match WHOLE.iter().find_map(|part| values.get(*part)) {
            Some(name) => Word::new(name.to_string(), word.span),
            None => word,
        };
        Some((name, values))
    }

    fn with(&mut self, call: Call<'_>, with: &With, parameters: Parameters<'_>) -> Option<Part> {
        match parameters.get(&with.parameter) {
            Parameter::Given(node) => {
                let word = self.findings.word(node, &format!("`{}`", with.parameter))?;
                self.parts(&with.form, &with.parameter, &word).map(Part::Values)
            }
            Parameter::Computed(word) if with.need == Need::Open => {
                self.partly_computed(call, &with.parameter, &word);
                Some(Part::Values(Values::new()))
            }
            Parameter::Computed(word) => Some(Part::Unbounded(word)),
            Parameter::Absent => match &with.default {
                Some(default) => {
                    let word = Word::new(default.clone(), call.span.clone());
                    self.parts(&with.form, &with.parameter, &word).map(Part::Values)
                }
                None if with.need == Need::Required => {
                    self.missing(call, &[with.parameter.as_str()]);
                    None
                }
                None => Some(Part::Values(Values::new())),
            },
        }
    }

    /// The parts of a value by its forms; reports a value that has none of them.
    fn parts(&mut self, form: &str, parameter: &str, word: &Word) -> Option<Values> {
        let printed = reference::text(self.findings, word)?.to_string();
        let forms = self.integrations.forms_of(form);
        match form::read(forms, &printed) {
            Matched::Parts(values) => Some(values),
            Matched::Outside { part, written } => {
                let message = format!(
                    "{} names {part} {}, which need not be the sandbox's",
                    shown(&word.value),
                    shown(&written)
                );
                let help = format!("write `{{{{{part}}}}}` for the {part}");
                self.findings
                    .error(codes::OUTSIDE_SANDBOX, &word.span, message, help);
                None
            }
            Matched::Nothing => {
                let message = format!("{} is not understood as `{parameter}`", shown(&word.value));
                let known: Vec<String> = forms
                    .iter()
                    .map(|form| format!("`{}`", for_people(form)))
                    .collect();
                let help = if printed.chars().all(form::is_sound) {
                    format!("write {}", known.join(" or "))
                } else {
                    "leave out `*`, `?` and `$`, which a policy reads as a pattern, and what is not Latin-1"
                        .to_owned()
                };
                self.findings
                    .error(codes::INVALID_NAME, &word.span, message, help);
                None
            }
        }
    }

    /// A target that is computed.
    fn computed(&mut self, call: Call<'_>, used: &Use, parameter: &str, word: &Word) {
        let kind = used.target.unwrap_or(EntityKind::Service);
        let is_tagged = used.entity && matches!(kind, EntityKind::Function | EntityKind::State);
        if !is_tagged {
            return self.unnamed(call, used, word);
        }
        let noun = if kind == EntityKind::State {
            "state machine"
        } else {
            "function"
        };
        let message = format!(
            "the task {} picks its {noun} at run time",
            shown(&call.state.value)
        );
        let help = format!(
            "any {noun} of the sandbox is admitted; write `{parameter}` out to be told of typing errors"
        );
        self.note(word, message, &help);
        self.add(
            call,
            used,
            word.span.clone(),
            Subject::AtRunTime(kind, word.clone()),
        );
    }

    fn partly_computed(&mut self, call: Call<'_>, parameter: &str, word: &Word) {
        let message = format!(
            "state {} picks its `{parameter}` at run time",
            shown(&call.state.value)
        );
        let help = format!("whatever it may be is admitted; write `{parameter}` out to admit it alone");
        self.note(word, message, &help);
    }

    fn note(&mut self, word: &Word, message: String, help: &str) {
        let note = Diagnostic::note(codes::DYNAMIC_TARGET, message);
        self.findings.push(note.at(word.span.clone()).help(help));
    }

    /// A target that nothing names beforehand.
    fn unnamed(&mut self, call: Call<'_>, used: &Use, word: &Word) {
        let kind = used.target.unwrap_or(EntityKind::Service);
        let subject = Subject::Unnamed(kind, word.value.clone());
        self.add(call, used, word.span.clone(), subject);
    }

    fn add(&mut self, call: Call<'_>, used: &Use, span: Span, subject: Subject) {
        let answer = if call.pattern == CALLBACK && used.part.is_empty() {
            Answer::Token
        } else {
            Answer::None
        };
        self.tasks.push(Task {
            state: call.state.value.clone(),
            integration: Some(call.row.id(call.resource, used)),
            subject,
            span,
            answer,
        });
    }

    /// Notes what a target that is not named leaves to others to grant.
    fn left_to_others(&mut self, call: Call<'_>, used: &Use) {
        let Some(note) = &used.note else {
            return;
        };
        let names = used.parameters.join("` or `");
        let message = format!("state {} names no `{names}`: {note}", shown(&call.state.value));
        let capabilities = used.capabilities.join("`, `");
        let help = format!(
            "name it in the task; or grant `{capabilities}` on its name to the role `state`, with `[[grants]]` in the config file"
        );
        let note = Diagnostic::note(codes::UNNAMED_ROLE, message);
        self.findings.push(note.at(call.span.clone()).help(help));
    }

    fn missing(&mut self, call: Call<'_>, parameters: &[&str]) {
        if !self.findings.is_complete() {
            return;
        }
        let names: Vec<String> = parameters.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("state {} has no {}", shown(&call.state.value), names.join(" or "));
        let help = format!(
            "name its target under `Parameters` (`Arguments` with JSONata): `{}: …`",
            parameters.first().copied().unwrap_or_default()
        );
        self.findings
            .error(codes::UNSUPPORTED_INTEGRATION, call.span, message, help);
    }

    /// No target of the row is one: a parameter that decides between them says nothing known.
    fn undecided(&mut self, call: Call<'_>) {
        let mut names: Vec<&str> = call
            .row
            .uses
            .iter()
            .flat_map(|used| used.when.keys())
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        names.dedup();
        let known: Vec<&str> = call
            .row
            .uses
            .iter()
            .flat_map(|used| used.when.values().flatten())
            .filter_map(|state| state.strip_prefix('='))
            .collect();
        let message = format!(
            "what state {} needs depends on `{}`, which says nothing known",
            shown(&call.state.value),
            names.join("`, `")
        );
        let help = format!("write it out: `{}`", known.join("`, `"));
        self.findings
            .error(codes::UNSUPPORTED_INTEGRATION, call.span, message, help);
    }
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// A form as a user would write it: `arn:aws:sns:{{region}}:{{account}}:NAME`.
fn for_people(form: &str) -> String {
    let mut text = form
        .replace("{partition}", "aws")
        .replace("{region}", "{{region}}")
        .replace("{account}", "{{account}}");
    let parts: Vec<String> = form
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in parts {
        let shown = match name.split_once('=') {
            Some((_, choices)) => choices.split('|').next().unwrap_or_default().to_owned(),
            None if name == "_" && form.starts_with("arn:") => "{{region}}".to_owned(),
            None if name == "_" => "amazonaws.com".to_owned(),
            None => name.trim_end_matches('s').to_uppercase(),
        };
        if !["partition", "region", "account"].contains(&name.as_str()) {
            text = text.replace(&format!("{{{name}}}"), &shown);
        }
    }
    text
}

//! The variables that permission tests may hold, so that one file serves every sandbox.

use std::ops::Range;

use crate::model::{Context, nearest};

/// What a variable stands for in a place; `None` where nobody says.
type Value = fn(&Context) -> Option<String>;

/// Every variable, by its name.
pub(super) const VARIABLES: [(&str, Value); 7] = [
    ("account", |context| Some(context.account.to_string())),
    ("event_bus", |context| Some(context.event_bus.clone())),
    ("partition", |context| Some(context.partition.as_str().to_owned())),
    ("profile", |context| context.profile.clone()),
    ("region", |context| Some(context.region.to_string())),
    ("sandbox", |context| Some(context.sandbox.to_string())),
    ("sandbox_trimmed", |context| {
        Some(context.sandbox.as_str().replace('-', ""))
    }),
];

/// What is wrong with a text's variables.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

/// A part of a text.
enum Piece<'t> {
    Literal(&'t str),
    Variable(&'static str, Value),
}

/// The text with its variables filled in; the name of the first that has no value here.
///
/// What is no variable stays as it is: [`faults`] has found it.
pub(super) fn filled(text: &str, context: &Context) -> Result<String, &'static str> {
    let mut filled = String::new();
    let (pieces, _) = pieces(text);
    for piece in pieces {
        match piece {
            Piece::Literal(text) => filled.push_str(text),
            Piece::Variable(name, value) => filled.push_str(&value(context).ok_or(name)?),
        }
    }
    Ok(filled)
}

/// All that is wrong with the variables of a text.
pub(super) fn faults(text: &str) -> Vec<Fault> {
    pieces(text).1
}

fn pieces(text: &str) -> (Vec<Piece<'_>>, Vec<Fault>) {
    let (mut pieces, mut faults) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        pieces.push(Piece::Literal(before));
        let start = text.len() - after.len() - 2;
        let Some((name, behind)) = after.split_once("}}") else {
            faults.push(Fault {
                range: start..text.len(),
                message: "a variable is not closed with `}}`".to_owned(),
                help: "write it as `{{sandbox}}`".to_owned(),
            });
            return (pieces, faults);
        };
        let name = name.trim();
        match VARIABLES.iter().find(|(known, _)| *known == name) {
            Some((name, value)) => pieces.push(Piece::Variable(name, *value)),
            None => faults.push(unknown(name, start..text.len() - behind.len())),
        }
        rest = behind;
    }
    pieces.push(Piece::Literal(rest));
    (pieces, faults)
}

fn unknown(name: &str, range: Range<usize>) -> Fault {
    let names = VARIABLES.map(|(name, _)| name);
    Fault {
        range,
        message: format!("there is no variable {}", super::shown(name)),
        help: match nearest(name, names) {
            Some(near) => format!("did you mean `{{{{{near}}}}}`?"),
            None => format!(
                "there are `{}`",
                names.map(|name| format!("{{{{{name}}}}}")).join("`, `")
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_the_value_of_the_place() {
        let context = Context::example();
        let text = "{{partition}}:{{region}}:{{ account }}:{{sandbox}}/{{event_bus}}-{{sandbox_trimmed}}";
        assert_eq!(
            filled(text, &context).as_deref(),
            Ok("aws:eu-west-1:123456789012:dev/default-dev")
        );
        assert_eq!(filled("a{{profile}}", &context), Err("profile"));
        assert_eq!(filled("a}}{b}", &context).as_deref(), Ok("a}}{b}"));
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_the_nearest_name() {
        let found = faults("é{{sandbx}}-{{zzzzzzzz}}-{{region");
        let ranges: Vec<_> = found.iter().map(|fault| fault.range.clone()).collect();
        assert_eq!(ranges, [2..12, 13..25, 26..34]);
        assert_eq!(found[0].help, "did you mean `{{sandbox}}`?");
        assert!(found[1].help.contains("`{{account}}`, `{{event_bus}}`"));
        assert!(found[2].message.contains("not closed"));
    }
}

//! The forms of values: `arn:{partition}:sns:{region}:{account}:{name}` and a text in, the
//! named parts of the text out.
//!
//! A part in single braces stands for some text up to what follows it in the form;
//! `{geo=us|eu}` stands for one of the texts given. Four names have a meaning of their own:
//! `{region}` and `{account}` must be the sandbox's, written as a variable; `{partition}` and
//! `{_}` are passed over.

use std::collections::BTreeMap;

use crate::topology::text::Text;

const ARN: &str = "arn:";

/// What a value is, by the forms it can have.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Matched {
    /// Its parts, by their names.
    Parts(BTreeMap<String, Text>),
    /// It names a region or an account that is not the sandbox's.
    Outside {
        /// `region` or `account`.
        part: &'static str,
        /// What stands there.
        written: String,
    },
    /// It has none of the forms.
    Nothing,
}

/// Reads a value, its variables printed as `{{sandbox}}`, by the first form that it has.
pub(super) fn read(forms: &[String], printed: &str) -> Matched {
    // The name of something never begins like the ARN of something else.
    let is_arn = printed.starts_with(ARN);
    let mut fitting = forms.iter().filter(|form| form.starts_with(ARN) == is_arn);
    let found = fitting.find_map(|form| parts(form, printed));
    let Some(found) = found else {
        return Matched::Nothing;
    };
    let mut values = BTreeMap::new();
    for (name, text) in found {
        match name {
            "region" if text != "{{region}}" => return outside("region", text),
            "account" if text != "{{account}}" => return outside("account", text),
            "region" | "account" | "partition" | "_" => {}
            _ => {
                let Ok(text) = Text::parse(text) else {
                    return Matched::Nothing;
                };
                values.insert(name.to_owned(), text);
            }
        }
    }
    Matched::Parts(values)
}

fn outside(part: &'static str, written: &str) -> Matched {
    let written = written.to_owned();
    Matched::Outside { part, written }
}

/// Names and what stands for them.
type Parts<'a> = Vec<(&'a str, &'a str)>;

/// The parts of a text that has a form, in order.
fn parts<'a>(form: &'a str, text: &'a str) -> Option<Parts<'a>> {
    let Some((before, rest)) = form.split_once('{') else {
        return (form == text).then(Vec::new);
    };
    let (name, form) = rest.split_once('}')?;
    let text = text.strip_prefix(before)?;
    if let Some((name, choices)) = name.split_once('=') {
        return choices.split('|').find_map(|choice| {
            let rest = text.strip_prefix(choice)?;
            Some(with((name, choice), parts(form, rest)?))
        });
    }
    let next = form.split('{').next().unwrap_or_default();
    let end = match next {
        "" => text.len(),
        next => text.find(next)?,
    };
    let (part, rest) = text.split_at_checked(end)?;
    if part.is_empty() || !part.chars().all(is_sound) {
        return None;
    }
    Some(with((name, part), parts(form, rest)?))
}

/// Whether a character can stand in a part: a policy takes it, and for itself.
pub(super) fn is_sound(c: char) -> bool {
    (' '..='\u{ff}').contains(&c) && !['*', '?', '$'].contains(&c)
}

fn with<'a>(first: (&'a str, &'a str), mut others: Parts<'a>) -> Parts<'a> {
    others.insert(0, first);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(forms: &[&str], text: &str) -> String {
        let forms: Vec<String> = forms.iter().map(|form| (*form).to_owned()).collect();
        match read(&forms, text) {
            Matched::Parts(values) => {
                let values: Vec<String> = values
                    .iter()
                    .map(|(name, text)| format!("{name}={text}"))
                    .collect();
                values.join(" ")
            }
            Matched::Outside { part, written } => format!("outside {part} {written}"),
            Matched::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn the_first_form_that_a_text_has_gives_its_parts() {
        let forms = [
            "arn:{partition}:ecs:{region}:{account}:task-definition/{family}:{revision}",
            "{family}:{revision}",
            "{family}",
        ];
        let arn = "arn:aws-cn:ecs:{{region}}:{{account}}:task-definition/pack_{{sandbox}}:3";
        assert_eq!(matched(&forms, arn), "family=pack_{{sandbox}} revision=3");
        assert_eq!(matched(&forms, "pack:7"), "family=pack revision=7");
        assert_eq!(matched(&forms, "pack"), "family=pack");
    }

    #[test]
    fn a_region_or_an_account_that_is_written_out_is_outside() {
        let forms = ["arn:{partition}:sns:{region}:{account}:{name}"];
        assert_eq!(
            matched(&forms, "arn:aws:sns:{{region}}:123456789012:a"),
            "outside account 123456789012"
        );
        assert_eq!(
            matched(&forms, "arn:aws:sns:eu-west-1:{{account}}:a"),
            "outside region eu-west-1"
        );
    }

    #[test]
    fn a_text_of_another_form_or_with_a_pattern_in_it_is_nothing() {
        let forms = ["arn:{partition}:sns:{region}:{account}:{name}", "b/{name}"];
        for text in [
            "a",
            "arn:aws:sqs:b/x",
            "",
            "b/",
            "arn:aws:sqs:{{region}}:{{account}}:a",
            "b/*",
            "b/a?",
            "b/${x}",
            "b/日",
            "b/{{x}}",
        ] {
            assert_eq!(matched(&forms, text), "nothing", "{text}");
        }
    }

    #[test]
    fn a_choice_is_one_of_its_texts() {
        let forms = ["{geo=us|eu}.{model}"];
        assert_eq!(
            matched(&forms, "us.anthropic.claude"),
            "geo=us model=anthropic.claude"
        );
        assert_eq!(matched(&forms, "anthropic.claude"), "nothing");
    }
}

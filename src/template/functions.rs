//! The helpers that give a value.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::fault::Fault;

/// A helper that gives a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    And,
    /// An ARN in the partition, region and account of the sandbox.
    Arn,
    /// An ARN of a bucket, or of what is in it.
    BucketArn,
    Eq,
    /// An ARN in the partition and account of the sandbox, for a service without regions.
    GlobalArn,
    /// A list of texts, as a JSON array.
    Json,
    Len,
    Lookup,
    Ne,
    Not,
    Or,
}

impl Function {
    pub(super) const ALL: [Self; 11] = [
        Self::And,
        Self::Arn,
        Self::BucketArn,
        Self::Eq,
        Self::GlobalArn,
        Self::Json,
        Self::Len,
        Self::Lookup,
        Self::Ne,
        Self::Not,
        Self::Or,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Arn => "arn",
            Self::BucketArn => "bucket_arn",
            Self::Eq => "eq",
            Self::GlobalArn => "global_arn",
            Self::Json => "json",
            Self::Len => "len",
            Self::Lookup => "lookup",
            Self::Ne => "ne",
            Self::Not => "not",
            Self::Or => "or",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// What it takes, in the order in which it is given.
    const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Arn | Self::GlobalArn => &["service", "resource"],
            Self::BucketArn => &["name"],
            Self::Eq | Self::Ne | Self::And | Self::Or => &["a", "b"],
            Self::Json => &["list"],
            Self::Len | Self::Not => &["a"],
            Self::Lookup => &["list", "key"],
        }
    }

    /// How it is written.
    pub(super) fn usage(self) -> String {
        format!("{} {}", self.name(), self.takes().join(" "))
    }

    /// Finds a wrong number of values.
    pub(super) fn check(self, given: usize, range: &Range<usize>) -> Result<(), Fault> {
        let takes = self.takes();
        if given == takes.len() {
            return Ok(());
        }
        let name = self.name();
        let values = if takes.len() == 1 { "value" } else { "values" };
        let message = format!("`{name}` takes {} {values}, not {given}", takes.len());
        Err(Fault::new(super::codes::UNKNOWN_HELPER, range, message)
            .help(format!("write `{}`", self.usage())))
    }

    /// What it gives for values; `place` knows the values of where the roles stand.
    pub(super) fn apply(
        self,
        arguments: &[Cow<'_, Value>],
        range: &Range<usize>,
        place: impl Fn(&str) -> Result<String, Fault>,
    ) -> Result<Value, Fault> {
        let one = arguments.first().map_or(&Value::Null, Cow::as_ref);
        let two = arguments.get(1).map_or(&Value::Null, Cow::as_ref);
        Ok(match self {
            Self::And => Value::from(is_true(one) && is_true(two)),
            Self::Or => Value::from(is_true(one) || is_true(two)),
            Self::Not => Value::from(!is_true(one)),
            Self::Eq => Value::from(self.single(one, range)? == self.single(two, range)?),
            Self::Ne => Value::from(self.single(one, range)? != self.single(two, range)?),
            Self::Len => Value::from(self.length(one, range)?),
            Self::Arn | Self::GlobalArn => {
                let (service, resource) = (self.text(one, range)?, self.text(two, range)?);
                let region = if self == Self::Arn {
                    place("region")?
                } else {
                    String::new()
                };
                let (partition, account) = (place("partition")?, place("account")?);
                Value::from(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
            }
            Self::BucketArn => {
                let name = self.text(one, range)?;
                Value::from(format!("arn:{}:s3:::{name}", place("partition")?))
            }
            Self::Json | Self::Lookup => Value::Null,
        })
    }

    fn single<'a>(self, value: &'a Value, range: &Range<usize>) -> Result<&'a Value, Fault> {
        match value {
            Value::Array(_) | Value::Object(_) => {
                let message = format!(
                    "`{}` compares texts, numbers and booleans, not {}",
                    self.name(),
                    kind(value)
                );
                Err(Fault::value(range, message)
                    .help("compare what is in it: `(lookup list 0)`, `(len list)`"))
            }
            single => Ok(single),
        }
    }

    fn length(self, value: &Value, range: &Range<usize>) -> Result<usize, Fault> {
        match value {
            Value::Array(list) => Ok(list.len()),
            Value::Object(map) => Ok(map.len()),
            other => {
                let message = format!("`{}` counts what is in a list, not {}", self.name(), kind(other));
                Err(Fault::value(range, message).help("give it a list"))
            }
        }
    }

    fn text<'a>(self, value: &'a Value, range: &Range<usize>) -> Result<&'a str, Fault> {
        match value {
            Value::String(text) if !text.is_empty() => Ok(text),
            other => {
                let what = if other.is_string() {
                    "an empty text"
                } else {
                    kind(other)
                };
                let message = format!("`{}` takes texts, not {what}", self.name());
                Err(Fault::value(range, message).help(format!("write `{}`", self.usage())))
            }
        }
    }
}

/// Whether a value counts as true: no `false`, no zero, no empty text, nothing that is empty.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The kind of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a group of values",
    }
}

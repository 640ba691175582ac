/// A condition operator, taken apart.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// How the values of a key with several are looked at.
    pub quantifier: Option<Quantifier>,
    /// How a value of the request is compared with one of the statement.
    pub comparison: Comparison,
    /// Whether it holds where the comparison does not: `StringNotEquals`.
    pub negated: bool,
    /// Whether it holds where the request lacks the key: `…IfExists`.
    pub if_exists: bool,
}

/// How the values of a key with several are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// How a value of the request is compared with one of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `StringEquals`: character by character.
    String,
    /// `StringEqualsIgnoreCase`.
    StringIgnoreCase,
    /// `StringLike`: with `*` and `?`.
    StringLike,
    /// `NumericEquals` and its kin.
    Numeric(Order),
    /// `DateEquals` and its kin.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`: base64.
    Binary,
    /// `IpAddress`.
    Ip,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    /// `Null`: whether the key is missing.
    Null,
}

/// How numbers and dates are compared: the request's value stands on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
}

impl Operator {
    /// Reads an operator; `None` where IAM knows none of that name. Names are compared without case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (quantifier, name) = match lower.split_once(':') {
            Some(("forallvalues", name)) => (Some(Quantifier::ForAllValues), name),
            Some(("foranyvalue", name)) => (Some(Quantifier::ForAnyValue), name),
            Some(_) => return None,
            None => (None, lower.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = comparison(name)?;
        if comparison == Comparison::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Self {
            quantifier,
            comparison,
            negated,
            if_exists,
        })
    }
}

/// A comparison by its name in small letters, and whether it is negated.
fn comparison(name: &str) -> Option<(Comparison, bool)> {
    let plain = |comparison| Some((comparison, false));
    let negated = |comparison| Some((comparison, true));
    if let Some(order) = name.strip_prefix("numeric") {
        return self::order(order).map(|(order, negated)| (Comparison::Numeric(order), negated));
    }
    if let Some(order) = name.strip_prefix("date") {
        return self::order(order).map(|(order, negated)| (Comparison::Date(order), negated));
    }
    match name {
        "stringequals" => plain(Comparison::String),
        "stringnotequals" => negated(Comparison::String),
        "stringequalsignorecase" => plain(Comparison::StringIgnoreCase),
        "stringnotequalsignorecase" => negated(Comparison::StringIgnoreCase),
        "stringlike" => plain(Comparison::StringLike),
        "stringnotlike" => negated(Comparison::StringLike),
        "bool" => plain(Comparison::Bool),
        "binaryequals" => plain(Comparison::Binary),
        "ipaddress" => plain(Comparison::Ip),
        "notipaddress" => negated(Comparison::Ip),
        "arnequals" | "arnlike" => plain(Comparison::Arn),
        "arnnotequals" | "arnnotlike" => negated(Comparison::Arn),
        "null" => plain(Comparison::Null),
        _ => None,
    }
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "equals" => (Order::Equal, false),
        "notequals" => (Order::Equal, true),
        "lessthan" => (Order::Less, false),
        "lessthanequals" => (Order::AtMost, false),
        "greaterthan" => (Order::Greater, false),
        "greaterthanequals" => (Order::AtLeast, false),
        _ => return None,
    })
}

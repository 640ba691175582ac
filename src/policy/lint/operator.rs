/// A condition operator, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// The operator without prefix and suffix.
    pub(super) base: &'static str,
    /// `ForAllValues:`: holds of no values, too.
    pub(super) for_all: bool,
    /// `…IfExists`: holds where the key is missing, too.
    pub(super) if_exists: bool,
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
const BASES: &[&str] = &[
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "BinaryEquals",
    "Bool",
    "DateEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateNotEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "NumericEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericNotEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotEqualsIgnoreCase",
    "StringNotLike",
];

impl Operator {
    /// Reads an operator, in any case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lower = text.to_ascii_lowercase();
        let (set, rest) = match lower.split_once(':') {
            Some((set @ ("forallvalues" | "foranyvalue"), rest)) => (set, rest),
            Some(_) => return None,
            None => ("", lower.as_str()),
        };
        let (name, if_exists) = match rest.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let base = BASES
            .iter()
            .copied()
            .find(|base| base.eq_ignore_ascii_case(name))?;
        (base != "Null" || !if_exists).then_some(Self {
            base,
            for_all: set == "forallvalues",
            if_exists,
        })
    }

    /// The operator that was probably meant.
    pub(super) fn nearest(text: &str) -> Option<&'static str> {
        crate::model::nearest(text, BASES.iter().copied())
    }

    /// Whether it holds where values differ, and where the key is missing.
    pub(super) fn is_negated(self) -> bool {
        self.base.contains("Not")
    }

    /// Whether it holds only of a request that carries the key. `Null` is another matter.
    pub(super) fn needs_key(self) -> bool {
        !self.if_exists && !self.is_negated() && !self.for_all && self.base != "Null"
    }

    /// Whether `*` and `?` in its values are wildcards.
    pub(super) fn has_wildcards(self) -> bool {
        matches!(
            self.base,
            "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" | "StringLike" | "StringNotLike"
        )
    }
}

//! What is true of a request, and by what a clause of a statement holds or does not.

use std::sync::OnceLock;

use super::reading::{Clause, Side};
use super::values::{Kind, Member, ValueSet};
use crate::evaluate::{Comparison, Quantifier};

/// Something that is true of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact<'a> {
    /// Its action is one that a statement speaks of, or is not.
    Action(&'a Side, bool),
    /// Its resource is.
    Resource(&'a Side, bool),
    /// Something of a condition key, by its name in small letters.
    Key(&'a str, OfKey<'a>),
}

/// Something that is true of a condition key.
#[derive(Debug, Clone, Copy)]
pub(super) enum OfKey<'a> {
    /// It is there.
    There,
    /// It is missing.
    Missing,
    /// It has no more than one value.
    Single,
    /// It has several values.
    Several,
    /// It is there, and one of its values is such a one.
    Some(Member<'a>),
    /// All values that it has are such.
    All(Member<'a>),
}

/// The facts by one of which a clause holds, each alternative a list that is true together; or by which
/// it does not.
pub(super) fn alternatives(clause: &Clause, holds: bool) -> Vec<Vec<Fact<'_>>> {
    let key = clause.key.as_str();
    let operator = clause.operator;
    let member = |is_inside| Member {
        set: &clause.set,
        is_inside,
    };
    let of_key = |what| Fact::Key(key, what);
    let some = |is_inside| of_key(OfKey::Some(member(is_inside)));
    let all = |is_inside| of_key(OfKey::All(member(is_inside)));
    let (there, missing, several) = (
        of_key(OfKey::There),
        of_key(OfKey::Missing),
        of_key(OfKey::Several),
    );
    // A key that holds nothing but empty values counts as missing where several are looked at.
    let is_blank = || vec![there, of_key(OfKey::All(blank(true)))];
    let is_not_blank = of_key(OfKey::Some(blank(false)));
    let lacks = || vec![missing];
    if let Kind::Presence {
        missing: if_missing,
        there: if_there,
    } = clause.set.kind
    {
        let mut ways = Vec::new();
        if if_missing == holds {
            ways.extend([lacks(), is_blank()]);
        }
        if if_there == holds {
            ways.push(vec![is_not_blank]);
        }
        return ways;
    }
    let is_inside = !operator.negated;
    match (operator.quantifier, holds) {
        (Some(Quantifier::ForAllValues), true) => vec![vec![all(is_inside)], is_blank()],
        (Some(Quantifier::ForAllValues), false) => vec![vec![some(!is_inside), is_not_blank]],
        (Some(Quantifier::ForAnyValue), true) if operator.if_exists => {
            vec![vec![some(is_inside), is_not_blank], lacks()]
        }
        (Some(Quantifier::ForAnyValue), true) => vec![vec![some(is_inside), is_not_blank]],
        (Some(Quantifier::ForAnyValue), false) if operator.if_exists => {
            vec![vec![there, all(!is_inside)], is_blank()]
        }
        (Some(Quantifier::ForAnyValue), false) => vec![vec![all(!is_inside)], is_blank()],
        // Without a quantifier, several values equal nothing; what is negated holds then, and where there
        // is none.
        (None, holds) if holds == operator.negated => {
            let has = (operator.if_exists && !operator.negated).then_some(there);
            let none = has.into_iter().chain([all(false)]).collect();
            vec![none, vec![several]]
        }
        (None, _) if operator.if_exists && !operator.negated => {
            vec![vec![some(true), of_key(OfKey::Single)], lacks()]
        }
        (None, _) => vec![vec![some(true), of_key(OfKey::Single)]],
    }
}

/// The empty value, and no other; or any other.
fn blank(is_inside: bool) -> Member<'static> {
    static BLANK: OnceLock<ValueSet> = OnceLock::new();
    Member {
        set: BLANK.get_or_init(|| ValueSet {
            id: 0,
            kind: Kind::of(Comparison::String, vec![String::new()]),
        }),
        is_inside,
    }
}

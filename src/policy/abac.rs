//! The tag condition of a sandbox, for statements that were written without it.

use super::catalogue::{Action as KnownAction, Catalogue};
use super::document::{Action, Effect, Resource, Scalar, Statement, Values};

/// The operator of the condition.
const OPERATOR: &str = "StringEquals";
/// Any tag of the resource.
const RESOURCE_TAG: &str = "aws:ResourceTag/any";
/// Any tag that a request gives to what it makes.
const REQUEST_TAG: &str = "aws:RequestTag/any";

/// What becomes of a statement that is to reach the resources of one tag alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scoping {
    /// It stays: it denies, or asks for the tag already.
    Unneeded,
    /// It can ask for the tag, and then does.
    Added(Statement),
    /// It cannot ask for the tag; why, and the way out.
    Impossible(String),
}

/// Lets a statement reach the resources alone that carry a tag, a key and its value.
///
/// The condition is added where AWS knows the tags of the resource for every action, wildcards
/// expanded, and every type of resource that the statement speaks of: where it does not, the
/// condition would never hold. What denies is left alone, since it would deny less; and so is what
/// speaks of all but something, since nobody has named what it would then no longer allow.
///
/// Which actions and types know it:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
#[must_use]
pub fn scope(statement: &Statement, (key, value): (&str, &str), catalogue: &Catalogue) -> Scoping {
    let of_role = format!("${{aws:PrincipalTag/{key}}}");
    let key = format!("aws:ResourceTag/{key}");
    if statement.effect == Effect::Deny || asks(statement, &key, [value, &of_role]) {
        return Scoping::Unneeded;
    }
    if operands(statement, &key).any(|(operator, _)| operator.eq_ignore_ascii_case(OPERATOR)) {
        let help = format!("it asks for another value of the tag: write `{OPERATOR}` with the sandbox alone");
        return Scoping::Impossible(help);
    }
    let (Action::In(actions), Some(Resource::In(resources))) = (&statement.action, &statement.resource)
    else {
        let help = "it allows all but what it names: name the actions and resources that it is to allow";
        return Scoping::Impossible(help.to_owned());
    };
    match impossible(actions, resources, catalogue) {
        Some(help) => Scoping::Impossible(help),
        None => Scoping::Added(with_condition(statement, key, value)),
    }
}

/// The conditions on a key, each with its operator.
fn operands<'a>(statement: &'a Statement, key: &str) -> impl Iterator<Item = (&'a str, &'a Values)> {
    statement.condition.iter().flat_map(move |(operator, keys)| {
        let of_key = keys
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(key));
        of_key.map(|(_, values)| (operator.as_str(), values))
    })
}

/// Whether a statement reaches nothing but what carries one of these values, which IAM takes as one:
/// no operator that holds without the tag, no pattern, no other value beside it.
fn asks(statement: &Statement, key: &str, [value, of_role]: [&str; 2]) -> bool {
    let is_right = |known: &str| known == value || known.eq_ignore_ascii_case(of_role);
    operands(statement, key).any(|(operator, values)| {
        let holds = [OPERATOR, "StringLike"];
        let is_exact = holds.iter().any(|known| operator.eq_ignore_ascii_case(known));
        is_exact && values.iter().all(is_right)
    })
}

fn with_condition(statement: &Statement, key: String, value: &str) -> Statement {
    let mut scoped = statement.clone();
    let mut operators = scoped.condition.keys();
    let operator = operators.find(|operator| operator.eq_ignore_ascii_case(OPERATOR));
    let operator = operator.cloned().unwrap_or_else(|| OPERATOR.to_owned());
    let value = Values::One(Scalar::Text(value.to_owned()));
    scoped.condition.entry(operator).or_default().insert(key, value);
    scoped
}

/// Why a statement cannot ask for a tag, if it cannot.
fn impossible(actions: &Values, resources: &Values, catalogue: &Catalogue) -> Option<String> {
    let mut reasons: Vec<String> = Vec::new();
    let mut is_possible = false;
    for pattern in actions.iter() {
        let mut is_known = false;
        for action in catalogue.actions_matching(pattern) {
            is_known = true;
            match untaggable(action, resources) {
                Some(reason) => reasons.push(reason),
                None => is_possible = true,
            }
        }
        if !is_known {
            reasons.push(format!(
                "no action is known that `{}` names",
                pattern.escape_debug()
            ));
        }
    }
    let first = reasons.first()?;
    let more = match reasons.len() - 1 {
        0 => String::new(),
        1 => "; another action cannot either".to_owned(),
        more => format!("; {more} other actions cannot either"),
    };
    let way_out = if is_possible {
        "; put the actions that can ask for the tag into a statement of their own"
    } else {
        ""
    };
    Some(format!("{first}{more}{way_out}"))
}

/// Why a request for an action cannot be held to the tags of its resource, if it cannot.
fn untaggable(action: &KnownAction, resources: &Values) -> Option<String> {
    let name = action.full_name();
    if action.makes_tagged() {
        return Some(format!("what `{name}` makes has no tags yet"));
    }
    if action.knows(RESOURCE_TAG) {
        return None;
    }
    if action.uses.is_empty() {
        return Some(format!("`{name}` has no resource types: AWS accepts only `*`"));
    }
    let mut is_for_any = false;
    let mut without: Vec<&str> = Vec::new();
    for resource in resources.iter() {
        for used in action.types_of(resource) {
            is_for_any = true;
            let kind = used.resource_type.name;
            if !used.knows(RESOURCE_TAG) && !without.contains(&kind) {
                without.push(kind);
            }
        }
    }
    if !is_for_any {
        return Some(format!(
            "no resource of the statement is of a type that `{name}` takes"
        ));
    }
    (!without.is_empty()).then(|| {
        let types = without.join("`, `");
        format!("`{name}` does not know the tags of resources of type `{types}`")
    })
}

impl KnownAction {
    /// Whether it makes what it gives tags to, which then has none when the request is decided.
    fn makes_tagged(&self) -> bool {
        self.level != super::catalogue::AccessLevel::Tagging
            && (self.knows(REQUEST_TAG) || self.uses.iter().any(|used| used.knows(REQUEST_TAG)))
    }
}

use super::document::{
    Action, Condition, Policy, Principal, Principals, Resource, Scalar, Statement, Values,
};

impl Policy {
    /// The one form of all documents that mean the same to IAM.
    ///
    /// Sorts and de-duplicates statements, actions, resources, principals and values, writes
    /// a single value alone (but a set operator's values always as a list, as they are read),
    /// writes booleans and numbers as text, and fills in the version that IAM assumes.
    /// Actions, operators and keys keep their spelling. Idempotent.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let mut statement: Vec<Statement> = self.statement.iter().map(canonical_statement).collect();
        statement.sort_by_cached_key(sort_key);
        statement.dedup();
        Self {
            version: Some(self.version.clone().unwrap_or_else(|| "2008-10-17".to_owned())),
            id: self.id.clone(),
            statement,
        }
    }
}

fn sort_key(statement: &Statement) -> (Option<String>, String) {
    (
        statement.sid.clone(),
        serde_json::to_string(statement).unwrap_or_default(),
    )
}

fn canonical_statement(statement: &Statement) -> Statement {
    Statement {
        sid: statement.sid.clone(),
        effect: statement.effect,
        principal: statement.principal.as_ref().map(canonical_principal),
        action: match &statement.action {
            Action::In(actions) => Action::In(short(actions)),
            Action::NotIn(actions) => Action::NotIn(short(actions)),
        },
        resource: statement.resource.as_ref().map(|resource| match resource {
            Resource::In(resources) => Resource::In(short(resources)),
            Resource::NotIn(resources) => Resource::NotIn(short(resources)),
        }),
        condition: canonical_condition(&statement.condition),
    }
}

fn canonical_principal(principal: &Principal) -> Principal {
    let canonical = |principals: &Principals| match principals {
        Principals::Anyone => Principals::Anyone,
        Principals::Typed(types) => Principals::Typed(
            types
                .iter()
                .map(|(name, who)| (name.clone(), short(who)))
                .collect(),
        ),
    };
    match principal {
        Principal::In(who) => Principal::In(canonical(who)),
        Principal::NotIn(who) => Principal::NotIn(canonical(who)),
    }
}

fn canonical_condition(condition: &Condition) -> Condition {
    let block = |(operator, keys): (&String, &std::collections::BTreeMap<String, Values>)| {
        let is_set = operator.to_ascii_lowercase().starts_with("forall")
            || operator.to_ascii_lowercase().starts_with("forany");
        let values = |v: &Values| if is_set { Values::Many(sorted(v)) } else { short(v) };
        let keys = keys.iter().map(|(key, v)| (key.clone(), values(v))).collect();
        (operator.clone(), keys)
    };
    condition.iter().map(block).collect()
}

fn sorted(values: &Values) -> Vec<Scalar> {
    let mut texts: Vec<&str> = values.iter().collect();
    texts.sort_unstable();
    texts.dedup();
    texts
        .into_iter()
        .map(|text| Scalar::Text(text.to_owned()))
        .collect()
}

fn short(values: &Values) -> Values {
    let mut sorted = sorted(values);
    match (sorted.len(), sorted.pop()) {
        (1, Some(only)) => Values::One(only),
        (_, Some(last)) => {
            sorted.push(last);
            Values::Many(sorted)
        }
        (_, None) => Values::Many(sorted),
    }
}

use super::decision::StatementId;
use super::prepared::Prepared;
use super::request::Request;

/// A statement that would allow a request, but for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// The statement.
    pub statement: StatementId,
    /// What of it does not hold: never empty.
    pub misses: Vec<Miss>,
}

/// What of a statement does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// It is not for the resource; what it is for, as written.
    Resource {
        /// Its patterns.
        patterns: Vec<String>,
    },
    /// A condition fails.
    Condition {
        /// The operator, as written.
        operator: String,
        /// The key, as written.
        key: String,
        /// What the statement asks for, variables as written.
        wanted: Vec<String>,
        /// What the request has; `None` where it lacks the key or nobody knows.
        found: Option<Vec<String>>,
    },
}

impl NearMiss {
    /// How far it is from allowing the request: another resource is farther than any condition.
    pub(super) fn distance(&self) -> (bool, usize, StatementId) {
        let is_elsewhere = self
            .misses
            .iter()
            .any(|miss| matches!(miss, Miss::Resource { .. }));
        (is_elsewhere, self.misses.len(), self.statement)
    }
}

/// What of a statement does not hold, where what is not known is missing; `None` where all of it holds.
pub(super) fn near_miss(statement: &Prepared, request: &Request) -> Option<NearMiss> {
    let is_elsewhere = !statement.has_resource(request).by_absence();
    let resource = is_elsewhere.then(|| Miss::Resource {
        patterns: statement.written.clone(),
    });
    let failing = statement
        .clauses
        .iter()
        .filter(|clause| !clause.holds(&request.context).by_absence());
    let conditions = failing.map(|clause| Miss::Condition {
        operator: clause.operator.to_string(),
        key: clause.key.to_string(),
        wanted: clause.values.clone(),
        found: clause.found(&request.context),
    });
    let misses: Vec<Miss> = resource.into_iter().chain(conditions).collect();
    (!misses.is_empty()).then_some(NearMiss {
        statement: statement.id,
        misses,
    })
}

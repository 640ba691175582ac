use std::collections::{BTreeMap, HashSet};

/// A request, as AWS sees it when it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks, as ARN: of a role, a session (`arn:aws:sts::…:assumed-role/ROLE/SESSION`), a user or
    /// an account (`arn:aws:iam::…:root`); or a service, `lambda.amazonaws.com`. `None` for any
    /// principal of the account, where no resource policy asks.
    pub principal: Option<String>,
    /// The action, `service:Name`; compared without case.
    pub action: String,
    /// The resource's ARN; `*` where the action has none.
    pub resource: String,
    /// What else is known of it.
    pub context: RequestContext,
}

/// The condition keys of a request and their values.
///
/// Keys are compared without case. What is not set is missing in the request where the context is
/// [complete](RequestContext::complete); else nobody knows whether it is there, and what depends on it
/// is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestContext {
    /// By the key in small letters; `None` where the key is known to be missing.
    values: BTreeMap<String, Option<Vec<String>>>,
    is_complete: bool,
}

impl RequestContext {
    /// One in which keys that are not set are missing.
    #[must_use]
    pub const fn complete() -> Self {
        Self {
            values: BTreeMap::new(),
            is_complete: true,
        }
    }

    /// One in which nobody knows of keys that are not set.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            values: BTreeMap::new(),
            is_complete: false,
        }
    }

    /// Sets a key with one value, in the place of what it had.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_all(key, vec![value.into()]);
    }

    /// Sets a key with all its values, each once; with none the key is there and empty.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        let mut values = values;
        if values.len() > 1 {
            let mut seen = HashSet::new();
            values.retain(|value| seen.insert(value.clone()));
        }
        self.values.insert(key.to_ascii_lowercase(), Some(values));
    }

    /// Says that the request lacks a key.
    pub fn set_missing(&mut self, key: &str) {
        self.values.insert(key.to_ascii_lowercase(), None);
    }

    /// What is known of a key, which is given in small letters.
    #[must_use]
    pub fn get(&self, key: &str) -> Known<'_> {
        match self.values.get(key) {
            Some(Some(values)) => Known::Values(values),
            Some(None) => Known::Missing,
            None if self.is_complete => Known::Missing,
            None => Known::Nothing,
        }
    }

    /// Whether keys that are not set are missing.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The keys that are set, in small letters and in order; `None` for one that is known to be missing.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[String]>)> {
        self.values
            .iter()
            .map(|(key, values)| (key.as_str(), values.as_deref()))
    }
}

/// What is known of a condition key of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// The request has it, with these values.
    Values(&'a [String]),
    /// The request lacks it.
    Missing,
    /// Nobody knows.
    Nothing,
}

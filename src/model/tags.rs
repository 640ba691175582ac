use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

type TagMap = BTreeMap<String, String>;

/// The tags of a role.
///
/// Keys are compared without case, as IAM does: setting `Sandbox` on a role that has
/// `sandbox` replaces it
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(TagMap);

impl Tags {
    /// No tags.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key, found without case.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.spelling(key)
            .and_then(|key| self.0.get(&key))
            .map(String::as_str)
    }

    /// Sets a key; a key that differs in case only is replaced.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let key = key.into();
        self.remove(&key);
        self.0.insert(key, value.into());
    }

    /// Removes a key, found without case.
    pub fn remove(&mut self, key: &str) {
        if let Some(key) = self.spelling(key) {
            self.0.remove(&key);
        }
    }

    /// The pairs, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many tags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn spelling(&self, key: &str) -> Option<String> {
        if self.0.contains_key(key) {
            return Some(key.to_owned());
        }
        self.0.keys().find(|k| k.eq_ignore_ascii_case(key)).cloned()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut tags = Self::new();
        for (key, value) in pairs {
            tags.set(key, value);
        }
        tags
    }
}

//! What the built-in templates of a role are, in short.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{BUILT_IN, RuleBook, Scheduling};
use crate::model::RoleKind;

impl RuleBook {
    /// 16 hex digits that change with the templates of a kind's trust policy and of these capabilities.
    #[must_use]
    pub fn digest<'a>(&self, kind: RoleKind, capabilities: impl Iterator<Item = &'a str>) -> String {
        let ids: BTreeSet<&str> = capabilities.collect();
        let capabilities = ids.into_iter().map(|id| format!("capability/{id}.json"));
        let mut digest = Sha256::new();
        for path in std::iter::once(format!("trust/{kind}.json")).chain(capabilities) {
            let text = BUILT_IN
                .get_file(&path)
                .map_or(&b""[..], include_dir::File::contents);
            digest.update(path.as_bytes());
            digest.update(text);
        }
        let mut hex = String::new();
        for byte in digest.finalize().iter().take(8) {
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }
}

impl Scheduling<'_> {
    /// The values by which a trust policy tells whose schedules may assume the role.
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        let groups: Value = match self {
            Self::Any => Value::Array(Vec::new()),
            Self::Groups(groups) => groups.iter().map(|group| group.as_str()).collect(),
        };
        let is_any = Value::from(*self == Self::Any);
        [
            ("schedule_groups".to_owned(), groups),
            ("any_schedule_group".to_owned(), is_any),
        ]
        .into_iter()
        .collect()
    }
}

//! The table of integrations: what a state of a state machine calls, and what that needs.
//!
//! The table is data, `templates/asl.json`, and comes in as a value: nothing here knows a
//! service. A row says by which parameters a state names its targets, in which forms their
//! values can be written, and which capabilities each target needs. The reader of state
//! machines makes edges of it, each with the id of its row and target;
//! [`grants`](crate::grants) looks up with [`Integrations::need`] what an edge needs.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::EntityKind;

/// What a row of the AWS SDK begins with; each of them has the patterns of [`SDK_PATTERNS`].
const SDK: &str = "aws-sdk:";

/// The patterns of every call of the AWS SDK.
const SDK_PATTERNS: [&str; 2] = ["", CALLBACK];

/// The pattern of a task that waits until somebody answers with its token.
pub(super) const CALLBACK: &str = ".waitForTaskToken";

/// The pattern of a task that waits until its job has run; `.sync:2` is one of them.
pub(super) const JOB: &str = ".sync";

/// The table of integrations.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integrations {
    /// What the table is, for those who read it.
    #[serde(default)]
    pub about: String,
    /// The forms in which values can be written, by the names that the rows have for them.
    pub forms: BTreeMap<String, Vec<String>>,
    /// The rows.
    pub integrations: Vec<Integration>,
}

/// A row: what a state calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// What stands after `arn:aws:states:::` in the state's `Resource`, without its pattern.
    pub resources: Vec<String>,
    /// The patterns it has: `""`, `.sync`, `.sync:2`, `.waitForTaskToken`.
    #[serde(default = "request")]
    pub patterns: Vec<String>,
    /// Where the resource stands.
    #[serde(default)]
    pub place: Place,
    /// The targets that it names.
    pub uses: Vec<Use>,
    /// Why it needs what it needs.
    pub reason: String,
    /// The AWS page that says so.
    pub doc: String,
}

fn request() -> Vec<String> {
    vec![String::new()]
}

/// Where in a state a resource stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// It is the task's own.
    #[default]
    Task,
    /// It says what a Map state reads its items with.
    ItemReader,
    /// It says what a Map state writes its results with.
    ResultWriter,
    /// It is a Map state whose mode is `DISTRIBUTED`.
    DistributedMap,
    /// It is the ARN of a function.
    Function,
    /// It is the ARN of an activity.
    Activity,
}

impl Place {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Task => "",
            Self::ItemReader => "item-reader:",
            Self::ResultWriter => "result-writer:",
            Self::DistributedMap => "map:",
            Self::Function | Self::Activity => "arn:",
        }
    }
}

/// A target of an integration.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Use {
    /// What tells it apart from the other targets of its row; nothing for the first.
    pub part: String,
    /// The patterns with which it is a target; all of the row's when there are none.
    pub patterns: Vec<String>,
    /// The parameter that holds a list, each item of which names a target.
    pub each: Option<String>,
    /// Parameters, and what each must be: `absent`, `computed`, `given`, `=VALUE`, `~FORM` for a
    /// value that has a form, `!FORM` for one that has not.
    pub when: BTreeMap<String, Vec<String>>,
    /// The kind of the target.
    pub target: Option<EntityKind>,
    /// Whether it is an entity of the language, found by its name.
    pub entity: bool,
    /// The parameters that name it: the first that is there counts.
    pub parameters: Vec<String>,
    /// The form of that value.
    pub form: Option<String>,
    /// The parameters that name a part of it.
    pub with: Vec<With>,
    /// Values that are always the same.
    pub constants: BTreeMap<String, String>,
    /// The name of the value that is the state machine itself.
    pub own: Option<String>,
    /// Whether there is no target when no parameter names one.
    pub optional: bool,
    /// What then remains to be granted by others.
    pub note: Option<String>,
    /// Parameters that name a target that no role statement can single out.
    pub unbounded: Vec<String>,
    /// What it needs on the role of the state machine; nothing when no role statement is needed.
    pub capabilities: Vec<String>,
    /// What it needs besides, by pattern.
    pub more: BTreeMap<String, Vec<String>>,
    /// Why, when the row's reason does not say it.
    pub reason: Option<String>,
}

/// A parameter that names a part of a target.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// The parameter.
    pub parameter: String,
    /// The form of its value.
    pub form: String,
    /// Whether it must be there.
    #[serde(default)]
    pub need: Need,
    /// What it is when it is not there.
    pub default: Option<String>,
}

/// Whether a parameter must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It must be there, and not be computed.
    #[default]
    Required,
    /// It may be missing.
    Optional,
    /// It may be missing, or computed: the capability then reaches all that it could be.
    Open,
}

/// What an edge needs, by the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed<'a> {
    /// The capabilities, on the role of state machines; none when no role statement is needed.
    pub capabilities: Vec<&'a str>,
    /// Why, or why not.
    pub reason: &'a str,
    /// The AWS page that says so.
    pub doc: &'a str,
}

impl Integrations {
    /// Every capability that some task needs.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        let uses = self.integrations.iter().flat_map(|integration| &integration.uses);
        let ids = uses.flat_map(|one| one.capabilities.iter().chain(one.more.values().flatten()));
        ids.map(String::as_str)
    }

    /// The forms in which a value of a name can be written.
    pub(super) fn forms_of(&self, name: &str) -> &[String] {
        self.forms.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// What an edge with an integration needs; `None` when there is no such row.
    #[must_use]
    pub fn need(&self, id: &str) -> Option<Needed<'_>> {
        let (id, part) = id.split_once('/').unwrap_or((id, ""));
        let (row, pattern) = self.integrations.iter().find_map(|row| {
            let call = id.strip_prefix(row.place.prefix())?;
            Some((row, row.pattern_of(call)?.1))
        })?;
        let used = row.uses.iter().find(|used| used.part == part)?;
        let more = used.more.get(pattern).into_iter().flatten();
        Some(Needed {
            capabilities: used.capabilities.iter().chain(more).map(String::as_str).collect(),
            reason: used.reason.as_deref().unwrap_or(&row.reason),
            doc: &row.doc,
        })
    }

    /// The row of a resource at a place, with its pattern.
    pub(super) fn find<'a>(&'a self, place: Place, call: &'a str) -> Option<(&'a Integration, &'a str)> {
        let mut rows = self.integrations.iter().filter(|row| row.place == place);
        rows.find_map(|row| Some((row, row.pattern_of(call)?.1)))
    }

    /// What resources at a place can be called, for suggestions.
    pub(super) fn calls(&self, place: Place) -> Vec<String> {
        let rows = self.integrations.iter().filter(move |row| row.place == place);
        rows.flat_map(|row| {
            let calls = row.resources.iter();
            calls.flat_map(|call| {
                row.patterns_of(call)
                    .into_iter()
                    .map(move |pattern| format!("{call}{pattern}"))
            })
        })
        .collect()
    }
}

impl Integration {
    /// The id of an edge to one of its targets.
    pub(super) fn id(&self, call: &str, used: &Use) -> String {
        let slash = if used.part.is_empty() { "" } else { "/" };
        format!("{}{call}{slash}{}", self.place.prefix(), used.part)
    }

    /// The targets of a call with a pattern.
    pub(super) fn uses_of<'a>(&'a self, pattern: &'a str) -> impl Iterator<Item = &'a Use> {
        let counts =
            move |used: &&Use| used.patterns.is_empty() || used.patterns.iter().any(|p| p == pattern);
        self.uses.iter().filter(counts)
    }

    fn patterns_of(&self, resource: &str) -> Vec<&str> {
        if resource.starts_with(SDK) {
            SDK_PATTERNS.to_vec()
        } else {
            self.patterns.iter().map(String::as_str).collect()
        }
    }

    /// The resource and the pattern that a call is made of, if the row has both.
    fn pattern_of<'c>(&self, call: &'c str) -> Option<(&'c str, &'c str)> {
        self.resources.iter().find_map(|resource| {
            let pattern = call.strip_prefix(resource.as_str())?;
            let known = self.patterns_of(resource).contains(&pattern);
            known.then(|| call.split_at(resource.len()))
        })
    }
}

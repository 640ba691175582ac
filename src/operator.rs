//! What tcperm itself must be allowed, and the most that a role of a sandbox may do, as policies.
//!
//! In go verbs, modes, and what bounds them: names, tags, a permissions boundary. Out come the
//! policy documents. Which call each verb makes, on what and under which condition, stands in
//! `templates/operator.json`, and what bounds roles in `templates/boundary.json`: code selects
//! and renders.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::intent::ownership::{DEPLOYER, DEPLOYER_KEY};
use crate::model::{AccountId, Arn, Context, Partition, Region, RoleKind, RoleName, Sandbox};
use crate::policy::{Effect, Policy};
use crate::template::{RuleBook, TemplateError};

/// The most characters that a managed policy has, without white space
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
pub const MOST_CHARACTERS: usize = 6_144;

/// What an operator does with tcperm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// `create`, for one sandbox or all.
    Create,
    /// `plan`.
    Plan,
    /// `apply`.
    Apply,
    /// `delete`, of a sandbox or of one topology's share.
    Delete,
    /// `prune`.
    Prune,
    /// `list`, with `--drift`, with `--quota` or without.
    List,
    /// `show`.
    Show,
    /// `can --live`, and what else judges the roles of an account.
    Can,
    /// `check --live`.
    Check,
    /// `create --adopt`.
    Adopt,
    /// `create`, `plan` and `delete` with `--adopt-tc`.
    AdoptTc,
    /// Assuming a role with `-R`, with the credentials that are there first.
    Assume,
}

impl Task {
    /// The verbs, which are what a policy is for if nobody says it.
    pub const VERBS: [Self; 9] = [
        Self::Create,
        Self::Plan,
        Self::Apply,
        Self::Delete,
        Self::Prune,
        Self::List,
        Self::Show,
        Self::Can,
        Self::Check,
    ];

    /// The tasks that a policy is for if it is said: roles of others are taken over.
    pub const ADOPTING: [Self; 2] = [Self::Adopt, Self::AdoptTc];

    /// Its name, as it is chosen by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Delete => "delete",
            Self::Prune => "prune",
            Self::List => "list",
            Self::Show => "show",
            Self::Can => "can",
            Self::Check => "check",
            Self::Adopt => "adopt",
            Self::AdoptTc => "adopt-tc",
            Self::Assume => "assume",
        }
    }

    /// The names by which the calls are listed that it makes.
    const fn listed(self) -> &'static [&'static str] {
        match self {
            Self::Create | Self::Apply => &["create"],
            Self::Plan => &["plan"],
            Self::Delete => &["delete"],
            Self::Prune => &["prune"],
            Self::List => &["list"],
            Self::Show => &["show"],
            Self::Can => &["can"],
            Self::Check => &["check"],
            Self::Adopt => &["create", "adopt"],
            Self::AdoptTc => &["create", "adopt-tc"],
            Self::Assume => &["assume"],
        }
    }
}

/// How the roles come about that the operator works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Base roles from the built-in templates.
    Dynamic,
    /// Base roles from templates of the team's.
    Shared,
    /// Roles that functions and topologies have for their own.
    Override,
    /// Roles that somebody else keeps.
    Legacy,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dynamic, Self::Shared, Self::Override, Self::Legacy];

    /// Its name, as it is chosen by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Shared => "shared",
            Self::Override => "override",
            Self::Legacy => "legacy",
        }
    }
}

/// What a policy for an operator is to allow.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The partition of the account.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
    /// What the operator does.
    pub tasks: BTreeSet<Task>,
    /// How the roles come about.
    pub modes: BTreeSet<Mode>,
    /// The one sandbox that is written to; any without it.
    pub sandbox: Option<Sandbox>,
    /// The permissions boundary of every role: the ARN of a managed policy, in which variables may stand.
    pub boundary: Option<String>,
    /// The managed policies that templates attach: ARNs, in which variables may stand.
    pub managed: Vec<String>,
    /// The names that the team has chosen for roles: those of `runtime.role_name`, and, where it is
    /// about these alone, of roles that somebody else keeps.
    pub names: BTreeSet<RoleName>,
    /// The names of roles that somebody else keeps: such roles are read and never written.
    pub kept: BTreeSet<RoleName>,
    /// The role to assume.
    pub assumed: Option<Arn>,
}

impl Operator {
    /// The least policy that allows it.
    ///
    /// # Errors
    /// When the built-in template fails: never in a build that passed its tests.
    pub fn policy(&self, rules: &RuleBook) -> Result<Policy, TemplateError> {
        let text = rules.operator(&self.values(rules)?)?;
        let entries: Vec<Entry> = serde_json::from_str(&text).map_err(|error| broken(&error))?;
        let mut statements: Vec<Value> = Vec::new();
        for entry in &entries {
            let actions = self.actions(entry);
            if actions.is_empty() || entry.resource == json!([]) {
                continue;
            }
            match statements
                .iter_mut()
                .find(|statement| entry.is_part_of(statement))
            {
                Some(statement) => join(statement, &actions),
                None => statements.push(entry.statement(&actions)),
            }
        }
        let document = json!({"Version": "2012-10-17", "Statement": statements});
        Policy::parse(&document.to_string()).map_err(|error| broken(&error.message))
    }

    /// Whether it lets tcperm write to roles.
    #[must_use]
    pub fn writes(&self) -> bool {
        let writing = [Task::Create, Task::Apply, Task::Delete, Task::Prune];
        let mut writing = writing.into_iter().chain(Task::ADOPTING);
        let is_made = |mode: &Mode| *mode != Mode::Legacy;
        writing.any(|task| self.tasks.contains(&task)) && self.modes.iter().any(is_made)
    }

    /// The calls of an entry that are made.
    fn actions(&self, entry: &Entry) -> Vec<String> {
        let is_of_mode = |mode: &Mode| entry.modes.iter().any(|name| name == mode.name());
        if !entry.modes.is_empty() && !self.modes.iter().any(is_of_mode) {
            return Vec::new();
        }
        let listed: BTreeSet<&str> = self
            .tasks
            .iter()
            .flat_map(|task| task.listed())
            .copied()
            .collect();
        let is_made = |tasks: &Vec<String>| tasks.iter().any(|name| listed.contains(name.as_str()));
        let made = entry.calls.iter().filter(|(_, tasks)| is_made(tasks));
        made.map(|(action, _)| action.clone()).collect()
    }

    fn values(&self, rules: &RuleBook) -> Result<Map<String, Value>, TemplateError> {
        let sandbox = self.sandbox.as_ref().map_or("*", Sandbox::as_str);
        let place = self.place(sandbox);
        let line = |text: &String| rules.line(text, &place);
        let boundary = self.boundary.as_ref().map(line).transpose()?;
        let managed: Vec<String> = self.managed.iter().map(line).collect::<Result<_, _>>()?;
        let arns = |kind: &str, names: BTreeSet<String>| -> Vec<String> {
            let arn = |name| format!("arn:{}:iam::{}:{kind}/{name}", self.partition, self.account);
            names.into_iter().map(arn).collect()
        };
        let mut values = self.place(self.sandbox.as_ref().map_or("", Sandbox::as_str));
        values.extend(object(json!({
            "deployer_key": DEPLOYER_KEY,
            "deployer": DEPLOYER,
            "roles": arns("role", self.written()),
            "readable": arns("role", self.readable()),
            "base_roles": arns("role", self.bases_of_old_tc()),
            "base_policies": arns("policy", self.bases_of_old_tc()),
            "boundary": boundary.unwrap_or_default(),
            "managed": managed,
            "assumed": self.assumed.as_ref().map(Arn::to_string).unwrap_or_default(),
        })));
        Ok(values)
    }

    fn place(&self, sandbox: &str) -> Map<String, Value> {
        object(json!({
            "partition": self.partition.as_str(),
            "account": self.account,
            "sandbox": sandbox,
            "tag_key": Context::TAG_KEY,
        }))
    }

    /// The names of the roles that are written, as patterns.
    fn written(&self) -> BTreeSet<String> {
        let end = self
            .sandbox
            .as_ref()
            .map_or_else(String::new, |sandbox| format!("-{sandbox}"));
        if self.modes.contains(&Mode::Override) {
            // Base roles have such names too.
            let patterns = RoleName::STARTS.map(|start| format!("{start}*{end}"));
            let named = self.names.iter().map(RoleName::to_string);
            return patterns.into_iter().chain(named).collect();
        }
        if self.modes.iter().all(|mode| *mode == Mode::Legacy) {
            return BTreeSet::new();
        }
        let base = |kind| RoleName::base_start(kind) + "*";
        match &self.sandbox {
            // Five names, one for each kind, would not fit; the sandbox's tag decides.
            Some(_) => [format!("tc-base-*{end}")].into(),
            None => RoleKind::ALL.map(base).into_iter().collect(),
        }
    }

    /// The names of base roles that an old tc made, as patterns.
    fn bases_of_old_tc(&self) -> BTreeSet<String> {
        let is_made = self.modes.iter().any(|mode| *mode != Mode::Legacy);
        let end = self.sandbox.as_ref();
        let end = end.map_or_else(String::new, |sandbox| format!("-{sandbox}"));
        is_made.then(|| format!("tc-base-*{end}")).into_iter().collect()
    }

    /// The names of the roles that are read, as patterns.
    fn readable(&self) -> BTreeSet<String> {
        let starts = RoleName::STARTS;
        let is_other = |name: &String| !starts.iter().any(|start| name.starts_with(start));
        let named = self.names.iter().chain(&self.kept).map(RoleName::to_string);
        let patterns = starts.map(|start| format!("{start}*"));
        patterns.into_iter().chain(named.filter(is_other)).collect()
    }
}

/// The policy that says the most that any role of a sandbox may do: what the built-in templates
/// can grant to any role of the account, in one region or in all.
///
/// # Errors
/// When the built-in template fails: never in a build that passed its tests.
pub fn boundary(
    rules: &RuleBook,
    (partition, account): (Partition, &AccountId),
    region: Option<&Region>,
) -> Result<Policy, TemplateError> {
    let values = object(json!({
        "partition": partition.as_str(),
        "account": account,
        "region": region.map_or("*", Region::as_str),
    }));
    let text = rules.boundary(&values)?;
    Policy::parse(&text).map_err(|error| broken(&error.message))
}

/// A statement, with the verbs and modes that it is for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry {
    sid: String,
    #[serde(default = "allow")]
    effect: Effect,
    /// Each call, with what it is made for.
    #[serde(rename = "For")]
    calls: BTreeMap<String, Vec<String>>,
    /// The modes in which they are made; none says all.
    #[serde(rename = "In", default)]
    modes: Vec<String>,
    resource: Value,
    #[serde(default)]
    condition: Value,
}

const fn allow() -> Effect {
    Effect::Allow
}

impl Entry {
    /// Whether a statement is the one that it adds calls to.
    fn is_part_of(&self, statement: &Value) -> bool {
        statement.get("Sid") == Some(&json!(self.sid))
    }

    fn statement(&self, actions: &[String]) -> Value {
        let mut statement = object(json!({
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": actions,
            "Resource": self.resource,
        }));
        if !self.condition.is_null() {
            statement.insert("Condition".to_owned(), self.condition.clone());
        }
        Value::Object(statement)
    }
}

/// Adds actions to a statement, in their order, each once.
fn join(statement: &mut Value, actions: &[String]) {
    let Some(Value::Array(stated)) = statement.get_mut("Action") else {
        return;
    };
    let mut all: BTreeSet<String> = stated
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    all.extend(actions.iter().cloned());
    *stated = all.into_iter().map(Value::String).collect();
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn broken(message: &impl ToString) -> TemplateError {
    TemplateError {
        template: "operator".to_owned(),
        message: message.to_string(),
        findings: Vec::new(),
    }
}

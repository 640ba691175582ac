//! The permission tests that follow from topologies: what each edge needs is allowed, and the same
//! in another sandbox, or on another resource, is denied.
//!
//! What topologies need is judged here by the built-in statements, whatever the roles hold: a role of
//! a team that allows less, or more, fails its tests.

use std::collections::BTreeMap;

use super::Expected;
use super::request::{OTHER, Sample, another, beside, next_to, sample};
use crate::evaluate::{Authorizer, PolicySet, Request, RequestContext};
use crate::grants::{Scope, Subject};
use crate::model::{Context, Namespace, RoleId};
use crate::ops::{Explained, NeededStatement};
use crate::policy::{Action, Effect, Policy, Resource};
use crate::topology::{Edge, End, Text, Topology};

/// A test to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) name: String,
    /// Who asked for what it tests.
    pub(super) asked_by: Vec<String>,
    pub(super) role: String,
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    /// The condition keys with their values; `None` for one that the request lacks.
    pub(super) context: BTreeMap<String, Option<Vec<String>>>,
    pub(super) expected: Expected,
}

/// What no test can be written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untested {
    /// The role, as a test would name it.
    pub role: String,
    /// The capability.
    pub capability: String,
    /// Why not.
    pub reason: String,
}

/// Drafts the tests of the roles that are explained.
pub(super) fn drafts(explained: &Explained, topologies: &[Topology]) -> (Vec<Draft>, Vec<Untested>) {
    let mut drafting = Drafting {
        explained,
        topologies,
        drafts: Vec::new(),
        untested: Vec::new(),
    };
    for role in &explained.roles {
        let needed: Vec<&NeededStatement> = role.needed.iter().collect();
        drafting.role(&named(&role.id), &needed);
    }
    for role in &explained.provided {
        for needed in &role.statements {
            let reason =
                "somebody else keeps the role: `tcperm check --live` compares it with what is needed";
            drafting.skip(role.kind.name(), &needed.purpose.capability.id, reason);
        }
    }
    for withheld in &explained.withheld {
        let reason = "it is needed and not granted, since something is not known";
        drafting.skip(withheld.role.name(), &withheld.capability, reason);
    }
    (drafting.drafts, drafting.untested)
}

/// How a test names a role in every sandbox alike.
pub(super) fn named(id: &RoleId) -> String {
    id.label().unwrap_or_else(|| id.kind.name().to_owned())
}

struct Drafting<'a> {
    explained: &'a Explained,
    topologies: &'a [Topology],
    drafts: Vec<Draft>,
    untested: Vec<Untested>,
}

/// What a role needs, and what that comes to.
struct Oracle<'a> {
    role: &'a str,
    needed: Authorizer,
}

impl Oracle<'_> {
    /// Whether all requests of a draft are answered as it expects. Keys on which an answer depends are
    /// set as missing.
    fn confirms(&self, draft: &mut Draft) -> bool {
        for action in &draft.actions {
            for resource in &draft.resources {
                let decided = |context: &BTreeMap<String, Option<Vec<String>>>| {
                    self.needed.decide(&Request {
                        principal: None,
                        action: action.clone(),
                        resource: resource.clone(),
                        context: open(context),
                    })
                };
                let mut decision = decided(&draft.context);
                if !decision.missing_context.is_empty() {
                    let lacking = decision.missing_context.into_iter().map(|key| (key, None));
                    draft.context.extend(lacking);
                    decision = decided(&draft.context);
                }
                if !decision.missing_context.is_empty() || !draft.expected.is_met(decision.verdict) {
                    return false;
                }
            }
        }
        !draft.resources.is_empty()
    }
}

fn open(keys: &BTreeMap<String, Option<Vec<String>>>) -> RequestContext {
    let mut context = RequestContext::open();
    for (key, values) in keys {
        match values {
            Some(values) => context.set_all(key, values.clone()),
            None => context.set_missing(key),
        }
    }
    context
}

impl Drafting<'_> {
    fn role(&mut self, role: &str, needed: &[&NeededStatement]) {
        let policy = Policy::of(needed.iter().map(|needed| needed.statement.clone()).collect());
        let policies = PolicySet {
            identity: vec![&policy],
            ..PolicySet::default()
        };
        let oracle = Oracle {
            role,
            needed: Authorizer::new(&policies),
        };
        for needed in needed {
            let (Action::In(actions), Some(Resource::In(resources))) =
                (&needed.statement.action, &needed.statement.resource)
            else {
                self.skip(
                    role,
                    &needed.purpose.capability.id,
                    "its statement says what it is not for",
                );
                continue;
            };
            let statement = Stated {
                needed,
                actions: actions.iter().map(str::to_owned).collect(),
                patterns: resources.iter().map(str::to_owned).collect(),
            };
            match (needed.statement.effect, needed.purpose.rule.scope) {
                (Effect::Deny, _) => self.denying(&oracle, &statement),
                (Effect::Allow, Scope::Tagged | Scope::Pattern) => self.of_sandbox(&oracle, &statement),
                (Effect::Allow, Scope::Exact | Scope::Account | Scope::Trust) => {
                    self.exact(&oracle, &statement);
                }
            }
        }
    }

    /// What the statement of a whole kind allows: each target that is asked for, and nothing of the
    /// sandboxes whose names begin or end alike.
    fn of_sandbox(&mut self, oracle: &Oracle<'_>, statement: &Stated<'_>) {
        let separator = statement.needed.purpose.capability.separator.as_str();
        let sandbox = self.explained.context.sandbox.as_str().to_owned();
        for (stem, asked_by) in self.targets(statement, &sandbox, separator) {
            let at = |sandbox_of_name: &str| -> Vec<String> {
                let patterns = statement.patterns.iter();
                let patterns = patterns.map(|pattern| pattern.replace(&sandbox, sandbox_of_name));
                patterns.map(|pattern| sample(&pattern, &stem)).collect()
            };
            let Some(context) = self.context(oracle, statement) else {
                return;
            };
            let draft = |name: &str, resources, context| Draft {
                name: format!("{}: {stem}{name}", statement.title(oracle.role)),
                asked_by: asked_by.clone(),
                resources,
                context,
                ..statement.draft(oracle.role, Expected::Denied)
            };
            let own = Draft {
                expected: Expected::Allowed,
                ..draft("", at(&sandbox), context.clone())
            };
            self.keep(oracle, statement, own);
            let longer = next_to(&sandbox);
            let moved = |to: &str| moved(&context, &sandbox, to);
            let next = draft(
                ", in a sandbox whose name begins alike",
                at(&longer),
                moved(&longer),
            );
            self.keep(oracle, statement, next);
            if context.is_empty() {
                continue;
            }
            // Their names end as those of this sandbox do, so that the tag alone tells them apart.
            let inner = format!("{OTHER}{separator}{sandbox}");
            let next = draft(", in a sandbox whose name ends alike", at(&inner), moved(&inner));
            self.keep(oracle, statement, next);
            let untagged = context.keys().map(|key| (key.clone(), None)).collect();
            let untagged = draft(", without its tag", at(&sandbox), untagged);
            self.keep(oracle, statement, untagged);
        }
    }

    /// What a statement with names of its own allows: them, and no other; with other values of its
    /// conditions nothing.
    fn exact(&mut self, oracle: &Oracle<'_>, statement: &Stated<'_>) {
        let Some(context) = self.context(oracle, statement) else {
            return;
        };
        let sandbox = self.explained.context.sandbox.as_str();
        let draft = |name: &str, resources, context| Draft {
            name: format!("{}{name}", statement.title(oracle.role)),
            asked_by: self.askers(statement),
            resources,
            context,
            ..statement.draft(oracle.role, Expected::Denied)
        };
        let own: Vec<String> = statement
            .patterns
            .iter()
            .map(|pattern| sample(pattern, "example"))
            .collect();
        let allowed = Draft {
            expected: Expected::Allowed,
            ..draft("", own.clone(), context.clone())
        };
        let mut others = Vec::new();
        for pattern in &statement.patterns {
            let mut candidates = another(pattern, sandbox).into_iter();
            let other = candidates.find(|candidate| {
                let mut alone = draft("", vec![candidate.clone()], context.clone());
                oracle.confirms(&mut alone)
            });
            others.extend(other);
        }
        let others = draft(", on another", others, context.clone());
        let mut with_others = Vec::new();
        for (key, values) in &context {
            if let Some(values) = values {
                let mut context = context.clone();
                context.insert(key.clone(), Some(beside(values, sandbox)));
                with_others.push(draft(&format!(", with another {key}"), own.clone(), context));
            }
        }
        self.keep(oracle, statement, allowed);
        if others.resources.is_empty() {
            let reason = "it is tested that it is allowed, not that anything is denied: AWS has nothing narrower than every resource";
            self.skip(oracle.role, &statement.needed.purpose.capability.id, reason);
        } else {
            self.keep(oracle, statement, others);
        }
        for draft in with_others {
            self.keep(oracle, statement, draft);
        }
    }

    /// What a statement denies.
    fn denying(&mut self, oracle: &Oracle<'_>, statement: &Stated<'_>) {
        let Some(context) = self.context(oracle, statement) else {
            return;
        };
        let draft = Draft {
            name: format!("{}: denied", statement.title(oracle.role)),
            asked_by: self.askers(statement),
            resources: statement
                .patterns
                .iter()
                .map(|pattern| sample(pattern, "example"))
                .collect(),
            context,
            ..statement.draft(oracle.role, Expected::ExplicitDeny)
        };
        self.keep(oracle, statement, draft);
    }

    /// A context in which the conditions of a statement hold.
    fn context(
        &mut self,
        oracle: &Oracle<'_>,
        statement: &Stated<'_>,
    ) -> Option<BTreeMap<String, Option<Vec<String>>>> {
        match Sample::of(&statement.needed.statement.condition) {
            Ok(sample) => Some(sample.into_keys()),
            Err(operator) => {
                let reason = format!("no request is known for which `{operator}` holds");
                self.skip(oracle.role, &statement.needed.purpose.capability.id, &reason);
                None
            }
        }
    }

    /// Keeps a draft that says what the needed statements say.
    fn keep(&mut self, oracle: &Oracle<'_>, statement: &Stated<'_>, mut draft: Draft) {
        if oracle.confirms(&mut draft) {
            let taken = |name: &str| self.drafts.iter().any(|draft| draft.name == name);
            let name = draft.name.clone();
            let mut number = 1;
            while taken(&draft.name) {
                number += 1;
                draft.name = format!("{name} ({number})");
            }
            self.drafts.push(draft);
        } else {
            let what = draft.name.rsplit_once(", ").map_or("", |(_, what)| what);
            let what = if draft.expected == Expected::Allowed {
                ""
            } else {
                what
            };
            let reason = match (draft.expected, what) {
                (Expected::Allowed, _) => {
                    "what is needed does not allow a request of a name that is known".to_owned()
                }
                (Expected::Denied | Expected::ExplicitDeny | Expected::ImplicitDeny, what) => {
                    format!("another statement of the role allows the same {what}")
                }
            };
            self.skip(oracle.role, &statement.needed.purpose.capability.id, &reason);
        }
    }

    fn skip(&mut self, role: &str, capability: &str, reason: &str) {
        let untested = Untested {
            role: role.to_owned(),
            capability: capability.to_owned(),
            reason: reason.to_owned(),
        };
        if !self.untested.contains(&untested) {
            self.untested.push(untested);
        }
    }

    /// The names of the targets of a statement of a whole kind, without the sandbox at their end, each
    /// with who asks.
    fn targets(&self, statement: &Stated<'_>, sandbox: &str, separator: &str) -> Vec<(String, Vec<String>)> {
        let mut targets: Vec<(String, Vec<String>)> = Vec::new();
        for asker in &statement.needed.asked_by {
            let place = self.explained.findings.sources.label(&asker.span);
            let (who, names) = match &asker.subject {
                Subject::Edge { source, target, .. } => (
                    format!(
                        "{place}: {} {} to {} {}",
                        source.kind, source.name, target.kind, target.name
                    ),
                    self.names(target, Some(&asker.span)),
                ),
                Subject::Entity(end) => (
                    format!("{place}: {} {}", end.kind, end.name),
                    self.names(end, None),
                ),
                Subject::Setting => (format!("{place}: the configuration"), vec!["example".to_owned()]),
            };
            for name in names {
                let end = format!("{separator}{sandbox}");
                let stem = name.strip_suffix(&end).map(str::to_owned);
                let stem = stem.filter(|stem| !stem.is_empty()).unwrap_or(name);
                match targets.iter_mut().find(|(known, _)| *known == stem) {
                    Some((_, askers)) if askers.contains(&who) => {}
                    Some((_, askers)) => askers.push(who.clone()),
                    None => targets.push((stem, vec![who.clone()])),
                }
            }
        }
        if targets.is_empty() {
            targets.push(("example".to_owned(), Vec::new()));
        }
        targets
    }

    /// The names in AWS of what an edge at a place uses, or of an entity: in each topology that has it.
    fn names(&self, end: &End, at: Option<&crate::diagnostic::Span>) -> Vec<String> {
        let place = &self.explained.context;
        let is_there =
            |edge: &Edge| at.is_some_and(|span| edge.span == *span && edge.target.name == end.name);
        let mut names = Vec::new();
        for topology in self.topologies {
            let of_edge = topology.edges.iter().any(is_there);
            let entity = topology.entities.iter();
            let mut entity = entity.filter(|entity| entity.kind == end.kind && entity.name == end.name);
            let found = entity.find(|entity| of_edge || at.is_none_or(|span| entity.span.file == span.file));
            match found {
                Some(entity) => names.extend(resolved(entity.physical.as_ref(), place, &topology.name.value)),
                None if of_edge => {
                    let text = Text::parse(&end.name).ok();
                    names.extend(resolved(text.as_ref(), place, &topology.name.value));
                }
                None => {}
            }
        }
        names.dedup();
        if names.is_empty() {
            names.push(end.name.clone());
        }
        names
    }

    fn askers(&self, statement: &Stated<'_>) -> Vec<String> {
        let sources = &self.explained.findings.sources;
        let askers = statement.needed.asked_by.iter();
        let mut askers: Vec<String> = askers.map(|asker| sources.label(&asker.span)).collect();
        askers.dedup();
        askers
    }
}

fn resolved(text: Option<&Text>, place: &Context, namespace: &Namespace) -> Option<String> {
    text?.resolve(place, namespace).ok()
}

/// A context of this sandbox, moved to another.
fn moved(
    context: &BTreeMap<String, Option<Vec<String>>>,
    sandbox: &str,
    to: &str,
) -> BTreeMap<String, Option<Vec<String>>> {
    let moved = |values: &Vec<String>| values.iter().map(|value| value.replace(sandbox, to)).collect();
    let moved = context
        .iter()
        .map(|(key, values)| (key.clone(), values.as_ref().map(moved)));
    moved.collect()
}

/// A needed statement that names its actions and resources.
struct Stated<'a> {
    needed: &'a NeededStatement,
    actions: Vec<String>,
    patterns: Vec<String>,
}

impl Stated<'_> {
    fn title(&self, role: &str) -> String {
        let sid = self.needed.statement.sid.as_deref();
        format!("{role} {}", sid.unwrap_or(&self.needed.purpose.capability.id))
    }

    fn draft(&self, role: &str, expected: Expected) -> Draft {
        Draft {
            name: String::new(),
            asked_by: Vec::new(),
            role: role.to_owned(),
            actions: self.actions.clone(),
            resources: Vec::new(),
            context: BTreeMap::new(),
            expected,
        }
    }
}

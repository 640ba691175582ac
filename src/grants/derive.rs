mod explicit;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::names::{self, no_value};
use super::{
    Answer, Asker, Capability, CapabilityRule, Derived, EdgeRule, Explanation, ExplicitGrant, Grant,
    GrantTarget, Holder, Matrix, Options, Scope, Subject,
};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Context, EntityKind, Namespace, RoleKind};
use crate::template::{RuleBook, TemplateError, place};
use crate::topology::{
    Binding, Edge, End, Entity, OUTSIDE_SANDBOX, Piece, Separator, Text, Topology, Variable,
};

/// The codes of what deriving finds.
pub mod codes {
    /// The id of the GraphQL API is not known, so a field of it cannot be granted.
    pub const UNKNOWN_API: &str = "unknown-graphql-api";
    /// A name that could not stand in a policy as itself.
    pub const UNSAFE_NAME: &str = "unsafe-name";
    /// A name holds the profile, and none is named.
    pub const NO_PROFILE: &str = "no-profile";
    /// A name holds a variable that has no value here.
    pub const NO_VALUE: &str = "no-value";
    /// The name of an entity is longer than AWS takes.
    pub const NAME_TOO_LONG: &str = "name-too-long";
    /// An edge that the matrix has no row for.
    pub const NO_RULE: &str = "no-rule";
    /// A grant of the configuration that no topology of the run receives.
    pub const UNUSED_GRANT: &str = "unused-grant";
    /// A task's target is computed, and no tag of the sandbox keeps it apart from others.
    pub const TARGET_NEEDS_GRANT: &str = "target-needs-grant";
}

/// All that deriving needs besides the topology.
#[derive(Debug, Clone, Copy)]
pub struct Derivation<'a> {
    /// The templates.
    pub rules: &'a RuleBook,
    /// The matrix.
    pub matrix: &'a Matrix,
    /// Where the roles are to stand.
    pub context: &'a Context,
    /// The ids of GraphQL APIs, by namespace.
    pub graphql_apis: &'a BTreeMap<Namespace, String>,
    /// What the team says beside the topology.
    pub options: &'a Options,
    /// The functions that do not use the base role: their own role, or one that somebody else keeps,
    /// bears what they need. Those of the topology by their names in it, those of other topologies by
    /// their names in AWS with the namespace filled in ([`Topology::placed`]).
    pub apart: &'a BTreeSet<String>,
}

/// Derives the grants of a topology.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn derive(derivation: Derivation<'_>, topology: &Topology) -> Result<Derived, TemplateError> {
    let mut deriving = Deriving {
        of: derivation,
        topology,
        found: BTreeMap::new(),
        roles: BTreeSet::new(),
        functions: BTreeSet::new(),
        explanations: Vec::new(),
        diagnostics: super::length::check(derivation.context, topology),
    };
    for entity in &topology.entities {
        deriving.entity(entity);
    }
    for edge in &topology.edges {
        deriving.edge(edge)?;
    }
    for grant in &derivation.options.grants {
        deriving.explicit(grant)?;
    }
    Ok(deriving.finish())
}

/// What tells two grants apart: who bears it, capability, and the kind or ARN.
type Key = (Holder, Capability, String);

/// The values that an ARN is made of, by the names that its template has for them.
type Values = BTreeMap<String, String>;

/// The values that stand in conditions, likewise.
type Limits = BTreeMap<String, BTreeSet<String>>;

struct Deriving<'a> {
    of: Derivation<'a>,
    topology: &'a Topology,
    found: BTreeMap<Key, Grant>,
    roles: BTreeSet<RoleKind>,
    functions: BTreeSet<String>,
    explanations: Vec<Explanation>,
    diagnostics: Vec<Diagnostic>,
}

impl Deriving<'_> {
    fn entity(&mut self, entity: &Entity) {
        if let Some(role) = role_of(entity.kind) {
            let holder = self.holder(role, (entity.kind, &entity.name));
            self.is_there(&holder);
        }
        let matrix = self.of.matrix;
        for rule in matrix.always.iter().filter(|rule| rule.entity == entity.kind) {
            let Some(capability) = matrix.capabilities.get(&rule.capability) else {
                continue;
            };
            let separator = if capability.scope.has_names() {
                separator_of(entity)
            } else {
                Separator::Underscore
            };
            let target = GrantTarget::Kind(capability.target.clone());
            let capability = Capability::new(&rule.capability, separator);
            let holder = self.holder(rule.role, (entity.kind, &entity.name));
            self.grant(holder, capability, target, asker_of(entity, &rule.reason));
        }
    }

    /// Who bears what an entity needs on a role of this kind.
    fn holder(&self, role: RoleKind, (kind, name): (EntityKind, &str)) -> Holder {
        let is_function = (role, kind) == (RoleKind::Function, EntityKind::Function);
        let mut written = [name.to_owned(), self.topology.placed(name)].into_iter();
        let apart = written.find(|name| is_function && self.of.apart.contains(name));
        apart.map_or(Holder::base(role), Holder::of_function)
    }

    /// Who bears what an edge needs: on a function's role the function that it has as an end.
    fn bearer(&self, edge: &Edge, rule: &EdgeRule) -> Option<Holder> {
        let kind = rule.role?;
        let source = (edge.source.kind, edge.source.name.as_str());
        let target = (edge.target.kind, edge.target.name.as_str());
        Some(match rule.by {
            Some(_) => Holder::base(kind),
            None if role_of(source.0) == Some(kind) => self.holder(kind, source),
            None => self.holder(kind, target),
        })
    }

    /// Remembers a role that the topology needs, whatever it bears.
    fn is_there(&mut self, holder: &Holder) {
        match &holder.function {
            Some(function) => drop(self.functions.insert(function.clone())),
            None => drop(self.roles.insert(holder.role)),
        }
    }

    fn edge(&mut self, edge: &Edge) -> Result<(), TemplateError> {
        let matrix = self.of.matrix;
        if let Some(id) = &edge.integration {
            return self.integration(edge, id);
        }
        let Some(rule) = matrix.edge(edge.source.kind, edge.target.kind, edge.via) else {
            let message = format!(
                "no rule says what {} → {} needs",
                edge.source.kind, edge.target.kind
            );
            self.diagnostics
                .push(Diagnostic::error(codes::NO_RULE, message).at(edge.span.clone()));
            return Ok(());
        };
        let asker = Asker {
            span: edge.span.clone(),
            subject: subject_of(edge),
            reason: rule.reason.clone(),
            doc: Some(rule.doc.clone()),
        };
        let Some(bearer) = self.bearer(edge, rule) else {
            let instead = rule.instead.clone();
            self.explain(asker, Answer::Unneeded { instead });
            return Ok(());
        };
        self.is_there(&bearer);
        for id in &rule.capabilities {
            self.needed(edge, (&bearer, id), rule.bus.as_deref(), &asker)?;
        }
        Ok(())
    }

    /// Grants what the edge of a task needs, by the table of integrations.
    fn integration(&mut self, edge: &Edge, id: &str) -> Result<(), TemplateError> {
        let matrix = self.of.matrix;
        let Some(need) = matrix.integrations.need(id) else {
            let message = format!("no rule says what `{id}` needs");
            let finding = Diagnostic::error(codes::NO_RULE, message);
            self.diagnostics.push(finding.at(edge.span.clone()));
            return Ok(());
        };
        let bearer = RoleKind::State;
        let asker = Asker {
            span: edge.span.clone(),
            subject: subject_of(edge),
            reason: need.reason.to_owned(),
            doc: Some(need.doc.to_owned()),
        };
        if need.capabilities.is_empty() {
            self.explain(asker, Answer::Unneeded { instead: None });
            return Ok(());
        }
        for capability in need.capabilities {
            if edge.target.binding != Binding::Unnamed {
                self.needed(edge, (&Holder::base(bearer), capability), None, &asker)?;
            } else if self.is_granted_explicitly(bearer, capability) {
                let instead = Some("configuration".to_owned());
                self.explain(asker.clone(), Answer::Unneeded { instead });
            } else {
                self.needs_grant(edge, bearer, capability);
            }
        }
        Ok(())
    }

    /// Whether the team grants the topology a capability, whatever its edges say.
    fn is_granted_explicitly(&self, role: RoleKind, capability: &str) -> bool {
        let namespace = &self.topology.name.value;
        let is_it = |grant: &ExplicitGrant| {
            grant.role == role && grant.capability == capability && grant.is_for(namespace)
        };
        self.of.options.grants.iter().any(is_it)
    }

    fn needs_grant(&mut self, edge: &Edge, bearer: RoleKind, capability: &str) {
        let name = edge.target.name.escape_debug();
        let message = format!("no ARN names `{name}` beforehand, so `{capability}` cannot be limited to it");
        let mut help = "write out in the task what is meant".to_owned();
        if self.of.matrix.offers(bearer, capability) {
            help = format!(
                "{help}; or say what it may be with `[[grants]]` in the configuration, for the role `{bearer}` and the capability `{capability}`"
            );
        }
        let finding = Diagnostic::error(codes::TARGET_NEEDS_GRANT, message).help(help);
        self.diagnostics.push(finding.at(edge.span.clone()));
    }

    /// Grants a capability that an edge needs.
    fn needed(
        &mut self,
        edge: &Edge,
        (bearer, id): (&Holder, &str),
        bus: Option<&str>,
        asker: &Asker,
    ) -> Result<(), TemplateError> {
        let Some(capability) = self.of.matrix.capabilities.get(id) else {
            return Ok(());
        };
        let separator = match edge.target.binding {
            Binding::Tagged(separator) => separator,
            _ => Separator::Underscore,
        };
        let target = match capability.scope {
            Scope::Exact => self.exact(edge, capability, bus)?,
            _ => Some(GrantTarget::Kind(capability.target.clone())),
        };
        if let Some(target) = target {
            let capability = Capability::new(id, separator);
            self.grant(bearer.clone(), capability, target, asker.clone());
        } else {
            let (role, capability) = (bearer.role, id.to_owned());
            self.explain(asker.clone(), Answer::Withheld { role, capability });
        }
        Ok(())
    }

    fn exact(
        &mut self,
        edge: &Edge,
        rule: &CapabilityRule,
        bus: Option<&str>,
    ) -> Result<Option<GrantTarget>, TemplateError> {
        match self.named(&edge.target.binding, rule, bus, &edge.span) {
            Some(values) => self.arn(rule, values, &edge.span),
            None => Ok(None),
        }
    }

    /// The target that these values single out.
    fn arn(
        &mut self,
        rule: &CapabilityRule,
        (named, limits): (Values, Limits),
        span: &Span,
    ) -> Result<Option<GrantTarget>, TemplateError> {
        let plain = named.values().all(|name| self.is_plain(name, &rule.also, span));
        let literal = limits.values().flatten().all(|text| self.is_literal(text, span));
        if !plain || !literal {
            return Ok(None);
        }
        let arn = self.line(rule, &named)?;
        let pattern = match names::pattern(self.of.context, rule, named) {
            Some(pattern) if limits.is_empty() => Some(self.line(rule, &pattern)?),
            _ => None,
        };
        Ok(Some(GrantTarget::Exact {
            pattern: pattern.filter(|pattern| *pattern != arn),
            arn,
            limits,
        }))
    }

    /// The ARN that is made of these values.
    fn line(&self, rule: &CapabilityRule, named: &Values) -> Result<String, TemplateError> {
        let mut values = place(self.of.context);
        values.extend(rule.optional.iter().map(|name| (name.clone(), Value::from(""))));
        let named = named.iter();
        values.extend(named.map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
        let arn = rule.arn.as_deref().unwrap_or_default();
        self.of.rules.line(arn, &values)
    }

    /// The values that the ARN of a target is made of, and those that stand in conditions.
    fn named(
        &mut self,
        binding: &Binding,
        rule: &CapabilityRule,
        bus: Option<&str>,
        span: &Span,
    ) -> Option<(Values, Limits)> {
        let name = |name: String| Values::from([("name".to_owned(), name)]);
        let namespace = &self.topology.name.value;
        Some(match binding {
            Binding::Named(text) => (name(self.resolved(text, span)?), Limits::new()),
            Binding::Event { sources, detail_type } => {
                let sources = sources.iter().map(|source| self.resolved(source, span));
                let limits = [
                    ("sources".to_owned(), sources.collect::<Option<_>>()?),
                    (
                        "detail_types".to_owned(),
                        BTreeSet::from([self.resolved(detail_type, span)?]),
                    ),
                ];
                let bus = bus.unwrap_or(&self.of.context.event_bus);
                (name(bus.to_owned()), limits.into())
            }
            Binding::Field(field) => {
                let Some(api) = self.of.graphql_apis.get(namespace) else {
                    self.unknown_api(field, span);
                    return None;
                };
                let values = [
                    ("api".to_owned(), api.clone()),
                    ("name".to_owned(), field.clone()),
                ];
                (values.into(), Limits::new())
            }
            Binding::Destination => (name(namespace.to_string()), Limits::new()),
            Binding::Values(texts) => {
                if !self.is_of_sandbox(texts, rule, span) {
                    return None;
                }
                let mut values = Values::new();
                let mut limits = Limits::new();
                for (key, text) in texts {
                    let value = self.resolved(text, span)?;
                    if rule.limits.contains(key) {
                        limits.entry(key.clone()).or_default().insert(value);
                    } else {
                        values.insert(key.clone(), value);
                    }
                }
                (values, limits)
            }
            Binding::Tagged(_) | Binding::Unnamed => return None,
        })
    }

    /// Whether a target is the sandbox's by its name, where the capability asks for that.
    fn is_of_sandbox(&mut self, texts: &BTreeMap<String, Text>, rule: &CapabilityRule, span: &Span) -> bool {
        let asked = rule.of_sandbox.as_ref().and_then(|part| texts.get(part));
        let Some(text) = asked.filter(|text| !text.names_sandbox()) else {
            return true;
        };
        let text = text.to_string();
        let (what, text) = (&rule.target, text.escape_debug());
        let message = format!("`{text}` is no {what} of the sandbox by its name");
        let help =
            format!("give the sandbox a {what} of its own, and name it so, as in `{text}-{{{{sandbox}}}}`");
        let finding = Diagnostic::error(OUTSIDE_SANDBOX, message).help(help);
        self.diagnostics.push(finding.at(span.clone()));
        false
    }

    fn resolved(&mut self, text: &Text, span: &Span) -> Option<String> {
        match text.resolve(self.of.context, &self.topology.name.value) {
            Ok(name) => Some(name),
            Err(variable) => {
                self.diagnostics.push(no_value(text, variable).at(span.clone()));
                None
            }
        }
    }

    fn unknown_api(&mut self, field: &str, span: &Span) {
        let namespace = &self.topology.name.value;
        let message =
            format!("the id of the GraphQL API is not known, so nothing is granted on its field `{field}`");
        let help = format!("once the API exists, give its id with `--graphql-api {namespace}=API_ID`");
        let finding = Diagnostic::warning(codes::UNKNOWN_API, message).help(help);
        self.diagnostics.push(finding.at(span.clone()));
    }

    /// Whether a name can stand in an ARN as itself and nothing else; `also` are the characters that
    /// names of its kind may hold besides those of every name.
    fn is_plain(&mut self, name: &str, also: &str, span: &Span) -> bool {
        let holds_well = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c) || also.contains(c);
        let plain = !name.is_empty() && name.chars().all(holds_well);
        if !plain {
            let message = format!("`{}` cannot be named in a policy", name.escape_debug());
            let listed: Vec<String> = "-_./"
                .chars()
                .chain(also.chars())
                .map(|c| format!("`{c}`"))
                .collect();
            let help = format!(
                "a name here is letters, digits and {}: a pattern would reach other resources",
                listed.join(" ")
            );
            self.diagnostics.push(
                Diagnostic::error(codes::UNSAFE_NAME, message)
                    .help(help)
                    .at(span.clone()),
            );
        }
        plain
    }

    /// Whether a text can stand in any condition as itself: no policy variable, no pattern (`ArnEquals`
    /// takes one for a pattern as `StringLike` does), no character IAM refuses.
    fn is_literal(&mut self, text: &str, span: &Span) -> bool {
        let literal = !text.is_empty()
            && !text.contains("${")
            && text
                .chars()
                .all(|c| matches!(c, ' '..='\u{FF}') && !matches!(c, '*' | '?'));
        if !literal {
            let message = format!("`{}` cannot be named in a condition", text.escape_debug());
            let help = "use printable Latin characters, and no `*`, `?` or `${`, which IAM would read as a pattern or a variable";
            self.diagnostics.push(
                Diagnostic::error(codes::UNSAFE_NAME, message)
                    .help(help)
                    .at(span.clone()),
            );
        }
        literal
    }

    fn grant(&mut self, holder: Holder, capability: Capability, target: GrantTarget, asker: Asker) {
        self.is_there(&holder);
        let Holder { role, function } = holder.clone();
        let key = (holder, capability.clone(), target.label().to_owned());
        let grant = self.found.entry(key).or_insert_with(|| Grant {
            role,
            function: function.clone(),
            capability,
            target: target.clone(),
            asked_by: Vec::new(),
        });
        if let (GrantTarget::Exact { limits, .. }, GrantTarget::Exact { limits: more, .. }) =
            (&mut grant.target, target)
        {
            for (name, texts) in more {
                limits.entry(name).or_default().extend(texts);
            }
        }
        grant.asked_by.push(asker.span.clone());
        let (capability, arn) = (grant.capability.clone(), grant.target.arn().map(str::to_owned));
        self.explain(
            asker,
            Answer::Granted {
                role,
                function,
                capability,
                arn,
            },
        );
    }

    fn explain(&mut self, asker: Asker, answer: Answer) {
        self.explanations.push(Explanation { asker, answer });
    }

    fn finish(self) -> Derived {
        let in_order = |mut grant: Grant| {
            grant.asked_by.sort_by_key(|span| (span.file, span.range.start));
            grant.asked_by.dedup();
            grant
        };
        let mut explanations = self.explanations;
        explanations.sort_by_key(|explanation| {
            let span = &explanation.asker.span;
            (span.file, span.range.start)
        });
        explanations.dedup();
        Derived {
            grants: self.found.into_values().map(in_order).collect(),
            roles: self.roles,
            functions: self.functions,
            explanations,
            diagnostics: self.diagnostics,
        }
    }
}

/// An entity that needs something by being there.
fn asker_of(entity: &Entity, reason: &str) -> Asker {
    Asker {
        span: entity.span.clone(),
        subject: Subject::Entity(End {
            kind: entity.kind,
            name: entity.name.clone(),
        }),
        reason: reason.to_owned(),
        doc: None,
    }
}

fn subject_of(edge: &Edge) -> Subject {
    Subject::Edge {
        source: edge.source.clone(),
        target: End {
            kind: edge.target.kind,
            name: edge.target.name.clone(),
        },
        via: edge.via,
    }
}

/// The role that an entity of a kind assumes.
#[must_use]
pub fn role_of(kind: EntityKind) -> Option<RoleKind> {
    match kind {
        EntityKind::Function | EntityKind::Transducer => Some(RoleKind::Function),
        EntityKind::Event | EntityKind::Schedule => Some(RoleKind::Event),
        EntityKind::Route => Some(RoleKind::Route),
        EntityKind::State => Some(RoleKind::State),
        EntityKind::Mutation => Some(RoleKind::Mutation),
        _ => None,
    }
}

/// What stands before the sandbox in an entity's physical name.
fn separator_of(entity: &Entity) -> Separator {
    let pieces = entity.physical.as_ref().map(Text::pieces).unwrap_or_default();
    let before_sandbox = pieces.windows(2).find_map(|pair| match pair {
        [Piece::Literal(text), Piece::Variable(Variable::Sandbox)] => text.chars().last(),
        _ => None,
    });
    match before_sandbox {
        Some('-') => Separator::Hyphen,
        _ => Separator::Underscore,
    }
}

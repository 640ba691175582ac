//! What a template of the team's says of a role: its statements, each with its place, and with the
//! sandbox's tag condition where that is asked for.

use std::collections::BTreeMap;

use super::compose::{Making, shared_statements};
use super::granting::Granting;
use super::ownership::namespace_policy;
use super::{Naming, Needs, Recipe, Recipes, Shares, share};
use crate::diagnostic::{Diagnostic, Span};
use crate::grants::{Capability, Derivation, Matrix, Scope};
use crate::model::{Context, Namespace, PolicyName, RoleId, RoleKind};
use crate::policy::catalogue::Catalogue;
use crate::policy::lint::version;
use crate::policy::{Policy, Scoping, Statement, scope};
use crate::template::{RenderedDocument, TemplateError};
use crate::topology::Separator;

/// The codes of what is found in the statements of templates.
pub mod codes {
    /// A statement cannot be held to the resources of the sandbox by their tag.
    pub const ABAC_NOT_POSSIBLE: &str = "abac-not-possible";
}

/// What a template of the team's says of a role.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// The statements of each inline policy, in canonical form, each with its place.
    pub policies: BTreeMap<PolicyName, Vec<(Statement, Span)>>,
    /// Where the trust policy stands, if it is not the built-in one.
    pub trust: Option<Span>,
    /// What was found in the statements, in the order of places.
    pub findings: Vec<Diagnostic>,
}

/// What the team's template says of a role that serves some topologies; nothing for one that is made
/// from the built-in templates.
///
/// # Errors
/// When the template cannot be rendered.
pub fn written(
    of: Derivation<'_>,
    recipes: Recipes<'_>,
    id: &RoleId,
    shares: &BTreeMap<Namespace, Shares>,
) -> Result<Option<Written>, TemplateError> {
    let Recipe::Template(template) = recipes.of(id, None) else {
        return Ok(None);
    };
    let mut needs = Needs::default();
    let shares: BTreeMap<&Namespace, _> = shares
        .iter()
        .filter_map(|(namespace, shares)| Some((namespace, shares.get(id)?)))
        .collect();
    for (namespace, share) in &shares {
        needs.join(namespace, (*share).into());
    }
    let making = Making::of(recipes, of.context, id, &needs)?;
    let mut written = Written {
        trust: making.other_trust(template)?,
        ..Written::default()
    };
    let policy = PolicyName::parse(id.name.as_str());
    if let (Ok(policy), Some(document)) = (policy, making.document(template)?) {
        written.join(policy, &document);
    }
    for (namespace, share) in shares {
        let document = share::document(of, recipes, (template, Naming::Each), (id, namespace), share)?;
        if let Some((policy, document)) = namespace_policy(namespace).zip(document) {
            written.join(policy, &document);
        }
    }
    Ok(Some(written))
}

impl Written {
    fn join(&mut self, policy: PolicyName, document: &TeamDocument) {
        let place = |index: usize| {
            let places = document.rendered.places.statements.get(index);
            document
                .rendered
                .span(places.map_or(0..0, |places| places.statement.clone()))
        };
        for (index, help) in &document.unscoped {
            let message = "the tag condition of the sandbox cannot be added to this statement";
            let finding = Diagnostic::warning(codes::ABAC_NOT_POSSIBLE, message);
            let finding = finding.help(help.as_str()).at(place(*index));
            // A template has one text, whatever topologies it is rendered for.
            if !self.findings.iter().any(|known| known.span == finding.span) {
                self.findings.push(finding);
            }
        }
        let rendered = &document.rendered;
        if let Some(found) = version(&rendered.policy, &rendered.places) {
            let finding = Diagnostic {
                code: found.code,
                severity: found.severity,
                message: found.message,
                help: Some(found.help),
                span: Some(rendered.span(found.range)),
            };
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        let statements = document.policy.statement.iter().enumerate();
        let statements = statements.flat_map(|(index, statement)| {
            let canonical = Policy::of(vec![statement.clone()]).canonical().statement;
            canonical.into_iter().map(move |one| (one, index))
        });
        let statements: Vec<_> = statements.map(|(one, index)| (one, place(index))).collect();
        self.policies.entry(policy).or_default().extend(statements);
    }

    /// Where a statement of an inline policy stands.
    #[must_use]
    pub fn place(&self, policy: &PolicyName, statement: &Statement) -> Option<&Span> {
        let statements = self.policies.get(policy)?;
        let found = statements.iter().find(|(known, _)| known == statement);
        found.map(|(_, span)| span)
    }
}

/// A document of a team's template, as the role is to hold it.
pub(super) struct TeamDocument {
    /// With the conditions that were added, and otherwise as it was rendered.
    pub(super) policy: Policy,
    rendered: RenderedDocument,
    /// The statements that should have the condition and cannot, by their index, with the way out.
    unscoped: Vec<(usize, String)>,
}

impl TeamDocument {
    /// A document as it was rendered.
    pub(super) fn of(rendered: RenderedDocument) -> Self {
        Self {
            policy: rendered.policy.clone(),
            rendered,
            unscoped: Vec::new(),
        }
    }

    /// The same with the sandbox's tag condition, where it can be.
    ///
    /// A statement that says what a built-in one says has it already, or is on something whose tags
    /// do not count unless the team sees to it: the matrix tells.
    pub(super) fn scoped(mut self, context: &Context, built_in: &[Granting]) -> Result<Self, TemplateError> {
        let matrix = Matrix::built_in()?;
        for (index, statement) in self.policy.statement.iter_mut().enumerate() {
            let like = built_in.iter().find(|granting| granting.says(statement));
            if like.is_some_and(|granting| !is_taggable(matrix, &granting.capability)) {
                continue;
            }
            match scoping(statement, context) {
                Scoping::Added(scoped) => *statement = scoped,
                Scoping::Impossible(help) if like.is_none() => self.unscoped.push((index, help)),
                Scoping::Unneeded | Scoping::Impossible(_) => {}
            }
        }
        Ok(self)
    }

    /// In the form that is compared and written; nothing where it says nothing.
    pub(super) fn canonical(&self) -> Option<Policy> {
        let policy = self.policy.canonical();
        (!policy.statement.is_empty()).then_some(policy)
    }
}

/// Makes a built-in statement what it is in a role whose statements get the tag condition.
pub(super) fn scope_granting(granting: &mut Granting, context: &Context) -> Result<(), TemplateError> {
    if is_taggable(Matrix::built_in()?, &granting.capability)
        && let Scoping::Added(scoped) = scoping(&granting.statement, context)
    {
        granting.statement = scoped;
    }
    Ok(())
}

fn scoping(statement: &Statement, context: &Context) -> Scoping {
    let tag = (Context::TAG_KEY, context.sandbox.as_str());
    scope(statement, tag, Catalogue::built_in())
}

/// Whether the team may tag what a capability is on.
fn is_taggable(matrix: &Matrix, capability: &Capability) -> bool {
    let rule = matrix.capabilities.get(&capability.id);
    rule.is_some_and(|rule| rule.taggable.is_some())
}

/// All built-in statements of a kind of role whose text does not depend on a topology.
pub(super) fn built_in_statements(
    recipes: Recipes<'_>,
    context: &Context,
    kind: RoleKind,
) -> Result<Vec<Granting>, TemplateError> {
    let matrix = Matrix::built_in()?;
    let of_kind = matrix.of_role(kind).into_iter().filter(|id| {
        let rule = matrix.capabilities.get(*id);
        rule.is_some_and(|rule| !matches!(rule.scope, Scope::Exact | Scope::Trust))
    });
    let forms = [Separator::Underscore, Separator::Hyphen];
    let capabilities: Vec<Capability> = of_kind
        .flat_map(|id| {
            forms.map(|separator| Capability {
                id: id.to_owned(),
                separator,
            })
        })
        .collect();
    shared_statements(recipes.rules, context, &capabilities.iter().collect())
}

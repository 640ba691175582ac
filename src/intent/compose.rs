use std::collections::{BTreeMap, BTreeSet};

use super::granting::{Granting, document};
use super::ownership::{
    DEPLOYER, DEPLOYER_KEY, MODE_KEY, OTHERS_KEY, OWN_KEY, TEMPLATE_KEY, namespace_key, record,
};
use super::values::{self, Values};
use super::written::{TeamDocument, built_in_statements};
use super::{Document, Needs, Recipe, Recipes, RoleSpec};
use crate::diagnostic::Span;
use crate::grants::{Capability, Derivation, Grant, Matrix, Scope};
use crate::model::{Arn, Context, Namespace, PolicyName, RoleId, RoleKind, Tags};
use crate::policy::Policy;
use crate::template::{Part, RoleTemplate, RuleBook, Scheduling, TemplateError, place};

/// The role that serves these needs and no others, made by a recipe.
///
/// The inline policy that bears the role's name holds the union of the capabilities; its
/// text depends on which capabilities there are, not on who needs them. The built-in trust policy
/// admits the schedules of exactly the topologies that record a capability of scope [`Scope::Trust`].
///
/// # Errors
/// When a capability is not in the rule book, recorded by another version of tcperm; or a template
/// of the team's cannot be rendered.
pub fn role(
    recipes: Recipes<'_>,
    context: &Context,
    (id, recipe): (&RoleId, Recipe<'_>),
    needs: &Needs,
) -> Result<RoleSpec, TemplateError> {
    let making = Making::of(recipes, context, id, needs)?;
    let made = match recipe {
        Recipe::BuiltIn | Recipe::Missing => making.built_in()?,
        Recipe::Template(template) => making.of_template(template)?,
    };
    let mut policies: BTreeMap<PolicyName, Document> = BTreeMap::new();
    if let (Some(shared), Ok(policy_name)) = (made.shared, PolicyName::parse(id.name.as_str())) {
        policies.insert(policy_name, Document::Known(shared));
    }
    policies.extend(needs.documents().map(|(name, document)| (name, document.clone())));
    let mut tags = tags(context, id, needs);
    tags.set(MODE_KEY, recipe.mode(id));
    tags.set(TEMPLATE_KEY, made.digest);
    Ok(RoleSpec {
        arn: Arn::role(context.partition, &context.account, &id.name),
        name: id.name.clone(),
        trust: Document::Known(made.trust),
        policies,
        managed_policies: made.managed,
        boundary: making.boundary()?,
        instance_profiles: BTreeSet::new(),
        namesake: None,
        tags,
    })
}

/// The trust policy that the built-in templates have for a role of a kind with these grants: where
/// they ask for what only trust can give, for the schedules of any topology.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn built_in_trust(of: Derivation<'_>, kind: RoleKind, grants: &[Grant]) -> Result<Policy, TemplateError> {
    let schedules = grants.iter().any(|grant| is_trust(of.matrix, &grant.capability));
    let scheduling = if schedules {
        Scheduling::Any
    } else {
        Scheduling::Groups(BTreeSet::new())
    };
    of.rules.trust(kind, of.context, &scheduling)
}

/// What a recipe makes.
struct Made {
    shared: Option<Policy>,
    trust: Policy,
    managed: BTreeSet<Arn>,
    digest: String,
}

/// The making of a role.
pub(super) struct Making<'a> {
    recipes: Recipes<'a>,
    context: &'a Context,
    id: &'a RoleId,
    scheduling: Scheduling<'a>,
    capabilities: BTreeSet<&'a Capability>,
}

impl<'a> Making<'a> {
    /// That of the role that serves these needs.
    pub(super) fn of(
        recipes: Recipes<'a>,
        context: &'a Context,
        id: &'a RoleId,
        needs: &'a Needs,
    ) -> Result<Self, TemplateError> {
        Ok(Self {
            recipes,
            context,
            id,
            scheduling: scheduling(Matrix::built_in()?, needs),
            capabilities: needs.capabilities(),
        })
    }

    fn built_in(&self) -> Result<Made, TemplateError> {
        let rules = self.recipes.rules;
        // Of all that the kind can hold, so that it does not depend on who needs what.
        let ids = Matrix::built_in()?.of_role(self.id.kind).into_iter();
        Ok(Made {
            shared: document(shared_statements(rules, self.context, &self.capabilities)?),
            trust: self.trust()?,
            managed: BTreeSet::new(),
            digest: rules.digest(self.id.kind, ids),
        })
    }

    fn of_template(&self, template: &RoleTemplate) -> Result<Made, TemplateError> {
        let values = self.values()?;
        let set = self.recipes.set;
        let document = self.document(template)?;
        let trust = match set.document(template, Part::Trust, &values.map, &values.absent)? {
            Some(trust) => trust.policy.canonical(),
            None => self.trust()?,
        };
        let managed = set.managed(template, &values.map, &values.absent)?;
        Ok(Made {
            shared: document.and_then(|document| document.canonical()),
            trust,
            managed: managed.into_iter().flatten().map(|arn| arn.value).collect(),
            digest: template.digest.clone(),
        })
    }

    /// The values of a template that does not depend on a topology.
    fn values(&self) -> Result<Values, TemplateError> {
        let matrix = Matrix::built_in()?;
        let mut values = Values::of(self.context, self.id).scheduling(&self.scheduling);
        let granted = self.capabilities.iter();
        let granted = granted.filter(|capability| !is_trust(matrix, capability));
        let granted = granted.map(|capability| {
            let form = values::form_of(self.context, capability);
            (capability.id.clone(), form)
        });
        let of_all = |scope| scope != Scope::Exact;
        values.set("grants", values::grants(matrix, of_all, granted));
        Ok(values)
    }

    /// What a template of the team's says of all topologies together.
    pub(super) fn document(&self, template: &RoleTemplate) -> Result<Option<TeamDocument>, TemplateError> {
        let values = self.values()?;
        let set = self.recipes.set;
        let rendered = set.document(template, Part::Policy, &values.map, &values.absent)?;
        match rendered.map(TeamDocument::of) {
            Some(document) if self.recipes.abac => {
                let built_in = built_in_statements(self.recipes, self.context, self.id.kind)?;
                document.scoped(self.context, &built_in).map(Some)
            }
            document => Ok(document),
        }
    }

    /// Where a template's trust policy stands, if it says something else than the built-in one.
    pub(super) fn other_trust(&self, template: &RoleTemplate) -> Result<Option<Span>, TemplateError> {
        let values = self.values()?;
        let set = self.recipes.set;
        let rendered = set.document(template, Part::Trust, &values.map, &values.absent)?;
        let Some(trust) = rendered else {
            return Ok(None);
        };
        let first = trust.places.statements.first();
        let place = first.map_or(0..0, |places| places.statement.clone());
        Ok((trust.policy.canonical() != self.trust()?).then(|| trust.span(place)))
    }

    /// The built-in trust policy.
    fn trust(&self) -> Result<Policy, TemplateError> {
        let rules = self.recipes.rules;
        let trust = rules.trust(self.id.kind, self.context, &self.scheduling)?;
        Ok(trust.canonical())
    }

    fn boundary(&self) -> Result<Option<Arn>, TemplateError> {
        let Some(line) = self.recipes.boundary else {
            return Ok(None);
        };
        let text = self.recipes.rules.line(line, &place(self.context))?;
        Ok(Arn::parse(&text).ok())
    }
}

/// The schedule groups, each named after its topology, that may assume the role. Those of topologies
/// that share a tag are not known by name, and many would not fit into a trust policy.
fn scheduling<'n>(matrix: &Matrix, needs: &'n Needs) -> Scheduling<'n> {
    let schedules =
        |capabilities: &BTreeSet<Capability>| capabilities.iter().any(|one| is_trust(matrix, one));
    let named = needs
        .named
        .iter()
        .filter(|(_, need)| schedules(&need.capabilities));
    let groups: BTreeSet<&Namespace> = named.map(|(namespace, _)| namespace).collect();
    let unnamed = needs
        .others
        .as_ref()
        .is_some_and(|others| schedules(&others.capabilities));
    if unnamed || groups.len() > Scheduling::GROUPS {
        Scheduling::Any
    } else {
        Scheduling::Groups(groups)
    }
}

/// Whether a capability has no statement, and the trust policy tells of it.
fn is_trust(matrix: &Matrix, capability: &Capability) -> bool {
    let rule = matrix.capabilities.get(&capability.id);
    rule.is_some_and(|rule| rule.scope == Scope::Trust)
}

/// The statements of capabilities whose text does not depend on a topology.
pub(super) fn shared_statements(
    rules: &RuleBook,
    context: &Context,
    union: &BTreeSet<&Capability>,
) -> Result<Vec<Granting>, TemplateError> {
    let matrix = Matrix::built_in()?;
    let mut statements = Vec::new();
    for capability in union.iter().filter(|capability| !is_trust(matrix, capability)) {
        let values = values::form_of(context, capability);
        let rendered = rules.statements(&capability.id, &values)?;
        statements.extend(Granting::all(rendered, capability, &BTreeSet::new()));
    }
    Ok(statements)
}

fn tags(context: &Context, id: &RoleId, needs: &Needs) -> Tags {
    let mut tags = Tags::new();
    tags.set(Context::TAG_KEY, context.sandbox.as_str());
    tags.set(DEPLOYER_KEY, DEPLOYER);
    if let Some(label) = id.label() {
        tags.set(OWN_KEY, label);
    }
    for (namespace, need) in &needs.named {
        tags.set(namespace_key(namespace), record(&need.capabilities));
    }
    if let Some(others) = &needs.others {
        tags.set(OTHERS_KEY, record(&others.capabilities));
    }
    tags
}

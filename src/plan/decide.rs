use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Adoption, Business, Intention, Joining, Obstacle, Regions, Step, fit, is_of_old_tc, operation,
    reasons,
};
use crate::grants::{Capability, Matrix, Scope};
use crate::intent::ownership::{
    DEPLOYER, DEPLOYER_KEY, MODE_KEY, OWN_KEY, Ownership, TEMPLATE_KEY, namespace_policy, ownership,
    policy_namespace, recorded_needs, recorded_others, records_needs,
};
use crate::intent::{Document, Need, Needs, Others, Recipe, RoleSpec, Share, role};
use crate::model::{Arn, Context, Namespace, PolicyName, Region, RoleId, Tags};
use crate::policy::Policy;
use crate::template::TemplateError;

/// Decides what must happen to a role of a sandbox; nothing, where it is no business of this run.
///
/// A role is created when a topology of this run needs it, updated when it differs from the
/// union of what all topologies need, and deleted when this run takes the last one out.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn decide(
    intention: Intention<'_>,
    id: &RoleId,
    observed: Option<&RoleSpec>,
) -> Result<Option<Step>, TemplateError> {
    let deciding = Deciding {
        intention,
        matrix: Matrix::built_in()?,
        id,
    };
    deciding.step(observed)
}

/// Whether a role with these tags is this run's business: a topology of the run needs it, or did
/// so far, or nobody does, or the run has begun to write to it. Where the run speaks for no topology:
/// whether somebody needs it.
pub(super) fn concerns(intention: Intention<'_>, id: &RoleId, tags: &Tags) -> bool {
    let recorded = recorded_needs(tags);
    let ours = ownership(&intention.context.sandbox, tags) != Ownership::Foreign;
    match intention.business {
        Business::Begun => return true,
        Business::Recorded => return ours && !(recorded.is_empty() && recorded_others(tags).is_none()),
        Business::Own => {}
    }
    let needed = intention
        .topologies
        .values()
        .any(|shares| shares.contains_key(id));
    let leaving = recorded.is_empty()
        || recorded_others(tags).is_some()
        || intention
            .topologies
            .keys()
            .any(|ours| recorded.contains_key(ours));
    needed || (ours && leaving)
}

/// Whether a role of the sandbox says something else of its end than the run wants.
pub(super) fn outlives(intention: Intention<'_>, tags: &Tags) -> bool {
    let mut wanted = tags.clone();
    intention.lifetime.record(&mut wanted);
    wanted != *tags && ownership(&intention.context.sandbox, tags) == Ownership::Ours
}

/// What was changed by hand about a role, as far as its own tags tell what it should be.
///
/// The inline policies of topologies are beyond that: what they should say stands in the
/// topologies alone. A role that records a capability which is not in the rule book cannot be
/// judged, nor one whose template is not at hand, and that is said.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn drift(intention: Intention<'_>, id: &RoleId, role: &RoleSpec) -> Result<Vec<String>, TemplateError> {
    let deciding = Deciding {
        intention,
        matrix: Matrix::built_in()?,
        id,
    };
    if let Some(unknown) = deciding.unknown_capability(role) {
        return Ok(vec![Obstacle::UnknownCapability(unknown).to_string()]);
    }
    if matches!(intention.recipes.of(id, Some(&role.tags)), Recipe::Missing) {
        return Ok(vec![reasons::of_missing_template()]);
    }
    let recorded = deciding.recorded(role);
    let right = deciding.role_of(role, &recorded)?;
    let of_nobody = BTreeMap::new();
    Ok(reasons::of_update(
        role,
        &right,
        &right,
        (&recorded, &recorded),
        &of_nobody,
    ))
}

struct Deciding<'a> {
    intention: Intention<'a>,
    matrix: &'a Matrix,
    id: &'a RoleId,
}

impl Deciding<'_> {
    fn step(&self, observed: Option<&RoleSpec>) -> Result<Option<Step>, TemplateError> {
        match observed {
            None => self.absent(),
            Some(role) if !concerns(self.intention, self.id, &role.tags) => Ok(self.lived_on(role)),
            Some(role) => match self.obstacle(role) {
                Some(obstacle) => Ok(Some(self.obstructed(role, obstacle))),
                None => self.present(role).map(Some),
            },
        }
    }

    fn absent(&self) -> Result<Option<Step>, TemplateError> {
        let shares: Joining<'_> = self.shares().collect();
        if shares.is_empty() {
            return Ok(None);
        }
        let (recipes, context) = (self.intention.recipes, self.intention.context);
        let recipe = recipes.of(self.id, None);
        let mut after = fit(&Needs::default(), &shares, |needs| {
            role(recipes, context, (self.id, recipe), needs)
        })?;
        self.intention.lifetime.record(&mut after.tags);
        let operations = operation::creating(&after);
        let needed_by = reasons::needed_by(self.shares().map(|(namespace, _)| namespace));
        let end = reasons::of_lifetime(&Tags::new(), &after.tags);
        Ok(Some(Step {
            role: after.name.clone(),
            id: self.id.clone(),
            action: Action::Create,
            reasons: std::iter::once(needed_by).chain(end).collect(),
            obstacle: None,
            before: None,
            after: Some(after),
            operations,
        }))
    }

    fn present(&self, before: &RoleSpec) -> Result<Step, TemplateError> {
        let recorded = self.recorded(before);
        let mut beside = recorded.clone();
        for namespace in self.intention.topologies.keys() {
            beside.leave(namespace);
        }
        let shares: Joining<'_> = self.shares().collect();
        let mut needs = beside.clone();
        for (namespace, share) in &shares {
            needs.join(namespace, (*share).into());
        }
        if needs.are_none() {
            let after = self.role_by(Recipe::Missing, before, &needs)?;
            let reasons = vec![reasons::of_leaving(self.intention.topologies.keys(), &recorded)];
            let operations = operation::leaving(before, &after.tags);
            return Ok(self.step_of(before, Action::Delete, reasons, None, operations));
        }
        let mut after = fit(&beside, &shares, |needs| self.role_of(before, needs))?;
        self.intention.lifetime.record(&mut after.tags);
        if after == *before {
            return Ok(self.step_of(before, Action::None, Vec::new(), Some(after), Vec::new()));
        }
        let as_recorded = self.role_of(before, &recorded)?;
        let forms = shares.iter().filter_map(|(namespace, share)| {
            let name = namespace_policy(namespace)?;
            let documents = (before.policies.get(&name)?, after.policies.get(&name)?);
            Some((name, reasons::of_form(share, documents)?))
        });
        let forms = forms.collect();
        let mut reasons = reasons::of_update(before, &after, &as_recorded, (&recorded, &needs), &forms);
        reasons.extend(reasons::of_namesake(before, Some(&after)));
        let operations = if self.is_ours(before) {
            operation::updating(before, &after, self.trust(&recorded))
        } else {
            operation::adopting(before, &after, self.trust(&recorded))
        };
        Ok(self.step_of(before, Action::Update, reasons, Some(after), operations))
    }

    /// Whether the trust policy depends on the topologies of this run, as they were or as they are.
    fn trust(&self, recorded: &Needs) -> operation::Trust {
        let topologies = self.intention.topologies;
        let were = recorded.named.iter();
        let were = were.filter(|(namespace, _)| topologies.contains_key(namespace));
        let capabilities = were.flat_map(|(_, need)| &need.capabilities);
        let are = self.shares().flat_map(|(_, share)| &share.capabilities);
        let is_of_trust = |capability: &Capability| {
            let rule = self.matrix.capabilities.get(&capability.id);
            rule.is_some_and(|rule| rule.scope == Scope::Trust)
        };
        if capabilities.chain(are).any(is_of_trust) {
            operation::Trust::OfTopologies
        } else {
            operation::Trust::OfKind
        }
    }

    /// What happens to a role that is not the run's business: where the run says until when the sandbox
    /// is to live, the role says so too.
    fn lived_on(&self, before: &RoleSpec) -> Option<Step> {
        if !outlives(self.intention, &before.tags) {
            return None;
        }
        let mut after = before.clone();
        self.intention.lifetime.record(&mut after.tags);
        let reasons = reasons::of_lifetime(&before.tags, &after.tags)
            .into_iter()
            .collect();
        let operations = operation::updating(before, &after, operation::Trust::OfKind);
        Some(self.step_of(before, Action::Update, reasons, Some(after), operations))
    }

    /// The role as it should be for these needs; what is not ours to say stays as it is.
    fn role_of(&self, before: &RoleSpec, needs: &Needs) -> Result<RoleSpec, TemplateError> {
        let recipe = self.intention.recipes.of(self.id, Some(&before.tags));
        self.role_by(recipe, before, needs)
    }

    fn role_by(
        &self,
        recipe: Recipe<'_>,
        before: &RoleSpec,
        needs: &Needs,
    ) -> Result<RoleSpec, TemplateError> {
        let context = self.context_of(before);
        let role = role(self.intention.recipes, &context, (self.id, recipe), needs)?;
        let role = match recipe {
            Recipe::Missing => as_it_stands(before, role, needs),
            Recipe::BuiltIn | Recipe::Template(_) => role,
        };
        Ok(RoleSpec {
            name: before.name.clone(),
            arn: before.arn.clone(),
            tags: merged_tags(&before.tags, &role.tags),
            boundary: role.boundary.or_else(|| before.boundary.clone()),
            instance_profiles: before.instance_profiles.clone(),
            ..role
        })
    }

    /// The place that the role is written for.
    fn context_of(&self, role: &RoleSpec) -> Context {
        let mut context = self.intention.context.clone();
        if self.intention.regions == Regions::AsWritten
            && let Some(region) = written_for(role).and_then(|region| Region::parse(&region).ok())
        {
            context.region = region;
        }
        context
    }

    fn obstructed(&self, role: &RoleSpec, obstacle: Obstacle) -> Step {
        Step {
            obstacle: Some(obstacle),
            ..self.step_of(role, Action::None, Vec::new(), None, Vec::new())
        }
    }

    fn obstacle(&self, role: &RoleSpec) -> Option<Obstacle> {
        let context = self.intention.context;
        if let Some(sandbox) = self.other_sandbox(role) {
            return Some(Obstacle::OtherSandbox(sandbox));
        }
        match Obstacle::of(ownership(&context.sandbox, &role.tags)) {
            Some(Obstacle::Foreign) if self.may_adopt(role) => {}
            Some(obstacle) => return Some(obstacle),
            None => {}
        }
        if role.arn != Arn::role(context.partition, &context.account, &role.name) {
            return Some(Obstacle::OtherPath(role.arn.to_string()));
        }
        if self.intention.regions == Regions::Ours
            && let Some(other) = written_for(role).filter(|region| region != context.region.as_str())
        {
            return Some(Obstacle::OtherRegion(other));
        }
        let (label, own) = (self.id.label(), role.tags.get(OWN_KEY));
        if label.as_deref() != own && self.is_ours(role) {
            return Some(Obstacle::OfAnother(own.unwrap_or("every topology").to_owned()));
        }
        let recorded = recorded_needs(&role.tags);
        let ours = self.intention.topologies.keys();
        let clash = ours
            .clone()
            .find_map(|ours| recorded.keys().find(|theirs| differ_in_case_only(ours, theirs)));
        if let Some(theirs) = clash {
            return Some(Obstacle::NamespaceSpelling(theirs.to_string()));
        }
        self.unknown_capability(role).map(Obstacle::UnknownCapability)
    }

    /// Whether a role that is not tcperm's may be taken over.
    fn may_adopt(&self, role: &RoleSpec) -> bool {
        match self.intention.adoption {
            Adoption::Refuse => false,
            Adoption::Adopt => true,
            Adoption::OfOldTc => is_of_old_tc(&self.intention.context.sandbox, role),
        }
    }

    /// Another sandbox whose role this is. The name of a base role says whose it is; that of a role of
    /// its own can be what two sandboxes would choose, and then no adoption takes it from the other.
    fn other_sandbox(&self, role: &RoleSpec) -> Option<String> {
        let sandbox = &self.intention.context.sandbox;
        let is_of_tcperm = role.tags.get(DEPLOYER_KEY) == Some(DEPLOYER);
        let of = role.tags.get(Context::TAG_KEY)?;
        let is_other = !of.eq_ignore_ascii_case(sandbox.as_str());
        (is_of_tcperm && is_other && self.id.owner.is_some()).then(|| of.to_owned())
    }

    /// What the role's tags record, with the inline policies that stand beside them.
    ///
    /// The capabilities have text of ours, whoever recorded them. A policy is kept as it stands,
    /// and so only where the role is tcperm's: what else a role holds that is taken over, nobody
    /// vouches for.
    fn recorded(&self, role: &RoleSpec) -> Needs {
        let known = |capability: &Capability| self.matrix.capabilities.contains_key(&capability.id);
        let is_ours = self.is_ours(role);
        let need = |(namespace, capabilities): (Namespace, BTreeSet<Capability>)| {
            let name = namespace_policy(&namespace).filter(|_| is_ours);
            let exact = name.and_then(|name| role.policies.get(&name).cloned());
            let capabilities = capabilities.into_iter().filter(known).collect();
            (namespace, Need { capabilities, exact })
        };
        let named: BTreeMap<Namespace, Need> = recorded_needs(&role.tags).into_iter().map(need).collect();
        let of_another = |name: &PolicyName| {
            policy_namespace(name).is_some_and(|namespace| is_ours && !named.contains_key(&namespace))
        };
        let others = recorded_others(&role.tags).map(|capabilities| Others {
            capabilities: capabilities.into_iter().filter(known).collect(),
            policies: role
                .policies
                .iter()
                .filter(|(name, _)| of_another(name))
                .map(|(name, document)| (name.clone(), document.clone()))
                .collect(),
        });
        Needs { named, others }
    }

    /// A capability that the role records for a topology of somebody else's and that is not in the
    /// rule book.
    fn unknown_capability(&self, role: &RoleSpec) -> Option<String> {
        recorded_needs(&role.tags)
            .into_iter()
            .filter(|(namespace, _)| !self.intention.topologies.contains_key(namespace))
            .map(|(_, capabilities)| capabilities)
            .chain(recorded_others(&role.tags))
            .flatten()
            .find(|capability| !self.matrix.capabilities.contains_key(&capability.id))
            .map(|capability| capability.to_string())
    }

    fn is_ours(&self, role: &RoleSpec) -> bool {
        ownership(&self.intention.context.sandbox, &role.tags) == Ownership::Ours
    }

    fn shares(&self) -> impl Iterator<Item = (&Namespace, &Share)> {
        let id = self.id;
        self.intention
            .topologies
            .iter()
            .filter_map(move |(namespace, shares)| shares.get(id).map(|share| (namespace, share)))
    }

    fn step_of(
        &self,
        before: &RoleSpec,
        action: Action,
        reasons: Vec<String>,
        after: Option<RoleSpec>,
        operations: Vec<super::Operation>,
    ) -> Step {
        Step {
            role: before.name.clone(),
            id: self.id.clone(),
            action,
            reasons,
            obstacle: None,
            before: Some(before.clone()),
            after,
            operations,
        }
    }
}

/// The role with the needs it is to serve, and what its template says left as it is: the template is
/// not at hand.
fn as_it_stands(before: &RoleSpec, role: RoleSpec, needs: &Needs) -> RoleSpec {
    let mut tags = role.tags;
    for key in [MODE_KEY, TEMPLATE_KEY] {
        match before.tags.get(key) {
            Some(value) => tags.set(key, value),
            None => tags.remove(key),
        }
    }
    let shared = before
        .policies
        .iter()
        .filter(|(name, _)| name.as_str() == before.name.as_str());
    let shared = shared.map(|(name, document)| (name.clone(), document.clone()));
    let exact = needs.documents().map(|(name, document)| (name, document.clone()));
    RoleSpec {
        trust: before.trust.clone(),
        policies: shared.chain(exact).collect(),
        managed_policies: before.managed_policies.clone(),
        tags,
        ..role
    }
}

fn differ_in_case_only(a: &Namespace, b: &Namespace) -> bool {
    a != b && a.as_str().eq_ignore_ascii_case(b.as_str())
}

/// The tags of the role as it will be: those tcperm writes, and those of others as they are.
fn merged_tags(before: &Tags, intended: &Tags) -> Tags {
    let mut tags: Tags = before.iter().filter(|(key, _)| !records_needs(key)).collect();
    for (key, value) in intended.iter() {
        tags.set(key, value);
    }
    tags
}

/// The region that a role was written for: the one that most ARNs in tcperm's own documents name.
///
/// What others put beside these, or changed by hand in them, must not move the role.
fn written_for(role: &RoleSpec) -> Option<String> {
    let namespaces = recorded_needs(&role.tags).into_keys();
    let own: BTreeSet<PolicyName> = namespaces
        .filter_map(|namespace| namespace_policy(&namespace))
        .chain(PolicyName::parse(role.name.as_str()).ok())
        .collect();
    let policies = role.policies.iter().filter(|(name, _)| own.contains(name));
    let documents = policies
        .map(|(_, document)| document)
        .chain(std::iter::once(&role.trust))
        .filter_map(Document::known);
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    for arn in documents.flat_map(Policy::arns) {
        *named.entry(arn.region().to_owned()).or_default() += 1;
    }
    named.remove("");
    let most = named.into_iter().max_by_key(|(_, times)| *times);
    most.map(|(region, _)| region)
}

use std::collections::{BTreeMap, BTreeSet};

use super::templates::{self, Making};
use super::{Findings, OpError, Wanted};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::grants::{Derivation, Derived, Matrix, Options, derive};
use crate::intent::{
    Assignment, Choice, Demand, Needs, Provided, Recipes, RoleSpec, Shares, assign, clashes, demand, role,
    without_template, written,
};
use crate::model::{AccountId, Context, Identity, Namespace, RoleId, RoleKind};
use crate::plan::{Joining, fit, limits};
use crate::source::{self, Reach};
use crate::template::{RoleTemplate, RuleBook, TemplateError, TemplateSet};
use crate::topology::{self, Topology};

/// What can be known before the first call: the topologies, checked through to their roles.
pub(super) struct Preparation {
    pub(super) rules: &'static RuleBook,
    pub(super) findings: Findings,
    pub(super) matrix: &'static Matrix,
    pub(super) topologies: Vec<Topology>,
    pub(super) set: TemplateSet,
    options: Options,
    making: Making,
}

/// What the topologies need in a place.
#[derive(Default)]
pub(super) struct Needed {
    /// Of the roles that tcperm makes.
    pub(super) shares: BTreeMap<Namespace, Shares>,
    /// Of the roles that somebody else keeps.
    pub(super) provided: BTreeMap<Namespace, ProvidedRoles>,
    /// The templates that functions name themselves.
    pub(super) files: BTreeMap<RoleId, RoleTemplate>,
}

/// The roles of a topology that somebody else keeps.
pub(super) type ProvidedRoles = BTreeMap<(RoleKind, Option<String>), Provided>;

/// What the topologies need of each role, and the roles that they alone would have, in a place.
pub(super) struct Made {
    pub(super) needed: Needed,
    pub(super) roles: BTreeMap<RoleId, RoleSpec>,
}

/// Reads the files and checks all that can be checked offline, for an account that is not known
/// yet: no account's id is longer than another's, so limits hold for all.
pub(super) fn prepare(wanted: &Wanted) -> Result<Preparation, OpError> {
    let anywhere = Identity {
        partition: wanted.region.partition(),
        account: AccountId::placeholder(),
    };
    let (preparation, _) = prepare_in(wanted, &context(wanted, &anywhere)?)?;
    Ok(preparation)
}

/// Reads the files and checks them in a place, with what is made there on the way.
pub(super) fn prepare_in(wanted: &Wanted, context: &Context) -> Result<(Preparation, Made), OpError> {
    let reach = match (wanted.reach, &wanted.topology) {
        (Reach::Here, Some(_)) => Reach::HereElseBelow,
        (reach, _) => reach,
    };
    let loaded = source::load(&wanted.directory, reach)?;
    let matrix = Matrix::built_in()?;
    let rules = RuleBook::built_in()?;
    let reading = topology::parse(&loaded.sources, &loaded.project, &matrix.integrations);
    let mut sources = loaded.sources;
    let shift = sources.append(wanted.configuration.clone());
    let (set, mut found) = templates::read(&wanted.making, rules, &mut sources)?;
    found.extend(templates::hint(&wanted.making, &wanted.directory));
    let mut findings = Findings {
        sources,
        diagnostics: reading.diagnostics,
    };
    if reading.topologies.is_empty() {
        return Err(OpError::Findings(Box::new(findings)));
    }
    let mut topologies = reading.topologies;
    if let Some(name) = &wanted.topology {
        let (index, chosen) = chosen(topologies, name, loaded.reach)?;
        topologies = vec![chosen];
        let files = loaded.files.get(index);
        let is_of_others = |span: &Span| files.is_some_and(|files| !files.contains(&span.file));
        findings
            .diagnostics
            .retain(|diagnostic| !diagnostic.span.as_ref().is_some_and(is_of_others));
    }
    findings.diagnostics.extend(found);
    let mut preparation = Preparation {
        rules,
        findings,
        matrix,
        topologies,
        set,
        options: wanted.options.clone().moved(shift),
        making: wanted.making.clone(),
    };
    let made = preparation.check(wanted, context)?;
    if preparation.findings.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(OpError::Findings(Box::new(preparation.findings)));
    }
    Ok((preparation, made))
}

/// The topology of a name, with its number in the project.
fn chosen(topologies: Vec<Topology>, name: &Namespace, reach: Reach) -> Result<(usize, Topology), OpError> {
    let known: Vec<String> = topologies
        .iter()
        .map(|topology| topology.name.value.to_string())
        .collect();
    let mut numbered = topologies.into_iter().enumerate();
    let found = numbered.find(|(_, topology)| topology.name.value == *name);
    found.ok_or_else(|| OpError::UnknownTopology {
        name: name.to_string(),
        known,
        reach,
    })
}

impl Preparation {
    /// Checks all that can be checked offline, and remembers what is found.
    fn check(&mut self, wanted: &Wanted, context: &Context) -> Result<Made, OpError> {
        let mut found = Vec::new();
        let mut kinds = BTreeMap::new();
        let mut needed = Needed::default();
        for topology in &self.topologies {
            let (derived, assignment) = self.derived_of(wanted, context, topology)?;
            let demand = self.demand(wanted, context, (topology, &derived, &assignment));
            found.extend(derived.diagnostics);
            found.extend(assignment.diagnostics);
            kinds.insert(topology.name.value.clone(), derived.roles);
            if let Some(demand) = kept(demand, &mut found)? {
                needed.join(&topology.name.value, demand, assignment.files);
            }
        }
        found.extend(self.options.unused(&kinds));
        found.extend(clashes(needed.shares.values().flat_map(BTreeMap::keys)));
        found.extend(self.untemplated(&needed));
        found.extend(templates::of_nobody(&self.set, &self.topologies));
        let mut roles = BTreeMap::new();
        for (id, shares) in shares_of(&needed.shares) {
            if let Some(role) = kept(self.role(context, &needed, (id, &shares)), &mut found)? {
                found.extend(limits::check(&role));
                found.extend(limits::widened(&role, None, shares.into_iter()));
                roles.insert(id.clone(), role);
            }
        }
        found.extend(self.of_templates(wanted, context, (&needed, &roles))?);
        self.findings.diagnostics.extend(found);
        diagnostic::sort(&mut self.findings.diagnostics);
        Ok(Made { needed, roles })
    }

    /// What was found in the documents that templates of the team's render to: an old version of the
    /// language, statements that cannot get the sandbox's tag condition.
    fn of_templates(
        &self,
        wanted: &Wanted,
        context: &Context,
        (needed, roles): (&Needed, &BTreeMap<RoleId, RoleSpec>),
    ) -> Result<Vec<Diagnostic>, OpError> {
        let apart = BTreeSet::new();
        let derivation = self.derivation(wanted, context, &apart);
        let recipes = self.recipes(&needed.files);
        let mut found: Vec<Diagnostic> = Vec::new();
        for id in roles.keys() {
            let written = written(derivation, recipes, id, &needed.shares)?;
            for finding in written.into_iter().flat_map(|written| written.findings) {
                // One file can make the roles of several functions.
                if !found.contains(&finding) {
                    found.push(finding);
                }
            }
        }
        Ok(found)
    }

    /// Says which base roles are made from the built-in templates although the team has its own.
    fn untemplated(&self, needed: &Needed) -> Option<Diagnostic> {
        let ids: BTreeSet<&RoleId> = needed.shares.values().flat_map(BTreeMap::keys).collect();
        let is_needed = |kind: &RoleKind| ids.iter().any(|id| id.owner.is_none() && id.kind == *kind);
        let without = without_template(&self.set).into_iter().filter(is_needed);
        let files: Vec<String> = without.map(|kind| format!("`base/roles/{kind}.json`")).collect();
        if files.is_empty() {
            return None;
        }
        let message = format!("the team has no template {}", files.join(", "));
        let help =
            "such roles are made from the built-in templates; `tcperm init` writes templates to start from";
        Some(Diagnostic::note(templates::codes::NO_TEMPLATE, message).help(help))
    }

    /// What is derived from a topology, and which roles its entities have.
    pub(super) fn derived_of(
        &self,
        wanted: &Wanted,
        context: &Context,
        topology: &Topology,
    ) -> Result<(Derived, Assignment), OpError> {
        let texts = (&self.set, &self.findings.sources);
        let assignment = assign(topology, texts, context, self.making.fixed.as_ref());
        let apart = assignment.apart();
        let derived = derive(self.derivation(wanted, context, &apart), topology)?;
        Ok((derived, assignment))
    }

    /// The topologies of the run with what was derived from each and which roles their entities have,
    /// in a place.
    pub(super) fn assigned(
        &self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<BTreeMap<Namespace, (Derived, Assignment)>, OpError> {
        let assigned = |topology: &Topology| {
            let both = self.derived_of(wanted, context, topology)?;
            Ok((topology.name.value.clone(), both))
        };
        self.topologies.iter().map(assigned).collect()
    }

    /// The topologies of the run with what was derived from each, in a place.
    pub(super) fn derived(
        &self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<BTreeMap<Namespace, Derived>, OpError> {
        let assigned = self.assigned(wanted, context)?;
        let derived = assigned.into_iter();
        Ok(derived
            .map(|(namespace, (derived, _))| (namespace, derived))
            .collect())
    }

    fn demand(
        &self,
        wanted: &Wanted,
        context: &Context,
        (topology, derived, assignment): (&Topology, &Derived, &Assignment),
    ) -> Result<Demand, TemplateError> {
        let apart = assignment.apart();
        let derivation = self.derivation(wanted, context, &apart);
        let of = (&topology.name.value, derived);
        demand(derivation, self.recipes(&assignment.files), assignment, of)
    }

    pub(super) fn derivation<'a>(
        &'a self,
        wanted: &'a Wanted,
        context: &'a Context,
        apart: &'a BTreeSet<String>,
    ) -> Derivation<'a> {
        Derivation {
            rules: self.rules,
            matrix: self.matrix,
            context,
            graphql_apis: &wanted.graphql_apis,
            options: &self.options,
            apart,
        }
    }

    /// From what roles are made.
    pub(super) fn recipes<'a>(&'a self, files: &'a BTreeMap<RoleId, RoleTemplate>) -> Recipes<'a> {
        Recipes {
            rules: self.rules,
            set: &self.set,
            files,
            boundary: self.making.boundary.as_deref(),
            abac: self.making.abac,
            choice: Choice::Strongest,
        }
    }

    /// What the topologies of the run need, in a place.
    pub(super) fn needed(&self, wanted: &Wanted, context: &Context) -> Result<Needed, OpError> {
        let mut needed = Needed::default();
        for topology in &self.topologies {
            let (derived, assignment) = self.derived_of(wanted, context, topology)?;
            let demand = self.demand(wanted, context, (topology, &derived, &assignment));
            let demand = demand.map_err(|error| self.failed(error))?;
            needed.join(&topology.name.value, demand, assignment.files);
        }
        Ok(needed)
    }

    /// The roles that the topologies alone would have.
    pub(super) fn roles(
        &self,
        context: &Context,
        needed: &Needed,
    ) -> Result<BTreeMap<RoleId, RoleSpec>, OpError> {
        let mut roles = BTreeMap::new();
        for (id, shares) in shares_of(&needed.shares) {
            let role = self.role(context, needed, (id, &shares));
            roles.insert(id.clone(), role.map_err(|error| self.failed(error))?);
        }
        Ok(roles)
    }

    fn role(
        &self,
        context: &Context,
        needed: &Needed,
        (id, shares): (&RoleId, &Joining<'_>),
    ) -> Result<RoleSpec, TemplateError> {
        let recipes = self.recipes(&needed.files);
        let recipe = recipes.of(id, None);
        fit(&Needs::default(), shares, |needs| {
            role(recipes, context, (id, recipe), needs)
        })
    }

    pub(super) fn failed(&self, error: TemplateError) -> OpError {
        templates::failed(error, &self.findings.sources)
    }

    /// The same failure, with the texts that a template's findings point into.
    pub(super) fn placed(&self, error: OpError) -> OpError {
        templates::placed(error, &self.findings.sources)
    }
}

impl Needed {
    fn join(&mut self, namespace: &Namespace, demand: Demand, files: BTreeMap<RoleId, RoleTemplate>) {
        self.shares.insert(namespace.clone(), demand.shares);
        if !demand.provided.is_empty() {
            self.provided.insert(namespace.clone(), demand.provided);
        }
        self.files.extend(files);
    }
}

/// What each role serves.
fn shares_of(topologies: &BTreeMap<Namespace, Shares>) -> BTreeMap<&RoleId, Joining<'_>> {
    let mut of_roles: BTreeMap<&RoleId, Joining<'_>> = BTreeMap::new();
    for (namespace, shares) in topologies {
        for (id, share) in shares {
            of_roles.entry(id).or_default().insert(namespace, share);
        }
    }
    of_roles
}

/// What a template gives; its findings are put to the others.
fn kept<T>(result: Result<T, TemplateError>, found: &mut Vec<Diagnostic>) -> Result<Option<T>, OpError> {
    match result {
        Ok(made) => Ok(Some(made)),
        Err(error) if error.findings.is_empty() => Err(error.into()),
        Err(error) => {
            found.extend(error.findings);
            Ok(None)
        }
    }
}

/// Where the roles of a request stand, in an account.
pub(super) fn context(wanted: &Wanted, identity: &Identity) -> Result<Context, OpError> {
    templates::check_partition(&wanted.region, identity)?;
    Ok(Context {
        partition: identity.partition,
        account: identity.account.clone(),
        region: wanted.region.clone(),
        sandbox: wanted.sandbox.clone(),
        profile: wanted.profile.clone(),
        event_bus: wanted.event_bus.clone(),
        assets: wanted.assets.clone(),
    })
}

use std::collections::BTreeMap;

use super::{Findings, OpError, Wanted};
use crate::diagnostic::{self, Diagnostic, Span};
use crate::grants::{Derivation, Derived, Matrix, Options, derive};
use crate::intent::{Needs, RoleSpec, Shares, role, shares};
use crate::model::{AccountId, Context, Identity, Namespace, RoleId};
use crate::plan::limits;
use crate::source::{self, Reach};
use crate::template::RuleBook;
use crate::topology::{self, Topology};

/// What can be known before the first call: the topologies, checked through to their roles.
pub(super) struct Preparation {
    pub(super) rules: &'static RuleBook,
    pub(super) findings: Findings,
    pub(super) matrix: &'static Matrix,
    pub(super) topologies: Vec<Topology>,
    options: Options,
}

/// What the topologies need of each role, and the roles that they alone would have, in a place.
pub(super) struct Made {
    pub(super) shares: BTreeMap<Namespace, Shares>,
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
    let reading = topology::parse(&loaded.sources, &loaded.project, &matrix.integrations);
    let mut sources = loaded.sources;
    let shift = sources.append(wanted.configuration.clone());
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
    let preparation = Preparation {
        rules: RuleBook::built_in()?,
        findings: Findings::default(),
        matrix,
        topologies,
        options: wanted.options.clone().moved(shift),
    };
    let (made, offline) = preparation.check(wanted, context)?;
    findings.diagnostics.extend(offline);
    diagnostic::sort(&mut findings.diagnostics);
    if findings.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(OpError::Findings(Box::new(findings)));
    }
    let preparation = Preparation {
        findings,
        ..preparation
    };
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
    fn check(&self, wanted: &Wanted, context: &Context) -> Result<(Made, Vec<Diagnostic>), OpError> {
        let mut findings = Vec::new();
        let mut all = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        for topology in &self.topologies {
            let derived = self.derive(wanted, context, topology)?;
            let shares = shares(self.derivation(wanted, context), &derived)?;
            kinds.insert(topology.name.value.clone(), derived.roles);
            findings.extend(derived.diagnostics);
            all.insert(topology.name.value.clone(), shares);
        }
        findings.extend(self.options.unused(&kinds));
        let roles = self.roles(context, &all)?;
        for role in roles.values() {
            findings.extend(limits::check(role));
        }
        Ok((Made { shares: all, roles }, findings))
    }

    fn derive(&self, wanted: &Wanted, context: &Context, topology: &Topology) -> Result<Derived, OpError> {
        Ok(derive(self.derivation(wanted, context), topology)?)
    }

    pub(super) fn derivation<'a>(&'a self, wanted: &'a Wanted, context: &'a Context) -> Derivation<'a> {
        Derivation {
            rules: self.rules,
            matrix: self.matrix,
            context,
            graphql_apis: &wanted.graphql_apis,
            options: &self.options,
        }
    }

    /// The topologies of the run with what was derived from each, in a place.
    pub(super) fn derived(
        &self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<BTreeMap<Namespace, Derived>, OpError> {
        let derived = |topology: &Topology| {
            let derived = self.derive(wanted, context, topology)?;
            Ok((topology.name.value.clone(), derived))
        };
        self.topologies.iter().map(derived).collect()
    }

    /// The topologies of the run with what each needs of each role, in a place.
    pub(super) fn shares(
        &self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<BTreeMap<Namespace, Shares>, OpError> {
        let share = |topology: &Topology| {
            let derived = self.derive(wanted, context, topology)?;
            let shares = shares(self.derivation(wanted, context), &derived)?;
            Ok((topology.name.value.clone(), shares))
        };
        self.topologies.iter().map(share).collect()
    }

    /// The roles that the topologies alone would have.
    pub(super) fn roles(
        &self,
        context: &Context,
        shares: &BTreeMap<Namespace, Shares>,
    ) -> Result<BTreeMap<RoleId, RoleSpec>, OpError> {
        let mut needs: BTreeMap<RoleId, Needs> = BTreeMap::new();
        for (namespace, shares) in shares {
            for (id, share) in shares {
                needs.entry(id.clone()).or_default().join(namespace, share.into());
            }
        }
        let made = |(id, needs): (&RoleId, &Needs)| Ok((id.clone(), role(self.rules, context, id, needs)?));
        needs.iter().map(made).collect()
    }
}

/// Where the roles of a request stand, in an account.
pub(super) fn context(wanted: &Wanted, identity: &Identity) -> Result<Context, OpError> {
    let region_partition = wanted.region.partition();
    if region_partition != identity.partition {
        return Err(OpError::OtherPartition {
            region: wanted.region.clone(),
            region_partition,
            partition: identity.partition,
        });
    }
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

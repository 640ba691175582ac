use std::collections::BTreeMap;

use super::{Findings, OpError, Wanted};
use crate::diagnostic::{self, Diagnostic};
use crate::grants::{Derivation, Derived, Matrix, derive};
use crate::intent::{Document, Need, Needs, RoleSpec, Share, Shares, base_role, shares};
use crate::model::{AccountId, Context, Identity, Namespace};
use crate::plan::limits;
use crate::source;
use crate::template::RuleBook;
use crate::topology::{self, Topology};

/// What can be known before the first call: the topology, checked through to its roles.
pub(super) struct Preparation {
    pub(super) rules: &'static RuleBook,
    pub(super) findings: Findings,
    matrix: &'static Matrix,
    topology: Topology,
}

/// Reads the files and checks all that can be checked offline, for an account that is not known
/// yet: no account's id is longer than another's, so limits hold for all.
pub(super) fn prepare(wanted: &Wanted) -> Result<Preparation, OpError> {
    let loaded = source::load(&wanted.directory)?;
    let reading = topology::parse(&loaded.sources, &loaded.input);
    let mut findings = Findings {
        sources: loaded.sources,
        diagnostics: reading.diagnostics,
    };
    let Some(topology) = reading.topology else {
        return Err(OpError::Findings(Box::new(findings)));
    };
    let preparation = Preparation {
        rules: RuleBook::built_in()?,
        findings: Findings::default(),
        matrix: Matrix::built_in()?,
        topology,
    };
    let offline = preparation.check(wanted)?;
    findings.diagnostics.extend(offline);
    diagnostic::sort(&mut findings.diagnostics);
    if findings.diagnostics.iter().any(Diagnostic::is_error) {
        return Err(OpError::Findings(Box::new(findings)));
    }
    Ok(Preparation {
        findings,
        ..preparation
    })
}

impl Preparation {
    fn check(&self, wanted: &Wanted) -> Result<Vec<Diagnostic>, OpError> {
        let anywhere = Identity {
            partition: wanted.region.partition(),
            account: AccountId::placeholder(),
        };
        let context = context(wanted, &anywhere)?;
        let derived = self.derive(wanted, &context)?;
        let shares = shares(self.rules, &context, &derived)?;
        let mut findings = derived.diagnostics;
        for role in self.roles(&context, &shares)? {
            findings.extend(limits::check(&role));
        }
        Ok(findings)
    }

    fn derive(&self, wanted: &Wanted, context: &Context) -> Result<Derived, OpError> {
        let derivation = Derivation {
            rules: self.rules,
            matrix: self.matrix,
            context,
            graphql_apis: &wanted.graphql_apis,
        };
        Ok(derive(derivation, &self.topology)?)
    }

    /// What the topology needs of each role, in a place.
    pub(super) fn shares(&self, wanted: &Wanted, context: &Context) -> Result<Shares, OpError> {
        let derived = self.derive(wanted, context)?;
        Ok(shares(self.rules, context, &derived)?)
    }

    /// The topologies of the run with their shares.
    pub(super) fn topologies(
        &self,
        wanted: &Wanted,
        context: &Context,
    ) -> Result<BTreeMap<Namespace, Shares>, OpError> {
        Ok(BTreeMap::from([(
            self.namespace().clone(),
            self.shares(wanted, context)?,
        )]))
    }

    /// The topology's name.
    pub(super) const fn namespace(&self) -> &Namespace {
        &self.topology.name.value
    }

    /// The roles that the topology alone would have.
    pub(super) fn roles(&self, context: &Context, shares: &Shares) -> Result<Vec<RoleSpec>, OpError> {
        let role = |(kind, share): (&crate::model::RoleKind, &Share)| {
            let need = Need {
                capabilities: share.capabilities.clone(),
                exact: share.exact.clone().map(Document::Known),
            };
            let needs = Needs::from([(self.namespace().clone(), need)]);
            Ok(base_role(self.rules, context, *kind, &needs)?)
        };
        shares.iter().map(role).collect()
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
    })
}

//! Why each role holds what it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ExplainedProvided, ExplainedRole, ExplainedStatement, ExplainedTrust, NeededStatement, NotGranted,
    Purpose,
};
use crate::grants::{Answer, Asker, Capability, Derived, Explanation, Grant, Matrix, Scope, TrustRule};
use crate::intent::{
    Assignment, Bearer, Document, Granting, Naming, Recipe, RoleSpec, Written, grantings, statements, written,
};
use crate::model::{Arn, Context, Namespace, PolicyName, RoleId, RoleKind, RoleName};
use crate::ops::preparation::{Needed, Preparation};
use crate::ops::{OpError, Wanted};
use crate::policy::{Policy, Statement};
use crate::prove::missing;
use crate::template::TemplateError;

/// Built-in statements, by the inline policy in which they would stand.
type Grantings = BTreeMap<PolicyName, Vec<Granting>>;

/// The topologies, what is derived from each, and which roles their entities have.
pub(super) type Assigned = BTreeMap<Namespace, (Derived, Assignment)>;

/// What roles are explained by.
pub(super) struct Explaining<'a> {
    pub(super) preparation: &'a Preparation,
    pub(super) wanted: &'a Wanted,
    pub(super) context: &'a Context,
    pub(super) assigned: &'a Assigned,
}

impl Explaining<'_> {
    /// The roles that tcperm makes, by name.
    pub(super) fn roles(&self, needed: &Needed) -> Result<Vec<ExplainedRole>, OpError> {
        let specs = self.preparation.roles(self.context, needed)?;
        let specs = specs
            .into_iter()
            .filter(|(id, _)| self.wanted.kinds.contains(&id.kind));
        let mut roles = Vec::new();
        for (id, spec) in specs {
            roles.push(self.role(needed, id, spec)?);
        }
        roles.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
        Ok(roles)
    }

    fn role(&self, needed: &Needed, id: RoleId, spec: RoleSpec) -> Result<ExplainedRole, OpError> {
        let apart = BTreeSet::new();
        let derivation = self.preparation.derivation(self.wanted, self.context, &apart);
        let recipes = self.preparation.recipes(&needed.files);
        let of_role = |naming| grantings(derivation, recipes, &id, (&needed.shares, naming));
        let (grantings, widened) = (of_role(Naming::Each)?, of_role(Naming::Pattern)?);
        let written = written(derivation, recipes, &id, &needed.shares);
        let written = written.map_err(|error| self.preparation.failed(error))?;
        let borne = Borne {
            assigned: self.assigned,
            kind: id.kind,
            bearer: &Bearer::Role(id.clone()),
        };
        let recipe = recipes.of(&id, None);
        let template = match recipe {
            Recipe::Template(template) => Some(template.path.clone()),
            Recipe::BuiltIn | Recipe::Missing => None,
        };
        let trust = match written.as_ref().and_then(|written| written.trust.clone()) {
            Some(place) => ExplainedTrust::Template(place),
            None => ExplainedTrust::BuiltIn(self.trust(id.kind)?),
        };
        Ok(ExplainedRole {
            mode: recipe.mode(&id),
            template,
            trust,
            trusted_for: borne.trusted_for(self.preparation.matrix),
            statements: self.statements(&spec, [&grantings, &widened], written.as_ref(), &borne)?,
            not_granted: match &written {
                Some(_) => self.not_granted(&spec, &grantings, &borne)?,
                None => Vec::new(),
            },
            needed: self.needed(&grantings, &borne)?,
            spec,
            id,
        })
    }

    fn needed(
        &self,
        grantings: &Grantings,
        borne: &Borne<'_>,
    ) -> Result<Vec<NeededStatement>, TemplateError> {
        let needed = grantings.values().flatten().map(|granting| {
            Ok(NeededStatement {
                statement: granting.statement.clone(),
                purpose: self.purpose(granting)?,
                asked_by: borne.askers(granting),
            })
        });
        needed.collect()
    }

    fn statements(
        &self,
        spec: &RoleSpec,
        grantings: [&Grantings; 2],
        written: Option<&Written>,
        borne: &Borne<'_>,
    ) -> Result<Vec<ExplainedStatement>, OpError> {
        let mut statements = Vec::new();
        for (policy, document) in &spec.policies {
            let known = document.known().map(|policy| policy.statement.as_slice());
            for statement in known.unwrap_or_default() {
                let explained = ExplainedStatement {
                    policy: policy.clone(),
                    statement: statement.clone(),
                    purpose: None,
                    place: written.and_then(|written| written.place(policy, statement).cloned()),
                    asked_by: Vec::new(),
                };
                let alike = alike(grantings, policy, statement);
                if alike.is_empty() {
                    statements.push(explained);
                    continue;
                }
                for granting in alike {
                    statements.push(ExplainedStatement {
                        purpose: Some(self.purpose(granting)?),
                        asked_by: borne.askers(granting),
                        ..explained.clone()
                    });
                }
            }
        }
        Ok(statements)
    }

    /// What a template does not grant of what the topologies need.
    fn not_granted(
        &self,
        spec: &RoleSpec,
        grantings: &Grantings,
        borne: &Borne<'_>,
    ) -> Result<Vec<NotGranted>, OpError> {
        let held: Vec<&Policy> = spec.policies.values().filter_map(Document::known).collect();
        let mut not_granted = Vec::new();
        for granting in grantings.values().flatten() {
            let missing = missing(&[&Policy::of(vec![granting.statement.clone()])], &held);
            if !missing.is_empty() {
                not_granted.push(NotGranted {
                    purpose: self.purpose(granting)?,
                    missing,
                    asked_by: borne.askers(granting),
                });
            }
        }
        Ok(not_granted)
    }

    /// The roles that somebody else keeps, by name.
    pub(super) fn provided(&self, needed: &Needed) -> Result<Vec<ExplainedProvided>, OpError> {
        let mut grants: BTreeMap<(&[RoleName], RoleKind), Vec<Grant>> = BTreeMap::new();
        for ((kind, _), provided) in needed.provided.values().flatten() {
            if self.wanted.kinds.contains(kind) {
                let of_role = grants.entry((&provided.names, *kind)).or_default();
                of_role.extend(provided.grants.iter().cloned());
            }
        }
        let apart = BTreeSet::new();
        let derivation = self.preparation.derivation(self.wanted, self.context, &apart);
        let mut all = Vec::new();
        for ((names, kind), grants) in grants {
            let borne = Borne {
                assigned: self.assigned,
                kind,
                bearer: &Bearer::Provided(names.to_vec()),
            };
            let mut needed = Vec::new();
            for granting in statements(derivation, &grants)? {
                needed.push(NeededStatement {
                    purpose: self.purpose(&granting)?,
                    asked_by: borne.askers(&granting),
                    statement: granting.statement,
                });
            }
            let Some(name) = names.first() else {
                continue;
            };
            all.push(ExplainedProvided {
                kind,
                arn: Arn::role(self.context.partition, &self.context.account, name),
                names: names.to_vec(),
                statements: needed,
            });
        }
        Ok(all)
    }

    fn trust(&self, kind: RoleKind) -> Result<TrustRule, TemplateError> {
        let rule = self.preparation.matrix.trust.get(&kind).cloned();
        rule.ok_or_else(|| unknown("trust", kind.name()))
    }

    fn purpose(&self, granting: &Granting) -> Result<Purpose, TemplateError> {
        let id = &granting.capability.id;
        let rule = self.preparation.matrix.capabilities.get(id).cloned();
        Ok(Purpose {
            capability: granting.capability.clone(),
            rule: rule.ok_or_else(|| unknown("capabilities", id))?,
        })
    }
}

/// The built-in statements that say what a statement of an inline policy says: those that would stand
/// in that policy, or else in another, since a template can put them where it likes. Where none says
/// just that, those that it is made of, in a role with little room; one by one, or else widened.
fn alike<'g>(grantings: [&'g Grantings; 2], policy: &PolicyName, statement: &Statement) -> Vec<&'g Granting> {
    let is_it = |granting: &&Granting| granting.statement == *statement;
    let is_part = |granting: &&Granting| statement.holds(&granting.statement);
    let ways: [&dyn Fn(&&Granting) -> bool; 2] = [&is_it, &is_part];
    let found = grantings.into_iter().flat_map(|grantings| {
        ways.map(|way| {
            let here: Vec<&Granting> = grantings.get(policy).into_iter().flatten().filter(way).collect();
            if here.is_empty() {
                return grantings.values().flatten().filter(way).collect();
            }
            here
        })
    });
    found
        .into_iter()
        .find(|found: &Vec<&Granting>| !found.is_empty())
        .unwrap_or_default()
}

fn unknown(part: &str, name: &str) -> TemplateError {
    TemplateError {
        template: "matrix".to_owned(),
        message: format!("`{name}` is not among the {part}"),
        findings: Vec::new(),
    }
}

/// What one role bears.
struct Borne<'a> {
    assigned: &'a Assigned,
    kind: RoleKind,
    bearer: &'a Bearer,
}

impl Borne<'_> {
    /// What was granted on the role, in the order of topologies and places.
    fn granted(&self) -> impl Iterator<Item = (&Namespace, &Explanation, &Capability, Option<&str>)> {
        self.assigned
            .iter()
            .flat_map(move |(namespace, (derived, assignment))| {
                derived.explanations.iter().filter_map(move |explanation| {
                    let Answer::Granted {
                        role,
                        function,
                        capability,
                        arn,
                    } = &explanation.answer
                    else {
                        return None;
                    };
                    let bearer = assignment.bearer(*role, function.as_deref());
                    let is_borne = *role == self.kind && bearer == Some(self.bearer);
                    is_borne.then_some((namespace, explanation, capability, arn.as_deref()))
                })
            })
    }

    /// Who asked for a statement.
    fn askers(&self, granting: &Granting) -> Vec<Asker> {
        let is_asked = |namespace: &Namespace, capability: &Capability, arn: Option<&str>| {
            let reached = match arn {
                Some(arn) => granting.arns.contains(arn),
                None => granting.arns.is_empty(),
            };
            let only = granting.namespace.as_ref();
            reached && *capability == granting.capability && only.is_none_or(|only| only == namespace)
        };
        self.granted()
            .filter(|(namespace, _, capability, arn)| is_asked(namespace, capability, *arn))
            .map(|(_, explanation, ..)| explanation.asker.clone())
            .collect()
    }

    /// Who asks for what only the trust policy of the role can give.
    fn trusted_for(&self, matrix: &Matrix) -> Vec<(Capability, Asker)> {
        let of_trust = |capability: &Capability| {
            let rule = matrix.capabilities.get(&capability.id);
            rule.is_some_and(|rule| rule.scope == Scope::Trust)
        };
        self.granted()
            .filter(|(_, _, capability, _)| of_trust(capability))
            .map(|(_, explanation, capability, _)| (capability.clone(), explanation.asker.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::granting::{Granting, document};
use super::ownership::{DEPLOYER, DEPLOYER_KEY, MODE_DYNAMIC, MODE_KEY, OTHERS_KEY, namespace_key, record};
use super::{Document, Needs, RoleSpec};
use crate::grants::{Capability, Matrix, Scope};
use crate::model::{Arn, Context, Namespace, PolicyName, RoleId, Tags};
use crate::template::{RuleBook, Scheduling, TemplateError, place};
use crate::topology::Separator;

/// The role that serves these needs and no others.
///
/// The inline policy that bears the role's name holds the union of the capabilities; its
/// text depends on which capabilities there are, not on who needs them. The trust policy admits
/// the schedules of exactly the topologies that record a capability of scope [`Scope::Trust`].
///
/// # Errors
/// When a capability is not in the rule book: recorded by another version of tcperm.
pub fn role(
    rules: &RuleBook,
    context: &Context,
    id: &RoleId,
    needs: &Needs,
) -> Result<RoleSpec, TemplateError> {
    let name = id.name.clone();
    let scheduling = scheduling(Matrix::built_in()?, needs);
    let mut policies: BTreeMap<PolicyName, Document> = BTreeMap::new();
    if let (Some(shared), Ok(policy_name)) = (
        document(shared_statements(rules, context, &needs.capabilities())?),
        PolicyName::parse(name.as_str()),
    ) {
        policies.insert(policy_name, Document::Known(shared));
    }
    policies.extend(needs.documents().map(|(name, document)| (name, document.clone())));
    Ok(RoleSpec {
        arn: Arn::role(context.partition, &context.account, &name),
        name,
        trust: Document::Known(rules.trust(id.kind, context, &scheduling)?.canonical()),
        policies,
        managed_policies: BTreeSet::new(),
        boundary: None,
        instance_profiles: BTreeSet::new(),
        tags: tags(context, needs),
    })
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
        let mut values = place(context);
        let separator = capability.separator;
        let variant = if separator == Separator::Hyphen {
            "Hyphen"
        } else {
            ""
        };
        values.insert("separator".to_owned(), Value::from(separator.as_str()));
        values.insert("variant".to_owned(), Value::from(variant));
        let rendered = rules.statements(&capability.id, &values)?;
        statements.extend(Granting::all(rendered, capability, &BTreeSet::new()));
    }
    Ok(statements)
}

fn tags(context: &Context, needs: &Needs) -> Tags {
    let mut tags = Tags::new();
    tags.set(Context::TAG_KEY, context.sandbox.as_str());
    tags.set(DEPLOYER_KEY, DEPLOYER);
    tags.set(MODE_KEY, MODE_DYNAMIC);
    for (namespace, need) in &needs.named {
        tags.set(namespace_key(namespace), record(&need.capabilities));
    }
    if let Some(others) = &needs.others {
        tags.set(OTHERS_KEY, record(&others.capabilities));
    }
    tags
}

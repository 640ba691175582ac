//! What must hold of the roles that a project is given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use tcperm::grants::Scope;
use tcperm::intent::{Document, Need, Needs, RoleSpec, role};
use tcperm::model::{Context, Namespace, RoleId, RoleKind, RoleName};
use tcperm::policy::Statement;
use tcperm::template::RuleBook;

use super::{matrix, no_templates, recipes};

/// A role reaches what carries the sandbox's tag, what the matrix says is told apart by less, and
/// what a topology names exactly.
pub fn check_role(role: &RoleSpec, context: &Context, kind: RoleKind) {
    static EXCEPTED: OnceLock<BTreeSet<String>> = OnceLock::new();
    let shared = RoleName::base(kind, &context.sandbox);
    let excepted = EXCEPTED.get_or_init(|| excepted(context));
    for (name, document) in &role.policies {
        let policy = document.known().expect("a policy of ours is read");
        for statement in &policy.statement {
            let sid = statement.sid.clone().unwrap_or_default();
            if name.as_str() == shared.as_str() {
                assert!(
                    is_of_the_sandbox(statement, context) || excepted.contains(&sid),
                    "{statement:?}"
                );
            } else {
                check_exact(statement);
            }
        }
    }
}

fn is_of_the_sandbox(statement: &Statement, context: &Context) -> bool {
    let tag = format!("aws:ResourceTag/{}", Context::TAG_KEY);
    let values = statement
        .condition
        .get("StringEquals")
        .and_then(|keys| keys.get(&tag));
    values.is_some_and(|values| values.iter().eq([context.sandbox.as_str()]))
}

/// A statement of exact ARNs names resources: whole services never. Nothing in it is a policy
/// variable, and where a condition reads patterns, none comes from a topology.
fn check_exact(statement: &Statement) {
    let resources = statement.resource.as_ref().expect("a statement has resources");
    for arn in resources.values().iter() {
        let name = arn.splitn(6, ':').nth(5).unwrap_or_default();
        // The results of a Map state in a folder that it picks at run time: the template ends so.
        let is_of_results = statement
            .sid
            .as_ref()
            .is_some_and(|sid| sid.starts_with("WriteResults"));
        let name = name
            .strip_suffix("/*/*")
            .filter(|_| is_of_results)
            .unwrap_or(name);
        assert!(!name.starts_with('*') && !name.contains("/*/"), "{statement:?}");
        assert!(!arn.contains("${"), "{statement:?}");
    }
    for (operator, keys) in &statement.condition {
        let reads_patterns = operator.contains("Arn") || operator.contains("Like");
        for (key, values) in keys {
            for value in values.iter() {
                assert!(!value.contains("${"), "{statement:?}");
                // What lies below a prefix is a pattern by its meaning.
                let text = if key == "s3:prefix" {
                    value.strip_suffix('*').unwrap_or(value)
                } else {
                    value
                };
                assert!(!reads_patterns || !text.contains(['*', '?']), "{statement:?}");
            }
        }
    }
}

/// The statements that the matrix excepts from the tag.
fn excepted(context: &Context) -> BTreeSet<String> {
    let rules = RuleBook::built_in().expect("the templates are sound");
    let matrix = matrix();
    let namespace = Namespace::parse("shop").expect("a name");
    let wide = matrix
        .capabilities
        .iter()
        .filter(|(_, rule)| matches!(rule.scope, Scope::Pattern | Scope::Account));
    let mut sids = BTreeSet::new();
    let (set, files) = (no_templates(rules), BTreeMap::new());
    let recipes = recipes(rules, &set, &files);
    for separator in ["", ":hyphen"] {
        for (id, _) in wide.clone() {
            let capability = tcperm::grants::Capability::parse(&format!("{id}{separator}"));
            let need = Need {
                capabilities: BTreeSet::from([capability]),
                exact: None,
            };
            let mut needs = Needs::default();
            needs.join(&namespace, need);
            let id = RoleId::base(RoleKind::Function, &context.sandbox);
            let role = role(recipes, context, (&id, recipes.of(&id, None)), &needs).expect("a role");
            let policies = role.policies.values().filter_map(Document::known);
            sids.extend(policies.flat_map(|policy| policy.statement.iter().filter_map(|s| s.sid.clone())));
        }
    }
    sids
}

//! Roles that an old tc made, with the managed policies of their names.

use super::super::{is_of_old_tc, namesake};
use super::*;
use crate::intent::Namesake;

fn policy(name: &str) -> Arn {
    Arn::parse(&format!("arn:aws:iam::123456789012:policy/{name}")).unwrap()
}

/// Carries a call on a managed policy out, where IAM would.
pub(super) fn performed(role: &mut RoleSpec, operation: &Operation) {
    let known = role
        .namesake
        .as_mut()
        .expect("a policy of another name is written to");
    match operation {
        Operation::DeletePolicyVersion { policy, version } if known.arn == *policy => {
            assert!(known.other_versions.contains(version));
            known.other_versions.retain(|known| known != version);
        }
        Operation::DeleteManagedPolicy(policy) if known.arn == *policy => {
            assert!(!role.managed_policies.contains(policy), "it is held");
            assert_eq!((known.other_versions.len(), known.other_uses), (0, 0));
            role.namesake = None;
        }
        other => panic!("{other:?}"),
    }
}

/// A base role as tc makes it.
fn made_by_tc(kind: RoleKind, other_uses: u64) -> RoleSpec {
    let context = Context::example();
    let id = base(kind);
    let arn = policy(id.name.as_str());
    RoleSpec {
        arn: Arn::role(context.partition, &context.account, &id.name),
        name: id.name,
        trust: Document::Unread,
        policies: BTreeMap::new(),
        managed_policies: BTreeSet::from([arn.clone(), policy("beside")]),
        boundary: None,
        instance_profiles: BTreeSet::from(["machines".to_owned()]),
        tags: Tags::new(),
        namesake: Some(Namesake {
            arn,
            other_versions: vec!["v1".to_owned(), "v3".to_owned()],
            other_uses,
        }),
    }
}

fn torn_down(role: RoleSpec, adoption: Adoption) -> Step {
    let sandbox = Context::example().sandbox;
    let id = base(RoleKind::Route);
    let wanted = Teardown {
        sandbox: &sandbox,
        adoption,
        as_listed: None,
    };
    let mut plan = Plan::from_iter([teardown(&wanted, id.clone(), (role.clone(), 0))]);
    let left = replay(Observed::from([(id, role)]), &plan);
    assert_eq!(left.is_empty(), adoption == Adoption::OfOldTc);
    plan.steps.remove(0)
}

fn deletes_policy(step: &Step) -> bool {
    let deletes = |operation: &Operation| matches!(operation, Operation::DeleteManagedPolicy(_));
    step.operations.iter().any(deletes)
}

#[test]
fn a_teardown_takes_them_and_the_policies_that_nobody_else_holds() {
    let step = torn_down(made_by_tc(RoleKind::Route, 0), Adoption::OfOldTc);
    assert_eq!(step.operations.first(), Some(&Operation::ExpectTags(Tags::new())));
    assert_eq!(
        step.operations.last(),
        Some(&Operation::Delete),
        "the role goes last"
    );
    assert!(deletes_policy(&step));
    let step = torn_down(made_by_tc(RoleKind::Route, 1), Adoption::OfOldTc);
    assert!(
        !deletes_policy(&step) && step.reasons[1].contains("stays"),
        "{:?}",
        step.reasons
    );
    for adoption in [Adoption::Refuse, Adoption::Adopt] {
        let step = torn_down(made_by_tc(RoleKind::Route, 0), adoption);
        assert_eq!(step.obstacle, Some(Obstacle::Foreign));
    }
}

#[test]
fn adoption_takes_them_over_and_deletes_their_policies_before_the_tags_say_so() {
    let topologies = alone(
        &namespace("orders"),
        &Shares::from([(base(RoleKind::Route), Share::default())]),
    );
    let observed = Observed::from([(base(RoleKind::Route), made_by_tc(RoleKind::Route, 0))]);
    let plan = decided(&topologies, &observed, Adoption::OfOldTc);
    let step = &plan.steps[0];
    assert!(
        step.reasons.iter().any(|reason| reason.ends_with("is deleted")),
        "{:?}",
        step.reasons
    );
    let place = |is_it: fn(&Operation) -> bool| step.operations.iter().position(is_it).unwrap();
    let deleted = place(|operation| matches!(operation, Operation::DeleteManagedPolicy(_)));
    assert!(deleted < place(|operation| matches!(operation, Operation::Tag(_))));
    let role = replay(observed, &plan).remove(&base(RoleKind::Route)).unwrap();
    assert_eq!(role, step.after.clone().unwrap());
    assert!(role.managed_policies.is_empty() && role.namesake.is_none());
}

#[test]
fn what_somebody_else_made_is_not_of_an_old_tc() {
    let made = || made_by_tc(RoleKind::Route, 0);
    assert_eq!(namesake(&made()), Some(policy(made().name.as_str())));
    let is_still = |change: fn(&mut RoleSpec)| {
        let mut role = made();
        change(&mut role);
        is_of_old_tc(&Context::example().sandbox, &role)
    };
    assert!(is_still(|_| {}));
    assert!(is_still(|role| role.tags.set("cost-center", "4711")));
    assert!(is_still(|role| role.managed_policies.clear()));
    assert!(!is_still(|role| role.tags.set("Deployer", "tc")));
    assert!(!is_still(
        |role| role.managed_policies = BTreeSet::from([policy("beside")])
    ));
    assert!(!is_still(|role| {
        role.managed_policies.clear();
        role.policies
            .insert(PolicyName::parse("mine").unwrap(), Document::Unread);
    }));
    assert!(!is_still(|role| {
        role.arn = Arn::parse(&role.arn.to_string().replace("role/", "role/team/")).unwrap();
    }));
    let names = |role: &mut RoleSpec, name: &str| {
        let renamed = role.arn.to_string().replace(role.name.as_str(), name);
        role.arn = Arn::parse(&renamed).unwrap();
        role.managed_policies = BTreeSet::from([policy(name)]);
        role.name = RoleName::parse(name).unwrap();
    };
    let is_still_as = |name: &str| {
        let mut role = made();
        names(&mut role, name);
        is_of_old_tc(&Context::example().sandbox, &role)
    };
    assert!(is_still_as("tc-base-route-dev"));
    assert!(!is_still_as("tc-orders-co-dev"));
    assert!(!is_still_as("tc-base-route-my-dev"));
    assert!(
        !is_still_as("tc-base-route-Dev"),
        "it is of the sandbox `Dev`, which IAM takes for the same"
    );
}

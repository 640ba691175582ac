mod fitting;
mod old_tc;
mod operations;
mod sandboxes;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::grants::Capability;
use crate::intent::{Document, Needs, Share, ownership};
use crate::model::{Arn, PolicyName, Tags};
use crate::policy::Policy;

fn namespace(name: &str) -> Namespace {
    Namespace::parse(name).unwrap()
}

fn base(kind: RoleKind) -> RoleId {
    RoleId::base(kind, &Context::example().sandbox)
}

fn queue_policy(queue: &str) -> Policy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"SendMessage","Effect":"Allow","Action":"x:Send",
            "Resource":"arn:aws:sqs:eu-west-1:123456789012:{queue}"}}]}}"#
    );
    Policy::parse(&text).unwrap().canonical()
}

type Topologies = BTreeMap<Namespace, Shares>;
/// The roles that IAM holds for a sandbox.
type Observed = BTreeMap<RoleId, RoleSpec>;

/// What a run of these topologies decides about these roles.
fn decided(topologies: &Topologies, observed: &Observed, adoption: Adoption) -> Plan {
    let intention = Intention {
        recipes: Recipes::built_in(),
        context: &Context::example(),
        topologies,
        kinds: &RoleKind::ALL,
        business: Business::Own,
        adoption,
        regions: Regions::Ours,
        lifetime: Lifetime::AsItIs,
    };
    let intended = topologies.values().flat_map(BTreeMap::keys);
    let ids: BTreeSet<&RoleId> = intended.chain(observed.keys()).collect();
    let step = |id: &RoleId| decide(intention, id, observed.get(id)).unwrap();
    ids.into_iter().filter_map(step).collect()
}

/// Carries a plan out on a model of the roles.
fn replay(mut observed: Observed, plan: &Plan) -> Observed {
    for step in &plan.steps {
        let mut role = observed.remove(&step.id);
        for operation in &step.operations {
            role = performed(role, &step.role, operation);
        }
        observed.extend(role.map(|role| (step.id.clone(), role)));
    }
    observed
}

fn performed(role: Option<RoleSpec>, name: &RoleName, operation: &Operation) -> Option<RoleSpec> {
    if let Operation::Create {
        trust,
        tags,
        boundary,
        ..
    } = operation
    {
        assert!(role.is_none(), "a role that is there is created");
        return Some(RoleSpec {
            arn: Arn::role(Context::example().partition, &Context::example().account, name),
            name: name.clone(),
            trust: Document::Known(trust.clone()),
            policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            boundary: boundary.clone(),
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: tags.clone(),
        });
    }
    let mut role = role.expect("a role that is not there is written to");
    match operation {
        Operation::Create { .. } => {}
        Operation::ExpectTags(tags) => {
            assert_eq!(role.tags, *tags, "the plan expects other tags than it leaves");
        }
        Operation::Tag(tags) => tags.iter().for_each(|(key, value)| role.tags.set(key, value)),
        Operation::Untag(keys) => keys.iter().for_each(|key| role.tags.remove(key)),
        Operation::UpdateTrust(trust) => role.trust = Document::Known(trust.clone()),
        Operation::PutPolicy { name, policy } => {
            role.policies
                .insert(name.clone(), Document::Known(policy.clone()));
        }
        Operation::DeletePolicy(name) => drop(role.policies.remove(name)),
        Operation::Attach(arn) => drop(role.managed_policies.insert(arn.clone())),
        Operation::DeletePolicyVersion { .. } | Operation::DeleteManagedPolicy(_) => {
            old_tc::performed(&mut role, operation);
        }
        Operation::SetBoundary(arn) => role.boundary = Some(arn.clone()),
        Operation::Detach(arn) => assert!(role.managed_policies.remove(arn)),
        Operation::LeaveInstanceProfile(name) => assert!(role.instance_profiles.remove(name)),
        Operation::Delete => {
            let empty = role.policies.is_empty() && role.managed_policies.is_empty();
            assert!(
                empty && role.instance_profiles.is_empty(),
                "IAM deletes no role that holds something"
            );
            return None;
        }
    }
    Some(role)
}

fn run(topologies: &Topologies, observed: Observed) -> Observed {
    let plan = decided(topologies, &observed, Adoption::Refuse);
    assert_eq!(plan.obstructed().count(), 0);
    replay(observed, &plan)
}

fn shares() -> impl Strategy<Value = Shares> {
    let ids = [
        "function.invoke",
        "function.invoke:hyphen",
        "state.start",
        "logs.write",
        "schedule.run",
    ];
    let capabilities = prop::collection::btree_set(select(ids.to_vec()).prop_map(Capability::parse), 0..4);
    let exact = prop::option::of(select(&["a", "b"][..]).prop_map(queue_policy));
    let share = (capabilities, exact).prop_map(|(capabilities, exact)| Share {
        capabilities,
        exact,
        ..Share::default()
    });
    prop::collection::btree_map(select(&RoleKind::ALL[..]).prop_map(base), share, 0..4)
}

/// Up to four topologies, each with what it needs.
fn topologies() -> impl Strategy<Value = Topologies> {
    let names = select(&["orders", "billing", "etl", "web"][..]).prop_map(namespace);
    prop::collection::btree_map(names, shares(), 1..5)
}

fn alone(name: &Namespace, shares: &Shares) -> Topologies {
    Topologies::from([(name.clone(), shares.clone())])
}

/// The roles as a run that speaks for `name` reads them: policies of others are there, unread.
fn as_read_by(name: &Namespace, mut observed: Observed) -> Observed {
    let own = ownership::namespace_policy(name).unwrap();
    for role in observed.values_mut() {
        for (policy, document) in &mut role.policies {
            if *policy != own && policy.as_str() != role.name.as_str() {
                *document = Document::Unread;
            }
        }
    }
    observed
}

/// Something that a hand may do to a role.
#[derive(Debug, Clone)]
enum Drift {
    Trust,
    SharedPolicy,
    NoPolicies,
    ForeignPolicy,
    Managed,
    ModeTag,
}

fn drifted(mut role: RoleSpec, drift: &Drift) -> RoleSpec {
    let foreign = PolicyName::parse("by-hand").unwrap();
    let anything = Document::Known(queue_policy("anything"));
    match drift {
        Drift::Trust => role.trust = anything,
        Drift::SharedPolicy => {
            for document in role.policies.values_mut() {
                *document = anything.clone();
            }
        }
        Drift::NoPolicies => role.policies.clear(),
        Drift::ForeignPolicy => {
            role.policies.insert(foreign, Document::Unread);
        }
        Drift::Managed => {
            role.managed_policies
                .insert(Arn::parse("arn:aws:iam::aws:policy/AdministratorAccess").unwrap());
        }
        Drift::ModeTag => role.tags.set("tcperm:mode", "by-hand"),
    }
    role
}

fn drifts() -> impl Strategy<Value = Drift> {
    prop_oneof![
        Just(Drift::Trust),
        Just(Drift::SharedPolicy),
        Just(Drift::NoPolicies),
        Just(Drift::ForeignPolicy),
        Just(Drift::Managed),
        Just(Drift::ModeTag),
    ]
}

proptest! {
    #[test]
    fn a_carried_out_plan_leaves_nothing_to_do(topologies in topologies()) {
        let after = run(&topologies, Observed::new());
        prop_assert!(!decided(&topologies, &after, Adoption::Refuse).has_changes());
    }

    #[test]
    fn the_roles_are_the_union_whoever_comes_first(topologies in topologies()) {
        let together = run(&topologies, Observed::new());
        let joined = |observed, (name, shares): (&Namespace, &Shares)| run(&alone(name, shares), observed);
        prop_assert_eq!(&topologies.iter().fold(Observed::new(), joined), &together);
        prop_assert_eq!(&topologies.iter().rev().fold(Observed::new(), joined), &together);
    }

    #[test]
    fn a_topology_that_joins_and_leaves_leaves_no_trace(topologies in topologies(), guest in shares()) {
        let before = run(&topologies, Observed::new());
        let name = namespace("guest");
        let with_guest = run(&alone(&name, &guest), before.clone());
        prop_assert_eq!(run(&alone(&name, &Shares::new()), with_guest), before);
    }

    #[test]
    fn the_last_one_out_deletes_the_roles(topologies in topologies()) {
        let before = run(&topologies, Observed::new());
        let leave = |observed, name: &Namespace| run(&alone(name, &Shares::new()), observed);
        prop_assert_eq!(topologies.keys().fold(before, leave), Observed::new());
    }

    #[test]
    fn what_others_need_need_not_be_read(topologies in topologies(), guest in shares()) {
        let name = namespace("guest");
        let before = run(&topologies, Observed::new());
        let known = decided(&alone(&name, &guest), &before, Adoption::Refuse);
        let unread = decided(&alone(&name, &guest), &as_read_by(&name, before), Adoption::Refuse);
        let operations = |plan: &Plan| plan.steps.iter().map(|step| step.operations.clone()).collect::<Vec<_>>();
        prop_assert_eq!(operations(&known), operations(&unread));
    }

    #[test]
    fn drift_is_repaired_and_named(topologies in topologies(), drift in drifts()) {
        let right = run(&topologies, Observed::new());
        let wrong: Observed = right.iter().map(|(id, role)| (id.clone(), drifted(role.clone(), &drift))).collect();
        let plan = decided(&topologies, &wrong, Adoption::Refuse);
        for step in plan.steps.iter().filter(|step| step.action != Action::None) {
            prop_assert!(!step.reasons.is_empty(), "{:?} of {} is not named", drift, step.role);
        }
        prop_assert_eq!(replay(wrong, &plan), right);
    }

    #[test]
    fn tags_of_others_stay(topologies in topologies()) {
        let mut roles = run(&topologies, Observed::new());
        for role in roles.values_mut() {
            role.tags.set("cost-center", "42");
        }
        prop_assert!(!decided(&topologies, &roles, Adoption::Refuse).has_changes());
    }

    #[test]
    fn a_role_that_is_not_ours_is_never_written_to(topologies in topologies()) {
        let mut roles = run(&topologies, Observed::new());
        for role in roles.values_mut() {
            role.tags = Tags::new();
        }
        let refused = decided(&topologies, &roles, Adoption::Refuse);
        prop_assert!(refused.steps.iter().all(|step| step.operations.is_empty()));
        prop_assert_eq!(refused.obstructed().count(), roles.len());
        let adopted = decided(&topologies, &roles, Adoption::Adopt);
        prop_assert_eq!(replay(roles, &adopted), run(&topologies, Observed::new()));
    }

    #[test]
    fn tags_stand_before_the_policy_that_follows_from_them(topologies in topologies(), guest in shares()) {
        let before = run(&topologies, Observed::new());
        let plan = decided(&alone(&namespace("guest"), &guest), &before, Adoption::Refuse);
        for step in plan.steps.iter().filter(|step| step.action == Action::Update) {
            let place = |wanted: fn(&Operation) -> bool| step.operations.iter().position(wanted);
            let policy = place(|o| matches!(o, Operation::PutPolicy { .. } | Operation::DeletePolicy(_)));
            let expected = place(|o| matches!(o, Operation::ExpectTags(_)));
            prop_assert!(policy.is_none_or(|policy| expected.unwrap() < policy));
            prop_assert!(matches!(step.operations.last(), Some(Operation::ExpectTags(_))));
        }
    }
}

#[test]
fn a_policy_that_is_nobodys_is_deleted_only_after_the_tags_say_so_once_more() {
    let (topologies, roles) = one_role();
    let stray = |(id, role): (RoleId, RoleSpec)| (id, drifted(role, &Drift::ForeignPolicy));
    let plan = decided(
        &topologies,
        &roles.into_iter().map(stray).collect(),
        Adoption::Refuse,
    );
    let operations = &plan.steps[0].operations;
    assert!(matches!(
        operations[..],
        [
            Operation::ExpectTags(_),
            Operation::DeletePolicy(_),
            Operation::ExpectTags(_)
        ]
    ));
}

/// As many topologies as have a tag of their own and five more, each with a queue.
fn a_crowd() -> Topologies {
    let share = |number: usize| Share {
        capabilities: BTreeSet::from([Capability::parse("function.invoke")]),
        exact: Some(queue_policy(&format!("q{number}"))),
        ..Share::default()
    };
    (0..Needs::NAMED + 5)
        .map(|number| {
            let name = namespace(&format!("t{number:02}"));
            (name, Shares::from([(base(RoleKind::Route), share(number))]))
        })
        .collect()
}

#[test]
fn more_topologies_than_tags_share_one_and_every_one_keeps_its_exact_policy() {
    let crowd = a_crowd();
    let together = run(&crowd, Observed::new());
    let role = &together[&base(RoleKind::Route)];
    assert_eq!(role.policies.len(), 1 + crowd.len());
    assert_eq!(role.tags.len(), 5 + Needs::NAMED);
    assert_eq!(role.tags.get(ownership::OTHERS_KEY), Some("function.invoke"));
    assert_eq!(
        limits::check(role)
            .iter()
            .map(|found| found.code)
            .collect::<Vec<_>>(),
        [limits::codes::SHARED_TAG]
    );
    assert!(!decided(&crowd, &together, Adoption::Refuse).has_changes());
    let one_by_one = crowd.iter().fold(Observed::new(), |roles, (name, shares)| {
        run(&alone(name, shares), roles)
    });
    assert_eq!(one_by_one, together);
    for (name, shares) in &crowd {
        let again = decided(
            &alone(name, shares),
            &as_read_by(name, together.clone()),
            Adoption::Refuse,
        );
        assert!(!again.has_changes(), "{name}: {again:#?}");
    }
}

#[test]
fn who_shares_a_tag_takes_its_exact_policy_with_it_and_nothing_of_others() {
    let crowd = a_crowd();
    let together = run(&crowd, Observed::new());
    let leave = |roles, name: &Namespace| run(&alone(name, &Shares::new()), roles);
    let last = crowd.keys().last().unwrap();
    let without = leave(together.clone(), last);
    let role = &without[&base(RoleKind::Route)];
    assert_eq!(role.policies.len(), crowd.len());
    assert!(
        !role
            .policies
            .contains_key(&ownership::namespace_policy(last).unwrap())
    );
    assert_eq!(role.tags, together[&base(RoleKind::Route)].tags);
    let empty = crowd.keys().fold(together, leave);
    let role = &empty[&base(RoleKind::Route)];
    assert_eq!(
        role.policies.len(),
        1,
        "who else shares the tag is not known, so the role stays"
    );
}

fn one_role() -> (Topologies, Observed) {
    let share = Share {
        capabilities: BTreeSet::from([Capability::parse("function.invoke")]),
        ..Share::default()
    };
    let topologies = alone(
        &namespace("orders"),
        &Shares::from([(base(RoleKind::Route), share)]),
    );
    let roles = run(&topologies, Observed::new());
    (topologies, roles)
}

fn obstacle_after(change: impl FnOnce(&mut RoleSpec)) -> Option<Obstacle> {
    let (topologies, mut roles) = one_role();
    change(roles.get_mut(&base(RoleKind::Route)).unwrap());
    let plan = decided(&topologies, &roles, Adoption::Adopt);
    assert!(
        plan.steps
            .iter()
            .all(|step| step.obstacle.is_none() || step.operations.is_empty())
    );
    plan.steps.into_iter().find_map(|step| step.obstacle)
}

#[test]
fn what_iam_or_an_older_tcperm_could_confuse_is_an_obstacle_even_to_adoption() {
    assert_eq!(obstacle_after(|_| {}), None);
    assert_eq!(
        obstacle_after(|role| role.tags.set("sandbox", "Dev")),
        Some(Obstacle::OtherSpelling("Dev".to_owned()))
    );
    assert_eq!(
        obstacle_after(|role| role.tags.set("tcperm:ns:Orders", "")),
        Some(Obstacle::NamespaceSpelling("Orders".to_owned()))
    );
    assert_eq!(
        obstacle_after(|role| role.tags.set("tcperm:ns:etl", "x.y")),
        Some(Obstacle::UnknownCapability("x.y".to_owned()))
    );
    assert_eq!(
        obstacle_after(|role| role.tags.set("tcperm:others", "y.z")),
        Some(Obstacle::UnknownCapability("y.z".to_owned()))
    );
    let elsewhere = "arn:aws:iam::123456789012:role/team/tc-base-route-dev";
    assert_eq!(
        obstacle_after(|role| role.arn = Arn::parse(elsewhere).unwrap()),
        Some(Obstacle::OtherPath(elsewhere.to_owned()))
    );
    let other_region = |role: &mut RoleSpec| {
        for document in role.policies.values_mut() {
            let text = document
                .known()
                .unwrap()
                .to_json()
                .replace("eu-west-1", "us-east-1");
            *document = Document::read(&text);
        }
    };
    assert_eq!(
        obstacle_after(other_region),
        Some(Obstacle::OtherRegion("us-east-1".to_owned()))
    );
}

#[test]
fn what_a_foreign_role_holds_goes_before_the_tags_make_it_ours() {
    let (topologies, mut roles) = one_role();
    for role in roles.values_mut() {
        role.tags.set("deployer", "somebody");
        role.tags.set("tcperm:ns:guest", "function.invoke");
        let name = PolicyName::parse("tc-guest").unwrap();
        role.policies
            .insert(name, Document::Known(queue_policy("secrets")));
    }
    let plan = decided(&topologies, &roles, Adoption::Adopt);
    let operations = &plan.steps[0].operations;
    let place = |is_it: fn(&Operation) -> bool| operations.iter().position(is_it).unwrap();
    let deletes = place(|operation| matches!(operation, Operation::DeletePolicy(_)));
    assert!(
        deletes < place(|operation| matches!(operation, Operation::Tag(_))),
        "{operations:?}"
    );
    let after = replay(roles, &plan);
    assert_eq!(after[&base(RoleKind::Route)].policies.len(), 1);
}

#[test]
fn a_role_that_only_others_need_is_none_of_our_business() {
    let (_, mut roles) = one_role();
    let ours = alone(
        &namespace("billing"),
        &Shares::from([(base(RoleKind::Event), Share::default())]),
    );
    for role in roles.values_mut() {
        role.trust = Document::Known(queue_policy("drift"));
    }
    let plan = decided(&ours, &roles, Adoption::Refuse);
    assert_eq!(
        plan.steps.iter().map(|step| step.id.kind).collect::<Vec<_>>(),
        [RoleKind::Event]
    );
}

#[test]
fn a_teardown_takes_all_that_a_role_holds_and_leaves_what_is_not_ours() {
    let (_, roles) = one_role();
    let mut ours = roles.into_values().next().unwrap();
    ours = drifted(drifted(ours, &Drift::Managed), &Drift::ForeignPolicy);
    ours.instance_profiles.insert("builders".to_owned());
    let mut foreign = ours.clone();
    foreign.tags = Tags::new();
    let sandbox = Context::example().sandbox;

    let wanted = Teardown {
        sandbox: &sandbox,
        adoption: Adoption::Refuse,
        as_listed: None,
    };
    let down = |role| Plan::from_iter([teardown(&wanted, base(RoleKind::Route), (role, 0))]);
    let plan = down(ours.clone());
    assert_eq!(
        replay(Observed::from([(base(RoleKind::Route), ours)]), &plan),
        Observed::new()
    );

    let plan = down(foreign);
    assert_eq!(plan.steps[0].obstacle, Some(Obstacle::Foreign));
    assert!(plan.steps[0].operations.is_empty() && !plan.has_changes());
}

#[test]
fn a_role_over_a_limit_is_found_before_it_is_written() {
    let (_, roles) = one_role();
    let role = roles.into_values().next().unwrap();
    assert_eq!(limits::check(&role), []);
    let code_after = |change: &dyn Fn(&mut RoleSpec)| {
        let mut role = role.clone();
        change(&mut role);
        limits::check(&role)
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>()
    };
    let long = Document::Known(queue_policy(&"q".repeat(limits::INLINE_POLICIES)));
    let name = PolicyName::parse("tc-orders").unwrap();
    assert_eq!(
        code_after(&|role| drop(role.policies.insert(name.clone(), long.clone()))),
        [limits::codes::POLICIES_TOO_LARGE]
    );
    assert_eq!(
        code_after(&|role| role.trust = long.clone()),
        [limits::codes::TRUST_TOO_LARGE]
    );
    assert_eq!(
        code_after(&|role| (0..limits::TAGS).for_each(|n| role.tags.set(format!("k{n}"), ""))),
        [limits::codes::TOO_MANY_TAGS]
    );
    assert_eq!(
        code_after(&|role| role.tags.set("k", "v".repeat(limits::TAG_VALUE + 1))),
        [limits::codes::TAG_TOO_LONG]
    );
    let attached = |number: usize| {
        let arn = |n| Arn::parse(&format!("arn:aws:iam::123456789012:policy/p{n}")).unwrap();
        let mut role = role.clone();
        role.managed_policies = (0..number).map(arn).collect();
        let found = limits::check(&role);
        found
            .iter()
            .map(|found| (found.code, found.is_error()))
            .collect::<Vec<_>>()
    };
    let code = limits::codes::TOO_MANY_MANAGED_POLICIES;
    assert_eq!(attached(10), []);
    assert_eq!(
        (attached(11), attached(20)),
        (vec![(code, false)], vec![(code, false)])
    );
    assert_eq!(attached(21), [(code, true)]);
}

#[test]
fn a_topology_with_schedules_changes_the_trust_policy_and_that_is_no_drift() {
    let share = |ids: &[&str]| {
        let capabilities = ids.iter().map(|id| Capability::parse(id)).collect();
        let share = Share {
            capabilities,
            ..Share::default()
        };
        Shares::from([(base(RoleKind::Event), share)])
    };
    let orders = alone(&namespace("orders"), &share(&["state.start"]));
    let before = run(&orders, Observed::new());
    let billing = alone(&namespace("billing"), &share(&["schedule.run"]));
    let plan = decided(&billing, &before, Adoption::Refuse);
    let step = &plan.steps[0];
    let is_trust = |operation: &Operation| matches!(operation, Operation::UpdateTrust(_));
    assert!(step.operations.iter().any(is_trust), "{:?}", step.operations);
    assert!(
        !step.reasons.iter().any(|reason| reason.contains("drift")),
        "{:?}",
        step.reasons
    );
    let after = replay(before.clone(), &plan);
    assert_eq!(run(&alone(&namespace("billing"), &Shares::new()), after), before);
}

//! The order of calls within a role, whatever the role is and whatever it should be.

use super::super::{operation, reasons};
use super::*;

fn arn(name: &str) -> Arn {
    Arn::parse(&format!("arn:aws:iam::aws:policy/{name}")).unwrap()
}

fn name() -> RoleName {
    RoleName::parse("tc-base-route-dev").unwrap()
}

fn document() -> impl Strategy<Value = Document> {
    select(&["a", "b"][..]).prop_map(|queue| Document::Known(queue_policy(queue)))
}

/// A role as tcperm could want it.
fn wanted() -> impl Strategy<Value = RoleSpec> {
    let policy = select(&["tc-base-route-dev", "tc-orders", "tc-billing"][..]);
    let policies = prop::collection::btree_map(policy, document(), 0..4);
    let managed = prop::collection::btree_set(select(&["A", "B", "C"][..]), 0..4);
    let boundary = prop::option::of(select(&["Narrow", "Wide"][..]).prop_map(arn));
    let tag = select(&["sandbox", "tcperm:ns:orders", "tcperm:others", "team"][..]);
    let tags = prop::collection::btree_map(tag, select(&["", "x.y"][..]), 0..5);
    (document(), policies, managed, boundary, tags).prop_map(|(trust, policies, managed, boundary, tags)| {
        let named = |(name, document)| (PolicyName::parse(name).unwrap(), document);
        RoleSpec {
            arn: Arn::role(Context::example().partition, &Context::example().account, &name()),
            name: name(),
            trust,
            policies: policies.into_iter().map(named).collect(),
            managed_policies: managed.into_iter().map(arn).collect(),
            boundary,
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: tags.into_iter().collect(),
        }
    })
}

/// A role as IAM could hold it: some of its documents were not read, or cannot be.
fn held() -> impl Strategy<Value = RoleSpec> {
    let odd = select(vec![None, Some(Document::Unread), Some(Document::read("odd"))]);
    (wanted(), odd).prop_map(|(mut role, odd)| {
        if let (Some(document), Some(odd)) = (role.policies.values_mut().next(), odd) {
            *document = odd;
        }
        role
    })
}

fn trust() -> impl Strategy<Value = operation::Trust> {
    select(&[operation::Trust::OfTopologies, operation::Trust::OfKind][..])
}

/// The role before each operation, and at the end.
fn states(before: Option<&RoleSpec>, operations: &[Operation]) -> Vec<Option<RoleSpec>> {
    let mut states = vec![before.cloned()];
    for operation in operations {
        let role = states.last().cloned().flatten();
        states.push(performed(role, &name(), operation));
    }
    states
}

fn end(before: Option<&RoleSpec>, operations: &[Operation]) -> Option<RoleSpec> {
    states(before, operations).pop().flatten()
}

fn widens(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::UpdateTrust(_) | Operation::PutPolicy { .. } | Operation::Attach(_)
    )
}

fn place(operations: &[Operation], is_it: impl Fn(&Operation) -> bool) -> Option<usize> {
    operations.iter().position(is_it)
}

proptest! {
    #[test]
    fn what_is_created_is_what_is_wanted(after in wanted()) {
        prop_assert_eq!(end(None, &operation::creating(&after)), Some(after));
    }

    #[test]
    fn what_is_updated_or_adopted_becomes_what_is_wanted(before in held(), after in wanted(), trust in trust()) {
        // A plan keeps a boundary that nobody asks for.
        let boundary = after.boundary.clone().or_else(|| before.boundary.clone());
        let after = RoleSpec { boundary, ..after };
        prop_assert_eq!(end(Some(&before), &operation::updating(&before, &after, trust)), Some(after.clone()));
        prop_assert_eq!(end(Some(&before), &operation::adopting(&before, &after, trust)), Some(after));
    }

    #[test]
    fn what_leaves_or_is_deleted_is_gone(before in held(), without in wanted()) {
        prop_assert_eq!(end(Some(&before), &operation::leaving(&before, &without.tags)), None);
        prop_assert_eq!(end(Some(&before), &operation::deleting(&before)), None);
    }

    #[test]
    fn nothing_widens_a_role_before_its_boundary_stands(before in held(), after in wanted(), trust in trust()) {
        for operations in [operation::updating(&before, &after, trust), operation::adopting(&before, &after, trust)] {
            for (state, operation) in states(Some(&before), &operations).iter().zip(&operations) {
                let boundary = &state.as_ref().unwrap().boundary;
                let stands = after.boundary.is_none() || *boundary == after.boundary;
                prop_assert!(stands || !widens(operation), "{:?}", operations);
            }
        }
    }

    #[test]
    fn nothing_but_tags_is_written_before_the_tags_were_looked_at(before in held(), after in wanted(), trust in trust()) {
        let operations = operation::updating(&before, &after, trust);
        let looked = place(&operations, |o| matches!(o, Operation::ExpectTags(_))).unwrap();
        let is_tag = |o: &Operation| matches!(o, Operation::Tag(_) | Operation::Untag(_));
        prop_assert!(operations[..looked].iter().all(is_tag), "{:?}", operations);
    }

    /// What the tags record is by then what will be there: who leaves is recorded, and needs nothing.
    #[test]
    fn a_topology_that_leaves_is_recorded_until_all_that_it_needed_is_gone(before in held(), after in wanted(), trust in trust()) {
        let operations = operation::updating(&before, &after, trust);
        let states = states(Some(&before), &operations);
        let of = |tags: &Tags| {
            let named = ownership::recorded_needs(tags).into_values().flatten();
            named.chain(ownership::recorded_others(tags).into_iter().flatten()).collect::<BTreeSet<_>>()
        };
        for (state, operation) in states.iter().zip(&operations) {
            let tags = &state.as_ref().unwrap().tags;
            match operation {
                Operation::Tag(_) | Operation::ExpectTags(_) => {}
                Operation::Untag(_) => prop_assert_eq!(
                    RoleSpec { tags: Tags::new(), ..state.clone().unwrap() },
                    RoleSpec { tags: Tags::new(), ..end(Some(&before), &operations).unwrap() },
                    "{:?}", operations
                ),
                _ => {
                    prop_assert_eq!(of(tags), of(&after.tags), "{:?}", operations);
                    let leaves = |(key, _): &(&str, &str)| key.starts_with("tcperm:ns:");
                    for (key, _) in before.tags.iter().filter(leaves) {
                        prop_assert!(tags.get(key).is_some(), "{:?}", operations);
                    }
                }
            }
        }
    }

    #[test]
    fn inline_policies_are_written_before_managed_ones_are_attached(before in held(), after in wanted(), trust in trust()) {
        for operations in [
            operation::creating(&after),
            operation::updating(&before, &after, trust),
            operation::adopting(&before, &after, trust),
        ] {
            let attached = place(&operations, |o| matches!(o, Operation::Attach(_)));
            let put = operations.iter().rposition(|o| matches!(o, Operation::PutPolicy { .. }));
            prop_assert!(attached.is_none_or(|attached| put.is_none_or(|put| put < attached)), "{:?}", operations);
        }
    }

    #[test]
    fn who_joins_a_role_that_serves_nobody_attaches_even_what_seems_to_stand(before in held(), after in wanted(), trust in trust()) {
        let mut before = before;
        before.tags.remove("tcperm:ns:orders");
        before.tags.remove("tcperm:others");
        let operations = operation::updating(&before, &after, trust);
        for arn in &after.managed_policies {
            prop_assert!(operations.contains(&Operation::Attach(arn.clone())), "{:?}", operations);
        }
    }

    #[test]
    fn tags_make_a_role_ours_only_when_it_holds_nothing_foreign_within_our_boundary(before in held(), after in wanted(), trust in trust()) {
        let operations = operation::adopting(&before, &after, trust);
        let tagged = place(&operations, |o| matches!(o, Operation::Tag(_) | Operation::Untag(_)));
        let role = tagged.and_then(|tagged| states(Some(&before), &operations).remove(tagged));
        if let Some(role) = role {
            prop_assert!(role.managed_policies.is_subset(&after.managed_policies));
            let is_ours = |(name, document): (&PolicyName, &Document)| after.policies.get(name) == Some(document);
            prop_assert!(role.policies.iter().all(is_ours), "{:?}", operations);
            prop_assert!(after.boundary.is_none() || role.boundary == after.boundary);
        }
    }
}

#[test]
fn a_role_of_one_entity_is_created_with_its_description_and_a_base_role_without() {
    let (_, roles) = one_role();
    let mut role = roles.into_values().next().unwrap();
    let described = |role: &RoleSpec| match &operation::creating(role)[0] {
        Operation::Create { description, .. } => description.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(described(&role), None);
    role.tags.set(ownership::OWN_KEY, "function/orders/place");
    assert_eq!(
        described(&role).as_deref(),
        Some("tcperm sandbox=dev role=function/orders/place")
    );
}

#[test]
fn a_boundary_and_managed_policies_that_differ_are_named() {
    let (_, roles) = one_role();
    let right = roles.into_values().next().unwrap();
    let with = |boundary: Option<&str>, managed: &[&str]| RoleSpec {
        boundary: boundary.map(arn),
        managed_policies: managed.iter().copied().map(arn).collect(),
        ..right.clone()
    };
    let said = |before: &RoleSpec, after: &RoleSpec| {
        reasons::of_update(
            before,
            after,
            after,
            (&Needs::default(), &Needs::default()),
            &BTreeMap::new(),
        )
    };
    let (bare, bound) = (with(None, &[]), with(Some("Wide"), &["A"]));
    assert_eq!(
        said(&bare, &bound),
        [
            "the permissions boundary `arn:aws:iam::aws:policy/Wide` is missing",
            "the managed policy `arn:aws:iam::aws:policy/A` is not attached",
        ]
    );
    assert_eq!(
        said(&bound, &with(Some("Narrow"), &["A"])),
        [
            "the permissions boundary is `arn:aws:iam::aws:policy/Wide` instead of `arn:aws:iam::aws:policy/Narrow`"
        ]
    );
    assert_eq!(
        said(&bound, &bare),
        [
            "the permissions boundary is `arn:aws:iam::aws:policy/Wide` instead of none",
            "drift: the managed policy `arn:aws:iam::aws:policy/A` was attached by hand",
        ]
    );
    assert_eq!(said(&bound, &bound), [""; 0]);
}

#[test]
fn a_boundary_that_nobody_asks_for_is_kept() {
    let share = Share::default();
    let topologies = alone(
        &namespace("orders"),
        &Shares::from([(base(RoleKind::Route), share)]),
    );
    let mut roles = run(&topologies, Observed::new());
    let role = roles.get_mut(&base(RoleKind::Route)).unwrap();
    role.boundary = Some(arn("Narrow"));
    let plan = decided(&topologies, &roles, Adoption::Refuse);
    assert!(!plan.has_changes());
    let after = plan.steps[0].after.as_ref().unwrap();
    assert_eq!(after.boundary, Some(arn("Narrow")));
}

/// Whoever emptied the role may be about to delete what it still holds.
#[test]
fn who_joins_a_role_that_nobody_needs_writes_every_policy_also_of_those_who_share_a_tag() {
    let crowd = a_crowd();
    let mut roles = run(&crowd, Observed::new());
    let role = roles.get_mut(&base(RoleKind::Route)).unwrap();
    let policies: BTreeSet<PolicyName> = role.policies.keys().cloned().collect();
    let tags = role.tags.iter();
    role.tags = tags.filter(|(key, _)| !ownership::records_needs(key)).collect();
    let plan = decided(&crowd, &roles, Adoption::Refuse);
    let operations = plan.steps.iter().flat_map(|step| &step.operations);
    let written = operations.filter_map(|operation| match operation {
        Operation::PutPolicy { name, .. } => Some(name.clone()),
        _ => None,
    });
    assert_eq!(written.collect::<BTreeSet<_>>(), policies);
}

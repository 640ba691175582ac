use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Severity;
use crate::model::{Arn, Context, PolicyName, RoleId, RoleKind};
use crate::plan::Obstacle;

/// A document of this many characters.
fn document(characters: usize) -> Document {
    let text = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"x:Send","Resource":"{resource}"}}]}}"#
        )
    };
    let empty = Policy::parse(&text("")).unwrap().canonical().size();
    let filler = "q".repeat(characters.saturating_sub(empty));
    let document = Document::Known(Policy::parse(&text(&filler)).unwrap().canonical());
    assert_eq!(size(&document), characters.max(empty));
    document
}

fn id() -> RoleId {
    RoleId::base(RoleKind::Route, &Context::example().sandbox)
}

/// A role with documents of these sizes, and tags.
fn role(inline: usize, trust: usize, tags: usize) -> RoleSpec {
    let context = Context::example();
    RoleSpec {
        arn: Arn::role(context.partition, &context.account, &id().name),
        name: id().name,
        trust: document(trust),
        policies: BTreeMap::from([(PolicyName::parse("p").unwrap(), document(inline))]),
        managed_policies: BTreeSet::new(),
        boundary: None,
        instance_profiles: BTreeSet::new(),
        namesake: None,
        tags: (0..tags).map(|n| (format!("key{n}"), "")).collect(),
    }
}

fn step(action: Action, before: Option<RoleSpec>, after: Option<RoleSpec>) -> Step {
    Step {
        role: id().name,
        id: id(),
        action,
        reasons: Vec::new(),
        obstacle: None,
        before,
        after,
        operations: Vec::new(),
    }
}

fn plan(steps: Vec<Step>) -> Plan {
    Plan { steps }
}

/// A plan that creates and deletes so many small roles.
fn coming_and_going(created: usize, deleted: usize) -> Plan {
    let coming = (0..created).map(|_| step(Action::Create, None, Some(role(100, 100, 1))));
    let going = (0..deleted).map(|_| step(Action::Delete, Some(role(100, 100, 1)), None));
    plan(coming.chain(going).collect())
}

fn found(plan: &Plan, quotas: &Quotas) -> Vec<(&'static str, Severity)> {
    check(plan, quotas)
        .iter()
        .map(|one| (one.code, one.severity))
        .collect()
}

const NEAR: (&str, Severity) = (codes::NEARLY_FULL, Severity::Warning);

#[test]
fn nine_tenths_of_the_roles_are_warned_of_and_more_than_all_refused() {
    let created = coming_and_going(4, 0);
    let of = |roles| found(&created, &Quotas::usual(roles));
    assert_eq!(of(895), []);
    assert_eq!(of(896), [(codes::ROLE_QUOTA, Severity::Warning)]);
    assert_eq!(of(996), [(codes::ROLE_QUOTA, Severity::Warning)]);
    assert_eq!(of(997), [(codes::ROLE_QUOTA, Severity::Error)]);
}

#[test]
fn an_account_that_was_granted_more_has_room() {
    let mut quotas = Quotas::usual(997);
    quotas.roles.limit = 5_000;
    assert_eq!(found(&coming_and_going(4, 0), &quotas), []);
    quotas.roles.used = 4_997;
    assert_eq!(
        found(&coming_and_going(4, 0), &quotas),
        [(codes::ROLE_QUOTA, Severity::Error)]
    );
}

#[test]
fn roles_that_go_make_room_and_one_in_the_way_takes_none() {
    assert_eq!(found(&coming_and_going(2, 2), &Quotas::usual(1_000)), []);
    assert_eq!(found(&coming_and_going(0, 3), &Quotas::usual(1_000)), []);
    let mut obstructed = coming_and_going(1, 0);
    for step in &mut obstructed.steps {
        step.obstacle = Some(Obstacle::Foreign);
    }
    assert_eq!(found(&obstructed, &Quotas::usual(1_000)), []);
}

#[test]
fn each_limit_of_a_role_is_warned_of_from_nine_tenths() {
    let quotas = Quotas::usual(0);
    let of = |inline, trust, tags| {
        let after = Some(role(inline, trust, tags));
        found(&plan(vec![step(Action::Create, None, after)]), &quotas)
    };
    assert_eq!(of(9_215, 1_843, 44), []);
    assert_eq!(of(9_216, 1_843, 44), [NEAR]);
    assert_eq!(of(9_215, 1_844, 44), [NEAR]);
    assert_eq!(of(9_215, 1_843, 45), [NEAR]);
    assert_eq!(of(9_216, 1_844, 45), [NEAR, NEAR, NEAR]);
}

#[test]
fn a_trust_policy_is_measured_by_what_the_account_was_granted() {
    let after = Some(role(100, 1_900, 1));
    let plan = plan(vec![step(Action::Create, None, after)]);
    let mut quotas = Quotas::usual(0);
    assert_eq!(found(&plan, &quotas), [NEAR]);
    quotas.trust_policy = 4_096;
    assert_eq!(found(&plan, &quotas), []);
}

#[test]
fn a_document_that_was_not_read_counts_for_nothing_and_another_text_by_its_characters() {
    assert_eq!(size(&Document::Unread), 0);
    assert_eq!(size(&Document::read("no policy\n at all")), "nopolicyatall".len());
}

proptest! {
    /// What does not grow is never warned of, however full it is: a second run is silent.
    #[test]
    fn only_what_a_plan_adds_to_is_told(
        (inline, less_inline) in (9_300_usize..10_240, 0_usize..40),
        (trust, less_trust) in (1_850_usize..2_048, 0_usize..5),
        (tags, less_tags) in (45_usize..50, 0_usize..2),
        roles in 0_usize..2_000,
    ) {
        let before = role(inline, trust, tags);
        let after = role(inline - less_inline, trust - less_trust, tags - less_tags);
        let shrinking = plan(vec![step(Action::Update, Some(before.clone()), Some(after.clone()))]);
        prop_assert_eq!(found(&shrinking, &Quotas::usual(roles)), vec![]);
        let growing = plan(vec![step(Action::Update, Some(after), Some(before))]);
        let grown = [less_inline, less_trust, less_tags].iter().filter(|less| **less > 0).count();
        prop_assert_eq!(found(&growing, &Quotas::usual(roles)), vec![NEAR; grown]);
    }

    /// An account that is not asked could not have said anything that matters: whatever it was
    /// granted, there is nothing to be said of its roles and of trust policies.
    #[test]
    fn who_is_not_asked_has_room(
        (created, deleted) in (0_usize..30, 0_usize..30),
        listed in 850_usize..1_050,
        trust in 1_800_usize..1_900,
        (roles, more_trust) in (1_000_usize..5_000, 2_048_usize..8_192),
    ) {
        let mut plan = coming_and_going(created, deleted);
        plan.steps.push(step(Action::Update, Some(role(100, 100, 1)), Some(role(100, trust, 1))));
        let mut quotas = Quotas::usual(listed);
        quotas.roles.limit = roles;
        quotas.trust_policy = more_trust;
        if !is_account_asked(&plan, listed) {
            prop_assert_eq!(found(&plan, &quotas), vec![]);
        }
    }
}

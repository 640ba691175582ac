use proptest::prelude::*;

use super::*;
use crate::intent::ownership::{OTHERS_KEY, namespace_key};

const DAY: i64 = 24 * 60 * 60;
const NOW: i64 = 20_000 * DAY + 7 * 60 * 60;

fn namespace(name: &str) -> Namespace {
    Namespace::parse(name).unwrap()
}

fn role(age_in_days: i64, tags: &[(&str, &str)]) -> Facts {
    Facts {
        created: NOW - age_in_days * DAY,
        last_used: None,
        tags: tags.iter().copied().collect(),
    }
}

fn sandbox(roles: &[Facts]) -> BTreeMap<RoleName, Facts> {
    let names = ["tc-base-function-dev", "tc-base-route-dev", "tc-base-state-dev"];
    let names = names.into_iter().map(|name| RoleName::parse(name).unwrap());
    names.zip(roles.iter().cloned()).collect()
}

fn expired() -> Selection {
    Selection {
        now: NOW,
        expired: true,
        ..Selection::default()
    }
}

fn older_than(text: &str) -> Selection {
    Selection {
        now: NOW,
        older_than: Some(Period::parse(text).unwrap()),
        ..Selection::default()
    }
}

fn orphans(known: &[&str]) -> Selection {
    let known = known.iter().map(|name| namespace(name)).collect();
    Selection {
        now: NOW,
        orphans: Some(known),
        ..Selection::default()
    }
}

fn end_in(days: i64) -> String {
    Expiry::after(Period::Days(1), NOW + (days - 1) * DAY).to_string()
}

#[track_caller]
fn assert_goes(selection: &Selection, roles: &[Facts]) -> String {
    match judge(selection, &sandbox(roles)) {
        Verdict::Goes(why) => why.join("; "),
        Verdict::Stays(why) => panic!("stays: {why:?}"),
    }
}

#[track_caller]
fn assert_stays(selection: &Selection, roles: &[Facts]) -> Option<String> {
    match judge(selection, &sandbox(roles)) {
        Verdict::Goes(why) => panic!("goes: {why:?}"),
        Verdict::Stays(why) => why,
    }
}

#[test]
fn a_sandbox_lives_until_the_latest_end_that_its_roles_record() {
    let (passed, ahead) = (end_in(-1), end_in(0));
    let past = role(9, &[(TTL_KEY, &passed)]);
    let future = role(9, &[(TTL_KEY, &ahead)]);
    let unsaid = role(9, &[]);
    let why = assert_goes(&expired(), &[past.clone(), unsaid.clone()]);
    assert_eq!(why, format!("was meant to live until {passed}"));
    assert_eq!(assert_stays(&expired(), &[past, future]), None);
    assert_eq!(assert_stays(&expired(), &[unsaid]), None);
}

#[test]
fn an_end_that_cannot_be_read_keeps_a_sandbox_whatever_the_others_say() {
    let passed = end_in(-3);
    let roles = [role(99, &[(TTL_KEY, &passed)]), role(99, &[(TTL_KEY, "soon")])];
    for selection in [expired(), older_than("1d")] {
        let why = assert_stays(&selection, &roles).unwrap();
        assert!(why.contains("`soon`"), "{why}");
    }
}

#[test]
fn a_sandbox_is_as_old_as_its_youngest_role() {
    let (old, young) = (role(15, &[]), role(13, &[]));
    assert_eq!(assert_stays(&older_than("14d"), &[old.clone(), young]), None);
    let why = assert_goes(&older_than("14d"), &[old.clone(), old]);
    assert_eq!(
        why,
        format!("nothing was created in it since {}", day(NOW - 15 * DAY))
    );
}

#[test]
fn a_sandbox_that_was_used_within_the_time_stays_and_that_is_said() {
    let used = |days: i64| Facts {
        last_used: Some(NOW - days * DAY),
        ..role(99, &[])
    };
    let why = assert_stays(&older_than("14d"), &[used(99), used(2)]);
    assert_eq!(why, Some(format!("was used on {}", day(NOW - 2 * DAY))));
    assert_goes(&older_than("14d"), &[used(99), used(15)]);
}

#[test]
fn a_sandbox_whose_end_lies_ahead_is_not_too_old() {
    let ahead = end_in(3);
    let why = assert_stays(&older_than("14d"), &[role(99, &[(TTL_KEY, &ahead)])]);
    assert_eq!(why, Some(format!("is meant to live until {ahead}")));
    let passed = end_in(-3);
    assert_goes(&older_than("14d"), &[role(99, &[(TTL_KEY, &passed)])]);
}

#[test]
fn an_orphan_serves_none_of_the_topologies_that_are_found_and_no_nameless_ones() {
    let serving = |names: &[&str]| {
        let keys: Vec<String> = names.iter().map(|name| namespace_key(&namespace(name))).collect();
        let tags: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "logs.write")).collect();
        role(9, &tags)
    };
    let both = [serving(&["orders"]), serving(&["billing"])];
    assert_eq!(
        assert_goes(&orphans(&["shop"]), &both),
        "its topologies `billing`, `orders` are not found"
    );
    assert_eq!(assert_stays(&orphans(&["Billing"]), &both), None);
    assert_eq!(
        assert_goes(&orphans(&["shop"]), &[role(9, &[])]),
        "serves no topology"
    );
    let more = [serving(&["orders"]), role(9, &[(OTHERS_KEY, "")])];
    let why = assert_stays(&orphans(&["shop"]), &more).unwrap();
    assert!(why.contains("do not name"), "{why}");
}

#[test]
fn one_reason_is_enough_and_all_are_said() {
    let passed = end_in(-1);
    let roles = [role(99, &[(TTL_KEY, &passed)])];
    let all = Selection {
        expired: true,
        orphans: orphans(&["shop"]).orphans,
        ..older_than("14d")
    };
    assert_eq!(assert_goes(&all, &roles).split("; ").count(), 3);
    let ahead = end_in(1);
    assert_eq!(
        assert_goes(&all, &[role(99, &[(TTL_KEY, &ahead)])]),
        "serves no topology"
    );
}

#[test]
fn a_role_that_was_made_anew_or_tagged_is_not_the_one_that_was_judged() {
    let judged = role(9, &[("a", "b")]);
    let is_still = |now: Facts| judged.is_still(now.created, &now.tags);
    assert!(is_still(role(9, &[("a", "b")])));
    assert!(!is_still(role(8, &[("a", "b")])));
    assert!(!is_still(role(9, &[("a", "c")])));
}

proptest! {
    #[test]
    fn nothing_goes_without_being_selected(age in 0_i64..5000, days in -500_i64..500) {
        let end = end_in(days);
        let roles = sandbox(&[role(age, &[(TTL_KEY, &end)])]);
        let nothing = Selection { now: NOW, ..Selection::default() };
        prop_assert_eq!(judge(&nothing, &roles), Verdict::Stays(None));
        let goes = matches!(judge(&expired(), &roles), Verdict::Goes(_));
        prop_assert_eq!(goes, days < 0);
    }
}

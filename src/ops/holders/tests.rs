use super::*;
use crate::evaluate::Known;
use crate::model::{RoleKind, Sandbox};
use crate::policy::lint::tag_session;

/// A role `dev` of team `blue` whose trust policy has this statement besides one for a service.
fn role(trusting: &str, asking: &str) -> Holder {
    let trust = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"Service": "svc"}}, "Action": "a:Assume"}}{trusting}]}}"#
    );
    let asking = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "a:B", "Resource": "x-${{aws:PrincipalTag/Stage, 'none'}}", "Condition": {{"StringEquals": {{"aws:PrincipalTag/area": "{asking}"}}}}}}]}}"#
    );
    let id = RoleId::base(RoleKind::Function, &Sandbox::parse("dev").unwrap());
    let mut tags = Tags::new();
    tags.set("sandbox", "dev");
    tags.set("Team", "blue");
    Holder {
        name: id.name.clone(),
        arn: Arn::parse("arn:aws:iam::123456789012:role/tc-base-function-dev").unwrap(),
        id,
        mode: "dynamic".to_owned(),
        tags,
        trust: Document::read(&trust),
        documents: vec![HeldDocument {
            name: "one".to_owned(),
            policy: Policy::parse(&asking).unwrap(),
            origins: Vec::new(),
        }],
        unread: Vec::new(),
        boundary: None,
        exceptions: Vec::new(),
    }
}

/// A statement by which anybody may tag a session.
fn tagging(action: &str, condition: &str) -> String {
    format!(
        r#", {{"Effect": "Allow", "Principal": {{"AWS": "*"}}, {action}, "Resource": "*", "Condition": {condition}}}"#
    )
}

fn tag_action() -> String {
    format!(r#""Action": ["{}"]"#, tag_session().to_lowercase())
}

/// What is known of the tags `sandbox`, `team`, and of `stage` and `area`, which the role has not.
fn tags(holder: &Holder) -> [String; 4] {
    let known = holder.known();
    ["sandbox", "team", "stage", "area"].map(|key| match known.get(&format!("aws:principaltag/{key}")) {
        Known::Values(values) => values.join(","),
        Known::Missing => "missing".to_owned(),
        Known::Nothing => "?".to_owned(),
    })
}

#[test]
fn the_tags_of_a_role_whose_sessions_nobody_tags_are_known_and_those_it_lacks_are_missing() {
    assert_eq!(tags(&role("", "x")), ["dev", "blue", "missing", "missing"]);
    let known = role("", "x").known();
    assert_eq!(known.get("aws:principaltag/other"), Known::Nothing);
    let values = |key| match known.get(key) {
        Known::Values(values) => values.join(","),
        _ => String::new(),
    };
    assert_eq!(values("aws:principaltype"), "AssumedRole");
    assert_eq!(values("aws:principalaccount"), "123456789012");
    assert!(values("aws:principalarn").ends_with("role/tc-base-function-dev"));
    assert!(!known.is_complete());
}

#[test]
fn who_may_tag_a_session_may_set_any_tag() {
    let unknown = ["?", "?", "?", "?"];
    let service = tag_session().split_once(':').unwrap().0;
    for action in [
        tag_action(),
        format!(r#""Action": "{service}:*""#),
        r#""Action": "*""#.to_owned(),
        r#""NotAction": "a:B""#.to_owned(),
    ] {
        assert_eq!(tags(&role(&tagging(&action, "{}"), "x")), unknown, "{action}");
    }
    let not_it = format!(r#""NotAction": "{}""#, tag_session());
    assert_eq!(tags(&role(&tagging(&not_it, "{}"), "x"))[0], "dev");
    let unreadable = Holder {
        trust: Document::Unreadable(String::new()),
        ..role("", "x")
    };
    assert_eq!(tags(&unreadable), unknown);
}

#[test]
fn a_tag_that_the_trust_policy_pins_to_the_role_s_own_value_is_known() {
    let pinned = |condition: &str| tags(&role(&tagging(&tag_action(), condition), "x"));
    let own = r#"{"StringEquals": {"aws:RequestTag/Sandbox": "dev"}}"#;
    assert_eq!(pinned(own), ["dev", "?", "?", "?"]);
    let if_exists = r#"{"StringEqualsIfExists": {"aws:RequestTag/sandbox": ["dev"]}}"#;
    assert_eq!(pinned(if_exists), ["dev", "?", "?", "?"]);
    let keys = r#"{"ForAllValues:StringLike": {"aws:TagKeys": ["Team", "st*"]}}"#;
    assert_eq!(pinned(keys), ["dev", "?", "?", "missing"]);
    let none = r#"{"Null": {"aws:RequestTag/team": "true"}}"#;
    assert_eq!(pinned(none), ["?", "blue", "?", "?"]);
}

#[test]
fn a_condition_that_pins_nothing_leaves_a_tag_unknown() {
    for condition in [
        r#"{"StringEquals": {"aws:RequestTag/sandbox": "qa"}}"#,
        r#"{"StringEquals": {"aws:RequestTag/sandbox": ["dev", "qa"]}}"#,
        r#"{"StringLike": {"aws:RequestTag/sandbox": "d*"}}"#,
        r#"{"StringEquals": {"aws:RequestTag/sandbox": "${aws:PrincipalTag/sandbox}"}}"#,
        r#"{"StringEquals": {"aws:RequestTag/team": "blue"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}"#,
        r#"{"ForAllValues:StringLike": {"aws:TagKeys": "${aws:username}"}}"#,
        r#"{"Null": {"aws:RequestTag/sandbox": "false"}}"#,
    ] {
        let trusting = tagging(&tag_action(), condition);
        assert_eq!(tags(&role(&trusting, "x"))[0], "?", "{condition}");
    }
    let two = tagging(
        &tag_action(),
        r#"{"StringEquals": {"aws:RequestTag/sandbox": "dev"}}"#,
    ) + &tagging(&tag_action(), "{}");
    assert_eq!(tags(&role(&two, "x"))[0], "?");
}

#[test]
fn more_policies_say_of_more_tags_that_they_are_missing() {
    let more = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"Null": {"aws:PrincipalTag/Other": "true"}}}]}"#;
    let known = role("", "x").known_beside(&[&Policy::parse(more).unwrap()]);
    assert_eq!(known.get("aws:principaltag/other"), Known::Missing);
}

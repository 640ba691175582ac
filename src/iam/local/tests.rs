//! The embedded account as its callers and its editors meet it.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests look at the file and edit it as a person would"
)]

use std::fs;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

mod policies;

/// The answer of a call; the embedded account never waits.
#[track_caller]
fn now<T>(call: impl Future<Output = T>) -> T {
    call.now_or_never().unwrap()
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(home: &TempDir) -> LocalAccount {
    LocalAccount::open(home.path()).unwrap()
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

fn name(text: &str) -> PolicyName {
    PolicyName::parse(text).unwrap()
}

fn trust() -> Policy {
    Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "svc.amazonaws.com"}, "Action": "sts:take"}]}"#,
    )
    .unwrap()
}

fn allow(resource: &str) -> Policy {
    Policy::parse(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "svc:Do", "Resource": "arn:aws:svc:::{resource}"}}]}}"#
    ))
    .unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().copied().collect()
}

/// A role without a boundary and a description.
fn plain<'a>(name: &'a RoleName, trust: &'a Policy, tags: &'a Tags) -> NewRole<'a> {
    NewRole {
        name,
        trust,
        tags,
        boundary: None,
        description: None,
    }
}

fn policy(arn: &str) -> Arn {
    Arn::parse(arn).unwrap()
}

fn with_role(home: &TempDir) -> (LocalAccount, RoleName) {
    let account = open(home);
    let dev = role("tc-base-function-dev");
    now(account.create_role(&plain(&dev, &trust(), &tags(&[("sandbox", "dev")])))).unwrap();
    (account, dev)
}

/// Changes the file by hand.
fn edit(account: &LocalAccount, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(&fs::read_to_string(account.path()).unwrap()).unwrap();
    change(&mut value);
    fs::write(account.path(), value.to_string()).unwrap();
}

#[track_caller]
fn fault<T: std::fmt::Debug>(answer: IamResult<T>, fault: Fault) -> IamError {
    let error = answer.unwrap_err();
    assert_eq!(error.fault, fault, "{error}");
    error
}

#[test]
fn a_missing_file_is_an_empty_account_and_reading_makes_none() {
    let home = home();
    let account = LocalAccount::open(&home.path().join("deep/er")).unwrap();
    let identity = now(account.identity()).unwrap();
    assert_eq!(identity.account.as_str(), "000000000000");
    assert_eq!(identity.partition.as_str(), "aws");
    assert_eq!(now(account.list_roles()).unwrap(), vec![]);
    assert_eq!(now(account.get_role(&role("r"))).unwrap(), None);
    assert!(!home.path().join("deep").exists());
}

#[test]
fn what_one_handle_writes_another_reads() {
    let home = home();
    let (account, dev) = with_role(&home);
    now(account.put_inline_policy(&dev, &name("p"), &allow("a b"))).unwrap();

    let other = open(&home);
    let detail = now(other.get_role(&dev)).unwrap().unwrap();
    assert_eq!(detail.trust, trust().to_json());
    assert_eq!(detail.tags, tags(&[("sandbox", "dev")]));
    assert_eq!(detail.boundary, None);
    assert_eq!(
        detail.summary.arn.as_str(),
        "arn:aws:iam::000000000000:role/tc-base-function-dev"
    );
    assert!(detail.summary.created > 1_700_000_000);
    assert_eq!(now(other.list_roles()).unwrap(), vec![detail.summary]);
    assert_eq!(
        now(other.list_inline_policies(&dev)).unwrap(),
        Some(vec![name("p")])
    );
    assert_eq!(
        now(other.get_inline_policy(&dev, &name("p"))).unwrap(),
        Some(allow("a b").to_json())
    );
}

#[test]
fn role_names_are_compared_without_case() {
    let home = home();
    let (account, dev) = with_role(&home);
    let shouted = role("TC-BASE-FUNCTION-DEV");
    fault(
        now(account.create_role(&plain(&shouted, &trust(), &Tags::new()))),
        Fault::AlreadyExists,
    );
    now(account.tag_role(&shouted, &tags(&[("a", "1")]))).unwrap();
    assert_eq!(
        now(account.get_role(&shouted)).unwrap().unwrap().summary.name,
        dev
    );
    now(account.delete_role(&shouted)).unwrap();
    assert_eq!(now(account.get_role(&dev)).unwrap(), None);
}

#[test]
fn writes_to_a_missing_role_find_nothing_and_reads_give_none() {
    let home = home();
    let account = open(&home);
    let gone = role("gone");
    let arn = Arn::parse("arn:aws:iam::aws:policy/P").unwrap();
    let writes = [
        now(account.update_trust(&gone, &trust())),
        now(account.tag_role(&gone, &tags(&[("a", "1")]))),
        now(account.untag_role(&gone, &["a".to_owned()])),
        now(account.put_inline_policy(&gone, &name("p"), &allow("x"))),
        now(account.delete_inline_policy(&gone, &name("p"))),
        now(account.attach_managed_policy(&gone, &arn)),
        now(account.detach_managed_policy(&gone, &arn)),
        now(account.put_boundary(&gone, &arn)),
        now(account.remove_from_instance_profile(&gone, "i")),
        now(account.delete_role(&gone)),
    ];
    for answer in writes {
        let error = fault(answer, Fault::NotFound);
        assert_eq!(error.role, Some(gone.clone()));
    }
    assert_eq!(now(account.list_role_tags(&gone)).unwrap(), None);
    assert_eq!(now(account.list_inline_policies(&gone)).unwrap(), None);
    assert_eq!(now(account.get_inline_policy(&gone, &name("p"))).unwrap(), None);
    assert_eq!(now(account.list_managed_policies(&gone)).unwrap(), None);
    assert_eq!(now(account.list_instance_profiles(&gone)).unwrap(), None);
}

#[test]
fn deleting_what_a_role_does_not_hold_finds_nothing_but_untagging_is_fine() {
    let home = home();
    let (account, dev) = with_role(&home);
    let arn = Arn::parse("arn:aws:iam::aws:policy/P").unwrap();
    fault(
        now(account.delete_inline_policy(&dev, &name("p"))),
        Fault::NotFound,
    );
    fault(now(account.detach_managed_policy(&dev, &arn)), Fault::NotFound);
    fault(
        now(account.remove_from_instance_profile(&dev, "i")),
        Fault::NotFound,
    );
    assert_eq!(now(account.get_inline_policy(&dev, &name("p"))).unwrap(), None);
    now(account.untag_role(&dev, &["none".to_owned()])).unwrap();
}

#[test]
fn tags_are_set_and_removed_without_case() {
    let home = home();
    let (account, dev) = with_role(&home);
    now(account.tag_role(&dev, &tags(&[("Sandbox", "qa"), ("team", "")]))).unwrap();
    assert_eq!(
        now(account.list_role_tags(&dev)).unwrap().unwrap(),
        tags(&[("Sandbox", "qa"), ("team", "")])
    );
    now(account.untag_role(&dev, &["TEAM".to_owned(), "sandbox".to_owned()])).unwrap();
    assert_eq!(now(account.list_role_tags(&dev)).unwrap(), Some(Tags::new()));
}

#[test]
fn a_refused_call_changes_nothing() {
    let home = home();
    let (account, dev) = with_role(&home);
    now(account.put_inline_policy(&dev, &name("p"), &allow("x"))).unwrap();
    let before = fs::read_to_string(account.path()).unwrap();

    let bad = Policy::of(vec![]);
    let many: Tags = (0..50).map(|n| (format!("k{n}"), "v")).collect();
    let long = allow(&"x".repeat(10_100));
    fault(
        now(account.create_role(&plain(&role("new"), &bad, &Tags::new()))),
        Fault::Malformed,
    );
    fault(
        now(account.create_role(&plain(&role("new"), &trust(), &tags(&[("aws:x", "")])))),
        Fault::Malformed,
    );
    fault(
        now(account.create_role(&NewRole {
            description: Some("snowman \u{2603}"),
            ..plain(&role("new"), &trust(), &Tags::new())
        })),
        Fault::Malformed,
    );
    fault(now(account.update_trust(&dev, &allow("x"))), Fault::Malformed);
    fault(now(account.tag_role(&dev, &many)), Fault::LimitExceeded);
    fault(
        now(account.tag_role(&dev, &tags(&[("fine", ""), ("not,fine", "")]))),
        Fault::Malformed,
    );
    fault(
        now(account.put_inline_policy(&dev, &name("p"), &trust())),
        Fault::Malformed,
    );
    fault(
        now(account.put_inline_policy(&dev, &name("q"), &long)),
        Fault::LimitExceeded,
    );
    assert_eq!(fs::read_to_string(account.path()).unwrap(), before);
}

#[test]
fn a_policy_that_replaces_another_does_not_count_it() {
    let home = home();
    let (account, dev) = with_role(&home);
    let long = |fill: &str| allow(&fill.repeat(10_000));
    now(account.put_inline_policy(&dev, &name("p"), &long("x"))).unwrap();
    now(account.put_inline_policy(&dev, &name("p"), &long("y"))).unwrap();
    assert_eq!(
        now(account.get_inline_policy(&dev, &name("p"))).unwrap(),
        Some(long("y").to_json())
    );
}

#[test]
fn an_account_holds_a_thousand_roles() {
    let home = home();
    let (account, _) = with_role(&home);
    edit(&account, |file| {
        let roles = file["roles"].as_array_mut().unwrap();
        roles.extend((1..1_000).map(|n| json!({"name": format!("r{n}"), "trust": "{}"})));
    });
    let full = now(account.create_role(&plain(&role("one-more"), &trust(), &Tags::new())));
    fault(full, Fault::LimitExceeded);
    now(account.delete_role(&role("r7"))).unwrap();
    now(account.create_role(&plain(&role("one-more"), &trust(), &Tags::new()))).unwrap();
    assert_eq!(now(account.list_roles()).unwrap().len(), 1_000);
}

#[test]
fn a_role_is_deleted_when_it_holds_nothing_any_more() {
    let home = home();
    let (account, dev) = with_role(&home);
    now(account.put_inline_policy(&dev, &name("p"), &allow("x"))).unwrap();
    edit(&account, |file| {
        file["roles"][0]["managed_policies"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
        file["roles"][0]["instance_profiles"] = json!(["build"]);
    });
    let conflict = |left: &str| {
        let error = fault(now(account.delete_role(&dev)), Fault::Conflict);
        assert!(error.detail.contains(left), "{error}");
    };
    conflict("inline");
    now(account.delete_inline_policy(&dev, &name("p"))).unwrap();
    conflict("managed");
    for policy in now(account.list_managed_policies(&dev)).unwrap().unwrap() {
        now(account.detach_managed_policy(&dev, &policy)).unwrap();
    }
    conflict("instance profiles");
    for profile in now(account.list_instance_profiles(&dev)).unwrap().unwrap() {
        now(account.remove_from_instance_profile(&dev, &profile)).unwrap();
    }
    now(account.delete_role(&dev)).unwrap();
    assert_eq!(now(account.list_roles()).unwrap(), vec![]);
}

#[test]
fn a_role_is_made_with_its_boundary_and_a_listing_shows_its_description() {
    let home = home();
    let (account, dev) = with_role(&home);
    let own = role("own");
    let boundary = policy("arn:aws:iam::000000000000:policy/team/limit");
    now(account.create_role(&NewRole {
        boundary: Some(&boundary),
        description: Some("what it is for"),
        ..plain(&own, &trust(), &Tags::new())
    }))
    .unwrap();
    let described = |listed: Vec<RoleSummary>| {
        let one = |summary: RoleSummary| (summary.name, summary.description);
        listed.into_iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(
        described(now(open(&home).list_roles()).unwrap()),
        [
            (own.clone(), Some("what it is for".to_owned())),
            (dev.clone(), None)
        ]
    );
    let boundary_of = |name| now(account.get_role(name)).unwrap().unwrap().boundary;
    assert_eq!(boundary_of(&own), Some(boundary));

    let other = policy("arn:aws:iam::aws:policy/PowerUserAccess");
    for name in [&own, &dev] {
        now(account.put_boundary(name, &other)).unwrap();
        assert_eq!(boundary_of(name), Some(other.clone()));
    }
}

#[test]
fn a_policy_is_attached_once_and_ten_are_the_most() {
    let home = home();
    let (account, dev) = with_role(&home);
    let numbered = |n: usize| policy(&format!("arn:aws:iam::aws:policy/service-role/P{n}"));
    for n in (0..10).chain(0..10) {
        now(account.attach_managed_policy(&dev, &numbered(n))).unwrap();
    }
    let attached: Vec<Arn> = (0..10).map(numbered).collect();
    assert_eq!(
        now(account.list_managed_policies(&dev)).unwrap(),
        Some(attached.clone())
    );
    fault(
        now(account.attach_managed_policy(&dev, &numbered(10))),
        Fault::LimitExceeded,
    );
    now(account.detach_managed_policy(&dev, &numbered(0))).unwrap();
    now(account.attach_managed_policy(&dev, &numbered(10))).unwrap();
}

#[test]
fn a_policy_that_the_account_cannot_have_is_neither_attached_nor_a_boundary() {
    let home = home();
    let (account, dev) = with_role(&home);
    let before = fs::read_to_string(account.path()).unwrap();
    let cases = [
        ("arn:aws:iam::111111111111:policy/theirs", Fault::NoManagedPolicy),
        ("arn:aws-cn:iam::aws:policy/AWSLambda", Fault::NoManagedPolicy),
        ("arn:aws:iam::000000000000:role/r", Fault::Malformed),
        ("arn:aws:iam::000000000000:policy/", Fault::Malformed),
        ("arn:aws:iam::000000000000:policy/a path/p", Fault::Malformed),
        ("arn:aws:iam::000000000000:policy/p*", Fault::Malformed),
        ("arn:aws:iam:eu-west-1:aws:policy/P", Fault::Malformed),
        ("arn:aws:s3:::policy/P", Fault::Malformed),
    ];
    for (arn, expected) in cases {
        let arn = policy(arn);
        let new = role("new");
        let (trust, tags) = (trust(), Tags::new());
        let with_boundary = NewRole {
            boundary: Some(&arn),
            ..plain(&new, &trust, &tags)
        };
        for answer in [
            now(account.attach_managed_policy(&dev, &arn)),
            now(account.put_boundary(&dev, &arn)),
            now(account.create_role(&with_boundary)),
        ] {
            let error = fault(answer, expected);
            assert!(error.detail.contains(arn.as_str()), "{error}");
        }
    }
    assert_eq!(fs::read_to_string(account.path()).unwrap(), before);
}

#[test]
fn a_file_without_descriptions_is_an_account_of_roles_without_them() {
    let home = home();
    let (account, dev) = with_role(&home);
    edit(&account, |file| {
        let role = file["roles"][0].as_object_mut().unwrap();
        assert_eq!(role.remove("description"), Some(Value::Null));
    });
    let listed = now(open(&home).list_roles()).unwrap();
    assert_eq!((&listed[0].name, &listed[0].description), (&dev, &None));
}

#[test]
fn a_role_that_is_made_anew_has_another_unique_id() {
    let home = home();
    let (account, dev) = with_role(&home);
    let id = || {
        let file: Value = serde_json::from_str(&fs::read_to_string(account.path()).unwrap()).unwrap();
        file["roles"][0]["id"].as_str().unwrap().to_owned()
    };
    let first = id();
    now(account.delete_role(&dev)).unwrap();
    now(account.create_role(&plain(&dev, &trust(), &Tags::new()))).unwrap();
    assert_ne!(id(), first);
}

#[test]
fn a_file_written_by_hand_is_an_account() {
    let home = home();
    let text = json!({
        "format_version": "1", "account": "123456789012", "partition": "aws-cn",
        "roles": [{
            "name": "hand-made", "path": "/team/", "trust": {"Version": "2012-10-17", "Statement": []},
            "boundary": "arn:aws-cn:iam::123456789012:policy/b",
            "inline_policies": [{"name": "p", "document": {"Anything": true}}]
        }]
    });
    fs::write(home.path().join("account.json"), text.to_string()).unwrap();
    let account = open(&home);
    let hand_made = role("hand-made");
    let detail = now(account.get_role(&hand_made)).unwrap().unwrap();
    assert_eq!(
        detail.summary.arn.as_str(),
        "arn:aws-cn:iam::123456789012:role/team/hand-made"
    );
    assert_eq!(detail.trust, r#"{"Version":"2012-10-17","Statement":[]}"#);
    assert_eq!(
        detail.boundary.unwrap().as_str(),
        "arn:aws-cn:iam::123456789012:policy/b"
    );
    now(account.tag_role(&hand_made, &tags(&[("a", "1")]))).unwrap();
    assert_eq!(
        now(account.get_inline_policy(&hand_made, &name("p"))).unwrap(),
        Some(r#"{"Anything":true}"#.to_owned())
    );
    assert_eq!(now(account.identity()).unwrap().account.as_str(), "123456789012");
}

#[test]
fn a_file_that_is_no_account_is_named_and_never_overwritten() {
    let role = r#"{"name": "r", "trust": "{}"}"#;
    let file = |version: &str, roles: &str| {
        format!(
            r#"{{"format_version": {version}, "account": "000000000000", "partition": "aws", "roles": [{roles}]}}"#
        )
    };
    let broken = [
        (String::new(), "EOF"),
        ("{".to_owned(), "line 1"),
        (file(r#""2""#, ""), "format_version is `2`"),
        (file("1", ""), "expected a string"),
        (
            file(r#""1""#, &format!("{role}, {}", role.replace("\"r\"", "\"R\""))),
            "stands twice",
        ),
        (
            file(r#""1""#, r#"{"name": "r", "trust": "{}", "tag": {}}"#),
            "tag",
        ),
        (
            file(
                r#""1""#,
                r#"{"name": "r", "trust": "{}", "tags": {"a": "", "A": ""}}"#,
            ),
            "tag key",
        ),
        (
            file(r#""1""#, r#"{"name": "r", "trust": "{}", "path": "x"}"#),
            "path",
        ),
        (file(r#""1""#, r#"{"name": "a b", "trust": "{}"}"#), "a b"),
        (
            file(
                r#""1""#,
                r#"{"name": "r", "trust": "{}", "inline_policies": [{"name": "p", "document": "a"}, {"name": "p", "document": "b"}]}"#,
            ),
            "inline policy",
        ),
        (file(r#""1""#, "").replace("\"aws\"", "\"azure\""), "azure"),
    ];
    let home = home();
    let (account, dev) = with_role(&home);
    for (text, why) in broken {
        fs::write(account.path(), &text).unwrap();
        let error = fault(LocalAccount::open(home.path()), Fault::Storage);
        assert!(error.detail.contains("account.json"), "{error}");
        assert!(error.detail.contains(why), "{error}");
        assert!(!error.to_string().contains('\n'), "{error}");
        fault(now(account.list_roles()), Fault::Storage);
        fault(
            now(account.create_role(&plain(&dev, &trust(), &Tags::new()))),
            Fault::Storage,
        );
        assert_eq!(fs::read_to_string(account.path()).unwrap(), text);
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_a_fault_that_names_it() {
    let home = home();
    fs::write(home.path().join("file"), "").unwrap();
    let in_the_way = home.path().join("file/home");
    let error = LocalAccount::open(&in_the_way)
        .and_then(|account| now(account.create_role(&plain(&role("r"), &trust(), &Tags::new()))));
    assert!(fault(error, Fault::Storage).detail.contains("file/home"));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let home = home();
    let (_, dev) = with_role(&home);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (home, dev) = (&home, &dev);
            scope.spawn(move || {
                let account = open(home);
                for n in 0..5 {
                    let key = format!("w{writer}-{n}");
                    now(account.tag_role(dev, &tags(&[(&key, "")]))).unwrap();
                    now(account.create_role(&plain(&role(&key), &trust(), &Tags::new()))).unwrap();
                    assert!(
                        now(account.get_role(dev))
                            .unwrap()
                            .unwrap()
                            .tags
                            .get(&key)
                            .is_some()
                    );
                }
            });
        }
    });
    let account = open(&home);
    assert_eq!(now(account.list_roles()).unwrap().len(), 21);
    assert_eq!(now(account.list_role_tags(&dev)).unwrap().unwrap().len(), 21);
    let mut files: Vec<String> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["account.json", "account.lock"]);
}

#[test]
fn what_a_killed_writer_left_is_in_nobodys_way() {
    let home = home();
    let (account, dev) = with_role(&home);
    fs::write(home.path().join("account.json.new"), "{\"format_ver").unwrap();
    assert_eq!(now(account.list_roles()).unwrap().len(), 1);
    now(account.tag_role(&dev, &tags(&[("a", "1")]))).unwrap();
    assert!(!home.path().join("account.json.new").exists());
    assert_eq!(now(open(&home).list_role_tags(&dev)).unwrap().unwrap().len(), 2);
}

#[test]
fn every_call_is_counted_once_and_opening_is_none() {
    let home = home();
    let (account, dev) = with_role(&home);
    assert_eq!(account.calls(), 1);
    now(account.list_roles()).unwrap();
    now(account.get_role(&dev)).unwrap();
    fault(now(account.delete_role(&role("gone"))), Fault::NotFound);
    assert_eq!(account.calls(), 4);
    assert_eq!(open(&home).calls(), 0);
}

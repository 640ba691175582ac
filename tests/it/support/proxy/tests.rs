//! What the proxy itself promises.

use super::super::texts;
use super::*;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-west-2:123456789012:q"}]}"#;

/// What the SDK does, without the SDK: a signed-looking call through the proxy.
fn call(proxy: &Proxy, service: &str, fields: &[(&str, &str)]) -> Result<(u16, String), ureq::Error> {
    let credential = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
    let mut answer = agent()
        .post(proxy.url())
        .header("authorization", format!("AWS4-HMAC-SHA256 {credential}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .send(form::encode(fields))?;
    Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
}

fn create_role(proxy: &Proxy, name: &str) -> Result<(u16, String), ureq::Error> {
    let fields = [
        ("Action", "CreateRole"),
        ("RoleName", name),
        ("AssumeRolePolicyDocument", TRUST),
    ];
    call(proxy, "iam", &fields)
}

#[test]
fn each_proxy_is_an_account_of_its_own() {
    let (one, other) = (Proxy::start(), Proxy::start());
    assert_ne!(one.account(), other.account());
    assert!(one.account().len() == 12 && one.account().bytes().all(|byte| byte.is_ascii_digit()));
    let (status, created) = create_role(&one, "tc-base-function-dev").unwrap();
    assert_eq!(status, 200);
    let arn = format!("arn:aws:iam::{}:role/tc-base-function-dev", one.account());
    assert_eq!(texts(&created, "Arn"), [arn]);
    assert_eq!(one.moto().role_names(), ["tc-base-function-dev"]);
    assert_eq!(other.moto().role_names(), Vec::<String>::new());
    let identity = call(
        &other,
        "sts",
        &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
    )
    .unwrap();
    assert_eq!(texts(&identity.1, "Account"), [other.account()]);
}

#[test]
fn an_assumed_role_stays_in_the_account_of_its_proxy() {
    let proxy = Proxy::start();
    create_role(&proxy, "deployer").unwrap();
    let arn = format!("arn:aws:iam::{}:role/deployer", proxy.account());
    let fields = [
        ("Action", "AssumeRole"),
        ("RoleArn", &*arn),
        ("RoleSessionName", "test"),
    ];
    let (status, answer) = call(&proxy, "sts", &fields).unwrap();
    assert_eq!(status, 200, "{answer}");
    assert!(!proxy.calls()[1].is_write());
    let assumed = format!("arn:aws:sts::{}:assumed-role/deployer/test", proxy.account());
    assert_eq!(texts(&answer, "Arn"), [assumed]);
}

#[test]
fn calls_are_recorded_in_order_with_role_and_policy() {
    let proxy = Proxy::start();
    create_role(&proxy, "r").unwrap();
    let put = [
        ("Action", "PutRolePolicy"),
        ("RoleName", "r"),
        ("PolicyName", "p"),
        ("PolicyDocument", POLICY),
    ];
    assert_eq!(call(&proxy, "iam", &put).unwrap().0, 200);
    let bound = [
        ("Action", "PutRolePermissionsBoundary"),
        ("RoleName", "r"),
        ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/b"),
    ];
    assert_eq!(call(&proxy, "iam", &bound).unwrap().0, 200);
    call(&proxy, "iam", &[("Action", "ListRoles")]).unwrap();
    proxy.moto().call("GetRole", &[("RoleName", "r")]);
    let calls: Vec<String> = proxy.calls().iter().map(ToString::to_string).collect();
    let expected = [
        "CreateRole r",
        "PutRolePolicy r p",
        "PutRolePermissionsBoundary r arn:aws:iam::123456789012:policy/b",
        "ListRoles",
    ];
    assert_eq!(calls, expected);
    let writes: Vec<bool> = proxy.calls().iter().map(Call::is_write).collect();
    assert_eq!(writes, [true, true, true, false]);
    proxy.clear();
    assert_eq!(proxy.calls(), []);
}

#[test]
fn a_fault_comes_at_the_call_it_was_asked_for() {
    let proxy = Proxy::start();
    proxy.fail("CreateRole", 2, Fault::Throttle);
    assert_eq!(create_role(&proxy, "a").unwrap().0, 200);
    let (status, body) = create_role(&proxy, "b").unwrap();
    assert_eq!(
        (status, texts(&body, "Code")),
        (400, vec!["Throttling".to_owned()])
    );
    assert_eq!(create_role(&proxy, "b").unwrap().0, 200);
    assert_eq!(proxy.moto().role_names(), ["a", "b"]);
    assert_eq!(proxy.calls()[1].to_string(), "CreateRole b (Throttle)");
}

#[test]
fn faults_speak_as_iam_does() {
    let proxy = Proxy::start();
    let cases = [
        (Fault::AccessDenied, 403, "AccessDenied"),
        (Fault::ExpiredToken, 403, "ExpiredToken"),
        (Fault::InternalError, 500, "ServiceFailure"),
        (Fault::Unavailable, 503, "ServiceUnavailable"),
        (Fault::ConcurrentModification, 409, "ConcurrentModification"),
        (Fault::NotYet, 404, "NoSuchEntity"),
    ];
    for (fault, status, code) in cases {
        proxy.clear();
        proxy.fail_always("CreateRole", fault);
        for _ in 0..2 {
            let (got, body) = create_role(&proxy, "a").unwrap();
            assert_eq!((got, texts(&body, "Code")), (status, vec![code.to_owned()]));
        }
    }
    assert_eq!(proxy.moto().role_names(), Vec::<String>::new());
}

#[test]
fn a_cut_before_the_call_leaves_nothing_and_a_cut_after_it_leaves_the_role() {
    let proxy = Proxy::start();
    proxy.fail("CreateRole", 1, Fault::CutBefore);
    proxy.fail("CreateRole", 2, Fault::CutAfter);
    assert!(create_role(&proxy, "before").is_err());
    assert!(create_role(&proxy, "after").is_err());
    assert_eq!(proxy.moto().role_names(), ["after"]);
}

#[test]
fn drift_and_foreign_policies_can_be_made_past_the_proxy() {
    let proxy = Proxy::start();
    let moto = proxy.moto();
    moto.call(
        "CreateRole",
        &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
    );
    let policy = moto.call(
        "CreatePolicy",
        &[("PolicyName", "extra"), ("PolicyDocument", POLICY)],
    );
    let arn = texts(&policy, "Arn").remove(0);
    moto.call("AttachRolePolicy", &[("RoleName", "r"), ("PolicyArn", &arn)]);
    let attached = moto.call("ListAttachedRolePolicies", &[("RoleName", "r")]);
    assert_eq!(texts(&attached, "PolicyArn"), [arn]);
    let refusal = moto.try_call("DeleteRole", &[("RoleName", "r")]).unwrap_err();
    assert_eq!(texts(&refusal, "Code"), ["DeleteConflict"]);
    assert_eq!(proxy.calls(), []);
}

#[test]
fn reads_lag_behind_writes_as_long_as_they_are_to_and_never_go_back() {
    let proxy = Proxy::start();
    proxy.lag("GetRole", 2);
    let role = [("RoleName", "r")];
    let get = || call(&proxy, "iam", &[&[("Action", "GetRole")][..], &role].concat()).unwrap();
    create_role(&proxy, "r").unwrap();
    assert_eq!([get().0, get().0, get().0], [404, 404, 200]);
    let tag = |value: &str| {
        let tag = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", value)];
        let fields = [&[("Action", "TagRole")][..], &role, &tag].concat();
        assert_eq!(call(&proxy, "iam", &fields).unwrap().0, 200);
    };
    tag("one");
    let seen = || texts(&get().1, "Value");
    assert_eq!(seen(), Vec::<String>::new());
    tag("two");
    assert_eq!(seen(), Vec::<String>::new());
    assert_eq!(seen(), ["one"]);
    assert_eq!(seen(), ["two"]);
    let tags = call(
        &proxy,
        "iam",
        &[&[("Action", "ListRoleTags")][..], &role].concat(),
    );
    assert_eq!(
        texts(&tags.unwrap().1, "Value"),
        ["two"],
        "another read does not lag"
    );
}

#[test]
fn a_write_that_is_refused_is_nothing_to_lag_behind_and_what_is_cleared_does_not() {
    let proxy = Proxy::start();
    create_role(&proxy, "r").unwrap();
    proxy.lag("ListRoles", 1);
    let roles = || {
        let listed = call(&proxy, "iam", &[("Action", "ListRoles")]).unwrap().1;
        let mut names = texts(&listed, "RoleName");
        names.sort();
        names
    };
    assert_eq!(create_role(&proxy, "r").unwrap().0, 409);
    assert_eq!(roles(), ["r"]);
    create_role(&proxy, "s").unwrap();
    assert_eq!(roles(), ["r"]);
    create_role(&proxy, "t").unwrap();
    proxy.clear();
    assert_eq!(roles(), ["r", "s", "t"]);
}

#[test]
fn an_answer_that_is_held_is_of_a_call_that_was_carried_out() {
    let proxy = Proxy::start();
    proxy.hold_answer(1);
    thread::scope(|scope| {
        let created = scope.spawn(|| create_role(&proxy, "r").unwrap().0);
        proxy.wait_until_held();
        assert_eq!(proxy.moto().role_names(), ["r"]);
        assert!(!created.is_finished());
        proxy.release();
        assert_eq!(created.join().unwrap(), 200);
    });
}

#[test]
fn an_answer_that_breaks_off_is_of_a_call_that_was_carried_out_and_a_page_of_one_that_was_not() {
    let proxy = Proxy::start();
    proxy.fail("CreateRole", 1, Fault::CutWithin);
    proxy.fail("CreateRole", 2, Fault::Page(200));
    proxy.fail("CreateRole", 3, Fault::Empty);
    assert!(create_role(&proxy, "within").is_err());
    let (status, page) = create_role(&proxy, "page").unwrap();
    assert!(status == 200 && page.contains("<h1>"), "{page}");
    assert_eq!(create_role(&proxy, "empty").unwrap(), (200, String::new()));
    assert_eq!(proxy.moto().role_names(), ["within"]);
}

#[test]
fn a_call_shows_what_it_would_write() {
    let proxy = Proxy::start();
    create_role(&proxy, "r").unwrap();
    let recorded = proxy.calls().remove(0);
    let trust: serde_json::Value = serde_json::from_str(TRUST).unwrap();
    assert_eq!(recorded.document(), Some(trust));
    let tags = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "a b")];
    let fields = [&[("Action", "TagRole"), ("RoleName", "r")][..], &tags].concat();
    call(&proxy, "iam", &fields).unwrap();
    let recorded = proxy.calls().remove(1);
    assert_eq!(
        recorded.tags().into_iter().collect::<Vec<_>>(),
        [("k".to_owned(), "a b".to_owned())]
    );
}

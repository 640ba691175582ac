//! The calls that write what no topology asks for by itself, as moto takes them.

use std::cell::Cell;
use std::future::pending;
use std::sync::atomic::AtomicU32;

use aws_sdk_iam::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_iam::config::{
    BehaviorVersion, ConfigBag, Credentials, Intercept, Region as Place, RuntimeComponents,
};
use aws_sdk_iam::error::BoxError;
use aws_sdk_iam::operation::get_role::GetRoleError;
use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::*;
use crate::iam::MOST_IN_FLIGHT;

/// Names the account of a test to moto, so that tests see nothing of each other.
#[derive(Debug)]
struct InAccount(String);

impl InAccount {
    fn next() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(1);
        let number = STARTED.fetch_add(1, Ordering::SeqCst);
        Self(format!("{:07}{number:05}", std::process::id() % 10_000_000))
    }
}

impl Intercept for InAccount {
    fn name(&self) -> &'static str {
        "in the account of a test"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        headers.insert("x-moto-account-id", self.0.clone());
        Ok(())
    }
}

/// An account of its own in the moto server named in `TCPERM_TEST_MOTO`.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is named in the environment, as for all tests that need one"
)]
fn account() -> AwsAccount {
    let url = std::env::var("TCPERM_TEST_MOTO")
        .expect("this test talks to a moto server and TCPERM_TEST_MOTO names none: run ./scripts/test");
    let region = Place::from_static("us-east-1");
    let keys = Credentials::new("AKIA", "secret", None, None, "test");
    let iam = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region.clone())
        .endpoint_url(&url)
        .credentials_provider(keys.clone())
        .interceptor(InAccount::next())
        .build();
    let sts = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .endpoint_url(&url)
        .credentials_provider(keys)
        .build();
    AwsAccount {
        iam: aws_sdk_iam::Client::from_conf(iam),
        sts: aws_sdk_sts::Client::from_conf(sts),
        region: None,
        surroundings: Surroundings::default(),
        calls: AtomicU64::new(0),
        in_flight: Semaphore::new(MOST_IN_FLIGHT),
    }
}

fn run(test: impl AsyncFnOnce(AwsAccount)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(test(account()));
}

fn trust() -> Policy {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "svc.amazonaws.com"}, "Action": "sts:take"}]}"#;
    Policy::parse(text).unwrap()
}

/// Makes a managed policy of the account.
async fn made(account: &AwsAccount, name: &str) -> Arn {
    let document =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;
    let request = account.iam.create_policy();
    let request = request.policy_name(name).policy_document(document);
    let policy = request.send().await.unwrap().policy.unwrap();
    Arn::parse(policy.arn().unwrap()).unwrap()
}

#[test]
fn no_more_calls_are_sent_than_may_be_in_flight() {
    run(async |account| {
        let sent = Cell::new(0);
        let unanswered = (0..3 * MOST_IN_FLIGHT).map(|_| {
            let answer = async {
                sent.set(sent.get() + 1);
                pending::<Result<(), SdkError<GetRoleError>>>().await
            };
            account.call("GetRole", None, answer)
        });
        assert!(join_all(unanswered).now_or_never().is_none());
        assert_eq!(sent.get(), MOST_IN_FLIGHT);
    });
}

#[test]
fn a_listing_shows_the_description_and_a_role_its_boundary() {
    run(async |account| {
        let (own, plain) = (RoleName::parse("own").unwrap(), RoleName::parse("plain").unwrap());
        let limit = made(&account, "limit").await;
        let new = NewRole {
            name: &own,
            trust: &trust(),
            tags: &Tags::new(),
            boundary: Some(&limit),
            description: Some("what it is for & <more>"),
        };
        account.create_role(&new).await.unwrap();
        let bare = NewRole {
            name: &plain,
            boundary: None,
            description: None,
            ..new
        };
        account.create_role(&bare).await.unwrap();

        let listed = account.list_roles().await.unwrap();
        let description = |name: &RoleName| {
            let role = listed.iter().find(|role| role.name == *name).unwrap();
            role.description.clone()
        };
        assert_eq!(description(&own).as_deref(), Some("what it is for & <more>"));
        assert_eq!(description(&plain), None);
        let boundary = async |name| account.get_role(name).await.unwrap().unwrap().boundary;
        assert_eq!(boundary(&own).await, Some(limit.clone()));
        assert_eq!(boundary(&plain).await, None);

        account.put_boundary(&plain, &limit).await.unwrap();
        assert_eq!(boundary(&plain).await, Some(limit));
    });
}

#[test]
fn a_policy_is_attached_once_and_one_that_is_not_there_is_told_from_a_role_that_is_not_there() {
    run(async |account| {
        let name = RoleName::parse("r").unwrap();
        let policy = made(&account, "p").await;
        let new = NewRole {
            name: &name,
            trust: &trust(),
            tags: &Tags::new(),
            boundary: None,
            description: None,
        };
        account.create_role(&new).await.unwrap();
        for _ in 0..2 {
            account.attach_managed_policy(&name, &policy).await.unwrap();
            let attached = account.list_managed_policies(&name).await.unwrap();
            assert_eq!(attached, Some(vec![policy.clone()]));
        }

        let nowhere = Arn::parse("arn:aws:iam::123456789012:policy/nowhere").unwrap();
        let refused = account.attach_managed_policy(&name, &nowhere).await.unwrap_err();
        assert_eq!(
            (refused.call, refused.fault),
            ("AttachRolePolicy", Fault::NoManagedPolicy),
            "{refused}"
        );
        assert!(refused.detail.contains(nowhere.as_str()), "{refused}");
        let gone = RoleName::parse("gone").unwrap();
        for answer in [
            account.attach_managed_policy(&gone, &policy).await,
            account.put_boundary(&gone, &policy).await,
        ] {
            let error = answer.unwrap_err();
            assert_eq!((error.fault, error.role.as_ref()), (Fault::NotFound, Some(&gone)));
        }
    });
}

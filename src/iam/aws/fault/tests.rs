//! Each error of AWS that has a way out of its own, as the SDK gives it.

use aws_sdk_iam::error::{ConnectorError, ErrorMetadata};
use aws_sdk_iam::operation::delete_role::DeleteRoleError;
use aws_smithy_types::body::SdkBody;

use super::*;

type DeleteFault = SdkError<DeleteRoleError>;

fn response(status: u16) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(""));
    response.headers_mut().insert("x-amzn-requestid", "r-1");
    response
}

fn answered(code: &str, message: &str) -> DeleteFault {
    let meta = ErrorMetadata::builder().code(code).message(message).build();
    SdkError::service_error(DeleteRoleError::generic(meta), response(400))
}

fn without(error: CredentialsError) -> DeleteFault {
    SdkError::dispatch_failure(ConnectorError::other(error.into(), None))
}

fn at() -> Surroundings {
    Surroundings {
        profile: Some("prod".to_owned()),
        endpoint: None,
        region: "us-west-2".to_owned(),
        assumed: Some("arn:aws:iam::012345678901:role/deploy".to_owned()),
    }
}

fn told(error: &DeleteFault) -> IamError {
    let told = of("DeleteRole", Some(&RoleName::parse("r").unwrap()), error, &at());
    assert!(!told.detail.contains('\n'), "{told}");
    told
}

#[track_caller]
fn is(error: &DeleteFault, fault: Fault, parts: &[&str]) {
    let told = told(error);
    assert_eq!(told.fault, fault, "{told}");
    for part in parts {
        assert!(told.detail.contains(part), "{part:?} is not in {told}");
    }
}

#[test]
fn each_code_of_iam_is_a_fault_with_its_own_way_out() {
    let table = [
        ("AccessDenied", Fault::AccessDenied),
        ("AccessDeniedException", Fault::AccessDenied),
        ("NoSuchEntity", Fault::NotFound),
        ("NoSuchEntityException", Fault::NotFound),
        ("EntityAlreadyExists", Fault::AlreadyExists),
        ("DeleteConflict", Fault::Conflict),
        ("ConcurrentModification", Fault::Conflict),
        ("EntityTemporarilyUnmodifiable", Fault::Conflict),
        ("LimitExceeded", Fault::LimitExceeded),
        ("MalformedPolicyDocument", Fault::Malformed),
        ("InvalidInput", Fault::Malformed),
        ("ValidationError", Fault::Malformed),
        ("Throttling", Fault::Throttled),
        ("ThrottlingException", Fault::Throttled),
        ("TooManyRequestsException", Fault::Throttled),
        ("RequestLimitExceeded", Fault::Throttled),
        ("ExpiredToken", Fault::ExpiredCredentials),
        ("ExpiredTokenException", Fault::ExpiredCredentials),
        ("RequestExpired", Fault::ExpiredCredentials),
        ("InvalidClientTokenId", Fault::InvalidCredentials),
        ("UnrecognizedClientException", Fault::InvalidCredentials),
        ("SignatureDoesNotMatch", Fault::InvalidCredentials),
        ("RegionDisabledException", Fault::Region),
        ("ServiceFailure", Fault::Other),
        ("SomethingNew", Fault::Other),
    ];
    for (code, fault) in table {
        is(&answered(code, "why"), fault, &[code, "why", "(request r-1)"]);
    }
}

#[test]
fn a_refusal_names_the_call_and_the_role() {
    let told = told(&answered("AccessDenied", "User: u is not\n authorized"));
    assert_eq!(
        told.to_string(),
        "DeleteRole on `r` was denied: AccessDenied: User: u is not authorized (request r-1)"
    );
}

#[test]
fn a_managed_policy_that_is_not_there_is_told_from_a_role_that_is_not_there() {
    let of = |message: &str| told(&answered("NoSuchEntity", message)).fault;
    assert_eq!(
        of("Policy arn:aws:iam::aws:policy/Nope does not exist or is not attachable."),
        Fault::NoManagedPolicy
    );
    assert_eq!(
        of("Scope ARN: arn:aws:iam::012345678901:policy/nope does not exist or is not attachable."),
        Fault::NoManagedPolicy
    );
    assert_eq!(of("The role with name r cannot be found."), Fault::NotFound);
    assert_eq!(
        of("Policy arn:aws:iam::aws:policy/P was not found."),
        Fault::NotFound
    );
}

#[test]
fn a_wrong_region_is_told_from_a_wrong_key() {
    is(
        &answered(
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region, not 'us-west-2'.",
        ),
        Fault::Region,
        &["us-west-2", "valid region"],
    );
}

#[test]
fn what_was_signed_is_not_told() {
    let message = "The request signature we calculated does not match.\n\nThe Canonical String for this \
         request should have been\n'POST\nx-amz-security-token:SECRET'";
    let told = told(&answered("SignatureDoesNotMatch", message));
    assert!(told.detail.contains("does not match"), "{told}");
    assert!(!told.detail.contains("SECRET"), "{told}");
    assert!(!told.detail.contains("Canonical"), "{told}");
}

#[test]
fn an_expired_token_says_how_to_sign_in() {
    is(
        &answered("ExpiredToken", "The security token is expired"),
        Fault::ExpiredCredentials,
        &["aws sso login --profile prod"],
    );
    is(
        &without(CredentialsError::provider_error(
            "the SSO token has expired and cannot be refreshed",
        )),
        Fault::ExpiredCredentials,
        &["aws sso login --profile prod", "the SSO token has expired"],
    );
    is(
        &without(CredentialsError::provider_error(
            "failed to read `/home/u/.aws/sso/cache/0a.json`",
        )),
        Fault::ExpiredCredentials,
        &["aws sso login --profile prod"],
    );
}

#[test]
fn a_missing_profile_is_named_with_the_files_that_lack_it() {
    let error = without(CredentialsError::not_loaded("profile `prod` was not defined: …"));
    is(
        &error,
        Fault::UnknownProfile,
        &["no profile `prod`", "~/.aws/config", "AWS_CONFIG_FILE"],
    );
    is(
        &without(CredentialsError::not_loaded_no_source()),
        Fault::UnknownProfile,
        &["no credentials for the profile `prod`"],
    );
}

#[test]
fn no_credentials_at_all_are_told_from_a_missing_profile() {
    let nobody = Surroundings {
        profile: None,
        ..at()
    };
    let error = without(CredentialsError::not_loaded_no_source());
    assert_eq!(of("ListRoles", None, &error, &nobody).fault, Fault::NoCredentials);
}

#[test]
fn a_profile_that_cannot_be_used_says_why() {
    is(
        &without(CredentialsError::invalid_configuration(
            "profile formed an infinite loop",
        )),
        Fault::UnknownProfile,
        &["infinite loop"],
    );
}

#[test]
fn a_role_that_may_not_be_assumed_is_named_as_such() {
    let meta = ErrorMetadata::builder()
        .code("AccessDenied")
        .message("not authorized")
        .build();
    let refused: SdkError<AssumeRoleError> =
        SdkError::service_error(AssumeRoleError::generic(meta), response(403));
    let told = told(&without(CredentialsError::provider_error(refused)));
    assert_eq!((told.call, told.role.clone()), ("AssumeRole", None));
    assert_eq!(told.fault, Fault::AccessDenied);
    assert!(
        told.detail.contains("arn:aws:iam::012345678901:role/deploy"),
        "{told}"
    );
}

#[test]
fn no_answer_names_the_endpoint() {
    let lost = |at: &Surroundings| {
        let error: DeleteFault = SdkError::dispatch_failure(ConnectorError::io("connection refused".into()));
        of("ListRoles", None, &error, at)
    };
    let elsewhere = Surroundings {
        endpoint: Some("http://127.0.0.1:9".to_owned()),
        ..at()
    };
    assert_eq!(lost(&elsewhere).fault, Fault::Unreachable);
    assert!(lost(&elsewhere).detail.contains("`http://127.0.0.1:9`"));
    assert!(lost(&elsewhere).detail.contains("connection refused"));
    assert!(lost(&at()).detail.contains("AWS (region `us-west-2`)"));
    let twisted: DeleteFault = SdkError::dispatch_failure(ConnectorError::other(
        "failed to apply endpoint `nonsense` to request `Request { headers: {\"token\"} }`: no scheme".into(),
        None,
    ));
    is(&twisted, Fault::Unreachable, &["`nonsense`: no scheme"]);
    assert!(!told(&twisted).detail.contains("token"));
    let late: DeleteFault = SdkError::timeout_error("30 s");
    assert_eq!(told(&late).fault, Fault::Unreachable);
}

#[test]
fn a_server_that_is_not_iam_is_told_by_its_status() {
    let meta = ErrorMetadata::builder().build();
    let portal = SdkError::service_error(DeleteRoleError::generic(meta), response(502));
    is(&portal, Fault::Unreachable, &["502"]);
    is(
        &SdkError::response_error("no XML", response(200)),
        Fault::Unreachable,
        &["200"],
    );
}

#[test]
fn an_error_in_a_frame_of_another_service_is_read() {
    let body = "<Response><Errors><Error><Code>AccessDenied</Code><Message>not you</Message></Error></Errors></Response>";
    let raw = HttpResponse::new(403.try_into().unwrap(), SdkBody::from(body));
    let meta = ErrorMetadata::builder().build();
    is(
        &SdkError::service_error(DeleteRoleError::generic(meta), raw),
        Fault::AccessDenied,
        &["not you"],
    );
}

#[test]
fn sts_out_of_reach_is_told_as_such() {
    let lost: SdkError<AssumeRoleError> = SdkError::dispatch_failure(ConnectorError::io("no route".into()));
    let told = told(&without(CredentialsError::provider_error(lost)));
    assert_eq!((told.call, told.fault), ("AssumeRole", Fault::Unreachable));
    assert!(told.detail.contains("no route"), "{told}");
}

#[test]
fn a_long_message_is_cut() {
    let told = told(&answered("SomethingNew", &"é ".repeat(2_000)));
    assert!(told.detail.chars().count() < DETAIL_CHARACTERS + 50, "{told}");
}

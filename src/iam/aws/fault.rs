//! What went wrong, from the SDK's errors to ours.
//!
//! In: an error of the SDK with all its causes, the call, the role, and what the connection
//! was made of. Out: an [`IamError`] whose detail is one line: the code, the message and the
//! request id. Keys, tokens and signed text never get into it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::operation::RequestId;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;

use crate::iam::{Fault, IamError};
use crate::model::RoleName;

/// What the connection was made of, for messages.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    pub(super) profile: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) region: String,
    pub(super) assumed: Option<String>,
}

/// Longer details are cut: a proxy may answer a whole page.
const DETAIL_CHARACTERS: usize = 600;

const NOWHERE: &str = "none in the environment, in the AWS config files, or from the machine";

/// The fault of a call.
pub(super) fn of<E>(
    call: &'static str,
    role: Option<&RoleName>,
    error: &SdkError<E>,
    at: &Surroundings,
) -> IamError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(refused) = cause::<SdkError<AssumeRoleError>>(error) {
        let to = at.assumed.as_deref().unwrap_or("the profile's role");
        let (fault, detail) = why(refused, at);
        return IamError::new(
            "AssumeRole",
            None,
            fault,
            format!("cannot assume `{to}`: {detail}"),
        );
    }
    let (fault, detail) = why(error, at);
    IamError::new(call, role, fault, detail)
}

fn why<E>(error: &SdkError<E>, at: &Surroundings) -> (Fault, String)
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(credentials) = cause::<CredentialsError>(error) {
        let (fault, detail) = no_credentials(credentials, at);
        return (fault, one_line(&detail));
    }
    let (fault, detail) = match error {
        SdkError::ServiceError(answer) => match answer.err().code() {
            Some(code) => said(code, answer.err().message(), at),
            None => answered(answer.raw(), at),
        },
        SdkError::ResponseError(answer) => answered(answer.raw(), at),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            (Fault::Unreachable, format!("{}: {}", endpoint(at), causes(error)))
        }
        _ => (Fault::Other, causes(error)),
    };
    let request = error
        .request_id()
        .map(|id| format!(" (request {id})"))
        .unwrap_or_default();
    (fault, one_line(&detail) + &request)
}

/// What IAM or STS said.
fn said(code: &str, message: Option<&str>, at: &Surroundings) -> (Fault, String) {
    let message = message.unwrap_or_default();
    let fault = fault_of(code, message);
    let message = match (fault, code) {
        (Fault::Region, _) => format!("{message} (region `{}`)", at.region),
        // Its further lines are the request as it was signed, the session token included.
        (_, "SignatureDoesNotMatch") => message
            .split("The Canonical String")
            .next()
            .unwrap_or_default()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        (Fault::ExpiredCredentials, _) => format!("{message}{}", sign_in(at)),
        (Fault::InvalidCredentials, _) => format!("{message}{}", whose(at)),
        _ => message.to_owned(),
    };
    let separator = if message.is_empty() { "" } else { ": " };
    (fault, format!("{code}{separator}{message}"))
}

/// The fault of a code; IAM and STS write some with and some without `Exception`.
fn fault_of(code: &str, message: &str) -> Fault {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "AccessDenied" | "UnauthorizedOperation" | "AuthorizationError" => Fault::AccessDenied,
        "NoSuchEntity" if is_about_a_managed_policy(message) => Fault::NoManagedPolicy,
        "NoSuchEntity" => Fault::NotFound,
        "EntityAlreadyExists" => Fault::AlreadyExists,
        "DeleteConflict" | "ConcurrentModification" | "EntityTemporarilyUnmodifiable" => Fault::Conflict,
        "LimitExceeded" => Fault::LimitExceeded,
        "MalformedPolicyDocument"
        | "InvalidInput"
        | "ValidationError"
        | "Validation"
        | "InvalidParameterValue"
        | "PackedPolicyTooLarge" => Fault::Malformed,
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "BandwidthLimitExceeded"
        | "SlowDown" => Fault::Throttled,
        "ExpiredToken" | "RequestExpired" => Fault::ExpiredCredentials,
        "SignatureDoesNotMatch" | "RegionDisabled" if is_about_the_region(code, message) => Fault::Region,
        "SignatureDoesNotMatch"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "AuthFailure"
        | "OptInRequired" => Fault::InvalidCredentials,
        _ => Fault::Other,
    }
}

/// IAM has one code for a role that is not there and for a policy to attach, or to bound it with.
fn is_about_a_managed_policy(message: &str) -> bool {
    message.contains("does not exist or is not attachable")
}

fn is_about_the_region(code: &str, message: &str) -> bool {
    code.starts_with("RegionDisabled") || message.contains("valid region")
}

fn no_credentials(error: &CredentialsError, at: &Surroundings) -> (Fault, String) {
    let why = causes(error);
    let lower = why.to_lowercase();
    let is_sign_in = lower.contains("unauthorizedexception")
        || (lower.contains("sso") && (lower.contains("token") || lower.contains("/cache/")));
    if is_sign_in {
        return (Fault::ExpiredCredentials, format!("{why}{}", sign_in(at)));
    }
    match (error, &at.profile) {
        (CredentialsError::CredentialsNotLoaded(_), Some(profile)) => {
            (Fault::UnknownProfile, no_profile(profile, &why))
        }
        (CredentialsError::CredentialsNotLoaded(_), None) => (Fault::NoCredentials, NOWHERE.to_owned()),
        (CredentialsError::InvalidConfiguration(_), _) => (Fault::UnknownProfile, why),
        (CredentialsError::ProviderTimedOut(_), _) => (Fault::Unreachable, why),
        (_, Some(_)) => (Fault::NoCredentials, format!("{why}{}", whose(at))),
        (_, None) => (Fault::NoCredentials, format!("{NOWHERE}: {why}")),
    }
}

fn no_profile(profile: &str, why: &str) -> String {
    const FILES: &str = "~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE and \
         AWS_SHARED_CREDENTIALS_FILE point";
    let what = if why.contains("was not defined") {
        "there is no profile"
    } else {
        "there are no credentials for the profile"
    };
    format!(
        "{what} `{}` in {FILES}; to use the credentials of the environment name no profile",
        profile.escape_debug()
    )
}

/// An answer the SDK cannot read: an error in a frame that is not IAM's, or no AWS at all,
/// but a proxy, a portal or another program.
fn answered(response: &HttpResponse, at: &Surroundings) -> (Fault, String) {
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    if let Some(code) = element(&text, "Code") {
        return said(code, element(&text, "Message"), at);
    }
    let status = response.status().as_u16();
    let detail = format!(
        "{} answered with status {status}, and not as AWS does",
        endpoint(at)
    );
    (Fault::Unreachable, detail)
}

fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.trim())
}

fn endpoint(at: &Surroundings) -> String {
    match &at.endpoint {
        Some(url) => format!("`{}`", url.escape_debug()),
        None => format!("AWS (region `{}`)", at.region),
    }
}

fn sign_in(at: &Surroundings) -> String {
    let profile = at.profile.as_deref().map(|name| format!(" --profile {name}"));
    format!(
        "; sign in again, for example with `aws sso login{}`",
        profile.unwrap_or_default()
    )
}

fn whose(at: &Surroundings) -> String {
    match &at.profile {
        Some(name) => format!(" (profile `{}`, region `{}`)", name.escape_debug(), at.region),
        None => format!(" (region `{}`)", at.region),
    }
}

/// The first cause of a type.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// All causes in one text, the outermost first, each said once, without the request.
fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let one = error.to_string();
        if !text.contains(&one) {
            text = format!("{text}: {one}");
        }
        next = error.source();
    }
    match (text.split_once(" to request `"), text.rsplit_once("`: ")) {
        (Some((before, _)), Some((_, why))) => format!("{before}: {why}"),
        _ => text,
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(DETAIL_CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests;

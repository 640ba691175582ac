//! The faults of AWS that the proxy plays.

use super::http::Response;
use super::proxy::Call;

/// What goes wrong with a call.
///
/// Codes, statuses and wording as IAM sends them:
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The account calls too often; nothing is done.
    Throttle,
    /// The caller may not make this call; nothing is done.
    AccessDenied,
    /// The caller's session is over; nothing is done.
    ExpiredToken,
    /// IAM fails; nothing is done.
    InternalError,
    /// IAM is not there for a while; nothing is done.
    Unavailable,
    /// Another writer is at the role; nothing is done.
    ConcurrentModification,
    /// The part of IAM that is asked has not heard of the role yet; nothing is done.
    NotYet,
    /// A proxy of the company's answers in IAM's place, with this status and a page to be read by
    /// people; nothing is done.
    Page(u16),
    /// Something answers 200 and no more; nothing is done.
    Empty,
    /// The connection breaks before the call reaches IAM.
    CutBefore,
    /// IAM carries the call out, and the connection breaks in the middle of its answer.
    CutWithin,
    /// IAM carries the call out, and the connection breaks before its answer.
    CutAfter,
    /// IAM carries the call out and answers late, by so many milliseconds.
    Slow(u64),
}

/// A page that no program expects.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Access blocked</title></head>\
    <body><h1>Access blocked</h1><p>Your <b>organisation</b> does not allow this address.</p></body></html>";

impl Fault {
    /// What is answered in IAM's place; `None` when the fault is no answer of another.
    pub fn response(self, call: &Call, account: &str) -> Option<Response> {
        let (status, kind, code, message) = match self {
            Self::Throttle => (400, "Sender", "Throttling", "Rate exceeded".to_owned()),
            Self::AccessDenied => (403, "Sender", "AccessDenied", denial(call, account)),
            Self::ExpiredToken => {
                let message = "The security token included in the request is expired";
                (403, "Sender", "ExpiredToken", message.to_owned())
            }
            Self::InternalError => {
                let message =
                    "The request processing has failed because of an unknown error, exception or failure.";
                (500, "Receiver", "ServiceFailure", message.to_owned())
            }
            Self::Unavailable => {
                let message = "The request has failed due to a temporary failure of the server.";
                (503, "Receiver", "ServiceUnavailable", message.to_owned())
            }
            Self::ConcurrentModification => {
                let message = "The request was rejected because multiple requests to change this object were \
                               submitted simultaneously. Wait a few minutes and submit your request again.";
                (409, "Sender", "ConcurrentModification", message.to_owned())
            }
            Self::NotYet => {
                let role = call.role.as_deref().unwrap_or_default();
                let message = format!("The role with name {role} cannot be found.");
                (404, "Sender", "NoSuchEntity", message)
            }
            Self::Page(status) => return Some(plain(status, "text/html; charset=utf-8", PAGE)),
            Self::Empty => return Some(plain(200, "text/xml", "")),
            Self::CutBefore | Self::CutWithin | Self::CutAfter | Self::Slow(_) => return None,
        };
        let namespace = match call.service() {
            "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
            _ => "https://iam.amazonaws.com/doc/2010-05-08/",
        };
        let body = format!(
            "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error>\
             <RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ErrorResponse>"
        );
        Some(plain(status, "text/xml", &body))
    }

    /// Whether it is IAM's own word that it has not carried the call out.
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::Throttle
                | Self::AccessDenied
                | Self::ExpiredToken
                | Self::InternalError
                | Self::Unavailable
                | Self::ConcurrentModification
                | Self::NotYet
        )
    }
}

fn plain(status: u16, content_type: &str, body: &str) -> Response {
    Response {
        status,
        content_type: content_type.to_owned(),
        body: body.as_bytes().to_vec(),
    }
}

fn denial(call: &Call, account: &str) -> String {
    let action = format!("{}:{}", call.service(), call.action);
    let resource = call
        .role
        .as_ref()
        .map_or_else(|| "*".to_owned(), |role| format!("role {role}"));
    format!(
        "User: arn:aws:iam::{account}:user/tester is not authorized to perform: {action} on resource: {resource} \
         because no identity-based policy allows the {action} action"
    )
}

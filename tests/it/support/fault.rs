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
    /// The connection breaks before the call reaches IAM.
    CutBefore,
    /// IAM carries the call out, and the connection breaks before its answer.
    CutAfter,
}

impl Fault {
    /// What IAM answers; `None` when the fault is that there is no answer.
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
            Self::CutBefore | Self::CutAfter => return None,
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
        Some(Response {
            status,
            content_type: "text/xml".to_owned(),
            body: body.into_bytes(),
        })
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

//! Whether an answer that says that all went well is one of AWS.
//!
//! In: an answer with a status of success, out: a fault where its body is not the one that IAM and
//! STS send, `<PutRolePolicyResponse …>`. The SDK looks for no body where a call has nothing to
//! tell, and so would take the page of a portal, or nothing at all, for a write that was carried
//! out. Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/programming.html>.

use aws_sdk_iam::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_iam::error::BoxError;

/// Refuses what is not an answer of AWS.
#[derive(Debug)]
pub(super) struct Genuine;

impl Intercept for Genuine {
    fn name(&self) -> &'static str {
        "answers of AWS alone"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // One whose body broke off has none here, and is tried again.
        match response.body().bytes() {
            Some(body) if response.status().is_success() && !is_answer(body) => {
                Err("this is no answer of AWS".into())
            }
            _ => Ok(()),
        }
    }
}

/// Whether the first element is a response.
fn is_answer(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let elements = text.split('<').skip(1);
    let root = elements.map(|rest| {
        rest.split(['>', ' ', '/', '\n', '\r', '\t'])
            .next()
            .unwrap_or_default()
    });
    let mut named = root.filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
    named.next().is_some_and(|name| name.ends_with("Response"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_aws_is_told_from_a_page_and_from_nothing() {
        for answer in [
            "<PutRolePolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"></PutRolePolicyResponse>",
            "<?xml version=\"1.0\"?>\n<!-- x -->\n<GetRoleResponse\n xmlns=\"\">",
        ] {
            assert!(is_answer(answer.as_bytes()), "{answer}");
        }
        for other in [
            "",
            "ok",
            "{}",
            "<!DOCTYPE html><html><body>The Response</body></html>",
            "<html><PutRolePolicyResponse/></html>",
        ] {
            assert!(!is_answer(other.as_bytes()), "{other}");
        }
    }
}

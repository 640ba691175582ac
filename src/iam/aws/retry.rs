//! Which refusals of IAM go away by themselves, beyond those the SDK knows.
//!
//! In: an answer of IAM, out: whether to try again. IAM answers 409 both to a writer that
//! met another one, which passes, and to one that asks for the impossible, which does not.

use aws_sdk_iam::config::interceptors::InterceptorContext;
use aws_sdk_iam::config::retry::{ClassifyRetry, RetryAction};

const PASSING: [&str; 2] = [
    "<Code>ConcurrentModification",
    "<Code>EntityTemporarilyUnmodifiable",
];

/// Retries a write that met another writer.
#[derive(Debug)]
pub(super) struct AnotherWriter;

impl ClassifyRetry for AnotherWriter {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let conflict = context.response().filter(|r| r.status().as_u16() == 409);
        let body = conflict.and_then(|response| response.body().bytes());
        if body.is_some_and(passes) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "another writer"
    }
}

fn passes(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    PASSING.iter().any(|code| text.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_met_another_is_tried_again_and_other_conflicts_are_not() {
        let body = |code: &str| format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
        assert!(passes(body("ConcurrentModification").as_bytes()));
        assert!(passes(body("EntityTemporarilyUnmodifiable").as_bytes()));
        assert!(!passes(body("DeleteConflict").as_bytes()));
        assert!(!passes(body("EntityAlreadyExists").as_bytes()));
    }
}

//! What policies allow: evaluated without an account.
//!
//! Two questions are answered here. [`Authorizer`]: what does AWS answer to a request, by which
//! statements, and what would have to be known to be sure? [`trusts`]: may a service assume a role by its
//! trust policy?
//!
//! # Requests
//!
//! An [`Authorizer`] prepares the policies that decide once: identity policies, a permissions boundary,
//! session policies and the policy of the resource. Each [`Request`] is then looked at as AWS does: a
//! statement that denies it decides; else it is allowed where every layer that counts allows it.
//!
//! | who asks | what must allow |
//! |---|---|
//! | somebody of the resource's account | identity policies, and boundary and session policies where there are such; or the resource's policy, where it names the caller or everyone; or, where it names a session's role, that together with boundary and session policies |
//! | somebody of another account | identity policies, boundary, session policies, and the policy of the resource |
//! | a service | the policy of the resource |
//! | the root user | nothing, in its own account; boundary and session policies limit it if they are given |
//!
//! The policy of a role (its statements have no resource) and that of a key of KMS must allow a request
//! within the account too: by naming the caller, or by leaving it to the account. A user that the policy
//! of a role names, itself or with everyone, stays within its boundary
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>).
//! Service control policies and resource control policies, access control lists, grants of KMS and
//! policies of endpoints are not looked at.
//!
//! Where the context is [open](RequestContext::open), each condition holds, does not hold, or depends on
//! keys that nobody knows; the answer is the one with all of them missing, and
//! [`Decision::missing_context`] names those on which it depends. With none named, every context that
//! agrees with what is known gets the same answer.
//!
//! # Choices
//!
//! Where AWS's documentation is silent, or leaves two ways to read it:
//!
//! - A variable without a value, whose key is missing and that has no default, matches nothing, and so does
//!   a text that is not well written. A negated operator holds then, and what `NotResource` excludes with
//!   it is not excluded. A key with several values, or none, has no value as a variable. What a value
//!   holds is never a wildcard. Variables are replaced in resources and for operators of texts and ARNs
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
//! - In versions but `2012-10-17`, and in actions, `${…}` is plain text.
//! - In a resource, `*` and `?` stand for characters within a segment, but a `*` at a segment's end goes on
//!   beyond the colon ([`Pattern::resource`];
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
//! - Without a set operator, several values of a key equal nothing, whatever the statement lists; a negated
//!   operator then holds (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html>).
//! - A missing key makes negated operators, `IfExists` and `ForAllValues` hold, and all others fail, negated
//!   ones with `ForAnyValue` too. A key without values, or with empty texts alone, counts as missing for set
//!   operators and for `Null`; for the others an empty text is a value
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>).
//! - What cannot be read as its operator asks (`NumericEquals` of `ten`) equals nothing. An operator that IAM
//!   does not know never holds. Operators, condition keys with the keys of tags, and booleans are compared
//!   without case; values with it.
//! - Numbers are decimals of any length, without exponents. Dates are all forms of the W3C and seconds since
//!   1970; four digits are a year. An address without a prefix is one address; a range of the request must
//!   lie within that of the statement
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
//! - What has not six segments is no ARN; as a value of `ArnLike`, `*` is every ARN.
//! - The caller's account is that of its ARN, or `aws:PrincipalAccount`; the resource's that of its ARN, or
//!   `aws:ResourceAccount`. Where either is not known, they are the same, and no answer names them as missing.
//! - A role's sessions are known by `aws:PrincipalArn`, or else by the name of the role, whatever its path.
//! - `NotPrincipal` with `Deny` spares who is listed with its account (and a session with its role), and nobody
//!   with a boundary
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
//! - A statement of a resource's policy without a principal speaks of nobody.
//!
//! The logic: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

mod authorizer;
mod clause;
mod decision;
mod landmarks;
mod near;
mod operator;
mod pattern;
mod prepared;
mod principal;
mod request;
mod tally;
mod trust;
mod truth;
mod values;
mod wildcard;
mod words;

pub use authorizer::{Authorizer, PolicySet};
pub use decision::{Decision, Determining, Layer, StatementId, Verdict};
pub use near::{Miss, NearMiss};
pub use operator::{Comparison, Operator, Order, Quantifier};
pub use pattern::Pattern;
pub use request::{Known, Request, RequestContext};
pub use trust::trusts;
pub use words::{Found, Words};

pub(crate) use wildcard::{Symbol, Variable, Variables, symbols};

#[cfg(test)]
mod tests;

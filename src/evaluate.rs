//! What policies allow: evaluated without an account.
//!
//! Two questions are answered here. [`missing`]: do the policies of a role cover what a topology
//! needs, and what lacks? [`trusts`]: may a service assume a role by its trust policy? Both
//! compare patterns as sets of names ([`Pattern`]) and conditions as what is known of a request.
//!
//! Every answer errs on one side: what is said to be covered is covered. What cannot be decided
//! is reported, with [`Why`]. Service control policies, boundaries and resource policies are not
//! seen here: who calls passes the documents that count.
//!
//! The logic: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

mod condition;
mod coverage;
mod held;
mod pattern;
mod trust;

pub use coverage::{Missing, Why, missing};
pub use pattern::Pattern;
pub use trust::trusts;

#[cfg(test)]
mod tests;

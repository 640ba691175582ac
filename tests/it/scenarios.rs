//! What people do with tcperm, told once and played on both accounts: the embedded one, and
//! moto through the SDK (feature `aws`).
//!
//! A scenario looks at the account from outside and compares documents as JSON, so it holds
//! whatever way tcperm writes them.

/// A test of each scenario for each account.
macro_rules! on_both_accounts {
    ($($scenario:ident),* $(,)?) => {
        mod embedded {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario(&crate::support::World::embedded());
                }
            )*
        }

        #[cfg(feature = "aws")]
        mod aws {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario(&crate::support::World::aws());
                }
            )*
        }
    };
}

mod creating;
mod drift;
mod fanning;
mod journal;
mod legacy;
mod lifetime;
mod lossless;
mod names;
mod obstacles;
mod old_tc;
mod output;
mod planning;
mod pruning;
mod saving;
mod sharing;
mod teardown;
mod together;

use serde_json::Value;

/// The roles of `examples/orders`.
const ORDERS: [&str; 4] = [
    "tc-base-event-dev",
    "tc-base-function-dev",
    "tc-base-route-dev",
    "tc-base-state-dev",
];

/// A topology with routes and without: a function calls another one.
const CALLS: &str = "name: calls\nfunctions:\n  one: { function: two }\n  two: {}\n";
/// A function that calls one that reads a queue, and a state machine.
const BILLING: &str = "name: billing
functions:
  bill: { function: reader }
  reader: {}
queues:
  invoices: { function: reader }
states:
  StartAt: Done
  States:
    Done: { Type: Succeed }
";

/// What became of each role: `tc-base-route-dev create done`.
#[track_caller]
fn steps(document: &Value) -> Vec<String> {
    let steps = document["steps"].as_array().unwrap().iter();
    steps
        .map(|step| {
            let words = ["role", "action", "status"].map(|key| step[key].as_str());
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The step of a role.
#[track_caller]
fn step<'a>(document: &'a Value, role: &str) -> &'a Value {
    let mut steps = document["steps"].as_array().unwrap().iter();
    let found = steps.find(|step| step["role"] == role);
    found.unwrap_or_else(|| panic!("no step for `{role}` in {document}"))
}

/// The Sids of a policy.
fn sids(policy: &Value) -> Vec<&str> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements
        .map(|statement| statement["Sid"].as_str().unwrap())
        .collect()
}

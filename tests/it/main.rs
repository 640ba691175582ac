//! The tests of tcperm from outside: the binary and its output, and the rules of the house.
//!
//! One binary, a module a subject. [`support`] starts tcperm, stands between it and a moto
//! server, and reads what came of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails panics"
)]

mod abac;
mod architecture;
mod authorization;
#[cfg(feature = "aws")]
mod calls;
mod can;
mod catalogue;
mod check;
mod configuration;
mod coverage;
mod diff;
mod differential;
mod docs;
mod evaluation;
mod examples;
mod explain;
mod fan_out;
#[cfg(feature = "aws")]
mod faults;
mod fixtures;
mod fuzz_corpus;
mod holders;
#[cfg(unix)]
mod hostile_templates;
mod infrastructure;
mod init;
mod integrations;
mod licences;
mod limits;
mod lints;
mod live;
mod operator;
mod output;
mod projects;
mod prove;
mod prover;
mod quota;
mod report;
mod scenarios;
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod testing;

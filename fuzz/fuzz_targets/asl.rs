//! Bytes as the definition of a state machine.

#![no_main]

#[path = "../project.rs"]
mod project;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| project::read_definition(bytes));

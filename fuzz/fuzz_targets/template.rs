//! Bytes as the templates of a team, with values.

#![no_main]

#[path = "../template.rs"]
mod template;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| template::read_template(bytes));

//! Bytes as the files of a project.

#![no_main]

#[path = "../project.rs"]
mod project;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| project::read_project(bytes));

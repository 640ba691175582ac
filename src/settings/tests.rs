use std::path::Path;

use proptest::prelude::*;

use super::decode::Decoder;
use super::tree;
use crate::diagnostic::{Diagnostic, Sources};
use crate::grants::Matrix;

/// What is found in a text that is read as `tcperm.toml`, and as tc's file.
fn found(text: &str) -> [Vec<Diagnostic>; 2] {
    [tree::toml, tree::yaml].map(|read| {
        let mut sources = Sources::new();
        let file = sources.add("file", text);
        let mut found = Vec::new();
        if let Some(tree) = read(&sources, file, &mut found) {
            let mut decoder = Decoder::new(&sources, Path::new(""), Matrix::built_in().unwrap());
            decoder.own(&tree);
            decoder.of_tc(&tree);
            found.extend(decoder.finish().1);
        }
        for finding in &found {
            let span = finding.span.as_ref().unwrap();
            assert!(
                sources.text(file).get(span.range.clone()).is_some(),
                "{finding:?}"
            );
        }
        found
    })
}

#[test]
fn both_languages_say_the_same() {
    let toml = "[abac]\ntagged = ['queue']\n[[grants]]\nrole = 'function'\ncapability = 'trace.write'\n";
    let yaml = "abac: { tagged: [queue] }\ngrants:\n- role: function\n  capability: trace.write\n";
    assert_eq!(found(toml)[0], []);
    assert_eq!(found(yaml)[1], []);
}

#[test]
fn a_text_that_is_neither_is_one_error_at_its_place() {
    for findings in found("[abac\n") {
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].is_error() && findings[0].help.is_some());
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_no_fault() {
    assert_eq!(found("[abac]\r\ntagged = []\r\n")[0], []);
    assert_eq!(found("abac:\r\n  tagged: []\r\n")[1], []);
}

proptest! {
    #[test]
    fn whatever_the_text_it_is_answered(
        text in "([\\[\\]{}=:,.\\-\n \"'#&*!]|abac|tagged|grants|role|function|on|é|\\PC){0,60}"
    ) {
        found(&text);
    }

    #[test]
    fn whatever_stands_in_a_grant_it_is_answered(id in "[a-z.-]{0,12}|file-system.mount|secret.read", on in "\\PC{0,20}") {
        let on = serde_json::to_string(&on).unwrap();
        found(&format!("grants: [{{role: function, capability: '{id}', on: [{on}]}}]"));
    }
}

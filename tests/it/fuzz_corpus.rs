//! The corpus of the fuzz targets, run as a plain test: what was hard to read once is read for ever.

#[path = "../../fuzz/project.rs"]
pub mod project;

#[path = "../../fuzz/template.rs"]
mod template;

use crate::support::{entries, root};

/// The most files of the corpus of a target, and the most bytes: it is committed.
const MOST_FILES: usize = 150;
const MOST_BYTES: usize = 250_000;

#[expect(clippy::disallowed_methods, reason = "some texts are not UTF-8")]
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let files = entries(&root().join("fuzz/corpus").join(target));
    let texts: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(texts.len() > 20, "{} texts", texts.len());
    assert!(texts.len() <= MOST_FILES, "{} texts", texts.len());
    let bytes: usize = texts.iter().map(Vec::len).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes");
    texts
}

#[test]
fn every_project_of_the_corpus_is_read_by_the_rules() {
    for text in corpus("topology") {
        project::read_project(&text);
    }
}

#[test]
fn every_state_machine_of_the_corpus_is_read_by_the_rules() {
    for text in corpus("asl") {
        project::read_definition(&text);
    }
}

#[test]
fn every_template_of_the_corpus_is_rendered_by_the_rules() {
    for text in corpus("template") {
        template::read_template(&text);
    }
}

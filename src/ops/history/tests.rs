use std::fmt::Write as _;
use std::io::Write as _;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// A line of a run that begins, in a sandbox.
fn begins(id: &str, sandbox: &str) -> String {
    format!(
        r#"{{"record":"begun","format_version":"1","id":"{id}","time":"2026-03-01T09:30:00.125Z","who":{{"user":null,"host":null,"profile":null,"role":null}},"account":"123456789012","partition":"aws","region":"eu-west-1","sandbox":"{sandbox}","verb":"create","tcperm":"0.1.0","plan":"00","steps":[]}}"#
    )
}

fn ends(id: &str) -> String {
    format!(
        r#"{{"record":"ended","format_version":"1","id":"{id}","time":"2026-03-01T09:30:01.000Z","steps":[],"calls":3,"exit_code":0}}"#
    )
}

/// What is read of a journal with this text.
fn read(text: &str, sandbox: Option<&str>, limit: Option<usize>) -> History {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    history(&HistoryRequest {
        journal: Journal::Named(file.path().to_owned()),
        sandbox: sandbox.map(|name| Sandbox::parse(name).unwrap()),
        limit,
    })
    .unwrap()
}

/// The runs by their ids, with whether they ended.
fn ids(history: &History) -> Vec<(&str, bool)> {
    let id = |run: &'_ Run| run.ended.is_some();
    history
        .runs
        .iter()
        .map(|run| (run.begun.id.as_str(), id(run)))
        .collect()
}

#[test]
fn what_is_no_record_is_named_by_its_line_and_hides_no_run() {
    let [begun, ended] = [begins("a", "dev"), ends("a")];
    let other = begins("b", "dev").replacen("\"1\"", "\"2\"", 1);
    let text = format!(
        "half\n{begun}\n{{}}\n{other}\n{ended}\n{}\n{{\"record\":",
        ends("c")
    );
    let found = read(&text, None, None);
    assert_eq!(ids(&found), [("a", true)]);
    let numbers: Vec<usize> = found.unreadable.iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, [1, 3, 4, 6, 7]);
    assert!(found.unreadable[2].1.contains("format_version is `2`"));
    assert!(found.unreadable[3].1.contains("did not begin in this file"));
}

#[test]
fn a_field_that_a_later_version_adds_is_passed_over() {
    let begun = begins("a", "dev").replacen('{', r#"{"weather":{"sun":true},"#, 1);
    assert_eq!(ids(&read(&begun, None, None)), [("a", false)]);
}

#[test]
fn a_usual_journal_that_was_never_begun_is_empty_and_a_named_one_is_missed() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    let request = |journal| HistoryRequest {
        journal,
        sandbox: None,
        limit: None,
    };
    let usual = history(&request(Journal::Usual(Some(path.clone())))).unwrap();
    assert_eq!(usual.runs, []);
    assert!(history(&request(Journal::Named(path))).is_err());
    assert!(history(&request(Journal::Usual(None))).is_err());
    assert!(history(&request(Journal::Off)).is_err());
}

proptest! {
    /// Runs side by side: each end finds its run, the newest are kept, and a sandbox is found
    /// whatever the case of its name.
    #[test]
    fn the_newest_runs_of_a_sandbox_are_found_in_the_order_of_their_begin(
        runs in prop::collection::vec((select(&["dev", "DEV", "qa"][..]), prop::option::of(0_usize..6)), 0..20),
        limit in prop::option::of(0_usize..8),
    ) {
        let mut lines: Vec<(usize, String)> = Vec::new();
        for (number, (sandbox, ended)) in runs.iter().enumerate() {
            lines.push((10 * number, begins(&number.to_string(), sandbox)));
            lines.extend(ended.map(|later| (10 * (number + later) + 5, ends(&number.to_string()))));
        }
        lines.sort_by_key(|(at, _)| *at);
        let text = lines.iter().fold(String::new(), |mut text, (_, line)| {
            writeln!(text, "{line}").unwrap();
            text
        });
        let found = read(&text, Some("dev"), limit);
        let numbered: Vec<(String, bool)> = runs
            .iter()
            .enumerate()
            .filter(|(_, (sandbox, _))| *sandbox != "qa")
            .map(|(number, (_, ended))| (number.to_string(), ended.is_some()))
            .collect();
        let newest = numbered.len().saturating_sub(limit.unwrap_or(usize::MAX));
        let expected: Vec<(&str, bool)> =
            numbered[newest..].iter().map(|(id, ended)| (id.as_str(), *ended)).collect();
        prop_assert_eq!(ids(&found), expected);
        prop_assert_eq!(found.unreadable, vec![]);
    }
}

#![expect(clippy::disallowed_methods, reason = "the test looks at files of its own")]

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::source::MAX_BYTES;

/// The lines of a journal, and the numbers of those that are none.
fn lines(path: &Path) -> (Vec<String>, Vec<usize>) {
    let (mut lines, mut none) = (Vec::new(), Vec::new());
    each_line(path, |number, line| match line {
        Ok(line) => lines.push(line.to_owned()),
        Err(_) => none.push(number),
    })
    .unwrap();
    (lines, none)
}

fn put_raw(path: &Path, bytes: &[u8]) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

#[cfg(unix)]
#[test]
fn a_new_journal_and_its_directories_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state/tcperm/journal.jsonl");
    append_line(&path, "a").unwrap();
    let mode = |path: &Path| metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&home.path().join("state/tcperm")), 0o700);
    assert_eq!(mode(&home.path().join("state")), 0o700);
}

#[test]
fn a_journal_that_others_may_read_stays_so() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    put_raw(&path, b"a\n");
    let before = metadata(&path).unwrap().permissions();
    append_line(&path, "b").unwrap();
    assert_eq!(metadata(&path).unwrap().permissions(), before);
}

/// Each line is larger than what a pipe or a page takes in one piece.
#[test]
fn lines_of_writers_at_the_same_time_do_not_mix() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for number in 0..20 {
                    append_line(path, &format!("{writer}-{number} ").repeat(5_000)).unwrap();
                }
            });
        }
    });
    let (lines, none) = lines(&path);
    assert_eq!((lines.len(), none), (160, vec![]));
    for line in lines {
        let first = line.split(' ').next().unwrap();
        assert_eq!(line, format!("{first} ").repeat(5_000));
    }
}

#[test]
fn what_is_no_text_or_too_long_is_named_and_the_next_line_is_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    append_line(&path, "first").unwrap();
    put_raw(&path, b"\xff\xfe\n");
    let longest = usize::try_from(MAX_BYTES).unwrap();
    put_raw(&path, &vec![b'x'; longest + 5]);
    append_line(&path, "last").unwrap();
    assert_eq!(
        lines(&path),
        (vec!["first".to_owned(), "last".to_owned()], vec![2, 3])
    );
}

#[test]
fn a_line_as_long_as_may_be_is_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    let longest = "x".repeat(usize::try_from(MAX_BYTES).unwrap());
    append_line(&path, &longest).unwrap();
    append_line(&path, "last").unwrap();
    assert_eq!(lines(&path), (vec![longest, "last".to_owned()], vec![]));
}

#[test]
fn what_is_no_file_is_neither_read_nor_written() {
    let home = tempfile::tempdir().unwrap();
    let missing = home.path().join("journal.jsonl");
    let seen = |_: usize, _: Result<&str, String>| {};
    assert!(matches!(
        each_line(&missing, seen),
        Err(SourceError::Missing { .. })
    ));
    assert!(matches!(
        each_line(home.path(), seen),
        Err(SourceError::NotAFile { .. })
    ));
    assert!(matches!(
        append_line(home.path(), "a"),
        Err(SourceError::NotAFile { .. })
    ));
    put_raw(&missing, b"");
    let below = missing.join("journal.jsonl");
    assert!(matches!(append_line(&below, "a"), Err(SourceError::Write { .. })));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_lock_that_is_never_given_back_is_an_error_and_not_an_endless_wait() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("journal.jsonl");
    append_line(&path, "a").unwrap();
    let (held, wanted) = (File::open(&path).unwrap(), File::open(&path).unwrap());
    held.lock().unwrap();
    let refused = locked(&wanted, 2).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    held.unlock().unwrap();
    locked(&wanted, 2).unwrap();
}

proptest! {
    /// Whatever a killed process left behind the last line: each line that was put is read as it was.
    #[test]
    fn a_line_left_in_the_middle_spoils_no_other(
        written in prop::collection::vec(("[^\n]{1,40}", "[^\n]{0,20}"), 1..8),
    ) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("journal.jsonl");
        let mut expected = Vec::new();
        for (line, rest) in &written {
            append_line(&path, line).unwrap();
            put_raw(&path, rest.as_bytes());
            expected.push(line.clone());
            expected.extend((!rest.is_empty()).then(|| rest.clone()));
        }
        prop_assert_eq!(lines(&path), (expected, vec![]));
    }
}

//! Which files are looked at, and what is said of those that are no right text.

use super::{OPEN, SOUND, WRONG, check, found, places};
use crate::support::Tcperm;

#[test]
fn what_is_nobodys_own_is_left_out() {
    let tcperm = Tcperm::in_project(&[
        ("policies/own.json", OPEN),
        ("policies/notes.txt", OPEN),
        ("node_modules/a/b.json", OPEN),
        (".hidden/b.json", OPEN),
        ("build/b.json", OPEN),
        ("old/b.json", OPEN),
        (".git/HEAD", ""),
        (".gitignore", "build/\n"),
        (".tcignore", "old\n"),
        ("machine.json", r#"{"States": {"Statement": {}}}"#),
        ("template.json", r#"{"Resources": {"R": {"Statement": []}}}"#),
    ]);
    assert_eq!(places(&tcperm, &[]), ["any-resource policies/own.json:1:102"]);
}

#[test]
fn a_file_that_is_named_is_looked_at_wherever_it_is() {
    let tcperm = Tcperm::in_project(&[(".hidden/policy.txt", OPEN)]);
    let expected = ["any-resource .hidden/policy.txt:1:102"];
    assert_eq!(places(&tcperm, &[".hidden/policy.txt"]), expected);
    let twice = [".hidden/policy.txt", "./.hidden/../.hidden/policy.txt"];
    assert_eq!(places(&tcperm, &twice), expected);
}

#[test]
fn a_boundary_is_told_by_its_name_and_a_trust_policy_by_what_it_says() {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}"#;
    let bucket = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/a"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}]}"#;
    let tcperm = Tcperm::in_project(&[
        ("team-boundary.json", OPEN),
        ("trust.json", trust),
        ("bucket.json", bucket),
    ]);
    assert_eq!(places(&tcperm, &[]), ["open-trust trust.json:1:82"]);
}

#[test]
fn both_places_of_a_key_that_stands_twice_are_told() {
    let text = "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [],\n \"Version\": \"2012-10-17\"\n}";
    let tcperm = Tcperm::in_project(&[("a.json", text)]);
    assert_eq!(
        places(&tcperm, &[]),
        ["invalid-policy a.json:2:2", "invalid-policy a.json:4:2"]
    );
}

#[test]
fn marks_and_line_ends_of_other_systems_are_read() {
    let text = OPEN.replace(", ", ",\r\n");
    let tcperm = Tcperm::in_project(&[("a.json", &format!("\u{feff}{text}"))]);
    assert_eq!(places(&tcperm, &[]), ["any-resource a.json:4:13"]);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_checked() {
    let large = format!("{{\"Statement\": [], \"Id\": \"{}\"}}", "x".repeat(10 << 20));
    let deep = format!("{{\"Statement\": {}", "[".repeat(1_000_000));
    let tcperm = Tcperm::in_project(&[
        ("large.json", &large),
        ("large-data.json", &format!("[\"{}\"]", "x".repeat(10 << 20))),
        ("wrong.json", WRONG),
        ("deep.json", &deep),
    ]);
    let utf16: Vec<u8> = SOUND.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = tcperm.folder().join("utf16.json");
    write(&path, &[&[0xff, 0xfe][..], &utf16].concat());
    assert_eq!(
        places(&tcperm, &[]),
        [
            "invalid-policy deep.json:1:142",
            "file-too-large large.json:1:1",
            "not-text utf16.json:1:1",
            "invalid-action wrong.json:1:71",
        ]
    );
    check(&tcperm, &[]).exits(1);
    for finding in found(&tcperm, &[]) {
        assert!(
            !finding["help"].as_str().unwrap_or_default().is_empty(),
            "{finding}"
        );
    }
}

#[test]
fn a_topology_that_cannot_be_read_does_not_hide_the_policies() {
    let tcperm = Tcperm::in_project(&[
        ("shop/topology.yml", &"# a comment\n".repeat(1 << 20)),
        ("wrong.json", WRONG),
    ]);
    assert_eq!(
        places(&tcperm, &[]),
        [
            "file-too-large shop/topology.yml:1:1",
            "invalid-action wrong.json:1:71"
        ]
    );
    check(&tcperm, &[]).exits(1);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let tcperm = Tcperm::in_project(&[("a.json", SOUND)]);
    std::os::unix::fs::symlink(".", tcperm.folder().join("again")).unwrap();
    std::os::unix::fs::symlink("nowhere", tcperm.folder().join("b.json")).unwrap();
    let outcome = check(&tcperm, &[]).exits(0);
    assert_eq!(outcome.stderr, "nothing found in 1 policy\n");
}

#[expect(clippy::disallowed_methods, reason = "a file that is no text")]
fn write(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

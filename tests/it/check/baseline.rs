//! What a team accepts, and says why.

use super::{OPEN, SOUND, WRONG, check, found, places};
use crate::support::{Tcperm, read};

const REASON: &str = "reason = \"known\"\n";

/// A project of an open policy, with a baseline of one entry.
fn accepting(entry: &str) -> Tcperm {
    let baseline = format!("[[accepted]]\n{entry}");
    Tcperm::in_project(&[
        ("policies/open.json", OPEN),
        ("policies/sound.json", SOUND),
        ("tcperm-baseline.toml", &baseline),
    ])
}

#[test]
fn an_entry_accepts_by_code_file_and_words() {
    let of = |file: &str| format!("code = \"any-resource\"\nfile = \"{file}\"\n{REASON}");
    let right = of("policies/open.json");
    assert_eq!(places(&accepting(&right), &["."]), Vec::<String>::new());
    let words = format!("{right}contains = \"could be limited\"\n");
    assert_eq!(places(&accepting(&words), &["."]), Vec::<String>::new());
    for wrong in [
        format!("{right}contains = \"could be restricted\"\n"),
        right.replace("any-resource", "any-action"),
        of("policies/sound.json"),
        of("open.json"),
        format!("code = \"any-resource\"\n{REASON}"),
    ] {
        assert_eq!(
            places(&accepting(&wrong), &["."]),
            [
                "any-resource policies/open.json:1:102",
                "unused-baseline tcperm-baseline.toml:1:1"
            ],
            "{wrong}"
        );
    }
}

#[test]
fn an_entry_of_a_file_that_is_not_checked_is_no_unused_one() {
    let entry = format!("code = \"any-resource\"\nfile = \"policies/gone.json\"\n{REASON}");
    let tcperm = accepting(&entry);
    assert_eq!(places(&tcperm, &["policies/sound.json"]), Vec::<String>::new());
    assert_eq!(places(&tcperm, &["policies/sound.json", "policies"]).len(), 2);
}

#[test]
fn an_entry_of_what_is_found_in_an_account_is_looked_for_there_alone() {
    let of = |code: &str| format!("code = \"{code}\"\nfile = \"policies/sound.json\"\n{REASON}");
    let offline = |code: &str| places(&accepting(&of(code)), &["policies/sound.json"]);
    assert_eq!(offline("permission-missing"), Vec::<String>::new());
    assert_eq!(offline("any-resource").len(), 1);
    let live = |code: &str| {
        let tcperm = accepting(&of(code));
        tcperm.write("topology.yml", "name: shop\nfunctions: { intake: {} }\n");
        tcperm.bare(["create", "-s", "dev", "--local"]).run().exits(0);
        places(&tcperm, &[".", "--live", "-s", "dev", "--local"])
    };
    let unused = ["unused-baseline tcperm-baseline.toml:1:1"];
    assert_eq!(live("permission-missing"), unused);
    assert_eq!(live("any-resource"), Vec::<String>::new());
}

#[test]
fn a_baseline_holds_from_wherever_the_run_starts() {
    let tcperm = accepting(&format!(
        "code = \"any-resource\"\nfile = \"policies/open.json\"\n{REASON}"
    ));
    let below = Tcperm::in_folder(&tcperm.folder().join("policies"));
    for arguments in [&["."][..], &["open.json"], &[".."]] {
        check(&below, &[arguments, &["--deny", "warnings"]].concat()).exits(0);
    }
    let above = Tcperm::in_folder(tcperm.folder().parent().unwrap());
    check(&above, &["project", "--deny", "warnings"]).exits(0);
    check(&above, &["project", "--deny", "warnings", "--baseline", "none"]).exits(3);
}

#[test]
fn an_entry_says_why() {
    for (entry, expected) in [
        ("code = \"any-resource\"\n", "the entry has no `reason`"),
        (
            "code = \"any-resource\"\nreason = \" \"\n",
            "the entry has no `reason`",
        ),
        (REASON, "the entry has no `code`"),
        ("line = 3\n", "an entry has no key `line`"),
        ("code = 3\n", "`code` must be text"),
    ] {
        let outcome = check(&accepting(entry), &["."]).exits(1);
        assert!(
            outcome.stderr.contains("error[invalid-config]") && outcome.stderr.contains(expected),
            "{outcome}"
        );
    }
}

#[test]
fn a_baseline_that_is_written_accepts_all_that_was_found() {
    let tcperm = Tcperm::in_project(&[
        ("svc/open.json", OPEN),
        ("svc/wrong.json", WRONG),
        ("svc/tcperm.toml", ""),
    ]);
    let write = ["svc", "--write-baseline", "--reason", "as it \"was\""];
    let outcome = check(&tcperm, &write).exits(0);
    assert_eq!(
        outcome.stderr,
        "2 findings accepted in svc/tcperm-baseline.toml\n"
    );
    insta::assert_snapshot!(read(&tcperm.folder().join("svc/tcperm-baseline.toml")));
    check(&tcperm, &["svc", "--deny", "warnings"]).exits(0);
    // What is found later is added, and what stands there stays.
    tcperm.write("svc/new.json", OPEN);
    assert_eq!(found(&tcperm, &["svc"]).len(), 1);
    check(&tcperm, &write).exits(0);
    check(&tcperm, &["svc", "--deny", "warnings"]).exits(0);
    let text = read(&tcperm.folder().join("svc/tcperm-baseline.toml"));
    assert_eq!(text.matches("[[accepted]]").count(), 3, "{text}");
}

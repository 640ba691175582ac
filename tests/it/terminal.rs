//! What a person sees: tcperm on a terminal, with its bar and its question.
//!
//! `script` (util-linux) gives the run a terminal, and an emulator turns what was written to
//! it into the screen that is left.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::Tcperm;

/// The screen that a run leaves, with the answer typed to it, and the exit code.
fn on_a_terminal(tcperm: &Tcperm, arguments: &[&str], answer: &str) -> (i32, Vec<String>) {
    shell_on_a_terminal(tcperm, &format!("{} --local", arguments.join(" ")), answer)
}

/// The same for arguments that a shell reads.
fn shell_on_a_terminal(tcperm: &Tcperm, arguments: &str, answer: &str) -> (i32, Vec<String>) {
    let run = tcperm.bare([""; 0]).command();
    let program = run.get_program().to_str().unwrap();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("'{program}' {arguments}"), "/dev/null"]);
    command.current_dir(tcperm.folder()).env_clear();
    for (key, value) in run.get_envs() {
        command.env(key, value.unwrap());
    }
    command
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .expect("`script`, of util-linux, gives the test a terminal");
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let mut screen = vt100::Parser::new(200, 200, 0);
    screen.process(&output.stdout);
    let lines = screen
        .screen()
        .contents()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    (output.status.code().unwrap(), lines)
}

fn is_left_by_a_bar(line: &str) -> bool {
    line.contains('█') || line.contains('░') || line.contains("/2 ")
}

fn role_of(lines: &[String]) -> Option<&String> {
    lines
        .iter()
        .find(|line| line.starts_with("function  tc-base-function-demo  arn:aws:iam:"))
}

#[test]
fn a_bar_leaves_nothing_behind_and_the_table_begins_a_line() {
    let tcperm = Tcperm::in_example("hello").local();
    let (code, lines) = on_a_terminal(&tcperm, &["create", "-s", "demo"], "");
    assert_eq!(code, 0, "{lines:#?}");
    assert_eq!(
        lines.iter().find(|line| is_left_by_a_bar(line.as_str())),
        None,
        "{lines:#?}"
    );
    assert!(lines[0].starts_with("sandbox demo · "), "{lines:#?}");
    assert!(
        lines.iter().any(|line| line.starts_with("ENTITY    ROLE")),
        "{lines:#?}"
    );
    assert!(role_of(&lines).is_some(), "{lines:#?}");
}

#[test]
fn delete_asks_on_a_terminal_and_takes_no_for_an_answer() {
    let tcperm = Tcperm::in_example("hello").local();
    tcperm.args(["create", "-s", "demo"]).run().exits(0);
    for (format, answer) in [("human", "n\n"), ("json", "n\n"), ("human", "\n")] {
        let delete = ["delete", "-s", "demo", "--format", format];
        let (code, lines) = on_a_terminal(&tcperm, &delete, answer);
        assert_eq!(code, 1, "{lines:#?}");
        let place = |part: &str| lines.iter().position(|line| line.contains(part)).unwrap();
        assert!(
            place("- tc-base-function-demo") < place("go on? [y/N]"),
            "{lines:#?}"
        );
    }
    let left = tcperm.args(["list"]).run().stdout;
    assert!(left.contains("tc-base-function-demo"), "{left}");

    let (code, lines) = on_a_terminal(&tcperm, &["delete", "-s", "demo"], "y\n");
    assert_eq!(code, 0, "{lines:#?}");
    let left = tcperm.args(["list"]).run().stdout;
    assert!(!left.contains("tc-base-function-demo"), "{left}");
}

#[test]
fn prune_lists_and_asks_on_a_terminal_and_takes_no_for_an_answer() {
    let tcperm = Tcperm::in_example("hello").local();
    tcperm.args(["create", "-s", "demo"]).run().exits(0);
    let other = crate::support::example("orders");
    let prune = ["prune", "--orphans", "-d", &other];
    for (answer, code, is_left) in [("n\n", 1, true), ("\n", 1, true), ("y\n", 0, false)] {
        let (exit, lines) = on_a_terminal(&tcperm, &prune, answer);
        assert_eq!(exit, code, "{lines:#?}");
        let place = |part: &str| lines.iter().position(|line| line.contains(part));
        let why = place("demo     2      its topology `hello` is not found");
        assert!(why.is_some(), "{lines:#?}");
        // After a yes that nobody typed on this terminal, the bar takes the line of the question.
        assert!(!is_left || why < place("go on? [y/N]"), "{lines:#?}");
        let left = tcperm.args(["list"]).run().stdout;
        assert_eq!(left.contains("tc-base-function-demo"), is_left, "{left}");
    }
    let ci = tcperm.clone().env("CI", "true");
    tcperm.args(["create", "-s", "demo"]).run().exits(0);
    let (exit, lines) = on_a_terminal(&ci, &prune, "y\n");
    assert_eq!(exit, 1, "{lines:#?}");
}

#[test]
fn delete_does_not_go_on_where_its_question_would_not_be_seen() {
    let tcperm = Tcperm::in_example("hello").local();
    tcperm.args(["create", "-s", "demo"]).run().exits(0);
    let unseen = "delete -s demo --local 2> /dev/null";
    let (code, lines) = shell_on_a_terminal(&tcperm, unseen, "");
    assert_eq!(code, 1, "{lines:#?}");
    let left = tcperm.args(["list"]).run().stdout;
    assert!(left.contains("tc-base-function-demo"), "{left}");
}

#[test]
fn delete_does_not_ask_where_it_is_told_not_to_or_nobody_could_answer() {
    let tcperm = Tcperm::in_example("hello").local();
    let ci = tcperm.clone().env("CI", "true");
    for (run, arguments) in [
        (&tcperm, &["delete", "-s", "demo", "--yes"][..]),
        (&ci, &["delete", "-s", "demo"]),
    ] {
        tcperm.args(["create", "-s", "demo"]).run().exits(0);
        let (code, lines) = on_a_terminal(run, arguments, "");
        assert_eq!(code, 0, "{lines:#?}");
        assert!(!lines.iter().any(|line| line.contains("[y/N]")), "{lines:#?}");
    }
}

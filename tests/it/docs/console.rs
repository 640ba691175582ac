//! Runs the commands of `console` blocks and writes down what a person would see.
//!
//! A line `$ command` is a command, lines `> more` after it belong to it. It runs by
//! `sh -c` with standard error joined to standard output, in a temporary folder that holds
//! a copy of `examples/`, with a home directory of its own and nothing else of the machine's
//! environment. What follows is its output, and `[exit N]` unless it succeeds. The home
//! directory is shown as `~`, and the day of a role's creation as `YYYY-MM-DD`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::root;

/// How the README starts the program from a clone.
const FROM_A_CLONE: &str = "cargo run --release --";

/// A folder, a home and an account for the commands of one document.
pub struct Console {
    temporary: tempfile::TempDir,
}

impl Console {
    /// A new one, with the examples.
    #[expect(clippy::disallowed_methods, reason = "a folder of the test's own")]
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let console = Self { temporary };
        std::fs::create_dir_all(console.base().join("home")).unwrap();
        std::fs::create_dir_all(console.folder()).unwrap();
        let copied = Command::new("cp")
            .arg("-R")
            .args([&root().join("examples"), &console.folder()])
            .status()
            .unwrap();
        assert!(copied.success());
        console
    }

    /// Writes a file into the folder.
    #[expect(clippy::disallowed_methods, reason = "a folder of the test's own")]
    pub fn write(&self, path: &str, text: &str) {
        let path = self.folder().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// The content of a file in the folder.
    pub fn read(&self, path: &str) -> String {
        crate::support::read(&self.folder().join(path))
    }

    /// Runs the commands of a block, and gives the block as it should be.
    pub fn replay(&self, block: &str) -> String {
        let mut text = String::new();
        for command in commands(block) {
            let (first, more) = command.split_once('\n').unwrap_or((&command, ""));
            writeln!(text, "$ {first}").unwrap();
            for line in more.lines() {
                writeln!(text, "> {line}").unwrap();
            }
            text.push_str(&self.run(&command));
        }
        text
    }

    fn run(&self, command: &str) -> String {
        let races = command.contains("| head") && !command.contains("2> /dev/null");
        assert!(!races, "`head` may end before tcperm talks: {command}");
        let program = Path::new(assert_cmd::cargo::cargo_bin!("tcperm"));
        let path = format!(
            "{}:/usr/local/bin:/usr/bin:/bin",
            program.parent().unwrap().display()
        );
        let script = format!("exec 2>&1\n{}", command.replace(FROM_A_CLONE, "tcperm"));
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.base().join("home"))
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let said = self.without_what_differs(said.trim_end());
        let mut text = String::new();
        if !said.is_empty() {
            writeln!(text, "{said}").unwrap();
        }
        let code = output.status.code().unwrap_or(-1);
        if code != 0 {
            writeln!(text, "[exit {code}]").unwrap();
        }
        text
    }

    fn without_what_differs(&self, said: &str) -> String {
        let home = self.base().join("home");
        let said = said.replace(home.to_str().unwrap(), "~");
        let base = self.base();
        assert!(
            !said.contains(base.to_str().unwrap()),
            "the output names a temporary folder:\n{said}"
        );
        days_hidden(&said)
    }

    fn base(&self) -> PathBuf {
        self.temporary.path().canonicalize().unwrap()
    }

    fn folder(&self) -> PathBuf {
        self.base().join("work")
    }
}

/// The commands of a block, those of several lines without their `> `.
pub fn commands(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let mut continues = false;
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
            continues = true;
        } else if let (true, Some(more)) = (continues, line.strip_prefix("> ")) {
            let command = commands.last_mut().unwrap();
            command.push('\n');
            command.push_str(more);
        } else {
            assert!(!commands.is_empty(), "output before the first command: {line}");
            continues = false;
        }
    }
    commands
}

/// The file `….mmd` that the last command of a block writes, if it writes one.
pub fn drawing(block: &str) -> Option<String> {
    let command = commands(block).pop()?;
    let (_, file) = command.rsplit_once("> ")?;
    file.strip_suffix(".mmd").map(|_| file.to_owned())
}

/// Puts `YYYY-MM-DD` for the days since 2024: not for `2012-10-17`, the version of policies.
fn days_hidden(text: &str) -> String {
    let mut hidden = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.get(..10).is_some_and(is_recent_day) {
            hidden.push_str("YYYY-MM-DD");
            rest = &rest[10..];
        } else {
            hidden.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    hidden
}

fn is_recent_day(text: &str) -> bool {
    let shape = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    shape && text >= "2024"
}

#[test]
fn days_are_hidden_and_the_version_of_policies_is_not() {
    assert_eq!(
        days_hidden("é 2026-01-31 \"2012-10-17\" 2024-1-1"),
        "é YYYY-MM-DD \"2012-10-17\" 2024-1-1"
    );
}

#[test]
fn a_console_shows_output_exit_code_and_home_as_a_person_sees_them() {
    let console = Console::new();
    console.write("a/b.txt", "hello\n");
    let block =
        "$ cat a/b.txt; ls examples/hello\nold output\n$ echo ~ >&2; false\n$ printf '%s\\n' \\\n> two\n";
    let replayed = "$ cat a/b.txt; ls examples/hello\nhello\ntopology.yml\n$ echo ~ >&2; false\n~\n[exit 1]\n$ printf '%s\\n' \\\n> two\ntwo\n";
    assert_eq!(console.replay(block), replayed);
    assert_eq!(console.replay(replayed), replayed);
    assert!(
        console
            .replay("$ cargo run --release -- --version")
            .contains("tcperm ")
    );
}

//! What came of running tcperm.

use std::fmt;

/// The exit code and both outputs.
///
/// The fields hold what the binary gave. The `Display` form is for snapshots: it shows all
/// three together and puts names such as `[HOME]` for what differs from run to run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The exit code; -1 when a signal ended the process.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    names: Vec<(String, &'static str)>,
}

impl Outcome {
    pub(super) fn new(output: &std::process::Output, names: Vec<(String, &'static str)>) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            names,
        }
    }

    /// The same outcome, if the exit code is the expected one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.code == code, "expected exit code {code}\n{self}");
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is not one JSON document: {error}\n{self}"))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!(
            "exit code: {}\n----- stdout -----\n{}\n----- stderr -----\n{}",
            self.code, self.stdout, self.stderr
        );
        for (value, name) in &self.names {
            text = text.replace(value, name);
        }
        f.write_str(&text)
    }
}

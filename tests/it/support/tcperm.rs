//! Running the binary.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use super::{Outcome, entries, file_name, root};

#[cfg(feature = "aws")]
use super::Proxy;

/// A folder, an account and an environment to run tcperm in.
///
/// The environment starts empty but for `HOME` and `TCPERM_HOME`, in a temporary directory
/// that goes with the last clone, and `NO_COLOR`. Runs of one `Tcperm` share them, so the
/// embedded account lasts from run to run.
#[derive(Debug, Clone)]
pub struct Tcperm {
    temporary: Arc<tempfile::TempDir>,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
    account: Vec<String>,
    names: Vec<(String, &'static str)>,
}

/// One run to be.
#[derive(Debug, Clone)]
pub struct Invocation {
    tcperm: Tcperm,
    arguments: Vec<OsString>,
    input: String,
}

impl Tcperm {
    /// In an example of the repository, which the test leaves as it is.
    pub fn in_example(name: &str) -> Self {
        let folder = root().join("examples").join(name);
        assert!(folder.is_dir(), "no example `{name}`");
        Self::in_folder(&folder)
    }

    /// In a copy of an example, for tests that change it.
    pub fn in_copy_of_example(name: &str) -> Self {
        let tcperm = Self::in_project(&[]);
        copy(&root().join("examples").join(name), &tcperm.folder);
        tcperm
    }

    /// In a copy of a folder of the repository.
    pub fn in_copy_of(folder: &Path) -> Self {
        let tcperm = Self::in_project(&[]);
        copy(folder, &tcperm.folder);
        tcperm
    }

    /// In a new folder with these files, by path and content.
    pub fn in_project(files: &[(&str, &str)]) -> Self {
        let mut tcperm = Self::in_folder(Path::new(""));
        tcperm.folder = tcperm.temporary.path().canonicalize().unwrap().join("project");
        std::fs::create_dir(&tcperm.folder).unwrap();
        for (path, text) in files {
            tcperm.write(path, text);
        }
        tcperm
    }

    /// In a folder that is there.
    #[expect(clippy::disallowed_methods, reason = "a home of the test's own")]
    pub fn in_folder(folder: &Path) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path().canonicalize().unwrap();
        let home = base.join("home");
        std::fs::create_dir_all(home.join("tcperm")).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let environment = [
            ("HOME", text(&home)),
            ("TCPERM_HOME", text(&home.join("tcperm"))),
            ("NO_COLOR", "1".to_owned()),
        ];
        Self {
            temporary: Arc::new(temporary),
            folder: folder.to_owned(),
            environment: environment
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
            account: Vec::new(),
            names: vec![
                (text(&home), "[HOME]"),
                (text(&base.join("project")), "[PROJECT]"),
                (text(&base), "[TEMP]"),
                (text(root()), "[REPOSITORY]"),
            ],
        }
    }

    /// On the embedded account: every run gets `--local`.
    pub fn local(mut self) -> Self {
        self.account = vec!["--local".to_owned()];
        self
    }

    /// On moto, through a proxy: every run gets `-e test`, a profile of that name with
    /// made-up credentials, and the proxy for AWS.
    #[cfg(feature = "aws")]
    #[expect(clippy::disallowed_methods, reason = "a profile of the test's own")]
    pub fn aws(mut self, proxy: &Proxy) -> Self {
        let key_id = "AKIAIOSFODNN7EXAMPLE";
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let config = PathBuf::from(&self.environment["HOME"]).join("aws-config");
        let profile = format!(
            "[profile test]\nregion = us-west-2\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
        );
        std::fs::write(&config, profile).unwrap();
        let config = config.to_str().unwrap().to_owned();
        let credentials = format!("{config}-without-credentials");
        std::fs::write(&credentials, "").unwrap();
        self.account = vec!["-e".to_owned(), "test".to_owned()];
        self.names.push((proxy.url().to_owned(), "[ENDPOINT]"));
        self.names.push((proxy.account().to_owned(), "[ACCOUNT]"));
        self.env("AWS_ENDPOINT_URL", proxy.url())
            .env("AWS_ACCESS_KEY_ID", key_id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
            .env("AWS_REGION", "us-west-2")
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// With one more variable in the environment.
    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.environment.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Without one of the variables that were set before.
    pub fn without_env(mut self, key: &str) -> Self {
        self.environment.remove(key);
        self
    }

    /// The folder tcperm runs in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The directory in which tcperm keeps the embedded account.
    pub fn home(&self) -> PathBuf {
        PathBuf::from(&self.environment["TCPERM_HOME"])
    }

    /// Writes a file of the project, with the directories above it.
    #[expect(clippy::disallowed_methods, reason = "a project of the test's own")]
    pub fn write(&self, path: &str, text: &str) {
        assert!(
            self.folder
                .starts_with(self.temporary.path().canonicalize().unwrap()),
            "the test would write into {}; use `in_project` or `in_copy_of_example`",
            self.folder.display()
        );
        let path = self.folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Removes a file of the project.
    #[expect(clippy::disallowed_methods, reason = "a project of the test's own")]
    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.folder.join(path)).unwrap();
    }

    /// A run with these arguments and none for the account.
    pub fn bare<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Invocation {
        Invocation {
            tcperm: self.clone(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            input: String::new(),
        }
    }

    /// A run with these arguments; the account's come after them.
    pub fn args<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Invocation {
        let mut invocation = self.bare(arguments);
        invocation
            .arguments
            .extend(self.account.iter().map(OsString::from));
        invocation
    }
}

impl Invocation {
    /// With this on standard input, which is empty otherwise.
    pub fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// The command itself, for tests that need the process.
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("tcperm"));
        command
            .current_dir(&self.tcperm.folder)
            .env_clear()
            .envs(&self.tcperm.environment)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it. A run that hangs is ended after two minutes.
    pub fn run(&self) -> Outcome {
        let output = assert_cmd::Command::from_std(self.command())
            .write_stdin(self.input.as_str())
            .timeout(Duration::from_mins(2))
            .output()
            .expect("tcperm can be started");
        Outcome::new(&output, self.tcperm.names.clone())
    }
}

#[expect(clippy::disallowed_methods, reason = "a project of the test's own")]
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in entries(from) {
        let target = to.join(file_name(&entry));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

#[test]
fn runs_of_one_builder_share_a_home_and_nothing_else_of_the_machine() {
    let tcperm = Tcperm::in_project(&[("topology.yml", "name: a\n"), ("f/handler.py", "")]);
    assert_eq!(tcperm.clone().home(), tcperm.home());
    assert_ne!(Tcperm::in_example("hello").home(), tcperm.home());
    assert!(tcperm.folder().join("f/handler.py").is_file());
    assert_eq!(
        tcperm.environment.keys().collect::<Vec<_>>(),
        ["HOME", "NO_COLOR", "TCPERM_HOME"]
    );
}

#[test]
fn a_copy_of_an_example_can_be_changed() {
    let tcperm = Tcperm::in_copy_of_example("worker").local();
    tcperm.write("resize/function.yml", "name: resize\n");
    assert!(tcperm.folder().join("inspect/handler.py").is_file());
    assert_eq!(tcperm.args(["list"]).arguments, ["list", "--local"]);
}

#[test]
fn an_outcome_shows_names_for_what_differs_from_run_to_run() {
    let tcperm = Tcperm::in_project(&[]).env("A", "1").without_env("A");
    let mut outcome = tcperm.args(["--version"]).input("").run().exits(0);
    outcome.stdout = format!("{} {}", tcperm.home().display(), tcperm.folder().display());
    outcome.stderr = String::new();
    assert_eq!(
        outcome.to_string(),
        "exit code: 0\n----- stdout -----\n[HOME]/tcperm [PROJECT]\n----- stderr -----\n"
    );
    outcome.stdout = "{\"a\": 1}".to_owned();
    assert_eq!(outcome.json()["a"], 1);
}

#[cfg(feature = "aws")]
#[test]
fn on_moto_every_run_gets_the_profile_and_the_proxy() {
    let proxy = Proxy::start();
    let tcperm = Tcperm::in_example("hello").aws(&proxy);
    assert_eq!(tcperm.args(["list"]).arguments, ["list", "-e", "test"]);
    assert_eq!(tcperm.environment["AWS_ENDPOINT_URL"], proxy.url());
    let mut outcome = tcperm.args(["--version"]).run();
    outcome.stdout = format!("{} {}", proxy.url(), proxy.account());
    assert!(
        outcome.to_string().contains("\n[ENDPOINT] [ACCOUNT]\n"),
        "{outcome}"
    );
}

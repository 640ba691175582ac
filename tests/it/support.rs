//! What the tests stand on.
//!
//! - [`Tcperm`] runs the binary in an example or in a project of the test's own, with an
//!   environment that holds nothing of the machine's; [`Outcome`] is what came of it.
//! - [`Proxy`] stands between the binary and moto: it gives each test an account of its
//!   own, records the calls and plays the faults that a test asks for.
//! - [`World`] is an account of either make, with the roles as they are seen from outside.
//! - [`Moto`] speaks to moto past the proxy, to make drift and foreign roles.
//!
//! ```ignore
//! let proxy = Proxy::start();
//! let tcperm = Tcperm::in_example("orders").aws(&proxy);
//! proxy.fail("PutRolePolicy", 1, Fault::Throttle);
//! let outcome = tcperm.args(["create", "-s", "dev"]).run();
//! insta::assert_snapshot!(outcome);
//! ```

mod browser;
mod outcome;
mod tcperm;
mod world;

mod dice;
#[cfg(feature = "aws")]
mod fault;
#[cfg(feature = "aws")]
mod form;
#[cfg(feature = "aws")]
mod http;
#[cfg(feature = "aws")]
pub mod judge;
#[cfg(feature = "aws")]
mod moto;
#[cfg(feature = "aws")]
mod proxy;

use std::path::{Path, PathBuf};

pub use browser::Browser;
pub use outcome::Outcome;
pub use tcperm::Tcperm;
pub use world::{Change, FOREIGN_POLICY, FOREIGN_TRUST, World, as_rendered, example, text};

pub use dice::Dice;
#[cfg(feature = "aws")]
pub use fault::Fault;
#[cfg(feature = "aws")]
pub use moto::{Moto, texts};
#[cfg(feature = "aws")]
pub use proxy::{Call, Proxy};
#[cfg(feature = "aws")]
pub use world::Role;

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all examples, sorted.
pub fn examples() -> Vec<String> {
    let mut names: Vec<String> = entries(&root().join("examples"))
        .iter()
        .filter(|path| path.join("topology.yml").is_file())
        .map(|path| file_name(path))
        .collect();
    names.sort();
    names
}

/// A text file's content.
#[expect(clippy::disallowed_methods, reason = "the tests read the repository")]
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a directory holds, sorted by name.
#[expect(clippy::disallowed_methods, reason = "the tests read the repository")]
pub fn entries(directory: &Path) -> Vec<PathBuf> {
    let listing =
        std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Sends a process what Ctrl-C sends.
#[cfg(all(feature = "aws", unix))]
pub fn interrupt(process: &std::process::Child) {
    let interrupt = format!("kill -INT {}", process.id());
    let sent = std::process::Command::new("sh").args(["-c", &interrupt]).output();
    drop(sent.unwrap());
}

#[test]
fn there_is_an_example_of_every_size() {
    let names = examples();
    for name in [
        "graphql",
        "hello",
        "media",
        "orders",
        "pipeline",
        "rest-api",
        "storefront",
        "worker",
    ] {
        assert!(names.iter().any(|known| known == name), "no example `{name}`");
    }
}

#[test]
fn every_example_says_first_what_it_shows() {
    for name in examples() {
        let text = read(&root().join("examples").join(&name).join("topology.yml"));
        let comment = text.lines().take_while(|line| line.starts_with("# ")).count();
        assert!((2..=4).contains(&comment), "{name}: {comment} lines of comment");
    }
}

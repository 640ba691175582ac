//! An account and a person at it: tcperm, the roles as they are seen from outside, and hands
//! that change them past tcperm.
//!
//! The same for the embedded account and for moto, so that a scenario is told once.

#[cfg(feature = "aws")]
mod aws;
mod embedded;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Outcome, Tcperm, root};

#[cfg(feature = "aws")]
use super::Proxy;
use embedded::Embedded;

/// A trust policy and an inline policy that tcperm would never write.
pub const FOREIGN_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
/// See [`FOREIGN_TRUST`].
pub const FOREIGN_POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

/// An account, empty at first, and tcperm at work on it.
#[derive(Debug, Clone)]
pub struct World {
    tcperm: Tcperm,
    side: Side,
}

#[derive(Debug, Clone)]
enum Side {
    Embedded(Embedded),
    #[cfg(feature = "aws")]
    Aws(std::sync::Arc<Proxy>),
}

/// A role as the account holds it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Role {
    pub arn: String,
    pub trust: Value,
    pub inline: BTreeMap<String, Value>,
    pub managed: BTreeSet<String>,
    pub profiles: BTreeSet<String>,
    pub tags: BTreeMap<String, String>,
}

/// What a person changes on a role.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    Trust(&'a str),
    PutInline(&'a str, &'a str),
    DeleteInline(&'a str),
    /// Attaches a managed policy of the account, by its name.
    Attach(&'a str),
    /// Detaches a managed policy of the account, by its name.
    Detach(&'a str),
    Profile(&'a str),
    Tag(&'a str, &'a str),
    Untag(&'a str),
}

impl World {
    /// On the embedded account.
    pub fn embedded() -> Self {
        let tcperm = Tcperm::in_project(&[]).local();
        let side = Side::Embedded(Embedded::new(tcperm.home()));
        Self { tcperm, side }
    }

    /// On moto.
    #[cfg(feature = "aws")]
    pub fn aws() -> Self {
        let proxy = Proxy::start();
        proxy.watch();
        Self {
            tcperm: Tcperm::in_project(&[]).aws(&proxy),
            side: Side::Aws(std::sync::Arc::new(proxy)),
        }
    }

    /// Another account of the same make, empty.
    pub fn another(&self) -> Self {
        match &self.side {
            Side::Embedded(_) => Self::embedded(),
            #[cfg(feature = "aws")]
            Side::Aws(_) => Self::aws(),
        }
    }

    /// The same account, with one more variable in the environment.
    pub fn env(&self, key: &str, value: &str) -> Self {
        Self {
            tcperm: self.tcperm.clone().env(key, value),
            side: self.side.clone(),
        }
    }

    /// The proxy before the account.
    #[cfg(feature = "aws")]
    pub fn proxy(&self) -> &Proxy {
        match &self.side {
            Side::Aws(proxy) => proxy,
            Side::Embedded(_) => panic!("the embedded account has no proxy"),
        }
    }

    /// The builder of runs on this account.
    pub fn tcperm(&self) -> &Tcperm {
        &self.tcperm
    }

    /// Runs tcperm; words apart by spaces, the account's flags come after them.
    ///
    /// # Panics
    /// When it makes a call that the policy for all verbs and modes does not allow.
    pub fn run(&self, arguments: &str) -> Outcome {
        let outcome = self.tcperm.args(arguments.split_whitespace()).run();
        #[cfg(feature = "aws")]
        if let Side::Aws(proxy) = &self.side {
            super::judge::expect_allowed(proxy.account(), &proxy.new_calls());
        }
        outcome
    }

    /// Runs tcperm with `--format json`.
    pub fn json(&self, arguments: &str) -> Outcome {
        self.run(&format!("{arguments} --format json"))
    }

    /// Writes a topology into a folder of the project and gives the folder's name.
    pub fn topology(&self, folder: &str, text: &str) -> String {
        self.tcperm.write(&format!("{folder}/topology.yml"), text);
        folder.to_owned()
    }

    /// The roles that `render` shows for a topology, as they would stand in this account.
    pub fn rendered(&self, directory: &str, sandbox: &str) -> BTreeMap<String, Role> {
        let account = self.account();
        let arguments = format!(
            "render -d {directory} -s {sandbox} --account {account} --region us-west-2 --format json"
        );
        let bare = self.tcperm.bare(arguments.split_whitespace());
        let document = bare.run().exits(0).json();
        let roles = document["roles"].as_array().unwrap().iter();
        roles
            .map(|role| (text(&role["name"]), as_rendered(role)))
            .collect()
    }

    /// The account's id.
    pub fn account(&self) -> String {
        match &self.side {
            Side::Embedded(_) => embedded::ACCOUNT.to_owned(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => proxy.account().to_owned(),
        }
    }

    /// All roles of the account, by name.
    pub fn roles(&self) -> BTreeMap<String, Role> {
        match &self.side {
            Side::Embedded(account) => account.roles(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::roles(&proxy.moto()),
        }
    }

    /// The names of all roles, sorted.
    pub fn role_names(&self) -> Vec<String> {
        self.roles().into_keys().collect()
    }

    /// A role of the account.
    #[track_caller]
    pub fn role(&self, name: &str) -> Role {
        let found = self.roles().remove(name);
        found.unwrap_or_else(|| panic!("no role `{name}`"))
    }

    /// Makes a role as a person would, without asking tcperm.
    pub fn make_role(&self, name: &str, tags: &[(&str, &str)]) {
        match &self.side {
            Side::Embedded(account) => account.make_role(name),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::make_role(&proxy.moto(), name),
        }
        for (key, value) in tags {
            self.change(name, Change::Tag(key, value));
        }
    }

    /// Makes a managed policy that can be attached, where the account has to know it.
    pub fn make_managed_policy(&self, name: &str) {
        match &self.side {
            Side::Embedded(_) => assert_ne!(name, ""),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::make_managed_policy(&proxy.moto(), name),
        }
    }

    /// Copies a sandbox of the embedded account, under other names.
    pub fn copy_sandbox(&self, from: &str, to: &[String]) {
        match &self.side {
            Side::Embedded(account) => account.copy_sandbox(from, to),
            #[cfg(feature = "aws")]
            Side::Aws(_) => panic!("only a file can be copied"),
        }
    }

    /// Makes a role as an old tc does: with a managed policy of its own name, of three versions.
    pub fn make_role_of_old_tc(&self, name: &str) {
        self.make_role(name, &[]);
        self.change(name, Change::Attach(name));
        match &self.side {
            Side::Embedded(account) => account.add_versions(name, &["v2", "v3"]),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::add_versions(&proxy.moto(), proxy.account(), name, 2),
        }
    }

    /// The names of the account's managed policies, sorted.
    pub fn managed_policies(&self) -> Vec<String> {
        match &self.side {
            Side::Embedded(account) => account.managed_policies(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::managed_policies(&proxy.moto()),
        }
    }

    /// Makes a role of the embedded account older by this many days.
    pub fn age(&self, role: &str, days: i64) {
        match &self.side {
            Side::Embedded(account) => account.age(role, days),
            #[cfg(feature = "aws")]
            Side::Aws(_) => panic!("only a file can be made older"),
        }
    }

    /// Takes a role's description away.
    pub fn forget_description(&self, role: &str) {
        match &self.side {
            Side::Embedded(account) => account.forget_description(role),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::forget_description(&proxy.moto(), role),
        }
    }

    /// Changes a role by hand.
    pub fn change(&self, role: &str, change: Change<'_>) {
        match &self.side {
            Side::Embedded(account) => account.change(role, change),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => aws::change(&proxy.moto(), proxy.account(), role, change),
        }
    }

    /// Forgets what was written so far.
    pub fn forget(&self) {
        match &self.side {
            Side::Embedded(account) => account.forget(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => proxy.clear(),
        }
    }

    /// What tcperm has written since then: its writing calls, or the file.
    pub fn writes(&self) -> Vec<String> {
        match &self.side {
            Side::Embedded(account) => account.writes(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => {
                let calls = proxy.calls();
                let writes = calls.iter().filter(|call| call.is_write());
                writes.map(ToString::to_string).collect()
            }
        }
    }

    /// Every trace of a run since then: all its calls, or the files of the account.
    pub fn traces(&self) -> Vec<String> {
        match &self.side {
            Side::Embedded(account) => account.files(),
            #[cfg(feature = "aws")]
            Side::Aws(proxy) => proxy.calls().iter().map(ToString::to_string).collect(),
        }
    }
}

/// The directory of an example.
pub fn example(name: &str) -> String {
    root().join("examples").join(name).to_str().unwrap().to_owned()
}

/// A role as the JSON of `render`, `show` and `plan` holds it.
pub fn as_rendered(role: &Value) -> Role {
    let policies = role["policies"].as_array().unwrap().iter();
    let tags = role["tags"].as_object().unwrap().iter();
    let managed = role.get("managed_policies").and_then(Value::as_array);
    Role {
        arn: role["arn"].as_str().unwrap_or_default().to_owned(),
        trust: role["trust"].clone(),
        inline: policies
            .map(|policy| (text(&policy["name"]), policy["document"].clone()))
            .collect(),
        managed: managed.into_iter().flatten().map(text).collect(),
        profiles: BTreeSet::new(),
        tags: tags.map(|(key, value)| (key.clone(), text(value))).collect(),
    }
}

/// The text of a JSON string.
#[track_caller]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

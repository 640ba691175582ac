//! The embedded account from outside: its file.
#![expect(
    clippy::disallowed_methods,
    reason = "the test looks at the file of the embedded account and edits it by hand"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Change, FOREIGN_POLICY, FOREIGN_TRUST, Role, text};
use crate::support::{entries, file_name, read};

pub const ACCOUNT: &str = "000000000000";

#[derive(Debug, Clone)]
pub struct Embedded {
    home: PathBuf,
    known: Arc<Mutex<Option<SystemTime>>>,
}

impl Embedded {
    pub fn new(home: PathBuf) -> Self {
        Self {
            home,
            known: Arc::default(),
        }
    }

    pub fn roles(&self) -> BTreeMap<String, Role> {
        let file = self.load();
        let roles = file["roles"].as_array().unwrap().iter();
        roles.map(|role| (text(&role["name"]), seen(role))).collect()
    }

    pub fn make_role(&self, name: &str) {
        let mut file = self.load();
        file["roles"]
            .as_array_mut()
            .unwrap()
            .push(json!({"name": name, "trust": FOREIGN_TRUST}));
        self.save(&file);
    }

    pub fn change(&self, name: &str, change: Change<'_>) {
        let mut file = self.load();
        let roles = file["roles"].as_array_mut().unwrap();
        let role = roles.iter_mut().find(|role| role["name"] == name).unwrap();
        let list = |role: &mut Value, key: &str, value: Value| {
            let mut values = role[key].as_array().cloned().unwrap_or_default();
            values.push(value);
            role[key] = Value::from(values);
        };
        match change {
            Change::Trust(document) => role["trust"] = Value::from(document),
            Change::PutInline(policy, document) => {
                forget_inline(role, policy);
                list(
                    role,
                    "inline_policies",
                    json!({"name": policy, "document": document}),
                );
            }
            Change::DeleteInline(policy) => forget_inline(role, policy),
            Change::Attach(policy) => {
                let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{policy}");
                list(role, "managed_policies", Value::from(arn.as_str()));
                let policies = file["managed_policies"].as_array().cloned().unwrap_or_default();
                let is_known = policies.iter().any(|known| known["arn"] == arn.as_str());
                let new = (!is_known).then(|| json!({"arn": arn, "document": FOREIGN_POLICY}));
                file["managed_policies"] = policies.into_iter().chain(new).collect();
            }
            Change::Detach(policy) => {
                let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{policy}");
                let attached = role["managed_policies"].as_array_mut().unwrap();
                attached.retain(|known| *known != arn);
            }
            Change::Profile(profile) => list(role, "instance_profiles", Value::from(profile)),
            Change::Tag(key, value) => role["tags"][key] = Value::from(value),
            Change::Untag(key) => {
                role["tags"].as_object_mut().unwrap().remove(key);
            }
        }
        self.save(&file);
    }

    pub fn copy_sandbox(&self, from: &str, to: &[String]) {
        let mut file = self.load();
        let roles = file["roles"].as_array_mut().unwrap();
        let texts: Vec<String> = roles.iter().map(ToString::to_string).collect();
        for sandbox in to {
            let copies = texts.iter().map(|text| text.replace(from, sandbox));
            roles.extend(copies.map(|text| serde_json::from_str::<Value>(&text).unwrap()));
        }
        self.save(&file);
    }

    pub fn forget_description(&self, name: &str) {
        let mut file = self.load();
        let roles = file["roles"].as_array_mut().unwrap();
        let role = roles.iter_mut().find(|role| role["name"] == name).unwrap();
        role.as_object_mut().unwrap().remove("description").unwrap();
        self.save(&file);
    }

    pub fn add_versions(&self, policy: &str, versions: &[&str]) {
        let mut file = self.load();
        let policies = file["managed_policies"].as_array_mut().unwrap();
        let arn = format!("arn:aws:iam::{ACCOUNT}:policy/{policy}");
        let found = policies.iter_mut().find(|known| known["arn"] == arn.as_str());
        found.unwrap()["other_versions"] = json!(versions);
        self.save(&file);
    }

    pub fn managed_policies(&self) -> Vec<String> {
        let file = self.load();
        let policies = file["managed_policies"].as_array().cloned().unwrap_or_default();
        let name = |policy: &Value| text(&policy["arn"]).rsplit('/').next().unwrap().to_owned();
        let mut names: Vec<String> = policies.iter().map(name).collect();
        names.sort();
        names
    }

    pub fn age(&self, name: &str, days: i64) {
        let mut file = self.load();
        let roles = file["roles"].as_array_mut().unwrap();
        let role = roles.iter_mut().find(|role| role["name"] == name).unwrap();
        role["created"] = Value::from(role["created"].as_i64().unwrap() - days * 24 * 60 * 60);
        self.save(&file);
    }

    pub fn forget(&self) {
        *self.known.lock().unwrap() = self.written();
    }

    pub fn writes(&self) -> Vec<String> {
        let has_changed = *self.known.lock().unwrap() != self.written();
        has_changed
            .then(|| "account.json".to_owned())
            .into_iter()
            .collect()
    }

    pub fn files(&self) -> Vec<String> {
        entries(&self.home).iter().map(|path| file_name(path)).collect()
    }

    fn path(&self) -> PathBuf {
        self.home.join("account.json")
    }

    fn written(&self) -> Option<SystemTime> {
        let about = std::fs::metadata(self.path()).ok()?;
        Some(about.modified().unwrap())
    }

    fn load(&self) -> Value {
        if self.path().is_file() {
            return serde_json::from_str(&read(&self.path())).unwrap();
        }
        json!({"format_version": "1", "account": ACCOUNT, "partition": "aws", "roles": []})
    }

    fn save(&self, file: &Value) {
        std::fs::write(self.path(), serde_json::to_string_pretty(file).unwrap()).unwrap();
    }
}

fn forget_inline(role: &mut Value, policy: &str) {
    if let Some(policies) = role["inline_policies"].as_array_mut() {
        policies.retain(|known| known["name"] != policy);
    }
}

fn seen(role: &Value) -> Role {
    let list = |key: &str| role[key].as_array().cloned().unwrap_or_default();
    let path = role["path"].as_str().unwrap_or("/");
    let tags = role["tags"].as_object().cloned().unwrap_or_default();
    Role {
        arn: format!("arn:aws:iam::{ACCOUNT}:role{path}{}", text(&role["name"])),
        trust: document(&role["trust"]),
        inline: list("inline_policies")
            .iter()
            .map(|policy| (text(&policy["name"]), document(&policy["document"])))
            .collect(),
        managed: list("managed_policies").iter().map(text).collect(),
        profiles: list("instance_profiles").iter().map(text).collect(),
        tags: tags
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
    }
}

fn document(value: &Value) -> Value {
    value
        .as_str()
        .map_or_else(|| value.clone(), |text| serde_json::from_str(text).unwrap())
}

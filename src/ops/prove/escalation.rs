//! How a role could get permissions that it was not given.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::acceptances::Acceptances;
use super::{Claim, claim, of_all};
use crate::ops::Holder;
use crate::policy::catalogue::{AccessLevel, Catalogue, matches};
use crate::policy::{Action, Effect, Policy, Statement};
use crate::prove::{Answer, within};

/// How many actions are looked for at a time.
const AT_A_TIME: usize = 64;

/// What no role may do, as `templates/escalation.json` says.
#[derive(Debug, Deserialize)]
struct Concern {
    /// Its name in JSON.
    name: String,
    /// What no role does, after its name: `changes no permissions in IAM`.
    says: String,
    /// Actions, by name.
    #[serde(default)]
    actions: Vec<String>,
    /// Access levels of which all actions count, by service; `*` stands for every other service.
    #[serde(default)]
    levels: BTreeMap<String, Vec<String>>,
    /// Actions that do not count although their level does.
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Concerns {
    concerns: Vec<Concern>,
}

fn concerns() -> &'static [(Concern, Vec<String>)] {
    static CONCERNS: OnceLock<Vec<(Concern, Vec<String>)>> = OnceLock::new();
    CONCERNS.get_or_init(|| {
        let read = serde_json::from_str(include_str!("../../../templates/escalation.json"));
        let concerns: Concerns = read.unwrap_or_default();
        let with_actions = |concern: Concern| {
            let actions = concern.all_actions();
            (concern, actions)
        };
        concerns.concerns.into_iter().map(with_actions).collect()
    })
}

impl Concern {
    /// Every action that counts, in the order of names.
    fn all_actions(&self) -> Vec<String> {
        let catalogue = Catalogue::built_in();
        let mut actions = self.actions.clone();
        for prefix in catalogue.prefixes() {
            let levels = self.levels.get(prefix).or_else(|| self.levels.get("*"));
            let Some(service) = levels.and_then(|_| catalogue.service(prefix)) else {
                continue;
            };
            let counts =
                |level: AccessLevel| levels.is_some_and(|levels| levels.iter().any(|one| one == name(level)));
            let of_level = service.actions().filter(|action| counts(action.level));
            actions.extend(of_level.map(crate::policy::catalogue::Action::full_name));
        }
        actions.retain(|action| !self.except.contains(action));
        actions.sort();
        actions.dedup();
        actions
    }
}

const fn name(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::List => "list",
        AccessLevel::Read => "read",
        AccessLevel::Write => "write",
        AccessLevel::Tagging => "tagging",
        AccessLevel::Permissions => "permissions",
    }
}

/// What is claimed of a role, a claim a concern.
pub(super) fn claims(holder: &Holder, accepted: &Acceptances) -> Vec<Claim> {
    let spared = accepted.statements().map(|statement| Statement {
        effect: Effect::Deny,
        ..statement
    });
    let spared = Policy::of(spared.collect());
    let of_concern = |(concern, actions): &(Concern, Vec<String>)| {
        let answer = answer(holder, actions, &spared);
        let mut claim = claim::judged(holder, (&concern.name, &concern.says), answer);
        claim.why.extend(accepted.without_value.iter().cloned());
        claim
    };
    concerns().iter().map(of_concern).collect()
}

/// Whether a role may do none of some actions, but for what is spared.
fn answer(holder: &Holder, actions: &[String], spared: &Policy) -> Answer {
    let mut subject = claim::subject(holder);
    let allowing: Vec<&Statement> = allowing(holder).collect();
    let named = |action: &&String| allowing.iter().any(|statement| names(&statement.action, action));
    let named: Vec<&str> = actions.iter().filter(named).map(String::as_str).collect();
    if !spared.statement.is_empty() {
        subject.identity.push(spared);
    }
    let mut unknown = None;
    for some in named.chunks(AT_A_TIME) {
        match within(&subject, &[of_all(some.iter().copied())]) {
            Answer::Proved => {}
            Answer::Unknown(why) => unknown = Some(why),
            disproved @ Answer::Disproved(_) => return disproved,
        }
    }
    unknown.map_or(Answer::Proved, Answer::Unknown)
}

fn allowing(holder: &Holder) -> impl Iterator<Item = &Statement> {
    let statements = holder
        .documents
        .iter()
        .flat_map(|document| &document.policy.statement);
    statements.filter(|statement| statement.effect == Effect::Allow)
}

/// Whether an element matches an action.
fn names(element: &Action, action: &str) -> bool {
    let mut patterns = element.values().iter();
    let is_named =
        patterns.any(|pattern| matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()));
    is_named == matches!(element, Action::In(_))
}

/// What of a statement is of concern.
pub(super) fn of_statement(statement: &Statement) -> Vec<Statement> {
    let actions = concerns().iter().flat_map(|(_, actions)| actions);
    let named: Vec<&str> = actions
        .map(String::as_str)
        .filter(|action| names(&statement.action, action))
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    vec![Statement {
        resource: statement.resource.clone(),
        condition: statement.condition.clone(),
        ..of_all(named)
    }]
}

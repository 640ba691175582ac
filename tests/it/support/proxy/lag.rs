//! Reads that lag behind writes, as IAM's eventual consistency gives them.
//!
//! IAM carries a write out in one place and tells the others later; a read may ask one that has not
//! heard of it yet (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html>).
//! Here each read of a kind counts by itself: the next so many after a write are answered as
//! before that write, and no read goes back behind an earlier one.

use std::collections::{BTreeMap, VecDeque};

use super::Call;
use crate::support::http::Response;

/// How far which reads lag, and the answers from before the writes that they have not seen.
#[derive(Debug, Default)]
pub(super) struct Lag {
    reads: BTreeMap<String, usize>,
    unseen: BTreeMap<Question, VecDeque<(Response, usize)>>,
}

/// A read: its action, the role, and the policy where it is about one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    pub(super) action: String,
    pub(super) role: Option<String>,
    pub(super) policy: Option<String>,
}

impl Lag {
    /// Lets the next reads by this action after every write lag behind it.
    pub(super) fn set(&mut self, action: &str, reads: usize) {
        self.reads.insert(action.to_owned(), reads);
    }

    /// Whether nothing lags.
    pub(super) fn is_none(&self) -> bool {
        self.reads.is_empty()
    }

    /// What has to be asked before a write, because reads will be answered so after it.
    pub(super) fn questions(&self, write: &Call) -> Vec<Question> {
        let question = |action: &String| match action.as_str() {
            "ListRoles" => Some((None, None)),
            "GetRolePolicy" if write.action.ends_with("RolePolicy") => {
                Some((write.role.clone(), Some(write.policy.clone()?)))
            }
            "GetRolePolicy" => None,
            _ => Some((write.role.clone(), None)),
        };
        let questions = self.reads.keys().filter_map(|action| {
            let (role, policy) = question(action)?;
            Some(Question {
                action: action.clone(),
                role,
                policy,
            })
        });
        questions.collect()
    }

    /// Remembers the answers from before a write that was carried out.
    pub(super) fn written(&mut self, before: Vec<(Question, Response)>) {
        for (question, answer) in before {
            let reads = self.reads.get(&question.action).copied().unwrap_or_default();
            self.unseen
                .entry(question)
                .or_default()
                .push_back((answer, reads));
        }
    }

    /// The answer to a read that has not heard of the last writes.
    pub(super) fn answer(&mut self, read: &Call) -> Option<Response> {
        let policy = read.policy.clone().filter(|_| read.action == "GetRolePolicy");
        let question = Question {
            action: read.action.clone(),
            role: read.role.clone(),
            policy,
        };
        let unseen = self.unseen.get_mut(&question)?;
        unseen.retain(|(_, reads)| *reads > 0);
        let answer = unseen.front().map(|(answer, _)| answer.clone());
        for (_, reads) in unseen {
            *reads -= 1;
        }
        answer
    }
}

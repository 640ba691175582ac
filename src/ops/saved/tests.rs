//! A saved plan that meets another run.

use futures_util::FutureExt as _;

use super::*;
use crate::iam::local::LocalAccount;
use crate::model::{RoleName, Tags};
use crate::ops::{Approval, Findings, Gate, Protection, Wanted, create, plan};
use crate::plan::{Adoption, Lifetime, Plan, Step};

/// Adds a tag to a role when its step begins, or asks the run to stop.
enum Meddler<'a> {
    Nobody,
    Tags(&'a LocalAccount, RoleName),
    Stops(&'a Interrupt, RoleName),
}

impl Watcher for Meddler<'_> {
    fn findings(&self, _: &Findings) {}

    fn approve(&self, _: &Identity, _: &Plan) -> Approval {
        Approval::Given
    }

    fn begins(&self, step: &Step) {
        match self {
            Self::Tags(account, role) if step.role == *role => {
                let tags: Tags = [("somebody", "else")].into_iter().collect();
                account.tag_role(role, &tags).now_or_never().unwrap().unwrap();
            }
            Self::Stops(interrupt, role) if step.role == *role => interrupt.stop(),
            _ => {}
        }
    }

    fn ended(&self, _: &StepOutcome) {}
}

fn role(name: &str) -> RoleName {
    RoleName::parse(name).unwrap()
}

/// A project, an account in which its first topology stands, and a saved plan for its second.
struct Saved {
    folder: tempfile::TempDir,
    account: LocalAccount,
    request: CreateRequest,
}

impl Saved {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = LocalAccount::open(&folder.path().join("home")).unwrap();
        let saved = Self {
            request: CreateRequest {
                wanted: Wanted::example(folder.path()),
                adoption: Adoption::Refuse,
                lifetime: Lifetime::AsItIs,
                protection: Protection::Kept,
                gate: Gate::Open,
            },
            folder,
            account,
        };
        saved.write("name: shop\nfunctions: { f: { function: g }, g: {} }\nroutes: { /f: { method: GET, function: f } }\n");
        let interrupt = Interrupt::default();
        let created = create(&saved.account, &saved.request, &Meddler::Nobody, &interrupt);
        assert!(created.now_or_never().unwrap().unwrap().is_complete());
        saved.write("name: shop\nfunctions: { f: { function: g }, g: { queue: q } }\nqueues: { q: { function: f } }\nroutes: { /f: { method: GET, queue: q } }\n");
        let planned = plan(&saved.account, &saved.request, &Meddler::Nobody);
        let planned = planned.now_or_never().unwrap().unwrap();
        assert!(planned.plan.has_changes());
        save_plan(&saved.file(), (&saved.request, None), &planned).unwrap();
        saved
    }

    fn write(&self, topology: &str) {
        let path = self.folder.path().join("topology.yml");
        source::write_atomically(&path, topology.as_bytes()).unwrap();
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("plan.json")
    }

    fn applied(&self, meddler: &Meddler<'_>, interrupt: &Interrupt) -> ChangeOutcome {
        let saved = read_plan(&self.file()).unwrap();
        let applied = apply_plan(&self.account, &saved, &self.request, meddler, interrupt);
        applied.now_or_never().unwrap().unwrap()
    }

    fn tags(&self, name: &RoleName) -> Tags {
        let tags = self.account.list_role_tags(name).now_or_never().unwrap();
        tags.unwrap().unwrap()
    }
}

#[test]
fn a_role_that_another_run_changes_meanwhile_is_not_planned_anew() {
    let saved = Saved::new();
    let function = role("tc-base-function-dev");
    let before = saved.tags(&function);
    let meddler = Meddler::Tags(&saved.account, function.clone());
    let outcome = saved.applied(&meddler, &Interrupt::default());
    let step = outcome
        .steps
        .iter()
        .find(|step| step.step.role == function)
        .unwrap();
    assert_eq!(step.status, Status::Stale);
    assert!(step.help.as_ref().unwrap().starts_with("make a new plan"));
    assert!(!outcome.is_complete());
    assert_eq!(saved.tags(&function).len(), before.len() + 1);
    let planned = plan(&saved.account, &saved.request, &Meddler::Nobody);
    let planned = planned.now_or_never().unwrap().unwrap();
    let left = planned
        .plan
        .steps
        .iter()
        .find(|step| step.role == function)
        .unwrap();
    assert_eq!(left.action, crate::plan::Action::Update, "it is still to be done");
}

#[test]
fn a_run_that_is_stopped_needs_a_new_plan_once_it_has_written() {
    for (stops_before, resumption) in [
        ("tc-base-function-dev", Resumption::Again),
        ("tc-base-route-dev", Resumption::NewPlan),
    ] {
        let saved = Saved::new();
        let interrupt = Interrupt::default();
        let meddler = Meddler::Stops(&interrupt, role(stops_before));
        let outcome = saved.applied(&meddler, &interrupt);
        assert!(outcome.interrupted && !outcome.is_complete());
        assert_eq!(outcome.resumption, resumption, "{stops_before}");
    }
}

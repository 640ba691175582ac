//! Steps carried out on the embedded account.

use futures_util::FutureExt;

use super::super::converge::converge;
use super::super::tests::Nobody;
use super::super::{Status, StepOutcome};
use super::*;
use crate::iam::local::LocalAccount;
use crate::model::{Arn, PolicyName, RoleKind, Tags};
use crate::plan::{Action, Plan, Purpose, Step};
use crate::policy::Policy;

fn name() -> RoleName {
    RoleName::parse("tc-base-route-dev").unwrap()
}

fn arn(text: &str) -> Arn {
    Arn::parse(text).unwrap()
}

fn create(boundary: Option<&str>) -> Operation {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "svc.amazonaws.com"}, "Action": "sts:take"}]}"#;
    Operation::Create {
        trust: Policy::parse(trust).unwrap(),
        tags: Tags::new(),
        boundary: boundary.map(arn),
        description: Some("what it is for".to_owned()),
    }
}

/// What becomes of a step; the embedded account never waits.
fn carried_out(account: &LocalAccount, operations: Vec<Operation>) -> StepOutcome {
    let step = Step {
        role: name(),
        id: crate::model::RoleId::base(RoleKind::Route, &crate::model::Context::example().sandbox),
        action: Action::Update,
        reasons: Vec::new(),
        obstacle: None,
        before: None,
        after: None,
        operations,
    };
    let plan = Plan { steps: vec![step] };
    let interrupt = Interrupt::default();
    let outcomes = converge(account, plan, Purpose::AsPlanned, &Nobody, &interrupt);
    outcomes.now_or_never().unwrap().remove(0)
}

fn now<T>(call: impl Future<Output = T>) -> T {
    call.now_or_never().unwrap()
}

const OWN: &str = "arn:aws:iam::000000000000:policy/limit";
const THEIRS: &str = "arn:aws:iam::111111111111:policy/limit";

#[test]
fn each_operation_does_to_the_role_what_it_says() {
    let home = tempfile::tempdir().unwrap();
    let account = LocalAccount::open(home.path()).unwrap();
    let role = || {
        let detail = now(account.get_role(&name())).unwrap().unwrap();
        let managed = now(account.list_managed_policies(&name())).unwrap().unwrap();
        (detail.summary.description, detail.boundary, managed)
    };
    let described = Some("what it is for".to_owned());

    let made = carried_out(&account, vec![create(Some(OWN)), Operation::Attach(arn(OWN))]);
    assert_eq!((made.status, made.error), (Status::Done, None));
    assert_eq!(role(), (described.clone(), Some(arn(OWN)), vec![arn(OWN)]));

    let other = arn("arn:aws:iam::aws:policy/PowerUserAccess");
    let attached_already = Operation::Attach(arn(OWN));
    let set = carried_out(
        &account,
        vec![Operation::SetBoundary(other.clone()), attached_already],
    );
    assert_eq!((set.status, set.written), (Status::Done, true));
    assert_eq!(role(), (described.clone(), Some(other.clone()), vec![arn(OWN)]));

    let gone = carried_out(&account, vec![Operation::Detach(arn(OWN))]);
    assert_eq!(gone.status, Status::Done);
    assert_eq!(role(), (described, Some(other), vec![]));
}

#[test]
fn a_managed_policy_that_is_not_there_is_no_stale_plan_and_the_help_says_so() {
    let home = tempfile::tempdir().unwrap();
    let account = LocalAccount::open(home.path()).unwrap();
    let refused = |operation: Operation, call: &str| {
        let outcome = carried_out(&account, vec![operation, Operation::Delete]);
        assert_eq!((outcome.status, outcome.written), (Status::Failed, false));
        let said = format!("{call} on `tc-base-route-dev` was refused: there is no such managed policy");
        let error = outcome.error.unwrap();
        assert!(error.starts_with(&said) && error.contains(THEIRS), "{error}");
        assert!(outcome.help.unwrap().contains("check the ARN"));
    };
    refused(create(Some(THEIRS)), "CreateRole");
    assert_eq!(carried_out(&account, vec![create(None)]).status, Status::Done);
    refused(Operation::Attach(arn(THEIRS)), "AttachRolePolicy");
    refused(Operation::SetBoundary(arn(THEIRS)), "PutRolePermissionsBoundary");
}

#[test]
fn what_is_written_to_a_role_that_is_gone_is_stale_and_what_is_removed_from_it_is_gone() {
    let home = tempfile::tempdir().unwrap();
    let account = LocalAccount::open(home.path()).unwrap();
    let status = |operation| carried_out(&account, vec![operation]).status;
    for operation in [Operation::Attach(arn(OWN)), Operation::SetBoundary(arn(OWN))] {
        assert_eq!(status(operation.clone()), Status::Stale, "{operation:?}");
    }
    for operation in [
        Operation::Detach(arn(OWN)),
        Operation::DeletePolicy(PolicyName::parse("p").unwrap()),
        Operation::Delete,
    ] {
        assert_eq!(status(operation.clone()), Status::Done, "{operation:?}");
    }
}

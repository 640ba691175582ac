//! Managed policies: their versions, who holds them, and how they go.

use super::*;

const TEAM: &str = "arn:aws:iam::000000000000:policy/team";

/// An account with a role, and a managed policy of three versions that it holds.
fn with_policy(home: &TempDir) -> (LocalAccount, RoleName, Arn) {
    let (account, dev) = with_role(home);
    edit(&account, |file| {
        file["managed_policies"] = json!([{"arn": TEAM, "document": "{}", "other_versions": ["v2", "v3"]}]);
        file["roles"][0]["managed_policies"] = json!([TEAM]);
    });
    (account, dev, policy(TEAM))
}

fn versions(account: &LocalAccount, policy: &Arn) -> Vec<(String, bool)> {
    let versions = now(account.list_policy_versions(policy)).unwrap().unwrap();
    versions.into_iter().map(|it| (it.id, it.is_default)).collect()
}

#[track_caller]
fn refused(answer: IamResult<()>, fault: Fault) {
    assert_eq!(answer.unwrap_err().fault, fault);
}

#[test]
fn a_managed_policy_goes_when_nobody_holds_it_and_one_version_is_left() {
    let home = home();
    let (account, dev, team) = with_policy(&home);
    assert_eq!(now(account.policy_uses(&team)), Ok(Some(1)));
    now(account.put_boundary(&dev, &team)).unwrap();
    assert_eq!(
        now(account.policy_uses(&team)),
        Ok(Some(2)),
        "a boundary holds it too"
    );
    edit(&account, |file| file["roles"][0]["boundary"] = Value::Null);
    let expected = [("v2", false), ("v3", false), ("v1", true)];
    assert_eq!(
        versions(&account, &team),
        expected.map(|(id, is)| (id.to_owned(), is))
    );
    refused(now(account.delete_policy(&team)), Fault::Conflict);
    now(account.detach_managed_policy(&dev, &team)).unwrap();
    refused(now(account.delete_policy(&team)), Fault::Conflict);
    refused(now(account.delete_policy_version(&team, "v1")), Fault::Conflict);
    now(account.delete_policy_version(&team, "v2")).unwrap();
    refused(now(account.delete_policy_version(&team, "v2")), Fault::NotFound);
    refused(now(account.delete_policy(&team)), Fault::Conflict);
    now(account.delete_policy_version(&team, "v3")).unwrap();
    now(account.delete_policy(&team)).unwrap();
    refused(now(account.delete_policy(&team)), Fault::NotFound);
}

#[test]
fn of_a_policy_that_is_not_there_nothing_is_known() {
    let home = home();
    let (account, _) = with_role(&home);
    let none = policy(TEAM);
    assert_eq!(now(account.policy_uses(&none)), Ok(None));
    assert_eq!(now(account.list_policy_versions(&none)), Ok(None));
    refused(now(account.delete_policy_version(&none, "v2")), Fault::NotFound);
}

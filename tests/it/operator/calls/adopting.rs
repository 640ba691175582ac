//! Taking over what is somebody else's is no part of the policy for any verb: it is asked for by name.

use std::collections::{BTreeMap, BTreeSet};

use tcperm::policy::Statement;

use super::{FEWER, FUNCTION, Life, ROUTE, asked, managed_policy, moved, policy};
use crate::support::judge::Judge;
use crate::support::{Change, FOREIGN_POLICY, World};

#[test]
fn adopting_needs_a_policy_of_its_own() {
    let world = World::aws();
    world.topology("orders", FEWER);
    let boundary = managed_policy(&world, "sandboxes");
    let bounds = "--boundary sandboxes";
    let adopt = format!("create -s dev -d orders --adopt --boundary {boundary}");
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    for tags in [vec![], vec![("sandbox", "dev")], vec![("deployer", "tcperm")]] {
        world.make_role(FUNCTION, &tags);
        world.change(FUNCTION, Change::PutInline("odd", FOREIGN_POLICY));
        world.change(FUNCTION, Change::Attach("odd"));
        life.record("adopt", &adopt);
        life.run("delete -s dev --yes");
    }
    let calls = &life.calls["adopt"];
    let refused = |verbs: &str| -> BTreeSet<String> {
        let judge = Judge::of(&policy(&world, verbs, bounds).to_json());
        let asked = calls.iter().flat_map(|call| asked(&world, call));
        let refused = asked.filter(|(_, question)| !judge.allows(question));
        refused.map(|(_, question)| question.action).collect()
    };
    assert_eq!(refused("adopt"), BTreeSet::new());
    let without = [
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:TagRole",
    ];
    assert_eq!(refused("create"), without.map(str::to_owned).into());
}

/// What `--adopt-tc` is allowed besides what `create` is, is what it does to the account besides; and it is
/// nothing to a role of which somebody says that he deployed it.
#[test]
fn taking_over_from_an_old_tc_needs_a_policy_of_its_own() {
    let world = World::aws();
    world.topology("orders", FEWER);
    let boundary = managed_policy(&world, "sandboxes");
    let flags = format!("-s dev -d orders --adopt-tc --boundary {boundary}");
    let make = |profile: &str| {
        for role in [FUNCTION, ROUTE] {
            world.make_role_of_old_tc(role);
            world.change(role, Change::PutInline("odd", FOREIGN_POLICY));
            world.change(role, Change::Profile(&format!("{profile}-of-{role}")));
        }
        world.change(FUNCTION, Change::Tag("sandbox", "dev"));
        world.change(FUNCTION, Change::Tag("owner", "team"));
    };
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    make("first");
    life.record("adopt-tc", &format!("plan {flags}"));
    life.record("adopt-tc", &format!("create {flags}"));
    life.record("adopt-tc", "delete -s dev --adopt-tc --yes");
    make("second");
    life.record("adopt-tc", "delete -s dev --adopt-tc --yes");
    make("third");
    life.record("adopt-tc", &format!("plan {flags} --out plan.json"));
    life.record("adopt-tc", "apply plan.json");
    for bounds in ["--boundary sandboxes", "--boundary sandboxes --sandbox dev"] {
        let (more, less) = (
            policy(&world, "adopt-tc", bounds),
            policy(&world, "create", bounds),
        );
        let (allows, without) = (Judge::of(&more.to_json()), Judge::of(&less.to_json()));
        let calls = life.calls["adopt-tc"].iter();
        let mut needed = BTreeSet::new();
        for (call, question) in calls.flat_map(|call| asked(&world, call)) {
            assert!(
                allows.allows(&question),
                "{call}: {question:#?}\n{}",
                more.to_pretty_json()
            );
            if without.allows(&question) {
                continue;
            }
            needed.insert(question.action.clone());
            let kind = if question.resource.contains(":role/") {
                "role/"
            } else {
                "policy/"
            };
            for start in ["their-", "tc-orders-"] {
                let other = moved(&question, |one| {
                    one.resource = one.resource.replace(kind, &format!("{kind}{start}"));
                });
                assert!(!allows.allows(&other), "{call}: {other:#?}");
            }
            if kind == "role/" {
                let deployed = moved(&question, |one| {
                    let key = "aws:ResourceTag/deployer".to_owned();
                    one.context.insert(key, "terraform".to_owned());
                });
                assert!(!allows.allows(&deployed), "{call}: {deployed:#?}");
            }
        }
        let besides = |statement: &&Statement| !less.statement.contains(statement);
        let besides = more.statement.iter().filter(besides);
        let besides: BTreeSet<String> = besides
            .flat_map(|statement| statement.action.values().iter())
            .map(str::to_owned)
            .collect();
        assert_eq!(besides, needed, "{bounds}");
    }
}

//! Reads that lag behind writes: IAM is eventually consistent.

use super::union::Union;
use super::{BESIDE, Run, Stage, for_each};
use crate::support::{Proxy, World};

/// The reads that may lag. Whose account it is does not change.
const READS: [&str; 7] = [
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole",
    "ListRolePolicies",
    "ListRoleTags",
    "ListRoles",
];
const RUNS: [Run; 5] = [
    Run::FirstCreate,
    Run::Update,
    Run::Delete,
    Run::Leave,
    Run::Templates,
];

/// Which reads lag behind each write, and by how many.
#[derive(Debug, Clone, Copy)]
struct Lagging {
    read: Option<&'static str>,
    reads: usize,
}

impl Lagging {
    const fn all(reads: usize) -> Self {
        Self { read: None, reads }
    }

    const fn one(read: &'static str, reads: usize) -> Self {
        Self {
            read: Some(read),
            reads,
        }
    }

    fn begin(self, proxy: &Proxy) {
        for action in READS {
            if self.read.is_none_or(|read| read == action) {
                proxy.lag(action, self.reads);
            }
        }
    }
}

/// The run never grants more than it should, and comes to its end by looking again. Only where every
/// kind of read lags more than once it says that it did not come to its end, and then
/// the next run finishes once IAM has settled.
fn rides_out(run: Run, lagging: Lagging) {
    let case = format!("{run:?} while {lagging:?}");
    let stage = run.stage();
    lagging.begin(stage.proxy());
    let outcome = stage.run(run.arguments());
    Union::of([&run.intended(&stage)]).holds(&stage.proxy().calls(), &case);
    match outcome.code {
        0 => stage.is_as_intended(&case),
        5 => {
            let is_hard = lagging.read.is_none() && lagging.reads >= 2;
            assert!(is_hard, "{case}: {outcome}");
            let said = &outcome.stderr;
            assert!(said.contains("run the command again"), "{case}: {outcome}");
            assert!(!said.contains("nothing changed"), "{case}: {outcome}");
            stage.finish(&case);
        }
        _ => panic!("{case}: {outcome}"),
    }
    stage.proxy().clear();
    let again = stage.run(run.arguments());
    assert_eq!((again.code, stage.writes()), (0, Vec::new()), "{case}: {again}");
    stage.is_as_intended(&case);
}

#[test]
fn a_run_whose_reads_lag_behind_its_writes_looks_again_and_ends_right() {
    let mut cases = vec![(Run::FirstCreate, Lagging::all(4))];
    for run in [Run::FirstCreate, Run::Update, Run::Leave] {
        cases.extend([1, 3].map(|reads| (run, Lagging::all(reads))));
    }
    cases.extend(READS.map(|read| (Run::Update, Lagging::one(read, 2))));
    for_each(&cases, |(run, lagging)| rides_out(*run, *lagging));
}

#[test]
#[ignore = "soak"]
fn every_run_ends_right_whatever_kind_of_read_lags_by_up_to_four() {
    let of = |reads: usize| {
        let one = READS.map(|read| Lagging::one(read, reads));
        one.into_iter().chain([Lagging::all(reads)])
    };
    let lagging: Vec<Lagging> = (1..=4).flat_map(of).collect();
    let cases: Vec<(Run, Lagging)> = RUNS
        .iter()
        .flat_map(|run| lagging.iter().map(|lagging| (*run, *lagging)))
        .collect();
    for_each(&cases, |(run, lagging)| rides_out(*run, *lagging));
}

/// A role that was just deleted is seen for a while: who creates it again meanwhile looks again.
#[test]
fn a_sandbox_that_is_created_again_while_its_deletion_is_unseen_ends_right() {
    for_each(&[1, 2, 3], |reads| {
        let stage = Run::Delete.stage();
        Lagging::all(*reads).begin(stage.proxy());
        stage.run("delete -s dev").exits(0);
        let created = stage.run("create -s dev -d shop");
        let case = format!("{reads} reads lag: {created}");
        assert!([0, 5].contains(&created.code), "{case}");
        stage.proxy().clear();
        stage.run("create -s dev -d shop").exits(0);
        let again = Stage {
            run: Run::FirstCreate,
            ..stage
        };
        again.is_as_intended(&case);
    });
}

/// A topology joins before it can see the tags of one that has just joined. It may write the shared
/// policy without what the other needs: the next run of either repairs it.
#[test]
fn a_topology_that_cannot_see_another_yet_never_grants_more_and_the_next_run_repairs() {
    for_each(&[1, 2, 3, 4], |reads| {
        let world = World::aws();
        let shop = world.topology("shop", super::BEFORE);
        let beside = world.topology("beside", BESIDE);
        let names = [shop, beside];
        let create = |name: &String| world.run(&format!("create -s dev -d {name}"));
        Lagging::all(*reads).begin(world.proxy());
        for name in &names {
            let outcome = create(name);
            assert!([0, 5].contains(&outcome.code), "{reads}: {outcome}");
        }
        let alone = names.each_ref().map(|name| world.rendered(name, "dev"));
        Union::of(&alone).holds(&world.proxy().calls(), "unseen tags");
        world.proxy().clear();
        create(&names[1]).exits(0);
        create(&names[0]).exits(0);
        let role = world.role("tc-base-function-dev");
        for roles in &alone {
            let needed = &roles["tc-base-function-dev"];
            let held = super::union::statements(&role.inline["tc-base-function-dev"]);
            for statement in super::union::statements(&needed.inline["tc-base-function-dev"]) {
                assert!(held.contains(&statement), "{reads}: no {statement}");
            }
        }
        world.forget();
        for name in &names {
            create(name).exits(0);
        }
        assert_eq!(world.writes(), Vec::<String>::new());
    });
}

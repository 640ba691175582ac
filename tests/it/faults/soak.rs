//! Random steps of several processes with random faults, and what must hold after each.

use std::collections::BTreeMap;

use super::crowd::{at_once, is_union};
use super::foreign;
use super::union::Union;
use crate::support::{Change, Dice, FOREIGN_POLICY, Fault, Role, World};

/// The topologies, each in two versions.
const TOPOLOGIES: [(&str, [&str; 2]); 4] = [
    (
        "calls",
        [
            "functions:\n  f: { function: g }\n  g: {}\n",
            "functions:\n  f: {}\n",
        ],
    ),
    (
        "queues",
        [
            "functions:\n  f: {}\nqueues:\n  q: { function: f }\n",
            "functions:\n  f: {}\nqueues:\n  q: { function: f }\n  r: { function: f }\n",
        ],
    ),
    (
        "routes",
        [
            "functions:\n  f: {}\nroutes:\n  /x: { method: GET, function: f }\n",
            "functions:\n  f: {}\n",
        ],
    ),
    (
        "dashes",
        [
            "hyphenated_names: true\nfunctions:\n  f: { function: g }\n  g: {}\n",
            "hyphenated_names: true\nfunctions:\n  f: {}\nroutes:\n  /y: { method: GET, function: f }\n",
        ],
    ),
];
const FAULTS: [Fault; 10] = [
    Fault::AccessDenied,
    Fault::ConcurrentModification,
    Fault::CutAfter,
    Fault::CutBefore,
    Fault::CutWithin,
    Fault::Empty,
    Fault::InternalError,
    Fault::Page(403),
    Fault::Slow(20),
    Fault::Throttle,
];

/// A sandbox to which random things happen, and what should be in it.
struct Soak {
    world: World,
    dice: Dice,
    foreign: BTreeMap<String, Role>,
    /// The folder of each topology that is there, by its name.
    present: BTreeMap<&'static str, String>,
    most: Union,
}

impl Soak {
    fn new(seed: u64) -> Self {
        let world = World::aws();
        let foreign = foreign::planted(&world, &["stage"]);
        let mut rendered = Vec::new();
        for (name, versions) in TOPOLOGIES {
            for (number, text) in versions.iter().enumerate() {
                let folder = world.topology(&format!("{name}-{number}"), &format!("name: {name}\n{text}"));
                rendered.push(world.rendered(&folder, "dev"));
            }
        }
        Self {
            world,
            dice: Dice::new(seed),
            foreign,
            present: BTreeMap::new(),
            most: Union::of(&rendered),
        }
    }

    /// The runs of the next step, on topologies that are all different, or one on the sandbox.
    fn next(&mut self) -> Vec<String> {
        if self.dice.below(8) == 0 {
            self.present.clear();
            return vec!["delete -s dev".to_owned()];
        }
        let mut runs = Vec::new();
        for (name, _) in TOPOLOGIES {
            match self.dice.below(6) {
                0 => {
                    self.present.remove(name);
                    runs.push(format!("delete -s dev --namespace {name}"));
                }
                1..=3 => {
                    let folder = format!("{name}-{}", self.dice.below(2));
                    runs.push(format!("create -s dev -d {folder} --adopt"));
                    self.present.insert(name, folder);
                }
                _ => {}
            }
        }
        runs
    }

    /// Somebody changes a role of the sandbox by hand, or makes one in its place.
    fn meddle(&mut self) {
        let role = self.dice.one_of(&["tc-base-function-dev", "tc-base-route-dev"]);
        if !self.world.role_names().iter().any(|name| name == role) {
            self.world.make_role(role, &[]);
        }
        self.world
            .change(role, Change::PutInline("by-hand", FOREIGN_POLICY));
    }

    /// A step with faults, then the same runs without, until all are content.
    #[track_caller]
    fn step(&mut self, case: &str) {
        if self.dice.below(6) == 0 {
            self.meddle();
        }
        let runs = self.next();
        let seed = self.dice.below(u64::MAX);
        self.world.proxy().clear();
        self.world.proxy().fail_at_random(seed, 8, &FAULTS);
        at_once(&self.world, &runs);
        self.most.holds(&self.world.proxy().calls(), case);
        self.world.proxy().clear();
        for run in &runs {
            let outcome = self.world.run(run);
            assert_eq!(outcome.code, 0, "{case}: {run}: {outcome}");
        }
        // What was done by hand to roles that no run was about goes with the next create.
        for folder in self.present.values() {
            let outcome = self.world.run(&format!("create -s dev -d {folder} --adopt"));
            assert_eq!(outcome.code, 0, "{case}: {folder}: {outcome}");
        }
        if self.present.is_empty() {
            let outcome = self.world.run("delete -s dev");
            assert_eq!(outcome.code, 0, "{case}: {outcome}");
        }
        self.most.holds(&self.world.proxy().calls(), case);
        let present: Vec<String> = self.present.values().cloned().collect();
        is_union(&self.world, &present, &self.foreign, case);
    }
}

fn soak(seed: u64, steps: usize) {
    let mut soak = Soak::new(seed);
    for step in 1..=steps {
        soak.step(&format!("seed {seed}, step {step}"));
    }
}

#[test]
fn a_few_random_steps_with_faults_leave_the_account_as_intended() {
    super::for_each(&[1, 2, 3], |seed| soak(*seed, 4));
}

#[test]
#[ignore = "soak"]
fn many_random_steps_with_faults_leave_the_account_as_intended() {
    let seeds: Vec<u64> = (100..112).collect();
    super::for_each(&seeds, |seed| soak(*seed, 30));
}

//! Who bears what the examples need, when functions of theirs have roles of their own.

use std::collections::{BTreeMap, BTreeSet};

use tcperm::grants::{Derivation, Matrix, Options};
use tcperm::model::{AccountId, Assets, Context, Region, Sandbox};
use tcperm::source::{Loaded, Reach, load};
use tcperm::template::RuleBook;
use tcperm::topology::{Topology, parse};

use crate::fuzz_corpus::project::{check_holders, functions};
use crate::support::{examples, root};

/// From how many functions on not all subsets are tried.
const MANY: usize = 8;

fn topologies(example: &str) -> Vec<Topology> {
    let directory = root().join("examples").join(example);
    let Loaded { sources, project, .. } = load(&directory, Reach::Below).unwrap();
    parse(&sources, &project, &Matrix::built_in().unwrap().integrations).topologies
}

fn context() -> Context {
    let region = Region::parse("us-west-2").unwrap();
    Context {
        partition: region.partition(),
        account: AccountId::placeholder(),
        region,
        sandbox: Sandbox::parse("dev").unwrap(),
        profile: None,
        event_bus: "default".to_owned(),
        assets: Assets::default(),
    }
}

/// The subsets of a set; of a large one those of one member, those without one, and all.
fn subsets(of: &BTreeSet<String>) -> Vec<BTreeSet<String>> {
    let numbers = 0..1_usize << of.len().min(MANY);
    let has = |number: usize, index: usize| number & (1 << index) != 0;
    let subset = |holds: &dyn Fn(usize) -> bool| -> BTreeSet<String> {
        let members = of.iter().enumerate().filter(|(index, _)| holds(*index));
        members.map(|(_, name)| name.clone()).collect()
    };
    if of.len() < MANY {
        return numbers
            .map(|number| subset(&|index| has(number, index)))
            .collect();
    }
    let one = (0..of.len()).map(|one| subset(&|index| index == one));
    let without = (0..of.len()).map(|one| subset(&|index| index != one));
    one.chain(without).chain([of.clone()]).collect()
}

#[test]
fn roles_of_functions_of_their_own_change_who_bears_a_grant_and_nothing_else() {
    let mut tried = 0;
    for example in examples() {
        let topologies = topologies(&example);
        assert!(!topologies.is_empty(), "{example}");
        for topology in &topologies {
            let derivation = Derivation {
                rules: RuleBook::built_in().unwrap(),
                matrix: Matrix::built_in().unwrap(),
                context: &context(),
                graphql_apis: &BTreeMap::from([(topology.name.value.clone(), "abc".to_owned())]),
                options: &Options::default(),
                apart: &BTreeSet::new(),
            };
            for apart in subsets(&functions(topology)) {
                tried += 1;
                check_holders(derivation, topology, &apart);
            }
        }
    }
    assert!(tried > 40, "{tried} subsets");
}

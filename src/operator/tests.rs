use proptest::prelude::*;

use super::*;

/// Every verb and mode, with all that bounds them.
fn operator() -> Operator {
    let name = |text| RoleName::parse(text).unwrap();
    Operator {
        partition: Partition::parse("aws").unwrap(),
        account: AccountId::parse("123456789012").unwrap(),
        tasks: Task::VERBS
            .into_iter()
            .chain(Task::ADOPTING)
            .chain([Task::Assume])
            .collect(),
        modes: Mode::ALL.into_iter().collect(),
        sandbox: None,
        boundary: Some("arn:{{partition}}:iam::{{account}}:policy/{{sandbox}}-most".to_owned()),
        managed: vec!["arn:{{partition}}:iam::aws:policy/Some".to_owned()],
        names: [name("packer")].into(),
        kept: [name("platform")].into(),
        assumed: Arn::parse("arn:aws:iam::123456789012:role/deploy").ok(),
    }
}

fn rules() -> &'static RuleBook {
    RuleBook::built_in().unwrap()
}

fn entries() -> Vec<Entry> {
    let text = rules().operator(&operator().values(rules()).unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What a policy allows and denies, one by one: effect, action, resource and condition.
fn parts(policy: &Policy) -> BTreeSet<String> {
    let statements = policy.statement.iter().flat_map(|statement| {
        let resources = statement.resource.as_ref().unwrap().values();
        statement.action.values().iter().flat_map(move |action| {
            let line = move |arn| format!("{:?} {action} {arn} {:?}", statement.effect, statement.condition);
            resources.iter().map(line)
        })
    });
    statements.collect()
}

fn some_of<T: Clone + Ord + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = BTreeSet<T>> {
    let most = all.len();
    prop::sample::subsequence(all, 0..=most).prop_map(|some| some.into_iter().collect())
}

fn tasks() -> impl Strategy<Value = BTreeSet<Task>> {
    some_of(
        Task::VERBS
            .into_iter()
            .chain(Task::ADOPTING)
            .chain([Task::Assume])
            .collect(),
    )
}

#[test]
fn entries_name_verbs_and_modes_that_there_are_and_each_is_asked_for() {
    let tasks = Task::VERBS
        .into_iter()
        .chain(Task::ADOPTING)
        .chain([Task::Assume]);
    let known: BTreeSet<&str> = tasks.flat_map(Task::listed).copied().collect();
    let named: Vec<String> = entries()
        .into_iter()
        .flat_map(|entry| entry.calls.into_values().flatten())
        .collect();
    assert_eq!(named.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    let modes = Mode::ALL.map(Mode::name);
    for entry in entries() {
        assert!(
            entry.modes.iter().all(|mode| modes.contains(&mode.as_str())),
            "{entry:?}"
        );
    }
}

#[test]
fn entries_of_one_sid_differ_in_their_calls_alone() {
    let entries = entries();
    let said = |entry: &Entry| (entry.effect, entry.resource.clone(), entry.condition.clone());
    for (index, entry) in entries.iter().enumerate() {
        for other in entries
            .iter()
            .skip(index + 1)
            .filter(|other| other.sid == entry.sid)
        {
            assert_eq!(said(entry), said(other), "{}", entry.sid);
        }
    }
}

#[test]
fn a_boundary_for_any_sandbox_is_a_pattern_and_for_one_a_name() {
    let boundaries = |operator: Operator| operator.policy(rules()).unwrap().to_json();
    assert!(boundaries(operator()).contains("arn:aws:iam::123456789012:policy/*-most"));
    let of_one = Operator {
        sandbox: Sandbox::parse("dev").ok(),
        ..operator()
    };
    let text = boundaries(of_one);
    assert!(
        text.contains("arn:aws:iam::123456789012:policy/dev-most"),
        "{text}"
    );
    assert!(!text.contains("*-most"), "{text}");
}

proptest! {
    /// The law of least privilege: who does more may do no less, and who does two things may do
    /// what both may and nothing besides.
    #[test]
    fn the_policy_for_two_sets_of_verbs_is_that_of_both(one in tasks(), other in tasks(), modes in some_of(Mode::ALL.to_vec())) {
        let policy = |tasks: BTreeSet<Task>| {
            let operator = Operator { tasks, modes: modes.clone(), ..operator() };
            parts(&operator.policy(rules()).unwrap())
        };
        let both: BTreeSet<Task> = one.union(&other).copied().collect();
        let joined: BTreeSet<String> = policy(one).union(&policy(other)).cloned().collect();
        prop_assert_eq!(policy(both), joined);
    }

    /// Nothing is written where no verb writes, or no role is made.
    #[test]
    fn a_policy_that_writes_is_one_of_a_verb_that_writes(tasks in tasks(), modes in some_of(Mode::ALL.to_vec())) {
        let operator = Operator { tasks, modes, assumed: None, ..operator() };
        let is_read = |action: &str| action.split(':').nth(1).is_some_and(|name| name.starts_with("Get") || name.starts_with("List"));
        let policy = operator.policy(rules()).unwrap();
        let allowing = policy.statement.iter().filter(|statement| statement.effect == Effect::Allow);
        let reads = allowing.flat_map(|statement| statement.action.values().iter()).all(is_read);
        prop_assert_eq!(reads, !operator.writes());
    }
}

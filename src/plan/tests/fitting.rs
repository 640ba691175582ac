//! Many topologies on one role, up to IAM's limit and beyond.

use std::borrow::Cow;

use super::*;
use crate::intent::Form;
use crate::plan::limits::{INLINE_POLICIES, inline_size};

const ROLE: RoleKind = RoleKind::Route;

/// A topology with some ARNs: each in as many statements as it is used in ways, all of the same
/// pattern where there is a tag.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    arns: usize,
    ways: usize,
    tagged: bool,
}

fn crowd() -> impl Strategy<Value = Crowd> {
    (0..40_usize, 1..4_usize, any::<bool>()).prop_map(|(arns, ways, tagged)| Crowd { arns, ways, tagged })
}

fn policy(name: &str, arns: &[String], ways: usize) -> Option<Policy> {
    let statement = |way| {
        format!(r#"{{"Sid":"{name}Way{way}","Effect":"Allow","Action":"x:Way{way}","Resource":{arns:?}}}"#)
    };
    let statements: Vec<String> = (0..ways).map(statement).collect();
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    (!arns.is_empty()).then(|| Policy::parse(&text).unwrap().canonical())
}

fn shares_of(name: &str, crowd: Crowd) -> Shares {
    let arns: Vec<String> = (0..crowd.arns)
        .map(|n| format!("arn:aws:sqs:eu-west-1:123456789012:{name}{n:-<100}_dev"))
        .collect();
    let pattern = ["arn:aws:sqs:eu-west-1:123456789012:*_dev".to_owned()];
    let is_widened = crowd.tagged && crowd.arns > 1;
    let share = Share {
        capabilities: BTreeSet::from([Capability::parse("function.invoke")]),
        exact: policy(name, &arns, crowd.ways),
        widened: is_widened.then(|| policy(name, &pattern, crowd.ways)).flatten(),
        grants: Vec::new(),
    };
    Shares::from([(base(ROLE), share)])
}

fn crowds() -> impl Strategy<Value = Topologies> {
    let names = select(&["a", "b", "c", "d", "e"][..]);
    let crowds = prop::collection::btree_map(names, crowd(), 2..6);
    crowds.prop_map(|crowds| {
        let shares = crowds.into_iter();
        shares
            .map(|(name, crowd)| (namespace(name), shares_of(name, crowd)))
            .collect()
    })
}

/// What a run decides that reads policies of other topologies only before it writes.
fn decided_late(topologies: &Topologies, observed: &Observed) -> Plan {
    let mut seen = observed.clone();
    for role in seen.values_mut() {
        for (policy, document) in &mut role.policies {
            let mut own = topologies.keys().filter_map(ownership::namespace_policy);
            if policy.as_str() != role.name.as_str() && !own.any(|own| own == *policy) {
                *document = Document::Unread;
            }
        }
    }
    let plan = decided(topologies, &seen, Adoption::Refuse);
    let writes = |operation: &Operation| matches!(operation, Operation::PutPolicy { .. });
    if plan.steps.iter().flat_map(|step| &step.operations).any(writes) {
        return decided(topologies, observed, Adoption::Refuse);
    }
    plan
}

/// The role after a run, and whether it fits; where it does not, nothing is written.
fn after(topologies: &Topologies, observed: &Observed) -> (Observed, bool) {
    let plan = decided_late(topologies, observed);
    let fits = |step: &Step| {
        step.after
            .as_ref()
            .is_none_or(|role| inline_size(role) <= INLINE_POLICIES)
    };
    if plan.steps.iter().all(fits) {
        (replay(observed.clone(), &plan), true)
    } else {
        (observed.clone(), false)
    }
}

fn document(role: &RoleSpec, name: &Namespace) -> Option<Document> {
    role.policies.get(&ownership::namespace_policy(name)?).cloned()
}

/// The sizes that the policies of topologies have together in a form.
fn size(topologies: &Topologies, form: Form) -> usize {
    let shares = topologies.values().flat_map(BTreeMap::values);
    shares
        .filter_map(|share| share.document(form))
        .map(|policy| policy.size())
        .sum()
}

/// Every choice of some of the topologies, from a number's bits.
fn some_of(topologies: &Topologies, which: u8) -> Topologies {
    let chosen = topologies.iter().enumerate();
    let chosen = chosen.filter(|(index, _)| which & (1 << index) != 0);
    chosen
        .map(|(_, (name, shares))| (name.clone(), shares.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_role_fits_if_its_smallest_form_does_and_is_exact_if_that_does(topologies in crowds()) {
        let shared = inline_size(&run(&topologies, Observed::new())[&base(ROLE)])
            - inline_own(&topologies, &run(&topologies, Observed::new()));
        let role = run(&topologies, Observed::new()).remove(&base(ROLE)).unwrap();
        let smallest = shared + size(&topologies, Form::Widened);
        prop_assert_eq!(inline_size(&role) <= INLINE_POLICIES, smallest <= INLINE_POLICIES);
        let is_exact = topologies.iter().all(|(name, shares)| {
            let exact = shares[&base(ROLE)].exact.clone().map(Document::Known);
            document(&role, name) == exact
        });
        if shared + size(&topologies, Form::Exact) <= INLINE_POLICIES {
            prop_assert!(is_exact);
        }
        let is_widened = topologies.iter().any(|(name, shares)| {
            let share = &shares[&base(ROLE)];
            let merged = share.document(Form::Merged).map(Cow::into_owned);
            let held = document(&role, name).and_then(|held| held.known().cloned());
            held != merged && held != share.exact
        });
        if shared + size(&topologies, Form::Merged) <= INLINE_POLICIES {
            prop_assert!(!is_widened, "merged is enough");
        }
    }

    /// Whoever runs again, for all or for some, finds nothing to do.
    #[test]
    fn what_fits_stays_as_it_is_whoever_runs_again(topologies in crowds(), which in any::<u8>()) {
        let (together, fits) = after(&topologies, &Observed::new());
        prop_assume!(fits);
        let again = decided_late(&some_of(&topologies, which), &together);
        prop_assert!(!again.has_changes(), "{:#?}", again.steps);
    }

    /// Who comes one by one settles: those that found room find nothing to do, however often they run.
    #[test]
    fn those_who_come_one_by_one_settle(topologies in crowds(), which in any::<u8>()) {
        let mut observed = Observed::new();
        let mut served = Topologies::new();
        for (name, shares) in &topologies {
            let (roles, fits) = after(&alone(name, shares), &observed);
            observed = roles;
            if fits {
                served.extend(alone(name, shares));
            }
        }
        let again = some_of(&served, which);
        for (name, shares) in &again {
            let plan = decided_late(&alone(name, shares), &observed);
            prop_assert!(!plan.has_changes(), "{:#?}", plan.steps);
        }
        let (settled, fits) = after(&again, &observed);
        prop_assert!(fits, "what stands fits, so it does when decided anew");
        let plan = decided_late(&again, &settled);
        prop_assert!(!plan.has_changes(), "{:#?}", plan.steps);
    }

    /// Whatever moves from one topology to another, the role is not too large between two calls.
    #[test]
    fn the_limit_holds_between_two_calls(first in crowds(), second in crowds()) {
        let (before, fits) = after(&first, &Observed::new());
        prop_assume!(fits);
        let leaving = first.keys().map(|name| (name.clone(), Shares::new()));
        let mut all: Topologies = leaving.collect();
        all.extend(second);
        let (_, fits) = after(&all, &before);
        prop_assume!(fits);
        let plan = decided_late(&all, &before);
        let mut now = before.get(&base(ROLE)).cloned();
        for step in &plan.steps {
            for operation in &step.operations {
                now = performed(now, &step.role, operation);
                prop_assert!(now.as_ref().map_or(0, inline_size) <= INLINE_POLICIES, "{operation:?}");
            }
        }
    }

    #[test]
    fn who_stays_gets_the_exact_form_back_when_others_leave(topologies in crowds()) {
        let (mut roles, fits) = after(&topologies, &Observed::new());
        prop_assume!(fits);
        let (name, shares) = topologies.first_key_value().unwrap();
        let exact = size(&alone(name, shares), Form::Exact);
        for other in topologies.keys().skip(1) {
            roles = run(&alone(other, &Shares::new()), roles);
        }
        let shared = inline_size(&roles[&base(ROLE)]) - inline_own(&topologies, &roles);
        prop_assume!(shared + exact <= INLINE_POLICIES);
        let (roles, _) = after(&alone(name, shares), &roles);
        prop_assert_eq!(&roles, &run(&alone(name, shares), Observed::new()));
    }
}

/// The size of what topologies have of their own on the role.
fn inline_own(topologies: &Topologies, roles: &Observed) -> usize {
    let role = &roles[&base(ROLE)];
    let own = topologies.keys().filter_map(|name| document(role, name));
    own.filter_map(|own| own.known().map(Policy::size)).sum()
}

/// Three that need the whole role in full, of which only one has something to merge.
fn full() -> Topologies {
    let crowd = |arns, ways| Crowd {
        arns,
        ways,
        tagged: true,
    };
    [
        ("calm", crowd(22, 1)),
        ("pair", crowd(14, 2)),
        ("vast", crowd(22, 1)),
    ]
    .map(|(name, crowd)| (namespace(name), shares_of(name, crowd)))
    .into()
}

#[test]
fn only_what_must_change_its_form_does_and_the_reason_says_so() {
    let all = full();
    let (calm, vast) = (namespace("calm"), namespace("vast"));
    let two = some_of(&all, 0b011);
    let mut roles = run(&two, Observed::new());
    roles = run(&alone(&vast, &all[&vast]), roles);
    let role = &roles[&base(ROLE)];
    assert!(inline_size(role) <= INLINE_POLICIES);
    let share = |name: &Namespace| &all[name][&base(ROLE)];
    assert_eq!(
        document(role, &calm),
        share(&calm).exact.clone().map(Document::Known)
    );
    let widened = share(&vast).document(Form::Widened).map(Cow::into_owned);
    assert_eq!(document(role, &vast), widened.map(Document::Known));
    let found = limits::widened(
        role,
        None,
        all.iter().map(|(name, shares)| (name, &shares[&base(ROLE)])),
    );
    let found = found.unwrap();
    assert_eq!(found.code, limits::codes::POLICY_WIDENED);
    assert!(
        found.message.contains("`vast`") && !found.message.contains("`calm`"),
        "{}",
        found.message
    );
    assert_eq!(
        limits::widened(
            role,
            Some(role),
            all.iter().map(|(name, shares)| (name, &shares[&base(ROLE)]))
        ),
        None,
        "what stood so before is said no more"
    );
    roles = run(&alone(&calm, &Shares::new()), roles);
    let plan = decided(&alone(&vast, &all[&vast]), &roles, Adoption::Refuse);
    assert_eq!(
        plan.steps[0].reasons,
        ["the inline policy `tc-vast` has room to say what its topology needs in full"]
    );
}

#[test]
fn what_is_too_large_in_every_form_is_told_with_its_biggest_statement() {
    let crowd = |arns| Crowd {
        arns,
        ways: 1,
        tagged: false,
    };
    let all: Topologies = [("small", crowd(8)), ("vast", crowd(70))]
        .map(|(name, crowd)| (namespace(name), shares_of(name, crowd)))
        .into();
    let plan = decided(&all, &Observed::new(), Adoption::Refuse);
    let found = limits::check(plan.steps[0].after.as_ref().unwrap());
    let [found] = &found[..] else { panic!("{found:#?}") };
    assert_eq!(found.code, limits::codes::POLICIES_TOO_LARGE);
    let help = found.help.as_deref().unwrap();
    for part in [
        "`tc-vast`",
        "`vastWay0`",
        "70 ARNs",
        "2 topologies",
        "abac.tagged",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

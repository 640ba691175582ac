//! The policies of `bootstrap-policy`: what they hold, how large they are, and that the one for
//! sandbox roles allows what the built-in templates grant.
//!
//! That the one for operators allows exactly the calls that are made is told in [`calls`].

#[cfg(feature = "aws")]
mod calls;

use std::collections::BTreeSet;

use serde_json::Value;
use tcperm::grants::{Matrix, Scope};
use tcperm::policy::catalogue::{AccessLevel, Catalogue};
use tcperm::policy::{Effect, Policy, Statement};
use tcperm::prove::missing;
use tcperm::template::RuleBook;

use crate::authorization::capabilities::values;
use crate::support::{Outcome, Tcperm};

/// The most that IAM takes, without white space.
const MOST: usize = 6_144;
const NAMED: &str = "--boundary sandboxes --managed-policy team --managed-policy arn:aws:iam::aws:policy/ReadOnlyAccess --role-name orders-packer";

/// A run of `bootstrap-policy`; words apart by spaces.
pub fn bootstrap(tcperm: &Tcperm, account: &str, arguments: &str) -> Outcome {
    let words = ["bootstrap-policy", "--account", account];
    tcperm
        .bare(words.into_iter().chain(arguments.split_whitespace()))
        .run()
}

fn printed(arguments: &str) -> Policy {
    let tcperm = Tcperm::in_project(&[]);
    let outcome = bootstrap(&tcperm, "123456789012", arguments).exits(0);
    Policy::parse(&outcome.stdout).unwrap()
}

/// The actions of the statements of an effect.
fn actions(policy: &Policy, effect: Effect) -> BTreeSet<String> {
    let statements = policy
        .statement
        .iter()
        .filter(|statement| statement.effect == effect);
    statements
        .flat_map(|statement| statement.action.values().iter())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_largest_policy_fits_into_a_managed_policy() {
    let long = "s".repeat(47);
    let all = "--for create --for plan --for apply --for delete --for prune --for list --for show --for check -R deploy";
    let modes = "--mode dynamic --mode shared --mode legacy";
    for sandbox in [String::new(), format!("--sandbox {long}")] {
        for modes in [modes.to_owned(), format!("{modes} --mode override")] {
            for adopting in ["--for adopt", "--for adopt-tc"] {
                let size = printed(&format!("{all} {adopting} {modes} {NAMED} {sandbox}")).size();
                assert!(size <= MOST, "{size} characters: {adopting} {modes} {sandbox}");
            }
        }
    }
    assert!(printed("--boundary-policy").size() <= MOST);
}

#[test]
fn a_policy_that_does_not_fit_is_refused() {
    let tcperm = Tcperm::in_project(&[]);
    let names = (0..100).map(|n| format!("--role-name {n}-{}", "r".repeat(50)));
    let names = names.collect::<Vec<_>>().join(" ");
    let outcome = bootstrap(&tcperm, "123456789012", &format!("--mode override {names}")).exits(1);
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.contains("a managed policy has at most 6144"),
        "{outcome}"
    );
}

#[test]
fn a_managed_policy_is_named_by_its_arn_or_its_name_and_never_by_a_pattern() {
    let tcperm = Tcperm::in_project(&[]);
    for named in [
        "*",
        "arn:aws:iam::123456789012:policy/*",
        "arn:aws:iam::123456789012:role/r",
    ] {
        for flag in ["--boundary", "--managed-policy"] {
            let outcome = bootstrap(&tcperm, "123456789012", &format!("{flag} {named}")).exits(2);
            let help = "write the ARN of a managed policy, as `arn:{{partition}}:iam::{{account}}:policy/NAME`, or its name alone";
            assert!(outcome.stderr.contains(help), "{outcome}");
        }
    }
}

/// What is found is what the verbs are for: writing permissions. Reading alone, nothing is found.
#[test]
fn a_check_of_the_policies_finds_nothing_but_that_they_write_permissions() {
    let found = |arguments: &str| -> BTreeSet<String> {
        let policy = printed(arguments).to_pretty_json();
        let tcperm = Tcperm::in_project(&[("policy.json", &policy)]);
        let document = tcperm
            .bare(["check", "policy.json", "--format", "json"])
            .run()
            .json();
        let findings = document["diagnostics"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let nothing = BTreeSet::new();
    assert_eq!(found("--for plan --for list --for show --for check"), nothing);
    assert_eq!(found("--mode legacy"), nothing);
    assert_eq!(found("-R deploy"), nothing);
    assert_eq!(
        found("--boundary-policy"),
        BTreeSet::from(["open-pass-role".to_owned()])
    );
    for arguments in [
        "--for create",
        "--for delete",
        "--for adopt",
        "--for adopt-tc",
        NAMED,
    ] {
        let both = format!("{arguments} --mode shared --mode override");
        assert_eq!(
            found(&both),
            BTreeSet::from(["escalation".to_owned()]),
            "{arguments}"
        );
    }
}

#[test]
fn an_unbounded_policy_says_what_that_means_and_a_bounded_one_does_not() {
    let tcperm = Tcperm::in_project(&[]);
    let told = |arguments: &str| bootstrap(&tcperm, "123456789012", arguments).exits(0).stderr;
    assert!(told("").contains("can give any permission"));
    for quiet in [
        "--boundary sandboxes",
        "--for plan",
        "--mode legacy",
        "--boundary-policy",
    ] {
        assert!(!told(quiet).contains("any permission"), "{quiet}");
    }
    for adopting in ["--for adopt", "--for adopt-tc"] {
        let note = told(&format!("{adopting} --boundary sandboxes"));
        assert!(note.contains("takes over roles"), "{adopting}");
    }
}

#[test]
fn the_boundary_and_the_roles_of_the_configuration_count() {
    let configuration = "boundary = \"arn:{{partition}}:iam::{{account}}:policy/team\"\n[legacy_roles]\nfunction = \"platform\"\n";
    let tcperm = Tcperm::in_project(&[("tcperm.toml", configuration)]);
    let printed = |arguments: &str| bootstrap(&tcperm, "123456789012", arguments).exits(0).stdout;
    assert!(printed("").contains("\"iam:PermissionsBoundary\": \"arn:aws:iam::123456789012:policy/team\""));
    assert!(printed("--boundary other").contains("policy/other\""));
    assert!(!printed("").contains("role/platform"));
    let legacy = Policy::parse(&printed("--mode legacy --mode override")).unwrap();
    let is_named = |statement: &&Statement| {
        let resources = statement
            .resource
            .iter()
            .flat_map(|resource| resource.values().iter());
        resources.into_iter().any(|arn| arn.ends_with("role/platform"))
    };
    let naming: Vec<_> = legacy.statement.iter().filter(is_named).collect();
    assert_eq!(naming.len(), 1, "a role of others is read alone");
    let mut reads = naming[0].action.values().iter();
    assert!(reads.all(|action| action.starts_with("iam:Get") || action.starts_with("iam:List")));
}

#[test]
fn every_name_of_a_role_that_tcperm_gives_is_one_that_the_policy_of_its_sandbox_names() {
    use tcperm::model::{Namespace, RoleId, RoleKind, RoleOwner, Sandbox};
    let sandbox = Sandbox::parse("qa-7").unwrap();
    let own = |namespace: &str, function: Option<&str>| {
        let owner = RoleOwner {
            namespace: Namespace::parse(namespace).unwrap(),
            function: function.map(str::to_owned),
        };
        RoleId::own(RoleKind::Function, owner, &sandbox).unwrap()
    };
    let base = RoleKind::ALL.map(|kind| RoleId::base(kind, &sandbox));
    let long = "a-rather-long-name-of-a-function-that-does-not-fit";
    let owned = [
        own("orders", None),
        own("orders", Some(long)),
        own("base", Some("function-x")),
    ];
    let is_named = |arguments: &str, id: &RoleId| {
        let policy = printed(arguments);
        let create = policy
            .statement
            .iter()
            .find(|one| one.sid.as_deref() == Some("CreateRoles"))
            .unwrap();
        let arn = format!("arn:aws:iam::123456789012:role/{}", id.name);
        let mut patterns = create.resource.as_ref().unwrap().values().iter();
        patterns.any(|pattern| tcperm::policy::catalogue::matches(pattern, &arn))
    };
    for sandbox in ["", "--sandbox qa-7"] {
        for id in &base {
            assert!(is_named(sandbox, id), "{sandbox} {}", id.name);
        }
        for id in owned.iter().chain(&base) {
            assert!(
                is_named(&format!("--mode override {sandbox}"), id),
                "{sandbox} {}",
                id.name
            );
        }
        assert!(!is_named(sandbox, &owned[0]), "{sandbox}");
    }
    assert!(!is_named("--sandbox qa", &base[0]));
}

/// The values of a capability's sample, as the boundary must allow them: names that are fixed by what
/// grants it stand in the table of integrations.
fn granted(rules: &RuleBook, id: &str) -> Vec<Statement> {
    let rule = &Matrix::built_in().unwrap().capabilities[id];
    let mut values = values(rules, rule);
    values.insert("tagged".to_owned(), Value::Bool(false));
    let statements = rules.statements(id, &values).unwrap();
    let text = Policy::of(statements).to_json();
    let text = text.replace("rule/sample_dev", "rule/StepFunctionsGetEventsForECSTaskRule");
    Policy::parse(&text).unwrap().statement
}

fn capabilities() -> impl Iterator<Item = &'static String> {
    let capabilities = Matrix::built_in().unwrap().capabilities.iter();
    capabilities
        .filter(|(_, rule)| rule.scope != Scope::Trust)
        .map(|(id, _)| id)
}

#[test]
fn the_boundary_allows_what_every_capability_grants_and_no_other_action() {
    let rules = RuleBook::built_in().unwrap();
    let mut of_capabilities = BTreeSet::new();
    for boundary in ["--boundary-policy", "--boundary-policy --region us-west-2"] {
        let boundary = printed(boundary);
        for id in capabilities() {
            let needed = Policy::of(granted(rules, id));
            let lacking = missing(&[&needed], &[&boundary]);
            assert!(lacking.is_empty(), "{id}: {lacking:#?}");
            of_capabilities.extend(actions(&needed, Effect::Allow));
        }
        assert_eq!(actions(&boundary, Effect::Allow), of_capabilities);
    }
}

#[test]
fn the_boundary_denies_all_of_iam_but_passing_a_role_and_every_change_of_tags() {
    let boundary = printed("--boundary-policy");
    let denied = actions(&boundary, Effect::Deny);
    let allowed = actions(&boundary, Effect::Allow);
    let services: BTreeSet<&str> = allowed
        .iter()
        .filter_map(|action| action.split(':').next())
        .collect();
    let is_denied = |action: &str| {
        denied
            .iter()
            .any(|pattern| tcperm::policy::catalogue::matches(pattern, action))
    };
    let catalogue = Catalogue::built_in();
    for prefix in services.iter().copied() {
        for action in catalogue.service(prefix).unwrap().actions() {
            let name = action.full_name();
            let tags = action.level == AccessLevel::Tagging;
            let of_iam = prefix == "iam" && action.name != "PassRole";
            assert!(is_denied(&name) || !(tags || of_iam), "{name}");
        }
    }
    for action in [
        "sts:AssumeRole",
        "tag:TagResources",
        "organizations:LeaveOrganization",
    ] {
        assert!(is_denied(action), "{action}");
    }
    assert!(allowed.iter().all(|action| !is_denied(action)));
}

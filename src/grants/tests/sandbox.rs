//! What keeps exact targets inside the sandbox.

use super::*;

/// A task of a state machine, with the target that its parameters name.
fn task_on(id: &str, values: &[(&str, &str)]) -> Topology {
    let texts = values
        .iter()
        .map(|(part, text)| ((*part).to_owned(), Text::parse(text).unwrap()));
    let binding = Binding::Values(texts.collect());
    topology(Vec::new(), vec![task(id, EntityKind::Service, binding)])
}

fn codes_of(found: &Derived) -> Vec<&str> {
    found.diagnostics.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_role_is_passed_on_only_if_it_is_the_sandboxs_by_its_name() {
    let passed = |name: &str| derived(&task_on("ecs:runTask/task-role", &[("name", name)]));
    for name in ["admin", "admin-dev", "{{sandbox}}", "admin{{sandbox}}"] {
        let found = passed(name);
        assert_eq!(found.grants, [], "{name}");
        assert_eq!(codes_of(&found), ["outside-sandbox"], "{name}");
    }
    let found = passed("tasks/pack-{{sandbox}}");
    assert_eq!(codes_of(&found), [""; 0]);
    assert_eq!(
        found.grants[0].target.arn(),
        Some("arn:aws:iam::123456789012:role/tasks/pack-dev")
    );
}

#[test]
fn a_variable_brings_no_pattern_into_a_condition() {
    let with_profile = |profile: &str| {
        let mut context = Context::example();
        context.profile = Some(profile.to_owned());
        let task = task_on("ecs:runTask", &[("family", "pack"), ("clusters", "{{env}}")]);
        derived_in(&context, &task, &BTreeMap::new())
    };
    for profile in ["*", "a?", "${aws:username}"] {
        let found = with_profile(profile);
        assert_eq!(found.grants, [], "{profile}");
        assert_eq!(codes_of(&found), ["unsafe-name"], "{profile}");
    }
    assert_eq!(codes_of(&with_profile("prod")), [""; 0]);
}

#[test]
fn a_variable_in_the_name_of_a_queue_an_event_or_a_producer_is_filled_in() {
    let text = "\
functions: { f: {} }
queues: { 'jobs-{{sandbox}}': { function: f } }
events: { 'Paid {{sandbox}}': { producer: 'shop.{{namespace}}.{{ sandbox }}', function: f } }
routes: { /a: { event: 'Paid {{sandbox}}' }, /b: { queue: 'jobs-{{sandbox}}' } }
";
    let found = derived(&language::read(&("", text, &[])));
    assert_eq!(codes_of(&found), [""; 0]);
    let exact: Vec<&GrantTarget> = found.grants.iter().map(|grant| &grant.target).collect();
    let limits = |name: &str| {
        exact.iter().find_map(|target| match target {
            GrantTarget::Exact { limits, .. } => limits.get(name)?.first(),
            GrantTarget::Kind(_) => None,
        })
    };
    assert_eq!(limits("sources").unwrap(), "shop.orders.dev");
    assert_eq!(limits("detail_types").unwrap(), "Paid dev");
    let arns: BTreeSet<_> = exact.iter().filter_map(|target| target.arn()).collect();
    assert!(
        arns.contains("arn:aws:sqs:eu-west-1:123456789012:jobs-dev"),
        "{arns:?}"
    );
}

#[test]
fn the_key_of_an_object_may_hold_what_no_policy_reads_as_a_pattern() {
    let found = derived(&task_on(
        "aws-sdk:s3:getObject",
        &[("bucket", "b"), ("key", "year=2024/Daily report+1.csv")],
    ));
    assert_eq!(codes_of(&found), [""; 0]);
    assert_eq!(
        found.grants[0].target.arn(),
        Some("arn:aws:s3:::b/year=2024/Daily report+1.csv")
    );
}

use super::*;

fn explicit(role: RoleKind, capability: &str, on: &[(&str, Text)]) -> ExplicitGrant {
    let values = on.iter().map(|(part, text)| ((*part).to_owned(), text.clone()));
    ExplicitGrant {
        role,
        capability: capability.to_owned(),
        on: if on.is_empty() {
            Vec::new()
        } else {
            vec![Located::new(values.collect(), span())]
        },
        topologies: None,
        span: span(),
    }
}

/// What a topology with one entity is granted explicitly.
fn granted(kind: EntityKind, context: &Context, grant: ExplicitGrant) -> Derived {
    let options = Options {
        grants: vec![grant],
        ..Options::default()
    };
    let topology = topology(vec![entity(kind, None)], Vec::new());
    let mut found = derived_with(context, &topology, &BTreeMap::new(), &options);
    let always = &Matrix::built_in().unwrap().always;
    found
        .grants
        .retain(|grant| !always.iter().any(|rule| rule.capability == grant.capability.id));
    found
}

#[test]
fn every_row_that_is_offered_yields_its_capability_on_its_role() {
    let matrix = Matrix::built_in().unwrap();
    let kinds = [
        EntityKind::Event,
        EntityKind::Function,
        EntityKind::Mutation,
        EntityKind::Route,
        EntityKind::State,
    ];
    for rule in &matrix.opt_in {
        let kind = kinds.iter().find(|kind| kind.name() == rule.role.name()).unwrap();
        let capability = &matrix.capabilities[&rule.capability];
        let parts = capability.parts();
        let on: Vec<(&str, Text)> = parts
            .iter()
            .filter(|_| capability.scope == Scope::Exact)
            .map(|part| (part.as_str(), Text::parse("x-{{sandbox}}").unwrap()))
            .collect();
        let found = granted(
            *kind,
            &Context::example(),
            explicit(rule.role, &rule.capability, &on),
        );
        let named = format!("{} on {}", rule.capability, rule.role);
        assert_eq!(found.diagnostics, [], "{named}");
        let [grant] = &found.grants[..] else {
            panic!("{named}: {:?}", found.grants)
        };
        assert_eq!((grant.role, &grant.capability.id), (rule.role, &rule.capability));
    }
}

#[test]
fn no_row_is_offered_twice_or_without_a_reason() {
    let matrix = Matrix::built_in().unwrap();
    let rows: BTreeSet<_> = matrix
        .opt_in
        .iter()
        .map(|rule| (rule.role, &rule.capability))
        .collect();
    assert_eq!(rows.len(), matrix.opt_in.len());
    for rule in &matrix.opt_in {
        assert!(!rule.reason.is_empty() && rule.doc.starts_with("https://docs.aws.amazon.com/"));
        assert_ne!(matrix.capabilities[&rule.capability].scope, Scope::Trust);
    }
}

#[test]
fn a_grant_is_for_its_topologies_and_for_roles_that_are_there() {
    let trace = || explicit(RoleKind::Function, "trace.write", &[]);
    let of = |grant| {
        granted(EntityKind::Function, &Context::example(), grant)
            .grants
            .len()
    };
    assert_eq!(of(trace()), 1);
    let for_topology = |name: &str| {
        let name = Located::new(Namespace::parse(name).unwrap(), span());
        ExplicitGrant {
            topologies: Some(vec![name]),
            ..trace()
        }
    };
    assert_eq!(of(for_topology("orders")), 1);
    assert_eq!(of(for_topology("billing")), 0);
    assert_eq!(
        granted(EntityKind::Event, &Context::example(), trace()).grants,
        []
    );
}

#[test]
fn what_is_granted_to_nobody_is_said() {
    let unused = |grant: ExplicitGrant| {
        let options = Options {
            grants: vec![grant],
            ..Options::default()
        };
        let roles = [RoleKind::Function].into();
        let found = options.unused(&[(Namespace::parse("orders").unwrap(), roles)].into());
        found
            .iter()
            .map(|finding| (finding.code, finding.severity))
            .collect::<Vec<_>>()
    };
    let named = |grant: ExplicitGrant, name: &str| ExplicitGrant {
        topologies: Some(vec![Located::new(Namespace::parse(name).unwrap(), span())]),
        ..grant
    };
    let trace = || explicit(RoleKind::Function, "trace.write", &[]);
    let other = || explicit(RoleKind::State, "trace.write-sampled", &[]);
    let warning = [(codes::UNUSED_GRANT, crate::diagnostic::Severity::Warning)];
    assert_eq!(unused(trace()), []);
    assert_eq!(unused(named(trace(), "orders")), []);
    assert_eq!(unused(other()), warning);
    assert_eq!(unused(named(other(), "orders")), warning);
    assert_eq!(unused(named(trace(), "order")), warning);
    let note = [(codes::UNUSED_GRANT, crate::diagnostic::Severity::Note)];
    assert_eq!(unused(named(trace(), "billing")), note);
}

#[test]
fn a_grant_never_names_a_pattern_or_more_parts_than_it_has() {
    let mut hostile = Context::example();
    for profile in ["*", "a/b", "${aws:username}", "a:b", "a?", "", "é"] {
        hostile.profile = Some(profile.to_owned());
        let variable = Text::of(vec![Piece::Variable(Variable::Profile)]);
        for (capability, parts) in [
            ("queue.send", vec![("name", variable.clone())]),
            (
                "file-system.mount",
                vec![("file_system", literal("fs")), ("access_point", variable.clone())],
            ),
            (
                "bucket.list-below",
                vec![("name", variable.clone()), ("prefix", literal("a"))],
            ),
        ] {
            if capability == "file-system.mount" && profile == "é" {
                continue;
            }
            let found = granted(
                EntityKind::Function,
                &hostile,
                explicit(RoleKind::Function, capability, &parts),
            );
            assert_eq!(found.grants, [], "{capability} {profile:?}");
            assert_eq!(
                found.diagnostics[0].code,
                codes::UNSAFE_NAME,
                "{capability} {profile:?}"
            );
        }
    }
}

#[test]
fn a_variable_without_a_value_is_an_error_that_says_where_to_get_it() {
    let found = |variable, context: &Context| {
        let text = Text::of(vec![Piece::Variable(variable)]);
        let grant = explicit(RoleKind::Function, "asset.read", &[("name", text)]);
        granted(EntityKind::Function, context, grant)
    };
    for (_, variable) in Variable::NAMES {
        let found = found(variable, &Context::example());
        let is_known = found.diagnostics.is_empty();
        assert_eq!(found.grants.len(), usize::from(is_known), "{variable}");
        if let Some(finding) = found.diagnostics.first() {
            let code = if variable == Variable::Profile {
                codes::NO_PROFILE
            } else {
                codes::NO_VALUE
            };
            assert_eq!(finding.code, code, "{variable}");
            assert!(finding.help.is_some());
        }
    }
    let mut context = Context::example();
    context.assets.bucket = Some("our-assets".to_owned());
    let found = found(Variable::AssetBucket, &context);
    assert_eq!(found.grants[0].target.label(), "arn:aws:s3:::our-assets/*");
}

#[test]
fn a_grant_by_pattern_speaks_of_the_names_that_the_topology_has() {
    let physical = |separator: &str| {
        Text::of(vec![
            Piece::Literal(format!("orders{separator}")),
            Piece::Variable(Variable::Sandbox),
        ])
    };
    let forms = |entities: Vec<Entity>| {
        let options = Options {
            grants: vec![explicit(RoleKind::Function, "state.start", &[])],
            ..Options::default()
        };
        let topology = topology(entities, Vec::new());
        let found = derived_with(&Context::example(), &topology, &BTreeMap::new(), &options);
        let of_it = found
            .grants
            .iter()
            .filter(|grant| grant.capability.id == "state.start");
        of_it
            .map(|grant| grant.capability.to_string())
            .collect::<Vec<_>>()
    };
    let function = |separator| entity(EntityKind::Function, Some(physical(separator)));
    let rule = entity(EntityKind::Event, Some(physical("-")));
    assert_eq!(forms(vec![function("_"), rule]), ["state.start"]);
    assert_eq!(forms(vec![function("-")]), ["state.start:hyphen"]);
    assert_eq!(
        forms(vec![function("_"), function("-")]),
        ["state.start", "state.start:hyphen"]
    );
}

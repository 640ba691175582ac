use proptest::prelude::*;

use super::*;

#[test]
fn a_sandbox_that_could_be_a_pattern_a_variable_or_a_break_out_is_refused() {
    let long = "a".repeat(48);
    let names = [
        "",
        "*",
        "a?",
        "${x}",
        "\"",
        "a/b",
        "a b",
        "-a",
        ".a",
        "_a",
        "ä",
        "a\n",
        "a:b",
        long.as_str(),
    ];
    for name in names {
        assert!(Sandbox::parse(name).is_err(), "{name:?}");
    }
    for name in ["dev", "qa-7", "my_branch", "v1.2", "0", &"a".repeat(47)] {
        assert!(Sandbox::parse(name).is_ok(), "{name:?}");
    }
}

#[test]
fn the_longest_sandbox_fits_the_longest_base_role() {
    let sandbox = Sandbox::parse(&"a".repeat(Sandbox::MAX_LENGTH)).unwrap();
    for kind in RoleKind::ALL {
        let name = RoleName::base(kind, &sandbox);
        assert_eq!(RoleName::parse(name.as_str()).as_ref(), Ok(&name));
    }
}

#[test]
fn a_base_role_belongs_to_the_sandbox_of_its_whole_rest() {
    let sandbox_of = |name: &str| {
        RoleName::parse(name)
            .unwrap()
            .as_base()
            .map(|(_, sandbox)| sandbox.to_string())
    };
    assert_eq!(sandbox_of("tc-base-event-dev").as_deref(), Some("dev"));
    assert_eq!(sandbox_of("tc-base-event-my-dev").as_deref(), Some("my-dev"));
    assert_eq!(sandbox_of("TC-BASE-event-Dev_x").as_deref(), Some("Dev_x"));
    assert_eq!(sandbox_of("tc-base-events-dev"), None);
    assert_eq!(sandbox_of("tc-base-event-"), None);
    assert_eq!(sandbox_of("my-tc-base-event-dev"), None);
}

#[test]
fn the_protected_sandbox_is_stable_in_whatever_case() {
    let protected = |name| Sandbox::parse(name).unwrap().is_protected();
    assert!(protected("stable") && protected("Stable"));
    assert!(!protected("stable-2") && !protected("unstable"));
}

#[test]
fn an_account_id_keeps_its_leading_zeros_and_has_twelve_digits() {
    assert_eq!(AccountId::parse("000000000012").unwrap().as_str(), "000000000012");
    for text in ["12", "1234567890123", "12345678901x", "١٢٣٤٥٦٧٨٩٠١٢"] {
        assert!(AccountId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_region_must_be_one_and_the_nearest_is_named() {
    assert_eq!(
        Region::parse("cn-north-1").unwrap().partition().as_str(),
        "aws-cn"
    );
    assert_eq!(
        Region::parse("us-gov-west-1").unwrap().partition().as_str(),
        "aws-us-gov"
    );
    let error = Region::parse("us-wst-2").unwrap_err();
    assert!(error.help.contains("`us-west-2`"), "{error:?}");
    assert!(Region::parse("mars").is_err());
}

#[test]
fn tags_are_found_and_replaced_without_case() {
    let mut tags = Tags::from_iter([("Sandbox", "a")]);
    tags.set("sandbox", "b");
    assert_eq!(tags.iter().collect::<Vec<_>>(), [("sandbox", "b")]);
    assert_eq!(tags.get("SANDBOX"), Some("b"));
    tags.remove("sandBox");
    assert!(tags.is_empty());
}

#[test]
fn an_arn_has_six_parts() {
    let arn = Arn::parse("arn:aws:iam::123456789012:role/a:b").unwrap();
    assert_eq!(arn.account().unwrap().as_str(), "123456789012");
    assert_eq!((arn.region(), arn.resource()), ("", "role/a:b"));
    for text in [
        "arn",
        "arn:aws:iam::1",
        "urn:aws:iam::1:r",
        "arn::iam:::r",
        "arn:aws::::r",
        "arn:aws:iam:::",
    ] {
        assert!(Arn::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn every_base_role_is_found_again_by_its_name(index in 0_usize..5, name in "[A-Za-z0-9][A-Za-z0-9_.-]{0,46}") {
        let kind = RoleKind::ALL[index];
        let sandbox = Sandbox::parse(&name).unwrap();
        prop_assert_eq!(RoleName::base(kind, &sandbox).as_base(), Some((kind, sandbox)));
    }

    #[test]
    fn a_name_that_is_taken_holds_only_what_its_rule_allows(text in "\\PC{0,60}") {
        let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if let Ok(sandbox) = Sandbox::parse(&text) {
            prop_assert!(plain(sandbox.as_str()));
        }
        if let Ok(namespace) = Namespace::parse(&text) {
            prop_assert!(plain(namespace.as_str()));
        }
    }
}

fn own(kind: RoleKind, namespace: &str, function: Option<&str>, sandbox: &str) -> RoleId {
    let owner = RoleOwner {
        namespace: Namespace::parse(namespace).unwrap(),
        function: function.map(str::to_owned),
    };
    RoleId::own(kind, owner, &Sandbox::parse(sandbox).unwrap()).unwrap()
}

#[test]
fn no_sandbox_has_base_roles_that_bear_the_names_of_fixed_roles() {
    assert!(Sandbox::parse("role").is_err());
    assert!(Sandbox::parse("ROLE").is_err());
    assert!(Sandbox::parse("roles").is_ok());
}

#[test]
fn a_role_of_its_own_is_named_after_topology_function_and_sandbox() {
    let place = own(RoleKind::Function, "orders", Some("place"), "dev");
    assert_eq!(place.name.as_str(), "tc-orders-place-dev");
    assert_eq!(place.label().unwrap(), "function/orders/place");
    let routes = own(RoleKind::Route, "orders", None, "qa-7");
    assert_eq!(routes.name.as_str(), "tc-orders-route-qa-7");
    assert_eq!(routes.label().unwrap(), "route/orders");
    assert_eq!(
        RoleId::base(RoleKind::Route, &Sandbox::parse("dev").unwrap()).label(),
        None
    );
}

#[test]
fn a_function_named_like_a_kind_and_the_roles_of_that_kind_have_different_names() {
    let function = own(RoleKind::Function, "orders", Some("event"), "dev");
    let events = own(RoleKind::Event, "orders", None, "dev");
    assert!(!function.name.as_str().eq_ignore_ascii_case(events.name.as_str()));
}

#[test]
fn a_role_of_its_own_is_never_taken_for_a_base_role() {
    for (namespace, function) in [("base", "function"), ("base", "event-x"), ("Base-function", "x")] {
        let id = own(RoleKind::Function, namespace, Some(function), "dev");
        assert_eq!(id.name.as_base(), None, "{}", id.name);
        assert!(id.name.as_str().starts_with("tc+"), "{}", id.name);
    }
}

proptest! {
    #[test]
    fn a_shortened_name_fits_keeps_the_sandbox_and_depends_on_all_of_it(
        namespace in "[a-z][a-z-]{30,60}",
        function in "[a-z][a-z_-]{30,60}",
        sandbox in "[a-z][a-z0-9-]{0,46}",
    ) {
        prop_assume!(sandbox != "role");
        let id = own(RoleKind::Function, &namespace, Some(&function), &sandbox);
        prop_assert!(id.name.as_str().len() <= 64);
        let tail = format!("-{sandbox}");
        prop_assert!(id.name.as_str().ends_with(&tail));
        let other = own(RoleKind::Function, &namespace, Some(&format!("{function}x")), &sandbox);
        prop_assert_ne!(&id.name, &other.name);
        let other = own(RoleKind::Function, &format!("{namespace}x"), Some(&function), &sandbox);
        prop_assert_ne!(&id.name, &other.name);
    }

    #[test]
    fn what_a_role_is_for_reads_back_from_its_label(
        namespace in "[a-z][a-z.-]{0,60}",
        function in proptest::option::of("[a-z][a-z._-]{0,60}"),
    ) {
        let id = own(RoleKind::Function, &namespace, function.as_deref(), "dev");
        prop_assert_eq!(RoleId::from_label(id.name.clone(), &id.label().unwrap()), Some(id));
    }
}

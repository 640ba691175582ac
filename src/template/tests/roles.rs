use std::collections::BTreeMap;

use serde_json::json;

use super::set::{World, naming, rendered, run, told, world};
use super::*;
use crate::diagnostic::{FileId, Sources, Span};

fn digest(files: &[(&str, &str)]) -> String {
    let world = world(files);
    assert_eq!(world.told(), Vec::<String>::new());
    world.set.base(RoleKind::Function).unwrap().digest.clone()
}

/// The lines and columns between which a place lies, and its text.
fn place(sources: &Sources, span: &Span) -> String {
    let (line, column) = sources.line_and_column(span.file, span.range.start);
    format!(
        "{}:{line}:{column} {}",
        sources.name(span.file),
        &sources.text(span.file)[span.range.clone()]
    )
}

#[test]
fn each_file_has_its_place() {
    let policy = naming("\"x\"");
    let paths = [
        "base/roles/function.json",
        "base/roles/function.topology.json",
        "base/roles/event.json",
        "orders/roles/function.json",
        "orders/roles/packer.json",
        "orders/roles/packer.trust.json",
        "a.b/roles/c.d.json",
        "partials/x.hbs",
        "partials/y/z.json",
    ];
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, policy.as_str())).collect();
    let World { set, findings, .. } = world(&files);
    assert_eq!(findings, []);
    let roles: Vec<String> = set
        .roles()
        .map(|(place, role)| format!("{place} {}", role.path))
        .collect();
    let paths = [
        "base/roles/event.json",
        "base/roles/function.json",
        "orders/roles/function.json",
        "a.b/roles/c.d.json",
        "orders/roles/packer.json",
    ];
    assert_eq!(roles, paths.map(|path| format!("{path} {path}")));
    let orders = Namespace::parse("orders").unwrap();
    assert!(
        set.of_kind(&orders, RoleKind::Function).is_some() && set.of_kind(&orders, RoleKind::Event).is_none()
    );
    assert!(set.of_function(&orders, "packer").unwrap().has(Part::Trust));
    assert!(set.of_function(&orders, "function").is_none());
    assert!(set.base(RoleKind::Function).unwrap().has(Part::Topology) && set.base(RoleKind::State).is_none());
}

#[test]
fn a_file_that_is_no_template_is_told_with_what_is_meant() {
    let paths = [
        "base/roles/functoin.json",
        "base/roles/packer.trust.json",
        "base/roles/function.jsn",
        "base/roles/README.md",
        "base/role/function.json",
        "base/function.json",
        "base/roles/x/function.json",
        "partial/x.json",
        "partials/x y.json",
        "partials/x.txt",
        "partials/capability/x.json",
        "orders/roles/packer.trust.json",
        "orders/roles/packer.tpology.json",
        "orders/roles/.json",
        "-odd/roles/function.json",
        "partials/twice.json",
        "partials/twice.hbs",
        "x.json",
    ];
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
    let world = world(&files);
    let told: Vec<String> = world
        .findings
        .iter()
        .map(|finding| format!("{:?} {}", finding.severity, told(&world.sources, finding)))
        .collect();
    insta::assert_snapshot!("layout", told.join("\n"));
}

#[test]
fn a_circle_of_partials_is_told_with_its_chain() {
    let told = |files: &[(&str, &str)]| world(files).told();
    let chain = "circular-partial: a partial brings itself in: `a` → `b` → `a` / remove one of these tags; a condition around it does not help, partials are checked before";
    let circle = [
        ("partials/a.json", "x {{> b}}"),
        ("partials/b.json", "{{#if team}}{{> a}}{{/if}}"),
    ];
    assert_eq!(told(&circle), [format!("partials/b.json:1:13 {chain}")]);
    let used = [("base/roles/function.json", "{{> a}}"), circle[0], circle[1]];
    assert_eq!(told(&used), [format!("partials/b.json:1:13 {chain}")]);
    assert!(told(&[("partials/a.json", "{{> a}}")])[0].contains("`a` → `a`"));
}

#[test]
fn the_digest_changes_with_what_the_role_is_made_of() {
    let base = ("base/roles/function.json", "{{> a}}");
    let (a, b, other) = (
        ("partials/a.json", "x\n{{> b}}"),
        ("partials/b.json", "y"),
        ("partials/c.json", "z"),
    );
    let usual = digest(&[base, a, b]);
    assert_eq!(usual.len(), 16);
    assert!(usual.chars().all(|c| c.is_ascii_hexdigit() && !c.is_uppercase()));
    assert_eq!(digest(&[base, a, b, other]), usual);
    assert_eq!(digest(&[base, ("partials/a.json", "x\r\n{{> b}}"), b]), usual);
    let trust = ("base/roles/function.trust.json", "y");
    let changed = [
        digest(&[("base/roles/function.json", "{{> a}} "), a, b]),
        digest(&[base, a, ("partials/b.json", "Y")]),
        digest(&[base, a, b, trust]),
        digest(&[base, a, b, ("base/roles/function.managed.json", "y")]),
        digest(&[("base/roles/function.json", "{{> b}}"), a, b]),
    ];
    let all: BTreeSet<&String> = changed.iter().chain([&usual]).collect();
    assert_eq!(all.len(), 6);
}

#[test]
fn line_ends_do_not_count() {
    let text = naming("[\n{{#each queues}}\n  \"{{this}}\",\n{{/each}}\n]");
    let (unix, windows) = (
        rendered(&text, &[]).unwrap(),
        rendered(&text.replace('\n', "\r\n"), &[]).unwrap(),
    );
    assert_eq!(unix.policy, windows.policy);
    let broken = naming("[\n\"{{queue}}\"]").replace('\n', "\r\n");
    assert!(
        rendered(&broken, &[])
            .unwrap_err()
            .starts_with("base/roles/function.json:6:2 ")
    );
}

#[test]
fn each_part_of_a_document_knows_where_it_comes_from() {
    let text =
        naming("[\"{{> p}}\", \"é{{team}}\"], \"Condition\": {\"StringLike\": {\"k\": {{json queues}}}}");
    let world = world(&[
        ("base/roles/function.json", &text),
        ("partials/p.json", "{{! a }}from/{{sandbox}}"),
    ]);
    let document = world.render(&run()).unwrap();
    let of = |part: &str| {
        let start = document.text().find(part).unwrap();
        place(&world.sources, &document.span(start..start + part.len()))
    };
    assert_eq!(
        of("\"Effect\": \"Allow\""),
        "base/roles/function.json:4:7 \"Effect\": \"Allow\""
    );
    assert_eq!(of("from"), "partials/p.json:1:9 from");
    assert_eq!(of("dev"), "partials/p.json:1:14 {{sandbox}}");
    assert_eq!(of("out"), "base/roles/function.json:5:79 {{json queues}}");
    assert_eq!(of("épay"), "base/roles/function.json:5:32 é{{team}}");
}

/// A fault in a built-in text is told at the tag that brings it in.
#[test]
fn a_built_in_text_without_its_values_is_told_where_it_is_brought_in() {
    let told = rendered("{\"Statement\": [\n  {{> capability/event.put}}]}", &[]).unwrap_err();
    assert_eq!(
        told.split(" / ").next().unwrap(),
        "base/roles/function.json:2:3 unknown-variable: unknown variable `arn`"
    );
}

#[test]
fn managed_policies_are_a_list_of_arns() {
    let render = |text: &str| {
        let world = world(&[
            ("base/roles/function.json", "{}"),
            ("base/roles/function.managed.json", text),
        ]);
        let role = world.set.base(RoleKind::Function).unwrap();
        match world.set.managed(role, &run(), &[]) {
            Ok(arns) => arns
                .unwrap()
                .iter()
                .map(|arn| format!("{} {}", arn.value, place(&world.sources, &arn.span)))
                .collect(),
            Err(error) => error
                .findings
                .iter()
                .map(|finding| told(&world.sources, finding))
                .collect::<Vec<_>>(),
        }
    };
    let file = "base/roles/function.managed.json";
    assert_eq!(
        render("[\n  \"{{global_arn 'iam' 'policy/x'}}\",\n]"),
        [format!(
            "arn:aws:iam::123456789012:policy/x {file}:2:3 \"{{{{global_arn 'iam' 'policy/x'}}}}\""
        )]
    );
    assert_eq!(render("[]"), Vec::<String>::new());
    for (text, at) in [
        ("[\"a\",\n\"arn:aws:iam::aws:policy/X\"]", "1:2"),
        ("{}", "1:1"),
        ("[1]", "1:2"),
        ("[\"x\"", "1:1"),
        ("[\"arn:aws:iam::aws:policy/X\", ,]", "1:31"),
    ] {
        let told = render(text);
        assert!(
            told.len() == 1 && told[0].starts_with(&format!("{file}:{at} invalid-document: ")),
            "{told:?}"
        );
    }
    let world = world(&[("base/roles/function.json", "{}")]);
    let role = world.set.base(RoleKind::Function).unwrap();
    assert_eq!(world.set.managed(role, &run(), &[]), Ok(None));
    assert!(
        world
            .set
            .document(role, Part::Trust, &run(), &[])
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_role_file_named_elsewhere_uses_the_partials_of_the_set() {
    let World { mut sources, set, .. } = world(&[("partials/p.json", "{{team}}")]);
    let mut role = |text: &str| {
        let policy = sources.add("elsewhere.json", text);
        let files = RoleFiles {
            policy,
            topology: None,
            trust: None,
            managed: None,
        };
        set.role(&sources, &files)
            .map_err(|found| told(&sources, &found[0]))
    };
    let own = role(&naming("\"{{> p}}\"")).unwrap();
    assert_eq!(own.path, "elsewhere.json");
    let document = set.document(&own, Part::Policy, &run(), &[]).unwrap().unwrap();
    assert!(document.text().contains("\"payments\""));
    let told = role("{{> q}}").unwrap_err();
    assert!(
        told.starts_with("elsewhere.json:1:1 unknown-partial: there is no partial `q`"),
        "{told}"
    );
}

/// What the run gives comes before the variables of the team, and a value is what it is.
#[test]
fn values_of_the_run_and_of_the_team_stand_side_by_side() {
    let mut sources = Sources::new();
    let text = naming("[\"{{sandbox}}\", \"{{own}}\"]");
    let file = sources.add("base/roles/function.json", text);
    let files: BTreeMap<String, FileId> = [("base/roles/function.json".to_owned(), file)].into();
    let vars = [
        ("own".to_owned(), json!(1)),
        ("sandbox".to_owned(), json!("other")),
    ]
    .into();
    let (set, findings) = TemplateSet::read(RuleBook::built_in().unwrap(), &sources, &files, &vars);
    assert_eq!(findings, []);
    let role = set.base(RoleKind::Function).unwrap();
    let document = set.document(role, Part::Policy, &run(), &[]).unwrap().unwrap();
    let resource = document.policy.statement[0].resource.clone().unwrap();
    assert!(resource.values().iter().eq(["dev", "1"]));
}

#[test]
fn a_value_given_to_a_partial_is_there_under_its_name() {
    let render = |partial: &str| {
        rendered(
            &naming("\"{{> p own='x' team='y'}}\""),
            &[("partials/p.json", partial)],
        )
    };
    let written = |partial: &str| {
        render(partial).unwrap().policy.statement[0]
            .resource
            .clone()
            .unwrap()
    };
    let expected = |text: &str| {
        crate::policy::Resource::In(crate::policy::Values::One(crate::policy::Scalar::Text(
            text.to_owned(),
        )))
    };
    assert_eq!(written("{{own}}{{team}}{{@root.team}}"), expected("xypayments"));
    assert_eq!(written("{{#each queues}}{{../own}}{{/each}}"), expected("xx"));
    let told = render("{{#each queues}}{{own}}{{/each}}").unwrap_err();
    assert!(
        told.starts_with("partials/p.json:1:17 unknown-variable: "),
        "{told}"
    );
    assert!(told.ends_with("write `../own`"), "{told}");
    let many: Vec<(String, Value)> = (0..100).map(|n| (format!("v{n}"), json!(n))).collect();
    let mut values = run();
    values.extend(many);
    let told = world(&[("base/roles/function.json", "{{nothing_like_it}}")])
        .render(&values)
        .unwrap_err();
    assert!(told.ends_with(" and others") && told.len() < 600, "{told}");
}

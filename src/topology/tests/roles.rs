//! What functions say of their roles.

use super::*;

/// A topology with functions in directories, and texts that are role files: the reading, with each
/// role file found at the path that its name is.
fn reading(text: &str, directories: &[(&str, &str)], files: &[&str]) -> (Sources, Reading) {
    let (mut sources, mut project) = project(text, directories);
    let named: Vec<FileId> = files
        .iter()
        .map(|name| sources.add(*name, "{{no}} yaml: ["))
        .collect();
    let at = |name: String| files.iter().position(|file| *file == name).map(|at| named[at]);
    for said in project.topologies[0]
        .functions
        .iter()
        .map(|function| function.file)
        .chain([project.topologies[0].main])
    {
        for name in files {
            let stem = name.trim_end_matches(".json");
            let found = RoleFileIds {
                policy: at((*name).to_owned()).unwrap(),
                topology: at(format!("{stem}.topology.json")),
                trust: at(format!("{stem}.trust.json")),
                managed: at(format!("{stem}.managed.json")),
            };
            project.documents.resolve_role_file(said, *name, Ok(found));
        }
    }
    let reading = parse(&sources, &project, &integrations());
    (sources, reading)
}

/// The roles of the functions of a sound topology, a line each, with the place of each part.
fn roles(text: &str, directories: &[(&str, &str)], files: &[&str]) -> Vec<String> {
    let (sources, reading) = reading(text, directories, files);
    let [topology] = &reading.topologies[..] else {
        panic!("{:#?}", reading.diagnostics)
    };
    assert_eq!(reading.diagnostics, []);
    let place = |span: &Span| {
        let (row, column) = sources.line_and_column(span.file, span.range.start);
        format!("{}:{row}:{column}", sources.name(span.file))
    };
    let text = |text: &Located<Text>| format!("{} at {}", text.value, place(&text.span));
    let file = |files: &Located<RoleFileIds>| {
        let names: Vec<&str> = files.value.files().map(|file| sources.name(file)).collect();
        format!("{} at {}", names.join("+"), place(&files.span))
    };
    let line = |(name, role): (&String, &FunctionRole)| {
        let parts = [
            role.provided.as_ref().map(|role| format!(" role {}", text(role))),
            role.file.as_ref().map(|role| format!(" file {}", file(role))),
            role.name.as_ref().map(|role| format!(" name {}", text(role))),
        ];
        format!("{name}:{}", parts.into_iter().flatten().collect::<String>())
    };
    topology.roles.iter().map(line).collect()
}

fn faults(text: &str, directories: &[(&str, &str)], files: &[&str]) -> Vec<String> {
    let (sources, reading) = reading(text, directories, files);
    let faults: Vec<String> = reading.diagnostics.iter().map(|d| finding(&sources, d)).collect();
    assert_eq!(reading.topologies.is_empty(), !faults.is_empty(), "{faults:?}");
    faults
}

#[test]
fn a_function_says_its_role_in_the_topology() {
    let text = "\
name: a
functions:
  f: { runtime: { role: 'team-{{env}}-{{sandbox}}' } }
  g: { runtime: { role_file: r.json, role_name: '{{namespace}}-g-{{sandbox}}' } }
  h: { runtime: { role_name: h } }
  i: { runtime: { role: , role_file: ~, role_name: null } }
  j: { runtime: python3.11 }
";
    assert_eq!(
        roles(text, &[], &["r.json", "r.trust.json"]),
        [
            "f: role team-{{env}}-{{sandbox}} at topology.yml:3:25",
            "g: file r.json+r.trust.json at topology.yml:4:30 name {{namespace}}-g-{{sandbox}} at topology.yml:4:49",
            "h: name h at topology.yml:5:30",
        ]
    );
}

#[test]
fn the_files_beside_a_role_file_belong_to_it() {
    let text = "name: a\nfunctions: { f: { runtime: { role_file: r.json } } }\n";
    let files = [
        "r.json",
        "r.managed.json",
        "r.topology.json",
        "r.trust.json",
        "s.trust.json",
    ];
    assert_eq!(
        roles(text, &[], &files),
        ["f: file r.json+r.topology.json+r.trust.json+r.managed.json at topology.yml:2:41"]
    );
}

#[test]
fn a_function_says_its_role_in_a_file_of_its_own() {
    let directories = [
        ("f", "name: packer\nruntime:\n  role: team\n"),
        ("g", "{\"name\": \"g\", \"runtime\": {\"role_file\": \"r.json\"}}"),
        ("h", ""),
    ];
    assert_eq!(
        roles("name: a\n", &directories, &["r.json"]),
        [
            "g: file r.json at g/function.yml:1:40",
            "packer: role team at f/function.yml:3:9",
        ]
    );
}

#[test]
fn the_file_of_a_function_that_the_topology_declares_counts_where_the_topology_says_nothing() {
    let directories = [("f", "runtime: { role_file: r.json, role_name: theirs }\n")];
    let files = ["r.json", "s.json"];
    assert_eq!(
        roles("name: a\nfunctions: { f: {} }\n", &directories, &files),
        ["f: file r.json at f/function.yml:1:23 name theirs at f/function.yml:1:42"]
    );
    let text = "name: a\nfunctions: { f: { runtime: { role_file: s.json } } }\n";
    assert_eq!(
        roles(text, &directories, &files),
        ["f: file s.json at topology.yml:2:41 name theirs at f/function.yml:1:42"]
    );
}

#[test]
fn the_role_of_a_shared_function_is_said_in_its_directory() {
    let text = "name: a\nfunctions: { f: { uri: ../f }, g: { uri: ../f, runtime: { role: own } } }\n";
    let (sources, mut project) = project(text, &[("f", "runtime: { role: theirs }\n")]);
    let input = &mut project.topologies[0];
    input.functions[0].uri = Some("../f".to_owned());
    let reading = parse(&sources, &project, &integrations());
    let roles = &reading.topologies[0].roles;
    let provided = |name: &str| roles[name].provided.as_ref().unwrap().value.to_string();
    assert_eq!(
        (provided("f"), provided("g")),
        ("theirs".to_owned(), "own".to_owned())
    );
}

#[test]
fn a_function_that_stands_alone_says_its_role() {
    let mut sources = Sources::new();
    let file = sources.add("function.yml", "name: f\nruntime: { role: team }\n");
    let function = FunctionDirectory {
        name: "f".to_owned(),
        uri: None,
        file,
        form: FunctionForm::Spec,
    };
    let input = Input {
        form: Form::Function,
        ..Input::new(file, vec![function])
    };
    let reading = parse(&sources, &Project::of(&sources, vec![input]), &integrations());
    let role = &reading.topologies[0].roles["f"];
    assert_eq!(role.provided.as_ref().unwrap().value, Text::literal("team"));
}

#[test]
fn of_the_arn_of_a_role_in_this_account_the_name_counts() {
    for arn in [
        "arn:aws:iam::{{account}}:role/team-{{sandbox}}",
        "arn:aws:iam::{{ acc }}:role/team-{{sandbox}}",
        "arn:aws-cn:iam::{{account}}:role/a/b/team-{{sandbox}}",
    ] {
        let text = format!("name: a\nfunctions: {{ f: {{ runtime: {{ role: '{arn}' }} }} }}\n");
        assert_eq!(
            roles(&text, &[], &[]),
            ["f: role team-{{sandbox}} at topology.yml:2:36"],
            "{arn}"
        );
    }
}

#[test]
fn a_role_that_cannot_be_is_an_error_at_its_place() {
    let of = |runtime: &str| {
        let text = format!("name: a\nfunctions: {{ f: {{ runtime: {{ {runtime} }} }} }}\n");
        faults(&text, &[], &[]).join("\n")
    };
    assert_eq!(
        of("role: 'arn:aws:iam::123456789012:role/x'"),
        "2:36 error outside-sandbox: `arn:aws:iam::123456789012:role/x` names account `123456789012`, which need not be the sandbox's (write `{{account}}` for the account, or the name of the role alone)"
    );
    for arn in [
        "arn:aws:iam::{{account}}:user/x",
        "arn:aws:sts::{{account}}:role/x",
        "arn:aws:iam:us-east-1:{{account}}:role/x",
        "arn:aws:iam",
    ] {
        assert_eq!(
            of(&format!("role: '{arn}'")),
            format!(
                "2:36 error invalid-name: `{arn}` is not the ARN of a role (a role has the ARN `arn:aws:iam::{{{{account}}}}:role/NAME`)"
            ),
        );
    }
    for name in [
        "a/b",
        "*",
        "a b",
        "a?",
        "é",
        "${a}",
        "arn:aws:iam::{{account}}:role/a/",
    ] {
        let found = of(&format!("role: '{name}'"));
        let message = format!(
            "2:36 error invalid-name: `{}` cannot be the name of a role",
            name.escape_debug()
        );
        assert!(found.starts_with(&message), "{found}");
    }
    for key in ["role", "role_file", "role_name"] {
        let at = 36 + key.len() - "role".len();
        for (value, what) in [
            ("[x]", "a list"),
            ("{a: b}", "a map"),
            ("7", "a number"),
            ("true", "a flag"),
        ] {
            let found = of(&format!("{key}: {value}"));
            let message = format!("2:{at} error wrong-type: `{key}` must be text, not {what}");
            assert!(found.starts_with(&message), "{found}");
        }
        let empty = format!("2:{at} error invalid-name: `{key}` is empty");
        assert!(of(&format!("{key}: ' '")).starts_with(&empty));
    }
    let unknown = of("role_name: '{{sandbx}}-x'");
    assert!(
        unknown.starts_with("2:42 error unknown-variable: unknown variable `sandbx`"),
        "{unknown}"
    );
}

#[test]
fn a_role_that_somebody_else_keeps_contradicts_one_of_its_own() {
    let text = "name: a\nfunctions: { f: { runtime: { role: x, role_file: r.json, role_name: y } } }\n";
    let help = |key: &str, role: &str| {
        format!(
            "`role` names a role that somebody else keeps, at {role}, and `{key}` is of a role of the function's own: remove one of the two"
        )
    };
    assert_eq!(
        faults(text, &[], &["r.json"]),
        [
            format!(
                "2:50 error contradiction: `role_file` contradicts `role` ({})",
                help("role_file", "topology.yml:2")
            ),
            format!(
                "2:69 error contradiction: `role_name` contradicts `role` ({})",
                help("role_name", "topology.yml:2")
            ),
        ]
    );
    let declared = "name: a\nfunctions: { f: { runtime: { role_name: y } } }\n";
    assert_eq!(
        faults(declared, &[("f", "runtime: { role: x }\n")], &[]),
        [format!(
            "2:41 error contradiction: `role_name` contradicts `role` ({})",
            help("role_name", "f/function.yml:1")
        )]
    );
}

#[test]
fn a_role_file_that_is_not_there_is_an_error_with_the_reason() {
    let text = "name: a\nfunctions: { f: { runtime: { role_file: r.json } } }\n";
    let (sources, mut project) = project(text, &[]);
    let help =
        "(a path of `role_file` starts at the directory of the file that says it, else at the topology's)";
    let said = |project: &Project| {
        let reading = parse(&sources, project, &integrations());
        assert!(reading.topologies.is_empty());
        finding(&sources, &reading.diagnostics[0])
    };
    assert_eq!(
        said(&project),
        format!("2:41 error missing-file: `r.json` leads nowhere: it was not read {help}")
    );
    let main = project.topologies[0].main;
    let reason = Err("there is no file `r.json`".to_owned());
    project.documents.resolve_role_file(main, "r.json", reason);
    assert_eq!(
        said(&project),
        format!("2:41 error missing-file: `r.json` leads nowhere: there is no file `r.json` {help}")
    );
}

#[test]
fn the_outline_names_the_role_files_with_the_texts_that_say_them() {
    let text = "name: a\nfunctions: { f: { runtime: { role_file: ' r.json ' } }, g: { runtime: x }, h: !include h.yml }\n";
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    let other = sources.add("h.yml", "runtime: { role_file: s.json }\n");
    let mut project = Project::of(&sources, vec![Input::new(main, Vec::new())]);
    project.documents.resolve(main, "h.yml", Ok(other));
    let outline = project.documents.outline(&sources, main);
    assert_eq!(
        outline.role_files,
        [(main, "r.json".to_owned()), (other, "s.json".to_owned())]
    );
    assert_eq!(
        project.documents.named_role_file(other),
        Some("s.json".to_owned())
    );
    assert_eq!(project.documents.named_role_file(main), None);
}

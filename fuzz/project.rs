//! Bytes in, a project out, and what must hold of reading it, whatever it is.
//!
//! The fuzz targets and the normal test of their corpus share this file, and call a function of
//! it each: [`read_project`], [`read_definition`]. Both panic where a rule is broken.

use std::collections::{BTreeMap, BTreeSet};

use tcperm::diagnostic::{Diagnostic, FileId, Located, Sources, Span};
use tcperm::grants::{
    Answer, Derivation, Derived, ExplicitGrant, GrantTarget, Matrix, Options, Scope, derive,
};
use tcperm::intent::{Choice, Needs, Recipes, assign, demand, role};
use tcperm::model::{AccountId, Context, Region, RoleId, RoleKind, Sandbox};
use tcperm::template::{RoleTemplate, RuleBook, TemplateSet};
use tcperm::topology::{
    Form, FunctionDirectory, FunctionForm, FunctionRole, Input, Integrations, Macro, Project, Reading,
    RoleFileIds, Text, Topology, parse,
};

#[path = "holders.rs"]
mod holders;
#[path = "roles.rs"]
mod roles;

pub use holders::{check_holders, functions};
use roles::check_role;

/// The most files that a project has here.
const MAX_FILES: usize = 16;

/// The file that says what the team grants beside the topology: a line `ROLE CAPABILITY PART/PART`
/// a grant, or `tagged KIND`.
const OPTIONS: &str = "options.txt";

/// The topology around a definition.
const AROUND: &str = "name: shop\nfunctions: { packer: {}, label: {} }\nqueues: { returns: {} }\n\
                      events: { Placed: { producer: packer, state: shop } }\n";

/// Reads bytes as the files of a project.
///
/// A line `--- name.yml` begins a file of that name; what stands before the first is
/// `topology.yml`. A path leads to the file that it names, from the directory of the file it
/// stands in: nothing else is ever reached. `options.txt` grants beside the topology.
#[allow(dead_code, reason = "each target uses one of the two")]
pub fn read_project(bytes: &[u8]) {
    check(&String::from_utf8_lossy(bytes));
}

/// Reads bytes as the definition of a state machine: brought in by a macro, and named by a path.
#[allow(dead_code, reason = "each target uses one of the two")]
pub fn read_definition(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if text.lines().any(|line| marker(line).is_some()) {
        return;
    }
    check(&format!(
        "{AROUND}states: !include machine.yml\n--- machine.yml\n{text}"
    ));
    check(&format!(
        "{AROUND}mode: Standard\nflow: machine.json\n--- machine.json\n{text}"
    ));
}

/// What must hold of every project.
fn check(text: &str) {
    let files = files(text);
    let (sources, project) = project(&files);
    let options = options(&sources, &files);
    let reading = parse(&sources, &project, integrations());
    check_reading(&sources, &project, &reading);
    let rules = RuleBook::built_in().expect("the templates are sound");
    let context = context();
    let set = no_templates(rules);
    let mut needs: BTreeMap<RoleId, Needs> = BTreeMap::new();
    for topology in &reading.topologies {
        let assignment = assign(topology, (&set, &sources), &context, None);
        for finding in &assignment.diagnostics {
            check_finding(&sources, finding);
        }
        let graphql_apis = BTreeMap::from([(topology.name.value.clone(), "api123".to_owned())]);
        let derivation = Derivation {
            rules,
            matrix: matrix(),
            context: &context,
            graphql_apis: &graphql_apis,
            options: &options,
            apart: &assignment.apart(),
        };
        let derived = derived(derivation, topology);
        check_holders(
            Derivation {
                options: &Options::default(),
                ..derivation
            },
            topology,
            &functions(topology),
        );
        for finding in &derived.diagnostics {
            check_finding(&sources, finding);
        }
        check_targets(&derived);
        check_explanations(&sources, &derived);
        let namespace = &topology.name.value;
        let of = (namespace, &derived);
        // A role of a function's own says what its file says.
        let Ok(demand) = demand(
            derivation,
            recipes(rules, &set, &assignment.files),
            &assignment,
            of,
        ) else {
            assert!(!assignment.files.is_empty(), "what is derived has templates");
            continue;
        };
        for (id, share) in demand.shares.iter().filter(|(id, _)| id.owner.is_none()) {
            needs.entry(id.clone()).or_default().join(namespace, share.into());
        }
    }
    let no_files = BTreeMap::new();
    let recipes = recipes(rules, &set, &no_files);
    for (id, needs) in &needs {
        let role = role(recipes, &context, (id, recipes.of(id, None)), needs)
            .expect("what is derived has templates");
        check_role(&role, &context, id.kind);
    }
}

/// The templates of a team that keeps none.
fn no_templates(rules: &'static RuleBook) -> TemplateSet {
    TemplateSet::read(rules, &Sources::new(), &BTreeMap::new(), &BTreeMap::new()).0
}

fn recipes<'a>(
    rules: &'static RuleBook,
    set: &'a TemplateSet,
    files: &'a BTreeMap<RoleId, RoleTemplate>,
) -> Recipes<'a> {
    Recipes {
        rules,
        set,
        files,
        boundary: None,
        abac: false,
        choice: Choice::Strongest,
    }
}

/// Where the roles are to stand.
fn context() -> Context {
    let region = Region::parse("us-west-2").expect("a region");
    Context {
        partition: region.partition(),
        account: AccountId::parse("123456789012").expect("an account"),
        region,
        sandbox: Sandbox::parse("dev").expect("a sandbox"),
        profile: None,
        event_bus: "default".to_owned(),
        assets: tcperm::model::Assets::default(),
    }
}

/// What `options.txt` says: as a configuration would, which takes only what the matrix offers.
fn options(sources: &Sources, files: &[(String, String)]) -> Options {
    let mut options = Options::default();
    let file = sources.files().zip(files).find(|(_, (name, _))| name == OPTIONS);
    let Some((file, (_, text))) = file else {
        return options;
    };
    let span = Span { file, range: 0..0 };
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["tagged", kind] if matrix().taggable().contains(kind) => {
                options.tagged.insert((*kind).to_owned());
            }
            [role, capability, on @ ..] => options.grants.extend(grant(role, capability, on, &span)),
            _ => {}
        }
    }
    options
}

fn grant(bearer: &str, capability: &str, on: &[&str], span: &Span) -> Option<ExplicitGrant> {
    let role = RoleKind::ALL
        .into_iter()
        .find(|kind| kind.to_string() == bearer)?;
    matrix().offered(role, capability)?;
    let known = matrix().capabilities.get(capability)?;
    let target = |written: &&str| {
        let parts = known.parts();
        let pieces: Vec<&str> = written.splitn(parts.len(), '/').collect();
        let has_all = pieces.len() == parts.len() && pieces.iter().all(|piece| !piece.is_empty());
        let texts = pieces
            .into_iter()
            .map(Text::parse)
            .collect::<Result<Vec<_>, _>>()
            .ok()?;
        has_all.then(|| Located::new(parts.into_iter().zip(texts).collect(), span.clone()))
    };
    let on: Vec<_> = on.iter().filter_map(target).collect();
    (on.is_empty() != (known.scope == Scope::Exact)).then(|| ExplicitGrant {
        role,
        capability: capability.to_owned(),
        on,
        topologies: None,
        span: span.clone(),
    })
}

/// The names and texts of the files.
fn files(text: &str) -> Vec<(String, String)> {
    let mut files = vec![("topology.yml".to_owned(), String::new())];
    for line in text.split_inclusive('\n') {
        match marker(line) {
            Some(_) if files.len() == MAX_FILES => break,
            Some(name) => files.push((normal(name), String::new())),
            None => files.last_mut().expect("there is a first").1.push_str(line),
        }
    }
    if files.len() > 1 && files[0].1.is_empty() {
        files.remove(0);
    }
    let mut names = BTreeSet::new();
    files.retain(|(name, _)| names.insert(name.clone()));
    files
}

/// The name of the file that a line begins.
fn marker(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("--- ")?;
    let is_name = name.contains('.') && name.len() < 80;
    let holds_well = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    (is_name && holds_well).then_some(name)
}

/// The project that files are.
fn project(files: &[(String, String)]) -> (Sources, Project) {
    let mut sources = Sources::new();
    let mut by_name = BTreeMap::new();
    for (name, text) in files {
        by_name.insert(name.as_str(), sources.add(name.as_str(), text.as_str()));
    }
    let topologies = by_name
        .iter()
        .filter(|(name, _)| file_name(name) == "topology.yml");
    let mains: Vec<(&str, FileId)> = topologies.map(|(name, file)| (*name, *file)).collect();
    let mut project = Project::of(&sources, Vec::new());
    let main_names = mains.iter().map(|(name, _)| *name);
    let alone = ["function.yml"]
        .into_iter()
        .filter(|name| mains.is_empty() && by_name.contains_key(name));
    for main in main_names.chain(alone) {
        resolve(&sources, &mut project, &by_name, main);
    }
    project.topologies = mains
        .iter()
        .map(|(name, _)| input(&sources, &project, &by_name, name))
        .collect();
    if let (true, Some(file)) = (mains.is_empty(), by_name.get("function.yml")) {
        let directory = FunctionDirectory {
            name: "function".to_owned(),
            uri: None,
            file: *file,
            form: FunctionForm::Spec,
        };
        project.topologies.push(Input {
            form: Form::Function,
            ..Input::new(*file, vec![directory])
        });
    }
    (sources, project)
}

/// Says where the paths of role files lead: in the directory of the file that names them, else in
/// the topology's.
fn resolve_role_files(
    sources: &Sources,
    project: &mut Project,
    by_name: &BTreeMap<&str, FileId>,
    main: &str,
) {
    let mut named = project.documents.outline(sources, by_name[main]).role_files;
    for file in by_name.values() {
        let path = project.documents.named_role_file(*file);
        named.extend(path.map(|path| (*file, path)));
    }
    for (said, path) in named {
        let places = [directory(sources.name(said)), directory(main)];
        let name = places
            .map(|place| joined(place, &path))
            .into_iter()
            .find(|name| by_name.contains_key(name.as_str()));
        let found = name.map(|name| {
            let stem = name.strip_suffix(".json").unwrap_or(&name).to_owned();
            let beside = |what: &str| by_name.get(format!("{stem}.{what}.json").as_str()).copied();
            RoleFileIds {
                policy: by_name[name.as_str()],
                topology: beside("topology"),
                trust: beside("trust"),
                managed: beside("managed"),
            }
        });
        let found = found.ok_or_else(|| "there is no such file".to_owned());
        project.documents.resolve_role_file(said, path, found);
    }
}

/// Says where all paths of a topology lead.
fn resolve(sources: &Sources, project: &mut Project, by_name: &BTreeMap<&str, FileId>, main: &str) {
    let found = |path: &str| {
        let file = by_name.get(path).copied();
        file.ok_or_else(|| "there is no such file".to_owned())
    };
    let main_file = by_name[main];
    for (name, file) in by_name {
        let mentions = project
            .documents
            .get(*file)
            .map(|document| document.mentions().to_vec());
        for mention in mentions.unwrap_or_default() {
            let (base, from) = match mention.by {
                Macro::Include => (*file, *name),
                Macro::Read | Macro::Mutations => (main_file, main),
            };
            let found = found(&joined(directory(from), &mention.path));
            project.documents.resolve(base, mention.path, found);
        }
    }
    if let Some(path) = project.documents.outline(sources, main_file).definition {
        let found = found(&joined(directory(main), &path));
        project.documents.resolve(main_file, path, found);
    }
    resolve_role_files(sources, project, by_name, main);
}

/// A topology with the functions in the directories beside it, and those that it shares.
fn input(sources: &Sources, project: &Project, by_name: &BTreeMap<&str, FileId>, main: &str) -> Input {
    let outline = project.documents.outline(sources, by_name[main]);
    let here = directory(main);
    let mut functions = Vec::new();
    let roots: Vec<String> = outline
        .function_dirs
        .iter()
        .map(|path| joined(here, path))
        .collect();
    for (name, file) in by_name {
        let form = match file_name(name) {
            "function.yml" | "function.json" => FunctionForm::Spec,
            "handler.py" => FunctionForm::Marker,
            _ => continue,
        };
        let place = directory(name);
        let lies_in = directory(place);
        if !place.is_empty() && (lies_in == here || roots.iter().any(|root| root == lies_in)) {
            let name = file_name(place).to_owned();
            let (uri, file) = (None, *file);
            functions.push(FunctionDirectory {
                name,
                uri,
                file,
                form,
            });
        }
    }
    for uri in outline.shared {
        let place = joined(here, &uri);
        if let Some(file) = by_name.get(joined(&place, "function.yml").as_str()) {
            functions.push(FunctionDirectory {
                name: file_name(&place).to_owned(),
                uri: Some(uri),
                file: *file,
                form: FunctionForm::Spec,
            });
        }
    }
    let infra = joined(here, outline.infra.as_deref().unwrap_or("."));
    Input {
        schedules: by_name.get(joined(&infra, "schedules.json").as_str()).copied(),
        ..Input::new(by_name[main], functions)
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

fn joined(directory: &str, path: &str) -> String {
    normal(&format!("{directory}/{path}"))
}

/// A path without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reading is total, says whom a finding is about, and says the same again.
fn check_reading(sources: &Sources, project: &Project, reading: &Reading) {
    let is_error = reading.diagnostics.iter().any(Diagnostic::is_error);
    if !project.topologies.is_empty() {
        assert_eq!(
            reading.topologies.is_empty(),
            is_error,
            "topologies and errors exclude each other: {:#?}",
            reading.diagnostics
        );
    }
    for finding in &reading.diagnostics {
        assert!(finding.span.is_some(), "{finding:?} has a place");
        check_finding(sources, finding);
    }
    let again = parse(sources, project, integrations());
    assert_eq!(
        again.diagnostics, reading.diagnostics,
        "reading says the same again"
    );
    let edges = |reading: &Reading| -> Vec<_> {
        reading
            .topologies
            .iter()
            .map(|t| (t.entities.clone(), t.edges.clone(), t.roles.clone()))
            .collect()
    };
    assert_eq!(edges(&again), edges(reading), "reading gives the same again");
    for topology in &reading.topologies {
        check_roles(topology);
        let spans = topology.entities.iter().map(|entity| &entity.span);
        for span in spans.chain(topology.edges.iter().map(|edge| &edge.span)) {
            assert!(
                sources.text(span.file).get(span.range.clone()).is_some(),
                "{span:?}"
            );
        }
    }
}

/// A role of a function is of a function that is there, and contradicts itself in nothing.
fn check_roles(topology: &Topology) {
    let functions = functions(topology);
    for (name, role) in &topology.roles {
        assert!(functions.contains(name), "{name:?}");
        let is_own = role.file.is_some() || role.name.is_some();
        assert!(role.provided.is_none() || !is_own, "{role:?}");
        assert_ne!(*role, FunctionRole::default(), "{name:?}");
        for text in [&role.provided, &role.name].into_iter().flatten() {
            assert!(
                !text.value.to_string().contains(['*', '?', '/', ':', '$']),
                "{role:?}"
            );
        }
    }
}

fn check_finding(sources: &Sources, finding: &Diagnostic) {
    let texts = [Some(&finding.message), finding.help.as_ref()];
    for text in texts.into_iter().flatten() {
        assert!(
            !text.is_empty() && !text.contains(char::is_control),
            "{finding:?}"
        );
    }
    if let Some(span) = &finding.span {
        let text = sources.text(span.file);
        assert!(
            text.get(span.range.clone()).is_some(),
            "{finding:?} stands outside of {text:?}"
        );
    }
}

fn matrix() -> &'static Matrix {
    Matrix::built_in().expect("the matrix is sound")
}

fn integrations() -> &'static Integrations {
    &matrix().integrations
}

fn derived(derivation: Derivation<'_>, topology: &Topology) -> Derived {
    let derived = derive(derivation, topology).expect("the templates are sound");
    let again = derive(derivation, topology).expect("the templates are sound");
    assert_eq!(again.grants, derived.grants, "deriving gives the same again");
    derived
}

/// An exact grant is a pattern only where its template is one.
fn check_targets(derived: &Derived) {
    let matrix = matrix();
    for grant in &derived.grants {
        let rule = &matrix.capabilities[&grant.capability.id];
        if let GrantTarget::Exact { arn, limits, pattern } = &grant.target {
            let template = rule.arn.as_deref().unwrap_or_default();
            let stars = |text: &str| text.matches('*').count();
            assert!(stars(arn) <= stars(template), "{grant:?}");
            if let Some(pattern) = pattern {
                assert_eq!(stars(pattern), stars(arn) + 1, "{grant:?}");
                assert!(rule.taggable.is_some() && limits.is_empty(), "{grant:?}");
            }
            let of_the_template = |c: char| template.contains(c) && (c == '?' || c == '$');
            let is_wild = |c: char| "?${\"".contains(c) && !of_the_template(c);
            assert!(!arn.contains(|c| c == ' ' && !rule.also.contains(c)), "{grant:?}");
            assert!(!arn.contains(is_wild), "{grant:?}");
            for text in limits.values().flatten() {
                assert!(!text.contains("${"), "{grant:?}");
            }
        } else {
            assert_ne!(rule.scope, Scope::Exact, "{grant:?}");
        }
    }
}

/// Every grant is explained, and every explanation has a place and a reason.
fn check_explanations(sources: &Sources, derived: &Derived) {
    let mut explained = BTreeSet::new();
    for explanation in &derived.explanations {
        let asker = &explanation.asker;
        let text = sources.text(asker.span.file);
        assert!(text.get(asker.span.range.clone()).is_some(), "{asker:?}");
        assert!(!asker.reason.is_empty(), "{asker:?}");
        if let Answer::Granted {
            role,
            function,
            capability,
            arn,
        } = &explanation.answer
        {
            explained.insert((*role, function.clone(), capability.clone(), arn.clone()));
        }
    }
    for grant in &derived.grants {
        let arn = grant.target.arn().map(str::to_owned);
        let key = (grant.role, grant.function.clone(), grant.capability.clone(), arn);
        assert!(explained.contains(&key), "{grant:?} is explained");
        assert!(!grant.asked_by.is_empty(), "{grant:?} was asked for");
    }
}

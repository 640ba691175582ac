//! What reading promises, on whole topologies.

mod asl;
mod bounds;
mod edges;
mod faults;
mod lints;
mod macros;
mod neighbours;
mod references;
mod roles;
mod stores;

use super::*;

/// Reads `topology.yml` alone.
fn read(text: &str) -> Reading {
    read_with(text, &[])
}

/// Reads a topology with function directories: their names and the text of their `function.yml`.
fn read_with(text: &str, directories: &[(&str, &str)]) -> Reading {
    let (sources, project) = project(text, directories);
    parse(&sources, &project, &integrations())
}

/// The table that is built in.
fn integrations() -> Integrations {
    serde_json::from_str(include_str!("../../templates/asl.json")).unwrap()
}

fn project(text: &str, directories: &[(&str, &str)]) -> (Sources, Project) {
    let mut sources = Sources::new();
    let main = sources.add("topology.yml", text);
    let functions = directories
        .iter()
        .map(|(name, text)| FunctionDirectory {
            name: (*name).to_owned(),
            uri: None,
            file: sources.add(format!("{name}/function.yml"), *text),
            form: if text.is_empty() {
                FunctionForm::Marker
            } else {
                FunctionForm::Spec
            },
        })
        .collect();
    let input = Input::new(main, functions);
    let project = Project::of(&sources, vec![input]);
    (sources, project)
}

/// The one topology of a sound text.
fn topology(text: &str) -> Topology {
    let reading = read(text);
    assert_eq!(reading.topologies.len(), 1, "{:#?}", reading.diagnostics);
    reading.topologies.into_iter().next().unwrap()
}

/// The edges of a sound topology, a line each: place, source, target, via, binding.
fn edges(text: &str) -> Vec<String> {
    edges_with(text, &[])
}

fn edges_with(text: &str, directories: &[(&str, &str)]) -> Vec<String> {
    let (sources, project) = project(text, directories);
    let reading = parse(&sources, &project, &integrations());
    let [topology] = &reading.topologies[..] else {
        panic!("{:#?}", reading.diagnostics)
    };
    topology.edges.iter().map(|edge| line(&sources, edge)).collect()
}

fn line(sources: &Sources, edge: &Edge) -> String {
    let (row, column) = sources.line_and_column(edge.span.file, edge.span.range.start);
    let (source, target) = (&edge.source, &edge.target);
    format!(
        "{row}:{column} {} {} -> {} {} {} {}",
        source.kind,
        source.name,
        target.kind,
        target.name,
        serde_json::to_string(&edge.via).unwrap().replace('"', ""),
        binding(&target.binding),
    )
}

fn binding(binding: &Binding) -> String {
    match binding {
        Binding::Tagged(separator) => format!("tagged{}", separator.as_str()),
        Binding::Named(text) => format!("named:{text}"),
        Binding::Event { sources, detail_type } => {
            let sources: Vec<String> = sources.iter().map(Text::to_string).collect();
            format!("event:{}/{detail_type}", sources.join("+"))
        }
        Binding::Field(name) => format!("field:{name}"),
        Binding::Destination => "destination".to_owned(),
        Binding::Values(values) => format!("values:{values:?}"),
        Binding::Unnamed => "unnamed".to_owned(),
    }
}

/// The findings, a line each: place, severity, code, message, help.
fn findings(text: &str) -> Vec<String> {
    findings_with(text, &[])
}

fn findings_with(text: &str, directories: &[(&str, &str)]) -> Vec<String> {
    let (sources, project) = project(text, directories);
    let reading = parse(&sources, &project, &integrations());
    let is_error = reading.diagnostics.iter().any(Diagnostic::is_error);
    assert_eq!(
        is_error,
        reading.topologies.is_empty(),
        "a topology and an error exclude each other"
    );
    reading.diagnostics.iter().map(|d| finding(&sources, d)).collect()
}

fn finding(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.span.as_ref().unwrap();
    let (row, column) = sources.line_and_column(span.file, span.range.start);
    let file = sources.name(span.file).replace("topology.yml", "");
    let severity = format!("{:?}", diagnostic.severity).to_lowercase();
    let (code, message) = (diagnostic.code, &diagnostic.message);
    let known = codes::CODES.iter().find(|known| known.name == code).unwrap();
    assert!(
        known.severities.contains(&diagnostic.severity),
        "{code} is never {severity}"
    );
    assert!(!message.contains('\n') && !message.ends_with('.'), "{message}");
    let help = diagnostic.help.as_ref().unwrap();
    assert!(!help.contains('\n') && !help.ends_with('.'), "{help}");
    assert!(
        sources.text(span.file).get(span.range.clone()).is_some(),
        "the span is within the text"
    );
    format!("{file}{row}:{column} {severity} {code}: {message} ({help})")
}

/// The codes of the findings, each with its place.
fn codes_at(text: &str) -> Vec<String> {
    let short = |line: String| {
        let mut words = line.split(' ');
        let (place, _, code) = (words.next(), words.next(), words.next());
        format!("{} {}", place.unwrap(), code.unwrap().trim_end_matches(':'))
    };
    findings(text).into_iter().map(short).collect()
}

const EXAMPLE: &str = "\
name: orders
routes:
  /api/orders: { method: POST, function: intake }
functions:
  intake: { event: OrderPlaced }
  packer: {}
events:
  OrderPlaced: { producer: intake, state: orders }
queues:
  returns: { function: packer }
mode: Standard
states:
  StartAt: Pack
  States:
    Pack:
      Type: Task
      Resource: arn:aws:states:::lambda:invoke
      Parameters: { FunctionName: '{{namespace}}_packer_{{sandbox}}' }
      End: true
";

#[test]
fn the_worked_example_gives_exactly_its_edges() {
    assert_eq!(
        edges(EXAMPLE),
        [
            "3:42 route /api/orders -> function intake integration tagged_",
            "5:20 function intake -> event OrderPlaced destination event:intake/OrderPlaced",
            "5:20 function intake -> transducer transducer destination tagged_",
            "8:28 function intake -> event OrderPlaced producer event:intake/OrderPlaced",
            "8:43 event OrderPlaced -> state orders rule tagged_",
            "10:24 queue returns -> function packer poll named:returns",
            "18:35 state orders -> function packer task tagged_",
        ]
    );
    assert_eq!(findings(EXAMPLE), [""; 0]);
}

#[test]
fn the_worked_example_gives_exactly_its_entities() {
    let topology = topology(EXAMPLE);
    let entities: Vec<String> = topology
        .entities
        .iter()
        .map(|entity| {
            let physical = entity
                .physical
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("{} {} {physical}", entity.kind, entity.name)
        })
        .collect();
    assert_eq!(
        entities,
        [
            "route /api/orders ",
            "function intake {{namespace}}_intake_{{sandbox}}",
            "transducer transducer {{namespace}}_transducer_{{sandbox}}",
            "function packer {{namespace}}_packer_{{sandbox}}",
            "event OrderPlaced tc-{{namespace}}-OrderPlaced-{{sandbox}}",
            "queue returns returns",
            "state orders {{namespace}}_{{sandbox}}",
        ]
    );
    assert_eq!(topology.name.value.as_str(), "orders");
}

#[test]
fn every_code_is_listed_once_in_the_order_of_names() {
    let names: Vec<&str> = CODES.iter().map(|code| code.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
}

//! The README and the guide say what is so.
//!
//! - Every command of a `console` block runs, and what follows it is its real output
//!   ([`console`]). `TCPERM_BLESS=1 cargo test --no-default-features every_command`
//!   writes the output anew.
//! - A `yaml file=…`, `toml file=…` or `json file=…` block is a file that the commands after it
//!   find.
//! - A `mermaid` block holds the file `….mmd` that the command before it writes.
//! - What cannot be run stands in a `sh` block, whose first line says what it needs; tcperm
//!   understands each of its commands all the same.
//! - JSON output is what the schemas in `docs/schemas` say.
//! - Every finding has a section with an example that shows it.
//! - Links lead somewhere.

mod command_line;
mod console;
pub mod markdown;
mod schema;
mod shapes;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use tcperm::diagnostic::Code;

use self::console::Console;
use self::markdown::{Part, blocks, parts};
use crate::support::{entries, file_name, read, root};

/// The languages that a block can have, besides `console`, `sh` and `yaml`.
const SHOWN_ONLY: [&str; 5] = ["text", "json", "ini", "toml", "yaml"];

/// The languages of blocks that can be files.
const FILES: [&str; 3] = ["json", "toml", "yaml"];

/// What the status table of the README speaks of.
const FEATURES: [&str; 42] = [
    "Dynamic mode",
    "Embedded account",
    "AWS",
    "Functions",
    "Events",
    "Routes",
    "Queues",
    "Mutations",
    "Channels",
    "State machines",
    "Stores, tables",
    "Schedules",
    "Pages, pools, triggers",
    "Nested topologies",
    "Macros",
    "Template variables",
    "Configuration file",
    "Grants that no edge asks for: secrets, parameters, keys, tracing …",
    "Tags that the team sets itself: `abac.tagged`",
    "Shared templates",
    "Role overrides: `runtime.role`, `role_file`, `role_name`, role files",
    "Legacy roles",
    "Many topologies in a sandbox",
    "More topologies than a role has room for: merged, widened within the sandbox, or refused",
    "Concurrent runs",
    "Runs that fail, are cut off or killed",
    "Saved plans",
    "Journal of what runs change, `history`",
    "Quotas: `list --quota`, head-room in `create` and `plan`",
    "Every sandbox at once: `--all`",
    "Sandboxes that end: `create --ttl`, `prune`",
    "Policies for the operator and the boundary: `bootstrap-policy`",
    "Terraform",
    "`check`",
    "`explain`",
    "Deciding requests as IAM does, offline",
    "`can`, with `--live`, `--policy`, `--batch`, `--explain-error`",
    "`test`: permission tests, JUnit, `--init`",
    "`prove`, with `--between`, `--no-escalation`, `--live`",
    "`diff`, `create --gate no-broader`",
    "`graph`",
    "`report`",
];

/// Findings that no topology can lead to in this version.
const WITHOUT_EXAMPLE: [&str; 4] = ["no-rule", "tag-too-long", "too-many-tags", "trust-too-large"];

#[test]
fn every_command_in_the_documents_gives_the_output_shown() {
    let bless = is_blessing();
    let mut wrong = Vec::new();
    for path in documents() {
        let text = read(&path);
        let played = replayed(&text);
        if played == text {
            continue;
        }
        if bless {
            write(&path, &played);
        } else {
            wrong.push(format!("{}:{}", name(&path), difference(&text, &played)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n\nif the new output is right: TCPERM_BLESS=1 cargo test --no-default-features every_command",
        wrong.join("\n\n")
    );
}

#[test]
fn every_block_is_run_or_says_what_it_is() {
    for path in documents() {
        for block in blocks(&read(&path)) {
            let at = format!("{}:{}", name(&path), block.line);
            match block.language() {
                "console" => assert!(block.text.starts_with("$ "), "{at}: no command"),
                "sh" => {
                    let needs = block.text.starts_with("# needs ");
                    assert!(needs, "{at}: begin with `# needs …`: why is it not run?");
                    for words in command_line::invocations(&block.text) {
                        let fault = command_line::fault(&words);
                        assert!(fault.is_none(), "{at}: {words:?}: {}", fault.unwrap_or_default());
                    }
                }
                "mermaid" => {}
                language => assert!(SHOWN_ONLY.contains(&language), "{at}: `{language}` is not known"),
            }
            assert!(
                block.file().is_none() || FILES.contains(&block.language()),
                "{at}: only {FILES:?} blocks are files"
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let more = ["CHANGELOG.md", "CONTRIBUTING.md"].map(|name| root().join(name));
    for path in documents().into_iter().chain(more) {
        let text = read(&path);
        for link in markdown::links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => path.clone(),
                file => path.parent().unwrap().join(file),
            };
            let at = name(&path);
            assert!(target.exists(), "{at}: {link} leads nowhere");
            assert!(
                anchor.is_empty()
                    || markdown::anchors(&read(&target))
                        .iter()
                        .any(|known| known == anchor),
                "{at}: {link} leads to no heading"
            );
        }
    }
}

#[test]
fn the_summary_names_every_chapter_once() {
    let mut chapters = markdown::links(&read(&root().join("docs/src/SUMMARY.md")));
    chapters.sort();
    let files: Vec<String> = documents()
        .iter()
        .map(|path| file_name(path))
        .filter(|name| !["README.md", "SUMMARY.md"].contains(&name.as_str()))
        .collect();
    assert_eq!(chapters, files);
}

#[test]
fn the_readme_shows_both_commands_of_a_fresh_machine() {
    let blocks = blocks(&read(&root().join("README.md")));
    let first = "$ cargo run --release -- create -s demo --local -d examples/orders\n";
    let has = |language: &str, line: &str| {
        blocks
            .iter()
            .any(|block| block.language() == language && block.text.contains(line))
    };
    assert!(has("console", first));
    assert!(has("sh", "\n./scripts/test\n"));
}

#[test]
fn the_status_table_says_of_every_feature_whether_it_works() {
    let readme = read(&root().join("README.md"));
    let sections = markdown::sections(&readme, 2);
    let (_, status) = sections.iter().find(|(title, _)| title == "Status").unwrap();
    let rows = markdown::rows(status);
    for row in &rows {
        let [feature, state] = row.as_slice() else {
            panic!("{row:?} has not two cells");
        };
        let known = state == "works" || state == "not yet" || state.starts_with("partly: ");
        assert!(known, "{feature}: `{state}` is no status");
    }
    for feature in FEATURES {
        assert!(rows.iter().any(|row| row[0] == feature), "no row `{feature}`");
    }
}

#[test]
fn every_finding_has_a_section_that_shows_it_and_every_section_is_of_a_finding() {
    let text = read(&root().join("docs/src/diagnostics.md"));
    let sections = markdown::sections(&text, 3);
    let titles: Vec<&str> = sections.iter().map(|(title, _)| title.as_str()).collect();
    let codes = codes();
    assert_eq!(
        titles.iter().copied().collect::<BTreeSet<_>>(),
        codes.iter().map(String::as_str).collect()
    );
    assert_eq!(titles.len(), codes.len(), "a section stands twice");
    for (code, parts) in &sections {
        let heading = format!("[{code}]: ");
        let shown = parts.iter().any(|part| match part {
            Part::Block(block) => block.language() == "console" && block.text.contains(&heading),
            Part::Line(_) => false,
        });
        let expected = !WITHOUT_EXAMPLE.contains(&code.as_str());
        assert_eq!(shown, expected, "{code}: an example that leads to it");
    }
}

#[test]
fn the_section_of_a_finding_says_how_much_it_matters_and_what_it_means() {
    let text = read(&root().join("docs/src/diagnostics.md"));
    let sections = markdown::sections(&text, 3);
    let of_topologies = tcperm::topology::CODES.iter();
    let codes = of_topologies.chain(tcperm::policy::lint::CODES);
    for Code {
        name,
        severities,
        meaning,
    } in codes
    {
        let names: Vec<String> = severities.iter().map(|s| format!("{s:?}")).collect();
        let first = format!("*{}.* {}", names.join(" or "), meaning);
        let (_, parts) = sections.iter().find(|(title, _)| title == name).unwrap();
        let said = parts
            .iter()
            .any(|part| matches!(part, Part::Line(line) if *line == first));
        assert!(said, "{name}: no line `{first}`");
    }
}

#[test]
fn the_guide_shows_the_help_of_every_verb() {
    let text = read(&root().join("docs/src/command-line.md"));
    let shown: Vec<String> = blocks(&text)
        .iter()
        .filter(|block| block.language() == "console")
        .flat_map(|block| console::commands(&block.text))
        .collect();
    for verb in tcperm::cli::Cli::command().get_subcommands() {
        let command = format!("tcperm {} -h", verb.get_name());
        assert!(shown.contains(&command), "`{command}` is not in command-line.md");
    }
}

#[test]
fn the_guide_names_every_variable_that_the_program_reads() {
    let text = read(&root().join("docs/src/command-line.md"));
    let sources = [
        "src/settings.rs",
        "src/cli/arguments.rs",
        "src/cli/create.rs",
        "src/cli/delete.rs",
        "src/cli/session.rs",
    ];
    let mut found = 0;
    for source in sources {
        let code = read(&root().join(source));
        for word in code.split('"').filter(|word| is_variable(word)) {
            found += 1;
            assert!(text.contains(&format!("`{word}`")), "{source} reads {word}");
        }
    }
    assert!(found > 10, "only {found} variables found");
}

#[test]
fn the_guide_names_every_call_that_an_operator_must_be_allowed() {
    let text = read(&root().join("docs/src/operator-permissions.md"));
    let calls: Vec<String> = read(&root().join("src/iam.rs"))
        .lines()
        .filter(|line| line.trim_start().starts_with("///") && line.ends_with("`)."))
        .filter_map(|line| Some(line.rsplit_once('`')?.0.rsplit_once('`')?.1.to_owned()))
        .filter(|call| call.starts_with(char::is_uppercase))
        .collect();
    assert!(calls.len() > 10, "{calls:?}");
    for call in calls {
        let named = ["iam", "sts"]
            .iter()
            .any(|service| text.contains(&format!("`{service}:{call}`")));
        assert!(named, "{call} is not in operator-permissions.md");
    }
}

#[test]
fn the_chapter_on_isolation_names_every_capability_with_an_exception_and_no_other() {
    let text = read(&root().join("docs/src/isolation.md"));
    let sections = markdown::sections(&text, 2);
    let title = "Where sandboxes still meet";
    let (_, parts) = sections.iter().find(|(name, _)| name == title).unwrap();
    let named: Vec<String> = markdown::rows(parts)
        .iter()
        .flat_map(|row| row[3].split(", "))
        .map(|capability| capability.trim_matches('`').to_owned())
        .collect();
    let matrix = read(&root().join("templates/matrix.json"));
    let matrix: serde_json::Value = serde_json::from_str(&matrix).unwrap();
    let excepted: BTreeSet<&str> = matrix["capabilities"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, rule)| rule["exception"].is_string())
        .map(|(capability, _)| capability.as_str())
        .collect();
    assert_eq!(
        named.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        excepted
    );
    assert_eq!(named.len(), excepted.len(), "a capability stands twice");
}

#[test]
fn the_chapter_on_the_topology_language_draws_every_edge_that_a_role_permits() {
    let text = read(&root().join("docs/src/topology-language.md"));
    let arrows: Vec<&str> = text.lines().filter(|line| line.contains(" -->|")).collect();
    let matrix = read(&root().join("templates/matrix.json"));
    let matrix: serde_json::Value = serde_json::from_str(&matrix).unwrap();
    let edges = matrix["edges"].as_array().unwrap();
    for edge in edges {
        for capability in edge["capabilities"].as_array().into_iter().flatten() {
            let capability = capability.as_str().unwrap();
            let drawn = arrows.iter().any(|arrow| {
                let label = arrow.split('"').nth(1).unwrap_or_default();
                label.split(", ").any(|word| word == capability)
            });
            assert!(drawn, "{capability} is at no arrow");
        }
    }
    assert!(edges.len() > 30, "only {} edges", edges.len());
}

#[test]
fn the_chapter_on_state_machines_names_every_call_that_a_state_may_make() {
    let text = read(&root().join("docs/src/state-machines.md"));
    let table = read(&root().join("templates/asl.json"));
    let table: serde_json::Value = serde_json::from_str(&table).unwrap();
    let integrations = table["integrations"].as_array().unwrap();
    for integration in integrations.iter().filter(|one| one.get("place").is_none()) {
        for resource in integration["resources"].as_array().unwrap() {
            let resource = resource.as_str().unwrap();
            let (_, call) = resource.rsplit_once(':').unwrap();
            let named = [format!("`{call}`"), format!(":{call}`")]
                .iter()
                .any(|shown| text.contains(shown));
            assert!(named, "{resource} is not in state-machines.md");
        }
    }
    assert!(
        integrations.len() > 20,
        "only {} integrations",
        integrations.len()
    );
}

/// The README and the chapters of the guide.
fn documents() -> Vec<PathBuf> {
    std::iter::once(root().join("README.md"))
        .chain(entries(&root().join("docs/src")))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// A document with the output that its commands give.
fn replayed(text: &str) -> String {
    let console = Console::new();
    let mut drawing = None;
    let play = |part| match part {
        Part::Block(mut block) => {
            if let Some(file) = block.file() {
                console.write(file, &block.text);
            }
            match block.language() {
                "console" => {
                    block.text = console.replay(&block.text);
                    drawing = console::drawing(&block.text);
                }
                "mermaid" => block.text = console.read(drawing.as_ref().expect("a drawing")),
                _ => {}
            }
            Part::Block(block)
        }
        line @ Part::Line(_) => line,
    };
    let parts: Vec<Part> = parts(text).into_iter().map(play).collect();
    markdown::document(&parts)
}

/// The first line in which two texts differ.
fn difference(shown: &str, real: &str) -> String {
    let lines = shown.lines().map(Some).chain(std::iter::repeat(None));
    let (index, (shown, real)) = lines
        .zip(real.lines().map(Some).chain(std::iter::once(None)))
        .enumerate()
        .find(|(_, (shown, real))| shown != real)
        .unwrap();
    format!(
        "{}\n  shown: {}\n  real:  {}",
        index + 1,
        shown.unwrap_or("(the end)"),
        real.unwrap_or("(the end)")
    )
}

/// The codes of all findings: of reading, of deriving grants, of IAM's limits, of policies.
fn codes() -> BTreeSet<String> {
    let read = tcperm::topology::CODES.iter().map(|code| code.name.to_owned());
    read.chain(constants("src/grants/derive.rs"))
        .chain(constants("src/settings.rs"))
        .chain(constants("src/intent/written.rs"))
        .chain(constants("src/plan/limits.rs"))
        .chain(constants("src/ops/delete.rs"))
        .chain(constants("src/ops/check.rs"))
        .chain(constants("src/ops/templates.rs"))
        .chain(constants("src/ops/testing.rs"))
        .chain(constants("src/intent/assignment.rs"))
        .chain(constants("src/intent/written.rs"))
        .chain(constants("src/template.rs"))
        .chain(constants("src/ops/provided.rs"))
        .chain(constants("src/ops/live.rs"))
        .chain(constants("src/ops/journal.rs"))
        .chain(constants("src/plan/headroom.rs"))
        .chain(
            tcperm::policy::lint::CODES
                .iter()
                .map(|code| code.name.to_owned()),
        )
        .collect()
}

/// The texts of the constants in the module `codes` of a source file.
fn constants(source: &str) -> Vec<String> {
    let text = read(&root().join(source));
    let (_, module) = text.split_once("pub mod codes {").unwrap();
    let (module, _) = module.split_once("\n}").unwrap();
    let value = |line: &str| Some(line.split_once("&str = \"")?.1.split_once('"')?.0.to_owned());
    let values: Vec<String> = module.lines().filter_map(value).collect();
    assert!(!values.is_empty(), "{source} has no codes");
    values
}

/// Whether a text of the sources is the name of a variable of the environment.
fn is_variable(word: &str) -> bool {
    let named = ["TC_", "TCPERM_", "AWS_", "XDG_"]
        .iter()
        .any(|prefix| word.starts_with(prefix));
    (named || ["HOME", "CI", "TERM"].contains(&word))
        && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
fn is_blessing() -> bool {
    std::env::var_os("TCPERM_BLESS").is_some()
}

#[expect(clippy::disallowed_methods, reason = "the output is written anew on request")]
fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

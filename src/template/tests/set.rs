use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::*;
use super::values;
use crate::diagnostic::{Diagnostic, FileId, Sources};

/// A set of files by path, and what is found in it.
pub(super) struct World {
    pub(super) sources: Sources,
    pub(super) set: TemplateSet,
    pub(super) findings: Vec<Diagnostic>,
}

/// The values of a run.
pub(super) fn run() -> Map<String, Value> {
    let mut run = place(&Context::example());
    let own = json!({
        "sandbox_trimmed": "dev", "env": "dev", "profile": "prod-1", "ASSET_BUCKET": "assets", "kind": "function",
        "separator": "_", "variant": "", "ordinal": "", "tagged": false,
        "schedule_groups": ["orders"], "any_schedule_group": false,
    });
    run.extend(own.as_object().unwrap().clone());
    run.insert("grants".to_owned(), grants());
    run
}

/// Each capability once.
fn grants() -> Value {
    let files = BUILT_IN.get_dir("capability").unwrap().files();
    let ids = files.map(|file| file.path().file_stem().unwrap().to_string_lossy().into_owned());
    let mut grants: Map<String, Value> = ids.map(|id| (id, json!([]))).collect();
    for id in ["function.invoke", "event.put"] {
        grants.insert(id.to_owned(), json!([values()]));
    }
    Value::Object(grants)
}

pub(super) fn vars() -> BTreeMap<String, Value> {
    let vars = json!({
        "team": "payments", "strict": true, "limit": 3, "nothing": [],
        "queues": ["in", "out"], "nasty": "a\"b\\c", "pattern": "arn:aws:s3:::*",
    });
    vars.as_object().unwrap().clone().into_iter().collect()
}

pub(super) fn world(files: &[(&str, &str)]) -> World {
    let mut sources = Sources::new();
    let add = |(path, text): &(&str, &str)| ((*path).to_owned(), sources.add(*path, *text));
    let files: BTreeMap<String, FileId> = files.iter().map(add).collect();
    let rules = RuleBook::built_in().unwrap();
    let (set, findings) = TemplateSet::read(rules, &sources, &files, &vars());
    World {
        sources,
        set,
        findings,
    }
}

/// A finding as `path:line:column code: message / help`.
pub(super) fn told(sources: &Sources, finding: &Diagnostic) -> String {
    let span = finding.span.as_ref().unwrap();
    let (line, column) = sources.line_and_column(span.file, span.range.start);
    let help = finding.help.as_deref().unwrap_or("-");
    let name = sources.name(span.file);
    format!(
        "{name}:{line}:{column} {}: {} / {help}",
        finding.code, finding.message
    )
}

impl World {
    pub(super) fn told(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|finding| told(&self.sources, finding))
            .collect()
    }

    /// What the base role of functions renders to.
    pub(super) fn render(&self, values: &Map<String, Value>) -> Result<RenderedDocument, String> {
        assert_eq!(self.told(), Vec::<String>::new());
        let role = self.set.base(RoleKind::Function).unwrap();
        let absent = [("namespace", "a base role serves all topologies of a sandbox")];
        match self.set.document(role, Part::Policy, values, &absent) {
            Ok(document) => Ok(document.unwrap()),
            Err(error) => {
                let told: Vec<String> = error
                    .findings
                    .iter()
                    .map(|finding| told(&self.sources, finding))
                    .collect();
                assert!(!told.is_empty(), "{error}");
                Err(told.join("\n"))
            }
        }
    }
}

/// What a text renders to, as the policy of a base role with these partials.
pub(super) fn rendered(text: &str, partials: &[(&str, &str)]) -> Result<RenderedDocument, String> {
    let mut files = vec![("base/roles/function.json", text)];
    files.extend(partials);
    world(&files).render(&run())
}

/// A document whose one statement names these resources.
pub(super) fn naming(resource: &str) -> String {
    format!(
        "{{\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\", \"Action\": \"service:Action\",\n      \"Resource\": {resource}\n    }}\n  ]\n}}\n"
    )
}

fn resources(text: &str) -> Vec<String> {
    let document = rendered(&naming(text), &[]).unwrap();
    let resource = document.policy.statement[0].resource.clone().unwrap();
    resource.values().iter().map(str::to_owned).collect()
}

#[test]
fn values_helpers_and_loops_stand_in_a_document() {
    assert_eq!(
        resources("\"{{arn 'sqs' 'q-*'}}_{{sandbox}}\""),
        ["arn:aws:sqs:eu-west-1:123456789012:q-*_dev"]
    );
    assert_eq!(
        resources("\"{{global_arn \"iam\" \"role/x\"}}\""),
        ["arn:aws:iam::123456789012:role/x"]
    );
    assert_eq!(
        resources("\"{{bucket_arn team}}/*\""),
        ["arn:aws:s3:::payments/*"]
    );
    assert_eq!(resources("{{json queues}}"), ["in", "out"]);
    assert_eq!(
        resources("[{{#each queues}}\"{{this}}-{{@root.team}}\",{{/each}}]"),
        ["in-payments", "out-payments"]
    );
    assert_eq!(
        resources("\"{{#if (and strict (not nothing))}}a{{else if team}}b{{else}}c{{/if}}\""),
        ["a"]
    );
    assert_eq!(
        resources("\"{{#if nothing}}a{{else if (eq team 'payments')}}b{{else}}c{{/if}}\""),
        ["b"]
    );
    assert_eq!(
        resources("\"{{lookup queues 1}}{{len queues}}{{limit}}{{strict}}{{nasty}}\""),
        ["out23truea\"b\\c"]
    );
    assert_eq!(resources("\"{{queues.[0]}}  {{~ team ~}}  x\""), ["inpaymentsx"]);
}

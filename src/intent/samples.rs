//! What a template of the team's renders to where no topology asks: for a role that holds nothing,
//! and for one that holds all that its kind can.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::values::{self, Values};
use crate::diagnostic::{Diagnostic, Located};
use crate::grants::{Capability, CapabilityRule, Matrix, Scope};
use crate::model::{Arn, Context, Namespace, RoleId, RoleKind};
use crate::template::{
    Part, RenderedDocument, RoleTemplate, RuleBook, Scheduling, TemplateError, TemplateSet, place,
};
use crate::topology::Separator;

/// The text that stands for a name, a condition's value or a part of an ARN.
const SAMPLE: &str = "sample";

/// How much a sample grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Nothing,
    /// All that the kind of role can hold: more than any role does.
    All,
}

/// What a template renders to.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// The documents that came about.
    pub documents: Vec<(Part, Extent, RenderedDocument)>,
    /// The managed policies.
    pub managed: Vec<Located<Arn>>,
    /// What stood in the way of others.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a template renders to for a role of a place, with nothing granted and with everything.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn samples(
    (rules, set): (&RuleBook, &TemplateSet),
    context: &Context,
    (id, template): (&RoleId, &RoleTemplate),
) -> Result<Samples, TemplateError> {
    let sampling = Sampling {
        rules,
        matrix: Matrix::built_in()?,
        context,
        id,
        tagged: false,
    };
    let Ok(namespace) = Namespace::parse(SAMPLE) else {
        return Ok(Samples::default());
    };
    let owner = id.owner.as_ref().map_or(&namespace, |owner| &owner.namespace);
    let none = Scheduling::Groups(BTreeSet::new());
    let one = Scheduling::Groups(BTreeSet::from([owner]));
    let mut samples = Samples::default();
    let mut render = |part: Part, extent: Extent, values: &Values| match set.document(
        template,
        part,
        &values.map,
        &values.absent,
    ) {
        Ok(document) => samples
            .documents
            .extend(document.map(|document| (part, extent, document))),
        Err(error) => samples.diagnostics.extend(error.findings),
    };
    for (extent, scheduling) in [(Extent::Nothing, &none), (Extent::All, &one)] {
        let values = sampling.shared(extent)?.scheduling(scheduling);
        render(Part::Policy, extent, &values);
        render(Part::Trust, extent, &values);
        render(Part::Topology, extent, &sampling.of_topology(extent, owner)?);
    }
    let tagged = Sampling {
        tagged: true,
        ..sampling
    };
    render(
        Part::Topology,
        Extent::All,
        &tagged.of_topology(Extent::All, owner)?,
    );
    let values = sampling.shared(Extent::All)?.scheduling(&Scheduling::Any);
    render(Part::Trust, Extent::All, &values);
    match set.managed(template, &values.map, &values.absent) {
        Ok(managed) => samples.managed = managed.unwrap_or_default(),
        Err(error) => samples.diagnostics.extend(error.findings),
    }
    Ok(samples)
}

/// The id of a capability, and the values of a statement.
type Granted = (String, Map<String, Value>);

#[derive(Clone, Copy)]
struct Sampling<'a> {
    rules: &'a RuleBook,
    matrix: &'a Matrix,
    context: &'a Context,
    id: &'a RoleId,
    /// Whether the team tags what it can.
    tagged: bool,
}

impl Sampling<'_> {
    /// The values of what serves all topologies.
    fn shared(&self, extent: Extent) -> Result<Values, TemplateError> {
        let mut values = Values::of(self.context, self.id);
        let granted = self.granted(extent, |scope| scope != Scope::Exact)?;
        let holds = |scope| scope != Scope::Exact;
        values.set("grants", values::grants(self.matrix, holds, granted));
        Ok(values)
    }

    /// The values of what is rendered for one topology.
    fn of_topology(&self, extent: Extent, namespace: &Namespace) -> Result<Values, TemplateError> {
        let mut values = Values::of(self.context, self.id).of_topology(namespace);
        let granted = self.granted(extent, |_| true)?;
        values.set("grants", values::grants(self.matrix, |_| true, granted));
        Ok(values)
    }

    /// What is granted, with the values of each statement.
    fn granted(&self, extent: Extent, holds: impl Fn(Scope) -> bool) -> Result<Vec<Granted>, TemplateError> {
        let mut granted = Vec::new();
        if extent == Extent::Nothing {
            return Ok(granted);
        }
        for (id, rule) in held(self.matrix, self.id.kind) {
            if rule.scope == Scope::Trust || !holds(rule.scope) {
                continue;
            }
            let forms = match rule.scope {
                Scope::Exact => self.exact(rule)?,
                scope if scope.has_names() => self.named(id, &[Separator::Underscore, Separator::Hyphen]),
                _ => self.named(id, &[Separator::Underscore]),
            };
            granted.extend(forms.into_iter().map(|values| (id.to_owned(), values)));
        }
        Ok(granted)
    }

    fn named(&self, id: &str, separators: &[Separator]) -> Vec<Map<String, Value>> {
        let form = |separator: &Separator| values::form_of(self.context, &Capability::new(id, *separator));
        separators.iter().map(form).collect()
    }

    /// The values of the statements on sample targets: of all together, or of two where each has one of
    /// its own.
    fn exact(&self, rule: &CapabilityRule) -> Result<Vec<Map<String, Value>>, TemplateError> {
        let Some(template) = &rule.arn else {
            return Ok(Vec::new());
        };
        let arn = self.rules.line(template, &self.parts(template))?;
        let mut values = place(self.context);
        let is_tagged = self.tagged && rule.taggable.is_some();
        values.insert("ordinal".to_owned(), Value::from(""));
        values.insert("tagged".to_owned(), Value::from(is_tagged));
        if rule.limits.is_empty() {
            values.insert("arns".to_owned(), Value::from(vec![arn]));
            return Ok(vec![values]);
        }
        values.insert("arn".to_owned(), Value::from(arn));
        let limits = rule.limits.iter();
        values.extend(limits.map(|limit| (limit.clone(), Value::from(vec![SAMPLE]))));
        let mut second = values.clone();
        second.insert("ordinal".to_owned(), Value::from("2"));
        Ok(vec![values, second])
    }

    /// A value for each part of an ARN.
    fn parts(&self, template: &str) -> Map<String, Value> {
        let mut parts = place(self.context);
        // What `reach` speaks of is a path below a bucket.
        let name = if template.contains("reach") {
            format!("{SAMPLE}/{SAMPLE}/")
        } else {
            format!("{SAMPLE}_{}", self.context.sandbox)
        };
        parts.insert("reach".to_owned(), Value::from("below"));
        let names = template.split("{{").skip(1);
        for part in names.filter_map(|rest| rest.split_once("}}").map(|(part, _)| part)) {
            parts.entry(part).or_insert_with(|| Value::from(name.as_str()));
        }
        parts
    }
}

/// The capabilities that the role of a kind can hold, each with its rule.
fn held(matrix: &Matrix, kind: RoleKind) -> BTreeMap<&str, &CapabilityRule> {
    let ids = matrix.of_role(kind).into_iter();
    ids.filter_map(|id| Some((id, matrix.capabilities.get(id)?)))
        .collect()
}

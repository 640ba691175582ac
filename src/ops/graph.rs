use std::collections::BTreeMap;

use super::preparation::{context, prepare};
use super::{Findings, OpError, Wanted};
use crate::diagnostic::Span;
use crate::grants::{Answer, Derived, Explanation, Subject, codes};
use crate::model::{AccountId, EntityKind, Identity, Namespace, RoleKind};
use crate::topology::{Edge, End, Topology, Via};

/// What there is in topologies, and who uses whom.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The topologies, by name, each with its entities in the order of places.
    pub clusters: Vec<Cluster>,
    /// What is used and declared in none of them, in the order of first use.
    pub outside: Vec<Node>,
    /// Who uses whom, in the order of topologies and places.
    pub arrows: Vec<Arrow>,
    /// What was found in the files, and the texts that arrows point into.
    pub findings: Findings,
}

/// A topology.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its name.
    pub namespace: Namespace,
    /// Its entities.
    pub nodes: Vec<Node>,
}

/// Something that uses or is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What tells it from all others in the graph.
    pub number: usize,
    /// Its kind.
    pub kind: EntityKind,
    /// Its name, as the topology has it.
    pub name: String,
}

/// One entity's use of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// The number of the using node.
    pub source: usize,
    /// The number of the used one.
    pub target: usize,
    /// In which way.
    pub via: Via,
    /// What permits it.
    pub label: Label,
    /// Where it stands.
    pub spans: Vec<Span>,
}

/// What permits a use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// Capabilities on a role, by their ids.
    Needs(RoleKind, Vec<String>),
    /// No statement on a role; in short, what admits it instead.
    Free(Option<String>),
}

/// Draws topologies, offline.
///
/// # Errors
/// When the files cannot be read or hold errors, or a role would pass a limit of IAM.
pub fn graph(wanted: &Wanted) -> Result<Graph, OpError> {
    let preparation = prepare(wanted)?;
    let identity = Identity {
        partition: wanted.region.partition(),
        account: AccountId::placeholder(),
    };
    let context = context(wanted, &identity)?;
    let derived = preparation.derived(wanted, &context)?;
    let mut findings = preparation.findings;
    findings
        .diagnostics
        .retain(|finding| finding.code != codes::UNKNOWN_API);
    Ok(drawn(&preparation.topologies, &derived, findings))
}

fn drawn(topologies: &[Topology], derived: &BTreeMap<Namespace, Derived>, findings: Findings) -> Graph {
    let mut topologies: Vec<&Topology> = topologies.iter().collect();
    topologies.sort_by_key(|topology| &topology.name.value);
    let mut drawing = Drawing::default();
    for topology in &topologies {
        drawing.cluster(topology);
    }
    for topology in topologies {
        let explanations = derived.get(&topology.name.value);
        let explanations = explanations.map(|derived| derived.explanations.as_slice());
        drawing.arrows(topology, explanations.unwrap_or_default());
    }
    Graph {
        clusters: drawing.clusters,
        outside: drawing.outside,
        arrows: drawing.arrows,
        findings,
    }
}

#[derive(Default)]
struct Drawing<'a> {
    clusters: Vec<Cluster>,
    outside: Vec<Node>,
    arrows: Vec<Arrow>,
    /// The nodes of each topology by their names in it.
    declared: BTreeMap<(&'a Namespace, EntityKind, String), usize>,
    /// The nodes of all topologies by their names in AWS.
    deployed: BTreeMap<(EntityKind, String), usize>,
    /// The nodes outside by their names.
    others: BTreeMap<(EntityKind, String), usize>,
    count: usize,
}

impl<'a> Drawing<'a> {
    /// The nodes of a topology: its entities, and what else uses something in it.
    fn cluster(&mut self, topology: &'a Topology) {
        let namespace = &topology.name.value;
        let mut nodes = Vec::new();
        for entity in &topology.entities {
            let Some(node) = self.declare(namespace, entity.kind, &entity.name) else {
                continue;
            };
            if let Some(physical) = &entity.physical {
                let name = placed(&physical.to_string(), namespace);
                self.deployed.entry((entity.kind, name)).or_insert(node.number);
            }
            if entity.kind == EntityKind::State {
                let short = (entity.kind, namespace.to_string());
                self.deployed.entry(short).or_insert(node.number);
            }
            nodes.push(node);
        }
        for Edge { source, .. } in &topology.edges {
            nodes.extend(self.declare(namespace, source.kind, &source.name));
        }
        let namespace = namespace.clone();
        self.clusters.push(Cluster { namespace, nodes });
    }

    /// The node of a name in a topology, when it is the first of that name.
    fn declare(&mut self, namespace: &'a Namespace, kind: EntityKind, name: &str) -> Option<Node> {
        let key = (namespace, kind, name.to_owned());
        if self.declared.contains_key(&key) {
            return None;
        }
        let node = self.node(kind, name);
        self.declared.insert(key, node.number);
        Some(node)
    }

    fn node(&mut self, kind: EntityKind, name: &str) -> Node {
        let number = self.count;
        self.count += 1;
        Node {
            number,
            kind,
            name: name.to_owned(),
        }
    }

    /// The node that an edge of a topology leads to.
    fn target(&mut self, namespace: &'a Namespace, kind: EntityKind, name: &str) -> usize {
        let written = (kind, name.to_owned());
        let own = self.declared.get(&(namespace, kind, name.to_owned()));
        let known = own
            .or_else(|| self.deployed.get(&(kind, placed(name, namespace))))
            .or_else(|| self.others.get(&written));
        if let Some(number) = known {
            return *number;
        }
        let node = self.node(kind, name);
        let number = node.number;
        self.others.insert(written, number);
        self.outside.push(node);
        number
    }

    fn arrows(&mut self, topology: &'a Topology, explanations: &[Explanation]) {
        let namespace = &topology.name.value;
        let labels = labels(explanations);
        let mut found: BTreeMap<(usize, usize, Via), usize> = BTreeMap::new();
        for edge in &topology.edges {
            let End { kind, name } = &edge.source;
            let key = (namespace, *kind, name.clone());
            let Some(source) = self.declared.get(&key).copied() else {
                continue;
            };
            let target = self.target(namespace, edge.target.kind, &edge.target.name);
            let place = *found
                .entry((source, target, edge.via))
                .or_insert(self.arrows.len());
            if let Some(arrow) = self.arrows.get_mut(place) {
                arrow.spans.push(edge.span.clone());
                continue;
            }
            let used = (edge.target.kind, edge.target.name.as_str());
            let label = labels.get(&((*kind, name.as_str()), used, edge.via));
            self.arrows.push(Arrow {
                source,
                target,
                via: edge.via,
                label: label.cloned().unwrap_or(Label::Free(None)),
                spans: vec![edge.span.clone()],
            });
        }
    }
}

/// The ends of an edge, and in which way one uses the other.
type Use<'a> = ((EntityKind, &'a str), (EntityKind, &'a str), Via);

/// What permits each use.
fn labels(explanations: &[Explanation]) -> BTreeMap<Use<'_>, Label> {
    let mut labels = BTreeMap::new();
    for explanation in explanations {
        let Subject::Edge { source, target, via } = &explanation.asker.subject else {
            continue;
        };
        let ends = (
            (source.kind, source.name.as_str()),
            (target.kind, target.name.as_str()),
        );
        let label = labels.entry((ends.0, ends.1, *via)).or_insert(Label::Free(None));
        let (role, capability) = match &explanation.answer {
            Answer::Granted { role, capability, .. } => (*role, &capability.id),
            Answer::Withheld { role, capability } => (*role, capability),
            Answer::Unneeded { instead } => {
                if let Label::Free(None) = label {
                    *label = Label::Free(instead.clone());
                }
                continue;
            }
        };
        match label {
            Label::Needs(_, capabilities) if capabilities.contains(capability) => {}
            Label::Needs(_, capabilities) => capabilities.push(capability.clone()),
            Label::Free(_) => *label = Label::Needs(role, vec![capability.clone()]),
        }
    }
    labels
}

/// A name in AWS, with the namespace put in.
fn placed(name: &str, namespace: &Namespace) -> String {
    name.replace("{{namespace}}", namespace.as_str())
}

#[cfg(test)]
mod tests;

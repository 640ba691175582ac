use serde_json::{Value, json};

use super::{FORMAT_VERSION, diagnostics};
use crate::model::Namespace;
use crate::ops::{Arrow, Graph, Label, Node};

pub(in crate::view) fn graph(graph: &Graph) -> Value {
    let node = |node: &Node, topology: Option<&Namespace>| json!({"id": node.number, "kind": node.kind, "name": node.name, "topology": topology});
    let declared = graph.clusters.iter().flat_map(|cluster| {
        let nodes = cluster.nodes.iter();
        nodes.map(|one| node(one, Some(&cluster.namespace)))
    });
    let outside = graph.outside.iter().map(|one| node(one, None));
    let sources = &graph.findings.sources;
    let arrow = |arrow: &Arrow| {
        let (role, capabilities, instead) = match &arrow.label {
            Label::Needs(role, capabilities) => (Some(role), capabilities.as_slice(), None),
            Label::Free(instead) => (None, [].as_slice(), instead.as_ref()),
        };
        let places = arrow.spans.iter().map(|span| sources.label(span));
        json!({
            "source": arrow.source,
            "target": arrow.target,
            "via": arrow.via,
            "role": role,
            "capabilities": capabilities,
            "instead": instead,
            "at": places.collect::<Value>(),
        })
    };
    let topologies = graph.clusters.iter().map(|cluster| &cluster.namespace);
    json!({
        "format_version": FORMAT_VERSION,
        "topologies": topologies.collect::<Vec<_>>(),
        "nodes": declared.chain(outside).collect::<Value>(),
        "edges": graph.arrows.iter().map(arrow).collect::<Value>(),
        "diagnostics": diagnostics(&graph.findings),
    })
}

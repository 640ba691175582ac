use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::layout::{Layout, Link, Point, Size, laid_out, length};
use super::markup::{Markup, element, plain, said};
use super::{codes, table};
use crate::model::RoleKind;
use crate::ops::{Arrow, Graph, Label, Node, Report};
use crate::policy::Action;

/// From how many nodes or arrows on nothing is drawn: nobody could read it.
const MANY_NODES: usize = 160;
const MANY_ARROWS: usize = 320;

/// How many characters of a name stand in a box.
const NAME_LENGTH: usize = 34;

/// How many lines stand at an arrow.
const LABEL_LINES: usize = 3;

/// Widths of two characters, and heights of lines and boxes.
const NAME_WIDTH: i64 = 15;
const LABEL_WIDTH: i64 = 13;
const LINE_HEIGHT: i64 = 15;
const BOX_HEIGHT: i64 = 42;

/// The actions of each capability, by the kind of role that holds them.
type Permissions = BTreeMap<(RoleKind, String), BTreeSet<String>>;

/// Who uses whom, drawn and as a table.
pub(super) fn section(report: &Report) -> Markup {
    let graph = &report.graph;
    let nodes = nodes(graph);
    let permissions = permissions(report);
    let arrows = arrows(graph, &permissions);
    let drawing = if nodes.is_empty() {
        said("p", "note", "The topologies hold nothing to draw.")
    } else if nodes.len() > MANY_NODES || arrows.len() > MANY_ARROWS {
        let number = format!(
            "With {} entities and {} arrows a picture could not be read: the table below says the same.",
            nodes.len(),
            arrows.len()
        );
        said("p", "note", &number)
    } else {
        let attributes = [
            ("class", "scroll picture"),
            ("role", "region"),
            ("aria-label", "Picture of the topology"),
            ("tabindex", "0"),
        ];
        element("div", &attributes, &drawn(&nodes, &arrows))
    };
    drawing.and(&listed(report, &nodes, &permissions))
}

/// A node as it is drawn: its number, its kind and its name.
struct Drawn {
    number: usize,
    kind: &'static str,
    above: String,
    name: String,
}

fn nodes(graph: &Graph) -> Vec<Drawn> {
    let several = graph.clusters.len() > 1;
    let drawn = |node: &Node, topology: Option<String>| Drawn {
        number: node.number,
        kind: node.kind.name(),
        above: match topology.filter(|_| several) {
            Some(topology) => format!("{} · {topology}", node.kind),
            None => node.kind.to_string(),
        },
        name: node.name.clone(),
    };
    let declared = graph.clusters.iter().flat_map(|cluster| {
        let nodes = cluster.nodes.iter();
        nodes.map(move |node| drawn(node, Some(cluster.namespace.to_string())))
    });
    let outside = graph.outside.iter().map(|node| drawn(node, None));
    declared.chain(outside).collect()
}

fn permissions(report: &Report) -> Permissions {
    let mut permissions = Permissions::new();
    for role in &report.holders.roles {
        for document in &role.documents {
            for (statement, origin) in document.policy.statement.iter().zip(&document.origins) {
                let Action::In(actions) = &statement.action else {
                    continue;
                };
                for purpose in &origin.purposes {
                    let key = (role.id.kind, purpose.capability.id.clone());
                    let found = permissions.entry(key).or_default();
                    found.extend(actions.iter().map(str::to_owned));
                }
            }
        }
    }
    permissions
}

/// What permits an arrow: actions, where they are known, or else what admits it.
fn permitted(arrow: &Arrow, permissions: &Permissions) -> Vec<String> {
    match &arrow.label {
        Label::Needs(role, capabilities) => {
            let actions = |capability: &String| {
                let found = permissions.get(&(*role, capability.clone()));
                found.map_or_else(
                    || vec![capability.clone()],
                    |found| found.iter().cloned().collect(),
                )
            };
            capabilities.iter().flat_map(actions).collect()
        }
        Label::Free(instead) => vec![instead.clone().unwrap_or_else(|| "no statement".to_owned())],
    }
}

/// The arrows by their ends and whether a role permits them, with what is written at each.
fn arrows(graph: &Graph, permissions: &Permissions) -> BTreeMap<(usize, usize, bool), BTreeSet<String>> {
    let mut arrows: BTreeMap<(usize, usize, bool), BTreeSet<String>> = BTreeMap::new();
    for arrow in &graph.arrows {
        let needs = matches!(arrow.label, Label::Needs(..));
        let label = arrows.entry((arrow.source, arrow.target, needs)).or_default();
        label.extend(permitted(arrow, permissions));
    }
    arrows
}

fn drawn(nodes: &[Drawn], arrows: &BTreeMap<(usize, usize, bool), BTreeSet<String>>) -> Markup {
    let place: BTreeMap<usize, usize> = nodes
        .iter()
        .enumerate()
        .map(|(place, node)| (node.number, place))
        .collect();
    let boxes: Vec<Size> = nodes.iter().map(box_size).collect();
    let labels: Vec<Vec<String>> = arrows.values().map(label).collect();
    let link = |((source, target, _), label): (&(usize, usize, bool), &Vec<String>)| {
        let width = label
            .iter()
            .map(|line| length(line.chars().count()))
            .max()
            .unwrap_or(0);
        Link {
            source: place.get(source).copied().unwrap_or_default(),
            target: place.get(target).copied().unwrap_or_default(),
            label: Size {
                width: width * LABEL_WIDTH / 2 + 12,
                height: length(label.len()) * LINE_HEIGHT + 3,
            },
        }
    };
    let links: Vec<Link> = arrows.keys().zip(&labels).map(link).collect();
    let layout = laid_out(&boxes, &links);
    let ends = |(source, target, needs): &(usize, usize, bool)| {
        let name = |number: &usize| {
            let node = place.get(number).and_then(|place| nodes.get(*place));
            node.map_or_else(String::new, |node| format!("{} {}", node.kind, node.name))
        };
        (format!("{} → {}", name(source), name(target)), *needs)
    };
    let placed = links.iter().zip(&layout.links);
    let drawn: Markup = arrows
        .iter()
        .zip(&labels)
        .zip(placed)
        .map(|(((key, all), label), (link, (points, middle)))| {
            let (ends, needs) = ends(key);
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            arrow_drawn(
                &format!("{ends}: {}", all.join(", ")),
                needs,
                (points, (label, *middle, link.label)),
            )
        })
        .collect();
    let nodes = nodes.iter().zip(&layout.boxes);
    let nodes: Markup = nodes.map(|(node, place)| node_drawn(node, *place)).collect();
    canvas(&layout, &drawn.and(&nodes))
}

fn canvas(layout: &Layout, content: &Markup) -> Markup {
    let (width, height) = (layout.size.width.to_string(), layout.size.height.to_string());
    let view = format!("0 0 {width} {height}");
    let attributes = [
        ("viewBox", view.as_str()),
        ("width", &width),
        ("height", &height),
        ("role", "img"),
        (
            "aria-label",
            "The entities and who uses whom; the table below says the same",
        ),
    ];
    let tips = tip("tip", "tip").and(&tip("tip-free", "tip free"));
    element("svg", &attributes, &element("defs", &[], &tips).and(content))
}

fn tip(id: &'static str, class: &'static str) -> Markup {
    let attributes = [
        ("id", id),
        ("viewBox", "0 0 8 8"),
        ("refX", "7"),
        ("refY", "4"),
        ("markerWidth", "8"),
        ("markerHeight", "8"),
        ("orient", "auto"),
    ];
    let path = element(
        "path",
        &[("d", "M0 0 8 4 0 8z"), ("class", class)],
        &Markup::default(),
    );
    element("marker", &attributes, &path)
}

fn box_size(node: &Drawn) -> Size {
    let name = length(node.name.chars().count().min(NAME_LENGTH)) * NAME_WIDTH / 2;
    let above = length(node.above.chars().count()) * LABEL_WIDTH / 2;
    Size {
        width: name.max(above) + 26,
        height: BOX_HEIGHT,
    }
}

/// The lines at an arrow.
fn label(all: &BTreeSet<String>) -> Vec<String> {
    let mut lines: Vec<String> = all.iter().take(LABEL_LINES).map(|line| shortened(line)).collect();
    if all.len() > LABEL_LINES {
        lines.pop();
        lines.push(format!("and {} more", all.len() - lines.len()));
    }
    lines
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= NAME_LENGTH {
        return text.to_owned();
    }
    let kept: String = text.chars().take(NAME_LENGTH - 1).collect();
    format!("{kept}…")
}

fn arrow_drawn(title: &str, needs: bool, (points, label): (&[Point], (&[String], Point, Size))) -> Markup {
    let (class, tip) = if needs {
        ("arrow", "url(#tip)")
    } else {
        ("arrow free", "url(#tip-free)")
    };
    let path = path(points);
    let attributes = [("d", path.as_str()), ("marker-end", tip)];
    let line = element("path", &attributes, &Markup::default());
    let (lines, middle, size) = label;
    let (x, y) = (
        (middle.x - size.width / 2).to_string(),
        (middle.y - size.height / 2).to_string(),
    );
    let (width, height) = (size.width.to_string(), size.height.to_string());
    let back = [
        ("x", x.as_str()),
        ("y", &y),
        ("width", &width),
        ("height", &height),
        ("rx", "4"),
    ];
    let back = element("rect", &back, &Markup::default());
    let first = middle.y - length(lines.len()) * LINE_HEIGHT / 2 + LINE_HEIGHT - 4;
    let text = |(index, line): (usize, &String)| {
        let y = (first + length(index) * LINE_HEIGHT).to_string();
        let x = middle.x.to_string();
        element("text", &[("x", x.as_str()), ("y", &y)], &Markup::text(line))
    };
    let texts: Markup = lines.iter().enumerate().map(text).collect();
    let whole = plain("title", title).and(&line).and(&back).and(&texts);
    element("g", &[("class", class)], &whole)
}

/// A line through points, level where it enters and leaves each.
fn path(points: &[Point]) -> String {
    let mut text = String::new();
    let mut last: Option<Point> = None;
    for point in points {
        let Point { x, y } = *point;
        let _ = match last {
            None => write!(text, "M{x} {y}"),
            Some(from) if from.y == y => write!(text, "H{x}"),
            Some(from) => {
                let middle = i64::midpoint(from.x, x);
                write!(text, "C{middle} {} {middle} {y} {x} {y}", from.y)
            }
        };
        last = Some(*point);
    }
    text
}

fn node_drawn(node: &Drawn, (corner, size): (Point, Size)) -> Markup {
    let (x, y) = (corner.x.to_string(), corner.y.to_string());
    let (width, height) = (size.width.to_string(), size.height.to_string());
    let frame = [
        ("x", x.as_str()),
        ("y", &y),
        ("width", &width),
        ("height", &height),
        ("rx", "6"),
    ];
    let left = (corner.x + 12).to_string();
    let (upper, lower) = ((corner.y + 16).to_string(), (corner.y + 33).to_string());
    let above = [("class", "kind"), ("x", left.as_str()), ("y", &upper)];
    let name = [("x", left.as_str()), ("y", &lower)];
    let whole = plain("title", &format!("{} {}", node.kind, node.name))
        .and(&element("rect", &frame, &Markup::default()))
        .and(&element("text", &above, &Markup::text(&node.above)))
        .and(&element("text", &name, &Markup::text(&shortened(&node.name))));
    element("g", &[("class", &format!("node {}", node.kind))], &whole)
}

/// The arrows as a table, with where each stands.
fn listed(report: &Report, nodes: &[Drawn], permissions: &Permissions) -> Markup {
    let sources = &report.graph.findings.sources;
    let names: BTreeMap<usize, String> = nodes
        .iter()
        .map(|node| (node.number, format!("{} {}", node.above, node.name)))
        .collect();
    let name = |number: &usize| names.get(number).cloned().unwrap_or_default();
    let row = |arrow: &Arrow| {
        let (role, reach) = match &arrow.label {
            Label::Needs(role, _) => (format!("the {role} role"), "needs"),
            Label::Free(_) => ("no role".to_owned(), "free"),
        };
        let permitted = permitted(arrow, permissions);
        let places: Vec<String> = arrow.spans.iter().map(|span| sources.label(span)).collect();
        let cells = element("th", &[("scope", "row")], &Markup::text(&name(&arrow.source)))
            .and(&plain("td", &name(&arrow.target)))
            .and(&element("td", &[], &codes(permitted.iter().map(String::as_str))))
            .and(&plain("td", &role))
            .and(&element("td", &[], &codes(places.iter().map(String::as_str))));
        element("tr", &[("class", "row"), ("data-arrow", reach)], &cells)
    };
    let rows: Markup = report.graph.arrows.iter().map(row).collect();
    if rows.is_empty() {
        return said("p", "note", "Nothing uses anything else.");
    }
    let headings = ["Who", "Uses", "Permitted by", "Held by", "Where"];
    table("Arrows of the picture", &headings, &element("tbody", &[], &rows))
}

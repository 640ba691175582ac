//! The texts that templates bring in by name, and that they come to an end.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::codes;
use super::fault::{Fault, did_you_mean, shown};
use super::syntax::{self, Node, Partial};
use crate::diagnostic::{Diagnostic, FileId};

/// How many partials may stand in each other.
pub(super) const MAX_PARTIALS: usize = 16;

/// How many partials one template may come to, each counted as often as it is named.
const MAX_EXPANSIONS: usize = 1000;

/// How the names of the built-in texts begin.
pub(super) const CAPABILITY: &str = "capability/";

/// A template that was read.
#[derive(Debug)]
pub(super) struct Script {
    /// Its file; none for a text that is built in.
    pub(super) file: Option<FileId>,
    pub(super) text: String,
    pub(super) nodes: Vec<Node>,
}

impl Script {
    pub(super) fn read(file: Option<FileId>, text: &str) -> Result<Self, Diagnostic> {
        let nodes = syntax::read(text).map_err(|fault| fault.at(file))?;
        Ok(Self {
            file,
            text: text.to_owned(),
            nodes,
        })
    }
}

/// The texts that templates bring in by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Library(BTreeMap<String, Arc<Script>>);

/// What a template brings in.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    /// How many partials stand in each other.
    depth: usize,
    /// How many there are in all.
    count: usize,
}

/// What is known of partials: their weight, or that a finding of them is there.
type Known<'l> = BTreeMap<&'l str, Result<Weight, Diagnostic>>;

impl Library {
    /// The texts that are built in, with their names: the statements of each capability.
    pub(super) fn built_in(scripts: impl Iterator<Item = (String, Arc<Script>)>) -> Self {
        Self(scripts.collect())
    }

    /// Adds a text; false when one of that name is there.
    #[must_use]
    pub(super) fn add(&mut self, name: &str, script: Script) -> bool {
        if self.0.contains_key(name) {
            return false;
        }
        self.0.insert(name.to_owned(), Arc::new(script));
        true
    }

    /// The text that a tag names.
    pub(super) fn get(&self, partial: &Partial) -> Result<&Script, Fault> {
        match self.0.get(&partial.name) {
            Some(script) => Ok(script),
            None => Err(self.unknown(partial)),
        }
    }

    fn unknown(&self, partial: &Partial) -> Fault {
        let name = &partial.name;
        let is_capability = name.starts_with(CAPABILITY);
        let similar = self
            .0
            .keys()
            .filter(|known| known.starts_with(CAPABILITY) == is_capability);
        let similar: Vec<&str> = similar.map(String::as_str).collect();
        let fault = Fault::new(
            codes::UNKNOWN_PARTIAL,
            &partial.range,
            format!("there is no partial {}", shown(name)),
        );
        match crate::model::nearest(name, similar.iter().copied()) {
            Some(near) => fault.help(format!("did you mean {}?", shown(near))),
            None if is_capability => {
                fault.help("after `capability/` stands the id of a capability: `capability/function.invoke`")
            }
            None => {
                let known = did_you_mean(name, similar);
                fault.help(format!(
                    "a partial is a file below `partials`, named without its ending; {known}"
                ))
            }
        }
    }

    /// Finds what keeps the partials from coming to an end, in the order of their names.
    pub(super) fn check(&self) -> Vec<Diagnostic> {
        let mut known = Known::new();
        for (name, script) in &self.0 {
            let mut chain = vec![name.as_str()];
            let weight = self.weigh(script, &mut chain, &mut known);
            known.insert(name, weight);
        }
        known.into_values().filter_map(Result::err).collect()
    }

    /// Finds what keeps a template from coming to an end.
    pub(super) fn check_one(&self, script: &Script) -> Result<(), Diagnostic> {
        self.weigh(script, &mut Vec::new(), &mut Known::new()).map(drop)
    }

    fn weigh<'l>(
        &'l self,
        script: &'l Script,
        chain: &mut Vec<&'l str>,
        known: &mut Known<'l>,
    ) -> Result<Weight, Diagnostic> {
        let mut whole = Weight::default();
        for partial in partials(&script.nodes) {
            let inner = self.get(partial).map_err(|fault| fault.at(script.file))?;
            if let Some(start) = chain.iter().position(|name| *name == partial.name) {
                return Err(circular(chain.get(start..).unwrap_or_default(), partial).at(script.file));
            }
            if chain.len() > MAX_PARTIALS {
                return Err(too_deep(&partial.range).at(script.file));
            }
            let weight = if let Some(weight) = known.get(partial.name.as_str()) {
                weight.clone()?
            } else {
                chain.push(&partial.name);
                let weight = self.weigh(inner, chain, known);
                chain.pop();
                known.insert(&partial.name, weight.clone());
                weight?
            };
            whole.depth = whole.depth.max(weight.depth + 1);
            whole.count = whole.count.saturating_add(weight.count + 1);
            if whole.depth > MAX_PARTIALS {
                return Err(too_deep(&partial.range).at(script.file));
            }
            if whole.count > MAX_EXPANSIONS {
                let message = format!("the template brings in more than {MAX_EXPANSIONS} partials");
                let fault =
                    Fault::too_large(&partial.range, message).help("go through a list with `each` instead");
                return Err(fault.at(script.file));
            }
        }
        Ok(whole)
    }

    /// All partials that a template brings in, each once, by name.
    pub(super) fn reached<'l>(&'l self, script: &'l Script) -> BTreeMap<&'l str, &'l Script> {
        let mut reached = BTreeMap::new();
        let mut open = vec![script];
        while let Some(script) = open.pop() {
            for partial in partials(&script.nodes) {
                if let Some((name, inner)) = self.0.get_key_value(&partial.name)
                    && reached.insert(name.as_str(), inner.as_ref()).is_none()
                {
                    open.push(inner);
                }
            }
        }
        reached
    }
}

/// The tags of partials, in all blocks.
fn partials(nodes: &[Node]) -> Vec<&Partial> {
    let mut found = Vec::new();
    for node in nodes {
        match node {
            Node::Partial(partial) => found.push(partial.as_ref()),
            Node::Block(block) => {
                found.extend(partials(&block.body));
                found.extend(partials(&block.otherwise));
            }
            Node::Text(_) | Node::Write(_) => {}
        }
    }
    found
}

fn circular(chain: &[&str], partial: &Partial) -> Fault {
    let names: Vec<String> = chain
        .iter()
        .chain([&partial.name.as_str()])
        .map(|name| shown(name))
        .collect();
    let message = format!("a partial brings itself in: {}", names.join(" → "));
    Fault::new(codes::CIRCULAR_PARTIAL, &partial.range, message)
        .help("remove one of these tags; a condition around it does not help, partials are checked before")
}

/// The finding that partials stand too deep in each other.
pub(super) fn too_deep(range: &Range<usize>) -> Fault {
    let message = format!("more than {MAX_PARTIALS} partials stand in each other");
    Fault::too_large(range, message).help("let partials bring in fewer partials")
}

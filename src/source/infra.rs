//! Where the files of a topology's infrastructure stand.

use std::path::{Path, PathBuf};

use super::text::{Directory, Texts};

/// Below which directory the infrastructure of a topology mirrors its path.
const TOPOLOGIES: &str = "/topologies/";

/// Where infrastructure stands, in a repository or beside a topology.
const INFRASTRUCTURE: &str = "infrastructure/tc";

/// The infrastructure directory of a topology, if there is one.
///
/// `named` is what the topology says itself: a path from the directory of the run, else from the
/// topology's own. Without it, `…/topologies/a_b` has `…/infrastructure/tc/a-b`, and a topology
/// elsewhere has `infrastructure/tc` in its own directory.
pub(super) fn directory(texts: &Texts, topology: &Directory, named: Option<&str>) -> Option<Directory> {
    if let Some(named) = named {
        return texts
            .directory(&texts.run, named)
            .or_else(|| texts.directory(topology, named));
    }
    let usual = mirrored(&topology.real).unwrap_or_else(|| topology.real.join(INFRASTRUCTURE));
    texts.directory(topology, usual.to_str()?)
}

fn mirrored(topology: &Path) -> Option<PathBuf> {
    let (before, after) = topology.to_str()?.rsplit_once(TOPOLOGIES)?;
    Some(
        Path::new(before)
            .join(INFRASTRUCTURE)
            .join(after.replace('_', "-")),
    )
}

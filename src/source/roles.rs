//! The files that roles of functions are made from: a path in a text in, texts out.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::shown;
use super::text::{ABSOLUTE, Directory, Texts, metadata};
use crate::diagnostic::FileId;
use crate::topology::RoleFileIds;

/// How the names of role files end.
const END: &str = ".json";

/// Reads the role files that texts of a topology name, each by a path, and says where it led. The
/// texts of the role files are returned.
///
/// A path starts at the directory of the text that names it; if nothing is there, at the
/// topology's.
pub(super) fn follow(
    texts: &mut Texts,
    topology: &Directory,
    named: BTreeSet<(FileId, String)>,
) -> BTreeSet<FileId> {
    let mut read = BTreeSet::new();
    for (said, path) in named {
        let found = files(texts, topology, said, &path);
        read.extend(found.iter().flat_map(RoleFileIds::files));
        texts.documents.resolve_role_file(said, path, found);
    }
    read
}

fn files(texts: &mut Texts, topology: &Directory, said: FileId, path: &str) -> Result<RoleFileIds, String> {
    if Path::new(path).is_absolute() {
        return Err(ABSOLUTE.to_owned());
    }
    let here = texts.directory_of(said).unwrap_or_else(|| topology.clone());
    let mut places = [&here, topology].into_iter();
    let Some(place) = places.find(|place| is_there(&place.real.join(path))) else {
        return Err(missing(&here, topology, path));
    };
    let beside = path.strip_suffix(END).unwrap_or(path);
    let mut beside = |what: &str| {
        let path = format!("{beside}.{what}{END}");
        if !is_there(&place.real.join(&path)) {
            return Ok(None);
        }
        let text = text(texts, place, &path);
        text.map(Some).map_err(|reason| {
            format!(
                "`{}`, which belongs to it: {reason}",
                shown(&place.shown.join(&path))
            )
        })
    };
    let (of_topology, trust, managed) = (beside("topology")?, beside("trust")?, beside("managed")?);
    Ok(RoleFileIds {
        policy: text(texts, place, path)?,
        topology: of_topology,
        trust,
        managed,
    })
}

fn text(texts: &mut Texts, place: &Directory, path: &str) -> Result<FileId, String> {
    let real = texts.locate(&place.real, path)?;
    texts.template(&real)
}

/// Whether something stands at a path, if only a link that leads nowhere.
#[must_use]
pub fn is_there(path: &Path) -> bool {
    metadata(path).is_ok() || path.is_symlink()
}

fn missing(here: &Directory, topology: &Directory, path: &str) -> String {
    let first = here.shown.join(path);
    if here.real == topology.real {
        return format!("there is no file `{}`", shown(&first));
    }
    let second = topology.shown.join(path);
    format!("there is neither `{}` nor `{}`", shown(&first), shown(&second))
}

//! Where the macros of a topology lead, from text to text.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::MAX_BROUGHT_IN;
use super::text::{Directory, Texts};
use crate::diagnostic::FileId;
use crate::topology::{Macro, Mention};

/// Reads all that the macros of a topology's text name, and says where each path led. The texts
/// are returned, its own among them.
///
/// The path of an `!include` starts at the directory of the file that it stands in, all others
/// at the topology's. A path that leads nowhere does not stop anything: it is reported where it
/// stands.
pub(super) fn follow(texts: &mut Texts, directory: &Directory, main: FileId) -> BTreeSet<FileId> {
    let mut seen = BTreeSet::from([main]);
    let mut open = VecDeque::from([(main, directory.real.clone())]);
    while let Some((file, place)) = open.pop_front() {
        let document = texts.documents.get(file);
        let mentions: Vec<Mention> = document.map(|text| text.mentions().to_vec()).unwrap_or_default();
        for Mention { by, path, .. } in mentions {
            let (base, from) = match by {
                Macro::Include => (file, &place),
                Macro::Read | Macro::Mutations => (main, &directory.real),
            };
            let found = bounded(texts, from, &path, &mut seen, &mut open);
            texts.documents.resolve(base, path, found);
        }
    }
    seen
}

fn bounded(
    texts: &mut Texts,
    from: &Path,
    path: &str,
    seen: &mut BTreeSet<FileId>,
    open: &mut VecDeque<(FileId, PathBuf)>,
) -> Result<FileId, String> {
    let real = texts.locate(from, path)?;
    let is_full = seen.len() > MAX_BROUGHT_IN;
    let file = match texts.known(&real) {
        Some(file) if seen.contains(&file) => return Ok(file),
        _ if is_full => return Err(format!("a topology brings in at most {MAX_BROUGHT_IN} files")),
        Some(file) => file,
        None => texts.open(&real)?,
    };
    if seen.insert(file) {
        let place = real.parent().map(PathBuf::from).unwrap_or_default();
        open.push_back((file, place));
    }
    Ok(file)
}

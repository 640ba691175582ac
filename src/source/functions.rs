//! Which directories of a topology hold a function.

use std::collections::HashSet;

use super::ignored::{self, Ignored};
use super::listing::{Listing, Listings};
use super::text::{Directory, Texts};
use super::{MARKERS, SECOND_SPEC, SPECS, SourceError, TOPOLOGY};
use crate::diagnostic::FileId;
use crate::topology::{FunctionDirectory, FunctionForm};

/// Directories whose sub-directories are functions, in every topology.
const ROOTS: [&str; 3] = ["functions", "resolvers", "transformers"];

/// The functions of a topology, by name: the directory itself, the directories right below it
/// that a spec or a marker makes a function's, and all those in the directories for functions.
pub(super) fn discover(
    texts: &mut Texts,
    listings: &mut Listings,
    directory: &Directory,
    function_dirs: &[Directory],
) -> Result<Vec<FunctionDirectory>, SourceError> {
    let listing = listings.of(texts, directory)?;
    let ignored = Ignored::of(texts, directory, &listing)?;
    let mut found = Vec::new();
    if SPECS.iter().any(|spec| listing.has(spec)) {
        found.extend(with_file(texts, directory, &listing)?);
    }
    let mut seen = HashSet::new();
    let below = listings.below(texts, directory)?;
    let is_root = |below: &&Directory| ROOTS.contains(&below.name().as_str());
    for root in below.iter().filter(is_root).chain(function_dirs) {
        for below in listings.below(texts, root)? {
            if is_candidate(&ignored, &below) && seen.insert(below.real.clone()) {
                found.extend(of_a_root(texts, listings, &below)?);
            }
        }
    }
    for below in below {
        if is_candidate(&ignored, &below) && seen.insert(below.real.clone()) {
            let listing = listings.of(texts, &below)?;
            if !listing.has(TOPOLOGY) {
                found.extend(with_file(texts, &below, &listing)?);
            }
        }
    }
    found.sort_by(|a, b| (&a.name, texts.sources.name(a.file)).cmp(&(&b.name, texts.sources.name(b.file))));
    Ok(found)
}

/// The function of a directory that is one whether or not a file says so.
pub(super) fn at(
    texts: &mut Texts,
    listings: &mut Listings,
    directory: &Directory,
) -> Result<FunctionDirectory, SourceError> {
    let listing = listings.of(texts, directory)?;
    if let Some(function) = with_file(texts, directory, &listing)? {
        return Ok(function);
    }
    let file = texts.stand_in(&directory.shown);
    Ok(function(directory, file, FunctionForm::Marker))
}

fn is_candidate(ignored: &Ignored, directory: &Directory) -> bool {
    !ignored::is_no_function(directory) && !ignored.has(directory)
}

/// The function of a directory in one for functions: no file needs to say so, unless its name
/// hides it.
fn of_a_root(
    texts: &mut Texts,
    listings: &mut Listings,
    directory: &Directory,
) -> Result<Option<FunctionDirectory>, SourceError> {
    let listing = listings.of(texts, directory)?;
    if listing.has(TOPOLOGY) {
        return Ok(None);
    }
    if directory.name().starts_with('.') {
        return with_file(texts, directory, &listing);
    }
    at(texts, listings, directory).map(Some)
}

/// The function of a directory, if a spec or a marker says that it holds one.
fn with_file(
    texts: &mut Texts,
    directory: &Directory,
    listing: &Listing,
) -> Result<Option<FunctionDirectory>, SourceError> {
    if let Some(spec) = SPECS.iter().find(|spec| listing.has(spec)) {
        let file = texts.read(directory, spec)?;
        return Ok(Some(function(directory, file, FunctionForm::Spec)));
    }
    let Some(marker) = listing.file(directory, &MARKERS) else {
        return Ok(None);
    };
    if listing.has(SECOND_SPEC) {
        let file = texts.read(directory, SECOND_SPEC)?;
        return Ok(Some(function(directory, file, FunctionForm::Spec)));
    }
    let file = texts.stand_in(&directory.shown.join(marker));
    Ok(Some(function(directory, file, FunctionForm::Marker)))
}

fn function(directory: &Directory, file: FileId, form: FunctionForm) -> FunctionDirectory {
    FunctionDirectory {
        name: directory.name(),
        uri: None,
        file,
        form,
    }
}

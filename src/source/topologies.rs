//! Which topologies there are, and what belongs to each of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

use super::ignored::{self, Ignored, plain};
use super::listing::{self, Listing, Listings};
use super::text::{Directory, Texts};
use super::{Loaded, Reach, SIMILAR, SPECS, SourceError, TOPOLOGY, functions, infra, macros, roles};
use crate::diagnostic::FileId;
use crate::topology::{Form, FunctionDirectory, Input, Outline, Project};

/// How many directories above a function can hold the topology that it belongs to.
const PARENTS: usize = 4;

/// How many directories an error suggests.
const SUGGESTIONS: usize = 5;

/// Why a path to a directory leads nowhere.
const NO_DIRECTORY: &str = "there is no such directory";

/// Reads the topologies of a run.
pub(super) struct Loader {
    texts: Texts,
    listings: Listings,
}

/// A topology whose own text and macros are read.
struct Opened {
    directory: Directory,
    main: FileId,
    /// Its own text and all that macros bring in.
    files: BTreeSet<FileId>,
    outline: Outline,
}

impl Loader {
    pub(super) fn of(directory: &Path) -> Result<Self, SourceError> {
        Ok(Self {
            texts: Texts::of(directory)?,
            listings: Listings::default(),
        })
    }

    pub(super) fn load(mut self, reach: Reach) -> Result<Loaded, SourceError> {
        let run = self.texts.run.clone();
        let listing = self.listings.of(&self.texts, &run)?;
        let root = if listing.has(TOPOLOGY) {
            Some(self.open(run.clone())?)
        } else {
            None
        };
        let outline = root.as_ref().map(|root| &root.outline);
        let reached = match reach {
            Reach::Here if outline.is_none_or(|outline| !outline.is_recursive) => Reach::Here,
            Reach::HereElseBelow if outline.is_some_and(|outline| !outline.is_recursive) => Reach::Here,
            _ => Reach::Below,
        };
        let nodes = self.nodes(&listing, root.as_ref(), reached)?;
        let mut opened: Vec<Opened> = root.into_iter().collect();
        for directory in nodes {
            opened.push(self.open(directory)?);
        }
        let (mut topologies, mut files) = (Vec::new(), Vec::new());
        for topology in opened {
            let (input, texts) = self.input(topology)?;
            topologies.push(input);
            files.push(texts);
        }
        if topologies.is_empty() {
            let input = self.standalone(&run, &listing, reached)?;
            let named = self.role_files(&input.functions).into_iter().collect();
            let mut texts = roles::follow(&mut self.texts, &run, named);
            texts.insert(input.main);
            files.push(texts);
            topologies.push(input);
        }
        Ok(Loaded {
            sources: self.texts.sources,
            project: Project {
                documents: self.texts.documents,
                topologies,
            },
            files,
            reach: reached,
        })
    }

    fn open(&mut self, directory: Directory) -> Result<Opened, SourceError> {
        let main = self.texts.read(&directory, TOPOLOGY)?;
        let files = macros::follow(&mut self.texts, &directory, main);
        let outline = self.texts.documents.outline(&self.texts.sources, main);
        Ok(Opened {
            directory,
            main,
            files,
            outline,
        })
    }

    /// The directories of the other topologies of the run, by their paths.
    fn nodes(
        &mut self,
        listing: &Listing,
        root: Option<&Opened>,
        reach: Reach,
    ) -> Result<Vec<Directory>, SourceError> {
        let outline = root.map(|root| &root.outline);
        let goes_below = reach == Reach::Below;
        let run = self.texts.run.clone();
        let is_root = outline.is_some_and(|outline| outline.is_root);
        let named = match root {
            Some(root) if goes_below || is_root => self.named(root),
            _ => Vec::new(),
        };
        let mut found = match (goes_below, named.is_empty()) {
            (false, _) => named,
            (true, true) => self.below(slice::from_ref(&run), listing, outline)?,
            (true, false) => self.below(&named, listing, outline)?,
        };
        found.retain(|directory| *directory != run);
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// The directories of the topologies in some directories and below them.
    fn below(
        &mut self,
        starts: &[Directory],
        listing: &Listing,
        outline: Option<&Outline>,
    ) -> Result<Vec<Directory>, SourceError> {
        let ignored = Ignored::of(&self.texts, &self.texts.run, listing)?;
        let nodes = outline.map(|outline| outline.ignored_nodes.as_slice());
        let nodes: BTreeSet<PathBuf> = nodes.unwrap_or_default().iter().map(|node| plain(node)).collect();
        let skips = |directory: &Directory| {
            ignored::is_foreign(directory) || ignored.has(directory) || nodes.contains(&directory.shown)
        };
        let mut found = Vec::new();
        for start in starts {
            found.extend(self.listings.topologies(&self.texts, start, skips)?);
        }
        Ok(found)
    }

    /// The topologies that one names itself (`nodes.dirs`).
    fn named(&mut self, root: &Opened) -> Vec<Directory> {
        let mut named = BTreeSet::new();
        for path in &root.outline.nodes {
            let found = self.texts.directory(&root.directory, path);
            match found.filter(|directory| directory.real.join(TOPOLOGY).is_file()) {
                Some(directory) => {
                    named.insert(directory);
                }
                None => self.leads_nowhere(root.main, path, "there is no `topology.yml` in it"),
            }
        }
        named.into_iter().collect()
    }

    /// What belongs to a topology, and the texts of all of it.
    fn input(&mut self, topology: Opened) -> Result<(Input, BTreeSet<FileId>), SourceError> {
        let Opened {
            directory,
            main,
            mut files,
            outline,
        } = topology;
        let mut roots = Vec::new();
        for path in &outline.function_dirs {
            match self.texts.directory(&directory, path) {
                Some(found) => roots.push(found),
                None => self.leads_nowhere(main, path, NO_DIRECTORY),
            }
        }
        let mut functions = functions::discover(&mut self.texts, &mut self.listings, &directory, &roots)?;
        functions.extend(self.shared(&directory, main, &outline)?);
        if let Some(path) = &outline.definition {
            let real = self.texts.locate(&directory.real, path);
            let found = real.and_then(|real| self.texts.open(&real));
            files.extend(found.as_ref().ok());
            self.texts.documents.resolve(main, path, found);
        }
        let schedules = self.schedules(&directory, main, outline.infra.as_deref())?;
        files.extend(functions.iter().map(|function| function.file).chain(schedules));
        let mut named = BTreeSet::from_iter(outline.role_files);
        named.extend(self.role_files(&functions));
        files.extend(roles::follow(&mut self.texts, &directory, named));
        let input = Input {
            main,
            functions,
            schedules,
            form: Form::Topology,
        };
        Ok((input, files))
    }

    /// The directories that declared functions name.
    fn shared(
        &mut self,
        directory: &Directory,
        main: FileId,
        outline: &Outline,
    ) -> Result<Vec<FunctionDirectory>, SourceError> {
        let mut shared = Vec::new();
        for uri in &outline.shared {
            let Some(found) = self.texts.directory(directory, uri) else {
                self.leads_nowhere(main, uri, NO_DIRECTORY);
                continue;
            };
            let function = functions::at(&mut self.texts, &mut self.listings, &found)?;
            self.texts.documents.resolve(main, uri, Ok(function.file));
            shared.push(FunctionDirectory {
                uri: Some(uri.clone()),
                ..function
            });
        }
        Ok(shared)
    }

    fn schedules(
        &mut self,
        directory: &Directory,
        main: FileId,
        named: Option<&str>,
    ) -> Result<Option<FileId>, SourceError> {
        let Some(found) = infra::directory(&self.texts, directory, named) else {
            if let Some(named) = named {
                self.leads_nowhere(main, named, NO_DIRECTORY);
            }
            return Ok(None);
        };
        self.texts.read_optional(&found, "schedules.json")
    }

    /// The role files that functions name in files of their own.
    fn role_files(&self, functions: &[FunctionDirectory]) -> Vec<(FileId, String)> {
        let named = |function: &FunctionDirectory| {
            let path = self.texts.documents.named_role_file(function.file)?;
            Some((function.file, path))
        };
        functions.iter().filter_map(named).collect()
    }

    fn leads_nowhere(&mut self, main: FileId, path: &str, why: &str) {
        self.texts.documents.resolve(main, path, Err(why.to_owned()));
    }

    /// The function in a directory of its own, where there is no topology.
    fn standalone(
        &mut self,
        directory: &Directory,
        listing: &Listing,
        reach: Reach,
    ) -> Result<Input, SourceError> {
        let above = above(&directory.real);
        if above.is_some() || !SPECS.iter().any(|spec| listing.has(spec)) {
            return Err(self.no_topology(directory, listing, (above, reach)));
        }
        let function = functions::at(&mut self.texts, &mut self.listings, directory)?;
        Ok(Input {
            main: function.file,
            functions: vec![function],
            schedules: None,
            form: Form::Function,
        })
    }

    fn no_topology(
        &mut self,
        directory: &Directory,
        listing: &Listing,
        (above, reach): (Option<usize>, Reach),
    ) -> SourceError {
        let similar = SIMILAR.into_iter().find(|name| listing.has(name));
        SourceError::NoTopology {
            path: self.texts.place(&directory.shown),
            reach,
            similar,
            below: listing::nearby(directory).take(SUGGESTIONS).collect(),
            above: above.map(|levels| up(&self.texts.place(&directory.shown), levels)),
        }
    }
}

/// How many directories above one the nearest topology stands, if it is near.
fn above(real: &Path) -> Option<usize> {
    let mut parents = real.ancestors().enumerate().skip(1).take(PARENTS);
    parents
        .find(|(_, parent)| parent.join(TOPOLOGY).is_file())
        .map(|(levels, _)| levels)
}

/// The path of a directory some levels above one: by fewer names where they lead there, since
/// links can lead elsewhere, else by `..`.
fn up(path: &Path, levels: usize) -> PathBuf {
    let dots = (0..levels).fold(path.to_owned(), |path, _| path.join(".."));
    let Some(shorter) = path
        .ancestors()
        .nth(levels)
        .filter(|path| !path.as_os_str().is_empty())
    else {
        return dots;
    };
    match (fs::canonicalize(shorter), fs::canonicalize(&dots)) {
        (Ok(one), Ok(other)) if one == other => shorter.to_owned(),
        _ => dots,
    }
}

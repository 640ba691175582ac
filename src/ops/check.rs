//! Everything that can be checked offline: topologies, role templates, policy documents; and the
//! roles of an account.

mod baseline;
mod collection;
pub(super) mod policies;
mod templates;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use baseline::{Accepted, Baseline, accept};

use self::collection::Collection;
use super::live::check_live;
use super::preparation::{context, prepare_in};
use super::templates::TeamDirectory;
use super::{Findings, OpError, Wanted};
use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::iam::Iam;
use crate::model::{AccountId, Context, Identity};
use crate::source::{self, Checkable, Reach, SourceError};
use crate::template::RuleBook;

/// The codes of what checking alone finds.
pub mod codes {
    /// A text is no policy document.
    pub const INVALID_POLICY: &str = "invalid-policy";
    /// An ARN is not that of a managed policy.
    pub const NO_MANAGED_POLICY: &str = "no-managed-policy";
    /// An entry of the baseline accepts nothing that is found.
    pub const UNUSED_BASELINE: &str = "unused-baseline";
}

/// What `check` is asked for.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The paths, each with what the user wants there besides; its directory is not looked at.
    pub places: Vec<(PathBuf, Wanted)>,
    /// The directories whose configuration is broken, each with what is wrong. Nothing else there is
    /// checked.
    pub broken: Vec<(PathBuf, Findings)>,
    /// What the team has accepted.
    pub baseline: Option<Baseline>,
}

/// What `check` gives.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What was found and is not accepted, in the order of places. Texts have the names of their
    /// files from the working directory.
    pub findings: Findings,
    /// What was found and is accepted, each with the reason; its places are in the same texts.
    pub accepted: Vec<(Diagnostic, String)>,
    /// The path of each text from the root of its repository, by its name.
    pub paths: BTreeMap<String, String>,
    /// What was looked at.
    pub looked_at: LookedAt,
    /// Whether all that there is could be read.
    pub is_complete: bool,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// The topologies.
    pub topologies: usize,
    /// The templates of roles.
    pub templates: usize,
    /// The policy documents that are no templates.
    pub policies: usize,
}

impl Checked {
    /// How many findings there are of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        let found = self.findings.diagnostics.iter();
        found.filter(|finding| finding.severity == severity).count()
    }
}

/// Checks all that there is at some paths.
///
/// # Errors
/// When there is nothing to check, or a built-in template fails. What cannot be read is a finding.
pub fn check(request: &CheckRequest) -> Result<Checked, OpError> {
    let mut checking = Checking::new()?;
    for (path, wanted) in &request.places {
        match source::checkable(path) {
            Ok(found) => checking.all(&found, wanted)?,
            Err(error) => checking.unread(&error),
        }
    }
    checking.finished(request, false)
}

/// Compares what the topologies at some paths need with what the roles in an account allow; see
/// [`check_live`].
///
/// # Errors
/// When there is nothing to check, a call fails, or a built-in template fails. What cannot be read
/// is a finding.
pub async fn check_against(account: &impl Iam, request: &CheckRequest) -> Result<Checked, OpError> {
    let mut checking = Checking::new()?;
    for (path, wanted) in &request.places {
        match source::checkable(path) {
            Ok(found) => checking.live(account, &found, wanted).await?,
            Err(error) => checking.unread(&error),
        }
    }
    checking.finished(request, true)
}

struct Checking {
    rules: &'static RuleBook,
    collection: Collection,
    looked_at: LookedAt,
    /// The sets that were checked, by their directories.
    sets: BTreeSet<String>,
    /// The files that were checked as policy documents, and those that topologies read: a role file
    /// that a function names is no policy document before it is rendered.
    read: BTreeSet<String>,
    is_complete: bool,
}

impl Checking {
    fn new() -> Result<Self, OpError> {
        Ok(Self {
            rules: RuleBook::built_in()?,
            collection: Collection::default(),
            looked_at: LookedAt::default(),
            sets: BTreeSet::new(),
            read: BTreeSet::new(),
            is_complete: true,
        })
    }

    /// All that was found, without what is accepted.
    fn finished(mut self, request: &CheckRequest, is_live: bool) -> Result<Checked, OpError> {
        for (directory, found) in &request.broken {
            let name = |name: &str| named_in(directory, name);
            self.collection
                .add(&found.sources, &name, found.diagnostics.clone());
        }
        if self.looked_at == LookedAt::default() && self.collection.is_empty() {
            return Err(nothing(&request.places));
        }
        let findings = self.collection.finish();
        let paths = request.places.iter().map(|(path, _)| path.as_path());
        let (findings, accepted) = match &request.baseline {
            Some(baseline) => baseline.applied(findings, (&paths.collect::<Vec<_>>(), is_live)),
            None => (findings, Vec::new()),
        };
        let names = findings.sources.files().map(|file| findings.sources.name(file));
        let path = |name: &str| (name.to_owned(), source::in_repository(Path::new(name)));
        Ok(Checked {
            paths: names.map(path).collect(),
            findings,
            accepted,
            looked_at: self.looked_at,
            is_complete: self.is_complete,
        })
    }

    /// What the roles of an account lack of what the topologies of a place need.
    async fn live(&mut self, account: &impl Iam, found: &Checkable, wanted: &Wanted) -> Result<(), OpError> {
        let Some((directory, reach)) = &found.topologies else {
            return Ok(());
        };
        let wanted = Wanted {
            directory: directory.clone(),
            reach: *reach,
            ..wanted.clone()
        };
        match check_live(account, &wanted).await {
            Ok(live) => {
                let Findings { sources, diagnostics } = live.findings;
                self.looked_at.topologies += live.topologies;
                self.collection
                    .add(&sources, &|name| named_in(&wanted.directory, name), diagnostics);
                Ok(())
            }
            Err(error) => self.failed(error, &wanted),
        }
    }

    fn all(&mut self, found: &Checkable, wanted: &Wanted) -> Result<(), OpError> {
        let context = sample_context(wanted)?;
        let configured = match (&found.topologies, &wanted.making.directory) {
            (Some((_, Reach::Below)), TeamDirectory::At(directory)) => Some(directory),
            _ => None,
        };
        for directory in found.sets.iter().chain(configured) {
            self.set(directory, found.template.as_deref(), (wanted, &context))?;
        }
        if let Some((directory, reach)) = &found.topologies {
            let wanted = Wanted {
                directory: directory.clone(),
                reach: *reach,
                ..wanted.clone()
            };
            self.topologies(&wanted, &context)?;
        }
        for path in &found.policies {
            self.policy(path);
        }
        Ok(())
    }

    /// All that rendering the topologies of a directory finds, and what is likely not meant in the
    /// templates that their functions name.
    fn topologies(&mut self, wanted: &Wanted, samples: &Context) -> Result<(), OpError> {
        let name = |name: &str| named_in(&wanted.directory, name);
        match prepare_in(wanted, &placeholder(wanted)?) {
            Ok((preparation, made)) => {
                self.looked_at.topologies += preparation.topologies.len();
                let Findings { sources, diagnostics } = &preparation.findings;
                self.read.extend(names(sources, name));
                self.collection.add(sources, &name, diagnostics.clone());
                for (id, template) in &made.needed.files {
                    let set = (self.rules, &preparation.set);
                    let found = templates::lint(set, samples, (id, template))?;
                    self.looked_at.templates += 1;
                    self.collection.add(sources, &name, found);
                }
                Ok(())
            }
            Err(error) => self.failed(error, wanted),
        }
    }

    /// Remembers why topologies could not be checked through.
    fn failed(&mut self, error: OpError, wanted: &Wanted) -> Result<(), OpError> {
        match error {
            OpError::Findings(found) => {
                let name = |name: &str| named_in(&wanted.directory, name);
                self.read.extend(names(&found.sources, name));
                self.collection.add(&found.sources, &name, found.diagnostics);
                Ok(())
            }
            OpError::Source(SourceError::NoTopology { .. }) if wanted.reach == Reach::Below => Ok(()),
            OpError::Source(error) => {
                self.unread(&error);
                Ok(())
            }
            error => Err(error),
        }
    }

    /// What is wrong with a set of role templates, and what is likely not meant in what they render to.
    fn set(
        &mut self,
        directory: &Path,
        only: Option<&Path>,
        (wanted, context): (&Wanted, &Context),
    ) -> Result<(), OpError> {
        let read = match source::templates(directory) {
            Ok(read) => read,
            Err(error) => {
                self.unread(&error);
                return Ok(());
            }
        };
        if only.is_none() && !self.sets.insert(source::from_here(&read.directory)) {
            return Ok(());
        }
        let name = |name: &str| source::from_here(Path::new(name));
        let only = only.map(source::from_here);
        let is_asked = |finding: &Diagnostic| match (&only, &finding.span) {
            (Some(only), Some(span)) => Path::new(&name(read.sources.name(span.file))).starts_with(only),
            _ => true,
        };
        let vars = &wanted.making.vars;
        let (count, mut found) = templates::check(self.rules, context, (&read.sources, &read.files, vars))?;
        found.retain(is_asked);
        self.looked_at.templates += count;
        self.collection.add(&read.sources, &name, found);
        Ok(())
    }

    fn policy(&mut self, path: &Path) {
        if !self.read.insert(source::from_here(path)) {
            return;
        }
        match source::read(path) {
            Ok(text) => {
                let shown = source::from_here(path);
                let mut sources = Sources::new();
                let file = sources.add(shown.as_str(), text);
                let found = policies::check(&sources, file);
                self.looked_at.policies += 1;
                self.collection.add(&sources, &str::to_owned, found);
            }
            Err(error) => self.unread(&error),
        }
    }

    /// Remembers that something could not be read.
    fn unread(&mut self, error: &SourceError) {
        self.is_complete = false;
        let mut sources = Sources::new();
        let file = sources.add(source::from_here(error.path()), "");
        let finding = Diagnostic::error(error.code(), error.to_string()).help(error.help());
        let found = vec![finding.at(Span::new(file, 0..0))];
        self.collection.add(&sources, &str::to_owned, found);
    }
}

/// The name, from the working directory, of a text that a directory's topologies or configuration name:
/// relative to the directory, or as the user does.
fn named_in(directory: &Path, name: &str) -> String {
    let below = directory.join(name);
    source::from_here(if source::is_there(&below) {
        &below
    } else {
        Path::new(name)
    })
}

/// The names of all texts of a reading.
fn names(sources: &Sources, name: impl Fn(&str) -> String) -> BTreeSet<String> {
    sources.files().map(|file| name(sources.name(file))).collect()
}

/// The place that topologies are checked for: no account's id is longer than another's.
fn placeholder(wanted: &Wanted) -> Result<Context, OpError> {
    let anywhere = Identity {
        partition: wanted.region.partition(),
        account: AccountId::placeholder(),
    };
    context(wanted, &anywhere)
}

/// The place that templates are checked for: every variable that a run can give has a value.
fn sample_context(wanted: &Wanted) -> Result<Context, OpError> {
    let mut context = placeholder(wanted)?;
    context.assets.bucket.get_or_insert_with(|| "assets".to_owned());
    context.profile.get_or_insert_with(|| "profile".to_owned());
    Ok(context)
}

fn nothing(places: &[(PathBuf, Wanted)]) -> OpError {
    let paths = places
        .iter()
        .map(|(path, _)| format!("`{}`", source::from_here(path)));
    OpError::NotThere {
        message: format!(
            "there is nothing to check in {}",
            paths.collect::<Vec<_>>().join(", ")
        ),
        help: "name directories that hold topologies, role templates or policy documents, or such a file"
            .to_owned(),
    }
}

//! Permission tests: read from files, run over roles as they are judged.
//!
//! A test says what a role may do, and fails when the roles say otherwise, or when the answer is
//! not certain: then it has to say more of the request.

mod generate;
mod init;
mod read;
mod request;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;

use self::generate::named;
use self::read::Words;
use super::{Beside, CanAnswer, CanQuestion, Findings, Holder, Holders, Judge, OpError};
use crate::diagnostic::{self, Diagnostic, Located, Sources, Span};
use crate::evaluate::Verdict;
use crate::model::{Context, RoleKind, nearest};
use crate::source::{self, Existing};

pub use generate::Untested;
pub use init::{InitializedTests, init_tests};

/// The codes of what reading permission tests finds.
pub mod codes {
    /// A permission test, or its file, is not as it must be.
    pub const INVALID_TEST: &str = "invalid-test";
    /// A permission test names an action or a condition key that AWS does not have.
    pub const DOUBTFUL_TEST: &str = "doubtful-test";
}

/// How many cases a run has at most.
const MAX_CASES: usize = 100_000;

/// How many characters of a user's text a message shows.
const SHOWN: usize = 80;

/// Permission tests, as they stand in files.
#[derive(Debug, Clone)]
pub struct PermissionTests {
    /// The tests, in the order of files and places.
    pub tests: Vec<PermissionTest>,
    /// What was found in the files, and their texts.
    pub findings: Findings,
}

/// A permission test: what roles may do. Several roles, actions and resources make a case of each.
#[derive(Debug, Clone)]
pub struct PermissionTest {
    /// Its name, unique in its file.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    roles: Words,
    actions: Words,
    resources: Words,
    /// The condition keys with their values; `None` for one that the request lacks.
    context: Vec<(Located<String>, Option<Words>)>,
    /// What it expects.
    pub expected: Expected,
}

/// What a permission test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It is allowed.
    Allowed,
    /// It is denied, one way or the other.
    Denied,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it, and no statement denies it.
    ImplicitDeny,
}

impl Expected {
    /// All that can be expected.
    pub const ALL: [Self; 4] = [
        Self::Allowed,
        Self::Denied,
        Self::ExplicitDeny,
        Self::ImplicitDeny,
    ];

    /// Its name in files and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
        }
    }

    /// Whether a verdict is what is expected.
    #[must_use]
    pub const fn is_met(self, verdict: Verdict) -> bool {
        matches!(
            (self, verdict),
            (Self::Allowed, Verdict::Allowed)
                | (Self::Denied | Self::ExplicitDeny, Verdict::ExplicitDeny)
                | (Self::Denied | Self::ImplicitDeny, Verdict::ImplicitDeny)
        )
    }
}

/// Permission tests that were run.
#[derive(Debug, Clone)]
pub struct Tested {
    /// The roles that they were run over, with what was found in all files.
    pub holders: Holders,
    /// The cases, in the order of tests.
    pub cases: Vec<TestedCase>,
}

/// A case of a permission test that was run.
#[derive(Debug, Clone)]
pub struct TestedCase {
    /// The name of its test.
    pub test: String,
    /// Where the test stands.
    pub span: Span,
    /// Whether its test has other cases.
    pub is_one_of_several: bool,
    /// The role, as the test names it.
    pub role: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// What was expected.
    pub expected: Expected,
    /// What the role says; `None` where there is no such role.
    pub answer: Option<CanAnswer>,
    /// Why it failed; `None` where it passed.
    pub failure: Option<TestFailure>,
}

impl TestFailure {
    /// Its name in JSON and in JUnit.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoRole(_) => "no_role",
            Self::Uncertain => "uncertain",
            Self::Unread => "unread",
            Self::Otherwise => "otherwise",
        }
    }
}

/// Why a case failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestFailure {
    /// There is no such role; which there are.
    NoRole(String),
    /// The answer depends on condition keys of which the test says nothing.
    Uncertain,
    /// The answer depends on documents that could not be read.
    Unread,
    /// The role says otherwise.
    Otherwise,
}

impl Tested {
    /// How many cases passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.failure.is_none()).count()
    }

    /// How many cases failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cases.len() - self.passed()
    }
}

/// Reads permission tests from files. Of a directory those below it that are called
/// `permissions.yml`, or end in `.permissions.yml`; `.yaml` and `.json` do as well.
///
/// # Errors
/// When a file cannot be read or a directory has none, and when the files hold what they should not:
/// with everything that is wrong.
pub fn read_tests(paths: &[PathBuf]) -> Result<PermissionTests, OpError> {
    let mut sources = Sources::new();
    let mut found = Vec::new();
    let mut tests = Vec::new();
    for path in source::permission_tests(paths)? {
        let text = source::read(&path)?;
        let file = sources.add(source::from_here(&path), text);
        tests.extend(read::read(&sources, file, &mut found));
    }
    diagnostic::sort(&mut found);
    let is_wrong = found.iter().any(Diagnostic::is_error);
    let findings = Findings {
        sources,
        diagnostics: found,
    };
    if is_wrong {
        return Err(OpError::Findings(Box::new(findings)));
    }
    Ok(PermissionTests { tests, findings })
}

/// Runs permission tests over roles.
///
/// # Errors
/// When a test holds a variable that has no value here, or the tests have too many cases.
pub fn run_tests(mut holders: Holders, tests: PermissionTests) -> Result<Tested, OpError> {
    let PermissionTests { tests, findings } = tests;
    let mut found = Vec::new();
    let cases = cases(&tests, &holders.context, &mut found);
    if !found.is_empty() {
        return Err(OpError::Findings(Box::new(Findings {
            sources: findings.sources,
            diagnostics: found,
        })));
    }
    if cases.is_empty() {
        return Err(OpError::NotThere {
            message: "the files hold no tests: nothing was tested".to_owned(),
            help: "`tcperm test --init` writes those that follow from the topology".to_owned(),
        });
    }
    if holders.roles.is_empty() {
        return Err(OpError::NotThere {
            message: format!("the sandbox `{}` has no roles to test", holders.context.sandbox),
            help: "see with `tcperm render` which roles its topologies need; `tcperm create` makes them"
                .to_owned(),
        });
    }
    let shift = holders.findings.sources.append(findings.sources);
    let moved = findings.diagnostics.into_iter().map(|finding| Diagnostic {
        span: finding.span.as_ref().map(|span| shift.of(span)),
        ..finding
    });
    holders.findings.diagnostics.extend(moved);
    let mut judges = BTreeMap::new();
    let mut run = |case: Case| {
        let span = shift.of(case.span);
        tested(&holders, &mut judges, case, span)
    };
    let cases = cases.into_iter().map(&mut run).collect();
    Ok(Tested { holders, cases })
}

/// Keeps what tests gave in a file of its own, in the place of what is there.
///
/// # Errors
/// When it cannot be written.
pub fn write_test_report(path: &std::path::Path, text: &str) -> Result<(), OpError> {
    source::create_files(&BTreeMap::from([(path.to_owned(), text)]), Existing::Replaced)?;
    Ok(())
}

/// A case, filled in.
struct Case<'t> {
    test: &'t str,
    span: &'t Span,
    is_one_of_several: bool,
    role: String,
    action: String,
    resource: String,
    context: Vec<(String, Option<Vec<String>>)>,
    expected: Expected,
}

/// The cases of all tests.
fn cases<'t>(tests: &'t [PermissionTest], place: &Context, found: &mut Vec<Diagnostic>) -> Vec<Case<'t>> {
    let mut cases = Vec::new();
    for test in tests {
        let number = [&test.roles, &test.actions, &test.resources]
            .iter()
            .fold(1_usize, |product, words| product.saturating_mul(words.len()));
        if cases.len().saturating_add(number) > MAX_CASES {
            let message = format!("up to here the tests have more than {MAX_CASES} cases");
            let finding = Diagnostic::error(codes::INVALID_TEST, message);
            found.push(
                finding
                    .at(test.span.clone())
                    .help("run the files one by one, or shorten the lists"),
            );
            return cases;
        }
        let mut fill = |words: &Words| -> Vec<String> {
            let filled = words.iter().filter_map(|word| filled(word, place, found));
            filled.collect()
        };
        let [roles, actions, resources] = [&test.roles, &test.actions, &test.resources].map(&mut fill);
        let context: Vec<_> = test
            .context
            .iter()
            .map(|(key, values)| (key.value.clone(), values.as_ref().map(&mut fill)))
            .collect();
        for role in &roles {
            for action in &actions {
                for resource in &resources {
                    cases.push(Case {
                        test: &test.name,
                        span: &test.span,
                        is_one_of_several: number > 1,
                        role: role.clone(),
                        action: action.clone(),
                        resource: resource.clone(),
                        context: context.clone(),
                        expected: test.expected,
                    });
                }
            }
        }
    }
    cases
}

/// A word with its variables filled in; reports the one that has no value.
fn filled(word: &Located<String>, place: &Context, found: &mut Vec<Diagnostic>) -> Option<String> {
    match values::filled(&word.value, place) {
        Ok(text) => Some(text),
        Err(name) => {
            let message = format!("the variable `{{{{{name}}}}}` has no value here");
            let finding = Diagnostic::error(codes::INVALID_TEST, message);
            let help = "name the profile with `-e`, or do without the variable";
            found.push(finding.at(word.span.clone()).help(help));
            None
        }
    }
}

/// Runs a case.
fn tested(holders: &Holders, judges: &mut BTreeMap<usize, Judge>, case: Case<'_>, span: Span) -> TestedCase {
    let (answer, failure) = match find_role(holders, &case.role) {
        Err(known) => (None, Some(TestFailure::NoRole(known))),
        Ok((index, holder)) => {
            let judge = judges.entry(index);
            let judge = judge.or_insert_with(|| Judge::of_role(holder, &Beside::default()));
            let answer = judge.answer(&CanQuestion {
                action: case.action.clone(),
                resource: case.resource.clone(),
                given: case.context,
            });
            let failure = failure(&answer, case.expected);
            (Some(answer), failure)
        }
    };
    TestedCase {
        test: case.test.to_owned(),
        span,
        is_one_of_several: case.is_one_of_several,
        role: case.role,
        action: case.action,
        resource: case.resource,
        expected: case.expected,
        answer,
        failure,
    }
}

/// Why a case fails, if it does. What could not be read can allow what nothing else allows, but for a
/// boundary; what is allowed by what was read stays so, as far as that is known.
fn failure(answer: &CanAnswer, expected: Expected) -> Option<TestFailure> {
    if !answer.missing_context.is_empty() {
        return Some(TestFailure::Uncertain);
    }
    if !expected.is_met(answer.verdict) {
        return Some(TestFailure::Otherwise);
    }
    let is_policy = |what: &String| !what.starts_with("permissions boundary");
    let is_open = answer.verdict == Verdict::ImplicitDeny && answer.unread.iter().any(is_policy);
    is_open.then_some(TestFailure::Unread)
}

/// The role that a test names: by its kind (the base role), its own name, or what it is for
/// (`function/orders/place`). Or else which roles there are.
fn find_role<'h>(holders: &'h Holders, asked: &str) -> Result<(usize, &'h Holder), String> {
    let is_kind = RoleKind::ALL.iter().any(|kind| kind.name() == asked);
    let is_asked = |holder: &Holder| {
        if is_kind {
            return holder.id.owner.is_none() && holder.id.kind.name() == asked;
        }
        holder.name.as_str().eq_ignore_ascii_case(asked) || holder.id.label().as_deref() == Some(asked)
    };
    let mut roles = holders.roles.iter().enumerate();
    roles.find(|(_, holder)| is_asked(holder)).ok_or_else(|| {
        let names: Vec<String> = holders.roles.iter().map(|holder| named(&holder.id)).collect();
        if names.is_empty() {
            return "there are no roles".to_owned();
        }
        let near = nearest(asked, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        format!("{near}there are `{}`", names.join("`, `"))
    })
}

/// A user's text for a message: in backticks, escaped, bounded.
fn shown(text: &str) -> String {
    let head: String = text.chars().take(SHOWN).collect();
    let rest = if head.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", head.escape_debug())
}

//! How long reasoning over policies takes: decisions, proofs and comparisons, and how each grows.
//!
//! Prints one JSON document; `scripts/bench reasoning` builds it, runs it and reads that.

mod policies;
mod requests;
mod timing;

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use clap::Parser;
use serde_json::{Value, json};
use tcperm::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use tcperm::model::{AccountId, Assets, Region, RoleKind, Sandbox};
use tcperm::ops::{self, Aim, Holders, Making, ProofRequest, Wanted};
use tcperm::policy::Policy;
use tcperm::prove::{Subject, compare, outside};
use tcperm::source::Reach;

use self::policies::{narrowed, of_characters, of_statements, sandboxed};
use self::requests::{of_policies, of_role};
use self::timing::nanoseconds;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Measures, and prints the medians as JSON
#[derive(Debug, Parser)]
struct Arguments {
    /// The example whose roles are judged
    #[arg(long, default_value = "examples/storefront")]
    example: PathBuf,
    /// Over how many batches a median is taken
    #[arg(long, default_value_t = 15)]
    batches: usize,
    /// How many statements the policies have of which decisions and proofs are measured
    #[arg(long, num_args = 1.., default_values_t = [10, 20, 40, 80, 160])]
    statements: Vec<usize>,
    /// How many thousand characters the policies have that are compared
    #[arg(long, num_args = 1.., default_values_t = [1, 5, 10, 20])]
    kilobytes: Vec<usize>,
    /// What cargo tells every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let batches = arguments.batches;
    let wanted = wanted(&arguments.example)?;
    let holders = ops::rendered_holders(&wanted, &AccountId::placeholder())?;
    let statements = arguments.statements.iter();
    let kilobytes = arguments.kilobytes.iter();
    let figures = json!({
        "decisions": decisions(&holders, batches)?,
        "proof": proof(&holders, &wanted, batches),
        "statements": statements.map(|count| by_statements(*count, batches)).collect::<Outcome<Vec<_>>>()?,
        "kilobytes": kilobytes.map(|size| by_size(*size, batches)).collect::<Outcome<Vec<_>>>()?,
    });
    println!("{figures:#}");
    Ok(())
}

/// All roles of the topology in a directory, in the sandbox `dev`.
fn wanted(directory: &Path) -> Outcome<Wanted> {
    Ok(Wanted {
        directory: directory.to_owned(),
        reach: Reach::Here,
        topology: None,
        sandbox: Sandbox::parse("dev")?,
        region: Region::parse("us-west-2")?,
        profile: None,
        event_bus: "default".to_owned(),
        graphql_apis: std::collections::BTreeMap::new(),
        assets: Assets::default(),
        options: tcperm::grants::Options::default(),
        configuration: tcperm::diagnostic::Sources::new(),
        kinds: RoleKind::ALL.to_vec(),
        making: Making::default(),
        accepted: Vec::new(),
    })
}

/// A request, and who answers to it.
type Asked<'a> = (&'a Authorizer, Request);

/// Decisions over the roles of a sandbox: for each statement requests that it allows, and the same in
/// another sandbox.
fn decisions(holders: &Holders, batches: usize) -> Outcome<Value> {
    let sandbox = &holders.context.sandbox;
    let roles = holders.roles.iter();
    let authorizers: Vec<Authorizer> = roles
        .clone()
        .map(|role| Authorizer::new(&role.policy_set()))
        .collect();
    let asked = authorizers
        .iter()
        .zip(roles.clone())
        .flat_map(|(authorizer, role)| {
            let requests = of_role(role, sandbox);
            requests.into_iter().map(move |request| (authorizer, request))
        });
    let asked: Vec<Asked<'_>> = asked.collect();
    let documents = roles.flat_map(|role| &role.documents);
    Ok(json!({
        "roles": holders.roles.len(),
        "statements": documents.map(|one| one.policy.statement.len()).sum::<usize>(),
        "answers": answered(&asked, batches)?,
    }))
}

/// How long answers take, one with another.
fn answered(asked: &[Asked<'_>], batches: usize) -> Outcome<Value> {
    let count = u32::try_from(asked.len())?;
    let allowed = asked
        .iter()
        .filter(|(by, request)| by.verdict(request) == Verdict::Allowed);
    let allowed = allowed.count();
    let each = |nanoseconds: f64| nanoseconds / f64::from(count.max(1));
    let decide = nanoseconds(batches, || {
        for (by, request) in asked {
            black_box(by.decide(black_box(request)));
        }
    });
    let verdict = nanoseconds(batches, || {
        for (by, request) in asked {
            black_box(by.verdict(black_box(request)));
        }
    });
    Ok(json!({
        "requests": count,
        "allowed": allowed,
        "decide_ns": each(decide),
        "verdict_ns": each(verdict),
    }))
}

/// The proof that a sandbox is closed, as `tcperm prove` makes it, all roles and each alone.
fn proof(holders: &Holders, wanted: &Wanted, batches: usize) -> Value {
    let request = ProofRequest {
        aim: Aim::Isolation,
        accepted: wanted.accepted.clone(),
    };
    let result = ops::prove(holders, &request).result;
    let all = nanoseconds(batches, || {
        black_box(ops::prove(black_box(holders), &request));
    });
    let each = holders.roles.iter().map(|role| {
        let alone = Holders {
            roles: vec![role.clone()],
            provided: Vec::new(),
            ..holders.clone()
        };
        let taken = nanoseconds(batches, || {
            black_box(ops::prove(black_box(&alone), &request));
        });
        let result = ops::prove(&alone, &request).result.name();
        json!({"role": role.name, "result": result, "ns": taken})
    });
    json!({"result": result.name(), "ns": all, "roles": each.collect::<Vec<_>>()})
}

/// Decisions over one policy of so many statements, and the proof that it stays in its sandbox.
fn by_statements(count: usize, batches: usize) -> Outcome<Value> {
    let policy = of_statements(count)?;
    let set = PolicySet {
        identity: vec![&policy],
        ..PolicySet::default()
    };
    let authorizer = Authorizer::new(&set);
    let requests = of_policies([&policy], &Sandbox::parse("dev")?, &RequestContext::open());
    let asked: Vec<Asked<'_>> = requests
        .into_iter()
        .map(|request| (&authorizer, request))
        .collect();
    let meant = sandboxed()?;
    let answer = outside(&subject(&policy), &meant.statement);
    let taken = nanoseconds(batches, || {
        black_box(outside(black_box(&subject(&policy)), &meant.statement));
    });
    let prepare = nanoseconds(batches, || {
        black_box(Authorizer::new(black_box(&set)));
    });
    Ok(json!({
        "statements": count,
        "characters": policy.size(),
        "prepare_ns": prepare,
        "answers": answered(&asked, batches)?,
        "outside": {"result": policies::name(&answer), "ns": taken},
    }))
}

/// Two policies of so many thousand characters, compared: equal but for their order, and narrower.
fn by_size(kilobytes: usize, batches: usize) -> Outcome<Value> {
    let policy = of_characters(kilobytes * 1000)?;
    let reversed = Policy {
        statement: policy.statement.iter().rev().cloned().collect(),
        ..policy.clone()
    };
    let narrower = narrowed(&policy);
    let compared = |other: &Policy| {
        let relation = compare(&subject(&policy), &subject(other)).relation;
        let taken = nanoseconds(batches, || {
            black_box(compare(black_box(&subject(&policy)), &subject(other)));
        });
        json!({"relation": format!("{relation:?}"), "ns": taken})
    };
    Ok(json!({
        "kilobytes": kilobytes,
        "characters": policy.size(),
        "statements": policy.statement.len(),
        "same": compared(&reversed),
        "narrowed": compared(&narrower),
    }))
}

fn subject(policy: &Policy) -> Subject<'_> {
    Subject {
        identity: vec![policy],
        boundary: None,
        known: RequestContext::open(),
    }
}

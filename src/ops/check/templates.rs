use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{codes, policies};
use crate::diagnostic::{self, Diagnostic, FileId, Located, Sources, Span};
use crate::intent::{Extent, Samples, samples};
use crate::model::{Arn, Context, InvalidName, Namespace, RoleId, RoleKind, RoleOwner};
use crate::plan::limits;
use crate::policy::catalogue::Catalogue;
use crate::policy::lint::{self, Finding, LintOptions, Subject, TOO_LONG};
use crate::policy::{Policy, Principal, Principals, Read, Values};
use crate::template::{
    Part, Place, RoleTemplate, RuleBook, Scheduling, TemplateError, TemplateSet, codes as template_codes,
};

/// What is found in a set, and in what each of its templates renders to; and how many there are.
pub(super) fn check(
    rules: &'static RuleBook,
    context: &Context,
    (sources, files, vars): (&Sources, &BTreeMap<String, FileId>, &BTreeMap<String, Value>),
) -> Result<(usize, Vec<Diagnostic>), TemplateError> {
    let (set, mut found) = TemplateSet::read(rules, sources, files, vars);
    let mut count = 0;
    for (place, template) in set.roles() {
        count += 1;
        match role(place, context) {
            Ok(id) => found.extend(lint((rules, &set), context, (&id, template))?),
            Err(error) => found.extend(unusable(&error, template)),
        }
    }
    Ok((count, found))
}

/// What is found in what a template renders to.
pub(super) fn lint(
    (rules, set): (&RuleBook, &TemplateSet),
    context: &Context,
    (id, template): (&RoleId, &RoleTemplate),
) -> Result<Vec<Diagnostic>, TemplateError> {
    let Samples {
        documents,
        managed,
        diagnostics: mut found,
    } = samples((rules, set), context, (id, template))?;
    let account = context.account.to_string();
    let options = LintOptions {
        tag_key: Context::TAG_KEY,
        sandbox: Some(context.sandbox.as_str()),
        account: Some(&account),
    };
    let lint = |read: &Read, subject: Subject<'_>| lint::lint(read, subject, Catalogue::built_in(), &options);
    let least = rules.trust(id.kind, context, &Scheduling::Groups(BTreeSet::new()))?;
    let most = rules.trust(id.kind, context, &Scheduling::Any)?;
    let trusted = |read: &Read| {
        let of = |trust| {
            lint(
                read,
                Subject::Trust {
                    services: &services(trust),
                },
            )
        };
        both(of(&most), &of(&least))
    };
    for (part, extent, document) in documents {
        let read = Read {
            policy: document.policy.clone(),
            places: document.places.clone(),
        };
        let findings = match part {
            Part::Policy | Part::Topology => lint(&read, Subject::Identity),
            Part::Trust => trusted(&read),
        };
        let findings = findings.into_iter();
        // No role holds all that it can: how long that would be says nothing.
        let findings = findings.filter(|finding| extent == Extent::Nothing || finding.code != TOO_LONG);
        let place = |range: &std::ops::Range<usize>| document.span(range.clone());
        found.extend(findings.flat_map(|finding| policies::placed(finding, place)));
    }
    found.extend(attached(&managed));
    diagnostic::sort(&mut found);
    Ok(found)
}

/// What is found of a trust policy whether the services that run with a role only at times are
/// counted among those that do, or not: one of them may be trusted, and need not be.
fn both(mut found: Vec<Finding>, others: &[Finding]) -> Vec<Finding> {
    let is_same = |one: &Finding, other: &Finding| {
        (one.code, &one.range, &one.message) == (other.code, &other.range, &other.message)
    };
    found.retain(|one| others.iter().any(|other| is_same(one, other)));
    found
}

/// The services that run with a role, as the built-in trust policy has them.
fn services(trust: &Policy) -> Vec<&str> {
    let principals = trust
        .statement
        .iter()
        .filter_map(|statement| statement.principal.as_ref());
    let services = principals.filter_map(|principal| match principal {
        Principal::In(Principals::Typed(types)) => types.get("Service"),
        Principal::In(Principals::Anyone) | Principal::NotIn(_) => None,
    });
    services.flat_map(Values::iter).collect()
}

/// The role that a template makes.
fn role(place: &Place, context: &Context) -> Result<RoleId, InvalidName> {
    let own = |kind: RoleKind, namespace: &Namespace, function: Option<&str>| {
        let owner = RoleOwner {
            namespace: namespace.clone(),
            function: function.map(str::to_owned),
        };
        RoleId::own(kind, owner, &context.sandbox)
    };
    match place {
        Place::Base(kind) => Ok(RoleId::base(*kind, &context.sandbox)),
        Place::Kind(namespace, kind) => own(*kind, namespace, None),
        Place::Function(namespace, function) => own(RoleKind::Function, namespace, Some(function)),
    }
}

fn unusable(error: &InvalidName, template: &RoleTemplate) -> Option<Diagnostic> {
    let file = template.source(Part::Policy)?;
    let finding = Diagnostic::warning(template_codes::UNUSED_TEMPLATE, error.message.as_str());
    Some(finding.help(error.help.as_str()).at(Span::new(file, 0..0)))
}

/// What IAM would refuse about managed policies.
fn attached(managed: &[Located<Arn>]) -> Vec<Diagnostic> {
    let is_policy = |arn: &Arn| arn.as_str().contains(":iam::") && arn.resource().starts_with("policy/");
    let others = managed.iter().filter(|arn| !is_policy(&arn.value));
    let mut found: Vec<Diagnostic> = others
        .map(|arn| {
            let message = format!("`{}` is no managed policy", arn.value.as_str().escape_debug());
            Diagnostic::error(codes::NO_MANAGED_POLICY, message)
                .help("write the ARN of a managed policy, as `arn:aws:iam::aws:policy/NAME`")
                .at(arn.span.clone())
        })
        .collect();
    if let Some(first) = managed.get(limits::MANAGED_POLICIES) {
        let count = managed.len();
        let message = format!(
            "the role has {count} managed policies, and IAM attaches {}",
            limits::MANAGED_POLICIES
        );
        let finding = if count > limits::MANAGED_POLICIES_GRANTED {
            Diagnostic::error(limits::codes::TOO_MANY_MANAGED_POLICIES, message)
                .help("name fewer: no quota allows more than 20")
        } else {
            Diagnostic::warning(limits::codes::TOO_MANY_MANAGED_POLICIES, message)
                .help("name fewer, or ask AWS for a higher quota of the account")
        };
        found.push(finding.at(first.span.clone()));
    }
    found
}

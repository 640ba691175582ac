use std::collections::{BTreeMap, BTreeSet};

use super::markup::{Markup, element, plain, said};
use super::table;
use crate::model::{Arn, Context};
use crate::ops::{Holder, Report};
use crate::policy::{Action, Effect, Resource, Statement};
use crate::view::statement::{Names, name};

/// How a statement tells the resources of its sandbox from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// By the sandbox's tag.
    Tagged,
    /// It names them.
    Exact,
    /// By a pattern of names.
    Named,
    /// Not at all.
    Account,
    /// It denies.
    Denied,
}

impl Reach {
    /// Of a statement of a role in a sandbox.
    pub(super) fn of(statement: &Statement, context: &Context) -> Self {
        if statement.effect == Effect::Deny {
            return Self::Denied;
        }
        let (Action::In(_), Some(Resource::In(resources))) = (&statement.action, &statement.resource) else {
            return Self::Account;
        };
        let sandbox = context.sandbox.to_string();
        let key = format!("aws:ResourceTag/{}", Context::TAG_KEY);
        let equals = statement.condition.get("StringEquals");
        let is_tagged = equals.into_iter().flatten().any(|(known, values)| {
            known.eq_ignore_ascii_case(&key) && values.iter().all(|value| value == sandbox)
        });
        if is_tagged {
            Self::Tagged
        } else if resources.iter().any(|resource| resource == "*") {
            Self::Account
        } else if resources.iter().any(|resource| resource.contains(['*', '?'])) {
            Self::Named
        } else {
            Self::Exact
        }
    }

    /// Its name in the page's markup.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Tagged => "tagged",
            Self::Exact => "exact",
            Self::Named => "named",
            Self::Account => "account",
            Self::Denied => "denied",
        }
    }

    /// In words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Tagged => "by the sandbox's tag",
            Self::Exact => "named resources",
            Self::Named => "by name alone",
            Self::Account => "whole account",
            Self::Denied => "denied",
        }
    }

    /// As a mark that is read without its colour.
    pub(super) fn badge(self) -> Markup {
        said("span", &format!("badge {}", self.id()), self.words())
    }
}

/// What a role may do to a target: the names of the actions.
type Cell = BTreeSet<String>;

/// Service, target, and how it is told from others.
type Target = (String, String, Reach);

/// Who can reach what: the targets of each service, and what each role may do to them.
pub(super) fn section(report: &Report) -> Markup {
    let roles = &report.holders.roles;
    let mut targets: BTreeMap<Target, BTreeMap<usize, Cell>> = BTreeMap::new();
    for (number, role) in roles.iter().enumerate() {
        for statement in role
            .documents
            .iter()
            .flat_map(|document| &document.policy.statement)
        {
            for (target, action) in reached(role, statement, &report.holders.context) {
                let cells = targets.entry(target).or_default();
                cells.entry(number).or_default().insert(action);
            }
        }
    }
    let not_shown = not_shown(report);
    if targets.is_empty() {
        return said("p", "note", "No role holds a statement.").and(&not_shown);
    }
    let names: Vec<String> = roles.iter().map(|role| role.name.to_string()).collect();
    let headings: Vec<&str> = ["Target", "Told apart"]
        .into_iter()
        .chain(names.iter().map(String::as_str))
        .collect();
    let services: BTreeSet<&str> = targets.keys().map(|(service, ..)| service.as_str()).collect();
    let of_service = |service: &str| {
        let rows = targets.iter().filter(|((of, ..), _)| of == service);
        let rows: Markup = rows.map(|(target, cells)| row(target, cells, &names)).collect();
        let span = headings.len().to_string();
        let attributes = [("scope", "rowgroup"), ("colspan", span.as_str())];
        let head = element(
            "tr",
            &[("class", "group")],
            &element("th", &attributes, &Markup::text(service)),
        );
        element("tbody", &[], &head.and(&rows))
    };
    let rows = services.into_iter().map(of_service).collect();
    let table = table("Who can reach what", &headings, &rows);
    not_shown.and(&element("div", &[("class", "matrix")], &table))
}

fn row((_, target, reach): &Target, cells: &BTreeMap<usize, Cell>, names: &[String]) -> Markup {
    let cell = |(number, name): (usize, &String)| {
        let Some(actions) = cells.get(&number) else {
            let label = format!("{name}: nothing");
            return element(
                "td",
                &[("class", "none"), ("aria-label", &label)],
                &Markup::text("–"),
            );
        };
        let actions: Markup = actions.iter().map(|action| plain("li", action)).collect();
        let list = element("ul", &[("class", "plain")], &actions);
        element("td", &[("class", reach.id())], &list)
    };
    let head = element("th", &[("scope", "row")], &plain("code", target));
    let reached = element("td", &[], &reach.badge());
    let cells = names.iter().enumerate().map(cell).collect();
    let attributes = [("class", "row"), ("data-reach", reach.id())];
    element("tr", &attributes, &head.and(&reached).and(&cells))
}

/// The targets of a statement, each with an action on it.
fn reached(role: &Holder, statement: &Statement, context: &Context) -> Vec<(Target, String)> {
    let reach = Reach::of(statement, context);
    let actions: Vec<(&str, String)> = match &statement.action {
        Action::In(actions) => {
            let split = actions
                .iter()
                .map(|action| action.split_once(':').unwrap_or((ANY_SERVICE, action)));
            split
                .map(|(service, name)| (service_of(service), name.to_owned()))
                .collect()
        }
        // What is left out says nothing of the services to which the rest belongs.
        Action::NotIn(actions) => {
            let names: Vec<&str> = actions.iter().collect();
            vec![(ANY_SERVICE, format!("all but {}", names.join(", ")))]
        }
    };
    let resources: Vec<&str> = match &statement.resource {
        Some(Resource::In(resources)) => resources.iter().collect(),
        Some(Resource::NotIn(_)) | None => vec!["*"],
    };
    let mut found = Vec::new();
    for (service, name_of_action) in actions {
        // A resource of another service is left out, unless that would leave nothing.
        let fits = |resource: &&&str| is_of(resource, service);
        let fitting: Vec<&&str> = resources.iter().filter(fits).collect();
        let shown = if fitting.is_empty() {
            resources.iter().collect()
        } else {
            fitting
        };
        for resource in shown {
            let short = name(resource, Names::Short(&role.arn));
            found.push(((service.to_owned(), short, reach), name_of_action.clone()));
        }
    }
    found
}

/// What stands for the service of an action that names none.
const ANY_SERVICE: &str = "every service";

fn service_of(service: &str) -> &str {
    if service == "*" { ANY_SERVICE } else { service }
}

/// Whether a resource can be one of a service, both as they stand in a statement.
fn is_of(resource: &str, service: &str) -> bool {
    let is_open = |text: &str| text.contains(['*', '?', '$']);
    match resource.split(':').nth(2) {
        Some(of) if Arn::parse(resource).is_ok() => {
            service == ANY_SERVICE || is_open(service) || is_open(of) || of.eq_ignore_ascii_case(service)
        }
        _ => true,
    }
}

/// What the table does not show, since it is not known here.
fn not_shown(report: &Report) -> Markup {
    let holders = &report.holders;
    let unread = holders.roles.iter().flat_map(|role| {
        let unread = role.unread.iter();
        unread.map(move |name| format!("{name} of {}", role.name))
    });
    let provided = holders.provided.iter().filter_map(|role| role.names.first());
    let passed_over = holders.passed_over.iter().map(|(name, _)| name);
    let roles = provided.chain(passed_over).map(|name| format!("the role {name}"));
    let all: Vec<String> = unread.chain(roles).collect();
    if all.is_empty() {
        return Markup::default();
    }
    said(
        "p",
        "note",
        &format!("Not known here, and not in the table: {}.", all.join(", ")),
    )
}

use super::markup::{Markup, element, plain, said};
use super::matrix::Reach;
use super::{asked_by, codes, counted, provenance, table};
use crate::intent::Document;
use crate::ops::{Holder, Origin, Report};
use crate::policy::{Action, Effect, Principal, Principals, Resource, Statement, Values};
use crate::view::statement::{Names, conditions, name};

/// The roles to choose from in the page's filter.
pub(super) fn role_options(report: &Report) -> Markup {
    let option = |role: &Holder| {
        let name = role.name.to_string();
        element("option", &[("value", name.as_str())], &Markup::text(&name))
    };
    report.holders.roles.iter().map(option).collect()
}

/// Each role with its statements in plain words, and where they come from.
pub(super) fn section(report: &Report) -> Markup {
    let groups: Markup = report
        .holders
        .roles
        .iter()
        .map(|role| group(role, report))
        .collect();
    if groups.is_empty() {
        return said("p", "note", "The topologies need no role.");
    }
    let headings = [
        "What the role may do",
        "Actions",
        "On",
        "Only if",
        "Why it is there",
    ];
    table("Roles and statements", &headings, &groups)
}

/// A role's rows.
fn group(role: &Holder, report: &Report) -> Markup {
    let name = role.name.to_string();
    let statements = role.documents.iter().flat_map(|document| {
        let with_origins = document.policy.statement.iter().zip(&document.origins);
        with_origins.map(|(statement, origin)| (document.name.as_str(), statement, origin))
    });
    let rows: Vec<Markup> = statements
        .map(|(policy, statement, origin)| row(role, (policy, statement, origin), report))
        .collect();
    let mut about = vec![format!(
        "{} role, {}",
        role.id.kind,
        counted(rows.len(), "statement")
    )];
    if role.mode != "dynamic" {
        about.push(role.mode.clone());
    }
    let trusted = trusted(&role.trust);
    if !trusted.is_empty() {
        about.push(format!("assumed by {}", trusted.join(", ")));
    }
    about.extend(
        role.boundary
            .iter()
            .map(|boundary| format!("boundary {}", boundary.arn)),
    );
    about.extend(role.unread.iter().map(|unread| format!("not read: {unread}")));
    let about = about.join(" · ");
    let head = plain("code", &name).and(&said("span", "about", &about));
    let attributes = [("scope", "rowgroup"), ("colspan", "5")];
    let head = element("tr", &[("class", "group")], &element("th", &attributes, &head));
    let rows: Markup = if rows.is_empty() {
        let cell = element("td", &[("colspan", "5")], &Markup::text("holds no statement"));
        element("tr", &[("class", "row"), ("data-role", name.as_str())], &cell)
    } else {
        rows.into_iter().collect()
    };
    element("tbody", &[], &head.and(&rows))
}

fn row(role: &Holder, (policy, statement, origin): (&str, &Statement, &Origin), report: &Report) -> Markup {
    let names = Names::Short(&role.arn);
    let reach = Reach::of(statement, &report.holders.context);
    let sources = &report.holders.findings.sources;
    let short = |values: &Values| -> Vec<String> { values.iter().map(|one| name(one, names)).collect() };
    let listed = |before: &str, texts: &[String]| {
        let before = if before.is_empty() {
            Markup::default()
        } else {
            said("p", "name", before)
        };
        before.and(&codes(texts.iter().map(String::as_str)))
    };
    let actions: Vec<String> = match &statement.action {
        Action::In(actions) | Action::NotIn(actions) => actions.iter().map(str::to_owned).collect(),
    };
    let but = matches!(statement.action, Action::NotIn(_)).then_some("all but");
    let on = match &statement.resource {
        Some(Resource::In(resources)) => listed("", &short(resources)),
        Some(Resource::NotIn(resources)) => listed("all but", &short(resources)),
        None => Markup::text("–"),
    };
    let when: Vec<Markup> = conditions(&statement.condition, names)
        .iter()
        .map(|part| {
            element(
                "li",
                &[],
                &plain(
                    "code",
                    part.join(" ")
                        .trim_start_matches("if ")
                        .trim_start_matches("and "),
                ),
            )
        })
        .collect();
    let when = if when.is_empty() {
        said("span", "note", "always")
    } else {
        element("ul", &[("class", "plain")], &when.into_iter().collect())
    };
    let why = asked_by(&origin.asked_by, sources).and(&provenance(origin, sources));
    let sid = statement.sid.as_deref().unwrap_or("no Sid");
    let first = plain("p", &plain_words(statement, origin))
        .and(&element("p", &[], &reach.badge()))
        .and(&said("p", "note", &format!("{sid} in {policy}")));
    let cells = element("th", &[("scope", "row")], &first)
        .and(&element("td", &[], &listed(but.unwrap_or_default(), &actions)))
        .and(&element("td", &[], &on))
        .and(&element("td", &[], &when))
        .and(&element("td", &[], &why));
    let name = role.name.to_string();
    let attributes = [
        ("class", "row"),
        ("data-role", name.as_str()),
        ("data-reach", reach.id()),
    ];
    element("tr", &attributes, &cells)
}

/// What a statement lets a role do: what its capabilities say, or that nobody says it.
fn plain_words(statement: &Statement, origin: &Origin) -> String {
    let does: Vec<&str> = origin
        .purposes
        .iter()
        .map(|purpose| purpose.rule.does.as_str())
        .collect();
    let words = match (statement.effect, does.is_empty()) {
        (Effect::Deny, _) => "deny what stands beside this".to_owned(),
        (Effect::Allow, true) => {
            "what stands beside this: written by the team, in words of its own".to_owned()
        }
        (Effect::Allow, false) => {
            let mut words: Vec<&str> = Vec::new();
            for one in does {
                if !words.contains(&one) {
                    words.push(one);
                }
            }
            words.join("; ")
        }
    };
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

/// Who may assume a role, in the order of names.
fn trusted(trust: &Document) -> Vec<String> {
    let Document::Known(policy) = trust else {
        return Vec::new();
    };
    let mut names: Vec<String> = policy
        .statement
        .iter()
        .filter_map(|statement| statement.principal.as_ref())
        .flat_map(|principal| match principal {
            Principal::In(Principals::Typed(types)) => {
                types.values().flat_map(Values::iter).map(str::to_owned).collect()
            }
            Principal::In(Principals::Anyone) => vec!["anyone".to_owned()],
            Principal::NotIn(_) => vec!["all but some".to_owned()],
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

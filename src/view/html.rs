//! A report as one page of HTML that needs nothing else.
//!
//! The page is `templates/report/page.html` with the pieces put in. It loads nothing: its style and
//! its script stand in it, and its content security policy allows those two by their hashes and
//! nothing besides. Without the script all of it can be read; the script searches and filters. The
//! same report gives the same bytes.

mod layout;
mod markup;
mod matrix;
mod picture;
mod proof;
mod statements;

use std::path::Path;

use sha2::{Digest as _, Sha256};

use self::markup::{Markup, element, filled, plain, said};
use super::report::harmless;
use crate::diagnostic::Sources;
use crate::grants::Asker;
use crate::ops::{Origin, Report, RolesOf};

const PAGE: &str = include_str!("../../templates/report/page.html");
const SCRIPT: &str = include_str!("../../templates/report/script.js");
const STYLE: &str = include_str!("../../templates/report/style.css");

/// The page of a report.
#[must_use]
pub fn page(report: &Report) -> String {
    let context = &report.holders.context;
    let title = Markup::text(&format!("Permissions of sandbox {}", context.sandbox));
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(SCRIPT),
        source_hash(STYLE)
    );
    let pieces = [
        ("title", &title),
        ("policy", &Markup::text(&policy)),
        ("style", &Markup::own(STYLE)),
        ("script", &Markup::own(SCRIPT)),
        ("facts", &facts(report)),
        ("results", &proof::results(report)),
        ("proof", &proof::section(report)),
        ("accepted", &proof::accepted(report)),
        ("picture", &picture::section(report)),
        ("matrix", &matrix::section(report)),
        ("role-options", &statements::role_options(report)),
        ("statements", &statements::section(report)),
        ("version", &Markup::own(env!("CARGO_PKG_VERSION"))),
    ];
    filled(PAGE, &pieces)
}

/// What a report says in short, and the file that holds it.
pub(super) fn summary(report: &Report, file: Option<&Path>) -> String {
    let [isolation, escalation] = &report.proofs;
    let written = file.map(|file| format!("{} written\n", harmless(&file.display().to_string())));
    format!(
        "sandbox {} · {} · isolation {} · no escalation {}\n{}",
        report.holders.context.sandbox,
        counted(report.holders.roles.len(), "role"),
        isolation.result.name(),
        escalation.result.name(),
        written.unwrap_or_default()
    )
}

/// What the page speaks of.
fn facts(report: &Report) -> Markup {
    let context = &report.holders.context;
    let namespaces: Vec<String> = report
        .holders
        .namespaces
        .iter()
        .map(ToString::to_string)
        .collect();
    let account = report.account.as_ref();
    let statements = report.holders.roles.iter().flat_map(|role| &role.documents);
    let statements: usize = statements.map(|document| document.policy.statement.len()).sum();
    let roles_of = match report.roles_of {
        RolesOf::Topologies => "the topologies",
        RolesOf::Account => "the account",
    };
    let facts = [
        ("Sandbox", context.sandbox.to_string()),
        (
            "Account",
            account.map_or_else(|| "not named".to_owned(), ToString::to_string),
        ),
        ("Region", context.region.to_string()),
        ("Topologies", namespaces.join(", ")),
        ("Roles read from", roles_of.to_owned()),
        ("Roles", report.holders.roles.len().to_string()),
        ("Statements", statements.to_string()),
    ];
    let fact = |(name, value): &(&str, String)| {
        let both = plain("dt", name).and(&plain("dd", value));
        element("div", &[], &both)
    };
    facts.iter().map(fact).collect()
}

/// `1 role`, `2 roles`.
fn counted(number: usize, word: &str) -> String {
    if number == 1 {
        format!("1 {word}")
    } else {
        format!("{number} {word}s")
    }
}

/// A table that is read, searched and scrolled on its own.
fn table(caption: &str, headings: &[&str], rows: &Markup) -> Markup {
    let heading = |text: &&str| element("th", &[("scope", "col")], &Markup::text(text));
    let head = element("tr", &[], &headings.iter().map(heading).collect());
    let whole = plain("caption", caption)
        .and(&element("thead", &[], &head))
        .and(rows);
    let attributes = [
        ("class", "scroll"),
        ("role", "region"),
        ("aria-label", caption),
        ("tabindex", "0"),
    ];
    element("div", &attributes, &element("table", &[], &whole))
}

/// The items of a list, each in code.
fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> Markup {
    let item = |text: &str| element("li", &[], &plain("code", text));
    element(
        "ul",
        &[("class", "plain")],
        &texts.into_iter().map(item).collect(),
    )
}

/// Who asked, by reason, each with the place that says so.
fn asked_by(askers: &[Asker], sources: &Sources) -> Markup {
    let askers: Vec<&Asker> = askers.iter().collect();
    let group = |(first, askers): (&Asker, Vec<&Asker>)| {
        let reason = Markup::sentence(&format!("because {}", first.reason));
        let reason = element("p", &[("class", "reason")], &reason);
        let place = |asker: &&Asker| {
            let place = plain("code", &sources.label(&asker.span));
            let subject = super::explain::subject(&asker.subject);
            element("li", &[], &place.and(&Markup::text(&format!(" {subject}"))))
        };
        let number = askers.len();
        let places = askers.iter().map(place).collect();
        let label = counted(number, "place");
        let long = [("class", "plain long"), ("tabindex", "0"), ("aria-label", &label)];
        let short = [("class", "plain")];
        let attributes: &[_] = if number > 8 { &long } else { &short };
        reason.and(&element("ul", attributes, &places))
    };
    super::explain::by_reason(&askers)
        .into_iter()
        .map(group)
        .collect()
}

/// Where a statement comes from: its template, its place in it, and its capabilities.
fn provenance(origin: &Origin, sources: &Sources) -> Markup {
    let mut facts = Vec::new();
    let place = origin.place.as_ref().map(|place| sources.label(place));
    let template = origin.template.as_ref();
    // The place in a template names it.
    let named = |template: &&String| {
        !place
            .as_ref()
            .is_some_and(|place| place.starts_with(template.as_str()))
    };
    facts.extend(
        template
            .filter(named)
            .map(|template| ("template", template.clone())),
    );
    facts.extend(place.iter().map(|place| ("template", place.clone())));
    for purpose in &origin.purposes {
        facts.push(("capability", purpose.capability.to_string()));
    }
    let fact = |(name, value): &(&str, String)| {
        let name = said("span", "name", name);
        element(
            "li",
            &[],
            &name.and(&Markup::text(" ")).and(&plain("code", value)),
        )
    };
    if facts.is_empty() {
        return Markup::default();
    }
    element(
        "ul",
        &[("class", "plain origin")],
        &facts.iter().map(fact).collect(),
    )
}

/// A hash of what an element holds, as a content security policy names it.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Base 64, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = LETTERS.get((word >> shift & 63) as usize).copied();
            let letter = letter.filter(|_| index <= chunk.len());
            text.push(char::from(letter.unwrap_or(b'=')));
        }
    }
    text
}

#[cfg(test)]
mod tests;

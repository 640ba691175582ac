use serde_json::{Map, Value, json};

use super::{FORMAT_VERSION, diagnostics, into_map, source, standing};
use crate::diagnostic::Sources;
use crate::grants::{Asker, Subject};
use crate::ops::{
    Explained, ExplainedProvided, ExplainedRole, ExplainedStatement, ExplainedTrust, NotGranted, Purpose,
    Withheld,
};
use crate::prove::Why;
use crate::topology::End;
use crate::view::explain::keys;

pub(in crate::view) fn explain(explained: &Explained) -> Value {
    let context = &explained.context;
    let sources = &explained.findings.sources;
    let role = |role: &ExplainedRole| {
        let trusted_for = role.trusted_for.iter().map(|(capability, one)| {
            let mut value = asker(one, sources);
            if let Value::Object(map) = &mut value {
                map.insert("capability".to_owned(), json!(capability.to_string()));
            }
            value
        });
        let (at, reason, doc) = match &role.trust {
            ExplainedTrust::BuiltIn(rule) => (None, Some(&rule.reason), Some(&rule.doc)),
            ExplainedTrust::Template(span) => (Some(sources.label(span)), None, None),
        };
        let template = role.template.as_deref();
        let statements = role
            .statements
            .iter()
            .map(|one| statement(one, template, sources));
        let not_granted = role
            .not_granted
            .iter()
            .map(|one| lacking(one, explained, sources));
        json!({
            "name": role.spec.name,
            "entity": role.id.kind,
            "kind": standing(&role.id),
            "source": source(role.template.as_deref()),
            "trust": {
                "principals": role.trusted(),
                "at": at,
                "reason": reason,
                "doc": doc,
                "asked_by": trusted_for.collect::<Value>(),
            },
            "statements": statements.collect::<Value>(),
            "not_granted": not_granted.collect::<Value>(),
        })
    };
    let withheld = |withheld: &Withheld| {
        let mut value = asker(&withheld.asker, sources);
        if let Value::Object(map) = &mut value {
            map.insert("entity".to_owned(), json!(withheld.role));
            map.insert("capability".to_owned(), json!(withheld.capability));
        }
        value
    };
    let without = explained.without_statement.iter();
    json!({
        "format_version": FORMAT_VERSION,
        "sandbox": context.sandbox,
        "account": explained.account,
        "region": context.region,
        "namespaces": explained.namespaces,
        "roles": explained.roles.iter().map(role).collect::<Value>(),
        "provided": explained.provided.iter().map(|role| provided(role, sources)).collect::<Value>(),
        "without_statement": without.map(|one| asker(one, sources)).collect::<Value>(),
        "withheld": explained.withheld.iter().map(withheld).collect::<Value>(),
        "diagnostics": diagnostics(&explained.findings),
    })
}

fn statement(explained: &ExplainedStatement, template: Option<&str>, sources: &Sources) -> Value {
    let at = explained.place.as_ref().map(|span| sources.label(span));
    let mut value = into_map(json!({
        "policy": explained.policy,
        "sid": explained.statement.sid,
        "at": at,
    }));
    value.extend(purpose(explained.purpose.as_ref()));
    if explained.purpose.is_none() {
        value.insert("template".to_owned(), json!(template));
    }
    value.insert("asked_by".to_owned(), askers(&explained.asked_by, sources));
    Value::Object(value)
}

/// What a statement is there for; null throughout where that is not known.
fn purpose(purpose: Option<&Purpose>) -> Map<String, Value> {
    let rule = purpose.map(|purpose| &purpose.rule);
    into_map(json!({
        "capability": purpose.map(|purpose| purpose.capability.to_string()),
        "template": purpose.map(Purpose::template),
        "does": rule.map(|rule| &rule.does),
        "scope": rule.map(|rule| rule.scope),
        "exception": rule.and_then(|rule| rule.exception.as_ref()),
    }))
}

/// What a template does not grant. ARNs hold the account, which may not be known.
fn lacking(lacking: &NotGranted, explained: &Explained, sources: &Sources) -> Value {
    let mut value = purpose(Some(&lacking.purpose));
    let missing = lacking.missing.iter().map(|missing| {
        let (why, sid, keys) = match &missing.why {
            Why::NotAllowed => ("not-allowed", None, Vec::new()),
            Why::Denied { sid } => ("denied", sid.as_ref(), Vec::new()),
            Why::Conditional { sid, condition } => ("conditional", sid.as_ref(), keys(condition)),
            Why::Unknown => ("unknown", None, Vec::new()),
        };
        json!({
            "actions": missing.actions,
            "resources": explained.account.as_ref().map(|_| &missing.resources),
            "why": why,
            "sid": sid,
            "keys": keys,
        })
    });
    value.insert("missing".to_owned(), missing.collect());
    value.insert("asked_by".to_owned(), askers(&lacking.asked_by, sources));
    Value::Object(value)
}

fn provided(role: &ExplainedProvided, sources: &Sources) -> Value {
    let needed = role.statements.iter().map(|needed| {
        let mut value = purpose(Some(&needed.purpose));
        value.insert("sid".to_owned(), json!(needed.statement.sid));
        value.insert("asked_by".to_owned(), askers(&needed.asked_by, sources));
        Value::Object(value)
    });
    json!({"names": role.names, "entity": role.kind, "statements": needed.collect::<Value>()})
}

fn askers(asked_by: &[Asker], sources: &Sources) -> Value {
    asked_by.iter().map(|one| asker(one, sources)).collect()
}

fn asker(asker: &Asker, sources: &Sources) -> Value {
    let (source, target, via) = match &asker.subject {
        Subject::Edge { source, target, via } => (Some(source), Some(target), Some(via)),
        Subject::Entity(entity) => (Some(entity), None, None),
        Subject::Setting => (None, None, None),
    };
    let end = |end: &End| json!({"kind": end.kind, "name": end.name});
    json!({
        "at": sources.label(&asker.span),
        "source": source.map(end),
        "target": target.map(end),
        "via": via,
        "reason": asker.reason,
        "doc": asker.doc,
    })
}

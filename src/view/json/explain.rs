use serde_json::{Value, json};

use super::{FORMAT_VERSION, diagnostics};
use crate::diagnostic::Sources;
use crate::grants::{Asker, Subject};
use crate::ops::{Explained, ExplainedRole, ExplainedStatement, Withheld};
use crate::topology::End;

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
        let statements = role.statements.iter().map(|one| statement(one, sources));
        json!({
            "name": role.spec.name,
            "entity": role.id.kind,
            "trust": {
                "principals": role.trusted(),
                "reason": role.trust.reason,
                "doc": role.trust.doc,
                "asked_by": trusted_for.collect::<Value>(),
            },
            "statements": statements.collect::<Value>(),
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
        "without_statement": without.map(|one| asker(one, sources)).collect::<Value>(),
        "withheld": explained.withheld.iter().map(withheld).collect::<Value>(),
        "diagnostics": diagnostics(&explained.findings),
    })
}

fn statement(explained: &ExplainedStatement, sources: &Sources) -> Value {
    let asked_by = explained.asked_by.iter();
    json!({
        "policy": explained.policy,
        "sid": explained.statement.sid,
        "capability": explained.capability.to_string(),
        "template": explained.template(),
        "does": explained.rule.does,
        "scope": explained.rule.scope,
        "exception": explained.rule.exception,
        "asked_by": asked_by.map(|one| asker(one, sources)).collect::<Value>(),
    })
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

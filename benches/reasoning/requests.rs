//! Requests that the statements of a policy are about.

use tcperm::evaluate::{Request, RequestContext};
use tcperm::model::{Context, Sandbox};
use tcperm::ops::Holder;
use tcperm::policy::{Policy, Statement};

/// The requests that the statements of a role are about.
pub fn of_role(role: &Holder, sandbox: &Sandbox) -> Vec<Request> {
    let policies = role.documents.iter().map(|document| &document.policy);
    let mut requests = of_policies(policies, sandbox, &role.known());
    for request in &mut requests {
        request.principal = Some(role.arn.to_string());
    }
    requests
}

/// For each action and resource of each statement a request, once in the sandbox and once in another.
pub fn of_policies<'a>(
    policies: impl IntoIterator<Item = &'a Policy>,
    sandbox: &Sandbox,
    known: &RequestContext,
) -> Vec<Request> {
    let statements = policies.into_iter().flat_map(|policy| &policy.statement);
    statements
        .flat_map(|statement| of_statement(statement, sandbox, known))
        .collect()
}

fn of_statement(statement: &Statement, sandbox: &Sandbox, known: &RequestContext) -> Vec<Request> {
    let Some(resources) = &statement.resource else {
        return Vec::new();
    };
    let sandboxes = [sandbox.as_str(), "another"];
    let mut requests = Vec::new();
    for action in statement.action.values().iter() {
        for resource in resources.values().iter() {
            requests.extend(sandboxes.map(|sandbox| Request {
                principal: None,
                action: filled(action),
                resource: filled(resource),
                context: context(statement, sandbox, known),
            }));
        }
    }
    requests
}

/// What fulfils the conditions of a statement, but for the tag.
fn context(statement: &Statement, sandbox: &str, known: &RequestContext) -> RequestContext {
    let mut context = known.clone();
    for (key, values) in statement.condition.values().flatten() {
        if let Some(value) = values.iter().next() {
            context.set(key, filled(value));
        }
    }
    context.set(&format!("aws:ResourceTag/{}", Context::TAG_KEY), sandbox);
    context
}

/// A text that a pattern matches.
fn filled(pattern: &str) -> String {
    pattern.replace('*', "orders").replace('?', "o")
}

//! What the other evaluator answers.

use iam_rs::{Context, ContextValue, Decision, IAMPolicy, IAMRequest, Principal, PrincipalId};
use serde_json::Value;
use tcperm::evaluate::Verdict;

/// A request, as both are asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub principal: String,
    pub action: String,
    pub resource: String,
    /// The values of keys; keys that are not here are missing.
    pub context: Vec<(&'static str, Vec<String>)>,
}

/// What it answers; what it says of a policy or a request that it does not take.
pub fn answer(policies: &[Value], asked: &Asked) -> Result<Verdict, String> {
    let policies: Vec<IAMPolicy> = policies
        .iter()
        .map(|policy| serde_json::from_value(policy.clone()).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    let mut context = Context::new();
    for (key, values) in &asked.context {
        context.insert((*key).to_owned(), value(key, values));
    }
    let name = PrincipalId::String(asked.principal.clone());
    let principal = if asked.principal.contains(':') {
        Principal::Aws(name)
    } else {
        Principal::Service(name)
    };
    let resource = iam_rs::Arn::parse(&asked.resource).map_err(|error| error.to_string())?;
    let request = IAMRequest::new_with_context(principal, &*asked.action, resource, context);
    match iam_rs::evaluate_policies(&policies, &request) {
        Ok(Decision::Allow) => Ok(Verdict::Allowed),
        Ok(Decision::Deny) => Ok(Verdict::ExplicitDeny),
        Ok(Decision::NotApplicable) => Ok(Verdict::ImplicitDeny),
        Err(error) => Err(error.to_string()),
    }
}

/// Its values have types: a key of flags holds booleans, all others text.
fn value(key: &str, values: &[String]) -> ContextValue {
    let flags: Option<Vec<bool>> = values.iter().map(|value| value.parse().ok()).collect();
    match (key, flags, values) {
        ("x:Flag", Some(flags), [_]) => ContextValue::Boolean(flags[0]),
        ("x:Flag", Some(flags), _) => ContextValue::BooleanList(flags),
        (_, _, [only]) => ContextValue::String(only.clone()),
        (_, _, values) => ContextValue::StringList(values.to_vec()),
    }
}

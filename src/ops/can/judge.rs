//! Policies that are ready to judge requests.

use super::{AnsweredRole, CanAnswer, CanQuestion, NamedStatement, context};
use crate::evaluate::{
    Authorizer, Decision, Layer, PolicySet, Request, RequestContext, StatementId, Verdict,
};
use crate::model::Arn;
use crate::ops::holders::principal;
use crate::ops::{HeldDocument, Holder};
use crate::policy::Policy;

/// Policies that decide beside those of the principal.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// A permissions boundary, in the place of the role's own.
    pub boundary: Option<HeldDocument>,
    /// The policies passed for the session, where any were passed.
    pub session: Option<Vec<HeldDocument>>,
    /// The policy of the resource.
    pub resource: Option<HeldDocument>,
}

/// A principal and its policies, prepared for many questions.
#[derive(Debug)]
pub struct Judge {
    role: Option<AnsweredRole>,
    principal: Option<String>,
    identity: Vec<HeldDocument>,
    beside: Beside,
    unread: Vec<String>,
    known: RequestContext,
    authorizer: Authorizer,
}

impl Judge {
    /// A role, with other policies beside its own.
    #[must_use]
    pub fn of_role(holder: &Holder, beside: &Beside) -> Self {
        let own = || holder.boundary.as_ref()?.document.clone();
        let given = beside.boundary.is_some();
        let beside = Beside {
            boundary: beside.boundary.clone().or_else(own),
            ..beside.clone()
        };
        let bound = |what: &&String| !(given && what.starts_with("permissions boundary"));
        let more: Vec<&Policy> = policies(&beside).collect();
        let known = holder.known_beside(&more);
        Self {
            role: Some(AnsweredRole {
                name: holder.name.clone(),
                arn: holder.arn.clone(),
                kind: holder.id.kind,
            }),
            principal: Some(holder.arn.to_string()),
            unread: holder.unread.iter().filter(bound).cloned().collect(),
            known,
            authorizer: authorizer(&holder.documents, &beside),
            identity: holder.documents.clone(),
            beside,
        }
    }

    /// Somebody who has these policies: nobody in particular, or a principal by its ARN.
    #[must_use]
    pub fn of_policies(identity: Vec<HeldDocument>, principal: Option<&str>, beside: &Beside) -> Self {
        Self {
            role: None,
            principal: principal.map(str::to_owned),
            unread: Vec::new(),
            known: context_of(principal),
            authorizer: authorizer(&identity, beside),
            identity,
            beside: beside.clone(),
        }
    }

    /// What is known of every request.
    pub(super) const fn known(&self) -> &RequestContext {
        &self.known
    }

    pub(super) fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    pub(super) fn decide(&self, request: &Request) -> Decision {
        self.authorizer.decide(request)
    }

    /// The answer to a question, with the statements behind it.
    #[must_use]
    pub fn answer(&self, question: &CanQuestion) -> CanAnswer {
        let request = Request {
            principal: self.principal.clone(),
            action: question.action.clone(),
            resource: question.resource.clone(),
            context: context(&self.known, question),
        };
        let decision = self.decide(&request);
        let near = match decision.verdict {
            Verdict::Allowed | Verdict::ExplicitDeny => Vec::new(),
            Verdict::ImplicitDeny => self.authorizer.near_misses(&request),
        };
        let near = near
            .into_iter()
            .filter_map(|near| Some((self.statement(near.statement)?, near.misses)));
        let determining = decision.determining.iter();
        CanAnswer {
            lacking: match decision.verdict {
                Verdict::ImplicitDeny => Some(self.lacking(&request)),
                Verdict::Allowed | Verdict::ExplicitDeny => None,
            },
            role: self.role.clone(),
            verdict: decision.verdict,
            determining: determining
                .filter_map(|one| self.statement(one.statement))
                .collect(),
            missing_context: decision.missing_context.into_iter().collect(),
            nearest: near.collect(),
            unread: self.unread.clone(),
            foreign: self.foreign(question),
        }
    }

    /// A statement among the policies.
    pub(super) fn statement(&self, id: StatementId) -> Option<NamedStatement> {
        let document = match id.layer {
            Layer::Identity => self.identity.get(id.document),
            Layer::Boundary => self.beside.boundary.as_ref(),
            Layer::Session => self.beside.session.as_ref()?.get(id.document),
            Layer::Resource => self.beside.resource.as_ref(),
        }?;
        Some(NamedStatement {
            policy: document.name.clone(),
            statement: document.policy.statement.get(id.statement)?.clone(),
            origin: document.origins.get(id.statement).cloned().unwrap_or_default(),
        })
    }

    /// The first kind of policy in which nothing allows a request.
    fn lacking(&self, request: &Request) -> Layer {
        let Beside {
            boundary, session, ..
        } = &self.beside;
        let alone = Beside::default();
        let bounded = Beside {
            boundary: boundary.clone(),
            ..Beside::default()
        };
        let passed = Beside {
            session: session.clone(),
            ..bounded.clone()
        };
        let layers = [
            (Layer::Identity, alone),
            (Layer::Boundary, bounded),
            (Layer::Session, passed),
        ];
        let lacks = |(_, beside): &(Layer, Beside)| {
            let decision = authorizer(&self.identity, beside).decide_for_principal(request);
            decision.verdict != Verdict::Allowed
        };
        layers
            .iter()
            .find(|one| lacks(one))
            .map_or(Layer::Resource, |(layer, _)| *layer)
    }

    /// The account of the resource, where it is not the principal's and nobody gave its policy.
    fn foreign(&self, question: &CanQuestion) -> Option<String> {
        let own = Arn::parse(self.principal.as_ref()?).ok()?.account()?;
        let account = Arn::parse(&question.resource).ok()?.account()?;
        (account != own && self.beside.resource.is_none()).then(|| account.to_string())
    }
}

fn policies(beside: &Beside) -> impl Iterator<Item = &Policy> {
    let session = beside.session.iter().flatten();
    let one = beside.boundary.iter().chain(&beside.resource);
    session.chain(one).map(|document| &document.policy)
}

fn authorizer(identity: &[HeldDocument], beside: &Beside) -> Authorizer {
    fn policy(document: &HeldDocument) -> &Policy {
        &document.policy
    }
    let session = beside.session.as_ref();
    Authorizer::new(&PolicySet {
        identity: identity.iter().map(policy).collect(),
        boundary: beside.boundary.as_ref().map(policy),
        session: session.map(|documents| documents.iter().map(policy).collect()),
        resource: beside.resource.as_ref().map(policy),
    })
}

/// What is known of the requests of a principal whose tags nobody knows.
pub(super) fn context_of(asking: Option<&str>) -> RequestContext {
    let arn = asking.and_then(|text| Arn::parse(text).ok());
    let Some(arn) = arn else {
        return RequestContext::open();
    };
    let resource = arn.resource();
    if resource.starts_with("role/") {
        return principal(&arn);
    }
    let mut context = RequestContext::open();
    if let Some(account) = arn.account() {
        context.set("aws:PrincipalAccount", account.to_string());
    }
    context.set("aws:PrincipalIsAWSService", "false");
    if let Some(name) = resource
        .strip_prefix("user/")
        .and_then(|path| path.rsplit('/').next())
    {
        context.set("aws:PrincipalArn", arn.as_str());
        context.set("aws:PrincipalType", "User");
        context.set("aws:username", name);
    } else if resource.starts_with("assumed-role/") {
        // The path of the role does not stand in the ARN of a session.
        context.set("aws:PrincipalType", "AssumedRole");
        context.set_missing("aws:username");
    }
    context
}

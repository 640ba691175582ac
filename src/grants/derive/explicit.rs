//! Grants what the team asks for beside the topology.

use std::collections::BTreeSet;

use super::{Deriving, Limits, Values, codes, separator_of};
use crate::diagnostic::{Diagnostic, Span};
use crate::grants::{Asker, Capability, CapabilityRule, ExplicitGrant, GrantTarget, Holder, Scope, Subject};
use crate::model::EntityKind;
use crate::template::TemplateError;
use crate::topology::{Binding, Separator};

/// The kinds of which names have one of two forms.
const HAVE_FORMS: [EntityKind; 3] = [EntityKind::Function, EntityKind::Transducer, EntityKind::State];

impl Deriving<'_> {
    /// Grants what is asked for this topology and a base role that it has: roles that functions have
    /// of their own are given nothing beside.
    pub(super) fn explicit(&mut self, grant: &ExplicitGrant) -> Result<(), TemplateError> {
        if !grant.is_for(&self.topology.name.value) || !self.roles.contains(&grant.role) {
            return Ok(());
        }
        let Some(rule) = self.of.matrix.capabilities.get(&grant.capability) else {
            return Ok(());
        };
        if rule.scope != Scope::Exact {
            for separator in self.separators(rule) {
                let capability = Capability::new(&grant.capability, separator);
                let target = GrantTarget::Kind(rule.target.clone());
                self.grant(
                    Holder::base(grant.role),
                    capability,
                    target,
                    self.asker_of_setting(grant, &grant.span),
                );
            }
            return Ok(());
        }
        for target in &grant.on {
            let binding = Binding::Values(target.value.clone());
            let Some((named, limits)) = self.named(&binding, rule, None, &target.span) else {
                continue;
            };
            if !self.is_what_was_asked(&named, &limits, rule, &target.span) {
                continue;
            }
            let capability = Capability::new(&grant.capability, Separator::Underscore);
            if let Some(target_of) = self.arn(rule, (named, limits), &target.span)? {
                self.grant(
                    Holder::base(grant.role),
                    capability,
                    target_of,
                    self.asker_of_setting(grant, &target.span),
                );
            }
        }
        Ok(())
    }

    /// A line of the configuration that asks for something.
    fn asker_of_setting(&self, grant: &ExplicitGrant, span: &Span) -> Asker {
        let rule = self.of.matrix.offered(grant.role, &grant.capability);
        Asker {
            span: span.clone(),
            subject: Subject::Setting,
            reason: rule.map_or_else(String::new, |rule| rule.reason.clone()),
            doc: rule.map(|rule| rule.doc.clone()),
        }
    }

    /// The forms of names that the topology gives to functions and state machines: its capabilities
    /// speak of those.
    fn separators(&self, rule: &CapabilityRule) -> BTreeSet<Separator> {
        if !rule.scope.has_names() {
            return [Separator::Underscore].into();
        }
        let entities = self.topology.entities.iter();
        let named: BTreeSet<Separator> = entities
            .filter(|entity| HAVE_FORMS.contains(&entity.kind) && entity.physical.is_some())
            .map(separator_of)
            .collect();
        if named.is_empty() {
            [Separator::Underscore].into()
        } else {
            named
        }
    }

    /// Whether the values say no more than what they were asked for: a variable's value must not
    /// bring a part of its own, nor a pattern.
    fn is_what_was_asked(
        &mut self,
        named: &Values,
        limits: &Limits,
        rule: &CapabilityRule,
        span: &Span,
    ) -> bool {
        let texts = |part: &String| -> Vec<String> {
            let limits = limits.get(part).into_iter().flatten();
            named.get(part).into_iter().chain(limits).cloned().collect()
        };
        let parts = rule.parts();
        for (index, part) in parts.iter().enumerate() {
            let is_last = index + 1 == parts.len();
            let parting: &[char] = if is_last && rule.is_path { &[] } else { &['/', ':'] };
            for text in texts(part) {
                if text.contains(parting) || text.contains(['*', '?']) {
                    let message = format!("`{}` cannot be named in a grant", text.escape_debug());
                    let help = "a grant is on single things, by their names: no `*`, no `?`, no ARN, and `/` only where it parts names";
                    let finding = Diagnostic::error(codes::UNSAFE_NAME, message).help(help);
                    self.diagnostics.push(finding.at(span.clone()));
                    return false;
                }
            }
        }
        true
    }
}

use super::{Findings, OpError};
use crate::diagnostic::Diagnostic;
use crate::iam::{AccountSummary, Iam};
use crate::plan::Plan;
use crate::plan::headroom::{self, Quotas, Usage};

/// What is to be said of the room that a plan leaves, where so many roles are in the account.
///
/// The account is asked only where its answer could matter, once. One that does not answer hinders
/// nothing: IAM refuses what does not fit all the same.
///
/// # Errors
/// When what the plan creates does not fit.
pub(super) async fn room(account: &impl Iam, plan: &Plan, listed: usize) -> Result<Vec<Diagnostic>, OpError> {
    let mut quotas = Quotas::usual(listed);
    let is_asked = headroom::is_account_asked(plan, listed);
    if is_asked {
        match account.account_summary().await {
            Ok(summary) => quotas = known(&summary, listed),
            Err(error) => {
                tracing::debug!("the quotas of the account are not known: {error}");
                // What an account may have that was granted more is not known then.
                quotas.roles = Usage {
                    used: 0,
                    limit: usize::MAX,
                };
            }
        }
    }
    let diagnostics = headroom::check(plan, &quotas);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(OpError::Findings(Box::new(Findings {
            diagnostics,
            ..Findings::default()
        })));
    }
    Ok(diagnostics)
}

/// The quotas that an account tells, and the usual ones where it tells none.
pub(super) fn known(summary: &AccountSummary, listed: usize) -> Quotas {
    let usual = Quotas::usual(listed);
    Quotas {
        roles: Usage {
            used: summary.roles.unwrap_or(usual.roles.used),
            limit: summary.roles_quota.unwrap_or(usual.roles.limit),
        },
        inline_policies: summary.role_policy_size_quota.unwrap_or(usual.inline_policies),
        trust_policy: summary.trust_policy_size_quota.unwrap_or(usual.trust_policy),
        managed_policies: summary
            .managed_policies_per_role_quota
            .unwrap_or(usual.managed_policies),
    }
}

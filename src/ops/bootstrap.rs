use super::OpError;
use crate::model::{AccountId, Partition, Region};
use crate::operator::{self, MOST_CHARACTERS, Operator, Task};
use crate::policy::Policy;
use crate::template::RuleBook;

/// Which policy is asked for.
#[derive(Debug, Clone)]
pub enum BootstrapRequest {
    /// What tcperm itself must be allowed.
    Operator(Operator),
    /// The most that a role of a sandbox may do.
    Boundary {
        /// The partition of the account.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// The one region of its resources; any without it.
        region: Option<Region>,
    },
}

/// A policy that somebody else is to write.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The partition of the account.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
    /// The policy.
    pub policy: Policy,
    /// What to know of it.
    pub caveats: Vec<Caveat>,
}

/// What to know of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caveat {
    /// It writes policies into roles that nothing bounds.
    Unbounded,
    /// It takes over roles that are not tcperm's.
    Adopting,
}

/// Renders a policy, offline.
///
/// # Errors
/// When it does not fit into a managed policy.
pub fn bootstrap_policy(request: &BootstrapRequest) -> Result<Bootstrap, OpError> {
    let rules = RuleBook::built_in()?;
    let bootstrap = match request {
        BootstrapRequest::Operator(operator) => Bootstrap {
            partition: operator.partition,
            account: operator.account.clone(),
            policy: operator.policy(rules)?,
            caveats: caveats(operator),
        },
        BootstrapRequest::Boundary {
            partition,
            account,
            region,
        } => Bootstrap {
            partition: *partition,
            account: account.clone(),
            policy: operator::boundary(rules, (*partition, account), region.as_ref())?,
            caveats: Vec::new(),
        },
    };
    let size = bootstrap.policy.size();
    if size > MOST_CHARACTERS {
        let most = MOST_CHARACTERS;
        return Err(OpError::PolicyTooLarge { size, most });
    }
    Ok(bootstrap)
}

fn caveats(operator: &Operator) -> Vec<Caveat> {
    let unbounded = operator.writes() && operator.boundary.is_none();
    let adopts = Task::ADOPTING.iter().any(|task| operator.tasks.contains(task));
    let adopting = operator.writes() && adopts;
    let caveats = [(unbounded, Caveat::Unbounded), (adopting, Caveat::Adopting)];
    let held = caveats.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, caveat)| caveat).collect()
}

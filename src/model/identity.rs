use super::{AccountId, Partition};

/// Whose account it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The partition.
    pub partition: Partition,
    /// The account.
    pub account: AccountId,
}

//! Least-privilege, tag-isolated IAM roles for sandboxes of serverless topologies.
//!
//! A sandbox is one deployment of one or more topologies (`dev`, `qa-7`, a branch).
//! tcperm reads what the topology's entities do to each other, derives what each
//! role must be allowed to do, and brings the account's roles to exactly that.
//!
//! Read the modules in the order in which data flows:
//!
//! 1. [`model`]: the checked names everything else is made of.
//! 2. [`topology`]: text in, entities and edges out, each with its place in the file.
//! 3. [`grants`]: edges in, capabilities out, by the permission matrix.
//! 4. [`template`]: the rule book, as data: which actions, on what, under which condition.
//! 5. [`policy`]: the IAM policy language; [`evaluate`]: what policies allow;
//!    [`prove`]: what they allow of all requests there can be.
//! 6. [`intent`]: the roles a sandbox should have.
//! 7. [`plan`]: what must be written to get there, in which order, and why.
//! 8. [`operator`]: what tcperm itself must be allowed, and the most that a role may do.
//! 9. [`iam`]: the account, embedded or AWS; [`source`]: the files.
//! 10. [`ops`]: one operation a verb; [`view`]: its outcome for people and programs;
//!     [`settings`] and [`cli`]: what the user asked for.
//!
//! Modules 1 to 8 are pure: no I/O, no clock, no environment. `tests/it/architecture.rs`
//! keeps it so.

pub mod cli;
pub mod diagnostic;
pub mod evaluate;
pub mod grants;
pub mod iam;
pub mod intent;
pub mod model;
pub mod operator;
pub mod ops;
pub mod plan;
pub mod policy;
pub mod prove;
pub mod settings;
pub mod source;
pub mod template;
pub mod topology;
pub mod view;

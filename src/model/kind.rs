use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of entity in a topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// A Lambda function.
    Function,
    /// The Lambda function tc adds to a topology to pass results on to their targets.
    Transducer,
    /// An EventBridge rule and the event it matches.
    Event,
    /// A route of an HTTP API.
    Route,
    /// A Step Functions state machine.
    State,
    /// A field of a GraphQL API.
    Mutation,
    /// An SQS queue.
    Queue,
    /// A channel of an AppSync Events API.
    Channel,
    /// A DynamoDB table.
    Table,
    /// An S3 bucket.
    Bucket,
    /// An EventBridge Scheduler schedule.
    Schedule,
    /// A Cognito user pool, whose triggers call functions.
    Pool,
    /// A web page, served by `CloudFront`.
    Page,
    /// A resource of a service of which topologies have no entity: a topic, a job, a model.
    Service,
}

impl EntityKind {
    /// The kind's name in topologies, JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Transducer => "transducer",
            Self::Event => "event",
            Self::Route => "route",
            Self::State => "state",
            Self::Mutation => "mutation",
            Self::Queue => "queue",
            Self::Channel => "channel",
            Self::Table => "table",
            Self::Bucket => "bucket",
            Self::Schedule => "schedule",
            Self::Pool => "pool",
            Self::Page => "page",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A kind of entity that assumes a role: one base role a kind and sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleKind {
    /// Assumed by EventBridge for the targets of rules.
    Event,
    /// Assumed by Lambda for every function of the sandbox.
    Function,
    /// Assumed by AppSync for the data sources of resolvers.
    Mutation,
    /// Assumed by API Gateway for the integrations of routes.
    Route,
    /// Assumed by Step Functions for the tasks of state machines.
    State,
}

impl RoleKind {
    /// Every kind, in the order of names.
    pub const ALL: [Self; 5] = [
        Self::Event,
        Self::Function,
        Self::Mutation,
        Self::Route,
        Self::State,
    ];

    /// The kind's name as it stands in role names and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Function => "function",
            Self::Mutation => "mutation",
            Self::Route => "route",
            Self::State => "state",
        }
    }
}

impl fmt::Display for RoleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

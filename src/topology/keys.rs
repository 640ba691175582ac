//! The keys that have a meaning, section by section.
//!
//! A key listed here and not looked at by its section bears on other parts of tc: how a
//! function is built, tested or shown. It is known, so it is no finding, and it needs no
//! permission.

/// The keys of a topology.
pub(super) const TOPOLOGY: &[&str] = &[
    "abbr",
    "assets",
    "auto",
    "channels",
    "concurrency",
    "config",
    "cors",
    "description",
    "dir",
    "env",
    "events",
    "flow",
    "fqn",
    "function_dirs",
    "functions",
    "hooks",
    "hyphenated_names",
    "infra",
    "infra-dir",
    "infra_dir",
    "kind",
    "logs",
    "mode",
    "mutations",
    "name",
    "nodes",
    "pages",
    "pools",
    "queues",
    "recursive",
    "root",
    "routes",
    "schedules",
    "states",
    "stores",
    "tables",
    "tags",
    "test",
    "tests",
    "triggers",
    "version",
];

/// The keys of a function that is declared in the topology.
pub(super) const FUNCTION: &[&str] = &[
    "assets",
    "build",
    "channel",
    "code",
    "description",
    "dir",
    "event",
    "fqn",
    "function",
    "functions",
    "infra",
    "infra_dir",
    "layer_name",
    "mutation",
    "namespace",
    "queue",
    "root",
    "runtime",
    "shared",
    "state",
    "store",
    "tags",
    "tasks",
    "test",
    "tests",
    "uri",
    "version",
];

/// The keys of a function's own file.
pub(super) const FUNCTION_FILE: &[&str] = &[
    "assets",
    "aux_files",
    "build",
    "description",
    "dir",
    "fqn",
    "infra",
    "infra_dir",
    "layer_name",
    "name",
    "namespace",
    "runtime",
    "shared",
    "tags",
    "targets",
    "tasks",
    "test",
    "tests",
    "version",
];

/// The keys of a target in a function's own file.
pub(super) const TARGET: &[&str] = &["entity", "name"];

/// The keys of an event.
pub(super) const EVENT: &[&str] = &[
    "channel",
    "dead_letter_queue",
    "description",
    "doc-only",
    "doc_only",
    "filter",
    "function",
    "functions",
    "maximum_event_age_in_seconds",
    "mutation",
    "nth",
    "pattern",
    "producer",
    "producer_ns",
    "producers",
    "queue",
    "retries",
    "rule_name",
    "sandboxes",
    "state",
];

/// The keys of a route.
pub(super) const ROUTE: &[&str] = &[
    "async",
    "authorizer",
    "cors",
    "description",
    "doc-only",
    "doc_only",
    "event",
    "function",
    "gateway",
    "is_async",
    "method",
    "path",
    "proxy",
    "queue",
    "request_params",
    "request_template",
    "response_params",
    "response_template",
    "stage",
    "stage_variables",
    "state",
    "timeout",
    "vertical",
];

/// The keys of a queue.
pub(super) const QUEUE: &[&str] = &["description", "function", "name", "producer"];

/// The keys of the mutations.
pub(super) const MUTATIONS: &[&str] = &["authorizer", "inputs", "resolvers", "types", "types_map"];

/// The keys of a resolver.
pub(super) const RESOLVER: &[&str] = &[
    "description",
    "event",
    "function",
    "input",
    "output",
    "subscribe",
    "table",
];

/// The keys of a channel.
pub(super) const CHANNEL: &[&str] = &[
    "authorizer",
    "description",
    "doc-only",
    "doc_only",
    "event",
    "function",
    "handler",
    "on_publish",
    "on_subscribe",
];

/// The keys of a store.
pub(super) const STORE: &[&str] = &["bucket", "description", "key", "kind", "op", "prefix", "table"];

/// The keys of a trigger.
pub(super) const TRIGGER: &[&str] = &["description", "function"];

/// The keys of a page.
pub(super) const PAGE: &[&str] = &[
    "bucket",
    "build",
    "caller_ref",
    "cloudfront",
    "config_template",
    "description",
    "dir",
    "dist",
    "doc-only",
    "doc_only",
    "domains",
    "functions",
    "kind",
    "paths",
    "skip_deploy",
];

/// The keys of a schedule, each of which it needs.
pub(super) const SCHEDULE: &[&str] = &["cron", "payload", "target"];

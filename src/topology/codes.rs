//! The codes of the findings that reading a topology can have: the one list of them.
//!
//! A code is stable: people search for it, suppress it and link to it. Docs and tests
//! enumerate [`CODES`]; a check names the constant and never spells the code out.

use crate::diagnostic::Severity;
use crate::diagnostic::code::{ERROR, NOTE, WARNING, codes};

codes! {
    pub(crate) const;
    CIRCULAR_CHAIN = "circular-chain", WARNING, "The functions that `auto: true` makes a state machine of call each other in a circle.";
    CIRCULAR_INCLUDE = "circular-include", ERROR, "A file brings itself in by its macros.";
    CONTRADICTION = "contradiction", ERROR, "Two keys of a function say what cannot both be so.";
    DUPLICATE_FUNCTION = "duplicate-function", ERROR, "Two functions have the same name in AWS.";
    DUPLICATE_KEY = "duplicate-key", ERROR, "A key stands twice in one map.";
    DUPLICATE_TOPOLOGY = "duplicate-topology", ERROR, "Two topologies have the same name.";
    DYNAMIC_TARGET = "dynamic-target", NOTE, "A task picks its target, or a part of it, at run time, so whatever it may be is admitted.";
    EMPTY_TOPOLOGY = "empty-topology", ERROR, "The file holds nothing.";
    EXPLICIT_GRANT = "explicit-grant", WARNING, "Something needs a permission on a resource that the topology cannot name, so it has to be granted by hand.";
    INVALID_JSON = "invalid-json", WARNING, "A text that must be JSON is not.";
    INVALID_NAME = "invalid-name", ERROR, "A name is empty, too long, or holds characters that a name cannot hold.";
    MISSING_FILE = "missing-file", &[Severity::Error, Severity::Warning], "A file that the topology names is not there, or cannot be read.";
    MISSING_NAME = "missing-name", ERROR, "The topology has no name.";
    NO_EFFECT = "no-effect", WARNING, "A part of the topology does nothing in tc, or not where it stands.";
    NO_TARGET = "no-target", WARNING, "An entity says nothing of whom it calls, and there is no state machine to fall back to.";
    OUTSIDE_SANDBOX = "outside-sandbox", ERROR, "A reference leads out of the sandbox, which no role is ever allowed.";
    SEVERAL_DOCUMENTS = "several-documents", ERROR, "The file holds more than one YAML document.";
    TOO_DEEP = "too-deep", ERROR, "Values are nested too deeply.";
    TOO_LARGE = "too-large", ERROR, "The file, or what its aliases stand for, is too large.";
    UNKNOWN_ALIAS = "unknown-alias", ERROR, "An alias names an anchor that does not stand before it.";
    UNKNOWN_ANSWER = "unknown-answer", NOTE, "A task waits for an answer, and whoever gives it is not of this topology.";
    UNKNOWN_KEY = "unknown-key", WARNING, "A key has no meaning where it stands.";
    UNKNOWN_KIND = "unknown-kind", &[Severity::Error, Severity::Warning], "A target, a store or a file system is of a kind that does not exist.";
    UNKNOWN_STATE = "unknown-state", WARNING, "The file of a state machine holds no states, it starts at one that is not among them, or a state has a type that does not exist.";
    UNKNOWN_TARGET = "unknown-target", WARNING, "A reference names an entity that is not declared.";
    UNKNOWN_VARIABLE = "unknown-variable", ERROR, "A value holds a template variable that does not exist.";
    UNNAMED_ROLE = "unnamed-role", NOTE, "A task runs with a role that it does not name, so passing that role on is left to be granted.";
    UNREACHABLE_FUNCTION = "unreachable-function", NOTE, "Nothing in the topology calls a function, and it calls nothing.";
    UNSUPPORTED_INTEGRATION = "unsupported-integration", ERROR, "A state or a schedule needs permissions that cannot be derived.";
    UNSUPPORTED_TAG = "unsupported-tag", ERROR, "A value has a YAML tag that this version does not read.";
    UNUSED_TARGET = "unused-target", WARNING, "A target has no effect, because another one comes first.";
    WRONG_MODE = "wrong-mode", WARNING, "A state machine is Express where AWS asks for Standard, or the other way round.";
    WRONG_TYPE = "wrong-type", ERROR, "A value is of another type than its key asks for.";
    YAML_SYNTAX = "yaml-syntax", ERROR, "The text is not YAML.";
}

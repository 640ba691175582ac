//! The codes of the findings that a policy can have: the one list of them.
//!
//! A code is stable: people search for it, suppress it and link to it.

use crate::diagnostic::code::{EITHER, ERROR, WARNING, codes};

codes! {
    pub(super) const;
    ALLOWS_THE_REST = "allows-the-rest", EITHER, "An Allow names what it does not allow, and allows all else, also what AWS adds later.";
    ANY_ACTION = "any-action", WARNING, "A statement allows every action of a service, or of all.";
    ANY_RESOURCE = "any-resource", WARNING, "A statement allows actions on everything that could be limited to resources.";
    DEAD_ACTION = "dead-action", WARNING, "No resource of the statement is one that the action takes, so the statement says nothing of it.";
    DEAD_RESOURCE = "dead-resource", WARNING, "No action of the statement takes a resource of this type, so the statement says nothing of it.";
    DEAD_TAG_CONDITION = "dead-tag-condition", WARNING, "A request for the action never carries the tag, so the statement never allows it.";
    EMPTY_SET = "empty-set", WARNING, "`ForAllValues` holds where the request carries no value at all.";
    ESCALATION = "escalation", WARNING, "Whoever may do this can give permissions to himself.";
    FOREIGN_TRUST = "foreign-trust", WARNING, "A service is trusted that does not run with this role, or one that does is not.";
    INVALID_ACTION = "invalid-action", ERROR, "IAM refuses the action.";
    INVALID_CHARACTER = "invalid-character", ERROR, "IAM refuses the character.";
    INVALID_SID = "invalid-sid", ERROR, "IAM refuses the Sid.";
    INVALID_VARIABLE = "invalid-variable", EITHER, "A policy variable is not closed, not known, or not read in this version of the language.";
    INVALID_VERSION = "invalid-version", EITHER, "The version of the language is missing, old or not known.";
    MISPLACED_ELEMENT = "misplaced-element", ERROR, "A statement has an element that such a policy does not take, or lacks one that it needs.";
    MISSING_TAG_SESSION = "missing-tag-session", WARNING, "A condition asks for session tags that nobody may pass.";
    OPEN_PASS_ROLE = "open-pass-role", EITHER, "A role may be handed to any service, or any role to a service.";
    OPEN_SERVICE_TRUST = "open-service-trust", WARNING, "A service is trusted for whomever it acts, in whatever account.";
    OPEN_TAG_CONDITION = "open-tag-condition", ERROR, "The condition on the sandbox's tag holds for resources of other sandboxes, or without the tag.";
    OPEN_TRUST = "open-trust", EITHER, "Everyone, or everyone of an account, may assume the role.";
    PASS_AND_RUN = "pass-and-run", WARNING, "A role may be handed to a service that then runs whatever the caller says with it.";
    TOO_LONG = "policy-too-long", EITHER, "The document has more characters than IAM takes.";
    UNKNOWN_ACTION = "unknown-action", WARNING, "AWS has no such action.";
    UNKNOWN_CONDITION_KEY = "unknown-condition-key", WARNING, "AWS has no such condition key.";
    UNKNOWN_OPERATOR = "unknown-operator", ERROR, "IAM has no such condition operator.";
    UNKNOWN_SERVICE = "unknown-service", WARNING, "AWS has no service of this prefix.";
    UNSENT_CONDITION_KEY = "unsent-condition-key", EITHER, "The service does not send the condition key, so that it can never assume the role.";
}

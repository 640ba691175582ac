//! Where the crate `iam-rs` (0.8.0) and tcperm differ, and why: the table that the guide shows.

use tcperm::evaluate::Verdict;

use super::clause::{Clause, Told};
use super::parts::{Part, What};
use super::questions::account;

/// A rule on which the two differ.
#[derive(Debug)]
pub struct Entry {
    /// What tcperm goes by.
    pub rule: &'static str,
    /// What the other does.
    pub theirs: &'static str,
    /// The page of AWS's guide that says so, or that says nothing else.
    pub page: Page,
    /// Whether a disputed part differs for this reason.
    explains: fn(&Part) -> bool,
}

impl Entry {
    /// Its row in the guide.
    pub fn row(&self) -> String {
        let Page(name, address) = self.page;
        let guide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_";
        format!(
            "| {} | {} | [{name}]({guide}{address}.html) |",
            self.rule, self.theirs
        )
    }
}

/// The first entry that explains a disputed part.
pub fn entry(part: &Part) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| (entry.explains)(part))
}

/// A page of AWS's guide: its name, and what its address ends with.
#[derive(Debug, Clone, Copy)]
pub struct Page(&'static str, &'static str);

const OPERATORS: Page = Page("operators", "elements_condition_operators");
const SEVERAL: Page = Page(
    "keys with several values",
    "condition-single-vs-multi-valued-context-keys",
);
const VARIABLES: Page = Page("variables", "variables");
const RESOURCE: Page = Page("resources", "elements_resource");
const PRINCIPAL: Page = Page("principals", "elements_principal");
const NOT_PRINCIPAL: Page = Page("`NotPrincipal`", "elements_notprincipal");
const LOGIC: Page = Page("logic", "evaluation-logic_policy-eval-denyallow");

pub const TABLE: &[Entry] = &[
    Entry {
        rule: "Names of operators are read without regard to case",
        theirs: "refuses the policy",
        page: OPERATORS,
        explains: |part| {
            part.clause()
                .is_some_and(|clause| clause.operator.contains("stringequals"))
        },
    },
    Entry {
        rule: "Without a set operator, several values of a key equal nothing, and a negated operator holds",
        theirs: "looks for a value that is equal, or not equal",
        page: SEVERAL,
        explains: |part| {
            !part.is_refused()
                && part.clause().is_some_and(|clause| {
                    let is_negated = clause.name().contains("Not");
                    !clause.has_set()
                        && clause.operator != "Null"
                        && clause.has_several()
                        && part.is_ours_alone() == is_negated
                })
        },
    },
    Entry {
        rule: "Every operator but `Null` takes a set operator, `IfExists`, or both",
        theirs: "knows set operators for texts, ARNs and booleans alone, not all of them, and none together with `IfExists`: refuses the policy",
        page: OPERATORS,
        explains: |part| {
            part.is_refused()
                && part.clause().is_some_and(|clause| {
                    let is_known_set = ["String", "Arn", "Bool"]
                        .iter()
                        .any(|kind| clause.name().starts_with(kind));
                    clause.has_set() && (clause.is_lax() || !is_known_set)
                        || clause.operator == "BinaryEqualsIfExists"
                })
        },
    },
    Entry {
        rule: "A value that cannot be read, as a number, a date, an address or a boolean, equals nothing",
        theirs: "refuses the request",
        page: OPERATORS,
        explains: |part| {
            part.is_refused()
                && part.clause().is_some_and(|clause| {
                    clause.wants(|value| !clause.reads(value))
                        && clause.told().is_none_or(|told| part.is_as(told))
                })
        },
    },
    Entry {
        rule: "Booleans are read without regard to case, and from text",
        theirs: "takes `true` and `false` alone, for set operators no text, and compares no text of a request",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| clause.name() == "Bool")
                && (part.is_ours_alone() || part.is_refused())
        },
    },
    Entry {
        rule: "Dates are read in all forms of the W3C, as `2024` or `2024-06-01T12:00Z`",
        theirs: "reads full dates and seconds alone; four digits are seconds",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().starts_with("Date")
                    && clause.has_any(|value| ["2024", "2024-06-01", "2024-06-01T12:00Z"].contains(&value))
                    && clause.told().is_some_and(|told| part.is_as(told))
            })
        },
    },
    Entry {
        rule: "Numbers are decimals of any length, without exponents",
        theirs: "compares floating-point numbers",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().starts_with("Numeric")
                    && clause.has_any(|value| value.len() > 15 || value.contains('e'))
                    && clause.told().is_some_and(|told| part.is_as(told))
            })
        },
    },
    Entry {
        rule: "Base64 is compared with regard to case",
        theirs: "compares it without, and compares what is no base64",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                let is_alike = |found: &String| {
                    let is_read = !found.contains('!');
                    clause.wants(|wanted| wanted.eq_ignore_ascii_case(found) && !(is_read && wanted == found))
                };
                clause.name() == "BinaryEquals"
                    && clause.found.is_some_and(|found| found.iter().all(is_alike))
                    && part.is_as((false, Some(true)))
            })
        },
    },
    Entry {
        rule: "`ArnEquals` and `ArnNotEquals` take wildcards, as `ArnLike` does",
        theirs: "compares them as texts",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().starts_with("Arn")
                    && clause.name().ends_with("Equals")
                    && clause.wants(|value| value.contains(['*', '?']))
                    && part.matches_for_us_alone(clause)
            })
        },
    },
    Entry {
        rule: "What has not six segments is no ARN and matches none",
        theirs: "compares it as a text",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().starts_with("Arn")
                    && clause.has_any(|value| value.split(':').count() < 6 && value != "*" || value == "app")
                    && part.matches_for_them_alone(clause)
            })
        },
    },
    Entry {
        rule: "ARNs are compared segment by segment",
        theirs: "lets a wildcard go beyond colons",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().starts_with("Arn")
                    && clause.wants(|value| value.contains('*'))
                    && part.matches_for_them_alone(clause)
            })
        },
    },
    Entry {
        rule: "Letters beyond ASCII have a case as well",
        theirs: "ignores the case of ASCII letters alone",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.name().contains("IgnoreCase")
                    && clause.has_any(|value| value.eq("ä") || value.eq("Ä"))
                    && part.matches_for_us_alone(clause)
            })
        },
    },
    Entry {
        rule: "Variables stand for values in conditions too, and `${*}` for the character",
        theirs: "compares them as they are written",
        page: VARIABLES,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.version == CURRENT
                    && clause.wants(|value| value.contains("${"))
                    && part.matches_for_us_alone(clause)
            })
        },
    },
    Entry {
        rule: "A key with empty texts alone, or no values, has none for set operators and `Null`",
        theirs: "takes an empty text for a value",
        page: SEVERAL,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                let told = if clause.has_set() {
                    let is_for_all = clause.operator.starts_with("ForAllValues");
                    Some((is_for_all, Some(!is_for_all)))
                } else {
                    clause.told().filter(|_| clause.operator == "Null")
                };
                clause.is_empty() && told.is_some_and(|told| part.is_as(told))
            })
        },
    },
    Entry {
        rule: "`Null` holds when one of its values says what is",
        theirs: "looks at the first value, and refuses `True`",
        page: OPERATORS,
        explains: |part| {
            part.clause().is_some_and(|clause| {
                clause.operator == "Null" && clause.told().is_some_and(|told| part.is_as(told))
            })
        },
    },
    Entry {
        rule: "In version `2008-10-17`, `${…}` is plain text",
        theirs: "reads it as a variable",
        page: VARIABLES,
        explains: |part| {
            part.resource()
                .is_some_and(|(pattern, version)| version != CURRENT && pattern.contains("${"))
                && !part.is_ours_alone()
        },
    },
    Entry {
        rule: "`${*}` is the character, never a wildcard",
        theirs: "reads it as a variable without a value",
        page: VARIABLES,
        explains: |part| {
            let is_asterisk = part.question.asked.resource.ends_with("/*");
            part.resource()
                .is_some_and(|(pattern, _)| pattern.contains("${*}"))
                && part.is_ours_alone() == is_asterisk
        },
    },
    Entry {
        rule: "A resource with a variable that has no value, or that is not well written, matches nothing",
        theirs: "takes it for empty, or refuses the request",
        page: VARIABLES,
        explains: |part| {
            part.resource().is_some_and(|(pattern, _)| {
                let has_one = part.found("x:Text").is_some_and(|found| found.len() == 1);
                let is_unresolved = pattern.contains("${x:Text}") && !has_one;
                (is_unresolved || pattern.contains("${x:Text, a}"))
                    && (part.is_refused() || part.is_theirs_alone())
            })
        },
    },
    Entry {
        rule: "A key with several values, or with none, cannot be a variable",
        theirs: "joins the values",
        page: SEVERAL,
        explains: |part| {
            part.resource().is_some_and(|(pattern, _)| {
                ["x:Text", "x:List"].iter().any(|key| {
                    pattern.contains(&format!("${{{key}"))
                        && part.found(key).is_none_or(|found| found.len() != 1)
                })
            }) && !part.is_ours_alone()
        },
    },
    Entry {
        rule: "A wildcard in the value of a variable is that character",
        theirs: "lets it match anything",
        page: VARIABLES,
        explains: |part| {
            part.resource().is_some_and(|(pattern, _)| {
                let is_wild = |key: &str| {
                    part.found(key)
                        .is_some_and(|found| found.iter().any(|value| value.contains(['*', '?'])))
                };
                pattern.contains("${x:") && (is_wild("x:Text") || is_wild("x:List")) && part.is_theirs_alone()
            })
        },
    },
    Entry {
        rule: "The service of a resource may be a wildcard",
        theirs: "matches nothing then",
        page: RESOURCE,
        explains: |part| {
            part.resource().is_some_and(|(pattern, _)| {
                let service = pattern.split(':').nth(2).unwrap_or_default();
                service.contains('*') && pattern.split(':').count() == 6 && part.is_ours_alone()
            })
        },
    },
    Entry {
        rule: "A `*` at the end of a segment goes on beyond the colon",
        theirs: "keeps it in the segment, and refuses patterns of fewer than six segments",
        page: RESOURCE,
        explains: |part| {
            part.resource()
                .is_some_and(|(pattern, _)| pattern.contains("*:") || pattern.split(':').count() < 6)
                && (part.is_ours_alone() || part.is_refused())
        },
    },
    Entry {
        rule: "Elsewhere a wildcard stays in its segment, in what follows the account as well",
        theirs: "lets it go beyond the colons there",
        page: RESOURCE,
        explains: |part| {
            part.resource().is_some_and(|(pattern, _)| {
                pattern.contains(['*', '?'])
                    && part.question.asked.resource.ends_with("a:b")
                    && part.is_theirs_alone()
            })
        },
    },
    Entry {
        rule: "`NotPrincipal` with `Deny` spares only who is listed with account and role",
        theirs: "spares whoever is listed",
        page: NOT_PRINCIPAL,
        explains: |part| {
            part.principal()
                .is_some_and(|(element, _)| element == "NotPrincipal")
                && part.ours == Verdict::ExplicitDeny
                && part.theirs == Ok(Verdict::ImplicitDeny)
        },
    },
    Entry {
        rule: "An account stands for all principals in it, whose own policies decide",
        theirs: "takes it for its root user alone",
        page: PRINCIPAL,
        explains: |part| {
            let asked = account(&part.question.asked.principal);
            part.principal().is_some_and(|(_, name)| {
                let is_account = name.len() == 12 || name.ends_with(":root");
                is_account && asked.is_some() && account(name) == asked
            }) && part.names_for_us_alone()
        },
    },
    Entry {
        rule: "A role stands for its sessions, and a user for its federated ones",
        theirs: "compares the ARNs",
        page: LOGIC,
        explains: |part| {
            part.principal().is_some_and(|(_, name)| {
                let asked = &part.question.asked.principal;
                let session = [(":role/", ":assumed-role/"), (":user/", ":federated-user/")];
                session
                    .iter()
                    .any(|(owner, session)| name.contains(owner) && asked.contains(session))
                    && account(name) == account(asked)
            }) && part.names_for_us_alone()
        },
    },
    Entry {
        rule: "A `Principal` takes no wildcard but `*` alone",
        theirs: "matches ARNs with wildcards",
        page: PRINCIPAL,
        explains: |part| {
            part.principal().is_some_and(|(_, name)| {
                let stem = name.strip_suffix("*");
                stem.is_some_and(|stem| stem.len() > 1 && part.question.asked.principal.starts_with(stem))
            }) && part.names_for_them_alone()
        },
    },
    Entry {
        rule: "`{\"AWS\": \"*\"}` is everyone, as `\"*\"` is",
        theirs: "leaves services out",
        page: PRINCIPAL,
        explains: |part| {
            part.principal().is_some_and(|(_, name)| name == "*")
                && !part.question.asked.principal.contains(':')
                && part.names_for_us_alone()
        },
    },
];

const CURRENT: &str = "2012-10-17";

impl Part {
    /// Whether tcperm alone says that it holds.
    fn is_ours_alone(&self) -> bool {
        self.ours == Verdict::Allowed
    }

    /// Whether the other alone says that it holds.
    fn is_theirs_alone(&self) -> bool {
        self.theirs == Ok(Verdict::Allowed)
    }

    /// Whether a value matches for tcperm alone; what is negated holds then for the other.
    fn matches_for_us_alone(&self, clause: Clause<'_>) -> bool {
        if clause.is_negated() {
            self.is_theirs_alone()
        } else {
            self.is_ours_alone()
        }
    }

    fn matches_for_them_alone(&self, clause: Clause<'_>) -> bool {
        if clause.is_negated() {
            self.is_ours_alone()
        } else {
            self.is_theirs_alone()
        }
    }

    /// Whether the two answer as told.
    fn is_as(&self, (ours, theirs): Told) -> bool {
        let answer = self.theirs.as_ref().ok();
        self.is_ours_alone() == ours && answer.map(|answer| *answer == Verdict::Allowed) == theirs
    }

    /// Whether a principal is the caller for tcperm alone.
    fn names_for_us_alone(&self) -> bool {
        self.principal().is_some_and(|(element, _)| {
            let (applies, spares) = (self.question.effect(), Verdict::ImplicitDeny);
            let (ours, theirs) = match element {
                "Principal" => (applies, spares),
                _ => (spares, applies),
            };
            self.ours == ours && self.theirs == Ok(theirs)
        })
    }

    /// Whether a principal is the caller for the other alone.
    fn names_for_them_alone(&self) -> bool {
        self.principal().is_some_and(|(element, _)| {
            let (applies, spares) = (self.question.effect(), Verdict::ImplicitDeny);
            let (ours, theirs) = match element {
                "Principal" => (spares, applies),
                _ => (applies, spares),
            };
            self.ours == ours && self.theirs == Ok(theirs)
        })
    }

    fn is_refused(&self) -> bool {
        self.theirs.is_err()
    }

    fn found(&self, key: &str) -> Option<&[String]> {
        let found = self
            .question
            .asked
            .context
            .iter()
            .find(|(known, _)| *known == key);
        found.map(|(_, values)| values.as_slice())
    }

    fn clause(&self) -> Option<Clause<'_>> {
        match &self.what {
            What::Clause {
                operator,
                wanted,
                found,
                version,
            } => Some(Clause {
                operator,
                wanted,
                found: found.as_deref(),
                version,
            }),
            _ => None,
        }
    }

    /// The pattern of a resource, and the version of its policy.
    fn resource(&self) -> Option<(&str, &str)> {
        match &self.what {
            What::Resource { pattern, version } => Some((pattern, version)),
            _ => None,
        }
    }

    /// The element and the name in it.
    fn principal(&self) -> Option<(&str, &str)> {
        match &self.what {
            What::Principal { element, names } => {
                let name = names
                    .as_str()
                    .or_else(|| names.as_object()?.values().next()?.as_str());
                Some((element, name.unwrap()))
            }
            _ => None,
        }
    }
}

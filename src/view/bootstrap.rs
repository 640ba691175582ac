use crate::operator::MOST_CHARACTERS;
use crate::ops::{Bootstrap, Caveat};

/// The policy alone, so that it can be handed on.
pub(super) fn document(bootstrap: &Bootstrap) -> String {
    format!("{}\n", bootstrap.policy.to_pretty_json())
}

/// What to know of it, and how large it is.
pub(super) fn summary(bootstrap: &Bootstrap) -> String {
    let told: String = bootstrap.caveats.iter().map(|caveat| told(*caveat)).collect();
    let account = &bootstrap.account;
    let size = bootstrap.policy.size();
    format!("{told}account {account} · {size} of the {MOST_CHARACTERS} characters of a managed policy\n")
}

fn told(caveat: Caveat) -> &'static str {
    match caveat {
        Caveat::Unbounded => {
            "note: whoever holds this policy can give any permission to such a role, and with it to whatever assumes it\n  \
             help: name a permissions boundary with `--boundary`; `--boundary-policy` prints one\n"
        }
        Caveat::Adopting => {
            "note: whoever adopts empties and takes over roles of these names that somebody else made\n  \
             help: hand it out for the one run that adopts\n"
        }
    }
}

use std::collections::BTreeMap;

use super::limits::{INLINE_POLICIES, inline_size};
use crate::intent::{Form, Needs, RoleSpec, Share};
use crate::model::Namespace;
use crate::policy::Policy;

/// The topologies of a run with what each needs of one role.
pub type Joining<'a> = BTreeMap<&'a Namespace, &'a Share>;

/// The role that serves some topologies beside others, whose inline policies stand as they are: each
/// of its inline policies in the first form at which the role fits, or in the smallest where it never
/// does.
///
/// As few policies as can be are changed: those by which most is saved, and none is widened that need
/// not be once all are merged. So who runs again for some of them, or for one, decides the same.
///
/// # Errors
/// When the role cannot be made.
pub fn fit<E>(
    beside: &Needs,
    joining: &Joining<'_>,
    make: impl Fn(&Needs) -> Result<RoleSpec, E>,
) -> Result<RoleSpec, E> {
    let exact = make(&joined(beside, joining, &BTreeMap::new()))?;
    let over = inline_size(&exact).saturating_sub(INLINE_POLICIES);
    if over == 0 {
        return Ok(exact);
    }
    make(&joined(beside, joining, &forms(joining, over)))
}

fn joined(beside: &Needs, joining: &Joining<'_>, forms: &BTreeMap<&Namespace, Form>) -> Needs {
    let mut needs = beside.clone();
    for (namespace, share) in joining {
        let form = forms.get(*namespace).copied().unwrap_or(Form::Exact);
        needs.join(namespace, share.need(form));
    }
    needs
}

/// What a topology's inline policy saves in another form than the exact one, in characters.
struct Savings<'a> {
    namespace: &'a Namespace,
    merged: usize,
    /// At least as much: what is widened is merged as well.
    widened: usize,
}

/// The forms of policies that have to change, so that they save some characters together.
fn forms<'a>(joining: &Joining<'a>, over: usize) -> BTreeMap<&'a Namespace, Form> {
    let size = |share: &Share, form| share.document(form).map_or(0, |policy| Policy::size(&policy));
    let savings = joining.iter().map(|(namespace, share)| {
        let exact = size(share, Form::Exact);
        let merged = exact.saturating_sub(size(share, Form::Merged));
        let widened = exact.saturating_sub(size(share, Form::Widened));
        Savings {
            namespace,
            merged,
            widened: widened.max(merged),
        }
    });
    let mut savings: Vec<Savings<'_>> = savings.collect();
    let all_merged: usize = savings.iter().map(|one| one.merged).sum();
    let more = over.saturating_sub(all_merged);
    let (widened, rest) = most(&mut savings, more, |one| one.widened - one.merged);
    let saved: usize = widened.iter().map(|one| one.widened).sum();
    let widened = widened.iter().map(|one| (one.namespace, Form::Widened));
    let mut forms: BTreeMap<&Namespace, Form> = widened.collect();
    let (merged, _) = most(rest, over.saturating_sub(saved), |one| one.merged);
    forms.extend(merged.iter().map(|one| (one.namespace, Form::Merged)));
    forms
}

/// Those that save most, as many as save enough together, and the rest. Who saves nothing is never
/// among them.
fn most<'s, 'a>(
    savings: &'s mut [Savings<'a>],
    enough: usize,
    by: impl Fn(&Savings<'a>) -> usize,
) -> (&'s mut [Savings<'a>], &'s mut [Savings<'a>]) {
    savings.sort_by(|a, b| by(b).cmp(&by(a)).then_with(|| a.namespace.cmp(b.namespace)));
    let mut saved = 0;
    let needed = savings.iter().take_while(|one| {
        let goes_on = saved < enough && by(one) > 0;
        saved += by(one);
        goes_on
    });
    let number = needed.count();
    savings.split_at_mut(number)
}

//! What the runs of the model are about.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::grants::Capability;
use crate::intent::{Recipes, Share, Shares};
use crate::model::{Context, Namespace, RoleId, RoleKind};
use crate::plan::{Adoption, Business, Intention, Lifetime, Purpose, Regions, Teardown};
use crate::policy::Policy;

/// The topologies of a run, each with what it needs.
pub(super) type Topologies = BTreeMap<Namespace, Shares>;

/// What a run is to do.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// `create` of a topology with what it needs, or `delete --namespace`, where it needs nothing.
    Topology(Topologies),
    /// `create --adopt`.
    Adopt(Topologies),
    /// `apply` of a saved plan, which is made now and carried out as it is, or not to its end.
    Saved(Topologies),
    /// `delete` of the sandbox.
    TakeDown,
}

static CONTEXT: LazyLock<Context> = LazyLock::new(Context::example);

impl Task {
    pub(super) fn purpose(&self) -> Purpose<'_> {
        let serving = |topologies, adoption| {
            Purpose::Serve(Intention {
                recipes: Recipes::built_in(),
                context: &CONTEXT,
                topologies,
                kinds: &RoleKind::ALL,
                business: Business::Own,
                adoption,
                regions: Regions::Ours,
                lifetime: Lifetime::AsItIs,
            })
        };
        match self {
            Self::TakeDown => Purpose::TakeDown(Teardown {
                sandbox: &CONTEXT.sandbox,
                adoption: Adoption::Refuse,
                as_listed: None,
            }),
            Self::Topology(topologies) | Self::Saved(topologies) => serving(topologies, Adoption::Refuse),
            Self::Adopt(topologies) => serving(topologies, Adoption::Adopt),
        }
    }

    /// What its topologies need; nothing, when the sandbox is taken down.
    pub(super) const fn topologies(&self) -> Option<&Topologies> {
        match self {
            Self::Topology(topologies) | Self::Adopt(topologies) | Self::Saved(topologies) => {
                Some(topologies)
            }
            Self::TakeDown => None,
        }
    }

    /// Whether it makes a role that is not there.
    pub(super) fn creates(&self) -> bool {
        let topologies = self.topologies().into_iter().flatten();
        topologies
            .map(|(_, shares)| shares)
            .any(|shares| !shares.is_empty())
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopt(_) => f.write_str("adopt and ")?,
            Self::Saved(_) => f.write_str("as planned, ")?,
            Self::Topology(_) | Self::TakeDown => {}
        }
        let Some(topologies) = self.topologies() else {
            return f.write_str("delete");
        };
        for (name, shares) in topologies {
            match shares.get(&id()) {
                None => write!(f, "delete --namespace {name}")?,
                Some(share) => {
                    let capabilities: Vec<String> =
                        share.capabilities.iter().map(Capability::to_string).collect();
                    let queue = if share.exact.is_some() { " and a queue" } else { "" };
                    write!(f, "create {name}: {}{queue}", capabilities.join(" "))?;
                }
            }
        }
        Ok(())
    }
}

/// The role: that of events, whose trust policy depends on the topologies where they have schedules.
pub(super) fn id() -> RoleId {
    RoleId::base(RoleKind::Event, &Context::example().sandbox)
}

/// A topology that needs some capabilities, and a queue of its own.
fn create(name: &str, capabilities: &[&str], queue: Option<&str>) -> Task {
    let exact = queue.map(|queue| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Send","Effect":"Allow","Action":"x:Send",
                "Resource":"arn:aws:sqs:eu-west-1:123456789012:{queue}"}}]}}"#
        );
        Policy::parse(&text).unwrap().canonical()
    });
    let share = Share {
        capabilities: capabilities.iter().map(|one| Capability::parse(one)).collect(),
        exact,
        grants: Vec::new(),
        ..Share::default()
    };
    of(name, Shares::from([(id(), share)]))
}

pub(super) fn leave(name: &str) -> Task {
    of(name, Shares::new())
}

fn of(name: &str, shares: Shares) -> Task {
    Task::Topology(BTreeMap::from([(Namespace::parse(name).unwrap(), shares)]))
}

/// The same with `--adopt`.
pub(super) fn adopting(task: Task) -> Task {
    match task {
        Task::Topology(topologies) => Task::Adopt(topologies),
        other => other,
    }
}

/// The same by a saved plan.
pub(super) fn saved(task: Task) -> Task {
    match task {
        Task::Topology(topologies) => Task::Saved(topologies),
        other => other,
    }
}

pub(super) fn orders() -> Task {
    create("orders", &["function.invoke"], Some("a"))
}

pub(super) fn billing() -> Task {
    create("billing", &["function.invoke:hyphen"], None)
}

pub(super) fn web() -> Task {
    create("web", &["state.start"], Some("b"))
}

/// What the topology `orders` becomes: it needs other things.
pub(super) fn orders_changed() -> Task {
    create("orders", &["state.start"], None)
}

/// A topology with a schedule, which may assume the role.
pub(super) fn nightly() -> Task {
    create("nightly", &["function.invoke", "schedule.run"], None)
}

/// Everything that a run can be about.
pub(super) fn tasks() -> Vec<Task> {
    vec![
        orders(),
        orders_changed(),
        leave("orders"),
        billing(),
        leave("billing"),
        web(),
        nightly(),
        leave("nightly"),
        Task::TakeDown,
    ]
}

/// The roles that runs can find: what was carried out before.
pub(super) fn beginnings() -> Vec<Vec<Task>> {
    vec![
        vec![],
        vec![orders()],
        vec![orders(), billing()],
        vec![nightly(), billing()],
    ]
}

/// The topologies that there are when tasks were carried out one after the other.
pub(super) fn topologies_after<'t>(tasks: impl IntoIterator<Item = &'t Task>) -> Topologies {
    let mut topologies = Topologies::new();
    for task in tasks {
        let Some(changed) = task.topologies() else {
            topologies.clear();
            continue;
        };
        for (name, shares) in changed {
            topologies.remove(name);
            if !shares.is_empty() {
                topologies.insert(name.clone(), shares.clone());
            }
        }
    }
    topologies
}

/// All orders of some things, each once.
pub(super) fn orders_of<T: Clone + PartialEq>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in things.iter().enumerate() {
        if things[..index].contains(first) {
            continue;
        }
        let mut others = things.to_vec();
        others.remove(index);
        for mut rest in orders_of(&others) {
            rest.insert(0, first.clone());
            all.push(rest);
        }
    }
    all
}

/// All ways to choose some things, each as often as one likes, whatever their order.
pub(super) fn choices<T: Clone>(things: &[T], number: usize) -> Vec<Vec<T>> {
    if number == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in things.iter().enumerate() {
        for mut rest in choices(&things[index..], number - 1) {
            rest.insert(0, first.clone());
            all.push(rest);
        }
    }
    all
}

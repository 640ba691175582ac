//! What functions use besides their targets, and what calls from outside the topology: stores,
//! networks, pools, pages and schedules.

use super::super::spec::{Function, Part, Spec, Uses};
use super::{Binding, End, EntityKind, Links, NAMESPACE, Names, Piece, Target, Text, Via, end};

/// The service in which functions have a network of their own.
const NETWORK: &str = "vpc";

impl Links<'_, '_> {
    /// The stores that a function uses, and the network that it runs in.
    pub(super) fn uses(&mut self, function: &Function, source: &End) {
        for word in &function.stores {
            if let Some((store, uses)) = self.names.store(self.findings, word) {
                self.used(source, store, uses, &word.span);
            }
        }
        for bucket in &function.runtime.buckets {
            if let Some(place) = Names::bucket(self.findings, bucket, &Part::All) {
                self.used(source, place, Uses::Both, &bucket.span);
            }
        }
        if let Some(span) = &function.runtime.network {
            let network = Target {
                kind: EntityKind::Service,
                name: NETWORK.to_owned(),
                binding: Binding::Unnamed,
            };
            self.edge(source, Some(network), Via::Network, span);
        }
    }

    fn used(&mut self, source: &End, store: Target, uses: Uses, span: &super::Span) {
        if uses != Uses::Write {
            self.edge(source, Some(store.clone()), Via::Read, span);
        }
        if uses != Uses::Read {
            self.edge(source, Some(store), Via::Write, span);
        }
    }

    pub(super) fn stores(&mut self, spec: &Spec) {
        for store in &spec.stores {
            let Some(place) = Names::place(self.findings, store) else {
                continue;
            };
            let physical = match &place.binding {
                Binding::Named(table) => Some(table.clone()),
                _ => Text::parse(&place.name).ok(),
            };
            self.entity(place.kind, &store.name, physical);
        }
    }

    pub(super) fn pools(&mut self, spec: &Spec) {
        for pool in &spec.pools {
            self.entity(EntityKind::Pool, pool, None);
            let source = end(EntityKind::Pool, pool);
            for word in spec
                .triggers
                .iter()
                .filter_map(|trigger| trigger.function.as_ref())
            {
                let function = self.names.function(self.findings, word);
                self.edge(&source, function, Via::Trigger, &word.span);
            }
        }
    }

    pub(super) fn pages(&mut self, spec: &Spec) {
        for page in &spec.pages {
            self.entity(EntityKind::Page, page, None);
        }
    }

    pub(super) fn schedules(&mut self, spec: &Spec) {
        for schedule in &spec.schedules {
            let group = [NAMESPACE, Piece::Literal(format!("/{}", schedule.name.value))];
            self.entity(EntityKind::Schedule, &schedule.name, Some(Text::of(group.into())));
            let Some(word) = &schedule.target else {
                continue;
            };
            let target = self.names.scheduled(self.findings, schedule, word);
            self.edge(
                &end(EntityKind::Schedule, &schedule.name),
                target,
                Via::Schedule,
                &word.span,
            );
        }
    }
}

//! Two reflectors for the same clients, each of which may end.

use bgpwright::types::ClusterId;

use crate::{
    entry::{Entry, Place},
    network::{Expected, Plan},
    routers::{Dialect, Habit, Ours},
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Clusters {
    Different,
    Equal,
}

impl Clusters {
    /// What makes a difference here.
    pub(crate) const fn habits(self) -> &'static [Habit] {
        match self {
            Self::Different => &[Habit::TellsBack, Habit::TellsOthersBare],
            Self::Equal => &[
                Habit::TellsBack,
                Habit::TellsOthersBare,
                Habit::TakesItsOwnCluster,
            ],
        }
    }
}

struct Cast {
    ours: Place,
    other: Place,
    habits: &'static [Habit],
    clusters: Clusters,
    /// Clients of both, each with a route.
    clients: [Place; 2],
    /// A client of the other alone, with a route: ours knows of it by way of the
    /// other's cluster.
    single: Place,
}

/// Ours and another one, who are neighbours and have no routes of their own.
pub(crate) fn with(
    network: u8,
    other: &'static dyn Dialect,
    clients: [&'static dyn Dialect; 2],
    clusters: Clusters,
) {
    let mut plan = Plan::new(network);
    let cast = Cast {
        clients: clients.map(|client| plan.add(client)),
        single: plan.add(clients[0]),
        habits: other.habits(),
        other: plan.add_silent(other),
        ours: plan.add_silent(&Ours),
        clusters,
    };
    let Cast { ours, other, .. } = cast;
    if clusters == Clusters::Equal {
        plan.share(other, ours);
    }
    plan.dial(ours, other);
    let [one, two] = cast.clients;
    let sessions = [(ours, one), (ours, two), (other, one), (other, two)];
    for (reflector, client) in sessions.into_iter().chain([(other, cast.single)]) {
        plan.dial(reflector, client);
        plan.reflect(reflector, client);
    }
    let both = cast.both();
    let mut network = plan.start();
    network.rests(&both);
    for gone in [ours, other] {
        let rest = cast.without(gone);
        network.kill(gone);
        network.settles_without_loss(&rest);
        network.rests(&rest);
        network.restart(gone);
        network.settles_without_loss(&both);
    }
    network.rests(&both);
    network.end();
}

impl Cast {
    fn has(&self, habit: Habit) -> bool {
        self.habits.contains(&habit)
    }

    fn both(&self) -> Expected {
        let mut expected = Expected::default();
        let [one, two] = self.clients;
        for (client, of) in [(one, two), (two, one)] {
            self.of_both(client, of, &mut expected);
        }
        self.of_single(&mut expected);
        let held = &mut expected.held;
        for of in self.clients {
            held.insert(Entry::new(self.single, self.other, of, &self.by_other()));
        }
        if self.has(Habit::TellsBack) {
            for of in [one, two, self.single] {
                let back = Entry::new(of, self.other, of, &self.by_other());
                expected.refused.insert(back);
            }
        }
        expected
    }

    /// What becomes of the route of one client of both, to the other one too.
    fn of_both(&self, client: Place, of: Place, expected: &mut Expected) {
        let Self { ours, other, .. } = *self;
        let Expected { held, refused } = expected;
        let by_ours = [ours.cluster_id()];
        held.insert(Entry::new(ours, of, of, &[]));
        held.insert(Entry::new(other, of, of, &[]));
        held.insert(Entry::new(client, ours, of, &by_ours));
        held.insert(Entry::new(client, other, of, &self.by_other()));
        let loops = self.clusters == Clusters::Equal;
        let takes = !loops || self.has(Habit::TakesItsOwnCluster);
        let at_other = if takes { &mut *held } else { &mut *refused };
        at_other.insert(Entry::new(other, ours, of, &by_ours));
        if self.has(Habit::TellsOthersBare) {
            held.insert(Entry::new(ours, other, of, &[]));
        } else {
            let at_ours = if loops { refused } else { held };
            at_ours.insert(Entry::new(ours, other, of, &self.by_other()));
        }
    }

    /// And that of the client of the other alone: ours passes it on only if it
    /// may take it.
    fn of_single(&self, expected: &mut Expected) {
        let Self {
            ours,
            other,
            single,
            ..
        } = *self;
        let Expected { held, refused } = expected;
        held.insert(Entry::new(other, single, single, &[]));
        for client in self.clients {
            held.insert(Entry::new(client, other, single, &self.by_other()));
        }
        let (clusters, originator) = if self.has(Habit::TellsOthersBare) {
            // It looks like a route of the other's own.
            held.insert(Entry::new(ours, other, single, &[]));
            (vec![ours.cluster_id()], other)
        } else if self.clusters == Clusters::Equal {
            refused.insert(Entry::new(ours, other, single, &self.by_other()));
            return;
        } else {
            held.insert(Entry::new(ours, other, single, &self.by_other()));
            (vec![ours.cluster_id(), other.cluster_id()], single)
        };
        for client in self.clients {
            held.insert(Entry {
                originator: Some(originator.router_id()),
                ..Entry::new(client, ours, single, &clusters)
            });
        }
    }

    /// What the other one's cluster is.
    fn by_other(&self) -> [ClusterId; 1] {
        match self.clusters {
            Clusters::Different => [self.other.cluster_id()],
            Clusters::Equal => [self.ours.cluster_id()],
        }
    }

    /// Once one of the reflectors has ended.
    fn without(&self, gone: Place) -> Expected {
        let mut rest = self.both();
        let of_single = self.single.prefix();
        for entries in [&mut rest.held, &mut rest.refused] {
            entries.retain(|entry| {
                let cut_off = gone == self.other && entry.prefix == of_single;
                entry.at != gone && entry.from != gone && !cut_off
            });
        }
        rest
    }
}

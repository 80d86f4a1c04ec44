//! Two reflectors for the same clients, each of which may end.

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

/// Ours and another one, who are neighbours, and two clients of both. Only the
/// clients have a route.
pub(crate) fn with(
    network: u8,
    other: &'static dyn Dialect,
    clients: [&'static dyn Dialect; 2],
    clusters: Clusters,
) {
    let habits = other.habits();
    let mut plan = Plan::new(network);
    let clients = clients.map(|client| plan.add(client));
    let other = plan.add_silent(other);
    let ours = plan.add_silent(&Ours);
    if clusters == Clusters::Equal {
        plan.share(other, ours);
    }
    plan.dial(ours, other);
    let reflectors = [ours, other];
    for reflector in reflectors {
        for client in clients {
            plan.dial(reflector, client);
            plan.reflect(reflector, client);
        }
    }
    let both = expected(reflectors, habits, clients, clusters);
    let mut network = plan.start();
    network.rests(&both);
    for gone in reflectors {
        let rest = both.without(gone);
        network.kill(gone);
        network.settles_without_loss(&rest);
        network.rests(&rest);
        network.restart(gone);
        network.settles_without_loss(&both);
    }
    network.rests(&both);
    network.end();
}

fn expected(
    [ours, other]: [Place; 2],
    habits: &[Habit],
    [one, two]: [Place; 2],
    clusters: Clusters,
) -> Expected {
    let mut expected = Expected::default();
    let Expected { held, refused } = &mut expected;
    let id = |of: Place| match clusters {
        Clusters::Different => [of.cluster_id()],
        Clusters::Equal => [ours.cluster_id()],
    };
    for (client, of) in [(one, two), (two, one)] {
        for reflector in [ours, other] {
            held.insert(Entry::new(reflector, of, of, &[]));
            held.insert(Entry::new(client, reflector, of, &id(reflector)));
        }
        if habits.contains(&Habit::TellsBack) {
            refused.insert(Entry::new(of, other, of, &id(other)));
        }
        let loops = clusters == Clusters::Equal;
        let to_other = Entry::new(other, ours, of, &id(ours));
        if loops && !habits.contains(&Habit::TakesItsOwnCluster) {
            refused.insert(to_other);
        } else {
            held.insert(to_other);
        }
        let bare = habits.contains(&Habit::TellsOthersBare);
        if bare {
            held.insert(Entry::new(ours, other, of, &[]));
        } else if loops {
            refused.insert(Entry::new(ours, other, of, &id(other)));
        } else {
            held.insert(Entry::new(ours, other, of, &id(other)));
        }
    }
    expected
}

//! Two reflectors for the same clients, each of which may end.

use crate::{
    entry::{Entry, Place},
    network::{End, Expected, Plan},
    routers::{Dialect, Ours},
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Clusters {
    Equal,
    Different,
}

/// Ours and another one, who are neighbours, and two clients of both.
pub(crate) fn with(
    network: u8,
    other: &'static dyn Dialect,
    clusters: Clusters,
    clients: [&'static dyn Dialect; 2],
) -> End {
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
    let both = expected(reflectors, clients, clusters);
    let mut network = plan.start();
    network.settles(&both);
    network.rest();
    network.settles(&both);
    for gone in reflectors {
        network.kill(gone);
        network.settles_without_loss(&both.without(gone));
        network.rest();
        network.restart(gone);
        network.settles_without_loss(&both);
    }
    network.end()
}

fn expected(reflectors: [Place; 2], clients: [Place; 2], clusters: Clusters) -> Expected {
    let mut expected = Expected::default();
    let [ours, other] = reflectors;
    let id = |of: Place| match clusters {
        Clusters::Equal => ours.cluster_id(),
        Clusters::Different => of.cluster_id(),
    };
    for (reflector, second) in [(ours, other), (other, ours)] {
        for (client, of) in [(clients[0], clients[1]), (clients[1], clients[0])] {
            let reflected = Entry::new(client, reflector, of, &[id(reflector)]);
            expected.held.insert(reflected);
            expected.held.insert(Entry::new(reflector, of, of, &[]));
            let between = Entry::new(reflector, second, of, &[id(second)]);
            match clusters {
                Clusters::Different => expected.held.insert(between),
                Clusters::Equal => expected.refused.insert(between),
            };
        }
    }
    expected
}

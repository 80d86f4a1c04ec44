//! We reflect between others, clients and not.

use bgpwright::speaker::ReflectionRole;

use crate::{
    entry::{Entry, Place},
    network::{Expected, Plan},
    routers::{ALL, Ours},
};

const ROLES: [ReflectionRole; 2] = [ReflectionRole::Client, ReflectionRole::NonClient];

/// One of each program as a client, one of each as none. All have a route.
pub(crate) fn between_all() {
    let mut plan = Plan::new(20);
    let ours = plan.add(&Ours);
    let mut others: Vec<(Place, ReflectionRole)> = Vec::new();
    for role in ROLES {
        for dialect in ALL {
            let place = plan.add(dialect);
            plan.dial(place, ours);
            if role == ReflectionRole::Client {
                plan.reflect(ours, place);
            }
            others.push((place, role));
        }
    }
    let mut expected = Expected::default();
    for &(at, role) in &others {
        expected.held.insert(Entry::new(ours, at, at, &[]));
        expected.held.insert(Entry::new(at, ours, ours, &[]));
        for &(of, its_role) in &others {
            let reflects = role == ReflectionRole::Client || its_role == ReflectionRole::Client;
            if of != at && reflects {
                let clusters = [ours.cluster_id()];
                expected.held.insert(Entry::new(at, ours, of, &clusters));
            }
        }
    }
    let mut network = plan.start();
    network.rests(&expected);
    network.end();
}

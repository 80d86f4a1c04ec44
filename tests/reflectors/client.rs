//! We are a client of another's reflector, and a reflector below it.

use crate::{
    entry::Entry,
    network::{End, Expected, Plan},
    routers::{Dialect, Ours},
};

/// `upper` and we are clients of `reflector`, `lower` is one of ours. All have
/// a route.
pub(crate) fn of_theirs(
    network: u8,
    reflector: &'static dyn Dialect,
    upper: &'static dyn Dialect,
    lower: &'static dyn Dialect,
) -> End {
    let mut plan = Plan::new(network);
    let reflector = plan.add(reflector);
    let ours = plan.add(&Ours);
    let upper = plan.add(upper);
    let lower = plan.add(lower);
    for client in [ours, upper] {
        plan.dial(client, reflector);
        plan.reflect(reflector, client);
    }
    plan.dial(lower, ours);
    plan.reflect(ours, lower);
    let (above, below) = (reflector.cluster_id(), ours.cluster_id());
    let held = [
        Entry::new(reflector, upper, upper, &[]),
        Entry::new(reflector, ours, ours, &[]),
        Entry::new(reflector, ours, lower, &[below]),
        Entry::new(upper, reflector, reflector, &[]),
        Entry::new(upper, reflector, ours, &[above]),
        Entry::new(upper, reflector, lower, &[above, below]),
        Entry::new(ours, reflector, reflector, &[]),
        Entry::new(ours, reflector, upper, &[above]),
        Entry::new(ours, lower, lower, &[]),
        Entry::new(lower, ours, ours, &[]),
        Entry::new(lower, ours, reflector, &[below]),
        Entry::new(lower, ours, upper, &[below, above]),
    ];
    let expected = Expected {
        held: held.into(),
        ..Expected::default()
    };
    let mut network = plan.start();
    network.settles(&expected);
    network.rest();
    network.settles(&expected);
    network.end()
}

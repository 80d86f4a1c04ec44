//! We are a client of another's reflector, and a reflector below it.

use crate::{
    entry::Entry,
    network::{Expected, Plan},
    routers::{Dialect, Habit, Ours},
};

/// What makes a difference here.
pub(crate) const HABITS: [Habit; 2] = [Habit::TellsBack, Habit::ReflectsItsOwn];

/// `upper` and we are clients of `reflector`, `lower` is one of ours. All have
/// a route.
pub(crate) fn of(
    network: u8,
    reflector: &'static dyn Dialect,
    [upper, lower]: [&'static dyn Dialect; 2],
) {
    let habits = reflector.habits();
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
    let (its_own, and_below) = if habits.contains(&Habit::ReflectsItsOwn) {
        (vec![above], vec![below, above])
    } else {
        (Vec::new(), vec![below])
    };
    let mut expected = Expected::default();
    expected.held.extend([
        Entry::new(reflector, upper, upper, &[]),
        Entry::new(reflector, ours, ours, &[]),
        Entry::new(reflector, ours, lower, &[below]),
        Entry::new(upper, reflector, reflector, &its_own),
        Entry::new(upper, reflector, ours, &[above]),
        Entry::new(upper, reflector, lower, &[above, below]),
        Entry::new(ours, reflector, reflector, &its_own),
        Entry::new(ours, reflector, upper, &[above]),
        Entry::new(ours, lower, lower, &[]),
        Entry::new(lower, ours, ours, &[]),
        Entry::new(lower, ours, reflector, &and_below),
        Entry::new(lower, ours, upper, &[below, above]),
    ]);
    if habits.contains(&Habit::TellsBack) {
        expected.refused.extend([
            Entry::new(upper, reflector, upper, &[above]),
            Entry::new(ours, reflector, ours, &[above]),
            Entry::new(ours, reflector, lower, &[above, below]),
        ]);
    }
    let mut network = plan.start();
    network.rests(&expected);
    // What nobody has any more is not kept alive between reflectors.
    network.kill(lower);
    for entries in [&mut expected.held, &mut expected.refused] {
        entries.retain(|entry| entry.at != lower && entry.prefix != lower.prefix());
    }
    network.settles_without_loss(&expected);
    network.rests(&expected);
    network.end();
}

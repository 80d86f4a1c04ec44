//! Who stands above whom.

use alloc::{collections::VecDeque, vec, vec::Vec};

use super::{Actor, Link, Rank};
use crate::plan::pairing::Plan;

/// Reflectors stand above nodes, and routers outside by their distance from
/// the cluster; those without any way to it stand highest.
pub(super) fn assign(actors: &mut [Actor], plan: &Plan, links: &[Link]) {
    let mut around: Vec<Vec<usize>> = vec![Vec::new(); actors.len()];
    for Link { ends: (a, b), .. } in links {
        for (from, to) in [(*a, *b), (*b, *a)] {
            if let Some(around) = around.get_mut(from) {
                around.push(to);
            }
        }
    }
    let inside = |at: usize| plan.routers.get(at).is_some_and(|router| router.in_cluster);
    let mut tiers: Vec<Option<usize>> = vec![None; actors.len()];
    let mut open: VecDeque<usize> = VecDeque::new();
    for (at, tier) in tiers.iter_mut().enumerate().filter(|(at, _)| inside(*at)) {
        *tier = Some(0);
        open.push_back(at);
    }
    while let Some(at) = open.pop_front() {
        let above = tiers
            .get(at)
            .copied()
            .flatten()
            .map(|it| it.saturating_add(1));
        for to in around.get(at).into_iter().flatten() {
            if let Some(tier) = tiers.get_mut(*to).filter(|tier| tier.is_none()) {
                *tier = above;
                open.push_back(*to);
            }
        }
    }
    let top = tiers.iter().flatten().max().copied().unwrap_or(0).max(1);
    for (at, (actor, tier)) in actors.iter_mut().zip(&tiers).enumerate() {
        let tier = tier.unwrap_or(top).max(1);
        actor.rank = if at >= plan.routers.len() {
            Rank::Outside(tier)
        } else if !inside(at) {
            Rank::Fabric(tier)
        } else if plan.cluster_of(at).is_some() {
            Rank::Reflector
        } else {
            Rank::Node
        };
    }
}

//! What a running speaker of ours is told to become another.

use alloc::{collections::BTreeMap, vec::Vec};
use core::net::IpAddr;

use crate::{
    plan::speakers::{PeerPlan, SpeakerPlan},
    speaker::{ChangeEffect, PeerConfig},
};

/// What a speaker of ours has to be told to become another.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SpeakerChange {
    /// The speaker's own settings differ in what cannot change at work: a new
    /// one is needed.
    Replace,
    /// [`Speaker::set_cluster_id`](crate::speaker::Speaker::set_cluster_id), to
    /// that of the new configuration.
    ClusterId,
    /// A neighbour to add: its place among the new [`SpeakerPlan::peers`].
    Add(usize),
    /// A neighbour to remove: its place among the old ones.
    Remove(usize),
    /// A neighbour to remove and add again: its places among the old ones and
    /// the new.
    Reset(usize, usize),
    /// A neighbour that is treated otherwise while its session goes on, by
    /// [`Speaker::change_peer`](crate::speaker::Speaker::change_peer): its
    /// places among the old ones and the new, and what it takes. The session's
    /// own configuration stays the old one, whose jitter goes by another seed.
    Change(usize, usize, ChangeEffect),
    /// What it announces differs.
    Originates,
    /// The networks that next hops are in differ.
    Networks,
}

/// How a running speaker becomes another, in order: what goes comes first.
pub fn speaker_changes(old: &SpeakerPlan, new: &SpeakerPlan) -> Vec<SpeakerChange> {
    let mut found = Vec::new();
    let fixed = |of: &SpeakerPlan| crate::speaker::Config {
        cluster_id: None,
        ..of.config.clone()
    };
    if fixed(old) != fixed(new) {
        return Vec::from([SpeakerChange::Replace]);
    }
    if old.config.cluster_id != new.config.cluster_id {
        found.push(SpeakerChange::ClusterId);
    }
    let places = |of: &[PeerPlan]| -> BTreeMap<(IpAddr, IpAddr), usize> {
        let peers = of.iter().enumerate();
        peers
            .map(|(at, it)| ((it.config.local_address, it.config.address), at))
            .collect()
    };
    let (before, after) = (places(&old.peers), places(&new.peers));
    for (key, at) in &before {
        if !after.contains_key(key) {
            found.push(SpeakerChange::Remove(*at));
        }
    }
    for (key, at) in &after {
        let Some(was) = before.get(key) else {
            found.push(SpeakerChange::Add(*at));
            continue;
        };
        let (Some(x), Some(y)) = (old.peers.get(*was), new.peers.get(*at)) else {
            continue;
        };
        let effect = ChangeEffect::between(&unseeded(&x.config), &unseeded(&y.config));
        match effect {
            ChangeEffect::None => {}
            ChangeEffect::Reset => found.push(SpeakerChange::Reset(*was, *at)),
            ChangeEffect::Soft | ChangeEffect::Refresh => {
                found.push(SpeakerChange::Change(*was, *at, effect));
            }
        }
    }
    if old.originates != new.originates {
        found.push(SpeakerChange::Originates);
    }
    if old.networks != new.networks {
        found.push(SpeakerChange::Networks);
    }
    found
}

/// A configuration without the seed of its jitter, which goes by places in a
/// plan.
fn unseeded(of: &PeerConfig) -> PeerConfig {
    let mut config = of.clone();
    config.session.jitter_seed = 0;
    config
}

//! Which route targets a neighbour wants (RFC 4684).

use alloc::vec::Vec;

use crate::{
    rib::RouteSource,
    speaker::Speaker,
    types::{Afi, ExtendedCommunity, Family, PeerId, Safi},
    wire::{AttributeSet, Destination, nlri::RouteTargetMembership},
};

/// What one neighbour has said that it wants.
#[derive(Clone, Debug, Default)]
pub(super) struct Memberships(Vec<RouteTargetMembership>);

const ROUTE_TARGETS: Family = Family::new(Afi::IPV4, Safi::ROUTE_TARGET);

/// Whether routes of a family go only where their targets are wanted, on a
/// session with these families (RFC 4684 §6).
pub(super) fn constrains(family: Family, agreed: &[Family]) -> bool {
    let targeted = matches!(
        family.safi,
        Safi::VPN | Safi::VPN_MULTICAST | Safi::EVPN | Safi::VPLS | Safi::MVPN | Safi::VPN_FLOWSPEC
    );
    targeted && agreed.contains(&ROUTE_TARGETS)
}

impl Memberships {
    /// Whether a route is wanted: by one of its targets, or all are.
    pub(super) fn want(&self, attributes: &AttributeSet) -> bool {
        let targets = attributes.extended_communities.iter();
        let mut targets = targets.filter(|of| is_target(**of));
        let every = self.0.iter().any(|of| of.is_default());
        every || targets.any(|target| self.0.iter().any(|of| of.contains(target.0)))
    }
}

/// RFC 4360 §4: of any of the three layouts.
fn is_target(of: ExtendedCommunity) -> bool {
    matches!(of.0, [0..=2, 2, ..])
}

impl Speaker {
    /// A neighbour may want other route targets than before.
    pub(super) fn members_changed(&mut self, id: PeerId) {
        let source = RouteSource::Peer(id);
        let wanted = self.rib.destinations(ROUTE_TARGETS);
        let wanted = wanted.filter_map(|(destination, _)| match destination {
            Destination::RouteTarget(of) => {
                let to = Destination::RouteTarget(of);
                let mut paths = self.rib.paths_any(ROUTE_TARGETS, &to);
                paths.any(|path| path.source == source).then_some(of)
            }
            _ => None,
        });
        let wanted = Memberships(wanted.collect());
        self.memberships.insert(id, wanted);
        for (at, group) in &mut self.groups {
            if group.class.constrained == Some(id) {
                group.review();
                self.busy.insert(*at);
            }
        }
    }
}

/// Whether an UPDATE of these families may change what is wanted.
pub(super) fn is_membership(family: Family) -> bool {
    family == ROUTE_TARGETS
}

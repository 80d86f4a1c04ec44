//! What a route from a neighbour must not be, and what it is given on the way
//! in, before any policy.

use crate::{
    rib::{Refusal, reflect},
    speaker::{Config, peer::Peer},
    types::{AsPath, Asn, Family, NextHop, PeerType},
    wire::{AttributeCode, AttributeSet, Role},
};

/// Why a route may be kept and not used.
pub(super) fn refusal(
    speaker: &Config,
    peer: &Peer,
    family: Family,
    attributes: &AttributeSet,
) -> Option<Refusal> {
    let identity = peer.identity?;
    let path = attributes.as_path.as_ref();
    if path.is_some_and(|path| has_loop(speaker, peer, path)) {
        return Some(Refusal::AsLoop);
    }
    let own = peer.cluster_id(speaker);
    let found = reflect::find_loop(attributes, speaker.router_id, own).or_else(|| {
        reflect::find_loop(
            attributes,
            speaker.router_id,
            speaker.effective_cluster_id(),
        )
    });
    if let Some(found) = found {
        return Some(Refusal::Reflection(found));
    }
    if attributes.next_hop.map(NextHop::addr) == Some(peer.config.local_address) {
        return Some(Refusal::OwnNextHop);
    }
    if peer.config.enforce_first_as
        && identity.peer_type == PeerType::External
        && path.and_then(AsPath::neighbor) != Some(identity.asn)
    {
        return Some(Refusal::FirstAs);
    }
    leaks(peer, identity.asn, family, attributes.only_to_customer).then_some(Refusal::RouteLeak)
}

/// RFC 4271 §9.1.2, RFC 5065 §4: our AS, once more often than it may.
fn has_loop(speaker: &Config, peer: &Peer, path: &AsPath) -> bool {
    let local_as = peer.config.session.local_as;
    let allowed = usize::from(peer.config.allow_own_as);
    [Some(speaker.asn), Some(local_as), speaker.confederation]
        .into_iter()
        .flatten()
        .any(|own| path.asns().filter(|asn| *asn == own).count() > allowed)
}

/// RFC 9234 §5: what was for customers came from one, or from a peer who is not
/// the one that said so.
fn leaks(peer: &Peer, asn: Asn, family: Family, only_to_customer: Option<Asn>) -> bool {
    let (Some(role), Some(by)) = (role(peer, family), only_to_customer) else {
        return false;
    };
    match role {
        Role::PROVIDER | Role::RS => true,
        Role::PEER => by != asn,
        _ => false,
    }
}

/// Our role on the session, where it counts: unicast (RFC 9234 §5).
fn role(peer: &Peer, family: Family) -> Option<Role> {
    let unicast = matches!(family, Family::IPV4_UNICAST | Family::IPV6_UNICAST);
    peer.role.filter(|_| unicast)
}

/// Makes attributes what they are to us.
pub(super) fn complete(
    speaker: &Config,
    peer: &Peer,
    family: Family,
    attributes: &mut AttributeSet,
) {
    let Some(identity) = peer.identity else {
        return;
    };
    if identity.peer_type == PeerType::External {
        // RFC 4271 §5.1.5: an external neighbour's preference is not ours.
        attributes.local_pref = None;
        if !peer.config.aigp {
            attributes.other.remove(AttributeCode::AIGP);
        }
    }
    let local_as = peer.config.session.local_as;
    if local_as != speaker.asn
        && identity.peer_type == PeerType::External
        && speaker.confederation.is_none()
        && !peer.config.local_as.no_prepend
    {
        attributes.as_path.get_or_insert_default().prepend(local_as);
    }
    if let Some(Role::CUSTOMER | Role::PEER | Role::RS_CLIENT) = role(peer, family) {
        attributes.only_to_customer.get_or_insert(identity.asn);
    }
}

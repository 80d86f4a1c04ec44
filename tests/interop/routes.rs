//! The routes that go each way, and comparing what came with what was meant.

use core::net::IpAddr;
use std::collections::BTreeMap;

use bgpwright::{
    session::Event,
    types::{AsPath, Asn, Family, Prefix},
    wire::{AnyNlri, AttributeSet, MpReach, Nlri, NlriList, Origin, PathId, Update},
};

use crate::{
    daemon::{Shown, THEIR_AS},
    driver::Line,
};

pub(crate) const OUR_AS: Asn = Asn(4_200_000_001);
/// What the daemons announce.
pub(crate) const THEIR_PREFIXES: [(&str, &str); 2] = [
    ("198.51.100.0/24", "192.0.2.9"),
    ("2001:db8:1::/48", "2001:db8::9"),
];
/// What we announce.
pub(crate) const OUR_PREFIXES: [(&str, &str); 2] = [
    ("203.0.113.0/24", "192.0.2.1"),
    ("2001:db8:2::/48", "2001:db8::1"),
];

/// What each daemon is configured to say of its routes.
pub(crate) fn their_attributes(next_hop: &str) -> AttributeSet {
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence([Asn(THEIR_AS)])),
        next_hop: Some(next_hop.parse::<IpAddr>().unwrap().into()),
        med: Some(50),
        communities: vec!["65002:100".parse().unwrap(), "65002:200".parse().unwrap()],
        extended_communities: vec!["target:65002:7".parse().unwrap()],
        large_communities: vec!["4200000002:1:2".parse().unwrap()],
        ..AttributeSet::default()
    }
}

/// What we say of ours.
pub(crate) fn our_attributes() -> AttributeSet {
    AttributeSet {
        origin: Some(Origin::Egp),
        as_path: Some(AsPath::sequence([OUR_AS, Asn(64999), Asn(4_200_000_100)])),
        med: Some(77),
        communities: vec!["65001:1".parse().unwrap(), "65001:2".parse().unwrap()],
        extended_communities: vec![
            "target:65001:7".parse().unwrap(),
            "origin:65001:8".parse().unwrap(),
        ],
        large_communities: vec!["4200000001:2:3".parse().unwrap()],
        ..AttributeSet::default()
    }
}

/// The same as a daemon's tool shows it.
pub(crate) fn our_route_shown(next_hop: &str) -> Shown {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Shown {
        origin: "EGP".to_owned(),
        path: "4200000001 64999 4200000100".to_owned(),
        next_hop: next_hop.to_owned(),
        med: "77".to_owned(),
        communities: words("65001:1 65001:2"),
        extended: words("ro:65001:8 rt:65001:7"),
        large: words("4200000001:2:3"),
    }
}

/// An UPDATE for some prefixes, in MP_REACH_NLRI where it must be.
pub(crate) fn update(
    prefixes: &[AnyNlri],
    family: Family,
    next_hop: &str,
    mut attributes: AttributeSet,
) -> Update {
    let nlri = NlriList::collect(family, prefixes.iter().cloned()).unwrap();
    let next_hop: IpAddr = next_hop.parse().unwrap();
    if family == Family::IPV4_UNICAST && next_hop.is_ipv4() {
        attributes.next_hop = Some(next_hop.into());
        return Update {
            attributes,
            announced: nlri,
            ..Update::default()
        };
    }
    let next_hop = Some(next_hop.into());
    let mp_reach = Some(MpReach { next_hop, nlri });
    Update {
        attributes,
        mp_reach,
        ..Update::default()
    }
}

pub(crate) fn nlri(prefix: &str, path_id: Option<u32>) -> AnyNlri {
    let prefix: Prefix = prefix.parse().unwrap();
    Nlri {
        prefix,
        path_id: path_id.map(PathId),
    }
    .into()
}

pub(crate) fn family_of(prefix: &str) -> Family {
    if prefix.contains(':') {
        Family::IPV6_UNICAST
    } else {
        Family::IPV4_UNICAST
    }
}

/// Sends our routes, each with path identifiers where those were agreed.
pub(crate) fn announce(line: &mut Line) {
    for (prefix, next_hop) in OUR_PREFIXES {
        let family = family_of(prefix);
        if !line.negotiated().families.contains(&family) {
            continue;
        }
        let ids = line.negotiated().context.sends_path_ids(family);
        let routes = [nlri(prefix, ids.then_some(1))];
        let update = update(&routes, family, next_hop, our_attributes());
        line.session.send(&update).unwrap();
    }
}

/// All routes that have come, by prefix and path identifier, less those that
/// were withdrawn; lists sorted.
pub(crate) fn received(line: &Line) -> BTreeMap<String, AttributeSet> {
    let mut routes = BTreeMap::new();
    for event in &line.events {
        let Event::Update(parsed) = event else {
            continue;
        };
        assert!(parsed.faults.is_empty(), "{parsed:?}");
        let update = &parsed.value;
        let mut attributes = update.attributes.clone();
        attributes.communities.sort();
        attributes.extended_communities.sort();
        attributes.large_communities.sort();
        for gone in update
            .withdrawn
            .prefixes()
            .chain(update.mp_unreach.iter().flat_map(|of| of.nlri.prefixes()))
        {
            routes.remove(&gone.prefix.to_string());
        }
        for route in update.announced.prefixes() {
            routes.insert(route.prefix.to_string(), attributes.clone());
        }
        if let Some(reach) = &update.mp_reach {
            attributes.next_hop = reach.next_hop;
            for route in reach.nlri.prefixes() {
                routes.insert(route.prefix.to_string(), attributes.clone());
            }
        }
    }
    routes
}

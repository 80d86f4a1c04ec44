//! Other families than unicast, through the same tables: stored, chosen,
//! reflected, and wanted or not by route target.

use bgpwright::{
    rib::Marks,
    speaker::PeerConfig,
    types::{
        Administered, Afi, ExtendedCommunity, Family, Label, LabelStack, NextHop,
        RouteDistinguisher, Safi,
    },
    wire::{
        AttributeSet, Destination,
        nlri::{
            EvpnIpPrefix, EvpnRoute, FlowComponent, FlowComponentType, FlowSpec,
            RouteTargetMembership, VpnPrefix,
        },
    },
};

use crate::lab::{CLIENT, Lab, PLAIN, addr, net};

const VPN: Family = Family::new(Afi::IPV4, Safi::VPN);
const EVPN: Family = Family::new(Afi::L2VPN, Safi::EVPN);
const FLOWSPEC: Family = Family::new(Afi::IPV4, Safi::FLOWSPEC);
const ROUTE_TARGETS: Family = Family::new(Afi::IPV4, Safi::ROUTE_TARGET);

fn families(peer: &mut PeerConfig) {
    peer.session.families = vec![Family::IPV4_UNICAST, VPN, EVPN, FLOWSPEC];
}

/// Reflector 1 with clients 2 and 3.
fn reflector(families: impl Fn(&mut PeerConfig)) -> Lab {
    Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .link((1, 2), (CLIENT, PLAIN))
        .link((1, 3), (CLIENT, PLAIN))
        .both(1, 2, &families)
        .both(1, 3, &families)
        .up()
}

fn vpn(number: u8, label: u32) -> Destination {
    Destination::Vpn(VpnPrefix {
        distinguisher: RouteDistinguisher::from_octets([0, 0, 0xfc, 0, 0, 0, 0, 1]),
        prefix: net(number),
        labels: LabelStack::from(Label::bottom(label).unwrap()),
    })
}

fn target(number: u32) -> ExtendedCommunity {
    ExtendedCommunity::route_target(Administered::As2(64512, number))
}

fn attributes(targets: &[ExtendedCommunity]) -> AttributeSet {
    AttributeSet {
        next_hop: Some(NextHop::from(addr(2))),
        extended_communities: targets.to_vec(),
        ..AttributeSet::default()
    }
}

fn announce(lab: &mut Lab, family: Family, to: &Destination, set: AttributeSet) {
    lab.change(2, |speaker, now| {
        speaker.announce_marked(now, (family, to), set, &Marks::default());
    });
    lab.settle();
}

fn has(lab: &Lab, at: u8, family: Family) -> Vec<Destination> {
    let all = lab.at(at).rib().destinations(family);
    all.filter(|(_, best)| *best).map(|(to, _)| to).collect()
}

#[test]
fn labels_go_along_and_are_no_part_of_the_name() {
    let mut lab = reflector(families);
    announce(&mut lab, VPN, &vpn(50, 16), attributes(&[target(1)]));
    assert_eq!(has(&lab, 3, VPN).len(), 1);
    let route = lab.at(3).rib().paths_any(VPN, &vpn(50, 99)).next().unwrap();
    assert_eq!(route.attributes().cluster_list.len(), 1, "it was reflected");
    assert_eq!(route.nlri(VPN), Some(vpn(50, 16)));
    announce(&mut lab, VPN, &vpn(50, 17), attributes(&[target(1)]));
    assert_eq!(
        has(&lab, 3, VPN).len(),
        1,
        "another label is no other route"
    );
    let route = lab.at(3).rib().paths_any(VPN, &vpn(50, 0)).next().unwrap();
    assert_eq!(route.nlri(VPN), Some(vpn(50, 17)));
    lab.change(2, |speaker, now| {
        speaker.withdraw_any(now, (VPN, &vpn(50, 3)));
    });
    lab.settle();
    assert!(has(&lab, 3, VPN).is_empty());
    assert!(
        lab.at(1)
            .rib()
            .paths_any(VPN, &vpn(50, 17))
            .next()
            .is_none()
    );
}

#[test]
fn evpn_and_flow_specifications_are_reflected() {
    let mut lab = reflector(families);
    let evpn = |label| {
        Destination::Evpn(EvpnRoute::IpPrefix(EvpnIpPrefix {
            distinguisher: RouteDistinguisher::from_octets([0, 0, 0xfc, 0, 0, 0, 0, 1]),
            esi: bgpwright::types::Esi::default(),
            ethernet_tag: 0,
            prefix: net(50),
            gateway: std::net::Ipv4Addr::UNSPECIFIED.into(),
            label: Label::from_raw(label).unwrap(),
        }))
    };
    announce(&mut lab, EVPN, &evpn(5000), attributes(&[target(1)]));
    let route = lab.at(3).rib().paths_any(EVPN, &evpn(1)).next().unwrap();
    assert_eq!(route.nlri(EVPN), Some(evpn(5000)));
    let flow = Destination::FlowSpec(FlowSpec {
        distinguisher: None,
        components: vec![FlowComponent::Prefix {
            kind: FlowComponentType::DESTINATION,
            prefix: net(50),
            offset: 0,
        }],
    });
    let set = AttributeSet::default();
    announce(&mut lab, FLOWSPEC, &flow, set);
    assert_eq!(has(&lab, 3, FLOWSPEC), [flow]);
    assert_eq!(lab.reach(3), [1, 2, 3], "and unicast beside them");
}

#[test]
fn only_wanted_route_targets_go_where_it_is_said_which_are_wanted() {
    let mut lab = reflector(|peer| {
        peer.session.families = vec![Family::IPV4_UNICAST, VPN, ROUTE_TARGETS];
    });
    announce(&mut lab, VPN, &vpn(50, 16), attributes(&[target(1)]));
    announce(&mut lab, VPN, &vpn(51, 17), attributes(&[target(2)]));
    assert!(has(&lab, 3, VPN).is_empty(), "it wants nothing yet");
    let member = |number| {
        let wanted = RouteTargetMembership::new(bgpwright::types::Asn(64512), target(number).0, 64);
        Destination::RouteTarget(wanted.unwrap())
    };
    let want = |lab: &mut Lab, number| {
        lab.change(3, |speaker, now| {
            let set = AttributeSet {
                next_hop: Some(NextHop::from(addr(3))),
                ..AttributeSet::default()
            };
            let to = (ROUTE_TARGETS, &member(number));
            speaker.announce_marked(now, to, set, &Marks::default());
        });
        lab.settle();
    };
    want(&mut lab, 2);
    let named = |lab: &Lab, at| {
        let all = has(lab, at, VPN).into_iter();
        let prefixes = all.map(|to| match to {
            Destination::Vpn(of) => of.prefix,
            other => panic!("{other}"),
        });
        prefixes.collect::<Vec<_>>()
    };
    assert_eq!(named(&lab, 1), [net(51)], "2 is told what 3 wants");
    assert_eq!(named(&lab, 3), [net(51)]);
    want(&mut lab, 1);
    assert_eq!(named(&lab, 3).len(), 2);
    lab.change(3, |speaker, now| {
        speaker.withdraw_any(now, (ROUTE_TARGETS, &member(2)));
    });
    lab.settle();
    assert_eq!(named(&lab, 3), [net(50)]);
}

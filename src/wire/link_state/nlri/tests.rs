use alloc::string::ToString;

use super::*;

/// Protocol, universe 9, and a local node with AS 65000 and a router id.
const NODE: [u8; 31] = [
    3, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 18, 2, 0, 0, 4, 0, 0, 0xfd, 0xe8, 2, 3, 0, 6, 192, 0, 2, 1,
    0, 7,
];

fn nlri(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut octets = alloc::vec![0, kind, 0, u8::try_from(body.len()).unwrap()];
    octets.extend(body);
    octets
}

#[track_caller]
fn object(family: Family, octets: &[u8]) -> LinkStateObject {
    let followed = [octets, &[0xaa]].concat();
    let (value, rest) = LinkStateNlri::decode(family, &followed).unwrap();
    assert_eq!(rest, [0xaa]);
    assert!(value.fits(family));
    let mut out = Vec::new();
    value.encode(&mut out).unwrap();
    assert_eq!(out, octets);
    for end in 0..octets.len() {
        let at = LinkStateNlri::decode(family, &octets[..end]).unwrap_err();
        assert!(at < end.max(1), "{end} octets, {at}");
    }
    match value {
        LinkStateNlri::Object(object) => object,
        LinkStateNlri::Unknown { .. } => unreachable!("the type is known"),
    }
}

#[test]
fn a_node_is_known_by_its_descriptor() {
    let node = object(Family::LINK_STATE, &nlri(1, &[&NODE]));
    let local = node.local_node().unwrap();
    assert_eq!(local.asn(), Some(Asn(65000)));
    assert_eq!(local.igp_router_id(), Some([192, 0, 2, 1, 0, 7].as_slice()));
    assert_eq!(local.ospf_area(), None);
    assert_eq!(node.remote_node(), None);
    assert_eq!(
        node.to_string(),
        "node ospfv2 9 [local-node (as 65000, router-id 0xc00002010007)]"
    );
}

#[test]
fn a_bgp_speaker_is_known_by_its_identifier() {
    let ids = [2, 4, 0, 4, 192, 0, 2, 9, 2, 5, 0, 4, 0, 0, 0xfd, 0xe9];
    let body = [&[7, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 0, 16], &ids[..]].concat();
    let node = object(Family::LINK_STATE, &nlri(1, &[&body]));
    let local = node.local_node().unwrap();
    assert_eq!(local.bgp_router_id(), Some(RouterId(0xc000_0209)));
    assert_eq!(local.confederation_member(), Some(Asn(65001)));
    assert_eq!(
        node.to_string(),
        "node bgp 9 [local-node (bgp-router-id 192.0.2.9, confederation-member 65001)]"
    );
}

#[test]
fn a_link_has_two_nodes_and_its_own_descriptors() {
    let link = object(
        Family::LINK_STATE,
        &nlri(
            2,
            &[
                &NODE,
                &[1, 1, 0, 8, 2, 2, 0, 4, 0, 0, 0, 5],
                &[1, 2, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2],
                &[1, 3, 0, 4, 10, 0, 0, 1, 1, 4, 0, 4, 10, 0, 0, 2],
                &[1, 7, 0, 2, 0xf0, 2],
            ],
        ),
    );
    assert_eq!(link.remote_node().unwrap().ospf_area(), Some(5));
    assert_eq!(link.link_identifiers(), Some((1, 2)));
    assert_eq!(link.ipv4_interface(), Some(Ipv4Addr::new(10, 0, 0, 1)));
    assert_eq!(link.ipv4_neighbor(), Some(Ipv4Addr::new(10, 0, 0, 2)));
    assert_eq!(link.ipv6_interface(), None);
    assert_eq!(link.multi_topology(), Some(2));
}

#[test]
fn a_prefix_and_a_sid_are_read_out_of_their_descriptors() {
    let tail = [1, 8, 0, 1, 3, 1, 9, 0, 3, 12, 10, 16];
    let prefix = object(Family::LINK_STATE, &nlri(3, &[&NODE, &tail]));
    assert_eq!(prefix.ospf_route_type(), Some(3));
    assert_eq!(prefix.prefix(), "10.16.0.0/12".parse().ok());
    assert!(
        prefix
            .to_string()
            .ends_with("ospf-route-type 3, 10.16.0.0/12]")
    );
    let tail = [1, 9, 0, 5, 32, 0x20, 1, 0x0d, 0xb8];
    let prefix = object(Family::LINK_STATE, &nlri(4, &[&NODE, &tail]));
    assert_eq!(prefix.prefix(), "2001:db8::/32".parse().ok());
    let sid = object(
        Family::LINK_STATE,
        &nlri(6, &[&NODE, &[2, 6, 0, 16], &[1; 16]]),
    );
    assert_eq!(sid.srv6_sid(), Some(Ipv6Addr::from([1; 16])));
}

#[test]
fn a_vpn_has_a_distinguisher_in_front() {
    let node = object(
        Family::LINK_STATE_VPN,
        &nlri(1, &[&[0, 0, 0xfd, 0xe8, 0, 0, 0, 1], &NODE]),
    );
    assert_eq!(
        node.distinguisher,
        Some(RouteDistinguisher::from_as2(65000, 1))
    );
    assert!(!LinkStateNlri::Object(node).fits(Family::LINK_STATE));
}

#[test]
fn what_does_not_fit_is_wrong_where_it_begins() {
    let wrong = |octets: &[u8]| LinkStateNlri::decode(Family::LINK_STATE, octets).unwrap_err();
    assert_eq!(wrong(&nlri(1, &[&NODE[..8]])), 2);
    assert_eq!(wrong(&nlri(1, &[&NODE, &[1, 7]])), 35);
    let mut inside = nlri(1, &[&NODE]);
    inside[28] = 7;
    assert_eq!(wrong(&inside), 25);
}

#[test]
fn an_unknown_type_is_kept_and_a_known_one_is_not_written_as_unknown() {
    let octets = [0, 99, 0, 2, 1, 2];
    let (value, rest) = LinkStateNlri::decode(Family::LINK_STATE, &octets).unwrap();
    assert!(rest.is_empty());
    assert_eq!(value.to_string(), "type 99 [2 octets]");
    let mut out = Vec::new();
    value.encode(&mut out).unwrap();
    assert_eq!(out, octets);
    let value = LinkStateNlri::Unknown {
        kind: LinkStateNlriType::NODE,
        value: Bytes::new(),
    };
    assert!(value.encode(&mut Vec::new()).is_err());
}

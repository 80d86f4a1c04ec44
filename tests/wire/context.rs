//! What two OPENs agree on.

use bgpwright::{
    types::{Afi, Asn, Family, PeerType, RouterId},
    wire::{AddPathFamily, AddPathMode, Capability, Context, ExtendedNextHop, Open},
};

const IPV4: Family = Family::IPV4_UNICAST;
const IPV6: Family = Family::IPV6_UNICAST;

fn open(asn: u32, capabilities: &[Capability]) -> Open {
    Open::new(Asn(asn), 90, RouterId(1), capabilities.to_vec())
}

/// An OPEN of a speaker that knows two-octet AS numbers only.
fn narrow(capabilities: &[Capability]) -> Open {
    let mut open = open(65001, capabilities);
    open.capabilities
        .retain(|capability| !matches!(capability, Capability::FourOctetAs(_)));
    open
}

fn families(families: &[Family]) -> Vec<Capability> {
    families
        .iter()
        .copied()
        .map(Capability::Multiprotocol)
        .collect()
}

fn add_path(family: Family, mode: AddPathMode) -> Open {
    let mut all = families(&[IPV4, IPV6]);
    all.push(Capability::AddPath(vec![AddPathFamily { family, mode }]));
    open(65001, &all)
}

#[test]
fn two_that_announce_nothing_agree_on_what_rfc_4271_has() {
    let context = Context::between(&narrow(&[]), &narrow(&[]));
    let mut expected = Context::default();
    expected.peer_type = PeerType::Internal;
    assert_eq!(context, expected);
}

#[test]
fn four_octet_numbers_and_extended_messages_take_both() {
    let extended = [Capability::ExtendedMessage];
    for (sent, received, wide, len) in [
        (narrow(&extended), narrow(&extended), false, 65535),
        (open(65001, &extended), narrow(&[]), false, 4096),
        (narrow(&[]), open(65001, &extended), false, 4096),
        (open(65001, &extended), open(65001, &[]), true, 4096),
        (open(65001, &extended), open(65001, &extended), true, 65535),
    ] {
        let context = Context::between(&sent, &received);
        assert_eq!(context.four_octet_as, wide);
        assert_eq!(context.max_message_len, len);
    }
}

#[test]
fn families_are_those_of_both_in_the_order_of_the_one_who_sent() {
    let sent = open(65001, &families(&[IPV6, Family::EVPN, IPV4]));
    let received = open(65002, &families(&[IPV4, Family::VPNV4, IPV6]));
    assert_eq!(Context::between(&sent, &received).families, [IPV6, IPV4]);
    assert_eq!(Context::between(&received, &sent).families, [IPV4, IPV6]);
    // Who announces no family can carry IPv4 unicast; who announces others
    // alone cannot.
    let silent = open(65002, &[]);
    assert_eq!(Context::between(&sent, &silent).families, [IPV4]);
    let other = open(65002, &families(&[Family::VPNV4]));
    assert_eq!(Context::between(&other, &silent).families, []);
}

#[test]
fn path_identifiers_go_where_one_may_send_and_the_other_receive() {
    let modes = [AddPathMode::RECEIVE, AddPathMode::SEND, AddPathMode::BOTH];
    for sent in modes {
        for received in modes {
            let ours = add_path(IPV6, sent);
            let theirs = add_path(IPV6, received);
            let context = Context::between(&ours, &theirs);
            let into = sent != AddPathMode::SEND && received != AddPathMode::RECEIVE;
            let out = sent != AddPathMode::RECEIVE && received != AddPathMode::SEND;
            assert_eq!(
                context.receives_path_ids(IPV6),
                into,
                "{sent:?} {received:?}"
            );
            assert_eq!(context.sends_path_ids(IPV6), out, "{sent:?} {received:?}");
            assert!(!context.receives_path_ids(IPV4) && !context.sends_path_ids(IPV4));
            // The other side sees the same two directions, exchanged.
            let mirrored = Context::between(&theirs, &ours);
            assert_eq!(mirrored.add_path_send, context.add_path_receive);
            assert_eq!(mirrored.add_path_receive, context.add_path_send);
        }
    }
}

#[test]
fn a_mode_without_a_meaning_another_family_or_one_side_gives_no_path_identifiers() {
    let both = add_path(IPV4, AddPathMode::BOTH);
    let none = open(65002, &families(&[IPV4, IPV6]));
    let mut without = add_path(IPV4, AddPathMode::BOTH);
    without
        .capabilities
        .retain(|of| *of != Capability::Multiprotocol(IPV4));
    for other in [
        none,
        add_path(IPV4, AddPathMode(7)),
        add_path(IPV6, AddPathMode::BOTH),
        without,
    ] {
        let context = Context::between(&both, &other);
        assert_eq!(
            (context.add_path_receive, context.add_path_send),
            (vec![], vec![])
        );
    }
}

#[test]
fn an_ipv6_next_hop_for_ipv4_takes_both_and_the_family() {
    let entry = |family, next_hop| ExtendedNextHop { family, next_hop };
    let with = |announced: &[Family], entries: &[ExtendedNextHop]| {
        let mut all = families(announced);
        all.push(Capability::ExtendedNextHop(entries.to_vec()));
        open(65001, &all)
    };
    let wide = entry(IPV4, Afi::IPV6);
    let vpn = entry(Family::VPNV4, Afi::IPV6);
    let sent = with(&[IPV4, IPV6, Family::VPNV4], &[wide, vpn]);
    let next_hops = |other: &Open| Context::between(&sent, other).extended_next_hop;
    assert_eq!(
        next_hops(&with(&[IPV4, Family::VPNV4], &[vpn, wide])),
        [IPV4, Family::VPNV4]
    );
    assert_eq!(
        next_hops(&with(&[IPV4, Family::VPNV4], &[vpn])),
        [Family::VPNV4]
    );
    assert_eq!(next_hops(&with(&[IPV4], &[vpn, wide])), [IPV4]);
    assert_eq!(next_hops(&with(&[IPV4], &[entry(IPV4, Afi::IPV4)])), []);
    assert_eq!(next_hops(&open(65002, &families(&[IPV4]))), []);
}

#[test]
fn the_peers_type_is_by_the_wide_numbers() {
    // Both have AS_TRANS in the two-octet field.
    let (one, two) = (open(70000, &[]), open(70001, &[]));
    assert_eq!(one.my_as, two.my_as);
    assert_eq!(Context::between(&one, &two).peer_type, PeerType::External);
    assert_eq!(Context::between(&one, &one).peer_type, PeerType::Internal);
}

//! How a neighbour is reached, and who may be it.

use bgpwright::{
    session::{
        AddrProblem, AoKey, Authentication, KeyRef, Reach, Refused, ScopedAddr, Transport,
        TransportError,
    },
    types::PeerType,
};
use proptest::prelude::*;

fn transport(remote: &str, local: &str) -> Transport {
    let mut transport = Transport::new(remote.parse().unwrap());
    transport.local = Some(local.parse().unwrap());
    transport
}

fn text(change: impl FnOnce(&mut Transport)) -> String {
    let mut transport = transport("10.0.0.2", "10.0.0.1");
    change(&mut transport);
    transport.check().unwrap_err().to_string()
}

#[test]
fn what_cannot_work_is_named_with_its_field() {
    let addr = |text: &str| text.parse::<ScopedAddr>().unwrap();
    for (remote, problem) in [
        ("0.0.0.0", AddrProblem::Unspecified),
        ("::", AddrProblem::Unspecified),
        ("224.0.0.5", AddrProblem::Multicast),
        ("ff02::1%2", AddrProblem::Multicast),
        ("255.255.255.255", AddrProblem::Broadcast),
        ("::ffff:10.0.0.2", AddrProblem::Mapped),
        ("fe80::2", AddrProblem::NoScope),
        ("fd00::2%3", AddrProblem::Scope),
        ("10.0.0.2%3", AddrProblem::Scope),
    ] {
        let refused = Transport::new(addr(remote)).check();
        assert_eq!(refused, Err(TransportError::Remote { problem }), "{remote}");
    }
    for (local, expected) in [
        ("10.0.0.2", "local: 10.0.0.2 is the neighbour's address too"),
        (
            "fd00::1",
            "local: ipv6-unicast, but the remote is ipv4-unicast",
        ),
        ("224.0.0.1", "local: must not be multicast"),
    ] {
        assert_eq!(text(|it| it.local = Some(addr(local))), expected);
    }
    let port = text(|it| it.remote_port = 0);
    assert_eq!(port, "remote_port: must not be 0");
    let port = text(|it| it.listen_port = 0);
    assert_eq!(port, "listen_port: must not be 0");
    for hops in [0, 255] {
        assert_eq!(
            text(|it| it.reach = Reach::Secured { hops }),
            format!("reach: secured within {hops} hops is not 1 to 254")
        );
    }
    assert_eq!(
        text(|it| it.reach = Reach::Multihop { hops: 0 }),
        "reach: multihop 0 reaches nobody"
    );
}

#[test]
fn keys_of_one_connection_have_names_and_identifiers_of_their_own() {
    let key = |name: &str, send_id, receive_id| AoKey {
        key: KeyRef::from(name),
        send_id,
        receive_id,
    };
    let refused = |authentication| text(|it| it.authentication = authentication);
    let unnamed = "authentication: a key has no name";
    assert_eq!(refused(Authentication::Md5(KeyRef::from(""))), unnamed);
    assert_eq!(refused(Authentication::Ao(vec![key("", 1, 1)])), unnamed);
    assert_eq!(
        refused(Authentication::Ao(vec![])),
        "authentication: the chain has no key"
    );
    assert_eq!(
        refused(Authentication::Ao(vec![key("a", 1, 1), key("b", 1, 2)])),
        "authentication: send id 1 is there twice"
    );
    assert_eq!(
        refused(Authentication::Ao(vec![key("a", 1, 7), key("b", 2, 7)])),
        "authentication: receive id 7 is there twice"
    );
    let mut good = transport("10.0.0.2", "10.0.0.1");
    good.authentication = Authentication::Ao(vec![key("a", 1, 2), key("b", 2, 1)]);
    assert_eq!(good.check(), Ok(()));
    assert_eq!(
        good.to_string(),
        "10.0.0.2:179 from 10.0.0.1, direct, TCP-AO a (1/2), b (2/1)"
    );
}

#[test]
fn a_link_local_neighbour_is_on_one_link_of_both_ends() {
    let near = transport("fe80::2%3", "fe80::1%3");
    assert_eq!(near.check(), Ok(()));
    assert_eq!(near.dial().to.to_string(), "[fe80::2%3]:179");
    assert_eq!(near.dial().from.unwrap().to_string(), "[fe80::1%3]:0");
    let other = transport("fe80::2%3", "fe80::1%4").check();
    let error = TransportError::Scopes {
        local: 4,
        remote: 3,
    };
    assert_eq!(other, Err(error));
    for (reach, works) in [
        (Reach::Secured { hops: 1 }, true),
        (Reach::Secured { hops: 2 }, false),
        (Reach::Multihop { hops: 2 }, false),
    ] {
        let mut transport = near.clone();
        transport.reach = reach;
        assert_eq!(transport.check().is_ok(), works, "{reach}");
    }
    let at = |text: &str| text.parse().unwrap();
    let here = at("[fe80::1%3]:179");
    assert_eq!(
        near.check_incoming(at("[fe80::2%3]:5000"), here, None),
        Ok(())
    );
    let elsewhere = near.check_incoming(at("[fe80::2%4]:5000"), here, None);
    assert!(matches!(elsewhere, Err(Refused::Peer { .. })));
}

#[test]
fn a_connection_of_somebody_else_is_refused_with_the_reason() {
    let mut transport = transport("10.0.0.2", "10.0.0.1");
    transport.listen_port = 1790;
    let incoming = |peer: &str, local: &str| {
        let (peer, local) = (peer.parse().unwrap(), local.parse().unwrap());
        transport.check_incoming(peer, local, None)
    };
    assert_eq!(incoming("10.0.0.2:4000", "10.0.0.1:1790"), Ok(()));
    assert_eq!(
        incoming("[::ffff:10.0.0.2]:4000", "[::ffff:10.0.0.1]:1790"),
        Ok(())
    );
    for (peer, local, reason) in [
        (
            "10.0.0.3:179",
            "10.0.0.1:1790",
            "from 10.0.0.3, not the neighbour's 10.0.0.2",
        ),
        (
            "[fd00::2]:179",
            "[fd00::1]:1790",
            "from fd00::2, not the neighbour's 10.0.0.2",
        ),
        (
            "10.0.0.2:179",
            "10.0.9.1:1790",
            "to 10.0.9.1, not our 10.0.0.1",
        ),
        ("10.0.0.2:179", "10.0.0.1:179", "to port 179, not our 1790"),
        ("10.0.0.2:179", "10.0.0.2:1790", "from ourselves"),
    ] {
        assert_eq!(incoming(peer, local).unwrap_err().to_string(), reason);
    }
}

#[test]
fn gtsm_counts_hops_as_bird_and_linux_do() {
    // A neighbour two hops away is behind one router.
    for (hops, min_ttl) in [(1, 255), (2, 254), (3, 253), (254, 2)] {
        let reach = Reach::Secured { hops };
        assert_eq!((reach.ttl(), reach.min_ttl()), (255, Some(min_ttl)));
    }
    let far = Reach::Multihop { hops: 3 };
    assert_eq!((far.ttl(), far.min_ttl()), (3, None));
}

#[test]
fn an_external_neighbour_is_usually_on_the_link_and_an_internal_one_anywhere() {
    let external = Reach::usual(PeerType::External);
    assert_eq!((external.ttl(), external.min_ttl()), (1, None));
    let internal = Reach::usual(PeerType::Internal);
    assert_eq!((internal.ttl(), internal.min_ttl()), (64, None));
}

fn addr() -> impl Strategy<Value = ScopedAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| core::net::IpAddr::from(octets).into()),
        any::<[u8; 16]>().prop_map(|octets| core::net::IpAddr::from(octets).into()),
        (any::<u64>(), any::<u32>()).prop_map(|(low, scope)| {
            let addr = core::net::Ipv6Addr::from(0xfe80_u128 << 112 | u128::from(low));
            ScopedAddr {
                addr: addr.into(),
                scope: scope.try_into().ok(),
            }
        }),
    ]
}

fn reach() -> impl Strategy<Value = Reach> {
    prop_oneof![
        Just(Reach::Direct),
        any::<u8>().prop_map(|hops| Reach::Multihop { hops }),
        any::<u8>().prop_map(|hops| Reach::Secured { hops }),
    ]
}

proptest! {
    #[test]
    fn an_address_is_read_back(addr in addr()) {
        prop_assert_eq!(addr.to_string().parse(), Ok(addr));
    }

    #[test]
    fn any_text_is_an_address_or_an_error(text in "[0-9a-f:.%+ ]{0,24}") {
        if let Ok(addr) = text.parse::<ScopedAddr>() {
            prop_assert_eq!(addr.to_string().parse(), Ok(addr));
        }
    }

    #[test]
    fn the_ends_that_are_dialled_are_the_ends_that_are_let_in(
        remote in addr(), local in proptest::option::of(addr()), reach in reach(),
        port in 1..=u16::MAX, hop in 1..=255_u8,
    ) {
        let mut transport = Transport::new(remote);
        (transport.local, transport.reach) = (local, reach);
        prop_assume!(transport.check().is_ok());
        let other = ScopedAddr::from(core::net::IpAddr::from([192, 0, 2, 1]));
        let own = local.unwrap_or(other);
        prop_assume!(own != remote);
        let dial = transport.dial();
        prop_assert_eq!(dial.from.map(ScopedAddr::from), local);
        let at = own.with_port(transport.listen_port);
        let peer = ScopedAddr::from(dial.to).with_port(port);
        prop_assert_eq!(transport.check_incoming(peer, at, None), Ok(()));
        // What a neighbour so many hops away sends, as GTSM has it.
        let ttl = 255 - (hop - 1);
        let near = match reach {
            Reach::Secured { hops } => hop <= hops,
            _ => true,
        };
        prop_assert_eq!(transport.check_incoming(peer, at, Some(ttl)).is_ok(), near);
    }

    #[test]
    fn json_keeps_a_transport(remote in addr(), reach in reach()) {
        let mut transport = Transport::new(remote);
        transport.reach = reach;
        transport.authentication = Authentication::Md5("bgp-secrets/password".into());
        let json = serde_json::to_string(&transport).unwrap();
        prop_assert_eq!(serde_json::from_str::<Transport>(&json).unwrap(), transport);
    }
}

//! Capability by capability: what two sessions agree on, what is refused, and
//! what of it cannot be configured.

use bgpwright::{
    session::{
        Config, GracefulRestartConfig, Negotiated, Offer, RefreshOffer, RoleOffer, Session,
        negotiate::{negotiate, our_open},
    },
    types::{Asn, Family},
    wire::{
        AddPathFamily, AddPathMode, Capability, CapabilityCode, Fqdn, LongLivedFamily,
        LongLivedFlags, Role,
    },
};

use crate::rig::{code, left, right, seconds, with_families};

const V4: Family = Family::IPV4_UNICAST;
const V6: Family = Family::IPV6_UNICAST;

fn ours(change: impl FnOnce(&mut Offer)) -> Config {
    let mut config = with_families(left(), &[V4, V6]);
    change(&mut config.offer);
    config
}

fn theirs(change: impl FnOnce(&mut Offer)) -> Config {
    let mut config = with_families(right(), &[V4, V6]);
    change(&mut config.offer);
    config
}

fn agreed(ours: &Config, theirs: &Config) -> Negotiated {
    negotiate(ours, our_open(theirs)).unwrap()
}

fn paths(family: Family, mode: AddPathMode) -> impl Fn(&mut Offer) {
    move |offer| offer.add_path = vec![AddPathFamily { family, mode }]
}

#[test]
fn add_path_goes_where_one_sends_and_the_other_receives() {
    let (send, receive) = (AddPathMode::SEND, AddPathMode::RECEIVE);
    let both = AddPathMode::BOTH;
    for (we, they, result) in [
        (send, receive, Some(send)),
        (receive, send, Some(receive)),
        (both, both, Some(both)),
        (both, receive, Some(send)),
        (send, send, None),
        (receive, receive, None),
    ] {
        let agreed = agreed(&ours(paths(V4, we)), &theirs(paths(V4, they)));
        assert_eq!(agreed.add_path(V4), result, "{we:?} and {they:?}");
        assert_eq!(agreed.add_path(V6), None);
    }
    let apart = agreed(&ours(paths(V4, both)), &theirs(paths(V6, both)));
    assert_eq!((apart.add_path(V4), apart.add_path(V6)), (None, None));
}

#[test]
fn long_messages_go_out_if_both_offer_them_and_come_in_if_we_do() {
    let long = |offer: &mut Offer| offer.extended_messages = true;
    let plain = |_: &mut Offer| {};
    let (we, they) = (ours(long), theirs(long));
    let both = agreed(&we, &they);
    assert_eq!(both.context.max_message_len, 65535);
    let one = agreed(&we, &theirs(plain));
    assert_eq!(
        (one.context.max_message_len, one.max_received_len),
        (4096, 65535)
    );
    let other = agreed(&ours(plain), &they);
    assert_eq!(
        (other.context.max_message_len, other.max_received_len),
        (4096, 4096)
    );
}

#[test]
fn next_hops_cross_families_if_both_say_so() {
    let cross = |offer: &mut Offer| offer.extended_next_hop = vec![V4];
    let both = agreed(&ours(cross), &theirs(cross));
    assert_eq!(both.context.extended_next_hop, [V4]);
    let one = agreed(&ours(cross), &theirs(|_| {}));
    assert_eq!(one.context.extended_next_hop, []);
}

#[test]
fn refresh_is_enhanced_if_both_bracket_it() {
    let enhanced = |offer: &mut Offer| offer.route_refresh = RefreshOffer::Enhanced;
    let none = |offer: &mut Offer| offer.route_refresh = RefreshOffer::None;
    let both = agreed(&ours(enhanced), &theirs(enhanced));
    assert!(both.route_refresh && both.enhanced_route_refresh);
    let one = agreed(&ours(enhanced), &theirs(|_| {}));
    assert!(one.route_refresh && !one.enhanced_route_refresh);
    assert!(!agreed(&ours(enhanced), &theirs(none)).route_refresh);
}

#[test]
fn two_octet_numbers_are_agreed_by_either_side() {
    let narrow = |offer: &mut Offer| offer.four_octet_as = false;
    assert!(!agreed(&ours(narrow), &theirs(|_| {})).context.four_octet_as);
    assert!(!agreed(&ours(|_| {}), &theirs(narrow)).context.four_octet_as);
    assert!(agreed(&ours(|_| {}), &theirs(|_| {})).context.four_octet_as);
}

fn role(role: Role, strict: bool) -> impl Fn(&mut Offer) {
    move |offer| offer.role = Some(RoleOffer { role, strict })
}

#[test]
fn roles_that_do_not_go_together_are_refused() {
    let all = [
        Role::PROVIDER,
        Role::CUSTOMER,
        Role::RS,
        Role::RS_CLIENT,
        Role::PEER,
    ];
    for we in all {
        for they in all {
            let result = negotiate(&ours(role(we, false)), our_open(&theirs(role(they, false))));
            match result {
                Ok(agreed) => {
                    assert!(we.fits(they));
                    assert_eq!(agreed.peer_role, Some(they));
                }
                Err(refusal) => {
                    assert!(!we.fits(they));
                    assert_eq!(code(&refusal), (2, 11), "{we} and {they}");
                }
            }
        }
    }
}

#[test]
fn a_neighbour_without_a_role_is_refused_by_a_strict_one_only() {
    let plain = our_open(&theirs(|_| {}));
    let lenient = negotiate(&ours(role(Role::PEER, false)), plain.clone()).unwrap();
    assert_eq!(lenient.peer_role, None);
    let refusal = negotiate(&ours(role(Role::PEER, true)), plain).unwrap_err();
    assert_eq!(code(&refusal), (2, 11));
}

#[test]
fn a_role_that_is_repeated_must_be_the_same() {
    let config = ours(role(Role::PROVIDER, false));
    let mut open = our_open(&theirs(role(Role::CUSTOMER, false)));
    open.capabilities.push(Capability::Role(Role::CUSTOMER));
    assert!(negotiate(&config, open.clone()).is_ok());
    open.capabilities.push(Capability::Role(Role::PEER));
    assert_eq!(code(&negotiate(&config, open).unwrap_err()), (2, 11));
}

#[test]
fn roles_are_not_looked_at_within_an_as() {
    let mut config = ours(role(Role::PEER, true));
    config.peer_as = bgpwright::session::PeerAs::Any;
    let mut inside = theirs(role(Role::PROVIDER, false));
    inside.local_as = config.local_as;
    let agreed = agreed(&config, &inside);
    assert_eq!(agreed.peer_role, None);
}

fn restarting(config: Config, notification: bool) -> Config {
    let graceful_restart = Some(GracefulRestartConfig {
        restart_time: seconds(120),
        restarting: false,
        notification,
        families: vec![V4],
    });
    Config {
        graceful_restart,
        ..config
    }
}

fn stale(offer: &mut Offer) {
    offer.long_lived = [V4, V6]
        .map(|family| LongLivedFamily {
            family,
            flags: LongLivedFlags::empty(),
            stale_time: 3600,
        })
        .to_vec();
}

#[test]
fn notifications_are_outlived_if_both_set_the_bit() {
    let plain = |_: &mut Offer| {};
    for (we, they) in [(true, true), (true, false), (false, true), (false, false)] {
        let ours = restarting(ours(plain), we);
        let theirs = restarting(theirs(plain), they);
        assert_eq!(agreed(&ours, &theirs).survives_notification, we && they);
    }
}

#[test]
fn long_lived_restart_is_of_common_families_and_beside_graceful_restart() {
    let (we, they) = (
        restarting(ours(stale), false),
        restarting(theirs(stale), false),
    );
    let families =
        |agreed: Negotiated| -> Vec<_> { agreed.long_lived.iter().map(|of| of.family).collect() };
    assert_eq!(families(agreed(&we, &they)), [V4, V6]);
    let fewer = with_families(they.clone(), &[V4]);
    assert_eq!(families(agreed(&we, &fewer)), [V4]);
    // Their capability without graceful restart beside it is not there.
    assert_eq!(families(agreed(&we, &theirs(stale))), []);
    let unsaid = restarting(ours(|_| {}), false);
    assert_eq!(families(agreed(&unsaid, &they)), []);
}

#[test]
fn what_is_required_and_missing_is_listed_in_the_refusal() {
    let config = ours(|offer| {
        offer.extended_messages = true;
        offer.required = vec![
            CapabilityCode::EXTENDED_MESSAGE,
            CapabilityCode::MULTIPROTOCOL,
        ];
    });
    let refused = |open| negotiate(&config, open).unwrap_err();
    let refusal = refused(our_open(&theirs(|_| {})));
    assert_eq!(code(&refusal), (2, 7));
    assert_eq!(
        refusal.capabilities().unwrap(),
        [Capability::ExtendedMessage]
    );
    let one_family = with_families(theirs(|offer| offer.extended_messages = true), &[V4]);
    let refusal = refused(our_open(&one_family));
    assert_eq!(
        refusal.capabilities().unwrap(),
        [Capability::Multiprotocol(V6)]
    );
    let all = theirs(|offer| offer.extended_messages = true);
    assert!(negotiate(&config, our_open(&all)).is_ok());
}

#[test]
fn names_and_software_are_said() {
    let config = ours(|offer| {
        offer.fqdn = Some(Fqdn::new("node-1", "example.net"));
        offer.software_version = Some("bgpwright".into());
    });
    let open = our_open(&config);
    assert_eq!(open.fqdn().unwrap().to_string(), "node-1.example.net");
    let software = |of: &Capability| matches!(of, Capability::SoftwareVersion(_));
    assert!(open.capabilities.iter().any(software));
}

#[test]
fn what_was_agreed_reads_as_one_line_and_goes_through_json() {
    let all = |offer: &mut Offer| {
        paths(V4, AddPathMode::BOTH)(offer);
        offer.extended_messages = true;
        offer.extended_next_hop = vec![V4];
        offer.route_refresh = RefreshOffer::Enhanced;
        stale(offer);
    };
    let ours = restarting(
        ours(|offer| {
            all(offer);
            role(Role::PROVIDER, true)(offer);
        }),
        true,
    );
    let theirs = restarting(
        theirs(|offer| {
            all(offer);
            role(Role::CUSTOMER, false)(offer);
        }),
        true,
    );
    let agreed = agreed(&ours, &theirs);
    let head = format!(
        "AS {}, {}, eBGP, hold time 90 s",
        right().local_as,
        right().router_id
    );
    assert_eq!(
        agreed.to_string(),
        head + ", ipv4-unicast (ADD-PATH both) (IPv6 next hops), ipv6-unicast, four-octet AS, \
            extended messages, route refresh, enhanced route refresh, graceful restart, \
            notification support, long-lived graceful restart, the neighbour is customer"
    );
    let json = serde_json::to_string(&agreed).unwrap();
    assert_eq!(serde_json::from_str::<Negotiated>(&json).unwrap(), agreed);
    let json = serde_json::to_string(&ours).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&json).unwrap(), ours);
}

#[test]
fn an_offer_that_cannot_work_names_its_field() {
    type Change = fn(&mut Config);
    let changes: [(Change, &str); 14] = [
        (
            |it| {
                it.local_as = Asn(70_000);
                it.offer.four_octet_as = false;
            },
            "offer.four_octet_as",
        ),
        (
            |it| paths(V6, AddPathMode::BOTH)(&mut it.offer),
            "offer.add_path",
        ),
        (
            |it| paths(V4, AddPathMode(4))(&mut it.offer),
            "offer.add_path",
        ),
        (
            |it| {
                let of = AddPathFamily {
                    family: V4,
                    mode: AddPathMode::BOTH,
                };
                it.offer.add_path = vec![of, of];
            },
            "offer.add_path",
        ),
        (
            |it| it.offer.extended_next_hop = vec![V6],
            "offer.extended_next_hop",
        ),
        (
            |it| {
                it.families = vec![V4, V6];
                it.offer.extended_next_hop = vec![V6];
            },
            "offer.extended_next_hop",
        ),
        (
            |it| it.offer.extended_next_hop = vec![V4, V4],
            "offer.extended_next_hop",
        ),
        (|it| role(Role(9), false)(&mut it.offer), "offer.role"),
        (
            |it| {
                it.peer_as = bgpwright::session::PeerAs::Exactly(it.local_as);
                role(Role::PEER, false)(&mut it.offer);
            },
            "offer.role",
        ),
        (
            |it| {
                it.families = vec![V4, V6];
                stale(&mut it.offer);
            },
            "offer.long_lived",
        ),
        (
            |it| {
                *it = restarting(with_families(it.clone(), &[V4, V6]), false);
                stale(&mut it.offer);
                it.offer.long_lived[0].stale_time = 1 << 24;
            },
            "offer.long_lived",
        ),
        (
            |it| it.offer.software_version = Some("x".repeat(65)),
            "offer.software_version",
        ),
        (
            |it| it.offer.fqdn = Some(Fqdn::new(&"x".repeat(200), &"y".repeat(54))),
            "offer.fqdn",
        ),
        (
            |it| it.offer.required = vec![CapabilityCode::ROLE],
            "offer.required",
        ),
    ];
    for (change, field) in changes {
        let mut config = left();
        change(&mut config);
        let error = Session::new(config).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("{field}: ")),
            "{field}: {error}"
        );
    }
}

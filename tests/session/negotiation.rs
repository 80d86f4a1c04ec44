//! OPEN by OPEN: what is agreed, and what is refused; and which configurations
//! cannot work.

use core::time::Duration;

use bgpwright::{
    session::{
        Config, ConfigError, GracefulRestartConfig, PeerAs, Session,
        negotiate::{negotiate, our_open},
    },
    types::{Afi, Asn, Family, PeerType, RouterId, Safi},
    wire::{Capability, CapabilityCode, GracefulRestartFlags, Notification, Open},
};

use crate::rig::{code, left, right, seconds, with_families};

fn refusal(config: &Config, change: impl FnOnce(&mut Open)) -> Notification {
    let mut open = our_open(&right());
    change(&mut open);
    negotiate(config, open).unwrap_err()
}

#[test]
fn what_cannot_be_agreed_is_refused_with_its_subcode() {
    let config = left();
    let wrong = refusal(&config, |open| open.version = 3);
    assert_eq!((code(&wrong), &wrong.data[..]), ((2, 1), &[0, 4][..]));
    let zero_as = refusal(&config, |open| {
        open.my_as = 0;
        open.capabilities.clear();
    });
    assert_eq!(code(&zero_as), (2, 2));
    for hold_time in [1, 2] {
        let short = refusal(&config, |open| open.hold_time = hold_time);
        assert_eq!(code(&short), (2, 6));
    }
    let zero = refusal(&config, |open| open.router_id = RouterId(0));
    assert_eq!(code(&zero), (2, 3));
}

#[test]
fn our_own_identifier_is_refused_within_an_as_only() {
    let config = left();
    let mut internal = our_open(&config);
    internal.router_id = config.router_id;
    assert_eq!(code(&negotiate(&config, internal).unwrap_err()), (2, 3));
    let mut external = our_open(&right());
    external.router_id = config.router_id;
    let agreed = negotiate(&config, external).unwrap();
    assert_eq!(agreed.peer_type, PeerType::External);
}

#[test]
fn an_expected_as_is_compared_in_four_octets() {
    let far = Config::new(Asn(4_200_000_001), RouterId(9), PeerAs::Any);
    let open = our_open(&far);
    assert_eq!(open.my_as, 23456);
    let mut config = left();
    config.peer_as = PeerAs::Exactly(Asn(4_200_000_001));
    assert_eq!(
        negotiate(&config, open.clone()).unwrap().peer_as,
        Asn(4_200_000_001)
    );
    config.peer_as = PeerAs::Exactly(Asn::TRANS);
    assert_eq!(code(&negotiate(&config, open).unwrap_err()), (2, 2));
}

#[test]
fn the_lesser_hold_time_holds_and_zero_is_the_least() {
    let mut config = left();
    for (ours, theirs, agreed) in [(90, 30, 30), (30, 90, 30), (90, 0, 0), (0, 90, 0)] {
        config.hold_time = seconds(ours);
        let mut open = our_open(&right());
        open.hold_time = theirs;
        assert_eq!(negotiate(&config, open).unwrap().hold_time, seconds(agreed));
    }
}

#[test]
fn families_are_those_of_both_in_our_order() {
    let both = [Family::IPV6_UNICAST, Family::IPV4_UNICAST];
    let config = with_families(left(), &both);
    let theirs = with_families(right(), &[Family::IPV4_UNICAST, Family::IPV6_UNICAST]);
    let agreed = negotiate(&config, our_open(&theirs)).unwrap();
    assert_eq!(agreed.families, both);
    assert_eq!(agreed.context.families, both);
    // A speaker without RFC 4760.
    let mut old = our_open(&theirs);
    old.capabilities.clear();
    let agreed = negotiate(&config, old).unwrap();
    assert_eq!(agreed.families, [Family::IPV4_UNICAST]);
    assert!(!agreed.context.four_octet_as && !agreed.route_refresh);
}

#[test]
fn without_a_common_family_the_refusal_lists_ours() {
    let config = with_families(left(), &[Family::IPV6_UNICAST]);
    let refused = refusal(&config, |_| {});
    assert_eq!(code(&refused), (2, 7));
    let code = CapabilityCode::MULTIPROTOCOL.0;
    assert_eq!(refused.data[..], [code, 4, 0, 2, 0, 1]);
}

#[test]
fn graceful_restart_is_agreed_if_both_say_it() {
    let gracefully = |config: Config, restarting| Config {
        graceful_restart: Some(GracefulRestartConfig {
            restart_time: seconds(120),
            restarting,
            notification: false,
            families: vec![Family::IPV4_UNICAST],
        }),
        ..config
    };
    let (ours, theirs) = (gracefully(left(), false), gracefully(right(), true));
    let agreed = negotiate(&ours, our_open(&theirs)).unwrap();
    let said = agreed.graceful_restart.unwrap();
    assert_eq!(said.restart_time, 120);
    assert!(said.flags.contains(GracefulRestartFlags::RESTARTING));
    assert!(said.families[0].forwarding_preserved);
    let agreed = negotiate(&left(), our_open(&theirs)).unwrap();
    assert_eq!(agreed.graceful_restart, None);
    let agreed = negotiate(&ours, our_open(&right())).unwrap();
    assert_eq!(agreed.graceful_restart, None);
}

#[test]
fn unknown_capabilities_are_ignored() {
    let mut open = our_open(&right());
    open.capabilities.push(Capability::Unknown {
        code: CapabilityCode(99),
        value: vec![1, 2, 3].into(),
    });
    let agreed = negotiate(&left(), open.clone()).unwrap();
    assert_eq!(agreed.peer_open, open);
}

#[test]
fn a_configuration_that_cannot_work_names_its_field() {
    type Change = fn(&mut Config);
    let restart = |restart_time| GracefulRestartConfig {
        restart_time,
        restarting: false,
        notification: false,
        families: Vec::new(),
    };
    let changes: [(Change, &str); 11] = [
        (|it| it.local_as = Asn(0), "local_as"),
        (|it| it.peer_as = PeerAs::Exactly(Asn(0)), "peer_as"),
        (|it| it.router_id = RouterId(0), "router_id"),
        (|it| it.families.clear(), "families"),
        (|it| it.families.push(Family::IPV4_UNICAST), "families"),
        (|it| it.hold_time = seconds(1), "hold_time"),
        (|it| it.hold_time = seconds(2), "hold_time"),
        (|it| it.hold_time = Duration::from_millis(3500), "hold_time"),
        (|it| it.hold_time = seconds(65536), "hold_time"),
        (|it| it.connect_retry = Duration::ZERO, "connect_retry"),
        (|it| it.send_window = 4095, "send_window"),
    ];
    for (change, field) in changes {
        let mut config = left();
        change(&mut config);
        let error = Session::new(config).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("{field}: ")),
            "{error}"
        );
    }
    let mut config = left();
    config.graceful_restart = Some(restart(seconds(4096)));
    let restart_time = seconds(4096);
    let error = Session::new(config).unwrap_err();
    assert_eq!(error, ConfigError::RestartTime { restart_time });
    let mut config = left();
    let families = (0..1000).map(|afi| Family::new(Afi(afi), Safi(1)));
    config.families = families.collect();
    assert_eq!(Session::new(config).unwrap_err(), ConfigError::OpenTooLong);
}

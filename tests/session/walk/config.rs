use core::time::Duration;

use bgpwright::{
    session::{
        Config, DelayOpen, GracefulRestartConfig, IdleHold, LimitAction, PrefixLimit, SendHold,
        Transport, negotiate::our_open,
    },
    types::Family,
    wire::{Message, Notification, NotificationCode, RefreshSubtype, RouteRefresh},
};

use super::Random;
use crate::{
    rig::{encoded, left, passive, right},
    stories::update,
};

/// The pause after too many prefixes.
pub(super) const RESTART: Duration = Duration::from_secs(20);

/// Any configuration, hasty ones more often.
pub(super) fn config(random: &mut Random, seed: u64) -> Config {
    let mut config = if random.below(4) == 0 {
        passive(left())
    } else {
        left()
    };
    config.jitter_seed = seed;
    config.send_window = 4096;
    config.hold_time = Duration::from_secs([0, 3, 90][random.below(3)]);
    config.idle_hold = match random.below(6) {
        0 => None,
        1 => Some(IdleHold {
            first: Duration::from_millis(10),
            most: Duration::from_secs(3),
        }),
        _ => Some(IdleHold::default()),
    };
    config.send_hold = match random.below(4) {
        0 => SendHold::Off,
        1 => SendHold::After(Duration::from_secs(91)),
        _ => SendHold::Usual,
    };
    if random.below(3) == 0 {
        config.delay_open = Some(DelayOpen {
            time: Duration::from_millis([20, 2000][random.below(2)]),
            notify_without_open: random.below(2) == 0,
        });
    }
    if random.below(2) == 0 {
        let mut transport = Transport::new("10.0.0.2".parse().unwrap());
        transport.local = Some("10.0.0.1".parse().unwrap());
        config.transport = Some(transport);
    }
    config.collide_established = random.below(4) == 0;
    if random.below(3) == 0 {
        config.graceful_restart = Some(GracefulRestartConfig {
            restart_time: Duration::from_mins(2),
            restarting: false,
            notification: random.below(2) == 0,
            families: vec![Family::IPV4_UNICAST],
        });
    }
    if random.below(2) == 0 {
        let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 100);
        let after = RESTART;
        let actions = [
            LimitAction::Drop,
            LimitAction::StayDown,
            LimitAction::Restart { after },
        ];
        limit.action = actions[random.below(3)];
        config.limits = vec![limit];
    }
    config
}

/// Messages of the neighbour, those that fit a state first.
pub(super) fn vocabulary() -> Vec<Vec<u8>> {
    let open = |config: &Config| encoded(&Message::Open(our_open(config)));
    let mut wrong = right();
    wrong.hold_time = Duration::from_secs(3);
    let mut graceful = right();
    graceful.graceful_restart = Some(GracefulRestartConfig {
        restart_time: Duration::from_mins(2),
        restarting: true,
        notification: true,
        families: vec![Family::IPV4_UNICAST],
    });
    let refresh = RouteRefresh::new(Family::IPV4_UNICAST, RefreshSubtype::REQUEST);
    let routes = encoded(&Message::Update(update("10.3.0.0/16")));
    let keepalive = encoded(&Message::Keepalive);
    let burst = [&routes[..], &routes, &keepalive, &routes].concat();
    vec![
        open(&right()),
        encoded(&Message::Keepalive),
        encoded(&Message::Update(update("10.2.0.0/16"))),
        encoded(&Message::RouteRefresh(refresh)),
        encoded(&Message::Notification(Notification::new(
            NotificationCode::CEASE,
            2,
        ))),
        encoded(&Message::Notification(Notification::new(
            NotificationCode::OPEN,
            1,
        ))),
        open(&wrong),
        open(&left()),
        open(&graceful),
        vec![0; 40],
        burst,
    ]
}

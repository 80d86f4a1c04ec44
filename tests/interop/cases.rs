//! What every daemon is tried with: a session each, from nothing.

use core::time::Duration;
use std::{env, fs, path::Path};

use bgpwright::{
    session::{Config, DownReason, Event, Input, OpenMode, PeerAs},
    types::{Asn, Family, RouterId},
    wire::{Notification, Open, RefreshSubtype, RouteRefresh},
};

use crate::{
    daemon::{self, Daemon, Dialect, PORT, Setup, Shown, THEIR_AS, THEIR_ID},
    driver::{self, Line},
    routes::{
        OUR_AS, OUR_PREFIXES, THEIR_PREFIXES, announce, our_route_shown, received, their_attributes,
    },
};

/// Why a cell is not simply "yes".
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// The capability is not in the daemon's OPEN.
    NotOffered,
    /// The daemon has nothing to do it with.
    NoSetting(&'static str),
    /// There are no data to try it with.
    Skipped,
    /// It does something else.
    Differs(String),
}

pub(crate) type Outcome = Result<(), Reason>;

/// A session with a daemon of its own.
pub(crate) struct Bench {
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) setup: Setup,
    pub(crate) daemon: Daemon,
    pub(crate) line: Line,
}

/// For what takes no time but the daemons'.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// The least that a hold time can be.
const HOLD: u16 = 3;

pub(crate) fn check(good: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if good {
        Ok(())
    } else {
        Err(Reason::Differs(otherwise()))
    }
}

impl Bench {
    /// Both are there and neither has dialled, unless the daemon does.
    pub(crate) fn new(
        dialect: &'static dyn Dialect,
        change: impl FnOnce(&mut Setup, &mut Config),
    ) -> Self {
        let listener = driver::listener();
        let our_port = listener.local_addr().unwrap().port();
        let address = daemon::address();
        let name = format!("{}-{address}", dialect.name());
        let folder = Path::new(&env::temp_dir())
            .join("bgpwright-interop")
            .join(name);
        let mut setup = Setup {
            address,
            our_port,
            our_as: OUR_AS,
            their_as: Asn(THEIR_AS),
            router_id: THEIR_ID,
            dials: false,
            hold_time: 90,
            limit: None,
            role: false,
            password: None,
            near: false,
            second_port: None,
            folder,
        };
        let mut config = Config::new(
            OUR_AS,
            RouterId(0x0a00_0001),
            PeerAs::Exactly(Asn(THEIR_AS)),
        );
        config.families = vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST];
        config.connect_retry = Duration::from_secs(1);
        change(&mut setup, &mut config);
        setup.our_as = config.local_as;
        let mut daemon = Daemon::start(dialect, &setup);
        daemon.listens(&setup);
        let line = Line::new(config, listener, (setup.address, PORT).into());
        Self {
            dialect,
            setup,
            daemon,
            line,
        }
    }

    /// Established, by our dialling.
    pub(crate) fn up(
        dialect: &'static dyn Dialect,
        change: impl FnOnce(&mut Setup, &mut Config),
    ) -> Result<Self, Reason> {
        let mut bench = Self::new(dialect, change);
        bench.line.input(Input::Start);
        bench.establish()?;
        Ok(bench)
    }

    pub(crate) fn establish(&mut self) -> Outcome {
        let up = self.line.wait(SOON, Line::is_up);
        check(up, || format!("never Established: {:?}", self.line.events))
    }

    /// Whether the daemon's OPEN has something.
    pub(crate) fn needs(&self, offered: impl FnOnce(&Open) -> bool) -> Outcome {
        if offered(&self.line.negotiated().peer_open) {
            Ok(())
        } else {
            Err(Reason::NotOffered)
        }
    }

    /// Waits until both of the daemon's routes are there, as configured.
    pub(crate) fn has_their_routes(&mut self, families: &[Family]) -> Outcome {
        let expected = THEIR_PREFIXES
            .into_iter()
            .filter(|(prefix, _)| families.contains(&crate::routes::family_of(prefix)));
        for (prefix, next_hop) in expected {
            let expected = Some(their_attributes(next_hop));
            let same = |line: &Line| received(line).remove(prefix) == expected;
            check(self.line.wait(SOON, same), || {
                let came = received(&self.line).remove(prefix);
                let came = came.map_or_else(|| "nothing".to_owned(), |of| of.to_string());
                format!("announces {prefix} with {came}")
            })?;
        }
        Ok(())
    }

    /// Waits until the daemon shows so many paths, and gives them.
    pub(crate) fn shown(&mut self, prefix: &str, count: usize) -> Vec<Shown> {
        let mut paths = Vec::new();
        for _ in 0..40 {
            self.line.wait(Duration::from_millis(100), |_| false);
            paths = self.dialect.paths(&self.setup, prefix);
            if paths.len() >= count {
                break;
            }
        }
        paths
    }

    /// Until the daemon says this somewhere.
    fn says(&mut self, wanted: &str) -> Outcome {
        let mut said = String::new();
        for _ in 0..200 {
            said = self.dialect.neighbor(&self.setup);
            if said.contains(wanted) {
                return Ok(());
            }
            self.line.wait(Duration::from_millis(100), |_| false);
        }
        check(false, || format!("does not say {wanted:?}")).inspect_err(|_| eprintln!("{said}"))
    }

    pub(crate) fn ends_with(
        &mut self,
        limit: Duration,
        wanted: impl Fn(&DownReason) -> bool,
    ) -> Outcome {
        let down = self.line.wait(limit, |line| line.down().is_some());
        let reason = self.line.down();
        check(down && reason.is_some_and(wanted), || match reason {
            Some(DownReason::NotificationReceived(notification)) => format!("sends {notification}"),
            Some(DownReason::ConnectionLost) => "closes the connection without a word".to_owned(),
            Some(other) => format!("{other:?}"),
            None => "goes on".to_owned(),
        })
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.setup.folder);
    }
}

fn is(code: u8, subcode: u8) -> impl Fn(&Notification) -> bool {
    move |of| (of.code.0, of.subcode) == (code, subcode)
}

pub(crate) fn we_dial(dialect: &'static dyn Dialect) -> Outcome {
    Bench::up(dialect, |_, _| {}).map(drop)
}

pub(crate) fn they_dial(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::new(dialect, |setup, config| {
        setup.dials = true;
        config.open_mode = OpenMode::Passive;
    });
    bench.line.input(Input::Start);
    bench.establish()
}

/// The connection of the higher identifier stays (RFC 4271 §6.8).
///
/// Tried again if nothing came on either connection: ExaBGP now and then reads
/// from neither when the two cross.
fn collision(dialect: &'static dyn Dialect, ours: RouterId) -> Outcome {
    let unheard = |outcome: &Outcome| {
        let silent =
            |what: &String| what.starts_with("never Established") && !what.contains("OpenConfirm");
        matches!(outcome, Err(Reason::Differs(what)) if silent(what))
    };
    let tries = (0..3).map(|_| collide(dialect, ours));
    let mut outcome = Ok(());
    for tried in tries {
        outcome = tried;
        if !unheard(&outcome) {
            break;
        }
    }
    outcome
}

fn collide(dialect: &'static dyn Dialect, ours: RouterId) -> Outcome {
    let mut bench = Bench::new(dialect, |setup, config| {
        setup.dials = true;
        config.router_id = ours;
    });
    let dialled = bench.line.collide(SOON);
    check(dialled, || "never dials".to_owned())?;
    bench.establish()?;
    // Nothing more comes of it.
    bench.line.wait(Duration::from_secs(3), |_| false);
    let line = &bench.line;
    check(
        line.is_up() && line.ups() == 1 && line.connections() == 1,
        || {
            format!(
                "up {} times, {} connections",
                line.ups(),
                line.connections()
            )
        },
    )
}

pub(crate) fn our_connection_wins(dialect: &'static dyn Dialect) -> Outcome {
    collision(dialect, RouterId(0x0a00_0003))
}

pub(crate) fn their_connection_wins(dialect: &'static dyn Dialect) -> Outcome {
    collision(dialect, RouterId(0x0a00_0001))
}

pub(crate) fn we_fall_silent(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |setup, config| {
        setup.hold_time = HOLD;
        config.hold_time = Duration::from_secs(HOLD.into());
    })?;
    bench.line.mute = true;
    let expired = is(4, 0);
    bench.ends_with(
        SOON,
        |reason| matches!(reason, DownReason::NotificationReceived(of) if expired(of)),
    )
}

pub(crate) fn they_fall_silent(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |setup, config| {
        setup.hold_time = HOLD;
        config.hold_time = Duration::from_secs(HOLD.into());
    })?;
    bench.daemon.signal("-STOP");
    let expired = is(4, 0);
    bench.ends_with(
        SOON,
        |reason| matches!(reason, DownReason::NotificationSent(of) if expired(of)),
    )
}

pub(crate) fn four_octet_as(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    let agreed = bench.line.negotiated();
    let peer_as = agreed.peer_as;
    check(
        agreed.context.four_octet_as && peer_as == Asn(THEIR_AS),
        || peer_as.to_string(),
    )?;
    bench.has_their_routes(&[Family::IPV4_UNICAST])
}

/// We are a speaker from before RFC 6793, and read AS4_PATH all the same.
pub(crate) fn two_octet_as(dialect: &'static dyn Dialect) -> Outcome {
    // Its AS is read from the capability all the same.
    let mut bench = Bench::up(dialect, |_, config| {
        config.local_as = Asn(64999);
        config.offer.four_octet_as = false;
    })?;
    check(!bench.line.negotiated().context.four_octet_as, || {
        "four octets".to_owned()
    })?;
    bench.has_their_routes(&[Family::IPV4_UNICAST])
}

pub(crate) fn their_routes(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    bench.has_their_routes(&[Family::IPV4_UNICAST, Family::IPV6_UNICAST])
}

fn our_route(dialect: &'static dyn Dialect, at: usize) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    announce(&mut bench.line);
    let (prefix, next_hop) = OUR_PREFIXES[at];
    let shown = bench.shown(prefix, 1);
    check(shown == [our_route_shown(next_hop)], || {
        format!("shows {shown:?}")
    })
}

pub(crate) fn our_ipv4_route(dialect: &'static dyn Dialect) -> Outcome {
    our_route(dialect, 0)
}

pub(crate) fn our_ipv6_route(dialect: &'static dyn Dialect) -> Outcome {
    our_route(dialect, 1)
}

pub(crate) fn we_refresh(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    let families = [Family::IPV4_UNICAST];
    bench.has_their_routes(&families)?;
    check(bench.line.negotiated().route_refresh, || {
        "is not agreed".to_owned()
    })?;
    bench.line.wait(Duration::from_secs(1), |_| false);
    bench.line.events.clear();
    let request = RouteRefresh::new(Family::IPV4_UNICAST, RefreshSubtype::REQUEST);
    bench.line.session.refresh(request).unwrap();
    bench.has_their_routes(&families)
}

pub(crate) fn they_refresh(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    bench.has_their_routes(&[Family::IPV4_UNICAST])?;
    bench.dialect.refresh(&bench.setup);
    let asked = |event: &Event| matches!(event, Event::Refresh(of) if of.family == Family::IPV4_UNICAST && of.subtype == RefreshSubtype::REQUEST);
    let came = bench.line.wait(SOON, |line| line.events.iter().any(asked));
    check(came, || "never asks".to_owned())
}

pub(crate) fn we_shut_down(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    bench.line.input(Input::Stop { reason: TEXT });
    bench.says(TEXT)
}

pub(crate) fn they_shut_down(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, _| {})?;
    let can = bench.dialect.shut(&bench.setup, TEXT);
    let down = is(6, 2);
    bench.ends_with(SOON, |reason| {
        matches!(reason, DownReason::NotificationReceived(of) if down(of) && (can.is_err() || of.text() == Some(TEXT)))
    })?;
    can.map_err(Reason::NoSetting)
}

pub(crate) fn too_many_prefixes(dialect: &'static dyn Dialect) -> Outcome {
    if !dialect.has_limits() {
        return Err(Reason::NoSetting("it has no limits"));
    }
    let mut bench = Bench::up(dialect, |setup, _| setup.limit = Some(1))?;
    for prefix in ["203.0.113.0/26", "203.0.113.64/26", "203.0.113.128/26"] {
        let routes = [crate::routes::nlri(prefix, None)];
        let update = crate::routes::update(
            &routes,
            Family::IPV4_UNICAST,
            "192.0.2.1",
            crate::routes::our_attributes(),
        );
        bench.line.session.send(&update).unwrap();
    }
    let full = is(6, 1);
    bench.ends_with(
        SOON,
        |reason| matches!(reason, DownReason::NotificationReceived(of) if full(of)),
    )
}

const TEXT: &str = "moving-to-rack-7";

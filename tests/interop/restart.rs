//! Cases of graceful restart, each side being the one that restarts.

use core::time::Duration;

use bgpwright::{
    session::{Config, Event, GracefulRestartConfig, Input},
    types::Family,
    wire::GracefulRestartFlags,
};

use crate::{
    cases::{Bench, Outcome, Reason, SOON, check},
    daemon::{Dialect, PORT},
    driver::{self, Line},
    routes::{OUR_PREFIXES, announce},
};

pub(crate) fn restarting(config: &mut Config) {
    config.graceful_restart = Some(GracefulRestartConfig {
        restart_time: Duration::from_mins(1),
        restarting: false,
        notification: false,
        families: config.families.clone(),
    });
}

/// The daemon keeps our routes while we are gone.
pub(crate) fn we_restart(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| restarting(config))?;
    bench.needs(|open| open.graceful_restart().is_some())?;
    if !dialect.keeps_routes() {
        return Err(Reason::NoSetting("it keeps no table"));
    }
    announce(&mut bench.line);
    let (prefix, _) = OUR_PREFIXES[0];
    let before = bench.shown(prefix, 1).len();
    check(before == 1, || format!("{before} paths"))?;
    let mut config = bench.line.session.config().clone();
    config.graceful_restart.as_mut().unwrap().restarting = true;
    // Its connection is closed with it.
    let listener = driver::listener();
    let peer = (bench.setup.address, PORT).into();
    bench.line = Line::new(config, listener, peer);
    bench.line.wait(Duration::from_secs(1), |_| false);
    let kept = bench.shown(prefix, 1).len();
    check(kept == 1, || "forgets our routes".to_owned())?;
    bench.line.input(Input::Start);
    bench.establish()
}

/// What RFC 8538 adds: over an administrative reset our routes stay, over a
/// shutdown they do not.
pub(crate) fn notification_support(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| {
        restarting(config);
        config.graceful_restart.as_mut().unwrap().notification = true;
        // Time to look while we are away.
        config.idle_hold = None;
    })?;
    let notification = GracefulRestartFlags::NOTIFICATION;
    bench.needs(|open| {
        open.graceful_restart()
            .is_some_and(|of| of.flags.contains(notification))
    })?;
    announce(&mut bench.line);
    let (prefix, _) = OUR_PREFIXES[0];
    let before = bench.shown(prefix, 1).len();
    check(before == 1, || format!("{before} paths"))?;
    let reason = "soft";
    bench.line.input(Input::Reset {
        reason,
        hard: false,
    });
    bench.line.wait(Duration::from_secs(1), |_| false);
    let kept = bench.shown(prefix, 1).len();
    check(kept == 1, || "forgets our routes over a Cease".to_owned())?;
    bench.line.input(Input::Start);
    bench.establish()?;
    announce(&mut bench.line);
    bench.line.wait(Duration::from_secs(1), |_| false);
    bench.line.input(Input::Stop { reason: "hard" });
    let gone = (0..30).any(|_| {
        bench.line.wait(Duration::from_millis(100), |_| false);
        dialect.paths(&bench.setup, prefix).is_empty()
    });
    check(gone, || "keeps our routes over a Hard Reset".to_owned())
}

/// We are told to keep the daemon's.
pub(crate) fn they_restart(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| restarting(config))?;
    bench.needs(|open| {
        open.graceful_restart()
            .is_some_and(|of| !of.families.is_empty())
    })?;
    let ended = |line: &Line| line.events.contains(&Event::EndOfRib(Family::IPV4_UNICAST));
    check(bench.line.wait(SOON, ended), || {
        "sends no End-of-RIB".to_owned()
    })?;
    bench.daemon.signal("-KILL");
    bench.ends_with(SOON, |reason| reason.keeps_routes(false))
}

//! Cases of graceful restart, each side being the one that restarts.

use core::time::Duration;

use bgpwright::{
    session::{Config, Event, GracefulRestartConfig, Input},
    types::Family,
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

//! Cases of TCP MD5 and GTSM: what our `Transport` says, set on our sockets, is
//! what the daemon wants; and what is wrong, it does not take.

use core::time::Duration;

use bgpwright::session::{Authentication, Config, Input, Reach, Transport};

use crate::{
    cases::{Bench, Outcome, Reason, check},
    daemon::{Dialect, PORT, Setup},
    driver::Line,
    routes::{OUR_PREFIXES, announce},
};

const SECRET: &str = "rack-seven";

/// Up the one way, and not up the other.
fn only(
    dialect: &'static dyn Dialect,
    secured: fn(&mut Setup),
    good: fn(&mut Transport),
    bad: fn(&mut Transport),
) -> Outcome {
    let reached = |setup: &Setup, config: &mut Config, change: fn(&mut Transport)| {
        let mut transport = Transport::new(setup.address.to_string().parse().unwrap());
        transport.remote_port = PORT;
        transport.local = Some("127.0.0.1".parse().unwrap());
        transport.reach = Reach::Multihop { hops: 64 };
        change(&mut transport);
        config.transport = Some(transport);
    };
    Bench::up(dialect, |setup, config| {
        secured(setup);
        reached(setup, config, good);
    })
    .map_err(|_| Reason::Differs("does not come up".to_owned()))?;
    let mut bench = Bench::new(dialect, |setup, config| {
        secured(setup);
        reached(setup, config, bad);
    });
    bench.line.input(Input::Start);
    // A daemon sets its least TTL once it has accepted: what came before that
    // may have been taken, our routes never are.
    if bench.line.wait(Duration::from_secs(3), Line::is_up) {
        announce(&mut bench.line);
        bench.line.wait(Duration::from_secs(1), |_| false);
    }
    let (prefix, _) = OUR_PREFIXES[0];
    let taken = dialect.paths(&bench.setup, prefix);
    check(taken.is_empty(), || "takes what it should not".to_owned())
}

pub(crate) fn md5(dialect: &'static dyn Dialect) -> Outcome {
    only(
        dialect,
        |setup| setup.password = Some(SECRET),
        |transport| transport.authentication = Authentication::Md5(SECRET.into()),
        |transport| transport.authentication = Authentication::Md5("another".into()),
    )
}

pub(crate) fn gtsm(dialect: &'static dyn Dialect) -> Outcome {
    only(
        dialect,
        |setup| setup.near = true,
        |transport| transport.reach = Reach::Secured { hops: 2 },
        |_| (),
    )
}

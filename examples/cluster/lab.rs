//! A run: bring everything up, keep it up, take it down in order.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bgpwright::{session, speaker::Event, time::Instant};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::{
    progress::Progress,
    reactor::{Happening, Reactor},
    sessions::{Session, describe},
    timeline::Timeline,
    verdict::Verdict,
};

/// The routers, what is planned between them, and who watches.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) reactor: Reactor,
    pub(crate) sessions: Vec<Session>,
    pub(crate) timeline: Timeline,
    pub(crate) interrupt: Interrupt,
    pub(crate) timeout: Duration,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Done,
    /// Nothing will change any more, and it is not done.
    Settled,
    TimedOut,
    Interrupted,
}

impl Lab {
    /// Starts every session.
    pub(crate) fn start(&mut self) {
        for router in 0..self.reactor.nodes.len() {
            self.reactor.tell_all(router, session::Input::Start);
        }
    }

    /// Waits until all is up and reached, or until it is certain that it never
    /// will be: nothing is under way, and what is not up cannot come up.
    ///
    /// # Errors
    /// If sockets can no longer be polled.
    pub(crate) fn converge(&mut self, progress: &mut Progress) -> io::Result<(Outcome, Verdict)> {
        let limit = self.reactor.clock.now() + self.timeout;
        let mut judged = None;
        loop {
            self.reactor.turn(PATIENCE)?;
            self.reactor.happened();
            let now = self.reactor.clock.now();
            if progress.is_due(now) {
                progress.show(now, self.established());
            }
            if self.interrupt.signal().is_some() {
                return Ok((Outcome::Interrupted, self.judge()));
            }
            if now >= limit {
                return Ok((Outcome::TimedOut, self.judge()));
            }
            let Some(quiet) = self.reactor.quiet().filter(|quiet| *quiet >= QUIET) else {
                continue;
            };
            if !self.is_settled() {
                continue;
            }
            let traffic = self.reactor.last_traffic();
            if judged != Some(traffic) {
                judged = Some(traffic);
                let verdict = self.judge();
                if verdict.is_good() {
                    return Ok((Outcome::Done, verdict));
                }
            }
            if quiet >= GIVE_UP {
                return Ok((Outcome::Settled, self.judge()));
            }
        }
    }

    /// Runs until `done`, at most for `limit`.
    ///
    /// # Errors
    /// If sockets can no longer be polled.
    pub(crate) fn run_until(
        &mut self,
        limit: Duration,
        mut done: impl FnMut(&mut Self, Vec<Happening>) -> bool,
    ) -> io::Result<Outcome> {
        let limit = self.reactor.clock.now() + limit;
        loop {
            let left = limit - self.reactor.clock.now();
            self.reactor.turn(left.min(TICK))?;
            let happened = self.reactor.happened();
            if done(self, happened) {
                return Ok(Outcome::Done);
            }
            if self.interrupt.signal().is_some() {
                return Ok(Outcome::Interrupted);
            }
            if self.reactor.clock.now() >= limit {
                return Ok(Outcome::TimedOut);
            }
        }
    }

    /// Keeps everything up that long, telling of sessions that come and go.
    ///
    /// # Errors
    /// If sockets can no longer be polled.
    pub(crate) fn hold(&mut self, keep: Duration) -> io::Result<Outcome> {
        self.run_until(keep, |lab, happened| {
            for happening in happened {
                lab.report(&happening);
            }
            false
        })
    }

    /// Ends every session with Cease, administrative shutdown, and waits until
    /// that has been delivered. How many there were.
    ///
    /// # Errors
    /// If sockets can no longer be polled.
    pub(crate) fn shut_down(&mut self, reason: &str) -> io::Result<usize> {
        let ended = self.established();
        for router in 0..self.reactor.nodes.len() {
            self.reactor
                .tell_all(router, session::Input::Stop { reason });
        }
        let limit = self.reactor.clock.now() + FAREWELL;
        loop {
            self.reactor.turn(PATIENCE)?;
            self.reactor.happened();
            let left = self.reactor.connection_count();
            if left == 0 || self.reactor.clock.now() >= limit {
                let abandoned = self.reactor.abandoned + left;
                if abandoned > 0 {
                    eprintln!("{abandoned} connections were not closed by their other end");
                }
                return Ok(ended);
            }
        }
    }

    /// How things are.
    pub(crate) fn judge(&self) -> Verdict {
        Verdict::reach(&self.reactor.nodes, &self.sessions)
    }

    pub(crate) fn name(&self, router: usize) -> String {
        let node = self.reactor.nodes.get(router);
        node.map_or_else(String::new, |node| node.plan.name.clone())
    }

    pub(crate) fn now(&self) -> Instant {
        self.reactor.clock.now()
    }

    fn established(&self) -> usize {
        let nodes = &self.reactor.nodes;
        let up = |session: &&Session| session.is_established(nodes);
        self.sessions.iter().filter(up).count()
    }

    fn is_settled(&self) -> bool {
        let nodes = &self.reactor.nodes;
        self.sessions
            .iter()
            .all(|session| session.is_settled(nodes))
    }

    fn report(&mut self, happening: &Happening) {
        let Some(node) = self.reactor.nodes.get(happening.router) else {
            return;
        };
        let address = |id| {
            let peer = node.position(id).and_then(|peer| node.plan.peers.get(peer));
            peer.map_or_else(String::new, |peer| peer.config.address.to_string())
        };
        let name = node.plan.name.clone();
        match &happening.event {
            Event::PeerUp(id) => {
                let text = format!("the session with {} is Established", address(*id));
                self.timeline.tell(happening.at, &name, text);
            }
            Event::PeerDown(id, reason) => {
                let text = format!("no session with {}: {}", address(*id), describe(reason));
                self.timeline.tell(happening.at, &name, text);
            }
            _ => {}
        }
    }
}

/// Notes Ctrl-C and a polite kill; a second one ends the process at once.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// # Errors
    /// If the system has no such signals.
    pub(crate) fn listen() -> io::Result<Self> {
        let first = Arc::new(AtomicUsize::new(0));
        let again = Arc::new(AtomicBool::new(false));
        for (signal, number) in [(SIGINT, 2_u8), (SIGTERM, 15)] {
            let status = i32::from(SIGNALLED + number);
            flag::register_conditional_shutdown(signal, status, Arc::clone(&again))?;
            flag::register(signal, Arc::clone(&again))?;
            flag::register_usize(signal, Arc::clone(&first), usize::from(number))?;
        }
        Ok(Self(first))
    }

    /// The number of the signal that came, if one did.
    pub(crate) fn signal(&self) -> Option<u8> {
        let number = self.0.load(Ordering::Relaxed);
        u8::try_from(number).ok().filter(|number| *number != 0)
    }

    /// The exit status that shells give to a process that a signal ended.
    pub(crate) fn status(&self) -> u8 {
        SIGNALLED + self.signal().unwrap_or(0)
    }
}

const SIGNALLED: u8 = 128;
/// The longest that a turn of the reactor waits while something is expected.
const PATIENCE: Duration = Duration::from_millis(5);
/// The longest that it waits otherwise: how late a signal is seen.
const TICK: Duration = Duration::from_millis(50);
/// With every session up and no octet moving for so long, all is said: one
/// process has both ends, and what was written on loopback has arrived.
const QUIET: Duration = Duration::from_millis(20);
/// The same when pods are not reached: generous, since it ends the run.
const GIVE_UP: Duration = Duration::from_secs(1);
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(3);

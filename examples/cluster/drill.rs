//! Drills on a running cluster: an orderly restart, and a crash.
//!
//! Both watch the routes to the node's own prefixes at all other routers. After
//! a Cease they must go at once and come back; after a cut without a word they
//! must stay, as stale, and be refreshed (RFC 4724). What is otherwise fails
//! the run.

use std::{collections::BTreeSet, io, time::Duration};

use bgpwright::{
    session,
    speaker::{Event, RouteSource},
    types::Prefix,
};

use crate::{
    lab::{Lab, Outcome},
    progress::Progress,
    reactor::Happening,
    sessions::notification,
};

/// What is known of the drilled node's routes elsewhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Seen {
    /// Routers with a best route, counted once a prefix.
    best: usize,
    /// Of those, with one that is stale.
    stale: usize,
}

impl Lab {
    /// Stops a node in order, and starts it again.
    ///
    /// # Errors
    /// If sockets can no longer be polled.
    pub(crate) fn restart(&mut self, router: usize) -> io::Result<Outcome> {
        let name = self.name(router);
        let before = self.seen(router);
        let neighbors = self.neighbors(router);
        let begun = self.now();
        let text = format!("stopping in order (Cease, administrative shutdown, \"{RESTARTING}\")");
        self.timeline.tell(begun, &name, text);
        self.reactor
            .tell_all(router, session::Input::Stop { reason: RESTARTING });
        let mut ceased = BTreeSet::new();
        let outcome = self.run_until(SOON, |lab, happened| {
            ceased.extend(happened.iter().filter_map(told));
            lab.seen(router).best == 0 && lab.neighbors(router) == 0
        })?;
        if outcome == Outcome::Interrupted {
            return Ok(outcome);
        }
        let (now, after) = (self.now(), self.seen(router));
        let text = format!(
            "{} of {} routes to it are gone after {} ms; {} of {neighbors} neighbours were told",
            before.best.saturating_sub(after.best),
            before.best,
            (now - begun).as_millis(),
            ceased.len()
        );
        if outcome == Outcome::Done && ceased.len() == neighbors {
            self.timeline.tell(now, &name, text);
        } else {
            self.timeline.fail(now, &name, text);
        }
        if self.pause()? == Outcome::Interrupted {
            return Ok(Outcome::Interrupted);
        }
        self.timeline.tell(self.now(), &name, "starting again");
        self.reactor.tell_all(router, session::Input::Start);
        self.back(router, before)
    }

    /// Cuts a node's connections without a word, and brings it back.
    ///
    /// # Errors
    /// If sockets can no longer be polled, or the node cannot come back.
    pub(crate) fn crash(&mut self, router: usize) -> io::Result<Outcome> {
        let name = self.name(router);
        let before = self.seen(router);
        let lost = self.lost(router);
        let text = "crashing: its connections are cut without a word";
        self.timeline.tell(self.now(), &name, text);
        self.reactor.kill(router);
        let outcome = self.run_until(SOON, |lab, _| lab.neighbors(router) == 0)?;
        // The time to lose routes, if somebody does.
        if outcome == Outcome::Interrupted || self.pause()? == Outcome::Interrupted {
            return Ok(Outcome::Interrupted);
        }
        let kept = self.seen(router);
        let mut text = format!(
            "{} of {} routes to it are kept, {} of them as stale",
            kept.best, before.best, kept.stale
        );
        let preserves = self.preserves(router);
        let as_agreed = if preserves {
            kept.best == before.best && (kept.stale > 0 || before.best == 0)
        } else {
            text.push_str("; it does not forward without BGP, and says so");
            kept.best == 0
        };
        if as_agreed {
            self.timeline.tell(self.now(), &name, text);
        } else {
            self.timeline.fail(self.now(), &name, text);
        }
        self.timeline
            .tell(self.now(), &name, "back, and says that it restarted");
        self.reactor.revive(router).map_err(io::Error::other)?;
        let outcome = self.back(router, before)?;
        let lost = self.lost(router) - lost;
        if preserves && lost > 0 {
            let text = format!("routes were lost on the way, {lost} times");
            self.timeline.fail(self.now(), &name, text);
        }
        Ok(outcome)
    }

    /// Waits until all is as it was before.
    fn back(&mut self, router: usize, before: Seen) -> io::Result<Outcome> {
        let name = self.name(router);
        let begun = self.now();
        let mut progress = Progress::silent();
        let (outcome, verdict) = self.converge(&mut progress)?;
        let (now, after) = (self.now(), self.seen(router));
        let text = format!(
            "{} of {} routes to it are there, {} stale, after {} ms; {} of {} sessions Established, \
             {} of {} pairs reached",
            after.best,
            before.best,
            after.stale,
            (now - begun).as_millis(),
            verdict.established,
            verdict.planned,
            verdict.reached,
            verdict.wanted
        );
        match outcome {
            Outcome::Interrupted => {}
            Outcome::Done if after == before => self.timeline.tell(now, &name, text),
            _ => self.timeline.fail(now, &name, text),
        }
        Ok(outcome)
    }

    /// Stays away for a while.
    fn pause(&mut self) -> io::Result<Outcome> {
        self.run_until(PAUSE, |_, _| false)
    }

    /// How many ends at other routers have a session with this one.
    fn neighbors(&self, router: usize) -> usize {
        let nodes = &self.reactor.nodes;
        let peers = nodes.get(router).into_iter();
        let peers = peers.flat_map(|node| &node.plan.peers);
        let up = |(other, peer): &(usize, usize)| {
            let other = nodes.get(*other);
            other.is_some_and(|node| node.is_established(*peer))
        };
        peers.filter_map(|peer| peer.remote).filter(up).count()
    }

    /// Whether the node asks its neighbours to keep its routes over a restart:
    /// it forwards on meanwhile (RFC 4724 §3). Routers of the fabric do not.
    fn preserves(&self, router: usize) -> bool {
        let node = self.reactor.nodes.get(router);
        let mut peers = node.into_iter().flat_map(|node| &node.plan.peers);
        peers.any(|peer| {
            let restart = peer.config.session.graceful_restart.as_ref();
            restart.is_some_and(|restart| !restart.families.is_empty())
        })
    }

    fn seen(&self, router: usize) -> Seen {
        let mut seen = Seen::default();
        for prefix in self.prefixes(router) {
            let others = self.reactor.nodes.iter().enumerate();
            let others = others.filter(|(other, _)| *other != router);
            for route in others.filter_map(|(_, node)| node.speaker.best(prefix)) {
                if route.source != RouteSource::Local {
                    seen.best += 1;
                    seen.stale += usize::from(route.stale);
                }
            }
        }
        seen
    }

    /// How often the other routers were left without a route, so far.
    fn lost(&self, router: usize) -> u64 {
        let others = self.reactor.nodes.iter().enumerate();
        let others = others.filter(|(other, _)| *other != router);
        others.map(|(_, node)| node.lost).sum()
    }

    /// What this router announces and nobody else does.
    fn prefixes(&self, router: usize) -> Vec<Prefix> {
        let nodes = &self.reactor.nodes;
        let originators = |prefix: &Prefix| nodes.iter().filter(|n| n.originates(*prefix)).count();
        let own = nodes.get(router).into_iter();
        let own = own.flat_map(|node| node.plan.originates.iter().copied());
        own.filter(|prefix| originators(prefix) == 1).collect()
    }
}

/// The end that was told of the restart, if this is about one that was.
fn told(happening: &Happening) -> Option<(usize, bgpwright::types::PeerId)> {
    let Event::PeerDown(peer, reason) = &happening.event else {
        return None;
    };
    let session::DownReason::NotificationReceived(_) = reason else {
        return None;
    };
    let said = notification(reason).and_then(crate::sessions::communication)?;
    (said == RESTARTING).then_some((happening.router, *peer))
}

/// What the neighbours of a node that restarts are told (RFC 9003).
const RESTARTING: &str = "restarting";
/// How soon all must have noticed.
const SOON: Duration = Duration::from_secs(5);
/// How long a node stays away: less than its neighbours wait before they try
/// again, so that none of them finds it away and waits a whole retry time.
const PAUSE: Duration = Duration::from_millis(500);

//! What the speaker says has happened, for the log.

use std::{fmt, net::SocketAddr};

use bgpwright::{
    session::{DownReason, ScopedAddr},
    speaker::{Event, PeerId},
};

use super::Server;
use crate::log::Tally;

impl Server {
    pub(super) fn on_event(&mut self, event: &Event) {
        match event {
            Event::PeerUp(id) => self.on_up(*id),
            Event::PeerDown(id, reason) => self.on_down(*id, reason),
            Event::ConnectionRefused(id, reason) => {
                self.tell_of(*id, format_args!("connection refused: {reason}"));
            }
            Event::Fault(id, fault) => {
                let known = self.neighbors.get_mut(*id);
                if let Some(count) = known.and_then(|known| known.faults.add()) {
                    let says = format_args!("{count} faults so far, the last: {fault}");
                    self.tell_of(*id, says);
                }
            }
            Event::Refused {
                peer,
                prefix,
                reason,
            } => {
                let known = self.neighbors.get_mut(*peer);
                if let Some(count) = known.and_then(|known| known.refused.add()) {
                    let reason = reason.reason();
                    let says = format_args!(
                        "{count} routes not taken so far, the last: {prefix}: {reason}"
                    );
                    self.tell_of(*peer, says);
                }
            }
            Event::Stale(id) => self.tell_of(*id, format_args!("its routes are kept as stale")),
            Event::StaleEnded(id) => self.tell_of(*id, format_args!("no route is stale any more")),
            _ => {}
        }
    }

    /// Somebody dialled us who may not.
    pub(super) fn on_stranger(&mut self, from: SocketAddr, reason: &str) {
        if let Some(count) = self.strangers.add() {
            let from = ScopedAddr::from(from);
            self.log
                .tell(format_args!("{from}: refused: {reason} ({count} so far)"));
        }
    }

    fn on_up(&mut self, id: PeerId) {
        let now = self.clock.now();
        if let Some(known) = self.neighbors.get_mut(id) {
            known.up = Some(now);
            known.last_down = None;
            known.faults = Tally::default();
            known.refused = Tally::default();
        }
        let peer = self.speaker.peer(id).ok();
        if let Some(agreed) = peer.and_then(|peer| peer.session.negotiated()) {
            self.tell_of(id, format_args!("up: {agreed}"));
        }
    }

    /// An attempt that fails as the one before is not told again.
    fn on_down(&mut self, id: PeerId, reason: &DownReason) {
        let now = self.clock.now();
        let text = reason.to_string();
        let Some(known) = self.neighbors.get_mut(id) else {
            return;
        };
        let up = known.up.take();
        let told = known.last_down.as_deref() == Some(text.as_str());
        known.last_down = Some(text.as_str().into());
        match up {
            Some(since) => {
                let seconds = (now - since).as_secs();
                self.tell_of(id, format_args!("down after {seconds} s: {text}"));
            }
            None if told => {}
            None => self.tell_of(id, format_args!("not up: {text}")),
        }
    }

    fn tell_of(&self, id: PeerId, text: fmt::Arguments<'_>) {
        if let Some(known) = self.neighbors.get(id) {
            self.log.tell(format_args!("{}: {text}", known.remote));
        }
    }
}

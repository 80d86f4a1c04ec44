//! A session that is kept elsewhere: this one follows it.
//!
//! Who divides its routes among several speakers has one session with each
//! neighbour, and tells the others what comes of it. Theirs have no connection
//! and no timers; what they hand out goes to the one that has. UPDATEs go to them
//! as octets, and are read again: what is decoded is many small allocations, and
//! those are slow to free on another thread than that which made them.

use alloc::{sync::Arc, vec::Vec};
use core::time::Duration;

use super::{
    ConnId, DownReason, Event, Negotiated, Session, State, collision::Initiator,
    connection::Connection,
};
use crate::wire::{Frame, Parsed, Update, UpdateView};

/// UPDATEs, one behind the other, and how far they have been taken.
#[derive(Debug, Default)]
pub(super) struct Frames {
    octets: Vec<u8>,
    taken: usize,
}

impl Frames {
    pub(super) fn push(&mut self, frame: Frame<'_>) {
        if self.taken == self.octets.len() {
            self.octets.clear();
            self.taken = 0;
        }
        frame.write(&mut self.octets);
    }
}

impl Session {
    /// From now on UPDATEs are there as octets, too.
    pub(crate) fn keep_frames(&mut self) {
        self.frames.get_or_insert_default();
    }

    /// The octets of the UPDATE of the [`Event`] that was taken last, to be
    /// taken once.
    pub(crate) fn take_frame(&mut self) -> &[u8] {
        let Some(frames) = &mut self.frames else {
            return &[];
        };
        let rest = frames.octets.get(frames.taken..).unwrap_or_default();
        let max = usize::from(u16::MAX);
        let length = Frame::first(rest, max).ok().flatten();
        let length = length.map_or(rest.len(), |frame| frame.wire_len());
        let from = frames.taken;
        frames.taken = from.saturating_add(length);
        frames.octets.get(from..frames.taken).unwrap_or_default()
    }

    /// Reads an UPDATE that the session which is kept elsewhere has found good
    /// enough.
    pub(crate) fn read_relayed(&self, frame: Frame<'_>) -> Option<Parsed<Update>> {
        let context = &self.negotiated()?.context;
        Some(UpdateView::new(frame).ok()?.parse(context))
    }

    /// What the session that is kept elsewhere says: this one is up, down, or
    /// has messages as that one does. What it hands out is on `id`.
    pub(crate) fn follow(&mut self, id: ConnId, event: Event) {
        match event {
            Event::Up(agreed) => self.follow_up(id, &agreed),
            Event::Down(reason) => self.follow_down(reason),
            Event::GracefulShutdown(on) => self.set_graceful_shutdown(on),
            event if self.primary.state == State::Established => self.emit(event),
            _ => {}
        }
    }

    fn follow_up(&mut self, id: ConnId, agreed: &Arc<Negotiated>) {
        let mut connection = Connection::new(id, Initiator::Remote);
        connection.negotiated = Some(Arc::new(Negotiated {
            // KEEPALIVEs are sent, and missed, where the connection is.
            hold_time: Duration::ZERO,
            ..Negotiated::clone(agreed)
        }));
        self.primary.connection = Some(connection);
        self.primary.state = State::Established;
        self.report();
        self.on_established();
    }

    fn follow_down(&mut self, reason: DownReason) {
        if self.primary.connection.take().is_none() {
            return;
        }
        self.primary.timers.stop_all();
        self.primary.state = State::Idle;
        self.report();
        self.emit(Event::Down(reason));
    }
}

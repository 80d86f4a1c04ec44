//! A session that is kept elsewhere: this one follows it.
//!
//! Who divides its routes among several speakers has one session with each
//! neighbour, and tells the others what comes of it. Theirs have no connection
//! and no timers; what they hand out goes to the one that has.

use alloc::sync::Arc;
use core::time::Duration;

use super::{
    ConnId, DownReason, Event, Negotiated, Session, State, collision::Initiator,
    connection::Connection,
};

impl Session {
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

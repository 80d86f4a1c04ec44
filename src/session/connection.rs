//! One TCP connection: what has come of a message that is not complete, and
//! how many octets are handed out and not yet sent.

use alloc::sync::Arc;

use super::{ConnId, Negotiated, collision::Initiator, inbox::Inbox};
use crate::wire::{GracefulRestartFamily, frame};

/// A connection and what its OPENs agreed on.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) initiator: Initiator,
    /// From the neighbour's OPEN on.
    pub(super) negotiated: Option<Arc<Negotiated>>,
    /// Handed out, and not yet taken by the kernel.
    unsent: usize,
    /// Whether the window was too full for a message, and `Writable` is owed.
    pub(super) starved: bool,
    pub(super) inbox: Inbox,
}

impl Connection {
    pub(super) fn new(id: ConnId, initiator: Initiator) -> Self {
        Self {
            id,
            initiator,
            negotiated: None,
            unsent: 0,
            starved: false,
            inbox: Inbox::default(),
        }
    }

    pub(super) fn hand_out(&mut self, octets: usize) {
        self.unsent = self.unsent.saturating_add(octets);
    }

    /// More than was handed out counts as all of it.
    pub(super) fn sent(&mut self, octets: usize) {
        self.unsent = self.unsent.saturating_sub(octets);
    }

    pub(super) fn unsent(&self) -> usize {
        self.unsent
    }

    /// The families of the graceful restart capability that has come on it.
    pub(super) fn restart_families(&self) -> Option<&[GracefulRestartFamily]> {
        let negotiated = self.negotiated.as_ref()?;
        Some(&negotiated.graceful_restart.as_ref()?.families)
    }
}

/// A KEEPALIVE: it is always the same.
pub(super) const KEEPALIVE: [u8; frame::HEADER_LEN] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0, 19, 4,
];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::{Context, Message};

    #[test]
    fn the_constant_keepalive_is_what_the_codec_writes() {
        let mut octets = Vec::new();
        let encoded = Message::Keepalive.encode(&Context::default(), &mut octets);
        assert_eq!(encoded, Ok(()));
        assert_eq!(octets, KEEPALIVE);
    }
}

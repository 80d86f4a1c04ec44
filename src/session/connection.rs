//! One TCP connection: what has come of a message that is not complete, and
//! how many octets are handed out and not yet sent.

use alloc::{sync::Arc, vec::Vec};

use super::{ConnId, Negotiated, collision::Initiator};
use crate::wire::{
    DecodeError, GracefulRestartFamily,
    frame::{self, Frame},
};

/// A connection and what its OPENs agreed on.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) initiator: Initiator,
    /// From the neighbour's OPEN on.
    pub(super) negotiated: Option<Arc<Negotiated>>,
    /// Handed out, and not yet taken by the kernel.
    unsent: usize,
    /// The beginning of a message; empty between messages.
    partial: Vec<u8>,
}

impl Connection {
    pub(super) fn new(id: ConnId, initiator: Initiator) -> Self {
        Self {
            id,
            initiator,
            negotiated: None,
            unsent: 0,
            partial: Vec::new(),
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

    /// Takes the octets of a message that has begun, for as long as a frame is
    /// made of them, and gives them back with [`put_partial`](Self::put_partial).
    pub(super) fn take_partial(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.partial)
    }

    pub(super) fn put_partial(&mut self, partial: Vec<u8>) {
        self.partial = partial;
    }
}

/// Moves octets of `input` to `partial` until that is one whole message or
/// `input` is empty. Never moves more than the message has.
///
/// # Errors
/// A bad header: no more than the header has been moved.
pub(super) fn complete(
    partial: &mut Vec<u8>,
    input: &mut &[u8],
    max_message_len: usize,
) -> Result<(), DecodeError> {
    move_up_to(partial, input, frame::HEADER_LEN);
    if Frame::first(partial, max_message_len)?.is_some() {
        return Ok(());
    }
    if let Some(&[high, low]) = partial.get(LENGTH) {
        move_up_to(partial, input, u16::from_be_bytes([high, low]).into());
    }
    Ok(())
}

/// Moves octets until there are `len`.
fn move_up_to(partial: &mut Vec<u8>, input: &mut &[u8], len: usize) {
    let missing = len.saturating_sub(partial.len());
    let (taken, rest) = input.split_at(missing.min(input.len()));
    partial.extend_from_slice(taken);
    *input = rest;
}

/// A KEEPALIVE: it is always the same.
pub(super) const KEEPALIVE: [u8; frame::HEADER_LEN] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0, 19, 4,
];

/// Where a header has the message's length.
const LENGTH: core::ops::Range<usize> = 16..18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Context, Message};

    #[test]
    fn the_constant_keepalive_is_what_the_codec_writes() {
        let mut octets = Vec::new();
        let encoded = Message::Keepalive.encode(&Context::default(), &mut octets);
        assert_eq!(encoded, Ok(()));
        assert_eq!(octets, KEEPALIVE);
    }

    #[test]
    fn a_message_in_pieces_is_completed_and_no_more() {
        let two = [KEEPALIVE, KEEPALIVE].concat();
        let mut partial = two[..7].to_vec();
        let mut rest = &two[7..];
        assert_eq!(complete(&mut partial, &mut rest, frame::MAX_LEN), Ok(()));
        assert_eq!(partial, KEEPALIVE);
        assert_eq!(rest, KEEPALIVE);
    }
}

//! TCP connections: each one's unwritten octets, and the table of all.
//!
//! A connection costs no buffer while nothing waits to be written: what the
//! speaker hands out is queued as it is (`Bytes` share), and reading uses the
//! reactor's one buffer.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
};

use bgpwright::session::ConnId;
use bytes::{Buf, Bytes};
use mio::net::TcpStream;

use crate::transport::End;

/// One TCP connection and the end that it belongs to.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) owner: End,
    pub(crate) phase: Phase,
    unsent: VecDeque<Bytes>,
    full: bool,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// Waits for the handshake.
    Dialing,
    /// In use by a session.
    Open,
    /// The session is done with it: what is unsent is written, then it is shut
    /// down, and what still comes is thrown away until the other end has
    /// closed as well. Closing at once would let unread octets turn the close
    /// into a reset, which can overtake a NOTIFICATION.
    Closing,
}

/// What a read gave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Receipt {
    Octets(usize),
    /// Nothing now.
    Blocked,
    /// Closed by the other end, or lost.
    Ended,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, owner: End, phase: Phase) -> Self {
        Self {
            stream,
            owner,
            phase,
            unsent: VecDeque::new(),
            full: false,
        }
    }

    /// The kernel takes octets again.
    pub(crate) fn on_writable(&mut self) {
        self.full = false;
    }

    pub(crate) fn queue(&mut self, octets: Bytes) {
        if !octets.is_empty() {
            self.unsent.push_back(octets);
        }
    }

    /// Whether nothing waits to be written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Writes what the kernel takes, and tells how much that was.
    ///
    /// # Errors
    /// If the connection is lost.
    pub(crate) fn flush(&mut self) -> io::Result<usize> {
        let mut total = 0;
        while !self.full && !self.unsent.is_empty() {
            let chunks: Vec<_> = self
                .unsent
                .iter()
                .take(CHUNKS)
                .map(|chunk| IoSlice::new(chunk))
                .collect();
            match self.stream.write_vectored(&chunks) {
                Ok(written) => {
                    total += written;
                    self.drop_sent(written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.full = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(total)
    }

    /// Reads once.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Receipt {
        loop {
            return match self.stream.read(buffer) {
                Ok(0) => Receipt::Ended,
                Ok(length) => Receipt::Octets(length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => Receipt::Blocked,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => Receipt::Ended,
            };
        }
    }

    /// Says that nothing more will be written.
    pub(crate) fn shut_down(&self) {
        // Fails only if the other end is gone already, which is as good.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn drop_sent(&mut self, mut written: usize) {
        while let Some(chunk) = self.unsent.front_mut() {
            if written < chunk.len() {
                chunk.advance(written);
                return;
            }
            written -= chunk.len();
            self.unsent.pop_front();
        }
    }
}

/// All connections, by slot. A slot that a turn of the reactor frees is used
/// again only in a later turn, since the turn may still hold events for it; and
/// a name is never used twice.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slots: Vec<Slot>,
    free: Vec<usize>,
    freed: Vec<usize>,
    open: usize,
}

#[derive(Debug, Default)]
struct Slot {
    uses: u32,
    connection: Option<Connection>,
}

impl Connections {
    /// Reserves a slot: its number is the poll's token.
    pub(crate) fn reserve(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            self.slots.len() - 1
        })
    }

    pub(crate) fn put(&mut self, slot: usize, connection: Connection) {
        if let Some(entry) = self.slots.get_mut(slot) {
            entry.uses += 1;
            entry.connection = Some(connection);
            self.open += 1;
        }
    }

    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut Connection> {
        self.slots.get_mut(slot)?.connection.as_mut()
    }

    /// Drops the connection, which closes it.
    pub(crate) fn remove(&mut self, slot: usize) -> Option<Connection> {
        let connection = self.slots.get_mut(slot)?.connection.take()?;
        self.freed.push(slot);
        self.open -= 1;
        Some(connection)
    }

    /// Gives back a reserved slot that was not used.
    pub(crate) fn release(&mut self, slot: usize) {
        self.freed.push(slot);
    }

    /// No event for a freed slot is left.
    pub(crate) fn end_turn(&mut self) {
        self.free.append(&mut self.freed);
    }

    /// What the session knows the connection in `slot` by.
    pub(crate) fn name(&self, slot: usize) -> ConnId {
        let uses = self.slots.get(slot).map_or(0, |entry| entry.uses);
        ConnId(u64::from(uses) << SLOT_BITS | u64::try_from(slot).unwrap_or(0))
    }

    /// The slot of a name, if that connection is still there.
    pub(crate) fn slot(&self, name: ConnId) -> Option<usize> {
        let slot = usize::try_from(name.0 & ((1 << SLOT_BITS) - 1)).ok()?;
        let used = self.slots.get(slot)?.connection.is_some();
        (used && self.name(slot) == name).then_some(slot)
    }

    /// The slots of one router's connections: looks at all.
    pub(crate) fn of_router(&self, router: usize) -> Vec<usize> {
        let owned = |entry: &Slot| {
            let connection = entry.connection.as_ref();
            connection.is_some_and(|connection| connection.owner.router == router)
        };
        (0..self.slots.len())
            .filter(|slot| self.slots.get(*slot).is_some_and(owned))
            .collect()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.open
    }
}

/// Queued messages given to the kernel in one call.
const CHUNKS: usize = 64;
const SLOT_BITS: u32 = 32;

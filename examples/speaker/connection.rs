//! TCP connections: each one's unwritten octets, and the table of all.
//!
//! An idle connection costs no buffer: what the speaker hands out is queued as
//! it is (`Bytes` share), the queue is given back once it is empty, and reading
//! uses one buffer for all.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
};

use bgpwright::{session::ConnId, speaker::PeerId};
use bytes::{Buf, Bytes};
use mio::net::TcpStream;

/// One TCP connection and the neighbour that it belongs to.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of a socket, each true or not without the others"
)]
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) peer: PeerId,
    pub(crate) phase: Phase,
    /// Whether it is among those to be read.
    pub(crate) waits: bool,
    /// Whether it is among those to be written.
    pub(crate) dirty: bool,
    /// Whether the poll told of the other end's end.
    pub(crate) ended: bool,
    full: bool,
    unsent: VecDeque<Bytes>,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// Waits for the handshake.
    Dialing,
    /// In use by a session.
    Open,
    /// The session is done with it: what is unsent is written, then it is shut
    /// down, and what still comes is thrown away until the other end has closed
    /// as well. To close at once would let unread octets turn the close into a
    /// reset, which can overtake a NOTIFICATION.
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
    pub(crate) fn new(stream: TcpStream, peer: PeerId, phase: Phase) -> Self {
        Self {
            stream,
            peer,
            phase,
            waits: false,
            dirty: false,
            ended: false,
            full: false,
            unsent: VecDeque::new(),
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

    /// Writes what the kernel takes, many messages a call, and tells how much
    /// that was.
    ///
    /// # Errors
    /// If the connection is lost.
    pub(crate) fn flush(&mut self) -> io::Result<usize> {
        let mut total = 0;
        while !self.full && !self.unsent.is_empty() {
            let mut chunks = [IoSlice::new(&[]); CHUNKS];
            let mut used = 0;
            for (slot, octets) in chunks.iter_mut().zip(&self.unsent) {
                *slot = IoSlice::new(octets);
                used += 1;
            }
            match self
                .stream
                .write_vectored(chunks.get(..used).unwrap_or_default())
            {
                Ok(written) => {
                    total += written;
                    self.drop_sent(written);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.full = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.unsent.is_empty() {
            self.unsent = VecDeque::new();
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

/// Every connection, found by name without a search.
///
/// A name is a place in the table and how often the place was used: names are
/// never used again, and an event that comes late finds nothing.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug, Default)]
struct Slot {
    uses: u32,
    connection: Option<Box<Connection>>,
}

impl Connections {
    /// The name that the next connection has.
    pub(crate) fn reserve(&mut self) -> ConnId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let uses = self.slot_mut(slot).map_or(0, |place| {
            place.uses = place.uses.wrapping_add(1);
            place.uses
        });
        ConnId(u64::from(uses) << u32::BITS | u64::from(slot))
    }

    pub(crate) fn put(&mut self, name: ConnId, connection: Connection) {
        if let Some(place) = self.slot_mut(slot_of(name)) {
            place.connection = Some(Box::new(connection));
        }
    }

    pub(crate) fn get_mut(&mut self, name: ConnId) -> Option<&mut Connection> {
        let place = self.slot_mut(slot_of(name))?;
        let current = u64::from(place.uses) == name.0 >> u32::BITS;
        place.connection.as_deref_mut().filter(|_| current)
    }

    /// Takes the connection out; to drop it closes it.
    pub(crate) fn remove(&mut self, name: ConnId) -> Option<Box<Connection>> {
        self.get_mut(name)?;
        self.release(name);
        self.slot_mut(slot_of(name))?.connection.take()
    }

    /// Gives back a name that was not used.
    pub(crate) fn release(&mut self, name: ConnId) {
        self.free.push(slot_of(name));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    fn slot_mut(&mut self, slot: u32) -> Option<&mut Slot> {
        self.slots.get_mut(usize::try_from(slot).ok()?)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
const fn slot_of(name: ConnId) -> u32 {
    name.0 as u32
}

/// Queued messages given to the kernel in one call.
const CHUNKS: usize = 64;

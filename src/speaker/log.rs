//! What a group of neighbours has been told, encoded, as long as one of them
//! still has to be handed it.

use alloc::{collections::VecDeque, vec::Vec};

use bytes::Bytes;

use crate::{rib::NetId, types::PeerId};

/// Whom messages are for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Audience {
    All,
    /// Not for the one that the route came from.
    Except(PeerId),
    Only(PeerId),
}

impl Audience {
    pub(super) fn has(self, peer: PeerId) -> bool {
        match self {
            Self::All => true,
            Self::Except(other) => other != peer,
            Self::Only(one) => one == peer,
        }
    }
}

/// Messages one behind the other, and whom each stretch is for.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) octets: Bytes,
    pub(super) runs: Vec<(Audience, usize)>,
    /// The destinations that they tell of.
    pub(super) nets: Vec<NetId>,
    /// Those of them that are held: their numbers must not be given to others
    /// while somebody may have to be told of them again.
    pub(super) held: Vec<NetId>,
}

impl Chunk {
    /// The next octets from `at` on that are for a neighbour, and where they
    /// begin.
    fn part(&self, peer: PeerId, at: usize) -> Option<(usize, Bytes)> {
        let mut from = 0;
        let mut part: Option<(usize, usize)> = None;
        for &(audience, end) in &self.runs {
            let (begin, skipped) = (from.max(at), end <= at);
            from = end;
            if skipped {
                continue;
            }
            match (&mut part, audience.has(peer)) {
                (Some((_, last)), true) => *last = end,
                (None, true) => part = Some((begin, end)),
                (Some(_), false) => break,
                (None, false) => {}
            }
        }
        let (begin, end) = part?;
        Some((begin, self.octets.slice(begin..end)))
    }
}

/// How far a neighbour is.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Cursor {
    chunk: u64,
    at: usize,
}

impl Cursor {
    /// Behind everything.
    pub(super) const FAR: Self = Self {
        chunk: u64::MAX,
        at: 0,
    };
}

/// The chunks that are still to be handed to somebody.
#[derive(Debug, Default)]
pub(super) struct Log {
    chunks: VecDeque<Chunk>,
    /// The number of the first one.
    first: u64,
    octets: usize,
}

impl Log {
    pub(super) fn end(&self) -> Cursor {
        let count = u64::try_from(self.chunks.len()).unwrap_or(u64::MAX);
        Cursor {
            chunk: self.first.saturating_add(count),
            at: 0,
        }
    }

    pub(super) fn at_end(&self, cursor: Cursor) -> bool {
        cursor >= self.end()
    }

    pub(super) fn octets(&self) -> usize {
        self.octets
    }

    pub(super) fn push(&mut self, chunk: Chunk) {
        self.octets = self.octets.saturating_add(chunk.octets.len());
        self.chunks.push_back(chunk);
    }

    /// The next octets for a neighbour, where it then begins; the end if there
    /// are none.
    pub(super) fn part(&self, peer: PeerId, cursor: Cursor) -> (Cursor, Option<Bytes>) {
        let mut cursor = cursor;
        while let Some(chunk) = self.get(cursor.chunk) {
            if let Some((at, part)) = chunk.part(peer, cursor.at) {
                return (Cursor { at, ..cursor }, Some(part));
            }
            cursor = Cursor {
                chunk: cursor.chunk.saturating_add(1),
                at: 0,
            };
        }
        (cursor, None)
    }

    /// So many octets of a part have been handed out.
    pub(super) fn advance(cursor: Cursor, octets: usize) -> Cursor {
        Cursor {
            at: cursor.at.saturating_add(octets),
            ..cursor
        }
    }

    /// What the chunks from a cursor on tell of.
    pub(super) fn nets_from(&self, cursor: Cursor) -> impl Iterator<Item = NetId> + '_ {
        let skipped = cursor.chunk.saturating_sub(self.first);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let rest = self.chunks.iter().skip(skipped);
        rest.flat_map(|chunk| chunk.nets.iter().copied())
    }

    /// Takes away what everybody has been handed; the last of it first.
    pub(super) fn trim(&mut self, least: Cursor) -> Option<Chunk> {
        if least.chunk <= self.first {
            return None;
        }
        let chunk = self.chunks.pop_front()?;
        self.first = self.first.saturating_add(1);
        self.octets = self.octets.saturating_sub(chunk.octets.len());
        Some(chunk)
    }

    fn get(&self, number: u64) -> Option<&Chunk> {
        let at = number.checked_sub(self.first)?;
        self.chunks.get(usize::try_from(at).ok()?)
    }
}

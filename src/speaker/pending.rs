use alloc::{collections::VecDeque, vec::Vec};

use crate::rib::NetId;

/// Destinations that wait, each at most once, in the order in which they came.
///
/// Whatever happens to a destination meanwhile, its latest state is what counts
/// when its turn comes: a flapping one costs one message, and a neighbour that
/// reads slowly costs no more memory than one that reads fast.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queue: VecDeque<NetId>,
    /// A bit for each that waits.
    waits: Vec<u64>,
}

impl Pending {
    /// Whether it did not wait yet.
    pub(super) fn push(&mut self, net: NetId) -> bool {
        let (at, bit) = place(net);
        if self.waits.len() <= at {
            self.waits.resize(at.saturating_add(1), 0);
        }
        let Some(word) = self.waits.get_mut(at).filter(|word| **word & bit == 0) else {
            return false;
        };
        *word |= bit;
        self.queue.push_back(net);
        true
    }

    pub(super) fn pop(&mut self) -> Option<NetId> {
        let net = self.queue.pop_front()?;
        let (at, bit) = place(net);
        if let Some(word) = self.waits.get_mut(at) {
            *word &= !bit;
        }
        if self.queue.is_empty() && self.queue.capacity() > SPARE {
            // A burst's room is given back.
            self.queue = VecDeque::new();
        }
        Some(net)
    }

    /// Those that wait.
    pub(super) fn iter(&self) -> impl Iterator<Item = NetId> + '_ {
        self.queue.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

fn place(net: NetId) -> (usize, u64) {
    let at = net.index();
    (at / 64, 1 << (at % 64))
}

const SPARE: usize = 4096;

use alloc::vec::Vec;

/// Octets of a connection that are still to be read: the beginning of a
/// message, or whole UPDATEs that wait until an output is asked for.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    octets: Vec<u8>,
    /// How many of them have been read.
    read: usize,
}

impl Inbox {
    pub(super) fn is_empty(&self) -> bool {
        self.unread().is_empty()
    }

    pub(super) fn unread(&self) -> &[u8] {
        self.octets.get(self.read..).unwrap_or_default()
    }

    pub(super) fn push(&mut self, octets: &[u8]) {
        // What was read makes room before there is more.
        if self.read > 0 {
            self.octets.drain(..self.read.min(self.octets.len()));
            self.read = 0;
        }
        self.octets.extend_from_slice(octets);
    }

    /// So many have been read. The memory is given back with the last.
    pub(super) fn advance(&mut self, octets: usize) {
        self.read = self.read.saturating_add(octets);
        if self.read >= self.octets.len() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_gone_and_what_is_not_stays_in_order() {
        let mut inbox = Inbox::default();
        inbox.push(&[1, 2, 3]);
        inbox.advance(2);
        assert_eq!(inbox.unread(), [3]);
        inbox.push(&[4]);
        assert_eq!(inbox.unread(), [3, 4]);
        inbox.advance(2);
        assert!(inbox.is_empty());
        assert_eq!(inbox.octets.capacity(), 0);
    }
}

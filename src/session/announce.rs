//! Routes of an embedder who keeps none of others: announced and withdrawn in
//! as few messages as it takes.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{SendError, Session};
use crate::{
    types::{AsPath, Community, Family, NextHop, PeerType, SegmentKind},
    wire::{
        AttributeSet, Nlri, Origin,
        update::{pack_reach, pack_unreach},
    },
};

impl Session {
    /// The attributes of a route of our own as this neighbour is told it: ORIGIN
    /// IGP, an AS_PATH of our AS or, within it, none, and LOCAL_PREF 100 there
    /// (RFC 4271 §5.1). For [`announce`](Self::announce).
    pub fn originated(&self, next_hop: NextHop) -> AttributeSet {
        let agreed = self.negotiated();
        let peer_type = agreed.map_or(PeerType::External, |it| it.peer_type);
        let mut path = AsPath::empty();
        match peer_type {
            PeerType::Internal => {}
            PeerType::External => path.push(SegmentKind::Sequence, [self.config.local_as]),
            PeerType::Confederation => {
                path.push(SegmentKind::ConfedSequence, [self.config.local_as]);
            }
        }
        AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(path),
            next_hop: Some(next_hop),
            local_pref: peer_type.is_interior().then_some(100),
            ..AttributeSet::default()
        }
    }

    /// Announces routes of a family with these attributes, in as few messages as
    /// it takes: all of them or, on an error, none. The next hop is taken from
    /// `attributes`. [Graceful shutdown](Self::set_graceful_shutdown) counts as
    /// with [`send`](Self::send).
    ///
    /// # Errors
    /// If the session is not Established, the messages together have no
    /// [room](Self::room), or a route cannot be written.
    pub fn announce(
        &mut self,
        attributes: &AttributeSet,
        family: Family,
        routes: &[Nlri],
    ) -> Result<(), SendError> {
        let agreed = self.negotiated().ok_or(SendError::NotEstablished)?;
        let mut messages = Vec::new();
        let context = &agreed.context;
        if self.marks_shutdown() {
            let mut attributes = attributes.clone();
            mark_shutdown(&mut attributes);
            pack_reach(context, family, &attributes, routes, &mut messages)?;
        } else {
            pack_reach(context, family, attributes, routes, &mut messages)?;
        }
        self.send_all(messages)
    }

    /// Withdraws routes of a family, as [`announce`](Self::announce) announces
    /// them.
    ///
    /// # Errors
    /// As [`announce`](Self::announce).
    pub fn withdraw(&mut self, family: Family, routes: &[Nlri]) -> Result<(), SendError> {
        let agreed = self.negotiated().ok_or(SendError::NotEstablished)?;
        let mut messages = Vec::new();
        pack_unreach(&agreed.context, family, routes, &mut messages)?;
        self.send_all(messages)
    }

    fn send_all(&mut self, messages: Vec<Bytes>) -> Result<(), SendError> {
        let octets = messages.iter().map(Bytes::len).sum::<usize>();
        if octets > self.room() {
            self.set_starved(true);
            return Err(SendError::WindowFull);
        }
        messages
            .into_iter()
            .try_for_each(|message| self.send_encoded(message))
    }

    /// Whether what is announced has the community of graceful shutdown
    /// (RFC 8326 §4.2).
    pub(super) fn marks_shutdown(&self) -> bool {
        let agreed = self.negotiated();
        self.graceful_shutdown && agreed.is_some_and(|it| it.peer_type == PeerType::External)
    }
}

pub(super) fn mark_shutdown(attributes: &mut AttributeSet) {
    let communities = &mut attributes.communities;
    if !communities.contains(&Community::GRACEFUL_SHUTDOWN) {
        communities.push(Community::GRACEFUL_SHUTDOWN);
    }
}

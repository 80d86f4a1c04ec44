//! Whose a connection is: neighbours that are configured, and those of a range,
//! who come and are forgotten.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

use bgpwright::{
    session::{Admission, AdmissionError, ScopedAddr, State},
    speaker::{PeerConfig, PeerId, Speaker},
    time::Instant,
};

use crate::{
    log::Tally,
    settings::{Settings, Terms},
};

/// Every neighbour that the speaker has.
#[derive(Debug)]
pub(crate) struct Neighbors {
    admission: Admission,
    /// In the order of the ranges.
    terms: Vec<Terms>,
    by_address: BTreeMap<ScopedAddr, PeerId>,
    known: BTreeMap<PeerId, Known>,
    /// Neighbours of a range that have lost a connection, and when to look
    /// whether they are gone.
    leaving: BTreeSet<(Instant, PeerId)>,
}

/// What is remembered of a neighbour for the log and the report.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) remote: ScopedAddr,
    /// Since when it is up, if it is.
    pub(crate) up: Option<Instant>,
    pub(crate) faults: Tally,
    pub(crate) refused: Tally,
    /// Why it went down, or did not come up, as it was last told.
    pub(crate) last_down: Option<Box<str>>,
    is_of_range: bool,
    leaves: bool,
}

impl Neighbors {
    /// # Errors
    /// If the ranges cannot work.
    pub(crate) fn new(settings: &mut Settings) -> Result<Self, AdmissionError> {
        let (ranges, terms) = std::mem::take(&mut settings.ranges).into_iter().unzip();
        Ok(Self {
            admission: Admission::new(ranges, settings.limit)?,
            terms,
            by_address: BTreeMap::new(),
            known: BTreeMap::new(),
            leaving: BTreeSet::new(),
        })
    }

    /// Adds one that is configured.
    ///
    /// # Errors
    /// The text for the user.
    pub(crate) fn add(
        &mut self,
        speaker: &mut Speaker,
        peer: PeerConfig,
    ) -> Result<PeerId, String> {
        let remote = peer.session.transport.as_ref().map(|it| it.remote);
        let remote = remote.unwrap_or_else(|| ScopedAddr::from(peer.address));
        let id = speaker
            .add_peer(peer)
            .map_err(|error| format!("{remote}: {error}"))?;
        self.insert(id, Known::new(remote, false));
        Ok(id)
    }

    pub(crate) fn of_address(&self, remote: ScopedAddr) -> Option<PeerId> {
        self.by_address.get(&remote).copied()
    }

    /// Makes a neighbour of who dialled us, if a range has a place for it.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn admit(
        &mut self,
        speaker: &mut Speaker,
        from: SocketAddr,
        local: SocketAddr,
    ) -> Result<PeerId, String> {
        let admitted = self.admission.admit(from, local, None);
        let admitted = admitted.map_err(|denied| denied.to_string())?;
        let remote = admitted.remote;
        let own = ScopedAddr::from(local).addr;
        let terms = self.terms.get(admitted.range);
        let added = terms.map(|terms| {
            let peer = terms.peer(remote.addr, own, admitted.config);
            speaker.add_peer(peer).map_err(|error| error.to_string())
        });
        match added.unwrap_or_else(|| Err("in no range".to_owned())) {
            Ok(id) => {
                self.insert(id, Known::new(remote, true));
                Ok(id)
            }
            Err(error) => {
                self.admission.release(remote);
                Err(error)
            }
        }
    }

    /// A neighbour has lost a connection: one of a range may be gone for good.
    pub(crate) fn on_lost(&mut self, now: Instant, id: PeerId) {
        if let Some(known) = self.known.get_mut(&id)
            && known.is_of_range
            && !std::mem::replace(&mut known.leaves, true)
        {
            self.leaving.insert((now + FORGET_AFTER, id));
        }
    }

    /// When to call [`forget`](Self::forget) next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.leaving.first().map(|(at, _)| *at)
    }

    /// Forgets who is gone and did not come back.
    pub(crate) fn forget(&mut self, now: Instant, speaker: &mut Speaker) {
        while let Some((at, id)) = self.leaving.first().copied() {
            if at > now {
                return;
            }
            self.leaving.remove(&(at, id));
            let Some(known) = self.known.get_mut(&id) else {
                continue;
            };
            known.leaves = false;
            let remote = known.remote;
            match speaker.peer(id) {
                Ok(peer) if peer.session.state() >= State::OpenSent => continue,
                // Its routes are kept for its return.
                Ok(peer) if peer.stale => {
                    self.on_lost(now, id);
                    continue;
                }
                _ => {}
            }
            // Fails only if it is not there any more.
            let _ = speaker.remove_peer(now, id);
            self.known.remove(&id);
            self.by_address.remove(&remote);
            self.admission.release(remote);
        }
    }

    pub(crate) fn get(&self, id: PeerId) -> Option<&Known> {
        self.known.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: PeerId) -> Option<&mut Known> {
        self.known.get_mut(&id)
    }

    pub(crate) fn ids(&self) -> Vec<PeerId> {
        self.known.keys().copied().collect()
    }

    fn insert(&mut self, id: PeerId, known: Known) {
        self.by_address.insert(known.remote, id);
        self.known.insert(id, known);
    }
}

impl Known {
    fn new(remote: ScopedAddr, is_of_range: bool) -> Self {
        Self {
            remote,
            up: None,
            faults: Tally::default(),
            refused: Tally::default(),
            last_down: None,
            is_of_range,
            leaves: false,
        }
    }
}

/// Longer than a session pauses after failures, so that who fails again and
/// again is not taken for a newcomer each time.
const FORGET_AFTER: Duration = Duration::from_secs(90);

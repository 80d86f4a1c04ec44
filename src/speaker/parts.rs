//! One speaker over several threads: destinations are divided, and each part
//! has its own RIB.
//!
//! The head has the sessions and a part of the destinations; every other
//! [`Part`] has the rest, and no session. What the head says to a part is a
//! [`ToPart`], what a part says to the head is a [`ToHead`]: values to send from
//! thread to thread, in order. Nothing is shared, so nothing is locked.

use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use bytes::Bytes;

use crate::{
    rib::Marks,
    session::{self, ConnId, LimitAction},
    speaker::{
        Config, ConfigError, Event, OrrRoot, Output, Part, PeerConfig, Speaker, Vrp,
        divide::{Division, HEAD, Whom},
        ends::Ends,
        membership,
    },
    time::Instant,
    types::{ClusterId, Family, PeerId, Prefix},
    wire::{
        AttributeSet, Context, Destination, Frame, Message, MessageType, Parsed, RefreshSubtype,
        Update, frame,
    },
};

/// What the head tells a part.
#[derive(Debug)]
pub struct ToPart(pub(super) Order);

/// What a part tells the head.
#[derive(Debug)]
pub struct ToHead(pub(super) Answer);

#[derive(Debug)]
pub(super) enum Order {
    Add(PeerId, Box<PeerConfig>),
    Change(PeerId, Box<PeerConfig>),
    Remove(PeerId),
    Session(PeerId, ConnId, Box<session::Event>),
    /// Whole messages, one behind the other.
    Updates(PeerId, Vec<u8>),
    Sent(PeerId, ConnId, usize),
    SendAgain(PeerId, Family),
    NextHop(Prefix, Option<u32>),
    ForgetNextHop(Prefix),
    Announce(Family, Box<(Destination, AttributeSet, Marks)>),
    Withdraw(Family, Box<Destination>),
    ClusterId(Option<ClusterId>),
    CostFrom(OrrRoot, Prefix, Option<u32>),
    Vrps(Box<[Vrp]>),
    FollowRoutes(bool),
}

#[derive(Debug)]
pub(super) enum Answer {
    Octets(PeerId, ConnId, Bytes),
    Prefixes(PeerId, Family, usize),
    Event(Event),
}

/// Where a speaker stands among its parts.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) division: Division,
    /// Which of them it is.
    pub(super) own: u16,
    /// What waits for each of the others.
    orders: Vec<Vec<ToPart>>,
    pub(super) ends: Ends,
    /// Tells the sessions of one neighbour apart.
    sessions: BTreeMap<PeerId, u64>,
    /// What parts have for a neighbour, until its connection has room.
    held: BTreeMap<PeerId, VecDeque<(u16, Bytes)>>,
    /// How many prefixes of limited families each part has of a neighbour.
    counts: BTreeMap<(PeerId, Family), BTreeMap<u16, usize>>,
}

impl Parts {
    pub(super) fn one() -> Self {
        Self::new(1, HEAD)
    }

    pub(super) fn new(count: u16, own: u16) -> Self {
        Self {
            division: Division(count),
            own,
            orders: Vec::new(),
            ends: Ends::default(),
            sessions: BTreeMap::new(),
            held: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Whether a prefix belongs to this one.
    pub(super) fn keeps(&self, prefix: Prefix) -> bool {
        self.division.of_prefix(prefix) == self.own
    }

    pub(super) fn is_divided(&self) -> bool {
        self.division.0 > 1
    }

    /// Whether the sessions are elsewhere.
    pub(super) fn follows(&self) -> bool {
        self.own != HEAD
    }

    /// Whether there are others to tell.
    pub(super) fn leads(&self) -> bool {
        self.is_divided() && !self.follows()
    }

    /// All that tell of a family.
    fn of_family(&self, family: Family) -> BTreeSet<u16> {
        if membership::is_membership(family) {
            BTreeSet::from([HEAD])
        } else {
            (0..self.division.0).collect()
        }
    }

    fn tell(&mut self, part: u16, order: Order) {
        let at = usize::from(part).checked_sub(1);
        if let Some(orders) = at.and_then(|at| self.orders.get_mut(at)) {
            orders.push(ToPart(order));
        }
    }

    /// A neighbour is no more.
    pub(super) fn forget(&mut self, id: PeerId) {
        self.sessions.remove(&id);
        self.forget_session(id);
    }

    fn forget_session(&mut self, id: PeerId) {
        self.held.remove(&id);
        self.ends.forget(id);
        self.counts.retain(|(of, _), _| *of != id);
    }

    /// UPDATEs of one session go in one piece.
    fn tell_update(&mut self, part: u16, id: PeerId, frame: &[u8]) {
        let at = usize::from(part).checked_sub(1);
        let Some(orders) = at.and_then(|at| self.orders.get_mut(at)) else {
            return;
        };
        match orders.last_mut() {
            Some(ToPart(Order::Updates(of, octets))) if *of == id => {
                octets.extend_from_slice(frame);
            }
            _ => {
                let mut octets = Vec::with_capacity(PIECE);
                octets.extend_from_slice(frame);
                orders.push(ToPart(Order::Updates(id, octets)));
            }
        }
    }

    pub(super) fn tell_all(&mut self, order: impl Fn() -> Order) {
        for orders in &mut self.orders {
            orders.push(ToPart(order()));
        }
    }
}

impl Speaker {
    /// A speaker whose destinations are divided into so many parts, for as many
    /// threads: the head, and the others.
    ///
    /// The head is driven as any speaker, and takes all changes of
    /// configuration, facts and routes of one's own; after its outputs,
    /// [`Speaker::take_to_part`] has what is for each of the others. What
    /// neighbours are told is the same as without parts, in another order. To
    /// look at routes and to take them for a data plane, ask every part.
    ///
    /// What lies in one IPv4 /14 or one IPv6 /32 belongs to one part: a cluster
    /// whose pods are all in one such area has no use for several.
    ///
    /// # Errors
    /// If the configuration cannot work, or `parts` is zero.
    pub fn divided(config: Config, parts: u16) -> Result<(Self, Vec<Part>), ConfigError> {
        if parts == 0 {
            return Err(ConfigError::NoParts);
        }
        let others = (1..parts).map(|own| Part::new(config.clone(), Parts::new(parts, own)));
        let others = others.collect::<Result<Vec<_>, ConfigError>>()?;
        let mut head = Self::new(config)?;
        head.parts = Parts::new(parts, HEAD);
        head.parts.orders.resize_with(others.len(), Vec::new);
        Ok((head, others))
    }

    /// What the head has to tell a part, counted from 1: for [`Part::handle`].
    pub fn take_to_part(&mut self, part: u16) -> Vec<ToPart> {
        let at = usize::from(part).checked_sub(1);
        let orders = at.and_then(|at| self.parts.orders.get_mut(at));
        orders.map_or_else(Vec::new, core::mem::take)
    }

    /// Takes what a part, counted from 1, says to the head.
    pub fn handle_from_part(&mut self, now: Instant, part: u16, ToHead(answer): ToHead) {
        self.advance(now);
        self.judged = 0;
        match answer {
            Answer::Octets(id, conn, octets) => self.on_octets(part, (id, conn), octets),
            Answer::Prefixes(id, family, count) => {
                let counts = self.parts.counts.entry((id, family)).or_default();
                counts.insert(part, count);
                self.count_prefixes(id);
            }
            Answer::Event(event) => self.outputs.push_back(Output::Event(event)),
        }
    }

    /// What no part could do alone.
    pub(super) fn check_divided(&self, config: &PeerConfig) -> Result<(), ConfigError> {
        if !self.parts.is_divided() {
            return Ok(());
        }
        let mut limits = config.session.limits.iter();
        if limits.any(|limit| limit.action == LimitAction::Drop) {
            return Err(ConfigError::Divided("session: limits: drop"));
        }
        if !config.conditional.is_empty() {
            return Err(ConfigError::Divided("conditional"));
        }
        Ok(())
    }

    fn on_octets(&mut self, part: u16, (id, conn): (PeerId, ConnId), octets: Bytes) {
        let number = self.parts.sessions.get(&id).copied();
        let agreed = self.peers.get(&id).and_then(|it| it.session.negotiated());
        let (Some(number), Some(agreed)) = (number, agreed) else {
            return;
        };
        if conn != ConnId(number) {
            // Of a session that is over.
            return;
        }
        let goes_on = match mark(&agreed.context, &octets) {
            Mark::None => true,
            Mark::EndOfRib(family) => self.parts.ends.told(id, family, part),
            Mark::Refresh(family, RefreshSubtype::BEGIN) => {
                self.parts.ends.refresh_begun(id, family)
            }
            Mark::Refresh(family, RefreshSubtype::END) => {
                self.parts.ends.refresh_told(id, family, part)
            }
            // The head asks, and notifies, for all.
            Mark::Refresh(..) | Mark::Other => false,
        };
        if goes_on {
            self.parts
                .held
                .entry(id)
                .or_default()
                .push_back((part, octets));
            self.exporting.insert(id);
        } else {
            let sent = Order::Sent(id, conn, octets.len());
            self.parts.tell(part, sent);
        }
    }

    /// Hands out what parts have for a neighbour. Whether there is room for
    /// more.
    pub(super) fn hand_out_held(&mut self, id: PeerId) -> bool {
        while let Some((part, octets)) = self.next_held(id) {
            let conn = ConnId(self.parts.sessions.get(&id).copied().unwrap_or(0));
            let sent = self.send_held(id, &octets);
            if let Some(sent) = sent {
                self.parts.tell(part, Order::Sent(id, conn, sent));
            }
            let rest = octets.slice(sent.unwrap_or(0)..);
            if !rest.is_empty() {
                let held = self.parts.held.entry(id).or_default();
                held.push_front((part, rest));
                if sent.is_none() {
                    return false;
                }
            }
        }
        true
    }

    fn next_held(&mut self, id: PeerId) -> Option<(u16, Bytes)> {
        self.parts.held.get_mut(&id)?.pop_front()
    }

    /// ROUTE-REFRESH is a message like others to the window.
    fn send_held(&mut self, id: PeerId, octets: &Bytes) -> Option<usize> {
        if kind(octets) != Some(MessageType::ROUTE_REFRESH) {
            return self.send(id, octets);
        }
        let peer = self.peers.get_mut(&id)?;
        peer.session.send_encoded(octets.clone()).ok()?;
        self.ready.insert(id);
        Some(octets.len())
    }

    /// What the session says that the parts must know.
    pub(super) fn relay(&mut self, id: PeerId, event: &session::Event) {
        if !self.parts.leads() {
            return;
        }
        match event {
            session::Event::Up(agreed) => {
                let number = self.parts.sessions.entry(id).or_default();
                *number = number.saturating_add(1);
                for family in &agreed.families {
                    let parts = self.parts.of_family(*family);
                    self.parts.ends.begin(id, *family, parts);
                }
            }
            session::Event::Refresh(refresh) if refresh.subtype == RefreshSubtype::REQUEST => {
                self.refresh_begins(id, refresh.family);
            }
            session::Event::Down(_) => self.parts.forget_session(id),
            session::Event::EndOfRib(_)
            | session::Event::Refresh(_)
            | session::Event::GracefulShutdown(_) => {}
            _ => return,
        }
        let conn = ConnId(self.parts.sessions.get(&id).copied().unwrap_or(0));
        self.parts
            .tell_all(|| Order::Session(id, conn, Box::new(event.clone())));
    }

    /// All parts send a neighbour its routes of a family again.
    pub(super) fn refresh_begins(&mut self, id: PeerId, family: Family) {
        let parts = self.parts.of_family(family);
        self.parts.ends.begin_refresh(id, family, parts);
    }

    /// What of an UPDATE is ours; the rest goes where it belongs.
    pub(super) fn own_share(
        &mut self,
        id: PeerId,
        parsed: Parsed<Update>,
    ) -> Option<Parsed<Update>> {
        if !self.parts.leads() {
            return Some(parsed);
        }
        let frame = self.peers.get_mut(&id)?.session.take_frame();
        match self.parts.division.of_update(&parsed.value) {
            Whom::One(HEAD) => Some(parsed),
            Whom::One(part) => {
                self.parts.tell_update(part, id, frame);
                // What is wrong with it is for the head to say.
                (!parsed.faults.is_empty()).then(|| self.parts.division.share(parsed, HEAD))
            }
            Whom::Several(parts) => {
                for part in parts.into_iter().filter(|part| *part != HEAD) {
                    self.parts.tell_update(part, id, frame);
                }
                Some(self.parts.division.share(parsed, HEAD))
            }
        }
    }

    /// How many prefixes the other parts have of a neighbour.
    pub(super) fn counted_elsewhere(&self, id: PeerId, family: Family) -> usize {
        let counts = self.parts.counts.get(&(id, family));
        let all = counts.into_iter().flat_map(BTreeMap::values);
        all.fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The part that a route of our own belongs to, if it is not this one.
    pub(super) fn elsewhere(&self, destination: &Destination) -> Option<u16> {
        let part = self.parts.division.of(destination);
        (self.parts.leads() && part != self.parts.own).then_some(part)
    }

    pub(super) fn tell_part(&mut self, part: u16, order: Order) {
        self.parts.tell(part, order);
    }
}

/// A read's worth of UPDATEs.
const PIECE: usize = 16 * 1024;

/// What a part's octets are, beside routes.
enum Mark {
    None,
    EndOfRib(Family),
    Refresh(Family, RefreshSubtype),
    Other,
}

fn kind(octets: &[u8]) -> Option<MessageType> {
    octets
        .get(frame::HEADER_LEN - 1)
        .map(|kind| MessageType(*kind))
}

/// Marks come alone, and are short.
fn mark(context: &Context, octets: &[u8]) -> Mark {
    match kind(octets) {
        Some(MessageType::UPDATE) if octets.len() > LONGEST_MARK => return Mark::None,
        Some(MessageType::UPDATE | MessageType::ROUTE_REFRESH) => {}
        _ => return Mark::Other,
    }
    let frame = Frame::first(octets, frame::MAX_LEN).ok().flatten();
    let message = frame.and_then(|frame| Message::decode(frame, context).ok());
    match message.map(|parsed| parsed.value) {
        Some(Message::Update(update)) => {
            let end = update.is_end_of_rib();
            end.map_or(Mark::None, Mark::EndOfRib)
        }
        Some(Message::RouteRefresh(refresh)) => Mark::Refresh(refresh.family, refresh.subtype),
        _ => Mark::Other,
    }
}

/// An End-of-RIB of a family other than IPv4 unicast: a header, two lengths, and
/// MP_UNREACH_NLRI with extended length.
const LONGEST_MARK: usize = frame::HEADER_LEN + 4 + 4 + 3;

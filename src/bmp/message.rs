use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    BmpError, BmpErrorKind, BmpFrame, BmpType, PeerHeader, PeerKind, Statistics, Tlvs,
    peer::PEER_LEN,
};
use crate::wire::{self, Context, DecodeError, Message, Open};

/// A BMP message where it lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BmpMessage<'a> {
    /// A route of a peer (RFC 7854 §4.6).
    RouteMonitoring {
        /// Whose.
        peer: PeerHeader,
        /// The UPDATE, header included.
        update: &'a [u8],
        /// What follows it.
        trailing: &'a [u8],
    },
    /// Counters of a peer (RFC 7854 §4.8).
    StatisticsReport {
        /// Whose.
        peer: PeerHeader,
        /// The counters.
        statistics: Statistics<'a>,
    },
    /// A session went down (RFC 7854 §4.9).
    PeerDown {
        /// Whose.
        peer: PeerHeader,
        /// Why.
        reason: PeerDown<'a>,
    },
    /// A session came up (RFC 7854 §4.10).
    PeerUp(PeerUp<'a>),
    /// The first of a stream: [`InformationType`](super::InformationType)s
    /// (RFC 7854 §4.3).
    Initiation(Tlvs<'a>),
    /// The last of a stream: [`TerminationType`](super::TerminationType)s
    /// (RFC 7854 §4.5).
    Termination(Tlvs<'a>),
    /// Messages as they came: [`MirroringType`](super::MirroringType)s
    /// (RFC 7854 §4.7).
    RouteMirroring {
        /// Whose.
        peer: PeerHeader,
        /// The messages, and what is said of them.
        parts: Tlvs<'a>,
    },
    /// Of a type without a name here.
    Other {
        /// Its type.
        kind: BmpType,
        /// What follows the common header.
        body: &'a [u8],
    },
}

/// Why a session went down (RFC 7854 §4.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PeerDown<'a> {
    /// 1: the router sent this NOTIFICATION, header included.
    LocalNotification(&'a [u8]),
    /// 2: the router closed it, for this event of RFC 4271 §8.1, or 0.
    LocalEvent(u16),
    /// 3: the peer sent this NOTIFICATION, header included.
    RemoteNotification(&'a [u8]),
    /// 4: the peer closed it without one.
    Remote,
    /// 5: the router stops telling of this peer.
    Deconfigured,
    /// 6: the Loc-RIB is gone; [`InformationType`](super::InformationType)s
    /// (RFC 9069 §5.3).
    LocalSystem(Tlvs<'a>),
    /// Any other reason, with what follows it.
    Other(u8, &'a [u8]),
}

/// A session came up (RFC 7854 §4.10).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PeerUp<'a> {
    /// Whose.
    pub peer: PeerHeader,
    /// The router's end of the session; zero for a Loc-RIB.
    pub local_address: IpAddr,
    /// The router's TCP port.
    pub local_port: u16,
    /// The peer's TCP port.
    pub remote_port: u16,
    /// The OPEN that the router sent, header included.
    pub sent_open: &'a [u8],
    /// The OPEN that the peer sent, header included.
    pub received_open: &'a [u8],
    /// [`InformationType`](super::InformationType)s.
    pub information: Tlvs<'a>,
}

impl PeerUp<'_> {
    /// What the session's two sides agreed on: the context that its messages
    /// are read with, adjusted by [`PeerHeader::read_with`] to each.
    ///
    /// The OPENs of a Loc-RIB are two copies of one: a family that it has
    /// ADD-PATH for comes with path identifiers, whatever the mode (RFC 9069
    /// §5.2).
    ///
    /// # Errors
    /// If one of the OPENs is none.
    pub fn context(&self) -> Result<Context, DecodeError> {
        let sent = open(self.sent_open)?;
        let mut context = Context::between(&sent, &open(self.received_open)?);
        if self.peer.kind == PeerKind::LOC_RIB {
            let families = context.families.iter().copied();
            context.add_path_receive = families
                .filter(|family| sent.add_path(*family).is_some())
                .collect();
        }
        Ok(context)
    }
}

fn open(octets: &[u8]) -> Result<Open, DecodeError> {
    let context = Context::default();
    let frame = wire::Frame::first(octets, context.max_message_len)?;
    let Some(frame) = frame else {
        return Err(DecodeError::OpenMalformed);
    };
    match Message::decode(frame, &context)?.value {
        Message::Open(open) => Ok(open),
        other => Err(DecodeError::MessageType { kind: other.kind() }),
    }
}

impl<'a> BmpMessage<'a> {
    /// Reads one message. BGP messages inside are found and not read.
    ///
    /// # Errors
    /// If its fields do not add up.
    pub fn decode(frame: BmpFrame<'a>) -> Result<Self, BmpError> {
        let mut reader = Reader {
            octets: frame.body,
            end: frame.wire_len(),
        };
        Ok(match frame.kind {
            BmpType::ROUTE_MONITORING => {
                let peer = reader.peer()?;
                let update = reader.bgp_message()?;
                let trailing = reader.octets;
                Self::RouteMonitoring {
                    peer,
                    update,
                    trailing,
                }
            }
            BmpType::STATISTICS_REPORT => {
                let peer = reader.peer()?;
                let statistics = reader.statistics()?;
                Self::StatisticsReport { peer, statistics }
            }
            BmpType::PEER_DOWN => {
                let peer = reader.peer()?;
                let reason = reader.peer_down()?;
                Self::PeerDown { peer, reason }
            }
            BmpType::PEER_UP => Self::PeerUp(reader.peer_up()?),
            BmpType::INITIATION => Self::Initiation(reader.tlvs()?),
            BmpType::TERMINATION => Self::Termination(reader.tlvs()?),
            BmpType::ROUTE_MIRRORING => {
                let peer = reader.peer()?;
                let parts = reader.tlvs()?;
                Self::RouteMirroring { peer, parts }
            }
            kind => Self::Other {
                kind,
                body: frame.body,
            },
        })
    }

    /// The type that the header gives it.
    pub const fn kind(&self) -> BmpType {
        match self {
            Self::RouteMonitoring { .. } => BmpType::ROUTE_MONITORING,
            Self::StatisticsReport { .. } => BmpType::STATISTICS_REPORT,
            Self::PeerDown { .. } => BmpType::PEER_DOWN,
            Self::PeerUp(_) => BmpType::PEER_UP,
            Self::Initiation(_) => BmpType::INITIATION,
            Self::Termination(_) => BmpType::TERMINATION,
            Self::RouteMirroring { .. } => BmpType::ROUTE_MIRRORING,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// Whom it is about; `None` for a message about the router itself.
    pub const fn peer(&self) -> Option<&PeerHeader> {
        match self {
            Self::RouteMonitoring { peer, .. }
            | Self::StatisticsReport { peer, .. }
            | Self::PeerDown { peer, .. }
            | Self::PeerUp(PeerUp { peer, .. })
            | Self::RouteMirroring { peer, .. } => Some(peer),
            Self::Initiation(_) | Self::Termination(_) | Self::Other { .. } => None,
        }
    }
}

/// One whole BGP message, header included, and what follows it; neither its type
/// nor its length are judged beyond that.
pub(super) fn bgp_message(octets: &[u8]) -> Result<(&[u8], &[u8]), BmpErrorKind> {
    let header = octets.first_chunk::<{ wire::frame::HEADER_LEN }>();
    let [marker @ .., high, low, _] = header.ok_or(BmpErrorKind::Short)?;
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if marker.iter().any(|octet| *octet != 0xff) || length < wire::frame::HEADER_LEN {
        return Err(BmpErrorKind::BgpMessage);
    }
    octets.split_at_checked(length).ok_or(BmpErrorKind::Short)
}

/// The octets of a body that have not been read.
struct Reader<'a> {
    octets: &'a [u8],
    /// Octets of the whole message.
    end: usize,
}

impl<'a> Reader<'a> {
    fn at(&self) -> usize {
        self.end.saturating_sub(self.octets.len())
    }

    fn short(&self) -> BmpError {
        BmpError::new(self.at(), BmpErrorKind::Short)
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], BmpError> {
        let (array, rest) = self
            .octets
            .split_first_chunk()
            .ok_or_else(|| self.short())?;
        self.octets = rest;
        Ok(array)
    }

    fn peer(&mut self) -> Result<PeerHeader, BmpError> {
        self.array::<PEER_LEN>().map(PeerHeader::decode)
    }

    fn bgp_message(&mut self) -> Result<&'a [u8], BmpError> {
        let (message, rest) =
            bgp_message(self.octets).map_err(|kind| BmpError::new(self.at(), kind))?;
        self.octets = rest;
        Ok(message)
    }

    /// All that is left, as TLVs.
    fn tlvs(&mut self) -> Result<Tlvs<'a>, BmpError> {
        let at = self.at();
        let octets = core::mem::take(&mut self.octets);
        Tlvs::new(octets)
            .map_err(|error| BmpError::new(at.saturating_add(error.offset), error.kind))
    }

    fn statistics(&mut self) -> Result<Statistics<'a>, BmpError> {
        let count_at = self.at();
        let count = u32::from_be_bytes(*self.array()?);
        let at = self.at();
        let statistics = Statistics::new(self.octets)
            .map_err(|error| BmpError::new(at.saturating_add(error.offset), error.kind))?;
        match statistics.count().cmp(&count) {
            core::cmp::Ordering::Equal => Ok(statistics),
            core::cmp::Ordering::Less => Err(BmpError::new(count_at, BmpErrorKind::Short)),
            core::cmp::Ordering::Greater => Err(BmpError::new(count_at, BmpErrorKind::Trailing)),
        }
    }

    fn peer_down(&mut self) -> Result<PeerDown<'a>, BmpError> {
        let [reason] = *self.array()?;
        let down = match reason {
            1 => PeerDown::LocalNotification(self.bgp_message()?),
            2 => PeerDown::LocalEvent(u16::from_be_bytes(*self.array()?)),
            3 => PeerDown::RemoteNotification(self.bgp_message()?),
            4 => PeerDown::Remote,
            5 => PeerDown::Deconfigured,
            6 => PeerDown::LocalSystem(self.tlvs()?),
            reason => PeerDown::Other(reason, core::mem::take(&mut self.octets)),
        };
        if self.octets.is_empty() {
            Ok(down)
        } else {
            Err(BmpError::new(self.at(), BmpErrorKind::Trailing))
        }
    }

    fn peer_up(&mut self) -> Result<PeerUp<'a>, BmpError> {
        let peer = self.peer()?;
        let address = u128::from_be_bytes(*self.array()?);
        let local_address = if peer.is_ipv6() {
            IpAddr::V6(Ipv6Addr::from_bits(address))
        } else {
            let [.., a, b, c, d] = address.to_be_bytes();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        };
        Ok(PeerUp {
            peer,
            local_address,
            local_port: u16::from_be_bytes(*self.array()?),
            remote_port: u16::from_be_bytes(*self.array()?),
            sent_open: self.bgp_message()?,
            received_open: self.bgp_message()?,
            information: self.tlvs()?,
        })
    }
}

//! The vocabulary: the values every layer speaks of, and nothing that knows
//! octets or peers.
//!
//! Wire numbers ([`Afi`], [`Safi`], [`Asn`], ...) are open newtypes with named
//! constants, so that an unknown value has one spelling and survives a round
//! trip.

mod as_path;
mod asn;
mod community;
mod esi;
mod extended_community;
mod family;
mod identifier;
mod ipv6_extended_community;
mod label;
mod large_community;
mod mac;
mod next_hop;
mod peer_id;
mod peer_type;
mod prefix;
mod route_distinguisher;
pub(crate) mod text;

pub use as_path::{AsPath, ParseAsPathError, Segment, SegmentKind, Segments};
pub use asn::{Asn, ParseAsnError};
pub use community::{Community, ParseCommunityError};
pub use esi::{Esi, ParseEsiError};
pub use extended_community::{
    Administered, ExtendedCommunity, ExtendedCommunityKind, ParseExtendedCommunityError,
};
pub use family::{Afi, Family, ParseFamilyError, Safi};
pub use identifier::{ClusterId, ParseIdError, RouterId};
pub use ipv6_extended_community::{
    Ipv6ExtendedCommunity, Ipv6ExtendedCommunityKind, ParseIpv6ExtendedCommunityError,
};
pub use label::{Label, LabelError, LabelStack};
pub use large_community::{LargeCommunity, ParseLargeCommunityError};
pub use mac::{MacAddr, ParseMacError};
pub use next_hop::{NextHop, ParseNextHopError};
pub use peer_id::PeerId;
pub use peer_type::PeerType;
pub use prefix::{ParsePrefixError, Prefix, PrefixLengthError};
pub use route_distinguisher::{ParseRouteDistinguisherError, RouteDistinguisher};

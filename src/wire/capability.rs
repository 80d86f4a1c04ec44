use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use nom::{
    IResult, Parser,
    combinator::all_consuming,
    multi::length_data,
    number::complete::{be_u8, be_u16, be_u32},
};

use crate::{
    types::{Afi, Asn, Family, Safi},
    wire::{DecodeError, EncodeError},
};

mod code;
mod families;
mod filtering;
mod restart;
mod role;
mod text;

pub use code::CapabilityCode;
pub use families::{AddPathFamily, AddPathMode, ExtendedNextHop, MultipleLabels, PathsLimit};
pub use filtering::{OrfFamily, OrfMode, OrfSupport};
pub use restart::{
    GracefulRestart, GracefulRestartFamily, GracefulRestartFlags, LongLivedFamily, LongLivedFlags,
};
pub use role::{ParseRoleError, Role};
pub(super) use text::Quoted;
pub use text::{Fqdn, SoftwareVersion};

/// One capability of an OPEN (RFC 5492).
///
/// Codes without a document that fixes their value, and values that do not
/// have the form that their code asks for, are [`Capability::Unknown`]: they
/// are written as they came, and nothing was announced by them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Capability {
    /// The sender can carry this family (RFC 4760 §8).
    Multiprotocol(Family),
    /// The sender answers ROUTE-REFRESH (RFC 2918).
    RouteRefresh,
    /// The sender takes or sends filters in ROUTE-REFRESH (RFC 5291 §5).
    OutboundRouteFiltering(Vec<OrfFamily>),
    /// The sender takes next hops of another address family (RFC 8950 §4).
    ExtendedNextHop(Vec<ExtendedNextHop>),
    /// The sender takes messages of up to 65535 octets (RFC 8654 §3).
    ExtendedMessage,
    /// The sender reads more than one label per prefix (RFC 8277 §2.1).
    MultipleLabels(Vec<MultipleLabels>),
    /// What the sender is to the receiver (RFC 9234 §4.1).
    Role(Role),
    /// The sender keeps or asks to keep routes over a restart (RFC 4724 §3).
    GracefulRestart(GracefulRestart),
    /// The sender's AS, and that it writes AS numbers in four octets (RFC 6793).
    FourOctetAs(Asn),
    /// The sender sends or takes several paths for a prefix (RFC 7911 §4).
    AddPath(Vec<AddPathFamily>),
    /// The sender brackets the answer to a ROUTE-REFRESH (RFC 7313 §3.1).
    EnhancedRouteRefresh,
    /// The sender keeps stale routes for long (RFC 9494 §3.1).
    LongLivedGracefulRestart(Vec<LongLivedFamily>),
    /// The sender's names.
    Fqdn(Box<Fqdn>),
    /// The session is not to be up before BFD is
    /// (draft-ietf-idr-bgp-bfd-strict-mode).
    BfdStrict,
    /// The sender's software.
    SoftwareVersion(SoftwareVersion),
    /// The most paths for a prefix that the sender takes.
    PathsLimit(Vec<PathsLimit>),
    /// The sender takes a link-local address as the only IPv6 next hop
    /// (draft-ietf-idr-linklocal-capability).
    LinkLocalNextHop,
    /// As [`Capability::RouteRefresh`], under the code from before the standard.
    CiscoRouteRefresh,
    /// Any other, as it came.
    Unknown {
        /// Its code.
        code: CapabilityCode,
        /// Its value, at most 255 octets.
        value: Box<[u8]>,
    },
}

impl Capability {
    /// Its code on the wire.
    pub const fn code(&self) -> CapabilityCode {
        match self {
            Self::Multiprotocol(_) => CapabilityCode::MULTIPROTOCOL,
            Self::RouteRefresh => CapabilityCode::ROUTE_REFRESH,
            Self::OutboundRouteFiltering(_) => CapabilityCode::OUTBOUND_ROUTE_FILTERING,
            Self::ExtendedNextHop(_) => CapabilityCode::EXTENDED_NEXT_HOP,
            Self::ExtendedMessage => CapabilityCode::EXTENDED_MESSAGE,
            Self::MultipleLabels(_) => CapabilityCode::MULTIPLE_LABELS,
            Self::Role(_) => CapabilityCode::ROLE,
            Self::GracefulRestart(_) => CapabilityCode::GRACEFUL_RESTART,
            Self::FourOctetAs(_) => CapabilityCode::FOUR_OCTET_AS,
            Self::AddPath(_) => CapabilityCode::ADD_PATH,
            Self::EnhancedRouteRefresh => CapabilityCode::ENHANCED_ROUTE_REFRESH,
            Self::LongLivedGracefulRestart(_) => CapabilityCode::LONG_LIVED_GRACEFUL_RESTART,
            Self::Fqdn(_) => CapabilityCode::FQDN,
            Self::BfdStrict => CapabilityCode::BFD_STRICT,
            Self::SoftwareVersion(_) => CapabilityCode::SOFTWARE_VERSION,
            Self::PathsLimit(_) => CapabilityCode::PATHS_LIMIT,
            Self::LinkLocalNextHop => CapabilityCode::LINK_LOCAL_NEXT_HOP,
            Self::CiscoRouteRefresh => CapabilityCode::CISCO_ROUTE_REFRESH,
            Self::Unknown { code, .. } => *code,
        }
    }

    /// Reads one capability off the front.
    ///
    /// One whose value does not fit its code is kept as it came, and so counts
    /// as not announced; only the four-octet AS cannot be done without.
    pub(super) fn decode(octets: &[u8]) -> Result<(&[u8], Self), DecodeError> {
        let (rest, (code, value)) = Self::split(octets)?;
        let known = Self::known(code, value);
        if known.is_none() && code == CapabilityCode::FOUR_OCTET_AS {
            return Err(DecodeError::OpenMalformed);
        }
        let capability = known.unwrap_or_else(|| Self::Unknown {
            code,
            value: value.into(),
        });
        Ok((rest, capability))
    }

    /// The code and the value of the first capability, and what follows it.
    #[expect(clippy::type_complexity, reason = "what a parser returns, used twice")]
    fn split(octets: &[u8]) -> Result<(&[u8], (CapabilityCode, &[u8])), DecodeError> {
        (be_u8.map(CapabilityCode), length_data(be_u8))
            .parse(octets)
            .map_err(|_: nom::Err<()>| DecodeError::OpenMalformed)
    }

    /// How many there are in `octets`.
    pub(super) fn count(octets: &[u8]) -> Result<usize, DecodeError> {
        let mut count: usize = 0;
        let mut left = octets;
        while !left.is_empty() {
            (left, _) = Self::split(left)?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// Appends all capabilities in `octets`.
    pub(super) fn decode_all(octets: &[u8], into: &mut Vec<Self>) -> Result<(), DecodeError> {
        let mut left = octets;
        while !left.is_empty() {
            let (rest, capability) = Self::decode(left)?;
            into.push(capability);
            left = rest;
        }
        Ok(())
    }

    /// The value as its code reads it, or `None` if it does not.
    fn known(code: CapabilityCode, value: &[u8]) -> Option<Self> {
        match code {
            CapabilityCode::MULTIPROTOCOL => whole(reserved_family, value).map(Self::Multiprotocol),
            CapabilityCode::OUTBOUND_ROUTE_FILTERING => {
                whole(OrfFamily::parse, value).map(Self::OutboundRouteFiltering)
            }
            CapabilityCode::EXTENDED_NEXT_HOP => {
                whole(list(6, ExtendedNextHop::parse), value).map(Self::ExtendedNextHop)
            }
            CapabilityCode::MULTIPLE_LABELS => {
                whole(list(4, MultipleLabels::parse), value).map(Self::MultipleLabels)
            }
            CapabilityCode::ROLE => whole(be_u8, value).map(Role).map(Self::Role),
            CapabilityCode::GRACEFUL_RESTART => {
                whole(GracefulRestart::parse, value).map(Self::GracefulRestart)
            }
            CapabilityCode::FOUR_OCTET_AS => whole(be_u32, value).map(Asn).map(Self::FourOctetAs),
            CapabilityCode::ADD_PATH => {
                whole(list(4, AddPathFamily::parse), value).map(Self::AddPath)
            }
            CapabilityCode::LONG_LIVED_GRACEFUL_RESTART => {
                whole(list(7, LongLivedFamily::parse), value).map(Self::LongLivedGracefulRestart)
            }
            CapabilityCode::FQDN => whole(Fqdn::parse, value).map(Box::new).map(Self::Fqdn),
            CapabilityCode::SOFTWARE_VERSION => {
                whole(SoftwareVersion::parse, value).map(Self::SoftwareVersion)
            }
            CapabilityCode::PATHS_LIMIT => {
                whole(list(5, PathsLimit::parse), value).map(Self::PathsLimit)
            }
            _ => Self::bare(code).filter(|_| value.is_empty()),
        }
    }

    /// The capability that its code alone is.
    const fn bare(code: CapabilityCode) -> Option<Self> {
        Some(match code {
            CapabilityCode::ROUTE_REFRESH => Self::RouteRefresh,
            CapabilityCode::EXTENDED_MESSAGE => Self::ExtendedMessage,
            CapabilityCode::ENHANCED_ROUTE_REFRESH => Self::EnhancedRouteRefresh,
            CapabilityCode::BFD_STRICT => Self::BfdStrict,
            CapabilityCode::LINK_LOCAL_NEXT_HOP => Self::LinkLocalNextHop,
            CapabilityCode::CISCO_ROUTE_REFRESH => Self::CiscoRouteRefresh,
            _ => return None,
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code = self.code();
        let mut value = Vec::new();
        self.encode_value(&mut value)?;
        let length =
            u8::try_from(value.len()).map_err(|_| EncodeError::CapabilityTooLong { code })?;
        out.extend_from_slice(&[code.0, length]);
        out.append(&mut value);
        Ok(())
    }

    fn encode_value(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Multiprotocol(family) => write_reserved_family(*family, out),
            Self::RouteRefresh
            | Self::ExtendedMessage
            | Self::EnhancedRouteRefresh
            | Self::BfdStrict
            | Self::LinkLocalNextHop
            | Self::CiscoRouteRefresh => {}
            Self::OutboundRouteFiltering(all) => all.iter().try_for_each(|of| of.encode(out))?,
            Self::ExtendedNextHop(all) => all.iter().for_each(|of| of.encode(out)),
            Self::MultipleLabels(all) => all.iter().for_each(|of| of.encode(out)),
            Self::Role(role) => out.push(role.0),
            Self::GracefulRestart(restart) => restart.encode(out)?,
            Self::FourOctetAs(asn) => out.extend_from_slice(&asn.0.to_be_bytes()),
            Self::AddPath(all) => all.iter().for_each(|of| of.encode(out)),
            Self::LongLivedGracefulRestart(all) => {
                all.iter().try_for_each(|of| of.encode(out))?;
            }
            Self::Fqdn(names) => names.encode(out)?,
            Self::SoftwareVersion(version) => version.encode(out)?,
            Self::PathsLimit(all) => all.iter().for_each(|of| of.encode(out)),
            Self::Unknown { code, value } => {
                // Octets that the code can read would come back as a value.
                if Self::known(*code, value).is_some() || *code == CapabilityCode::FOUR_OCTET_AS {
                    return Err(EncodeError::Field {
                        field: "capability",
                    });
                }
                out.extend_from_slice(value);
            }
        }
        Ok(())
    }
}

impl fmt::Display for Capability {
    /// The code's name, then the value: `multiprotocol ipv4-unicast`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::GracefulRestart(restart) = self {
            return restart.fmt(f);
        }
        fmt::Display::fmt(&self.code(), f)?;
        match self {
            Self::Multiprotocol(family) => write!(f, " {family}"),
            Self::OutboundRouteFiltering(all) => listed(all, f),
            Self::ExtendedNextHop(all) => listed(all, f),
            Self::MultipleLabels(all) => listed(all, f),
            Self::Role(role) => write!(f, " {role}"),
            Self::FourOctetAs(asn) => write!(f, " {asn}"),
            Self::AddPath(all) => listed(all, f),
            Self::LongLivedGracefulRestart(all) => listed(all, f),
            Self::Fqdn(names) => write!(f, " {names}"),
            Self::SoftwareVersion(version) => write!(f, " {version}"),
            Self::PathsLimit(all) => listed(all, f),
            Self::Unknown { value, .. } => write!(f, " ({} octets)", value.len()),
            Self::GracefulRestart(_)
            | Self::RouteRefresh
            | Self::ExtendedMessage
            | Self::EnhancedRouteRefresh
            | Self::BfdStrict
            | Self::LinkLocalNextHop
            | Self::CiscoRouteRefresh => Ok(()),
        }
    }
}

fn listed<T: fmt::Display>(all: &[T], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    all.iter().try_for_each(|of| write!(f, " {of}"))
}

/// What `parser` makes of all of `value`.
fn whole<'a, T>(
    parser: impl Parser<&'a [u8], Output = T, Error = ()>,
    value: &'a [u8],
) -> Option<T> {
    all_consuming(parser)
        .parse(value)
        .ok()
        .map(|(_, parsed)| parsed)
}

/// Items of `size` octets to the end, in memory for just as many.
fn list<T>(
    size: usize,
    item: impl Fn(&[u8]) -> IResult<&[u8], T, ()>,
) -> impl Fn(&[u8]) -> IResult<&[u8], Vec<T>, ()> {
    move |octets: &[u8]| {
        let mut items = Vec::with_capacity(octets.len().checked_div(size).unwrap_or_default());
        let mut left = octets;
        while !left.is_empty() {
            let (rest, one) = item(left)?;
            items.push(one);
            left = rest;
        }
        Ok((left, items))
    }
}

/// AFI and SAFI side by side.
fn family(octets: &[u8]) -> IResult<&[u8], Family, ()> {
    (be_u16, be_u8)
        .map(|(afi, safi)| Family::new(Afi(afi), Safi(safi)))
        .parse(octets)
}

fn write_family(family: Family, out: &mut Vec<u8>) {
    out.extend_from_slice(&family.afi.0.to_be_bytes());
    out.push(family.safi.0);
}

/// AFI and SAFI around a reserved octet, which is not looked at.
fn reserved_family(octets: &[u8]) -> IResult<&[u8], Family, ()> {
    (be_u16, be_u8, be_u8)
        .map(|(afi, _, safi)| Family::new(Afi(afi), Safi(safi)))
        .parse(octets)
}

fn write_reserved_family(family: Family, out: &mut Vec<u8>) {
    out.extend_from_slice(&family.afi.0.to_be_bytes());
    out.extend_from_slice(&[0, family.safi.0]);
}

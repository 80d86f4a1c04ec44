use alloc::vec::Vec;
use core::fmt;

use bitflags::bitflags;
use bytes::Bytes;
use nom::{
    IResult, Parser,
    combinator::all_consuming,
    multi::{length_data, many0},
    number::complete::{be_u8, be_u16, be_u32},
};

use crate::{
    types::{Afi, Asn, Family, Safi},
    wire::{DecodeError, EncodeError},
};

/// The code octet of a capability.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct CapabilityCode(pub u8);

impl CapabilityCode {
    /// Multiprotocol extensions (RFC 4760 §8).
    pub const MULTIPROTOCOL: Self = Self(1);
    /// Route refresh (RFC 2918).
    pub const ROUTE_REFRESH: Self = Self(2);
    /// Graceful restart (RFC 4724).
    pub const GRACEFUL_RESTART: Self = Self(64);
    /// Four-octet AS numbers (RFC 6793).
    pub const FOUR_OCTET_AS: Self = Self(65);
}

/// One capability of an OPEN (RFC 5492).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Capability {
    /// The sender can carry this family (RFC 4760 §8).
    Multiprotocol(Family),
    /// The sender answers ROUTE-REFRESH (RFC 2918).
    RouteRefresh,
    /// The sender keeps or asks to keep routes over a restart (RFC 4724 §3).
    GracefulRestart(GracefulRestart),
    /// The sender's AS, and that it writes AS numbers in four octets (RFC 6793).
    FourOctetAs(Asn),
    /// Any other, as it came.
    Unknown {
        /// Its code.
        code: CapabilityCode,
        /// Its value, at most 255 octets.
        value: Bytes,
    },
}

/// The graceful restart capability (RFC 4724 §3).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct GracefulRestart {
    /// The upper four bits of the value.
    pub flags: GracefulRestartFlags,
    /// Seconds until the sender expects to be back; at most 4095.
    pub restart_time: u16,
    /// The families whose forwarding the sender may preserve.
    pub families: Vec<GracefulRestartFamily>,
}

/// One family of [`GracefulRestart`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct GracefulRestartFamily {
    /// Which.
    pub family: Family,
    /// The F bit: forwarding state was preserved over the last restart.
    pub forwarding_preserved: bool,
}

bitflags! {
    /// Flags of the graceful restart capability, as the four bits of the wire.
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct GracefulRestartFlags: u8 {
        /// R: the sender has just restarted (RFC 4724 §3).
        const RESTARTING = 0b1000;
        /// N: NOTIFICATION does not end graceful restart (RFC 8538 §2).
        const NOTIFICATION = 0b0100;
        /// Bits without a meaning yet are kept.
        const _ = !0;
    }
}

impl CapabilityCode {
    /// The name that operators use, or `None` for a code without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::MULTIPROTOCOL => "multiprotocol",
            Self::ROUTE_REFRESH => "route-refresh",
            Self::GRACEFUL_RESTART => "graceful-restart",
            Self::FOUR_OCTET_AS => "four-octet-as",
            _ => return None,
        })
    }
}

impl Capability {
    /// Its code on the wire.
    pub const fn code(&self) -> CapabilityCode {
        match self {
            Self::Multiprotocol(_) => CapabilityCode::MULTIPROTOCOL,
            Self::RouteRefresh => CapabilityCode::ROUTE_REFRESH,
            Self::GracefulRestart(_) => CapabilityCode::GRACEFUL_RESTART,
            Self::FourOctetAs(_) => CapabilityCode::FOUR_OCTET_AS,
            Self::Unknown { code, .. } => *code,
        }
    }

    /// Reads one capability off the front.
    ///
    /// One whose value does not fit its code is kept as it came, and so counts
    /// as not announced; only the four-octet AS cannot be done without.
    pub(super) fn decode(octets: &[u8]) -> Result<(&[u8], Self), DecodeError> {
        let (rest, (code, value)) = (be_u8, length_data(be_u8))
            .parse(octets)
            .map_err(|_: nom::Err<()>| DecodeError::OpenMalformed)?;
        let code = CapabilityCode(code);
        let known = match code {
            CapabilityCode::MULTIPROTOCOL => known(multiprotocol, value),
            CapabilityCode::ROUTE_REFRESH if value.is_empty() => Some(Self::RouteRefresh),
            CapabilityCode::GRACEFUL_RESTART => known(graceful_restart, value),
            CapabilityCode::FOUR_OCTET_AS => {
                Some(known(four_octet_as, value).ok_or(DecodeError::OpenMalformed)?)
            }
            _ => None,
        };
        let capability = known.unwrap_or_else(|| Self::Unknown {
            code,
            value: Bytes::copy_from_slice(value),
        });
        Ok((rest, capability))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let code = self.code();
        let mut value = Vec::new();
        match self {
            Self::Multiprotocol(family) => {
                value.extend_from_slice(&family.afi.0.to_be_bytes());
                value.extend_from_slice(&[0, family.safi.0]);
            }
            Self::RouteRefresh => {}
            Self::GracefulRestart(restart) => restart.encode(&mut value)?,
            Self::FourOctetAs(asn) => value.extend_from_slice(&asn.0.to_be_bytes()),
            Self::Unknown { value: octets, .. } => value.extend_from_slice(octets),
        }
        let length =
            u8::try_from(value.len()).map_err(|_| EncodeError::CapabilityTooLong { code })?;
        out.extend_from_slice(&[code.0, length]);
        out.append(&mut value);
        Ok(())
    }
}

impl GracefulRestart {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let flags = self.flags.bits();
        if self.restart_time > 0x0fff || flags > 0x0f {
            return Err(EncodeError::Field {
                field: "restart time",
            });
        }
        let word = u16::from(flags) << 12 | self.restart_time;
        out.extend_from_slice(&word.to_be_bytes());
        for GracefulRestartFamily {
            family,
            forwarding_preserved,
        } in &self.families
        {
            out.extend_from_slice(&family.afi.0.to_be_bytes());
            out.extend_from_slice(&[family.safi.0, u8::from(*forwarding_preserved) << 7]);
        }
        Ok(())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Multiprotocol(family) => write!(f, "multiprotocol {family}"),
            Self::RouteRefresh => f.write_str("route-refresh"),
            Self::GracefulRestart(restart) => {
                write!(f, "graceful-restart {}s", restart.restart_time)?;
                restart
                    .families
                    .iter()
                    .try_for_each(|of| write!(f, " {}", of.family))
            }
            Self::FourOctetAs(asn) => write!(f, "four-octet-as {asn}"),
            Self::Unknown { code, value } => {
                write!(f, "capability {} ({} octets)", code.0, value.len())
            }
        }
    }
}

fn known<'a>(
    parser: impl Parser<&'a [u8], Output = Capability, Error = ()>,
    value: &'a [u8],
) -> Option<Capability> {
    all_consuming(parser)
        .parse(value)
        .ok()
        .map(|(_, capability)| capability)
}

fn multiprotocol(value: &[u8]) -> IResult<&[u8], Capability, ()> {
    (be_u16, be_u8, be_u8)
        .map(|(afi, _, safi)| Capability::Multiprotocol(Family::new(Afi(afi), Safi(safi))))
        .parse(value)
}

fn four_octet_as(value: &[u8]) -> IResult<&[u8], Capability, ()> {
    be_u32
        .map(|asn| Capability::FourOctetAs(Asn(asn)))
        .parse(value)
}

fn graceful_restart(value: &[u8]) -> IResult<&[u8], Capability, ()> {
    let family = (be_u16, be_u8, be_u8).map(|(afi, safi, flags)| GracefulRestartFamily {
        family: Family::new(Afi(afi), Safi(safi)),
        forwarding_preserved: flags & 0x80 != 0,
    });
    (be_u8, be_u8, many0(family))
        .map(|(high, low, families)| {
            Capability::GracefulRestart(GracefulRestart {
                flags: GracefulRestartFlags::from_bits_retain(high >> 4),
                restart_time: u16::from_be_bytes([high & 0x0f, low]),
                families,
            })
        })
        .parse(value)
}

use alloc::vec::Vec;

use bitflags::bitflags;
use bytes::Bytes;

use crate::types::{Asn, Family};

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

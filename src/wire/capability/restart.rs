use alloc::vec::Vec;
use core::fmt;

use bitflags::bitflags;
use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u24},
};

use super::{family, list, write_family};
use crate::{types::Family, wire::EncodeError};

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
    /// The F bit: forwarding state was preserved over the last restart. The
    /// bits beside it are zero on the wire and not read.
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

/// One family of the long-lived graceful restart capability (RFC 9494 §3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct LongLivedFamily {
    /// Which.
    pub family: Family,
    /// What is said of it.
    pub flags: LongLivedFlags,
    /// Seconds for which stale routes may be kept after the restart time;
    /// at most 16777215.
    pub stale_time: u32,
}

bitflags! {
    /// Flags of [`LongLivedFamily`].
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct LongLivedFlags: u8 {
        /// F: forwarding state was preserved over the last restart
        /// (RFC 9494 §3.1).
        const FORWARDING_PRESERVED = 0x80;
        /// Bits without a meaning yet are kept.
        const _ = !0;
    }
}

impl GracefulRestart {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (be_u8, be_u8, list(4, GracefulRestartFamily::parse))
            .map(|(high, low, families)| Self {
                flags: GracefulRestartFlags::from_bits_retain(high >> 4),
                restart_time: u16::from_be_bytes([high & 0x0f, low]),
                families,
            })
            .parse(value)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let flags = self.flags.bits();
        if self.restart_time > 0x0fff || flags > 0x0f {
            return Err(EncodeError::Field {
                field: "restart time",
            });
        }
        let word = u16::from(flags) << 12 | self.restart_time;
        out.extend_from_slice(&word.to_be_bytes());
        for of in &self.families {
            write_family(of.family, out);
            out.push(u8::from(of.forwarding_preserved) << 7);
        }
        Ok(())
    }
}

impl GracefulRestartFamily {
    fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (family, be_u8)
            .map(|(family, flags)| Self {
                family,
                forwarding_preserved: flags & 0x80 != 0,
            })
            .parse(value)
    }
}

impl LongLivedFamily {
    pub(super) fn parse(value: &[u8]) -> IResult<&[u8], Self, ()> {
        (family, be_u8, be_u24)
            .map(|(family, flags, stale_time)| Self {
                family,
                flags: LongLivedFlags::from_bits_retain(flags),
                stale_time,
            })
            .parse(value)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let [0, high, middle, low] = self.stale_time.to_be_bytes() else {
            return Err(EncodeError::Field {
                field: "long-lived stale time",
            });
        };
        write_family(self.family, out);
        out.extend_from_slice(&[self.flags.bits(), high, middle, low]);
        Ok(())
    }
}

impl fmt::Display for GracefulRestart {
    /// As `graceful-restart 120s restarting ipv4-unicast preserved`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "graceful-restart {}s", self.restart_time)?;
        if self.flags.contains(GracefulRestartFlags::RESTARTING) {
            f.write_str(" restarting")?;
        }
        if self.flags.contains(GracefulRestartFlags::NOTIFICATION) {
            f.write_str(" notification")?;
        }
        self.families
            .iter()
            .try_for_each(|family| write!(f, " {family}"))
    }
}

impl fmt::Display for GracefulRestartFamily {
    /// As `ipv4-unicast preserved`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.family, f)?;
        f.write_str(if self.forwarding_preserved {
            " preserved"
        } else {
            ""
        })
    }
}

impl fmt::Display for LongLivedFamily {
    /// As `ipv4-unicast 3600s preserved`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}s", self.family, self.stale_time)?;
        f.write_str(
            if self.flags.contains(LongLivedFlags::FORWARDING_PRESERVED) {
                " preserved"
            } else {
                ""
            },
        )
    }
}

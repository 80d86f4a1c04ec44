use alloc::vec::Vec;
use core::fmt;

use super::{BmpEncodeError, BmpError, BmpErrorKind, tlv::front};
use crate::types::{Afi, Family, Safi};

/// What a statistic counts (RFC 7854 §4.8, RFC 8671 §6.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct StatisticType(pub u16);

macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $size:ident, $text:literal;)*) => {
        impl StatisticType {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// A short name, or `None` for a type without one here.
            pub const fn name(self) -> Option<&'static str> {
                Some(match self {
                    $(Self::$name => $text,)*
                    _ => return None,
                })
            }

            const fn size(self) -> Size {
                match self {
                    $(Self::$name => Size::$size,)*
                    _ => Size::Any,
                }
            }
        }
    };
}

/// The values that a type has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Size {
    Counter,
    Gauge,
    FamilyGauge,
    Any,
}

statistics! {
    /// Prefixes that inbound policy refused.
    REJECTED = 0, Counter, "rejected";
    /// Announcements of a prefix that was there already.
    DUPLICATE_ANNOUNCEMENTS = 1, Counter, "duplicate announcements";
    /// Withdrawals of a prefix that was not there.
    DUPLICATE_WITHDRAWALS = 2, Counter, "duplicate withdrawals";
    /// Updates ignored for a CLUSTER_LIST loop.
    CLUSTER_LIST_LOOPS = 3, Counter, "CLUSTER_LIST loops";
    /// Updates ignored for an AS_PATH loop.
    AS_PATH_LOOPS = 4, Counter, "AS_PATH loops";
    /// Updates ignored for an ORIGINATOR_ID loop.
    ORIGINATOR_ID_LOOPS = 5, Counter, "ORIGINATOR_ID loops";
    /// Updates ignored for a loop through the confederation.
    CONFEDERATION_LOOPS = 6, Counter, "confederation loops";
    /// Routes in Adj-RIB-In.
    ADJ_RIB_IN = 7, Gauge, "routes in Adj-RIB-In";
    /// Routes in the Loc-RIB.
    LOC_RIB = 8, Gauge, "routes in Loc-RIB";
    /// Routes of one family in Adj-RIB-In.
    ADJ_RIB_IN_FAMILY = 9, FamilyGauge, "routes in Adj-RIB-In";
    /// Routes of one family in the Loc-RIB.
    LOC_RIB_FAMILY = 10, FamilyGauge, "routes in Loc-RIB";
    /// Updates that were treated as withdraw (RFC 7606).
    UPDATES_TREATED_AS_WITHDRAW = 11, Counter, "updates treated as withdraw";
    /// Prefixes that were treated as withdraw (RFC 7606).
    PREFIXES_TREATED_AS_WITHDRAW = 12, Counter, "prefixes treated as withdraw";
    /// Duplicate updates.
    DUPLICATE_UPDATES = 13, Counter, "duplicate updates";
    /// Routes in Adj-RIB-Out before policy (RFC 8671 §6.2).
    ADJ_RIB_OUT_PRE = 14, Gauge, "routes in Adj-RIB-Out before policy";
    /// Routes in Adj-RIB-Out after policy (RFC 8671 §6.2).
    ADJ_RIB_OUT_POST = 15, Gauge, "routes in Adj-RIB-Out after policy";
    /// Routes of one family in Adj-RIB-Out before policy (RFC 8671 §6.2).
    ADJ_RIB_OUT_PRE_FAMILY = 16, FamilyGauge, "routes in Adj-RIB-Out before policy";
    /// Routes of one family in Adj-RIB-Out after policy (RFC 8671 §6.2).
    ADJ_RIB_OUT_POST_FAMILY = 17, FamilyGauge, "routes in Adj-RIB-Out after policy";
}

/// One statistic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Statistic<'a> {
    /// What is counted.
    pub kind: StatisticType,
    /// How many.
    pub value: StatisticValue<'a>,
}

/// The value of a statistic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatisticValue<'a> {
    /// Only rises.
    Counter(u32),
    /// Goes up and down.
    Gauge(u64),
    /// Goes up and down, of one family.
    FamilyGauge(Family, u64),
    /// Of a type that is not known, or not of its type's size.
    Other(&'a [u8]),
}

/// The statistics of a report.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Statistics<'a> {
    octets: &'a [u8],
    count: u32,
}

impl<'a> Statistics<'a> {
    /// Checks the lengths of as many statistics as the octets hold.
    ///
    /// # Errors
    /// [`BmpErrorKind::Short`] with the offset in `octets`.
    pub fn new(octets: &'a [u8]) -> Result<Self, BmpError> {
        let mut rest = octets;
        let mut count = 0_u32;
        while !rest.is_empty() {
            let at = octets.len().saturating_sub(rest.len());
            let (_, after) = front(rest).ok_or_else(|| BmpError::new(at, BmpErrorKind::Short))?;
            rest = after;
            count = count.saturating_add(1);
        }
        Ok(Self { octets, count })
    }

    /// Appends one to octets of which [`Statistics::new`] makes a report's.
    ///
    /// # Errors
    /// If the value is not of the size of its type; `out` is then unchanged.
    pub fn push(statistic: Statistic<'_>, out: &mut Vec<u8>) -> Result<(), BmpEncodeError> {
        let kind = statistic.kind;
        let mut value = Vec::new();
        let size = match statistic.value {
            StatisticValue::Counter(number) => {
                value.extend_from_slice(&number.to_be_bytes());
                Size::Counter
            }
            StatisticValue::Gauge(number) => {
                value.extend_from_slice(&number.to_be_bytes());
                Size::Gauge
            }
            StatisticValue::FamilyGauge(family, number) => {
                value.extend_from_slice(&family.afi.0.to_be_bytes());
                value.push(family.safi.0);
                value.extend_from_slice(&number.to_be_bytes());
                Size::FamilyGauge
            }
            StatisticValue::Other(octets) => {
                value.extend_from_slice(octets);
                Size::Any
            }
        };
        if size != kind.size() {
            return Err(BmpEncodeError::Statistic { kind: kind.0 });
        }
        super::Tlvs::push(kind.0, &value, out)
    }

    /// How many there are.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// All of them as octets.
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Statistic<'a>> + use<'a> {
        let mut rest = self.octets;
        core::iter::from_fn(move || {
            let (tlv, after) = front(rest)?;
            rest = after;
            let kind = StatisticType(tlv.kind);
            let value = read(kind, tlv.value).unwrap_or(StatisticValue::Other(tlv.value));
            Some(Statistic { kind, value })
        })
    }
}

fn read(kind: StatisticType, value: &[u8]) -> Option<StatisticValue<'_>> {
    let gauge = |octets: &[u8]| octets.try_into().ok().map(u64::from_be_bytes);
    match kind.size() {
        Size::Counter => {
            let octets = value.try_into().ok()?;
            Some(StatisticValue::Counter(u32::from_be_bytes(octets)))
        }
        Size::Gauge => gauge(value).map(StatisticValue::Gauge),
        Size::FamilyGauge => {
            let ([high, low, safi], rest) = value.split_first_chunk()?;
            let afi = Afi(u16::from_be_bytes([*high, *low]));
            let family = Family::new(afi, Safi(*safi));
            gauge(rest).map(|number| StatisticValue::FamilyGauge(family, number))
        }
        Size::Any => None,
    }
}

impl fmt::Display for Statistic<'_> {
    /// As `duplicate updates 7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "statistic {}", self.kind.0)?,
        }
        match self.value {
            StatisticValue::Counter(number) => write!(f, " {number}"),
            StatisticValue::Gauge(number) => write!(f, " {number}"),
            StatisticValue::FamilyGauge(family, number) => write!(f, " {family} {number}"),
            StatisticValue::Other(octets) => write!(f, " ({} octets)", octets.len()),
        }
    }
}

use alloc::vec::Vec;
use core::fmt;

use nom::{IResult, bytes::complete::take, number::complete::be_u8};
use thiserror::Error;

use super::read::{front, padded, wrong};
use crate::{
    types::{Asn, Family, RouteDistinguisher},
    wire::EncodeError,
};

/// Which routes a speaker wants, by a prefix of their route target
/// (RFC 4684 §4).
///
/// Displays as `default`, or as the origin AS, the route target and, unless
/// the target is whole, how many of its bits count: `65000 target 65000:100`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "RouteTargetFields", into = "RouteTargetFields")
)]
pub struct RouteTargetMembership {
    origin: Asn,
    /// Bits beyond the length are zero.
    target: [u8; 8],
    /// In bits, of AS and target together: 0, or 32 to 96.
    length: u8,
}

impl RouteTargetMembership {
    /// The membership in everything, of no origin.
    pub const DEFAULT: Self = Self {
        origin: Asn(0),
        target: [0; 8],
        length: 0,
    };

    /// Membership in the targets, octets of an extended community, whose first
    /// `bits` bits are those of `target`; the other bits are cleared.
    ///
    /// # Errors
    /// If `bits` is over 64.
    pub fn new(origin: Asn, target: [u8; 8], bits: u8) -> Result<Self, RouteTargetLengthError> {
        if bits > 64 {
            return Err(RouteTargetLengthError);
        }
        let mask = u64::MAX.checked_shl(64_u32.saturating_sub(bits.into()));
        let significant = u64::from_be_bytes(target) & mask.unwrap_or_default();
        Ok(Self {
            origin,
            target: significant.to_be_bytes(),
            length: bits.saturating_add(32),
        })
    }

    /// Whether it is the membership in everything.
    pub fn is_default(self) -> bool {
        self == Self::DEFAULT
    }

    /// The AS that wants the routes; `None` for the default.
    pub fn origin(self) -> Option<Asn> {
        (!self.is_default()).then_some(self.origin)
    }

    /// The route target as the octets of an extended community, zeros behind
    /// [`RouteTargetMembership::target_bits`].
    pub const fn target(self) -> [u8; 8] {
        self.target
    }

    /// How many bits of the target count: 64 for exactly one target.
    pub const fn target_bits(self) -> u8 {
        self.length.saturating_sub(32)
    }

    /// Whether it asks for routes with this target.
    pub fn contains(self, target: [u8; 8]) -> bool {
        let same = |of: &Self| of.target == self.target;
        Self::new(self.origin, target, self.target_bits()).is_ok_and(|of| same(&of))
    }

    pub(in crate::wire) fn decode(_: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(read, octets)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "all NLRI are written by the same kind of function"
    )]
    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(self.length);
        let octets = self.origin.0.to_be_bytes().into_iter().chain(self.target);
        out.extend(octets.take(usize::from(self.length.div_ceil(8))));
        Ok(())
    }
}

impl fmt::Display for RouteTargetMembership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_default() {
            return f.write_str("default");
        }
        let Self { origin, target, .. } = self;
        write!(f, "{origin}")?;
        match self.target_bits() {
            0 => Ok(()),
            64 => match target {
                // Of the three layouts that route distinguishers have too.
                [kind @ 0..=2, 2, ..] => {
                    let mut octets = *target;
                    let [high, low, ..] = &mut octets;
                    (*high, *low) = (0, *kind);
                    write!(f, " target {}", RouteDistinguisher::from_octets(octets))
                }
                _ => write!(f, " target {:#018x}", u64::from_be_bytes(*target)),
            },
            bits => write!(f, " target {:#018x}/{bits}", u64::from_be_bytes(*target)),
        }
    }
}

/// A route target has 64 bits.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a route target has 64 bits")]
pub struct RouteTargetLengthError;

/// The membership in formats with named fields.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize, serde::Serialize)]
struct RouteTargetFields {
    origin: Option<Asn>,
    target: [u8; 8],
    target_bits: u8,
}

#[cfg(feature = "serde")]
impl From<RouteTargetMembership> for RouteTargetFields {
    fn from(of: RouteTargetMembership) -> Self {
        Self {
            origin: of.origin(),
            target: of.target(),
            target_bits: of.target_bits(),
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<RouteTargetFields> for RouteTargetMembership {
    type Error = RouteTargetLengthError;

    fn try_from(fields: RouteTargetFields) -> Result<Self, RouteTargetLengthError> {
        match fields.origin {
            Some(origin) => Self::new(origin, fields.target, fields.target_bits),
            None if fields.target_bits == 0 => Ok(Self::DEFAULT),
            None => Err(RouteTargetLengthError),
        }
    }
}

fn read(octets: &[u8]) -> IResult<&[u8], RouteTargetMembership> {
    let (rest, length) = be_u8(octets)?;
    if length == 0 {
        return Ok((rest, RouteTargetMembership::DEFAULT));
    }
    // The origin AS is no prefix: it is whole or not there.
    let bits = length.checked_sub(32).ok_or_else(|| wrong(octets))?;
    let (rest, body) = take(length.div_ceil(8))(rest)?;
    let membership = body.split_first_chunk::<4>().and_then(|(origin, target)| {
        let origin = Asn(u32::from_be_bytes(*origin));
        RouteTargetMembership::new(origin, padded(target)?, bits).ok()
    });
    Ok((rest, membership.ok_or_else(|| wrong(octets))?))
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::nlri::probe::{agree, refused};

    fn membership(target: [u8; 8], bits: u8) -> RouteTargetMembership {
        RouteTargetMembership::new(Asn(65000), target, bits).unwrap()
    }

    #[test]
    fn length_zero_is_the_default() {
        agree(
            Family::ROUTE_TARGET,
            &[0],
            &RouteTargetMembership::DEFAULT.into(),
        );
        assert_eq!(RouteTargetMembership::DEFAULT.to_string(), "default");
        assert_eq!(RouteTargetMembership::DEFAULT.origin(), None);
    }

    #[test]
    fn a_whole_target_is_shown_as_operators_know_it() {
        let octets = [96, 0, 0, 0xfd, 0xe8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 100];
        let of = membership([0, 2, 0xfd, 0xe8, 0, 0, 0, 100], 64);
        agree(Family::ROUTE_TARGET, &octets, &of.into());
        assert_eq!(of.to_string(), "65000 target 65000:100");
        let of = membership([1, 2, 192, 0, 2, 1, 0, 100], 64);
        assert_eq!(of.to_string(), "65000 target 192.0.2.1:100");
        let of = membership([6, 2, 0, 0, 0, 0, 0, 1], 64);
        assert_eq!(of.to_string(), "65000 target 0x0602000000000001");
    }

    #[test]
    fn a_partial_target_has_its_other_bits_cleared() {
        let of = membership([0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 17);
        assert_eq!(of.target(), [0, 2, 0x80, 0, 0, 0, 0, 0]);
        agree(
            Family::ROUTE_TARGET,
            &[49, 0, 0, 0xfd, 0xe8, 0, 2, 0x80],
            &of.into(),
        );
        assert_eq!(of.to_string(), "65000 target 0x0002800000000000/17");
        assert!(of.contains([0, 2, 0xfd, 0xe8, 0, 0, 0, 100]));
        assert!(!of.contains([0, 2, 0x7d, 0xe8, 0, 0, 0, 100]));
    }

    #[test]
    fn the_origin_alone_is_every_target() {
        let of = membership([0xff; 8], 0);
        agree(Family::ROUTE_TARGET, &[32, 0, 0, 0xfd, 0xe8], &of.into());
        assert!(of.contains([0xff; 8]));
        assert!(!of.is_default());
        assert_eq!(of.to_string(), "65000");
    }

    #[test]
    fn a_part_of_the_origin_and_more_than_a_target_are_wrong() {
        refused(Family::ROUTE_TARGET, &[31, 0, 0, 0xfd, 0xe8], 0);
        refused(Family::ROUTE_TARGET, &[97; 14], 0);
        let long = RouteTargetMembership::new(Asn(1), [0; 8], 65);
        assert_eq!(long, Err(RouteTargetLengthError));
    }
}

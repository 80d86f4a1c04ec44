use alloc::vec::Vec;
use core::{fmt, net::IpAddr};

use nom::{
    IResult, Parser,
    number::complete::{be_u8, be_u32},
};

use super::read::{addr_of, front, push_addr, wrong};
use crate::{
    types::{Afi, Family},
    wire::EncodeError,
};

/// A segment routing policy's candidate path; how to get there is in the
/// tunnel encapsulation attribute (RFC 9830 §2.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct SrPolicy {
    /// Tells candidate paths of one policy apart.
    pub distinguisher: u32,
    /// The intent; with the endpoint the policy's key.
    pub color: u32,
    /// Where it leads, of the family that carries it; zero for anywhere.
    pub endpoint: IpAddr,
}

impl SrPolicy {
    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(|octets| read(family.afi, octets), octets)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "all NLRI are written by the same kind of function"
    )]
    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(if self.endpoint.is_ipv6() {
            V6_BITS
        } else {
            V4_BITS
        });
        out.extend_from_slice(&self.distinguisher.to_be_bytes());
        out.extend_from_slice(&self.color.to_be_bytes());
        push_addr(self.endpoint, out);
        Ok(())
    }
}

impl fmt::Display for SrPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            distinguisher,
            color,
            endpoint,
        } = self;
        write!(
            f,
            "distinguisher {distinguisher} color {color} endpoint {endpoint}"
        )
    }
}

fn read(afi: Afi, octets: &[u8]) -> IResult<&[u8], SrPolicy> {
    let (rest, bits) = be_u8(octets)?;
    if bits != (if afi == Afi::IPV6 { V6_BITS } else { V4_BITS }) {
        return Err(wrong(octets));
    }
    (be_u32, be_u32, addr_of(afi))
        .map(|(distinguisher, color, endpoint)| SrPolicy {
            distinguisher,
            color,
            endpoint,
        })
        .parse(rest)
}

const V4_BITS: u8 = 96;
const V6_BITS: u8 = 192;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::nlri::probe::{agree, refused};

    #[test]
    fn the_endpoint_is_of_the_family() {
        let policy = SrPolicy {
            distinguisher: 1,
            color: 100,
            endpoint: "192.0.2.9".parse().unwrap(),
        };
        let octets = [96, 0, 0, 0, 1, 0, 0, 0, 100, 192, 0, 2, 9];
        agree(Family::IPV4_SR_POLICY, &octets, &policy.into());
        assert_eq!(
            policy.to_string(),
            "distinguisher 1 color 100 endpoint 192.0.2.9"
        );
        let endpoint = "2001:db8::9".parse().unwrap();
        let mut octets = [0; 25];
        octets[0] = 192;
        octets[4] = 1;
        octets[8] = 100;
        octets[9..13].copy_from_slice(&[0x20, 1, 0xd, 0xb8]);
        octets[24] = 9;
        let policy = SrPolicy { endpoint, ..policy };
        agree(Family::IPV6_SR_POLICY, &octets, &policy.into());
        refused(Family::IPV4_SR_POLICY, &octets, 0);
    }
}

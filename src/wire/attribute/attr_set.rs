use core::{fmt, iter};

use super::{AttributeCode, AttributeFlags, tlv::checked_octets};
use crate::types::Asn;

checked_octets! {
    /// ATTR_SET: the attributes a customer's route had (RFC 6368 §5). They are
    /// framed as in an UPDATE; their values are not looked into.
    AttrSet, ATTR_SET
}

impl AttrSet {
    /// The customer's AS.
    pub fn origin(&self) -> Asn {
        let asn = self.octets().first_chunk().copied();
        Asn(u32::from_be_bytes(asn.unwrap_or_default()))
    }

    /// Flags, code and value of each attribute.
    pub fn attributes(&self) -> impl Iterator<Item = (AttributeFlags, AttributeCode, &[u8])> {
        let mut octets = self.octets().get(4..).unwrap_or_default();
        iter::from_fn(move || {
            let (flags, code, value, rest) = front(octets)?;
            octets = rest;
            Some((flags, code, value))
        })
    }
}

fn front(octets: &[u8]) -> Option<(AttributeFlags, AttributeCode, &[u8], &[u8])> {
    let ([flags, code], rest) = octets.split_first_chunk()?;
    let flags = AttributeFlags::from_bits_retain(*flags);
    let (length, rest) = if flags.contains(AttributeFlags::EXTENDED_LENGTH) {
        let (length, rest) = rest.split_first_chunk()?;
        (u16::from_be_bytes(*length), rest)
    } else {
        let (length, rest) = rest.split_first()?;
        (u16::from(*length), rest)
    };
    let (value, rest) = rest.split_at_checked(usize::from(length))?;
    Some((flags, AttributeCode(*code), value, rest))
}

/// RFC 6368 §5.
pub(super) fn check(value: &[u8]) -> Result<(), usize> {
    let (_, mut octets) = value.split_first_chunk::<4>().ok_or(0_usize)?;
    while !octets.is_empty() {
        let at = value.len().saturating_sub(octets.len());
        let (_, code, _, rest) = front(octets).ok_or(at)?;
        if matches!(
            code,
            AttributeCode::MP_REACH_NLRI | AttributeCode::MP_UNREACH_NLRI
        ) {
            return Err(at);
        }
        octets = rest;
    }
    Ok(())
}

impl fmt::Display for AttrSet {
    /// As `64512: ORIGIN, MULTI_EXIT_DISC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.origin())?;
        let mut between = "";
        self.attributes().try_for_each(|(_, code, _)| {
            write!(f, "{between} {code}")?;
            between = ",";
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use super::*;

    #[test]
    fn inner_attributes_are_framed_and_kept() {
        let value = [0, 0, 0xfc, 0, 0x40, 1, 1, 0, 0x90, 4, 0, 4, 0, 0, 0, 9];
        let set = AttrSet::decode(&value).unwrap();
        assert_eq!(set.to_string(), "64512: ORIGIN, MULTI_EXIT_DISC");
        let mut out = Vec::new();
        set.encode(&mut out).unwrap();
        assert_eq!(out, value);
        for end in 0..value.len() {
            assert_eq!(AttrSet::decode(&value[..end]).is_ok(), end == 4 || end == 8);
        }
    }

    #[test]
    fn multiprotocol_attributes_may_not_be_inside() {
        assert_eq!(AttrSet::decode(&[0, 0, 0, 1, 0x80, 14, 0]), Err(4));
        assert_eq!(AttrSet::decode(&[0, 0, 0, 1, 0x80, 15, 0]), Err(4));
        assert_eq!(AttrSet::decode(&[0, 0, 0, 1, 0x40, 6, 0, 0x40]), Err(7));
    }
}

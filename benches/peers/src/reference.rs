//! The walk that every codec's sum is held against: octet by octet, with no
//! thought of speed, and strict, so that what it accepts is well formed.

use crate::sum::Sum;

/// Adds up one whole UPDATE; `None` if it is not one that each codec can be
/// asked to read: malformed, or of a family besides IPv4 and IPv6 unicast.
pub fn walk(message: &[u8]) -> Option<Sum> {
    let mut sum = Sum::default();
    let mut at = Cursor(message);
    at.take(16)?;
    let length = at.u16()?;
    if usize::from(length) != message.len() || at.u8()? != 2 {
        return None;
    }
    let withdrawn = usize::from(at.u16()?);
    prefixes(at.take(withdrawn)?, 32, &mut sum)?;
    let attributes = usize::from(at.u16()?);
    let mut list = Cursor(at.take(attributes)?);
    while !list.0.is_empty() {
        attribute(&mut list, &mut sum)?;
    }
    prefixes(at.0, 32, &mut sum)?;
    Some(sum)
}

/// Splits what an encoder wrote into messages and adds all of them up.
pub fn walk_all(mut octets: &[u8]) -> Option<(usize, Sum)> {
    let mut total = Sum::default();
    let mut count = 0;
    while !octets.is_empty() {
        let length = usize::from(u16::from_be_bytes([*octets.get(16)?, *octets.get(17)?]));
        let (message, rest) = octets.split_at_checked(length)?;
        total = add(total, walk(message)?);
        count += 1;
        octets = rest;
    }
    Some((count, total))
}

/// Field by field.
pub fn add(a: Sum, b: Sum) -> Sum {
    Sum {
        prefixes: a.prefixes + b.prefixes,
        bits: a.bits + b.bits,
        words: a.words + b.words,
        asns: a.asns + b.asns,
        communities: a.communities + b.communities,
        singles: a.singles + b.singles,
    }
}

fn attribute(list: &mut Cursor<'_>, sum: &mut Sum) -> Option<()> {
    let flags = list.u8()?;
    let code = list.u8()?;
    let length = if flags & 0x10 == 0 {
        usize::from(list.u8()?)
    } else {
        usize::from(list.u16()?)
    };
    let mut value = Cursor(list.take(length)?);
    match code {
        1 => sum.single(u32::from(value.u8().filter(|origin| *origin < 3)?)),
        2 => {
            while !value.0.is_empty() {
                let kind = value.u8()?;
                let count = value.u8()?;
                if !(1..=4).contains(&kind) || count == 0 {
                    return None;
                }
                for _ in 0..count {
                    sum.asn(value.u32()?);
                }
            }
        }
        3 | 4 | 5 | 9 => sum.single(value.u32()?),
        6 => sum.single(1),
        7 => {
            sum.single(value.u32()?);
            sum.single(value.u32()?);
        }
        8 | 32 => {
            if length == 0 || code == 32 && length % 12 != 0 {
                return None;
            }
            while !value.0.is_empty() {
                sum.community(value.u32()?);
            }
        }
        10 => {
            while !value.0.is_empty() {
                sum.single(value.u32()?);
            }
        }
        14 => {
            let bits = family(&mut value)?;
            let next_hop = usize::from(value.u8()?);
            sum.single(Cursor(value.take(next_hop)?).u32()?);
            value.u8()?;
            prefixes(value.0, bits, sum)?;
            return Some(());
        }
        15 => {
            let bits = family(&mut value)?;
            prefixes(value.0, bits, sum)?;
            return Some(());
        }
        16 => {
            if length == 0 || length % 8 != 0 {
                return None;
            }
            sum.extended(length / 8);
            return Some(());
        }
        _ => return Some(()),
    }
    value.0.is_empty().then_some(())
}

fn family(value: &mut Cursor<'_>) -> Option<u8> {
    match (value.u16()?, value.u8()?) {
        (1, 1) => Some(32),
        (2, 1) => Some(128),
        _ => None,
    }
}

fn prefixes(octets: &[u8], most: u8, sum: &mut Sum) -> Option<()> {
    let mut list = Cursor(octets);
    while !list.0.is_empty() {
        let length = list.u8().filter(|length| *length <= most)?;
        let octets = list.take(usize::from(length).div_ceil(8))?;
        let mut address = [0; 16];
        for bit in 0..usize::from(length) {
            let mask = 0x80 >> (bit % 8);
            address[bit / 8] |= octets[bit / 8] & mask;
        }
        sum.v6(length, u128::from_be_bytes(address));
    }
    Some(())
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|octets| octets[0])
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }
}

use alloc::vec::Vec;
use core::{fmt, ops::RangeInclusive};

use nom::{IResult, bytes::complete::take, number::complete::be_u8};

use super::read::{bits_of, front, label, push_prefix, wrong};
use crate::{
    types::{Afi, Family, Label, LabelStack, Prefix},
    wire::EncodeError,
};

/// A prefix with the labels bound to it (RFC 8277 §2).
///
/// In MP_UNREACH_NLRI the labels mean nothing; [`LabelStack::withdraw`] belongs
/// there. How many labels there are is told by the bottom-of-stack bits; where
/// they would leave no prefix there is one label whose bit is not looked at
/// (RFC 8277 §2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct LabeledPrefix {
    /// The destination.
    pub prefix: Prefix,
    /// Outermost first; at least one.
    pub labels: LabelStack,
}

impl LabeledPrefix {
    pub(in crate::wire) fn decode(family: Family, octets: &[u8]) -> Result<(Self, &[u8]), usize> {
        front(|octets| read(family.afi, octets), octets)
    }

    pub(in crate::wire) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = out.len();
        push_length(&self.labels, usize::from(self.prefix.length()), out)?;
        push_labels(&self.labels, out);
        push_prefix(self.prefix, out);
        if self.labels.is_empty() {
            return Err(EncodeError::Field { field: "labels" });
        }
        if ends_plainly(&self.labels) {
            return Ok(());
        }
        let written = out.get(start..).unwrap_or_default();
        let read = front(|octets| read(self.prefix.afi(), octets), written);
        match read {
            Ok((read, [])) if read == *self => Ok(()),
            _ => Err(EncodeError::Field { field: "labels" }),
        }
    }
}

impl fmt::Display for LabeledPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} label {}", self.prefix, self.labels)
    }
}

fn read(afi: Afi, octets: &[u8]) -> IResult<&[u8], LabeledPrefix> {
    let (rest, (labels, bits, body)) = labels_in_front(octets, 0..=width(afi))?;
    let (_, prefix) = bits_of(afi, bits)(body)?;
    Ok((rest, LabeledPrefix { prefix, labels }))
}

/// Bits of an address.
pub(super) const fn width(afi: Afi) -> usize {
    if afi.0 == Afi::IPV6.0 { 128 } else { 32 }
}

/// Reads a length octet and labels so that a number of bits `after` follows in
/// the same NLRI; yields those bits.
pub(super) fn labels_in_front(
    octets: &[u8],
    after: RangeInclusive<usize>,
) -> IResult<&[u8], (LabelStack, usize, &[u8])> {
    let (rest, bits) = be_u8(octets)?;
    let bits = usize::from(bits);
    let (rest, body) = take(bits.div_ceil(8))(rest)?;
    let fits = |labels: &LabelStack| {
        let left = bits.checked_sub(labels.labels().len().saturating_mul(24))?;
        after.contains(&left).then_some(left)
    };
    let (_, first) = label(body).map_err(|_| wrong(octets))?;
    for labels in [stack(body), Some(LabelStack::from(first))]
        .into_iter()
        .flatten()
    {
        if let Some(left) = fits(&labels) {
            let skipped = labels.labels().len().saturating_mul(3);
            let body = body.get(skipped..).unwrap_or_default();
            return Ok((rest, (labels, left, body)));
        }
    }
    Err(wrong(octets))
}

/// The labels up to the one with the bottom-of-stack bit. A first label that
/// stands for a withdrawal is alone without it.
fn stack(octets: &[u8]) -> Option<LabelStack> {
    let mut labels = [Label::default(); LabelStack::MAX];
    let (chunks, _) = octets.as_chunks::<3>();
    let mut count = 0_usize;
    for (place, octets) in labels.iter_mut().zip(chunks) {
        *place = Label::from_octets(*octets);
        count = count.saturating_add(1);
        if place.is_bottom() || (count == 1 && place.is_withdraw()) {
            return LabelStack::new(labels.get(..count)?).ok();
        }
    }
    None
}

/// Whether the labels read back as they are, whatever comes after them.
pub(super) fn ends_plainly(labels: &LabelStack) -> bool {
    match labels.labels() {
        [] => false,
        [only] => only.is_bottom() || only.is_withdraw(),
        [first, inner @ .., last] => {
            let inside = |label: &Label| !label.is_bottom();
            last.is_bottom() && !first.is_withdraw() && inside(first) && inner.iter().all(inside)
        }
    }
}

/// Appends the length octet of labels and `bits` bits after them.
pub(super) fn push_length(
    labels: &LabelStack,
    bits: usize,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let bits = labels
        .labels()
        .len()
        .saturating_mul(24)
        .saturating_add(bits);
    out.push(u8::try_from(bits).map_err(|_| EncodeError::Field { field: "labels" })?);
    Ok(())
}

pub(super) fn push_labels(labels: &LabelStack, out: &mut Vec<u8>) {
    for label in labels.labels() {
        out.extend_from_slice(&label.to_octets());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::nlri::{
        Destination,
        probe::{agree, refused, unwritable},
    };

    fn labeled(prefix: &str, labels: &[Label]) -> LabeledPrefix {
        LabeledPrefix {
            prefix: prefix.parse().unwrap(),
            labels: LabelStack::new(labels).unwrap(),
        }
    }

    #[test]
    fn one_label_stands_before_the_prefix() {
        let of = labeled("192.0.2.0/24", &[Label::bottom(100).unwrap()]);
        let octets = [48, 0x00, 0x06, 0x41, 192, 0, 2];
        agree(Family::IPV4_LABELED, &octets, &of.into());
        let of = labeled("2001:db8::/32", &[Label::bottom(100).unwrap()]);
        let octets = [56, 0x00, 0x06, 0x41, 0x20, 1, 0xd, 0xb8];
        agree(Family::IPV6_LABELED, &octets, &of.into());
    }

    #[test]
    fn several_labels_end_with_the_bottom_of_the_stack() {
        let stack = [Label::new(100).unwrap(), Label::bottom(101).unwrap()];
        let of = labeled("192.0.2.0/24", &stack);
        let octets = [72, 0x00, 0x06, 0x40, 0x00, 0x06, 0x51, 192, 0, 2];
        agree(Family::IPV4_LABELED, &octets, &of.into());
    }

    #[test]
    fn both_withdraw_labels_end_the_stack() {
        for label in [Label::WITHDRAW, Label::WITHDRAW_ZERO] {
            let of = labeled("192.0.2.0/24", &[label]);
            assert!(of.labels.is_withdraw());
            let [a, b, c] = label.to_octets();
            agree(Family::IPV4_LABELED, &[48, a, b, c, 192, 0, 2], &of.into());
        }
    }

    #[test]
    fn reserved_bits_of_a_label_are_kept() {
        let of = labeled("0.0.0.0/0", &[Label::from_octets([0xff, 0xff, 0xff])]);
        agree(Family::IPV4_LABELED, &[24, 0xff, 0xff, 0xff], &of.into());
    }

    #[test]
    fn a_single_label_without_bottom_bit_is_taken_where_more_do_not_fit() {
        let of = labeled("192.0.2.0/24", &[Label::new(100).unwrap()]);
        let octets = [48, 0x00, 0x06, 0x40, 192, 0, 2];
        agree(Family::IPV4_LABELED, &octets, &of.into());
    }

    #[test]
    fn labels_that_would_read_back_as_others_are_not_written() {
        let (inner, bottom) = (Label::new(100).unwrap(), Label::bottom(101).unwrap());
        for labels in [
            [bottom, bottom].as_slice(),
            &[inner, inner],
            &[Label::WITHDRAW, bottom],
            &[],
        ] {
            unwritable(Destination::from(labeled("192.0.2.0/24", labels)));
        }
        // The last octet of the prefix would pass for the bottom.
        unwritable(Destination::from(labeled("192.0.3.0/24", &[inner])));
        unwritable(Destination::from(labeled("2001:db8::/128", &[inner; 6])));
    }

    #[test]
    fn a_length_without_room_for_a_label_or_over_an_address_is_wrong() {
        refused(Family::IPV4_LABELED, &[23, 0, 0, 1], 0);
        refused(Family::IPV4_LABELED, &[57, 0, 0, 1, 1, 2, 3, 4, 5], 0);
        refused(Family::IPV6_LABELED, &[16, 0, 1], 0);
    }

    #[test]
    fn a_labelled_prefix_is_shown_with_its_labels() {
        use alloc::string::ToString;
        let stack = [Label::new(100).unwrap(), Label::bottom(101).unwrap()];
        let of = labeled("192.0.2.0/24", &stack);
        assert_eq!(of.to_string(), "192.0.2.0/24 label 100/101");
    }
}

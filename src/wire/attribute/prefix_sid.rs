use core::{fmt, iter, net::Ipv6Addr};

use super::tlv::{check_all, checked_octets, octet_type};

checked_octets! {
    /// BGP Prefix-SID: the segment of a prefix, in MPLS (RFC 8669 §3) or SRv6
    /// (RFC 9252 §2).
    PrefixSid, PREFIX_SID
}

const LABEL_INDEX: u8 = 1;
const ORIGINATOR_SRGB: u8 = 3;
const L3_SERVICE: u8 = 5;
const L2_SERVICE: u8 = 6;
const SID_INFORMATION: u8 = 1;
const SID_STRUCTURE: u8 = 1;

/// One TLV of a [`PrefixSid`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum PrefixSidTlv<'a> {
    /// Where the prefix is in the label block (RFC 8669 §3.1).
    LabelIndex {
        /// Flags.
        flags: u16,
        /// The index.
        index: u32,
    },
    /// The label blocks of the originator (RFC 8669 §3.2).
    OriginatorSrgb(SrgbRanges<'a>),
    /// The SIDs of an SRv6 service: layer 3 or layer 2 (RFC 9252 §2).
    Srv6Service {
        /// Layer 2.
        is_layer2: bool,
        /// The SIDs, with what else there is.
        sub_tlvs: Srv6SubTlvs<'a>,
    },
    /// Any other.
    Other {
        /// The type.
        kind: u8,
        /// The value.
        value: &'a [u8],
    },
}

/// Label blocks: first label and number of labels of each (RFC 8669 §3.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SrgbRanges<'a>(&'a [u8]);

#[expect(clippy::copy_iterator, reason = "a slice, taken along by its TLV")]
impl Iterator for SrgbRanges<'_> {
    type Item = (u32, u32);

    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    fn next(&mut self) -> Option<(u32, u32)> {
        let ([a, b, c, d, e, f], rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        let number = |a, b, c| u32::from_be_bytes([0, a, b, c]);
        Some((number(*a, *b, *c), number(*d, *e, *f)))
    }
}

/// The sub-TLVs of an SRv6 service TLV.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Srv6SubTlvs<'a>(&'a [u8]);

/// One sub-TLV of an SRv6 service TLV (RFC 9252 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Srv6SubTlv<'a> {
    /// A SID (RFC 9252 §3.1).
    Sid {
        /// The SID.
        sid: Ipv6Addr,
        /// Flags.
        flags: u8,
        /// The endpoint behavior.
        behavior: u16,
        /// How the SID is made up, if that is said.
        structure: Option<SidStructure>,
    },
    /// Any other.
    Other {
        /// The type.
        kind: u8,
        /// The value.
        value: &'a [u8],
    },
}

/// Lengths of the parts of a SID, in bits (RFC 9252 §3.2.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct SidStructure {
    /// Of the locator's block.
    pub block: u8,
    /// Of the locator's node.
    pub node: u8,
    /// Of the function.
    pub function: u8,
    /// Of the argument.
    pub argument: u8,
    /// Of what is found in the label field instead.
    pub transposed: u8,
    /// Where in the SID that belongs.
    pub transposition_offset: u8,
}

impl PrefixSid {
    /// Its TLVs.
    pub fn tlvs(&self) -> impl Iterator<Item = PrefixSidTlv<'_>> {
        let mut octets = self.octets();
        iter::from_fn(move || {
            let (kind, value, rest) = octet_type(octets)?;
            octets = rest;
            Some(tlv(kind, value))
        })
    }

    /// The label index, if there is one (RFC 8669 §3.1).
    pub fn label_index(&self) -> Option<u32> {
        self.tlvs().find_map(|tlv| match tlv {
            PrefixSidTlv::LabelIndex { index, .. } => Some(index),
            _ => None,
        })
    }
}

fn tlv(kind: u8, value: &[u8]) -> PrefixSidTlv<'_> {
    match (kind, value) {
        (LABEL_INDEX, &[_, high, low, a, b, c, d]) => PrefixSidTlv::LabelIndex {
            flags: u16::from_be_bytes([high, low]),
            index: u32::from_be_bytes([a, b, c, d]),
        },
        (ORIGINATOR_SRGB, [_, _, ranges @ ..]) => PrefixSidTlv::OriginatorSrgb(SrgbRanges(ranges)),
        (L3_SERVICE | L2_SERVICE, [_, sub_tlvs @ ..]) => PrefixSidTlv::Srv6Service {
            is_layer2: kind == L2_SERVICE,
            sub_tlvs: Srv6SubTlvs(sub_tlvs),
        },
        _ => PrefixSidTlv::Other { kind, value },
    }
}

#[expect(clippy::copy_iterator, reason = "a slice, taken along by its TLV")]
impl<'a> Iterator for Srv6SubTlvs<'a> {
    type Item = Srv6SubTlv<'a>;

    fn next(&mut self) -> Option<Srv6SubTlv<'a>> {
        let (kind, value, rest) = octet_type(self.0)?;
        self.0 = rest;
        let sid = if kind == SID_INFORMATION {
            sid(value)
        } else {
            None
        };
        Some(sid.unwrap_or(Srv6SubTlv::Other { kind, value }))
    }
}

fn sid(value: &[u8]) -> Option<Srv6SubTlv<'_>> {
    let ([_, sid @ .., flags, high, low, _], inner) = value.split_first_chunk::<21>()?;
    Some(Srv6SubTlv::Sid {
        sid: Ipv6Addr::from(*sid),
        flags: *flags,
        behavior: u16::from_be_bytes([*high, *low]),
        structure: structure(inner),
    })
}

fn structure(mut inner: &[u8]) -> Option<SidStructure> {
    while let Some((kind, value, rest)) = octet_type(inner) {
        if let (SID_STRUCTURE, &[block, node, function, argument, transposed, at]) = (kind, value) {
            return Some(SidStructure {
                block,
                node,
                function,
                argument,
                transposed,
                transposition_offset: at,
            });
        }
        inner = rest;
    }
    None
}

/// RFC 8669 §6, RFC 9252 §7.
pub(super) fn check(value: &[u8]) -> Result<(), usize> {
    if value.is_empty() {
        return Err(0);
    }
    check_all(value, 0, octet_type, |kind, value, at| match kind {
        LABEL_INDEX if value.len() != 7 => Err(at),
        ORIGINATOR_SRGB if value.len() < 8 || value.len() % 6 != 2 => Err(at),
        L3_SERVICE | L2_SERVICE => service(value, at),
        _ => Ok(()),
    })
}

/// Whether what [`check`] refuses has an SRv6 service TLV that is malformed,
/// without which the route cannot be forwarded along (RFC 9252 §7).
pub(super) fn has_bad_service(mut value: &[u8]) -> bool {
    while let Some((kind, tlv, rest)) = octet_type(value) {
        if is_service(kind) && service(tlv, 0).is_err() {
            return true;
        }
        value = rest;
    }
    // What is left is cut short.
    value.first().is_some_and(|kind| is_service(*kind))
}

const fn is_service(kind: u8) -> bool {
    matches!(kind, L3_SERVICE | L2_SERVICE)
}

fn service(value: &[u8], at: usize) -> Result<(), usize> {
    let (_, sub_tlvs) = value.split_first().ok_or(at)?;
    check_all(
        sub_tlvs,
        at.saturating_add(1),
        octet_type,
        |kind, value, at| {
            if kind != SID_INFORMATION {
                return Ok(());
            }
            let (_, inner) = value.split_at_checked(21).ok_or(at)?;
            check_all(inner, at.saturating_add(21), octet_type, |_, _, _| Ok(()))
        },
    )
}

impl fmt::Display for PrefixSid {
    /// As `label-index 7, srv6-l3 2001:db8:0:1::`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        self.tlvs().try_for_each(|tlv| {
            write!(f, "{between}{tlv}")?;
            between = ", ";
            Ok(())
        })
    }
}

impl fmt::Display for PrefixSidTlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::LabelIndex { index, .. } => write!(f, "label-index {index}"),
            Self::OriginatorSrgb(mut ranges) => {
                f.write_str("srgb")?;
                ranges.try_for_each(|(first, count)| write!(f, " {first}+{count}"))
            }
            Self::Srv6Service {
                is_layer2,
                mut sub_tlvs,
            } => {
                f.write_str(if is_layer2 { "srv6-l2" } else { "srv6-l3" })?;
                sub_tlvs.try_for_each(|tlv| write!(f, " {tlv}"))
            }
            Self::Other { kind, value } => write!(f, "tlv {kind} ({} octets)", value.len()),
        }
    }
}

impl fmt::Display for Srv6SubTlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sid { sid, .. } => fmt::Display::fmt(sid, f),
            Self::Other { kind, value } => write!(f, "sub-tlv {kind} ({} octets)", value.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec, vec::Vec};

    use super::*;

    fn srv6() -> Vec<u8> {
        let mut value = vec![5, 0, 34, 0, 1, 0, 30, 0];
        value.extend(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 0).octets());
        value.extend([0, 0, 19, 0, 1, 0, 6, 40, 24, 16, 0, 16, 64]);
        value
    }

    #[test]
    fn label_index_and_label_blocks_are_read() {
        let value = [
            1, 0, 7, 0, 0, 0, 0, 0, 0, 7, 3, 0, 8, 0, 0, 0, 0x3e, 0x80, 0, 0x1f, 0x40, 9, 0, 0,
        ];
        let sid = PrefixSid::decode(&value).unwrap();
        assert_eq!(
            sid.to_string(),
            "label-index 7, srgb 16000+8000, tlv 9 (0 octets)"
        );
        assert_eq!(sid.label_index(), Some(7));
        let mut out = Vec::new();
        sid.encode(&mut out).unwrap();
        assert_eq!(out, value);
        for end in 0..value.len() {
            assert_eq!(
                PrefixSid::decode(&value[..end]).is_ok(),
                [10, 21].contains(&end)
            );
        }
    }

    #[test]
    fn an_srv6_sid_is_read_with_its_structure() {
        let sid = PrefixSid::decode(&srv6()).unwrap();
        assert_eq!(sid.to_string(), "srv6-l3 2001:db8:0:1::");
        let Some(PrefixSidTlv::Srv6Service { mut sub_tlvs, .. }) = sid.tlvs().next() else {
            panic!("an SRv6 service");
        };
        let Some(Srv6SubTlv::Sid {
            behavior,
            structure,
            ..
        }) = sub_tlvs.next()
        else {
            panic!("a SID");
        };
        assert_eq!((behavior, structure.unwrap().function), (19, 16));
        for end in 0..srv6().len() {
            assert!(PrefixSid::decode(&srv6()[..end]).is_err());
        }
    }

    #[test]
    fn a_malformed_service_is_told_from_other_faults() {
        let whole = srv6();
        for end in 1..whole.len() {
            assert!(has_bad_service(&whole[..end]), "{end}");
        }
        assert!(!has_bad_service(&[1, 0, 0]) && !has_bad_service(&[3, 0, 9, 0]));
        assert!(!has_bad_service(&[[1, 0, 0].as_slice(), &whole].concat()));
        assert!(has_bad_service(&[1, 0, 0, 6, 0, 0]));
    }

    #[test]
    fn a_wrong_length_is_found_where_it_is() {
        assert_eq!(PrefixSid::decode(&[1, 0, 0]), Err(3));
        assert_eq!(PrefixSid::decode(&[5, 0, 0]), Err(3));
        assert_eq!(PrefixSid::decode(&[3, 0, 2, 0, 0]), Err(3));
        assert_eq!(PrefixSid::decode(&[9, 0, 0, 9, 0, 1]), Err(3));
        assert_eq!(PrefixSid::decode(&[6, 0, 4, 0, 1, 0, 0]), Err(7));
        let mut long = srv6();
        long[30] = 7;
        assert_eq!(PrefixSid::decode(&long), Err(28));
    }
}

//! Many prefixes with one attribute set to the fewest messages.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    encode::{check_mandatory, mp_attribute, write},
    mp,
};
use crate::{
    types::{Family, NextHop},
    wire::{
        AttributeCode, AttributeSet, Context, EncodeError, Nlri, attribute::encode as attribute,
        frame::HEADER_LEN, nlri,
    },
};

/// Appends the UPDATEs that announce `list` with `attributes`, as few as the
/// session's message length allows.
///
/// The next hop is taken from `attributes`. IPv4 unicast goes out in the
/// classic fields with NEXT_HOP, IPv6 unicast in MP_REACH_NLRI. One message
/// carries nothing but these routes (RFC 7606 §5.1).
///
/// # Errors
/// If the attributes or a prefix cannot be written, or one prefix with them is
/// over the session's limit; `out` is then unchanged.
pub fn pack_reach(
    context: &Context,
    family: Family,
    attributes: &AttributeSet,
    list: &[Nlri],
    out: &mut Vec<Bytes>,
) -> Result<(), EncodeError> {
    check_mandatory(attributes)?;
    let next_hop = attributes.next_hop.ok_or(EncodeError::NextHop { family })?;
    let mut block = Vec::new();
    if family == Family::IPV4_UNICAST {
        let NextHop::V4(_) = next_hop else {
            return Err(EncodeError::NextHop { family });
        };
        attribute::attributes(attributes, context, Some(next_hop), &mut block)?;
        return pack(context, family, list, block.len(), out, |message, nlri| {
            write(context, &[], &block, message, |out| {
                out.extend_from_slice(nlri);
                Ok(())
            })
        });
    }
    attribute::attributes(attributes, context, None, &mut block)?;
    let mut head = Vec::new();
    mp::encode_reach_head(family, next_hop, &mut head)?;
    let fixed = block.len().saturating_add(head.len()).saturating_add(MP);
    pack(context, family, list, fixed, out, |message, nlri| {
        let mut all = Vec::with_capacity(fixed.saturating_add(nlri.len()));
        let value = [&head[..], nlri].concat();
        mp_attribute(AttributeCode::MP_REACH_NLRI, &value, &mut all)?;
        all.extend_from_slice(&block);
        write(context, &[], &all, message, |_| Ok(()))
    })
}

/// Appends the UPDATEs that withdraw `list`, as few as the session's message
/// length allows: IPv4 unicast in the classic field, else in MP_UNREACH_NLRI.
///
/// # Errors
/// If a prefix cannot be written; `out` is then unchanged.
pub fn pack_unreach(
    context: &Context,
    family: Family,
    list: &[Nlri],
    out: &mut Vec<Bytes>,
) -> Result<(), EncodeError> {
    if family == Family::IPV4_UNICAST {
        return pack(context, family, list, 0, out, |message, nlri| {
            write(context, nlri, &[], message, |_| Ok(()))
        });
    }
    let mut head = Vec::new();
    mp::encode_family(family, &mut head);
    let fixed = head.len().saturating_add(MP);
    pack(context, family, list, fixed, out, |message, nlri| {
        let mut all = Vec::with_capacity(fixed.saturating_add(nlri.len()));
        let value = [&head[..], nlri].concat();
        mp_attribute(AttributeCode::MP_UNREACH_NLRI, &value, &mut all)?;
        write(context, &[], &all, message, |_| Ok(()))
    })
}

/// Fills message after message; `fixed` octets of each are taken beside the
/// NLRI, the header and the two length fields.
fn pack(
    context: &Context,
    family: Family,
    list: &[Nlri],
    fixed: usize,
    out: &mut Vec<Bytes>,
    message: impl Fn(&mut Vec<u8>, &[u8]) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let before = out.len();
    let result = fill(context, family, list, fixed, |nlri| {
        let length = FIELDS.saturating_add(fixed).saturating_add(nlri.len());
        let mut octets = Vec::with_capacity(length);
        message(&mut octets, nlri)?;
        out.push(Bytes::from(octets));
        Ok(())
    });
    if result.is_err() {
        out.truncate(before);
    }
    result
}

fn fill(
    context: &Context,
    family: Family,
    list: &[Nlri],
    fixed: usize,
    mut flush: impl FnMut(&[u8]) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let max = context.max_message_len;
    let room = max.saturating_sub(FIELDS).saturating_sub(fixed);
    let mut nlri = Vec::with_capacity(room.min(list.len().saturating_mul(17)));
    for of in list {
        let length = nlri::wire_len(of.prefix);
        if length > room {
            return Err(EncodeError::TooLong { max });
        }
        if nlri.len().saturating_add(length) > room {
            flush(&nlri)?;
            nlri.clear();
        }
        nlri::encode(*of, family, &mut nlri)?;
    }
    if nlri.is_empty() {
        Ok(())
    } else {
        flush(&nlri)
    }
}

/// Header, Withdrawn Routes Length, Total Attribute Length.
const FIELDS: usize = HEADER_LEN + 4;
/// Flags, code and extended length of an MP attribute.
const MP: usize = 4;

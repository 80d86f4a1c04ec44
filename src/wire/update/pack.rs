//! Many prefixes with one attribute set to the fewest messages.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    AttributeBlock,
    block::{FIELDS, MP, mp_value},
    encode::counted,
    mp,
};
use crate::{
    types::Family,
    wire::{
        AttributeCode, AttributeSet, Context, EncodeError, MessageType, Nlri, frame, nlri::list,
    },
};

/// Appends the UPDATEs that announce `list` with `attributes`, as few as the
/// session's message length allows.
///
/// The next hop is taken from `attributes`. IPv4 unicast goes out in the
/// classic fields with NEXT_HOP, or in MP_REACH_NLRI if its next hop is an IPv6
/// address; other families go in MP_REACH_NLRI. One message carries nothing but
/// these routes (RFC 7606 §5.1). For many lists with one set see
/// [`AttributeBlock`].
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
    AttributeBlock::new(attributes, family, context)?.pack(list, context, out)
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
    let fixed = unreach_fixed(family);
    pack(context, family, list, fixed, out, |message, nlri| {
        write_unreach(family, nlri, context, message)
    })
}

/// Octets of a withdrawal beside NLRI, the header and the two length fields.
fn unreach_fixed(family: Family) -> usize {
    if family == Family::IPV4_UNICAST {
        return 0;
    }
    mp::FAMILY.saturating_add(MP)
}

/// Octets of NLRI that one withdrawal has room for.
pub(crate) fn unreach_room(family: Family, context: &Context) -> usize {
    let max = context.max_message_len.min(frame::EXTENDED_LEN);
    max.saturating_sub(FIELDS)
        .saturating_sub(unreach_fixed(family))
}

/// Appends one UPDATE that withdraws NLRI as they go on the wire.
///
/// # Errors
/// If they have no [room](unreach_room); `out` is then unchanged.
pub(crate) fn write_unreach(
    family: Family,
    nlri: &[u8],
    context: &Context,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let max = context.max_message_len;
    frame::write(MessageType::UPDATE, max, out, |out| {
        if family == Family::IPV4_UNICAST {
            counted(max, out, |out| {
                out.extend_from_slice(nlri);
                Ok(())
            })?;
            out.extend_from_slice(&[0, 0]);
            return Ok(());
        }
        out.extend_from_slice(&[0, 0]);
        counted(max, out, |out| {
            let [high, low] = family.afi.0.to_be_bytes();
            let head = [high, low, family.safi.0];
            mp_value(AttributeCode::MP_UNREACH_NLRI, &head, nlri, out)
        })
    })
}

/// Fills message after message; `fixed` octets of each are taken beside the
/// NLRI, the header and the two length fields.
pub(super) fn pack(
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
    let max = context.max_message_len.min(frame::EXTENDED_LEN);
    let room = max.saturating_sub(FIELDS).saturating_sub(fixed);
    let with_path_ids = context.sends_path_ids(family);
    let mut nlri = Vec::with_capacity(room.min(list.len().saturating_mul(LONGEST)));
    for of in list {
        if of.path_id.is_some() != with_path_ids {
            return Err(EncodeError::PathId { family });
        }
        let length = list::wire_len(*of);
        if length > room {
            return Err(EncodeError::TooLong { max });
        }
        if nlri.len().saturating_add(length) > room {
            flush(&nlri)?;
            nlri.clear();
        }
        list::write(*of, family, &mut nlri)?;
    }
    if nlri.is_empty() {
        Ok(())
    } else {
        flush(&nlri)
    }
}

/// Octets of a path identifier and an IPv6 address with its length.
const LONGEST: usize = 21;

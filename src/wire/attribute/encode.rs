//! Fields to attribute values: canonical form, ascending code.

use alloc::vec::Vec;

use super::{path, spec};
use crate::{
    types::{Asn, NextHop, PeerType},
    wire::{
        Aggregator, AttributeCode, AttributeFlags, AttributeSet, Context, EncodeError, Origin,
        RawAttribute,
    },
};

/// Appends the attributes of `set` by ascending code, NEXT_HOP only if
/// `with_next_hop`.
///
/// What an external peer must not be sent is left out (RFC 4271 §5.1.5,
/// RFC 4456 §8).
pub(in crate::wire) fn attributes(
    set: &AttributeSet,
    context: &Context,
    next_hop: Option<NextHop>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut blocks = known(set, context, next_hop)?;
    for raw in &set.other {
        check_raw(raw, context)?;
        blocks.push(Block {
            code: raw.code,
            flags: raw.flags,
            value: raw.value.to_vec(),
        });
    }
    blocks.sort_by_key(|block| block.code);
    let mut last = None;
    for block in &blocks {
        if last.replace(block.code) == Some(block.code) {
            return Err(EncodeError::Attribute { code: block.code });
        }
        attribute(block.code, block.flags, &block.value, out)?;
    }
    Ok(())
}

/// Appends one attribute, with an extended length if it needs or asks for it.
pub(in crate::wire) fn attribute(
    code: AttributeCode,
    flags: AttributeFlags,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match u8::try_from(value.len()) {
        Ok(length) if !flags.contains(AttributeFlags::EXTENDED_LENGTH) => {
            out.extend_from_slice(&[flags.bits(), code.0, length]);
        }
        _ => {
            let length = u16::try_from(value.len()).map_err(|_| EncodeError::Attribute { code })?;
            let flags = flags | AttributeFlags::EXTENDED_LENGTH;
            out.extend_from_slice(&[flags.bits(), code.0]);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
    out.extend_from_slice(value);
    Ok(())
}

struct Block {
    code: AttributeCode,
    flags: AttributeFlags,
    value: Vec<u8>,
}

impl Block {
    fn new(code: AttributeCode, value: impl Into<Vec<u8>>) -> Self {
        let flags = spec::of(code).map_or(AttributeFlags::OPTIONAL, |spec| spec.category.flags());
        let value = value.into();
        Self { code, flags, value }
    }
}

fn known(
    set: &AttributeSet,
    context: &Context,
    next_hop: Option<NextHop>,
) -> Result<Vec<Block>, EncodeError> {
    let mut blocks = Vec::with_capacity(8);
    if let Some(origin) = set.origin {
        let value = match origin {
            Origin::Igp => 0,
            Origin::Egp => 1,
            Origin::Incomplete => 2,
        };
        blocks.push(Block::new(AttributeCode::ORIGIN, [value]));
    }
    as_path(set, context, &mut blocks)?;
    if let Some(NextHop::V4(addr)) = next_hop {
        if !super::super::update::mp::is_host_v4(addr) {
            let code = AttributeCode::NEXT_HOP;
            return Err(EncodeError::Attribute { code });
        }
        blocks.push(Block::new(AttributeCode::NEXT_HOP, addr.octets()));
    }
    if let Some(med) = set.med {
        blocks.push(Block::new(
            AttributeCode::MULTI_EXIT_DISC,
            med.to_be_bytes(),
        ));
    }
    if set.atomic_aggregate {
        blocks.push(Block::new(AttributeCode::ATOMIC_AGGREGATE, []));
    }
    if let Some(of) = set.aggregator {
        aggregator(of, context, &mut blocks)?;
    }
    list(
        AttributeCode::COMMUNITIES,
        set.communities.iter().map(|community| community.0),
        &mut blocks,
    );
    if context.peer_type == PeerType::Internal {
        internal(set, &mut blocks);
    }
    Ok(blocks)
}

fn internal(set: &AttributeSet, blocks: &mut Vec<Block>) {
    if let Some(local_pref) = set.local_pref {
        blocks.push(Block::new(
            AttributeCode::LOCAL_PREF,
            local_pref.to_be_bytes(),
        ));
    }
    if let Some(id) = set.originator_id {
        blocks.push(Block::new(AttributeCode::ORIGINATOR_ID, id.0.to_be_bytes()));
    }
    list(
        AttributeCode::CLUSTER_LIST,
        set.cluster_list.iter().map(|id| id.0),
        blocks,
    );
}

fn as_path(
    set: &AttributeSet,
    context: &Context,
    blocks: &mut Vec<Block>,
) -> Result<(), EncodeError> {
    let Some(as_path) = &set.as_path else {
        return Ok(());
    };
    let external = context.peer_type == PeerType::External;
    let refused = as_path.contains(Asn::ZERO)
        || external && as_path.segments.iter().any(|of| of.kind.is_confed());
    if refused {
        let code = AttributeCode::AS_PATH;
        return Err(EncodeError::Attribute { code });
    }
    let mut value = Vec::new();
    path::encode(&as_path.segments, context.four_octet_as, &mut value);
    blocks.push(Block::new(AttributeCode::AS_PATH, value));
    if !context.four_octet_as && path::needs_as4(as_path) {
        let mut value = Vec::new();
        path::encode(path::as4_segments(as_path), true, &mut value);
        blocks.push(Block::new(AttributeCode::AS4_PATH, value));
    }
    Ok(())
}

fn aggregator(
    of: Aggregator,
    context: &Context,
    blocks: &mut Vec<Block>,
) -> Result<(), EncodeError> {
    if of.asn == Asn::ZERO {
        let code = AttributeCode::AGGREGATOR;
        return Err(EncodeError::Attribute { code });
    }
    let id = of.router_id.octets();
    let wide = [&of.asn.0.to_be_bytes()[..], &id].concat();
    if context.four_octet_as {
        blocks.push(Block::new(AttributeCode::AGGREGATOR, wide));
        return Ok(());
    }
    let narrow = [&of.asn.to_two_octet().to_be_bytes()[..], &id].concat();
    blocks.push(Block::new(AttributeCode::AGGREGATOR, narrow));
    if !of.asn.is_two_octet() {
        blocks.push(Block::new(AttributeCode::AS4_AGGREGATOR, wide));
    }
    Ok(())
}

fn list(code: AttributeCode, numbers: impl ExactSizeIterator<Item = u32>, blocks: &mut Vec<Block>) {
    if numbers.len() != 0 {
        let value: Vec<u8> = numbers.flat_map(u32::to_be_bytes).collect();
        blocks.push(Block::new(code, value));
    }
}

/// A raw attribute may go out if it would come in again as it is.
fn check_raw(raw: &RawAttribute, context: &Context) -> Result<(), EncodeError> {
    let code = raw.code;
    let fine = match spec::of(code) {
        None => raw.flags.contains(AttributeFlags::OPTIONAL),
        Some(spec) => spec.is_raw() && spec.check(raw.flags, raw.value.len(), context).is_ok(),
    };
    if fine {
        Ok(())
    } else {
        Err(EncodeError::Attribute { code })
    }
}

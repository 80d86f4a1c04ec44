use alloc::vec::Vec;

use super::Update;
use crate::{
    types::{Afi, Family, NextHop},
    wire::{
        AttributeCode, AttributeFlags, AttributeSet, Context, EncodeError, MessageType, NlriList,
        attribute::encode as attribute, frame, nlri::Shape,
    },
};

impl Update {
    /// Appends the message in canonical form: MP attributes first, then the
    /// others by ascending code (RFC 7606 §5.1).
    #[inline]
    pub(in crate::wire) fn encode(
        &self,
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let next_hop = self.check(context)?;
        let max = context.max_message_len;
        let octets = [&self.withdrawn, &self.announced].map(|list| list.octets().len());
        out.reserve(octets.iter().sum::<usize>().saturating_add(USUAL));
        frame::write(MessageType::UPDATE, max, out, |out| {
            if self.withdrawn.is_empty() {
                out.extend_from_slice(&[0, 0]);
            } else {
                counted(max, out, |out| {
                    out.extend_from_slice(self.withdrawn.octets());
                    Ok(())
                })?;
            }
            counted(max, out, |out| {
                if let Some(reach) = &self.mp_reach {
                    mp_attribute(AttributeCode::MP_REACH_NLRI, out, |out| reach.write(out))?;
                }
                if let Some(unreach) = &self.mp_unreach {
                    mp_attribute(AttributeCode::MP_UNREACH_NLRI, out, |out| {
                        unreach.write(out);
                        Ok(())
                    })?;
                }
                attribute::attributes(&self.attributes, context, next_hop, out)
            })?;
            out.extend_from_slice(self.announced.octets());
            Ok(())
        })
    }

    /// Whether the parts go together; NEXT_HOP, if there is one.
    fn check(&self, context: &Context) -> Result<Option<core::net::Ipv4Addr>, EncodeError> {
        let family = Family::IPV4_UNICAST;
        let next_hop = match self.attributes.next_hop {
            None => None,
            Some(NextHop::V4(addr)) => Some(addr),
            Some(NextHop::V6 { .. }) => return Err(EncodeError::NextHop { family }),
        };
        for list in [&self.withdrawn, &self.announced] {
            if list.family() != family {
                return Err(EncodeError::Nlri { family });
            }
            check_path_ids(list, context)?;
        }
        if !self.announced.is_empty() && next_hop.is_none() {
            let code = AttributeCode::NEXT_HOP;
            return Err(EncodeError::Missing { code });
        }
        if let Some(unreach) = &self.mp_unreach {
            check_path_ids(&unreach.nlri, context)?;
        }
        if let Some(reach) = &self.mp_reach {
            check_path_ids(&reach.nlri, context)?;
            check_next_hop(reach.nlri.family(), reach.next_hop, context)?;
        }
        if self.announces() {
            check_mandatory(&self.attributes)?;
        }
        Ok(next_hop)
    }
}

fn check_path_ids(list: &NlriList, context: &Context) -> Result<(), EncodeError> {
    let family = list.family();
    if list.is_empty() || list.has_path_ids() == context.sends_path_ids(family) {
        Ok(())
    } else {
        Err(EncodeError::PathId { family })
    }
}

/// An IPv6 next hop for IPv4 routes takes an agreement (RFC 8950 §4).
pub(super) fn check_next_hop(
    family: Family,
    next_hop: Option<NextHop>,
    context: &Context,
) -> Result<(), EncodeError> {
    let forwards = matches!(
        Shape::of(family),
        Shape::Prefix | Shape::Labeled | Shape::Vpn
    );
    let crosses =
        forwards && family.afi == Afi::IPV4 && matches!(next_hop, Some(NextHop::V6 { .. }));
    if crosses && !context.extended_next_hop.contains(&family) {
        return Err(EncodeError::NextHop { family });
    }
    Ok(())
}

/// ORIGIN and AS_PATH go with every announced route (RFC 4271 §5).
pub(super) fn check_mandatory(attributes: &AttributeSet) -> Result<(), EncodeError> {
    let missing = |code| Err(EncodeError::Missing { code });
    if attributes.origin.is_none() {
        return missing(AttributeCode::ORIGIN);
    }
    if attributes.as_path.is_none() {
        return missing(AttributeCode::AS_PATH);
    }
    Ok(())
}

/// Appends what `write` appends, after its length in two octets.
#[inline]
pub(super) fn counted(
    max: usize,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let at = out.len();
    out.extend_from_slice(&[0, 0]);
    write(out)?;
    let length = out.len().saturating_sub(at).saturating_sub(2);
    let length = u16::try_from(length).map_err(|_| EncodeError::TooLong { max })?;
    if let Some(field) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = length.to_be_bytes();
    }
    Ok(())
}

/// Appends one MP attribute with the value that `write` appends.
fn mp_attribute(
    code: AttributeCode,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    // Most lists of routes are long, and a length of two octets is always good.
    let flags = MP_FLAGS | AttributeFlags::EXTENDED_LENGTH;
    let at = out.len();
    attribute::head(code, flags, 0, out)?;
    write(out)?;
    let value = at.saturating_add(4);
    let length = out.len().saturating_sub(value);
    let length = u16::try_from(length).map_err(|_| EncodeError::Attribute { code })?;
    let [high, low] = length.to_be_bytes();
    let head = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut);
    match head {
        // Canonical is the shortest: the value moves up by one.
        Some([flags, _, short, _]) if high == 0 => {
            *flags = MP_FLAGS.bits();
            *short = low;
            out.copy_within(value.., value.saturating_sub(1));
            out.pop();
        }
        Some([_, _, wide @ ..]) => *wide = length.to_be_bytes(),
        None => {}
    }
    Ok(())
}

pub(super) const MP_FLAGS: AttributeFlags = AttributeFlags::OPTIONAL;
/// Octets that header and attributes mostly take.
const USUAL: usize = 256;

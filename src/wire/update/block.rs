use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    encode::{MP_FLAGS, check_mandatory, check_next_hop, counted},
    mp,
};
use crate::{
    types::{Family, NextHop},
    wire::{
        AttributeCode, AttributeSet, Context, EncodeError, MessageType, Nlri, NlriList,
        attribute::encode as attribute,
        frame::{self, HEADER_LEN},
        nlri::Shape,
    },
};

/// An attribute set as the octets that announce routes of one family with it.
///
/// Made once, it announces any number of routes at the cost of copying: a
/// reflector keeps one beside each set and each kind of neighbour.
///
/// ```
/// use bgpwright::{
///     types::{AsPath, Family, NextHop, Prefix},
///     wire::{AttributeBlock, AttributeSet, Context, NlriList, Origin},
/// };
///
/// let set = AttributeSet {
///     origin: Some(Origin::Igp),
///     as_path: Some("65001".parse()?),
///     next_hop: Some(NextHop::V4("192.0.2.1".parse()?)),
///     ..AttributeSet::default()
/// };
/// let context = Context::default();
/// let family = Family::IPV4_UNICAST;
/// let block = AttributeBlock::new(&set, family, &context)?;
/// let pods = NlriList::collect(family, ["10.244.1.0/26".parse::<Prefix>()?])?;
/// let mut out = Vec::new();
/// block.encode(&pods, &context, &mut out)?;
/// assert_eq!(out.len(), 46);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributeBlock {
    family: Family,
    /// AFI, SAFI and next hop of MP_REACH_NLRI; empty if the family goes in the
    /// classic fields.
    reach: Vec<u8>,
    /// All other attributes.
    attributes: Vec<u8>,
}

impl AttributeBlock {
    /// Writes `set` for routes of `family` on sessions that agreed as `context`
    /// says.
    ///
    /// IPv4 unicast goes in the classic fields with NEXT_HOP, or in
    /// MP_REACH_NLRI if its next hop is an IPv6 address and the session agreed
    /// on that (RFC 8950 §4); every other family goes in MP_REACH_NLRI.
    ///
    /// # Errors
    /// If an attribute cannot be written, a mandatory one is missing, or the
    /// next hop is none of this family.
    pub fn new(set: &AttributeSet, family: Family, context: &Context) -> Result<Self, EncodeError> {
        check_mandatory(set)?;
        // Such a list has the next hop in it, and goes out in an `Update`.
        if Shape::of(family) == Shape::Opaque {
            return Err(EncodeError::Nlri { family });
        }
        check_next_hop(family, set.next_hop, context)?;
        let (mut reach, mut attributes) = (Vec::new(), Vec::new());
        let classic = match set.next_hop {
            Some(NextHop::V4(addr)) if family == Family::IPV4_UNICAST => Some(addr),
            next_hop => {
                mp::write_reach_head(family, next_hop, &mut reach)?;
                None
            }
        };
        attribute::attributes(set, context, classic, &mut attributes)?;
        Ok(Self {
            family,
            reach,
            attributes,
        })
    }

    /// Appends one UPDATE that announces the routes of `list`.
    ///
    /// # Errors
    /// If the list is not of the block's family, has path identifiers and the
    /// session has none, or the reverse, or the message is over the session's
    /// limit; `out` is then unchanged.
    pub fn encode(
        &self,
        list: &NlriList,
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let family = self.family;
        if list.family() != family {
            return Err(EncodeError::Nlri { family });
        }
        if list.has_path_ids() != context.sends_path_ids(family) {
            return Err(EncodeError::PathId { family });
        }
        self.write(list.octets(), context, out)
    }

    /// Appends the UPDATEs that announce `list`, as few as the session's
    /// message length allows.
    ///
    /// # Errors
    /// If a prefix cannot be written, or one prefix with the attributes is over
    /// the session's limit; `out` is then unchanged.
    pub fn pack(
        &self,
        list: &[Nlri],
        context: &Context,
        out: &mut Vec<Bytes>,
    ) -> Result<(), EncodeError> {
        let fixed = self.fixed(context.max_message_len);
        super::pack::pack(context, self.family, list, fixed, out, |message, nlri| {
            self.write(nlri, context, message)
        })
    }

    /// Octets of NLRI that one message has room for.
    pub(crate) fn room(&self, context: &Context) -> usize {
        let max = context.max_message_len.min(frame::EXTENDED_LEN);
        max.saturating_sub(FIELDS).saturating_sub(self.fixed(max))
    }

    /// Octets of a message beside NLRI, header and the two length fields: at
    /// most, as the length of MP_REACH_NLRI takes one octet or two.
    fn fixed(&self, max: usize) -> usize {
        if self.reach.is_empty() {
            return self.attributes.len();
        }
        let others = FIELDS.saturating_add(self.attributes.len());
        // Where no more fits, one octet is always enough.
        let room = max.saturating_sub(others).saturating_sub(3);
        let head = if room <= 255 { 3 } else { MP };
        self.reach
            .len()
            .saturating_add(head)
            .saturating_add(self.attributes.len())
    }

    /// Appends one UPDATE with NLRI as they go on the wire, of the block's family.
    ///
    /// # Errors
    /// If they have no [room](Self::room); `out` is then unchanged.
    #[inline]
    pub(crate) fn write(
        &self,
        nlri: &[u8],
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let max = context.max_message_len;
        let length = self.fixed(max).saturating_add(nlri.len());
        out.reserve(length.saturating_add(FIELDS));
        frame::write(MessageType::UPDATE, max, out, |out| {
            out.extend_from_slice(&[0, 0]);
            if self.reach.is_empty() {
                counted(max, out, |out| {
                    out.extend_from_slice(&self.attributes);
                    Ok(())
                })?;
                out.extend_from_slice(nlri);
                return Ok(());
            }
            counted(max, out, |out| {
                mp_value(AttributeCode::MP_REACH_NLRI, &self.reach, nlri, out)?;
                out.extend_from_slice(&self.attributes);
                Ok(())
            })
        })
    }
}

/// Appends an MP attribute of these two parts.
pub(super) fn mp_value(
    code: AttributeCode,
    head: &[u8],
    nlri: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let length = head.len().saturating_add(nlri.len());
    attribute::head(code, MP_FLAGS, length, out)?;
    out.extend_from_slice(head);
    out.extend_from_slice(nlri);
    Ok(())
}

/// Header, Withdrawn Routes Length, Total Attribute Length.
pub(super) const FIELDS: usize = HEADER_LEN + 4;
/// Flags, code and extended length of an MP attribute.
pub(super) const MP: usize = 4;

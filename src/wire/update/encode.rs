use alloc::vec::Vec;

use super::{MpReach, MpUnreach, Update, mp};
use crate::{
    types::Family,
    wire::{
        AttributeCode, AttributeFlags, AttributeSet, Context, EncodeError, MessageType, NlriList,
        attribute::encode as attribute, frame, nlri,
    },
};

impl Update {
    /// Appends the message in canonical form: MP attributes first, then the
    /// others by ascending code (RFC 7606 §5.1).
    pub(in crate::wire) fn encode(
        &self,
        context: &Context,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        self.check()?;
        let mut withdrawn = Vec::new();
        mp::encode_prefixes(&self.withdrawn, Family::IPV4_UNICAST, &mut withdrawn)?;
        let mut attributes = Vec::new();
        if let Some(reach) = &self.mp_reach {
            encode_reach(reach, &mut attributes)?;
        }
        if let Some(unreach) = &self.mp_unreach {
            encode_unreach(unreach, &mut attributes)?;
        }
        let next_hop = self.attributes.next_hop;
        attribute::attributes(&self.attributes, context, next_hop, &mut attributes)?;
        write(context, &withdrawn, &attributes, out, |out| {
            let family = Family::IPV4_UNICAST;
            let mut list = self.announced.iter();
            list.try_for_each(|of| nlri::encode(*of, family, out))
        })
    }

    fn check(&self) -> Result<(), EncodeError> {
        let family = Family::IPV4_UNICAST;
        let classic = matches!(
            self.attributes.next_hop,
            None | Some(crate::types::NextHop::V4(_))
        );
        if !classic {
            return Err(EncodeError::NextHop { family });
        }
        if !self.announced.is_empty() && self.attributes.next_hop.is_none() {
            let code = AttributeCode::NEXT_HOP;
            return Err(EncodeError::Missing { code });
        }
        if self.announces() {
            check_mandatory(&self.attributes)?;
        }
        Ok(())
    }
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

/// Appends an UPDATE of these two fields and the NLRI that `announced` writes.
pub(super) fn write(
    context: &Context,
    withdrawn: &[u8],
    attributes: &[u8],
    out: &mut Vec<u8>,
    announced: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let max = context.max_message_len;
    let length = |field: &[u8]| {
        let length = u16::try_from(field.len());
        length.map(u16::to_be_bytes)
    };
    let too_long = |_| EncodeError::TooLong { max };
    frame::write(MessageType::UPDATE, max, out, |out| {
        for field in [withdrawn, attributes] {
            out.extend_from_slice(&length(field).map_err(too_long)?);
            out.extend_from_slice(field);
        }
        announced(out)
    })
}

/// Appends one MP attribute.
pub(super) fn mp_attribute(
    code: AttributeCode,
    value: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    attribute::attribute(code, AttributeFlags::OPTIONAL, value, out)
}

fn encode_reach(reach: &MpReach, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let family = reach.family;
    let mut value = Vec::new();
    match (&reach.nlri, reach.next_hop) {
        (NlriList::Prefixes(list), Some(next_hop)) => {
            mp::encode_reach_head(family, next_hop, &mut value)?;
            mp::encode_prefixes(list, family, &mut value)?;
        }
        (NlriList::Opaque(octets), None) if !mp::is_known(family) && octets.len() >= 2 => {
            mp::encode_family(family, &mut value);
            value.extend_from_slice(octets);
        }
        (NlriList::Prefixes(_), None) | (NlriList::Opaque(_), Some(_)) => {
            return Err(EncodeError::NextHop { family });
        }
        (NlriList::Opaque(_), None) => return Err(EncodeError::Nlri { family }),
    }
    mp_attribute(AttributeCode::MP_REACH_NLRI, &value, out)
}

fn encode_unreach(unreach: &MpUnreach, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let family = unreach.family;
    let mut value = Vec::new();
    mp::encode_family(family, &mut value);
    match &unreach.nlri {
        NlriList::Prefixes(list) => mp::encode_prefixes(list, family, &mut value)?,
        NlriList::Opaque(octets) if !mp::is_known(family) => value.extend_from_slice(octets),
        NlriList::Opaque(_) => return Err(EncodeError::Nlri { family }),
    }
    mp_attribute(AttributeCode::MP_UNREACH_NLRI, &value, out)
}

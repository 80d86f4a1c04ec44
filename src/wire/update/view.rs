use core::ops::Range;

use nom::{
    IResult, Parser,
    bytes::complete::take,
    combinator::rest,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

use crate::{
    types::Afi,
    wire::{
        AttributeCode, AttributeFlags, DecodeError, Fault, FaultKind, Frame, Treatment,
        frame::HEADER_LEN, nlri::Prefixes,
    },
};

/// An UPDATE that is still octets: its three fields are located, and read as
/// they are walked.
///
/// The announced prefixes are found by Total Attribute Length, before and
/// whatever the attributes say (RFC 7606 §3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpdateView<'a> {
    withdrawn: &'a [u8],
    attributes: &'a [u8],
    announced: &'a [u8],
}

impl<'a> UpdateView<'a> {
    /// Locates the fields of the UPDATE in `frame`.
    ///
    /// # Errors
    /// [`DecodeError::UpdateLengths`] if the two lengths do not fit into the
    /// message, [`DecodeError::MessageType`] if it is no UPDATE.
    pub fn new(frame: Frame<'a>) -> Result<Self, DecodeError> {
        let kind = frame.kind;
        if kind != crate::wire::MessageType::UPDATE {
            return Err(DecodeError::MessageType { kind });
        }
        let (_, (withdrawn, attributes, announced)) =
            fields(frame.body).map_err(|_| DecodeError::UpdateLengths)?;
        Ok(Self {
            withdrawn,
            attributes,
            announced,
        })
    }

    /// Withdrawn Routes: IPv4 unicast.
    pub fn withdrawn(&self) -> Prefixes<'a> {
        Prefixes::new(self.withdrawn, Afi::IPV4, WITHDRAWN, None)
    }

    /// NLRI: IPv4 unicast.
    pub fn announced(&self) -> Prefixes<'a> {
        let offset = self
            .attributes_offset()
            .saturating_add(self.attributes.len());
        Prefixes::new(self.announced, Afi::IPV4, offset, None)
    }

    /// The path attributes in the order of the wire, unread.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.attributes,
            offset: self.attributes_offset(),
        }
    }

    /// Octets of the message before the first attribute.
    pub(super) fn attributes_offset(&self) -> usize {
        WITHDRAWN
            .saturating_add(self.withdrawn.len())
            .saturating_add(2)
    }
}

/// One path attribute, still octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AttributeView<'a> {
    /// Its type code.
    pub code: AttributeCode,
    /// Its flags.
    pub flags: AttributeFlags,
    /// Its value.
    pub value: &'a [u8],
    /// All of it: flags, code, length and value.
    pub octets: &'a [u8],
    /// Where in the message its flags are, in octets from the first.
    pub offset: usize,
}

impl AttributeView<'_> {
    /// Where in the message it is.
    pub fn span(&self) -> Range<usize> {
        self.offset..self.offset.saturating_add(self.octets.len())
    }

    /// Where in the message its value begins.
    pub fn value_offset(&self) -> usize {
        let header = self.octets.len().saturating_sub(self.value.len());
        self.offset.saturating_add(header)
    }
}

/// The path attributes of an UPDATE, one by one.
///
/// A list that ends inside an attribute yields a [`Fault`] there, and ends.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<AttributeView<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let offset = self.offset;
        let Ok((rest, (flags, code, value))) = attribute(self.rest) else {
            let code = self.rest.get(1).copied().map(AttributeCode);
            self.rest = &[];
            return Some(Err(Fault {
                attribute: code,
                offset,
                kind: FaultKind::Truncated,
                treatment: Treatment::TreatAsWithdraw,
            }));
        };
        let length = self.rest.len().saturating_sub(rest.len());
        let octets = self.rest.get(..length).unwrap_or_default();
        self.offset = offset.saturating_add(length);
        self.rest = rest;
        Some(Ok(AttributeView {
            code,
            flags,
            value,
            octets,
            offset,
        }))
    }
}

#[expect(clippy::type_complexity, reason = "the message's fields, used once")]
fn fields(body: &[u8]) -> IResult<&[u8], (&[u8], &[u8], &[u8]), ()> {
    (length_data(be_u16), length_data(be_u16), rest).parse(body)
}

fn attribute(octets: &[u8]) -> IResult<&[u8], (AttributeFlags, AttributeCode, &[u8]), ()> {
    let (octets, (flags, code)) = (be_u8, be_u8).parse(octets)?;
    let flags = AttributeFlags::from_bits_retain(flags);
    let (octets, length) = if flags.contains(AttributeFlags::EXTENDED_LENGTH) {
        be_u16(octets)?
    } else {
        be_u8.map(u16::from).parse(octets)?
    };
    let (octets, value) = take(length).parse(octets)?;
    Ok((octets, (flags, AttributeCode(code), value)))
}

/// Octets of the message before the withdrawn routes.
const WITHDRAWN: usize = HEADER_LEN + 2;

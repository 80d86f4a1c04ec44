use core::ops::Range;

use crate::{
    types::{Afi, Family},
    wire::{
        AttributeCode, AttributeFlags, Context, DecodeError, Fault, FaultKind, Frame, Treatment,
        fault::offset,
        frame::HEADER_LEN,
        nlri::{Prefixes, list::Field},
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
    /// Octets of the message before the attributes.
    attributes_at: usize,
}

impl<'a> UpdateView<'a> {
    /// Locates the fields of the UPDATE in `frame`.
    ///
    /// # Errors
    /// [`DecodeError::UpdateLengths`] if the two lengths do not fit into the
    /// message, [`DecodeError::MessageType`] if it is no UPDATE.
    #[inline]
    pub fn new(frame: Frame<'a>) -> Result<Self, DecodeError> {
        let kind = frame.kind;
        if kind != crate::wire::MessageType::UPDATE {
            return Err(DecodeError::MessageType { kind });
        }
        let (withdrawn, attributes, announced) =
            fields(frame.body).ok_or(DecodeError::UpdateLengths)?;
        let attributes_at = WITHDRAWN.saturating_add(withdrawn.len()).saturating_add(2);
        Ok(Self {
            withdrawn,
            attributes,
            announced,
            attributes_at,
        })
    }

    /// A view of path attributes that are not in a message, such as those of
    /// an MRT table dump; offsets count from the first of them.
    pub const fn of_attributes(octets: &'a [u8]) -> Self {
        Self::of_parts(octets, &[])
    }

    /// As [`UpdateView::of_attributes`], with what is in the NLRI field.
    pub(crate) const fn of_parts(attributes: &'a [u8], announced: &'a [u8]) -> Self {
        Self {
            withdrawn: &[],
            attributes,
            announced,
            attributes_at: 0,
        }
    }

    /// Withdrawn Routes: IPv4 unicast.
    pub fn withdrawn(&self, context: &Context) -> Prefixes<'a> {
        let with_path_ids = context.receives_path_ids(Family::IPV4_UNICAST);
        Prefixes::new(self.withdrawn, Afi::IPV4, with_path_ids)
    }

    /// NLRI: IPv4 unicast.
    pub fn announced(&self, context: &Context) -> Prefixes<'a> {
        let with_path_ids = context.receives_path_ids(Family::IPV4_UNICAST);
        Prefixes::new(self.announced, Afi::IPV4, with_path_ids)
    }

    /// The path attributes in the order of the wire, unread.
    #[inline]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.attributes,
            end: self.attributes_at.saturating_add(self.attributes.len()),
        }
    }

    /// Where Total Attribute Length is.
    #[inline]
    pub(super) fn length_offset(&self) -> usize {
        self.attributes_at.saturating_sub(2)
    }

    /// Withdrawn Routes unread, and where they are.
    #[inline]
    pub(super) fn withdrawn_field(&self, context: &Context) -> (Field<'a>, usize) {
        (classic(self.withdrawn, context), WITHDRAWN)
    }

    /// NLRI unread, and where they are.
    #[inline]
    pub(super) fn announced_field(&self, context: &Context) -> (Field<'a>, usize) {
        let at = self.attributes_at.saturating_add(self.attributes.len());
        (classic(self.announced, context), at)
    }
}

#[inline]
fn classic<'a>(octets: &'a [u8], context: &Context) -> Field<'a> {
    let family = Family::IPV4_UNICAST;
    Field {
        octets,
        family,
        with_path_ids: context.receives_path_ids(family),
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
    /// Where in the message the list ends.
    end: usize,
}

impl<'a> Attributes<'a> {
    /// The next attribute, or `None` at the end and where one is cut.
    #[inline]
    pub(super) fn found(&mut self) -> Option<Found<'a>> {
        let (flags, code, value, rest) = attribute(self.rest)?;
        let found = Found {
            code,
            flags,
            value,
            from: self.rest,
            left: rest.len(),
            end: self.end,
        };
        self.rest = rest;
        Some(found)
    }

    /// The fault of a list that ends inside an attribute.
    #[inline]
    pub(super) fn truncated(&mut self) -> Option<Fault> {
        if self.rest.is_empty() {
            return None;
        }
        let fault = Fault {
            attribute: self.rest.get(1).copied().map(AttributeCode),
            offset: offset(self.end.saturating_sub(self.rest.len())),
            kind: FaultKind::Truncated,
            treatment: Treatment::TreatAsWithdraw,
        };
        self.rest = &[];
        Some(fault)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<AttributeView<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.found() {
            Some(found) => Some(Ok(found.view())),
            None => self.truncated().map(Err),
        }
    }
}

/// An attribute that has been found and not looked into. Where it lies is
/// worked out when somebody asks, which is for a fault.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) code: AttributeCode,
    pub(super) flags: AttributeFlags,
    pub(super) value: &'a [u8],
    /// The list from here.
    from: &'a [u8],
    /// Octets of the list after it.
    left: usize,
    /// Where in the message the list ends.
    end: usize,
}

impl<'a> Found<'a> {
    pub(super) fn offset(&self) -> usize {
        self.end.saturating_sub(self.from.len())
    }

    pub(super) fn value_offset(&self) -> usize {
        self.end
            .saturating_sub(self.left)
            .saturating_sub(self.value.len())
    }

    pub(super) fn view(&self) -> AttributeView<'a> {
        let length = self.from.len().saturating_sub(self.left);
        AttributeView {
            code: self.code,
            flags: self.flags,
            value: self.value,
            octets: self.from.get(..length).unwrap_or_default(),
            offset: self.offset(),
        }
    }
}

/// The three fields of an UPDATE's body.
///
/// By hand, as it is done for every message.
#[inline]
fn fields(body: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (length, rest) = body.split_first_chunk()?;
    let (withdrawn, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (length, rest) = rest.split_first_chunk()?;
    let (attributes, announced) =
        rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((withdrawn, attributes, announced))
}

/// Flags, code and value of the first attribute, and what follows it.
///
/// By hand: every attribute of every message comes through here.
#[inline]
fn attribute(octets: &[u8]) -> Option<(AttributeFlags, AttributeCode, &[u8], &[u8])> {
    let ([flags, code, short], rest) = octets.split_first_chunk()?;
    let flags = AttributeFlags::from_bits_retain(*flags);
    let (length, rest) = if flags.contains(AttributeFlags::EXTENDED_LENGTH) {
        let (low, rest) = rest.split_first()?;
        (usize::from(u16::from_be_bytes([*short, *low])), rest)
    } else {
        (usize::from(*short), rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((flags, AttributeCode(*code), value, rest))
}

/// Octets of the message before the withdrawn routes.
const WITHDRAWN: usize = HEADER_LEN + 2;

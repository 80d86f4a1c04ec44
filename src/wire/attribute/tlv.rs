//! Attribute values that are lists of TLVs: kept as the octets of the wire,
//! checked once, and looked into where they lie.

use nom::{
    IResult, Parser,
    multi::length_data,
    number::complete::{be_u8, be_u16},
};

/// A type, its value, and what follows.
type Front<'a, K> = (K, &'a [u8], &'a [u8]);

/// Splits a TLV off the front whose length of two octets counts the value only.
pub(super) fn octet_type(octets: &[u8]) -> Option<Front<'_, u8>> {
    split((be_u8, length_data(be_u16)).parse(octets))
}

/// The same, with a type of two octets.
pub(super) fn word_type(octets: &[u8]) -> Option<Front<'_, u16>> {
    split((be_u16, length_data(be_u16)).parse(octets))
}

fn split<'a, K>(parsed: IResult<&'a [u8], (K, &'a [u8])>) -> Option<Front<'a, K>> {
    let (rest, (kind, value)) = parsed.ok()?;
    Some((kind, value, rest))
}

/// Judges each TLV from `base` on; an error is where in the attribute it is.
pub(super) fn check_all<'a, K>(
    mut octets: &'a [u8],
    base: usize,
    front: impl Fn(&'a [u8]) -> Option<Front<'a, K>>,
    check: impl Fn(K, &'a [u8], usize) -> Result<(), usize>,
) -> Result<(), usize> {
    let end = base.saturating_add(octets.len());
    while !octets.is_empty() {
        let at = end.saturating_sub(octets.len());
        let (kind, value, rest) = front(octets).ok_or(at)?;
        let inside = rest.len().saturating_add(value.len());
        check(kind, value, end.saturating_sub(inside))?;
        octets = rest;
    }
    Ok(())
}

/// An attribute's value as octets that its `check` has found in order.
macro_rules! checked_octets {
    ($(#[$doc:meta])* $name:ident, $code:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(bytes::Bytes);

        impl $name {
            /// Reads a value.
            ///
            /// # Errors
            ///
            /// Where in it something is wrong, in octets.
            pub fn decode(value: &[u8]) -> Result<Self, usize> {
                check(value)?;
                Ok(Self(bytes::Bytes::copy_from_slice(value)))
            }

            /// Appends the value to `out`.
            ///
            /// # Errors
            ///
            /// [`EncodeError`](crate::wire::EncodeError) if it is not in order.
            pub fn encode(&self, out: &mut alloc::vec::Vec<u8>) -> Result<(), crate::wire::EncodeError> {
                let code = crate::wire::AttributeCode::$code;
                check(&self.0).map_err(|_| crate::wire::EncodeError::Attribute { code })?;
                out.extend_from_slice(&self.0);
                Ok(())
            }

            /// The octets of the wire.
            pub fn octets(&self) -> &[u8] {
                &self.0
            }
        }
    };
}

pub(super) use checked_octets;

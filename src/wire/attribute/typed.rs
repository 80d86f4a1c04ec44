use alloc::vec::Vec;

use super::{
    Aigp, AttrSet, AttributeCode, AttributeFlags, PmsiTunnel, PrefixSid, RawAttribute,
    RawAttributes, TunnelEncapsulation, spec,
};
use crate::{
    types::Ipv6ExtendedCommunity,
    wire::{AttributeView, EncodeError, attribute::value::Element, link_state::LinkStateAttribute},
};

/// The value of an attribute that an [`AttributeSet`](super::AttributeSet) keeps
/// as octets.
///
/// ```
/// use bgpwright::wire::{AttributeSet, attribute::Aigp};
///
/// let mut set = AttributeSet::default();
/// set.other.insert_typed(&Aigp::new(1000))?;
/// assert_eq!(set.other.typed::<Aigp>(), Some(Aigp::new(1000)));
/// # Ok::<(), bgpwright::wire::EncodeError>(())
/// ```
pub trait TypedAttribute: Sized {
    /// The attribute that has such a value.
    const CODE: AttributeCode;

    /// Reads a value; `None` if it is none. The codec has held the attributes of
    /// a message that it read to this already.
    fn read(value: &[u8]) -> Option<Self>;

    /// Appends the value's octets.
    ///
    /// # Errors
    /// If a part of it does not fit the wire; what is appended is then of no
    /// use.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

macro_rules! typed {
    ($($type:ident: $code:ident),* $(,)?) => {$(
        impl TypedAttribute for $type {
            const CODE: AttributeCode = AttributeCode::$code;

            fn read(value: &[u8]) -> Option<Self> {
                Self::decode(value).ok()
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
                self.encode(out)
            }
        }
    )*};
}

typed! {
    Aigp: AIGP,
    AttrSet: ATTR_SET,
    LinkStateAttribute: BGP_LS,
    PmsiTunnel: PMSI_TUNNEL,
    PrefixSid: PREFIX_SID,
    TunnelEncapsulation: TUNNEL_ENCAPSULATION,
}

impl TypedAttribute for Vec<Ipv6ExtendedCommunity> {
    const CODE: AttributeCode = AttributeCode::IPV6_EXTENDED_COMMUNITIES;

    fn read(value: &[u8]) -> Option<Self> {
        let whole = value.len().is_multiple_of(Ipv6ExtendedCommunity::LEN);
        let each = value.chunks(Ipv6ExtendedCommunity::LEN);
        whole.then(|| each.filter_map(Ipv6ExtendedCommunity::read).collect())
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        for of in self {
            out.extend_from_slice(&of.0);
        }
        Ok(())
    }
}

impl RawAttributes {
    /// The attribute whose values are of this type, if it is there and is one.
    pub fn typed<T: TypedAttribute>(&self) -> Option<T> {
        self.get(T::CODE).and_then(|raw| T::read(raw.value))
    }

    /// Puts a value in its attribute's place, instead of the one that is there.
    ///
    /// # Errors
    /// If the value does not fit the wire; nothing is then changed.
    pub fn insert_typed<T: TypedAttribute>(&mut self, value: &T) -> Result<(), EncodeError> {
        let mut octets = Vec::new();
        value.write(&mut octets)?;
        let flags = spec::of(T::CODE).map_or(AttributeFlags::OPTIONAL, |of| of.category.flags());
        self.insert(RawAttribute {
            code: T::CODE,
            flags,
            value: &octets,
        })
    }
}

impl AttributeView<'_> {
    /// The value, if it is of this type and the attribute one that has such
    /// values.
    pub fn typed<T: TypedAttribute>(&self) -> Option<T> {
        (self.code == T::CODE)
            .then(|| T::read(self.value))
            .flatten()
    }
}

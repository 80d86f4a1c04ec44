use alloc::vec::Vec;
use core::fmt;

use super::{AttributeCode, AttributeFlags};
use crate::wire::EncodeError;

/// One path attribute as octets.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RawAttribute<'a> {
    /// Its type code.
    pub code: AttributeCode,
    /// Its flags.
    pub flags: AttributeFlags,
    /// Its value, at most 65535 octets.
    pub value: &'a [u8],
}

/// Attributes kept as octets, by ascending code, each at most once.
///
/// They lie one behind the other in one allocation.
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RawAttributes {
    /// For each: flags, code, length in two octets, value.
    octets: Vec<u8>,
}

impl RawAttributes {
    /// None.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// Puts `attribute` in its place, instead of the one with its code if there
    /// is one.
    ///
    /// # Errors
    /// If the value is over 65535 octets, which no message can carry.
    pub fn insert(&mut self, attribute: RawAttribute<'_>) -> Result<(), EncodeError> {
        let code = attribute.code;
        let length = u16::try_from(attribute.value.len());
        let length = length.map_err(|_| EncodeError::Attribute { code })?;
        let [high, low] = length.to_be_bytes();
        // It will go out with the flag.
        let flags = match u8::try_from(length) {
            Ok(_) => attribute.flags,
            Err(_) => attribute.flags | AttributeFlags::EXTENDED_LENGTH,
        };
        let head = [flags.bits(), code.0, high, low];
        let (at, replaced) = self.place(code);
        if at == self.octets.len() {
            self.octets.extend_from_slice(&head);
            self.octets.extend_from_slice(attribute.value);
        } else {
            let end = at.saturating_add(replaced);
            let value = attribute.value.iter().copied();
            self.octets.splice(at..end, head.into_iter().chain(value));
        }
        Ok(())
    }

    /// Takes the attribute of this code away; whether there was one.
    pub fn remove(&mut self, code: AttributeCode) -> bool {
        let (at, length) = self.place(code);
        self.octets.drain(at..at.saturating_add(length));
        length != 0
    }

    /// The attribute of this code.
    pub fn get(&self, code: AttributeCode) -> Option<RawAttribute<'_>> {
        self.iter().find(|attribute| attribute.code == code)
    }

    /// All of them by ascending code.
    pub fn iter(&self) -> RawIter<'_> {
        RawIter {
            octets: &self.octets,
        }
    }

    /// Keeps those for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(RawAttribute<'_>) -> bool) {
        let mut kept = Vec::new();
        let mut iter = self.iter();
        loop {
            let before = iter.octets;
            let Some(attribute) = iter.next() else { break };
            let length = before.len().saturating_sub(iter.octets.len());
            if keep(attribute) {
                kept.extend_from_slice(before.get(..length).unwrap_or_default());
            }
        }
        self.octets = kept;
    }

    /// Sets flags of the attribute of this code, if there is one.
    pub fn add_flags(&mut self, code: AttributeCode, flags: AttributeFlags) {
        let (at, length) = self.place(code);
        if let Some(octet) = self.octets.get_mut(at).filter(|_| length != 0) {
            *octet |= flags.bits();
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Takes all away and keeps the memory.
    pub fn clear(&mut self) {
        self.octets.clear();
    }

    /// Where the attribute of this code is or would be, and its octets.
    fn place(&self, code: AttributeCode) -> (usize, usize) {
        let mut iter = self.iter();
        loop {
            let at = self.octets.len().saturating_sub(iter.octets.len());
            match iter.next() {
                Some(attribute) if attribute.code < code => {}
                Some(attribute) if attribute.code == code => {
                    return (at, attribute.value.len().saturating_add(HEAD));
                }
                _ => return (at, 0),
            }
        }
    }
}

/// The attributes in a [`RawAttributes`].
#[derive(Clone, Debug)]
pub struct RawIter<'a> {
    octets: &'a [u8],
}

impl<'a> Iterator for RawIter<'a> {
    type Item = RawAttribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawAttribute<'a>> {
        let ([flags, code, high, low], rest) = self.octets.split_first_chunk::<HEAD>()?;
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (value, rest) = rest.split_at_checked(length)?;
        self.octets = rest;
        Some(RawAttribute {
            code: AttributeCode(*code),
            flags: AttributeFlags::from_bits_retain(*flags),
            value,
        })
    }
}

impl<'a> IntoIterator for &'a RawAttributes {
    type Item = RawAttribute<'a>;
    type IntoIter = RawIter<'a>;

    fn into_iter(self) -> RawIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for RawAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Display for RawAttribute<'_> {
    /// As `attribute 99 [c0] 0a0b`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{:02x}] ", self.code, self.flags.bits())?;
        self.value
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for RawAttributes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for RawAttributes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        struct Owned {
            code: AttributeCode,
            flags: AttributeFlags,
            value: Vec<u8>,
        }
        let mut all = Self::new();
        for Owned { code, flags, value } in Vec::<Owned>::deserialize(deserializer)? {
            let value = &value;
            all.insert(RawAttribute { code, flags, value })
                .map_err(serde::de::Error::custom)?;
        }
        Ok(all)
    }
}

/// Octets in front of a value.
const HEAD: usize = 4;

use core::{fmt, str::FromStr};

use thiserror::Error;

/// The three octets of a label in NLRI: an MPLS label with its three bits of
/// traffic class and the bottom-of-stack bit (RFC 3032 §2.1, RFC 8277 §2), or
/// a 24-bit VNI (RFC 8365 §5.1.3).
///
/// Which of the two is meant stands in the encapsulation, not here. Displays
/// as the 20-bit label.
///
/// ```
/// use bgpwright::types::Label;
///
/// let label = Label::bottom(16)?;
/// assert_eq!(label.to_octets(), [0, 1, 1]);
/// assert_eq!((label.value(), label.is_bottom()), (16, true));
/// # Ok::<(), bgpwright::types::LabelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u32", into = "u32"))]
pub struct Label([u8; 3]);

impl Label {
    /// Stands in a withdrawal where a label would (RFC 8277 §2.4).
    pub const WITHDRAW: Self = Self([0x80, 0, 0]);
    /// What some speakers put there instead (RFC 8277 §2.4).
    pub const WITHDRAW_ZERO: Self = Self([0, 0, 0]);

    /// A label that others follow in the stack.
    ///
    /// # Errors
    /// If `value` takes more than 20 bits.
    pub const fn new(value: u32) -> Result<Self, LabelError> {
        if value > 0x000f_ffff {
            return Err(LabelError);
        }
        Self::from_raw(value << 4)
    }

    /// The last label of a stack, or the only one.
    ///
    /// # Errors
    /// If `value` takes more than 20 bits.
    pub const fn bottom(value: u32) -> Result<Self, LabelError> {
        if value > 0x000f_ffff {
            return Err(LabelError);
        }
        Self::from_raw(value << 4 | 1)
    }

    /// All 24 bits as one number, such as a VNI.
    ///
    /// # Errors
    /// If `raw` takes more than 24 bits.
    pub const fn from_raw(raw: u32) -> Result<Self, LabelError> {
        let [0, high, middle, low] = raw.to_be_bytes() else {
            return Err(LabelError);
        };
        Ok(Self([high, middle, low]))
    }

    /// The octets as they stand on the wire.
    pub const fn from_octets(octets: [u8; 3]) -> Self {
        Self(octets)
    }

    /// The octets as they stand on the wire.
    pub const fn to_octets(self) -> [u8; 3] {
        self.0
    }

    /// All 24 bits: the VNI if the encapsulation is VXLAN or the like.
    pub const fn raw(self) -> u32 {
        let [high, middle, low] = self.0;
        u32::from_be_bytes([0, high, middle, low])
    }

    /// The 20-bit MPLS label.
    pub const fn value(self) -> u32 {
        self.raw() >> 4
    }

    /// The three bits after the label, without meaning in BGP.
    pub const fn traffic_class(self) -> u8 {
        let [.., low] = self.0;
        low >> 1 & 7
    }

    /// The bottom-of-stack bit.
    pub const fn is_bottom(self) -> bool {
        let [.., low] = self.0;
        low & 1 == 1
    }

    /// Whether it is one of the two values that stand for no label in a
    /// withdrawal.
    pub fn is_withdraw(self) -> bool {
        matches!(self, Self::WITHDRAW | Self::WITHDRAW_ZERO)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value(), f)
    }
}

impl From<Label> for u32 {
    /// All 24 bits.
    fn from(label: Label) -> Self {
        label.raw()
    }
}

impl TryFrom<u32> for Label {
    type Error = LabelError;

    fn try_from(raw: u32) -> Result<Self, LabelError> {
        Self::from_raw(raw)
    }
}

/// The labels before a prefix, outermost first: up to ten, all that a length
/// octet of NLRI has room for.
///
/// Stored in place, so that reading labelled routes takes no memory.
///
/// ```
/// use bgpwright::types::{Label, LabelStack};
///
/// let stack = LabelStack::new(&[Label::new(100)?, Label::bottom(200)?])?;
/// assert_eq!(stack.to_string(), "100/200");
/// # Ok::<(), bgpwright::types::LabelError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "alloc::vec::Vec<Label>", into = "alloc::vec::Vec<Label>")
)]
pub struct LabelStack {
    /// Those after `length` are zero, for the derived comparisons' sake.
    labels: [Label; Self::MAX],
    length: u8,
}

impl LabelStack {
    /// The most labels that a stack holds.
    pub const MAX: usize = 10;

    /// No label at all: what multicast VPN prefixes have.
    pub const EMPTY: Self = Self {
        labels: [Label::WITHDRAW_ZERO; Self::MAX],
        length: 0,
    };

    /// What stands in a withdrawal (RFC 8277 §2.4).
    pub fn withdraw() -> Self {
        Self::from(Label::WITHDRAW)
    }

    /// These labels with their bits as they are.
    ///
    /// # Errors
    /// If there are more than [`LabelStack::MAX`].
    pub fn new(labels: &[Label]) -> Result<Self, LabelError> {
        let mut stack = Self::EMPTY;
        let places = stack.labels.get_mut(..labels.len()).ok_or(LabelError)?;
        places.copy_from_slice(labels);
        stack.length = u8::try_from(labels.len()).map_err(|_| LabelError)?;
        Ok(stack)
    }

    /// The labels, outermost first.
    pub fn labels(&self) -> &[Label] {
        self.labels
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    /// Whether there is no label.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether it is what a withdrawal has instead of labels.
    pub fn is_withdraw(&self) -> bool {
        matches!(self.labels(), [label] if label.is_withdraw())
    }
}

impl From<Label> for LabelStack {
    fn from(label: Label) -> Self {
        let mut stack = Self::EMPTY;
        let [first, ..] = &mut stack.labels;
        *first = label;
        stack.length = 1;
        stack
    }
}

impl From<LabelStack> for alloc::vec::Vec<Label> {
    fn from(stack: LabelStack) -> Self {
        stack.labels().to_vec()
    }
}

impl TryFrom<alloc::vec::Vec<Label>> for LabelStack {
    type Error = LabelError;

    fn try_from(labels: alloc::vec::Vec<Label>) -> Result<Self, LabelError> {
        Self::new(&labels)
    }
}

impl fmt::Display for LabelStack {
    /// The labels with slashes between, or `withdraw`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_withdraw() {
            return f.write_str("withdraw");
        }
        for (at, label) in self.labels().iter().enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            write!(f, "{slash}{label}")?;
        }
        Ok(())
    }
}

impl FromStr for Label {
    type Err = LabelError;

    /// The 20-bit label, as the only one of its stack.
    fn from_str(text: &str) -> Result<Self, LabelError> {
        Self::bottom(text.parse().map_err(|_| LabelError)?)
    }
}

impl FromStr for LabelStack {
    type Err = LabelError;

    /// Labels with slashes between, the last one the bottom of the stack, or
    /// `withdraw`.
    fn from_str(text: &str) -> Result<Self, LabelError> {
        if text == "withdraw" {
            return Ok(Self::withdraw());
        }
        let mut stack = Self::EMPTY;
        let mut rest = Some(text);
        while let Some(all) = rest {
            let (value, after) = match all.split_once('/') {
                Some((value, after)) => (value, Some(after)),
                None => (all, None),
            };
            let value = value.parse().map_err(|_| LabelError)?;
            let label = if after.is_some() {
                Label::new(value)?
            } else {
                Label::bottom(value)?
            };
            let place = stack.labels.get_mut(usize::from(stack.length));
            *place.ok_or(LabelError)? = label;
            stack.length = stack.length.saturating_add(1);
            rest = after;
        }
        Ok(stack)
    }
}

/// A label over its bits, or more labels than NLRI has room for.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a label has 20 bits, a VNI 24, and a stack ten labels")]
pub struct LabelError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_label_keeps_traffic_class_and_bottom_bit() {
        let label = Label::from_octets([0x12, 0x34, 0x5b]);
        assert_eq!(label.value(), 0x12345);
        assert_eq!(label.traffic_class(), 5);
        assert!(label.is_bottom());
        assert_eq!(label.raw(), 0x0012_345b);
        assert_eq!(Label::from_raw(label.raw()), Ok(label));
    }

    #[test]
    fn a_label_over_20_bits_and_a_vni_over_24_are_refused() {
        assert_eq!(Label::new(1 << 20), Err(LabelError));
        assert_eq!(Label::bottom(1 << 20), Err(LabelError));
        assert_eq!(Label::from_raw(1 << 24), Err(LabelError));
        assert_eq!(Label::new(0xfffff).unwrap().to_octets(), [0xff, 0xff, 0xf0]);
    }

    #[test]
    fn a_stack_holds_ten_labels_and_no_more() {
        let label = Label::new(7).unwrap();
        assert_eq!(LabelStack::new(&[label; 10]).unwrap().labels(), [label; 10]);
        assert_eq!(LabelStack::new(&[label; 11]), Err(LabelError));
    }

    #[test]
    fn stacks_are_read_as_they_are_written() {
        for text in ["16", "16/17/1048575", "withdraw"] {
            let stack: LabelStack = text.parse().unwrap();
            assert_eq!(stack.to_string(), text);
            let bottoms = stack.labels().iter().filter(|of| of.is_bottom()).count();
            assert_eq!(bottoms, usize::from(text != "withdraw"));
        }
        for text in ["", "/", "16/", "-1", "1048576", "1/2/3/4/5/6/7/8/9/10/11"] {
            assert_eq!(text.parse::<LabelStack>(), Err(LabelError), "{text}");
        }
        assert_eq!("7".parse(), Label::bottom(7));
    }

    #[test]
    fn both_withdraw_labels_are_known_and_shown_as_such() {
        for label in [Label::WITHDRAW, Label::WITHDRAW_ZERO] {
            assert!(LabelStack::from(label).is_withdraw());
            assert_eq!(LabelStack::from(label).to_string(), "withdraw");
        }
        assert!(!LabelStack::EMPTY.is_withdraw());
        assert!(!LabelStack::from(Label::bottom(0).unwrap()).is_withdraw());
    }
}

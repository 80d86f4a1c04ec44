use alloc::vec::Vec;
use core::fmt;

use bitflags::bitflags;
use nom::{IResult, Parser, bytes::complete::take, multi::count, number::complete::be_u8};

bitflags! {
    /// How a value is compared (RFC 8955 §4.2.1.1). The end of list and the
    /// length bits are not in here.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct NumericOperator: u8 {
        /// Together with the term before, instead of as an alternative to it.
        const AND = 0b0100_0000;
        /// Matches what is less.
        const LESS = 0b0100;
        /// Matches what is greater.
        const GREATER = 0b0010;
        /// Matches what is equal.
        const EQUAL = 0b0001;
        /// Bits without a meaning yet are kept.
        const _ = !0;
    }
}

bitflags! {
    /// How bits are matched (RFC 8955 §4.2.1.2). The end of list and the
    /// length bits are not in here.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
    #[cfg_attr(feature = "serde", serde(transparent))]
    pub struct BitmaskOperator: u8 {
        /// Together with the term before, instead of as an alternative to it.
        const AND = 0b0100_0000;
        /// Negates the rest.
        const NOT = 0b0010;
        /// All bits of the value are set, and not just any.
        const MATCH = 0b0001;
        /// Bits without a meaning yet are kept.
        const _ = !0;
    }
}

/// One comparison of a numeric component.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct NumericTerm {
    /// How to compare.
    pub operator: NumericOperator,
    /// Octets that the value takes: 1, 2, 4 or 8.
    pub length: u8,
    /// With what.
    pub value: u64,
}

/// One match of a bitmask component.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct BitmaskTerm {
    /// How to match.
    pub operator: BitmaskOperator,
    /// Octets that the value takes: 1, 2, 4 or 8.
    pub length: u8,
    /// Which bits.
    pub value: u64,
}

impl NumericTerm {
    /// A term whose value takes as few octets as it can.
    pub const fn new(operator: NumericOperator, value: u64) -> Self {
        Self {
            operator,
            length: shortest(value),
            value,
        }
    }
}

impl BitmaskTerm {
    /// A term whose value takes as few octets as it can.
    pub const fn new(operator: BitmaskOperator, value: u64) -> Self {
        Self {
            operator,
            length: shortest(value),
            value,
        }
    }
}

const fn shortest(value: u64) -> u8 {
    match value {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    }
}

/// What both kinds of terms have on the wire.
pub(super) trait Term: fmt::Display + Sized {
    fn new(operator: u8, length: u8, value: u64) -> Self;
    /// Operator bits, length and value.
    fn fields(&self) -> (u8, u8, u64);
}

impl Term for NumericTerm {
    fn new(operator: u8, length: u8, value: u64) -> Self {
        Self {
            operator: NumericOperator::from_bits_retain(operator),
            length,
            value,
        }
    }

    fn fields(&self) -> (u8, u8, u64) {
        (self.operator.bits(), self.length, self.value)
    }
}

impl Term for BitmaskTerm {
    fn new(operator: u8, length: u8, value: u64) -> Self {
        Self {
            operator: BitmaskOperator::from_bits_retain(operator),
            length,
            value,
        }
    }

    fn fields(&self) -> (u8, u8, u64) {
        (self.operator.bits(), self.length, self.value)
    }
}

impl fmt::Display for NumericTerm {
    /// Such as `>=1024`; `true` and `false` for the operators that are always
    /// that.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator.bits() & 7 {
            0 => return f.write_str("false"),
            1 => "=",
            2 => ">",
            3 => ">=",
            4 => "<",
            5 => "<=",
            6 => "!=",
            _ => return f.write_str("true"),
        };
        write!(f, "{sign}{}", self.value)
    }
}

impl fmt::Display for BitmaskTerm {
    /// Such as `!=0x12`: `=` for all bits, none for any, `!` for not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.operator.contains(BitmaskOperator::NOT) {
            f.write_str("!")?;
        }
        if self.operator.contains(BitmaskOperator::MATCH) {
            f.write_str("=")?;
        }
        write!(f, "{:#x}", self.value)
    }
}

/// Writes the terms with `&` and `|` between.
pub(super) fn write(terms: &[impl Term], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, term) in terms.iter().enumerate() {
        let (operator, ..) = term.fields();
        if at > 0 {
            f.write_str(if operator & AND == 0 { " | " } else { " & " })?;
        }
        fmt::Display::fmt(term, f)?;
    }
    Ok(())
}

/// Reads terms up to the one that says it is the last.
pub(super) fn list<T: Term>(octets: &[u8]) -> IResult<&[u8], Vec<T>> {
    // Counted first, so that short lists take no more memory than they need.
    let (mut rest, mut terms) = (octets, 0_usize);
    loop {
        let (after, (operator, ..)) = term(rest)?;
        rest = after;
        terms = terms.saturating_add(1);
        if operator & END != 0 {
            break;
        }
    }
    let one =
        term.map(|(operator, length, value)| T::new(operator & !(END | LENGTH), length, value));
    count(one, terms).parse(octets)
}

/// The operator octet as it is, length and value.
fn term(octets: &[u8]) -> IResult<&[u8], (u8, u8, u64)> {
    let (rest, operator) = be_u8(octets)?;
    let length = 1 << ((operator & LENGTH) >> 4);
    let (rest, value) = take(length)(rest)?;
    let value = value
        .iter()
        .fold(0, |value, octet| value << 8 | u64::from(*octet));
    Ok((rest, (operator, length, value)))
}

/// Appends the terms; `None` if one has a length or bits that cannot be, or
/// there is none.
pub(super) fn encode(terms: &[impl Term], out: &mut Vec<u8>) -> Option<()> {
    let (last, _) = terms.split_last()?;
    for term in terms {
        let (operator, length, value) = term.fields();
        let exponent = match length {
            1 => 0,
            2 => 1,
            4 => 2,
            8 => 3,
            _ => return None,
        };
        if operator & (END | LENGTH) != 0 || length < shortest(value) {
            return None;
        }
        let end = if core::ptr::eq(term, last) { END } else { 0 };
        out.push(operator | exponent << 4 | end);
        let octets = value.to_be_bytes();
        out.extend(octets.iter().skip(8_usize.saturating_sub(length.into())));
    }
    Some(())
}

const END: u8 = 0x80;
const AND: u8 = 0x40;
const LENGTH: u8 = 0x30;

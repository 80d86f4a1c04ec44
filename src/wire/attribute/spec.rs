//! The table: what each attribute is called, how it is flagged, how long it
//! may be, who may send it, and what a receiver does when it is malformed.

use super::{aigp, attr_set, pmsi_tunnel, prefix_sid, tunnel_encapsulation};
use crate::wire::{
    AttributeCode, AttributeFlags, Context, FaultKind, Treatment, link_state::LinkStateAttribute,
};

/// One row: everything that the codec knows of an attribute.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Spec {
    pub(in crate::wire) code: AttributeCode,
    pub(in crate::wire) name: &'static str,
    pub(in crate::wire) category: Category,
    pub(in crate::wire) senders: Senders,
    pub(in crate::wire) length: Length,
    /// For wrong flags, a wrong length, and a wrong value.
    pub(in crate::wire) malformed: Treatment,
    /// For every occurrence but the first (RFC 7606 §3 g).
    pub(in crate::wire) duplicate: Treatment,
    /// Judges the value of an attribute that is kept as octets: where in it
    /// something is wrong.
    pub(in crate::wire) value: Option<Judge>,
}

/// Says where in a value something is wrong.
type Judge = fn(&[u8]) -> Result<(), usize>;

/// What the two upper flags must be (RFC 4271 §4.3).
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) enum Category {
    WellKnown,
    OptionalTransitive,
    OptionalNonTransitive,
}

/// Whom the attribute is accepted from, and sent to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::wire) enum Senders {
    Any,
    /// Discarded from external peers, whatever is in it (RFC 7606 §7.5, §7.9,
    /// §7.10).
    Interior,
    /// Discarded from speakers of four-octet AS numbers (RFC 6793 §4.1).
    TwoOctet,
}

/// The lengths that a value may have.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) enum Length {
    Free,
    AtLeast(usize),
    Exactly(usize),
    /// A multiple of this, and not 0.
    Elements(usize),
    /// An AS number of the session's width, and an address.
    Aggregator,
}

impl Spec {
    #[inline]
    pub(in crate::wire) fn may_come_from(&self, context: &Context) -> bool {
        match self.senders {
            Senders::Any => true,
            Senders::Interior => context.peer_type.is_interior(),
            Senders::TwoOctet => !context.four_octet_as,
        }
    }

    /// Judges what can be judged without looking into the value.
    #[inline]
    pub(in crate::wire) fn check(
        &self,
        flags: AttributeFlags,
        length: usize,
        context: &Context,
    ) -> Result<(), FaultKind> {
        let category = AttributeFlags::OPTIONAL | AttributeFlags::TRANSITIVE;
        if flags & category != self.category.flags() {
            return Err(FaultKind::Flags);
        }
        let fits = match self.length {
            Free => true,
            AtLeast(least) => length >= least,
            Exactly(exact) => length == exact,
            Elements(size) => length != 0 && length.is_multiple_of(size),
            Aggregator => length == if context.four_octet_as { 8 } else { 6 },
        };
        if fits { Ok(()) } else { Err(FaultKind::Length) }
    }

    /// Judges the value of an attribute that is kept as octets: where it is
    /// wrong.
    #[inline]
    pub(in crate::wire) fn judge(&self, value: &[u8]) -> Result<(), usize> {
        self.value.map_or(Ok(()), |judge| judge(value))
    }

    /// What a value that is [judged](Self::judge) wrong leads to.
    #[cold]
    pub(in crate::wire) fn misjudged(&self, value: &[u8]) -> Treatment {
        // The one attribute of which it depends on the part that is wrong.
        if self.code == AttributeCode::PREFIX_SID && prefix_sid::has_bad_service(value) {
            return Treatment::TreatAsWithdraw;
        }
        self.malformed
    }
}

impl Category {
    #[inline]
    pub(in crate::wire) fn flags(self) -> AttributeFlags {
        match self {
            Self::WellKnown => AttributeFlags::TRANSITIVE,
            Self::OptionalTransitive => AttributeFlags::OPTIONAL | AttributeFlags::TRANSITIVE,
            Self::OptionalNonTransitive => AttributeFlags::OPTIONAL,
        }
    }
}

/// The row of an attribute that the codec knows.
#[inline]
pub(in crate::wire) fn of(code: AttributeCode) -> Option<&'static Spec> {
    let row = ROWS.get(usize::from(code.0))?;
    TABLE.get(usize::from(*row))
}

use Length::{Aggregator, AtLeast, Elements, Exactly, Free};

macro_rules! judge {
    () => {
        None
    };
    ($value:path) => {
        Some($value)
    };
}

/// The table: a constant a row, so that a reader of one attribute pays for the
/// rules of that one only, and all of them by code.
macro_rules! table {
    ($($code:ident, $category:ident, $senders:ident, $length:expr, $malformed:ident,
       $duplicate:ident $(, $value:path)?;)*) => {
        $(pub(in crate::wire) const $code: Spec = Spec {
            code: AttributeCode::$code,
            name: stringify!($code),
            category: Category::$category,
            senders: Senders::$senders,
            length: $length,
            malformed: Treatment::$malformed,
            duplicate: Treatment::$duplicate,
            value: judge!($($value)?),
        };)*

        static TABLE: &[Spec] = &[$($code),*];
    };
}

#[rustfmt::skip]
table! {
    // RFC 4271 §4.3 and §5.1, RFC 7606 §7.1 to §7.7
    ORIGIN,           WellKnown,             Any,      Exactly(1),  TreatAsWithdraw,  AttributeDiscard;
    AS_PATH,          WellKnown,             Any,      Free,   TreatAsWithdraw,  AttributeDiscard;
    NEXT_HOP,         WellKnown,             Any,      Exactly(4),  TreatAsWithdraw,  AttributeDiscard;
    MULTI_EXIT_DISC,  OptionalNonTransitive, Any,      Exactly(4),  TreatAsWithdraw,  AttributeDiscard;
    LOCAL_PREF,       WellKnown,             Interior, Exactly(4),  TreatAsWithdraw,  AttributeDiscard;
    ATOMIC_AGGREGATE, WellKnown,             Any,      Exactly(0),  AttributeDiscard, AttributeDiscard;
    AGGREGATOR,       OptionalTransitive,    Any,      Aggregator,  AttributeDiscard, AttributeDiscard;
    // RFC 1997, RFC 7606 §7.8
    COMMUNITIES,      OptionalTransitive,    Any,      Elements(4), TreatAsWithdraw,  AttributeDiscard;
    // RFC 4456 §8, RFC 7606 §7.9 and §7.10
    ORIGINATOR_ID,    OptionalNonTransitive, Interior, Exactly(4),  TreatAsWithdraw,  AttributeDiscard;
    CLUSTER_LIST,     OptionalNonTransitive, Interior, Elements(4), TreatAsWithdraw,  AttributeDiscard;
    // RFC 4760 §3 and §4, RFC 7606 §3 g, §5.3, §7.11 and §7.12
    MP_REACH_NLRI,    OptionalNonTransitive, Any,      AtLeast(5),  SessionReset,     SessionReset;
    MP_UNREACH_NLRI,  OptionalNonTransitive, Any,      AtLeast(3),  SessionReset,     SessionReset;
    // Kept as octets, but held to their lengths: RFC 7606 §7.14
    EXTENDED_COMMUNITIES, OptionalTransitive, Any,     Elements(8), TreatAsWithdraw,  AttributeDiscard;
    // RFC 6793 §3 and §6
    AS4_PATH,         OptionalTransitive,    TwoOctet, AtLeast(6), AttributeDiscard, AttributeDiscard;
    AS4_AGGREGATOR,   OptionalTransitive,    TwoOctet, Exactly(8),  AttributeDiscard, AttributeDiscard;
    // Kept as octets, but held to their lengths: RFC 7606 §7.15, RFC 8092 §6, RFC 9234 §5
    IPV6_EXTENDED_COMMUNITIES, OptionalTransitive, Any, Elements(20), TreatAsWithdraw, AttributeDiscard;
    LARGE_COMMUNITIES, OptionalTransitive,   Any,      Elements(12), TreatAsWithdraw, AttributeDiscard;
    ONLY_TO_CUSTOMER, OptionalTransitive,    Any,      Exactly(4),  TreatAsWithdraw,  AttributeDiscard;
    // Kept as octets, but looked into: RFC 6514 §5, RFC 9012 §13, RFC 7311 §3.2
    // and §3.3, RFC 7752 §6.2.2, RFC 8669 §6, RFC 7606 §7.16
    PMSI_TUNNEL,      OptionalTransitive,    Any,      AtLeast(5),  TreatAsWithdraw,  AttributeDiscard, pmsi_tunnel::check;
    AIGP,             OptionalNonTransitive, Interior, Free,        AttributeDiscard, AttributeDiscard, aigp::check;
    TUNNEL_ENCAPSULATION, OptionalTransitive, Any,     Free,        TreatAsWithdraw,  AttributeDiscard, tunnel_encapsulation::check;
    BGP_LS,           OptionalNonTransitive, Any,      Free,        AttributeDiscard, AttributeDiscard, link_state;
    PREFIX_SID,       OptionalTransitive,    Any,      Free,        AttributeDiscard, AttributeDiscard, prefix_sid::check;
    ATTR_SET,         OptionalTransitive,    Any,      AtLeast(4),  TreatAsWithdraw,  AttributeDiscard, attr_set::check;
}

/// RFC 7752 §6.2.2.
fn link_state(value: &[u8]) -> Result<(), usize> {
    LinkStateAttribute::decode(value).map(drop)
}

/// Where in the table the row of each code is; past its end if there is none.
static ROWS: [u8; 256] = {
    let mut rows = [u8::MAX; 256];
    let mut row = 0;
    while row < TABLE.len() {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "in bounds, or the crate does not compile"
        )]
        {
            rows[TABLE[row].code.0 as usize] = row as u8;
        }
        row += 1;
    }
    rows
};

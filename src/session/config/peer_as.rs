use crate::{session::AsSet, types::Asn};

/// Which AS a neighbour must have; never 0 (RFC 7607).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum PeerAs {
    /// This one.
    Exactly(Asn),
    /// One of these.
    OneOf(AsSet),
    /// Ours, whatever it is: an internal neighbour.
    Internal,
    /// Any but ours.
    External,
    /// Whichever its OPEN says.
    Any,
}

impl PeerAs {
    /// Whether a neighbour of ours, who are `local_as`, may have this AS.
    pub fn permits(&self, local_as: Asn, asn: Asn) -> bool {
        asn != Asn::ZERO
            && match self {
                Self::Exactly(only) => *only == asn,
                Self::OneOf(set) => set.contains(asn),
                Self::Internal => asn == local_as,
                Self::External => asn != local_as,
                Self::Any => true,
            }
    }

    /// The AS, if there is only one that it can be.
    pub fn only(&self, local_as: Asn) -> Option<Asn> {
        match self {
            Self::Exactly(asn) => Some(*asn),
            Self::OneOf(set) => set.only(),
            Self::Internal => Some(local_as),
            Self::External | Self::Any => None,
        }
    }
}
/// Whether a session dials its neighbour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum OpenMode {
    /// Dials, and accepts as well.
    #[default]
    Active,
    /// Waits to be dialled (PassiveTcpEstablishment, RFC 4271 §8.1.1).
    Passive,
}

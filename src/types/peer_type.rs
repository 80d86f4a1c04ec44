use core::fmt;

use super::Asn;

/// How a neighbour's AS relates to ours (RFC 4271 §1.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum PeerType {
    /// Same AS.
    Internal,
    /// Another AS.
    External,
    /// Another member AS of the same confederation (RFC 5065).
    Confederation,
}

impl PeerType {
    /// Whether the neighbour is in the same AS or confederation: what stays
    /// inside, such as LOCAL_PREF, may pass between the two.
    pub const fn is_interior(self) -> bool {
        matches!(self, Self::Internal | Self::Confederation)
    }

    /// The type of a session between these two systems.
    pub fn between(local: Asn, peer: Asn) -> Self {
        if local == peer {
            Self::Internal
        } else {
            Self::External
        }
    }
}

impl fmt::Display for PeerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Internal => "iBGP",
            Self::External => "eBGP",
            Self::Confederation => "confederation eBGP",
        })
    }
}

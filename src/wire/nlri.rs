use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::types::Prefix;

/// Tells several paths to one prefix apart (RFC 7911 §3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct PathId(pub u32);

/// One element of network layer reachability information.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Nlri {
    /// The destination.
    pub prefix: Prefix,
    /// Present exactly if ADD-PATH is in use for the family in this direction.
    pub path_id: Option<PathId>,
}

impl From<Prefix> for Nlri {
    fn from(prefix: Prefix) -> Self {
        Self {
            prefix,
            path_id: None,
        }
    }
}

impl fmt::Display for Nlri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.prefix, f)?;
        match self.path_id {
            Some(PathId(id)) => write!(f, " path {id}"),
            None => Ok(()),
        }
    }
}

/// The NLRI of an MP attribute, in the shape that its family has.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum NlriList {
    /// IPv4 or IPv6 unicast.
    Prefixes(Vec<Nlri>),
    /// Of a family that the codec does not know: the octets.
    Opaque(Bytes),
}

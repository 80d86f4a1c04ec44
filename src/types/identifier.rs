use core::{fmt, net::Ipv4Addr, str::FromStr};

use thiserror::Error;

macro_rules! dotted_quad {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Ipv4Addr::from(self.0), f)
            }
        }

        impl From<Ipv4Addr> for $name {
            fn from(addr: Ipv4Addr) -> Self {
                Self(addr.into())
            }
        }

        impl From<$name> for Ipv4Addr {
            fn from(id: $name) -> Self {
                Self::from(id.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.parse::<Ipv4Addr>().map(Self::from).map_err(|_| ParseIdError)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ipv4Addr::deserialize(deserializer).map(Self::from)
            }
        }
    };
}

dotted_quad! {
    /// A BGP Identifier: a non-zero number unique in its AS (RFC 6286), written
    /// as a dotted quad.
    ///
    /// The type also holds zero, since the wire can; the session refuses it.
    RouterId
}

dotted_quad! {
    /// A route reflection cluster's identifier (RFC 4456 §7), written as a
    /// dotted quad.
    ClusterId
}

impl From<RouterId> for ClusterId {
    /// A reflector without a configured cluster id uses its router id
    /// (RFC 4456 §7).
    fn from(id: RouterId) -> Self {
        Self(id.0)
    }
}

/// The text is not four decimal octets with dots.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an identifier is a dotted quad such as 192.0.2.1")]
pub struct ParseIdError;

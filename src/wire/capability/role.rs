use core::{fmt, str::FromStr};

use thiserror::Error;

/// What the sender of the role capability is to the receiver (RFC 9234 §4.1).
///
/// ```
/// use bgpwright::wire::Role;
///
/// assert_eq!("customer".parse(), Ok(Role::CUSTOMER));
/// assert!(Role::CUSTOMER.fits(Role::PROVIDER));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Role(pub u8);

impl Role {
    /// Gives the other side transit.
    pub const PROVIDER: Self = Self(0);
    /// A route server of the other side.
    pub const RS: Self = Self(1);
    /// A client of the other side, which is a route server.
    pub const RS_CLIENT: Self = Self(2);
    /// Gets transit from the other side.
    pub const CUSTOMER: Self = Self(3);
    /// A lateral peer.
    pub const PEER: Self = Self(4);

    /// The name in the RFC, in lower case, or `None` for a value without one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::PROVIDER => "provider",
            Self::RS => "rs",
            Self::RS_CLIENT => "rs-client",
            Self::CUSTOMER => "customer",
            Self::PEER => "peer",
            _ => return None,
        })
    }

    /// What the other side of such a speaker must be (RFC 9234 §4.2), or
    /// `None` for a value without a meaning.
    pub const fn opposite(self) -> Option<Self> {
        Some(match self {
            Self::PROVIDER => Self::CUSTOMER,
            Self::CUSTOMER => Self::PROVIDER,
            Self::RS => Self::RS_CLIENT,
            Self::RS_CLIENT => Self::RS,
            Self::PEER => Self::PEER,
            _ => return None,
        })
    }

    /// Whether speakers with these two roles may have a session
    /// (RFC 9234 §4.2).
    pub fn fits(self, other: Self) -> bool {
        self.opposite() == Some(other)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, ParseRoleError> {
        ALL.into_iter()
            .find(|role| role.name() == Some(text))
            .ok_or(ParseRoleError)
    }
}

/// The text names no role.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a role is provider, rs, rs-client, customer or peer")]
pub struct ParseRoleError;

const ALL: [Role; 5] = [
    Role::PROVIDER,
    Role::RS,
    Role::RS_CLIENT,
    Role::CUSTOMER,
    Role::PEER,
];

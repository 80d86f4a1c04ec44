use alloc::{sync::Arc, vec::Vec};
use core::fmt;

use super::TransportError;

/// How the segments of a connection are authenticated: one way or the other,
/// never both (RFC 5925 §2.2).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all.
    #[default]
    None,
    /// The TCP MD5 signature option (RFC 2385).
    Md5(KeyRef),
    /// The TCP authentication option (RFC 5925). The first key is the one to
    /// send with; all are accepted, which is how keys are rolled over.
    Ao(Vec<AoKey>),
}

impl Authentication {
    /// Whether segments of a connection with these keys pass with those: the
    /// same keys, or chains that have one in common.
    pub(super) fn carries_over(&self, after: &Self) -> bool {
        match (self, after) {
            (Self::Ao(before), Self::Ao(after)) => before.iter().any(|key| after.contains(key)),
            _ => self == after,
        }
    }

    pub(in crate::session) fn check(&self) -> Result<(), TransportError> {
        match self {
            Self::None => Ok(()),
            Self::Md5(key) => key.check(),
            Self::Ao(chain) => check_chain(chain),
        }
    }
}

fn check_chain(chain: &[AoKey]) -> Result<(), TransportError> {
    if chain.is_empty() {
        return Err(TransportError::ChainEmpty);
    }
    for (at, key) in chain.iter().enumerate() {
        key.key.check()?;
        let (send, receive) = (key.send_id, key.receive_id);
        for other in chain.iter().take(at) {
            if other.send_id == send {
                return Err(TransportError::SendIdTwice { id: send });
            }
            if other.receive_id == receive {
                return Err(TransportError::ReceiveIdTwice { id: receive });
            }
        }
    }
    Ok(())
}

impl fmt::Display for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no key"),
            Self::Md5(key) => write!(f, "MD5 key {key}"),
            Self::Ao(chain) => {
                f.write_str("TCP-AO")?;
                let mut separator = " ";
                chain.iter().try_for_each(|key| {
                    write!(f, "{separator}{key}")?;
                    separator = ", ";
                    Ok(())
                })
            }
        }
    }
}

/// The name of a secret that the embedder keeps; never the secret.
///
/// What a name looks like is the embedder's: `rack-7`, or Calico's
/// `bgp-secrets/password`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct KeyRef(pub Arc<str>);

impl KeyRef {
    fn check(&self) -> Result<(), TransportError> {
        if self.0.is_empty() {
            return Err(TransportError::KeyUnnamed);
        }
        Ok(())
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for KeyRef {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// A master key of TCP-AO by reference (RFC 5925 §3.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct AoKey {
    /// The secret, and the algorithms that go with it (RFC 5926).
    pub key: KeyRef,
    /// The KeyID of what we send.
    pub send_id: u8,
    /// The KeyID of what the neighbour sends.
    pub receive_id: u8,
}

impl fmt::Display for AoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}/{})", self.key, self.send_id, self.receive_id)
    }
}

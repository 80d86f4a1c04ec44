use thiserror::Error;

use crate::wire::Notification;

/// Octets that are no message: the session ends.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DecodeError {
    /// Placeholder.
    #[error("placeholder")]
    Placeholder,
}

impl DecodeError {
    /// What to tell the peer.
    pub fn notification(&self) -> Notification {
        todo!()
    }
}

/// A value that the wire, or this session's wire, cannot carry.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The message would be larger than the session allows.
    #[error("the message is over the session's {max} octets")]
    TooLong {
        /// The limit.
        max: usize,
    },
}

use thiserror::Error;

/// Why a message cannot be read, and where.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind}, at octet {offset} of the message")]
#[non_exhaustive]
pub struct BmpError {
    /// Octets of the message before what is wrong.
    pub offset: usize,
    /// What.
    pub kind: BmpErrorKind,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum BmpErrorKind {
    /// A version other than 3: the stream cannot be read on (RFC 7854 §4.1).
    #[error("BMP version {version}, not 3")]
    Version {
        /// What came.
        version: u8,
    },
    /// A length below the header's, or over the reader's limit: the stream
    /// cannot be read on.
    #[error("a length of {length}, not between 6 and {limit}")]
    Length {
        /// What came.
        length: u32,
        /// What the reader was told.
        limit: usize,
    },
    /// The message ends inside a field.
    #[error("it ends inside a field")]
    Short,
    /// A BGP message inside has no marker, or its length is none.
    #[error("no BGP message")]
    BgpMessage,
    /// There are octets after the last field.
    #[error("octets after the last field")]
    Trailing,
}

impl BmpError {
    pub(super) const fn new(offset: usize, kind: BmpErrorKind) -> Self {
        Self { offset, kind }
    }
}

/// A value that a message cannot carry.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum BmpEncodeError {
    /// A value is over 65535 octets, or the message over 4294967295.
    #[error("a value or the message is too long for its length field")]
    TooLong,
    /// An address does not go with the peer's V flag (RFC 7854 §4.2).
    #[error("an IPv6 address of a peer without the V flag, or the reverse")]
    Address,
    /// Octets that are to be one BGP message are not: what would be read back is
    /// another value.
    #[error("octets that are not one BGP message")]
    BgpMessage,
    /// A message type, or a reason of Peer Down, that has a variant of its own.
    #[error("number {number} has a variant of its own")]
    Named {
        /// The type or reason.
        number: u8,
    },
    /// A statistic's value is not of the size that its type asks for.
    #[error("the value is not what statistic {kind} has")]
    Statistic {
        /// Its type.
        kind: u16,
    },
}

use thiserror::Error;

use crate::types::{Afi, Asn, Family};

/// Why a record cannot be read, and where.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("record at octet {record}: {kind}, at octet {offset}")]
#[non_exhaustive]
pub struct Error {
    /// Octets of the stream before the record's header.
    pub record: u64,
    /// Octets of the stream before what is wrong.
    pub offset: u64,
    /// What.
    pub kind: ErrorKind,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The record is larger than its reader allows. It is passed over, and
    /// what follows can be read.
    #[error("{length} octets, over the limit of {limit}")]
    TooLong {
        /// What its header says.
        length: u32,
        /// What the reader was told.
        limit: usize,
    },
    /// The stream ends inside the record.
    #[error("the stream ends inside it")]
    Truncated,
    /// The record ends inside a field.
    #[error("it ends inside a field")]
    Short,
    /// A prefix is longer than its family allows.
    #[error("a prefix of {length} bits")]
    Prefix {
        /// Its length in bits.
        length: u8,
    },
    /// Addresses of a family that RFC 6396 does not know.
    #[error("addresses of family {}", afi.0)]
    Afi {
        /// Which.
        afi: Afi,
    },
}

/// A value that a record cannot carry.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A list or a run of octets is longer than its length field can say.
    #[error("a field is too long")]
    TooLong,
    /// An AS number is wider than this subtype has room for.
    #[error("AS {asn} does not fit two octets")]
    Asn {
        /// Which.
        asn: Asn,
    },
    /// The two addresses of a session are not of one family, or not of the
    /// type's.
    #[error("the addresses are not of one family")]
    Addresses,
    /// A destination is not of the family that the record is of, or cannot be
    /// told from what follows it.
    #[error("the NLRI is not of {family}")]
    Nlri {
        /// The family.
        family: Family,
    },
    /// An entry has a path identifier and the record none, or the reverse.
    #[error("path identifiers in some entries only")]
    PathId,
    /// Microseconds in a type without them, or none in a type that has them.
    #[error("the type and the timestamp do not go together")]
    Timestamp,
    /// What would be read as something else: trailing octets after a field that
    /// takes all, a known subtype as octets, wide AS numbers where all are
    /// narrow.
    #[error("it would be read as something else")]
    Ambiguous,
}

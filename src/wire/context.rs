use alloc::vec::Vec;

use crate::types::{Family, PeerType};

/// What the two OPENs agreed that is needed to read and write messages.
///
/// Explicit, never guessed from the octets. [`Context::default`] is a session
/// that has negotiated nothing yet.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Context {
    /// Whether AS numbers in AS_PATH and AGGREGATOR take four octets
    /// (RFC 6793): both sides announced the capability.
    pub four_octet_as: bool,
    /// The families that may occur; IPv4 unicast alone by default.
    pub families: Vec<Family>,
    /// The largest message in octets, header included: 4096 by default
    /// (RFC 4271 §4.1).
    pub max_message_len: usize,
    /// Whether the neighbour is internal: some faults are graded by it
    /// (RFC 7606 §7).
    pub peer_type: PeerType,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            four_octet_as: false,
            families: alloc::vec![Family::IPV4_UNICAST],
            max_message_len: crate::wire::frame::MAX_LEN,
            peer_type: PeerType::External,
        }
    }
}

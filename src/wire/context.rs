use alloc::vec::Vec;

use crate::types::{Family, PeerType};

/// What the two OPENs agreed that is needed to read and write messages.
///
/// Explicit, never guessed from the octets. [`Context::default`] is a session
/// that has negotiated nothing yet.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Context {
    /// Whether AS numbers in AS_PATH and AGGREGATOR take four octets
    /// (RFC 6793): both sides announced the capability.
    pub four_octet_as: bool,
    /// The families that may occur; IPv4 unicast alone by default.
    pub families: Vec<Family>,
    /// The families whose NLRI come in with path identifiers (RFC 7911 §4);
    /// none by default.
    pub add_path_receive: Vec<Family>,
    /// The families whose NLRI go out with path identifiers (RFC 7911 §4);
    /// none by default.
    pub add_path_send: Vec<Family>,
    /// The families of IPv4 whose next hop may go out as an IPv6 address
    /// (RFC 8950 §4); none by default. One that comes in is always read.
    pub extended_next_hop: Vec<Family>,
    /// The largest message in octets, header included: 4096 by default
    /// (RFC 4271 §4.1), 65535 with extended messages (RFC 8654).
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
            add_path_receive: Vec::new(),
            add_path_send: Vec::new(),
            extended_next_hop: Vec::new(),
            max_message_len: crate::wire::frame::MAX_LEN,
            peer_type: PeerType::External,
        }
    }
}

impl Context {
    /// Whether NLRI of this family come in with path identifiers.
    #[inline]
    pub fn receives_path_ids(&self, family: Family) -> bool {
        self.add_path_receive.contains(&family)
    }

    /// Whether NLRI of this family go out with path identifiers.
    #[inline]
    pub fn sends_path_ids(&self, family: Family) -> bool {
        self.add_path_send.contains(&family)
    }
}

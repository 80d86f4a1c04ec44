use alloc::vec::Vec;

use crate::{
    types::{Afi, Family, PeerType},
    wire::{
        Capability, Open,
        capability::AddPathMode,
        frame::{EXTENDED_LEN, MAX_LEN},
    },
};

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
            max_message_len: MAX_LEN,
            peer_type: PeerType::External,
        }
    }
}

impl Context {
    /// What the speaker of `sent` reads and writes messages with, once the
    /// speaker of `received` has answered: what both can do (RFC 5492 §3).
    ///
    /// ADD-PATH is taken by direction (RFC 7911 §4). Confederations cannot be
    /// told from two OPENs: a peer of another AS is an external one.
    pub fn between(sent: &Open, received: &Open) -> Self {
        let families: Vec<Family> = sent
            .families()
            .filter(|family| received.families().any(|other| other == *family))
            .collect();
        let has =
            |open: &Open, wanted: fn(&Capability) -> bool| open.capabilities.iter().any(wanted);
        let both = |wanted| has(sent, wanted) && has(received, wanted);
        let add_path = |from: &Open, to: &Open| {
            let may = |family: &Family| {
                from.add_path(*family).is_some_and(AddPathMode::may_send)
                    && to.add_path(*family).is_some_and(AddPathMode::may_receive)
            };
            families.iter().copied().filter(may).collect::<Vec<_>>()
        };
        let takes = |family: &Family| {
            family.afi == Afi::IPV4
                && sent.takes_next_hop(*family, Afi::IPV6)
                && received.takes_next_hop(*family, Afi::IPV6)
        };
        let extended = both(|of| matches!(of, Capability::ExtendedMessage));
        Self {
            four_octet_as: both(|of| matches!(of, Capability::FourOctetAs(_))),
            add_path_receive: add_path(received, sent),
            add_path_send: add_path(sent, received),
            extended_next_hop: families.iter().copied().filter(takes).collect(),
            max_message_len: if extended { EXTENDED_LEN } else { MAX_LEN },
            peer_type: PeerType::between(sent.asn(), received.asn()),
            families,
        }
    }

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

//! Which of two connections to one neighbour is kept (RFC 4271 §6.8, with
//! RFC 6286 §2.3 for equal identifiers).
//!
//! # Departures
//! - The RFC compares when a connection is in OpenConfirm as the other one's
//!   OPEN comes, and permits to look at OpenSent too. We do: both ends then
//!   decide as early, and alike.
//! - Read to the letter, §6.8 might close by age; as its first paragraph
//!   means it, and as everybody does, what counts is who dialled.

use core::cmp::Ordering;

use crate::types::{Asn, RouterId};

/// One end, as the comparison sees it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the comparison needs these two")]
pub struct Identity {
    /// Its BGP Identifier.
    pub router_id: RouterId,
    /// Its AS, all four octets.
    pub asn: Asn,
}

/// Who dialled a connection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Initiator {
    /// We did.
    Local,
    /// The neighbour did.
    Remote,
}

/// Whose connection is kept, if both are in OpenSent or OpenConfirm: that of
/// the higher identifier, as an unsigned number; with equal ones, that of the
/// larger AS.
///
/// Equal in both cannot be: such an OPEN is refused (RFC 6286 §2.2).
pub fn keep(local: Identity, remote: Identity) -> Initiator {
    let order = local.router_id.cmp(&remote.router_id);
    match order.then(local.asn.cmp(&remote.asn)) {
        Ordering::Greater | Ordering::Equal => Initiator::Local,
        Ordering::Less => Initiator::Remote,
    }
}

use alloc::vec::Vec;
use core::{fmt, time::Duration};

use crate::{
    types::{Asn, Family, PeerType, RouterId},
    wire::{AddPathMode, Context, GracefulRestart, LongLivedFamily, Open, Role, frame},
};

/// What two OPENs agreed on.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub struct Negotiated {
    /// The neighbour's AS.
    pub peer_as: Asn,
    /// The neighbour's BGP Identifier.
    pub peer_router_id: RouterId,
    /// Whether the neighbour is internal.
    pub peer_type: PeerType,
    /// The lesser of both hold times; zero for none.
    pub hold_time: Duration,
    /// The families that both offer, in our order.
    pub families: Vec<Family>,
    /// How to read and write messages.
    pub context: Context,
    /// The largest message in octets that the neighbour may send: what we
    /// offer counts for that, whatever it offers (RFC 8654 §4).
    pub max_received_len: usize,
    /// Whether the neighbour answers ROUTE-REFRESH.
    pub route_refresh: bool,
    /// Whether both bracket the answer to a ROUTE-REFRESH (RFC 7313).
    pub enhanced_route_refresh: bool,
    /// What the neighbour says of graceful restart, if both sides do.
    pub graceful_restart: Option<GracefulRestart>,
    /// Whether routes outlive a NOTIFICATION that is no Hard Reset: both sides
    /// set the N bit (RFC 8538 §4).
    pub survives_notification: bool,
    /// What the neighbour says of long-lived graceful restart, of the families
    /// that both offer; none unless both sides do (RFC 9494).
    pub long_lived: Vec<LongLivedFamily>,
    /// What the neighbour is to us (RFC 9234), if it says so; external
    /// neighbours only.
    pub peer_role: Option<Role>,
    /// The neighbour's OPEN, whole.
    pub peer_open: Open,
}

impl Negotiated {
    /// What ADD-PATH does with this family, from our side (RFC 7911 §4), or
    /// `None` if nothing was agreed.
    pub fn add_path(&self, family: Family) -> Option<AddPathMode> {
        let receives = self.context.receives_path_ids(family);
        match (receives, self.context.sends_path_ids(family)) {
            (true, true) => Some(AddPathMode::BOTH),
            (true, false) => Some(AddPathMode::RECEIVE),
            (false, true) => Some(AddPathMode::SEND),
            (false, false) => None,
        }
    }
}

impl fmt::Display for Negotiated {
    /// One line: `AS 64512, 10.0.0.2, iBGP, hold time 90 s, ipv4-unicast,
    /// four-octet AS, route refresh`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AS {}, {}, {}, ",
            self.peer_as, self.peer_router_id, self.peer_type
        )?;
        match self.hold_time.as_secs() {
            0 => f.write_str("no hold time")?,
            seconds => write!(f, "hold time {seconds} s")?,
        }
        for &family in &self.families {
            write!(f, ", {family}")?;
            if let Some(mode) = self.add_path(family) {
                write!(f, " (ADD-PATH {})", mode.name().unwrap_or_default())?;
            }
            if self.context.extended_next_hop.contains(&family) {
                f.write_str(" (IPv6 next hops)")?;
            }
        }
        let words = [
            (self.context.four_octet_as, "four-octet AS"),
            (
                self.context.max_message_len > frame::MAX_LEN,
                "extended messages",
            ),
            (self.route_refresh, "route refresh"),
            (self.enhanced_route_refresh, "enhanced route refresh"),
            (self.graceful_restart.is_some(), "graceful restart"),
            (self.survives_notification, "notification support"),
            (!self.long_lived.is_empty(), "long-lived graceful restart"),
        ];
        for (_, word) in words.into_iter().filter(|(agreed, _)| *agreed) {
            write!(f, ", {word}")?;
        }
        match self.peer_role {
            Some(role) => write!(f, ", the neighbour is {role}"),
            None => Ok(()),
        }
    }
}

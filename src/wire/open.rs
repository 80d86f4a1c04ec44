use alloc::vec::Vec;

use crate::{
    types::{Asn, RouterId},
    wire::Capability,
};

/// OPEN: who a speaker is and what it can do (RFC 4271 §4.2, RFC 5492).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Open {
    /// 4.
    pub version: u8,
    /// My Autonomous System, the two-octet field: [`Asn::TRANS`] stands for a
    /// larger number, which [`Capability::FourOctetAs`] then carries.
    pub my_as: u16,
    /// Proposed hold time in seconds: 0, or at least 3.
    pub hold_time: u16,
    /// BGP Identifier, not zero.
    pub router_id: RouterId,
    /// In the order of the wire, repeated ones kept.
    pub capabilities: Vec<Capability>,
}

impl Open {
    /// The sender's AS: from the four-octet capability if there is one
    /// (RFC 6793 §4.1), else the two-octet field.
    pub fn asn(&self) -> Asn {
        let wide = self
            .capabilities
            .iter()
            .find_map(|capability| match capability {
                Capability::FourOctetAs(asn) => Some(*asn),
                _ => None,
            });
        wide.unwrap_or(Asn(u32::from(self.my_as)))
    }
}

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::tlv::checked_octets;
use crate::types::Label;

checked_octets! {
    /// PMSI Tunnel: the tree that carries a VPN's multicast (RFC 6514 §5).
    ///
    /// A type that is not known is kept, for more have been assigned since
    /// RFC 6514 §5 asked to refuse them.
    PmsiTunnel, PMSI_TUNNEL
}

/// The type of a PMSI tunnel (RFC 6514 §5).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct PmsiTunnelType(pub u8);

impl PmsiTunnelType {
    /// No tunnel.
    pub const NONE: Self = Self(0);
    /// RSVP-TE P2MP LSP.
    pub const RSVP_TE: Self = Self(1);
    /// mLDP P2MP LSP.
    pub const MLDP_P2MP: Self = Self(2);
    /// PIM-SSM tree.
    pub const PIM_SSM: Self = Self(3);
    /// PIM-SM tree.
    pub const PIM_SM: Self = Self(4);
    /// BIDIR-PIM tree.
    pub const BIDIR_PIM: Self = Self(5);
    /// Ingress replication.
    pub const INGRESS_REPLICATION: Self = Self(6);
    /// mLDP MP2MP LSP.
    pub const MLDP_MP2MP: Self = Self(7);

    /// The name, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::NONE => "none",
            Self::RSVP_TE => "rsvp-te",
            Self::MLDP_P2MP => "mldp-p2mp",
            Self::PIM_SSM => "pim-ssm",
            Self::PIM_SM => "pim-sm",
            Self::BIDIR_PIM => "bidir-pim",
            Self::INGRESS_REPLICATION => "ingress-replication",
            Self::MLDP_MP2MP => "mldp-mp2mp",
            _ => return None,
        })
    }
}

impl fmt::Display for PmsiTunnelType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "tunnel type {}", self.0),
        }
    }
}

impl PmsiTunnel {
    fn head(&self) -> [u8; 5] {
        self.octets().first_chunk().copied().unwrap_or_default()
    }

    /// Flags; the lowest bit asks the leaves to report (RFC 6514 §5).
    pub fn flags(&self) -> u8 {
        let [flags, ..] = self.head();
        flags
    }

    /// What kind of tunnel.
    pub fn kind(&self) -> PmsiTunnelType {
        let [_, kind, ..] = self.head();
        PmsiTunnelType(kind)
    }

    /// The label; its octets are zeros if there is none. With VXLAN all 24 bits
    /// are the VNI (RFC 8365 §5.1.3).
    pub fn label(&self) -> Label {
        let [_, _, label @ ..] = self.head();
        Label::from_octets(label)
    }

    /// The tunnel's identifier, of a form that the type gives.
    pub fn id(&self) -> &[u8] {
        self.octets().get(5..).unwrap_or_default()
    }

    /// Where the tunnel of ingress replication ends.
    pub fn endpoint(&self) -> Option<IpAddr> {
        address(self.id()).filter(|_| self.kind() == PmsiTunnelType::INGRESS_REPLICATION)
    }

    /// Sender or root, and group, of a PIM tree.
    pub fn tree(&self) -> Option<(IpAddr, IpAddr)> {
        let id = self.id();
        let (root, group) = id.split_at_checked(id.len() / 2)?;
        matches!(self.kind().0, 3..=5).then(|| Some((address(root)?, address(group)?)))?
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(Ipv4Addr::from(octets).into());
    }
    <[u8; 16]>::try_from(octets)
        .ok()
        .map(|octets| Ipv6Addr::from(octets).into())
}

/// RFC 6514 §5.
pub(super) fn check(value: &[u8]) -> Result<(), usize> {
    let ([_, kind, ..], id) = value.split_first_chunk::<5>().ok_or(0_usize)?;
    let fits = match PmsiTunnelType(*kind) {
        PmsiTunnelType::NONE => id.is_empty(),
        PmsiTunnelType::RSVP_TE => matches!(id.len(), 12 | 24),
        PmsiTunnelType::PIM_SSM | PmsiTunnelType::PIM_SM | PmsiTunnelType::BIDIR_PIM => {
            matches!(id.len(), 8 | 32)
        }
        PmsiTunnelType::INGRESS_REPLICATION => matches!(id.len(), 4 | 16),
        PmsiTunnelType::MLDP_P2MP | PmsiTunnelType::MLDP_MP2MP => is_fec(id).unwrap_or(false),
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(5.min(value.len().saturating_sub(1)))
    }
}

/// Whether this is one multipoint FEC element (RFC 6388 §2.2).
fn is_fec(id: &[u8]) -> Option<bool> {
    let ([_, _, _, length], rest) = id.split_first_chunk()?;
    let (_, rest) = rest.split_at_checked(usize::from(*length))?;
    let (length, opaque) = rest.split_first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*length)) == opaque.len())
}

impl fmt::Display for PmsiTunnel {
    /// As `ingress-replication label 100 192.0.2.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} label {}", self.kind(), self.label())?;
        if let Some(endpoint) = self.endpoint() {
            return write!(f, " {endpoint}");
        }
        if let Some((root, group)) = self.tree() {
            return write!(f, " {root} {group}");
        }
        self.id().iter().enumerate().try_for_each(|(at, octet)| {
            let space = if at == 0 { " " } else { "" };
            write!(f, "{space}{octet:02x}")
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use super::*;

    #[test]
    fn tunnels_are_read_and_kept() {
        for (value, text) in [
            (
                &[0, 6, 0, 6, 0x40, 192, 0, 2, 1][..],
                "ingress-replication label 100 192.0.2.1",
            ),
            (
                &[1, 3, 0, 0, 0, 192, 0, 2, 1, 232, 0, 0, 1],
                "pim-ssm label 0 192.0.2.1 232.0.0.1",
            ),
            (&[1, 0, 0, 0, 0], "none label 0"),
            (
                &[0, 2, 0, 0, 0, 6, 0, 1, 0, 0, 1, 7],
                "mldp-p2mp label 0 06000100000107",
            ),
            (&[0, 99, 0, 0, 0, 0xab], "tunnel type 99 label 0 ab"),
        ] {
            let tunnel = PmsiTunnel::decode(value).unwrap();
            assert_eq!(tunnel.to_string(), text);
            let mut out = Vec::new();
            tunnel.encode(&mut out).unwrap();
            assert_eq!(out, value);
        }
    }

    #[test]
    fn an_identifier_of_the_wrong_length_is_wrong() {
        for kind in [1, 2, 3, 4, 5, 6, 7] {
            assert_eq!(PmsiTunnel::decode(&[0, kind, 0, 0, 0]), Err(4));
            assert_eq!(PmsiTunnel::decode(&[0, kind, 0, 0, 0, 1, 2, 3]), Err(5));
        }
        assert_eq!(PmsiTunnel::decode(&[0, 0, 0, 0, 0, 1]), Err(5));
        assert_eq!(PmsiTunnel::decode(&[0, 0, 0, 0]), Err(0));
    }
}

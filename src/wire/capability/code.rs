use core::fmt;

/// The code octet of a capability.
///
/// Shown by the name that operators use, or as `capability 200`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct CapabilityCode(pub u8);

impl CapabilityCode {
    /// Multiprotocol extensions (RFC 4760 §8).
    pub const MULTIPROTOCOL: Self = Self(1);
    /// Route refresh (RFC 2918).
    pub const ROUTE_REFRESH: Self = Self(2);
    /// Outbound route filtering (RFC 5291 §5).
    pub const OUTBOUND_ROUTE_FILTERING: Self = Self(3);
    /// Several routes to a destination: withdrawn by RFC 8277, kept raw.
    pub const MULTIPLE_ROUTES: Self = Self(4);
    /// Extended next hop encoding (RFC 8950 §4).
    pub const EXTENDED_NEXT_HOP: Self = Self(5);
    /// Extended messages (RFC 8654 §3).
    pub const EXTENDED_MESSAGE: Self = Self(6);
    /// BGPsec (RFC 8205 §2.2), kept raw.
    pub const BGPSEC: Self = Self(7);
    /// Multiple labels (RFC 8277 §2.1).
    pub const MULTIPLE_LABELS: Self = Self(8);
    /// BGP role (RFC 9234 §4.1).
    pub const ROLE: Self = Self(9);
    /// Graceful restart (RFC 4724).
    pub const GRACEFUL_RESTART: Self = Self(64);
    /// Four-octet AS numbers (RFC 6793).
    pub const FOUR_OCTET_AS: Self = Self(65);
    /// Dynamic capability, kept raw.
    pub const DYNAMIC: Self = Self(67);
    /// Several sessions between two speakers, kept raw.
    pub const MULTI_SESSION: Self = Self(68);
    /// ADD-PATH (RFC 7911 §4).
    pub const ADD_PATH: Self = Self(69);
    /// Enhanced route refresh (RFC 7313 §3.1).
    pub const ENHANCED_ROUTE_REFRESH: Self = Self(70);
    /// Long-lived graceful restart (RFC 9494 §3.1).
    pub const LONG_LIVED_GRACEFUL_RESTART: Self = Self(71);
    /// Routing policy distribution, kept raw.
    pub const ROUTING_POLICY_DISTRIBUTION: Self = Self(72);
    /// The speaker's host and domain name.
    pub const FQDN: Self = Self(73);
    /// BFD strict mode: the session waits for BFD.
    pub const BFD_STRICT: Self = Self(74);
    /// The speaker's software version.
    pub const SOFTWARE_VERSION: Self = Self(75);
    /// The most paths per prefix that the speaker takes.
    pub const PATHS_LIMIT: Self = Self(76);
    /// A link-local address as the only IPv6 next hop.
    pub const LINK_LOCAL_NEXT_HOP: Self = Self(77);
    /// Route refresh, before it had a number (RFC 8810 §3).
    pub const CISCO_ROUTE_REFRESH: Self = Self(128);
    /// Outbound route filtering, before it had a number (RFC 8810 §3), kept
    /// raw.
    pub const CISCO_OUTBOUND_ROUTE_FILTERING: Self = Self(130);
    /// Several sessions, before they had a number (RFC 8810 §3), kept raw.
    pub const CISCO_MULTI_SESSION: Self = Self(131);
    /// Host and domain name, before they had a number (RFC 8810 §3), kept raw.
    pub const PRESTANDARD_FQDN: Self = Self(184);
    /// OPERATIONAL messages, which never had a number (RFC 8810 §3), kept raw.
    pub const PRESTANDARD_OPERATIONAL: Self = Self(185);

    /// The name that operators use, or `None` for a code without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::MULTIPROTOCOL => "multiprotocol",
            Self::ROUTE_REFRESH => "route-refresh",
            Self::OUTBOUND_ROUTE_FILTERING => "outbound-route-filtering",
            Self::MULTIPLE_ROUTES => "multiple-routes",
            Self::EXTENDED_NEXT_HOP => "extended-next-hop",
            Self::EXTENDED_MESSAGE => "extended-message",
            Self::BGPSEC => "bgpsec",
            Self::MULTIPLE_LABELS => "multiple-labels",
            Self::ROLE => "role",
            Self::GRACEFUL_RESTART => "graceful-restart",
            Self::FOUR_OCTET_AS => "four-octet-as",
            Self::DYNAMIC => "dynamic",
            Self::MULTI_SESSION => "multi-session",
            Self::ADD_PATH => "add-path",
            Self::ENHANCED_ROUTE_REFRESH => "enhanced-route-refresh",
            Self::LONG_LIVED_GRACEFUL_RESTART => "long-lived-graceful-restart",
            Self::ROUTING_POLICY_DISTRIBUTION => "routing-policy-distribution",
            Self::FQDN => "fqdn",
            Self::BFD_STRICT => "bfd-strict",
            Self::SOFTWARE_VERSION => "software-version",
            Self::PATHS_LIMIT => "paths-limit",
            Self::LINK_LOCAL_NEXT_HOP => "link-local-next-hop",
            Self::CISCO_ROUTE_REFRESH => "cisco-route-refresh",
            // The registry gives 129 to filtering and to policy distribution.
            Self(129) => "cisco-129",
            Self::CISCO_OUTBOUND_ROUTE_FILTERING => "cisco-outbound-route-filtering",
            Self::CISCO_MULTI_SESSION => "cisco-multi-session",
            Self::PRESTANDARD_FQDN => "prestandard-fqdn",
            Self::PRESTANDARD_OPERATIONAL => "prestandard-operational",
            Self(239..=254) => "experimental",
            _ => return None,
        })
    }
}

impl fmt::Display for CapabilityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.name()) {
            (Self(239..=254), _) | (_, None) => write!(f, "capability {}", self.0),
            (_, Some(name)) => f.write_str(name),
        }
    }
}

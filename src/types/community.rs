use core::{fmt, str::FromStr};

use thiserror::Error;

/// A community value (RFC 1997), written `AS:value`, or by its well-known name.
///
/// ```
/// use bgpwright::types::Community;
///
/// assert_eq!("65000:100".parse(), Ok(Community(0xfde8_0064)));
/// assert_eq!("no-export".parse(), Ok(Community::NO_EXPORT));
/// assert_eq!(Community::GRACEFUL_SHUTDOWN.to_string(), "graceful-shutdown");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Community(pub u32);

macro_rules! well_known {
    ($($(#[$doc:meta])* $name:ident = $value:literal, $text:literal;)*) => {
        impl Community {
            $($(#[$doc])* pub const $name: Self = Self($value);)*

            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$name, $text)),*];
        }
    };
}

well_known! {
    /// Sender asks for a lower preference before it goes away (RFC 8326).
    GRACEFUL_SHUTDOWN = 0xffff_0000, "graceful-shutdown";
    /// Route may come back to its origin VRF (RFC 7611).
    ACCEPT_OWN = 0xffff_0001, "accept-own";
    /// Translated from a membership in a VPN of IPv4
    /// (draft-ietf-l3vpn-legacy-rtc).
    ROUTE_FILTER_TRANSLATED_V4 = 0xffff_0002, "route-filter-translated-v4";
    /// Asks for the routes of a VPN of IPv4 (draft-ietf-l3vpn-legacy-rtc).
    ROUTE_FILTER_V4 = 0xffff_0003, "route-filter-v4";
    /// Translated from a membership in a VPN of IPv6
    /// (draft-ietf-l3vpn-legacy-rtc).
    ROUTE_FILTER_TRANSLATED_V6 = 0xffff_0004, "route-filter-translated-v6";
    /// Asks for the routes of a VPN of IPv6 (draft-ietf-l3vpn-legacy-rtc).
    ROUTE_FILTER_V6 = 0xffff_0005, "route-filter-v6";
    /// Stale under long-lived graceful restart (RFC 9494).
    LLGR_STALE = 0xffff_0006, "llgr-stale";
    /// Not to be kept under long-lived graceful restart (RFC 9494).
    NO_LLGR = 0xffff_0007, "no-llgr";
    /// Route may come back to its origin VRF with its next hop
    /// (draft-agrewal-idr-accept-own-nexthop).
    ACCEPT_OWN_NEXT_HOP = 0xffff_0008, "accept-own-nexthop";
    /// Stands by for the best path of a multicast VPN (RFC 9026 §4).
    STANDBY_PE = 0xffff_0009, "standby-pe";
    /// Drop the traffic (RFC 7999).
    BLACKHOLE = 0xffff_029a, "blackhole";
    /// Not outside the confederation (RFC 1997).
    NO_EXPORT = 0xffff_ff01, "no-export";
    /// To no peer at all (RFC 1997).
    NO_ADVERTISE = 0xffff_ff02, "no-advertise";
    /// To no external peer, confederation members included (RFC 1997).
    NO_EXPORT_SUBCONFED = 0xffff_ff03, "no-export-subconfed";
    /// Not to bilateral peers (RFC 3765).
    NO_PEER = 0xffff_ff04, "no-peer";
}

impl Community {
    /// The value whose high half is an AS and whose low half is local to it.
    pub const fn new(asn: u16, value: u16) -> Self {
        Self((asn as u32) << 16 | value as u32)
    }
}

impl fmt::Display for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(value, _)| value == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{}:{}", self.0 >> 16, self.0 & 0xffff),
        }
    }
}

impl FromStr for Community {
    type Err = ParseCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseCommunityError> {
        if let Some((value, _)) = Self::NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(*value);
        }
        let (asn, value) = text.split_once(':').ok_or(ParseCommunityError)?;
        let half = |part: &str| part.parse::<u16>().map_err(|_| ParseCommunityError);
        Ok(Self::new(half(asn)?, half(value)?))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Community {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Community {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no community.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a community is AS:value with both 0 to 65535, or a well-known name such as no-export")]
pub struct ParseCommunityError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_name_stands_for_one_value() {
        for (at, (value, name)) in Community::NAMES.iter().enumerate() {
            assert_eq!(value.to_string(), *name);
            assert_eq!(name.parse(), Ok(*value));
            let (before, _) = Community::NAMES.split_at(at);
            assert!(before.iter().all(|(other, _)| other < value), "{name}");
        }
        assert_eq!(Community(0xffff_000a).to_string(), "65535:10");
    }
}

use core::{fmt, net::Ipv4Addr, str::FromStr};

use thiserror::Error;

use super::{Asn, Label, MacAddr, text::serde_as_text};

/// An extended community (RFC 4360 §2), as the eight octets of the wire.
///
/// Written `target:65000:1`, `origin:192.0.2.1:1`, `redirect:4200000000:1`,
/// `color:100`, `encapsulation:8` or `mark:46`. A four-octet AS that would pass
/// for a two-octet one has an `L` behind it, as in `target:65000L:1`; anything
/// else is a hexadecimal number, as in `0x0600010000000007`.
///
/// ```
/// use bgpwright::types::ExtendedCommunity;
///
/// let target: ExtendedCommunity = "target:65000:1".parse()?;
/// assert_eq!(target.0, [0, 2, 0xfd, 0xe8, 0, 0, 0, 1]);
/// assert_eq!(ExtendedCommunity::color(100).to_string(), "color:100");
/// # Ok::<(), bgpwright::types::ParseExtendedCommunityError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ExtendedCommunity(pub [u8; 8]);

/// What an extended community says.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum ExtendedCommunityKind {
    /// Which VPNs import the route (RFC 4360 §4).
    RouteTarget(Administered),
    /// Which site the route comes from (RFC 4360 §5).
    RouteOrigin(Administered),
    /// Bandwidth of the link, in octets a second
    /// (draft-ietf-idr-link-bandwidth).
    LinkBandwidth {
        /// The AS that attached it.
        asn: u16,
        /// Octets a second.
        rate: f32,
    },
    /// Colour of the traffic (RFC 9012 §4.3).
    Color {
        /// Flags (RFC 9012 §4.3).
        flags: u16,
        /// The colour.
        color: u32,
    },
    /// The type of tunnel to send through (RFC 9012 §4.1).
    Encapsulation(u16),
    /// The route leads to a default gateway (RFC 7432 §7.8).
    DefaultGateway,
    /// What origin validation found: 0 valid, 1 not found, 2 invalid
    /// (RFC 8097 §2).
    OriginValidation(u8),
    /// Limit of the traffic, in octets a second (RFC 8955 §7.1).
    TrafficRateBytes {
        /// The AS that asks for it.
        asn: u16,
        /// Octets a second; 0 drops all.
        rate: f32,
    },
    /// Limit of the traffic, in packets a second (RFC 8955 §7.2).
    TrafficRatePackets {
        /// The AS that asks for it.
        asn: u16,
        /// Packets a second; 0 drops all.
        rate: f32,
    },
    /// What else to do with the traffic (RFC 8955 §7.3).
    TrafficAction {
        /// Log some of it.
        sample: bool,
        /// Go on to the rules that follow; without it, this rule is the last.
        go_on: bool,
    },
    /// The VPN to send the traffic into (RFC 8955 §7.4).
    Redirect(Administered),
    /// The DSCP to give the traffic (RFC 8955 §7.5).
    Mark(u8),
    /// The address to send the traffic to
    /// (draft-ietf-idr-flowspec-redirect-ip).
    RedirectToIp {
        /// The address.
        addr: Ipv4Addr,
        /// Send a copy there.
        copy: bool,
    },
    /// Which announcement of a moving MAC address is the latest
    /// (RFC 7432 §7.7).
    MacMobility {
        /// It may not move.
        is_sticky: bool,
        /// Counts the moves.
        sequence: u32,
    },
    /// The label of an Ethernet segment (RFC 7432 §7.5).
    EsiLabel {
        /// One of the segment's links carries traffic at a time.
        is_single_active: bool,
        /// The split-horizon label.
        label: Label,
    },
    /// Who imports the routes of an Ethernet segment (RFC 7432 §7.6).
    EsImport(MacAddr),
    /// The MAC address of a router (RFC 9135 §8.1).
    RouterMac(MacAddr),
    /// What both ends of an Ethernet service must agree on (RFC 8214 §3.1).
    Layer2Attributes {
        /// Control flags; the lowest bit says backup, the next one primary, the
        /// third that a control word is in use.
        flags: u16,
        /// The largest frame, in octets; 0 leaves it open.
        mtu: u16,
    },
    /// The OSPF domain that the route comes from (RFC 4577).
    OspfDomain(Administered),
    /// The OSPF router that the route comes from (RFC 4577).
    OspfRouterId(Ipv4Addr),
    /// What the route was in OSPF (RFC 4577).
    OspfRouteType {
        /// The area; 0 for an external route.
        area: u32,
        /// The type of route.
        kind: u8,
        /// The lowest bit says that an external metric is of type 2.
        options: u8,
    },
    /// The AS of a multicast source (RFC 6514 §6).
    SourceAs(Administered),
    /// The VRF of a multicast source, by its router and a number that this one
    /// chose (RFC 6514 §7).
    VrfRouteImport(Ipv4Addr, u16),
    /// Anything else.
    Other {
        /// The first octet, flags included.
        kind: u8,
        /// The second octet.
        subtype: u8,
        /// What follows.
        value: [u8; 6],
    },
}

/// A number, and who chose it: the value of a route target and the like.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum Administered {
    /// A two-octet AS (RFC 4360 §3.1).
    As2(u16, u32),
    /// The owner of an IPv4 address (RFC 4360 §3.2).
    Addr(Ipv4Addr, u16),
    /// A four-octet AS (RFC 5668 §2).
    As4(Asn, u16),
}

const TARGET: u8 = 2;
const ORIGIN: u8 = 3;
const REDIRECT: u8 = 8;
const OPAQUE: u8 = 3;
const COLOR: u8 = 0x0b;
const ENCAPSULATION: u8 = 0x0c;
/// Generic transitive experimental use, where flow specifications live.
const FLOW: u8 = 0x80;
const MARK: u8 = 9;

impl ExtendedCommunity {
    /// A route target (RFC 4360 §4).
    pub const fn route_target(value: Administered) -> Self {
        value.with(0, TARGET)
    }

    /// A route origin (RFC 4360 §5).
    pub const fn route_origin(value: Administered) -> Self {
        value.with(0, ORIGIN)
    }

    /// A redirection into a VPN (RFC 8955 §7.4).
    pub const fn redirect(value: Administered) -> Self {
        value.with(FLOW, REDIRECT)
    }

    /// A colour without flags (RFC 9012 §4.3).
    pub const fn color(color: u32) -> Self {
        let [a, b, c, d] = color.to_be_bytes();
        Self([OPAQUE, COLOR, 0, 0, a, b, c, d])
    }

    /// A type of tunnel (RFC 9012 §4.1).
    pub const fn encapsulation(tunnel: u16) -> Self {
        let [high, low] = tunnel.to_be_bytes();
        Self([OPAQUE, ENCAPSULATION, 0, 0, 0, 0, high, low])
    }

    /// A DSCP for the traffic; the two upper bits of `dscp` are left out
    /// (RFC 8955 §7.5).
    pub const fn mark(dscp: u8) -> Self {
        Self([FLOW, MARK, 0, 0, 0, 0, 0, dscp & 0x3f])
    }

    /// Whether it is passed on to other ASes (RFC 4360 §2).
    pub const fn is_transitive(self) -> bool {
        let [kind, ..] = self.0;
        kind & 0x40 == 0
    }

    /// The IANA authority bit: its type is one by a standard or for experiments,
    /// not one of those that are given out as asked for (RFC 4360 §2).
    pub const fn has_iana_authority_bit(self) -> bool {
        let [kind, ..] = self.0;
        kind & 0x80 != 0
    }

    /// What it says.
    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    pub const fn kind(self) -> ExtendedCommunityKind {
        use ExtendedCommunityKind as Kind;

        let [kind, subtype, value @ ..] = self.0;
        let [a, b, c, d, e, f] = value;
        let asn = u16::from_be_bytes([a, b]);
        let last = u32::from_be_bytes([c, d, e, f]);
        match (kind, subtype) {
            (0..=2, TARGET) => Kind::RouteTarget(Administered::new(kind, value)),
            (0..=2, ORIGIN) => Kind::RouteOrigin(Administered::new(kind, value)),
            (0..=2, 5) => Kind::OspfDomain(Administered::new(kind, value)),
            (1, 7) => Kind::OspfRouterId(Ipv4Addr::new(a, b, c, d)),
            (OPAQUE, 6) => Kind::OspfRouteType {
                area: u32::from_be_bytes([a, b, c, d]),
                kind: e,
                options: f,
            },
            (0 | 2, 9) => Kind::SourceAs(Administered::new(kind, value)),
            (1, 0x0b) => {
                Kind::VrfRouteImport(Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([e, f]))
            }
            (0 | 0x40, 4) => Kind::LinkBandwidth {
                asn,
                rate: f32::from_bits(last),
            },
            (1, 0x0c) => Kind::RedirectToIp {
                addr: Ipv4Addr::new(a, b, c, d),
                copy: f & 1 == 1,
            },
            (OPAQUE, COLOR) => Kind::Color {
                flags: asn,
                color: last,
            },
            (OPAQUE, ENCAPSULATION) => Kind::Encapsulation(u16::from_be_bytes([e, f])),
            (OPAQUE, 0x0d) => Kind::DefaultGateway,
            (0x43, 0) => Kind::OriginValidation(f),
            (6, 0) => Kind::MacMobility {
                is_sticky: a & 1 == 1,
                sequence: last,
            },
            (6, 1) => Kind::EsiLabel {
                is_single_active: a & 1 == 1,
                label: Label::from_octets([d, e, f]),
            },
            (6, 2) => Kind::EsImport(MacAddr(value)),
            (6, 3) => Kind::RouterMac(MacAddr(value)),
            (6, 4) => Kind::Layer2Attributes {
                flags: asn,
                mtu: u16::from_be_bytes([c, d]),
            },
            (FLOW, 6) => Kind::TrafficRateBytes {
                asn,
                rate: f32::from_bits(last),
            },
            (FLOW, 0x0c) => Kind::TrafficRatePackets {
                asn,
                rate: f32::from_bits(last),
            },
            (FLOW, 7) => Kind::TrafficAction {
                sample: f & 2 == 2,
                go_on: f & 1 == 1,
            },
            (0x80..=0x82, REDIRECT) => Kind::Redirect(Administered::new(kind & 3, value)),
            (FLOW, MARK) => Kind::Mark(f & 0x3f),
            _ => Kind::Other {
                kind,
                subtype,
                value,
            },
        }
    }
}

impl Administered {
    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    const fn new(form: u8, [a, b, c, d, e, f]: [u8; 6]) -> Self {
        let number = u16::from_be_bytes([e, f]);
        match form {
            0 => Self::As2(u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f])),
            1 => Self::Addr(Ipv4Addr::new(a, b, c, d), number),
            _ => Self::As4(Asn(u32::from_be_bytes([a, b, c, d])), number),
        }
    }

    #[expect(clippy::many_single_char_names, reason = "octets in their order")]
    const fn with(self, base: u8, subtype: u8) -> ExtendedCommunity {
        let (form, [a, b, c, d], number) = match self {
            Self::As2(asn, number) => {
                let [a, b] = asn.to_be_bytes();
                let [c, d, e, f] = number.to_be_bytes();
                return ExtendedCommunity([base, subtype, a, b, c, d, e, f]);
            }
            Self::Addr(addr, number) => (1, addr.octets(), number),
            Self::As4(asn, number) => (2, asn.0.to_be_bytes(), number),
        };
        let [e, f] = number.to_be_bytes();
        ExtendedCommunity([base | form, subtype, a, b, c, d, e, f])
    }
}

impl fmt::Display for Administered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::As2(asn, number) => write!(f, "{asn}:{number}"),
            Self::Addr(addr, number) => write!(f, "{addr}:{number}"),
            Self::As4(asn, number) => {
                let mark = if asn.0 > 0xffff { "" } else { "L" };
                write!(f, "{}{mark}:{number}", asn.0)
            }
        }
    }
}

impl fmt::Display for ExtendedCommunity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ExtendedCommunityKind as Kind;

        // Text stands for the octets, so what has others than its text says
        // is written as a number.
        match self.kind() {
            Kind::RouteTarget(value) => write!(f, "target:{value}"),
            Kind::RouteOrigin(value) => write!(f, "origin:{value}"),
            Kind::Redirect(value) => write!(f, "redirect:{value}"),
            Kind::Color { color, .. } if *self == Self::color(color) => {
                write!(f, "color:{color}")
            }
            Kind::Encapsulation(tunnel) if *self == Self::encapsulation(tunnel) => {
                write!(f, "encapsulation:{tunnel}")
            }
            Kind::Mark(dscp) if *self == Self::mark(dscp) => write!(f, "mark:{dscp}"),
            _ => write!(f, "{:#018x}", u64::from_be_bytes(self.0)),
        }
    }
}

impl FromStr for ExtendedCommunity {
    type Err = ParseExtendedCommunityError;

    fn from_str(text: &str) -> Result<Self, ParseExtendedCommunityError> {
        parse(text).ok_or(ParseExtendedCommunityError)
    }
}

fn parse(text: &str) -> Option<ExtendedCommunity> {
    if let Some(digits) = text.strip_prefix("0x") {
        let hexadecimal = digits.len() == 16 && digits.bytes().all(|of| of.is_ascii_hexdigit());
        let value = hexadecimal.then(|| u64::from_str_radix(digits, 16).ok())??;
        return Some(ExtendedCommunity(value.to_be_bytes()));
    }
    let (kind, value) = text.split_once(':')?;
    match kind {
        "target" => administered(value).map(ExtendedCommunity::route_target),
        "origin" => administered(value).map(ExtendedCommunity::route_origin),
        "redirect" => administered(value).map(ExtendedCommunity::redirect),
        "color" => value.parse().ok().map(ExtendedCommunity::color),
        "encapsulation" => value.parse().ok().map(ExtendedCommunity::encapsulation),
        "mark" => {
            let dscp = value.parse().ok().filter(|dscp| *dscp < 64)?;
            Some(ExtendedCommunity::mark(dscp))
        }
        _ => None,
    }
}

fn administered(text: &str) -> Option<Administered> {
    let (administrator, number) = text.split_once(':')?;
    if let Ok(addr) = administrator.parse() {
        return Some(Administered::Addr(addr, number.parse().ok()?));
    }
    if let Some(asn) = administrator.strip_suffix('L') {
        return Some(Administered::As4(
            Asn(asn.parse().ok()?),
            number.parse().ok()?,
        ));
    }
    if let Ok(asn) = administrator.parse() {
        return Some(Administered::As2(asn, number.parse().ok()?));
    }
    let asn = Asn(administrator.parse().ok()?);
    Some(Administered::As4(asn, number.parse().ok()?))
}

serde_as_text!(ExtendedCommunity);

/// The text is no extended community.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an extended community is such as target:65000:1, color:100, or 0x and 16 digits")]
pub struct ParseExtendedCommunityError;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_text_has_its_octets() {
        for (text, octets) in [
            ("target:65000:1", [0, 2, 0xfd, 0xe8, 0, 0, 0, 1]),
            ("origin:192.0.2.1:7", [1, 3, 192, 0, 2, 1, 0, 7]),
            ("target:4200000000:1", [2, 2, 0xfa, 0x56, 0xea, 0, 0, 1]),
            ("target:65000L:1", [2, 2, 0, 0, 0xfd, 0xe8, 0, 1]),
            ("redirect:192.0.2.1:7", [0x81, 8, 192, 0, 2, 1, 0, 7]),
            ("color:100", [3, 0x0b, 0, 0, 0, 0, 0, 100]),
            ("0x030b800000000064", [3, 0x0b, 0x80, 0, 0, 0, 0, 100]),
            ("encapsulation:8", [3, 0x0c, 0, 0, 0, 0, 0, 8]),
            ("mark:46", [0x80, 9, 0, 0, 0, 0, 0, 46]),
            ("0x80090000000000ee", [0x80, 9, 0, 0, 0, 0, 0, 0xee]),
            ("0x4002fde800000001", [0x40, 2, 0xfd, 0xe8, 0, 0, 0, 1]),
        ] {
            let community = ExtendedCommunity(octets);
            assert_eq!(community.to_string(), text);
            assert_eq!(text.parse(), Ok(community));
        }
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use ExtendedCommunityKind as Kind;

        let mac = MacAddr([2, 0, 0, 0, 0, 1]);
        for (octets, kind) in [
            (
                [0x80, 6, 0, 1, 0x3f, 0x80, 0, 0],
                Kind::TrafficRateBytes { asn: 1, rate: 1.0 },
            ),
            (
                [0x80, 7, 0, 0, 0, 0, 0, 2],
                Kind::TrafficAction {
                    sample: true,
                    go_on: false,
                },
            ),
            (
                [6, 0, 1, 0, 0, 0, 0, 9],
                Kind::MacMobility {
                    is_sticky: true,
                    sequence: 9,
                },
            ),
            ([6, 2, 2, 0, 0, 0, 0, 1], Kind::EsImport(mac)),
            ([6, 3, 2, 0, 0, 0, 0, 1], Kind::RouterMac(mac)),
            (
                [6, 4, 0, 2, 5, 0xdc, 0, 0],
                Kind::Layer2Attributes {
                    flags: 2,
                    mtu: 1500,
                },
            ),
            (
                [2, 5, 0, 1, 0, 0, 0, 7],
                Kind::OspfDomain(Administered::As4(Asn(65536), 7)),
            ),
            (
                [1, 7, 192, 0, 2, 1, 0, 0],
                Kind::OspfRouterId(Ipv4Addr::new(192, 0, 2, 1)),
            ),
            (
                [3, 6, 0, 0, 0, 2, 5, 1],
                Kind::OspfRouteType {
                    area: 2,
                    kind: 5,
                    options: 1,
                },
            ),
            (
                [0, 9, 0xfd, 0xe8, 0, 0, 0, 0],
                Kind::SourceAs(Administered::As2(65000, 0)),
            ),
            (
                [1, 0x0b, 192, 0, 2, 1, 1, 2],
                Kind::VrfRouteImport(Ipv4Addr::new(192, 0, 2, 1), 258),
            ),
            ([3, 0x0d, 0, 0, 0, 0, 0, 0], Kind::DefaultGateway),
            ([0x43, 0, 0, 0, 0, 0, 0, 2], Kind::OriginValidation(2)),
            (
                [1, 0x0c, 192, 0, 2, 1, 0, 1],
                Kind::RedirectToIp {
                    addr: Ipv4Addr::new(192, 0, 2, 1),
                    copy: true,
                },
            ),
        ] {
            assert_eq!(ExtendedCommunity(octets).kind(), kind);
        }
        assert!(!ExtendedCommunity([0x43, 0, 0, 0, 0, 0, 0, 2]).is_transitive());
        assert!(ExtendedCommunity::color(1).is_transitive());
        assert!(ExtendedCommunity::mark(1).has_iana_authority_bit());
        assert!(!ExtendedCommunity::color(1).has_iana_authority_bit());
    }

    #[test]
    fn what_does_not_fit_is_no_extended_community() {
        for text in [
            "",
            "65000:1",
            "target:",
            "target:65536:65536",
            "target:192.0.2.1:65536",
            "color:4294967296",
            "mark:64",
            "0x1",
        ] {
            assert_eq!(
                text.parse::<ExtendedCommunity>(),
                Err(ParseExtendedCommunityError)
            );
        }
    }
}

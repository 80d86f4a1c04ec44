use core::fmt;

/// The type of a record (RFC 6396 §4, §5.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct RecordType(pub u16);

/// What a record of its type is (RFC 6396 §5.4 to §5.7, RFC 8050 §5); each
/// constant says of which type it is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Subtype(pub u16);

/// When a record was written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct Timestamp {
    /// Seconds since 1970-01-01 UTC, leap seconds not counted (RFC 6396 §2).
    pub seconds: u32,
    /// Microseconds on top; `None` for the types without them (RFC 6396 §3).
    pub microseconds: Option<u32>,
}

macro_rules! named {
    ($type:ident: $($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl $type {
            $($(#[$doc])* pub const $name: Self = Self($value);)*
        }
    };
}

named! { RecordType:
    /// BGP messages, deprecated (RFC 6396 §B.2.1).
    BGP = 5;
    /// BGP messages over IPv6, deprecated (RFC 6396 §B.2.5).
    BGP4PLUS = 9;
    /// BGP messages over IPv6, deprecated (RFC 6396 §B.2.5).
    BGP4PLUS_01 = 10;
    /// OSPF packets (RFC 6396 §4.1).
    OSPF_V2 = 11;
    /// A table, one route a record (RFC 6396 §4.2).
    TABLE_DUMP = 12;
    /// A table, one destination a record (RFC 6396 §4.3).
    TABLE_DUMP_V2 = 13;
    /// BGP messages and state changes (RFC 6396 §4.4).
    BGP4MP = 16;
    /// The same with microseconds (RFC 6396 §4.4).
    BGP4MP_ET = 17;
    /// IS-IS packets (RFC 6396 §4.5).
    ISIS = 32;
    /// The same with microseconds (RFC 6396 §4.5).
    ISIS_ET = 33;
    /// OSPF packets over IPv6 (RFC 6396 §4.6).
    OSPF_V3 = 48;
    /// The same with microseconds (RFC 6396 §4.6).
    OSPF_V3_ET = 49;
}

named! { Subtype:
    /// BGP: an UPDATE without its header (RFC 6396 §B.2.1.2).
    BGP_UPDATE = 1;
    /// BGP: a state change (RFC 6396 §B.2.1.4).
    BGP_STATE_CHANGE = 3;
    /// BGP: a table's file name (RFC 6396 §B.2.1.5).
    BGP_SYNC = 4;
    /// BGP: an OPEN without its header (RFC 6396 §B.2.1.6).
    BGP_OPEN = 5;
    /// BGP: a NOTIFICATION without its header (RFC 6396 §B.2.1.7).
    BGP_NOTIFY = 6;
    /// BGP: a KEEPALIVE (RFC 6396 §B.2.1.8).
    BGP_KEEPALIVE = 7;
    /// TABLE_DUMP: an IPv4 route.
    AFI_IPV4 = 1;
    /// TABLE_DUMP: an IPv6 route.
    AFI_IPV6 = 2;
    /// TABLE_DUMP_V2: the neighbours that entries point to (RFC 6396 §4.3.1).
    PEER_INDEX_TABLE = 1;
    /// TABLE_DUMP_V2 (RFC 6396 §4.3.2).
    RIB_IPV4_UNICAST = 2;
    /// TABLE_DUMP_V2 (RFC 6396 §4.3.2).
    RIB_IPV4_MULTICAST = 3;
    /// TABLE_DUMP_V2 (RFC 6396 §4.3.2).
    RIB_IPV6_UNICAST = 4;
    /// TABLE_DUMP_V2 (RFC 6396 §4.3.2).
    RIB_IPV6_MULTICAST = 5;
    /// TABLE_DUMP_V2: any family (RFC 6396 §4.3.3).
    RIB_GENERIC = 6;
    /// TABLE_DUMP_V2: where the neighbours are on Earth (RFC 6397).
    GEO_PEER_TABLE = 7;
    /// TABLE_DUMP_V2 (RFC 8050 §4.1).
    RIB_IPV4_UNICAST_ADDPATH = 8;
    /// TABLE_DUMP_V2 (RFC 8050 §4.1).
    RIB_IPV4_MULTICAST_ADDPATH = 9;
    /// TABLE_DUMP_V2 (RFC 8050 §4.1).
    RIB_IPV6_UNICAST_ADDPATH = 10;
    /// TABLE_DUMP_V2 (RFC 8050 §4.1).
    RIB_IPV6_MULTICAST_ADDPATH = 11;
    /// TABLE_DUMP_V2: any family (RFC 8050 §4.2).
    RIB_GENERIC_ADDPATH = 12;
    /// BGP4MP (RFC 6396 §4.4.1).
    STATE_CHANGE = 0;
    /// BGP4MP (RFC 6396 §4.4.2).
    MESSAGE = 1;
    /// BGP4MP: a table's entry, deprecated (RFC 6396 §B.2.6.1).
    ENTRY = 2;
    /// BGP4MP: a table's file name, deprecated (RFC 6396 §B.2.6.2).
    SNAPSHOT = 3;
    /// BGP4MP (RFC 6396 §4.4.3).
    MESSAGE_AS4 = 4;
    /// BGP4MP (RFC 6396 §4.4.4).
    STATE_CHANGE_AS4 = 5;
    /// BGP4MP (RFC 6396 §4.4.5).
    MESSAGE_LOCAL = 6;
    /// BGP4MP (RFC 6396 §4.4.6).
    MESSAGE_AS4_LOCAL = 7;
    /// BGP4MP (RFC 8050 §3).
    MESSAGE_ADDPATH = 8;
    /// BGP4MP (RFC 8050 §3).
    MESSAGE_AS4_ADDPATH = 9;
    /// BGP4MP (RFC 8050 §3).
    MESSAGE_LOCAL_ADDPATH = 10;
    /// BGP4MP (RFC 8050 §3).
    MESSAGE_AS4_LOCAL_ADDPATH = 11;
}

impl RecordType {
    /// The name that RFC 6396 uses, or `None` for a type without one here.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::BGP => "BGP",
            Self::BGP4PLUS => "BGP4PLUS",
            Self::BGP4PLUS_01 => "BGP4PLUS_01",
            Self::OSPF_V2 => "OSPFv2",
            Self::TABLE_DUMP => "TABLE_DUMP",
            Self::TABLE_DUMP_V2 => "TABLE_DUMP_V2",
            Self::BGP4MP => "BGP4MP",
            Self::BGP4MP_ET => "BGP4MP_ET",
            Self::ISIS => "ISIS",
            Self::ISIS_ET => "ISIS_ET",
            Self::OSPF_V3 => "OSPFv3",
            Self::OSPF_V3_ET => "OSPFv3_ET",
            _ => return None,
        })
    }

    /// Whether the record begins with microseconds (RFC 6396 §3).
    pub const fn is_extended(self) -> bool {
        matches!(self, Self::BGP4MP_ET | Self::ISIS_ET | Self::OSPF_V3_ET)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

impl fmt::Display for Subtype {
    /// The number: its name depends on the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Timestamp {
    /// Seconds, and after a dot six digits of microseconds if there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.microseconds {
            Some(micros) => write!(f, "{}.{micros:06}", self.seconds),
            None => fmt::Display::fmt(&self.seconds, f),
        }
    }
}

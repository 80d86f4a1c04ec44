use crate::types::Family;

/// ROUTE-REFRESH: asks for a family's routes again (RFC 2918), or brackets the
/// answer (RFC 7313).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RouteRefresh {
    /// Which routes.
    pub family: Family,
    /// What is said of them.
    pub subtype: RefreshSubtype,
}

/// The octet between AFI and SAFI of a ROUTE-REFRESH (RFC 7313 §3.2).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct RefreshSubtype(pub u8);

impl RefreshSubtype {
    /// Send the family again (RFC 2918).
    pub const REQUEST: Self = Self(0);
    /// BoRR: the family follows (RFC 7313).
    pub const BEGIN: Self = Self(1);
    /// EoRR: that was the family (RFC 7313).
    pub const END: Self = Self(2);
}

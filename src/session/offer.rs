//! What an OPEN offers beside families: every capability that a session can be
//! told to use.

use alloc::{boxed::Box, string::String, vec::Vec};

use super::{Config, ConfigError, negotiate};
use crate::{
    types::{Afi, Family},
    wire::{
        AddPathFamily, Capability, CapabilityCode, ExtendedNextHop, Fqdn, LongLivedFamily, Role,
        SoftwareVersion,
    },
};

/// The capabilities that a session offers beside [`Config::families`] and
/// [`Config::graceful_restart`] (RFC 5492).
///
/// By default what costs nothing to those who do not use it: four-octet AS
/// numbers and route refresh.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Offer {
    /// AS numbers of four octets (RFC 6793); without it an AS above 65535
    /// cannot be ours, and one in a path comes in as AS_TRANS.
    pub four_octet_as: bool,
    /// Whether and how ROUTE-REFRESH is answered.
    pub route_refresh: RefreshOffer,
    /// Messages of up to 65535 octets (RFC 8654).
    pub extended_messages: bool,
    /// Several paths for a prefix, by family and direction (RFC 7911).
    pub add_path: Vec<AddPathFamily>,
    /// The families of IPv4 whose next hop may be an IPv6 address (RFC 8950).
    pub extended_next_hop: Vec<Family>,
    /// What we are to the neighbour (RFC 9234), on external sessions only.
    pub role: Option<RoleOffer>,
    /// For how long stale routes may be kept (RFC 9494); counts beside
    /// [`Config::graceful_restart`] only.
    pub long_lived: Vec<LongLivedFamily>,
    /// Our names, for the neighbour's operator.
    pub fqdn: Option<Fqdn>,
    /// Our software, for the neighbour's operator; at most 64 octets.
    pub software_version: Option<String>,
    /// Without which of these we refuse a neighbour, with Unsupported
    /// Capability, 2/7; each must be offered. A multiprotocol capability
    /// stands for all of [`Config::families`].
    pub required: Vec<CapabilityCode>,
}

/// What is said of ROUTE-REFRESH.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum RefreshOffer {
    /// Nothing.
    None,
    /// That it is answered (RFC 2918).
    #[default]
    Plain,
    /// That answers are bracketed, too (RFC 7313): who holds the routes must
    /// sweep what is stale at the end of one.
    Enhanced,
}

/// What we are to the neighbour (RFC 9234 §4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct RoleOffer {
    /// Our role.
    pub role: Role,
    /// Whether a neighbour that says none is refused (RFC 9234 §4.2).
    #[cfg_attr(feature = "serde", serde(default))]
    pub strict: bool,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            four_octet_as: true,
            route_refresh: RefreshOffer::Plain,
            extended_messages: false,
            add_path: Vec::new(),
            extended_next_hop: Vec::new(),
            role: None,
            long_lived: Vec::new(),
            fqdn: None,
            software_version: None,
            required: Vec::new(),
        }
    }
}

impl Offer {
    /// The first field that cannot work in `config`, and why.
    pub(super) fn check(&self, config: &Config) -> Result<(), ConfigError> {
        if !self.four_octet_as && !config.local_as.is_two_octet() {
            return Err(ConfigError::FourOctetAs);
        }
        let add_path: Vec<_> = self.add_path.iter().map(|of| of.family).collect();
        each_once("offer.add_path", &add_path, config)?;
        if let Some(of) = self.add_path.iter().find(|of| of.mode.name().is_none()) {
            let AddPathFamily { family, mode } = *of;
            return Err(ConfigError::AddPathMode { family, mode });
        }
        each_once("offer.extended_next_hop", &self.extended_next_hop, config)?;
        if let Some(&family) = self.extended_next_hop.iter().find(|of| of.afi != Afi::IPV4) {
            return Err(ConfigError::ExtendedNextHop { family });
        }
        let long_lived: Vec<_> = self.long_lived.iter().map(|of| of.family).collect();
        each_once("offer.long_lived", &long_lived, config)?;
        self.check_long_lived(config)?;
        self.check_role(config)?;
        self.check_texts()?;
        self.check_required(config)
    }

    fn check_long_lived(&self, config: &Config) -> Result<(), ConfigError> {
        if !self.long_lived.is_empty() && config.graceful_restart.is_none() {
            return Err(ConfigError::LongLivedAlone);
        }
        match self.long_lived.iter().find(|of| of.stale_time > MAX_STALE) {
            Some(of) => Err(ConfigError::StaleTime {
                family: of.family,
                seconds: of.stale_time,
            }),
            None => Ok(()),
        }
    }

    fn check_role(&self, config: &Config) -> Result<(), ConfigError> {
        let Some(RoleOffer { role, .. }) = self.role else {
            return Ok(());
        };
        if role.name().is_none() {
            return Err(ConfigError::Role { role });
        }
        if config.peer_as.only(config.local_as) == Some(config.local_as) {
            return Err(ConfigError::RoleInside);
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), ConfigError> {
        if let Some(version) = &self.software_version
            && version.len() > MAX_VERSION
        {
            let octets = version.len();
            return Err(ConfigError::SoftwareVersion { octets });
        }
        if let Some(fqdn) = &self.fqdn {
            let octets = fqdn.hostname.len().saturating_add(fqdn.domain.len());
            if octets > MAX_NAMES {
                return Err(ConfigError::Fqdn { octets });
            }
        }
        Ok(())
    }

    fn check_required(&self, config: &Config) -> Result<(), ConfigError> {
        let offered = capabilities(config);
        let lacks =
            |code: &&CapabilityCode| !offered.iter().any(|capability| capability.code() == **code);
        match self.required.iter().find(lacks) {
            Some(&code) => Err(ConfigError::RequiredNotOffered { code }),
            None => Ok(()),
        }
    }
}

/// Whether each family is there once and among those of the session.
fn each_once(field: &'static str, families: &[Family], config: &Config) -> Result<(), ConfigError> {
    if let Some(family) = super::config::repeated(families) {
        return Err(ConfigError::OfferedTwice { field, family });
    }
    for &family in families {
        if !config.families.contains(&family) {
            return Err(ConfigError::OfferedBeside { field, family });
        }
    }
    Ok(())
}

/// All that a session with this configuration offers, by ascending code.
pub(super) fn capabilities(config: &Config) -> Vec<Capability> {
    let offer = &config.offer;
    let families = config.families.iter().copied();
    let next_hops = offer
        .extended_next_hop
        .iter()
        .map(|&family| ExtendedNextHop {
            family,
            next_hop: Afi::IPV6,
        });
    let others = [
        (offer.route_refresh != RefreshOffer::None).then_some(Capability::RouteRefresh),
        some(next_hops.collect()).map(Capability::ExtendedNextHop),
        offer
            .extended_messages
            .then_some(Capability::ExtendedMessage),
        offer.role.map(|of| Capability::Role(of.role)),
        negotiate::our_graceful_restart(config).map(Capability::GracefulRestart),
        offer
            .four_octet_as
            .then_some(Capability::FourOctetAs(config.local_as)),
        some(offer.add_path.clone()).map(Capability::AddPath),
        (offer.route_refresh == RefreshOffer::Enhanced).then_some(Capability::EnhancedRouteRefresh),
        some(offer.long_lived.clone()).map(Capability::LongLivedGracefulRestart),
        offer.fqdn.clone().map(Box::new).map(Capability::Fqdn),
        offer
            .software_version
            .as_ref()
            .map(|text| Capability::SoftwareVersion(SoftwareVersion(text.as_bytes().into()))),
    ];
    families
        .map(Capability::Multiprotocol)
        .chain(others.into_iter().flatten())
        .collect()
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// What 24 bits hold (RFC 9494 §3.1).
const MAX_STALE: u32 = 0x00ff_ffff;
/// What the drafts of the two capabilities allow, or one capability holds.
const MAX_VERSION: usize = 64;
const MAX_NAMES: usize = 253;

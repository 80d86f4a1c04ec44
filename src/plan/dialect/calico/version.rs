//! Versions of Calico, and which of them knows a field.

use alloc::format;
use core::{fmt, str::FromStr};

use thiserror::Error;

use crate::plan::{
    inventory::MeshNeighborAs,
    yaml::{Context, Tree, join},
};

/// A version of Calico: `v3.31.7`, or `3.32`.
///
/// ```
/// use bgpwright::plan::dialect::calico::Version;
///
/// let old: Version = "v3.31".parse()?;
/// assert!(old < Version::NEWEST);
/// assert_eq!(old.to_string(), "v3.31.0");
/// assert!("latest".parse::<Version>().is_err());
/// # Ok::<(), bgpwright::plan::dialect::calico::VersionError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version {
    major: u16,
    minor: u16,
    patch: u16,
}

/// A text that is no version.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("expected a version such as v3.31.7 or 3.32")]
pub struct VersionError;

impl Version {
    /// The newest that is known here.
    pub const NEWEST: Self = Self::new(3, 32, 1);

    const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Which AS a mesh neighbour is taken for that names none.
    pub fn mesh_neighbor_as(self) -> MeshNeighborAs {
        if self < Self::new(3, 32, 0) {
            MeshNeighborAs::Cluster
        } else {
            MeshNeighborAs::Local
        }
    }

    /// Warns of fields that came later than this version.
    pub(super) fn look(self, context: &mut Context<'_>, spec: &Tree, kind: &str) {
        for (of, field, first) in FIELDS {
            let given = spec.get(field).filter(|it| !it.is_null());
            if let (Some(value), true) = (given, *of == kind && *first > self) {
                let message = format!("Calico has this field from {first} on, not in {self}");
                context.warn(value.line, &join("spec", field), message);
            }
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text
            .split('.')
            .map(|part| part.parse().map_err(|_| VersionError));
        let (major, minor) = (parts.next(), parts.next());
        let patch = parts.next().unwrap_or(Ok(0))?;
        match (major, minor, parts.next()) {
            (Some(major), Some(minor), None) => Ok(Self::new(major?, minor?, patch)),
            _ => Err(VersionError),
        }
    }
}

/// The first version with a field of a kind's `spec`.
const FIELDS: &[(&str, &str, Version)] = &[
    ("BGPPeer", "reachableBy", Version::new(3, 25, 0)),
    ("BGPPeer", "ttlSecurity", Version::new(3, 25, 0)),
    ("BGPPeer", "filters", Version::new(3, 26, 0)),
    ("BGPPeer", "localWorkloadSelector", Version::new(3, 30, 0)),
    ("BGPPeer", "nextHopMode", Version::new(3, 30, 2)),
    ("BGPPeer", "reversePeering", Version::new(3, 30, 3)),
    ("BGPPeer", "localASNumber", Version::new(3, 31, 0)),
    ("BGPPeer", "keepaliveTime", Version::new(3, 32, 0)),
    (
        "BGPConfiguration",
        "ignoredInterfaces",
        Version::new(3, 25, 0),
    ),
    (
        "BGPConfiguration",
        "localWorkloadPeeringIPV4",
        Version::new(3, 30, 0),
    ),
    (
        "BGPConfiguration",
        "localWorkloadPeeringIPV6",
        Version::new(3, 30, 0),
    ),
    (
        "BGPConfiguration",
        "serviceLoadBalancerAggregation",
        Version::new(3, 31, 0),
    ),
    (
        "BGPConfiguration",
        "programClusterRoutes",
        Version::new(3, 32, 0),
    ),
    (
        "BGPConfiguration",
        "ipv4NormalRoutePriority",
        Version::new(3, 32, 0),
    ),
    (
        "BGPConfiguration",
        "ipv6NormalRoutePriority",
        Version::new(3, 32, 0),
    ),
];

/// Fields of a `BGPFilter`'s rules.
const RULES: &[(&str, Version)] = &[
    ("prefixLength", Version::new(3, 29, 0)),
    ("peerType", Version::new(3, 32, 0)),
    ("communities", Version::new(3, 32, 0)),
    ("asPathPrefix", Version::new(3, 32, 0)),
    ("priority", Version::new(3, 32, 0)),
    ("operations", Version::new(3, 32, 0)),
];

impl Version {
    /// Warns of fields of a filter's rule that came later.
    pub(super) fn look_at_rule(self, context: &mut Context<'_>, rule: &Tree, path: &str) {
        for (field, first) in RULES {
            let given = rule.get(field).filter(|it| !it.is_null());
            if let (Some(value), true) = (given, *first > self) {
                let message = format!("Calico has this field from {first} on, not in {self}");
                context.warn(value.line, &join(path, field), message);
            }
        }
    }
}

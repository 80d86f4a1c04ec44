//! What is worth saying about a plan.

use alloc::{string::String, vec::Vec};
use core::fmt;

/// Something that a planner noticed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of thing; stable, as a linter's codes are.
    pub code: Code,
    /// The nodes, routers and resources concerned.
    pub subjects: Vec<String>,
    /// One sentence with the facts.
    pub message: String,
}

impl Finding {
    pub(crate) fn new(code: Code, subjects: Vec<String>, message: String) -> Self {
        Self {
            severity: code.severity(),
            code,
            subjects,
            message,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity, self.code, self.message)
    }
}

/// How bad something is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Severity {
    /// It will not work.
    Error,
    /// It works, and may not be meant so.
    Warning,
    /// Good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $severity:ident;)*) => {
        /// The kinds of [`Finding`].
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// How bad findings of this kind are.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }

            /// The code as text.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// Only one of two known routers wants the session.
    HalfOpen, "half-open", Error;
    /// One end expects another AS than the other end has.
    AsMismatch, "as-mismatch", Error;
    /// A neighbour's AS is 0: Calico's BIRD refuses its whole configuration.
    RemoteAsZero, "remote-as-zero", Error;
    /// Both ends wait for the other to dial.
    BothPassive, "both-passive", Error;
    /// Nobody we know has the neighbour's address.
    UnknownRemote, "unknown-remote", Warning;
    /// An end dials a port where the other does not listen.
    PortMismatch, "port-mismatch", Warning;
    /// One router has two sessions towards one address: one of them stays down.
    DuplicateNeighbor, "duplicate-neighbor", Warning;
    /// Two peerings of one rank give one session different settings; which one
    /// Calico takes changes from run to run.
    Conflict, "conflict", Error;
    /// Two routers have one address.
    DuplicateAddress, "duplicate-address", Error;
    /// Two routers of one AS have one BGP Identifier (RFC 6286 §2.1).
    DuplicateRouterId, "duplicate-router-id", Error;
    /// Routers of different ASes share a BGP Identifier: legal (RFC 6286), and
    /// confusing.
    SharedRouterId, "shared-router-id", Warning;
    /// A router's BGP Identifier was made up, since nothing gave one.
    DerivedRouterId, "derived-router-id", Note;
    /// A node has no address: it peers with nobody.
    NoAddress, "no-address", Warning;
    /// A node peers with nobody.
    Isolated, "isolated", Warning;
    /// A peering applies to no node, or to no neighbour.
    UnusedPeering, "unused-peering", Warning;
    /// A node had no pod CIDR and was given one.
    AssignedPodCidr, "assigned-pod-cidr", Note;
    /// A router has no address on its neighbour's subnet.
    NoLocalAddress, "no-local-address", Error;
    /// Routers of one AS do not learn each other's routes over iBGP.
    LostRoutes, "lost-routes", Error;
    /// Without one router others lose each other's routes.
    SinglePoint, "single-point", Warning;
    /// An external session without policies carries nothing (RFC 8212).
    NoExternalPolicy, "no-external-policy", Warning;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

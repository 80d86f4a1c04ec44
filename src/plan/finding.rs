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
    /// The resources and fields that cause it, most to blame first; empty where
    /// no one field does.
    pub causes: Vec<Cause>,
    /// What to do about it.
    pub fix: String,
}

/// A field of a resource.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a place: there is nothing to add"
)]
pub struct Cause {
    /// Kind and name, such as `BGPPeer "tor"`.
    pub resource: String,
    /// The field's path, such as `spec.asNumber`; empty for the resource as
    /// such.
    pub field: String,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.resource)?;
        if self.field.is_empty() {
            return Ok(());
        }
        write!(f, " {}", self.field)
    }
}

impl Finding {
    pub(crate) fn new(code: Code, subjects: Vec<String>, message: String) -> Self {
        Self {
            severity: code.severity(),
            code,
            subjects,
            message,
            causes: Vec::new(),
            fix: code.fix().into(),
        }
    }

    /// Names what causes it; what has been named is not named again.
    pub(crate) fn because(mut self, causes: impl IntoIterator<Item = Cause>) -> Self {
        for cause in causes {
            if !self.causes.contains(&cause) {
                self.causes.push(cause);
            }
        }
        self
    }

    /// Says what to do in this case, in place of [`Code::fix`].
    pub(crate) fn fixed_by(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
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
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $text:literal $severity:ident [$($rule:literal)*] $batfish:literal $data:literal
            $fix:literal;
    )*) => {
        /// The kinds of [`Finding`], by names that stay: none is used for
        /// anything else later.
        ///
        /// [`Code::ALL`] is the table of them: how bad each is, which design rule
        /// it is of, and what others call it.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

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

            /// The design rules, R1 to R23, that it shows a breach of; empty
            /// where it is about the input or the state of things.
            pub const fn rules(self) -> &'static [&'static str] {
                match self {
                    $(Self::$name => &[$($rule),*],)*
                }
            }

            /// What Batfish calls a session of which it is found, as its
            /// compatibility or status; empty where it has no word.
            pub const fn batfish(self) -> &'static str {
                match self {
                    $(Self::$name => $batfish,)*
                }
            }

            /// What the test data calls it; empty where it does not.
            pub const fn data_kind(self) -> &'static str {
                match self {
                    $(Self::$name => $data,)*
                }
            }

            /// What is generally done about it.
            pub const fn fix(self) -> &'static str {
                match self {
                    $(Self::$name => $fix,)*
                }
            }

            /// What it means, in a sentence or two.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc),*),)*
                }
            }
        }
    };
}

codes! {
    /// Only one of two known routers wants the session.
    HalfOpen "half-open" Error ["R18"] "HALF_OPEN" "half_open"
        "let the other router peer back, or take this end away";
    /// One end expects another AS than the other end has.
    AsMismatch "as-mismatch" Error ["R18"] "NO_MATCH_FOUND" "as_mismatch"
        "give the neighbour's AS as the neighbour has it";
    /// A neighbour's AS is 0: Calico's BIRD refuses its whole configuration.
    RemoteAsZero "remote-as-zero" Error ["R18"] "NO_REMOTE_AS" "remote_as_zero"
        "give the neighbour's AS";
    /// Both ends wait for the other to dial.
    BothPassive "both-passive" Error ["R18"] "NOT_ESTABLISHED" ""
        "let one end dial";
    /// Nobody we know has the neighbour's address.
    UnknownRemote "unknown-remote" Warning ["R18"] "UNKNOWN_REMOTE" "unknown_remote"
        "describe the neighbour in a fabric file, or correct its address";
    /// An end dials a port where the other does not listen.
    PortMismatch "port-mismatch" Warning ["R18"] "NOT_ESTABLISHED" "port_mismatch"
        "dial the port where the neighbour listens";
    /// One router has two sessions towards one address: one of them stays down.
    DuplicateNeighbor "duplicate-neighbor" Warning ["R18"] "MULTIPLE_REMOTES" "duplicate_neighbor"
        "keep one of the sessions: take one peering away, or switch the mesh off";
    /// Two peerings of one rank give one session different settings; which one
    /// Calico takes changes from run to run.
    Conflict "conflict" Error ["R18"] "MULTIPLE_REMOTES" "conflict"
        "let one peering only lead to this neighbour, or give both the same settings";
    /// Two routers have one address.
    DuplicateAddress "duplicate-address" Error ["R18"] "MULTIPLE_REMOTES" ""
        "give each router an address of its own";
    /// Two routers of one AS have one BGP Identifier (RFC 6286 §2.1).
    DuplicateRouterId "duplicate-router-id" Error ["R17"] "NOT_COMPATIBLE" ""
        "give each router an identifier of its own";
    /// Routers of different ASes share a BGP Identifier: legal (RFC 6286), and
    /// confusing.
    SharedRouterId "shared-router-id" Warning ["R17"] "" ""
        "give each router an identifier of its own";
    /// A router's BGP Identifier was made up, since nothing gave one.
    DerivedRouterId "derived-router-id" Note ["R17"] "" ""
        "give the router an identifier";
    /// A node has no address: it peers with nobody.
    NoAddress "no-address" Warning ["R18"] "NO_LOCAL_IP" ""
        "give the node an address";
    /// A node peers with nobody.
    Isolated "isolated" Warning ["R1"] "" ""
        "add a peering that applies to the node";
    /// A peering applies to no node, or to no neighbour.
    UnusedPeering "unused-peering" Warning [] "NO_MATCH_FOUND" ""
        "correct the selector or the name, or take the peering away";
    /// A node had no pod CIDR and was given one.
    AssignedPodCidr "assigned-pod-cidr" Note [] "" ""
        "give the node's pod CIDR if it matters";
    /// A router has no address on its neighbour's subnet.
    NoLocalAddress "no-local-address" Error ["R18"] "NO_LOCAL_IP" ""
        "give the router an interface on the neighbour's subnet";
    /// Routers of one AS do not learn each other's routes over iBGP.
    LostRoutes "lost-routes" Error ["R1" "R3"] "" "lost_pairs"
        "connect them by reflectors that peer with each other, or by a mesh";
    /// Without one router others lose each other's routes.
    SinglePoint "single-point" Warning ["R4"] "" "node_spof"
        "give each client a second reflector";
    /// An external session without policies carries nothing (RFC 8212).
    NoExternalPolicy "no-external-policy" Warning ["R22"] "" ""
        "say what is imported and what is exported";
    /// Reflectors of one cluster drop what the others of it reflected, so that
    /// clients of different ones do not learn each other's routes.
    ClusterIdSplit "cluster-id-split" Error ["R3"] "" "lost_pairs"
        "give each set of clients a cluster id of its own, or let each client of one reflector be a client of all with its id";
    /// One AS is in several places with others between them: each drops the
    /// others' routes, since its AS is in their paths.
    SplitAs "split-as" Error ["R13"] "" ""
        "give each place an AS of its own, or allow the own AS in paths there";
    /// A policy on every way lets routes through nowhere.
    PolicyBlocks "policy-blocks" Error ["R22"] "" ""
        "let the policies pass the cluster's blocks";
    /// A router learns a route whose next hop it knows no way to.
    UnresolvedNextHop "unresolved-next-hop" Error ["R12"] "" ""
        "advertise the own address as next hop where routes come into the AS, or carry the links' subnets";
    /// Without one rack or zone, routers elsewhere lose each other's routes.
    SingleDomain "single-domain" Warning ["R4"] "" ""
        "spread reflectors and leaves over racks and zones";
    /// Without one session, though no router fails, routers lose each other's
    /// routes.
    SingleSession "single-session" Note ["R4"] "" "session_spof"
        "nothing, where the two share no other way by design; else a second session";
    /// Two routers without which others lose each other's routes, or how many
    /// must fail at least.
    DoubleFailure "double-failure" Note ["R4" "R5"] "" ""
        "a third reflector, or a third leaf, if both may fail at once";
    /// What shutting all reflectors of a client down at once comes to.
    ReflectorsAllAtOnce "reflectors-all-at-once" Note ["R5"] "" ""
        "do maintenance on one reflector at a time; have three where one may be away for long";
    /// Reflectors at the top have no session with each other, and routes are
    /// lost.
    UnmeshedReflectors "unmeshed-reflectors" Warning ["R2"] "" ""
        "let all reflectors that are nobody's clients peer with each other";
    /// Reflectors share a cluster id and do not have the same clients.
    UnevenCluster "uneven-cluster" Warning ["R3"] "" ""
        "give them ids of their own, or let each client of one be a client of all";
    /// Reflectors of different clusters pass all paths to each other, which
    /// multiplies them.
    PathsMultiplied "paths-multiplied" Warning ["R3" "R19"] "" ""
        "give reflectors with the same clients one cluster id";
    /// As `paths-multiplied`, with four reflectors or more, and over 15 paths.
    PathsExplode "paths-explode" Error ["R3" "R19"] "" ""
        "give reflectors with the same clients one cluster id, and have two or three";
    /// Reflectors are each other's clients: Calico makes them so where cluster
    /// ids differ.
    MutualClients "mutual-clients" Note ["R6"] "" ""
        "nothing, or one cluster id for reflectors with the same clients";
    /// Reflectors are clients of each other in a ring.
    ReflectionCycle "reflection-cycle" Warning ["R6"] "" ""
        "let reflectors be clients of those above them only";
    /// A client has a plain session with a reflector of others.
    SpuriousSession "spurious-session" Warning ["R8"] "" ""
        "make it a client of that reflector, or take the session away";
    /// All reflectors of a client are in one rack or zone, where there are
    /// others.
    ReflectorsTogether "reflectors-together" Warning ["R4"] "" ""
        "put reflectors into different racks and zones";
    /// A client hears of one way out where its AS has several.
    HiddenPaths "hidden-paths" Warning ["R10"] "" ""
        "let the reflectors send all paths (ADD-PATH), or place one at each exit";
    /// Several ways to one AS and reflectors that pass on one path: MEDs that
    /// differ may keep the choice from coming to rest.
    MedOscillation "med-oscillation" Note ["R9"] "" ""
        "compare MEDs always, set them to one value at the edge, or send all paths";
    /// A node would pass one neighbour's routes to another.
    TransitLeak "transit-leak" Warning ["R23"] "" ""
        "export the cluster's own blocks only";
    /// Nodes tell routers outside of others' blocks with themselves as next hop.
    HairPin "hair-pin" Warning ["R10" "R12"] "" ""
        "keep the next hop on these sessions (nextHopMode: Keep), or reject routes learned from other nodes on export";
    /// A full mesh is larger than is wise.
    MeshLarge "mesh-large" Warning ["R19"] "" ""
        "use route reflectors, or peer with the top-of-rack switches";
    /// A full mesh is larger than is known to work.
    MeshTooLarge "mesh-too-large" Error ["R19"] "" ""
        "use route reflectors, or peer with the top-of-rack switches";
    /// A reflector has many sessions.
    ReflectorLoaded "reflector-loaded" Warning ["R19"] "" ""
        "have reflectors for each rack, or a second level of them";
    /// Routers outside are told of more routes than many switches hold.
    TableLarge "table-large" Warning ["R19"] "" ""
        "announce aggregates, or larger blocks";
    /// Ways inside a cluster cost as much as ways out of it (RFC 4456 §11).
    ClusterMetrics "cluster-metrics" Warning ["R7"] "" ""
        "make clusters of routers that are near each other";
    /// A router between another and its exit sends packets elsewhere.
    Deflection "deflection" Warning ["R7"] "" ""
        "place reflectors along the ways of packets, or send all paths";
    /// Packets go round between routers that choose different exits.
    ForwardingLoop "forwarding-loop" Error ["R7"] "" ""
        "place reflectors along the ways of packets, or send all paths";
    /// A router leaves its AS by an exit that is not its nearest, since its
    /// reflector's is.
    Stretch "stretch" Warning ["R11"] "" ""
        "place a reflector near it, choose paths for clients (RFC 9107), or send all paths";
    /// A link's cost is given for a router that does not exist.
    UnknownLink "unknown-link" Warning [] "" ""
        "correct the name";
    /// A number that must not be used as an AS.
    ReservedAs "reserved-as" Error ["R14"] "" ""
        "use a private AS number (RFC 6996)";
    /// A public AS number among private ones.
    PublicAs "public-as" Note ["R14"] "" ""
        "use private AS numbers (RFC 6996), unless this one is yours";
    /// Routers above the same leaves have different ASes.
    SpinesDiffer "spines-differ" Note ["R14"] "" ""
        "give the routers of one plane one AS";
    /// A node that reflects takes a router outside for its client.
    ExternalClient "external-client" Note ["R15"] "" ""
        "nothing, if the router outside is to get all routes; else peer from a node that is no reflector";
    /// KEEPALIVEs come too rarely for the hold time.
    SlowKeepalive "slow-keepalive" Warning ["R18" "R21"] "" ""
        "send them three times within the hold time";
    /// BFD ends sessions that graceful restart is to bridge.
    BfdWithRestart "bfd-with-restart" Warning ["R21"] "" ""
        "choose one: BFD to notice failures soon, or graceful restart to bridge them";
    /// One end has a password and the other has none, or another.
    PasswordMismatch "password-mismatch" Error ["R18"] "NOT_ESTABLISHED" ""
        "give both ends the same password";
    /// One end checks TTLs that the other does not send (RFC 5082), or the
    /// neighbour is further away than an end allows for.
    TtlMismatch "ttl-mismatch" Error ["R18"] "NOT_ESTABLISHED" ""
        "set TTL security on both ends, or on none, and allow for the hops between them";
    /// A neighbour that is gone is noticed by the hold time only.
    SlowDetection "slow-detection" Note ["R21"] "" ""
        "run BFD beside the sessions, or shorten their keepalive time, if that is too long";
    /// A planned session is down.
    SessionDown "session-down" Error [] "NOT_ESTABLISHED" ""
        "look at both ends";
    /// A router shows nothing of a planned session.
    SessionMissing "session-missing" Error [] "NOT_ESTABLISHED" ""
        "look whether the router has taken up its configuration";
    /// A router shows a session that is not planned, or with another AS.
    SessionUnexpected "session-unexpected" Error [] "" ""
        "take it away, or put it into the resources";
    /// A router's BGP process does not run.
    ProcessDown "process-down" Error [] "NOT_ESTABLISHED" ""
        "start it, and look at its log for why it ended";
    /// External sessions with neither password nor TTL security.
    Unprotected "unprotected" Note ["R22"] "" ""
        "set a password, or TTL security (RFC 5082)";
    /// A peering is to keep next hops inside an AS, where that does nothing.
    NextHopIgnored "next-hop-ignored" Warning ["R12"] "" ""
        "take the setting away, or peer between ASes";
    /// A node is told to peer with another port of its own address, and does not.
    OwnAddress "own-address" Warning ["R18"] "UNKNOWN_REMOTE" ""
        "give what listens there an address of its own";
    /// A node has no interface on an external neighbour's subnet.
    OffSubnet "off-subnet" Note ["R18"] "" ""
        "nothing, if the underlay routes between the two; else set reachableBy, or the node's address";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! A BGP speaker: many sessions and one RIB, still without I/O.

mod config;
mod io;

pub use config::{Config, NextHopMode, PeerConfig, ReflectionRole, UnknownNextHops};
pub use io::{Event, Input, Output, PeerId, RouteSource, UnknownPeer};

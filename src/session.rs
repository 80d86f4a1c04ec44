//! One neighbour's state machine (RFC 4271 §8): octets, facts and time in;
//! octets, facts and the next deadline out.

mod config;
mod io;

pub use config::{Config, GracefulRestartConfig, OpenMode, PeerAs};
pub use io::{ConnId, DownReason, Event, Input, Negotiated, Output, SendError, State};

use alloc::vec::Vec;
use core::time::Duration;

use crate::types::Family;

/// What our OPEN says of graceful restart (RFC 4724 §3).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct GracefulRestartConfig {
    /// How long the neighbour should wait for us: whole seconds, at most 4095.
    pub restart_time: Duration,
    /// Whether we are just back: the R bit.
    pub restarting: bool,
    /// Whether a NOTIFICATION, or a hold time that ends, leaves the other's
    /// routes in place as a lost connection does (the N bit, RFC 8538), if both
    /// sides say so.
    #[cfg_attr(feature = "serde", serde(default))]
    pub notification: bool,
    /// The families whose forwarding we preserve.
    pub families: Vec<Family>,
}

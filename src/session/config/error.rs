use core::time::Duration;

use thiserror::Error;

use crate::{
    session::{LimitError, TransportError},
    types::Family,
    wire::{AddPathMode, CapabilityCode, Role},
};

/// A field of [`Config`](crate::session::Config) that no session can work with, and why.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// AS 0 is reserved (RFC 7607).
    #[error("local_as: AS 0 is reserved")]
    LocalAsZero,
    /// AS 0 is reserved (RFC 7607).
    #[error("peer_as: AS 0 is reserved")]
    PeerAsZero,
    /// Nobody could be the neighbour.
    #[error("peer_as: has no AS")]
    PeerAsNone,
    /// A BGP Identifier is not zero (RFC 6286 §2.1).
    #[error("router_id: must not be 0.0.0.0")]
    RouterIdZero,
    /// There would be nothing to exchange.
    #[error("families: at least one is needed")]
    NoFamilies,
    /// A family is offered once.
    #[error("families: {family} is there twice")]
    FamilyTwice {
        /// Which.
        family: Family,
    },
    /// Not what an OPEN can say (RFC 4271 §4.2).
    #[error("hold_time: {hold_time:?} is neither 0 nor 3 to 65535 whole seconds")]
    HoldTime {
        /// As configured.
        hold_time: Duration,
    },
    /// The session would dial without end.
    #[error("connect_retry: must not be 0")]
    ConnectRetryZero,
    /// No OPEN could come in time.
    #[error("open_hold_time: must not be 0")]
    OpenHoldTimeZero,
    /// To wait for no time is not to wait.
    #[error("delay_open.time: must not be 0")]
    DelayOpenZero,
    /// A failing session would come and go without a pause.
    #[error("idle_hold.first: must not be 0")]
    IdleHoldZero,
    /// The longest pause is not the shortest.
    #[error("idle_hold.most: {most:?} is less than idle_hold.first, {first:?}")]
    IdleHoldMost {
        /// As configured.
        first: Duration,
        /// As configured.
        most: Duration,
    },
    /// The hold time comes first (RFC 9687 §4.4).
    #[error("send_hold: {send_hold:?} is not more than hold_time, {hold_time:?}")]
    SendHold {
        /// As configured.
        send_hold: Duration,
        /// As configured.
        hold_time: Duration,
    },
    /// How the neighbour is reached cannot work.
    #[error("transport.{0}")]
    Transport(TransportError),
    /// A limit cannot work.
    #[error("limits: {0}")]
    Limits(LimitError),
    /// There is nothing to count.
    #[error("limits: {family} is not among the families")]
    LimitBeside {
        /// Which.
        family: Family,
    },
    /// Not what the capability can say (RFC 4724 §3).
    #[error("graceful_restart.restart_time: {restart_time:?} is not 0 to 4095 whole seconds")]
    RestartTime {
        /// As configured.
        restart_time: Duration,
    },
    /// A family is listed once.
    #[error("graceful_restart.families: {family} is there twice")]
    RestartFamilyTwice {
        /// Which.
        family: Family,
    },
    /// Only what is offered can be preserved.
    #[error("graceful_restart.families: {family} is not among the families")]
    RestartFamilyNotOffered {
        /// Which.
        family: Family,
    },
    /// A number above 65535 takes the capability (RFC 6793 §3).
    #[error("offer.four_octet_as: must be set, since local_as is above 65535")]
    FourOctetAs,
    /// A family is listed once.
    #[error("{field}: {family} is there twice")]
    OfferedTwice {
        /// Of the configuration.
        field: &'static str,
        /// Which.
        family: Family,
    },
    /// Of what is not exchanged nothing can be said.
    #[error("{field}: {family} is not among the families")]
    OfferedBeside {
        /// Of the configuration.
        field: &'static str,
        /// Which.
        family: Family,
    },
    /// Only three directions have a meaning (RFC 7911 §4).
    #[error("offer.add_path: mode {} of {family} is not receive, send or both", mode.0)]
    AddPathMode {
        /// Which.
        family: Family,
        /// As configured.
        mode: AddPathMode,
    },
    /// Routes of IPv6 have such next hops without being asked (RFC 8950 §4).
    #[error("offer.extended_next_hop: {family} is not a family of IPv4")]
    ExtendedNextHop {
        /// Which.
        family: Family,
    },
    /// It says how graceful restart goes on (RFC 9494 §4.1).
    #[error("offer.long_lived: needs graceful_restart")]
    LongLivedAlone,
    /// Not what the capability can say (RFC 9494 §3.1).
    #[error("offer.long_lived: {seconds} s for {family} is over 16777215")]
    StaleTime {
        /// Which.
        family: Family,
        /// As configured.
        seconds: u32,
    },
    /// A number without a meaning (RFC 9234 §4.1).
    #[error("offer.role: {role} is no role")]
    Role {
        /// As configured.
        role: Role,
    },
    /// Roles are for external sessions (RFC 9234 §4).
    #[error("offer.role: peer_as is local_as, and an internal session has no roles")]
    RoleInside,
    /// Not what the capability can say.
    #[error("offer.software_version: {octets} octets are over 64")]
    SoftwareVersion {
        /// As configured.
        octets: usize,
    },
    /// Not what the capability can say.
    #[error("offer.fqdn: {octets} octets are over 253")]
    Fqdn {
        /// Of both names together.
        octets: usize,
    },
    /// What we do not offer, nobody can agree to.
    #[error("offer.required: {code} is not offered")]
    RequiredNotOffered {
        /// Which.
        code: CapabilityCode,
    },
    /// The capabilities do not fit an OPEN (RFC 5492 §4).
    #[error("families: more than an OPEN can say")]
    OpenTooLong,
    /// The largest message must fit.
    #[error("send_window: {octets} octets hold no message of 4096")]
    SendWindow {
        /// As configured.
        octets: usize,
    },
}

//! One neighbour's state machine (RFC 4271 §8): octets, facts and time in;
//! octets, facts and the next deadline out.

mod config;
mod io;

use alloc::sync::Arc;

use bytes::Bytes;

pub use config::{Config, ConfigError, GracefulRestartConfig, OpenMode, PeerAs};
pub use io::{ConnId, DownReason, Event, Input, Negotiated, Output, SendError, State};

use crate::{
    time::Instant,
    wire::{RouteRefresh, Update},
};

/// One neighbour: its state, and at most two TCP connections to it.
#[derive(Debug)]
pub struct Session {
    config: Config,
}

impl Session {
    /// A session in [`State::Idle`], waiting for [`Input::Start`].
    ///
    /// # Errors
    /// If the configuration cannot work.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self { config })
    }

    /// Takes in what happened at `now`.
    pub fn handle_input(&mut self, now: Instant, input: Input<'_>) {
        let _ = (now, input);
        todo!()
    }

    /// What to do next; [`Output::Timeout`] once there is nothing more.
    pub fn poll_output(&mut self) -> Output {
        todo!()
    }

    /// Sends an UPDATE.
    ///
    /// # Errors
    /// If the session is not Established, the window is full, or the value
    /// does not fit the wire.
    pub fn send(&mut self, update: &Update) -> Result<(), SendError> {
        let _ = update;
        todo!()
    }

    /// Sends a whole message that was encoded for this session's
    /// [`Negotiated::context`].
    ///
    /// # Errors
    /// If the session is not Established or the window is full.
    pub fn send_encoded(&mut self, message: Bytes) -> Result<(), SendError> {
        let _ = message;
        todo!()
    }

    /// Sends a ROUTE-REFRESH.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn refresh(&mut self, refresh: RouteRefresh) -> Result<(), SendError> {
        let _ = refresh;
        todo!()
    }

    /// Whether our next OPENs say that we are just back (RFC 4724 §3, the R
    /// bit). Without effect if graceful restart is not configured.
    pub fn set_restarting(&mut self, restarting: bool) {
        if let Some(graceful_restart) = &mut self.config.graceful_restart {
            graceful_restart.restarting = restarting;
        }
    }

    /// Octets that may be sent now; zero unless Established.
    pub fn room(&self) -> usize {
        todo!()
    }

    /// The most advanced state of the session's connections.
    pub fn state(&self) -> State {
        todo!()
    }

    /// What was agreed, while Established.
    pub fn negotiated(&self) -> Option<&Arc<Negotiated>> {
        todo!()
    }

    /// Why the session was last down.
    pub fn last_down(&self) -> Option<&DownReason> {
        todo!()
    }

    /// What the session was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

//! Octets to values and back: BGP messages (RFC 4271 §4 and its extensions).

pub mod attribute;
mod capability;
mod context;
mod error;
mod fault;
pub mod frame;
mod message;
mod nlri;
mod notification;
mod open;
mod refresh;
pub mod update;

pub use attribute::{
    Aggregator, AttributeCode, AttributeFlags, AttributeSet, Origin, RawAttribute,
};
pub use capability::{
    Capability, CapabilityCode, GracefulRestart, GracefulRestartFamily, GracefulRestartFlags,
};
pub use context::Context;
pub use error::{DecodeError, EncodeError};
pub use fault::{Fault, FaultKind, Parsed, Treatment};
pub use frame::{Frame, MessageType};
pub use message::Message;
pub use nlri::{Nlri, NlriList, PathId, Prefixes};
pub use notification::{Notification, NotificationCode};
pub use open::Open;
pub use refresh::{RefreshSubtype, RouteRefresh};
pub use update::{AttributeView, Attributes, MpReach, MpUnreach, Update, UpdateView};

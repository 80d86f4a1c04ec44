//! Which sessions should exist, and whether they are good: pure functions over
//! facts.

pub mod dialect;
mod end;
mod expansion;
#[cfg(feature = "yaml")]
pub mod fabric;
mod finding;
mod generate;
pub mod inventory;
mod pairing;
#[cfg(feature = "yaml")]
mod problem;
pub mod selector;
mod speakers;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use end::{Origin, SessionEnd};
pub use expansion::Expansion;
pub use finding::{Code, Finding, Severity};
pub use generate::{MAX_NODES, Mode, generate};
pub use inventory::Inventory;
pub use pairing::{EndRef, Plan, PlannedRouter, Session, Verdict, plan};
#[cfg(feature = "yaml")]
pub use problem::Problem;
pub use selector::{Selector, SelectorError};
pub use speakers::{PeerPlan, SpeakerPlan, assign_pod_cidrs, speakers};

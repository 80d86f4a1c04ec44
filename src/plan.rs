//! Which sessions should exist, and whether they are good: pure functions over
//! facts.
//!
//! The way of the data: resources are read by a [`dialect`] (feature `yaml`)
//! into an [`Inventory`] of nodes and wanted peerings; `fabric` adds the
//! routers around the cluster; [`Expansion`] says which session ends each node
//! has, and why; [`plan`](plan()) puts both ends of every session side by side
//! and judges them; [`speakers`](speakers()) turns the result into
//! [`speaker::Config`](crate::speaker::Config)s and what goes with them.
//!
//! Departures and limits: expansion follows Calico's rules from v3.32 on, also
//! where they surprise (which end is passive goes by the text of addresses; a
//! mesh neighbour without an AS is taken for one's own). Where Calico's choice
//! changes from run to run, a [`Code::Conflict`] is reported. Peers on
//! workloads, `BGPFilter` and passwords are known of and not carried out.
//!
//! ```
//! use bgpwright::plan::{dialect::calico, plan, speakers, yaml::{Limits, Source}};
//!
//! let text = r#"
//! apiVersion: v1
//! kind: List
//! items:
//! - apiVersion: v1
//!   kind: Node
//!   metadata:
//!     name: control-plane
//!     annotations: {projectcalico.org/IPv4Address: 172.18.0.2/16}
//!   spec: {podCIDR: 10.244.0.0/24}
//! - apiVersion: v1
//!   kind: Node
//!   metadata:
//!     name: worker
//!     annotations: {projectcalico.org/IPv4Address: 172.18.0.3/16}
//!   spec: {podCIDR: 10.244.1.0/24}
//! "#;
//! let source = Source { name: "nodes.yaml", text };
//! let inventory = calico::read(&[source], &Limits::default())
//!     .into_inventory()
//!     .expect("the text is good");
//!
//! let plan = plan(&inventory);
//! assert_eq!(plan.sessions.len(), 1);
//! assert!(plan.findings.is_empty());
//!
//! let speakers = speakers(&plan);
//! assert_eq!(speakers[0].name, "control-plane");
//! assert_eq!(speakers[0].peers[0].peer_type, "node-to-node mesh");
//! assert_eq!(speakers[0].peers[0].remote, Some((1, 0)));
//! ```

mod check;
#[cfg(feature = "yaml")]
pub mod dialect;
mod end;
mod expansion;
pub mod export;
#[cfg(feature = "yaml")]
pub mod fabric;
pub mod filter;
mod finding;
mod generate;
mod hashed;
pub mod inventory;
mod migrate;
mod network;
mod pairing;
#[cfg(feature = "yaml")]
mod problem;
mod reconcile;
pub mod routing;
pub mod selector;
mod signalling;
mod speakers;
#[cfg(feature = "yaml")]
pub mod status;
pub mod strategy;
mod terms;
mod twins;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use check::{Checks, Inside, Thresholds, check};
pub use end::{Origin, SessionEnd};
pub use expansion::Expansion;
pub use finding::{Cause, Code, Finding, Severity};
pub use generate::{MAX_NODES, Mode, generate};
pub use inventory::Inventory;
pub use migrate::{Edit, Gate, Loss, Migration, Step, edits_between, prove, steps_to};
pub use network::{Member, Network};
pub use pairing::{
    EndRef, MESH_LISTED, MeshSummary, Plan, PlannedRouter, Session, Verdict, plan, plan_listing,
};
#[cfg(feature = "yaml")]
pub use problem::Problem;
pub use reconcile::{Change, ChangeCounts, Effect, Reconcile, SpeakerChange, speaker_changes};
pub use selector::{Selector, SelectorError};
pub use signalling::{
    LoopRule, Passed, Path, Router, Side, Signalling, Transit, Visibility, Without,
};
pub use speakers::{PeerPlan, SpeakerPlan, assign_pod_cidrs, speakers};
pub use twins::{Classes, LostClass, Survey};

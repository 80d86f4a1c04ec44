//! A sans-IO BGP toolkit: codec, session, RIB, speaker, and a planner of
//! peering topologies for Kubernetes clusters.
//!
//! Octets, facts and the time come in; octets, facts and the next deadline come
//! out. There is no socket, thread, clock, randomness or global state in here,
//! so the same code runs in a daemon on any runtime, in a test on a virtual
//! clock, in a fuzzer, and on a machine without an operating system: the crate
//! is `no_std` with `alloc`.
//!
//! # Layers
//! Each may be used without those below it in this table.
//!
//! | module | what it is |
//! |---|---|
//! | [`types`], [`time`] | the vocabulary: AS numbers, prefixes, paths; instants |
//! | [`wire`] | messages from and to octets, errors graded as RFC 7606 says |
//! | [`session`] | one neighbour's state machine (RFC 4271 §8) |
//! | [`rib`], [`policy`] | routes, best paths, reflection (RFC 4456); what is let through |
//! | [`speaker`] | many sessions and one RIB |
#![cfg_attr(
    feature = "bmp",
    doc = "| [`bmp`] | what routers tell a monitoring station |"
)]
#![cfg_attr(
    not(feature = "bmp"),
    doc = "| `bmp` | what routers tell a monitoring station |"
)]
#![cfg_attr(
    feature = "mrt",
    doc = "| [`mrt`] | collectors' files: tables, messages, state changes |"
)]
#![cfg_attr(
    not(feature = "mrt"),
    doc = "| `mrt` | collectors' files: tables, messages, state changes |"
)]
#![cfg_attr(
    feature = "plan",
    doc = "| [`plan`] | which sessions a cluster should have, and what is wrong with them |"
)]
#![cfg_attr(
    not(feature = "plan"),
    doc = "| `plan` | which sessions a cluster should have, and what is wrong with them |"
)]
#![cfg_attr(
    feature = "sim",
    doc = "| [`sim`] | a network of speakers on a virtual clock |"
)]
#![cfg_attr(
    not(feature = "sim"),
    doc = "| `sim` | a network of speakers on a virtual clock |"
)]
//!
//! # The run loop
//! A [`session::Session`] and a [`speaker::Speaker`] are driven alike: tell it
//! what happened, then take what it has to say until it says
//! [`Timeout`](speaker::Output::Timeout), which is when to come back at the
//! latest.
//!
//! ```
//! use bgpwright::{
//!     session::{self, ConnId},
//!     speaker::{Event, Input, Output, PeerId, Speaker},
//!     time::Instant,
//! };
//!
//! type Happened<'a> = (PeerId, session::Input<'a>);
//!
//! /// What the embedder does: sockets, a clock, and waiting.
//! trait Io {
//!     fn connect(&mut self, peer: PeerId);
//!     fn close(&mut self, peer: PeerId, conn: ConnId);
//!     /// Queues octets; once the kernel has taken some, `wait` says `Sent`.
//!     fn transmit(&mut self, peer: PeerId, conn: ConnId, octets: &[u8]);
//!     fn event(&mut self, event: Event);
//!     fn now(&self) -> Instant;
//!     /// The only call that blocks: until something happens or the deadline.
//!     /// Says when that was.
//!     fn wait(&mut self, deadline: Option<Instant>) -> (Instant, Option<Happened<'_>>);
//! }
//!
//! fn run(speaker: &mut Speaker, io: &mut impl Io) -> Result<(), bgpwright::speaker::UnknownPeer> {
//!     let peers: Vec<PeerId> = speaker.peers().map(|peer| peer.id).collect();
//!     for id in peers {
//!         speaker.handle_input(io.now(), Input::Peer(id, session::Input::Start))?;
//!     }
//!     loop {
//!         let deadline = loop {
//!             match speaker.poll_output() {
//!                 Output::Connect(peer) => io.connect(peer),
//!                 Output::Close(peer, conn) => io.close(peer, conn),
//!                 Output::Transmit(peer, conn, octets) => io.transmit(peer, conn, &octets),
//!                 Output::Event(event) => io.event(event),
//!                 Output::Timeout(deadline) => break deadline,
//!             }
//!         };
//!         let (now, happened) = io.wait(deadline);
//!         let input = match happened {
//!             Some((peer, input)) => Input::Peer(peer, input),
//!             None => Input::Timeout,
//!         };
//!         speaker.handle_input(now, input)?;
//!     }
//! }
//! ```
//!
//! A peer's misbehaviour is data: an [`Event`](speaker::Event) or a
//! [`Fault`](wire::Fault). An `Err` is the caller's own mistake, or octets that
//! cannot be framed.
//!
//! # Features
//! * `std` (default): lets the dependencies use the standard library.
//! * `serde`: `Serialize` and `Deserialize` for values, configuration, policy.
//! * `regex`: regular expressions for AS paths in policies.
//! * `plan`: the planner. `yaml`: reads its resources from YAML and JSON text.
//! * `sim`: the simulated network. `mrt`: collectors' files. `bmp`: monitoring.
//!
//! Features add; none changes what is there without it.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod policy;
pub mod rib;
pub mod session;
pub mod speaker;
pub mod time;
pub mod types;
pub mod wire;

#[cfg(feature = "bmp")]
pub mod bmp;
#[cfg(feature = "mrt")]
pub mod mrt;
#[cfg(feature = "plan")]
pub mod plan;
#[cfg(feature = "sim")]
pub mod sim;

// The README's examples are tests.
#[cfg(all(doctest, feature = "sim", feature = "yaml"))]
#[doc = include_str!("../README.md")]
struct Readme;

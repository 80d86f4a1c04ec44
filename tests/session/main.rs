//! The session layer: its table against RFC 4271 §8, and two sessions on a
//! virtual network.

mod collisions;
mod negotiation;
mod rig;
mod stories;
mod table;
mod walk;

//! bgpwright: a sans-IO BGP toolkit.
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

#[cfg(feature = "plan")]
pub mod plan;
#[cfg(feature = "sim")]
pub mod sim;

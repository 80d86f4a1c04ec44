//! Exports, and what reading them back gives.

mod bird;
mod calico;
mod daemons;
mod pictures;

//! Readers of the resources in which clusters describe their peerings.

#[cfg(feature = "yaml")]
pub mod calico;

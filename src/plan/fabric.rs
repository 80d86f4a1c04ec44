//! The routers around a cluster, from a small file of our own.

use alloc::vec::Vec;

use super::{
    Inventory, Problem,
    inventory::{Router, Underlay},
    yaml::{Limits, Source},
};

/// What a fabric file says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fabric {
    /// Which addresses reach each other without BGP.
    pub underlay: Underlay,
    /// The routers.
    pub routers: Vec<Router>,
}

impl Fabric {
    /// Puts the routers around a cluster.
    pub fn apply(self, inventory: &mut Inventory) {
        inventory.underlay = self.underlay;
        inventory.routers = self.routers;
    }
}

/// Reads a fabric file.
///
/// # Errors
/// With everything that is wrong with it.
pub fn read(source: Source<'_>, limits: &Limits) -> Result<Fabric, Vec<Problem>> {
    let _ = (source, limits);
    todo!()
}

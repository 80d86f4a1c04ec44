//! Calico's resources.

use alloc::vec::Vec;

use crate::plan::{
    Inventory, Problem,
    yaml::{Limits, Source},
};

/// What was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The facts, with what Calico would make of wrong fields.
    pub inventory: Inventory,
    /// What is wrong or noteworthy, in the order of the input.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// The inventory, if nothing is wrong.
    ///
    /// # Errors
    /// With every [`Problem`] that is an error.
    pub fn into_inventory(self) -> Result<Inventory, Vec<Problem>> {
        todo!()
    }
}

/// Reads Calico and Kubernetes resources, as `calicoctl` and `kubectl` print
/// them: any number of files, documents and lists.
pub fn read(sources: &[Source<'_>], limits: &Limits) -> Reading {
    let _ = (sources, limits);
    todo!()
}

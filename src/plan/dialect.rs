//! Readers of the resources in which clusters describe their peerings.
//!
//! Each reader knows its own project's rules and gives the same [`Inventory`].
//! [`of`] tells whose resources a text holds, and [`read`] reads them.

pub mod antrea;
pub mod calico;
pub mod cilium;
pub mod kube_ovn;
pub mod kube_router;
mod kubernetes;
pub mod metallb;

use alloc::{collections::BTreeMap, format, string::String, sync::Arc, vec::Vec};

use super::{
    Inventory, Problem, Severity,
    inventory::Dialect,
    yaml::{Limits, Source},
};

/// What was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The facts, with what Calico would make of wrong fields.
    pub inventory: Inventory,
    /// What is wrong or noteworthy, in the order of the input.
    pub problems: Vec<Problem>,
    /// The file and line of each resource, by kind and name as a
    /// [`Cause`](crate::plan::Cause) has them.
    pub places: Places,
}

/// Where resources are: file and line by kind and name, such as
/// `BGPPeer "tor"`.
pub type Places = BTreeMap<String, (Arc<str>, usize)>;

impl Reading {
    /// The inventory, if nothing is wrong.
    ///
    /// # Errors
    /// With every [`Problem`] that is an error.
    pub fn into_inventory(self) -> Result<Inventory, Vec<Problem>> {
        let mut problems = self.problems;
        problems.retain(|problem| problem.severity == Severity::Error);
        if problems.is_empty() {
            Ok(self.inventory)
        } else {
            Err(problems)
        }
    }
}

/// Reads resources of one project.
///
/// ```
/// use bgpwright::plan::{dialect, inventory::Dialect, yaml::{Limits, Source}};
///
/// let text = "
/// apiVersion: v1
/// kind: Node
/// metadata: {name: a, annotations: {kube-router.io/rr.server: \"1\"}}
/// status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}
/// ";
/// let sources = [Source { name: "nodes.yaml", text }];
/// let whose = dialect::of(&sources).unwrap();
/// assert_eq!(whose, Dialect::KubeRouter);
/// let reading = dialect::read(whose, &sources, &Limits::default());
/// assert!(reading.inventory.nodes[0].cluster_id.is_some());
/// ```
pub fn read(dialect: Dialect, sources: &[Source<'_>], limits: &Limits) -> Reading {
    match dialect {
        Dialect::Calico => calico::read(sources, limits),
        Dialect::Cilium => cilium::read(sources, limits),
        Dialect::MetalLb => metallb::read(sources, limits),
        Dialect::KubeRouter => kube_router::read(sources, limits),
        Dialect::Antrea => antrea::read(sources, limits),
        Dialect::KubeOvn => kube_ovn::read(sources, limits),
    }
}

/// Whose resources these are, by the words that only one project has; Calico's
/// where there are none.
///
/// # Errors
/// If there are words of several projects: which, and where the first of each
/// is.
pub fn of(sources: &[Source<'_>]) -> Result<Dialect, String> {
    let mut found: Vec<(Dialect, String)> = Vec::new();
    for source in sources {
        for (words, dialect) in WORDS {
            if found.iter().any(|it| it.0 == *dialect) {
                continue;
            }
            let word = words.iter().find_map(|word| line_with(source.text, word));
            if let Some(line) = word {
                let place = format!("{}:{line}", source.name);
                found.push((*dialect, place));
            }
        }
    }
    match found.as_slice() {
        [] => Ok(Dialect::Calico),
        [one] => Ok(one.0),
        several => {
            let places = several.iter();
            let places: Vec<String> = places
                .map(|(dialect, place)| format!("{dialect} ({place})"))
                .collect();
            Err(format!(
                "resources of several projects: {}; expected those of one, or say whose to read",
                places.join(", ")
            ))
        }
    }
}

/// The first line with a word outside of comments.
fn line_with(text: &str, word: &str) -> Option<usize> {
    // Almost every text is without it: that is found out first.
    text.find(word)?;
    let mut lines = (1_usize..).zip(text.lines());
    let found = lines.find(|(_, line)| {
        let begins = line.trim_start();
        !begins.starts_with('#') && begins.contains(word)
    });
    found.map(|(number, _)| number)
}

const WORDS: &[(&[&str], Dialect)] = &[
    (
        &["projectcalico.org/v", "projectcalico.org/IPv"],
        Dialect::Calico,
    ),
    (&["cilium.io/v2"], Dialect::Cilium),
    (&["metallb.io/v"], Dialect::MetalLb),
    (
        &["kube-router.io/", "cloudnativelabs/kube-router"],
        Dialect::KubeRouter,
    ),
    (&["crd.antrea.io/v"], Dialect::Antrea),
    (&["kube-ovn-speaker"], Dialect::KubeOvn),
];

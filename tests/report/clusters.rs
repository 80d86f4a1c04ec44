//! Inputs, and what the library makes of them.

use std::{collections::BTreeSet, fs, path::Path};

use bgpwright::{
    plan::{
        Inventory, LoopRule, Mode, Network, Plan, Without,
        dialect::calico,
        export::calico::{Datastore, all},
        fabric, generate, plan,
        yaml::{Limits, Source},
    },
    types::Family,
};

/// A generated cluster as the resources that the planner reads.
pub(crate) fn generated(nodes: usize, mode: Mode) -> String {
    let mut inventory = generate(nodes, mode);
    for node in &mut inventory.nodes {
        // Blocks of their own would be twice as many resources.
        node.advertised.clear();
    }
    all(&inventory, Datastore::Etcd)
}

pub(crate) struct Cluster {
    pub(crate) inventory: Inventory,
    pub(crate) plan: Plan,
}

impl Cluster {
    pub(crate) fn read(file: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs::read_to_string(&path).unwrap();
        let source = Source {
            name: file,
            text: &text,
        };
        let mut inventory = calico::read(&[source], &Limits::default()).inventory;
        let beside = path.with_extension("fabric.yaml");
        if let Ok(text) = fs::read_to_string(beside) {
            let source = Source {
                name: file,
                text: &text,
            };
            fabric::read(source, &Limits::default())
                .unwrap()
                .apply(&mut inventory);
        }
        let plan = plan(&inventory);
        Self { inventory, plan }
    }

    pub(crate) fn networks(&self) -> Vec<Network> {
        let families = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
        let networks = families.map(|it| Network::new(&self.inventory, &self.plan, it, 1));
        networks
            .into_iter()
            .filter(|it| it.routers.len() > 1)
            .collect()
    }

    /// How many pairs lose each other's routes in addition, looked at pair by
    /// pair: without the routers and sessions that are chosen.
    pub(crate) fn lost(&self, of: impl Fn(&Network) -> Without) -> usize {
        let networks = self.networks();
        let lost = networks.iter().map(|network| {
            let pairs = |without: &Without| -> BTreeSet<(usize, usize)> {
                let found = network.signalling.visibility(LoopRule::Bird16, without);
                let matters = |it: &(usize, usize)| network.matters(it.0, it.1);
                found.lost.into_iter().filter(matters).collect()
            };
            let before = pairs(&Without::default());
            pairs(&of(network)).difference(&before).count()
        });
        lost.sum()
    }

    pub(crate) fn without_router(&self, name: &str) -> usize {
        self.lost(|network| {
            let named = |it: &usize| network.name(*it) == name;
            let routers = (0..network.routers.len()).filter(named).collect();
            Without {
                routers,
                ..Without::default()
            }
        })
    }

    pub(crate) fn without_domain(&self, kind: &str, name: &str) -> usize {
        self.lost(|network| {
            let of = network.routers.iter().enumerate();
            let of = of.filter(|it| it.1.domains.get(kind).is_some_and(|it| it == name));
            Without {
                routers: of.map(|it| it.0).collect(),
                ..Without::default()
            }
        })
    }

    /// `session`: its place in the plan.
    pub(crate) fn without_session(&self, session: usize) -> usize {
        self.lost(|network| {
            let at = network.sessions.iter().position(|it| *it == Some(session));
            Without {
                sessions: at.into_iter().collect(),
                ..Without::default()
            }
        })
    }
}

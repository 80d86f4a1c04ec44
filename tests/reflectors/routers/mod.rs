//! The programs, and how each is spoken to.

mod bird;
mod frr;
mod gobgp;
mod ours;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
};

use bgpwright::{
    speaker::ReflectionRole,
    types::{ClusterId, RouterId},
};

use crate::entry::{Entry, Place};

pub(crate) use self::{bird::Bird, frr::Frr, gobgp::Gobgp, ours::Ours};

/// What a router is configured with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) place: Place,
    pub(crate) cluster_id: ClusterId,
    /// Whether it has a route of its own.
    pub(crate) announces: bool,
    pub(crate) neighbors: Vec<Neighbor>,
    /// For configuration, sockets and what the program says.
    pub(crate) folder: PathBuf,
}

/// All are of one AS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neighbor {
    pub(crate) address: Ipv4Addr,
    pub(crate) port: u16,
    /// What it is to the router that this is configured for.
    pub(crate) role: ReflectionRole,
    /// Who waits to be dialled.
    pub(crate) passive: bool,
}

/// What a reflector does otherwise than ours: it is expected of it, and of no
/// other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Habit {
    TellsBack,
    ReflectsItsOwn,
    TellsOthersBare,
    TakesItsOwnCluster,
}

/// How one program is told things and asked things.
pub(crate) trait Dialect: Sync {
    fn name(&self) -> &'static str;

    /// What must be there to run it.
    fn programs(&self) -> &'static [&'static str];

    /// The program that prints a version, and with what; none for our own.
    fn version(&self) -> Option<[&'static str; 2]>;

    /// Writes the configuration and gives the command that runs it.
    fn command(&self, setup: &Setup) -> Command;

    /// Announces what the configuration cannot: `true` once that is done.
    fn announce(&self, _: &Setup) -> bool {
        true
    }

    /// What it does otherwise as a reflector.
    fn habits(&self) -> &'static [Habit] {
        &[]
    }

    /// Its whole table, if it has a tool that shows it and is up.
    fn entries(&self, setup: &Setup) -> Option<Vec<Entry>>;
}

pub(crate) const ALL: [&dyn Dialect; 4] = [&Ours, &Bird, &Frr, &Gobgp];
/// The AS of all.
const ASN: u32 = 64512;
/// Where all listen, each on an address of its own.
pub(crate) const PORT: u16 = 1179;

impl Habit {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::TellsBack => "tells its clients their own routes as well",
            Self::ReflectsItsOwn => {
                "gives its own routes its ORIGINATOR_ID and CLUSTER_LIST, towards clients"
            }
            Self::TellsOthersBare => {
                "tells its neighbours that are no clients of its clients' routes without \
                 ORIGINATOR_ID and CLUSTER_LIST, so that nobody can see a loop"
            }
            Self::TakesItsOwnCluster => {
                "takes routes with its own cluster id from neighbours that are no clients"
            }
        }
    }
}

impl Setup {
    /// Writes a file into the folder.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A line for each neighbour.
    fn each(&self, text: impl Fn(&Neighbor) -> String) -> String {
        self.neighbors.iter().map(text).collect()
    }

    /// A route that its tool shows; a route of its own without a neighbour.
    fn entry(&self, prefix: &str, shown: &Shown) -> Entry {
        let prefix = prefix.parse().unwrap();
        let number = |text: &str| text.parse().unwrap_or_default();
        match &shown.from {
            None => Entry {
                prefix,
                ..self.place.own()
            },
            Some(from) => Entry {
                at: self.place,
                from: Place::of(from),
                prefix,
                next_hop: shown.next_hop.parse().unwrap(),
                local_pref: number(&shown.local_pref),
                originator: shown.originator.as_deref().map(id),
                clusters: shown.clusters.iter().map(|id| cluster(id)).collect(),
            },
        }
    }
}

/// A route in a tool's own words.
#[derive(Debug, Default)]
struct Shown {
    from: Option<String>,
    next_hop: String,
    local_pref: String,
    originator: Option<String>,
    clusters: Vec<String>,
}

pub(crate) fn id(text: &str) -> RouterId {
    RouterId::from(text.parse::<Ipv4Addr>().unwrap())
}

pub(crate) fn cluster(text: &str) -> ClusterId {
    ClusterId::from(text.parse::<Ipv4Addr>().unwrap())
}

/// The first of these that is not there.
pub(crate) fn missing(programs: &[&'static str]) -> Option<&'static str> {
    let there = |program: &str| {
        let folders = ["", "/usr/sbin", "/usr/bin"];
        let mut paths = folders.iter().map(|folder| Path::new(folder).join(program));
        paths.any(|path| path.is_file())
    };
    programs.iter().copied().find(|program| !there(program))
}

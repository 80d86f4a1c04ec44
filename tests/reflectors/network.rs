//! A network of processes: from its plan to its end, with what it must come to.

use std::{
    collections::BTreeSet,
    env, fs,
    net::SocketAddr,
    path::PathBuf,
    thread,
    time::{Duration, Instant, SystemTime},
};

use bgpwright::speaker::ReflectionRole;

use crate::{
    capture::Capture,
    entry::{Entry, Place},
    process::{Process, output, until},
    routers::{Dialect, Neighbor, Ours, PORT, Setup},
};

/// What will run. Who waits to be dialled comes before who dials it.
pub(crate) struct Plan {
    network: u8,
    routers: Vec<Router>,
    folder: Folder,
}

pub(crate) struct Network {
    routers: Vec<Router>,
    capture: Capture,
    rests: Vec<Rest>,
    /// What there was when all settled last.
    settled: Expected,
    // After the processes that are in it.
    _folder: Folder,
}

/// One that is removed in the end.
struct Folder(PathBuf);

struct Router {
    dialect: &'static dyn Dialect,
    setup: Setup,
    process: Option<Process>,
}

/// What should be at some time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// In the tables, of others.
    pub(crate) held: BTreeSet<Entry>,
    /// Told as well, and not taken.
    pub(crate) refused: BTreeSet<Entry>,
}

/// A time in which nothing should be said, for all has been.
struct Rest {
    begin: SystemTime,
    end: SystemTime,
    live: Vec<Place>,
    expected: Expected,
}

impl Plan {
    pub(crate) fn new(network: u8) -> Self {
        let name = format!("bgpwright-reflectors-{}-{network}", std::process::id());
        Self {
            network,
            routers: Vec::new(),
            folder: Folder(env::temp_dir().join(name)),
        }
    }

    /// One with a route of its own.
    pub(crate) fn add(&mut self, dialect: &'static dyn Dialect) -> Place {
        let place = self.add_silent(dialect);
        self.setup(place).announces = true;
        place
    }

    pub(crate) fn add_silent(&mut self, dialect: &'static dyn Dialect) -> Place {
        let router = u8::try_from(self.routers.len() + 1).unwrap();
        let place = Place {
            network: self.network,
            router,
        };
        let setup = Setup {
            place,
            cluster_id: place.cluster_id(),
            announces: false,
            neighbors: Vec::new(),
            folder: self.folder.0.join(format!("{}-{router}", dialect.name())),
        };
        self.routers.push(Router {
            dialect,
            setup,
            process: None,
        });
        place
    }

    /// Makes a reflector one of the other's cluster.
    pub(crate) fn share(&mut self, place: Place, with: Place) {
        self.setup(place).cluster_id = with.cluster_id();
    }

    /// A session, and who dials.
    pub(crate) fn dial(&mut self, from: Place, to: Place) {
        let neighbor = |place: Place, passive| Neighbor {
            address: place.address(),
            port: PORT,
            role: ReflectionRole::NonClient,
            passive,
        };
        self.setup(from).neighbors.push(neighbor(to, false));
        self.setup(to).neighbors.push(neighbor(from, true));
    }

    /// Makes a neighbour a client.
    pub(crate) fn reflect(&mut self, reflector: Place, client: Place) {
        let mut neighbors = self.setup(reflector).neighbors.iter_mut();
        let neighbor = neighbors.find(|neighbor| neighbor.address == client.address());
        neighbor.unwrap().role = ReflectionRole::Client;
    }

    fn setup(&mut self, place: Place) -> &mut Setup {
        &mut self.routers[place.index()].setup
    }

    /// Runs all.
    pub(crate) fn start(self) -> Network {
        let mut network = Network {
            capture: Capture::start(self.network, &self.folder.0),
            routers: self.routers,
            rests: Vec::new(),
            settled: Expected::default(),
            _folder: self.folder,
        };
        for at in 0..network.routers.len() {
            network.run(at);
        }
        network
    }
}

impl Network {
    fn run(&mut self, at: usize) {
        let router = &mut self.routers[at];
        let Router { dialect, setup, .. } = &*router;
        fs::create_dir_all(&setup.folder).unwrap();
        let process = Process::start(&mut dialect.command(setup), &setup.folder);
        let listens = until(LIMIT, || listens((setup.place.address(), PORT).into()));
        let ready = listens && until(LIMIT, || dialect.announce(setup));
        router.process = Some(process);
        assert!(ready, "never ready: {}", self.log());
    }

    pub(crate) fn kill(&mut self, place: Place) {
        let router = &mut self.routers[place.index()];
        router.process.as_ref().unwrap().signal("-KILL");
        assert!(router.process.take().unwrap().ends(LIMIT));
    }

    pub(crate) fn restart(&mut self, place: Place) {
        self.run(place.index());
    }

    /// Waits until every table is exactly what it should be.
    #[track_caller]
    fn settles(&mut self, expected: &Expected) {
        self.wait(expected, &|_, _| {});
    }

    /// The same, and no router with a route of its own is without any that it
    /// had when all settled last and should have in the end.
    #[track_caller]
    pub(crate) fn settles_without_loss(&mut self, expected: &Expected) {
        let before = self.settled.clone();
        self.wait(expected, &|setup, shown| {
            let here = |entry: &Entry| setup.announces && entry.at == setup.place;
            let held = expected.held.iter().filter(|entry| here(entry));
            let lost = held.map(|entry| entry.prefix).find(|prefix| {
                let has = |entry: &Entry| entry.at == setup.place && entry.prefix == *prefix;
                before.held.iter().any(has) && !shown.iter().any(has)
            });
            assert!(lost.is_none(), "lost: {lost:?} in {shown:#?}");
        });
    }

    #[track_caller]
    fn wait(&mut self, expected: &Expected, each: &dyn Fn(&Setup, &BTreeSet<Entry>)) {
        let begun = Instant::now();
        loop {
            let wrong = self.differences(expected, each);
            if wrong.is_empty() {
                break;
            }
            let late = begun.elapsed() > LIMIT;
            assert!(!late, "never so:\n{}\n{}", wrong.join("\n"), self.log());
            thread::sleep(Duration::from_millis(200));
        }
        self.settled = expected.clone();
    }

    /// Between the tables and what they should be.
    fn differences(
        &self,
        expected: &Expected,
        each: &dyn Fn(&Setup, &BTreeSet<Entry>),
    ) -> Vec<String> {
        let mut wrong = Vec::new();
        for router in self.live() {
            let Setup {
                place, announces, ..
            } = router.setup;
            let held = expected.held.iter().filter(|entry| entry.at == place);
            let mut held: BTreeSet<_> = held.cloned().collect();
            if announces {
                held.insert(place.own());
            }
            if router.is_ours() {
                let refused = expected.refused.iter();
                let refused = refused.filter(|entry| entry.at == place).count();
                wrong.extend(self.unreported(router, &held, refused));
                continue;
            }
            match router.entries() {
                Some(shown) => {
                    each(&router.setup, &shown);
                    let missing = held.difference(&shown);
                    wrong.extend(missing.map(|entry| format!("missing: {entry}")));
                    let other = shown.difference(&held);
                    wrong.extend(other.map(|entry| format!("instead: {entry}")));
                }
                None => wrong.push(format!("{}: no answer", place.address())),
            }
        }
        wrong
    }

    /// What ours does not report as it should.
    fn unreported(
        &self,
        router: &Router,
        held: &BTreeSet<Entry>,
        refused: usize,
    ) -> Option<String> {
        let neighbors = &router.setup.neighbors;
        let is_up = |of: &&Neighbor| {
            let mut live = self.live();
            live.any(|router| router.setup.place.address() == of.address)
        };
        let up = neighbors.iter().filter(is_up).count();
        let prefixes: BTreeSet<_> = held.iter().map(|entry| entry.prefix).collect();
        let summary = Ours::summary(neighbors.len(), up, prefixes.len(), held.len() + refused);
        let reports = || Ours::reports(&router.setup);
        let before = reports().len();
        router.process.as_ref().unwrap().signal("-USR1");
        until(REPORT, || reports().len() > before);
        let last = reports().split_off(before).pop().unwrap_or_default();
        let address = router.setup.place.address();
        (last != summary).then(|| format!("{address}: {last:?}, not {summary:?}"))
    }

    /// Settles, and is watched for three seconds.
    #[track_caller]
    pub(crate) fn rests(&mut self, expected: &Expected) {
        self.settles(expected);
        // What changes no table may come a little later.
        thread::sleep(Duration::from_secs(2));
        let begin = SystemTime::now();
        thread::sleep(Duration::from_secs(3));
        self.rests.push(Rest {
            begin,
            end: SystemTime::now(),
            live: self.live().map(|router| router.setup.place).collect(),
            expected: expected.clone(),
        });
        self.settles(expected);
    }

    fn live(&self) -> impl Iterator<Item = &Router> {
        let routers = self.routers.iter();
        routers.filter(|router| router.process.is_some())
    }

    /// Ends it, and sees that what went over the wire agrees.
    #[track_caller]
    pub(crate) fn end(self) {
        let record = self.capture.end();
        let log: String = self.routers.iter().map(Router::log).collect();
        assert!(!self.rests.is_empty(), "nothing to compare");
        for rest in &self.rests {
            let updates = record.updates(rest.begin, rest.end);
            assert!(updates.is_empty(), "not at rest: {updates:#?}\n{log}");
            let Expected { held, refused } = &rest.expected;
            let expected: BTreeSet<_> = held.union(refused).cloned().collect();
            let told = record.told(rest.end, &rest.live);
            let missing = texts(expected.difference(&told));
            let instead = texts(told.difference(&expected));
            assert!(
                missing.is_empty() && instead.is_empty(),
                "tshark: not told {missing:#?}, told instead {instead:#?}\n{log}"
            );
        }
        let is_ours = |place: Place| self.routers[place.index()].is_ours();
        let mut excess = record.excess();
        excess.retain(|excess| is_ours(excess.from));
        assert!(excess.is_empty(), "ours: {excess:#?}\n{log}");
    }

    /// What everybody has said.
    fn log(&self) -> String {
        self.routers.iter().map(Router::log).collect()
    }
}

impl Router {
    fn is_ours(&self) -> bool {
        self.dialect.name() == Ours.name()
    }

    fn log(&self) -> String {
        let folder = &self.setup.folder;
        format!("--- {}\n{}", folder.display(), output(folder))
    }

    /// Nothing if there is no good answer: it is not up yet, or its table
    /// changes while it is asked.
    fn entries(&self) -> Option<BTreeSet<Entry>> {
        let entries = self.dialect.entries(&self.setup)?;
        let count = entries.len();
        let set: BTreeSet<_> = entries.into_iter().collect();
        assert_eq!(set.len(), count, "a route is there twice: {set:?}");
        Some(set)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn texts<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<String> {
    entries.into_iter().map(ToString::to_string).collect()
}

/// Asked of the kernel: a connection only to try is taken for a session.
fn listens(at: SocketAddr) -> bool {
    let SocketAddr::V4(at) = at else { return false };
    let text = format!("{:08X}:{:04X}", u32::from(*at.ip()).swap_bytes(), at.port());
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next() == Some(&text) && fields.nth(1) == Some("0A")
    })
}

const LIMIT: Duration = Duration::from_secs(20);
/// For a report to be printed.
const REPORT: Duration = Duration::from_secs(1);

//! A capture of all that a network says, and what it must agree with.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bgpwright::types::Prefix;

use crate::{
    entry::{Entry, Place},
    packets::{self, Message, Packet, Update},
    process::{Process, output, until},
    routers::PORT,
};

/// Running, for one network.
#[derive(Debug)]
pub(crate) struct Capture {
    process: Process,
    folder: PathBuf,
}

/// What has been told on each session, and is not withdrawn.
#[derive(Debug, Default)]
struct Told {
    connections: BTreeMap<(Place, Place), u64>,
    entries: BTreeMap<(Place, Place, Prefix), Entry>,
}

/// All that a network has said, from its start to its end.
#[derive(Debug)]
pub(crate) struct Record {
    packets: Vec<Packet>,
}

/// What somebody says without need.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Excess {
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) prefix: Prefix,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    /// It had been told, in the same words, or withdrawn, already.
    Again,
    /// It has a cluster twice.
    Loop,
}

impl Capture {
    /// Begins, and waits until nothing is missed.
    pub(crate) fn start(network: u8, folder: &Path) -> Self {
        let folder = folder.join("capture");
        fs::create_dir_all(&folder).unwrap();
        let filter = format!("tcp port {PORT} and net 127.0.{network}.0/24");
        let mut command = Command::new("dumpcap");
        command.args(["-q", "-i", "lo", "-f", &filter, "-w", FILE]);
        let process = Process::start(&mut command, &folder);
        let begins = until(LIMIT, || output(&folder).contains("File: "));
        assert!(begins, "dumpcap: {}", output(&folder));
        Self { process, folder }
    }

    /// Ends, with all that has been said up to now.
    pub(crate) fn end(mut self) -> Record {
        // What the kernel still has is read first.
        std::thread::sleep(Duration::from_secs(1));
        self.process.signal("-INT");
        let ends = self.process.ends(LIMIT);
        let said = output(&self.folder);
        assert!(ends && said.contains("/0 (pcap:0/dumpcap:0"), "{said}");
        Record {
            packets: packets::read(&self.folder.join(FILE)),
        }
    }
}

impl Told {
    /// Takes a message as its receiver does, and gives what was there before of
    /// each prefix, and what is there now.
    fn take(&mut self, packet: &Packet) -> Vec<(Prefix, Option<Entry>, Option<Entry>)> {
        let Packet { from, to, .. } = *packet;
        let update = match &packet.message {
            Message::Open => {
                self.connections.insert((from, to), packet.connection);
                self.entries
                    .retain(|(sender, receiver, _), _| (*sender, *receiver) != (from, to));
                return Vec::new();
            }
            Message::Update(update) => update,
        };
        let open = self.connections.get(&(from, to));
        assert_eq!(open, Some(&packet.connection), "{packet:?}");
        let mut changes = Vec::new();
        for prefix in &update.withdrawn {
            let before = self.entries.remove(&(from, to, *prefix));
            changes.push((*prefix, before, None));
        }
        for prefix in &update.announced {
            let entry = entry(packet, *prefix, update);
            let before = self.entries.insert((from, to, *prefix), entry.clone());
            changes.push((*prefix, before, Some(entry)));
        }
        changes
    }
}

fn entry(packet: &Packet, prefix: Prefix, update: &Update) -> Entry {
    Entry {
        at: packet.to,
        from: packet.from,
        prefix,
        next_hop: update.next_hop.unwrap(),
        local_pref: update.local_pref,
        originator: update.originator,
        clusters: update.clusters.clone(),
    }
}

impl Record {
    /// What each of `live` had told each other by then.
    pub(crate) fn told(&self, time: SystemTime, live: &[Place]) -> BTreeSet<Entry> {
        let time = seconds(time);
        let mut told = Told::default();
        for packet in self.packets.iter().filter(|packet| packet.time <= time) {
            told.take(packet);
        }
        let entries = told.entries.into_values();
        let both = |entry: &Entry| live.contains(&entry.at) && live.contains(&entry.from);
        entries.filter(both).collect()
    }

    /// The UPDATEs between two moments, End-of-RIB with them.
    pub(crate) fn updates(&self, begin: SystemTime, end: SystemTime) -> Vec<&Packet> {
        let during = seconds(begin)..seconds(end);
        let all = self.packets.iter();
        all.filter(|packet| during.contains(&packet.time))
            .filter(|packet| matches!(packet.message, Message::Update(_)))
            .collect()
    }

    pub(crate) fn excess(&self) -> Vec<Excess> {
        let mut excess = Vec::new();
        let mut told = Told::default();
        for packet in &self.packets {
            let Packet { from, to, .. } = *packet;
            for (prefix, before, after) in told.take(packet) {
                let loops = after.as_ref().is_some_and(Entry::has_a_loop);
                let kinds = [(Kind::Again, before == after), (Kind::Loop, loops)];
                let kinds = kinds.into_iter().filter(|(_, is)| *is);
                excess.extend(kinds.map(|(kind, _)| Excess {
                    from,
                    to,
                    prefix,
                    kind,
                }));
            }
        }
        excess
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

const FILE: &str = "all.pcapng";
const LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Place = Place {
        network: 1,
        router: 1,
    };
    const OTHER: Place = Place {
        network: 1,
        router: 2,
    };

    fn packet(seconds: u32, message: Message) -> Packet {
        Packet {
            time: seconds.into(),
            connection: 7,
            from: ONE,
            to: OTHER,
            message,
        }
    }

    fn announced(clusters: &[Place]) -> Message {
        Message::Update(Update {
            announced: vec![ONE.prefix()],
            next_hop: Some(ONE.next_hop()),
            local_pref: 100,
            clusters: clusters.iter().map(|of| of.cluster_id()).collect(),
            ..Update::default()
        })
    }

    fn withdrawn() -> Message {
        Message::Update(Update {
            withdrawn: vec![ONE.prefix()],
            ..Update::default()
        })
    }

    fn record(messages: impl IntoIterator<Item = Message>) -> Record {
        let numbered = (0..).zip(messages);
        Record {
            packets: numbered.map(|(at, of)| packet(at, of)).collect(),
        }
    }

    #[test]
    fn what_is_said_again_is_excess_and_what_has_changed_is_not() {
        for (said, expected) in [
            (vec![announced(&[]), announced(&[])], vec![Kind::Again]),
            (vec![announced(&[]), announced(&[ONE])], vec![]),
            (vec![announced(&[]), withdrawn(), announced(&[])], vec![]),
            (vec![withdrawn()], vec![Kind::Again]),
            // A new session begins with nothing.
            (vec![announced(&[]), Message::Open, announced(&[])], vec![]),
            (vec![announced(&[ONE, OTHER, ONE])], vec![Kind::Loop]),
        ] {
            let all = [Message::Open].into_iter().chain(said);
            let found = record(all).excess();
            let kinds: Vec<_> = found.iter().map(|excess| excess.kind).collect();
            assert_eq!(kinds, expected, "{found:?}");
        }
    }

    #[test]
    fn only_what_was_said_by_then_and_is_not_withdrawn_counts() {
        let record = record([Message::Open, announced(&[]), withdrawn()]);
        let told = |seconds| {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            record.told(time, &[ONE, OTHER])
        };
        assert_eq!(told(0), BTreeSet::new());
        let entry = Entry::new(OTHER, ONE, ONE, &[]);
        assert_eq!(told(1), BTreeSet::from([entry]));
        assert_eq!(told(2), BTreeSet::new());
        let (begin, end) = (UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(2));
        assert_eq!(record.updates(begin, end).len(), 1);
    }
}

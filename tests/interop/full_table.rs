//! A full table of real routes through a daemon that reflects them: from one
//! session of ours to another, attribute by attribute.

use core::time::Duration;
use std::{
    collections::{BTreeMap, HashMap},
    env,
    io::Read as _,
    path::Path,
    sync::{Arc, OnceLock},
    time::Instant,
};

use bgpwright::{
    mrt::{Body, Reader},
    session::{Config, Event, Input, OpenMode, PeerAs, SendError, Transport},
    types::{Asn, ClusterId, Family, Prefix, RouterId},
    wire::{AnyNlri, AttributeSet, Destination, Message, Nlri, Treatment, update::pack_reach},
};
use bytes::Bytes;

use crate::{
    cases::{Bench, Outcome, Reason, SOON, check},
    daemon::{Dialect, PORT, THEIR_AS},
    driver::{self, Line},
};

type Table = BTreeMap<Prefix, Arc<AttributeSet>>;

const FILE: &str = "upstream/mrt/ripencc_updates.et-header.2015.gz";
/// Who sends, and who is told.
const SENDER: RouterId = RouterId(0x0a00_0001);
const RECEIVER: RouterId = RouterId(0x0a00_0003);
const DAEMON: u32 = 0x0a00_0002;

/// The last announcement of each prefix in the file, read once.
fn table() -> Option<&'static Table> {
    static TABLE: OnceLock<Option<Table>> = OnceLock::new();
    let read = || {
        let data = env::var_os("BGPWRIGHT_DATA")?;
        let file = std::fs::File::open(Path::new(&data).join(FILE)).unwrap();
        let mut octets = Vec::new();
        flate2::read::MultiGzDecoder::new(file)
            .read_to_end(&mut octets)
            .unwrap();
        Some(routes(&octets))
    };
    TABLE.get_or_init(read).as_ref()
}

fn routes(octets: &[u8]) -> Table {
    let mut table = Table::new();
    let mut known = HashMap::new();
    let mut reader = Reader::new(1 << 20);
    let mut rest = octets;
    while !rest.is_empty() {
        let step = reader.read(rest);
        let consumed = step.consumed;
        if let Some(record) = step.record {
            let record = record.unwrap().decode().unwrap();
            if let Body::Message(message) = record.body
                && let Some(frame) = message.frame().unwrap()
            {
                let context = message.context(&[Family::IPV4_UNICAST]);
                let parsed = Message::decode(frame, &context).unwrap();
                let good = parsed.treatment() < Some(Treatment::TreatAsWithdraw);
                if let Message::Update(update) = parsed.value
                    && good
                {
                    let mut attributes = update.attributes;
                    attributes.local_pref = Some(100);
                    let shared = known
                        .entry(attributes)
                        .or_insert_with_key(|of| Arc::new(of.clone()));
                    for prefix in prefixes(update.announced.iter()) {
                        table.insert(prefix, Arc::clone(shared));
                    }
                }
            }
        }
        rest = &rest[consumed..];
    }
    table
}

fn prefixes(routes: impl Iterator<Item = AnyNlri>) -> impl Iterator<Item = Prefix> {
    routes.filter_map(|of| match of.destination {
        Destination::Prefix(prefix) => Some(prefix),
        _ => None,
    })
}

/// All messages that announce the table, packed.
fn messages(table: &Table, line: &Line) -> Vec<Bytes> {
    let mut sets: BTreeMap<&AttributeSet, Vec<Nlri>> = BTreeMap::new();
    for (prefix, attributes) in table {
        sets.entry(attributes).or_default().push((*prefix).into());
    }
    let context = &line.negotiated().context;
    let mut out = Vec::new();
    for (attributes, list) in sets {
        let packed = pack_reach(context, Family::IPV4_UNICAST, attributes, &list, &mut out);
        assert_eq!(packed, Ok(()), "{attributes}");
    }
    out
}

fn inside(router_id: RouterId, address: &str, daemon: &str) -> Config {
    let mut config = Config::new(Asn(THEIR_AS), router_id, PeerAs::Internal);
    let mut transport = Transport::new(daemon.parse().unwrap());
    transport.remote_port = PORT;
    transport.local = Some(address.parse().unwrap());
    transport.reach = bgpwright::session::Reach::Multihop { hops: 64 };
    config.transport = Some(transport);
    config.open_mode = OpenMode::Active;
    config.connect_retry = Duration::from_secs(1);
    config.send_window = 1 << 20;
    config
}

/// What reflection adds (RFC 4456 §8): the table is a reflector's already.
/// Lists are in any order, for some daemons sort them.
fn reflected(attributes: &AttributeSet) -> AttributeSet {
    let mut attributes = sorted(attributes);
    attributes.originator_id.get_or_insert(SENDER);
    attributes.cluster_list.insert(0, ClusterId(DAEMON));
    attributes
}

fn sorted(attributes: &AttributeSet) -> AttributeSet {
    let mut attributes = attributes.clone();
    attributes.communities.sort();
    attributes.communities.dedup();
    attributes.extended_communities.sort();
    attributes.large_communities.sort();
    attributes
}

pub(crate) fn in_and_out(dialect: &'static dyn Dialect) -> Outcome {
    let Some(table) = table() else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return Err(Reason::Skipped);
    };
    if !dialect.reflects() {
        return Err(Reason::NoSetting("it reflects no routes"));
    }
    let second = driver::listener();
    let mut bench = Bench::new(dialect, |setup, config| {
        setup.second_port = Some(second.local_addr().unwrap().port());
        *config = inside(SENDER, "127.0.0.1", &setup.address.to_string());
    });
    let daemon = bench.setup.address.to_string();
    let config = inside(RECEIVER, "127.0.0.3", &daemon);
    let mut receiver = Line::new(config, second, (bench.setup.address, PORT).into());
    bench.line.input(Input::Start);
    receiver.input(Input::Start);
    bench.establish()?;
    check(receiver.wait(SOON, Line::is_up), || {
        format!("never Established: {:?}", receiver.events)
    })?;
    let came = pass(table, &mut bench.line, &mut receiver)?;
    compare(table, &came)
}

/// Sends it all, and takes what comes until that is enough, or nothing comes
/// for a while.
fn pass(table: &Table, sender: &mut Line, receiver: &mut Line) -> Result<Table, Reason> {
    let mut waiting = messages(table, sender).into_iter().peekable();
    let mut came = Table::new();
    let mut latest = Instant::now();
    while came.len() < table.len() && latest.elapsed() < Duration::from_secs(30) {
        while let Some(message) = waiting.peek() {
            match sender.session.send_encoded(message.clone()) {
                Ok(()) => drop(waiting.next()),
                Err(SendError::WindowFull) => break,
                Err(error) => return Err(Reason::Differs(error.to_string())),
            }
        }
        // A turn of each, and a nap of both.
        sender.wait(Duration::ZERO, |_| true);
        receiver.wait(Duration::ZERO, |line| !line.events.is_empty());
        for event in receiver.events.drain(..) {
            let Event::Update(update) = event else {
                continue;
            };
            latest = Instant::now();
            for prefix in prefixes(update.withdrawn()) {
                came.remove(&prefix);
            }
            let attributes = Arc::new(sorted(&update.value.attributes));
            for prefix in prefixes(update.announced()) {
                if table.contains_key(&prefix) {
                    came.insert(prefix, Arc::clone(&attributes));
                }
            }
        }
    }
    Ok(came)
}

fn compare(table: &Table, came: &Table) -> Outcome {
    let mut expected: HashMap<*const AttributeSet, AttributeSet> = HashMap::new();
    let (mut missing, mut different) = (0, Vec::new());
    for (prefix, sent) in table {
        let expected = expected
            .entry(Arc::as_ptr(sent))
            .or_insert_with(|| reflected(sent));
        match came.get(prefix) {
            None => missing += 1,
            Some(came) if **came == *expected => {}
            Some(came) => different.push(format!("{prefix}: {came}, not {expected}")),
        }
    }
    println!(
        "{} routes, {missing} missing, {} different",
        table.len(),
        different.len()
    );
    check(missing == 0 && different.is_empty(), || {
        for line in different.iter().take(5) {
            println!("{line}");
        }
        format!("loses {missing} routes and changes {}", different.len())
    })
}

//! The tables through BIRD, over TCP on loopback.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    thread,
    time::{Duration, Instant},
};

use bgpwright::types::{Afi, Prefix};
use socket2::{Domain, Socket, Type};

use crate::{
    Best,
    ours::address,
    table::{OUR_AS, Table},
};

/// Each test has a BIRD of its own.
static PORT: AtomicU16 = AtomicU16::new(17_950);

struct Bird {
    child: Child,
    folder: PathBuf,
}

impl Drop for Bird {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Bird {
    fn start(table: &Table, port: u16) -> Self {
        let name = format!("bgpwright-tables-{}-{port}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("bird.conf");
        fs::write(&file, config(table, port)).unwrap();
        let log = fs::File::create(folder.join("log")).unwrap();
        let child = Command::new("bird")
            .arg("-f")
            .arg("-s")
            .arg(folder.join("control"))
            .arg("-c")
            .arg(file)
            .stderr(Stdio::from(log))
            .spawn()
            .expect("BIRD starts");
        Self { child, folder }
    }

    fn ask(&self, what: &[&str]) -> String {
        let mut command = Command::new("birdc");
        command.arg("-r").arg("-s").arg(self.folder.join("control"));
        let output = command.args(what).output().expect("birdc is there");
        String::from_utf8(output.stdout).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// Every next hop is reachable at one cost, in a table without the routes
/// themselves, and MULTI_EXIT_DISC is compared as
/// RFC 4271 has it, whatever the order in which routes came.
fn config(table: &Table, port: u16) -> String {
    let mut text = String::from(
        "log stderr { error, fatal, bug };
         router id 127.0.0.1;
         protocol device {}
         ipv4 table igp4; ipv6 table igp6;
         protocol static four { ipv4 { table igp4; }; route 0.0.0.0/0 via \"lo\"; }
         protocol static six { ipv6 { table igp6; }; route ::/0 via \"lo\"; }\n",
    );
    for (at, peer) in table.peers.iter().enumerate() {
        writeln!(
            text,
            "protocol bgp p{at} {{
                local 127.0.0.1 port {port} as {OUR_AS};
                neighbor {} as {};
                multihop; strict bind on; passive on; deterministic med on;
                ipv4 {{ import all; export none; igp table igp4; }};
                ipv6 {{ import all; export none; igp table igp6; }};
            }}",
            address(at),
            peer.asn
        )
        .unwrap();
    }
    text
}

pub(crate) fn best(table: &Table) -> Best {
    let port = PORT.fetch_add(1, Ordering::Relaxed);
    let bird = Bird::start(table, port);
    until(&bird, "BIRD answers", || {
        bird.ask(&["show", "status"]).contains("up and running")
    });
    let mut streams = Vec::new();
    for at in 0..table.peers.len() {
        let (open, updates) = table.script(at);
        let mut stream = dial(&bird, at, port);
        // All that BIRD says is thrown away, so that it never waits for us.
        let mut back = stream.try_clone().unwrap();
        thread::spawn(move || {
            let mut scratch = [0; 4096];
            while back.read(&mut scratch).is_ok_and(|count| count > 0) {}
        });
        stream.write_all(&open).unwrap();
        for update in updates {
            stream.write_all(&update).unwrap();
        }
        streams.push(stream);
    }
    let expected = table.routes();
    let afi = if table.family.afi == Afi::IPV4 {
        "master4"
    } else {
        "master6"
    };
    until(&bird, "BIRD has all routes", || {
        let count = bird.ask(&["show", "route", "count"]);
        let line = count
            .lines()
            .find(|line| line.contains(afi))
            .unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .first()
            .is_some_and(|count| *count == expected.to_string())
    });
    let shown = bird.ask(&["show", "route", "primary", "table", afi]);
    drop(streams);
    parse(&shown)
}

fn dial(bird: &Bird, at: usize, port: u16) -> TcpStream {
    let (from, to) = (address(at), Ipv4Addr::LOCALHOST);
    let mut stream = None;
    until(bird, "BIRD takes a connection", || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        let done = socket.connect(&SocketAddr::from((to, port)).into());
        stream = done.is_ok().then(|| TcpStream::from(socket));
        stream.is_some()
    });
    stream.unwrap()
}

fn until(bird: &Bird, what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "{what}: {}",
            bird.log()
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// `1.0.0.0/24  unicast [p7 15:00:00.000 from 127.0.1.8] * (100/0) [AS1i]`.
fn parse(text: &str) -> Best {
    let mut best = Best::new();
    for line in text.lines().filter(|line| line.contains('[')) {
        let (prefix, rest) = line.split_once(char::is_whitespace).unwrap();
        let (_, rest) = rest.split_once('[').unwrap();
        let protocol = rest.split_whitespace().next().unwrap();
        let Some(at) = protocol.strip_prefix('p') else {
            continue;
        };
        let prefix: Prefix = prefix.parse().unwrap_or_else(|_| panic!("{line}"));
        best.insert(prefix, at.parse().unwrap());
    }
    best
}

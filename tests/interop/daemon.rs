//! Running somebody else's daemon: a folder, a configuration, a process that
//! ends with the test.

use core::{
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use std::{
    fs::{self, File},
    io::ErrorKind,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    thread,
    time::Instant,
};

use bgpwright::types::Asn;

/// What a daemon is configured with.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// Where the daemon is, on [`PORT`].
    pub(crate) address: Ipv4Addr,
    /// Where we listen, on 127.0.0.1.
    pub(crate) our_port: u16,
    pub(crate) our_as: Asn,
    /// The daemon's own, [`THEIR_AS`] if nothing hangs on it.
    pub(crate) their_as: Asn,
    /// The daemon's own, [`THEIR_ID`] if nothing hangs on it.
    pub(crate) router_id: &'static str,
    /// Whether the daemon dials.
    pub(crate) dials: bool,
    pub(crate) hold_time: u16,
    /// How many prefixes of a family the daemon takes.
    pub(crate) limit: Option<u32>,
    /// Whether the daemon says that it is our provider (RFC 9234).
    pub(crate) role: bool,
    /// The TCP MD5 secret (RFC 2385).
    pub(crate) password: Option<&'static str>,
    /// Whether the daemon takes only what comes from near (GTSM, RFC 5082).
    pub(crate) near: bool,
    /// The port of a second client at 127.0.0.3, to whom the daemon reflects
    /// what the first one says; both are then of its own AS.
    pub(crate) second_port: Option<u16>,
    /// For configuration, sockets and what the daemon says.
    pub(crate) folder: PathBuf,
}

/// A route as the daemon's own tool shows it. Lists are sorted; extended
/// communities are written `rt:65002:7`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Shown {
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) next_hop: String,
    pub(crate) med: String,
    pub(crate) communities: Vec<String>,
    pub(crate) extended: Vec<String>,
    pub(crate) large: Vec<String>,
}

/// How one daemon is told things and asked things.
pub(crate) trait Dialect: Sync {
    fn name(&self) -> &'static str;

    /// What must be there to run it.
    fn programs(&self) -> &'static [&'static str];

    /// The program that prints a version, and with what.
    fn version(&self) -> [&'static str; 2];

    /// Writes the configuration and gives the command that runs it.
    fn command(&self, setup: &Setup) -> Command;

    /// Announces what the configuration cannot: `true` once that is done.
    fn announce(&self, _: &Setup) -> bool {
        true
    }

    /// All paths to a prefix in the daemon's table.
    fn paths(&self, setup: &Setup, prefix: &str) -> Vec<Shown>;

    /// Everything the daemon says of us.
    fn neighbor(&self, setup: &Setup) -> String;

    /// Makes the daemon end the session with this text, or says why it cannot.
    fn shut(&self, setup: &Setup, text: &str) -> Result<(), &'static str>;

    /// Makes the daemon ask for IPv4 routes again.
    fn refresh(&self, setup: &Setup);

    /// Whether the daemon has a table of its own.
    fn keeps_routes(&self) -> bool {
        true
    }

    /// Whether the daemon reflects routes from one client to another.
    fn reflects(&self) -> bool {
        true
    }

    /// Whether the daemon can be told how many prefixes to take.
    fn has_limits(&self) -> bool {
        true
    }
}

/// A daemon that a failing test does not leave behind.
pub(crate) struct Daemon {
    child: Child,
}

/// Where daemons listen, each on an address of its own.
pub(crate) const PORT: u16 = 1179;
/// The AS that the daemons' configurations are written with.
pub(crate) const THEIR_AS: u32 = 4_200_000_002;
/// The identifier that they are written with.
pub(crate) const THEIR_ID: &str = "10.0.0.2";

/// An address that no daemon of this process had and where nobody listens.
///
/// Had one been given twice, a daemon that is slow to die would answer in the
/// place of the next, which could not bind.
pub(crate) fn address() -> Ipv4Addr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    loop {
        // Two runs at a time begin far from each other: 127.1.0.2 and on, by
        // a number of 16 bits.
        let given = GIVEN.fetch_add(1, Ordering::Relaxed);
        let number = process::id().wrapping_mul(509).wrapping_add(given);
        let [_, _, high, low] = number.to_be_bytes();
        let address = [127, 1 + high % 254, low, 2].into();
        match TcpListener::bind((address, PORT)) {
            Ok(_) => return address,
            Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse, "{address}"),
        }
    }
}

impl Daemon {
    pub(crate) fn start(dialect: &dyn Dialect, setup: &Setup) -> Self {
        fs::create_dir_all(&setup.folder).unwrap();
        let output = File::create(setup.folder.join("output")).unwrap();
        let child = dialect
            .command(setup)
            .current_dir(&setup.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let daemon = Self { child };
        until("announces", setup, || dialect.announce(setup));
        daemon
    }

    /// Until it listens where it should.
    pub(crate) fn listens(&mut self, setup: &Setup) {
        let at = SocketAddr::from((setup.address, PORT));
        let text = format!("{:08X}:{PORT:04X}", u32::from(setup.address).swap_bytes());
        // Asked of the kernel: a connection only to try is taken for a session.
        until("listens", setup, || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended, {ended:?}: {}", log(setup));
            let table = fs::read_to_string("/proc/net/tcp");
            match table {
                Ok(table) => table.lines().any(|line| {
                    let mut fields = line.split_whitespace().skip(1);
                    fields.next() == Some(&text) && fields.nth(1) == Some("0A")
                }),
                Err(_) => TcpStream::connect(at).is_ok(),
            }
        });
    }

    /// Sends a signal to all of the daemon's processes: its group.
    pub(crate) fn signal(&self, name: &str) {
        assert!(self.is_signalled(name), "nobody to send {name} to");
    }

    fn is_signalled(&self, name: &str) -> bool {
        let group = format!("-{}", self.child.id());
        let kill = Command::new("kill").args([name, "--", &group]).output();
        kill.unwrap().status.success()
    }
}

impl Drop for Daemon {
    /// First asked, for some have things of their own to put away. The group
    /// is there for as long as the child is not waited for; one that ended by
    /// itself has been.
    fn drop(&mut self) {
        for name in ["-CONT", "-TERM"] {
            self.is_signalled(name);
        }
        thread::sleep(Duration::from_millis(300));
        self.is_signalled("-KILL");
        let _ = self.child.wait();
    }
}

/// Asks again and again, for 20 s at most.
fn until(what: &str, setup: &Setup, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        let late = begun.elapsed() > Duration::from_secs(20);
        assert!(!late, "never {what}: {}", log(setup));
        thread::sleep(Duration::from_millis(20));
    }
}

/// What the daemon printed.
pub(crate) fn log(setup: &Setup) -> String {
    let octets = fs::read(setup.folder.join("output")).unwrap_or_default();
    String::from_utf8_lossy(&octets).into_owned()
}

/// Runs a tool and gives what it prints.
pub(crate) fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text + &String::from_utf8_lossy(&output.stderr)
}

/// Writes a file into the folder, with the daemon's AS and identifier, and
/// gives its path.
pub(crate) fn file(setup: &Setup, name: &str, text: &str) -> PathBuf {
    let path = setup.folder.join(name);
    let text = text
        .replace(&THEIR_AS.to_string(), &setup.their_as.to_string())
        .replace(THEIR_ID, setup.router_id);
    fs::write(&path, text).unwrap();
    path
}

pub(crate) fn is_installed(dialect: &dyn Dialect) -> bool {
    let there = |program: &str| {
        let folders = ["", "/usr/sbin", "/usr/bin", "/usr/lib/frr"];
        folders
            .iter()
            .any(|folder| Path::new(folder).join(program).is_file())
    };
    dialect.programs().iter().all(|program| there(program))
}

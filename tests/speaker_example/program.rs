//! Running the program.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
    sync::OnceLock,
};

use crate::example;

/// A running speaker. One that a failing test leaves behind is killed.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStderr>,
    output: BufReader<ChildStdout>,
    pub(crate) said: String,
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Running {
    /// Starts it; unless it is quiet, waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap());
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut running = Self {
            child,
            lines,
            output,
            said: String::new(),
        };
        if !arguments.contains(&"--quiet") {
            running.until(", listening on ");
        }
        running
    }

    /// With neighbours of 127.0.0.0/24, in AS 64512, at `listen`.
    pub(crate) fn open(listen: SocketAddr, more: &[&str]) -> Self {
        let listen = listen.to_string();
        Self::start(&[&OPEN[..], &["--listen", &listen], more].concat())
    }

    /// Reads on until a line has this, and gives the line.
    pub(crate) fn until(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "no line with {part:?} in {}", self.said);
            self.said += &line;
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Its standard output up to a line that is this.
    pub(crate) fn printed(&mut self, last: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(last) {
            let read = self.output.read_line(&mut text).unwrap();
            assert!(read > 0, "no {last:?} in {text}");
        }
        text
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until it has ended by itself.
    pub(crate) fn wait(mut self) -> Run {
        self.lines.read_to_string(&mut self.said).unwrap();
        let mut stdout = String::new();
        self.output.read_to_string(&mut stdout).unwrap();
        Run {
            status: self.child.wait().unwrap().code(),
            stdout,
            stderr: std::mem::take(&mut self.said),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Run {
    /// Fails the test, with all that was printed, unless the status is this.
    #[track_caller]
    pub(crate) fn expect(&self, status: i32) {
        assert_eq!(self.status, Some(status), "{self:#?}");
    }
}

/// Runs it until it ends.
pub(crate) fn run(arguments: &[&str]) -> Run {
    let output = command(arguments).output().unwrap();
    Run {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A port of `address` that was free a moment ago.
pub(crate) fn free(address: Ipv4Addr) -> SocketAddr {
    let socket = TcpListener::bind((address, 0)).unwrap();
    socket.local_addr().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let program: &Path = PROGRAM.get_or_init(|| example::build("speaker"));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// All but where to listen.
const OPEN: [&str; 6] = [
    "--as",
    "64512",
    "--router-id",
    "10.0.0.1",
    "--neighbors",
    "127.0.0.0/24",
];

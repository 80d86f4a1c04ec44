//! The program and the system that it runs on: ports, descriptors, strangers,
//! signals.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use crate::program::{Run, command, program, run};

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = run(&["--port", &port.to_string()]);
    run.expect(2);
    let says = format!(
        "cannot listen on 127.0.0.1:{port} for calico-bgp-fullmesh-control-plane: \
         the port is in use by another process"
    );
    assert!(run.stderr.contains(&says), "{run:#?}");
    assert_eq!(run.stdout, "");
}

#[test]
fn an_address_of_another_machine_is_named() {
    let run = run(&["--listen", "192.0.2.1"]);
    run.expect(2);
    let says = "192.0.2.1:0 for calico-bgp-fullmesh-control-plane: the address is not on this";
    assert!(run.stderr.contains(says), "{run:#?}");
}

#[test]
fn too_few_descriptors_are_counted_before_anything_runs() {
    let script = format!("ulimit -n 300; exec {} --nodes 60", program().display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let run = Run::new(output);
    run.expect(2);
    // 60 listeners, twice 1770 sessions, 256 to spare.
    assert!(
        run.stderr.contains("3856 file descriptors are needed"),
        "{run:#?}"
    );
    assert!(run.stderr.contains("ulimit -Hn 3856"), "{run:#?}");
    assert!(run.stderr.contains("LimitNOFILE=3856"), "{run:#?}");
    assert_eq!(run.stdout, "");
}

#[test]
fn the_soft_limit_is_raised_to_the_hard_one() {
    let script = format!("ulimit -S -n 64; exec {} --nodes 10", program().display());
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    Run::new(output).expect(0);
}

#[test]
fn a_stranger_is_turned_away_and_counted() {
    let port = free_ports(3);
    let mut child = Running::start(&["--port", &port.to_string(), "--for", "60s"]);
    let mut stranger = connect(port);
    let _ = stranger.write_all(b"GET / HTTP/1.0\r\n\r\n");
    let limit = Some(Duration::from_secs(10));
    stranger.set_read_timeout(limit).unwrap();
    // The program closes it, whether in order or with a reset.
    let read = stranger.read(&mut [0; 16]);
    assert!(matches!(read, Ok(0)) || is_reset(&read), "{read:?}");
    let run = child.interrupt("-INT");
    run.expect(0);
    assert!(run.stdout.contains("Verdict: OK"), "{run:#?}");
}

#[test]
fn ctrl_c_ends_a_kept_cluster_with_cease() {
    let port = free_ports(3);
    for signal in ["-INT", "-TERM"] {
        let mut child = Running::start(&["--port", &port.to_string(), "--for", "60s"]);
        drop(connect(port));
        let begun = Instant::now();
        let run = child.interrupt(signal);
        assert!(begun.elapsed() < Duration::from_secs(10), "{signal}");
        // The verdict was good and stands.
        run.expect(0);
        let says = "interrupted: 3 sessions ended with Cease";
        assert!(run.stderr.contains(says), "{signal}: {run:#?}");
        assert!(!run.stderr.contains("not closed"), "{signal}: {run:#?}");
    }
}

#[test]
fn ctrl_c_before_the_verdict_gives_the_signals_status() {
    let mut child = command(&["--nodes", "60"]).spawn().unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert_eq!(line, "bringing up 1770 sessions\n");
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
    let run = Run::new(child.wait_with_output().unwrap());
    run.expect(130);
    assert_eq!(run.stdout, "", "no verdict");
    errors.read_to_string(&mut line).unwrap();
    assert!(line.contains("sessions ended with Cease"), "{line}");
}

/// A program that a failing test does not leave behind.
struct Running(Option<Child>);

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self(Some(command(arguments).spawn().unwrap()))
    }

    /// Waits until the verdict has been printed, and sends a signal.
    fn interrupt(&mut self, signal: &str) -> Run {
        let mut child = self.0.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut printed = String::new();
        while !printed.contains("\nVerdict: ") {
            assert_ne!(output.read_line(&mut printed).unwrap(), 0, "{printed}");
        }
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        output.read_to_string(&mut printed).unwrap();
        let mut run = Run::new(child.wait_with_output().unwrap());
        run.stdout = printed;
        run
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The first of so many consecutive ports that are free now.
fn free_ports(count: u16) -> u16 {
    loop {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = first.local_addr().unwrap().port();
        let rest = (1..count).map(|offset| {
            let port = port.checked_add(offset)?;
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
        });
        if rest.collect::<Option<Vec<_>>>().is_some() {
            return port;
        }
    }
}

/// Connects once somebody listens.
fn connect(port: u16) -> TcpStream {
    for _ in 0..1000 {
        if let Ok(stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            return stream;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("nobody listens on port {port}");
}

fn is_reset(read: &std::io::Result<usize>) -> bool {
    let kind = read.as_ref().map_err(std::io::Error::kind);
    kind == Err(std::io::ErrorKind::ConnectionReset)
}

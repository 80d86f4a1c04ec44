//! A BGP monitor around one [`Session`], with the standard library alone: it
//! dials or listens, prints what it learns, announces what it is told to, and
//! ends in order when its standard input does. `README.md` has more.
#![expect(
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    reason = "reads fit their buffer; one root for all imports"
)]

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{collections::BTreeMap, env, error::Error, fmt::Display, process::ExitCode, thread};
use std::{io, io::Read, io::Write, str::FromStr, time::Duration, time::Instant as Clock};

use bgpwright::session::{ConnId, Event, Incoming, Input, OpenMode, Output, PeerAs, Session};
use bgpwright::{session::Config, time::Instant, types::Family, types::Prefix};

const USAGE: &str = "usage: session connect|listen ADDRESS:PORT AS ROUTER-ID [--json] [PREFIX]...";

const SECOND: Duration = Duration::from_secs(1);

/// A socket, and what it has not taken yet.
type Connections = BTreeMap<ConnId, (TcpStream, Vec<u8>)>;

fn main() -> ExitCode {
    let Err(error) = run() else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{error}");
    ExitCode::FAILURE
}

fn run() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [how, addr, asn, router_id, rest @ ..] = words.as_slice() else {
        return Err(USAGE.into());
    };
    let json = rest.iter().any(|word| word == "--json");
    let prefixes = rest.iter().filter(|word| *word != "--json");
    let prefixes: Vec<Prefix> = prefixes.map(|word| read(word)).collect::<Result<_, _>>()?;
    let (addr, asn) = (read::<SocketAddr>(addr)?, read(asn)?);
    let mut config = Config::new(asn, read(router_id)?, PeerAs::Any);
    config.families.push(Family::IPV6_UNICAST);
    let mut listener = None;
    if how == "listen" {
        config.open_mode = OpenMode::Passive;
        listener
            .insert(TcpListener::bind(addr)?)
            .set_nonblocking(true)?;
    } else if how != "connect" {
        return Err(USAGE.into());
    }

    let mut session = Session::new(config)?;
    let (mut connections, mut number) = (Connections::new(), 0);
    let (start, mut buffer) = (Clock::now(), vec![0; 65_536]);
    let input = thread::spawn(|| io::copy(&mut io::stdin(), &mut io::sink()));
    session.handle_input(Instant::ZERO, Input::Start);
    let mut ending = false;
    while !ending {
        // What happened goes in ...
        let now = Instant::ZERO + start.elapsed();
        if let Some(Ok((socket, peer))) = listener.as_ref().map(TcpListener::accept) {
            let (local, ttl) = (socket.local_addr()?, None);
            let id = follow(socket, &mut connections, &mut number)?;
            session.handle_input(now, Input::Incoming(id, Incoming { peer, local, ttl }));
        }
        connections.retain(|&id, (socket, unsent)| {
            let written = socket.write(unsent).unwrap_or(0);
            unsent.drain(..written);
            session.handle_input(now, Input::Sent(id, written));
            match socket.read(&mut buffer) {
                Ok(count @ 1..) => session.handle_input(now, Input::Received(id, &buffer[..count])),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => {
                    session.handle_input(now, Input::Closed(id));
                    return false;
                }
            }
            true
        });
        ending = input.is_finished();
        session.handle_input(now, Input::Timeout);
        if ending {
            let reason = "the monitor ends";
            session.handle_input(now, Input::Stop { reason });
        }
        // ... and what the session has to say comes out.
        loop {
            match session.poll_output() {
                Output::Timeout(_) => break,
                Output::Connect => match TcpStream::connect_timeout(&addr, SECOND) {
                    Ok(socket) => {
                        let id = follow(socket, &mut connections, &mut number)?;
                        session.handle_input(now, Input::Connected(id));
                    }
                    Err(_) => session.handle_input(now, Input::ConnectFailed),
                },
                Output::Transmit(id, octets) => {
                    if let Some((_, unsent)) = connections.get_mut(&id) {
                        unsent.extend(octets);
                    }
                }
                Output::Close(id) => {
                    if let Some((mut socket, unsent)) = connections.remove(&id) {
                        socket.set_nonblocking(false)?;
                        socket.set_write_timeout(Some(SECOND))?;
                        socket.write_all(&unsent).unwrap_or_default();
                    }
                }
                Output::Event(event) => {
                    show(&event, json);
                    let socket = connections.values().next().map(|(socket, _)| socket);
                    if let (Event::Up(_), Some(socket)) = (event, socket) {
                        let attributes = session.originated(socket.local_addr()?.ip().into());
                        for prefix in &prefixes {
                            let family = Family::unicast_of(prefix.addr());
                            session.announce(&attributes, family, &[(*prefix).into()])?;
                        }
                    }
                }
            }
        }
        // An event loop would wait, no longer than to the deadline of `Timeout`.
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn follow(socket: TcpStream, all: &mut Connections, number: &mut u64) -> io::Result<ConnId> {
    *number += 1;
    socket.set_nonblocking(true)?;
    all.insert(ConnId(*number), (socket, Vec::new()));
    Ok(ConnId(*number))
}

fn show(event: &Event, json: bool) {
    let say = |name: &str, what: &dyn Display, more: &dyn Display| {
        let (what, more) = (what.to_string(), more.to_string());
        if json {
            println!(r#"{{"event":"{name}","subject":{what:?},"detail":{more:?}}}"#);
        } else {
            println!("{}", format!("{name} {what} {more}").trim_end());
        }
    };
    match event {
        Event::Up(agreed) => say("up", agreed, &""),
        Event::Down(reason) => say("down", reason, &""),
        Event::State { from, to } => say("state", &format!("{to:?}"), &format!("{from:?}")),
        Event::EndOfRib(family) => say("end-of-rib", family, &""),
        Event::Update(update) => {
            update
                .withdrawn()
                .for_each(|route| say("withdraw", &route, &""));
            let attributes = &update.value.attributes;
            update
                .announced()
                .for_each(|route| say("announce", &route, attributes));
        }
        other => say("other", &format!("{other:?}"), &""),
    }
}

fn read<T: FromStr<Err: Display>>(word: &str) -> Result<T, String> {
    word.parse()
        .map_err(|error| format!("{word}: {error}\n{USAGE}"))
}

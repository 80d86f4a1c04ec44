//! A session on sockets of the standard library: nothing waits but
//! [`Line::wait`], in short naps.

use core::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Instant,
};

use bgpwright::{
    session::{
        Config, ConnId, DownReason, Event, Input, Negotiated, Output, Session, State, Transport,
    },
    time,
};

use crate::socket;

/// One session, its listener and its connections.
pub(crate) struct Line {
    pub(crate) session: Session,
    pub(crate) events: Vec<Event>,
    /// Whether it has stopped telling the session the time.
    pub(crate) mute: bool,
    peer: SocketAddr,
    listener: TcpListener,
    connections: BTreeMap<ConnId, Connection>,
    names: u64,
    epoch: Instant,
}

struct Connection {
    stream: TcpStream,
    unsent: Vec<u8>,
}

/// Where neighbours find us: a port that is free, and ours until it is dropped.
pub(crate) fn listener() -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    listener
}

impl Line {
    pub(crate) fn new(config: Config, listener: TcpListener, peer: SocketAddr) -> Self {
        Self {
            session: Session::new(config).unwrap(),
            events: Vec::new(),
            mute: false,
            peer,
            listener,
            connections: BTreeMap::new(),
            names: 0,
            epoch: Instant::now(),
        }
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        let now = self.now();
        self.session.handle_input(now, input);
        self.settle();
    }

    /// Goes on until `done` or for `limit`; whether it is done.
    pub(crate) fn wait(&mut self, limit: Duration, done: impl Fn(&Self) -> bool) -> bool {
        let begun = Instant::now();
        loop {
            self.turn();
            if done(self) {
                return true;
            }
            if begun.elapsed() > limit {
                return false;
            }
            thread::sleep(NAP);
        }
    }

    /// Dials while the neighbour's connection waits to be accepted, so that
    /// both are made before either OPEN is read. Whether the neighbour dialled.
    pub(crate) fn collide(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        let stream = loop {
            match self.listener.accept() {
                Ok((stream, _)) => break stream,
                Err(_) if begun.elapsed() > limit => return false,
                Err(_) => thread::sleep(NAP),
            }
        };
        self.input(Input::Start);
        let name = self.adopt(stream);
        self.input(Input::Accepted(name));
        true
    }

    pub(crate) fn is_up(&self) -> bool {
        self.session.state() == State::Established
    }

    pub(crate) fn negotiated(&self) -> &Negotiated {
        self.session.negotiated().expect("not Established")
    }

    /// How often it came up.
    pub(crate) fn ups(&self) -> usize {
        let is_up = |event: &&Event| matches!(event, Event::Up(_));
        self.events.iter().filter(is_up).count()
    }

    /// Why it is down, if it was up before.
    pub(crate) fn down(&self) -> Option<&DownReason> {
        let up = self
            .events
            .iter()
            .position(|of| matches!(of, Event::Up(_)))?;
        self.events[up..].iter().find_map(|event| match event {
            Event::Down(reason) => Some(reason),
            _ => None,
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.len()
    }

    fn now(&self) -> time::Instant {
        time::Instant::ZERO + self.epoch.elapsed()
    }

    fn adopt(&mut self, stream: TcpStream) -> ConnId {
        stream.set_nonblocking(true).unwrap();
        self.names += 1;
        let name = ConnId(self.names);
        let unsent = Vec::new();
        self.connections.insert(name, Connection { stream, unsent });
        name
    }

    fn turn(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            let name = self.adopt(stream);
            self.input(Input::Accepted(name));
        }
        let names: Vec<ConnId> = self.connections.keys().copied().collect();
        for name in names {
            self.read(name);
            self.write(name);
        }
        if !self.mute {
            self.input(Input::Timeout);
        }
    }

    fn read(&mut self, name: ConnId) {
        let mut buffer = [0; 16 * 1024];
        while let Some(connection) = self.connections.get_mut(&name) {
            match connection.stream.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => {
                    self.connections.remove(&name);
                    self.input(Input::Closed(name));
                }
                Ok(octets) => self.input(Input::Received(name, &buffer[..octets])),
            }
        }
    }

    fn write(&mut self, name: ConnId) {
        let Some(connection) = self.connections.get_mut(&name) else {
            return;
        };
        if connection.unsent.is_empty() {
            return;
        }
        // What cannot be written is found out by reading.
        if let Ok(octets) = connection.stream.write(&connection.unsent) {
            connection.unsent.drain(..octets);
            let now = self.now();
            self.session.handle_input(now, Input::Sent(name, octets));
        }
    }

    fn settle(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(_) => return,
                Output::Event(event) => self.events.push(event),
                Output::Close(name) => {
                    self.write(name);
                    self.connections.remove(&name);
                }
                Output::Transmit(name, octets) => {
                    if let Some(connection) = self.connections.get_mut(&name) {
                        connection.unsent.extend_from_slice(&octets);
                        self.write(name);
                    }
                }
                Output::Connect => self.dial(),
            }
        }
    }

    fn dial(&mut self) {
        let now = self.now();
        let transport = self.session.config().transport.as_ref();
        let dialled = match transport.map(Transport::dial) {
            Some(dial) => socket::connect(&dial, Duration::from_secs(1)),
            None => TcpStream::connect_timeout(&self.peer, Duration::from_secs(1)),
        };
        match dialled {
            Ok(stream) => {
                let name = self.adopt(stream);
                self.session.handle_input(now, Input::Connected(name));
            }
            Err(_) => self.session.handle_input(now, Input::ConnectFailed),
        }
    }
}

const NAP: Duration = Duration::from_millis(2);

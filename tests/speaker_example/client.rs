//! A neighbour of the program: one session over a blocking socket.

use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant as Clock},
};

use bgpwright::{
    session::{Config, ConnId, Event, Input, OpenMode, Output, PeerAs, SendError, Session},
    time::Instant,
    types::{Asn, Family, NextHop, Prefix, RouterId},
    wire::AttributeSet,
};
use socket2::{Domain, Socket, Type};

/// Its address is its router id.
#[derive(Debug)]
pub(crate) struct Client {
    address: Ipv4Addr,
    session: Session,
    stream: TcpStream,
    start: Clock,
    pub(crate) events: Vec<Event>,
    announced: usize,
    closed: bool,
}

impl Client {
    /// Dials, without waiting for the session.
    pub(crate) fn dial(address: [u8; 4], asn: u32, to: SocketAddr) -> Self {
        let address = Ipv4Addr::from(address);
        let mut config = Config::new(Asn(asn), RouterId::from(address), PeerAs::Any);
        config.open_mode = OpenMode::Active;
        config.families = vec![Family::IPV4_UNICAST];
        let mut client = Self {
            address,
            session: Session::new(config).unwrap(),
            stream: connect(address, to),
            start: Clock::now(),
            events: Vec::new(),
            announced: 0,
            closed: false,
        };
        client.session.handle_input(Instant::ZERO, Input::Start);
        client.turn();
        client
    }

    /// Dials, and waits until the session is up.
    pub(crate) fn up(address: [u8; 4], asn: u32, to: SocketAddr) -> Self {
        let mut client = Self::dial(address, asn, to);
        client.until(|event| matches!(event, Event::Up(_)));
        client
    }

    /// Announces a route, with our address as its next hop.
    pub(crate) fn announce(&mut self, prefix: &str, med: Option<u32>) {
        let prefix: Prefix = prefix.parse().unwrap();
        let attributes = AttributeSet {
            med,
            ..self.session.originated(NextHop::V4(self.address))
        };
        let family = Family::unicast_of(prefix.addr());
        let routes = [prefix.into()];
        loop {
            match self.session.announce(&attributes, family, &routes) {
                Ok(()) => break,
                Err(SendError::WindowFull) => self.turn(),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Reads on until something has happened, or has already.
    pub(crate) fn until(&mut self, done: impl Fn(&Event) -> bool) -> &Event {
        let limit = Clock::now() + Duration::from_secs(20);
        loop {
            if let Some(at) = self.events.iter().position(&done) {
                return self.events.get(at).unwrap();
            }
            assert!(Clock::now() < limit, "not in {:#?}", self.events);
            self.turn();
        }
    }

    /// The attributes that a prefix was announced to us with.
    pub(crate) fn learned(&mut self, prefix: &str) -> AttributeSet {
        let prefix: Prefix = prefix.parse().unwrap();
        let has = |event: &Event| {
            matches!(event, Event::Update(update)
                if update.value.announced.iter().any(|it| it == prefix.into()))
        };
        match self.until(has) {
            Event::Update(update) => update.value.attributes.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// How many prefixes were announced to us so far.
    pub(crate) fn count(&self) -> usize {
        self.announced
    }

    /// Writes what there is, and reads what comes within a moment.
    pub(crate) fn turn(&mut self) {
        self.drain();
        if self.closed {
            return;
        }
        let mut buffer = vec![0; 65_536];
        let now = Instant::ZERO + self.start.elapsed();
        match self.stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                let octets = buffer.get(..count).unwrap();
                self.session
                    .handle_input(now, Input::Received(CONNECTION, octets));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Ok(_) | Err(_) => {
                self.closed = true;
                self.session.handle_input(now, Input::Closed(CONNECTION));
            }
        }
        self.session.handle_input(now, Input::Timeout);
        self.drain();
    }

    fn drain(&mut self) {
        let now = Instant::ZERO + self.start.elapsed();
        loop {
            let input = match self.session.poll_output() {
                Output::Timeout(_) => return,
                Output::Connect if self.closed => continue,
                Output::Connect => Input::Connected(CONNECTION),
                Output::Transmit(_, octets) => {
                    self.stream.write_all(&octets).unwrap();
                    Input::Sent(CONNECTION, octets.len())
                }
                Output::Close(_) => {
                    self.closed = true;
                    continue;
                }
                Output::Event(event) => {
                    if let Event::Update(update) = &event {
                        self.announced += update.value.announced.iter().count();
                    }
                    self.events.push(event);
                    continue;
                }
            };
            self.session.handle_input(now, input);
        }
    }
}

/// A connection from an address of ours, once somebody listens.
pub(crate) fn connect(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let dial = || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect(&to.into())?;
        io::Result::Ok(TcpStream::from(socket))
    };
    let limit = Clock::now() + Duration::from_secs(10);
    let stream = loop {
        match dial() {
            Ok(stream) => break stream,
            Err(error) => assert!(Clock::now() < limit, "{to}: {error}"),
        }
        thread::sleep(Duration::from_millis(10));
    };
    let moment = Some(Duration::from_millis(20));
    stream.set_read_timeout(moment).unwrap();
    stream
}

const CONNECTION: ConnId = ConnId(1);

//! One session whose neighbour is the test: octets and time by hand.

use core::time::Duration;

use bgpwright::{
    session::{
        Config, ConnId, DownReason, Event, Input, Output, Session, State, negotiate::our_open,
    },
    time::Instant,
    wire::{Message, Notification},
};

use crate::rig::{encoded, messages, right, seconds};

/// A session and all it said.
pub(crate) struct Alone {
    pub(crate) session: Session,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<(ConnId, Message)>,
    pub(crate) closed: Vec<ConnId>,
    pub(crate) events: Vec<Event>,
    /// How often it wanted to dial.
    pub(crate) dials: usize,
    /// Whether the kernel takes what is written.
    pub(crate) writes: bool,
}

pub(crate) const CONN: ConnId = ConnId(1);

impl Alone {
    /// Started.
    pub(crate) fn new(config: Config) -> Self {
        let mut alone = Self::idle(config);
        alone.input(Input::Start);
        alone
    }

    pub(crate) fn idle(config: Config) -> Self {
        Self {
            session: Session::new(config).unwrap(),
            now: Instant::ZERO,
            sent: Vec::new(),
            closed: Vec::new(),
            events: Vec::new(),
            dials: 0,
            writes: true,
        }
    }

    /// Up with [`right`] as `CONN`, which dialled.
    pub(crate) fn established(config: Config) -> Self {
        Self::established_with(config, &right())
    }

    pub(crate) fn established_with(config: Config, neighbour: &Config) -> Self {
        let mut alone = Self::new(config);
        alone.come_up(CONN, neighbour);
        assert_eq!(alone.session.state(), State::Established);
        alone
    }

    pub(crate) fn come_up(&mut self, conn: ConnId, neighbour: &Config) {
        self.input(Input::Accepted(conn));
        self.hear(conn, &Message::Open(our_open(neighbour)));
        self.hear(conn, &Message::Keepalive);
    }

    pub(crate) fn hear(&mut self, conn: ConnId, message: &Message) {
        self.input(Input::Received(conn, &encoded(message)));
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.session.handle_input(self.now, input);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        loop {
            match self.session.poll_output() {
                Output::Timeout(_) => return,
                Output::Connect => self.dials += 1,
                Output::Close(conn) => self.closed.push(conn),
                Output::Event(event) => self.events.push(event),
                Output::Transmit(conn, octets) => {
                    let new = messages(&octets).into_iter().map(|it| (conn, it));
                    self.sent.extend(new);
                    if self.writes {
                        let sent = Input::Sent(conn, octets.len());
                        self.session.handle_input(self.now, sent);
                    }
                }
            }
        }
    }

    /// Lets that much time pass; the neighbour sends a KEEPALIVE on `CONN`
    /// every 20 s.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            let step = (self.now + seconds(20)).min(end);
            self.pass_until(step);
            self.hear(CONN, &Message::Keepalive);
        }
    }

    /// Lets that much time pass in silence.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.pass_until(self.now + time);
    }

    fn pass_until(&mut self, end: Instant) {
        while let Some(at) = self.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.now = end;
    }

    pub(crate) fn deadline(&mut self) -> Option<Instant> {
        match self.session.poll_output() {
            Output::Timeout(at) => at,
            other => panic!("{other:?} after Timeout"),
        }
    }

    pub(crate) fn notifications(&self) -> Vec<Notification> {
        let sent = self.sent.iter();
        let told = sent.filter_map(|(_, message)| match message {
            Message::Notification(notification) => Some(notification.clone()),
            _ => None,
        });
        told.collect()
    }

    /// Whether it has sent an OPEN on the connection.
    pub(crate) fn opened(&self, conn: ConnId) -> bool {
        let mut sent = self.sent.iter();
        sent.any(|(on, message)| *on == conn && matches!(message, Message::Open(_)))
    }

    pub(crate) fn downs(&self) -> Vec<&DownReason> {
        let events = self.events.iter();
        let downs = events.filter_map(|event| match event {
            Event::Down(reason) => Some(reason),
            _ => None,
        });
        downs.collect()
    }
}

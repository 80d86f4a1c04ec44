//! A neighbour made of octets.

use core::{fmt, net::SocketAddr, time::Duration};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Instant,
};

use bgpwright::{
    session::{Config, PeerAs, RefreshOffer, RoleOffer, negotiate::our_open},
    types::{Asn, Family, RouterId},
    wire::{
        AddPathFamily, AddPathMode, Context, Frame, Message, MessageType, Notification, Role, frame,
    },
};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) enum Seen {
    Notification(Notification),
    Closed,
    /// Nothing against it.
    Up,
    /// It did not come so far.
    Never(&'static str),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notification(of) => {
                write!(f, "notification {}/{}", of.code.0, of.subcode)?;
                if !of.data.is_empty() {
                    f.write_str(" ")?;
                }
                of.data
                    .iter()
                    .try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            Self::Closed => f.write_str("closed"),
            Self::Up => f.write_str("up"),
            Self::Never(what) => f.write_str(what),
        }
    }
}

/// One case, as the neighbour sees it.
pub(crate) struct Player<'a> {
    case: &'a Value,
    octets: Vec<u8>,
}

/// Within which a speaker answers what is wrong.
const QUIET: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_secs(5);

impl<'a> Player<'a> {
    pub(crate) fn new(case: &'a Value) -> Self {
        let octets = Vec::new();
        Self { case, octets }
    }

    pub(crate) fn play(mut self, speaker: SocketAddr) -> Seen {
        let Some(mut stream) = connected(speaker) else {
            return Seen::Never("cannot be connected to");
        };
        let state = self.case["context"]["state"].as_str().unwrap();
        let send = |stream: &mut TcpStream, message: &Message| {
            let mut octets = Vec::new();
            message.encode(&Context::default(), &mut octets).unwrap();
            // A speaker that has closed shows as we read.
            let _ = stream.write_all(&octets);
        };
        if state != "OpenSent" {
            let open = Message::Open(our_open(&config(&self.case["context"])));
            send(&mut stream, &open);
        }
        // Its OPEN, and the KEEPALIVE that takes ours.
        if let Some(early) = self.until(&mut stream, MessageType::OPEN) {
            return early;
        }
        if state != "OpenSent"
            && let Some(early) = self.until(&mut stream, MessageType::KEEPALIVE)
        {
            return early;
        }
        if state == "Established" {
            send(&mut stream, &Message::Keepalive);
        }
        let _ = stream.write_all(&hex(self.case["hex"].as_str().unwrap()));
        self.answer(&mut stream)
    }

    /// Reads up to a message of that type; what came instead.
    fn until(&mut self, stream: &mut TcpStream, wanted: MessageType) -> Option<Seen> {
        let begun = Instant::now();
        while begun.elapsed() < LONG {
            match self.message(stream) {
                Some(Ok((kind, _))) if kind == wanted => return None,
                Some(Ok((MessageType::NOTIFICATION, _))) => {
                    return Some(Seen::Never("refuses a good OPEN"));
                }
                Some(Ok(_)) | None => {}
                Some(Err(())) => return Some(Seen::Never("closes before the case")),
            }
        }
        Some(Seen::Never("says nothing"))
    }

    fn answer(&mut self, stream: &mut TcpStream) -> Seen {
        let begun = Instant::now();
        while begun.elapsed() < QUIET {
            match self.message(stream) {
                Some(Ok((MessageType::NOTIFICATION, octets))) => {
                    let frame = Frame::first(&octets, frame::MAX_LEN).unwrap().unwrap();
                    let parsed = Message::decode(frame, &Context::default()).unwrap();
                    if let Message::Notification(notification) = parsed.value {
                        return Seen::Notification(notification);
                    }
                }
                Some(Ok(_)) | None => {}
                Some(Err(())) => return Seen::Closed,
            }
        }
        Seen::Up
    }

    /// The next whole message, nothing yet, or that there is none any more.
    fn message(&mut self, stream: &mut TcpStream) -> Option<Result<(MessageType, Vec<u8>), ()>> {
        if let Ok(Some(frame)) = Frame::first(&self.octets, frame::EXTENDED_LEN) {
            let (kind, len) = (frame.kind, frame.wire_len());
            let octets = self.octets.drain(..len).collect();
            return Some(Ok((kind, octets)));
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                self.octets.extend_from_slice(&buffer[..count]);
                None
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                None
            }
            Ok(_) | Err(_) => Some(Err(())),
        }
    }
}

fn connected(speaker: SocketAddr) -> Option<TcpStream> {
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        if let Ok(stream) = TcpStream::connect_timeout(&speaker, LONG) {
            stream
                .set_read_timeout(Some(Duration::from_millis(20)))
                .unwrap();
            return Some(stream);
        }
    }
    None
}

/// What the neighbour of a case offers.
pub(crate) fn config(context: &Value) -> Config {
    let number = |key: &str| Asn(u32::try_from(context[key].as_u64().unwrap()).unwrap());
    let router_id = context["peer_id"].as_str().unwrap();
    let router_id = router_id.parse::<RouterId>().unwrap();
    let mut config = Config::new(number("peer_as"), router_id, PeerAs::Any);
    agree(
        &mut config,
        context,
        AddPathMode::SEND,
        &context["peer_role"],
    );
    config
}

/// The features that a case has agreed on, as one side offers them.
pub(crate) fn agree(config: &mut Config, context: &Value, mode: AddPathMode, role: &Value) {
    config.families = families(&context["families"]);
    let offer = &mut config.offer;
    offer.four_octet_as = context["as4"] == true || config.local_as.0 > 0xffff;
    offer.extended_messages = context["extended_message"] == true;
    offer.route_refresh = if context["enhanced_route_refresh"] == true {
        RefreshOffer::Enhanced
    } else if context["route_refresh"] == false {
        RefreshOffer::None
    } else {
        RefreshOffer::Plain
    };
    let paths = families(&context["addpath"]).into_iter();
    offer.add_path = paths.map(|family| AddPathFamily { family, mode }).collect();
    if context["extended_nexthop"] == true {
        offer.extended_next_hop = vec![Family::IPV4_UNICAST];
    }
    let role = match role.as_str() {
        Some("customer") => Some(Role::CUSTOMER),
        Some("provider") => Some(Role::PROVIDER),
        _ => None,
    };
    let strict = mode == AddPathMode::RECEIVE && context["role_strict"] == true;
    offer.role = role.map(|role| RoleOffer { role, strict });
}

fn families(names: &Value) -> Vec<Family> {
    let names = names.as_array().unwrap().iter();
    let family = |name: &Value| match name.as_str().unwrap() {
        "ipv4/unicast" => Family::IPV4_UNICAST,
        "ipv6/unicast" => Family::IPV6_UNICAST,
        "ipv4/flowspec" => "afi1-safi133".parse().unwrap(),
        "ipv4/labeled-unicast" => Family::IPV4_LABELED,
        other => panic!("no family {other}"),
    };
    names.map(family).collect()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let octet = |pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(octet).collect()
}

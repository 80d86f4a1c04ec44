//! The peers, each by its cheapest public way to all that a message holds.

mod bgpkit;
mod netgauze;
mod routecore;
mod rustbgpd;
mod zettabgp;

use crate::{
    bench::{self, Kind::Peer, Row},
    mrt::Message,
    probes::Probed,
};

/// Decoders.
pub fn decoders() -> Vec<Row> {
    vec![
        bench::decode("netgauze-bgp-pkt 0.13.0", Peer, netgauze::Codec::default()),
        bench::decode("bgpkit-parser 0.23.0", Peer, bgpkit::Codec),
        bench::decode(
            "routecore 0.7.2, attribute iterator",
            Peer,
            routecore::Iterated::default(),
        ),
        bench::decode(
            "routecore 0.7.2, accessors",
            Peer,
            routecore::Accessed::default(),
        ),
        bench::decode("zettabgp 0.6.0", Peer, zettabgp::Codec::default()),
        bench::decode("rustbgpd-wire 0.27.0 `parse`", Peer, rustbgpd::Strict),
        bench::decode(
            "rustbgpd-wire 0.27.0 `parse_revised`",
            Peer,
            rustbgpd::Revised,
        ),
    ]
}

/// Encoders of `messages`.
pub fn encoders(messages: &[Message]) -> Vec<Row> {
    let count = messages.len();
    vec![
        bench::encode(
            "netgauze-bgp-pkt 0.13.0",
            Peer,
            count,
            netgauze::Values::new(messages),
        ),
        bench::encode(
            "bgpkit-parser 0.23.0",
            Peer,
            count,
            bgpkit::Values::new(messages),
        ),
        bench::encode(
            "routecore 0.7.2 `UpdateBuilder`",
            Peer,
            count,
            routecore::Values::new(messages),
        ),
        bench::encode(
            "zettabgp 0.6.0",
            Peer,
            count,
            zettabgp::Values::new(messages),
        ),
        bench::encode(
            "rustbgpd-wire 0.27.0",
            Peer,
            count,
            rustbgpd::Values::new(messages),
        ),
    ]
}

/// Each peer's name and how it answers a probe.
pub const PROBED: &[Probed] = &[
    ("netgauze", netgauze::probe),
    ("bgpkit", bgpkit::probe),
    ("routecore", routecore::probe),
    ("zettabgp", zettabgp::probe),
    ("rustbgpd parse", rustbgpd::probe_strict),
    ("rustbgpd parse_revised", rustbgpd::probe_revised),
];

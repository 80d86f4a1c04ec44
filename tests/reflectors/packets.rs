//! What went over the wire, as tshark reads it.

use std::{net::Ipv4Addr, path::Path, process::Command};

use bgpwright::types::{ClusterId, Prefix, RouterId};
use serde_json::Value;

use crate::{
    entry::Place,
    routers::{PORT, cluster, id},
};

/// An OPEN, or an UPDATE, from one router to another.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    /// Seconds since 1970.
    pub(crate) time: f64,
    pub(crate) connection: u64,
    pub(crate) from: Place,
    pub(crate) to: Place,
    pub(crate) message: Message,
}

#[derive(Clone, Debug)]
pub(crate) enum Message {
    Open,
    Update(Update),
}

/// Only what is for IPv4; End-of-RIB is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Update {
    pub(crate) announced: Vec<Prefix>,
    pub(crate) withdrawn: Vec<Prefix>,
    pub(crate) next_hop: Option<Ipv4Addr>,
    pub(crate) local_pref: u32,
    pub(crate) originator: Option<RouterId>,
    pub(crate) clusters: Vec<ClusterId>,
}

/// All of a capture, in order.
pub(crate) fn read(file: &Path) -> Vec<Packet> {
    let run = Command::new("tshark")
        .args(["-d", &format!("tcp.port=={PORT},bgp")])
        .args(["-Y", "bgp.type == 1 || bgp.type == 2"])
        .args(["-T", "json", "--no-duplicate-keys"])
        .args(["-J", "frame ip tcp bgp", "-r"])
        .arg(file)
        .output();
    let run = run.unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "tshark: {said}");
    let frames: Vec<Value> = serde_json::from_slice(&run.stdout).unwrap();
    let mut packets = Vec::new();
    for frame in &frames {
        let layers = &frame["_source"]["layers"];
        for bgp in list(&layers["bgp"]) {
            let message = match text(&bgp["bgp.type"]) {
                "1" => Message::Open,
                "2" => Message::Update(update(bgp)),
                _ => continue,
            };
            packets.push(Packet {
                time: text(&layers["frame"]["frame.time_epoch"]).parse().unwrap(),
                connection: text(&layers["tcp"]["tcp.stream"]).parse().unwrap(),
                from: Place::of(text(&layers["ip"]["ip.src"])),
                to: Place::of(text(&layers["ip"]["ip.dst"])),
                message,
            });
        }
    }
    packets
}

fn update(bgp: &Value) -> Update {
    let mut update = Update {
        announced: prefixes(&bgp["bgp.update.nlri"]),
        withdrawn: prefixes(&bgp["bgp.update.withdrawn_routes"]),
        ..Update::default()
    };
    let attributes = &bgp["bgp.update.path_attributes"]["bgp.update.path_attribute"];
    for attribute in list(attributes) {
        let value = |name: &str| text(&attribute[&format!("bgp.update.path_attribute.{name}")]);
        match value("type_code") {
            "3" => update.next_hop = Some(value("next_hop").parse().unwrap()),
            "5" => update.local_pref = value("local_pref").parse().unwrap(),
            "9" => update.originator = Some(id(value("originator_id"))),
            "10" => {
                let all = &attribute["bgp.path_attribute.cluster_list"];
                let all = list(&all["bgp.path_attribute.cluster_id"]);
                update.clusters = all.map(|of| cluster(text(of))).collect();
            }
            _ => {}
        }
    }
    update
}

/// They are keys, each over its parts.
fn prefixes(value: &Value) -> Vec<Prefix> {
    let each = value.as_object().into_iter().flatten();
    each.map(|(prefix, _)| prefix.parse().unwrap()).collect()
}

/// One value stands for a list of one.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Null => &[],
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    }
    .iter()
}

#[track_caller]
fn text(value: &Value) -> &str {
    let text = value.as_str();
    text.unwrap_or_else(|| panic!("tshark gives {value}"))
}

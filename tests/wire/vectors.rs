//! Other projects' messages: each decodes without a fault and to the value that
//! its project expects, or is listed with what it comes to instead and why.

mod expected;
mod fragment;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::PathBuf,
};

use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Context, Frame, Message, Parsed, Treatment},
};
use serde_json::Value;

use crate::build::hex;

const EXCEPTIONS: &str = include_str!("../data/vectors.exceptions.json");

/// What is listed beside a vector, by its id; beside all of a file, by the
/// file's name; or beside all whose name begins so.
#[derive(Debug, serde::Deserialize)]
struct Exception {
    /// What it may come to; absent for anything but a panic.
    classes: Option<Vec<String>>,
    /// Whether the project's own value is wrong or cannot be compared.
    #[serde(default)]
    other_value: bool,
    #[expect(dead_code, reason = "for who reads the list")]
    why: String,
}

/// The vectors of every file, or `None` without the data.
fn vectors() -> Option<Vec<Value>> {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return None;
    };
    let directory = PathBuf::from(data).join("upstream/vectors/messages");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let mut file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        all.append(file["vectors"].as_array_mut().unwrap());
    }
    Some(all)
}

fn exceptions(of: &str) -> BTreeMap<String, Exception> {
    let mut all: BTreeMap<String, BTreeMap<String, Exception>> =
        serde_json::from_str(EXCEPTIONS).unwrap();
    all.remove(of).unwrap()
}

#[test]
fn every_message_of_other_projects_is_read_as_they_expect() {
    let Some(vectors) = vectors() else { return };
    let mut exceptions = exceptions("messages");
    let mut wrong = Vec::new();
    let (mut read, mut compared) = (0, 0);
    let mut used = BTreeSet::new();
    let ok = vec!["ok".to_owned()];
    for vector in vectors.iter().filter(|vector| vector["kind"] == "message") {
        let id = vector["id"].as_str().unwrap();
        let octets = hex(vector["hex"].as_str().unwrap());
        let (class, message) = contexts(&vector["context"])
            .iter()
            .map(|context| outcome(&octets, context))
            .min_by_key(|(class, _)| rank(class))
            .unwrap();
        read += usize::from(message.is_some());
        let file = id.split_once('/').unwrap().0;
        let name = vector["name"].as_str().unwrap();
        let listed = exceptions
            .iter()
            .find(|(key, _)| [id, file].contains(&key.as_str()) || name.starts_with(*key));
        let classes = listed.map_or(Some(&ok), |(_, of)| of.classes.as_ref());
        if classes.is_some_and(|classes| !classes.iter().any(|of| of == class)) {
            wrong.push(format!("{id} ({name}): {class}, not {classes:?}"));
        }
        let exception = listed.map(|(_, of)| of);
        used.extend(listed.map(|(key, _)| key.clone()));
        if let (Some(message), Some(wanted)) = (message, vector.get("expected")) {
            let same = expected::compare(&message, wanted);
            compared += usize::from(same.is_ok());
            match (same, exception.is_some_and(|of| of.other_value)) {
                (Err(difference), false) => wrong.push(format!("{id}: {difference}")),
                (Ok(()), true) => wrong.push(format!("{id}: listed, but the same")),
                _ => {}
            }
        }
    }
    exceptions.retain(|key, _| !used.contains(key));
    assert!(exceptions.is_empty(), "not needed: {exceptions:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read > 700, "only {read} messages were read");
    assert!(compared > 100, "only {compared} values were compared");
}

/// The contexts that a vector may have been written in: what it says, or else
/// all that two speakers might have agreed on.
fn contexts(said: &Value) -> Vec<Context> {
    let afis = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS];
    let all = afis
        .into_iter()
        .flat_map(|afi| (1..=255).map(move |safi| Family::new(afi, Safi(safi))));
    let all: Vec<_> = all.collect();
    let mut contexts = Vec::new();
    for four_octet_as in [true, false] {
        for peer_type in [PeerType::Internal, PeerType::External] {
            for path_ids in [false, true] {
                let same_as = said["asn"]["local"] == said["asn"]["peer"];
                let fits = said["asn4"]
                    .as_bool()
                    .is_none_or(|as4| as4 == four_octet_as)
                    && (said["asn"].is_null() || same_as == (peer_type == PeerType::Internal))
                    && said["addpath"].as_bool().is_none_or(|it| it == path_ids);
                if !fits {
                    continue;
                }
                let mut context = Context::default();
                context.four_octet_as = four_octet_as;
                context.peer_type = peer_type;
                context.max_message_len = 65535;
                context.families.clone_from(&all);
                context.extended_next_hop.clone_from(&all);
                if path_ids {
                    context.add_path_receive.clone_from(&all);
                    context.add_path_send.clone_from(&all);
                }
                contexts.push(context);
            }
        }
    }
    contexts
}

/// What the message comes to, and the message if there is one.
///
/// What is read without a fault is also written and read again as the same.
fn outcome(octets: &[u8], context: &Context) -> (&'static str, Option<Message>) {
    let Ok(Some(frame)) = Frame::first(octets, context.max_message_len) else {
        return ("no message", None);
    };
    let Ok(parsed) = Message::decode(frame, context) else {
        return ("no message", None);
    };
    let _ = parsed.value.to_string();
    let class = match parsed.treatment() {
        None => {
            again(&parsed, context);
            "ok"
        }
        Some(Treatment::IgnorePrefix) => "ignore prefix",
        Some(Treatment::AttributeDiscard) => "attribute discard",
        Some(Treatment::TreatAsWithdraw) => "treat as withdraw",
        Some(Treatment::DisableFamily) => "disable family",
        Some(Treatment::SessionReset) => "session reset",
    };
    (class, Some(parsed.value))
}

fn again(parsed: &Parsed<Message>, context: &Context) {
    let mut out = Vec::new();
    if parsed.value.encode(context, &mut out).is_ok() {
        let frame = Frame::first(&out, context.max_message_len);
        let frame = frame.unwrap().expect("what was written is whole");
        assert_eq!(&Message::decode(frame, context).unwrap(), parsed);
    }
}

fn rank(class: &str) -> usize {
    let order = [
        "ok",
        "ignore prefix",
        "attribute discard",
        "treat as withdraw",
        "disable family",
        "session reset",
        "no message",
    ];
    order.iter().position(|of| *of == class).unwrap()
}

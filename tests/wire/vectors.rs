//! Other projects' messages: each decodes without a fault and to the value that
//! its project expects, or is listed with what it comes to instead and why.

mod expected;
mod fragment;

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Context, Frame, Message, Parsed, Treatment},
};
use serde_json::Value;

use crate::build::hex;

const EXCEPTIONS: &str = include_str!("../data/vectors.exceptions.json");

/// What is known of some vectors, by their ids.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    vectors: Vec<String>,
    /// What each comes to; "ok" if absent.
    class: Option<String>,
    /// What a malformed capture or a corpus comes to, and how often.
    classes: Option<BTreeMap<String, usize>>,
    /// Whether the project's own value is wrong or cannot be compared.
    #[serde(default)]
    other_value: bool,
    /// The session that the vector does not state, where it is not the usual.
    #[serde(default)]
    two_octet_as: bool,
    #[serde(default)]
    path_ids: bool,
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

fn exceptions(of: &str) -> Vec<Exception> {
    let mut all: BTreeMap<String, Vec<Exception>> = serde_json::from_str(EXCEPTIONS).unwrap();
    all.remove(of).unwrap()
}

fn find<'e>(exceptions: &'e [Exception], id: &str) -> Option<&'e Exception> {
    exceptions
        .iter()
        .find(|of| of.vectors.iter().any(|it| it == id))
}

#[test]
fn every_message_of_other_projects_is_read_as_they_expect() {
    let Some(vectors) = vectors() else { return };
    let (contexts, exceptions) = (exceptions("contexts"), exceptions("messages"));
    let mut wrong = Vec::new();
    let (mut whole, mut read, mut compared) = (0, 0, 0);
    let mut classes: BTreeMap<&str, &str> = BTreeMap::new();
    for vector in vectors.iter().filter(|vector| vector["kind"] == "message") {
        whole += 1;
        let id = vector["id"].as_str().unwrap();
        let octets = hex(vector["hex"].as_str().unwrap());
        let unsaid = find(&contexts, id);
        let context = context(&vector["context"], unsaid);
        let (class, message) = outcome(&octets, &context);
        classes.insert(id, class);
        // What the usual session reads has nothing to be excused.
        if unsaid.is_some() && outcome(&octets, &self::context(&vector["context"], None)).0 == "ok"
        {
            wrong.push(format!("{id}: listed with a context, and read without"));
        }
        read += usize::from(message.is_some());
        let listed = find(&exceptions, id);
        let due = listed.map_or(Some("ok"), |of| match &of.classes {
            Some(_) => None,
            None => of.class.as_deref(),
        });
        if due.is_some_and(|due| due != class) {
            wrong.push(format!("{id} ({}): {class}, not {due:?}", vector["name"]));
        }
        if listed.is_some_and(|of| due == Some("ok") && !of.other_value) {
            wrong.push(format!("{id}: listed, but as expected"));
        }
        if let (Some(message), Some(wanted)) = (message, vector.get("expected")) {
            let same = expected::compare(&message, wanted);
            compared += usize::from(same.is_ok());
            match (same, listed.is_some_and(|of| of.other_value)) {
                (Err(difference), false) => wrong.push(format!("{id}: {difference}")),
                (Ok(()), true) => wrong.push(format!("{id}: listed, but the same")),
                _ => {}
            }
        }
    }
    for of in exceptions.iter().chain(&contexts) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for id in &of.vectors {
            match classes.get(id.as_str()) {
                Some(class) => *counts.entry((*class).to_owned()).or_default() += 1,
                None => wrong.push(format!("{id}: listed, but there is none")),
            }
        }
        if of.classes.as_ref().is_some_and(|due| *due != counts) {
            wrong.push(format!("{counts:?}, not {of:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((whole, read, compared), (821, 754, 132));
}

/// The session that a vector states; of what it does not, the usual one:
/// internal, with four-octet AS numbers and without path identifiers.
fn context(said: &Value, unsaid: Option<&Exception>) -> Context {
    let afis = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS];
    let all: Vec<_> = afis
        .into_iter()
        .flat_map(|afi| (1..=255).map(move |safi| Family::new(afi, Safi(safi))))
        .collect();
    let mut context = Context::default();
    let narrow = unsaid.is_some_and(|of| of.two_octet_as);
    context.four_octet_as = said["asn4"].as_bool().unwrap_or(!narrow);
    context.peer_type = if said["asn"]["local"] == said["asn"]["peer"] {
        PeerType::Internal
    } else {
        PeerType::External
    };
    context.max_message_len = 65535;
    context.extended_next_hop.clone_from(&all);
    let path_ids = unsaid.is_some_and(|of| of.path_ids);
    if said["addpath"].as_bool().unwrap_or(path_ids) {
        context.add_path_receive.clone_from(&all);
        context.add_path_send.clone_from(&all);
    }
    context.families = all;
    context
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

//! Pieces of messages, put into a message: FRR's, which say what they are, and
//! NetGauze's whole path attributes, which their test's name tells.

use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Context, DecodeError, Fault, Message, Parsed},
};
use serde_json::Value;

use super::{exceptions, find, vectors};
use crate::build::{decode, hex, message};

fn context(four_octet_as: bool) -> Context {
    let mut context = Context::default();
    context.four_octet_as = four_octet_as;
    context.peer_type = PeerType::Internal;
    context.families = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS]
        .into_iter()
        .flat_map(|afi| (1..=255).map(move |safi| Family::new(afi, Safi(safi))))
        .collect();
    context
}

/// An UPDATE of one attribute, and of those that every route must have but for
/// this one; routes of its own if it announces none.
fn around(attribute: &[u8]) -> Vec<u8> {
    let mut attributes = attribute.to_vec();
    let empty_path = [0x40, 2, 0];
    let origin = [0x40, 1, 1, 0];
    let next_hop = [0x40, 3, 4, 192, 0, 2, 2];
    let code = attribute.get(1).copied().unwrap_or_default();
    for other in [&origin[..], &empty_path, &next_hop] {
        if other[1] != code {
            attributes.extend(other);
        }
    }
    let length = u16::try_from(attributes.len()).unwrap();
    let mut body = vec![0, 0];
    body.extend(length.to_be_bytes());
    body.extend(attributes);
    if code != 14 {
        body.extend([24, 203, 0, 113]);
    }
    message(2, &body)
}

fn with_head(code: u8, flags: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let mut attribute = vec![flags | 0x10, code];
    attribute.extend(length.to_be_bytes());
    attribute.extend(value);
    attribute
}

/// Whether the piece is read without a fault; the text of its message.
fn read(vector: &Value) -> Option<Result<Parsed<Message>, DecodeError>> {
    let octets = hex(vector["hex"].as_str().unwrap());
    let name = vector["name"].as_str().unwrap();
    let path = vector["path"].as_str().unwrap_or_default();
    match vector["fragment"].as_str() {
        Some(kind) if kind.starts_with("AS_PATH") => {
            let attribute = with_head(2, 0x40, &octets);
            return Some(decode(&around(&attribute), &context(false)));
        }
        Some(kind) if kind.starts_with("MP") => {
            let code = if name.contains("unreach") { 15 } else { 14 };
            let attribute = with_head(code, 0x80, &octets);
            return Some(decode(&around(&attribute), &context(true)));
        }
        Some(_) => {
            // Capabilities; or, if the name says so, optional parameters.
            let parameters = if name.starts_with("opt_") {
                octets
            } else {
                let length = u8::try_from(octets.len()).unwrap();
                [vec![2, length], octets].concat()
            };
            let length = u8::try_from(parameters.len()).unwrap();
            let mut body = vec![4, 0xfd, 0xe9, 0, 90, 192, 0, 2, 1, length];
            body.extend(parameters);
            return Some(decode(&message(1, &body), &context(true)));
        }
        None => {}
    }
    let whole = name.starts_with("test_path_attribute") || name.starts_with("test_parse_path_attr");
    if !path.ends_with("path_attribute.rs") || !whole {
        return None;
    }
    // The AS width is in the tests' names, or of no matter.
    let two_octets = name.contains("as2");
    Some(decode(&around(&octets), &context(!two_octets)))
}

#[test]
fn every_piece_of_a_message_is_read_as_its_project_expects() {
    let Some(vectors) = vectors() else { return };
    let exceptions = exceptions("fragments");
    let mut used = 0;
    let mut wrong = Vec::new();
    let (mut compared, mut left) = (0, 0);
    for vector in &vectors {
        let Some(wanted) = vector["expected_parse"].as_str() else {
            continue;
        };
        if vector["kind"] != "fragment" {
            continue;
        }
        // A piece whose test does not say what it is a piece of.
        let Some(read) = read(vector) else {
            left += 1;
            continue;
        };
        compared += 1;
        let id = vector["id"].as_str().unwrap();
        let faults: Vec<Fault> = read.as_ref().map_or(Vec::new(), |of| of.faults.clone());
        let got = match &read {
            Ok(parsed) if parsed.faults.is_empty() => "ok",
            Ok(_) | Err(_) => "fault",
        };
        let wanted = if wanted == "ok" { "ok" } else { "fault" };
        let mut differs = got != wanted;
        if let (Some(text), Ok(parsed)) = (vector["expected"]["string"].as_str(), &read) {
            differs |= !parsed.value.to_string().contains(&format!("path {text}"));
        }
        let listed = find(&exceptions, id);
        used += usize::from(listed.is_some());
        match (differs, listed) {
            (true, None) => wrong.push(format!(
                "{id} ({}): {got}, not {wanted}: {} {faults:?} {}",
                vector["name"], vector["expected"], vector["hex"]
            )),
            (false, Some(_)) => wrong.push(format!("{id}: listed, but as expected")),
            (true, Some(_)) | (false, None) => {}
        }
    }
    let listed: usize = exceptions.iter().map(|of| of.vectors.len()).sum();
    assert_eq!(used, listed, "one is listed that is not there");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((compared, left), (104, 151));
}

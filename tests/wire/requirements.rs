//! The requirement matrix's tests, a module an RFC: what a MUST asks for is
//! done, and what it forbids is noticed. All on octets, through the public API.
//!
//! `tests/data/rfc_coverage` says which requirement each belongs to.

mod rfc4271;
mod rfc4271_errors;
mod rfc4760;
mod rfc6793;
mod rfc7606;
mod rfc7606_attributes;
mod rfc7911;
mod rfc8654;
mod rfc9072;
mod rfc9234;

use bgpwright::{
    types::PeerType,
    wire::{Context, Fault, FaultKind, Frame, Message, Treatment, UpdateView},
};

use crate::build::{context, decode, encode, hex, message};

const ORIGIN: &str = "40 01 01 00 ";
const AS_PATH: &str = "40 02 06 02 01 0000fdea ";
const NEXT_HOP: &str = "40 03 04 c0000202 ";
/// What a route of IPv4 unicast must have.
const MANDATORY: &str = "40 01 01 00  40 02 06 02 01 0000fdea  40 03 04 c0000202 ";
/// 2001:db8::/32 by way of 2001:db8::2.
const REACH: &str = "80 0e 1a 0002 01 10 20010db8000000000000000000000002 00 20 20010db8 ";

fn external() -> Context {
    context(PeerType::External)
}

fn internal() -> Context {
    context(PeerType::Internal)
}

/// A session with a speaker of two-octet AS numbers.
fn narrow() -> Context {
    let mut context = external();
    context.four_octet_as = false;
    context
}

/// An UPDATE of these three fields, all in hexadecimal.
fn update(withdrawn: &str, attributes: &str, announced: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for field in [withdrawn, attributes] {
        let octets = hex(field);
        body.extend(u16::try_from(octets.len()).unwrap().to_be_bytes());
        body.extend(octets);
    }
    body.extend(hex(announced));
    message(2, &body)
}

/// An UPDATE that announces 10.0.0.0/8 with these attributes.
fn announce(attributes: &str) -> Vec<u8> {
    update("", attributes, "08 0a")
}

/// The same with all mandatory attributes and these.
fn announce_with(attributes: &str) -> Vec<u8> {
    announce(&format!("{MANDATORY}{attributes}"))
}

/// An UPDATE of one MP attribute and what must go with it.
fn multiprotocol(attribute: &str) -> Vec<u8> {
    update("", &format!("{attribute}{ORIGIN}{AS_PATH}"), "")
}

/// An OPEN with these optional parameters, their length included.
fn open_with(parameters: &str) -> Vec<u8> {
    message(1, &hex(&format!("04 fdea 005a c0000201 {parameters}")))
}

/// The parameter that holds these capabilities, after the length of all.
fn capabilities(capabilities: &str) -> String {
    let length = hex(capabilities).len();
    format!("{:02x} 02 {length:02x} {capabilities}", length + 2)
}

fn faults(octets: &[u8], context: &Context) -> Vec<Fault> {
    decode(octets, context).unwrap().faults
}

/// The only fault: its attribute's code or 0, what it is, what to do.
fn fault(octets: &[u8], context: &Context) -> (u8, FaultKind, Treatment) {
    let faults = faults(octets, context);
    let [fault] = faults[..] else {
        panic!("{faults:?}")
    };
    let code = fault.attribute.map_or(0, |code| code.0);
    (code, fault.kind, fault.treatment)
}

fn treatment(octets: &[u8], context: &Context) -> Option<Treatment> {
    decode(octets, context).unwrap().treatment()
}

fn shown(octets: &[u8], context: &Context) -> String {
    decode(octets, context).unwrap().value.to_string()
}

/// What the message is written as after it was read without a fault.
fn again(octets: &[u8], context: &Context) -> Vec<u8> {
    let parsed = decode(octets, context).unwrap();
    assert_eq!(parsed.faults, []);
    encode(&parsed.value, context)
}

/// Why the value cannot be written, if it cannot.
fn unwritten(message: &Message, context: &Context) -> bool {
    let mut out = Vec::new();
    let refused = message.encode(context, &mut out).is_err();
    assert!(!refused || out.is_empty());
    refused
}

/// Code, subcode and data of the NOTIFICATION that ends the session.
fn answer(octets: &[u8], context: &Context) -> (u8, u8, Vec<u8>) {
    let notification = match Frame::first(octets, context.max_message_len) {
        Err(error) => error.notification(),
        Ok(None) => panic!("incomplete"),
        Ok(Some(frame)) => match Message::decode(frame, context) {
            Err(error) => error.notification(),
            Ok(parsed) => {
                let resets = |fault: &&Fault| fault.treatment == Treatment::SessionReset;
                let fault = parsed.faults.iter().find(resets).expect("a reset");
                fault.notification(frame)
            }
        },
    };
    let data = notification.data.to_vec();
    (notification.code.0, notification.subcode, data)
}

/// Codes and flags of an UPDATE's attributes, in the order of the wire.
fn attributes(octets: &[u8]) -> Vec<(u8, u8)> {
    let frame = Frame::first(octets, 65535).unwrap().unwrap();
    let view = UpdateView::new(frame).unwrap();
    view.attributes()
        .map(Result::unwrap)
        .map(|of| (of.code.0, of.flags.bits()))
        .collect()
}

fn codes(octets: &[u8]) -> Vec<u8> {
    attributes(octets)
        .into_iter()
        .map(|(code, _)| code)
        .collect()
}

//! What the tests of this layer share.

use bgpwright::{
    types::{Family, PeerType},
    wire::{Context, DecodeError, Frame, Message, Parsed},
};

/// Octets of hexadecimal text; blanks and what follows `|` on a line are
/// comments.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .lines()
        .map(|line| line.split('|').next().unwrap_or_default())
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).expect("hexadecimal"))
        .collect();
    let octet = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap();
    digits.chunks(2).map(octet).collect()
}

/// A message of this type around this body.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = vec![0xff; 16];
    let length = u16::try_from(19 + body.len()).unwrap();
    octets.extend(length.to_be_bytes());
    octets.push(kind);
    octets.extend(body);
    octets
}

/// Both unicast families, four-octet AS numbers.
pub(crate) fn context(peer_type: PeerType) -> Context {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.families = vec![Family::IPV4_UNICAST, Family::IPV6_UNICAST];
    context.peer_type = peer_type;
    context
}

/// Frames and decodes the one message in `octets`.
pub(crate) fn decode(octets: &[u8], context: &Context) -> Result<Parsed<Message>, DecodeError> {
    let frame = Frame::first(octets, context.max_message_len)?.expect("a whole message");
    assert_eq!(frame.wire_len(), octets.len());
    Message::decode(frame, context)
}

pub(crate) fn encode(message: &Message, context: &Context) -> Vec<u8> {
    let mut out = Vec::new();
    message.encode(context, &mut out).unwrap();
    out
}

/// Decodes to `value` without a fault, encodes to the same octets, and back.
pub(crate) fn both_ways(octets: &[u8], value: &Message, context: &Context) {
    let parsed = decode(octets, context).unwrap();
    assert_eq!(parsed.faults, []);
    assert_eq!(&parsed.value, value);
    let again = encode(value, context);
    assert_eq!(again, octets);
    assert_eq!(&decode(&again, context).unwrap().value, value);
}

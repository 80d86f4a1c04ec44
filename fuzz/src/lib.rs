//! What the targets share: a context out of one octet, a frame around a body,
//! and the checks that hold for every message.

use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{Context, Fault, Frame, MessageType, Parsed, Update, UpdateView},
};

/// Every family that the codec reads, and one that it does not.
pub const FAMILIES: [Family; 26] = [
    Family::IPV4_UNICAST,
    Family::IPV6_UNICAST,
    Family::IPV4_MULTICAST,
    Family::IPV6_MULTICAST,
    Family::IPV4_LABELED,
    Family::IPV6_LABELED,
    Family::IPV4_MVPN,
    Family::IPV6_MVPN,
    Family::VPNV4,
    Family::VPNV6,
    Family::VPNV4_MULTICAST,
    Family::VPNV6_MULTICAST,
    Family::VPLS,
    Family::EVPN,
    Family::LINK_STATE,
    Family::LINK_STATE_VPN,
    Family::IPV4_SR_POLICY,
    Family::IPV6_SR_POLICY,
    Family::IPV4_MUP,
    Family::IPV6_MUP,
    Family::ROUTE_TARGET,
    Family::IPV4_FLOWSPEC,
    Family::IPV6_FLOWSPEC,
    Family::VPNV4_FLOWSPEC,
    Family::VPNV6_FLOWSPEC,
    Family::new(Afi(16397), Safi(241)),
];

/// A context and the octets that it is for, out of one input.
///
/// Bit 0 of the first octet: four-octet AS numbers; bits 1 and 2: external,
/// internal, confederation, external; bit 3: path identifiers for IPv4 unicast,
/// bit 4: for all other families; bit 5: extended messages; bit 6: IPv4 and
/// IPv6 unicast alone were negotiated; bit 7: no IPv6 next hops for IPv4.
pub fn split(input: &[u8]) -> Option<(Context, &[u8])> {
    let (choice, octets) = input.split_first()?;
    Some((context(*choice), octets))
}

/// The context that an octet chooses; see [`split`].
pub fn context(choice: u8) -> Context {
    let has = |bit: u8| choice & (1 << bit) != 0;
    let mut context = Context::default();
    context.four_octet_as = has(0);
    context.peer_type = match choice >> 1 & 3 {
        1 => PeerType::Internal,
        2 => PeerType::Confederation,
        _ => PeerType::External,
    };
    let negotiated = if has(6) { 2 } else { FAMILIES.len() };
    context.families = FAMILIES[..negotiated].to_vec();
    if has(3) {
        context.add_path_receive.push(Family::IPV4_UNICAST);
    }
    if has(4) {
        context.add_path_receive.extend(&FAMILIES[1..negotiated]);
    }
    context.add_path_send = context.add_path_receive.clone();
    if has(5) {
        context.max_message_len = 65535;
    }
    if !has(7) {
        let crosses = FAMILIES.iter().filter(|family| family.afi == Afi::IPV4);
        context.extended_next_hop.extend(crosses);
    }
    context
}

/// A message of this type around `body`.
pub fn message(kind: MessageType, body: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(body.len() + 19).ok()?;
    let mut octets = vec![0xff; 16];
    octets.extend(length.to_be_bytes());
    octets.push(kind.0);
    octets.extend(body);
    Some(octets)
}

/// The body of an UPDATE with these three fields.
pub fn update(withdrawn: &[u8], attributes: &[u8], announced: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for field in [withdrawn, attributes] {
        body.extend(u16::try_from(field.len()).ok()?.to_be_bytes());
        body.extend(field);
    }
    body.extend(announced);
    message(MessageType::UPDATE, &body)
}

/// The frame of octets that were made here.
pub fn frame(octets: &[u8]) -> Frame<'_> {
    Frame::first(octets, 65535)
        .expect("the header is right")
        .expect("the message is whole")
}

/// The value of an UPDATE that was made here.
pub fn parse(octets: &[u8], context: &Context) -> Parsed<Update> {
    UpdateView::new(frame(octets))
        .expect("the lengths are right")
        .parse(context)
}

/// Every fault lies inside its message, and has an answer.
pub fn check_faults(faults: &[Fault], frame: Frame<'_>) {
    for fault in faults {
        let at = usize::try_from(fault.offset).expect("a message is short");
        assert!(at < frame.wire_len(), "{fault}");
        let _ = (fault.to_string(), fault.notification(frame).to_string());
    }
}

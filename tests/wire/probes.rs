//! What other codecs get wrong, by the answers of `benches/peers --probes`:
//! none of those measured there is right in every row.

use bgpwright::{
    types::{Family, PeerType},
    wire::{Context, DecodeError, FaultKind, Frame, Nlri, Treatment, UpdateView, Visit},
};

use crate::build::{context, hex, message};

const MANDATORY: &str = "40 01 01 00  40 02 06 02 01 0000fde8  40 03 04 0a000001";
const NET: &str = "18 0a0101";

/// The prefixes that are announced, and the strongest fault.
type Answer = (usize, Option<(FaultKind, Treatment)>);

fn update(attributes: &str, announced: &str) -> Vec<u8> {
    let (attributes, announced) = (hex(attributes), hex(announced));
    let length = u16::try_from(attributes.len()).unwrap().to_be_bytes();
    message(2, &[&[0, 0], &length[..], &attributes, &announced].concat())
}

/// The answer of the view, which must be that of the owned value too.
fn ask(octets: &[u8], context: &Context) -> Result<Answer, DecodeError> {
    struct Count(usize);
    impl Visit<'_> for Count {
        fn announced(&mut self, _: Family, _: Nlri) {
            self.0 += 1;
        }
    }
    let frame = Frame::first(octets, context.max_message_len)?.unwrap();
    let view = UpdateView::new(frame)?;
    let (mut count, mut faults) = (Count(0), Vec::new());
    let strongest = view.walk(context, &mut count, &mut faults);
    let parsed = view.parse(context);
    let reach = parsed.value.mp_reach.iter().map(|reach| &reach.nlri);
    let owned = reach
        .chain([&parsed.value.announced])
        .map(|list| list.prefixes().count())
        .sum();
    assert_eq!(
        (count.0, &faults, strongest),
        (owned, &parsed.faults, parsed.treatment())
    );
    let kind = faults.iter().max_by_key(|fault| fault.treatment);
    let kind = kind.map(|fault| fault.kind);
    Ok((owned, kind.zip(strongest)))
}

#[test]
fn prefixes_are_read_as_their_lengths_say_and_faults_graded_by_rfc_7606() {
    use FaultKind::{Family, Length, Prefix, Truncated, Value};
    use Treatment::{AttributeDiscard, IgnorePrefix, SessionReset, TreatAsWithdraw};
    let with = |attribute: &str| format!("{MANDATORY} {attribute}");
    let rows = [
        // A default route does not make the others path identifiers.
        (with(""), "00 18 0a0101 18 0a0102 18 0a0103", 4, None),
        // Host bits mean nothing (RFC 4271 §4.3).
        (with(""), "0d 0b0d", 1, None),
        // One multicast prefix spoils itself alone (RFC 4271 §6.3).
        (
            with(""),
            "18 e00000 18 0a0101",
            2,
            Some((Prefix, IgnorePrefix)),
        ),
        (with(""), "21 0a01010000", 0, Some((Prefix, SessionReset))),
        (with("c0 08 00"), NET, 1, Some((Length, TreatAsWithdraw))),
        (
            "40 01 01 05  40 02 06 02 01 0000fde8  40 03 04 0a000001  80 04 03 000001".into(),
            NET,
            1,
            Some((Length, TreatAsWithdraw)),
        ),
        // Of two octets' AS on a session of four.
        (
            with("c0 07 06 fde8 0a000001"),
            NET,
            1,
            Some((Length, AttributeDiscard)),
        ),
        // The list ends in the middle, and the routes are found all the same.
        (
            with("c0 08 c8 0001"),
            NET,
            1,
            Some((Truncated, TreatAsWithdraw)),
        ),
        // An octet that is no segment ends the path, not the reader.
        (
            "40 01 01 00  40 02 07 02 01 0000fde8 00  40 03 04 0a000001".into(),
            NET,
            1,
            Some((Value, TreatAsWithdraw)),
        ),
        // RFC 8950: IPv4 by way of an IPv6 address.
        (
            "80 0e 19 0001 01 10 20010db8000000000000000000000001 00 18 0a0101
             40 01 01 00  40 02 06 02 01 0000fde8"
                .into(),
            "",
            1,
            None,
        ),
        // A SAFI that nobody agreed on is ignored with its attribute.
        (
            with("80 0e 0c 0001 63 04 0a000001 00 010203"),
            NET,
            1,
            Some((Family, AttributeDiscard)),
        ),
    ];
    let context = context(PeerType::External);
    for (attributes, announced, prefixes, fault) in rows {
        let octets = update(&attributes, announced);
        let answer = ask(&octets, &context);
        assert_eq!(answer, Ok((prefixes, fault)), "{attributes} {announced}");
    }
}

#[test]
fn lengths_that_leave_the_message_are_refused_and_do_not_wrap() {
    let context = context(PeerType::External);
    for at in [19, 21] {
        let mut octets = update(MANDATORY, NET);
        octets[at..at + 2].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(ask(&octets, &context), Err(DecodeError::UpdateLengths));
    }
}

#[test]
fn a_message_over_4096_octets_is_read_where_that_was_agreed_and_nowhere_else() {
    let mut context = context(PeerType::External);
    let octets = update(MANDATORY, &NET.repeat(1200));
    let length = u16::try_from(octets.len()).unwrap();
    assert_eq!(
        ask(&octets, &context),
        Err(DecodeError::MessageLength { length })
    );
    context.max_message_len = 65535;
    assert_eq!(ask(&octets, &context), Ok((1200, None)));
}

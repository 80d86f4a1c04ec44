//! What holds for every run of octets.

use bgpwright::bmp::{BmpFrame, BmpMessage};
use proptest::{collection::vec, prelude::*};

use crate::message;

/// Reads whatever is there; what was read is written, and read again as the
/// same value.
fn take_apart(octets: &[u8]) {
    let Ok(Some(frame)) = BmpFrame::first(octets, 1 << 16) else {
        return;
    };
    match BmpMessage::decode(frame) {
        Err(error) => assert!(error.offset <= frame.wire_len(), "{error}"),
        Ok(value) => {
            let _ = value.to_string();
            if let BmpMessage::PeerUp(up) = &value {
                let _ = up.context();
            }
            let mut out = Vec::new();
            value.encode(&mut out).unwrap();
            let again = BmpFrame::first(&out, 1 << 16).unwrap().unwrap();
            assert_eq!(BmpMessage::decode(again), Ok(value));
        }
    }
}

/// A per-peer header and a body that may go with it.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let open = {
        let mut octets = vec![0xff; 16];
        octets.extend([0, 29, 1, 4, 0xfd, 0xe9, 0, 90, 192, 0, 2, 1, 0]);
        octets
    };
    let parts = vec(
        prop_oneof![
            Just(open),
            vec(any::<u8>(), 0..30),
            Just(vec![0, 0, 0, 2, 1, 2]),
            Just(vec![0, 0, 0, 1]),
        ],
        0..5,
    );
    (vec(any::<u8>(), 42), parts).prop_map(|(mut body, parts)| {
        body.extend(parts.concat());
        body
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_read_is_written_and_read_again(kind in 0..8_u8, body in bodies()) {
        take_apart(&message(kind, &body));
    }

    #[test]
    fn random_octets_do_not_panic(octets in vec(any::<u8>(), 0..100), kind in 0..8_u8) {
        take_apart(&octets);
        take_apart(&message(kind, &octets));
    }

    #[test]
    fn a_message_is_none_until_it_is_whole(kind in 0..8_u8, body in bodies()) {
        let octets = message(kind, &body);
        for end in 0..octets.len() {
            prop_assert_eq!(BmpFrame::first(&octets[..end], 1 << 16), Ok(None));
        }
        let frame = BmpFrame::first(&octets, 1 << 16).unwrap().unwrap();
        prop_assert_eq!(frame.body, &body[..]);
    }

    #[test]
    fn a_stream_in_pieces_has_the_messages_of_the_stream_at_once(
        all in vec((0..8_u8, bodies()), 1..6),
        sizes in vec(1..200_usize, 1..8),
    ) {
        let messages: Vec<Vec<u8>> = all.iter().map(|(kind, body)| message(*kind, body)).collect();
        let stream = messages.concat();
        let (mut buffer, mut found, mut at) = (Vec::new(), Vec::new(), 0);
        for size in sizes.iter().cycle() {
            let end = stream.len().min(at + size);
            buffer.extend_from_slice(&stream[at..end]);
            at = end;
            while let Some(frame) = BmpFrame::first(&buffer, 1 << 16).unwrap() {
                let taken = frame.wire_len();
                found.push(buffer.drain(..taken).collect::<Vec<u8>>());
            }
            if at == stream.len() {
                break;
            }
        }
        prop_assert!(buffer.is_empty());
        prop_assert_eq!(found, messages);
    }
}

//! Seeded mutations of messages: whatever comes of them, reading ends, does not
//! panic, stays in bounds, and says the same whichever way it is read.
//!
//! The messages are those of the bad-input matrix, and with `BGPWRIGHT_DATA`
//! those of captures and of other projects too. `BGPWRIGHT_MUTATIONS` says how
//! many; ten million take some minutes with `--release`.

use std::{env, fs, path::Path};

use allocation_counter::measure;
use bgpwright::{
    types::{Afi, Family, PeerType, Safi},
    wire::{
        AnyNlri, Attribute, Context, Frame, Message, Nlri, Treatment, UpdateBuffer, UpdateView,
        Visit,
    },
};
use serde_json::Value;

use crate::build::hex;

const MATRIX: &str = include_str!("../data/bad_input.json");

#[test]
fn mutated_messages_are_read_in_bounds_and_alike() {
    let count = env::var("BGPWRIGHT_MUTATIONS").map_or(30_000, |text| text.parse().unwrap());
    let messages = messages();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let contexts = contexts();
    let mut buffer = UpdateBuffer::new();
    let (mut readable, mut faulty) = (0_u64, 0_u64);
    for _ in 0..count {
        let mut octets = messages[random.below(messages.len())].clone();
        mutate(&mut octets, &mut random);
        let context = &contexts[random.below(contexts.len())];
        match read(&octets, context, &mut buffer) {
            Some(true) => faulty += 1,
            Some(false) => readable += 1,
            None => {}
        }
    }
    assert!(
        readable > count / 100,
        "only {readable} were read without fault"
    );
    assert!(faulty > count / 100, "only {faulty} had faults");
}

fn messages() -> Vec<Vec<u8>> {
    let matrix: Value = serde_json::from_str(MATRIX).unwrap();
    let cases = matrix["cases"].as_array().unwrap().iter();
    let mut all: Vec<Vec<u8>> = cases.map(|of| hex(of["hex"].as_str().unwrap())).collect();
    if let Ok(data) = env::var("BGPWRIGHT_DATA") {
        let directory = Path::new(&data).join("upstream/vectors/messages");
        let mut paths: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let vectors = file["vectors"].as_array().unwrap().iter();
            let messages = vectors.filter(|of| of["kind"] == "message");
            all.extend(messages.map(|of| hex(of["hex"].as_str().unwrap())));
        }
    }
    // The largest would take most of the time and are much alike.
    all.retain(|octets| octets.len() < 2000);
    all
}

fn contexts() -> Vec<Context> {
    let mut contexts = Vec::new();
    for choice in 0..8 {
        let mut context = Context::default();
        context.four_octet_as = choice & 1 == 0;
        context.max_message_len = 65535;
        context.peer_type = match choice & 2 {
            0 => PeerType::Internal,
            _ => PeerType::External,
        };
        context.families = [Afi::IPV4, Afi::IPV6, Afi::L2VPN, Afi::BGP_LS]
            .into_iter()
            .flat_map(|afi| (1..=140).map(move |safi| Family::new(afi, Safi(safi))))
            .collect();
        if choice & 4 != 0 {
            context.add_path_receive.clone_from(&context.families);
            context.add_path_send.clone_from(&context.families);
        }
        contexts.push(context);
    }
    contexts
}

/// A generator of Marsaglia's (xorshift64): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }

    #[expect(clippy::cast_possible_truncation, reason = "an octet of it is wanted")]
    fn octet(&mut self) -> u8 {
        (self.next() >> 32) as u8
    }
}

/// Changes, removes, adds or copies octets of the body, and mostly puts the
/// header's length right again so that the body is looked into.
fn mutate(octets: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        if octets.len() <= 19 {
            break;
        }
        let at = 19 + random.below(octets.len() - 19);
        match random.below(8) {
            0..4 => octets[at] = random.octet(),
            4 => octets[at] ^= 1 << random.below(8),
            5 => octets.truncate(at),
            6 => octets.insert(at, random.octet()),
            _ => {
                let end = (at + random.below(20)).min(octets.len());
                let copy = octets[at..end].to_vec();
                octets.splice(at..at, copy);
            }
        }
    }
    if random.below(16) != 0
        && let Ok(length) = u16::try_from(octets.len())
        && octets.len() >= 19
    {
        octets[16..18].copy_from_slice(&length.to_be_bytes());
    }
}

/// Whether the message had faults; `None` if it was none.
fn read(octets: &[u8], context: &Context, buffer: &mut UpdateBuffer) -> Option<bool> {
    let frame = Frame::first(octets, context.max_message_len).ok()??;
    let mut result = None;
    let info = measure(|| result = Some(Message::decode(frame, context)));
    let bound = octets.len() as u64 * 16 + 4096;
    assert!(
        info.bytes_max <= bound,
        "{} octets for {octets:02x?}",
        info.bytes_max
    );
    let parsed = result?.ok()?;
    for fault in &parsed.faults {
        let at = fault.offset as usize;
        assert!(at < frame.wire_len(), "{fault} in {octets:02x?}");
    }
    if let Ok(view) = UpdateView::new(frame) {
        assert_eq!(
            Message::Update(buffer.read(&view, context).value.clone()),
            parsed.value,
            "{octets:02x?}"
        );
        let mut look = Look::default();
        let mut faults = Vec::new();
        let treatment = view.walk(context, &mut look, &mut faults);
        assert_eq!((treatment, &faults), (parsed.treatment(), &parsed.faults));
        let Message::Update(update) = &parsed.value else {
            panic!("an UPDATE's view and another message");
        };
        let reach = update.mp_reach.iter().flat_map(|of| of.nlri.iter());
        assert!(
            look.announced
                .iter()
                .cloned()
                .eq(reach.chain(update.announced.iter()))
        );
        let unreach = update.mp_unreach.iter().flat_map(|of| of.nlri.iter());
        assert!(
            look.withdrawn
                .iter()
                .cloned()
                .eq(update.withdrawn.iter().chain(unreach))
        );
    }
    let mut out = Vec::new();
    let unharmed = parsed.treatment() <= Some(Treatment::IgnorePrefix);
    if unharmed && parsed.value.encode(context, &mut out).is_ok() && context.four_octet_as {
        let frame = Frame::first(&out, context.max_message_len)
            .unwrap()
            .unwrap();
        let again = Message::decode(frame, context).unwrap();
        assert_eq!(again.value, parsed.value, "{octets:02x?}");
    }
    Some(!parsed.faults.is_empty())
}

#[derive(Default)]
struct Look {
    withdrawn: Vec<AnyNlri>,
    announced: Vec<AnyNlri>,
}

impl<'a> Visit<'a> for Look {
    fn attribute(&mut self, attribute: Attribute<'a>) {
        if let Attribute::AsPath(path) = attribute {
            assert!(path.asns().count() <= 65535);
        }
    }

    fn withdrawn(&mut self, _: Family, nlri: Nlri) {
        self.withdrawn.push(nlri.into());
    }

    fn announced(&mut self, _: Family, nlri: Nlri) {
        self.announced.push(nlri.into());
    }

    fn withdrawn_other(&mut self, _: Family, nlri: AnyNlri) {
        self.withdrawn.push(nlri);
    }

    fn announced_other(&mut self, _: Family, nlri: AnyNlri) {
        self.announced.push(nlri);
    }
}

//! Decoding and encoding of UPDATEs: packed full, and one prefix as a
//! reflector's client sends it.

#![expect(
    clippy::expect_used,
    reason = "a benchmark ends where its input is wrong"
)]

use core::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
};

use bgpwright::{
    types::{AsPath, ClusterId, Family, NextHop, PeerType, Prefix, RouterId},
    wire::{
        Attribute, AttributeSet, Context, Frame, Message, Nlri, Origin, UpdateBuffer, UpdateView,
        Visit, update::pack_reach,
    },
};
use criterion::{Criterion, criterion_group, criterion_main};

fn update(count: u32) -> (Context, Vec<u8>) {
    let mut context = Context::default();
    context.four_octet_as = true;
    context.peer_type = PeerType::Internal;
    let attributes = AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::empty()),
        next_hop: Some(NextHop::V4(Ipv4Addr::new(172, 18, 0, 3))),
        local_pref: Some(100),
        originator_id: Some(RouterId(0xac12_0003)),
        cluster_list: vec![ClusterId(0x0a00_0001)],
        ..AttributeSet::default()
    };
    let list: Vec<Nlri> = (0..count)
        .map(|i| IpAddr::V4(Ipv4Addr::from(0x0af4_0000 + (i << 6))))
        .filter_map(|addr| Prefix::new(addr, 26).ok())
        .map(Nlri::from)
        .collect();
    let mut out = Vec::new();
    pack_reach(&context, Family::IPV4_UNICAST, &attributes, &list, &mut out)
        .expect("the routes can be written");
    (context, out.first().expect("one message").to_vec())
}

fn decode(octets: &[u8], context: &Context) -> Message {
    let frame = Frame::first(octets, context.max_message_len)
        .expect("a message")
        .expect("all of it");
    Message::decode(frame, context).expect("a message").value
}

fn view<'a>(octets: &'a [u8], context: &Context) -> UpdateView<'a> {
    let frame = Frame::first(octets, context.max_message_len)
        .expect("a message")
        .expect("all of it");
    UpdateView::new(frame).expect("an UPDATE")
}

/// What a monitor adds up.
#[derive(Debug, Default)]
struct Sum {
    prefixes: u64,
    octets: u64,
    numbers: u64,
}

impl<'a> Visit<'a> for Sum {
    fn attribute(&mut self, attribute: Attribute<'a>) {
        self.numbers += match attribute {
            Attribute::AsPath(path) => path.asns().map(|asn| u64::from(asn.0)).sum(),
            Attribute::ClusterList(list) => list.map(|id| u64::from(id.0)).sum(),
            Attribute::LocalPref(number) | Attribute::Med(number) => u64::from(number),
            Attribute::OriginatorId(id) => u64::from(id.0),
            _ => 0,
        };
    }

    fn announced(&mut self, _: Family, nlri: Nlri) {
        self.prefixes += 1;
        self.octets += match nlri.prefix.addr() {
            IpAddr::V4(addr) => u64::from(addr.to_bits()),
            IpAddr::V6(addr) => (addr.to_bits() >> 96) as u64,
        } + u64::from(nlri.prefix.length());
    }
}

fn wire(c: &mut Criterion) {
    for (name, count) in [("packed", 800), ("reflected", 1)] {
        let (context, octets) = update(count);
        let message = decode(&octets, &context);
        let mut faults = Vec::new();
        c.bench_function(&format!("view/{name}"), |b| {
            b.iter(|| {
                let mut sum = Sum::default();
                let view = view(black_box(&octets), &context);
                let treatment = view.walk(&context, &mut sum, &mut faults);
                (treatment, sum)
            });
        });
        let mut buffer = UpdateBuffer::new();
        c.bench_function(&format!("buffer/{name}"), |b| {
            b.iter(|| {
                let view = view(black_box(&octets), &context);
                black_box(buffer.read(&view, &context)).faults.len()
            });
        });
        c.bench_function(&format!("decode/{name}"), |b| {
            b.iter(|| decode(black_box(&octets), &context));
        });
        let mut out = Vec::with_capacity(4096);
        c.bench_function(&format!("encode/{name}"), |b| {
            b.iter(|| {
                out.clear();
                black_box(&message).encode(&context, &mut out)
            });
        });
    }
}

criterion_group!(benches, wire);
criterion_main!(benches);

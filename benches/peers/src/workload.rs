//! The generated workloads: seeded, the same in every run.

use crate::mrt::{Message, slices};

/// Full-table style: fresh attributes in each message, 1 to 7 prefixes, 4.5
/// on average.
pub fn full_table() -> Vec<Message> {
    let mut random = Random(0xb);
    generate(100_000, false, |out, index| {
        let mut attributes = fresh_attributes(&mut random, index);
        next_hop(&mut attributes, random.next() as u32);
        if random.below(4) == 0 {
            attribute(
                &mut attributes,
                0x80,
                4,
                &(random.below(1000) as u32).to_be_bytes(),
            );
        }
        communities(&mut attributes, &mut random);
        let count = [1, 3, 4, 4, 5, 5, 5, 5, 6, 7][random.below(10)];
        let mut nlri = Vec::new();
        for _ in 0..count {
            let length = if random.below(10) < 6 {
                24
            } else {
                [
                    8, 16, 17, 18, 19, 20, 20, 21, 21, 22, 22, 22, 22, 23, 23, 23,
                ][random.below(16)]
            };
            prefix4(&mut nlri, unicast(&mut random), length);
        }
        message(out, &attributes, &nlri);
    })
}

/// 800 /24s in each message.
pub fn packed() -> Vec<Message> {
    let mut random = Random(0xc);
    generate(4_000, false, |out, index| {
        let mut attributes = fresh_attributes(&mut random, index);
        next_hop(&mut attributes, random.next() as u32);
        communities(&mut attributes, &mut random);
        let mut nlri = Vec::new();
        for _ in 0..800 {
            prefix4(&mut nlri, unicast(&mut random), 24);
        }
        message(out, &attributes, &nlri);
    })
}

/// 200 IPv6 prefixes in the MP_REACH_NLRI of each message.
pub fn ipv6() -> Vec<Message> {
    let mut random = Random(0xd);
    generate(8_000, false, |out, index| {
        let mut value = vec![0, 2, 1, 16, 0x20, 0x01, 0x0d, 0xb8];
        value.extend(random.next().to_be_bytes());
        value.extend((random.next() as u32).to_be_bytes());
        value.push(0);
        for _ in 0..200 {
            let length = if random.below(10) < 6 {
                48
            } else {
                [29, 32, 32, 36, 40, 44, 46, 56, 64, 64][random.below(10)]
            };
            let address = 0x2000_0000_0000_0000 | random.next() >> 3;
            value.push(length);
            let kept = address & !0 << (64 - u32::from(length));
            value.extend(&kept.to_be_bytes()[..usize::from(length).div_ceil(8)]);
        }
        let mut attributes = Vec::new();
        attribute(&mut attributes, 0x90, 14, &value);
        attributes.extend(fresh_attributes(&mut random, index));
        communities(&mut attributes, &mut random);
        message(out, &attributes, &[]);
    })
}

/// What a client of a Calico reflector hears: one /26 a message over iBGP,
/// with ORIGINATOR_ID and CLUSTER_LIST, of 2,000 attribute sets.
pub fn reflected() -> Vec<Message> {
    let mut random = Random(0xe);
    generate(100_000, true, |out, _| {
        let node = 0xac12_0000 + random.below(2_000) as u32;
        let mut attributes = Vec::new();
        attribute(&mut attributes, 0x40, 1, &[0]);
        attribute(&mut attributes, 0x40, 2, &[]);
        next_hop(&mut attributes, node);
        attribute(&mut attributes, 0x40, 5, &100_u32.to_be_bytes());
        attribute(&mut attributes, 0x80, 9, &node.to_be_bytes());
        attribute(&mut attributes, 0x80, 10, &[10, 0, 0, 1]);
        let mut nlri = Vec::new();
        prefix4(
            &mut nlri,
            0x0af4_0000 + ((random.next() as u32 & 0x3fff) << 6),
            26,
        );
        message(out, &attributes, &nlri);
    })
}

fn generate(
    count: usize,
    internal: bool,
    mut one: impl FnMut(&mut Vec<u8>, usize),
) -> Vec<Message> {
    let mut all = Vec::new();
    let mut ends = Vec::with_capacity(count);
    for index in 0..count {
        one(&mut all, index);
        ends.push((all.len(), internal));
    }
    slices(all, &ends)
}

/// ORIGIN and an AS_PATH of 3 to 6.
fn fresh_attributes(random: &mut Random, index: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let origin = [0, 0, 0, 0, 0, 0, 0, 2][random.below(8)];
    attribute(&mut out, 0x40, 1, &[origin]);
    let length = 3 + random.below(4);
    let mut path = vec![2, length as u8];
    path.extend((64_512 + (index % 1_000) as u32).to_be_bytes());
    for _ in 1..length {
        let asn = if random.below(4) == 0 {
            131_072 + random.below(270_000)
        } else {
            1 + random.below(64_000)
        };
        path.extend((asn as u32).to_be_bytes());
    }
    attribute(&mut out, 0x40, 2, &path);
    out
}

fn next_hop(out: &mut Vec<u8>, address: u32) {
    let address = 0x0a00_0001 | address & 0x00ff_fffe;
    attribute(out, 0x40, 3, &address.to_be_bytes());
}

/// Two to four, none twice: some peers keep a set.
fn communities(out: &mut Vec<u8>, random: &mut Random) {
    let mut value = Vec::new();
    for index in 0..2 + random.below(3) {
        let community = (1 + random.below(64_000) as u32) << 16 | (index as u32) << 12 | 7;
        value.extend(community.to_be_bytes());
    }
    attribute(out, 0xc0, 8, &value);
}

fn unicast(random: &mut Random) -> u32 {
    (1 + random.below(9) as u32) << 24 | random.next() as u32 & 0x00ff_ffff
}

fn prefix4(out: &mut Vec<u8>, address: u32, length: u8) {
    let kept = address & !0 << (32 - u32::from(length));
    out.push(length);
    out.extend(&kept.to_be_bytes()[..usize::from(length).div_ceil(8)]);
}

/// Appends one attribute, with the extended length that its flags ask for.
pub fn attribute(out: &mut Vec<u8>, flags: u8, code: u8, value: &[u8]) {
    out.extend([flags, code]);
    if flags & 0x10 == 0 {
        out.push(value.len() as u8);
    } else {
        out.extend((value.len() as u16).to_be_bytes());
    }
    out.extend(value);
}

/// Appends an UPDATE.
pub fn message(out: &mut Vec<u8>, attributes: &[u8], nlri: &[u8]) {
    let length = 23 + attributes.len() + nlri.len();
    out.extend([0xff; 16]);
    out.extend((length as u16).to_be_bytes());
    out.extend([2, 0, 0]);
    out.extend((attributes.len() as u16).to_be_bytes());
    out.extend(attributes);
    out.extend(nlri);
}

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

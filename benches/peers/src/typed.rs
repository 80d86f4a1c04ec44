//! An UPDATE as flat values whose buffers are used again, by hand; and the
//! encoders by hand that write it.

use crate::{
    bench::{self, Decode, Encode, Kind, Row},
    floor::{each_attribute, family, fields, nlri4, nlri6, reach, segments},
    mrt::Message,
    sum::Sum,
};

/// All that a message holds.
#[derive(Clone, Default)]
pub struct Typed {
    withdrawn: Vec<Net4>,
    announced: Vec<Net4>,
    origin: Option<u8>,
    path: Option<()>,
    segments: Vec<(u8, u8)>,
    asns: Vec<u32>,
    next_hop: Option<u32>,
    med: Option<u32>,
    local_pref: Option<u32>,
    atomic: bool,
    aggregator: Option<(u32, u32)>,
    communities: Vec<u32>,
    originator: Option<u32>,
    clusters: Vec<u32>,
    large: Vec<[u32; 3]>,
    extended: Vec<u64>,
    reach: Option<(bool, NextHop)>,
    reached4: Vec<Net4>,
    reached6: Vec<Net6>,
    unreach: Option<bool>,
    unreached4: Vec<Net4>,
    unreached6: Vec<Net6>,
}

#[derive(Clone, Copy)]
struct Net4 {
    address: u32,
    length: u8,
}

#[derive(Clone, Copy)]
struct Net6 {
    address: [u8; 16],
    length: u8,
}

#[derive(Clone, Copy)]
struct NextHop {
    octets: [u8; 48],
    length: u8,
}

impl Decode for Typed {
    fn decode(&mut self, message: &Message, sum: &mut Sum) -> bool {
        if self.fill(&message.octets).is_none() {
            return false;
        }
        self.walk(sum);
        true
    }
}

impl Typed {
    fn clear(&mut self) {
        self.withdrawn.clear();
        self.announced.clear();
        self.origin = None;
        self.path = None;
        self.segments.clear();
        self.asns.clear();
        self.next_hop = None;
        self.med = None;
        self.local_pref = None;
        self.atomic = false;
        self.aggregator = None;
        self.communities.clear();
        self.originator = None;
        self.clusters.clear();
        self.large.clear();
        self.extended.clear();
        self.reach = None;
        self.reached4.clear();
        self.reached6.clear();
        self.unreach = None;
        self.unreached4.clear();
        self.unreached6.clear();
    }

    fn fill(&mut self, message: &[u8]) -> Option<()> {
        self.clear();
        let (withdrawn, attributes, announced) = fields(message)?;
        list4(withdrawn, &mut self.withdrawn)?;
        each_attribute(attributes, |code, value| self.attribute(code, value))?;
        list4(announced, &mut self.announced)
    }

    #[inline(always)]
    fn attribute(&mut self, code: u8, value: &[u8]) -> Option<()> {
        match code {
            1 => {
                let [origin @ 0..=2] = value else { return None };
                self.origin = Some(*origin);
            }
            2 => {
                self.path = Some(());
                segments(value, |kind, asns| {
                    self.segments.push((kind, (asns.len() / 4) as u8));
                    words_into(asns, &mut self.asns)
                })?;
            }
            3 => self.next_hop = Some(word(value)?),
            4 => self.med = Some(word(value)?),
            5 => self.local_pref = Some(word(value)?),
            6 => self.atomic = value.is_empty().then_some(true)?,
            7 => {
                let (asn, address) = value.split_first_chunk()?;
                self.aggregator = Some((u32::from_be_bytes(*asn), word(address)?));
            }
            8 => words_into(value, &mut self.communities)?,
            9 => self.originator = Some(word(value)?),
            10 => words_into(value, &mut self.clusters)?,
            14 => {
                let reach = reach(value)?;
                let mut octets = [0; 48];
                let length = reach.next_hop.len();
                octets.get_mut(..length)?.copy_from_slice(reach.next_hop);
                let length = length as u8;
                self.reach = Some((reach.v6, NextHop { octets, length }));
                if reach.v6 {
                    list6(reach.nlri, &mut self.reached6)?;
                } else {
                    list4(reach.nlri, &mut self.reached4)?;
                }
            }
            15 => {
                let (v6, nlri) = family(value)?;
                self.unreach = Some(v6);
                if v6 {
                    list6(nlri, &mut self.unreached6)?;
                } else {
                    list4(nlri, &mut self.unreached4)?;
                }
            }
            16 => {
                let (chunks, []) = value.as_chunks() else {
                    return None;
                };
                self.extended
                    .extend(chunks.iter().copied().map(u64::from_be_bytes));
            }
            32 => {
                let (chunks, []) = value.as_chunks::<12>() else {
                    return None;
                };
                self.large.extend(chunks.iter().map(|chunk| {
                    let of = |at: usize| {
                        u32::from_be_bytes([chunk[at], chunk[at + 1], chunk[at + 2], chunk[at + 3]])
                    };
                    [of(0), of(4), of(8)]
                }));
            }
            _ => {}
        }
        Some(())
    }

    fn walk(&self, sum: &mut Sum) {
        for list in [
            &self.withdrawn,
            &self.announced,
            &self.reached4,
            &self.unreached4,
        ] {
            list.iter().for_each(|net| sum.v4(net.length, net.address));
        }
        for list in [&self.reached6, &self.unreached6] {
            for net in list {
                sum.v6(net.length, u128::from_be_bytes(net.address));
            }
        }
        self.asns.iter().for_each(|asn| sum.asn(*asn));
        self.communities.iter().for_each(|of| sum.community(*of));
        self.large
            .as_flattened()
            .iter()
            .for_each(|of| sum.community(*of));
        sum.extended(self.extended.len());
        self.clusters.iter().for_each(|of| sum.single(*of));
        let singles = [
            self.origin.map(u32::from),
            self.next_hop,
            self.med,
            self.local_pref,
            self.originator,
            self.atomic.then_some(1),
        ];
        singles.into_iter().flatten().for_each(|of| sum.single(of));
        if let Some((asn, address)) = self.aggregator {
            sum.single(asn);
            sum.single(address);
        }
        if let Some((_, next_hop)) = &self.reach {
            let [a, b, c, d, ..] = next_hop.octets;
            sum.single(u32::from_be_bytes([a, b, c, d]));
        }
    }
}

fn word(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

fn words_into(value: &[u8], list: &mut Vec<u32>) -> Option<()> {
    let (words, []) = value.as_chunks() else {
        return None;
    };
    list.extend(words.iter().copied().map(u32::from_be_bytes));
    Some(())
}

#[inline(always)]
fn list4(octets: &[u8], list: &mut Vec<Net4>) -> Option<()> {
    nlri4::<false>(octets, |length, address| {
        list.push(Net4 { address, length })
    })
}

#[inline(always)]
fn list6(octets: &[u8], list: &mut Vec<Net6>) -> Option<()> {
    nlri6(octets, |length, address| {
        let address = address.to_be_bytes();
        list.push(Net6 { address, length });
    })
}

/// The encoders' rows.
pub fn encoders(messages: &[Message]) -> Vec<Row> {
    let count = messages.len();
    let values = messages
        .iter()
        .filter_map(|message| {
            let mut typed = Typed::default();
            typed.fill(&message.octets)?;
            Some(typed)
        })
        .collect::<Vec<_>>();
    let cached = values
        .iter()
        .zip(messages)
        .map(|(value, message)| {
            let block = fields(&message.octets).map(|(_, attributes, _)| attributes.to_vec());
            (block.unwrap_or_default(), value.announced.clone())
        })
        .collect();
    let buffer = vec![0; 1 << 16];
    vec![
        bench::encode(
            "by hand: one pass from values",
            Kind::TheFloor,
            count,
            FromValues {
                values,
                buffer: buffer.clone(),
            },
        ),
        bench::encode(
            "by hand: attribute block cached",
            Kind::Floor,
            count,
            FromBlocks {
                values: cached,
                buffer,
            },
        ),
    ]
}

struct FromValues {
    values: Vec<Typed>,
    buffer: Vec<u8>,
}

impl Encode for FromValues {
    fn encode(&mut self, index: usize, _scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let mut writer = Writer {
            out: &mut self.buffer,
            at: 0,
        };
        let length = self.values.get(index).and_then(|of| of.write(&mut writer));
        if let Some(written) = length.and_then(|length| self.buffer.get(..length)) {
            done(written);
        }
    }
}

/// Attribute blocks as octets, prefixes as values.
struct FromBlocks {
    values: Vec<(Vec<u8>, Vec<Net4>)>,
    buffer: Vec<u8>,
}

impl Encode for FromBlocks {
    fn encode(&mut self, index: usize, _scratch: &mut Vec<u8>, done: &mut impl FnMut(&[u8])) {
        let mut writer = Writer {
            out: &mut self.buffer,
            at: 0,
        };
        let length = self.values.get(index).and_then(|(block, list)| {
            writer.header()?;
            writer.put([0, 0])?;
            writer.put((block.len() as u16).to_be_bytes())?;
            writer.slice(block)?;
            writer.list4(list)?;
            writer.finish()
        });
        if let Some(written) = length.and_then(|length| self.buffer.get(..length)) {
            done(written);
        }
    }
}

impl Typed {
    /// Of what the encoded workloads hold: no withdrawn routes.
    fn write(&self, to: &mut Writer<'_>) -> Option<usize> {
        to.header()?;
        let withdrawn = to.length()?;
        to.list4(&self.withdrawn)?;
        to.patch(withdrawn)?;
        let attributes = to.length()?;
        if let Some((v6, next_hop)) = &self.reach {
            to.put([0x90, 14])?;
            let value = to.length()?;
            to.put([0, if *v6 { 2 } else { 1 }, 1, next_hop.length])?;
            to.slice(next_hop.octets.get(..usize::from(next_hop.length))?)?;
            to.put([0])?;
            to.list4(&self.reached4)?;
            to.list6(&self.reached6)?;
            to.patch(value)?;
        }
        if let Some(origin) = self.origin {
            to.put([0x40, 1, 1, origin])?;
        }
        if self.path.is_some() {
            to.put([0x50, 2])?;
            let value = to.length()?;
            let mut asns = &self.asns[..];
            for (kind, count) in &self.segments {
                to.put([*kind, *count])?;
                let (first, rest) = asns.split_at_checked(usize::from(*count))?;
                to.words(first)?;
                asns = rest;
            }
            to.patch(value)?;
        }
        to.word(0x40, 3, self.next_hop)?;
        to.word(0x80, 4, self.med)?;
        to.word(0x40, 5, self.local_pref)?;
        if self.atomic {
            to.put([0x40, 6, 0])?;
        }
        if let Some((asn, address)) = self.aggregator {
            to.put([0xc0, 7, 8])?;
            to.words(&[asn, address])?;
        }
        to.list(0xc0, 8, &self.communities)?;
        to.word(0x80, 9, self.originator)?;
        to.list(0x80, 10, &self.clusters)?;
        to.list(0xc0, 32, self.large.as_flattened())?;
        to.patch(attributes)?;
        to.list4(&self.announced)?;
        to.finish()
    }
}

/// Stores of fixed size into a buffer that is large enough.
struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    #[inline(always)]
    fn put<const N: usize>(&mut self, octets: [u8; N]) -> Option<()> {
        *self.out.get_mut(self.at..)?.first_chunk_mut()? = octets;
        self.at += N;
        Some(())
    }

    #[inline(always)]
    fn slice(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.at + octets.len();
        self.out.get_mut(self.at..end)?.copy_from_slice(octets);
        self.at = end;
        Some(())
    }

    fn header(&mut self) -> Option<()> {
        self.put([0xff; 16])?;
        self.put([0, 0, 2])
    }

    /// Room for a length that [`Self::patch`] fills in.
    #[inline(always)]
    fn length(&mut self) -> Option<usize> {
        self.put([0, 0])?;
        Some(self.at)
    }

    #[inline(always)]
    fn patch(&mut self, start: usize) -> Option<()> {
        let length = (self.at - start) as u16;
        *self.out.get_mut(start - 2..)?.first_chunk_mut()? = length.to_be_bytes();
        Some(())
    }

    fn finish(&mut self) -> Option<usize> {
        let length = (self.at as u16).to_be_bytes();
        *self.out.get_mut(16..)?.first_chunk_mut()? = length;
        Some(self.at)
    }

    #[inline(always)]
    fn word(&mut self, flags: u8, code: u8, word: Option<u32>) -> Option<()> {
        let Some(word) = word else { return Some(()) };
        let [a, b, c, d] = word.to_be_bytes();
        self.put([flags, code, 4, a, b, c, d])
    }

    #[inline(always)]
    fn list(&mut self, flags: u8, code: u8, words: &[u32]) -> Option<()> {
        if words.is_empty() {
            return Some(());
        }
        match u8::try_from(words.len() * 4) {
            Ok(length) => self.put([flags, code, length])?,
            Err(_) => {
                let [high, low] = (words.len() as u16 * 4).to_be_bytes();
                self.put([flags | 0x10, code, high, low])?;
            }
        }
        self.words(words)
    }

    #[inline(always)]
    fn words(&mut self, words: &[u32]) -> Option<()> {
        let end = self.at + words.len() * 4;
        let (chunks, _) = self.out.get_mut(self.at..end)?.as_chunks_mut();
        for (chunk, word) in chunks.iter_mut().zip(words) {
            *chunk = word.to_be_bytes();
        }
        self.at = end;
        Some(())
    }

    #[inline(always)]
    fn list4(&mut self, list: &[Net4]) -> Option<()> {
        for net in list {
            let [a, b, c, d] = net.address.to_be_bytes();
            let room = self.out.get_mut(self.at..)?;
            *room.first_chunk_mut()? = [net.length, a, b, c, d];
            self.at += 1 + usize::from(net.length).div_ceil(8);
        }
        Some(())
    }

    #[inline(always)]
    fn list6(&mut self, list: &[Net6]) -> Option<()> {
        for net in list {
            let room = self.out.get_mut(self.at..)?.first_chunk_mut::<17>()?;
            let (first, rest) = room.split_first_mut()?;
            *first = net.length;
            rest.copy_from_slice(&net.address);
            self.at += 1 + usize::from(net.length).div_ceil(8);
        }
        Some(())
    }
}

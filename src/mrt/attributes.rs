//! The attributes of a table's entry as those of an UPDATE.

use alloc::vec::Vec;

use super::{Bgp4mpEntry, Rib, RibEntry, RibGeneric, TableDump, encode::write_prefix};
use crate::{
    types::{Family, PeerType, Prefix},
    wire::{AttributeCode, AttributeFlags, Context, Nlri, Parsed, PathId, Update, UpdateView},
};

/// How the MP_REACH_NLRI of a table's entry was written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[non_exhaustive]
pub enum MpReachForm {
    /// There was none.
    Absent,
    /// The next hop with its length alone (RFC 6396 §4.3.4).
    Abbreviated,
    /// Family and next hop, and nothing after it.
    WithoutNlri,
    /// As in an UPDATE, or not understood: left as it came.
    Whole,
}

impl RibEntry<'_> {
    /// Appends the attributes as an UPDATE has them: to MP_REACH_NLRI are added
    /// the family and the NLRI, which are in the record and not in the entry.
    ///
    /// `nlri` is what the wire has, with a path identifier if `context` says so
    /// of the family. Everything else is copied as it came. The result is read
    /// by [`UpdateView::of_attributes`].
    pub fn expand(&self, family: Family, nlri: &[u8], out: &mut Vec<u8>) -> MpReachForm {
        expand(self.attributes, family, nlri, out)
    }
}

impl Rib<'_> {
    /// What to read the attributes of an entry with: AS numbers of four octets
    /// (RFC 6396 §4.3.4), the record's family, path identifiers if it has them.
    ///
    /// The neighbour is taken for an internal one, since tables have attributes
    /// that only internal neighbours send.
    pub fn context(&self) -> Context {
        context(self.family, true, self.with_path_ids)
    }

    /// The UPDATE that announces an entry of this record.
    ///
    /// Offsets of faults count in the expanded attributes. Who reads whole
    /// tables keeps an [`UpdateBuffer`](crate::wire::UpdateBuffer) and the
    /// memory that [`RibEntry::expand`] writes to.
    pub fn update(&self, entry: &RibEntry<'_>) -> Parsed<Update> {
        let nlri = Nlri {
            prefix: self.prefix,
            path_id: entry.path_id,
        };
        update(entry.attributes, self.family, nlri, &self.context())
    }
}

impl RibGeneric<'_> {
    /// As [`Rib::context`].
    pub fn context(&self) -> Context {
        context(self.family, true, self.with_path_ids)
    }

    /// The UPDATE that announces an entry of this record, as [`Rib::update`].
    pub fn update(&self, entry: &RibEntry<'_>) -> Parsed<Update> {
        let mut octets = Vec::new();
        entry.expand(self.family, self.nlri, &mut octets);
        UpdateView::of_attributes(&octets).parse(&self.context())
    }
}

impl TableDump<'_> {
    /// What to read the attributes with: AS numbers of two octets (RFC 6396
    /// §4.2), the prefix's family. The neighbour is taken for an internal one.
    pub fn context(&self) -> Context {
        context(self.prefix.family(), false, false)
    }

    /// The UPDATE that announces the route, as [`Rib::update`].
    pub fn update(&self) -> Parsed<Update> {
        let nlri = Nlri::from(self.prefix);
        update(self.attributes, self.prefix.family(), nlri, &self.context())
    }

    /// Appends the attributes as an UPDATE has them, as [`RibEntry::expand`].
    pub fn expand(&self, out: &mut Vec<u8>) -> MpReachForm {
        let nlri = nlri_octets(self.prefix, None);
        expand(self.attributes, self.prefix.family(), &nlri, out)
    }
}

impl Bgp4mpEntry<'_> {
    /// What to read the attributes with, as [`TableDump::context`].
    pub fn context(&self) -> Context {
        context(self.family(), false, false)
    }

    /// The UPDATE that announces the route, as [`Rib::update`]: with
    /// MP_REACH_NLRI, made of the next hop if the attributes have none.
    pub fn update(&self) -> Parsed<Update> {
        let nlri = nlri_octets(self.prefix, None);
        let mut octets = Vec::with_capacity(self.attributes.len());
        if expand(self.attributes, self.family(), &nlri, &mut octets) == MpReachForm::Absent {
            // It is no longer than its field in the record.
            let length = u8::try_from(self.next_hop.len()).unwrap_or(u8::MAX);
            let mut all = Vec::with_capacity(octets.len());
            let next_hop = [&[length], self.next_hop].concat();
            write_reach(
                AttributeFlags::OPTIONAL,
                self.family(),
                &next_hop,
                &nlri,
                &mut all,
            );
            all.append(&mut octets);
            octets = all;
        }
        UpdateView::of_attributes(&octets).parse(&self.context())
    }
}

fn context(family: Family, four_octet_as: bool, with_path_ids: bool) -> Context {
    let add_path = if with_path_ids {
        alloc::vec![family]
    } else {
        Vec::new()
    };
    Context {
        four_octet_as,
        families: alloc::vec![family],
        add_path_receive: add_path.clone(),
        add_path_send: add_path,
        max_message_len: usize::from(u16::MAX),
        peer_type: PeerType::Internal,
        ..Context::default()
    }
}

fn update(attributes: &[u8], family: Family, nlri: Nlri, context: &Context) -> Parsed<Update> {
    let mut octets = Vec::with_capacity(attributes.len());
    let written = nlri_octets(nlri.prefix, nlri.path_id);
    let form = expand(attributes, family, &written, &mut octets);
    let classic = family == Family::IPV4_UNICAST && form == MpReachForm::Absent;
    let announced: &[u8] = if classic { &written } else { &[] };
    UpdateView::of_parts(&octets, announced).parse(context)
}

/// Octets of the longest next hop with its length (RFC 4659 §3.2.1).
const LONGEST: usize = 49;

fn nlri_octets(prefix: Prefix, path_id: Option<PathId>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(21);
    if let Some(PathId(id)) = path_id {
        octets.extend_from_slice(&id.to_be_bytes());
    }
    write_prefix(prefix, &mut octets);
    octets
}

fn expand(attributes: &[u8], family: Family, nlri: &[u8], out: &mut Vec<u8>) -> MpReachForm {
    let mut form = MpReachForm::Absent;
    let mut read = 0_usize;
    for attribute in UpdateView::of_attributes(attributes).attributes() {
        let Ok(attribute) = attribute else { break };
        read = attribute.span().end;
        let next_hop = match attribute.code {
            AttributeCode::MP_REACH_NLRI => {
                let (found, next_hop) = form_of(attribute.value, family);
                form = found;
                next_hop
            }
            _ => None,
        };
        match next_hop {
            Some(next_hop) => write_reach(attribute.flags, family, next_hop, nlri, out),
            None => out.extend_from_slice(attribute.octets),
        }
    }
    // A list that ends inside an attribute is for the codec to find.
    out.extend_from_slice(attributes.get(read..).unwrap_or_default());
    form
}

/// Which form a value has, and if the NLRI are missing the next hop with its
/// length.
fn form_of(value: &[u8], family: Family) -> (MpReachForm, Option<&[u8]>) {
    let is_next_hop = |octets: &[u8]| {
        let (length, rest) = octets.split_first()?;
        Some(usize::from(*length) == rest.len())
    };
    // Longer than any next hop, it may be a family whose AFI looks like one.
    if value.len() <= LONGEST && is_next_hop(value) == Some(true) {
        return (MpReachForm::Abbreviated, Some(value));
    }
    let [high, low] = family.afi.0.to_be_bytes();
    let after_family = value.strip_prefix(&[high, low, family.safi.0]);
    let reserved = after_family.and_then(|rest| rest.strip_suffix(&[0]));
    for rest in [after_family, reserved].into_iter().flatten() {
        if is_next_hop(rest) == Some(true) {
            return (MpReachForm::WithoutNlri, Some(rest));
        }
    }
    (MpReachForm::Whole, None)
}

/// Appends MP_REACH_NLRI (RFC 4760 §3), always with a length of two octets.
fn write_reach(
    flags: AttributeFlags,
    family: Family,
    next_hop: &[u8],
    nlri: &[u8],
    out: &mut Vec<u8>,
) {
    let length = FIXED
        .saturating_add(next_hop.len())
        .saturating_add(nlri.len());
    // A next hop is at most 256 octets and an NLRI part of a record's field.
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    let flags = flags | AttributeFlags::EXTENDED_LENGTH;
    out.extend_from_slice(&[flags.bits(), AttributeCode::MP_REACH_NLRI.0]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&family.afi.0.to_be_bytes());
    out.push(family.safi.0);
    out.extend_from_slice(next_hop);
    out.push(0);
    out.extend_from_slice(nlri);
}

/// Octets of the family and the reserved one.
const FIXED: usize = 4;

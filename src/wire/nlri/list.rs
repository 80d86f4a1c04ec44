use alloc::vec::Vec;
use core::fmt;

use super::{AnyNlri, Destination, Nlri, PathId, Prefixes, Shape, prefixes};
use crate::{
    types::{Afi, Family, Prefix},
    wire::EncodeError,
};

/// NLRI of one family, kept as canonical octets of the wire.
///
/// An empty list does not say on the wire whether it has path identifiers: read
/// back, it has none.
///
/// ```
/// use bgpwright::{
///     types::{Family, Prefix},
///     wire::NlriList,
/// };
///
/// let pods: [Prefix; 2] = ["10.244.1.0/26".parse()?, "10.244.1.64/26".parse()?];
/// let list = NlriList::collect(Family::IPV4_UNICAST, pods)?;
/// assert_eq!(list.octets(), [26, 10, 244, 1, 0, 26, 10, 244, 1, 64]);
/// assert_eq!(list.prefixes().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NlriList {
    family: Family,
    with_path_ids: bool,
    octets: Vec<u8>,
}

impl NlriList {
    /// An empty list without path identifiers.
    pub const fn new(family: Family) -> Self {
        Self {
            family,
            with_path_ids: false,
            octets: Vec::new(),
        }
    }

    /// An empty list whose elements each have a path identifier (RFC 7911 §3).
    pub const fn with_path_ids(family: Family) -> Self {
        Self {
            family,
            with_path_ids: true,
            octets: Vec::new(),
        }
    }

    /// A list of these elements; with path identifiers if the first has one.
    ///
    /// # Errors
    /// If one is not of `family`, or some have a path identifier and some not.
    pub fn collect<T: Into<AnyNlri>>(
        family: Family,
        elements: impl IntoIterator<Item = T>,
    ) -> Result<Self, EncodeError> {
        let mut list = Self::new(family);
        for element in elements {
            let element = element.into();
            if list.is_empty() {
                list.with_path_ids = element.path_id.is_some();
            }
            list.push_any(&element)?;
        }
        Ok(list)
    }

    /// Appends one prefix of a unicast or multicast family.
    ///
    /// # Errors
    /// If it is not of the list's family, or has a path identifier where the
    /// list has none, or the reverse. The list is then unchanged.
    pub fn push(&mut self, nlri: Nlri) -> Result<(), EncodeError> {
        let family = self.family;
        if nlri.path_id.is_some() != self.with_path_ids {
            return Err(EncodeError::PathId { family });
        }
        write(nlri, family, &mut self.octets)
    }

    /// Appends an element of any family that the codec reads.
    ///
    /// # Errors
    /// As [`NlriList::push`]. The list is then unchanged.
    pub fn push_any(&mut self, nlri: &AnyNlri) -> Result<(), EncodeError> {
        if let Destination::Prefix(prefix) = nlri.destination {
            let path_id = nlri.path_id;
            return self.push(Nlri { prefix, path_id });
        }
        let family = self.family;
        if nlri.path_id.is_some() != self.with_path_ids {
            return Err(EncodeError::PathId { family });
        }
        if !nlri.destination.fits(family) {
            return Err(EncodeError::Nlri { family });
        }
        let before = self.octets.len();
        let result = self.write_any(nlri);
        if result.is_err() {
            self.octets.truncate(before);
        }
        result
    }

    fn write_any(&mut self, nlri: &AnyNlri) -> Result<(), EncodeError> {
        if let Some(PathId(id)) = nlri.path_id {
            self.octets.extend_from_slice(&id.to_be_bytes());
        }
        nlri.destination.encode(&mut self.octets)
    }

    /// A list of a family that the codec does not read: all that an MP
    /// attribute has after the SAFI, in MP_REACH_NLRI the next hop too.
    ///
    /// # Errors
    /// If the codec reads the family.
    pub fn opaque(family: Family, octets: impl Into<Vec<u8>>) -> Result<Self, EncodeError> {
        if Shape::of(family) != Shape::Opaque {
            return Err(EncodeError::Nlri { family });
        }
        Ok(Self {
            octets: octets.into(),
            ..Self::new(family)
        })
    }

    /// Its elements, whatever the family; none of one that is not read.
    pub fn iter(&self) -> impl Iterator<Item = AnyNlri> + '_ {
        Elements {
            field: Field {
                octets: &self.octets,
                family: self.family,
                with_path_ids: self.with_path_ids,
            },
        }
    }

    /// Empties the list and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
    }

    /// As [`NlriList::clear`], and without path identifiers, as a new list is.
    pub(in crate::wire) fn reset(&mut self) {
        self.octets.clear();
        self.with_path_ids = false;
    }

    /// Whose NLRI it is.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Whether each element has a path identifier.
    pub const fn has_path_ids(&self) -> bool {
        self.with_path_ids
    }

    /// The list as it goes on the wire.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// The prefixes of a unicast or multicast family; none of any other.
    pub fn prefixes(&self) -> Prefixes<'_> {
        let octets: &[u8] = if is_of_prefixes(self.family) {
            &self.octets
        } else {
            &[]
        };
        Prefixes::new(octets, self.family.afi, self.with_path_ids)
    }

    /// Takes elements one by one, to write them in canonical form.
    fn fill_any(&mut self, field: Field<'_>) -> Result<(), usize> {
        elements(field, |nlri| {
            // What was read can be written.
            let _ = self.write_any(&nlri);
        })
    }

    /// Takes the octets of a message in place of what the list held, cleared
    /// of host bits.
    ///
    /// `odd` is called with where a prefix lies that may be read but not
    /// routed.
    ///
    /// # Errors
    /// Where the first element lies that cannot be read; the list then holds
    /// those before it.
    pub(in crate::wire) fn fill(
        &mut self,
        field: Field<'_>,
        odd: impl FnMut(usize),
    ) -> Result<(), usize> {
        self.family = field.family;
        self.with_path_ids = field.with_path_ids;
        self.octets.clear();
        match Shape::of(field.family) {
            Shape::Prefix if !field.with_path_ids => return self.fill_prefixes(field, odd),
            Shape::Prefix | Shape::Opaque => self.octets.extend_from_slice(field.octets),
            _ => return self.fill_any(field),
        }
        if !is_of_prefixes(field.family) {
            return Ok(());
        }
        let result = canonical(&mut self.octets, field.with_path_ids, field.family.afi, odd);
        if let Err(at) = result {
            self.octets.truncate(at);
        }
        result
    }

    /// Looks first and copies then: host bits are rare, and a loop that writes
    /// takes three times as long.
    #[inline]
    fn fill_prefixes(&mut self, field: Field<'_>, mut odd: impl FnMut(usize)) -> Result<(), usize> {
        let length = field.octets.len();
        let afi = field.family.afi;
        let seen = prefixes::scan(field.octets, afi, |left| odd(length.saturating_sub(left)));
        let read = length.saturating_sub(seen.unread);
        let octets = field.octets.get(..read).unwrap_or_default();
        if self.octets.capacity() == 0 {
            // Asked for at once, memory costs half of what growing does.
            self.octets = octets.to_vec();
        } else {
            self.octets.extend_from_slice(octets);
        }
        if seen.host_bits {
            canonical(&mut self.octets, false, afi, |_| {})?;
        }
        if seen.unread == 0 { Ok(()) } else { Err(read) }
    }
}

/// Reads elements of any family but the unicast and multicast ones; says where
/// it cannot. Nothing of one that is not read.
pub(in crate::wire) fn elements(field: Field<'_>, mut f: impl FnMut(AnyNlri)) -> Result<(), usize> {
    if Shape::of(field.family) == Shape::Opaque {
        return Ok(());
    }
    let length = field.octets.len();
    let mut elements = Elements { field };
    while !elements.field.octets.is_empty() {
        let at = length.saturating_sub(elements.field.octets.len());
        let read = elements.read().map_err(|inside| at.saturating_add(inside));
        f(read?);
    }
    Ok(())
}

#[derive(Clone, Debug)]
struct Elements<'a> {
    field: Field<'a>,
}

impl Elements<'_> {
    fn read(&mut self) -> Result<AnyNlri, usize> {
        let mut octets = self.field.octets;
        let mut path_id = None;
        if self.field.with_path_ids {
            let (id, rest) = octets.split_first_chunk().ok_or(0_usize)?;
            path_id = Some(PathId(u32::from_be_bytes(*id)));
            octets = rest;
        }
        let (destination, rest) = Destination::decode(self.field.family, octets)?;
        self.field.octets = rest;
        Ok(AnyNlri {
            path_id,
            destination,
        })
    }
}

impl Iterator for Elements<'_> {
    type Item = AnyNlri;

    fn next(&mut self) -> Option<AnyNlri> {
        if self.field.octets.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.field.octets = &[];
        }
        read.ok()
    }
}

/// NLRI of one family as a message has it.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire) struct Field<'a> {
    pub(in crate::wire) octets: &'a [u8],
    pub(in crate::wire) family: Family,
    pub(in crate::wire) with_path_ids: bool,
}

/// Whether the family's NLRI are bare prefixes.
pub(in crate::wire) fn is_of_prefixes(family: Family) -> bool {
    Shape::of(family) == Shape::Prefix
}

/// Goes from prefix to prefix and clears host bits; says where it cannot.
fn canonical(
    octets: &mut [u8],
    with_path_ids: bool,
    afi: Afi,
    mut odd: impl FnMut(usize),
) -> Result<(), usize> {
    let max = prefixes::max_length(afi);
    let skip = if with_path_ids { 4 } else { 0 };
    let mut at = 0_usize;
    while at < octets.len() {
        let length_at = at.saturating_add(skip);
        let length = *octets.get(length_at).ok_or(at)?;
        let end = length_at.saturating_add(prefixes::octets(length));
        if length > max || end >= octets.len() {
            return Err(at);
        }
        if let Some(last) = octets.get_mut(end).filter(|_| !length.is_multiple_of(8)) {
            *last &= !(0xff >> (length % 8));
        }
        let first = octets.get(length_at.saturating_add(1));
        if first.is_some_and(|first| is_multicast(*first, length, afi)) {
            odd(at);
        }
        at = end.saturating_add(1);
    }
    Ok(())
}

/// [`Prefix::is_multicast`] from the first octet alone.
fn is_multicast(first: u8, length: u8, afi: Afi) -> bool {
    if afi == Afi::IPV6 {
        first == 0xff && length >= 8
    } else {
        first & 0xf0 == 0xe0 && length >= 4
    }
}

/// Octets that `nlri` takes.
pub(in crate::wire) fn wire_len(nlri: Nlri) -> usize {
    let id = if nlri.path_id.is_some() { 4 } else { 0 };
    prefixes::octets(nlri.prefix.length()).saturating_add(1 + id)
}

/// Appends one prefix of `family`.
#[inline]
pub(in crate::wire) fn write(
    nlri: Nlri,
    family: Family,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let Nlri { prefix, path_id } = nlri;
    if !is_of_prefixes(family) || prefix.afi() != family.afi {
        return Err(EncodeError::Nlri { family });
    }
    if let Some(PathId(id)) = path_id {
        out.extend_from_slice(&id.to_be_bytes());
    }
    write_prefix(prefix, out);
    Ok(())
}

/// Appends the length and the octets it counts.
#[inline]
pub(in crate::wire) fn write_prefix(prefix: Prefix, out: &mut Vec<u8>) {
    let length = prefix.length();
    let end = out
        .len()
        .saturating_add(prefixes::octets(length))
        .saturating_add(1);
    // One store of a fixed size, and the rest cut off again.
    match prefix.to_net() {
        ipnet::IpNet::V4(net) => {
            let [a, b, c, d] = net.addr().octets();
            out.extend_from_slice(&[length, a, b, c, d]);
        }
        ipnet::IpNet::V6(net) => {
            out.push(length);
            out.extend_from_slice(&net.addr().octets());
        }
    }
    out.truncate(end);
}

impl fmt::Display for NlriList {
    /// The elements with blanks between, or how many octets there are of a
    /// family that is not read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if Shape::of(self.family) == Shape::Opaque {
            return write!(f, "{} octets", self.octets.len());
        }
        for (i, nlri) in self.iter().enumerate() {
            let blank = if i == 0 { "" } else { " " };
            write!(f, "{blank}{nlri}")?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
mod text {
    use super::{AnyNlri, Family, NlriList, Shape, Vec};

    /// What a list looks like outside: its elements, or octets where they are
    /// not read.
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Outside {
        family: Family,
        #[serde(default)]
        with_path_ids: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        elements: Vec<AnyNlri>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        octets: Vec<u8>,
    }

    impl serde::Serialize for NlriList {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let octets = match Shape::of(self.family) {
                Shape::Opaque => self.octets.clone(),
                _ => Vec::new(),
            };
            Outside {
                family: self.family,
                with_path_ids: self.with_path_ids,
                elements: self.iter().collect(),
                octets,
            }
            .serialize(serializer)
        }
    }

    impl<'de> serde::Deserialize<'de> for NlriList {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let outside = Outside::deserialize(deserializer)?;
            let mut list = Self::new(outside.family);
            list.with_path_ids = outside.with_path_ids;
            match Shape::of(outside.family) {
                Shape::Opaque if outside.elements.is_empty() => list.octets = outside.octets,
                _ => {
                    for element in &outside.elements {
                        list.push_any(element).map_err(serde::de::Error::custom)?;
                    }
                }
            }
            Ok(list)
        }
    }
}

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::PolicyErrorKind;
use crate::types::Prefix;

/// A prefix, and how much more specific ones may be: the prefix lists of most
/// routers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct PrefixMatch {
    /// Must cover the route's prefix.
    pub prefix: Prefix,
    /// The route's least length; without it the prefix's own.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ge: Option<u8>,
    /// The route's greatest length; without it any if `ge` is given, else the
    /// prefix's own: an exact match.
    #[cfg_attr(feature = "serde", serde(default))]
    pub le: Option<u8>,
}

impl PrefixMatch {
    /// Matches this prefix alone.
    pub const fn exact(prefix: Prefix) -> Self {
        Self {
            prefix,
            ge: None,
            le: None,
        }
    }

    /// Matches this prefix and everything inside it.
    pub fn or_longer(prefix: Prefix) -> Self {
        Self {
            prefix,
            ge: Some(prefix.length()),
            le: None,
        }
    }

    /// Whether a route to `prefix` matches.
    pub fn matches(&self, prefix: Prefix) -> bool {
        let (least, greatest) = self.lengths();
        self.prefix.covers(prefix) && (least..=greatest).contains(&prefix.length())
    }

    /// The least and the greatest length.
    fn lengths(&self) -> (u8, u8) {
        let own = self.prefix.length();
        match (self.ge, self.le) {
            (ge, Some(le)) => (ge.unwrap_or(own), le),
            (Some(ge), None) => (ge, self.width()),
            (None, None) => (own, own),
        }
    }

    fn width(&self) -> u8 {
        if self.prefix.addr().is_ipv4() {
            32
        } else {
            128
        }
    }

    fn check(&self) -> Result<(), PolicyErrorKind> {
        let (least, greatest) = self.lengths();
        let is_sound =
            self.prefix.length() <= least && least <= greatest && greatest <= self.width();
        let prefix = self.prefix;
        is_sound
            .then_some(())
            .ok_or(PolicyErrorKind::PrefixLengths { prefix })
    }
}

/// A prefix list that is asked by halving: hardly slower for being long.
#[derive(Clone, Debug, Default)]
pub(super) struct PrefixList {
    v4: List<V4>,
    v6: List<V6>,
}

/// The prefixes of one IP version, sorted, so that each comes behind those that
/// cover it.
///
/// What covers a route is the last prefix that is not behind the route, or one
/// that covers this one. Each has the lengths of those that cover it too, so the
/// longest that covers the route answers for all.
#[derive(Clone, Debug)]
struct List<K> {
    /// Each once; on their own, since the search reads nothing else.
    keys: Vec<K>,
    nodes: Vec<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// The longest that covers this one.
    parent: Option<usize>,
    lengths: Lengths,
}

/// Lengths of 0 to 128, a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Lengths {
    below_128: u128,
    has_128: bool,
}

/// A prefix as numbers, which are compared faster.
trait Key: Copy + Ord {
    fn length(self) -> u8;
    fn covers(self, other: Self) -> bool;
}

/// The address, and the length in the lowest eight bits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct V4(u64);

/// The address and the length.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct V6(u128, u8);

impl V4 {
    fn new(addr: Ipv4Addr, length: u8) -> Self {
        Self(u64::from(addr.to_bits()) << 8 | u64::from(length))
    }
}

impl Key for V4 {
    fn length(self) -> u8 {
        let [.., length] = self.0.to_be_bytes();
        length
    }

    fn covers(self, other: Self) -> bool {
        let host_bits = 32_u32.saturating_sub(self.length().into());
        let differing = (self.0 ^ other.0) >> 8 >> host_bits;
        self.length() <= other.length() && differing == 0
    }
}

impl Key for V6 {
    fn length(self) -> u8 {
        self.1
    }

    fn covers(self, other: Self) -> bool {
        let host_bits = 128_u32.saturating_sub(self.1.into());
        let differing = (self.0 ^ other.0).checked_shr(host_bits);
        self.1 <= other.1 && differing.is_none_or(|differing| differing == 0)
    }
}

impl PrefixList {
    /// # Errors
    /// If an entry can match nothing, or has lengths that no prefix has.
    pub(super) fn new(entries: &[PrefixMatch]) -> Result<Self, PolicyErrorKind> {
        entries.iter().try_for_each(PrefixMatch::check)?;
        let mut entries = entries.to_vec();
        entries.sort_unstable_by_key(|entry| entry.prefix);
        let mut list = Self::default();
        let (mut covering_v4, mut covering_v6) = (Vec::new(), Vec::new());
        for same in entries.chunk_by(|a, b| a.prefix == b.prefix) {
            let mut lengths = Lengths::default();
            for entry in same {
                let (least, greatest) = entry.lengths();
                lengths.add(least, greatest);
            }
            let prefix = same.first().map(|entry| entry.prefix);
            match prefix.map(|prefix| (prefix.addr(), prefix.length())) {
                Some((IpAddr::V4(addr), length)) => {
                    let key = V4::new(addr, length);
                    list.v4.push(key, lengths, &mut covering_v4);
                }
                Some((IpAddr::V6(addr), length)) => {
                    let key = V6(addr.to_bits(), length);
                    list.v6.push(key, lengths, &mut covering_v6);
                }
                None => {}
            }
        }
        list.v4.shrink();
        list.v6.shrink();
        Ok(list)
    }

    pub(super) fn matches(&self, prefix: Prefix) -> bool {
        match prefix.addr() {
            IpAddr::V4(addr) => self.v4.matches(V4::new(addr, prefix.length())),
            IpAddr::V6(addr) => self.v6.matches(V6(addr.to_bits(), prefix.length())),
        }
    }
}

impl<K: Key> List<K> {
    /// Appends the next in order; `covering` has those that cover the one
    /// before and itself, the longest last.
    fn push(&mut self, key: K, mut lengths: Lengths, covering: &mut Vec<usize>) {
        let covers = |at: &usize| self.keys.get(*at).is_some_and(|of| of.covers(key));
        while covering.pop_if(|at| !covers(at)).is_some() {}
        let parent = covering.last().copied();
        if let Some(inherited) = parent.and_then(|at| self.nodes.get(at)) {
            lengths.below_128 |= inherited.lengths.below_128;
            lengths.has_128 |= inherited.lengths.has_128;
        }
        covering.push(self.keys.len());
        self.keys.push(key);
        self.nodes.push(Node { parent, lengths });
    }

    fn shrink(&mut self) {
        self.keys.shrink_to_fit();
        self.nodes.shrink_to_fit();
    }

    fn matches(&self, route: K) -> bool {
        let behind = self.keys.partition_point(|key| *key <= route);
        let mut at = behind.checked_sub(1);
        while let Some(index) = at {
            let found = self.keys.get(index).zip(self.nodes.get(index));
            let Some((key, node)) = found else { break };
            if key.covers(route) {
                return node.lengths.contains(route.length());
            }
            at = node.parent;
        }
        false
    }
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            nodes: Vec::new(),
        }
    }
}

impl Lengths {
    fn add(&mut self, least: u8, greatest: u8) {
        for length in least..=greatest {
            match 1_u128.checked_shl(u32::from(length)) {
                Some(bit) => self.below_128 |= bit,
                None => self.has_128 = true,
            }
        }
    }

    fn contains(self, length: u8) -> bool {
        match self.below_128.checked_shr(u32::from(length)) {
            Some(bits) => bits & 1 == 1,
            None => self.has_128,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(prefix: &str, ge: Option<u8>, le: Option<u8>) -> PrefixMatch {
        PrefixMatch {
            prefix: prefix.parse().unwrap(),
            ge,
            le,
        }
    }

    #[test]
    fn ge_and_le_bound_the_length() {
        for (ge, le, lengths) in [
            (None, None, 16..=16),
            (Some(24), None, 24..=32),
            (None, Some(24), 16..=24),
            (Some(20), Some(24), 20..=24),
        ] {
            let entry = entry("10.1.0.0/16", ge, le);
            let list = PrefixList::new(&[entry]).unwrap();
            for length in 8..=32 {
                let prefix = Prefix::new("10.1.0.0".parse().unwrap(), length).unwrap();
                let expected = lengths.contains(&length);
                assert_eq!(entry.matches(prefix), expected, "{prefix}");
                assert_eq!(list.matches(prefix), expected, "{prefix}");
            }
            let elsewhere = "10.2.0.0/24".parse().unwrap();
            assert!(!entry.matches(elsewhere) && !list.matches(elsewhere));
        }
    }

    #[test]
    fn what_covers_a_route_is_found_past_what_lies_between() {
        let list = PrefixList::new(&[
            entry("10.0.0.0/8", Some(24), None),
            entry("10.0.0.0/8", None, None),
            entry("10.1.0.0/16", None, None),
            entry("10.1.2.0/24", Some(30), None),
            entry("0.0.0.0/0", None, None),
            entry("::/0", Some(128), None),
        ])
        .unwrap();
        for (prefix, expected) in [
            ("0.0.0.0/0", true),
            ("10.0.0.0/8", true),
            ("10.0.0.0/9", false),
            ("10.1.0.0/16", true),
            ("10.1.1.0/24", true),
            ("10.1.2.0/24", true),
            ("10.1.2.0/29", true),
            ("10.1.2.0/23", false),
            ("10.200.0.0/16", false),
            ("10.200.0.0/24", true),
            ("11.0.0.0/24", false),
            ("::/0", false),
            ("2001:db8::1/128", true),
            ("2001:db8::/127", false),
        ] {
            let prefix = prefix.parse().unwrap();
            assert_eq!(list.matches(prefix), expected, "{prefix}");
        }
        assert!(
            !PrefixList::new(&[])
                .unwrap()
                .matches("::/0".parse().unwrap())
        );
    }
}

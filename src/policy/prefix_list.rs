use alloc::vec::Vec;

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

/// A prefix list that is asked by halving: as good as equally fast, however
/// long it is.
///
/// Prefixes are sorted, so that each comes behind those that cover it. What
/// covers a route is then the last prefix that is not behind the route, or one
/// that covers this one. Each has the lengths of those that cover it too, so the
/// first that covers the route answers for all.
#[derive(Clone, Debug)]
pub(super) struct PrefixList {
    /// Sorted, each once; on their own, since the search reads nothing else.
    prefixes: Vec<Prefix>,
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

impl PrefixList {
    /// # Errors
    /// If an entry can match nothing, or has lengths that no prefix has.
    pub(super) fn new(entries: &[PrefixMatch]) -> Result<Self, PolicyErrorKind> {
        entries.iter().try_for_each(PrefixMatch::check)?;
        let mut entries = entries.to_vec();
        entries.sort_unstable_by_key(|entry| entry.prefix);
        let mut list = Self {
            prefixes: Vec::new(),
            nodes: Vec::new(),
        };
        // Those that cover the one at hand, the longest last.
        let mut covering: Vec<usize> = Vec::new();
        for same in entries.chunk_by(|a, b| a.prefix == b.prefix) {
            let Some(prefix) = same.first().map(|entry| entry.prefix) else {
                continue;
            };
            let covers = |at: &usize| list.prefixes.get(*at).is_some_and(|of| of.covers(prefix));
            while covering.pop_if(|at| !covers(at)).is_some() {}
            let parent = covering.last().copied();
            let inherited = parent.and_then(|at| list.nodes.get(at));
            let mut lengths = inherited.map(|of| of.lengths).unwrap_or_default();
            for entry in same {
                let (least, greatest) = entry.lengths();
                lengths.add(least, greatest);
            }
            covering.push(list.prefixes.len());
            list.prefixes.push(prefix);
            list.nodes.push(Node { parent, lengths });
        }
        list.prefixes.shrink_to_fit();
        list.nodes.shrink_to_fit();
        Ok(list)
    }

    pub(super) fn matches(&self, prefix: Prefix) -> bool {
        let behind = self.prefixes.partition_point(|of| *of <= prefix);
        let mut at = behind.checked_sub(1);
        while let Some(index) = at {
            let found = self.prefixes.get(index).zip(self.nodes.get(index));
            let Some((of, node)) = found else { break };
            if of.covers(prefix) {
                return node.lengths.contains(prefix.length());
            }
            at = node.parent;
        }
        false
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

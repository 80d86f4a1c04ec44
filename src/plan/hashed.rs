//! What Calico makes of names by their SHA-256 hash.

use alloc::string::String;
use core::fmt::Write as _;

use sha2::{Digest as _, Sha256};

#[cfg(feature = "yaml")]
use crate::types::RouterId;

/// The BGP Identifier that Calico makes of a node's name with
/// `CALICO_ROUTER_ID=hash`: the first octets of its SHA-256, kept out of
/// multicast addresses.
///
/// ```
/// use bgpwright::plan::dialect::calico::hashed_router_id;
///
/// assert_eq!(hashed_router_id("kube-master").to_string(), "25.79.212.8");
/// ```
#[cfg(feature = "yaml")]
pub fn hashed_router_id(name: &str) -> RouterId {
    let [a, b, c, d] = first(name);
    let a = if a > 223 { a.wrapping_sub(32) } else { a };
    RouterId(u32::from_be_bytes([a, b, c, d]))
}

/// A filter's name as a part of BIRD's symbols, which are short: a long one is
/// cut, and told from others by its hash.
pub(super) fn symbol(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.into();
    }
    let mut symbol: String = name.chars().take(KEPT).collect();
    symbol.push('_');
    for octet in first::<8>(name) {
        let _ = write!(symbol, "{octet:02X}");
    }
    symbol
}

fn first<const N: usize>(name: &str) -> [u8; N] {
    let hash = Sha256::digest(name.as_bytes());
    let mut octets = [0; N];
    for (octet, of_hash) in octets.iter_mut().zip(hash) {
        *octet = of_hash;
    }
    octets
}

const LONGEST: usize = 45;
const KEPT: usize = 28;

#[cfg(test)]
mod tests {
    use super::symbol;

    #[test]
    fn long_names_are_cut_and_told_apart() {
        let short = "a".repeat(45);
        assert_eq!(symbol(&short), short);
        let (a, b) = (symbol(&"a".repeat(46)), symbol(&"a".repeat(47)));
        assert_eq!(a.len(), 45);
        assert!(a.starts_with(&"a".repeat(28)) && a.get(28..29) == Some("_"));
        assert_ne!(a, b);
    }
}

//! What has to hold for the octets of any NLRI.

use alloc::vec::Vec;
use core::fmt;

use super::Destination;
use crate::types::Family;

/// The octets decode to `value`, it encodes to them, and what is cut short is
/// refused at an octet that is there.
#[track_caller]
pub(super) fn agree(family: Family, octets: &[u8], value: &Destination) {
    let mut followed = octets.to_vec();
    followed.push(0xaa);
    assert_eq!(
        Destination::decode(family, &followed),
        Ok((value.clone(), [0xaa].as_slice()))
    );
    let mut out = Vec::new();
    value.encode(&mut out).unwrap();
    assert_eq!(out, octets, "{value}");
    assert!(value.fits(family));
    for end in 0..octets.len() {
        let at = Destination::decode(family, &octets[..end]).unwrap_err();
        assert!(at < end.max(1), "{end} octets, {at}");
    }
}

/// The octets are refused for what is at `at`.
#[track_caller]
pub(super) fn refused(family: Family, octets: &[u8], at: usize) {
    assert_eq!(Destination::decode(family, octets), Err(at));
}

/// The value is not written.
#[track_caller]
pub(super) fn unwritable(value: impl Into<Destination> + fmt::Debug) {
    let value = value.into();
    assert!(value.encode(&mut Vec::new()).is_err(), "{value:?}");
}

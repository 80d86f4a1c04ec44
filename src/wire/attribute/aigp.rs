use core::{fmt, iter};

use super::tlv::{check_all, checked_octets};

checked_octets! {
    /// AIGP: the metric summed up along the way (RFC 7311 §3).
    Aigp, AIGP
}

const METRIC: u8 = 1;

impl Aigp {
    /// One of this metric; `u64::MAX` is none that may be sent (RFC 7311 §3.2).
    pub fn new(metric: u64) -> Self {
        let mut octets = alloc::vec::Vec::with_capacity(11);
        octets.extend_from_slice(&[METRIC, 0, 11]);
        octets.extend_from_slice(&metric.to_be_bytes());
        Self(octets.into())
    }

    /// The same with another metric, in the place of the one that counts;
    /// behind all others if there is none.
    #[must_use]
    pub fn with_metric(&self, metric: u64) -> Self {
        let new = Self::new(metric);
        let mut octets = alloc::vec::Vec::with_capacity(self.octets().len().saturating_add(11));
        let mut rest = self.octets();
        let mut is_set = false;
        while let Some((kind, value, next)) = front(rest) {
            let tlv = rest.len().saturating_sub(next.len());
            let is_metric = kind == METRIC && value.len() == 8 && !is_set;
            let kept = rest.get(..tlv).unwrap_or_default();
            octets.extend_from_slice(if is_metric { new.octets() } else { kept });
            is_set |= is_metric;
            rest = next;
        }
        if !is_set {
            octets.extend_from_slice(new.octets());
        }
        Self(octets.into())
    }

    /// The metric that counts: the first one.
    pub fn metric(&self) -> Option<u64> {
        Self::metric_in(self.octets())
    }

    /// The metric that counts in an attribute's value, which stays where it is.
    pub(crate) fn metric_in(value: &[u8]) -> Option<u64> {
        tlvs(value).find_map(metric)
    }

    /// Each TLV's type and value.
    pub fn tlvs(&self) -> impl Iterator<Item = (u8, &[u8])> {
        tlvs(self.octets())
    }
}

fn tlvs(mut octets: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    iter::from_fn(move || {
        let (kind, value, rest) = front(octets)?;
        octets = rest;
        Some((kind, value))
    })
}

fn metric((kind, value): (u8, &[u8])) -> Option<u64> {
    let octets = value.try_into().ok().filter(|_| kind == METRIC)?;
    Some(u64::from_be_bytes(octets))
}

/// The length counts its own octets and the type's, so the least is 3.
fn front(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let ([kind, high, low], _) = octets.split_first_chunk()?;
    let length = u16::from_be_bytes([*high, *low]);
    let (tlv, rest) = octets.split_at_checked(usize::from(length))?;
    Some((*kind, tlv.get(3..)?, rest))
}

/// RFC 7311 §3 and §3.2.
pub(super) fn check(value: &[u8]) -> Result<(), usize> {
    check_all(value, 0, front, |kind, value, at| {
        if kind == METRIC && value.len() != 8 {
            return Err(at);
        }
        Ok(())
    })?;
    let mut rest = value;
    while let Some((kind, tlv, next)) = front(rest) {
        if let Some(metric) = metric((kind, tlv)) {
            let at = value.len().saturating_sub(rest.len()).saturating_add(3);
            return if metric == u64::MAX { Err(at) } else { Ok(()) };
        }
        rest = next;
    }
    Ok(())
}

impl fmt::Display for Aigp {
    /// As `metric 10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.metric() {
            Some(metric) => write!(f, "metric {metric}"),
            None => f.write_str("no metric"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString, vec::Vec};

    use super::*;

    #[test]
    fn the_first_metric_counts_and_all_tlvs_are_kept() {
        let value = [
            7, 0, 3, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10, 1, 0, 11, 255, 255, 255, 255, 255, 255,
            255, 255,
        ];
        let aigp = Aigp::decode(&value).unwrap();
        assert_eq!(aigp.to_string(), "metric 10");
        assert_eq!(aigp.tlvs().count(), 3);
        let mut out = Vec::new();
        aigp.encode(&mut out).unwrap();
        assert_eq!(out, value);
        for end in 0..value.len() {
            let whole = [0, 3, 14].contains(&end);
            assert_eq!(Aigp::decode(&value[..end]).is_ok(), whole);
        }
    }

    #[test]
    fn another_metric_takes_the_place_of_the_one_that_counts() {
        let value = [7, 0, 3, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 10, 8, 0, 3];
        let aigp = Aigp::decode(&value).unwrap().with_metric(258);
        let expected = [7, 0, 3, 1, 0, 11, 0, 0, 0, 0, 0, 0, 1, 2, 8, 0, 3];
        assert_eq!(aigp.octets(), expected);
        let none = Aigp::decode(&[7, 0, 3]).unwrap();
        assert_eq!(none.with_metric(5).metric(), Some(5));
        assert_eq!(none.with_metric(5).tlvs().count(), 2);
    }

    #[test]
    fn a_bad_length_and_the_greatest_metric_are_wrong() {
        assert_eq!(Aigp::decode(&[1, 0, 3]), Err(3));
        assert_eq!(Aigp::decode(&[9, 0, 0, 9, 0, 0]), Err(0));
        assert_eq!(Aigp::decode(&[9, 0, 3, 9, 0, 9]), Err(3));
        let most = [1, 0, 11, 255, 255, 255, 255, 255, 255, 255, 255];
        assert_eq!(Aigp::decode(&most), Err(3));
    }
}

//! What a line ends with: the attributes of an announced route.

use core::{fmt, net::IpAddr};

use bgpwright::{
    types::{AsPath, Asn, Community, NextHop, SegmentKind},
    wire::{Aggregator, AttributeCode, AttributeSet, Origin, UpdateView},
};

/// What the end of an announced route's line is made of.
pub(crate) struct End<'a> {
    pub(crate) set: &'a AttributeSet,
    /// The attributes as they came, for what was refused.
    pub(crate) view: UpdateView<'a>,
    pub(crate) four_octet_as: bool,
    pub(crate) next_hop: Option<NextHop>,
    /// Between MED and the communities.
    pub(crate) bar: &'a str,
}

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { set, bar, .. } = self;
        f.write_str("|")?;
        let refused = || {
            let value = self.value(AttributeCode::AS_PATH)?;
            path(value, self.four_octet_as)
        };
        if let Some(path) = set.as_path.clone().or_else(refused) {
            fmt::Display::fmt(&path, f)?;
        }
        let origin = match set.origin {
            Some(Origin::Igp) => "IGP",
            Some(Origin::Egp) => "EGP",
            _ => "INCOMPLETE",
        };
        let next_hop = self
            .next_hop
            .map_or_else(|| IpAddr::from([255; 4]), NextHop::addr);
        let next_hop = Address(next_hop);
        let local_pref = set.local_pref.unwrap_or(0);
        let med = set.med.unwrap_or(0);
        write!(f, "|{origin}|{next_hop}|{local_pref}|{med}{bar}")?;
        for (i, community) in set.communities.iter().enumerate() {
            f.write_str(if i > 0 { " " } else { "" })?;
            match *community {
                Community::NO_EXPORT => f.write_str("no-export")?,
                Community::NO_ADVERTISE => f.write_str("no-advertise")?,
                Community::NO_EXPORT_SUBCONFED => f.write_str("local-AS")?,
                Community(number) => write!(f, "{}:{}", number >> 16, number & 0xffff)?,
            }
        }
        let refused = || {
            self.value(AttributeCode::AGGREGATOR)
                .and_then(aggregator_of)
        };
        f.write_str(if set.atomic_aggregate {
            "|AG|"
        } else {
            "|NAG|"
        })?;
        if let Some(aggregator) = set.aggregator.or_else(refused) {
            write!(f, "{} {}", aggregator.asn, aggregator.router_id)?;
        }
        f.write_str("|")
    }
}

impl<'a> End<'a> {
    /// The value of an attribute as it came.
    fn value(&self, code: AttributeCode) -> Option<&'a [u8]> {
        let mut attributes = self.view.attributes().filter_map(Result::ok);
        let found = attributes.find(|attribute| attribute.code == code);
        found.map(|attribute| attribute.value)
    }
}

/// A path that the codec refused, AS 0 and all, if its segments add up.
fn path(mut value: &[u8], four_octet_as: bool) -> Option<AsPath> {
    let width = if four_octet_as { 4 } else { 2 };
    let mut path = AsPath::empty();
    while let Some(([kind, count], rest)) = value.split_first_chunk() {
        let (asns, rest) = rest.split_at_checked(usize::from(*count) * width)?;
        path.push(
            SegmentKind::from_octet(*kind)?,
            asns.chunks_exact(width).map(asn),
        );
        value = rest;
    }
    value.is_empty().then_some(path)
}

/// An AGGREGATOR that the codec refused; its length says how wide its AS is.
fn aggregator_of(value: &[u8]) -> Option<Aggregator> {
    let (asn_octets, router_id) = value.split_last_chunk::<4>()?;
    let fits = matches!(asn_octets.len(), 2 | 4);
    fits.then(|| Aggregator {
        asn: asn(asn_octets),
        router_id: (*router_id).into(),
    })
}

pub(crate) fn asn(octets: &[u8]) -> Asn {
    let number = |number: u32, octet: &u8| number << 8 | u32::from(*octet);
    Asn(octets.iter().fold(0, number))
}

/// An address as `bgpdump` prints it: `::` stands even for a single group.
pub(crate) struct Address(pub(crate) IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IpAddr::V6(addr) = self.0 else {
            return fmt::Display::fmt(&self.0, f);
        };
        let groups = addr.segments();
        let has_run = groups.windows(2).any(|pair| pair == [0, 0]);
        let mut halves = groups.splitn(2, |group| *group == 0);
        let (Some(left), Some(right), false) = (halves.next(), halves.next(), has_run) else {
            return fmt::Display::fmt(&addr, f);
        };
        for (half, between) in [(left, "::"), (right, "")] {
            for (i, group) in half.iter().enumerate() {
                f.write_str(if i > 0 { ":" } else { "" })?;
                write!(f, "{group:x}")?;
            }
            f.write_str(between)?;
        }
        Ok(())
    }
}

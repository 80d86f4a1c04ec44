//! Routes of one's own: announced, and formed from others.

use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    rib::{Change, Marks, NetId, Refusal, RouteSource, TableId},
    speaker::{ConfigError, Speaker, parts::Order, turn::Work},
    time::Instant,
    types::{Afi, AsPath, Asn, Family, Prefix, SegmentKind},
    wire::{Aggregator, AttributeSet, Destination, Origin, PathId},
};

/// A less specific route in place of, or beside, the more specific ones that it
/// stands for (RFC 4271 §9.2.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Aggregate {
    /// What it leads to. It is announced while a best route to a more specific
    /// prefix is there.
    pub prefix: Prefix,
    /// Whether those are then told to nobody.
    pub summary_only: bool,
    /// Whether the ASes behind it are listed, as an AS_SET. Others may refuse
    /// the route for it (RFC 9774 §3), so it is for old networks only.
    pub as_set: bool,
    /// What else the route says of itself.
    pub attributes: AttributeSet,
}

/// Aggregates, and what goes into each.
#[derive(Debug, Default)]
pub(super) struct Aggregates(Vec<Formed>);

#[derive(Debug)]
struct Formed {
    of: Aggregate,
    /// The more specific routes, and the ASes of each where they matter.
    parts: BTreeMap<NetId, Vec<Asn>>,
    table: TableId,
}

impl Aggregates {
    /// Whether a prefix is in one that is told in its place.
    pub(super) fn suppresses(&self, prefix: Prefix) -> bool {
        self.0.iter().any(|formed| {
            let of = &formed.of;
            let inside = of.prefix.covers(prefix) && of.prefix != prefix;
            of.summary_only && inside && !formed.parts.is_empty()
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn covers(&self, prefix: Prefix) -> bool {
        let inside = |of: &Aggregate| of.prefix.covers(prefix) && of.prefix != prefix;
        self.0.iter().any(|formed| inside(&formed.of))
    }
}

impl Speaker {
    /// Announces a route of our own, or changes it.
    ///
    /// Where `attributes` say nothing, a route originates here by IGP, with an
    /// empty AS path, and our address on each session is its next hop.
    pub fn announce(&mut self, now: Instant, prefix: Prefix, attributes: AttributeSet) {
        let (family, to) = (prefix.family(), Destination::Prefix(prefix));
        self.announce_marked(now, (family, &to), attributes, &Marks::default());
    }

    /// As [`Speaker::announce`], in any family, and with what is to be known of
    /// the route here alone: a weight, by which routes that an embedder
    /// redistributes are preferred to learned ones or not, and a tag for
    /// policies.
    pub fn announce_marked(
        &mut self,
        now: Instant,
        (family, to): (Family, &Destination),
        mut attributes: AttributeSet,
        marks: &Marks,
    ) {
        self.advance(now);
        if let Some(part) = self.elsewhere(to) {
            let route = Box::new((to.clone(), attributes, marks.clone()));
            self.tell_part(part, Order::Announce(family, route));
            return;
        }
        attributes.origin.get_or_insert(Origin::Igp);
        attributes.as_path.get_or_insert_default();
        let mut marks = marks.clone();
        if crate::rib::net::key(to) != *to {
            marks.nlri = super::import::octets(family, to);
        }
        let handle = self.rib.intern(&attributes, &marks);
        let table = self.rib.table(family);
        let local = RouteSource::Local;
        let change = self.rib.insert_any(local, (table, to), None, &handle, None);
        self.rib.release(handle);
        self.note(change);
    }

    /// Withdraws a route of our own. Does nothing if there is none.
    pub fn withdraw(&mut self, now: Instant, prefix: Prefix) {
        self.withdraw_any(now, (prefix.family(), &Destination::Prefix(prefix)));
    }

    /// As [`Speaker::withdraw`], in any family.
    pub fn withdraw_any(&mut self, now: Instant, (family, to): (Family, &Destination)) {
        self.advance(now);
        if let Some(part) = self.elsewhere(to) {
            let order = Order::Withdraw(family, Box::new(to.clone()));
            self.tell_part(part, order);
            return;
        }
        let table = self.rib.table(family);
        let change = self.rib.remove_any(RouteSource::Local, (table, to), None);
        self.note(change);
    }

    /// States which aggregates are formed, in place of what was stated before.
    /// What they are formed from is looked for in slices.
    ///
    /// # Errors
    /// If the speaker is [divided](Speaker::divided): no part sees all that an
    /// aggregate is formed from.
    pub fn set_aggregates(
        &mut self,
        now: Instant,
        aggregates: Vec<Aggregate>,
    ) -> Result<(), ConfigError> {
        self.advance(now);
        if self.parts.is_divided() && !aggregates.is_empty() {
            return Err(ConfigError::Divided("aggregates"));
        }
        for formed in core::mem::take(&mut self.aggregates.0) {
            self.withdraw(now, formed.of.prefix);
        }
        let mut all = Vec::new();
        for of in aggregates {
            let table = self.rib.table(of.prefix.family());
            all.push(Formed {
                of,
                parts: BTreeMap::new(),
                table,
            });
            self.work.push_back(Work::Aggregate { table, cursor: 0 });
        }
        self.aggregates = Aggregates(all);
        self.review_groups();
        Ok(())
    }

    /// There is a default route for neighbours that are told of one whatever we
    /// have.
    pub(super) fn originate_default(&mut self, family: Family) {
        let any = match family.afi {
            Afi::IPV4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            _ => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let Ok(prefix) = Prefix::new(any, 0) else {
            return;
        };
        if !self.parts.keeps(prefix) {
            return;
        }
        let attributes = AttributeSet {
            origin: Some(Origin::Igp),
            as_path: Some(AsPath::empty()),
            ..AttributeSet::default()
        };
        let handle = self.rib.intern(&attributes, &Marks::default());
        let table = self.rib.table(family);
        // Apart from one that the embedder announces.
        let (path_id, refused) = (Some(PathId(u32::MAX)), Some(Refusal::DefaultOriginate));
        let (local, to) = (RouteSource::Local, (table, prefix));
        let change = self.rib.insert(local, to, path_id, &handle, refused);
        self.rib.release(handle);
        self.note(change);
    }

    /// A best route is another: aggregates may come, go, or list other ASes.
    pub(super) fn aggregate(&mut self, change: Change) {
        if self.aggregates.0.is_empty() {
            return;
        }
        let Some(prefix) = self.rib.prefix(change) else {
            return;
        };
        if !self.aggregates.covers(prefix) {
            return;
        }
        let best = self.rib.chosen(change.table, change.net);
        let asns = best.map(|best| {
            let path = self.rib.set(best.set).0.as_path;
            path.map_or_else(Vec::new, |path| path.asns().collect())
        });
        let mut forms = Vec::new();
        for formed in &mut self.aggregates.0 {
            let of = &formed.of;
            if formed.table != change.table || !of.prefix.covers(prefix) || of.prefix == prefix {
                continue;
            }
            let was = !formed.parts.is_empty();
            let differs = match &asns {
                Some(asns) => {
                    let asns = if of.as_set { asns.clone() } else { Vec::new() };
                    let old = formed.parts.insert(change.net, asns.clone());
                    old.is_none_or(|old| old != asns) && of.as_set
                }
                None => formed.parts.remove(&change.net).is_some() && of.as_set,
            };
            let is = !formed.parts.is_empty();
            if was != is {
                forms.push((of.prefix, is.then(|| formed.attributes(&self.config))));
                // Those inside are told, or are told no more.
                self.suppression |= of.summary_only;
            } else if differs {
                forms.push((of.prefix, Some(formed.attributes(&self.config))));
            }
        }
        for (prefix, attributes) in forms {
            match attributes {
                Some(attributes) => self.announce(self.now, prefix, attributes),
                None => self.withdraw(self.now, prefix),
            }
        }
        if core::mem::take(&mut self.suppression) {
            self.review_groups();
        }
    }

    /// What everybody is told is looked at again.
    pub(super) fn review_groups(&mut self) {
        for (at, group) in &mut self.groups {
            group.review();
            self.busy.insert(*at);
        }
    }
}

impl Formed {
    /// RFC 4271 §9.2.2.2: the path begins here, and says that it leaves
    /// something out unless it lists who is behind it.
    fn attributes(&self, config: &super::Config) -> AttributeSet {
        let mut attributes = self.of.attributes.clone();
        let mut asns: Vec<Asn> = self.parts.values().flatten().copied().collect();
        asns.sort_unstable();
        asns.dedup();
        let mut path = AsPath::empty();
        if self.of.as_set {
            path.push(SegmentKind::Set, asns);
        } else {
            attributes.atomic_aggregate = true;
        }
        attributes.as_path = Some(path);
        attributes.aggregator = Some(Aggregator {
            asn: config.asn,
            router_id: Ipv4Addr::from(config.router_id.0),
        });
        attributes
    }
}

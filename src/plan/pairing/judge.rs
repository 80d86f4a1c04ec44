//! Finds each end's other end, and judges the two.

use alloc::{collections::BTreeMap, format, string::ToString, vec::Vec};
use core::net::IpAddr;

use super::{BGP_PORT, EndRef, PlannedRouter, Session, Verdict};
use crate::{
    plan::{
        end::SessionEnd,
        finding::{Cause, Code, Finding},
        inventory::{Inventory, NeighborAs},
        terms::{self, Fact, Own},
    },
    types::Asn,
};

/// A router, its address and a neighbour's.
type Key = (usize, IpAddr, IpAddr);

/// The work of pairing.
pub(super) struct Pairing<'a> {
    inventory: &'a Inventory,
    routers: &'a [PlannedRouter],
    owners: BTreeMap<IpAddr, usize>,
    /// Ends by router and both addresses, in their order; sorted.
    groups: Vec<(Key, usize)>,
    /// Of the groups' first ends: whether it has been paired.
    paired: Vec<bool>,
    findings: &'a mut Vec<Finding>,
    /// Ends by neighbours that nobody has.
    unknown: BTreeMap<IpAddr, Vec<EndRef>>,
}

impl<'a> Pairing<'a> {
    pub(super) fn new(
        inventory: &'a Inventory,
        routers: &'a [PlannedRouter],
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        let (mut owners, mut groups) = (BTreeMap::new(), Vec::new());
        for (index, router) in routers.iter().enumerate() {
            for interface in &router.addresses {
                owners.entry(interface.addr).or_insert(index);
            }
            for (number, end) in router.ends.iter().enumerate() {
                groups.push(((index, end.local, end.neighbor), number));
            }
        }
        groups.sort_unstable();
        Self {
            inventory,
            routers,
            owners,
            paired: alloc::vec![false; groups.len()],
            groups,
            findings,
            unknown: BTreeMap::new(),
        }
    }

    pub(super) fn sessions(mut self) -> Vec<Session> {
        let mut sessions = Vec::new();
        for (router, planned) in self.routers.iter().enumerate() {
            for end in &planned.ends {
                let near = self.take((router, end.local, end.neighbor));
                if near.is_empty() {
                    continue;
                }
                let owner = self.owners.get(&end.neighbor).copied();
                let far = owner.map(|owner| self.take((owner, end.neighbor, end.local)));
                self.pair(owner, &near, &far.unwrap_or_default(), &mut sessions);
            }
        }
        self.tell_unknown();
        sessions
    }

    /// The ends between two addresses at one router, if they have not been taken
    /// before.
    fn take(&mut self, key: Key) -> Vec<EndRef> {
        let start = self.groups.partition_point(|(of, _)| *of < key);
        let mut ends = Vec::new();
        match self.paired.get_mut(start) {
            Some(paired) if !*paired => *paired = true,
            _ => return ends,
        }
        let group = self.groups.iter().skip(start);
        let group = group.take_while(|(of, _)| *of == key);
        ends.extend(group.map(|(of, end)| EndRef {
            router: of.0,
            end: *end,
        }));
        if ends.is_empty() {
            // That was another group's first end.
            if let Some(paired) = self.paired.get_mut(start) {
                *paired = false;
            }
        }
        ends
    }

    /// Pairs all ends between two addresses.
    fn pair(
        &mut self,
        owner: Option<usize>,
        near: &[EndRef],
        far: &[EndRef],
        sessions: &mut Vec<Session>,
    ) {
        let (Some(&a), b) = (near.first(), far.first().copied()) else {
            return;
        };
        let verdict = match (owner, b) {
            (None, _) => {
                self.unknown(a);
                Verdict::UnknownRemote
            }
            (Some(owner), None) => {
                for end in near {
                    self.half_open(*end, owner);
                }
                Verdict::HalfOpen
            }
            (Some(_), Some(b)) => self.judge(a, b),
        };
        sessions.push(Session { a, b, verdict });
        for side in [near, far] {
            self.side(side);
            sessions.extend(side.iter().skip(1).map(|&a| Session {
                a,
                b: None,
                verdict: Verdict::Duplicate,
            }));
        }
        if let Some(b) = b {
            let crossing = near.iter().map(|end| (*end, b));
            for (x, y) in crossing.chain(far.iter().map(|end| (*end, a))) {
                self.mismatches(x, y);
            }
        }
    }

    /// What shows on one side alone.
    fn side(&mut self, side: &[EndRef]) {
        let ends: Vec<_> = side.iter().filter_map(|end| self.get(*end)).collect();
        let Some((router, first)) = ends.first() else {
            return;
        };
        let subjects = || Vec::from([router.name.clone(), first.neighbor.to_string()]);
        // Elsewhere none is any.
        let none =
            |end: &SessionEnd| end.remote_as == Asn::ZERO && end.neighbor_as == NeighborAs::Exactly;
        if ends.iter().any(|(_, end)| none(end)) {
            let message = format!(
                "{:?} has no AS for its neighbour {}: Calico's BIRD refuses its whole \
                 configuration",
                router.name, first.neighbor
            );
            let causes = ends.iter().filter(|(_, end)| none(end));
            let causes = causes.map(|(router, end)| self.cause(router, end, Fact::NeighborAs));
            let finding = Finding::new(Code::RemoteAsZero, subjects(), message).because(causes);
            self.findings.push(finding);
        }
        if ends.len() > 1 {
            let names: Vec<_> = ends.iter().map(|(_, end)| end.protocol_name()).collect();
            let message = format!(
                "{:?} has {} sessions towards {}, and only the first comes up: {}",
                router.name,
                names.len(),
                first.neighbor,
                names.join(", ")
            );
            let causes = ends.iter().rev();
            let causes = causes.map(|(router, end)| self.cause(router, end, Fact::Neighbor));
            let finding = Finding::new(Code::DuplicateNeighbor, subjects(), message);
            self.findings.push(finding.because(causes));
        }
    }

    fn judge(&mut self, a: EndRef, b: EndRef) -> Verdict {
        let (Some((near, x)), Some((far, y))) = (self.get(a), self.get(b)) else {
            return Verdict::HalfOpen;
        };
        if !x.takes(y.local_as) || !y.takes(x.local_as) {
            Verdict::AsMismatch
        } else if x.passive && y.passive {
            let subjects = Vec::from([near.name.clone(), far.name.clone()]);
            let message = format!("{:?} and {:?} both wait to be dialled", near.name, far.name);
            let causes = [(near, x), (far, y)];
            let causes = causes.map(|(router, end)| self.cause(router, end, Fact::Reverse));
            let finding = Finding::new(Code::BothPassive, subjects, message);
            self.findings.push(finding.because(causes));
            Verdict::BothPassive
        } else if !dials(x, far) && !dials(y, near) {
            Verdict::PortMismatch
        } else {
            Verdict::Established
        }
    }

    /// What one end gets wrong about the other.
    fn mismatches(&mut self, x: EndRef, y: EndRef) {
        let (Some((near, x)), Some((far, y))) = (self.get(x), self.get(y)) else {
            return;
        };
        let subjects = || Vec::from([near.name.clone(), far.name.clone()]);
        if !x.takes(y.local_as) {
            let expected = match x.neighbor_as {
                NeighborAs::External => "another AS than its own".into(),
                _ => format!("AS {}", x.remote_as),
            };
            let message = format!(
                "{:?} expects {expected} of {:?} at {}, which uses AS {}",
                near.name, far.name, x.neighbor, y.local_as
            );
            let causes = [
                self.cause(near, x, Fact::NeighborAs),
                self.cause(far, y, Fact::SessionAs),
                terms::of_router(self.inventory, far, Own::As),
            ];
            let finding = Finding::new(Code::AsMismatch, subjects(), message).because(causes);
            self.findings.push(finding);
        }
        self.protection((near, x), (far, y));
        let port = x.port.unwrap_or(BGP_PORT);
        if port != far.listen_port {
            let message = format!(
                "{:?} dials {:?} at port {port}, which listens on {}",
                near.name, far.name, far.listen_port
            );
            let causes = [
                self.cause(near, x, Fact::NeighborPort),
                terms::of_router(self.inventory, far, Own::Port),
            ];
            let finding = Finding::new(Code::PortMismatch, subjects(), message).because(causes);
            self.findings.push(finding);
        }
    }

    /// Passwords and TTL security that one end has and the other has not.
    fn protection(
        &mut self,
        (near, x): (&PlannedRouter, &SessionEnd),
        (far, y): (&PlannedRouter, &SessionEnd),
    ) {
        let subjects = || Vec::from([near.name.clone(), far.name.clone()]);
        let same_place = near.in_cluster && far.in_cluster;
        let wrong = match (&x.password, &y.password) {
            (Some(_), None) => Some("and that has none for it"),
            (Some(a), Some(b)) if same_place && a != b && near.name < far.name => {
                Some("and that has another for it")
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            let message = format!(
                "{:?} has a password for {:?} at {}, {wrong}",
                near.name, far.name, x.neighbor
            );
            let causes = [
                self.cause(near, x, Fact::Password),
                self.cause(far, y, Fact::Password),
            ];
            let finding = Finding::new(Code::PasswordMismatch, subjects(), message);
            self.findings.push(finding.because(causes));
        }
        if x.ttl_security.is_some() && y.ttl_security.is_none() {
            let message = format!(
                "{:?} takes only TTLs that show at most {} hops from {:?} at {}, which does not \
                 send such",
                near.name,
                x.ttl_security.unwrap_or_default(),
                far.name,
                x.neighbor
            );
            let causes = [
                self.cause(far, y, Fact::Ttl),
                self.cause(near, x, Fact::Ttl),
            ];
            let finding = Finding::new(Code::TtlMismatch, subjects(), message);
            self.findings.push(finding.because(causes));
        }
    }

    fn half_open(&mut self, end: EndRef, owner: usize) {
        let (Some((router, end)), Some(far)) = (self.get(end), self.routers.get(owner)) else {
            return;
        };
        let subjects = Vec::from([router.name.clone(), far.name.clone()]);
        let message = format!(
            "{:?} wants a session with {:?} at {} ({}), which has none with {}",
            router.name,
            far.name,
            end.neighbor,
            end.protocol_name(),
            end.local
        );
        let cause = self.cause(router, end, Fact::Neighbor);
        let finding = Finding::new(Code::HalfOpen, subjects, message).because([cause]);
        self.findings.push(finding);
    }

    /// Notes a neighbour that nobody has; told of once all are known.
    fn unknown(&mut self, end: EndRef) {
        if let Some((_, of)) = self.get(end) {
            self.unknown.entry(of.neighbor).or_default().push(end);
        }
    }

    /// One finding a neighbour, however many want it.
    fn tell_unknown(&mut self) {
        for (neighbor, ends) in core::mem::take(&mut self.unknown) {
            let of: Vec<_> = ends.iter().filter_map(|end| self.get(*end)).collect();
            let Some((router, _)) = of.first() else {
                continue;
            };
            let who = match of.len() {
                1 => format!("{:?} wants a session", router.name),
                count => format!("{count} routers, as {:?}, want sessions", router.name),
            };
            let message = format!(
                "{who} with {neighbor}, which no known router has: describe it in a fabric file"
            );
            let subjects = Vec::from([router.name.clone(), neighbor.to_string()]);
            let causes = of.iter();
            let causes = causes.map(|(router, end)| self.cause(router, end, Fact::Neighbor));
            let finding = Finding::new(Code::UnknownRemote, subjects, message).because(causes);
            self.findings.push(finding);
        }
    }

    fn cause(&self, router: &PlannedRouter, end: &SessionEnd, fact: Fact) -> Cause {
        terms::of_end(self.inventory, router, end, fact)
    }

    fn get(&self, end: EndRef) -> Option<(&'a PlannedRouter, &'a SessionEnd)> {
        let router = self.routers.get(end.router)?;
        Some((router, router.ends.get(end.end)?))
    }
}

fn dials(end: &SessionEnd, far: &PlannedRouter) -> bool {
    !end.passive && end.port.unwrap_or(BGP_PORT) == far.listen_port
}

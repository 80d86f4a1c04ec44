//! Finds each end's other end, and judges the two.

use alloc::{collections::BTreeMap, format, string::ToString, vec::Vec};
use core::net::IpAddr;

use super::{BGP_PORT, EndRef, PlannedRouter, Session, Verdict};
use crate::{
    plan::{
        end::SessionEnd,
        finding::{Code, Finding},
    },
    types::Asn,
};

/// The work of pairing.
pub(super) struct Pairing<'a> {
    routers: &'a [PlannedRouter],
    owners: BTreeMap<IpAddr, usize>,
    /// Ends by router and both addresses, in their order.
    groups: BTreeMap<(usize, IpAddr, IpAddr), Vec<usize>>,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Pairing<'a> {
    pub(super) fn new(routers: &'a [PlannedRouter], findings: &'a mut Vec<Finding>) -> Self {
        let (mut owners, mut groups) = (BTreeMap::new(), BTreeMap::new());
        for (index, router) in routers.iter().enumerate() {
            for interface in &router.addresses {
                owners.entry(interface.addr).or_insert(index);
            }
            for (number, end) in router.ends.iter().enumerate() {
                let group: &mut Vec<_> =
                    groups.entry((index, end.local, end.neighbor)).or_default();
                group.push(number);
            }
        }
        Self {
            routers,
            owners,
            groups,
            findings,
        }
    }

    pub(super) fn sessions(mut self) -> Vec<Session> {
        let mut sessions = Vec::new();
        let mut groups = core::mem::take(&mut self.groups);
        for (router, planned) in self.routers.iter().enumerate() {
            for end in &planned.ends {
                let Some(near) = groups.remove(&(router, end.local, end.neighbor)) else {
                    continue;
                };
                let owner = self.owners.get(&end.neighbor).copied();
                let far = owner.and_then(|owner| {
                    let ends = groups.remove(&(owner, end.neighbor, end.local))?;
                    Some(refs(owner, &ends))
                });
                let far = far.unwrap_or_default();
                self.pair(owner, &refs(router, &near), &far, &mut sessions);
            }
        }
        sessions
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
        if ends.iter().any(|(_, end)| end.remote_as == Asn::ZERO) {
            let message = format!(
                "{:?} has no AS for its neighbour {}: Calico's BIRD refuses its whole \
                 configuration",
                router.name, first.neighbor
            );
            self.findings
                .push(Finding::new(Code::RemoteAsZero, subjects(), message));
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
            self.findings
                .push(Finding::new(Code::DuplicateNeighbor, subjects(), message));
        }
    }

    fn judge(&mut self, a: EndRef, b: EndRef) -> Verdict {
        let (Some((near, x)), Some((far, y))) = (self.get(a), self.get(b)) else {
            return Verdict::HalfOpen;
        };
        if x.remote_as != y.local_as || y.remote_as != x.local_as {
            Verdict::AsMismatch
        } else if x.passive && y.passive {
            let subjects = Vec::from([near.name.clone(), far.name.clone()]);
            let message = format!("{:?} and {:?} both wait to be dialled", near.name, far.name);
            self.findings
                .push(Finding::new(Code::BothPassive, subjects, message));
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
        if x.remote_as != y.local_as {
            let message = format!(
                "{:?} expects AS {} of {:?} at {}, which uses AS {}",
                near.name, x.remote_as, far.name, x.neighbor, y.local_as
            );
            self.findings
                .push(Finding::new(Code::AsMismatch, subjects(), message));
        }
        let port = x.port.unwrap_or(BGP_PORT);
        if port != far.listen_port {
            let message = format!(
                "{:?} dials {:?} at port {port}, which listens on {}",
                near.name, far.name, far.listen_port
            );
            self.findings
                .push(Finding::new(Code::PortMismatch, subjects(), message));
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
        self.findings
            .push(Finding::new(Code::HalfOpen, subjects, message));
    }

    fn unknown(&mut self, end: EndRef) {
        let Some((router, end)) = self.get(end) else {
            return;
        };
        let subjects = Vec::from([router.name.clone(), end.neighbor.to_string()]);
        let message = format!(
            "{:?} wants a session with {}, which no known router has: describe it in a fabric file",
            router.name, end.neighbor
        );
        self.findings
            .push(Finding::new(Code::UnknownRemote, subjects, message));
    }

    fn get(&self, end: EndRef) -> Option<(&'a PlannedRouter, &'a SessionEnd)> {
        let router = self.routers.get(end.router)?;
        Some((router, router.ends.get(end.end)?))
    }
}

fn dials(end: &SessionEnd, far: &PlannedRouter) -> bool {
    !end.passive && end.port.unwrap_or(BGP_PORT) == far.listen_port
}

fn refs(router: usize, ends: &[usize]) -> Vec<EndRef> {
    ends.iter().map(|&end| EndRef { router, end }).collect()
}

//! How routes spread, round by round, until nobody has anything new to say.

use alloc::{collections::BTreeSet, vec, vec::Vec};
use core::net::IpAddr;

use super::{LoopRule, Passed, Side, Signalling, Transit, Without};
use crate::{
    speaker::NextHopMode,
    types::{Asn, ClusterId},
};

/// A path that a router is told of.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Path {
    /// Who originated the route.
    pub origin: usize,
    /// The ASes it went through, the nearest first.
    pub as_path: Vec<Asn>,
    /// Whether it came over iBGP.
    pub internal: bool,
    /// Its cluster list, the last reflector first.
    pub clusters: Vec<ClusterId>,
    /// Who told of it.
    pub from: usize,
    /// Over which session.
    pub session: usize,
    /// Whether who told of it is a client of who heard it.
    pub from_client: bool,
    /// Its next hop, where the ends' addresses were given.
    pub next_hop: Option<IpAddr>,
}

/// Who learns what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Visibility {
    /// Originators, and routers that do not learn their routes; in order.
    pub lost: Vec<(usize, usize)>,
    /// How many paths each router is told of, to all others' routes.
    pub paths: Vec<usize>,
    /// Originators whose routes find no rest: what is lost of theirs is not
    /// known.
    pub restless: Vec<usize>,
}

impl Signalling {
    /// Who learns what, with some taken away.
    pub fn visibility(&self, rule: LoopRule, without: &Without) -> Visibility {
        let all: Vec<usize> = (0..self.routers.len()).collect();
        self.visibility_of(&all, rule, without)
    }

    /// Who learns what some originate, with some taken away.
    pub fn visibility_of(
        &self,
        originators: &[usize],
        rule: LoopRule,
        without: &Without,
    ) -> Visibility {
        let mut found = Visibility {
            paths: vec![0; self.routers.len()],
            ..Visibility::default()
        };
        let there = |router: &usize| !without.routers.contains(router);
        for &originator in originators.iter().filter(|it| there(it)) {
            let Some(told) = self.spread(originator, (rule, Passed::Best), without) else {
                found.restless.push(originator);
                continue;
            };
            for router in (0..self.routers.len()).filter(there) {
                let told = told.get(router).map_or(0, Vec::len);
                if let Some(paths) = found.paths.get_mut(router) {
                    *paths = paths.saturating_add(told);
                }
                if told == 0 && router != originator {
                    found.lost.push((originator, router));
                }
            }
        }
        found
    }

    /// How many paths each router is told of to what one originates, if all is
    /// passed on or the best; `None` if there are more than `most` to one router,
    /// or it finds no rest.
    pub fn copies(
        &self,
        originator: usize,
        rule: LoopRule,
        passed: Passed,
        most: usize,
    ) -> Option<Vec<usize>> {
        let how = (rule, passed, most);
        let told = self.rounds(&[originator], how, &Without::default(), &|_, _| 0)?;
        Some(told.iter().map(Vec::len).collect())
    }

    /// What each router is told of one's route, once nobody has anything new to
    /// say; `None` if that does not come about.
    pub fn spread(
        &self,
        originator: usize,
        how: (LoopRule, Passed),
        without: &Without,
    ) -> Option<Vec<Vec<Path>>> {
        self.spread_all(&[originator], how, without)
    }

    /// As [`Signalling::spread`], of a route that several originate.
    pub fn spread_all(
        &self,
        originators: &[usize],
        how: (LoopRule, Passed),
        without: &Without,
    ) -> Option<Vec<Vec<Path>>> {
        self.spread_by(originators, how, without, &|_, _| 0)
    }

    /// As [`Signalling::spread_all`], with each router's cost of following a
    /// path: of paths that are equal before the IGP's cost is looked at
    /// (RFC 4271 §9.1.2.2 e), the one of lower cost is better.
    pub fn spread_by(
        &self,
        originators: &[usize],
        (rule, passed): (LoopRule, Passed),
        without: &Without,
        cost: &dyn Fn(usize, &Path) -> u64,
    ) -> Option<Vec<Vec<Path>>> {
        self.rounds(originators, (rule, passed, usize::MAX), without, cost)
    }

    /// Round by round, each router whose choice has changed tells its neighbours
    /// anew. `None` if there is no end to it, or more than `most` paths at one
    /// router.
    fn rounds(
        &self,
        originators: &[usize],
        (rule, passed, most): (LoopRule, Passed, usize),
        without: &Without,
        cost: &dyn Fn(usize, &Path) -> u64,
    ) -> Option<Vec<Vec<Path>>> {
        let mut told: Vec<Vec<Path>> = vec![Vec::new(); self.routers.len()];
        let mut chosen: Vec<Vec<Path>> = told.clone();
        let mut said = vec![false; self.routers.len()];
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        let mut out = Vec::new();
        for &originator in originators {
            self.pass_on((originator, originator), None, (rule, without), &mut out);
        }
        // A route that comes to rest has gone over every session by then.
        for _ in 0..=self.sessions.len().saturating_add(2) {
            for (to, path) in out.drain(..) {
                if let Some(told) = told.get_mut(to) {
                    told.push(path);
                    changed.insert(to);
                }
            }
            let mut anew: Vec<usize> = Vec::new();
            for router in core::mem::take(&mut changed) {
                let heard = told.get(router).map(Vec::as_slice).unwrap_or_default();
                if heard.len() > most {
                    return None;
                }
                if originators.contains(&router) {
                    continue;
                }
                let now: Vec<Path> = match passed {
                    Passed::All => heard.to_vec(),
                    Passed::Best => best(heard, |path| cost(router, path))
                        .cloned()
                        .into_iter()
                        .collect(),
                };
                if let Some(chosen) = chosen.get_mut(router).filter(|it| **it != now) {
                    *chosen = now;
                    anew.push(router);
                }
            }
            if anew.is_empty() {
                return Some(told);
            }
            // What such a router said before no longer holds.
            for &router in &anew {
                match said.get_mut(router) {
                    Some(said) if !*said => {
                        *said = true;
                        continue;
                    }
                    _ => {}
                }
                for &(number, first) in self.routers.get(router).map_or(&[][..], |it| &it.ends) {
                    let to = self.sessions.get(number).map(|it| it.seen_from(first).1);
                    let Some((to, heard)) = to.and_then(|to| Some((to, told.get_mut(to)?))) else {
                        continue;
                    };
                    let before = heard.len();
                    heard.retain(|path| path.session != number || path.from != router);
                    if heard.len() != before {
                        changed.insert(to);
                    }
                }
            }
            for &router in &anew {
                for one in chosen.get(router).into_iter().flatten() {
                    let who = (router, one.origin);
                    self.pass_on(who, Some(one), (rule, without), &mut out);
                }
            }
        }
        None
    }

    /// What a router tells its neighbours. Its own route, where it has heard
    /// none.
    fn pass_on(
        &self,
        (router, originator): (usize, usize),
        heard: Option<&Path>,
        (rule, without): (LoopRule, &Without),
        out: &mut Vec<(usize, Path)>,
    ) {
        let (Some(of), Some(route)) = (self.routers.get(router), self.routers.get(originator))
        else {
            return;
        };
        let transit = match of.of.transit {
            Transit::All => true,
            Transit::Cluster => route.of.in_cluster,
            Transit::Nothing => false,
        };
        if without.routers.contains(&router) || (heard.is_some() && !transit) {
            return;
        }
        let barred = |gate: Option<usize>| gate.is_some_and(|it| route.of.barred.contains(&it));
        let stays = heard.is_some_and(|heard| heard.internal && !heard.from_client);
        let ends = if stays { &of.down } else { &of.ends };
        for &(number, first) in ends {
            let Some(session) = self.sessions.get(number) else {
                continue;
            };
            let (near, to, far) = session.seen_from(first);
            let gone = without.sessions.contains(&number) || without.routers.contains(&to);
            let back = to == originator || heard.is_some_and(|heard| heard.from == to);
            if gone || back || barred(near.export) || barred(far.import) {
                continue;
            }
            let theirs = self.routers.get(to).and_then(|to| to.of.cluster);
            let told_of = if near.asn == far.asn {
                inside((of.of.cluster, near), heard, (theirs, far), rule)
            } else {
                outside(near, heard, far)
            };
            let Some((as_path, clusters)) = told_of else {
                continue;
            };
            let path = Path {
                origin: originator,
                as_path,
                internal: near.asn == far.asn,
                clusters,
                from: router,
                session: number,
                from_client: near.client,
                next_hop: next_hop(near, heard, far),
            };
            out.push((to, path));
        }
    }

    /// Routers, besides the originator, that hear of a path and can follow none,
    /// since its next hop is nowhere they know a way to; with one such next hop.
    /// `told` holds what each router is told of each one's route, all of them
    /// known.
    pub fn unresolved(&self, originator: usize, told: &[Vec<Vec<Path>>]) -> Vec<(usize, IpAddr)> {
        let mut found = Vec::new();
        let of = told.get(originator).map(Vec::as_slice).unwrap_or_default();
        for (router, paths) in of.iter().enumerate() {
            let hops = paths.iter().map(|path| path.next_hop);
            let mut first = None;
            let mut reached = paths.is_empty() || router == originator;
            for hop in hops {
                let Some(hop) = hop else {
                    reached = true;
                    break;
                };
                let mut seen = BTreeSet::from([originator]);
                if self.resolves((router, hop), told, &mut seen) {
                    reached = true;
                    break;
                }
                first = first.or(Some(hop));
            }
            if let (false, Some(hop)) = (reached, first) {
                found.push((router, hop));
            }
        }
        found
    }

    /// Whether a router knows a way to an address: directly, or by a route whose
    /// next hop it knows a way to. Routes in `seen` are being looked at already:
    /// a way by them leads to itself (RFC 4271 §9.1.2.1).
    fn resolves(
        &self,
        (router, hop): (usize, IpAddr),
        told: &[Vec<Vec<Path>>],
        seen: &mut BTreeSet<usize>,
    ) -> bool {
        let Some(own) = self.router(router) else {
            return false;
        };
        let Some(connected) = &own.connected else {
            return true;
        };
        if connected.iter().any(|net| net.contains(hop)) {
            return true;
        }
        for (other, of) in self.routers.iter().enumerate() {
            let covers = of.of.announces.iter().any(|net| net.contains(hop));
            if !covers || !seen.insert(other) {
                continue;
            }
            let paths = told.get(other).and_then(|told| told.get(router));
            for path in paths.map(Vec::as_slice).unwrap_or_default() {
                let by = path.next_hop;
                if by.is_none_or(|by| self.resolves((router, by), told, seen)) {
                    return true;
                }
            }
        }
        false
    }
}

/// The AS path and cluster list with which a route goes over an iBGP session,
/// if it does.
fn inside(
    (cluster, near): (Option<ClusterId>, Side),
    heard: Option<&Path>,
    (theirs, far): (Option<ClusterId>, Side),
    rule: LoopRule,
) -> Option<(Vec<Asn>, Vec<ClusterId>)> {
    let mut clusters = Vec::new();
    let mut as_path = Vec::new();
    if let Some(heard) = heard {
        as_path.clone_from(&heard.as_path);
        if heard.internal {
            if !heard.from_client && !far.client {
                return None;
            }
            let round = |own| heard.clusters.contains(&own);
            if rule == LoopRule::Bird16 && far.client && cluster.is_some_and(round) {
                return None;
            }
            clusters.extend(cluster);
            clusters.extend(&heard.clusters);
        }
    }
    let looks = rule == LoopRule::Rfc4456 || near.client;
    let round = looks && theirs.is_some_and(|own| clusters.contains(&own));
    (!round).then_some((as_path, clusters))
}

/// The AS path with which a route goes over an eBGP session, if it is taken
/// there (RFC 4271 §9.1.2).
fn outside(near: Side, heard: Option<&Path>, far: Side) -> Option<(Vec<Asn>, Vec<ClusterId>)> {
    let mut as_path = vec![near.asn];
    as_path.extend(heard.iter().flat_map(|heard| &heard.as_path));
    let own = as_path.iter().filter(|asn| **asn == far.asn).count();
    (own <= usize::from(far.allow_local_as)).then_some((as_path, Vec::new()))
}

/// The next hop that one end tells the other (RFC 4271 §5.1.3).
fn next_hop(near: Side, heard: Option<&Path>, far: Side) -> Option<IpAddr> {
    let Some(heard) = heard else {
        return near.address;
    };
    let own = match near.next_hop {
        NextHopMode::SelfForAll => true,
        NextHopMode::SelfForExternal => !heard.internal || near.asn != far.asn,
        NextHopMode::Unchanged => false,
        _ => near.asn != far.asn,
    };
    if own { near.address } else { heard.next_hop }
}

/// The path that a router takes of those it is told of.
pub(in crate::plan) fn best(told: &[Path], cost: impl Fn(&Path) -> u64) -> Option<&Path> {
    told.iter().min_by_key(|it| {
        (
            it.as_path.len(),
            it.internal,
            cost(it),
            it.clusters.len(),
            it.from,
            it.session,
        )
    })
}

//! Who learns what over iBGP, worked out and not simulated: a route goes up to
//! reflectors, over between them, and down to clients (RFC 4271 §9.2,
//! RFC 4456 §6).
//!
//! Every router originates a route of its own. Each keeps the best it hears of
//! another's and passes that on; shorter cluster lists are better, then lower
//! routers. Next hops, attributes and policies play no part.
//!
//! ```
//! use bgpwright::plan::{LoopRule, Signalling, Without};
//! use bgpwright::types::ClusterId;
//!
//! // A reflector with two clients.
//! let mut signalling = Signalling::default();
//! let reflector = signalling.add_router(Some(ClusterId(1)));
//! let clients = [signalling.add_router(None), signalling.add_router(None)];
//! for client in clients {
//!     signalling.add_session(reflector, client, (false, true));
//! }
//!
//! let all = signalling.visibility(LoopRule::Rfc4456, &Without::default());
//! assert!(all.lost.is_empty());
//! let without = Without::router(reflector);
//! let left = signalling.visibility(LoopRule::Rfc4456, &without);
//! assert_eq!(left.lost, [(clients[0], clients[1]), (clients[1], clients[0])]);
//! ```

use alloc::{collections::BTreeSet, vec, vec::Vec};

use crate::types::ClusterId;

/// Routers of one AS and the sessions between them, of one family.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Signalling {
    routers: Vec<Router>,
    sessions: Vec<Session>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct Router {
    cluster: Option<ClusterId>,
    /// The session, and whether this router is its first end.
    ends: Vec<(usize, bool)>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Session {
    ends: (usize, usize),
    /// Whether the first is a client of the second, and the other way round.
    clients: (bool, bool),
}

/// How a reflector knows a route that has come round (RFC 4456 §8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum LoopRule {
    /// It takes no route with its own id in the cluster list.
    Rfc4456,
    /// As BIRD 1.6, which Calico runs: it looks for its id on sessions with
    /// clients only, and there on the way out as well.
    Bird16,
}

/// What a router passes on of the paths that it hears of (RFC 7911).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Passed {
    /// The best one.
    #[default]
    Best,
    /// All of them, as BIRD does over sessions with ADD-PATH: Calico's have it.
    All,
}

/// What is taken away: a failure to look at.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Without {
    /// Routers that are gone, with their routes and sessions.
    pub routers: BTreeSet<usize>,
    /// Sessions that are gone, in the order in which they were added.
    pub sessions: BTreeSet<usize>,
}

impl Without {
    /// Without one router.
    pub fn router(router: usize) -> Self {
        Self {
            routers: BTreeSet::from([router]),
            ..Self::default()
        }
    }

    /// Without one session.
    pub fn session(session: usize) -> Self {
        Self {
            sessions: BTreeSet::from([session]),
            ..Self::default()
        }
    }
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
    /// Adds a router, with its cluster if it is a reflector. Its number.
    pub fn add_router(&mut self, cluster: Option<ClusterId>) -> usize {
        self.routers.push(Router {
            cluster,
            ends: Vec::new(),
        });
        self.routers.len().saturating_sub(1)
    }

    /// Adds a session. `clients`: whether `a` is a client of `b`, and `b` one of
    /// `a`; both where each is a reflector to the other. Its number.
    pub fn add_session(&mut self, a: usize, b: usize, clients: (bool, bool)) -> usize {
        let number = self.sessions.len();
        let ends = (a, b);
        self.sessions.push(Session { ends, clients });
        for (router, first) in [(a, true), (b, false)] {
            if let Some(router) = self.routers.get_mut(router) {
                router.ends.push((number, first));
            }
        }
        number
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many routers there are.
    pub fn routers(&self) -> usize {
        self.routers.len()
    }

    /// The cluster of a reflector.
    pub fn cluster(&self, router: usize) -> Option<ClusterId> {
        self.routers.get(router)?.cluster
    }

    /// All sessions, as they were added.
    pub(super) fn list(&self) -> impl Iterator<Item = (usize, usize, (bool, bool))> + '_ {
        let sessions = self.sessions.iter();
        sessions.map(|of| (of.ends.0, of.ends.1, of.clients))
    }

    /// A router's neighbours: whether each is its client, and it theirs.
    pub(super) fn sessions_of(
        &self,
        router: usize,
    ) -> impl Iterator<Item = (usize, bool, bool)> + '_ {
        let ends = self.routers.get(router).map(|it| it.ends.as_slice());
        let ends = ends.unwrap_or_default().iter();
        ends.filter_map(|(number, first)| Some(self.sessions.get(*number)?.seen_from(*first)))
    }

    /// Who learns what, with some taken away.
    pub fn visibility(&self, rule: LoopRule, without: &Without) -> Visibility {
        let mut found = Visibility {
            paths: vec![0; self.routers.len()],
            ..Visibility::default()
        };
        let there = |router: &usize| !without.routers.contains(router);
        for originator in (0..self.routers.len()).filter(there) {
            let told = self.spread(originator, (rule, Passed::Best), without);
            let Some(told) = told else {
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
        let told = self.spread(originator, (rule, passed), &Without::default())?;
        let copies: Vec<usize> = told.iter().map(Vec::len).collect();
        copies.iter().all(|count| *count <= most).then_some(copies)
    }

    /// What each router is told of one's route, once nobody has anything new to
    /// say; `None` if that does not come about.
    fn spread(
        &self,
        originator: usize,
        (rule, passed): (LoopRule, Passed),
        without: &Without,
    ) -> Option<Vec<Vec<Heard>>> {
        let mut told: Vec<Vec<Heard>> = vec![Vec::new(); self.routers.len()];
        // A route that comes to rest has gone over every session by then.
        for _ in 0..=self.sessions.len().saturating_add(2) {
            let mut next: Vec<Vec<Heard>> = vec![Vec::new(); self.routers.len()];
            for router in 0..self.routers.len() {
                let who = (router, originator);
                let heard = told.get(router).map(Vec::as_slice).unwrap_or_default();
                if router == originator {
                    self.pass_on(who, None, (rule, without), &mut next);
                } else if passed == Passed::All {
                    for one in heard {
                        self.pass_on(who, Some(one), (rule, without), &mut next);
                    }
                } else if let Some(one) = best(heard) {
                    self.pass_on(who, Some(one), (rule, without), &mut next);
                }
            }
            if next == told {
                return Some(told);
            }
            told = next;
        }
        None
    }

    /// What a router tells its neighbours. Its own route, where it has heard
    /// none.
    fn pass_on(
        &self,
        (router, originator): (usize, usize),
        heard: Option<&Heard>,
        (rule, without): (LoopRule, &Without),
        told: &mut [Vec<Heard>],
    ) {
        let Some(of) = self.routers.get(router) else {
            return;
        };
        for &(number, first) in &of.ends {
            let Some(session) = self.sessions.get(number) else {
                continue;
            };
            let (to, to_is_client, is_client_of_to) = session.seen_from(first);
            let gone = without.sessions.contains(&number)
                || without.routers.contains(&to)
                || without.routers.contains(&router);
            if gone || to == originator {
                continue;
            }
            let mut clusters = Vec::new();
            if let Some(heard) = heard {
                let stays = !heard.from_client && !to_is_client;
                if stays || heard.from == to {
                    continue;
                }
                let round = |own| heard.clusters.contains(&own);
                if rule == LoopRule::Bird16 && to_is_client && of.cluster.is_some_and(round) {
                    continue;
                }
                clusters.extend(of.cluster);
                clusters.extend(&heard.clusters);
            }
            let theirs = self.routers.get(to).and_then(|to| to.cluster);
            let looks = rule == LoopRule::Rfc4456 || is_client_of_to;
            if looks && theirs.is_some_and(|own| clusters.contains(&own)) {
                continue;
            }
            if let Some(told) = told.get_mut(to) {
                told.push(Heard {
                    clusters,
                    from: router,
                    session: number,
                    from_client: is_client_of_to,
                });
            }
        }
    }
}

impl Session {
    /// The other end, whether that is a client of this one, and whether this one
    /// is a client of that.
    fn seen_from(self, first: bool) -> (usize, bool, bool) {
        let ((a, b), (a_client, b_client)) = (self.ends, self.clients);
        if first {
            (b, b_client, a_client)
        } else {
            (a, a_client, b_client)
        }
    }
}

/// A path that a router is told of.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Heard {
    clusters: Vec<ClusterId>,
    from: usize,
    session: usize,
    /// Whether the teller is a client of who hears it.
    from_client: bool,
}

fn best(told: &[Heard]) -> Option<&Heard> {
    told.iter()
        .min_by_key(|it| (it.clusters.len(), it.from, it.session))
}

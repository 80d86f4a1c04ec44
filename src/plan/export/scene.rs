//! What pictures show: who stands where and in which group, and which sessions
//! are said together as one full mesh.

mod cliques;
mod ranks;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::{cmp::Ordering, fmt::Write as _, net::IpAddr};

use crate::{
    plan::{
        end::SessionEnd,
        pairing::{EndRef, Plan, PlannedRouter, Verdict},
    },
    types::PeerType,
};

/// By what a picture groups nodes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum GroupBy {
    /// By rack where a node has one, else by zone, else by AS where there are
    /// several.
    #[default]
    Auto,
    /// By rack.
    Rack,
    /// By zone.
    Zone,
    /// By AS.
    As,
    /// Not at all.
    Nothing,
}

/// Everybody and everything in a picture.
#[derive(Debug)]
pub(super) struct Scene<'p> {
    pub(super) plan: &'p Plan,
    /// The plan's routers in their order, then neighbours that nobody knows.
    pub(super) actors: Vec<Actor>,
    /// In the order of their names, numbers by value.
    pub(super) groups: Vec<Group>,
    pub(super) cliques: Vec<Clique>,
    /// The sessions that no clique has.
    pub(super) links: Vec<Link>,
}

/// A router, or a neighbour of which only the address is known.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) detail: String,
    pub(super) rank: Rank,
    /// Only nodes are in groups.
    pub(super) group: Option<usize>,
    pub(super) sessions: usize,
    /// How many of them stay down.
    pub(super) failed: usize,
}

/// How high somebody stands.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Rank {
    Node,
    /// A node that reflects.
    Reflector,
    /// A router outside, by how many sessions away from the nodes it is.
    Fabric(usize),
    /// The same of a neighbour that nobody knows.
    Outside(usize),
}

impl Rank {
    pub(super) const fn in_cluster(self) -> bool {
        matches!(self, Self::Node | Self::Reflector)
    }

    /// Rows of a picture, from the nodes up.
    pub(super) const fn tier(self) -> usize {
        match self {
            Self::Node | Self::Reflector => 0,
            Self::Fabric(tier) | Self::Outside(tier) => tier,
        }
    }
}

/// Nodes that belong together.
#[derive(Debug)]
pub(super) struct Group {
    /// What data attributes call it: `rack`, `zone` or `as`; empty where all
    /// nodes are one group.
    pub(super) kind: &'static str,
    pub(super) name: String,
    /// For people.
    pub(super) title: String,
    /// Nodes and reflectors.
    pub(super) members: Vec<usize>,
}

/// Actors that all peer with each other.
#[derive(Debug)]
pub(super) struct Clique {
    pub(super) members: Vec<usize>,
    /// How many sessions are up.
    pub(super) sessions: u64,
    /// How many of all are not, and in no [`Link`] either.
    pub(super) failed: u64,
    /// Those that the plan lists.
    pub(super) links: Vec<Link>,
}

/// A session between two actors; a reflector is the first of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) ends: (usize, usize),
    /// Index in [`Plan::sessions`].
    pub(super) session: usize,
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
}

impl Link {
    pub(super) const fn is_up(&self) -> bool {
        matches!(self.verdict, Verdict::Established)
    }
}

/// What kind of session.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// With a reflection client.
    Client,
    /// Other iBGP.
    Internal,
    /// eBGP.
    External,
}

impl Kind {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Internal => "internal",
            Self::External => "external",
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Client => "iBGP, reflector to client",
            Self::Internal => "iBGP",
            Self::External => "eBGP",
        }
    }
}

impl<'p> Scene<'p> {
    pub(super) fn new(plan: &'p Plan, group_by: GroupBy) -> Self {
        let mut strangers = BTreeMap::new();
        let mut links: Vec<Link> = Vec::new();
        for (session, planned) in plan.sessions.iter().enumerate() {
            let Some(end) = plan.end(planned.a) else {
                continue;
            };
            let far = planned.b.map_or_else(
                || {
                    let next = plan.routers.len().saturating_add(strangers.len());
                    *strangers.entry(end.neighbor).or_insert(next)
                },
                |b| b.router,
            );
            links.push(link(
                plan,
                (planned.a, end),
                (planned.b, far),
                (session, planned.verdict),
            ));
        }
        let mut actors: Vec<_> = plan.routers.iter().map(actor).collect();
        actors.extend(named(&strangers).into_iter().map(|address| Actor {
            name: address.to_string(),
            detail: "unknown".into(),
            rank: Rank::Outside(0),
            group: None,
            sessions: 0,
            failed: 0,
        }));
        for link in &links {
            for at in [link.ends.0, link.ends.1] {
                if let Some(actor) = actors.get_mut(at) {
                    actor.sessions = actor.sessions.saturating_add(1);
                    let down = usize::from(!link.is_up() && link.verdict != Verdict::UnknownRemote);
                    actor.failed = actor.failed.saturating_add(down);
                }
            }
        }
        for mesh in &plan.meshes {
            for at in &mesh.members {
                if let Some(actor) = actors.get_mut(*at) {
                    let others = mesh.members.len().saturating_sub(1);
                    actor.sessions = actor.sessions.saturating_add(others);
                }
            }
        }
        ranks::assign(&mut actors, plan, &links);
        let groups = groups(plan, &mut actors, group_by);
        let cliques = cliques::take(plan, &actors, &mut links);
        Self {
            plan,
            actors,
            groups,
            cliques,
            links,
        }
    }

    pub(super) fn actor(&self, at: usize) -> Option<&Actor> {
        self.actors.get(at)
    }

    pub(super) fn router(&self, at: usize) -> Option<&'p PlannedRouter> {
        self.plan.routers.get(at)
    }

    /// Everything about an actor, for whoever asks.
    pub(super) fn described(&self, at: usize) -> String {
        let Some(actor) = self.actor(at) else {
            return String::new();
        };
        let Some(router) = self.router(at) else {
            return format!("{}: a neighbour that nobody described", actor.name);
        };
        let mut text = format!(
            "{}: AS {}, router id {}",
            actor.name, router.asn, router.router_id
        );
        for address in &router.addresses {
            let _ = write!(text, ", {address}");
        }
        if let Some(cluster) = self.plan.cluster_of(at) {
            let _ = write!(text, ", reflects for cluster {cluster}");
        }
        for (kind, name) in &router.domains {
            let _ = write!(text, ", {kind} {name}");
        }
        let _ = write!(text, "; {}", count(actor.sessions, "session"));
        if actor.failed > 0 {
            let _ = write!(text, ", {} down", actor.failed);
        }
        text
    }
}

fn link(
    plan: &Plan,
    (a, end): (EndRef, &SessionEnd),
    (b, far): (Option<EndRef>, usize),
    (session, verdict): (usize, Verdict),
) -> Link {
    let other = b.and_then(|b| plan.end(b));
    let below = other.is_some_and(|other| other.reflector_client.is_some());
    let above = end.reflector_client.is_some();
    let kind = if above || below {
        Kind::Client
    } else if end.peer_type() == PeerType::External {
        Kind::External
    } else {
        Kind::Internal
    };
    let ends = if below && !above {
        (far, a.router)
    } else {
        (a.router, far)
    };
    Link {
        ends,
        session,
        kind,
        verdict,
    }
}

fn actor(router: &PlannedRouter) -> Actor {
    let address = router.addresses.first();
    Actor {
        name: router.name.clone(),
        detail: match address {
            Some(address) if router.in_cluster => address.addr.to_string(),
            _ => format!("AS {}", router.asn),
        },
        rank: Rank::Node,
        group: None,
        sessions: 0,
        failed: 0,
    }
}

fn named(strangers: &BTreeMap<IpAddr, usize>) -> Vec<IpAddr> {
    let mut by_place: Vec<_> = strangers.iter().map(|(addr, at)| (*at, *addr)).collect();
    by_place.sort_unstable();
    by_place.into_iter().map(|(_, addr)| addr).collect()
}

fn groups(plan: &Plan, actors: &mut [Actor], by: GroupBy) -> Vec<Group> {
    let nodes = || plan.routers.iter().filter(|router| router.in_cluster);
    let has = |kind: &str| nodes().any(|router| router.domains.contains_key(kind));
    let ases: BTreeSet<_> = nodes().map(|router| router.asn).collect();
    let kind = match by {
        GroupBy::Rack => "rack",
        GroupBy::Zone => "zone",
        GroupBy::As => "as",
        GroupBy::Auto if has("rack") => "rack",
        GroupBy::Auto if has("zone") => "zone",
        GroupBy::Auto if ases.len() > 1 => "as",
        GroupBy::Auto | GroupBy::Nothing => "",
    };
    let mut members: BTreeMap<Natural, Vec<usize>> = BTreeMap::new();
    for (at, router) in plan.routers.iter().enumerate().filter(|it| it.1.in_cluster) {
        let name = match kind {
            "" => String::new(),
            "as" => router.asn.to_string(),
            _ => router.domains.get(kind).cloned().unwrap_or_default(),
        };
        members.entry(Natural(name)).or_default().push(at);
    }
    let mut groups = Vec::new();
    for (Natural(name), members) in members {
        for at in &members {
            if let Some(actor) = actors.get_mut(*at) {
                actor.group = Some(groups.len());
            }
        }
        groups.push(Group {
            kind,
            title: title(plan, kind, &name, &members),
            name,
            members,
        });
    }
    groups
}

fn title(plan: &Plan, kind: &str, name: &str, members: &[usize]) -> String {
    let routers = members.iter().filter_map(|at| plan.routers.get(*at));
    let ases: BTreeSet<_> = routers.map(|router| router.asn).collect();
    let asn = match ases.first() {
        Some(asn) if ases.len() == 1 => format!("AS {asn}"),
        _ => format!("{} ASes", ases.len()),
    };
    match (kind, name) {
        ("" | "as", _) => asn,
        (kind, "") => format!("no {kind} · {asn}"),
        // Names often say what they name.
        (kind, name) if name.contains(kind) => format!("{name} · {asn}"),
        (kind, name) => format!("{kind} {name} · {asn}"),
    }
}

/// A number of things.
pub(super) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(number))
}

/// A number with its thousands apart.
pub(super) fn grouped(number: impl Copy + ToString) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A name, ordered as people do: `rack-2` before `rack-10`.
#[derive(Debug, Eq, PartialEq)]
struct Natural(String);

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (self.0.as_str(), other.0.as_str());
        loop {
            let ((word_a, number_a, rest_a), (word_b, number_b, rest_b)) = (part(a), part(b));
            let order = word_a
                .cmp(word_b)
                .then(number_a.len().cmp(&number_b.len()))
                .then(number_a.cmp(number_b));
            if order.is_ne() || (rest_a.is_empty() && rest_b.is_empty()) {
                return order.then_with(|| self.0.cmp(&other.0));
            }
            (a, b) = (rest_a, rest_b);
        }
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What stands before a number, the number without its zeros, and the rest.
fn part(text: &str) -> (&str, &str, &str) {
    let start = text.find(|c: char| c.is_ascii_digit());
    let (word, rest) = text
        .split_at_checked(start.unwrap_or(text.len()))
        .unwrap_or((text, ""));
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (number, rest) = rest
        .split_at_checked(end.unwrap_or(rest.len()))
        .unwrap_or((rest, ""));
    (word, number.trim_start_matches('0'), rest)
}

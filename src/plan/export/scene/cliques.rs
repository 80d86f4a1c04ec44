//! Sessions that are said together, since all have one with all.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{Actor, Clique, Link};
use crate::plan::{
    end::Origin,
    pairing::{Plan, Verdict},
};

/// Takes the full mesh, and others that all peer with all, out of the links.
pub(super) fn take(plan: &Plan, actors: &[Actor], links: &mut Vec<Link>) -> Vec<Clique> {
    let mut cliques: Vec<Clique> = Vec::new();
    for mesh in &plan.meshes {
        let up = mesh.sessions.saturating_sub(mesh.mismatched);
        // Both families of one mesh are one thing to look at.
        if let Some(same) = cliques.iter_mut().find(|it| it.members == mesh.members) {
            same.sessions = same.sessions.saturating_add(up);
            same.failed = same.failed.saturating_add(mesh.mismatched);
            continue;
        }
        cliques.push(Clique {
            members: mesh.members.clone(),
            sessions: up,
            failed: mesh.mismatched,
            links: Vec::new(),
        });
    }
    let meshed: Vec<Link> = links.extract_if(.., |it| is_mesh(plan, it)).collect();
    cliques.extend(clique(meshed));
    for part in parts(actors, links) {
        let pairs: BTreeSet<_> = inside(links, &part).map(ordered).collect();
        let len = part.len();
        if len < FEWEST || pairs.len() != len.saturating_mul(len.saturating_sub(1)) / 2 {
            continue;
        }
        let taken: Vec<Link> = links
            .extract_if(.., |it| {
                it.is_up() && part.contains(&it.ends.0) && part.contains(&it.ends.1)
            })
            .collect();
        cliques.extend(clique(taken));
    }
    cliques
}

fn clique(links: Vec<Link>) -> Option<Clique> {
    let members: BTreeSet<_> = links.iter().flat_map(|it| [it.ends.0, it.ends.1]).collect();
    (!links.is_empty()).then(|| Clique {
        members: members.into_iter().collect(),
        sessions: u64::try_from(links.len()).unwrap_or(u64::MAX),
        failed: 0,
        links,
    })
}

fn is_mesh(plan: &Plan, link: &Link) -> bool {
    let session = plan.sessions.get(link.session);
    let is_mesh = |end| plan.end(end).is_some_and(|end| end.origin == Origin::Mesh);
    link.verdict == Verdict::Established
        && session.is_some_and(|it| is_mesh(it.a) && it.b.is_some_and(is_mesh))
}

fn ordered(link: &Link) -> (usize, usize) {
    let (a, b) = link.ends;
    (a.min(b), a.max(b))
}

fn inside<'l>(links: &'l [Link], part: &'l BTreeSet<usize>) -> impl Iterator<Item = &'l Link> {
    let both = |it: &&Link| part.contains(&it.ends.0) && part.contains(&it.ends.1);
    links.iter().filter(|it| it.is_up()).filter(both)
}

/// Those of one rank that hang together by sessions among them; nodes aside.
fn parts(actors: &[Actor], links: &[Link]) -> Vec<BTreeSet<usize>> {
    let rank = |at: usize| actors.get(at).map(|actor| actor.rank);
    let mut leader: BTreeMap<usize, usize> = BTreeMap::new();
    let find = |leader: &BTreeMap<usize, usize>, mut at: usize| {
        while let Some(next) = leader.get(&at).filter(|next| **next != at) {
            at = *next;
        }
        at
    };
    for link in links.iter().filter(|it| it.is_up()) {
        let (a, b) = link.ends;
        if rank(a) != rank(b) || rank(a) == Some(super::Rank::Node) {
            continue;
        }
        let (a, b) = (find(&leader, a), find(&leader, b));
        leader.insert(a.max(b), a.min(b));
        leader.insert(a.min(b), a.min(b));
    }
    let mut parts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for at in leader.keys() {
        parts.entry(find(&leader, *at)).or_default().insert(*at);
    }
    parts.into_values().collect()
}

/// Fewer than these are drawn one by one.
const FEWEST: usize = 4;

//! Which pieces there are: who stands alone, who is folded into a box, and
//! which sessions are one line.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format, vec,
    vec::Vec,
};

use super::{
    Style,
    measure::number,
    model::{Bundle, Dots, Drawing, Note, Piece, Pod, Rect, Row, Shape, Site, verdict_text},
    place::chip_width,
};
use crate::plan::{
    export::scene::{Clique, Kind, Link, Rank, Scene, count, grouped},
    pairing::Verdict,
};

/// Pieces, groups and bundles, none with a place yet.
pub(super) fn pieces(scene: &Scene<'_>, style: &Style) -> Drawing {
    let mut drawing = Drawing {
        places: vec![usize::MAX; scene.actors.len()],
        ..Drawing::default()
    };
    let homes = homes(scene);
    let count_of = |rank| scene.actors.iter().filter(|it| it.rank == rank).count();
    let maker = Maker {
        scene,
        named: count_of(Rank::Node) <= style.names,
        each: count_of(Rank::Node).div_ceil(MOST_DOTS).max(1),
        pods: scene.groups.len(),
    };
    top(&maker, &homes, &mut drawing);
    for (at, group) in scene.groups.iter().enumerate() {
        let of = |rank| {
            let members = group.members.iter().copied();
            let of = members.filter(move |it| scene.actor(*it).is_some_and(|it| it.rank == rank));
            of.collect::<Vec<_>>()
        };
        let at_home = |it: &usize| homes.get(*it).copied().flatten() == Some(at);
        let fabric = (0..scene.actors.len())
            .filter(|it| at_home(it) && scene.actor(*it).is_some_and(|it| !it.rank.in_cluster()));
        let fabric = maker.row(&mut drawing, fabric.collect(), Site::Pod(at, Row::Fabric));
        let mut reflectors = of(Rank::Reflector);
        reflectors.retain(at_home);
        let reflectors = maker.row(&mut drawing, reflectors, Site::Pod(at, Row::Reflectors));
        let (nodes, ring) = maker.nodes(&mut drawing, of(Rank::Node), at);
        drawing.pods.push(Pod {
            frame: Rect::default(),
            title: group.title.clone(),
            fabric,
            reflectors,
            nodes,
            ring,
            line: 0,
        });
    }
    let mut links = scene.links.clone();
    hubs(scene, &mut drawing, &mut links);
    bundles(&mut drawing, links);
    drawing
}

/// The group that a reflector or a router outside serves alone.
fn homes(scene: &Scene<'_>) -> Vec<Option<usize>> {
    let mut served: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); scene.actors.len()];
    for link in &scene.links {
        let (a, b) = link.ends;
        for (at, other) in [(a, b), (b, a)] {
            let (Some(own), Some(far)) = (scene.actor(at), scene.actor(other)) else {
                continue;
            };
            let serves = match own.rank {
                Rank::Node => false,
                Rank::Reflector => link.kind == Kind::Client && at == a && far.rank == Rank::Node,
                Rank::Fabric(_) | Rank::Outside(_) => far.rank.in_cluster(),
            };
            if let Some(served) = served.get_mut(at).filter(|_| serves) {
                served.extend(far.group);
            }
        }
    }
    let alone = scene.groups.len() == 1;
    let actors = scene.actors.iter().zip(&served);
    actors
        .map(|(actor, served)| match (actor.rank, served.first()) {
            // One group is no home among others: its routers stand above it.
            (Rank::Fabric(_) | Rank::Outside(_), Some(_)) if alone => None,
            (Rank::Reflector, Some(home)) => {
                Some(*home).filter(|home| served.len() == 1 && actor.group == Some(*home))
            }
            (Rank::Reflector, None) | (Rank::Node, _) => actor.group,
            (_, home) => home.copied().filter(|_| served.len() == 1),
        })
        .collect()
}

/// Rows above the groups: routers outside by tier, then reflectors of several
/// groups.
fn top(maker: &Maker<'_, '_>, homes: &[Option<usize>], drawing: &mut Drawing) {
    let scene = maker.scene;
    let mut rows: BTreeMap<(bool, usize), Vec<usize>> = BTreeMap::new();
    for (at, actor) in scene.actors.iter().enumerate() {
        let homeless = homes.get(at).copied().flatten().is_none();
        if homeless {
            let tier = actor.rank.tier();
            let key = (actor.rank.in_cluster(), usize::MAX.saturating_sub(tier));
            rows.entry(key).or_default().push(at);
        }
    }
    for actors in rows.into_values() {
        let row = drawing.top.len();
        let pieces = maker.row(drawing, actors, Site::Top(row));
        drawing.top.push(pieces);
    }
}

struct Maker<'s, 'p> {
    scene: &'s Scene<'p>,
    /// Whether nodes are shown by name.
    named: bool,
    /// How many nodes a dot stands for.
    each: usize,
    pods: usize,
}

impl Maker<'_, '_> {
    /// A chip for each, or a box where they are too many for a row.
    fn row(&self, drawing: &mut Drawing, actors: Vec<usize>, site: Site) -> Vec<usize> {
        let width = |at: &usize| chip_width(self.scene, *at) + GAP;
        let wide: f64 = actors.iter().map(width).sum();
        let most = match site {
            Site::Pod(..) if self.pods > 1 => ROW_OF_POD,
            _ => ROW,
        };
        if wide <= most || actors.len() < 3 {
            return actors
                .into_iter()
                .map(|actor| add(drawing, Shape::Chip, site, vec![actor]))
                .collect();
        }
        vec![self.boxed(drawing, actors, site)]
    }

    fn nodes(&self, drawing: &mut Drawing, actors: Vec<usize>, pod: usize) -> (Vec<usize>, bool) {
        let site = Site::Pod(pod, Row::Nodes);
        if actors.is_empty() {
            return (Vec::new(), false);
        }
        if self.named {
            let within = |it: &Link| actors.contains(&it.ends.0) && actors.contains(&it.ends.1);
            let meshes = &self.scene.cliques;
            let ring = (3..=RING).contains(&actors.len())
                && (self.scene.links.iter().any(within)
                    || meshes.iter().any(|it| it.members == actors));
            let wide: f64 = actors
                .iter()
                .map(|at| chip_width(self.scene, *at) + GAP)
                .sum();
            if ring || wide <= ROW_OF_NODES {
                let chips = actors.into_iter();
                let chips = chips.map(|actor| add(drawing, Shape::Chip, site, vec![actor]));
                return (chips.collect(), ring);
            }
        }
        (vec![self.boxed(drawing, actors, site)], false)
    }

    fn boxed(&self, drawing: &mut Drawing, actors: Vec<usize>, site: Site) -> usize {
        let first = actors.first().and_then(|at| self.scene.actor(*at));
        let are_nodes = first.is_some_and(|it| it.rank == Rank::Node);
        if self.named || (!are_nodes && actors.len() <= NAMED_ROUTERS) {
            let widest = actors.iter().map(|at| chip_width(self.scene, *at));
            let widest = widest.fold(0.0, f64::max) + GAP;
            let columns = columns(actors.len(), widest, 48.0, 2.4);
            return add(drawing, Shape::Names { columns }, site, actors);
        }
        let shown = actors.len().div_ceil(self.each);
        let pitch = match (self.pods, shown) {
            (1, ..=150) => 26.0,
            (1, ..=700) => 19.0,
            (_, ..=40) => 17.0,
            _ => 14.0,
        };
        let dots = Dots {
            columns: columns(shown, 1.0, 1.0, 1.7),
            pitch,
            each: self.each,
        };
        add(drawing, Shape::Dots(dots), site, actors)
    }
}

/// How many columns give a grid about so many times as wide as high.
fn columns(count: usize, width: f64, height: f64, ratio: f64) -> usize {
    let mut columns = 1;
    while columns < count {
        let rows = count.div_ceil(columns);
        if number(columns) * width >= number(rows) * height * ratio {
            break;
        }
        columns = columns.saturating_add(1);
    }
    // No more than the rows need: the last row is as full as can be.
    count.div_ceil(count.div_ceil(columns).max(1)).max(1)
}

fn add(drawing: &mut Drawing, shape: Shape, site: Site, actors: Vec<usize>) -> usize {
    let at = drawing.pieces.len();
    for actor in &actors {
        if let Some(place) = drawing.places.get_mut(*actor) {
            *place = at;
        }
    }
    drawing.pieces.push(Piece {
        rect: Rect::default(),
        shape,
        site,
        actors,
        notes: Vec::new(),
    });
    at
}

/// Full meshes: said in a box, drawn line by line, or as a piece of their own.
fn hubs(scene: &Scene<'_>, drawing: &mut Drawing, links: &mut Vec<Link>) {
    let mut row = Vec::new();
    let above = drawing.top.len();
    for (at, clique) in scene.cliques.iter().enumerate() {
        let places = clique
            .members
            .iter()
            .filter_map(|it| drawing.places.get(*it));
        let mut places: Vec<usize> = places.copied().collect();
        places.dedup();
        if let [place] = places.as_slice() {
            let note = mesh_note(clique);
            if let Some(piece) = drawing.pieces.get_mut(*place) {
                piece.notes.extend(note);
            }
            continue;
        }
        let sites = places.iter().filter_map(|it| drawing.pieces.get(*it));
        let mut sites: Vec<_> = sites
            .map(|it| (it.site, matches!(it.shape, Shape::Chip)))
            .collect();
        sites.dedup();
        let (alone, small) = match sites.as_slice() {
            [(Site::Pod(_, Row::Nodes), true)] => (true, places.len() <= RING),
            [(_, true)] => (true, places.len() <= 4),
            _ => (false, false),
        };
        if alone && small && !clique.links.is_empty() {
            links.extend(&clique.links);
            continue;
        }
        let hub = add(drawing, Shape::Hub(at), Site::Top(above), Vec::new());
        row.push(hub);
        let mut members: BTreeMap<usize, usize> = BTreeMap::new();
        for place in clique
            .members
            .iter()
            .filter_map(|it| drawing.places.get(*it))
        {
            let of = members.entry(*place).or_default();
            *of = of.saturating_add(1);
        }
        for (place, members) in members {
            drawing.bundles.push(Bundle {
                ends: (hub, place),
                kind: clique.links.first().map_or(Kind::Internal, |it| it.kind),
                verdict: Verdict::Established,
                links: Vec::new(),
                hub: Some(members),
            });
        }
    }
    if !row.is_empty() {
        drawing.top.push(row);
    }
}

/// What is said of a full mesh inside one box.
fn mesh_note(clique: &Clique) -> Vec<Note> {
    let mut notes = Vec::from([Note {
        text: mesh_text(clique),
        bad: false,
        sessions: clique.links.iter().map(|it| it.session).collect(),
    }]);
    if clique.failed > 0 {
        notes.push(Note {
            text: format!("{} as-mismatch", grouped(clique.failed)),
            bad: true,
            sessions: Vec::new(),
        });
    }
    notes
}

pub(super) fn mesh_text(clique: &Clique) -> alloc::string::String {
    let members = clique.members.len();
    let sessions = grouped(clique.sessions);
    let pairs = members.saturating_mul(members.saturating_sub(1)) / 2;
    let whole = clique
        .sessions
        .is_multiple_of(u64::try_from(pairs.max(1)).unwrap_or(1));
    let full = if whole { "full mesh" } else { "mesh" };
    format!("{full} of {}: {sessions} sessions", grouped(members))
}

fn bundles(drawing: &mut Drawing, links: Vec<Link>) {
    let mut between: BTreeMap<_, Vec<Link>> = BTreeMap::new();
    let mut among: BTreeMap<_, Vec<Link>> = BTreeMap::new();
    for link in links {
        let place = |at| drawing.places.get(at).copied();
        let (Some(a), Some(b)) = (place(link.ends.0), place(link.ends.1)) else {
            continue;
        };
        if a == b {
            among.entry((a, link.verdict)).or_default().push(link);
        } else {
            // One line for both directions, but for who is whose client.
            let ends = if link.kind == Kind::Client {
                (a, b)
            } else {
                (a.min(b), a.max(b))
            };
            between
                .entry((ends, link.kind, link.verdict))
                .or_default()
                .push(link);
        }
    }
    for ((place, verdict), links) in among {
        let up = verdict == Verdict::Established;
        let text = if up {
            format!("{} among them", count(links.len(), "session"))
        } else {
            format!(
                "{} {} among them",
                grouped(links.len()),
                verdict_text(verdict)
            )
        };
        if let Some(piece) = drawing.pieces.get_mut(place) {
            piece.notes.push(Note {
                text: text.clone(),
                bad: !up,
                sessions: links.iter().map(|it| it.session).collect(),
            });
        }
    }
    for ((ends, kind, verdict), links) in between {
        drawing.bundles.push(Bundle {
            ends,
            kind,
            verdict,
            links,
            hub: None,
        });
    }
}

/// Most nodes of a ring.
const RING: usize = 10;
/// Most dots in a picture; beyond, one stands for several nodes.
const MOST_DOTS: usize = 2400;
/// Most routers of a box that are named where nodes are not.
const NAMED_ROUTERS: usize = 24;
/// Widest rows of chips, in pixels.
const ROW: f64 = 1240.0;
const ROW_OF_POD: f64 = 460.0;
const ROW_OF_NODES: f64 = 720.0;
/// Between chips.
pub(super) const GAP: f64 = 18.0;

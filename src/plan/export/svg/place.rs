//! Where everything goes: rows from the top, groups in a grid below.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{
    measure::{number, shortened, width},
    model::{Bus, Drawing, Note, Pod, Rect, Row, Shape, Site},
    pieces::{GAP, mesh_text},
};
use crate::plan::export::scene::{Rank, Scene, count};

/// Gives every piece its rectangle, and the drawing its size.
pub(super) fn place(scene: &Scene<'_>, drawing: &mut Drawing) {
    for piece in &mut drawing.pieces {
        let (w, h) = size(scene, &piece.shape, &piece.actors, &piece.notes);
        piece.rect = Rect {
            w,
            h,
            x: 0.0,
            y: 0.0,
        };
    }
    for at in 0..drawing.pods.len() {
        pod(drawing, at);
    }
    let tops: Vec<f64> = drawing
        .top
        .iter()
        .map(|row| row_width(drawing, row))
        .collect();
    let heights: Vec<f64> = drawing
        .top
        .iter()
        .map(|row| row_height(drawing, row))
        .collect();
    let above = heights.iter().map(|it| it + ABOVE).sum::<f64>();
    let lines = Lines::new(drawing, above);
    buses(drawing, lines.count);
    let gutter = if drawing.buses.is_empty() || lines.count == 1 {
        0.0
    } else {
        16.0 + number(drawing.buses.len()) * LANE
    };
    let inner = tops.into_iter().fold(lines.width(), f64::max).max(LEAST);
    let mut y = HEAD;
    let rows: Vec<(Vec<usize>, f64)> = drawing.top.iter().cloned().zip(heights).collect();
    for (row, height) in rows {
        set_row(drawing, &row, (MARGIN + gutter + inner / 2.0, y), height);
        y += height + ABOVE;
    }
    lines.set(drawing, (MARGIN + gutter, y), inner);
    drawing.width = inner + gutter + MARGIN * 2.0;
}

/// The size of a piece.
fn size(scene: &Scene<'_>, shape: &Shape, actors: &[usize], notes: &[Note]) -> (f64, f64) {
    let (w, h) = match shape {
        Shape::Chip => {
            return (
                actors.first().map_or(0.0, |at| chip_width(scene, *at)),
                CHIP,
            );
        }
        Shape::Hub(at) => {
            let text = scene.cliques.get(*at).map_or_else(String::new, mesh_text);
            return (width(&text, 12.0) + 60.0, 34.0);
        }
        Shape::Names { columns } => {
            let widest = widest(scene, actors);
            let rows = number(actors.len().div_ceil((*columns).max(1)));
            let w = number(*columns) * (widest + CELL) - CELL;
            (w, rows * (CHIP + CELL) - CELL)
        }
        Shape::Dots(dots) => {
            let shown = actors.len().div_ceil(dots.each.max(1));
            let rows = number(shown.div_ceil(dots.columns.max(1)));
            (number(dots.columns) * dots.pitch, rows * dots.pitch)
        }
    };
    let texts = notes.iter().map(|it| width(&note_text(it), 11.5));
    let title = width(&box_title(scene, actors), 12.0);
    let widest = texts.fold(title, f64::max).max(w);
    let lines = number(notes.len()) * LINE + if notes.is_empty() { 0.0 } else { 6.0 };
    (widest + PAD * 2.0, h + TITLE + lines + PAD * 1.5)
}

/// What stands in the first line of a box.
pub(super) fn box_title(scene: &Scene<'_>, actors: &[usize]) -> String {
    let rank = actors
        .first()
        .and_then(|at| scene.actor(*at))
        .map(|it| it.rank);
    let what = match rank {
        Some(Rank::Reflector) => "reflector",
        Some(Rank::Fabric(_)) => "router",
        Some(Rank::Outside(_)) => "unknown neighbour",
        _ => "node",
    };
    count(actors.len(), what)
}

pub(super) fn note_text(note: &Note) -> String {
    let mark = if note.bad { "✕" } else { "↔" };
    format!("{mark} {}", note.text)
}

pub(super) fn widest(scene: &Scene<'_>, actors: &[usize]) -> f64 {
    let widths = actors.iter().map(|at| chip_width(scene, *at));
    widths.fold(0.0, f64::max)
}

pub(super) fn chip_width(scene: &Scene<'_>, at: usize) -> f64 {
    let Some(actor) = scene.actor(at) else {
        return 0.0;
    };
    let name = width(&shortened(&actor.name, LONGEST), 12.0) * 1.04;
    let detail = width(&shortened(&detail(scene, at), LONGEST), 10.5);
    let tag = if is_tagged(scene, at) { TAG } else { 0.0 };
    name.max(detail).max(44.0) + 22.0 + tag
}

/// What stands below a name.
pub(super) fn detail(scene: &Scene<'_>, at: usize) -> String {
    let Some(actor) = scene.actor(at) else {
        return String::new();
    };
    match (actor.rank, scene.plan.cluster_of(at)) {
        (Rank::Reflector, Some(cluster)) => format!("cluster {cluster}"),
        _ => actor.detail.clone(),
    }
}

/// Whether it is marked as a reflector.
pub(super) fn is_tagged(scene: &Scene<'_>, at: usize) -> bool {
    scene.plan.cluster_of(at).is_some()
}

/// Puts a group's pieces below each other, from 0 on; rows are moved further
/// down where neighbours need it.
fn pod(drawing: &mut Drawing, at: usize) {
    let Some(pod) = drawing.pods.get(at) else {
        return;
    };
    let rows = [Row::Fabric, Row::Reflectors, Row::Nodes];
    let title = width(&pod.title, 12.5) + PAD * 2.0;
    let nodes = if pod.ring {
        ring_size(drawing, &pod.nodes)
    } else {
        (0.0, 0.0)
    };
    let widths = rows.map(|row| row_width(drawing, pod.row(row)));
    let inner = widths.into_iter().fold(nodes.0, f64::max);
    let frame = Rect {
        x: 0.0,
        y: 0.0,
        w: (inner + PAD * 2.0).max(title),
        h: 0.0,
    };
    if let Some(pod) = drawing.pods.get_mut(at) {
        pod.frame = frame;
    }
}

fn row_width(drawing: &Drawing, row: &[usize]) -> f64 {
    let pieces = row.iter().filter_map(|at| drawing.pieces.get(*at));
    let sum = pieces.map(|it| it.rect.w + GAP).sum::<f64>();
    (sum - GAP).max(0.0)
}

fn row_height(drawing: &Drawing, row: &[usize]) -> f64 {
    let pieces = row.iter().filter_map(|at| drawing.pieces.get(*at));
    pieces.map(|it| it.rect.h).fold(0.0, f64::max)
}

/// Puts a row's pieces side by side around a middle.
fn set_row(drawing: &mut Drawing, row: &[usize], (middle, y): (f64, f64), height: f64) {
    let mut x = middle - row_width(drawing, row) / 2.0;
    for at in row {
        if let Some(piece) = drawing.pieces.get_mut(*at) {
            piece.rect.x = x;
            piece.rect.y = y + (height - piece.rect.h) / 2.0;
            x += piece.rect.w + GAP;
        }
    }
}

/// The room that a ring of chips needs: they must not touch.
fn ring_size(drawing: &Drawing, nodes: &[usize]) -> (f64, f64) {
    let mut scale = 1.0;
    loop {
        let (w, h) = ring_of(drawing, nodes, scale);
        let places = ring(nodes.len(), (w, h));
        let rects = |grow: f64| {
            let sized = nodes.iter().zip(&places);
            let rects = sized.filter_map(|(at, (x, y))| {
                let rect = drawing.pieces.get(*at)?.rect;
                let (w, h) = (rect.w + grow, rect.h + grow);
                Some(Rect {
                    x: x - w / 2.0,
                    y: y - h / 2.0,
                    w,
                    h,
                })
            });
            rects.collect::<Vec<_>>()
        };
        let rects = rects(14.0);
        let clear = rects.iter().enumerate().all(|(at, rect)| {
            rects
                .iter()
                .skip(at.saturating_add(1))
                .all(|other| !rect.meets(other))
        });
        if clear || scale > 6.0 {
            return (w, h);
        }
        scale += 0.15;
    }
}

fn ring_of(drawing: &Drawing, nodes: &[usize], scale: f64) -> (f64, f64) {
    let pieces = nodes.iter().filter_map(|at| drawing.pieces.get(*at));
    let widest = pieces.map(|it| it.rect.w).fold(0.0, f64::max);
    (widest * (1.0 + scale), CHIP * (1.2 + scale * 1.6))
}

/// The middles of so many chips on an ellipse inside a rectangle, the first on
/// top; the rectangle has room for half a chip around them.
fn ring(count: usize, (w, h): (f64, f64)) -> Vec<(f64, f64)> {
    let (cos, sin) = TURNS.get(count).copied().unwrap_or((1.0, 0.0));
    let (mut x, mut y) = (0.0, -1.0);
    let mut places = Vec::new();
    for _ in 0..count {
        places.push((w / 2.0 * (1.0 + x), h / 2.0 * (1.0 + y)));
        (x, y) = (x * cos - y * sin, x * sin + y * cos);
    }
    places
}

/// The grid of groups.
struct Lines {
    count: usize,
    columns: usize,
    cell: f64,
    /// Heights of each line's rows.
    heights: Vec<[f64; 3]>,
}

impl Lines {
    fn new(drawing: &Drawing, above: f64) -> Self {
        let pods = &drawing.pods;
        let cell = pods.iter().map(|it| it.frame.w).fold(0.0, f64::max) + GAP;
        let mut best = (0.0, 1);
        for columns in 1..=pods.len().max(1) {
            let width = number(columns) * cell;
            let lines = pods.chunks(columns);
            let tall = lines.map(|line| line_height(heights(drawing, line)) + CHANNEL);
            let height = tall.sum::<f64>() + above + HEAD;
            // How large it comes out in a usual window; one line rather than
            // several, where all can be read.
            let scale = (WINDOW.0 / width).min(WINDOW.1 / height).min(READABLE);
            if scale >= best.0 {
                best = (scale, columns);
            }
        }
        let columns = best.1;
        let lines = pods.chunks(columns);
        let heights: Vec<_> = lines.map(|line| heights(drawing, line)).collect();
        Self {
            count: heights.len(),
            columns,
            cell,
            heights,
        }
    }

    fn width(&self) -> f64 {
        number(self.columns) * self.cell
    }

    /// Sets every group's pieces.
    fn set(&self, drawing: &mut Drawing, (left, mut y): (f64, f64), inner: f64) {
        let left = left + (inner - self.width()) / 2.0;
        let lanes = number(drawing.buses.len()) * LANE;
        for (line, heights) in self.heights.iter().enumerate() {
            drawing.channels.push(y);
            if !drawing.buses.is_empty() {
                y += lanes + 22.0;
            }
            let first = line.saturating_mul(self.columns);
            for column in 0..self.columns {
                let at = first.saturating_add(column);
                let x = left + number(column) * self.cell;
                if at < drawing.pods.len() {
                    set_pod(drawing, at, (x, y, self.cell - GAP), heights);
                }
                if let Some(pod) = drawing.pods.get_mut(at) {
                    pod.line = line;
                }
            }
            y += line_height(*heights) + CHANNEL;
        }
        drawing.height = y;
    }
}

/// The greatest height of each row in a line of groups.
fn heights(drawing: &Drawing, pods: &[Pod]) -> [f64; 3] {
    [Row::Fabric, Row::Reflectors, Row::Nodes].map(|row| {
        let heights = pods.iter().map(|pod| {
            if pod.ring && row == Row::Nodes {
                return ring_size(drawing, &pod.nodes).1 + CHIP;
            }
            row_height(drawing, pod.row(row))
        });
        heights.fold(0.0, f64::max)
    })
}

fn line_height([fabric, reflectors, nodes]: [f64; 3]) -> f64 {
    let gap = |height: f64| if height > 0.0 { height + BETWEEN } else { 0.0 };
    gap(fabric) + FRAME + gap(reflectors) + nodes + PAD
}

fn set_pod(drawing: &mut Drawing, at: usize, (x, y, w): (f64, f64, f64), heights: &[f64; 3]) {
    let [fabric, reflectors, nodes] = *heights;
    let Some(pod) = drawing.pods.get_mut(at) else {
        return;
    };
    let gap = |height: f64| if height > 0.0 { height + BETWEEN } else { 0.0 };
    let top = y + gap(fabric);
    pod.frame = Rect {
        x,
        y: top,
        w,
        h: FRAME + gap(reflectors) + nodes + PAD,
    };
    let (rows, ring_shaped) = (
        [
            pod.fabric.clone(),
            pod.reflectors.clone(),
            pod.nodes.clone(),
        ],
        pod.ring,
    );
    let middle = x + w / 2.0;
    let [of_fabric, of_reflectors, of_nodes] = rows;
    set_row(drawing, &of_fabric, (middle, y), fabric);
    set_row(drawing, &of_reflectors, (middle, top + FRAME), reflectors);
    let y = top + FRAME + gap(reflectors);
    if !ring_shaped {
        // Boxes of one line begin at one height.
        let height = row_height(drawing, &of_nodes);
        set_row(drawing, &of_nodes, (middle, y), height);
        return;
    }
    let size = ring_size(drawing, &of_nodes);
    for (at, (dx, dy)) in of_nodes.iter().zip(ring(of_nodes.len(), size)) {
        if let Some(piece) = drawing.pieces.get_mut(*at) {
            piece.rect.x = middle - size.0 / 2.0 + dx - piece.rect.w / 2.0;
            piece.rect.y = y + (nodes - size.1) / 2.0 + dy - piece.rect.h / 2.0;
        }
    }
}

/// Which bundles run through channels: those into a grid of several lines, and
/// those that are too many to tell apart.
fn buses(drawing: &mut Drawing, lines: usize) {
    let mut buses: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    let mut crossing = 0_usize;
    for (at, bundle) in drawing.bundles.iter().enumerate() {
        let site = |at: usize| drawing.pieces.get(at).map(|it| it.site);
        let from = match (site(bundle.ends.0), site(bundle.ends.1)) {
            (Some(Site::Top(row)), Some(Site::Pod(..)))
            | (Some(Site::Pod(..)), Some(Site::Top(row))) => Some(row),
            (Some(Site::Pod(a, _)), Some(Site::Pod(b, _))) if a != b => None,
            _ => continue,
        };
        crossing = crossing.saturating_add(1);
        let key = (from, bundle.kind, bundle.is_bad());
        buses.entry(key).or_default().push(at);
    }
    if lines == 1 && crossing <= MOST_CROSSING {
        return;
    }
    drawing.buses = buses.into_values().map(|bundles| Bus { bundles }).collect();
}

/// Cosines and sines of a whole turn's equal parts, by how many parts.
const TURNS: [(f64, f64); 11] = [
    (1.0, 0.0),
    (1.0, 0.0),
    (-1.0, 0.0),
    (-0.5, 0.866_025_403_784),
    (0.0, 1.0),
    (0.309_016_994_375, 0.951_056_516_295),
    (0.5, 0.866_025_403_784),
    (0.623_489_801_859, 0.781_831_482_468),
    (
        core::f64::consts::FRAC_1_SQRT_2,
        core::f64::consts::FRAC_1_SQRT_2,
    ),
    (0.766_044_443_119, 0.642_787_609_687),
    (0.809_016_994_375, 0.587_785_252_292),
];

/// Most characters of a name.
pub(super) const LONGEST: usize = 30;
/// Heights and distances in pixels.
pub(super) const CHIP: f64 = 40.0;
pub(super) const CELL: f64 = 8.0;
pub(super) const PAD: f64 = 12.0;
pub(super) const TITLE: f64 = 22.0;
pub(super) const LINE: f64 = 16.0;
pub(super) const TAG: f64 = 30.0;
pub(super) const LANE: f64 = 9.0;
pub(super) const MARGIN: f64 = 24.0;
/// From a group's frame to its first row.
const FRAME: f64 = 34.0;
/// Room for the drawing's own title.
const HEAD: f64 = 74.0;
const LEAST: f64 = 420.0;
const ABOVE: f64 = 64.0;
const BETWEEN: f64 = 46.0;
const CHANNEL: f64 = 22.0;
const MOST_CROSSING: usize = 60;
/// As large as need be.
const READABLE: f64 = 0.9;
const WINDOW: (f64, f64) = (1400.0, 940.0);

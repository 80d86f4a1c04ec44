//! The ways of lines.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt::Write as _;

use super::{
    measure::{number, width},
    model::{Bundle, Drawing, Rect, Site, verdict_text},
    place::{LANE, MARGIN},
};
use crate::plan::export::scene::grouped;

/// A line, drawn.
#[derive(Debug)]
pub(super) struct Wire {
    /// The bundles that it is of.
    pub(super) bundles: Vec<usize>,
    /// SVG's path data.
    pub(super) path: String,
    pub(super) label: Option<(f64, f64, String)>,
}

/// Where a line leaves a piece.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Side {
    Top,
    Bottom,
    Middle,
}

/// A line for each bundle, or for each bus and what leaves it.
pub(super) fn wires(drawing: &Drawing) -> Vec<Wire> {
    let mut taken = Taken::new(drawing);
    let mut wires = Vec::new();
    let on_bus = |at: &usize| drawing.buses.iter().any(|bus| bus.bundles.contains(at));
    let bussed: Vec<bool> = (0..drawing.bundles.len()).map(|at| on_bus(&at)).collect();
    for lane in 0..drawing.buses.len() {
        bus(drawing, lane, &mut wires);
    }
    let mut direct = Vec::new();
    for (at, bundle) in drawing.bundles.iter().enumerate() {
        if bussed.get(at) != Some(&true) {
            direct.extend(sides(drawing, bundle).map(|sides| (at, sides)));
        }
    }
    let points = points(drawing, &direct);
    for (number, (at, sides)) in direct.iter().enumerate() {
        let ends = [0, 1].map(|end| points.get(&(number, end)).copied());
        let (Some(bundle), [Some(a), Some(b)]) = (drawing.bundles.get(*at), ends) else {
            continue;
        };
        let line = Line::new(a, b, *sides);
        let label = label(bundle).and_then(|text| taken.put(&line, text));
        wires.push(Wire {
            bundles: Vec::from([*at]),
            path: line.path(),
            label,
        });
    }
    wires
}

/// How many sessions, where that is not one; and what is wrong with them.
fn label(bundle: &Bundle) -> Option<String> {
    let many = bundle.hub.unwrap_or(bundle.links.len());
    if bundle.is_bad() {
        let many = if many > 1 {
            format!("{} ", grouped(many))
        } else {
            String::new()
        };
        return Some(format!("✕ {many}{}", verdict_text(bundle.verdict)));
    }
    (many > 1).then(|| grouped(many))
}

/// Which sides a line joins.
fn sides(drawing: &Drawing, bundle: &Bundle) -> Option<[Side; 2]> {
    let piece = |at: usize| drawing.pieces.get(at);
    let (a, b) = (piece(bundle.ends.0)?, piece(bundle.ends.1)?);
    let in_ring = |site: Site| match site {
        Site::Pod(at, super::model::Row::Nodes) => drawing.pods.get(at).is_some_and(|it| it.ring),
        _ => false,
    };
    if in_ring(a.site) && in_ring(b.site) {
        return Some([Side::Middle, Side::Middle]);
    }
    Some(if a.site == b.site {
        // Neighbours in a row are joined side by side, others by a bow.
        let (left, right) = if a.rect.x < b.rect.x { (a, b) } else { (b, a) };
        let between = drawing
            .pieces
            .iter()
            .any(|it| it.site == a.site && it.rect.x > left.rect.x && it.rect.x < right.rect.x);
        if between {
            [Side::Top, Side::Top]
        } else {
            [Side::Middle, Side::Middle]
        }
    } else if a.rect.bottom() <= b.rect.y {
        [Side::Bottom, Side::Top]
    } else if b.rect.bottom() <= a.rect.y {
        [Side::Top, Side::Bottom]
    } else {
        [Side::Top, Side::Top]
    })
}

/// A line at a side: where it comes from, its number, and which of its ends.
type Docked = (f64, usize, usize);

/// Where each line ends: those of one side apart, in the order of where they
/// come from.
fn points(
    drawing: &Drawing,
    direct: &[(usize, [Side; 2])],
) -> BTreeMap<(usize, usize), (f64, f64)> {
    let mut at_side: BTreeMap<(usize, Side), Vec<Docked>> = BTreeMap::new();
    for (number, (at, sides)) in direct.iter().enumerate() {
        let Some(bundle) = drawing.bundles.get(*at) else {
            continue;
        };
        let ends = [bundle.ends.0, bundle.ends.1];
        let others = [bundle.ends.1, bundle.ends.0];
        for (end, ((piece, side), other)) in ends.iter().zip(sides).zip(others).enumerate() {
            let from = drawing.pieces.get(other).map_or(0.0, |it| it.rect.middle());
            at_side
                .entry((*piece, *side))
                .or_default()
                .push((from, number, end));
        }
    }
    let mut points = BTreeMap::new();
    for ((piece, side), mut lines) in at_side {
        let Some(rect) = drawing.pieces.get(piece).map(|it| it.rect) else {
            continue;
        };
        lines.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let parts = number(lines.len().saturating_add(1));
        // A wide box is met near its middle.
        let reach = rect.w.min(30.0 * parts);
        for (place, (_, line, end)) in lines.into_iter().enumerate() {
            let x = rect.middle() - reach / 2.0 + reach * number(place.saturating_add(1)) / parts;
            let point = match side {
                Side::Top => (x, rect.y),
                Side::Bottom => (x, rect.bottom()),
                Side::Middle => rect.center(),
            };
            points.insert((line, end), point);
        }
    }
    points
}

/// A cubic curve.
struct Line([(f64, f64); 4]);

impl Line {
    fn new(a: (f64, f64), b: (f64, f64), sides: [Side; 2]) -> Self {
        let bend = |(x, y): (f64, f64), side: Side, other: (f64, f64)| {
            let far = (other.1 - y).abs().max(36.0) * 0.45;
            match side {
                Side::Top => (x, y - far),
                Side::Bottom => (x, y + far),
                Side::Middle => (x + (other.0 - x) / 3.0, y + (other.1 - y) / 3.0),
            }
        };
        Self([a, bend(a, sides[0], b), bend(b, sides[1], a), b])
    }

    fn at(&self, t: f64) -> (f64, f64) {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let points = self.0.iter().zip(weights);
        points.fold((0.0, 0.0), |(x, y), (point, weight)| {
            (x + point.0 * weight, y + point.1 * weight)
        })
    }

    fn path(&self) -> String {
        let [(ax, ay), (bx, by), (cx, cy), (dx, dy)] = self.0;
        format!("M{ax:.1} {ay:.1}C{bx:.1} {by:.1} {cx:.1} {cy:.1} {dx:.1} {dy:.1}")
    }
}

/// What room is left for labels.
struct Taken(Vec<Rect>);

impl Taken {
    fn new(drawing: &Drawing) -> Self {
        let pieces = drawing.pieces.iter().map(|it| it.rect);
        let titles = drawing.pods.iter().map(|it| Rect {
            w: width(&it.title, 12.5) + 20.0,
            h: 26.0,
            ..it.frame
        });
        Self(pieces.chain(titles).collect())
    }

    /// A place on the line where the label covers nothing; none, rather than
    /// one that does.
    fn put(&mut self, line: &Line, text: String) -> Option<(f64, f64, String)> {
        let w = width(&text, 11.0) + 6.0;
        for t in [0.5, 0.6, 0.4, 0.7, 0.3, 0.78, 0.22, 0.85, 0.15] {
            let (x, y) = line.at(t);
            let rect = Rect {
                x: x - w / 2.0,
                y: y - 8.0,
                w,
                h: 16.0,
            };
            if !self.0.iter().any(|it| it.meets(&rect)) {
                self.0.push(rect);
                return Some((x, y, text));
            }
        }
        None
    }
}

/// A bus: from its sources down into the first channel, along the channels, and
/// down to each target. The trunk is of all its bundles, a drop of its own.
fn bus(drawing: &Drawing, lane: usize, wires: &mut Vec<Wire>) {
    let Some(bus) = drawing.buses.get(lane) else {
        return;
    };
    let lanes = number(drawing.buses.len());
    let offset = number(lane) * LANE;
    let height = |line: usize| drawing.channels.get(line).map(|y| y + 8.0 + offset);
    let trunk = MARGIN / 2.0 + 4.0 + offset;
    let mut targets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut sources: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in &bus.bundles {
        let Some(bundle) = drawing.bundles.get(*at) else {
            continue;
        };
        for end in [bundle.ends.0, bundle.ends.1] {
            let site = drawing.pieces.get(end).map(|it| it.site);
            let side = match site {
                Some(Site::Top(_)) => &mut sources,
                _ => &mut targets,
            };
            side.entry(end).or_default().push(*at);
        }
    }
    let shift = (number(lane) - (lanes - 1.0) / 2.0) * 8.0;
    // By line of the grid: from where to where the channel is used.
    let mut spans: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut widen = |line: usize, x: f64| {
        let span = spans.entry(line).or_insert((x, x));
        *span = (span.0.min(x), span.1.max(x));
    };
    let mut drops = Vec::new();
    for (at, bundles) in &sources {
        if let (Some(piece), Some(y)) = (drawing.pieces.get(*at), height(0)) {
            let x = piece.rect.middle() + shift;
            widen(0, x);
            drops.push((
                bundles,
                format!("M{x:.1} {:.1}V{y:.1}", piece.rect.bottom()),
                None,
            ));
        }
    }
    for (at, bundles) in &targets {
        let Some(piece) = drawing.pieces.get(*at) else {
            continue;
        };
        let Site::Pod(pod, _) = piece.site else {
            continue;
        };
        let line = drawing.pods.get(pod).map_or(0, |it| it.line);
        let Some(y) = height(line) else { continue };
        let x = piece.rect.middle() + shift;
        widen(line, x);
        drops.push((
            bundles,
            format!("M{x:.1} {y:.1}V{:.1}", piece.rect.y),
            Some((x, y)),
        ));
    }
    let several = spans.len() > 1 || !spans.contains_key(&0);
    let mut path = String::new();
    if let (true, Some(first), Some(last)) = (several, height(0), spans.keys().max()) {
        let from = if sources.is_empty() {
            spans.keys().min().copied()
        } else {
            Some(0)
        };
        let from = from.and_then(height).unwrap_or(first);
        let _ = write!(
            path,
            "M{trunk:.1} {from:.1}V{:.1}",
            height(*last).unwrap_or(first)
        );
        let lines: Vec<usize> = spans.keys().copied().collect();
        for line in lines.into_iter().chain((!sources.is_empty()).then_some(0)) {
            let span = spans.entry(line).or_insert((trunk, trunk));
            span.0 = span.0.min(trunk);
        }
    }
    for (line, (from, to)) in &spans {
        if let Some(y) = height(*line) {
            let _ = write!(path, "M{from:.1} {y:.1}H{to:.1}");
        }
    }
    wires.push(Wire {
        bundles: bus.bundles.clone(),
        path,
        label: None,
    });
    for (bundles, path, _) in drops {
        wires.push(Wire {
            bundles: bundles.clone(),
            path,
            label: None,
        });
    }
}

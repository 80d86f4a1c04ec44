//! A picture of a plan, for people: who peers with whom.
//!
//! Routers outside stand on top by tier, reflectors below them, and nodes at the
//! bottom in groups: racks, zones or ASes. Many nodes are dots in a box, many
//! sessions one line with their number, and a full mesh one word; so 500 nodes
//! can be read as 4 can.
//!
//! What stays down is red, dashed and named. Every router has `data-router` (and
//! `data-rack`, `data-zone`), every line `data-session` with indices in
//! [`Plan::sessions`] and `data-count`, and each a `title`, so that a page around
//! the picture can follow clicks. Colours are variables of `svg.topology`, for
//! light and dark; a `data-theme` of `light` or `dark` around it decides.

mod attributes;
mod measure;
mod model;
mod paint;
mod pieces;
mod place;
mod wires;

use alloc::{format, string::String};
use core::fmt::Write as _;

pub use super::scene::GroupBy;
use super::scene::{Scene, count, grouped};
use crate::plan::pairing::{Plan, Verdict};
use measure::{escaped, width};
use model::Drawing;

/// How a picture is made.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Style {
    /// What stands on top; by default what is in the plan.
    pub title: Option<String>,
    /// By what nodes are grouped.
    pub group_by: GroupBy,
    /// Up to how many nodes are shown by name; 48 by default, and dots beyond.
    pub names: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            title: None,
            group_by: GroupBy::Auto,
            names: 48,
        }
    }
}

/// Draws a plan: a whole SVG document that needs nothing else, always the same
/// for the same plan.
///
/// ```
/// use bgpwright::plan::{Mode, export::svg, generate, plan};
///
/// let plan = plan(&generate(100, Mode::Rr));
/// let picture = svg::draw(&plan, &svg::Style::default());
/// assert!(picture.starts_with("<svg "));
/// assert!(picture.contains(r#"data-router="node-99""#));
/// ```
pub fn draw(plan: &Plan, style: &Style) -> String {
    let scene = Scene::new(plan, style.group_by);
    let mut drawing = pieces::pieces(&scene, style);
    place::place(&scene, &mut drawing);
    let wires = wires::wires(&drawing);
    let (title, summary) = headings(&scene, style);
    let widest = width(&title, 17.0).max(width(&summary, 12.0)) + place::MARGIN * 2.0;
    drawing.width = drawing.width.max(widest);
    let legend = drawing.height + 14.0;
    drawing.height = legend + 30.0;
    let mut painter = paint::Painter {
        scene: &scene,
        out: String::new(),
    };
    for (at, pod) in drawing.pods.iter().enumerate() {
        painter.pod(at, pod);
    }
    let is_bad = |wire: &&wires::Wire| {
        let first = wire.bundles.first().and_then(|at| drawing.bundles.get(*at));
        first.is_some_and(model::Bundle::is_bad)
    };
    for wire in wires.iter().filter(|it| !is_bad(it)) {
        painter.wire(&drawing, wire);
    }
    for wire in wires.iter().filter(is_bad) {
        painter.wire(&drawing, wire);
    }
    for pod in &drawing.pods {
        painter.pod_title(pod);
    }
    for piece in &drawing.pieces {
        painter.piece(piece);
    }
    painter.legend(&drawing, (place::MARGIN, legend));
    page(&drawing, (&title, &summary), &painter.out)
}

/// The first two lines of a picture.
fn headings(scene: &Scene<'_>, style: &Style) -> (String, String) {
    let plan = scene.plan;
    let nodes = plan.routers.iter().filter(|it| it.in_cluster).count();
    let outside = plan.routers.len().saturating_sub(nodes);
    let mut title = count(nodes, "node");
    if outside > 0 {
        let _ = write!(title, ", {} outside", count(outside, "router"));
    }
    let listed = u64::try_from(plan.sessions.len()).unwrap_or(u64::MAX);
    let meshed = plan.meshes.iter().map(|it| it.sessions).sum::<u64>();
    let all = listed.saturating_add(meshed);
    let up = plan.count(Verdict::Established);
    let unknown = plan.count(Verdict::UnknownRemote);
    let down = all.saturating_sub(up).saturating_sub(unknown);
    let mut summary = format!(
        "{} session{}, {} established",
        grouped(all),
        if all == 1 { "" } else { "s" },
        grouped(up)
    );
    if unknown > 0 {
        let _ = write!(summary, ", {} with unknown neighbours", grouped(unknown));
    }
    if down > 0 {
        let _ = write!(summary, ", {} that stay down", grouped(down));
    }
    (style.title.clone().unwrap_or(title), summary)
}

fn page(drawing: &Drawing, (title, summary): (&str, &str), body: &str) -> String {
    let (w, h) = (drawing.width, drawing.height);
    let (title, summary) = (escaped(title), escaped(summary));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"topology\" role=\"img\" \
         viewBox=\"0 0 {w:.0} {h:.0}\" aria-label=\"{title}: {summary}\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{w:.0}\" height=\"{h:.0}\"/>\n\
         <text class=\"heading\" x=\"{x}\" y=\"32\">{title}</text>\
         <text class=\"muted\" x=\"{x}\" y=\"52\">{summary}</text>\n{body}</svg>\n",
        x = place::MARGIN,
    )
}

const STYLE: &str = include_str!("svg/style.css");

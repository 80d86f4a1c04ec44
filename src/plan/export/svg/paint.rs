//! Pieces and lines as SVG's elements.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt::Write as _;

use super::{
    attributes::{class, group_data, sessions},
    measure::{escaped, number, shortened, width},
    model::{Bundle, Dots, Drawing, Note, Piece, Pod, Rect, Shape, verdict_text},
    pieces::mesh_text,
    place::{
        CELL, CHIP, LINE, LONGEST, PAD, TAG, TITLE, box_title, detail, is_tagged, note_text, widest,
    },
    wires::Wire,
};
use crate::plan::export::scene::{Rank, Scene, count};

/// Collects the text of a drawing.
pub(super) struct Painter<'s, 'p> {
    pub(super) scene: &'s Scene<'p>,
    pub(super) out: String,
}

impl Painter<'_, '_> {
    pub(super) fn pod(&mut self, at: usize, pod: &Pod) {
        let Rect { x, y, w, h } = pod.frame;
        let group = self.scene.groups.get(at);
        let data = group.map_or_else(String::new, |it| group_data(it.kind, &it.name));
        let title = escaped(&pod.title);
        let members = group.map_or(0, |it| it.members.len());
        let _ = write!(
            self.out,
            "<g class=\"group\"{data}><title>{title}: {}</title>\
             <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"10\"/></g>",
            count(members, "node"),
        );
    }

    /// The group's name, above the lines that run into it.
    pub(super) fn pod_title(&mut self, pod: &Pod) {
        let (x, y) = (pod.frame.x + PAD, pod.frame.y + 21.0);
        let title = escaped(&pod.title);
        let _ = write!(
            self.out,
            "<g class=\"group\"><text class=\"halo\" x=\"{x:.1}\" y=\"{y:.1}\">{title}</text></g>"
        );
    }

    pub(super) fn piece(&mut self, piece: &Piece) {
        match piece.shape {
            Shape::Chip => {
                if let Some(actor) = piece.actors.first() {
                    self.chip(*actor, piece.rect);
                }
            }
            Shape::Hub(at) => self.hub(at, piece.rect),
            Shape::Names { columns } => {
                self.frame(piece);
                let w = widest(self.scene, &piece.actors);
                let mut actors = piece.actors.iter().copied();
                let mut y = piece.rect.y + TITLE + PAD / 2.0;
                let rows = piece.actors.len().div_ceil(columns.max(1));
                for _ in 0..rows {
                    let mut x = piece.rect.x + PAD;
                    for actor in actors.by_ref().take(columns) {
                        self.chip(actor, Rect { x, y, w, h: CHIP });
                        x += w + CELL;
                    }
                    y += CHIP + CELL;
                }
            }
            Shape::Dots(dots) => {
                self.frame(piece);
                self.dots(piece, dots);
            }
        }
    }

    /// A box with its first line and its notes.
    fn frame(&mut self, piece: &Piece) {
        let Rect { x, y, w, h } = piece.rect;
        let title = escaped(&box_title(self.scene, &piece.actors));
        let _ = write!(
            self.out,
            "<g class=\"box\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" \
             rx=\"8\"/><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{title}</text>",
            x + PAD,
            y + 17.0
        );
        let mut line = y + h - PAD / 2.0 - number(piece.notes.len().saturating_sub(1)) * LINE;
        for note in &piece.notes {
            self.note(note, (x + PAD, line - 2.0));
            line += LINE;
        }
        self.out.push_str("</g>\n");
    }

    fn note(&mut self, note: &Note, (x, y): (f64, f64)) {
        let bad = if note.bad { " bad" } else { "" };
        let sessions = sessions(note.sessions.iter().copied());
        let text = escaped(&note_text(note));
        let _ = write!(
            self.out,
            "<text class=\"note{bad}\"{sessions} x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        );
    }

    fn dots(&mut self, piece: &Piece, dots: Dots) {
        let (x, y) = (piece.rect.x + PAD, piece.rect.y + TITLE + PAD / 2.0);
        let radius = dots.pitch * 0.36;
        // Less wide than its box, which a long line may have widened: centred.
        let slack = piece.rect.w - PAD * 2.0 - number(dots.columns) * dots.pitch;
        let (mut column, mut row) = (0, 0);
        for actors in piece.actors.chunks(dots.each.max(1)) {
            let cx = x + slack / 2.0 + dots.pitch * (number(column) + 0.5);
            let cy = y + dots.pitch * (number(row) + 0.5);
            self.dot(actors, (cx, cy), radius);
            column = column.saturating_add(1);
            if column >= dots.columns {
                (column, row) = (0, row.saturating_add(1));
            }
        }
        self.out.push('\n');
    }

    fn dot(&mut self, actors: &[usize], (x, y): (f64, f64), r: f64) {
        let (Some(at), Some(last)) = (actors.first(), actors.last()) else {
            return;
        };
        let known = actors.iter().filter_map(|at| self.scene.actor(*at));
        let failed: usize = known.map(|actor| actor.failed).sum();
        let Some(actor) = self.scene.actor(*at) else {
            return;
        };
        let class = format!("dot {}", class(actor, failed));
        let data = self.data(*at);
        let mut title = self.scene.described(*at);
        let mut several = String::new();
        if let (true, Some(last)) = (actors.len() > 1, self.scene.actor(*last)) {
            title = format!(
                "{} to {}: {}",
                actor.name,
                last.name,
                count(actors.len(), "node")
            );
            several = format!(" data-count=\"{}\"", actors.len());
        }
        let title = escaped(&title);
        let start = format!("class=\"{class}\"{data}{several}");
        // What is wrong is another shape, and not only another colour.
        let _ = if failed > 0 {
            write!(
                self.out,
                "<path {start} d=\"M{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}Z\"><title>{title}</title></path>",
                y - r * 1.25,
                x + r * 1.25,
                y + r * 1.25,
                x - r * 1.25
            )
        } else {
            write!(
                self.out,
                "<circle {start} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\"><title>{title}</title></circle>"
            )
        };
    }

    fn chip(&mut self, at: usize, rect: Rect) {
        let Some(actor) = self.scene.actor(at) else {
            return;
        };
        let Rect { x, y, w, h } = rect;
        let data = self.data(at);
        let class = class(actor, actor.failed);
        let title = escaped(&self.scene.described(at));
        let (rx, bar) = match actor.rank {
            Rank::Node => (8.0, false),
            Rank::Reflector => (h / 2.0, false),
            Rank::Fabric(_) => (2.0, true),
            Rank::Outside(_) => (2.0, false),
        };
        let _ = write!(
            self.out,
            "<g class=\"router {class}\"{data}><title>{title}</title><rect class=\"body\" \
             x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" rx=\"{rx:.0}\"/>"
        );
        if bar {
            let _ = write!(
                self.out,
                "<rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"4\"/>"
            );
        }
        let tag = if is_tagged(self.scene, at) { TAG } else { 0.0 };
        if tag > 0.0 {
            let (x, y) = (x + 10.0, y + h / 2.0 - 8.0);
            let _ = write!(
                self.out,
                "<g class=\"tag\"><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"24\" height=\"16\" \
                 rx=\"8\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">RR</text></g>",
                x + 12.0,
                y + 11.8
            );
        }
        let middle = x + tag + (w - tag) / 2.0;
        let mark = if actor.failed > 0 { "✕ " } else { "" };
        let name = escaped(&shortened(&actor.name, LONGEST));
        let detail = escaped(&shortened(&detail(self.scene, at), LONGEST));
        let _ = writeln!(
            self.out,
            "<text class=\"name\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{:.1}\">{mark}{name}</text>\
             <text class=\"detail\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{:.1}\">{detail}</text></g>",
            y + 18.0,
            y + 32.0
        );
    }

    fn hub(&mut self, at: usize, rect: Rect) {
        let Some(clique) = self.scene.cliques.get(at) else {
            return;
        };
        let Rect { x, y, w, h } = rect;
        let sessions = sessions(clique.links.iter().map(|it| it.session));
        let text = escaped(&mesh_text(clique));
        let (cx, cy) = (x + 20.0, y + h / 2.0);
        let _ = writeln!(
            self.out,
            "<g class=\"hub\"{sessions}><title>{text}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" \
             width=\"{w:.1}\" height=\"{h:.1}\" rx=\"{:.0}\"/><path d=\"M{:.1} {:.1}L{:.1} {:.1}\
             L{:.1} {:.1}L{:.1} {:.1}ZL{:.1} {:.1}M{:.1} {:.1}L{:.1} {:.1}\"/><text x=\"{:.1}\" \
             y=\"{:.1}\">{text}</text></g>",
            h / 2.0,
            cx - 7.0,
            cy - 7.0,
            cx + 7.0,
            cy - 7.0,
            cx + 7.0,
            cy + 7.0,
            cx - 7.0,
            cy + 7.0,
            cx + 7.0,
            cy + 7.0,
            cx + 7.0,
            cy - 7.0,
            cx - 7.0,
            cy + 7.0,
            x + 36.0,
            cy + 4.2
        );
    }

    /// Attributes for whoever scripts the drawing.
    fn data(&self, at: usize) -> String {
        let Some(actor) = self.scene.actor(at) else {
            return String::new();
        };
        let mut data = format!(" data-router=\"{}\"", escaped(&actor.name));
        let domains = self.scene.router(at).map(|router| &router.domains);
        for (kind, name) in domains.into_iter().flatten() {
            if kind == "rack" || kind == "zone" {
                let _ = write!(data, " data-{kind}=\"{}\"", escaped(name));
            }
        }
        data
    }

    pub(super) fn wire(&mut self, drawing: &Drawing, wire: &Wire) {
        let bundles: Vec<&Bundle> = wire
            .bundles
            .iter()
            .filter_map(|at| drawing.bundles.get(*at))
            .collect();
        let Some(first) = bundles.first() else {
            return;
        };
        let class = match (first.is_bad(), first.hub) {
            (true, _) => "bad ",
            (false, Some(_)) => "mesh ",
            _ => "",
        };
        let links = || bundles.iter().flat_map(|it| &it.links);
        let sessions = sessions(links().map(|it| it.session));
        let title = escaped(&self.wire_title(drawing, &bundles));
        let path = &wire.path;
        let _ = write!(
            self.out,
            "<g class=\"link {class}{} {}\"{sessions}><title>{title}</title><path class=\"wide\" \
             d=\"{path}\"/><path class=\"line\" d=\"{path}\"/>",
            first.kind.class(),
            verdict_text(first.verdict),
        );
        if first.kind == crate::plan::export::scene::Kind::External && first.hub.is_none() {
            let _ = write!(self.out, "<path class=\"core\" d=\"{path}\"/>");
        }
        if let Some((x, y, text)) = &wire.label {
            let text = escaped(text);
            let _ = write!(
                self.out,
                "<text class=\"label\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{text}</text>",
                y + 4.0
            );
        }
        self.out.push_str("</g>\n");
    }

    fn wire_title(&self, drawing: &Drawing, bundles: &[&Bundle]) -> String {
        let Some(first) = bundles.first() else {
            return String::new();
        };
        let name = |at: usize| {
            let piece = drawing.pieces.get(at);
            piece.map_or_else(String::new, |piece| match piece.shape {
                Shape::Hub(at) => self
                    .scene
                    .cliques
                    .get(at)
                    .map_or_else(String::new, mesh_text),
                Shape::Chip => {
                    let actor = piece.actors.first().and_then(|at| self.scene.actor(*at));
                    actor.map_or_else(String::new, |it| it.name.clone())
                }
                _ => box_title(self.scene, &piece.actors),
            })
        };
        let ends: BTreeSet<_> = bundles
            .iter()
            .flat_map(|it| [it.ends.0, it.ends.1])
            .collect();
        let mut names: Vec<String> = ends.iter().copied().take(8).map(name).collect();
        if let Some(more) = ends.len().checked_sub(8).filter(|it| *it > 0) {
            names.push(format!("{more} more"));
        }
        let kind = first.kind.text();
        let verdict = verdict_text(first.verdict);
        let many: usize = bundles.iter().map(|it| it.links.len()).sum();
        if first.hub.is_some() {
            return format!("{}: {kind}", names.join(" – "));
        }
        format!(
            "{}: {}, {kind}, {verdict}",
            names.join(" – "),
            count(many, "session")
        )
    }

    /// What lines and shapes mean: those that occur.
    pub(super) fn legend(&mut self, drawing: &Drawing, (x, y): (f64, f64)) {
        let _ = write!(self.out, "<g class=\"legend\">");
        let mut x = x;
        let mut y = y;
        for (class, text) in samples(drawing) {
            let wide = 46.0 + width(text, 11.5) + 18.0;
            if x + wide > drawing.width && x > 60.0 {
                (x, y) = (24.0, y + 20.0);
            }
            let _ = write!(
                self.out,
                "<g class=\"link {class}\"><path class=\"line\" d=\"M{x:.1} {y:.1}h36\"/><path \
                 class=\"core\" d=\"M{x:.1} {y:.1}h36\"/></g><text class=\"note\" x=\"{:.1}\" \
                 y=\"{:.1}\">{text}</text>",
                x + 44.0,
                y + 4.0
            );
            x += wide;
        }
        self.out.push_str("</g>\n");
    }
}

/// The kinds of lines that a drawing has, in a fixed order.
pub(super) fn samples(drawing: &Drawing) -> Vec<(&'static str, &'static str)> {
    let mut samples = Vec::new();
    let has = |of: &dyn Fn(&Bundle) -> bool| drawing.bundles.iter().any(of);
    let up = |kind: &'static str| {
        move |it: &Bundle| {
            it.kind.class() == kind
                && it.hub.is_none()
                && it.verdict == crate::plan::pairing::Verdict::Established
        }
    };
    if has(&up("client")) {
        samples.push(("client", "iBGP, reflector above client"));
    }
    if has(&up("internal")) {
        samples.push(("internal", "iBGP"));
    }
    if has(&up("external")) {
        samples.push(("external", "eBGP"));
    }
    if has(&|it| it.hub.is_some()) {
        samples.push(("mesh internal", "full mesh"));
    }
    if has(&|it| it.verdict == crate::plan::pairing::Verdict::UnknownRemote) {
        samples.push(("unknown-remote", "neighbour unknown"));
    }
    if has(&Bundle::is_bad) {
        samples.push(("bad", "stays down"));
    }
    samples
}

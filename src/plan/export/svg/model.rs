//! What a drawing is made of.

use alloc::{string::String, vec::Vec};

use crate::plan::{
    export::scene::{Kind, Link},
    pairing::Verdict,
};

/// A rectangle, from its top left corner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) w: f64,
    pub(super) h: f64,
}

impl Rect {
    pub(super) fn middle(&self) -> f64 {
        self.x + self.w / 2.0
    }

    pub(super) fn center(&self) -> (f64, f64) {
        (self.middle(), self.y + self.h / 2.0)
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.h
    }

    pub(super) fn right(&self) -> f64 {
        self.x + self.w
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }
}

/// Something that lines end at.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) rect: Rect,
    pub(super) shape: Shape,
    pub(super) site: Site,
    pub(super) actors: Vec<usize>,
    /// What is true among its actors: in boxes only.
    pub(super) notes: Vec<Note>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// One actor, with its name.
    Chip,
    /// Many actors with their names, in so many columns.
    Names { columns: usize },
    /// Many actors as dots.
    Dots(Dots),
    /// The full mesh of this place in the scene.
    Hub(usize),
}

/// A grid of dots.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dots {
    pub(super) columns: usize,
    /// From one to the next.
    pub(super) pitch: f64,
    /// How many actors one stands for.
    pub(super) each: usize,
}

/// Where a piece is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Site {
    /// Above all groups, in the row of this number from the top.
    Top(usize),
    /// At a group, in one of its rows.
    Pod(usize, Row),
}

/// The rows of a group, from the top.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Row {
    Fabric,
    Reflectors,
    Nodes,
}

/// One line of text in a box.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) text: String,
    pub(super) bad: bool,
    /// The sessions it is about.
    pub(super) sessions: Vec<usize>,
}

/// A group of nodes and what belongs to it.
#[derive(Debug)]
pub(super) struct Pod {
    pub(super) frame: Rect,
    pub(super) title: String,
    pub(super) fabric: Vec<usize>,
    pub(super) reflectors: Vec<usize>,
    pub(super) nodes: Vec<usize>,
    /// Whether the nodes stand in a ring.
    pub(super) ring: bool,
    /// Its row in the grid of groups.
    pub(super) line: usize,
}

impl Pod {
    pub(super) fn row(&self, row: Row) -> &[usize] {
        match row {
            Row::Fabric => &self.fabric,
            Row::Reflectors => &self.reflectors,
            Row::Nodes => &self.nodes,
        }
    }
}

/// Sessions of one kind and fate between two pieces.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) ends: (usize, usize),
    pub(super) kind: Kind,
    pub(super) verdict: Verdict,
    pub(super) links: Vec<Link>,
    /// How many sessions of a full mesh it stands for, where it leads to a hub.
    pub(super) hub: Option<usize>,
}

impl Bundle {
    pub(super) fn is_bad(&self) -> bool {
        !matches!(self.verdict, Verdict::Established | Verdict::UnknownRemote)
    }
}

/// Everything, with its place once it has one.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    pub(super) pieces: Vec<Piece>,
    pub(super) pods: Vec<Pod>,
    /// Rows of pieces above the groups.
    pub(super) top: Vec<Vec<usize>>,
    pub(super) bundles: Vec<Bundle>,
    /// Where each actor is.
    pub(super) places: Vec<usize>,
    /// Lines of the grid of groups: the top of the channel above each, and where
    /// its pieces begin.
    pub(super) channels: Vec<f64>,
    /// Whether lines from above run in channels.
    pub(super) buses: Vec<Bus>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Bundles that run together through the channels between groups.
#[derive(Debug)]
pub(super) struct Bus {
    /// Alike in where they come from, their kind, and whether they are up.
    pub(super) bundles: Vec<usize>,
}

pub(super) const fn verdict_text(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Established => "established",
        Verdict::HalfOpen => "half-open",
        Verdict::AsMismatch => "as-mismatch",
        Verdict::UnknownRemote => "unknown-remote",
        Verdict::BothPassive => "both-passive",
        Verdict::PortMismatch => "port-mismatch",
        Verdict::Duplicate => "duplicate",
    }
}

//! A graph for Graphviz: routers, and the sessions between them.
//!
//! Nodes stand in clusters by rack, zone or AS. Reflectors have two circles, and
//! routers outside are boxes. A full mesh is one point with a line to each of its
//! members rather than a line for every two; what stays down is dashed, red and
//! says why.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt::Write as _;

pub use super::scene::GroupBy;
use super::scene::{Clique, Kind, Link, Rank, Scene, grouped};
use crate::plan::pairing::{Plan, Verdict};

/// A plan as one graph, always the same for the same plan.
///
/// ```
/// use bgpwright::plan::{Mode, export::dot, generate, plan};
///
/// let plan = plan(&generate(100, Mode::Mesh));
/// let graph = dot::graph(&plan, dot::GroupBy::Auto);
/// assert!(graph.contains("full mesh of 100"));
/// assert!(graph.lines().count() < 500);
/// ```
pub fn graph(plan: &Plan, group_by: GroupBy) -> String {
    let scene = Scene::new(plan, group_by);
    let mut out = String::from(
        "graph topology {\n  graph [overlap=false, splines=true, fontname=\"sans-serif\"];\n  node \
         [shape=ellipse, fontname=\"sans-serif\", fontsize=11];\n  edge [fontname=\"sans-serif\", \
         fontsize=9];\n",
    );
    for (number, group) in scene.groups.iter().enumerate() {
        let boxed = !group.kind.is_empty();
        if boxed {
            let label = quoted(&group.title);
            let _ = writeln!(
                out,
                "  subgraph cluster_{number} {{\n    label={label}; style=rounded;"
            );
        }
        for at in &group.members {
            actor(&scene, *at, &mut out);
        }
        if boxed {
            out.push_str("  }\n");
        }
    }
    let outside = scene.actors.iter().enumerate();
    for (at, _) in outside.filter(|(_, it)| it.group.is_none()) {
        actor(&scene, at, &mut out);
    }
    for (number, of) in scene.cliques.iter().enumerate() {
        clique(number, of, &mut out);
    }
    let mut lines: BTreeMap<(usize, usize, Kind, bool), (usize, &'static str)> = BTreeMap::new();
    for link in &scene.links {
        let (a, b) = link.ends;
        let key = (a, b, link.kind, link.is_up());
        let line = lines.entry(key).or_insert_with(|| (0, why(link)));
        line.0 = line.0.saturating_add(1);
    }
    for ((a, b, kind, up), (count, why)) in lines {
        let mut says = Vec::new();
        if count > 1 {
            says.push(format!("{count} sessions"));
        }
        if !why.is_empty() {
            says.push(why.into());
        }
        let style = style(kind, up, why == UNKNOWN);
        let label = quoted(&says.join(": "));
        let _ = writeln!(out, "  r{a} -- r{b} [{style}, label={label}];");
    }
    out.push_str("}\n");
    out
}

fn actor(scene: &Scene<'_>, at: usize, out: &mut String) {
    let Some(of) = scene.actor(at) else { return };
    let look = match of.rank {
        Rank::Node => "shape=ellipse",
        Rank::Reflector => "shape=ellipse, peripheries=2",
        Rank::Fabric(_) => "shape=box",
        Rank::Outside(_) => "shape=box, style=dashed",
    };
    let label = quoted(&format!("{}\n{}", of.name, of.detail));
    let tip = quoted(&scene.described(at));
    let _ = writeln!(out, "    r{at} [label={label}, tooltip={tip}, {look}];");
}

/// One point, and a line to each member.
fn clique(number: usize, of: &Clique, out: &mut String) {
    let mut text = format!(
        "full mesh of {}\n{} sessions",
        grouped(of.members.len()),
        grouped(of.sessions)
    );
    if of.failed > 0 {
        let _ = write!(text, ", {} stay down", grouped(of.failed));
    }
    let label = quoted(&text);
    let _ = writeln!(out, "  mesh{number} [label={label}, shape=plaintext];");
    for at in &of.members {
        let _ = writeln!(out, "  r{at} -- mesh{number} [style=solid];");
    }
}

fn style(kind: Kind, up: bool, unknown: bool) -> &'static str {
    match (kind, up) {
        (_, false) if unknown => "style=dotted, color=gray40",
        (_, false) => "style=dashed, color=red, fontcolor=red",
        (Kind::Client, true) => "style=solid, dir=back, arrowtail=dot",
        (Kind::Internal, true) => "style=solid",
        (Kind::External, true) => "style=bold",
    }
}

fn why(link: &Link) -> &'static str {
    match link.verdict {
        Verdict::Established => "",
        Verdict::UnknownRemote => UNKNOWN,
        Verdict::HalfOpen => "one end only",
        Verdict::AsMismatch => "AS numbers differ",
        Verdict::Duplicate => "twice",
        _ => "stays down",
    }
}

const UNKNOWN: &str = "not known to end anywhere";

/// A text as Graphviz has it. Markup begins with an angle bracket outside
/// quotes only.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

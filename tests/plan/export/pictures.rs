//! Pictures: what is in them, that texts do not lie over each other, and that
//! names stay names.

use core::fmt::Write as _;
use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

use bgpwright::plan::{
    Inventory, Mode, Plan,
    export::{dot, svg},
    generate,
    inventory::Node,
    plan,
};

use crate::clusters::cluster;

fn racked(nodes: usize, racks: usize, mode: Mode) -> Inventory {
    let mut inventory = generate(nodes, mode);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        node.domains
            .insert("rack".into(), format!("r{}", at % racks));
    }
    inventory
}

fn plans() -> Vec<(String, Plan)> {
    let mut plans = vec![
        (
            "racks".to_owned(),
            plan(&cluster("rack.yaml", Some("rack.fabric.yaml"))),
        ),
        (
            "reflectors".to_owned(),
            plan(&cluster("reflectors.yaml", None)),
        ),
        ("nothing".to_owned(), plan(&Inventory::default())),
    ];
    for (nodes, racks) in [(4, 2), (20, 3), (100, 4), (500, 10), (500, 40)] {
        for mode in [Mode::Mesh, Mode::Rr] {
            let name = format!("{nodes} nodes in {racks} racks, {mode:?}");
            plans.push((name, plan(&racked(nodes, racks, mode))));
        }
    }
    plans
}

/// The values of an attribute, in order.
fn values<'t>(text: &'t str, attribute: &str) -> Vec<&'t str> {
    let begins = format!(" {attribute}=\"");
    let parts = text.split(&begins).skip(1);
    parts.map(|it| it.split('"').next().unwrap()).collect()
}

#[test]
fn every_router_and_every_session_is_in_the_picture() {
    for (name, plan) in plans() {
        let picture = svg::draw(&plan, &svg::Style::default());
        assert_eq!(picture, svg::draw(&plan, &svg::Style::default()), "{name}");
        let routers: BTreeSet<&str> = values(&picture, "data-router").into_iter().collect();
        for router in &plan.routers {
            // Dots of very many nodes stand for several each.
            let shown = routers.contains(router.name.as_str());
            assert!(shown || plan.routers.len() > 400, "{name}: {}", router.name);
        }
        let listed = values(&picture, "data-session").into_iter();
        let sessions: BTreeSet<usize> = listed
            .flat_map(str::split_whitespace)
            .map(|it| it.parse().unwrap())
            .collect();
        let meshed = picture.contains("full mesh of");
        assert!(meshed || sessions.len() == plan.sessions.len(), "{name}");
        assert!(
            sessions.iter().all(|it| *it < plan.sessions.len()),
            "{name}"
        );
    }
}

/// A text's place: left, top, right, bottom, by a rough measure.
type Box = (f64, f64, f64, f64);

fn boxes(picture: &str) -> Vec<(String, Box)> {
    let mut found = Vec::new();
    for part in picture.split("<text").skip(1) {
        let (head, rest) = part.split_once('>').unwrap();
        let text = rest.split("</text>").next().unwrap().to_owned();
        let head = format!(" {head}");
        let number = |name| {
            values(&head, name)
                .first()
                .and_then(|it| it.parse::<f64>().ok())
        };
        let (Some(x), Some(y)) = (number("x"), number("y")) else {
            continue;
        };
        let size = if head.contains("heading") { 17.0 } else { 10.0 };
        let letters = u32::try_from(text.chars().count()).unwrap();
        let width = f64::from(letters) * size * 0.5;
        let middle = head.contains("middle");
        let left = if middle { x - width / 2.0 } else { x };
        found.push((text, (left, y - size * 0.7, left + width, y)));
    }
    found
}

#[test]
fn texts_do_not_lie_over_each_other() {
    for (name, plan) in plans() {
        let picture = svg::draw(&plan, &svg::Style::default());
        // Labels of lines have a halo, and may cross; names may not.
        let names: Vec<_> = boxes(&picture)
            .into_iter()
            .filter(|(text, _)| text.parse::<u64>().is_err())
            .collect();
        for (at, (text, a)) in names.iter().enumerate() {
            for (other, b) in &names[at + 1..] {
                let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                assert!(apart, "{name}: {text:?} {a:?} and {other:?} {b:?}");
            }
        }
    }
}

const HOSTILE: &str = "</text><script>alert(1)</script>\"'&\u{0}\n";

#[test]
fn names_that_look_like_markup_stay_names() {
    let mut inventory = generate(3, Mode::Mesh);
    inventory.nodes[0].name = HOSTILE.into();
    inventory.nodes[1]
        .domains
        .insert("rack".into(), HOSTILE.into());
    let plan = plan(&inventory);
    let picture = svg::draw(&plan, &svg::Style::default());
    assert!(!picture.contains("<script"), "{picture}");
    assert!(!picture.contains('\u{0}'));
    let opened = picture.matches("<text").count();
    assert_eq!(opened, picture.matches("</text>").count());
    let graph = dot::graph(&plan, dot::GroupBy::Auto);
    let quotes = graph
        .replace("\\\\", "")
        .replace("\\\"", "")
        .matches('"')
        .count();
    assert!(
        quotes.is_multiple_of(2) && !graph.contains('\u{0}'),
        "{graph}"
    );
}

#[test]
fn what_stays_down_is_marked_by_more_than_colour() {
    let mut inventory = generate(3, Mode::Mesh);
    inventory.nodes[0].asn = Some(bgpwright::types::Asn(65_000));
    let plan = plan(&inventory);
    let picture = svg::draw(&plan, &svg::Style::default());
    assert!(picture.contains("2 that stay down") && picture.contains("as-mismatch"));
    let graph = dot::graph(&plan, dot::GroupBy::Auto);
    assert_eq!(
        graph.matches("style=dashed, color=red").count(),
        2,
        "{graph}"
    );
    assert_eq!(graph.matches("AS numbers differ").count(), 2);
}

#[test]
fn a_large_mesh_is_one_point_of_a_graph() {
    let graph = dot::graph(&plan(&generate(400, Mode::Mesh)), dot::GroupBy::Nothing);
    assert!(
        graph.contains("full mesh of 400\\n79,800 sessions"),
        "{graph}"
    );
    assert_eq!(graph.matches(" -- ").count(), 400);
}

#[test]
fn graphviz_takes_the_graphs() {
    if std::env::var_os("BGPWRIGHT_INTEROP").is_none() {
        println!("skipped: BGPWRIGHT_INTEROP is not set");
        return;
    }
    for (name, plan) in plans() {
        let graph = dot::graph(&plan, dot::GroupBy::Auto);
        // Reading is what is tried; laying out 500 nodes takes long.
        let mut child = Command::new("gvpr")
            .args(["BEG_G { printf(\"%d\", nNodes($G)); }"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("gvpr of the package graphviz: {error}"));
        child
            .stdin
            .take()
            .unwrap()
            .write_all(graph.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let mut said = String::from_utf8_lossy(&output.stdout).into_owned();
        let _ = write!(said, "{}", String::from_utf8_lossy(&output.stderr));
        let count: usize = said
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("{name}: {said}"));
        assert!(count >= plan.routers.len(), "{name}: {said}");
    }
}

#[test]
fn nodes_are_grouped_as_asked() {
    let mut inventory = racked(12, 3, Mode::Mesh);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        node.domains.insert("zone".into(), format!("z{}", at % 2));
    }
    inventory.nodes.push(Node::new("bare"));
    let plan = plan(&inventory);
    for (by, groups) in [
        (svg::GroupBy::Auto, 4),
        (svg::GroupBy::Rack, 4),
        (svg::GroupBy::Zone, 3),
        (svg::GroupBy::As, 1),
    ] {
        let graph = dot::graph(&plan, by);
        assert_eq!(graph.matches("subgraph cluster_").count(), groups, "{by:?}");
        let mut style = svg::Style::default();
        style.group_by = by;
        let picture = svg::draw(&plan, &style);
        assert_eq!(
            picture.matches("class=\"group").count(),
            groups * 2,
            "{by:?}"
        );
    }
}

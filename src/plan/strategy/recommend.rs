//! Which strategy to take, and why.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Assessment, ClusterIds, Mixed, Numbers, Placement, Reflectors, Requirements, Span, Strategy,
    TopOfRack, Unfit, apply,
    assess::{assess, copies_text},
};
use crate::plan::{Inventory, Severity, finding::Code};

/// Strategies compared.
///
/// The best meets most requirements; of those the one with the fewest errors,
/// then the fewest warnings, then the fewest roles to look after, then the fewest
/// paths a node, then the fewest sessions.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Recommendation {
    /// The best first.
    pub ranked: Vec<Assessment>,
    /// Strategies that do not fit, and why.
    pub unfit: Vec<(Strategy, String)>,
    /// Why the first, in sentences with the numbers; empty if nothing fits.
    pub why: Vec<String>,
}

impl Recommendation {
    /// The one to take, if any fits.
    pub fn chosen(&self) -> Option<&Assessment> {
        self.ranked.first()
    }

    /// The inventory with the one to take carried out; any other of `ranked` is
    /// made by [`apply`].
    ///
    /// # Errors
    /// If the inventory or the requirements are not those that were compared,
    /// and the strategy does not fit.
    pub fn design(
        &self,
        inventory: &Inventory,
        requirements: &Requirements,
    ) -> Result<Option<Inventory>, Unfit> {
        let chosen = self.chosen();
        let design = chosen.map(|it| apply(&it.strategy, inventory, requirements));
        design.transpose()
    }
}

/// The strategies that are worth comparing for an inventory.
pub fn candidates(inventory: &Inventory, requirements: &Requirements) -> Vec<Strategy> {
    let count = requirements.reflectors().max(2);
    let counts = BTreeSet::from([2, 3, count]);
    let mut all = Vec::from([Strategy::FullMesh]);
    for &count in &counts {
        all.push(Strategy::Reflectors(Reflectors::new(count)));
    }
    if !requirements.dedicated.is_empty() {
        all.push(Strategy::Reflectors(Reflectors {
            placement: Placement::Dedicated,
            ..Reflectors::new(count)
        }));
    }
    all.push(Strategy::Reflectors(Reflectors {
        cluster_ids: ClusterIds::Distinct,
        ..Reflectors::new(count)
    }));
    let kinds = kinds(inventory);
    for (kind, domains) in &kinds {
        let span = || Span::Domain(kind.clone());
        if *domains > 1 {
            all.push(Strategy::Reflectors(Reflectors {
                span: span(),
                ..Reflectors::new(count)
            }));
            let two = Reflectors::two_levels(count, span());
            all.push(Strategy::Reflectors(two));
        }
    }
    let largest = requirements.clients_of_one(count);
    let two_levels = Reflectors::two_levels(count, Span::Cluster);
    let large = inventory.nodes.len() > largest.saturating_add(count);
    if large {
        all.push(Strategy::Reflectors(two_levels.clone()));
    }
    let rack = kinds.contains_key("rack");
    if rack || !inventory.routers.is_empty() {
        let racks = kinds.get("rack").copied().unwrap_or(0);
        let fabric = TopOfRack {
            leaves: count,
            spines: count,
            numbers: if racks < TWO_OCTET_RACKS {
                Numbers::TwoOctets
            } else {
                Numbers::FourOctets
            },
            ..TopOfRack::default()
        };
        all.push(Strategy::TopOfRack(fabric.clone()));
        if requirements.wants_outside(inventory) {
            let reflectors = if large {
                two_levels
            } else {
                Reflectors::new(count)
            };
            all.push(Strategy::Mixed(Mixed { reflectors, fabric }));
        }
    }
    all
}

/// Kinds of failure domains that every node has, and how many there are.
fn kinds(inventory: &Inventory) -> BTreeMap<String, usize> {
    let mut found: BTreeMap<&str, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for node in &inventory.nodes {
        for (kind, name) in &node.domains {
            let (nodes, names) = found.entry(kind).or_default();
            *nodes = nodes.saturating_add(1);
            names.insert(name);
        }
    }
    let all = inventory.nodes.len();
    let whole = found.into_iter().filter(|(_, (nodes, _))| *nodes == all);
    whole
        .map(|(kind, (_, names))| (kind.to_string(), names.len()))
        .collect()
}

/// Compares what is worth comparing.
///
/// ```
/// use bgpwright::plan::{Mode, generate};
/// use bgpwright::plan::strategy::{Requirements, Strategy, recommend};
///
/// let requirements = Requirements::default();
/// let small = recommend(&generate(50, Mode::Mesh), &requirements);
/// assert_eq!(small.ranked[0].strategy, Strategy::FullMesh);
/// let large = recommend(&generate(300, Mode::Mesh), &requirements);
/// assert_eq!(large.ranked[0].strategy.to_string(), "2 reflectors");
/// assert!(large.why[0].contains("2 reflectors: 597 sessions"));
/// ```
pub fn recommend(inventory: &Inventory, requirements: &Requirements) -> Recommendation {
    let mut ranked = Vec::new();
    let mut unfit = Vec::new();
    for strategy in candidates(inventory, requirements) {
        match assess(&strategy, inventory, requirements) {
            Ok(assessment) => ranked.push(assessment),
            Err(why) => unfit.push((strategy, why.to_string())),
        }
    }
    ranked.sort_by(|a, b| rank(a).cmp(&rank(b)));
    let why = why(&ranked, requirements);
    Recommendation { ranked, unfit, why }
}

/// What is compared, in the order in which it counts.
fn rank(of: &Assessment) -> impl Ord {
    (
        of.unmet.len(),
        of.count(Severity::Error),
        of.count(Severity::Warning),
        of.roles,
        of.copies,
        of.sessions,
    )
}

fn why(ranked: &[Assessment], requirements: &Requirements) -> Vec<String> {
    let Some((best, others)) = ranked.split_first() else {
        return Vec::new();
    };
    let mut why = Vec::new();
    let survives = match best.survival.routers {
        Some(0) => "no router may fail".to_string(),
        Some(1) => "any 1 router may fail".to_string(),
        Some(count) => format!("any {count} routers may fail"),
        None => "any number of routers may fail".into(),
    };
    why.push(format!(
        "{}: {} sessions, {} a node; {} to a block at a node; {} messages for one change; \
         {survives}",
        best.strategy,
        best.sessions,
        best.sessions_per_node,
        match best.copies {
            1 => "1 path".to_string(),
            copies => format!("{} paths", copies_text(copies)),
        },
        best.updates_per_change
    ));
    for unmet in &best.unmet {
        why.push(format!("it does not meet everything: {unmet}"));
    }
    for finding in &best.findings {
        why.push(format!("to be known: {finding}"));
    }
    for other in others {
        why.push(against(best, other));
    }
    if best.strategy.reflectors().is_some() && best.survival.routers == Some(1) {
        why.push(
            "with three, one more may be away while one is in maintenance (calico#9259)".into(),
        );
    }
    if requirements.survive == 0 {
        why.push("no failure was asked to be survived".into());
    }
    why
}

/// Why not this one.
fn against(best: &Assessment, other: &Assessment) -> String {
    let name = &other.strategy;
    let worst = other.findings.first();
    if let (true, Some(unmet)) = (other.unmet.len() > best.unmet.len(), other.unmet.first()) {
        return format!("not {name}: {unmet}");
    }
    let worse = |severity| other.count(severity) > best.count(severity);
    if let (true, Some(finding)) = (worse(Severity::Error) || worse(Severity::Warning), worst) {
        let advice = match finding.code {
            Code::PathsMultiplied | Code::PathsExplode => {
                ", since reflectors of different cluster ids are each other's clients"
            }
            _ => "",
        };
        return format!("not {name}: {}{advice}", finding.message);
    }
    if other.roles > best.roles {
        return format!(
            "not {name}: {} roles to look after in place of {}",
            other.roles, best.roles
        );
    }
    if other.copies > best.copies {
        return format!(
            "not {name}: {} paths to a block at a node in place of {}",
            copies_text(other.copies),
            copies_text(best.copies)
        );
    }
    format!(
        "not {name}: {} sessions in place of {}",
        other.sessions, best.sessions
    )
}

/// How many racks AS numbers of two octets do for, with some to spare
/// (RFC 7938 §5.2.2).
const TWO_OCTET_RACKS: usize = 1_000;

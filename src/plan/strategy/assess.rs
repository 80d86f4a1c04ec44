//! What a strategy comes to, in numbers.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use core::time::Duration;

use super::{
    Requirements, Strategy, Unfit,
    choose::number,
    counts::{Blocks, Counts, count},
    layout::Layout,
    racks::{Racks, families},
    some_of,
    survival::survival,
};
use crate::{
    plan::{
        Inventory, Severity,
        finding::{Code, Finding},
        inventory::{InterfaceAddress, Remote, Underlay},
        speakers::{NODE_HOLD_TIME, ROUTER_HOLD_TIME},
    },
    types::{Asn, Family, Prefix},
};

/// What a strategy comes to. Numbers of nodes with both families are those of
/// both together.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Assessment {
    /// Which strategy.
    pub strategy: Strategy,
    /// All sessions, those between routers outside included.
    pub sessions: u64,
    /// Sessions of a node that does not reflect, the most of any.
    pub sessions_per_node: u64,
    /// Sessions of a reflector, the most of any; 0 without reflectors.
    pub sessions_per_reflector: u64,
    /// Sessions of a leaf, the most of any; 0 without leaves.
    pub sessions_per_leaf: u64,
    /// Paths to one block that a node holds, the most of any.
    pub copies: u64,
    /// Paths to all blocks that a node holds that does not reflect, the most of
    /// any.
    pub paths_per_node: u64,
    /// Paths that a reflector or leaf holds, the most of any.
    pub paths_per_reflector: u64,
    /// UPDATE messages until all have learned all: one for each path told, since
    /// a router's own blocks fit into one message (RFC 4271 §4.3), and paths of
    /// different routers differ in their next hops.
    pub updates_at_start: u64,
    /// UPDATE messages when a node that does not reflect announces one more
    /// block, the most of any.
    pub updates_per_change: u64,
    /// Of those, how many the busiest router sends.
    pub updates_per_router: u64,
    /// Octets of paths and sessions at a node that does not reflect, estimated
    /// by [`Requirements::costs`](super::Requirements::costs).
    pub memory_per_node: u64,
    /// The same at the largest reflector or leaf.
    pub memory_per_reflector: u64,
    /// What may fail.
    pub survival: Survival,
    /// Routers or failure domains without which others lose each other's
    /// routes.
    pub single_points: Vec<String>,
    /// How long a neighbour may be gone before its sessions notice.
    pub detection: Duration,
    /// Nodes and routers with a role to look after: reflectors, and routers that
    /// would have to be built.
    pub roles: u64,
    /// Nodes that become reflectors, by name.
    pub reflectors: Vec<String>,
    /// Reflectors of the inventory that would be none.
    pub given_up: Vec<String>,
    /// Requirements that are not met, each in a sentence.
    pub unmet: Vec<String>,
    /// What is worth saying of the numbers, worst first.
    pub findings: Vec<Finding>,
}

/// How many may fail at once, whichever, so that all others still learn each
/// other's routes. `None`: any number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "plain facts")]
pub struct Survival {
    /// Routers.
    pub routers: Option<usize>,
    /// Failure domains by kind: racks, zones.
    pub domains: BTreeMap<String, Option<usize>>,
}

/// What a strategy comes to for an inventory, without making it.
///
/// # Errors
/// If it does not fit.
///
/// ```
/// use bgpwright::plan::{Mode, generate};
/// use bgpwright::plan::strategy::{Reflectors, Requirements, Strategy, assess};
///
/// let inventory = generate(10_000, Mode::Mesh);
/// let requirements = Requirements::default();
/// let mesh = assess(&Strategy::FullMesh, &inventory, &requirements)?;
/// assert_eq!((mesh.sessions, mesh.sessions_per_node), (49_995_000, 9_999));
/// let two = Strategy::Reflectors(Reflectors::new(2));
/// let two = assess(&two, &inventory, &requirements)?;
/// assert_eq!((two.sessions, two.sessions_per_node, two.copies), (19_997, 2, 2));
/// assert_eq!(two.survival.routers, Some(1));
/// # Ok::<(), bgpwright::plan::strategy::Unfit>(())
/// ```
pub fn assess(
    strategy: &Strategy,
    inventory: &Inventory,
    requirements: &Requirements,
) -> Result<Assessment, Unfit> {
    let layout = Layout::new(strategy, inventory, requirements)?;
    let families = families(inventory);
    let counts = families.iter().map(|family| {
        let blocks = Blocks::new(inventory, *family);
        count(strategy, &layout, &blocks)
    });
    let counts = counts.fold(Counts::default(), Counts::with);
    let (survival, single_points) = survival(strategy, &layout, inventory);
    let costs = requirements.costs;
    let memory = |paths: u64, sessions: u64| {
        let paths = costs.path.saturating_mul(paths);
        paths.saturating_add(costs.session.saturating_mul(sessions))
    };
    let busiest = counts.per_reflector.max(counts.per_leaf);
    let chosen: BTreeSet<usize> = layout.all_reflectors().collect();
    let name = |at: &usize| inventory.nodes.get(*at).map(|it| it.name.clone());
    let before = inventory.nodes.iter().enumerate();
    let before = before.filter(|(_, node)| node.cluster_id.is_some());
    let built = layout.racks.as_ref().map_or(0, Racks::new_routers);
    let mut assessment = Assessment {
        strategy: strategy.clone(),
        sessions: counts.sessions,
        sessions_per_node: counts.per_node,
        sessions_per_reflector: counts.per_reflector,
        sessions_per_leaf: counts.per_leaf,
        copies: counts.copies,
        paths_per_node: counts.paths_per_node,
        paths_per_reflector: counts.paths_per_reflector,
        updates_at_start: counts.at_start,
        updates_per_change: counts.per_change,
        updates_per_router: counts.per_router,
        memory_per_node: memory(counts.paths_per_node, counts.per_node),
        memory_per_reflector: memory(counts.paths_per_reflector, busiest),
        survival,
        single_points,
        detection: match strategy {
            Strategy::TopOfRack(_) => NODE_HOLD_TIME.min(ROUTER_HOLD_TIME),
            _ => NODE_HOLD_TIME,
        },
        roles: number(chosen.len()).saturating_add(number(built)),
        reflectors: chosen.iter().filter_map(name).collect(),
        given_up: before
            .filter(|(at, _)| !chosen.contains(at))
            .map(|(_, node)| node.name.clone())
            .collect(),
        unmet: Vec::new(),
        findings: Vec::new(),
    };
    assessment.findings = findings(&assessment, &layout, requirements);
    assessment.unmet = unmet(&assessment, &layout, inventory, requirements);
    Ok(assessment)
}

impl Assessment {
    /// How many findings are so bad.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|it| it.severity == severity).count()
    }
}

/// What is worth saying of the numbers.
fn findings(of: &Assessment, layout: &Layout, requirements: &Requirements) -> Vec<Finding> {
    let most = &requirements.thresholds;
    let mut found = Vec::new();
    let mut say = |code, message| found.push(Finding::new(code, Vec::new(), message));
    if of.strategy == Strategy::FullMesh {
        let code = |nodes: usize| of.sessions_per_node >= number(nodes);
        let message = format!(
            "a full mesh has {} sessions, {} at each node",
            of.sessions, of.sessions_per_node
        );
        if code(most.mesh_fails) {
            say(Code::MeshTooLarge, message);
        } else if code(most.mesh) {
            say(Code::MeshLarge, message);
        }
    }
    if of.sessions_per_reflector > number(most.reflector_sessions) {
        let message = format!(
            "a reflector has {} sessions, more than {}",
            of.sessions_per_reflector, most.reflector_sessions
        );
        say(Code::ReflectorLoaded, message);
    }
    // One from each of its own reflectors is no more than was asked for.
    let own = layout.groups.iter().map(|it| it.reflectors.len()).max();
    if of.copies > number(most.copies.max(own.unwrap_or(0))) {
        let many = layout.all_reflectors().count() > 3;
        let code = if many {
            Code::PathsExplode
        } else {
            Code::PathsMultiplied
        };
        let copies = copies_text(of.copies);
        say(code, format!("a node holds {copies} paths to each block"));
    }
    if of.sessions_per_leaf > 0 {
        let routes = of.paths_per_node.checked_div(of.copies).unwrap_or(0);
        if routes > number(most.switch_routes) {
            let message = format!("leaves are told of {routes} blocks: many hold fewer routes");
            say(Code::TableLarge, message);
        }
    }
    let breaches = layout.choices.iter().map(|it| it.objective.breaches);
    let together = breaches.filter(|it| *it > 0).count();
    if together > 0 {
        let message = format!(
            "{together} sets of reflectors are in fewer failure domains than there are: pinned or \
             forbidden nodes leave no other choice"
        );
        say(Code::ReflectorsTogether, message);
    }
    found.sort();
    found
}

/// So many, or that there is no end to it.
pub(super) fn copies_text(copies: u64) -> String {
    if copies > MANY {
        format!("more than {MANY}")
    } else {
        format!("{copies}")
    }
}

/// Requirements that are not met.
fn unmet(
    of: &Assessment,
    layout: &Layout,
    inventory: &Inventory,
    requirements: &Requirements,
) -> Vec<String> {
    let mut unmet = Vec::new();
    let wanted = requirements.reflectors().saturating_sub(1);
    if let Some(survives) = of.survival.routers.filter(|it| *it < wanted) {
        unmet.push(format!(
            "{survives} routers may fail at once, and {wanted} are to{}",
            because(&of.single_points)
        ));
    }
    for (kind, survives) in &of.survival.domains {
        let names = inventory.nodes.iter().filter_map(|it| it.domains.get(kind));
        let there: BTreeSet<&String> = names.collect();
        let wanted = requirements.survive.min(there.len().saturating_sub(2));
        if let Some(survives) = survives.filter(|it| *it < wanted) {
            unmet.push(format!(
                "{survives} of {} {kind}s may fail, and {wanted} are to{}",
                there.len(),
                because(&of.single_points)
            ));
        }
    }
    if requirements.wants_outside(inventory) && layout.racks.is_none() && !leads_outside(inventory)
    {
        unmet.push("routers outside do not learn the nodes' routes".into());
    }
    if !matches!(of.strategy, Strategy::TopOfRack(_)) && is_apart(inventory) {
        unmet.push(
            "nodes are on different subnets, and the underlay connects only those on one: they \
             reach each other through the fabric"
                .into(),
        );
    }
    if let Some(most) = requirements.max_sessions
        && of.sessions_per_node > most
    {
        unmet.push(format!(
            "a node has {} sessions, and is to have {most} at most",
            of.sessions_per_node
        ));
    }
    if let Some(most) = requirements.max_clients {
        let clients = layout.groups.iter();
        let clients = clients.map(|it| it.members.len().saturating_sub(it.reflectors.len()));
        let clients = clients.max().unwrap_or(0);
        if clients > most {
            unmet.push(format!(
                "a reflector has {clients} clients, and is to have {most} at most"
            ));
        }
    }
    unmet
}

fn because(single: &[String]) -> String {
    if single.is_empty() {
        String::new()
    } else {
        format!(": {}", some_of(single))
    }
}

/// Whether nodes peer with other ASes outside, in a way that stays.
fn leads_outside(inventory: &Inventory) -> bool {
    let own: BTreeSet<Asn> = inventory
        .nodes
        .iter()
        .map(|it| inventory.as_of(it))
        .collect();
    inventory.peerings.iter().any(|it| match &it.remote {
        Remote::Address(it) => !own.contains(&it.asn),
        Remote::Selector(_) => false,
    })
}

/// Whether nodes are on subnets that only a fabric connects.
fn is_apart(inventory: &Inventory) -> bool {
    if inventory.underlay != Underlay::Connected {
        return false;
    }
    let networks = |family: Family| {
        let nodes = inventory.nodes.iter();
        let networks = nodes.filter_map(move |it| it.address(family));
        networks
            .map(InterfaceAddress::network)
            .collect::<BTreeSet<Prefix>>()
    };
    [Family::IPV4_UNICAST, Family::IPV6_UNICAST]
        .iter()
        .any(|family| networks(*family).len() > 1)
}

/// From where on a number of paths is no longer told.
const MANY: u64 = 1_000_000;

//! From wanted peerings to each node's session ends, by Calico's rules.
//!
//! Every rule works a node and a family at a time. The explicit peerings of all
//! nodes come first (see `targets`); a node's mesh is computed when it is asked
//! for, so that a mesh of thousands costs nothing until then.

mod targets;

use alloc::{collections::BTreeMap, string::ToString, sync::Arc, vec::Vec};
use core::net::IpAddr;

use super::{
    end::{Origin, SessionEnd},
    filter::Direction,
    finding::Finding,
    inventory::{
        Inventory, NeighborAs, NextHop, Node, PeeringSettings, Reflection, Router, SecretRef,
    },
};
use crate::types::{Asn, Family};
use targets::{Form, Target, Targets};

/// The session ends of a cluster's nodes.
///
/// ```
/// use bgpwright::plan::{Expansion, Mode, generate};
/// use bgpwright::types::Family;
///
/// let inventory = generate(3, Mode::Mesh);
/// let expansion = Expansion::new(&inventory);
/// let ends = expansion.ends(0);
/// assert_eq!(ends.len(), 2);
/// assert_eq!(ends[0].protocol_name(), "Mesh_10_0_0_2");
/// assert_eq!(expansion.mesh(0, Family::IPV6_UNICAST).count(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Expansion<'a> {
    inventory: &'a Inventory,
    targets: Targets,
    mesh_password: Option<Arc<SecretRef>>,
}

impl<'a> Expansion<'a> {
    /// Works out the explicit peerings.
    pub fn new(inventory: &'a Inventory) -> Self {
        Self {
            inventory,
            targets: Targets::new(inventory),
            mesh_password: inventory.mesh.password.clone().map(Arc::new),
        }
    }

    /// Conflicts between peerings, and peerings that apply to nothing.
    pub fn findings(&self) -> &[Finding] {
        &self.targets.findings
    }

    /// All ends of the node at this index in [`Inventory::nodes`]: IPv4 before
    /// IPv6, then by [`SessionEnd::protocol_name`].
    pub fn ends(&self, node: usize) -> Vec<SessionEnd> {
        self.ends_with(node, |_| true)
    }

    /// The node's ends, those of the mesh only in some families.
    pub(super) fn ends_with(&self, node: usize, mesh: impl Fn(Family) -> bool) -> Vec<SessionEnd> {
        let mut ends = Vec::new();
        for family in [Family::IPV4_UNICAST, Family::IPV6_UNICAST] {
            let mut of_family = Vec::new();
            if mesh(family) {
                of_family.extend(self.mesh(node, family));
            }
            of_family.extend(self.explicit(node, family));
            of_family.sort_by_cached_key(SessionEnd::protocol_name);
            ends.append(&mut of_family);
        }
        ends
    }

    /// The nodes of the full mesh over one family, by their indices in
    /// [`Inventory::nodes`]. Those with one address have no session with each
    /// other, as no node has with itself.
    pub fn mesh_members(&self, family: Family) -> Vec<usize> {
        let nodes = self.inventory.nodes.iter().enumerate();
        nodes
            .filter(|(_, node)| self.inventory.mesh.enabled && node.cluster_id.is_none())
            .filter(|(_, node)| node.address(family).is_some())
            .map(|(at, _)| at)
            .collect()
    }

    /// How many sessions the full mesh of one family has, both ends counted as
    /// one, without listing any.
    pub fn mesh_sessions(&self, family: Family) -> u64 {
        let mut same: BTreeMap<IpAddr, u64> = BTreeMap::new();
        let members = self.mesh_members(family);
        let nodes = members
            .iter()
            .filter_map(|at| self.inventory.nodes.get(*at));
        for address in nodes.filter_map(|node| node.address(family)) {
            let count = same.entry(address.addr).or_default();
            *count = count.saturating_add(1);
        }
        let pairs = |count: u64| count.saturating_mul(count.saturating_sub(1)) / 2;
        let all = pairs(u64::try_from(members.len()).unwrap_or(u64::MAX));
        let with_itself: u64 = same.into_values().map(pairs).sum();
        all.saturating_sub(with_itself)
    }

    /// The node's ends of the full mesh over one family, in the nodes' order.
    pub fn mesh(&self, node: usize, family: Family) -> impl Iterator<Item = SessionEnd> + '_ {
        let own = self.inventory.nodes.get(node).and_then(|node| {
            let meshed = self.inventory.mesh.enabled && node.cluster_id.is_none();
            let local = node.address(family).filter(|_| meshed)?.addr;
            Some((node, local, local.to_string()))
        });
        own.into_iter().flat_map(move |(node, local, local_text)| {
            self.inventory.nodes.iter().filter_map(move |other| {
                let neighbor = other.address(family)?.addr;
                let meshed = other.cluster_id.is_none() && neighbor != local;
                meshed.then(|| self.mesh_end(node, (local, &local_text), (other, neighbor)))
            })
        })
    }

    fn mesh_end(
        &self,
        node: &Node,
        (local, local_text): (IpAddr, &str),
        (other, neighbor): (&Node, IpAddr),
    ) -> SessionEnd {
        let local_as = self.inventory.as_of(node);
        SessionEnd {
            port: self.inventory.port_of(other),
            passive: neighbor.to_string().as_str() > local_text,
            restart_time: self.inventory.mesh.restart_time,
            password: self.mesh_password.clone(),
            ..plain_end(
                Origin::Mesh,
                (local, local_as),
                (neighbor, self.inventory.mesh_as(node, other)),
            )
        }
    }

    /// The node's ends of the other peerings over one family.
    pub fn explicit(&self, node: usize, family: Family) -> Vec<SessionEnd> {
        let Some((own, local)) = self
            .inventory
            .nodes
            .get(node)
            .and_then(|node| Some((node, node.address(family)?.addr)))
        else {
            return Vec::new();
        };
        self.targets
            .of_node(node)
            .filter(|target| target.addr != local && Family::unicast_of(target.addr) == family)
            .map(|target| self.explicit_end(own, local, target))
            .collect()
    }

    fn explicit_end(&self, node: &Node, local: IpAddr, target: &Target) -> SessionEnd {
        let settings = self.settings_of(target);
        let by_address = target.form == Form::Address;
        let local_as_override = settings.local_as.filter(|_| by_address);
        let local_as = local_as_override.unwrap_or_else(|| self.inventory.as_of(node));
        let remote_as = match settings.neighbor_as {
            NeighborAs::Internal if by_address => local_as,
            NeighborAs::Any if by_address => self.known_as(target.addr),
            NeighborAs::External if by_address => Some(self.known_as(target.addr))
                .filter(|it| *it != local_as)
                .unwrap_or(Asn::ZERO),
            _ => target.asn,
        };
        let local = settings
            .local_address
            .filter(|_| by_address)
            .unwrap_or(local);
        let internal = remote_as == local_as;
        let reflector_client = node.cluster_id.filter(|own| match settings.reflection {
            Reflection::ByCluster => internal && target.cluster_id != Some(*own),
            Reflection::Client => internal,
            Reflection::NonClient => false,
        });
        SessionEnd {
            neighbor_text: target.text.clone(),
            port: target.port,
            neighbor_as: if by_address {
                settings.neighbor_as
            } else {
                NeighborAs::Exactly
            },
            local_as_override: local_as_override.is_some(),
            any_source_address: settings.any_source_address,
            passive: target.may_be_passive && target.addr_text() > local.to_string(),
            reflector_client,
            next_hop: match settings.next_hop {
                NextHop::KeepExternal if internal => NextHop::Auto,
                NextHop::KeepExternal => NextHop::Keep,
                other => other,
            },
            ttl_security: settings.ttl_security.filter(|hops| *hops > 0),
            reachable_by: settings.reachable_by,
            allow_local_as: settings
                .allow_local_as
                .filter(|times| by_address && *times > 0),
            restart_time: settings.restart_time,
            keepalive: settings.keepalive,
            password: settings.password.clone().map(Arc::new),
            import_filters: self.filters(settings, target.addr, Direction::Import),
            export_filters: self.filters(settings, target.addr, Direction::Export),
            hold_time: settings.hold_time,
            connect_retry: settings.connect_retry,
            hops: settings.hops,
            bfd: settings.bfd,
            graceful_restart: settings.graceful_restart,
            ..plain_end(
                target.origin.clone(),
                (local, local_as),
                (target.addr, remote_as),
            )
        }
    }

    /// The AS of whoever has an address, or [`Asn::ZERO`].
    fn known_as(&self, addr: IpAddr) -> Asn {
        let has = |it: &&Router| it.interfaces.iter().any(|own| own.addr == addr);
        let router = self.inventory.routers.iter().find(has);
        let at = |it: &&Node| {
            it.address(Family::unicast_of(addr))
                .is_some_and(|own| own.addr == addr)
        };
        let node = || self.inventory.nodes.iter().find(at);
        let asn = router.map(|it| it.asn);
        asn.or_else(|| Some(self.inventory.as_of(node()?)))
            .unwrap_or(Asn::ZERO)
    }

    /// The filters that exist and have rules for a family and direction.
    fn filters(
        &self,
        settings: &PeeringSettings,
        neighbor: IpAddr,
        direction: Direction,
    ) -> Vec<Arc<str>> {
        let family = Family::unicast_of(neighbor);
        let names = settings.filters.iter();
        let filters = names.filter_map(|name| {
            let mut all = self.inventory.filters.iter();
            all.find(|it| it.name == *name)
        });
        let with_rules = filters.filter(|it| !it.rules(family, direction).is_empty());
        with_rules.map(|it| Arc::from(it.name.as_str())).collect()
    }

    fn settings_of(&self, target: &Target) -> &PeeringSettings {
        self.inventory
            .peerings
            .get(target.peering)
            .map_or(&DEFAULT_SETTINGS, |peering| &peering.settings)
    }
}

/// An end between two addresses with nothing special about it.
pub(super) fn plain_end(
    origin: Origin,
    (local, local_as): (IpAddr, Asn),
    (neighbor, remote_as): (IpAddr, Asn),
) -> SessionEnd {
    SessionEnd {
        origin,
        local,
        neighbor,
        neighbor_text: None,
        port: None,
        remote_as,
        neighbor_as: NeighborAs::Exactly,
        local_as,
        local_as_override: false,
        any_source_address: false,
        passive: false,
        reflector_client: None,
        next_hop: NextHop::Auto,
        ttl_security: None,
        reachable_by: None,
        allow_local_as: None,
        restart_time: None,
        keepalive: None,
        password: None,
        import_filters: Vec::new(),
        export_filters: Vec::new(),
        hold_time: None,
        connect_retry: None,
        hops: None,
        bfd: false,
        graceful_restart: None,
    }
}

static DEFAULT_SETTINGS: PeeringSettings = PeeringSettings {
    password: None,
    any_source_address: false,
    restart_time: None,
    keepalive: None,
    ttl_security: None,
    reachable_by: None,
    next_hop: NextHop::Auto,
    local_as: None,
    allow_local_as: None,
    filters: Vec::new(),
    hold_time: None,
    connect_retry: None,
    hops: None,
    bfd: false,
    graceful_restart: None,
    reflection: Reflection::ByCluster,
    local_address: None,
    neighbor_as: NeighborAs::Exactly,
};

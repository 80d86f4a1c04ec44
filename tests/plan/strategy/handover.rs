//! Reflectors' roles given to others, and nodes taken out of service.

use bgpwright::plan::{
    Inventory, Verdict,
    inventory::{Node, Remote, Scope},
    plan,
    strategy::{DrainStep, Requirements, Unfit, drain, hand_over},
};

use crate::clusters::cluster;

fn reflectors(inventory: &Inventory) -> Vec<&Node> {
    let nodes = inventory.nodes.iter();
    nodes.filter(|it| it.cluster_id.is_some()).collect()
}

fn sessions(inventory: &Inventory) -> (usize, usize) {
    let plan = plan(inventory);
    let up = plan.sessions.iter();
    let up = up.filter(|it| it.verdict == Verdict::Established);
    (up.count(), plan.sessions.len())
}

#[test]
fn labels_that_mark_reflectors_go_with_the_role_and_others_stay() {
    let mut inventory = cluster("reflectors.yaml", None);
    for (at, node) in inventory.nodes.iter_mut().enumerate() {
        node.labels.insert("disk".into(), format!("d{at}"));
    }
    let old = reflectors(&inventory)[0].name.clone();
    let next = hand_over(&inventory, &old, &Requirements::default()).unwrap();
    let (before, after) = (reflectors(&inventory), reflectors(&next));
    assert_eq!(after.len(), 2);
    let new = after
        .iter()
        .find(|it| before.iter().all(|old| old.name != it.name));
    let new = new.unwrap();
    assert_eq!(new.cluster_id, before[0].cluster_id);
    assert_eq!(new.labels["route-reflector"], "true");
    let left = next.nodes.iter().find(|it| it.name == old).unwrap();
    assert!(left.cluster_id.is_none() && !left.labels.contains_key("route-reflector"));
    assert!(
        next.nodes
            .iter()
            .enumerate()
            .all(|(at, it)| it.labels["disk"] == format!("d{at}"))
    );
    assert_eq!(sessions(&next), sessions(&inventory));
}

#[test]
fn who_is_pinned_takes_the_role_and_who_is_forbidden_does_not() {
    let inventory = cluster("reflectors.yaml", None);
    let old = reflectors(&inventory)[0].name.clone();
    let clients = inventory.nodes.iter().filter(|it| it.cluster_id.is_none());
    let clients: Vec<String> = clients.map(|it| it.name.clone()).collect();
    for asked in &clients {
        let mut requirements = Requirements::default();
        requirements.pinned.insert(asked.clone());
        let next = hand_over(&inventory, &old, &requirements).unwrap();
        assert!(
            reflectors(&next).iter().any(|it| it.name == *asked),
            "{asked}"
        );
        let mut requirements = Requirements::default();
        requirements
            .forbidden
            .extend(clients.iter().filter(|it| *it != asked).cloned());
        let next = hand_over(&inventory, &old, &requirements).unwrap();
        assert!(
            reflectors(&next).iter().any(|it| it.name == *asked),
            "{asked}"
        );
    }
    let mut requirements = Requirements::default();
    requirements.forbidden.extend(clients);
    let refused = hand_over(&inventory, &old, &requirements);
    assert_eq!(refused, Err(Unfit::NoHeir { name: old }));
    let nobody = hand_over(&inventory, "nobody", &Requirements::default());
    assert!(matches!(nobody, Err(Unfit::UnknownNode { .. })));
}

#[test]
fn peerings_with_a_reflectors_address_or_name_follow_the_role() {
    let mut inventory = cluster("reflectors.yaml", None);
    let old = reflectors(&inventory)[0].clone();
    for node in &mut inventory.nodes {
        node.labels.remove("route-reflector");
    }
    let addresses = inventory.nodes.iter().filter(|it| it.cluster_id.is_some());
    let addresses: Vec<_> = addresses
        .filter_map(|it| it.ipv4)
        .map(|it| it.addr)
        .collect();
    let first = inventory.peerings.remove(0);
    for addr in addresses {
        let mut peering = first.clone();
        peering.name = format!("to-{addr}");
        peering.local = Scope::Global;
        peering.remote = Remote::Address(bgpwright::plan::inventory::RemoteAddress {
            addr,
            text: addr.to_string(),
            port: None,
            asn: inventory.default_as,
        });
        inventory.peerings.push(peering);
    }
    let next = hand_over(&inventory, &old.name, &Requirements::default()).unwrap();
    let old_addr = old.ipv4.unwrap().addr;
    let left = next.peerings.iter().filter(|it| match &it.remote {
        Remote::Address(it) => it.addr == old_addr || it.text == old_addr.to_string(),
        _ => true,
    });
    assert_eq!(left.count(), 0);
    assert_eq!(sessions(&next), sessions(&inventory));
}

#[test]
fn a_reflector_is_drained_without_a_loss_and_a_client_at_once() {
    let inventory = cluster("reflectors.yaml", None);
    let old = reflectors(&inventory)[0].name.clone();
    let found = drain(None, &inventory, &old, &Requirements::default()).unwrap();
    assert_eq!(found.unavoidable, []);
    let changes = found
        .steps
        .iter()
        .filter(|it| matches!(it, DrainStep::Change(_)));
    assert!(changes.count() >= 2, "{:?}", found.steps);
    assert!(matches!(found.steps.last(), Some(DrainStep::Stop { node }) if *node == old));
    let client = inventory
        .nodes
        .iter()
        .find(|it| it.cluster_id.is_none())
        .unwrap();
    let found = drain(None, &inventory, &client.name, &Requirements::default()).unwrap();
    assert_eq!((found.steps.len(), &found.inventory), (2, &inventory));
}

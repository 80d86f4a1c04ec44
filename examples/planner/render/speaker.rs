//! Files of the speaker example: one for each router.

use core::net::IpAddr;
use std::collections::BTreeMap;

use bgpwright::{
    plan::{
        Inventory, Plan, SpeakerPlan,
        export::{File, Unsaid},
        plan_listing, speakers,
    },
    policy::Policy,
    session::OpenMode,
    speaker::{NextHopMode, ReflectionRole},
    types::PeerType,
};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    speaker: Own,
    neighbors: Vec<Neighbor>,
    routes: Vec<Route>,
    policies: BTreeMap<String, Policy>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Own {
    r#as: u32,
    router_id: String,
    cluster_id: Option<String>,
    listen: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Neighbor {
    address: IpAddr,
    remote_as: u32,
    local_address: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    passive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    multihop: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_security: Option<u8>,
    hold_time: u64,
    families: Vec<String>,
    import: String,
    export: String,
    client: bool,
    next_hop: NextHopMode,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Route {
    prefix: String,
}

pub(super) fn files(inventory: &Inventory, plan: &Plan) -> (Vec<File>, Vec<Unsaid>) {
    // A mesh that was only counted is listed here: every session is wanted.
    let listed = (!plan.meshes.is_empty()).then(|| plan_listing(inventory, u64::MAX));
    let plan = listed.as_ref().unwrap_or(plan);
    let mut unsaid = Vec::new();
    let files = speakers(plan).into_iter().enumerate().map(|(at, speaker)| {
        let text = toml::to_string(&document(plan, (at, &speaker), &mut unsaid));
        File {
            name: format!("{}/speaker.toml", speaker.name),
            text: text.unwrap_or_else(|error| format!("# {error}\n")),
        }
    });
    let files = files.collect();
    (files, unsaid)
}

fn document(plan: &Plan, (at, of): (usize, &SpeakerPlan), unsaid: &mut Vec<Unsaid>) -> Document {
    let mut policies = BTreeMap::new();
    let mut named = |policy: &Option<Policy>, internal: bool| match policy {
        None if internal => "accept".to_owned(),
        None => "reject".to_owned(),
        Some(policy) if *policy == Policy::ACCEPT => "accept".to_owned(),
        Some(policy) if *policy == Policy::REJECT => "reject".to_owned(),
        Some(policy) => {
            let same = policies.iter().find(|(_, it)| *it == policy);
            let known = same.map(|(name, _): (&String, _)| name.clone());
            known.unwrap_or_else(|| {
                let name = format!("policy-{}", policies.len() + 1);
                policies.insert(name.clone(), policy.clone());
                name
            })
        }
    };
    let mut neighbors = Vec::new();
    for peer in &of.peers {
        let config = &peer.config;
        let Some(end) = plan.sessions.get(peer.session).and_then(|session| {
            let own = [Some(session.a), session.b].into_iter().flatten();
            let mut own = own.filter(|it| it.router == at);
            own.find_map(|it| plan.end(it).filter(|it| it.neighbor == config.address))
        }) else {
            continue;
        };
        let mut say = |given: bool, what: &str| {
            if given {
                unsaid.push(Unsaid {
                    subject: format!("{:?} with {}", of.name, end.neighbor),
                    what: what.to_owned(),
                });
            }
        };
        let by_hand = "its password: md5-key-file has to be written in by hand";
        say(end.password.is_some(), by_hand);
        let own_as = "an AS of ours on this session alone: the file has no field for it";
        say(end.local_as_override, own_as);
        say(end.bfd, "BFD: the speaker has none");
        let internal = end.peer_type() == PeerType::Internal;
        neighbors.push(Neighbor {
            address: config.address,
            remote_as: end.remote_as.0,
            local_address: config.local_address,
            port: end.port,
            passive: config.session.open_mode == OpenMode::Passive,
            // As far away as in BIRD, where nothing was said.
            multihop: (end.ttl_security.is_none() && !internal).then(|| end.hops.unwrap_or(255)),
            ttl_security: end.ttl_security,
            hold_time: config.session.hold_time.as_secs(),
            families: vec![end.family().to_string()],
            import: named(&config.import, internal),
            export: named(&config.export, internal),
            client: config.reflection == ReflectionRole::Client,
            next_hop: config.next_hop,
        });
    }
    let port = plan.routers.get(at).map_or(179, |it| it.listen_port);
    let listen = of.addresses.iter().map(|addr| match addr {
        IpAddr::V4(addr) => format!("{addr}:{port}"),
        IpAddr::V6(addr) => format!("[{addr}]:{port}"),
    });
    Document {
        speaker: Own {
            r#as: of.config.asn.0,
            router_id: of.config.router_id.to_string(),
            cluster_id: of.config.cluster_id.map(|it| it.to_string()),
            listen: listen.collect(),
        },
        neighbors,
        routes: of
            .originates
            .iter()
            .map(|it| Route {
                prefix: it.to_string(),
            })
            .collect(),
        policies,
    }
}

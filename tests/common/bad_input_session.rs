//! The bad-input matrix: what the two sides of a case are configured with.

use bgpwright::{
    session::{AsSet, Config, PeerAs, RefreshOffer, RoleOffer},
    types::{Asn, Family, RouterId},
    wire::{AddPathFamily, AddPathMode, Role},
};
use serde_json::Value;

use super::matrix::families;

pub(crate) fn config(context: &Value, ours: bool) -> Config {
    let text = |key: &str| context[key].as_str().unwrap().parse::<RouterId>().unwrap();
    let number = |key: &str| Asn(u32::try_from(context[key].as_u64().unwrap()).unwrap());
    let (local, peer) = if ours {
        (number("local_as"), number("peer_as"))
    } else {
        (number("peer_as"), number("local_as"))
    };
    let router_id = text(if ours { "local_id" } else { "peer_id" });
    let mut config = Config::new(local, router_id, PeerAs::Exactly(peer));
    config.families = families(&context["families"]);
    if let Some(members) = context["confederation_members"].as_array() {
        let members = members.iter().map(|of| u32::try_from(of.as_u64().unwrap()));
        let members = members.map(|of| Asn(of.unwrap()));
        config.confederation = Some(AsSet::of(members.map(|of| (of, of))));
    }
    offer(&mut config, context, ours);
    config
}

fn offer(config: &mut Config, context: &Value, ours: bool) {
    let offer = &mut config.offer;
    // A number that needs four octets is offered with them.
    offer.four_octet_as = context["as4"] == true || config.local_as.0 > 0xffff;
    offer.extended_messages = context["extended_message"] == true;
    offer.route_refresh = match (
        &context["route_refresh"],
        &context["enhanced_route_refresh"],
    ) {
        (_, enhanced) if *enhanced == true => RefreshOffer::Enhanced,
        (plain, _) if *plain == false => RefreshOffer::None,
        _ => RefreshOffer::Plain,
    };
    let mode = if ours {
        AddPathMode::RECEIVE
    } else {
        AddPathMode::SEND
    };
    let paths = families(&context["addpath"]).into_iter();
    offer.add_path = paths.map(|family| AddPathFamily { family, mode }).collect();
    if context["extended_nexthop"] == true {
        offer.extended_next_hop = vec![Family::IPV4_UNICAST];
    }
    offer.role = role(&context[if ours { "local_role" } else { "peer_role" }]).map(|role| {
        let strict = ours && context["role_strict"] == true;
        RoleOffer { role, strict }
    });
}

fn role(name: &Value) -> Option<Role> {
    match name.as_str()? {
        "customer" => Some(Role::CUSTOMER),
        "provider" => Some(Role::PROVIDER),
        other => panic!("no role {other}"),
    }
}

//! A message against the JSON that ExaBGP expects of it.

use std::collections::BTreeMap;

use bgpwright::{
    types::{Asn, Family, SegmentKind},
    wire::{AttributeCode, Capability, Message, NlriList, Open, Origin, Update},
};
use serde_json::{Map, Value, json};

/// # Errors
/// What differs.
pub(super) fn compare(message: &Message, expected: &Value) -> Result<(), String> {
    match (message, expected.get("update")) {
        (Message::Update(update), Some(wanted)) => {
            attributes(update, &wanted["attribute"])?;
            routes(update, wanted)
        }
        (Message::Open(open), None) => opens(open, expected),
        (message, _) => Err(format!("{message}, not {expected}")),
    }
}

fn same(what: &str, got: &Value, wanted: &Value) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got}, not {wanted}"))
    }
}

fn opens(open: &Open, wanted: &Value) -> Result<(), String> {
    same("version", &json!(open.version), &wanted["version"])?;
    same("asn", &json!(open.asn().0), &wanted["asn"])?;
    same("hold time", &json!(open.hold_time), &wanted["hold_time"])?;
    same(
        "id",
        &json!(open.router_id.to_string()),
        &wanted["router_id"],
    )?;
    let codes: Vec<_> = open.capabilities.iter().map(Capability::code).collect();
    let codes: Vec<String> = codes.iter().map(|code| code.0.to_string()).collect();
    let known = wanted["capabilities"].as_object().unwrap();
    same(
        "capabilities",
        &json!(codes),
        &json!(known.keys().collect::<Vec<_>>()),
    )
}

fn attributes(update: &Update, wanted: &Value) -> Result<(), String> {
    let empty = Map::new();
    for (name, wanted) in wanted.as_object().unwrap_or(&empty) {
        let Some(got) = attribute(update, name, wanted) else {
            return Err(format!("{name} is not compared"));
        };
        same(name, &got, wanted)?;
    }
    Ok(())
}

/// The attribute in the shape that `wanted` has it in.
fn attribute(update: &Update, name: &str, wanted: &Value) -> Option<Value> {
    let set = &update.attributes;
    Some(match name {
        "origin" => json!(match set.origin? {
            Origin::Igp => "igp",
            Origin::Egp => "egp",
            _ => "incomplete",
        }),
        "local-preference" => json!(set.local_pref),
        "med" => json!(set.med),
        "next-hop" => json!(set.next_hop?.to_string()),
        "originator-id" => json!(set.originator_id?.to_string()),
        "atomic-aggregate" => json!(set.atomic_aggregate),
        "aggregator" => {
            let of = set.aggregator?;
            json!(format!("{}:{}", of.asn, of.router_id))
        }
        "cluster-list" => json!(
            set.cluster_list
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        ),
        "community" => {
            let halves = set.communities.iter().map(|of| [of.0 >> 16, of.0 & 0xffff]);
            json!(halves.collect::<Vec<_>>())
        }
        "as-path" => {
            let segments = set.as_path.as_ref()?.segments().enumerate();
            let segments = segments.map(|(i, segment)| {
                let element = match segment.kind {
                    SegmentKind::Sequence => "as-sequence",
                    _ => "as-set",
                };
                let asns: Vec<u32> = segment.asns.iter().map(|Asn(asn)| *asn).collect();
                (i.to_string(), json!({ "element": element, "value": asns }))
            });
            Value::Object(segments.collect())
        }
        "extended-community" => {
            // Each has a text too, in that project's own words.
            let values = wanted.as_array()?.iter().map(|of| of["value"].as_u64());
            let values: Option<Vec<u64>> = values.collect();
            let got = set.extended_communities.iter();
            let got: Vec<u64> = got.map(|of| u64::from_be_bytes(of.0)).collect();
            if values? == got {
                wanted.clone()
            } else {
                json!(got)
            }
        }
        "large-community" => {
            let parts = set.large_communities.iter();
            json!(
                parts
                    .map(|of| [of.global, of.local1, of.local2])
                    .collect::<Vec<_>>()
            )
        }
        // Typed by that project in detail: that they are read without a fault
        // is what is held here, and their own tests hold the values.
        "bgp-prefix-sid" => kept(update, AttributeCode::PREFIX_SID, wanted)?,
        "bgp-ls" => kept(update, AttributeCode::BGP_LS, wanted)?,
        "tunnel-encap" => kept(update, AttributeCode::TUNNEL_ENCAPSULATION, wanted)?,
        "extended-community-ipv6" => {
            kept(update, AttributeCode::IPV6_EXTENDED_COMMUNITIES, wanted)?
        }
        _ => return None,
    })
}

fn raw(update: &Update, code: AttributeCode) -> Option<&[u8]> {
    update.attributes.other.get(code).map(|raw| raw.value)
}

fn kept(update: &Update, code: AttributeCode, wanted: &Value) -> Option<Value> {
    raw(update, code).map(|_| wanted.clone())
}

/// Routes by family, next hop included; prefixes by their text, all others by
/// their number.
fn routes(update: &Update, wanted: &Value) -> Result<(), String> {
    let mut announced: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    let mut withdrawn: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let reach = update.mp_reach.as_ref();
    let next_hop = update.attributes.next_hop;
    for (list, next_hop) in [
        Some((&update.announced, next_hop)),
        reach.map(|reach| (&reach.nlri, reach.next_hop)),
    ]
    .into_iter()
    .flatten()
    .filter(|(list, _)| !list.is_empty())
    {
        let next_hop = next_hop.map_or_else(|| "no-nexthop".to_owned(), |of| of.addr().to_string());
        let family = announced.entry(name(list.family())).or_default();
        family.entry(next_hop).or_default().extend(texts(list));
    }
    let unreach = update.mp_unreach.as_ref().map(|unreach| &unreach.nlri);
    for list in [Some(&update.withdrawn), unreach].into_iter().flatten() {
        if !list.is_empty() {
            let family = withdrawn.entry(name(list.family())).or_default();
            family.extend(texts(list));
        }
    }
    let empty = json!({});
    let wanted_of = |what: &str| wanted.get(what).unwrap_or(&empty).clone();
    let mut wanted_announced = wanted_of("announce");
    for families in wanted_announced.as_object_mut().unwrap().values_mut() {
        families
            .as_object_mut()
            .unwrap()
            .values_mut()
            .for_each(shorten);
    }
    let mut wanted_withdrawn = wanted_of("withdraw");
    wanted_withdrawn
        .as_object_mut()
        .unwrap()
        .values_mut()
        .for_each(shorten);
    same("announced", &json!(announced), &wanted_announced)?;
    same("withdrawn", &json!(withdrawn), &wanted_withdrawn)
}

/// Each route as its prefix, or as nothing if it is no prefix.
fn shorten(list: &mut Value) {
    for route in list.as_array_mut().unwrap() {
        let prefix = if route["label"].is_null() {
            route["nlri"].as_str().unwrap_or_default()
        } else {
            ""
        };
        let id = route["path-information"].as_str();
        *route = match id {
            Some(id) => json!(format!("{prefix} {id}")),
            None => json!(prefix),
        };
    }
}

fn texts(list: &NlriList) -> Vec<String> {
    if list.prefixes().next().is_none() {
        return list.iter().map(|_| String::new()).collect();
    }
    let text = |nlri: bgpwright::wire::Nlri| match nlri.path_id {
        Some(id) => format!("{} {}", nlri.prefix, core::net::Ipv4Addr::from(id.0)),
        None => nlri.prefix.to_string(),
    };
    list.prefixes().map(text).collect()
}

fn name(family: Family) -> String {
    let afi = match family.afi.0 {
        1 => "ipv4",
        2 => "ipv6",
        25 => "l2vpn",
        _ => "bgp-ls",
    };
    let safi = match family.safi.0 {
        1 => "unicast",
        5 => "mcast-vpn",
        65 => "vpls",
        71 => "bgp-ls",
        73 => "sr-policy",
        85 => "mup",
        128 => "mpls-vpn",
        133 => "flow",
        _ => "other",
    };
    format!("{afi} {safi}")
}

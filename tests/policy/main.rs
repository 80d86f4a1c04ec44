//! Policies: what each condition and action does, what is refused, and the text
//! of it all.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic")]

mod actions;
mod conditions;
mod errors;
mod property;
mod rules;
mod text;

use core::net::IpAddr;

use bgpwright::{
    policy::{Applied, CompiledPolicy, OriginValidation, Policy, Subject},
    types::{Asn, Family, PeerType, Prefix},
    wire::{Aggregator, Aigp, AttributeSet, Origin, RawAttribute},
};
use serde::de::DeserializeOwned;

/// What a [`Subject`] borrows from.
#[derive(Clone, Debug)]
struct Route {
    family: Family,
    prefix: Option<Prefix>,
    neighbor: IpAddr,
    neighbor_as: Asn,
    peer_type: PeerType,
    validation: Option<OriginValidation>,
    tag: Option<u32>,
    attributes: AttributeSet,
}

impl Route {
    fn apply(&self, policy: &CompiledPolicy) -> Applied {
        policy.apply(&Subject {
            family: self.family,
            prefix: self.prefix,
            neighbor: self.neighbor,
            neighbor_as: self.neighbor_as,
            peer_type: self.peer_type,
            validation: self.validation,
            tag: self.tag,
            attributes: &self.attributes,
        })
    }
}

/// A route that says all there is to say.
fn rich() -> Route {
    let mut attributes = AttributeSet {
        origin: Some(Origin::Egp),
        as_path: Some("64501 64502 {64503,64504} 64505".parse().unwrap()),
        next_hop: Some("192.0.2.1".parse().unwrap()),
        med: Some(50),
        local_pref: Some(120),
        atomic_aggregate: true,
        aggregator: Some(Aggregator {
            asn: Asn(64505),
            router_id: [192, 0, 2, 9].into(),
        }),
        communities: vec!["64501:100".parse().unwrap(), "no-export".parse().unwrap()],
        originator_id: Some("192.0.2.7".parse().unwrap()),
        cluster_list: vec!["192.0.2.8".parse().unwrap()],
        extended_communities: vec![
            "target:64501:7".parse().unwrap(),
            "color:5".parse().unwrap(),
        ],
        large_communities: vec!["64501:1:2".parse().unwrap(), "64501:3:4".parse().unwrap()],
        only_to_customer: Some(Asn(64501)),
        ..AttributeSet::default()
    };
    attributes.other.insert_typed(&Aigp::new(1000)).unwrap();
    let unknown = RawAttribute {
        code: bgpwright::wire::AttributeCode(99),
        flags: bgpwright::wire::AttributeFlags::OPTIONAL
            | bgpwright::wire::AttributeFlags::TRANSITIVE,
        value: &[1, 2, 3],
    };
    attributes.other.insert(unknown).unwrap();
    Route {
        family: Family::IPV4_UNICAST,
        prefix: Some("10.1.2.0/24".parse().unwrap()),
        neighbor: "192.0.2.1".parse().unwrap(),
        neighbor_as: Asn(64501),
        peer_type: PeerType::External,
        validation: Some(OriginValidation::Valid),
        tag: Some(7),
        attributes,
    }
}

/// A route that says nothing, of a family without prefixes.
fn bare() -> Route {
    Route {
        family: Family::EVPN,
        prefix: None,
        neighbor: "2001:db8::1".parse().unwrap(),
        neighbor_as: Asn(64512),
        peer_type: PeerType::Internal,
        validation: None,
        tag: None,
        attributes: AttributeSet::default(),
    }
}

#[track_caller]
fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[track_caller]
fn compile(text: &str) -> CompiledPolicy {
    let policy: Policy = read(text);
    policy.compile().unwrap_or_else(|error| panic!("{error}"))
}

/// The names of an enum's variants, as serde tells them to those who use none.
fn names<T: DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_str::<T>("\"-\"")
        .err()
        .unwrap()
        .to_string();
    let (_, names) = error.split_once("expected one of ").unwrap();
    let names = names.split('`').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// The name that a value of an enum begins with.
fn name_of(text: &str) -> &str {
    text.split('"').nth(1).unwrap()
}

//! BGPFilter: as a policy, and in versions that do not have all of it.

use bgpwright::{
    plan::{
        dialect::calico::{self, Options},
        filter::{self, Direction},
        plan, speakers,
        yaml::{Limits, Source},
    },
    policy::{Policy, Subject, Verdict},
    types::{AsPath, Asn, Community, Family, PeerType, Prefix},
    wire::attribute::AttributeSet,
};

use crate::{problems, read, upstream_data};

const FILTER: &str = "
apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: {name: f}
spec:
  importV4:
  - {action: Reject, cidr: 10.0.0.0/8, matchOperator: In, prefixLength: {min: 25}}
  - {action: Accept, cidr: 10.0.0.0/8, matchOperator: In}
  - {action: Reject, cidr: 192.0.2.0/24, matchOperator: NotEqual, communities: {values: ['65000:1']}}
  - {action: Accept, asPathPrefix: [65001], operations: [{addCommunity: {value: '65000:2'}}, {setPriority: {value: 100}}]}
  - {action: Reject, peerType: eBGP}
  - {action: Reject, interface: eth0}
  exportV4:
  - {action: Reject, source: RemotePeers}
";

fn apply(
    policy: &Policy,
    prefix: &str,
    asns: &[u32],
    community: Option<Community>,
    kind: PeerType,
) -> (Verdict, Option<AttributeSet>) {
    let attributes = AttributeSet {
        as_path: Some(AsPath::sequence(asns.iter().copied().map(Asn))),
        communities: community.into_iter().collect(),
        ..AttributeSet::default()
    };
    let prefix: Prefix = prefix.parse().unwrap();
    let applied = policy.compile().unwrap().apply(&Subject {
        family: Family::IPV4_UNICAST,
        prefix: Some(prefix),
        neighbor: "192.0.2.1".parse().unwrap(),
        neighbor_as: Asn(65001),
        peer_type: kind,
        validation: None,
        tag: None,
        attributes: &attributes,
    });
    (applied.verdict, applied.attributes)
}

#[test]
fn a_filter_does_as_a_policy_what_it_says() {
    let inventory = read(FILTER).inventory;
    let filters: Vec<_> = inventory.filters.iter().collect();
    let (import, unsaid) = filter::policy(&filters, Family::IPV4_UNICAST, Direction::Import);
    assert_eq!(unsaid.len(), 1);
    assert!(
        unsaid[0].contains("rule 6 is for the interface \"eth0\""),
        "{unsaid:?}"
    );
    let internal = PeerType::Internal;
    let verdict =
        |prefix, asns: &[u32], community, kind| apply(&import, prefix, asns, community, kind).0;
    let one = Some(Community::new(65000, 1));
    for (prefix, asns, community, kind, expected) in [
        ("10.1.0.0/16", &[][..], None, internal, Verdict::Accept),
        ("10.1.1.128/25", &[], None, internal, Verdict::Reject),
        ("192.0.2.0/24", &[], one, internal, Verdict::Accept),
        ("192.0.2.0/25", &[], one, internal, Verdict::Reject),
        ("192.0.2.0/25", &[], None, internal, Verdict::Accept),
        (
            "172.16.0.0/12",
            &[65001],
            None,
            PeerType::External,
            Verdict::Accept,
        ),
        (
            "172.16.0.0/12",
            &[65002, 65001],
            None,
            PeerType::External,
            Verdict::Reject,
        ),
    ] {
        assert_eq!(
            verdict(prefix, asns, community, kind),
            expected,
            "{prefix} {asns:?}"
        );
    }
    let (_, changed) = apply(&import, "172.16.0.0/12", &[65001], None, internal);
    let changed = changed.unwrap();
    assert_eq!(changed.local_pref, Some(0x7fff_ffff - 100));
    assert!(changed.communities.contains(&Community::new(65000, 2)));
    let (export, _) = filter::policy(&filters, Family::IPV4_UNICAST, Direction::Export);
    assert_eq!(
        apply(&export, "10.1.0.0/16", &[], None, internal).0,
        Verdict::Reject
    );
}

#[test]
fn a_nodes_speaker_gets_its_peerings_filters() {
    let text = format!(
        "{FILTER}---
apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: {{name: default}}
spec: {{nodeToNodeMeshEnabled: false}}
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: {{name: a}}
spec: {{bgp: {{ipv4Address: 10.0.0.1/24}}}}
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {{name: tor}}
spec: {{peerIP: 192.0.2.1, asNumber: 65001, filters: [f, missing]}}
"
    );
    assert_eq!(
        problems(&text),
        [
            "input.yaml:26: BGPPeer \"tor\": spec.filters: BGPFilter \"missing\" is not in \
          the input: nothing is filtered"
        ]
    );
    let inventory = read(&text).inventory;
    let speakers = speakers(&plan(&inventory));
    let import = speakers[0].peers[0].config.import.as_ref().unwrap();
    assert_eq!(import.rules.len(), 5);
    assert_eq!(import.rules[0].name.as_deref(), Some("f 1"));
}

#[test]
fn fields_newer_than_the_version_are_warned_of() {
    let text = FILTER.to_owned()
        + "---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: {name: tor}
spec: {peerIP: 192.0.2.1, asNumber: 65001, filters: [f], nextHopMode: Keep, keepaliveTime: 10s}
";
    let source = Source {
        name: "input.yaml",
        text: &text,
    };
    let newer = |version: &str| {
        let mut options = Options::default();
        options.version = version.parse().unwrap();
        let reading = calico::read_as(&[source], &Limits::default(), options);
        let problems = reading.problems.iter().map(ToString::to_string);
        problems
            .filter(|it| it.contains("has this field"))
            .collect::<Vec<_>>()
    };
    assert_eq!(newer("v3.32"), [""; 0]);
    let old = newer("3.31.7");
    assert!(
        old.iter().any(|it| it
            .contains("spec.keepaliveTime: Calico has this field from v3.32.0 on, not in v3.31.7")),
        "{old:?}"
    );
    assert!(
        old.iter()
            .any(|it| it.contains("spec.importV4[2].communities")),
        "{old:?}"
    );
    assert!(!old.iter().any(|it| it.contains("nextHopMode")), "{old:?}");
    assert!(newer("3.25.0").iter().any(|it| it.contains("spec.filters")));
}

#[test]
fn hashed_router_ids_are_calicos() {
    let Some(data) = upstream_data() else { return };
    let text = std::fs::read_to_string(data.join("hash_vectors.json")).unwrap();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let vectors = vectors["hash_router_id"].as_object().unwrap();
    assert!(!vectors.is_empty());
    for (name, expected) in vectors {
        let found = calico::hashed_router_id(name).to_string();
        assert_eq!(Some(found.as_str()), expected.as_str(), "{name}");
    }
    let node = "kind: Node\napiVersion: v1\nmetadata: {name: kube-master}\n";
    let mut options = Options::default();
    options.router_ids = calico::RouterIds::Hash;
    let source = Source {
        name: "n",
        text: node,
    };
    let inventory = calico::read_as(&[source], &Limits::default(), options).inventory;
    assert_eq!(
        plan(&inventory).routers[0].router_id.to_string(),
        "25.79.212.8"
    );
}

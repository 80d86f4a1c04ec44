//! What changes at work, without ending a session.

use std::time::Duration;

use bgpwright::{
    policy::{Action, NumberEdit, OriginValidation, Outcome, Policy, PrefixMatch, Rule, Verdict},
    session::{LimitAction, LimitVerdict, PrefixLimit, RefreshOffer},
    speaker::{Aggregate, ChangeEffect, ChangeError, Conditional, Event, PeerConfig, Vrp},
    types::{Asn, ClusterId, Family, PeerId, Prefix},
    wire::AttributeSet,
};

use crate::lab::{CLIENT, Lab, PLAIN, net};

const PEER: PeerId = PeerId(0);

fn pair() -> Lab {
    Lab::new(&[(1, 65001), (2, 65002)]).link((1, 2), (PLAIN, PLAIN))
}

fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

/// How often a session of speaker `at` has been up.
fn ups(lab: &Lab, at: u8) -> u64 {
    lab.at(at)
        .peers()
        .map(|peer| peer.session.stats().ups)
        .sum()
}

fn events(lab: &mut Lab) -> Vec<Event> {
    let records = lab.network.run_for(Duration::from_secs(2));
    records.into_iter().map(|record| record.event).collect()
}

fn reach(lab: &Lab, at: u8, of: &[u8]) -> Vec<u8> {
    let known = of.iter().copied().filter(|of| lab.best(at, *of).is_some());
    known.collect()
}

#[test]
fn an_export_policy_takes_effect_at_once_and_takes_nothing_else_away() {
    let mut lab = pair().up();
    for of in [50, 51] {
        lab.announce(1, of, AttributeSet::default());
    }
    let only = |of| Policy::only(vec![PrefixMatch::exact(net(of))]);
    let change = |lab: &mut Lab, export: Policy| {
        let policies = (Some(Policy::ACCEPT), Some(export));
        let effect = lab.change(1, |speaker, now| speaker.set_policies(now, PEER, policies));
        let events = events(lab);
        assert!(
            !events.iter().any(|it| matches!(it, Event::PeerDown(..))),
            "{events:?}"
        );
        effect.unwrap()
    };
    assert_eq!(change(&mut lab, only(50)), ChangeEffect::Soft);
    assert_eq!(reach(&lab, 2, &[1, 50, 51]), [50]);
    assert_eq!(change(&mut lab, only(51)), ChangeEffect::Soft);
    assert_eq!(reach(&lab, 2, &[1, 50, 51]), [51]);
    assert_eq!(change(&mut lab, only(51)), ChangeEffect::None);
    assert_eq!(change(&mut lab, Policy::ACCEPT), ChangeEffect::Soft);
    assert_eq!(reach(&lab, 2, &[1, 50, 51]), [1, 50, 51]);
    assert_eq!(ups(&lab, 1), 1);
}

#[test]
fn with_routes_kept_as_they_came_an_import_policy_asks_for_nothing() {
    let lab = pair();
    let mut lab = lab.with(2, 1, |peer| peer.keep_rejected = true).up();
    for of in [50, 51] {
        let attributes = AttributeSet {
            med: Some(of.into()),
            ..AttributeSet::default()
        };
        lab.announce(1, of, attributes);
    }
    let change = |lab: &mut Lab, import: Policy| {
        let policies = (Some(import), Some(Policy::ACCEPT));
        let effect = lab.change(2, |speaker, now| speaker.set_policies(now, PEER, policies));
        assert_eq!(effect, Ok(ChangeEffect::Soft));
        lab.settle();
    };
    let med = |lab: &Lab, of| lab.best(2, of).and_then(|route| route.attributes().med);
    change(&mut lab, Policy::REJECT);
    assert!(reach(&lab, 2, &[50, 51]).is_empty());
    change(&mut lab, Policy::only(vec![PrefixMatch::exact(net(50))]));
    assert_eq!(reach(&lab, 2, &[50, 51]), [50]);
    // What a policy makes of a route does not stay when the policy goes.
    let all = Policy {
        rules: vec![Rule {
            name: None,
            conditions: Vec::new(),
            actions: vec![Action::Med(NumberEdit::Set(7)), Action::Weight(9)],
            outcome: Outcome::Accept,
        }],
        default: Verdict::Reject,
    };
    change(&mut lab, all);
    assert_eq!([med(&lab, 50), med(&lab, 51)], [Some(7), Some(7)]);
    assert_eq!(lab.best(2, 50).unwrap().marks().weight, 9);
    let (_, path) = lab.at(2).adj_rib_in(PEER).next().unwrap();
    assert_ne!(path.received().med, Some(7), "as it came");
    change(&mut lab, Policy::ACCEPT);
    assert_eq!([med(&lab, 50), med(&lab, 51)], [Some(50), Some(51)]);
    assert_eq!(lab.best(2, 50).unwrap().marks().weight, 0);
    let sent = lab.at(2).peers().map(|peer| peer.session.stats().sent);
    assert_eq!(sent.map(|of| of.route_refreshes).sum::<u64>(), 0);
    // No longer kept: what is rejected goes.
    let mut config = lab.at(2).peer(PEER).unwrap().config.clone();
    config.keep_rejected = false;
    config.import = Some(Policy::REJECT);
    let effect = lab.change(2, |speaker, now| speaker.change_peer(now, PEER, config));
    assert_eq!(effect, Ok(ChangeEffect::Soft));
    lab.settle();
    assert_eq!(lab.at(2).adj_rib_in(PEER).count(), 0);
}

#[test]
fn what_is_stale_stays_so_when_it_is_judged_again() {
    let lab = pair().with(2, 1, |peer| peer.keep_rejected = true);
    let mut lab = lab.graceful(Duration::from_mins(2)).up();
    lab.announce(1, 50, AttributeSet::default());
    let link = lab.link_of(1, 2);
    lab.network.cut(link);
    lab.settle();
    assert!(lab.best(2, 50).unwrap().stale);
    let import = Policy {
        default: Verdict::Accept,
        ..Policy::only(vec![PrefixMatch::exact(net(50))])
    };
    let policies = (Some(import), Some(Policy::ACCEPT));
    let effect = lab.change(2, |speaker, now| speaker.set_policies(now, PEER, policies));
    assert_eq!(effect, Ok(ChangeEffect::Soft));
    lab.settle();
    assert!(lab.best(2, 50).unwrap().stale);
}

#[test]
fn an_import_policy_asks_for_the_routes_again() {
    let mut lab = pair().up();
    for of in [50, 51] {
        lab.announce(1, of, AttributeSet::default());
    }
    let change = |lab: &mut Lab, import: Policy| {
        let policies = (Some(import), Some(Policy::ACCEPT));
        let effect = lab.change(2, |speaker, now| speaker.set_policies(now, PEER, policies));
        lab.settle();
        effect.unwrap()
    };
    let only = Policy::only(vec![PrefixMatch::exact(net(50))]);
    assert_eq!(change(&mut lab, only), ChangeEffect::Refresh);
    assert_eq!(reach(&lab, 2, &[1, 50, 51]), [50]);
    assert_eq!(change(&mut lab, Policy::ACCEPT), ChangeEffect::Refresh);
    assert_eq!(reach(&lab, 2, &[1, 50, 51]), [1, 50, 51]);
    assert_eq!(ups(&lab, 2), 1);
}

#[test]
fn what_takes_another_session_is_said_and_not_done() {
    let mut lab = pair().up();
    let mut config = lab.at(1).peer(PEER).unwrap().config.clone();
    config.session.hold_time = Duration::from_secs(30);
    let error = lab.change(1, |speaker, now| {
        speaker.change_peer(now, PEER, config.clone())
    });
    assert_eq!(error, Err(ChangeError::NeedsReset));
    assert_ne!(lab.at(1).peer(PEER).unwrap().config, &config);
    let bad = r#"{ "rules": [{ "conditions": [{ "as-path": { "contains": [] } }], "outcome": "accept" }], "default": "reject" }"#;
    let bad: Policy = serde_json::from_str(bad).unwrap();
    let error = lab.change(1, |speaker, now| {
        speaker.set_policies(now, PEER, (None, Some(bad)))
    });
    let text = error.unwrap_err().to_string();
    assert!(text.starts_with("export: rules[0]"), "{text}");
    assert_eq!(reach(&lab, 2, &[1]), [1], "as it was");
}

#[test]
fn a_cluster_id_changes_without_a_session_ending() {
    let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512)])
        .link((1, 2), (CLIENT, PLAIN))
        .link((1, 3), (CLIENT, PLAIN));
    let mut lab = lab.up();
    lab.change(1, |speaker, now| {
        speaker.set_cluster_id(now, Some(ClusterId(77)));
    });
    let events = events(&mut lab);
    assert!(
        !events.iter().any(|it| matches!(it, Event::PeerDown(..))),
        "{events:?}"
    );
    let route = lab.best(3, 2).unwrap().attributes();
    assert_eq!(route.cluster_list, [ClusterId(77)]);
}

#[test]
fn one_reflector_serves_two_clusters() {
    let lab = Lab::new(&[(1, 64512), (2, 64512), (3, 64512), (4, 64512)])
        .link((1, 2), (CLIENT, PLAIN))
        .link((1, 3), (CLIENT, PLAIN))
        .link((1, 4), (CLIENT, PLAIN))
        .config(1, |config| config.client_to_client = false)
        .with(1, 2, |peer| peer.cluster_id = Some(ClusterId(5)))
        .with(1, 3, |peer| peer.cluster_id = Some(ClusterId(5)))
        .with(1, 4, |peer| peer.cluster_id = Some(ClusterId(6)));
    let lab = lab.up();
    assert!(lab.best(3, 2).is_none(), "one cluster is meshed by itself");
    let route = lab.best(4, 2).unwrap().attributes();
    assert_eq!(route.cluster_list, [ClusterId(5)]);
}

#[test]
fn an_aggregate_is_there_while_a_part_of_it_is() {
    let mut lab = pair().up();
    let aggregate = Aggregate {
        prefix: prefix("10.0.0.0/8"),
        summary_only: true,
        as_set: false,
        attributes: AttributeSet::default(),
    };
    lab.change(1, |speaker, now| {
        speaker
            .set_aggregates(now, vec![aggregate.clone()])
            .unwrap();
    });
    lab.settle();
    let has = |lab: &Lab, text| lab.at(2).best(prefix(text)).is_some();
    assert!(
        has(&lab, "10.0.0.0/8") && !has(&lab, "10.1.0.0/24"),
        "its own is inside"
    );
    let route = lab.at(2).best(prefix("10.0.0.0/8")).unwrap().attributes();
    assert!(route.atomic_aggregate);
    assert_eq!(route.aggregator.unwrap().asn, Asn(65001));
    lab.withdraw(1, 1);
    lab.withdraw(2, 2);
    assert!(!has(&lab, "10.0.0.0/8"), "nothing is inside any more");
    lab.announce(1, 60, AttributeSet::default());
    assert!(has(&lab, "10.0.0.0/8") && !has(&lab, "10.60.0.0/24"));
    let beside = Aggregate {
        summary_only: false,
        as_set: true,
        ..aggregate
    };
    lab.announce(2, 61, AttributeSet::default());
    lab.change(1, |speaker, now| {
        speaker.set_aggregates(now, vec![beside]).unwrap();
    });
    lab.settle();
    assert!(has(&lab, "10.60.0.0/24"));
    let own = lab.at(1).best(prefix("10.0.0.0/8")).unwrap().attributes();
    assert_eq!(
        own.as_path.unwrap().to_string(),
        "{65002}",
        "who is behind it"
    );
    lab.change(1, |speaker, now| {
        speaker.set_aggregates(now, Vec::new()).unwrap();
    });
    lab.settle();
    assert!(!has(&lab, "10.0.0.0/8") && has(&lab, "10.60.0.0/24"));
}

#[test]
fn a_default_route_is_for_those_who_are_to_have_one() {
    let lab = Lab::new(&[(1, 65001), (2, 65002), (3, 65003)])
        .link((1, 2), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN))
        .with(1, 2, |peer| peer.default_originate = true);
    let lab = lab.up();
    let default = prefix("0.0.0.0/0");
    assert!(lab.at(2).best(default).is_some());
    assert!(lab.at(3).best(default).is_none());
    assert!(lab.at(1).best(default).is_none(), "it has none itself");
}

#[test]
fn a_backup_is_told_of_while_the_main_route_is_gone() {
    let conditional = |peer: &mut PeerConfig| {
        peer.conditional = vec![Conditional {
            prefixes: vec![PrefixMatch::exact(net(50))],
            watched: net(40),
            present: false,
        }];
    };
    let mut lab = pair().with(1, 2, conditional).up();
    lab.announce(1, 50, AttributeSet::default());
    assert_eq!(reach(&lab, 2, &[50]), [50]);
    lab.announce(1, 40, AttributeSet::default());
    assert_eq!(reach(&lab, 2, &[1, 40, 50]), [1, 40]);
    lab.withdraw(1, 40);
    assert_eq!(reach(&lab, 2, &[1, 40, 50]), [1, 50]);
}

#[test]
fn an_interval_lets_changes_gather() {
    let slow = |peer: &mut PeerConfig| peer.advertisement_interval = Duration::from_secs(30);
    let mut lab = pair().with(1, 2, slow).up();
    lab.announce(1, 50, AttributeSet::default());
    assert!(lab.best(2, 50).is_none(), "the table went out just now");
    lab.network.run_for(Duration::from_secs(30));
    assert_eq!(reach(&lab, 2, &[50]), [50]);
    lab.withdraw(1, 50);
    assert_eq!(reach(&lab, 2, &[50]), [50]);
    lab.network.run_for(Duration::from_secs(30));
    assert!(lab.best(2, 50).is_none());
}

#[test]
fn origins_are_validated_and_routes_judged_again_when_authorizations_change() {
    let valid = r#"{ "rules": [{ "conditions": [{ "validation": "invalid" }], "outcome": "reject" }],
        "default": "accept" }"#;
    let policy: Policy = serde_json::from_str(valid).unwrap();
    let mut lab = pair().with(2, 1, |peer| peer.import = Some(policy)).up();
    lab.announce(1, 50, AttributeSet::default());
    let authorize = |lab: &mut Lab, asn| {
        let vrp = Vrp {
            prefix: net(50),
            max_length: 24,
            asn: Asn(asn),
        };
        lab.change(2, |speaker, now| speaker.set_vrps(now, [vrp]));
        lab.settle();
    };
    assert_eq!(reach(&lab, 2, &[50]), [50]);
    authorize(&mut lab, 65009);
    assert_eq!(reach(&lab, 2, &[1, 50]), [1]);
    authorize(&mut lab, 65001);
    assert_eq!(reach(&lab, 2, &[50]), [50]);
    assert_ne!(OriginValidation::Valid, OriginValidation::Invalid);
}

#[test]
fn an_enhanced_refresh_takes_away_what_is_not_sent_again() {
    let enhanced = |peer: &mut PeerConfig| {
        peer.session.offer.route_refresh = RefreshOffer::Enhanced;
    };
    let mut lab = pair().both(1, 2, enhanced).up();
    lab.announce(1, 50, AttributeSet::default());
    lab.change(2, |speaker, now| speaker.soft_reset_in(now, PEER))
        .unwrap();
    lab.settle();
    assert_eq!(reach(&lab, 2, &[1, 50]), [1, 50]);
    assert!(lab.at(2).routes().all(|route| !route.stale));
    lab.change(1, |speaker, now| speaker.soft_reset_out(now, PEER))
        .unwrap();
    lab.settle();
    assert_eq!(reach(&lab, 2, &[1, 50]), [1, 50]);
}

fn limited(action: LimitAction) -> Lab {
    let lab = pair().with(2, 1, |peer| {
        let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, 2);
        limit.action = action;
        limit.warn_at = None;
        peer.session.limits = vec![limit];
    });
    lab.up()
}

#[test]
fn a_limit_ends_the_session_or_takes_no_more() {
    let announce = |lab: &mut Lab| {
        lab.change(1, |speaker, now| {
            for of in 50..55 {
                speaker.announce(now, net(of), AttributeSet::default());
            }
        });
        events(lab)
    };
    let mut lab = limited(LimitAction::StayDown);
    let events = announce(&mut lab);
    let crossed = |it: &Event| matches!(it, Event::PrefixLimit(_, _, LimitVerdict::End { .. }));
    assert!(events.iter().any(crossed), "{events:?}");
    assert_eq!(lab.at(2).routes().count(), 1, "its own");
    let mut lab = limited(LimitAction::Drop);
    announce(&mut lab);
    assert_eq!(lab.at(2).adj_rib_in(PEER).count(), 2);
    assert_eq!(ups(&lab, 2), 1);
    for of in 50..55 {
        lab.withdraw(1, of);
    }
    lab.announce(1, 60, AttributeSet::default());
    assert_eq!(reach(&lab, 2, &[1, 60]), [1, 60], "there is room again");
}

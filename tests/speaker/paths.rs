//! What AS paths and the attributes beside them become over a session.

use bgpwright::{
    rib::{Outcome, Refusal},
    session::{AsSet, PeerAs, RoleOffer},
    speaker::{LocalAs, PeerConfig, RemovePrivate},
    types::{Asn, Community},
    wire::{AttributeSet, Role},
};

use crate::lab::{Lab, PLAIN, net};

/// 2 announces to 1, who tells 3.
fn line(asns: [u32; 3]) -> Lab {
    Lab::new(&[(1, asns[0]), (2, asns[1]), (3, asns[2])])
        .link((1, 2), (PLAIN, PLAIN))
        .link((1, 3), (PLAIN, PLAIN))
}

fn through(lab: Lab, path: &str) -> Option<String> {
    let mut lab = lab.up();
    let as_path = Some(path.parse().unwrap());
    lab.announce(
        2,
        50,
        AttributeSet {
            as_path,
            ..AttributeSet::default()
        },
    );
    lab.as_path(3, 50)
}

#[test]
fn private_numbers_are_left_out_or_replaced() {
    let expected = [
        (RemovePrivate::Keep, "100 200 64600 300"),
        (RemovePrivate::Remove, "100 200 300"),
        (RemovePrivate::Replace, "100 200 100 300"),
    ];
    for (mode, path) in expected {
        let lab = line([100, 200, 400]).with(1, 3, |peer| peer.remove_private = mode);
        assert_eq!(through(lab, "64600 300").as_deref(), Some(path), "{mode:?}");
    }
}

#[test]
fn sites_of_one_as_take_each_others_routes_by_override_or_by_allowance() {
    assert_eq!(
        through(line([100, 200, 200]), ""),
        None,
        "a loop to the other site"
    );
    let lab = line([100, 200, 200]).with(1, 3, |peer| peer.as_override = true);
    assert_eq!(through(lab, "").as_deref(), Some("100 100"));
    let lab = line([100, 200, 200]).with(3, 1, |peer| peer.allow_own_as = 1);
    assert_eq!(through(lab, "").as_deref(), Some("100 200"));
    let lab = line([100, 200, 200]).with(3, 1, |peer| peer.allow_own_as = 1);
    assert_eq!(through(lab, "200"), None, "twice is too often");
}

/// 1 is AS 100, and 150 to its neighbour 2.
fn renumbered(mode: LocalAs) -> Lab {
    line([100, 200, 400])
        .with(1, 2, |peer| {
            peer.session.local_as = Asn(150);
            peer.local_as = mode;
        })
        .with(2, 1, |peer| {
            peer.session.peer_as = PeerAs::Exactly(Asn(150));
        })
}

#[test]
fn another_as_on_one_session_shows_in_paths_unless_it_is_not_to() {
    let plain = LocalAs::default();
    assert_eq!(
        through(renumbered(plain), "").as_deref(),
        Some("100 150 200")
    );
    let no_prepend = LocalAs {
        no_prepend: true,
        ..plain
    };
    assert_eq!(
        through(renumbered(no_prepend), "").as_deref(),
        Some("100 200")
    );
    let back = |mode| {
        let mut lab = renumbered(mode).up();
        lab.announce(3, 51, AttributeSet::default());
        lab.as_path(2, 51)
    };
    assert_eq!(back(plain).as_deref(), Some("150 100 400"));
    let replace_as = LocalAs {
        replace_as: true,
        ..plain
    };
    assert_eq!(back(replace_as).as_deref(), Some("150 400"));
}

#[test]
fn a_path_that_does_not_begin_with_the_neighbours_as_is_refused_if_asked_for() {
    let server = |peer: &mut PeerConfig| peer.route_server_client = true;
    let lab = line([100, 200, 400]).with(1, 3, server);
    assert_eq!(through(lab, "").as_deref(), Some("200"));
    let lab = line([100, 200, 400])
        .with(1, 3, server)
        .with(3, 1, |peer| peer.enforce_first_as = true);
    let mut lab = lab.up();
    lab.announce(2, 50, AttributeSet::default());
    let explained = lab.at(3).rib().explain(net(50));
    let outcomes: Vec<_> = explained.iter().map(|it| it.outcome).collect();
    assert_eq!(outcomes, [Outcome::Refused(Refusal::FirstAs)]);
}

/// 1 and 2 are members 65001 and 65002 of confederation 100, 3 is outside.
#[test]
fn a_confederation_shows_its_members_to_each_other_only() {
    let members: AsSet = "65001-65002".parse().unwrap();
    let inside = |peer: &mut PeerConfig| peer.session.confederation = Some(members.clone());
    let lab = line([65001, 65002, 400])
        .config(1, |config| config.confederation = Some(Asn(100)))
        .config(2, |config| config.confederation = Some(Asn(100)))
        .both(1, 2, inside)
        .with(1, 3, |peer| peer.session.local_as = Asn(100))
        .with(3, 1, |peer| {
            peer.session.peer_as = PeerAs::Exactly(Asn(100));
        });
    let mut lab = lab.up();
    let local_pref = Some(300);
    lab.announce(
        2,
        50,
        AttributeSet {
            local_pref,
            ..AttributeSet::default()
        },
    );
    assert_eq!(lab.as_path(1, 50).as_deref(), Some("(65002)"));
    assert_eq!(lab.best(1, 50).unwrap().attributes().local_pref, local_pref);
    assert_eq!(lab.as_path(3, 50).as_deref(), Some("100"));
    lab.announce(3, 51, AttributeSet::default());
    assert_eq!(lab.as_path(2, 51).as_deref(), Some("(65001) 400"));
    let no_export = vec![Community::NO_EXPORT];
    lab.announce(
        2,
        52,
        AttributeSet {
            communities: no_export,
            ..AttributeSet::default()
        },
    );
    assert!(lab.best(1, 52).is_some() && lab.best(3, 52).is_none());
    let confined = vec![Community::NO_EXPORT_SUBCONFED];
    lab.announce(
        2,
        53,
        AttributeSet {
            communities: confined,
            ..AttributeSet::default()
        },
    );
    assert!(lab.best(1, 53).is_none(), "it stays in its member AS");
}

fn role(role: Role) -> impl Fn(&mut PeerConfig) {
    move |peer| peer.session.offer.role = Some(RoleOffer { role, strict: true })
}

/// 2 is a provider of 1; what 3 is to 1 is given.
fn roles(ours: Role) -> Lab {
    line([100, 200, 400])
        .with(1, 2, role(Role::CUSTOMER))
        .with(2, 1, role(Role::PROVIDER))
        .with(1, 3, role(ours))
        .with(3, 1, role(ours.opposite().unwrap()))
        .up()
}

#[test]
fn rfc9234_what_a_provider_sent_goes_to_customers_only() {
    for (ours, told) in [
        (Role::PROVIDER, true),
        (Role::PEER, false),
        (Role::CUSTOMER, false),
    ] {
        let mut lab = roles(ours);
        lab.announce(2, 50, AttributeSet::default());
        let only = lab.best(1, 50).unwrap().attributes().only_to_customer;
        assert_eq!(only, Some(Asn(200)), "written on the way out of 2");
        assert_eq!(lab.best(3, 50).is_some(), told, "{ours:?}");
    }
}

#[test]
fn rfc9234_a_route_for_customers_that_comes_from_one_has_leaked() {
    let mut lab = roles(Role::PROVIDER);
    let only_to_customer = Some(Asn(999));
    lab.announce(
        3,
        50,
        AttributeSet {
            only_to_customer,
            ..AttributeSet::default()
        },
    );
    // A customer that minds its role does not send it: let it be told by force.
    assert!(lab.best(1, 50).is_none());
    let mut lab = line([100, 200, 400]).with(1, 3, role(Role::PROVIDER)).up();
    lab.announce(
        3,
        50,
        AttributeSet {
            only_to_customer,
            ..AttributeSet::default()
        },
    );
    assert!(
        lab.best(1, 50).is_none(),
        "3 says no role: the session is refused"
    );
}

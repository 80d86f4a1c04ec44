//! Cases of capabilities that we offer only when told to: agreed where the
//! daemon's OPEN has them, and then used.

use core::time::Duration;

use bgpwright::{
    session::{Event, RefreshOffer, RoleOffer},
    types::{Afi, Asn, Family},
    wire::{
        AddPathFamily, AddPathMode, Capability, Fqdn, LongLivedFamily, LongLivedFlags,
        RefreshSubtype, Role, RouteRefresh, Update,
    },
};

use crate::{
    cases::{Bench, Outcome, SOON, check},
    daemon::{Dialect, THEIR_AS},
    driver::Line,
    restart::restarting,
    routes::{
        OUR_PREFIXES, THEIR_PREFIXES, nlri, our_attributes, our_route_shown, received, update,
    },
};

const FAMILY: Family = Family::IPV4_UNICAST;

fn add_path(dialect: &'static dyn Dialect) -> Result<Bench, crate::cases::Reason> {
    Bench::up(dialect, |_, config| {
        let offer = |family| AddPathFamily {
            family,
            mode: AddPathMode::BOTH,
        };
        config.offer.add_path = config.families.iter().copied().map(offer).collect();
    })
}

/// Two paths to a prefix, both in the daemon's table.
pub(crate) fn we_add_paths(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = add_path(dialect)?;
    bench.needs(|open| open.add_path(FAMILY).is_some_and(AddPathMode::may_receive))?;
    let (prefix, next_hop) = OUR_PREFIXES[0];
    for id in [1, 2] {
        let mut attributes = our_attributes();
        attributes.med = Some(id);
        let update = update(&[nlri(prefix, Some(id))], FAMILY, next_hop, attributes);
        bench.line.session.send(&update).unwrap();
    }
    let mut shown = bench.shown(prefix, 2);
    shown.sort_by(|one, other| one.med.cmp(&other.med));
    let expected = ["1", "2"].map(|med| {
        let mut shown = our_route_shown(next_hop);
        med.clone_into(&mut shown.med);
        shown
    });
    check(shown == expected, || format!("shows {shown:?}"))
}

/// Its routes with path identifiers.
pub(crate) fn they_add_paths(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = add_path(dialect)?;
    bench.needs(|open| open.add_path(FAMILY).is_some_and(AddPathMode::may_send))?;
    bench.has_their_routes(&[FAMILY])?;
    let with_id = |event: &Event| match event {
        Event::Update(parsed) => parsed
            .value
            .announced
            .prefixes()
            .any(|of| of.path_id.is_some()),
        _ => false,
    };
    check(bench.line.events.iter().any(with_id), || {
        "sends no path identifiers".to_owned()
    })
}

/// One message with more than 4096 octets of prefixes.
pub(crate) fn long_messages(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| config.offer.extended_messages = true)?;
    bench.needs(|open| open.capabilities.contains(&Capability::ExtendedMessage))?;
    let prefixes: Vec<_> = (0..2000_u16)
        .map(|at| nlri(&format!("20.{}.{}.0/24", at >> 8, at & 0xff), None))
        .collect();
    let (_, next_hop) = OUR_PREFIXES[0];
    let update = update(&prefixes, FAMILY, next_hop, our_attributes());
    bench.line.session.send(&update).unwrap();
    let shown = bench.shown("20.7.207.0/24", 1);
    check(shown == [our_route_shown(next_hop)], || {
        format!("shows {shown:?}")
    })
}

/// IPv4 by way of an IPv6 address.
pub(crate) fn next_hops_of_ipv6(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| {
        config.offer.extended_next_hop = vec![FAMILY];
    })?;
    bench.needs(|open| open.takes_next_hop(FAMILY, Afi::IPV6))?;
    let (prefix, _) = OUR_PREFIXES[0];
    let next_hop = "2001:db8::1";
    let update = update(&[nlri(prefix, None)], FAMILY, next_hop, our_attributes());
    bench.line.session.send(&update).unwrap();
    let shown = bench.shown(prefix, 1);
    check(shown == [our_route_shown(next_hop)], || {
        format!("shows {shown:?}")
    })
}

/// Agreed, and then its routes say for whom they are.
pub(crate) fn roles(dialect: &'static dyn Dialect) -> Outcome {
    let role = RoleOffer {
        role: Role::CUSTOMER,
        strict: false,
    };
    let mut bench = Bench::up(dialect, |setup, config| {
        setup.role = true;
        config.offer.role = Some(role);
    })?;
    bench.needs(|open| open.role().is_some())?;
    let theirs = bench.line.negotiated().peer_role;
    check(theirs == Some(Role::PROVIDER), || format!("is {theirs:?}"))?;
    let marked = |line: &Line| {
        let routes = received(line);
        let route = routes.get(THEIR_PREFIXES[0].0);
        route.is_some_and(|of| of.only_to_customer == Some(Asn(THEIR_AS)))
    };
    check(bench.line.wait(SOON, marked), || {
        "does not set ONLY_TO_CUSTOMER".to_owned()
    })
}

pub(crate) fn long_lived(dialect: &'static dyn Dialect) -> Outcome {
    let bench = Bench::up(dialect, |_, config| {
        restarting(config);
        config.offer.long_lived = vec![LongLivedFamily {
            family: FAMILY,
            flags: LongLivedFlags::empty(),
            stale_time: 100,
        }];
    })?;
    let offered = |of: &Capability| matches!(of, Capability::LongLivedGracefulRestart(_));
    bench.needs(|open| open.capabilities.iter().any(offered))?;
    let agreed = &bench.line.negotiated().long_lived;
    check(agreed.iter().any(|of| of.family == FAMILY), || {
        format!("{agreed:?}")
    })
}

/// BoRR, the routes, EoRR.
pub(crate) fn bracketed_refresh(dialect: &'static dyn Dialect) -> Outcome {
    let mut bench = Bench::up(dialect, |_, config| {
        restarting(config);
        config.offer.route_refresh = RefreshOffer::Enhanced;
    })?;
    bench.needs(|open| {
        open.capabilities
            .contains(&Capability::EnhancedRouteRefresh)
    })?;
    // With graceful restart agreed, brackets wait for the end of the initial
    // routes (RFC 7313 §4).
    for family in bench.line.negotiated().families.clone() {
        let end = Update::end_of_rib(family);
        bench.line.session.send(&end).unwrap();
    }
    bench.has_their_routes(&[FAMILY])?;
    bench.line.wait(Duration::from_secs(1), |_| false);
    bench.line.events.clear();
    let request = RouteRefresh::new(FAMILY, RefreshSubtype::REQUEST);
    bench.line.session.refresh(request).unwrap();
    let said = |line: &Line, subtype| {
        line.events
            .contains(&Event::Refresh(RouteRefresh::new(FAMILY, subtype)))
    };
    let ended = bench
        .line
        .wait(SOON, |line| said(line, RefreshSubtype::END));
    let begun = said(&bench.line, RefreshSubtype::BEGIN);
    check(ended && begun, || match (begun, ended) {
        (true, false) => "sends BoRR and no EoRR".to_owned(),
        (false, true) => "sends EoRR and no BoRR".to_owned(),
        _ => "sends neither BoRR nor EoRR".to_owned(),
    })?;
    bench.has_their_routes(&[FAMILY])
}

/// The daemon says a name, and takes ours.
pub(crate) fn names(dialect: &'static dyn Dialect) -> Outcome {
    let fqdn = Fqdn {
        hostname: (*b"left").into(),
        domain: (*b"example").into(),
    };
    let bench = Bench::up(dialect, |_, config| config.offer.fqdn = Some(fqdn))?;
    bench.needs(|open| open.fqdn().is_some())
}

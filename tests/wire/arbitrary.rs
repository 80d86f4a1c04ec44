//! Values for the property tests: OPEN, NOTIFICATION and ROUTE-REFRESH.

use core::net::IpAddr;

use bgpwright::{
    types::{Afi, Asn, Family, Prefix, RouterId, Safi},
    wire::{
        AddPathFamily, AddPathMode, Capability, CapabilityCode, ExtendedNextHop, Fqdn,
        GracefulRestart, GracefulRestartFamily, GracefulRestartFlags, LongLivedFamily,
        LongLivedFlags, MultipleLabels, Notification, NotificationCode, Open, OrfFamily, OrfMatch,
        OrfMode, OrfSupport, OrfType, PathsLimit, PrefixFilter, PrefixOrf, RefreshSubtype, Role,
        RouteRefresh, SoftwareVersion, WhenToRefresh,
    },
};
use bytes::Bytes;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

pub(crate) fn family() -> impl Strategy<Value = Family> {
    prop_oneof![
        Just(Family::IPV4_UNICAST),
        Just(Family::IPV6_UNICAST),
        any::<(u16, u8)>().prop_map(|(afi, safi)| Family::new(Afi(afi), Safi(safi))),
    ]
}

fn octets(most: usize) -> impl Strategy<Value = Box<[u8]>> {
    vec(any::<u8>(), 0..=most).prop_map(Vec::into_boxed_slice)
}

fn restart() -> impl Strategy<Value = Capability> {
    let of = (family(), any::<bool>()).prop_map(|(family, forwarding_preserved)| {
        GracefulRestartFamily {
            family,
            forwarding_preserved,
        }
    });
    let short =
        (0..16_u8, 0..4096_u16, vec(of, 0..5)).prop_map(|(flags, restart_time, families)| {
            Capability::GracefulRestart(GracefulRestart {
                flags: GracefulRestartFlags::from_bits_retain(flags),
                restart_time,
                families,
            })
        });
    let of = (family(), any::<u8>(), 0..1_u32 << 24).prop_map(|(family, flags, stale_time)| {
        LongLivedFamily {
            family,
            flags: LongLivedFlags::from_bits_retain(flags),
            stale_time,
        }
    });
    let long = vec(of, 0..5).prop_map(Capability::LongLivedGracefulRestart);
    prop_oneof![short, long]
}

fn by_family() -> impl Strategy<Value = Capability> {
    let add_path = (family(), any::<u8>().prop_map(AddPathMode))
        .prop_map(|(family, mode)| AddPathFamily { family, mode });
    let next_hop = (family(), any::<u16>().prop_map(Afi))
        .prop_map(|(family, next_hop)| ExtendedNextHop { family, next_hop });
    let labels =
        (family(), any::<u8>()).prop_map(|(family, count)| MultipleLabels { family, count });
    let limit = (family(), any::<u16>()).prop_map(|(family, limit)| PathsLimit { family, limit });
    let support = any::<(u8, u8)>().prop_map(|(kind, mode)| OrfSupport {
        kind: OrfType(kind),
        mode: OrfMode(mode),
    });
    let orf =
        (family(), vec(support, 0..4)).prop_map(|(family, types)| OrfFamily { family, types });
    prop_oneof![
        family().prop_map(Capability::Multiprotocol),
        vec(add_path, 0..5).prop_map(Capability::AddPath),
        vec(next_hop, 0..5).prop_map(Capability::ExtendedNextHop),
        vec(labels, 0..5).prop_map(Capability::MultipleLabels),
        vec(limit, 0..5).prop_map(Capability::PathsLimit),
        vec(orf, 0..5).prop_map(Capability::OutboundRouteFiltering),
    ]
}

/// Codes that are kept raw, and known ones with a value that does not fit.
fn unknown() -> impl Strategy<Value = Capability> {
    let raw = select(vec![
        0, 4, 7, 10, 66, 67, 68, 72, 78, 129, 130, 131, 184, 200, 255_u8,
    ]);
    let misfits = select(vec![
        (1, 3),
        (2, 1),
        (3, 4),
        (5, 5),
        (6, 1),
        (8, 3),
        (9, 2),
        (64, 1),
        (69, 7),
        (70, 2),
        (71, 6),
        (74, 1),
        (76, 4),
        (77, 9),
        (128, 1_usize),
    ]);
    prop_oneof![
        (raw, octets(255)).prop_map(|(code, value)| (code, value)),
        misfits.prop_map(|(code, length)| (code, vec![1; length].into())),
    ]
    .prop_map(|(code, value)| Capability::Unknown {
        code: CapabilityCode(code),
        value,
    })
}

pub(crate) fn capability() -> impl Strategy<Value = Capability> {
    let fqdn = (octets(100), octets(100)).prop_map(|(hostname, domain)| Fqdn { hostname, domain });
    let bare = select(vec![
        Capability::RouteRefresh,
        Capability::ExtendedMessage,
        Capability::EnhancedRouteRefresh,
        Capability::BfdStrict,
        Capability::LinkLocalNextHop,
        Capability::CiscoRouteRefresh,
    ]);
    prop_oneof![
        4 => by_family(),
        2 => restart(),
        1 => bare,
        1 => any::<u8>().prop_map(|role| Capability::Role(Role(role))),
        1 => (1..=u32::MAX).prop_map(|asn| Capability::FourOctetAs(Asn(asn))),
        1 => fqdn.prop_map(|names| Capability::Fqdn(Box::new(names))),
        1 => octets(254).prop_map(|text| Capability::SoftwareVersion(SoftwareVersion(text))),
        2 => unknown(),
    ]
}

prop_compose! {
    pub(crate) fn open()(
        my_as in 1..=u16::MAX,
        hold_time in prop_oneof![Just(0), 3..=u16::MAX],
        router_id in 1..=u32::MAX,
        mut capabilities in vec(capability(), 0..10),
    ) -> Open {
        let router_id = RouterId(router_id);
        // A second role must be the first.
        let mut first = None;
        capabilities.retain(|capability| match capability {
            Capability::Role(role) => *first.get_or_insert(*role) == *role,
            _ => true,
        });
        Open { version: 4, my_as, hold_time, router_id, capabilities }
    }
}

pub(crate) fn notification() -> impl Strategy<Value = Notification> {
    let code = prop_oneof![0..10_u8, any::<u8>()];
    let subcode = prop_oneof![0..12_u8, any::<u8>()];
    let plain =
        (code, subcode, vec(any::<u8>(), 0..300)).prop_map(|(code, subcode, data)| Notification {
            code: NotificationCode(code),
            subcode,
            data: Bytes::from(data),
        });
    let missed = vec(capability(), 0..4)
        .prop_map(|missed| Notification::unsupported_capability(&missed).unwrap());
    let text = (any::<bool>(), any::<String>()).prop_map(|(reset, text)| {
        let subcode = if reset {
            Notification::ADMINISTRATIVE_RESET
        } else {
            Notification::ADMINISTRATIVE_SHUTDOWN
        };
        Notification::cease_with_text(subcode, &text)
    });
    let one = prop_oneof![4 => plain, 1 => missed, 2 => text];
    (one, any::<bool>()).prop_map(|(of, hard)| {
        if hard {
            Notification::hard_reset(&of)
        } else {
            of
        }
    })
}

/// A filter for IPv4 or IPv6.
pub(crate) fn prefix_orf(afi: Afi) -> impl Strategy<Value = PrefixOrf> {
    let filter = (any::<(bool, u32, u128, u8, u8)>(), any::<Index>()).prop_map(
        move |((deny, sequence, addr, min_length, max_length), length)| {
            let (addr, most) = if afi == Afi::IPV4 {
                let [.., a, b, c, d] = addr.to_be_bytes();
                (IpAddr::from([a, b, c, d]), 33)
            } else {
                (IpAddr::from(addr.to_be_bytes()), 129)
            };
            let length = u8::try_from(length.index(most)).unwrap();
            PrefixFilter {
                matching: if deny {
                    OrfMatch::Deny
                } else {
                    OrfMatch::Permit
                },
                sequence,
                prefix: Prefix::new(addr, length).unwrap(),
                min_length,
                max_length,
            }
        },
    );
    (0..5, filter).prop_map(|(action, filter)| match action {
        0 | 1 => PrefixOrf::Add(filter),
        2 | 3 => PrefixOrf::Remove(filter),
        _ => PrefixOrf::RemoveAll,
    })
}

pub(crate) fn refresh() -> impl Strategy<Value = RouteRefresh> {
    let bare = (family(), 0..3_u8)
        .prop_map(|(family, subtype)| RouteRefresh::new(family, RefreshSubtype(subtype)));
    let unknown =
        (family(), 3..=255_u8, octets(40)).prop_map(|(family, subtype, data)| RouteRefresh {
            family,
            subtype: RefreshSubtype(subtype),
            data: data.into_vec(),
        });
    let groups = vec((any::<u8>(), octets(30)), 0..4);
    let raw = (family(), any::<u8>(), groups).prop_map(|(family, when, groups)| {
        let mut refresh = RouteRefresh::filtered(family, WhenToRefresh(when));
        for (kind, entries) in groups {
            refresh.push_group(OrfType(kind), &entries).unwrap();
        }
        refresh
    });
    let prefixes = vec(prefix_orf(Afi::IPV6), 0..6).prop_map(|entries| {
        let mut refresh = RouteRefresh::filtered(Family::IPV6_UNICAST, WhenToRefresh::DEFER);
        refresh.push_prefixes(&entries).unwrap();
        refresh
    });
    prop_oneof![bare, unknown, raw, prefixes]
}

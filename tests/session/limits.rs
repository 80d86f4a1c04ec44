//! Prefix limits against a count that goes where it likes.

use core::time::Duration;

use bgpwright::{
    session::{LimitAction, LimitReached, LimitVerdict, PrefixCounter, PrefixLimit, WarnAt},
    types::{Afi, Family, Safi},
};
use proptest::{collection::vec, prelude::*};

fn action() -> impl Strategy<Value = LimitAction> {
    prop_oneof![
        Just(LimitAction::Warn),
        Just(LimitAction::Drop),
        Just(LimitAction::Restart {
            after: Duration::from_mins(1)
        }),
        Just(LimitAction::StayDown),
    ]
}

fn limit() -> impl Strategy<Value = PrefixLimit> {
    let warn_at = prop_oneof![
        (1..=100_u8).prop_map(WarnAt::Percent),
        (1..=60_u32).prop_map(WarnAt::Count),
    ];
    let fields = (0..60_u32, proptest::option::of(warn_at), action());
    fields.prop_filter_map("cannot work", |(max, warn_at, action)| {
        let mut limit = PrefixLimit::new(Family::IPV4_UNICAST, max);
        (limit.warn_at, limit.action) = (warn_at, action);
        limit.check().is_ok().then_some(limit)
    })
}

proptest! {
    #[test]
    fn too_many_are_told_in_each_excursion_exactly_once(
        limit in limit(), counts in vec(0..80_usize, 0..200),
    ) {
        let mut counter = PrefixCounter::new(limit).unwrap();
        let max = usize::try_from(limit.max).unwrap();
        let ends = matches!(limit.action, LimitAction::Restart { .. } | LimitAction::StayDown);
        let mut over = false;
        for present in counts {
            let verdict = counter.update(present);
            prop_assert_eq!(counter.update(present), None, "told twice");
            let told = matches!(
                verdict,
                Some(LimitVerdict::Exceeded { .. }
                    | LimitVerdict::StopAccepting { .. }
                    | LimitVerdict::End { .. })
            );
            let again = verdict == Some(LimitVerdict::AcceptAgain);
            let was_over = over;
            // It is over with a twentieth less than the first number too many,
            // one less at least.
            let margin = (max + 1).div_ceil(20).min(max);
            let bound = if was_over { max - margin } else { max };
            over = (was_over && ends) || present > bound;
            prop_assert_eq!(told, over && !was_over);
            let drops = limit.action == LimitAction::Drop;
            prop_assert_eq!(again, drops && was_over && !over);
            let accepts = !over || limit.action == LimitAction::Warn;
            prop_assert_eq!(counter.is_accepting(), accepts);
        }
    }

    #[test]
    fn a_cease_is_read_back(afi: u16, safi: u8, max: u32) {
        let family = Family::new(Afi(afi), Safi(safi));
        let reached = LimitReached { family, max };
        prop_assert_eq!(LimitReached::of(&reached.notification()), Some(reached));
    }

    #[test]
    fn json_keeps_a_limit(limit in limit()) {
        let json = serde_json::to_string(&limit).unwrap();
        prop_assert_eq!(serde_json::from_str::<PrefixLimit>(&json).unwrap(), limit);
    }
}

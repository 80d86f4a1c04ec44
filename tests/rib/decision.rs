//! One row a step: a route that is better by that step alone, against one that
//! is better by every later step. Both orders of arguments.

use std::net::IpAddr;

use bgpwright::{
    rib::{Candidate, Decision, DecisionConfig, Step, compare, decide},
    types::{AsPath, Asn, ClusterId, PeerType, RouterId},
    wire::{AttributeSet, Origin, RawAttributes, attribute::Aigp},
};

#[derive(Clone)]
struct Row {
    attributes: AttributeSet,
    neighbor: Option<(PeerType, RouterId, IpAddr)>,
    igp_cost: u32,
    path_id: u32,
    stale: bool,
    weight: u32,
    is_best: bool,
}

/// Every step counts.
const CONFIG: DecisionConfig = DecisionConfig {
    always_compare_med: false,
    missing_med_worst: false,
    aigp: true,
    prefer_oldest: true,
};

fn aigp(metric: u64) -> RawAttributes {
    let mut other = RawAttributes::new();
    other.insert_typed(&Aigp::new(metric)).unwrap();
    other
}

impl Row {
    /// A middling route, from AS 64501 by eBGP.
    fn new() -> Self {
        Self {
            attributes: AttributeSet {
                origin: Some(Origin::Egp),
                as_path: Some(path(&[64501, 64502])),
                med: Some(50),
                local_pref: Some(100),
                originator_id: Some(RouterId(50)),
                cluster_list: vec![ClusterId(1), ClusterId(2)],
                other: aigp(1000),
                ..AttributeSet::default()
            },
            neighbor: Some((PeerType::External, RouterId(50), addr(50))),
            igp_cost: 50,
            path_id: 50,
            stale: false,
            weight: 50,
            is_best: true,
        }
    }

    fn candidate(&self) -> Candidate {
        Candidate {
            igp_cost: self.igp_cost,
            path_id: self.path_id,
            stale: self.stale,
            weight: self.weight,
            is_best: self.is_best,
            ..Candidate::new(&self.attributes, self.neighbor)
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

fn path(asns: &[u32]) -> AsPath {
    AsPath::sequence(asns.iter().copied().map(Asn))
}

fn addr(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

type Worsen = fn(&mut Row);

/// For each step, what makes a route worse by it.
fn worse() -> Vec<(Step, Worsen)> {
    vec![
        (Step::NotStale, |row| row.stale = true),
        (Step::Weight, |row| row.weight = 49),
        (Step::LocalPref, |row| row.attributes.local_pref = Some(99)),
        (Step::Aigp, |row| row.attributes.other = aigp(1001)),
        (Step::AsPathLength, |row| {
            row.attributes.as_path = Some(path(&[64501, 64503, 64504]));
        }),
        (Step::Origin, |row| {
            row.attributes.origin = Some(Origin::Incomplete);
        }),
        (Step::Med, |row| row.attributes.med = Some(51)),
        (Step::PeerType, |row| {
            row.neighbor = row
                .neighbor
                .map(|(_, id, addr)| (PeerType::Internal, id, addr));
        }),
        (Step::IgpCost, |row| {
            row.igp_cost = 51;
            row.attributes.other = aigp(999);
        }),
        (Step::Oldest, |row| row.is_best = false),
        (Step::RouterId, |row| {
            row.attributes.originator_id = Some(RouterId(51));
        }),
        (Step::ClusterListLength, |row| {
            row.attributes.cluster_list.push(ClusterId(3));
        }),
        (Step::PeerAddress, |row| {
            row.neighbor = row.neighbor.map(|(kind, id, _)| (kind, id, addr(51)));
        }),
        (Step::PathId, |row| row.path_id = 51),
    ]
}

fn pick(a: &Row, b: &Row) -> Option<Decision> {
    decide(&[a.candidate(), b.candidate()], &CONFIG)
}

#[test]
fn each_step_decides_before_all_later_ones() {
    let steps = worse();
    for (at, (step, worsen)) in steps.iter().enumerate() {
        let loser = Row::new().with(worsen);
        let winner = steps[at + 1..]
            .iter()
            .fold(Row::new(), |row, (_, worsen)| row.with(worsen));
        for (first, second, best) in [(&winner, &loser, 0), (&loser, &winner, 1)] {
            let decision = pick(first, second).unwrap();
            assert_eq!((decision.best, decision.step), (best, *step));
            let (order, by) = compare(&first.candidate(), &second.candidate(), &CONFIG);
            assert_eq!((order.is_gt(), by), (best == 1, *step));
        }
    }
}

#[test]
fn no_step_is_without_a_row() {
    let rows: Vec<Step> = worse().iter().map(|(step, _)| *step).collect();
    let left = Step::ALL.iter().filter(|step| !rows.contains(step));
    // Both have tests of their own.
    let left: Vec<Step> = left.copied().collect();
    assert_eq!(left, [Step::OnlyRoute, Step::LocalRoute]);
}

#[test]
fn a_local_route_beats_any_learned_one() {
    let local = Row::new().with(|row| {
        row.neighbor = None;
        row.attributes.local_pref = Some(1);
        row.attributes.as_path = Some(path(&[1, 2, 3, 4]));
    });
    for (first, second, best) in [(&local, &Row::new(), 0), (&Row::new(), &local, 1)] {
        let decision = pick(first, second).unwrap();
        assert_eq!((decision.best, decision.step), (best, Step::LocalRoute));
    }
}

#[test]
fn a_route_alone_is_best_and_none_is_none() {
    assert_eq!(decide(&[], &CONFIG), None);
    let decision = decide(&[Row::new().candidate()], &CONFIG).unwrap();
    assert_eq!((decision.best, decision.step), (0, Step::OnlyRoute));
}

#[test]
fn defaults_are_local_pref_100_and_med_0() {
    let silent = |row: &mut Row| {
        row.attributes.local_pref = None;
        row.attributes.med = None;
    };
    let loud = Row::new().with(|row| row.attributes.med = Some(1));
    let decision = pick(&loud, &Row::new().with(silent)).unwrap();
    assert_eq!((decision.best, decision.step), (1, Step::Med));
}

#[test]
fn med_does_not_compare_over_neighbour_ases() {
    let other = |row: &mut Row| {
        row.attributes.as_path = Some(path(&[64509, 64502]));
        row.attributes.med = Some(10);
        row.attributes.originator_id = Some(RouterId(60));
    };
    let decision = pick(&Row::new(), &Row::new().with(other)).unwrap();
    assert_eq!((decision.best, decision.step), (0, Step::RouterId));
}

#[test]
fn the_outcome_does_not_depend_on_the_order_of_three() {
    // RFC 4271 §9.1.2.2 c: compared in pairs, a beats b, b beats c, c beats a.
    let row = |asn: u32, med: u32, id: u32| {
        Row::new().with(|row| {
            row.attributes.as_path = Some(path(&[asn, 64502]));
            row.attributes.med = Some(med);
            row.attributes.originator_id = Some(RouterId(id));
        })
    };
    let rows = [row(64501, 10, 30), row(64501, 20, 10), row(64509, 15, 20)];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let decision = decide(&order.map(|at| rows[at].candidate()), &CONFIG).unwrap();
        assert_eq!(order[decision.best], 2, "in the order {order:?}");
    }
}

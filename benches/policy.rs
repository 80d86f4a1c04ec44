//! What a policy costs a route.

#![expect(
    clippy::expect_used,
    reason = "a benchmark ends where its input is wrong"
)]

use core::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
};

use allocation_counter::measure;
use bgpwright::{
    policy::{
        Action, Among, AsPathMatch, Bounds, CompiledPolicy, Condition, ListEdit, NumberEdit,
        Outcome, Policy, PrefixMatch, Rule, Subject, Verdict,
    },
    types::{AsPath, Asn, Community, Family, LargeCommunity, NextHop, PeerType, Prefix},
    wire::{AttributeSet, Origin},
};
use criterion::{Criterion, criterion_group, criterion_main};

/// A route of a full table: five ASes, three communities, one large.
fn attributes() -> AttributeSet {
    AttributeSet {
        origin: Some(Origin::Igp),
        as_path: Some(AsPath::sequence([64501, 3356, 1299, 2914, 64505].map(Asn))),
        next_hop: Some(NextHop::V4(Ipv4Addr::new(192, 0, 2, 1))),
        med: Some(10),
        local_pref: Some(100),
        communities: vec![
            Community::new(3356, 3),
            Community::new(3356, 22),
            Community::new(64501, 100),
        ],
        large_communities: vec![LargeCommunity::new(64501, 1, 2)],
        ..AttributeSet::default()
    }
}

fn subject(prefix: Prefix, attributes: &AttributeSet) -> Subject<'_> {
    Subject {
        family: Family::IPV4_UNICAST,
        prefix: Some(prefix),
        neighbor: Ipv4Addr::new(192, 0, 2, 1).into(),
        neighbor_as: Asn(64501),
        peer_type: PeerType::External,
        validation: None,
        tag: None,
        attributes,
    }
}

fn prefix(bits: u32, length: u8) -> Prefix {
    Prefix::new(IpAddr::V4(bits.into()), length).expect("a length of IPv4")
}

fn rule(conditions: Vec<Condition>, actions: Vec<Action>, outcome: Outcome) -> Rule {
    Rule {
        name: None,
        conditions,
        actions,
        outcome,
    }
}

fn regex(pattern: &str) -> Rule {
    let condition = Condition::AsPath(AsPathMatch::Regex(pattern.into()));
    rule(vec![condition], vec![], Outcome::Reject)
}

/// What an exchange's member might have; the tenth is for every route.
fn ten_rules(actions: Vec<Action>) -> Vec<Rule> {
    let reject = |condition| rule(vec![condition], vec![], Outcome::Reject);
    let bogons = [(0x0a00_0000, 8), (0xac10_0000, 12), (0xc0a8_0000, 16)];
    let bogons = bogons.map(|(bits, length)| PrefixMatch::or_longer(prefix(bits, length)));
    let too_long = PrefixMatch {
        prefix: prefix(0, 0),
        ge: Some(25),
        le: None,
    };
    let private = (64512..64612).map(Asn).collect();
    let blackhole = Among::Any(vec![Community::BLACKHOLE.into()]);
    let large = "64500:666:*".parse().expect("a pattern");
    vec![
        reject(Condition::Prefix(bogons.to_vec())),
        reject(Condition::Prefix(vec![too_long])),
        reject(Condition::AsPath(AsPathMatch::Contains(private))),
        reject(Condition::AsPath(AsPathMatch::Length(Bounds::at_least(50)))),
        reject(Condition::AsPath(AsPathMatch::Empty)),
        reject(Condition::Communities(blackhole)),
        reject(Condition::LargeCommunities(Among::Any(vec![large]))),
        reject(Condition::Neighbor(vec![
            Ipv4Addr::new(192, 0, 2, 9).into(),
        ])),
        reject(Condition::Med(Bounds::at_least(1000))),
        rule(vec![], actions, Outcome::Accept),
    ]
}

fn compile(rules: Vec<Rule>) -> CompiledPolicy {
    let default = Verdict::Reject;
    let policy = Policy { rules, default };
    policy.compile().expect("a sound policy")
}

fn one(c: &mut Criterion, name: &str, policy: &CompiledPolicy) {
    let attributes = attributes();
    let route = subject(prefix(0xc633_6400, 24), &attributes);
    policy.apply(&route);
    let allocations = measure(|| drop(policy.apply(&route))).count_total;
    println!("policy/{name}: {allocations} allocations");
    c.bench_function(&format!("policy/{name}"), |b| {
        b.iter(|| policy.apply(black_box(&route)));
    });
}

/// A thousand routes, half of them on the list.
fn list(c: &mut Criterion, name: &str, entries: &[PrefixMatch]) {
    let attributes = attributes();
    let policy = Policy::only(entries.to_vec()).compile().expect("sound");
    let routes: Vec<Subject<'_>> = (0..1000_u32)
        .map(|at| prefix(0x0100_0000 + ((at.wrapping_mul(7919) % 20_000) << 10), 24))
        .map(|prefix| subject(prefix, &attributes))
        .collect();
    let taken = |verdict| verdict == Verdict::Accept;
    let count = || {
        let verdicts = routes.iter().map(|route| policy.apply(route).verdict);
        verdicts.filter(|verdict| taken(*verdict)).count()
    };
    let mut on_list = 0;
    let allocations = measure(|| on_list = count()).count_total;
    println!("policy/{name}: {on_list} of 1000 routes, {allocations} allocations");
    c.bench_function(&format!("policy/{name}, 1000 routes"), |b| b.iter(count));
    c.bench_function(&format!("policy/{name}, compiling"), |b| {
        let policy = Policy::only(entries.to_vec());
        b.iter(|| policy.compile());
    });
}

fn policies(c: &mut Criterion) {
    one(c, "accept all", &CompiledPolicy::ACCEPT);
    one(c, "10 rules", &compile(ten_rules(vec![])));
    let actions = vec![
        Action::LocalPref(NumberEdit::Set(200)),
        Action::Communities(ListEdit::Add(vec![Community::new(64500, 1)])),
    ];
    one(c, "10 rules, 2 changes", &compile(ten_rules(actions)));
    let accept = rule(vec![], vec![], Outcome::Accept);
    let one_regex = vec![regex("_64512$"), accept.clone()];
    one(c, "1 regular expression", &compile(one_regex));
    let mut many: Vec<Rule> = (0..10)
        .map(|of| regex(&format!("^6450[0-9]_.*_6452{of}_")))
        .collect();
    many.push(accept);
    one(c, "10 regular expressions", &compile(many));
    for length in [10, 10_000] {
        let step = 10_000 / length;
        let entries: Vec<PrefixMatch> = (0..length)
            .map(|at| PrefixMatch::or_longer(prefix(0x0100_0000 + ((at * step) << 10), 22)))
            .collect();
        list(c, &format!("list of {length}"), &entries);
    }
}

criterion_group!(benches, policies);
criterion_main!(benches);

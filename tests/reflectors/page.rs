use std::{env,thread,panic};
use crate::{client, network::End, redundant::{self, Clusters}, reflector, routers::{Bird,Frr,Gobgp,Ours}};

fn run(name: &str, case: impl FnOnce() -> End) -> Option<End> {
    let only = env::var("BGPWRIGHT_CASE").unwrap_or_default();
    if !name.contains(&only) { return None }
    let t = std::time::Instant::now();
    let end = panic::catch_unwind(panic::AssertUnwindSafe(case));
    match end {
        Ok(end) => { println!("{name}: ok {:?} {} updates; beyond {:#?}; excess {:#?}", t.elapsed(), end.updates, end.beyond, end.excess); Some(end) }
        Err(e) => { println!("{name}: FAIL {:?}: {:?}", t.elapsed(), e.downcast_ref::<String>().map(|s| s[..2500.min(s.len())].to_owned())); None }
    }
}

#[test]
fn all() {
    let cases: Vec<(&str, Box<dyn FnOnce() -> End + Send>)> = vec![
      ("reflector", Box::new(reflector::between_all)),
      ("client bird", Box::new(|| client::of_theirs(21, &Bird, &Frr, &Gobgp))),
      ("client frr", Box::new(|| client::of_theirs(22, &Frr, &Gobgp, &Bird))),
      ("client gobgp", Box::new(|| client::of_theirs(23, &Gobgp, &Bird, &Frr))),
      ("red ours diff", Box::new(|| redundant::with(24, &Ours, Clusters::Different, [&Bird, &Frr]))),
      ("red ours eq", Box::new(|| redundant::with(25, &Ours, Clusters::Equal, [&Bird, &Frr]))),
      ("red bird diff", Box::new(|| redundant::with(26, &Bird, Clusters::Different, [&Frr, &Gobgp]))),
      ("red bird eq", Box::new(|| redundant::with(27, &Bird, Clusters::Equal, [&Frr, &Gobgp]))),
      ("red frr diff", Box::new(|| redundant::with(28, &Frr, Clusters::Different, [&Gobgp, &Bird]))),
      ("red frr eq", Box::new(|| redundant::with(29, &Frr, Clusters::Equal, [&Gobgp, &Bird]))),
      ("red gobgp diff", Box::new(|| redundant::with(30, &Gobgp, Clusters::Different, [&Bird, &Frr]))),
      ("red gobgp eq", Box::new(|| redundant::with(31, &Gobgp, Clusters::Equal, [&Bird, &Frr]))),
    ];
    let h: Vec<_> = cases.into_iter().map(|(n, c)| thread::spawn(move || run(n, c))).collect();
    for h in h { h.join().unwrap(); }
}

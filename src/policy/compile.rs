//! From data to what is applied: every mistake is found here.

use alloc::{boxed::Box, vec::Vec};

use super::{
    AsPathMatch, Bounds, Condition, Outcome, Policy, PolicyError, PolicyErrorKind, PolicyPlace,
    PrefixMatch, Rule,
    as_path::PathRegex,
    attributes::is_kept,
    community::{CompiledAmong, Pattern},
    compiled::{CompiledPolicy, CompiledRule},
    condition::Among,
    predicate::{PathPredicate, Predicate},
    prefix_list::PrefixList,
};

/// How many conditions may be inside each other, so that no stack runs over.
pub(super) const MAX_DEPTH: usize = 16;

pub(super) fn compile(policy: &Policy) -> Result<CompiledPolicy, PolicyError> {
    let rules = policy.rules.iter().enumerate();
    let rules = rules.map(|(index, rule)| compile_rule(index, rule));
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    Ok(CompiledPolicy::new(rules, policy.default))
}

fn compile_rule(index: usize, rule: &Rule) -> Result<CompiledRule, PolicyError> {
    let error = |place, kind| PolicyError {
        rule: index,
        name: rule.name.clone(),
        place,
        kind,
    };
    let mut predicates = Vec::with_capacity(rule.conditions.len());
    for (at, condition) in rule.conditions.iter().enumerate() {
        let predicate = compile_condition(condition, MAX_DEPTH);
        predicates.push(predicate.map_err(|kind| error(PolicyPlace::Condition(at), kind))?);
    }
    let mut actions = Vec::with_capacity(rule.actions.len());
    for (at, action) in rule.actions.iter().enumerate() {
        let at = PolicyPlace::Action(at);
        if rule.outcome == Outcome::Reject {
            return Err(error(at, PolicyErrorKind::ActionOnRejected));
        }
        actions.push(action.checked().map_err(|kind| error(at, kind))?);
    }
    Ok(CompiledRule {
        index,
        predicates,
        actions,
        outcome: rule.outcome,
    })
}

fn compile_condition(condition: &Condition, depth: usize) -> Result<Predicate, PolicyErrorKind> {
    let inside = depth.checked_sub(1).ok_or(PolicyErrorKind::TooDeep)?;
    let all = |list: &[Condition]| -> Result<Vec<Predicate>, PolicyErrorKind> {
        let predicates = not_empty(list)?.iter();
        predicates.map(|of| compile_condition(of, inside)).collect()
    };
    Ok(match condition {
        Condition::Any(list) => Predicate::Any(all(list)?),
        Condition::All(list) => Predicate::All(all(list)?),
        Condition::Not(of) => Predicate::Not(Box::new(compile_condition(of, inside)?)),
        Condition::Prefix(list) => Predicate::Prefix(PrefixList::new(list)?),
        Condition::Family(family) => Predicate::Family(*family),
        Condition::Neighbor(list) => Predicate::Neighbor(sorted(list)?),
        Condition::NeighborAs(list) => Predicate::NeighborAs(sorted(list)?),
        Condition::PeerType(peer_type) => Predicate::PeerType(*peer_type),
        Condition::AsPath(path) => Predicate::AsPath(compile_path(path)?),
        Condition::Communities(among) => Predicate::Communities(compile_among(among)?),
        Condition::ExtendedCommunities(among) => {
            Predicate::ExtendedCommunities(compile_among(among)?)
        }
        Condition::LargeCommunities(among) => Predicate::LargeCommunities(compile_among(among)?),
        Condition::NextHop(list) => {
            let list = not_empty(list)?.iter().copied();
            let list: Vec<_> = list.map(PrefixMatch::or_longer).collect();
            Predicate::NextHop(PrefixList::new(&list)?)
        }
        Condition::Origin(origin) => Predicate::Origin(*origin),
        Condition::Med(bounds) => Predicate::Med(sound(*bounds)?),
        Condition::LocalPref(bounds) => Predicate::LocalPref(sound(*bounds)?),
        Condition::Validation(state) => Predicate::Validation(*state),
        Condition::Tag(list) => Predicate::Tag(sorted(list)?),
        Condition::Attribute(code) => {
            let code = *code;
            is_kept(code)
                .then_some(Predicate::Attribute(code))
                .ok_or(PolicyErrorKind::NoSuchAttribute { code })?
        }
    })
}

fn compile_path(path: &AsPathMatch) -> Result<PathPredicate, PolicyErrorKind> {
    Ok(match path {
        AsPathMatch::Contains(list) => PathPredicate::Contains(sorted(list)?),
        AsPathMatch::OriginatedBy(list) => PathPredicate::OriginatedBy(sorted(list)?),
        AsPathMatch::First(list) => PathPredicate::First(sorted(list)?),
        AsPathMatch::Length(bounds) => PathPredicate::Length(sound(*bounds)?),
        AsPathMatch::Empty => PathPredicate::Empty,
        AsPathMatch::Regex(pattern) => PathPredicate::Regex(PathRegex::new(pattern)?),
    })
}

fn compile_among<P: Pattern>(among: &Among<P>) -> Result<CompiledAmong<P>, PolicyErrorKind> {
    not_empty(among.patterns())?;
    Ok(CompiledAmong::new(among))
}

fn not_empty<T>(list: &[T]) -> Result<&[T], PolicyErrorKind> {
    if list.is_empty() {
        return Err(PolicyErrorKind::EmptyList);
    }
    Ok(list)
}

fn sorted<T: Clone + Ord>(list: &[T]) -> Result<Vec<T>, PolicyErrorKind> {
    let mut list = not_empty(list)?.to_vec();
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

fn sound(bounds: Bounds) -> Result<Bounds, PolicyErrorKind> {
    bounds
        .is_sound()
        .then_some(bounds)
        .ok_or(PolicyErrorKind::Bounds)
}

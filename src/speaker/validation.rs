use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    policy::{CompiledPolicy, Looks, OriginValidation},
    speaker::{Speaker, parts::Order},
    time::Instant,
    types::{AsPath, Asn, Prefix},
    wire::AttributeSet,
};

/// Who may originate a prefix and what lies in it: the payload of a route
/// origin authorization that somebody else has validated (RFC 6811 §2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "the RFC has these fields")]
pub struct Vrp {
    /// What is authorized.
    pub prefix: Prefix,
    /// How long more specific prefixes may be.
    pub max_length: u8,
    /// Whom; AS 0 is nobody.
    pub asn: Asn,
}

/// The payloads that there are.
#[derive(Debug, Default)]
pub(super) struct Validations(BTreeMap<Prefix, Vec<(u8, Asn)>>);

impl Validations {
    fn new(vrps: impl IntoIterator<Item = Vrp>) -> Self {
        let mut all: BTreeMap<Prefix, Vec<(u8, Asn)>> = BTreeMap::new();
        for vrp in vrps {
            let of = all.entry(vrp.prefix).or_default();
            of.push((vrp.max_length, vrp.asn));
        }
        Self(all)
    }

    /// RFC 6811 §2; `None` if nobody has given any payloads.
    pub(super) fn check(
        &self,
        prefix: Prefix,
        attributes: &AttributeSet,
    ) -> Option<OriginValidation> {
        if self.0.is_empty() {
            return None;
        }
        let origin = attributes.as_path.as_ref().and_then(AsPath::origin);
        let mut found = OriginValidation::NotFound;
        for length in (0..=prefix.length()).rev() {
            let covering = Prefix::new(prefix.addr(), length).ok()?;
            for &(max_length, asn) in self.0.get(&covering).into_iter().flatten() {
                let matches = prefix.length() <= max_length && asn != Asn::ZERO;
                if matches && origin == Some(asn) {
                    return Some(OriginValidation::Valid);
                }
                found = OriginValidation::Invalid;
            }
        }
        Some(found)
    }
}

impl Speaker {
    /// States which origins are authorized, in place of what was stated before.
    ///
    /// Routes are validated for policies that look at it. Those in already are
    /// judged again where a policy to others looks; where one of those they came
    /// in by looks, the neighbour is asked for its routes again.
    pub fn set_vrps(&mut self, now: Instant, vrps: impl IntoIterator<Item = Vrp>) {
        self.advance(now);
        let vrps: Vec<Vrp> = vrps.into_iter().collect();
        self.parts
            .tell_all(|| Order::Vrps(vrps.clone().into_boxed_slice()));
        self.validations = Validations::new(vrps);
        let looks = |policy: &CompiledPolicy| policy.looks_at().contains(Looks::VALIDATION);
        for (at, group) in &mut self.groups {
            if looks(&group.class.export.compiled) {
                group.review();
                self.busy.insert(*at);
            }
        }
        let mut kept = Vec::new();
        for (id, peer) in &mut self.peers {
            let peer_type = peer.identity.map(|identity| identity.peer_type);
            let policy = peer_type.map(|peer_type| peer.policies.import(peer_type));
            if !policy.is_some_and(|policy| looks(&policy)) {
                continue;
            }
            if peer.config.keep_rejected {
                kept.push(*id);
            } else if peer.session.soft_reset_in().is_ok() {
                self.ready.insert(*id);
            }
        }
        for id in kept {
            self.readmit(id);
        }
    }
}

use alloc::vec::Vec;

use crate::{policy::PrefixMatch, rib::Change, speaker::Speaker, types::Prefix};

/// Routes that a neighbour is told of while another one is there, or is not: a
/// backup's prefixes while the main line's default is gone, say.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_structs, reason = "written by callers")]
pub struct Conditional {
    /// Which routes.
    pub prefixes: Vec<PrefixMatch>,
    /// The prefix whose best route decides.
    pub watched: Prefix,
    /// Whether there must be one; else there must be none.
    pub present: bool,
}

impl Speaker {
    /// A best route came, went or is another: somebody may be told more or less.
    pub(super) fn watch(&mut self, change: Change) {
        if self.watched.is_empty() {
            return;
        }
        let Some(prefix) = self.rib.prefix(change) else {
            return;
        };
        if !self.watched.contains(&prefix) {
            return;
        }
        for (at, group) in &mut self.groups {
            let conditional = &group.class.conditional;
            if conditional.iter().any(|it| it.watched == prefix) {
                group.review();
                self.busy.insert(*at);
            }
        }
    }

    /// Collects what is watched, once neighbours or their settings changed.
    pub(super) fn collect_watched(&mut self) {
        let all = self
            .peers
            .values()
            .flat_map(|peer| &peer.config.conditional);
        self.watched = all.map(|it| it.watched).collect();
    }
}

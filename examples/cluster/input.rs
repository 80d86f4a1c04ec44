//! From the command line to what is to run.
use crate::options::{Mode, Options};
use bgpwright::plan::SpeakerPlan;
pub(crate) fn plans(options: &Options) -> Result<Vec<SpeakerPlan>, Vec<String>> { todo!() }

/// What to tell somebody who named a node that there is not.
pub(crate) fn unknown_node(name: &str, plans: &[SpeakerPlan]) -> String {
    let known: Vec<_> = plans.iter().map(|plan| plan.name.as_str()).collect();
    let mut list = known.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if known.len() > 20 {
        list.push_str(", ...");
    }
    format!("there is no node {name}; there are: {list}")
}

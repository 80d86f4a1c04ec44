//! `calicoctl node status`.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{Observed, ObservedSession, birdc::address};
use crate::plan::yaml::Context;

/// Whether a text is of this kind.
pub(super) fn is(text: &str) -> bool {
    let of_ours = |line: &str| {
        line.contains("PEER ADDRESS")
            || line.starts_with("Calico process is")
            || line.ends_with("BGP status")
            || line.contains("BGP backend process")
    };
    text.lines().any(|line| of_ours(line.trim()))
}

pub(super) fn read(context: &mut Context<'_>, text: &str) -> Observed {
    let mut observed = Observed {
        running: true,
        ..Observed::default()
    };
    // The row that a wrapped line goes on.
    let mut open: Option<Vec<String>> = None;
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line.trim();
        if let Some(inner) = line.strip_prefix('|').and_then(|it| it.strip_suffix('|')) {
            let cells: Vec<String> = inner.split('|').map(|it| it.trim().to_string()).collect();
            let [address, .., info] = cells.as_slice() else {
                context.error(
                    number,
                    "",
                    format!("expected 5 columns, found {}", cells.len()),
                );
                continue;
            };
            if address == "PEER ADDRESS" {
                continue;
            }
            if address.is_empty()
                && let Some(last) = open.as_mut().and_then(|row| row.last_mut())
            {
                last.push(' ');
                last.push_str(info);
                continue;
            }
            finish(context, number, open.replace(cells), &mut observed);
        } else if line.starts_with("Calico process is not running")
            || line.contains("is not running")
        {
            observed.running = false;
        } else {
            // A table's rule, a heading, or another sentence ends a row.
            finish(context, number, open.take(), &mut observed);
        }
    }
    finish(context, 0, open, &mut observed);
    observed
}

fn finish(
    context: &mut Context<'_>,
    line: usize,
    row: Option<Vec<String>>,
    observed: &mut Observed,
) {
    let Some(row) = row else { return };
    let [text, kind, state, since, info] = row.as_slice() else {
        context.error(line, "", format!("expected 5 columns, found {}", row.len()));
        return;
    };
    let Some((neighbor, port)) = address(text) else {
        let message = format!("expected a peer's address, found {text:?}");
        context.error(line, "PEER ADDRESS", message);
        return;
    };
    let kind = match kind.as_str() {
        "node-to-node mesh" => Some("node-to-node mesh"),
        "global" => Some("global"),
        "node specific" => Some("node specific"),
        _ => None,
    };
    let mut words = info.split_whitespace();
    let shown = words.next().unwrap_or(state).to_string();
    let rest: Vec<&str> = words.collect();
    observed.sessions.push(ObservedSession {
        port,
        kind,
        up: state == "up" && shown == "Established",
        state: shown,
        info: rest.join(" "),
        since: since.clone(),
        ..ObservedSession::new(neighbor)
    });
}

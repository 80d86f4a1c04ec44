//! The neighbours in a table, for who asks by signal.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    time::Duration,
};

use bgpwright::{
    session::State,
    speaker::{PeerId, PeerView, RouteSource, Speaker},
    types::Family,
};
use comfy_table::{Cell, CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

use crate::{clock::Clock, neighbors::Neighbors};

/// How many routes there are.
#[derive(Debug, Default)]
pub(crate) struct Census {
    /// The best ones, by who gave them.
    best: BTreeMap<PeerId, usize>,
    all: usize,
    paths: usize,
}

impl Census {
    /// Counts those of a speaker, or of a part of it; looks at every one once.
    pub(crate) fn of(speaker: &Speaker) -> Self {
        let families = [Family::IPV4_UNICAST, Family::IPV6_UNICAST];
        let paths = families.map(|family| speaker.rib().path_count(family));
        let mut census = Self {
            paths: paths.iter().sum(),
            ..Self::default()
        };
        for route in speaker.routes() {
            census.all += 1;
            if let RouteSource::Peer(id) = route.source {
                *census.best.entry(id).or_default() += 1;
            }
        }
        census
    }

    /// Those of another part are there, too.
    pub(crate) fn add(&mut self, other: Self) {
        self.all += other.all;
        self.paths += other.paths;
        for (id, count) in other.best {
            *self.best.entry(id).or_default() += count;
        }
    }
}

/// Prints it to standard output.
pub(crate) fn print(speaker: &Speaker, census: &Census, neighbors: &Neighbors, clock: Clock) {
    let Census { best, all, paths } = census;
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(HEADINGS);
    let mut established = 0;
    for peer in speaker.peers() {
        established += usize::from(peer.session.state() == State::Established);
        let best = best.get(&peer.id).copied().unwrap_or(0);
        table.add_row(row(&peer, best, neighbors, clock));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if NUMBERS.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    // That nobody reads it is no failure of the speaker.
    let _ = writeln!(
        io::stdout().lock(),
        "{table}\n{established} of {} neighbours Established; {all} best routes of {paths} paths",
        speaker.peers().count()
    );
}

fn row(peer: &PeerView<'_>, best: usize, neighbors: &Neighbors, clock: Clock) -> Vec<Cell> {
    let known = neighbors.get(peer.id);
    let stats = peer.session.stats();
    let none = || "-".to_owned();
    let up = known.and_then(|known| known.up);
    let last_down = known.and_then(|known| known.last_down.as_deref());
    let agreed = peer.session.negotiated();
    let texts = [
        known.map_or_else(none, |known| known.remote.to_string()),
        agreed.map_or_else(none, |agreed| agreed.peer_as.to_string()),
        format!("{:?}", peer.session.state()),
        up.map_or_else(none, |up| age(clock.now() - up)),
        best.to_string(),
        stats.received.updates.to_string(),
        stats.sent.updates.to_string(),
        known.map_or(0, |known| known.faults.count()).to_string(),
        known.map_or(0, |known| known.refused.count()).to_string(),
        last_down.unwrap_or("-").to_owned(),
    ];
    texts.into_iter().map(Cell::new).collect()
}

/// `07:05:03`, or `3d 07:05:03`.
fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if days == 0 {
        clock
    } else {
        format!("{days}d {clock}")
    }
}

const HEADINGS: [&str; 10] = [
    "NEIGHBOUR",
    "AS",
    "STATE",
    "FOR",
    "BEST",
    "UPDATES IN",
    "OUT",
    "FAULTS",
    "NOT TAKEN",
    "LAST DOWN",
];
/// The columns of numbers.
const NUMBERS: [usize; 6] = [1, 4, 5, 6, 7, 8];
const STYLE: TableStyle = TableStyle::new()
    .top_border(RULE)
    .header_lines(CELLS)
    .header_separator(RULE)
    .content_lines(CELLS)
    .bottom_border(RULE);
const RULE: LineStyle = LineStyle::new('+', '-', '+', '+');
const CELLS: ContentLineStyle = ContentLineStyle::new('|', '|', '|');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_days_only_if_there_are_some() {
        assert_eq!(age(Duration::from_secs(25_503)), "07:05:03");
        assert_eq!(age(Duration::from_secs(3 * 86_400 + 1)), "3d 00:00:01");
    }
}

//! The result for people: each node's peers as `calicoctl node status` prints
//! them, its routes, and the verdict.

use std::fmt::{self, Write};

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentLineStyle, LineStyle, Table, TableStyle, Width,
};

use crate::{
    lab::Lab,
    limits::Usage,
    node::Node,
    options::Options,
    rows::{self, PeerRow, RouteRow},
    verdict::Verdict,
};

/// Every node's tables, or as many as people read.
pub(crate) fn nodes(out: &mut impl Write, lab: &Lab, options: &Options) -> fmt::Result {
    let nodes = lab.reactor.nodes.iter();
    let nodes: Vec<_> = nodes.filter(|node| options.shows(node)).collect();
    let whole = options.all || !options.node.is_empty() || nodes.len() <= MANY_NODES;
    let printed = if whole { nodes.len() } else { FEW_NODES };
    let limit = if options.all || !options.node.is_empty() {
        usize::MAX
    } else {
        MANY_ROWS
    };
    for node in nodes.iter().take(printed) {
        self::node(out, lab, node, limit)?;
    }
    if printed < nodes.len() {
        let rest = nodes.len() - printed;
        writeln!(
            out,
            "({rest} more nodes: --all prints them, --node NAME one)\n"
        )?;
    }
    Ok(())
}

/// Sessions, pairs, what is wrong, and what it took.
pub(crate) fn verdict(
    out: &mut impl Write,
    lab: &Lab,
    verdict: &Verdict,
    taken: f64,
) -> fmt::Result {
    let nodes = &lab.reactor.nodes;
    let Verdict {
        planned,
        established,
        wanted,
        reached,
        ..
    } = *verdict;
    writeln!(out, "Sessions: {established} of {planned} Established")?;
    for down in verdict.down.iter().take(SHOWN) {
        writeln!(out, "  {}: {}", down.session.name(nodes), down.reason)?;
    }
    more(out, planned - established)?;
    writeln!(
        out,
        "Reachability: {reached} of {wanted} (node, other node's pod CIDR) pairs"
    )?;
    for pair in verdict.unreached.iter().take(SHOWN) {
        let from = lab.name(pair.router);
        writeln!(
            out,
            "  {from} does not reach {}: {}",
            pair.prefix, pair.reason
        )?;
    }
    more(out, wanted - reached)?;
    let strangers = lab.reactor.transport.strangers;
    if strangers > 0 {
        writeln!(
            out,
            "Connections closed since nobody here had dialled them: {strangers}"
        )?;
    }
    let usage = Usage::now();
    let how = if verdict.is_good() {
        "Converged in"
    } else {
        "Ended after"
    };
    write!(out, "{how} {taken:.3} s")?;
    if let Some(cpu) = usage.cpu_seconds {
        write!(out, ", {cpu:.2} s of processor time")?;
    }
    if let Some(peak) = usage.peak_memory {
        write!(out, ", {} MiB of memory at most", peak.div_ceil(1 << 20))?;
    }
    writeln!(out, ".")?;
    let word = if verdict.is_good() { "OK" } else { "FAILED" };
    writeln!(out, "Verdict: {word}")
}

fn more(out: &mut impl Write, failures: usize) -> fmt::Result {
    if failures > SHOWN {
        writeln!(out, "  ... and {} more", failures - SHOWN)?;
    }
    Ok(())
}

fn node(out: &mut impl Write, lab: &Lab, node: &Node, limit: usize) -> fmt::Result {
    let config = &node.plan.config;
    let place = if node.plan.in_cluster {
        ""
    } else {
        " (outside the cluster)"
    };
    writeln!(
        out,
        "=== {}{place}: AS {}, router id {}",
        node.plan.name, config.asn, config.router_id
    )?;
    if node.plan.in_cluster {
        writeln!(out, "Calico process is running.")?;
    }
    let peers: Vec<_> = rows::peers(node, lab.reactor.clock).collect();
    for (version, is_v4) in [("IPv4", true), ("IPv6", false)] {
        let of_version = peers.iter().filter(|peer| peer.address.is_ipv4() == is_v4);
        let of_version: Vec<_> = of_version.collect();
        writeln!(out, "\n{version} BGP status")?;
        if of_version.is_empty() {
            writeln!(out, "No {version} peers found.")?;
        } else {
            peer_table(out, &of_version, limit)?;
        }
    }
    writeln!(out, "\nRoutes")?;
    route_table(out, &rows::routes(node), limit)?;
    writeln!(out)
}

fn peer_table(out: &mut impl Write, peers: &[&PeerRow], limit: usize) -> fmt::Result {
    let mut table = table();
    for peer in peers.iter().take(limit) {
        table.add_row([
            peer.address.to_string(),
            peer.kind.clone(),
            peer.state.to_owned(),
            peer.since.time_of_day(),
            peer.info.clone(),
        ]);
    }
    // calicoctl wraps what is longer than 30 columns.
    if let Some(info) = table.column_mut(4) {
        let widest = ColumnConstraint::UpperBoundary(Width::Fixed(30 + 2));
        info.set_constraint(widest);
    }
    let headings = ["PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"];
    head(&mut table, &headings);
    writeln!(out, "{table}")?;
    cut(out, peers.len(), limit)
}

fn route_table(out: &mut impl Write, routes: &[RouteRow], limit: usize) -> fmt::Result {
    if routes.is_empty() {
        return writeln!(out, "No routes.");
    }
    let mut table = table();
    for route in routes.iter().take(limit) {
        let own = || "-".to_owned();
        table.add_row([
            if route.is_best() { "*" } else { "" }.to_owned(),
            route.prefix.to_string(),
            route.next_hop.map_or_else(own, |addr| addr.to_string()),
            route
                .from
                .map_or_else(|| "local".to_owned(), |addr| addr.to_string()),
            route
                .as_path
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            route.why(),
        ]);
    }
    let headings = ["", "PREFIX", "NEXT HOP", "FROM", "AS PATH", "WHY"];
    head(&mut table, &headings);
    writeln!(out, "{table}")?;
    cut(out, routes.len(), limit)
}

fn cut(out: &mut impl Write, rows: usize, limit: usize) -> fmt::Result {
    if rows > limit {
        writeln!(out, "({} more rows: --all prints them)", rows - limit)?;
    }
    Ok(())
}

/// A table as calicoctl's printer draws it.
fn table() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    table
}

/// Puts the headings over the filled columns, in the middle: where that leaves
/// one blank over, calicoctl has it on the right.
fn head(table: &mut Table, headings: &[&str]) {
    let widths = table.column_max_content_widths();
    let cells = headings.iter().zip(widths).map(|(heading, width)| {
        let over = usize::from(width).saturating_sub(heading.len());
        let blank = if over % 2 == 1 { " " } else { "" };
        Cell::new(format!("{heading}{blank}")).set_alignment(CellAlignment::Center)
    });
    table.set_header(cells.collect::<Vec<_>>());
}

const STYLE: TableStyle = TableStyle::new()
    .top_border(RULE)
    .header_lines(CELLS)
    .header_separator(RULE)
    .content_lines(CELLS)
    .bottom_border(RULE);
const RULE: LineStyle = LineStyle::new('+', '-', '+', '+');
const CELLS: ContentLineStyle = ContentLineStyle::new('|', '|', '|');
/// More nodes than this are not printed unasked, but for the first few.
const MANY_NODES: usize = 12;
const FEW_NODES: usize = 3;
/// More rows of one table than this are not printed unasked.
const MANY_ROWS: usize = 30;
/// Failures of one kind that are printed.
const SHOWN: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_info_is_wrapped_at_thirty_columns() {
        let row = PeerRow {
            address: [10, 0, 0, 1].into(),
            kind: "global".to_owned(),
            state: "start",
            since: crate::clock::Clock::start().wall(bgpwright::time::Instant::ZERO),
            info: "Idle BGP Error: Required capability missing".to_owned(),
            asn: None,
        };
        let mut out = String::new();
        peer_table(&mut out, &[&row], 1).unwrap();
        let info: Vec<_> = out
            .lines()
            .filter_map(|line| line.rsplit_once("| ")?.1.strip_suffix(" |"))
            .collect();
        let expected = [
            "             INFO             ",
            "Idle BGP Error: Required      ",
            "capability missing            ",
        ];
        assert_eq!(info, expected, "{out}");
    }
}

//! Pairs of classes as few sets: what a failure loses is mostly everything
//! between two groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Those of the first ranges, each with all of the second.
#[derive(Debug, Serialize)]
pub(super) struct Block(Vec<[usize; 2]>, Vec<[usize; 2]>);

/// The same pairs, put together where many have the same others.
pub(super) fn blocks(pairs: impl IntoIterator<Item = (usize, usize)>) -> Vec<Block> {
    let mut others: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (x, y) in pairs {
        others.entry(x).or_default().insert(y);
    }
    let mut alike: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for (x, ys) in others {
        alike.entry(ys.into_iter().collect()).or_default().push(x);
    }
    let mut blocks: Vec<Block> = alike
        .into_iter()
        .map(|(ys, xs)| Block(ranges(xs), ranges(ys)))
        .collect();
    blocks.sort_by(|a, b| a.0.cmp(&b.0));
    blocks
}

/// Ascending numbers as ranges, both ends included.
pub(super) fn ranges(numbers: impl IntoIterator<Item = usize>) -> Vec<[usize; 2]> {
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some([_, last]) if *last + 1 == number => *last = number,
            _ => ranges.push([number, number]),
        }
    }
    ranges
}

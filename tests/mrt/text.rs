//! Each file of other projects gives the text that `bgpdump -m` prints, line
//! for line but for what `tests/data/mrt.exceptions.json` lists.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, BufRead, BufReader, Lines, Read},
    path::{Path, PathBuf},
};

use bgpwright::types::Prefix;
use serde::Deserialize;

use crate::{
    bgpdump::{Printer, Problem},
    files,
};

#[derive(Deserialize)]
struct Exceptions {
    differences: Vec<Difference>,
    only_first_lines: Vec<Cut>,
    problems: Vec<Known>,
}

/// Lines that differ in one way, and how many a file has.
#[derive(Deserialize)]
struct Difference {
    how: How,
    files: BTreeMap<String, usize>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
enum How {
    /// The address of the prefix is the neighbour's.
    #[serde(rename = "withdrawn")]
    Withdrawn,
    /// The prefix has host bits.
    #[serde(rename = "host bits")]
    HostBits,
    /// The field with the aggregator.
    #[serde(rename = "aggregator")]
    Aggregator,
}

/// Files of which the lines after these are not looked at.
#[derive(Deserialize)]
struct Cut {
    files: BTreeMap<String, usize>,
}

/// A problem that files have, and how often.
#[derive(Deserialize)]
struct Known {
    what: String,
    files: BTreeMap<String, usize>,
}

#[test]
fn every_file_gives_the_text_of_bgpdump() {
    let Ok(data) = env::var("BGPWRIGHT_DATA") else {
        println!("skipped: BGPWRIGHT_DATA is not set");
        return;
    };
    let exceptions: Exceptions =
        serde_json::from_str(include_str!("../data/mrt.exceptions.json")).unwrap();
    let directory = Path::new(&data).join("upstream/mrt");
    let (mut count, mut lines) = (0, 0);
    for (file, expected) in pairs(&directory) {
        lines += compare(&directory.join(&file), &expected, &exceptions);
        count += 1;
    }
    assert!(
        count > 30 && lines > 1_000_000,
        "{count} files, {lines} lines"
    );
}

/// Each MRT file's name with the file of its text.
fn pairs(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir(directory.join("expect")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let file = name
            .strip_suffix(".bgpdump-m.gz")
            .or_else(|| name.strip_suffix(".bgp.gz"))
            .unwrap();
        // Of one text there is no MRT file.
        if directory.join(file).exists() {
            pairs.push((file.to_owned(), path.clone()));
        }
    }
    pairs.sort();
    pairs
}

/// Compares one file; says how many lines it has.
fn compare(file: &Path, expected: &Path, exceptions: &Exceptions) -> usize {
    let name = file.file_name().unwrap().to_str().unwrap();
    let mut comparison = Comparison {
        name,
        expected: BufReader::new(files::open(expected).unwrap()).lines(),
        lines: 0,
        differences: Vec::new(),
    };
    let mut problems = Vec::new();
    let mut printer = Printer::default();
    let mut out = Vec::new();
    let end = files::records(files::open(file).unwrap(), |raw| {
        match raw.map_err(Problem::Record) {
            Ok(raw) => {
                if let Err(problem) = printer.print(&raw, &mut out) {
                    problems.push(problem.to_string());
                }
            }
            Err(problem) => problems.push(problem.to_string()),
        }
        for line in out.lines() {
            comparison.line(&line.unwrap());
        }
        out.clear();
        Ok::<_, io::Error>(())
    });
    problems.extend(end.err().map(|error| error.to_string()));
    comparison.finish(exceptions);
    check_problems(name, &problems, exceptions);
    comparison.lines
}

struct Comparison<'a> {
    name: &'a str,
    expected: Lines<BufReader<Box<dyn Read>>>,
    lines: usize,
    differences: Vec<How>,
}

impl Comparison<'_> {
    fn line(&mut self, ours: &str) {
        self.lines += 1;
        let expected = self.expected.next().map(Result::unwrap);
        let expected = expected.unwrap_or_default();
        if ours == expected {
            return;
        }
        let Some(how) = how(ours, &expected) else {
            let Self { name, lines, .. } = self;
            panic!("{name}, line {lines}\nexpected {expected}\n    ours {ours}");
        };
        self.differences.push(how);
    }

    fn finish(&mut self, exceptions: &Exceptions) {
        let cut = exceptions
            .only_first_lines
            .iter()
            .find_map(|cut| cut.files.get(self.name));
        if let Some(cut) = cut {
            assert_eq!(self.lines, *cut, "{}", self.name);
        } else {
            let left = self.expected.by_ref().count();
            assert_eq!(left, 0, "{} lacks lines", self.name);
        }
        for how in [How::Withdrawn, How::HostBits, How::Aggregator] {
            let found = self.differences.iter().filter(|of| **of == how).count();
            let listed = exceptions
                .differences
                .iter()
                .filter(|difference| difference.how == how)
                .find_map(|difference| difference.files.get(self.name));
            let listed = listed.copied().unwrap_or_default();
            assert_eq!(found, listed, "{}: {how:?}", self.name);
        }
    }
}

/// In which of the ways that may be listed two lines differ.
fn how(ours: &str, expected: &str) -> Option<How> {
    let [ours, expected] = [ours, expected].map(|line| line.split('|').collect::<Vec<_>>());
    if ours.len() != expected.len() {
        return None;
    }
    let differing: Vec<usize> = (0..ours.len())
        .filter(|i| ours[*i] != expected[*i])
        .collect();
    match differing.as_slice() {
        [PREFIX] => {
            let prefix: Prefix = ours[PREFIX].parse().ok()?;
            let (addr, length) = expected[PREFIX].split_once('/')?;
            let length = length.parse().ok()?;
            if addr == ours[PEER] && ours[0] == "BGP" && ours[KIND] == "W" {
                return (prefix.length() == length).then_some(How::Withdrawn);
            }
            let cleared = Prefix::new(addr.parse().ok()?, length).ok()?;
            (cleared == prefix).then_some(How::HostBits)
        }
        [at] if ours[0] == "TABLE_DUMP" && *at + 2 == ours.len() => Some(How::Aggregator),
        _ => None,
    }
}

/// Every problem is listed, and every listed one occurs.
fn check_problems(name: &str, problems: &[String], exceptions: &Exceptions) {
    let mut explained = 0;
    for known in &exceptions.problems {
        let found = problems.iter().filter(|text| text.contains(&known.what));
        let found = found.count();
        let listed = known.files.get(name).copied().unwrap_or_default();
        assert_eq!(found, listed, "{name}: {}: {problems:#?}", known.what);
        explained += found;
    }
    assert_eq!(explained, problems.len(), "{name}: {problems:#?}");
}

/// Fields of a line.
const KIND: usize = 2;
const PEER: usize = 3;
const PREFIX: usize = 5;

//! The rules of the tree, read from ARCHITECTURE.md and held against `src`:
//! who may import whom, what a library without I/O never names, and how long a
//! file may be.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by a panic"
)]

mod cases;
mod paths;
mod rules;
mod table;
mod tokens;

use std::{
    fs,
    path::{Path, PathBuf},
};

use table::Table;

#[test]
fn source_keeps_to_the_import_table() {
    let table = table();
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| rules::imports(path, text, &table))
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn source_names_no_clock_socket_thread_console_or_hash_map() {
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| rules::banned(path, text))
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn source_files_are_short_enough_to_read() {
    let violations: Vec<String> = sources()
        .iter()
        .filter_map(|(path, text)| rules::length(path, text, LONG_FILES))
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn the_list_of_long_files_names_only_files_that_are_long() {
    let sources = sources();
    for (path, reason) in LONG_FILES {
        assert!(!reason.is_empty(), "{path}: no reason");
        let text = sources.iter().find(|(name, _)| name == path);
        let lines = text.map(|(_, text)| rules::code_lines(text));
        assert!(
            lines.is_some_and(|lines| lines > rules::MAX_LINES),
            "{path}: gone or short by now"
        );
    }
}

#[test]
fn the_import_table_has_every_layer_and_no_other() {
    let table = table();
    let mut layers: Vec<String> = sources()
        .iter()
        .filter_map(|(path, _)| rules::module_of(path).into_iter().next())
        .collect();
    layers.sort();
    layers.dedup();
    let mut listed: Vec<String> = table.layers().map(str::to_owned).collect();
    listed.sort();
    assert_eq!(listed, layers, "left: ARCHITECTURE.md, right: src");
}

/// Files of more than 400 lines of code, and why each is one file.
const LONG_FILES: &[(&str, &str)] = &[(
    "src/session/fsm.rs",
    "the whole table of RFC 4271 §8, to be read in one piece",
)];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn table() -> Table {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    Table::parse(&text).unwrap_or_else(|error| panic!("ARCHITECTURE.md: {error}"))
}

/// Every source file: its path from the root with slashes, and its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap();
                let text = fs::read_to_string(&path).unwrap();
                found.push((name.replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no source files");
    found
}

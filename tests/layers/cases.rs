//! Proof that the rules find what they are there to find.

use crate::{rules, table::Table};

const DOCUMENT: &str = "\
# Architecture

## Who may import whom

Some words.

| layer | may import | must not know |
|---|---|---|
| `types` | no layer | everything |
| `wire` | `types` | `rib` |
| `session` | `types`, `wire` | `rib` |
| `rib` | `types`, `wire::AttributeSet`, `wire::attribute` | `session` |

| `other` | `types` | not part of it |
";

fn imports(file: &str, text: &str) -> Vec<String> {
    rules::imports(file, text, &Table::parse(DOCUMENT).unwrap())
}

#[track_caller]
fn finds(file: &str, text: &str, expected: &str) {
    let found = imports(file, text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    assert!(found[0].starts_with(expected), "{text}: {found:?}");
}

#[track_caller]
fn allows(file: &str, text: &str) {
    assert_eq!(imports(file, text), Vec::<String>::new(), "{text}");
}

#[test]
fn an_upward_use_is_found_with_its_line_and_what_is_allowed() {
    finds(
        "src/wire/open.rs",
        "use core::fmt;\n\nuse crate::session::State;\n",
        "src/wire/open.rs:3: wire imports session::State; wire may import types",
    );
    finds(
        "src/types.rs",
        "use crate::wire::Open;",
        "src/types.rs:1: types imports wire::Open; types may import no other layer",
    );
}

#[test]
fn an_upward_use_is_found_in_a_group_under_another_name_and_as_a_glob() {
    let text = "use crate::{\n    types::Asn,\n    session::{self, ConnId as C},\n};";
    let found = imports("src/rib/table.rs", text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("src/rib/table.rs:3: rib imports session;"));
    assert!(found[1].starts_with("src/rib/table.rs:3: rib imports session::ConnId;"));
    finds(
        "src/rib.rs",
        "use crate::session::*;",
        "src/rib.rs:1: rib imports session::*;",
    );
    finds(
        "src/rib.rs",
        "use crate::*;",
        "src/rib.rs:1: rib imports the crate's root;",
    );
    finds(
        "src/rib.rs",
        "use crate as all;",
        "src/rib.rs:1: rib imports the crate's root;",
    );
}

#[test]
fn an_upward_path_in_the_code_is_found() {
    finds(
        "src/rib.rs",
        "fn f(state: &crate::session::State) {}",
        "src/rib.rs:1: rib imports session::State;",
    );
    finds(
        "src/rib.rs",
        "macro_rules! m { () => { $crate::session::start() } }",
        "src/rib.rs:1: rib imports session::start;",
    );
    finds(
        "src/rib.rs",
        "fn f() { <crate::session::State as Default>::default(); }",
        "src/rib.rs:1: rib imports session::State;",
    );
}

#[test]
fn super_and_self_are_followed_to_the_crates_root() {
    finds(
        "src/rib/loc.rs",
        "use super::super::session::State;",
        "src/rib/loc.rs:1: rib imports session::State;",
    );
    finds(
        "src/rib/loc.rs",
        "mod inner { use super::super::super::session::State; }\nuse super::Route;",
        "src/rib/loc.rs:1: rib imports session::State;",
    );
    finds(
        "src/rib.rs",
        "use self::super::session::State;",
        "src/rib.rs:1: rib imports session::State;",
    );
    allows(
        "src/rib/loc.rs",
        "use super::{Route, decision::best}; use self::inner::X;",
    );
}

#[test]
fn part_of_a_layer_may_be_allowed_and_the_rest_not() {
    allows(
        "src/rib.rs",
        "use crate::wire::{AttributeSet, attribute::Origin};",
    );
    finds(
        "src/rib.rs",
        "use crate::wire::Message;",
        "src/rib.rs:1: rib imports wire::Message;",
    );
    allows(
        "src/rib.rs",
        "use crate::wire;\nfn f(set: &wire::AttributeSet) {}",
    );
    finds(
        "src/rib.rs",
        "use crate::wire;\nfn f(set: &wire::Message) {}",
        "src/rib.rs:2: rib imports wire::Message;",
    );
    finds(
        "src/rib.rs",
        "use crate::{wire as w};\nfn f(set: &w::Message) {}",
        "src/rib.rs:2: rib imports wire::Message;",
    );
    finds(
        "src/rib.rs",
        "use crate::wire::*;",
        "src/rib.rs:1: rib imports wire::*;",
    );
}

#[test]
fn comments_strings_and_tests_are_not_code() {
    allows(
        "src/wire.rs",
        r##"
        //! crate::rib::Route
        /* crate::rib::Route /* nested */ crate::rib::Route */
        const A: &str = "crate::rib::Route \" crate::rib::Route";
        const B: &str = r#"crate::rib::Route " crate::rib::Route"#;
        const C: [char; 3] = ['"', '\'', 'c'];
        fn f<'a>(text: &'a str) -> &'a str { text }
        #[cfg(test)]
        mod tests { use crate::rib::Route; fn f() { println!("{}", 1); } }
        #[cfg(test)]
        use crate::rib::Route;
        pub(crate) fn g() {}
        "##,
    );
    finds(
        "src/wire.rs",
        "#[cfg(test)]\nmod tests {}\nconst Q: char = '\"';\nuse crate::rib::Route; // '\"'",
        "src/wire.rs:4: wire imports rib::Route;",
    );
}

#[test]
fn a_layer_without_a_row_and_the_crates_own_front_page_are_told_apart() {
    finds(
        "src/extra.rs",
        "",
        "src/extra.rs:1: extra has no row in the import table",
    );
    allows("src/lib.rs", "pub use crate::rib::Route;");
}

#[test]
fn a_table_that_is_missing_or_looks_upward_is_refused() {
    let refused = |text: &str| Table::parse(text).err().unwrap_or_default();
    assert!(refused("# Nothing").contains("no table"));
    let head = "## Who may import whom\n| layer | may |\n|---|---|\n";
    let upward = format!("{head}| `wire` | `rib` |\n| `rib` | |\n");
    assert!(refused(&upward).starts_with("rib is not in a layer above"));
    let twice = format!("{head}| `wire` | |\n| `wire` | |\n");
    assert!(refused(&twice).starts_with("wire is listed twice"));
    let unnamed = format!("{head}| wire | |\n");
    assert!(refused(&unnamed).starts_with("the first column"));
}

#[test]
fn io_clocks_consoles_and_hash_maps_are_found_however_they_are_named() {
    let none = Vec::<String>::new();
    for text in [
        "use std::net::TcpStream;",
        "use ::std::fs;",
        "fn f() -> ::std::fs::File {}",
        "use std::{fmt, time::{Duration, Instant}};",
        "fn f() { std::thread::yield_now(); }",
        "fn f() { println!(\"x\"); }",
        "use hashbrown::HashMap;",
    ] {
        assert_ne!(rules::banned("src/rib.rs", text), none, "{text}");
        assert_ne!(rules::banned("src/lib.rs", text), none, "{text}");
    }
    for text in [
        "use core::{net::IpAddr, time::Duration};",
        "use alloc::collections::BTreeMap; // not a HashMap",
        "fn f() { print(); }",
        "#[cfg(test)] mod tests { use std::fs; fn f() { dbg!(1); } }",
    ] {
        assert_eq!(rules::banned("src/rib.rs", text), none, "{text}");
    }
}

#[test]
fn lines_of_code_leave_out_blanks_comments_and_tests() {
    let text =
        "//! Essay.\n\nfn f() {\n    // Why.\n    g(\"a\n\nb\");\n}\n\n#[cfg(test)]\nmod t {\n}\n";
    assert_eq!(rules::code_lines(text), 5);
}

#[test]
fn a_long_file_needs_a_reason_and_a_very_long_one_is_refused() {
    let with = |lines: usize| "fn f() {}\n".repeat(lines);
    let listed = [("src/rib.rs", "one table")];
    assert_eq!(rules::length("src/rib.rs", &with(400), &[]), None);
    assert!(rules::length("src/rib.rs", &with(401), &[]).is_some());
    assert_eq!(rules::length("src/rib.rs", &with(500), &listed), None);
    assert!(rules::length("src/rib.rs", &with(501), &listed).is_some());
}

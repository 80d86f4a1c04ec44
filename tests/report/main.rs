//! The report in a browser: what people see, click and type, held against the
//! plan.
//!
//! These tests run with `BGPWRIGHT_INTEROP=1`, and Debian's `chromium` installed.
//! With `BGPWRIGHT_SCREENSHOTS` set to a folder, they leave pictures there.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic, in its helpers too"
)]

mod browser;
mod clusters;
#[path = "../common/example.rs"]
mod example;
mod failures;
mod page;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use browser::Browser;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Whether there is to be a browser; says so if not.
fn skipped() -> bool {
    let skipped = env::var_os("BGPWRIGHT_INTEROP").is_none();
    if skipped {
        println!("skipped: BGPWRIGHT_INTEROP is not set");
    }
    skipped
}

/// The report on files, with options.
fn report(name: &str, arguments: &[&str]) -> PathBuf {
    let program = PROGRAM.get_or_init(|| example::build("planner"));
    let out = scratch().join(format!("{name}.html"));
    let run = Command::new(program)
        .arg("report")
        .args(arguments)
        .arg("--out")
        .arg(&out)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(run.status.code().is_some_and(|it| it < 2), "{run:?}");
    out
}

/// The same in a browser, with nothing wrong in it.
fn shown(name: &str, arguments: &[&str]) -> Browser {
    let file = report(name, arguments);
    let mut browser = Browser::start(name);
    browser.open(&file, WIDE);
    assert_eq!(browser.complaints(), Vec::<String>::new(), "{name}");
    browser
}

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn written(name: &str, text: &str) -> String {
    let file = scratch().join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

const WIDE: (u32, u32) = (1400, 1000);
const NARROW: (u32, u32) = (390, 844);

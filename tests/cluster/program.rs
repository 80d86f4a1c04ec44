//! Running the program.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

use crate::example;

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the example with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Run {
    let output = command(arguments).output().unwrap();
    Run::new(output)
}

/// Runs it with `--format json` and reads what it prints.
pub(crate) fn run_json(arguments: &[&str]) -> (Run, Value) {
    let run = run(&[arguments, &["--format", "json"]].concat());
    let document = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("standard output is no JSON: {error}\n{run:#?}"));
    (run, document)
}

/// The example, ready to be spawned.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A file with this text for one test.
pub(crate) fn file(name: &str, text: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The example's path. `cargo test --test cluster` does not build examples, so
/// this has it built: once, and for nothing if it is fresh.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| example::build("cluster"))
}

impl Run {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails the test, with all that was printed, unless the status is this.
    #[track_caller]
    pub(crate) fn expect(&self, status: i32) {
        assert_eq!(self.status, Some(status), "{self:#?}");
    }
}

/// The node of that name in a document.
pub(crate) fn node<'a>(document: &'a Value, name: &str) -> &'a Value {
    let mut nodes = document["nodes"].as_array().unwrap().iter();
    nodes.find(|node| node["name"] == name).unwrap()
}

/// A node's paths to a prefix, the best first.
pub(crate) fn paths<'a>(document: &'a Value, name: &str, prefix: &str) -> Vec<&'a Value> {
    let routes = node(document, name)["routes"].as_array().unwrap().iter();
    routes.filter(|route| route["prefix"] == prefix).collect()
}

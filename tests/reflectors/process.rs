//! A process that ends with the test, and what is asked of it.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Leads a group of its own, which is ended with it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Runs it in `folder`; what it says is added to the file `output` there.
    pub(crate) fn start(command: &mut Command, folder: &Path) -> Self {
        let mut options = File::options();
        let output = options.create(true).append(true);
        let output = output.open(folder.join(OUTPUT)).unwrap();
        let child = command
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child }
    }

    /// Sends a signal to all of its group, which is there for as long as nobody
    /// has waited for its leader.
    pub(crate) fn signal(&self, name: &str) {
        let group = format!("-{}", self.child.id());
        tool("kill", &[name, "--", &group]);
    }

    /// Waits until it has ended, for `limit` at most.
    pub(crate) fn ends(&mut self, limit: Duration) -> bool {
        until(limit, || self.child.try_wait().unwrap().is_some())
    }
}

impl Drop for Process {
    /// First asked, for some have things of their own to put away.
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_some()) {
            return;
        }
        self.signal("-TERM");
        if !self.ends(Duration::from_millis(500)) {
            self.signal("-KILL");
            let _ = self.child.wait();
        }
    }
}

/// Asks again and again, and says whether it came true in time.
pub(crate) fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if done() {
            return true;
        }
        if begun.elapsed() > limit {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What the processes of a folder have said.
pub(crate) fn output(folder: &Path) -> String {
    let octets = fs::read(folder.join(OUTPUT)).unwrap_or_default();
    String::from_utf8_lossy(&octets).into_owned()
}

/// Runs a tool and gives what it prints.
pub(crate) fn tool(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).output();
    let output = run.unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text + &String::from_utf8_lossy(&output.stderr)
}

const OUTPUT: &str = "output";

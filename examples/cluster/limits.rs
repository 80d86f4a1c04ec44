//! What the operating system allows and what the run has used: descriptors,
//! memory, processor time.

use std::{fs, io};

/// Descriptors beside sockets: standard streams, the poll, files, and the
/// connections of a batch of dials that collisions will close again.
const SPARE: u64 = 256;

/// Raises the limit on open descriptors to what `routers` listeners and
/// `sessions` sessions need, two descriptors a session since both of its ends
/// live in this process.
///
/// # Errors
/// The text for the user if the hard limit is too low.
pub(crate) fn reserve_descriptors(routers: usize, sessions: usize) -> Result<(), String> {
    let needed = u64::try_from(routers + 2 * sessions).unwrap_or(u64::MAX / 2) + SPARE;
    let allowed =
        raise().map_err(|error| format!("cannot read the limit on open files: {error}"))?;
    if allowed >= needed {
        return Ok(());
    }
    Err(format!(
        "{needed} file descriptors are needed ({routers} listeners and two for each of {sessions} \
         sessions), and the hard limit is {allowed}.\n\
         Raise it: `ulimit -Hn {needed}` as root before starting, `LimitNOFILE={needed}` in a \
         systemd unit, `nofile` in /etc/security/limits.conf, or `--ulimit nofile={needed}` for \
         a container."
    ))
}

/// Makes the soft limit the hard one and tells it.
fn raise() -> io::Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX)
}

/// What the process has used so far, as far as the system tells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// The most resident memory at any time, octets.
    pub(crate) peak_memory: Option<u64>,
    /// User and system time, seconds.
    pub(crate) cpu_seconds: Option<f64>,
}

impl Usage {
    /// Reads Linux's /proc; elsewhere nothing is known.
    pub(crate) fn now() -> Self {
        Self {
            peak_memory: fs::read_to_string("/proc/self/status")
                .ok()
                .and_then(|text| peak_memory(&text)),
            cpu_seconds: fs::read_to_string("/proc/self/stat")
                .ok()
                .and_then(|text| cpu_seconds(&text)),
        }
    }
}

fn peak_memory(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Fields 14 and 15 of proc(5)'s stat, counted behind the command's closing
/// parenthesis since a command may hold blanks. Ticks are hundredths of a
/// second on every Linux architecture that Rust runs on.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(f64::from(user + system) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_what_linux_prints() {
        let status = "Name:\tcluster\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\n";
        assert_eq!(peak_memory(status), Some(2 << 20));
        assert_eq!(peak_memory("Name:\tcluster\n"), None);
        // A command with blanks and a parenthesis in it.
        let stat = "77 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0";
        assert_eq!(cpu_seconds(stat), Some(1.75));
        assert_eq!(cpu_seconds("77 (a) S 1 2"), None);
    }
}

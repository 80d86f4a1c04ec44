//! What an operator says by signal, as sockets that the poll watches.

use std::{
    io::{self, Read},
    os::unix::net::UnixStream as Pair,
};

use mio::{Interest, Registry, Token, net::UnixStream};
use signal_hook::{
    consts::{SIGINT, SIGTERM, SIGUSR1},
    low_level::pipe,
};

/// One socket for what ends the program, one for what wants a report.
#[derive(Debug)]
pub(crate) struct Signals {
    end: UnixStream,
    report: UnixStream,
}

impl Signals {
    /// # Errors
    /// If the system has no such signals.
    pub(crate) fn listen(registry: &Registry) -> io::Result<Self> {
        Ok(Self {
            end: watch(registry, END, &[SIGINT, SIGTERM])?,
            report: watch(registry, REPORT, &[SIGUSR1])?,
        })
    }

    /// How many came since the last call.
    pub(crate) fn take(&mut self, token: Token) -> usize {
        let socket = if token == END {
            &mut self.end
        } else {
            &mut self.report
        };
        // A signal is an octet.
        socket.read(&mut [0; 64]).unwrap_or(0)
    }
}

fn watch(registry: &Registry, token: Token, signals: &[i32]) -> io::Result<UnixStream> {
    let (read, write) = Pair::pair()?;
    for signal in signals {
        pipe::register(*signal, write.try_clone()?)?;
    }
    read.set_nonblocking(true)?;
    let mut read = UnixStream::from_std(read);
    registry.register(&mut read, token, Interest::READABLE)?;
    Ok(read)
}

pub(crate) const END: Token = Token(usize::MAX);
pub(crate) const REPORT: Token = Token(usize::MAX - 1);
/// No signal: a part of the speaker has said something.
pub(crate) const PART: Token = Token(usize::MAX - 2);

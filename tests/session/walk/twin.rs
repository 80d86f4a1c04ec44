use bgpwright::{
    session::{Config, Input, Output, Session},
    time::Instant,
};

use super::Random;

/// The session of a walk again: it is fed the same, the octets in other pieces,
/// and drained at other times.
pub(super) struct Twin {
    pub(super) session: Session,
    random: Random,
    pub(super) trace: Vec<Output>,
}

impl Twin {
    pub(super) fn new(config: Config, seed: u64) -> Self {
        Self {
            session: Session::new(config).unwrap(),
            random: Random(!seed),
            trace: Vec::new(),
        }
    }

    pub(super) fn input(&mut self, now: Instant, input: Input<'_>) {
        match input {
            Input::Received(id, octets) => {
                let size = 1 + self.random.below(octets.len());
                for piece in octets.chunks(size) {
                    self.feed(now, Input::Received(id, piece));
                }
            }
            other => self.feed(now, other),
        }
    }

    fn feed(&mut self, now: Instant, input: Input<'_>) {
        self.session.handle_input(now, input);
        match self.random.below(3) {
            0 => self.drain(),
            1 => self.take(1),
            _ => {}
        }
    }

    pub(super) fn drain(&mut self) {
        self.take(usize::MAX);
    }

    fn take(&mut self, most: usize) {
        for _ in 0..most {
            match self.session.poll_output() {
                Output::Timeout(_) => return,
                output => self.trace.push(output),
            }
        }
    }
}

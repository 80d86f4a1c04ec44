//! The other parts of a divided speaker, a thread each.
//!
//! Orders go to a thread in batches, and each batch is answered, if only with
//! nothing: so the run loop knows how far behind a part is, and reads no more
//! from sockets meanwhile. What a part says by itself, since a deadline has
//! come, comes unasked. The waker brings the run loop back from its poll.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use bgpwright::{
    speaker::{Part, PartOutput, ToHead, ToPart},
    time::Instant,
};
use mio::Waker;

use super::Server;
use crate::{clock::Clock, report::Census};

/// The threads, as the run loop sees them.
#[derive(Debug)]
pub(super) struct Workers {
    orders: Vec<Sender<Orders>>,
    answers: Receiver<Answers>,
    unanswered: usize,
    /// What those have counted that were asked, and how many have not yet.
    census: Option<(Census, usize)>,
}

#[derive(Debug)]
enum Orders {
    Part(Vec<ToPart>),
    Count,
}

#[derive(Debug)]
struct Answers {
    part: u16,
    said: Vec<ToHead>,
    /// Whether it is the answer to a batch.
    asked: bool,
    census: Option<Census>,
}

impl Workers {
    pub(super) fn start(parts: Vec<Part>, clock: Clock, waker: &Arc<Waker>) -> io::Result<Self> {
        let (to_head, answers) = mpsc::channel();
        let mut orders = Vec::new();
        for (part, number) in parts.into_iter().zip(1..) {
            let (to_part, from_head) = mpsc::channel();
            let worker = Worker {
                part,
                number,
                clock,
                deadline: None,
                orders: from_head,
                answers: to_head.clone(),
                waker: Arc::clone(waker),
            };
            let name = format!("part {number}");
            thread::Builder::new()
                .name(name)
                .spawn(move || worker.run())?;
            orders.push(to_part);
        }
        Ok(Self {
            orders,
            answers,
            unanswered: 0,
            census: None,
        })
    }

    /// Whether a part has so much to do that no more should be read.
    pub(super) fn are_behind(&self) -> bool {
        self.unanswered > BEHIND
    }

    fn send(&mut self, at: usize, orders: Orders) {
        if let Some(to_part) = self.orders.get(at) {
            // A thread ends with the program only.
            let _ = to_part.send(orders);
            self.unanswered += 1;
        }
    }

    /// Has routes counted everywhere. `census` is the head's own.
    pub(super) fn count(&mut self, census: Census) -> Option<Census> {
        if self.orders.is_empty() {
            return Some(census);
        }
        for at in 0..self.orders.len() {
            self.send(at, Orders::Count);
        }
        self.census = Some((census, self.orders.len()));
        None
    }

    /// The whole count, once it is there.
    fn counted(&mut self, more: Option<Census>) -> Option<Census> {
        let (census, missing) = self.census.as_mut()?;
        census.add(more?);
        *missing -= 1;
        let done = *missing == 0;
        self.census.take_if(|_| done).map(|(census, _)| census)
    }
}

impl Server {
    /// Hands the parts what is for them, and takes what they have said; whether
    /// there was any of that.
    pub(super) fn exchange(&mut self) -> bool {
        let mut heard = false;
        for at in 0..self.workers.orders.len() {
            let part = u16::try_from(at + 1).unwrap_or(u16::MAX);
            let orders = self.speaker.take_to_part(part);
            if !orders.is_empty() {
                self.workers.send(at, Orders::Part(orders));
            }
        }
        while let Ok(answers) = self.workers.answers.try_recv() {
            heard = true;
            self.workers.unanswered -= usize::from(answers.asked);
            let now = self.clock.now();
            for said in answers.said {
                self.speaker.handle_from_part(now, answers.part, said);
            }
            if let Some(census) = self.workers.counted(answers.census) {
                self.report(&census);
            }
        }
        heard
    }
}

/// A part on its thread.
struct Worker {
    part: Part,
    number: u16,
    clock: Clock,
    deadline: Option<Instant>,
    orders: Receiver<Orders>,
    answers: Sender<Answers>,
    waker: Arc<Waker>,
}

impl Worker {
    fn run(mut self) {
        loop {
            let now = self.clock.now();
            let orders = match self.deadline {
                Some(at) => {
                    let patience = if at > now { at - now } else { Duration::ZERO };
                    self.orders.recv_timeout(patience)
                }
                None => self.orders.recv().map_err(RecvTimeoutError::from),
            };
            let now = self.clock.now();
            let mut census = None;
            let asked = orders.is_ok();
            match orders {
                Ok(Orders::Part(orders)) => {
                    for order in orders {
                        self.part.handle(now, order);
                    }
                }
                Ok(Orders::Count) => census = Some(Census::of(self.part.speaker())),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.deadline.is_some_and(|at| at <= now) {
                self.part.handle_timeout(now);
            }
            let said = self.said();
            if !asked && said.is_empty() {
                continue;
            }
            let answers = Answers {
                part: self.number,
                said,
                asked,
                census,
            };
            if self.answers.send(answers).is_err() {
                return;
            }
            // Fails only if the poll is gone, and the program with it.
            let _ = self.waker.wake();
        }
    }

    fn said(&mut self) -> Vec<ToHead> {
        let mut said = Vec::new();
        loop {
            match self.part.poll_output() {
                PartOutput::ToHead(answer) => said.push(answer),
                PartOutput::Timeout(deadline) => {
                    self.deadline = deadline;
                    return said;
                }
            }
        }
    }
}

/// Batches without an answer before no more is read.
const BEHIND: usize = 16;

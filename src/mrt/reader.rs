use alloc::vec::Vec;

use super::{Error, ErrorKind, RecordType, Subtype};

/// One whole record, its body still octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RawRecord<'a> {
    /// Octets of the stream before it.
    pub offset: u64,
    /// Seconds since 1970-01-01 UTC.
    pub seconds: u32,
    /// What type it is of.
    pub kind: RecordType,
    /// What it is among those of its type.
    pub subtype: Subtype,
    /// What follows the header; begins with microseconds for the types that
    /// have them.
    pub body: &'a [u8],
}

impl<'a> RawRecord<'a> {
    /// The first record in `octets`, or `None` until it is complete.
    ///
    /// `offset` is how many octets of the stream came before them, which
    /// errors count from.
    ///
    /// # Errors
    /// [`ErrorKind::TooLong`] if the body is over `limit` octets.
    pub fn first(octets: &'a [u8], offset: u64, limit: usize) -> Result<Option<Self>, Error> {
        let Some((header, rest)) = octets.split_first_chunk() else {
            return Ok(None);
        };
        let (record, length) = head(header, offset);
        let body = length_within(length, offset, limit)?;
        let body = rest.get(..body);
        Ok(body.map(|body| RawRecord { body, ..record }))
    }

    /// Octets of the record, header included: what to take off the buffer.
    pub fn wire_len(&self) -> usize {
        HEADER_LEN.saturating_add(self.body.len())
    }
}

/// Finds records in a stream that comes in pieces.
///
/// A record that lies in one piece is handed out where it is; one that does not
/// is put together first. Never more is kept than what came of one record, and
/// none that is over the limit.
#[derive(Clone, Debug)]
pub struct Reader {
    limit: usize,
    /// Octets of the stream before the record that is being read.
    offset: u64,
    /// What came of it, if it does not lie in one piece.
    partial: Vec<u8>,
    /// Whether `partial` is a record that was handed out.
    is_taken: bool,
    /// Octets of a refused record that are still to come.
    skip: u64,
}

/// What [`Reader::read`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Step<'a> {
    /// Octets to take off the front of the input.
    pub consumed: usize,
    /// The next record; `None` if more octets are needed, and then all of the
    /// input was consumed.
    pub record: Option<Result<RawRecord<'a>, Error>>,
}

impl Reader {
    /// A reader at the beginning of a stream, for records whose bodies are at
    /// most `limit` octets.
    ///
    /// Tables of large collectors have records of some hundred kilooctets.
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            offset: 0,
            partial: Vec::new(),
            is_taken: false,
            skip: 0,
        }
    }

    /// Takes octets of the stream in, up to the end of the next record.
    ///
    /// To be called again with the rest until there is no record. A record over
    /// the limit is an error where it begins, and then passed over.
    pub fn read<'a>(&'a mut self, octets: &'a [u8]) -> Step<'a> {
        if self.is_taken {
            self.is_taken = false;
            self.partial.clear();
        }
        let skipped = self.pass_over(octets);
        let rest = octets.get(skipped..).unwrap_or_default();
        if self.partial.is_empty() {
            match RawRecord::first(rest, self.offset, self.limit) {
                Ok(None) => {}
                Ok(Some(record)) => {
                    let length = record.wire_len();
                    self.advance(length);
                    return Step {
                        consumed: skipped.saturating_add(length),
                        record: Some(Ok(record)),
                    };
                }
                Err(error) => {
                    self.refuse(&error, HEADER_LEN);
                    return Step {
                        consumed: skipped,
                        record: Some(Err(error)),
                    };
                }
            }
        }
        let (taken, complete) = self.collect(rest);
        let consumed = skipped.saturating_add(taken);
        let record = match complete {
            Ok(false) => None,
            Ok(true) => {
                let before = self.offset;
                self.advance(self.partial.len());
                self.is_taken = true;
                RawRecord::first(&self.partial, before, self.limit).transpose()
            }
            Err(error) => {
                self.partial.clear();
                self.advance(HEADER_LEN);
                self.refuse(&error, 0);
                Some(Err(error))
            }
        };
        Step { consumed, record }
    }

    /// Says whether the stream may end here.
    ///
    /// # Errors
    /// [`ErrorKind::Truncated`] inside a record.
    pub fn end(&self) -> Result<(), Error> {
        let kept = if self.is_taken { 0 } else { self.partial.len() };
        if kept == 0 && self.skip == 0 {
            return Ok(());
        }
        let kept = u64::try_from(kept).unwrap_or(u64::MAX);
        Err(Error {
            record: self.offset,
            offset: self.offset.saturating_add(kept),
            kind: ErrorKind::Truncated,
        })
    }

    /// Octets of the stream before the next record.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Passes over what is left of a refused record; says how much came.
    fn pass_over(&mut self, octets: &[u8]) -> usize {
        let here = usize::try_from(self.skip).unwrap_or(usize::MAX);
        let here = here.min(octets.len());
        self.skip = self
            .skip
            .saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
        self.advance(here);
        here
    }

    fn advance(&mut self, octets: usize) {
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.offset = self.offset.saturating_add(octets);
    }

    /// Takes note of a record that is over the limit, and of how many octets
    /// of its header are still in the input.
    fn refuse(&mut self, error: &Error, header: usize) {
        if let ErrorKind::TooLong { length, .. } = error.kind {
            let header = u64::try_from(header).unwrap_or(u64::MAX);
            self.skip = header.saturating_add(length.into());
        }
    }

    /// Appends to `partial` what is missing of its record; says how many octets
    /// that took and whether it is complete.
    fn collect(&mut self, octets: &[u8]) -> (usize, Result<bool, Error>) {
        let header = self.fill_to(HEADER_LEN, octets);
        let Some(chunk) = self.partial.first_chunk() else {
            return (header, Ok(false));
        };
        let (_, length) = head(chunk, self.offset);
        let body = match length_within(length, self.offset, self.limit) {
            Ok(body) => body,
            Err(error) => return (header, Err(error)),
        };
        let whole = HEADER_LEN.saturating_add(body);
        let rest = octets.get(header..).unwrap_or_default();
        let taken = header.saturating_add(self.fill_to(whole, rest));
        (taken, Ok(self.partial.len() == whole))
    }

    /// Appends octets until `partial` has `length`; says how many it took.
    fn fill_to(&mut self, length: usize, octets: &[u8]) -> usize {
        let missing = length.saturating_sub(self.partial.len());
        let taken = octets.get(..missing).unwrap_or(octets);
        self.partial.extend_from_slice(taken);
        taken.len()
    }
}

/// The header's fields in a record without a body, and its length
/// (RFC 6396 §2).
fn head<'a>(header: &[u8; HEADER_LEN], offset: u64) -> (RawRecord<'a>, u32) {
    let [s0, s1, s2, s3, t0, t1, u0, u1, l0, l1, l2, l3] = *header;
    let record = RawRecord {
        offset,
        seconds: u32::from_be_bytes([s0, s1, s2, s3]),
        kind: RecordType(u16::from_be_bytes([t0, t1])),
        subtype: Subtype(u16::from_be_bytes([u0, u1])),
        body: &[],
    };
    (record, u32::from_be_bytes([l0, l1, l2, l3]))
}

fn length_within(length: u32, record: u64, limit: usize) -> Result<usize, Error> {
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(Error {
            record,
            offset: record.saturating_add(LENGTH_AT),
            kind: ErrorKind::TooLong { length, limit },
        }),
    }
}

pub(super) const HEADER_LEN: usize = 12;
/// Octets of the header before the length.
const LENGTH_AT: u64 = 8;

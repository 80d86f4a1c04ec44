//! Files as they are, or compressed with gzip or bzip2, and the records in them.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use bgpwright::mrt::{Error, RawRecord, Reader, Step};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

/// Opens a file; what it begins with says how it is compressed, not its name.
/// `bar` follows the file's own octets.
pub(crate) fn open(path: &Path, bar: &ProgressBar) -> io::Result<Box<dyn Read>> {
    let mut file = bar.wrap_read(File::open(path)?);
    let mut magic = Vec::new();
    (&mut file).take(3).read_to_end(&mut magic)?;
    let whole = io::Cursor::new(magic.clone()).chain(file);
    let whole = BufReader::with_capacity(PIECE, whole);
    Ok(match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(whole)),
        b"BZh" => Box::new(MultiBzDecoder::new(whole)),
        _ => Box::new(whole),
    })
}

/// Hands each MRT record of a stream, and each that is refused, to `f`.
///
/// Memory is that of one record and one piece of the file.
///
/// # Errors
/// If the input cannot be read or decompressed to its end; the records before
/// that have been handed out.
pub(crate) fn records<E: From<io::Error>>(
    mut input: impl Read,
    mut f: impl FnMut(Result<RawRecord<'_>, Error>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = Reader::new(LIMIT);
    let mut piece = vec![0; PIECE];
    loop {
        let length = match input.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let at = reader.offset();
                let text = format!("cannot read past the record at octet {at}: {error}");
                return Err(io::Error::new(error.kind(), text).into());
            }
        };
        let mut rest = piece.get(..length).unwrap_or_default();
        loop {
            let Step { consumed, record } = reader.read(rest);
            rest = rest.get(consumed..).unwrap_or_default();
            match record {
                Some(record) => f(record)?,
                None => break,
            }
        }
    }
    match reader.end() {
        Ok(()) => Ok(()),
        Err(error) => f(Err(error)),
    }
}

/// Octets that are read at once.
const PIECE: usize = 1 << 16;
/// Octets of the largest record that is looked at.
const LIMIT: usize = 1 << 24;

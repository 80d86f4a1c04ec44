//! UPDATEs out of MRT files (RFC 6396): just the framing.

use std::{fs, io::Read, path::Path};

use bytes::Bytes;

/// One message, and the kind of session it came by.
#[derive(Clone, Debug)]
pub struct Message {
    /// All of it, the header included.
    pub octets: Bytes,
    /// Whether the neighbour was of the same AS.
    pub internal: bool,
}

/// All UPDATEs of sessions with four-octet AS numbers in the files below
/// `directory`, as slices of one buffer.
///
/// # Errors
/// If a file cannot be read.
pub fn updates(directory: &Path) -> std::io::Result<Vec<Message>> {
    let mut names = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    let mut all = Vec::new();
    let mut ends = Vec::new();
    for path in names {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.contains("updates") {
            continue;
        }
        let mut octets = Vec::new();
        let file = fs::File::open(&path)?;
        if name.ends_with(".gz") {
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut octets)?;
        } else if name.ends_with(".bz2") {
            bzip2::read::MultiBzDecoder::new(file).read_to_end(&mut octets)?;
        }
        let mut rest = &octets[..];
        while let Some((record, after)) = record(rest) {
            if let Some((update, internal)) = update(record) {
                all.extend_from_slice(update);
                ends.push((all.len(), internal));
            }
            rest = after;
        }
    }
    Ok(slices(all, &ends))
}

/// One buffer, cut after each of `ends`.
pub fn slices(all: Vec<u8>, ends: &[(usize, bool)]) -> Vec<Message> {
    let all = Bytes::from(all);
    let mut start = 0;
    ends.iter()
        .map(|(end, internal)| Message {
            octets: all.slice(core::mem::replace(&mut start, *end)..*end),
            internal: *internal,
        })
        .collect()
}

struct Record<'a> {
    kind: u16,
    subtype: u16,
    body: &'a [u8],
}

fn record(octets: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (head, rest) = octets.split_first_chunk::<12>()?;
    let kind = u16::from_be_bytes([head[4], head[5]]);
    let subtype = u16::from_be_bytes([head[6], head[7]]);
    let length = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    let (body, rest) = rest.split_at_checked(length as usize)?;
    Some((
        Record {
            kind,
            subtype,
            body,
        },
        rest,
    ))
}

/// The UPDATE of a BGP4MP(_ET) MESSAGE_AS4 or MESSAGE_AS4_LOCAL record, and
/// whether both ends are of one AS.
fn update(record: Record<'_>) -> Option<(&[u8], bool)> {
    let body = match record.kind {
        16 => record.body,
        17 => record.body.get(4..)?,
        _ => return None,
    };
    if !matches!(record.subtype, 4 | 7) {
        return None;
    }
    let addresses = match body.get(10..12)? {
        [0, 1] => 8,
        [0, 2] => 32,
        _ => return None,
    };
    let message = body.get(12 + addresses..)?;
    let internal = body.get(..4) == body.get(4..8);
    (message.get(18) == Some(&2)).then_some((message, internal))
}

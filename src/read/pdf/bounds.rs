//! How much a PDF may ask for: what hostile files are stopped by.

use std::cell::Cell;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::ZlibDecoder;

/// More pages than this has no manuscript.
pub(super) const MOST_PAGES: usize = 3000;
/// Words on one page; a page of small print has some 3,000.
pub(super) const MOST_WORDS: usize = 20_000;
/// How often one page may name the same stream as its content.
pub(super) const MOST_REPEATS: usize = 16;
/// Operators and characters of a whole file; a book of 1,000 pages has some 5 million.
const MOST_STEPS: usize = 30_000_000;
/// Bytes that the streams of a file may unpack to, pictures left aside.
const MOST_UNPACKED: u64 = 256 * 1024 * 1024;
/// Bytes that a picture may unpack to. None is unpacked; its stream could be named as text, though.
const LARGEST_PICTURE: u64 = 512 * 1024 * 1024;
/// How often a stream may be packed over.
const LAYERS: usize = 4;

/// Why reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is too much of this.
    Excessive(&'static str),
    /// Nobody waits any more.
    Cancelled,
}

/// What has been spent so far.
#[derive(Debug)]
pub(super) struct Bounds {
    steps: Cell<usize>,
    unpacked: Cell<u64>,
    cancelled: Arc<AtomicBool>,
}

impl Bounds {
    pub(super) fn new(cancelled: Arc<AtomicBool>) -> Self {
        Self { steps: Cell::new(0), unpacked: Cell::new(0), cancelled }
    }

    /// Counts an operator or a character.
    pub(super) fn step(&self) -> Result<(), Stop> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if steps > MOST_STEPS {
            return Err(Stop::Excessive("more drawing than a thousand pages"));
        }
        if steps.is_multiple_of(1024) && self.cancelled.load(Ordering::Relaxed) {
            return Err(Stop::Cancelled);
        }
        Ok(())
    }

    /// Counts bytes that were unpacked to draw a page or a form, each time anew.
    pub(super) fn unpacked(&self, bytes: usize) -> Result<(), Stop> {
        let all = self.unpacked.get() + bytes as u64;
        self.unpacked.set(all);
        if all > 2 * MOST_UNPACKED || self.cancelled.load(Ordering::Relaxed) {
            return Err(Stop::Excessive("pages and forms that unpack to more than 512 MB"));
        }
        Ok(())
    }
}

/// Unpacks every stream of a file and throws the bytes away, so that none of them can fill the
/// memory when the parser, which has no limit, unpacks it.
pub(super) fn weigh(file: &[u8]) -> Result<(), Stop> {
    const WORD: &[u8] = b"stream";
    let mut left = MOST_UNPACKED;
    let mut at = 0;
    // `endstream` holds the word as well, but no packed bytes follow it.
    for found in memchr::memmem::find_iter(file, WORD) {
        if found < at {
            continue;
        }
        let mut start = found + WORD.len();
        if file[start..].starts_with(b"\r\n") {
            start += 2;
        } else if file.get(start).is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            start += 1;
        } else {
            continue;
        }
        if file[..found].ends_with(b"end") {
            continue;
        }
        let head = &file[found.saturating_sub(400)..found];
        let head = memchr::memmem::rfind(head, b"obj").map_or(head, |object| &head[object..]);
        let picture = memchr::memmem::find(head, b"/Image").is_some();
        let most = if picture { LARGEST_PICTURE } else { left };
        let (taken, unpacked) = unpacked_length(&file[start..], most)?;
        if !picture {
            left -= unpacked;
        }
        at = start + taken;
    }
    Ok(())
}

/// How many bytes a stream takes and what it unpacks to, layers that are packed again included.
/// A stream of another kind unpacks to nothing.
fn unpacked_length(packed: &[u8], most: u64) -> Result<(usize, u64), Stop> {
    let mut taken = 0;
    let mut all = 0;
    for layers in 1..=LAYERS {
        let is_packed = |bytes: &[u8]| {
            bytes.len() > 2 && bytes[0] & 0x0f == 8 && u16::from_be_bytes([bytes[0], bytes[1]]).is_multiple_of(31)
        };
        if !is_packed(packed) {
            break;
        }
        let mut outer = ZlibDecoder::new(packed);
        let mut first = [0; 2];
        let mut unpacked = if layers == 1 {
            let count = count(&mut outer, most - all, &mut first)?;
            taken = outer.total_in() as usize;
            count
        } else {
            // Each layer is unpacked through those above it.
            let mut reader: Box<dyn std::io::Read + '_> = Box::new(outer);
            for _ in 1..layers {
                reader = Box::new(ZlibDecoder::new(std::io::BufReader::new(reader)));
            }
            count(&mut reader, most - all, &mut first)?
        };
        all += unpacked;
        unpacked = u64::from(u16::from_be_bytes(first).is_multiple_of(31) && first[0] & 0x0f == 8);
        if unpacked == 0 {
            break;
        }
    }
    Ok((taken, all))
}

/// Reads to the end, or to the first error; keeps the first two bytes.
fn count(reader: &mut dyn std::io::Read, most: u64, first: &mut [u8; 2]) -> Result<u64, Stop> {
    let mut buffer = vec![0; 64 * 1024];
    let mut all = 0;
    let mut limited = reader.take(most + 1);
    while let Ok(read) = limited.read(&mut buffer) {
        if read == 0 {
            break;
        }
        if all == 0 && read > 1 {
            first.copy_from_slice(&buffer[..2]);
        }
        all += read as u64;
    }
    if all > most {
        return Err(Stop::Excessive("streams that unpack to more than 256 MB"));
    }
    Ok(all)
}

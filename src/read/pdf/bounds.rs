//! How much a PDF may ask for: what hostile files are stopped by.

use std::cell::Cell;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::object::{Name, Object};
use hayro_syntax::{Filter, Pdf};

/// More pages than this has no manuscript.
pub(super) const MOST_PAGES: usize = 3000;
/// Words on one page; a page of small print has some 3,000.
pub(super) const MOST_WORDS: usize = 20_000;
/// How often one page may name the same stream as its content.
pub(super) const MOST_REPEATS: usize = 16;
/// Forms that are drawn in a whole file, each time counted: each costs as much as hundreds of operators.
const MOST_FORMS: usize = 300_000;
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
    forms: Cell<usize>,
    unpacked: Cell<u64>,
    cancelled: Arc<AtomicBool>,
}

impl Bounds {
    pub(super) fn new(cancelled: Arc<AtomicBool>) -> Self {
        Self { steps: Cell::new(0), forms: Cell::new(0), unpacked: Cell::new(0), cancelled }
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

    /// Counts a form that is drawn.
    pub(super) fn form(&self) -> Result<(), Stop> {
        let forms = self.forms.get() + 1;
        self.forms.set(forms);
        if forms > MOST_FORMS { Err(Stop::Excessive("more drawing than a thousand pages")) } else { Ok(()) }
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
/// memory when the parser, which has no limit, unpacks it to find its objects. How a stream is packed is
/// told by its bytes and by the words before it; what hides from that is weighed by [`weigh_objects`].
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
        let (taken, mut unpacked) = unpacked_length(&file[start..], most)?;
        let named = packings(head);
        if named.iter().any(|packing| !matches!(packing, Packing::Flate)) || (taken == 0 && !named.is_empty()) {
            unpacked += unpacked_by(&file[start..], &named, most.saturating_sub(unpacked))?;
        }
        if !picture {
            left = left.saturating_sub(unpacked);
        }
        at = start + taken;
    }
    Ok(())
}

/// The same for the streams as the parser sees them: those that are encrypted, whose packing is named
/// elsewhere, or which lie in other streams.
pub(super) fn weigh_objects(pdf: &Pdf) -> Result<(), Stop> {
    let mut left = MOST_UNPACKED;
    // Pictures are many and long; those that lie open were weighed as bytes.
    let encrypted = memchr::memmem::find(pdf.data().as_ref(), b"/Encrypt").is_some();
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        let packings: Vec<Packing> = stream.filters().iter().filter_map(|filter| Packing::of(*filter)).collect();
        if packings.is_empty() {
            continue;
        }
        let picture = stream.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| &*kind == b"Image");
        if picture && !encrypted && packings == [Packing::Flate] {
            continue;
        }
        let most = if picture { LARGEST_PICTURE } else { left };
        let unpacked = unpacked_by(&stream.raw_data(), &packings, most)?;
        if !picture {
            left = left.saturating_sub(unpacked);
        }
    }
    Ok(())
}

/// The ways to pack that the parser unpacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Flate,
    Lzw,
    Runs,
    Hexadecimal,
    Ascii85,
}

impl Packing {
    fn of(filter: Filter) -> Option<Self> {
        Some(match filter {
            Filter::FlateDecode => Self::Flate,
            Filter::LzwDecode => Self::Lzw,
            Filter::RunLengthDecode => Self::Runs,
            Filter::AsciiHexDecode => Self::Hexadecimal,
            Filter::Ascii85Decode => Self::Ascii85,
            _ => return None,
        })
    }

    /// What `packed` unpacks to. `early` says when the codes of LZW grow longer.
    fn reader<'a>(self, packed: Box<dyn BufRead + 'a>, early: bool) -> Box<dyn BufRead + 'a> {
        match self {
            Self::Flate => {
                let mut packed = packed;
                let headed = packed.fill_buf().is_ok_and(is_zlib);
                if headed {
                    packed.consume(2);
                }
                Box::new(BufReader::new(DeflateDecoder::new(packed)))
            }
            Self::Lzw => Box::new(BufReader::new(Lzw::new(packed, early))),
            Self::Runs => Box::new(BufReader::new(Bytes(Runs { packed: packed.bytes(), copies: 0, repeats: (0, 0) }))),
            Self::Hexadecimal => {
                let mut digits = packed
                    .bytes()
                    .map_while(Result::ok)
                    .take_while(|byte| *byte != b'>')
                    .filter_map(|byte| char::from(byte).to_digit(16));
                let pairs = std::iter::from_fn(move || {
                    let first = digits.next()?;
                    Some((first * 16 + digits.next().unwrap_or_default()) as u8)
                });
                Box::new(BufReader::new(Bytes(pairs)))
            }
            Self::Ascii85 => {
                let digits = packed.bytes().map_while(Result::ok).take_while(|byte| *byte != b'~');
                Box::new(BufReader::new(Bytes(Ascii85 { digits, ready: [0; 4], left: 0 })))
            }
        }
    }
}

/// The ways to pack that a stream's dictionary names, in order.
fn packings(head: &[u8]) -> Vec<Packing> {
    const NAMES: [(&[u8], Packing); 5] = [
        (b"FlateDecode", Packing::Flate),
        (b"LZWDecode", Packing::Lzw),
        (b"RunLengthDecode", Packing::Runs),
        (b"ASCIIHexDecode", Packing::Hexadecimal),
        (b"ASCII85Decode", Packing::Ascii85),
    ];
    let named = memchr::memchr_iter(b'/', head).filter_map(|slash| {
        NAMES.iter().find(|(name, _)| head[slash + 1..].starts_with(name)).map(|(_, packing)| *packing)
    });
    named.take(LAYERS * 2).collect()
}

/// How many bytes a stream unpacks to in all its layers.
fn unpacked_by(packed: &[u8], packings: &[Packing], most: u64) -> Result<u64, Stop> {
    let mut all: u64 = 0;
    for layers in 1..=packings.len() {
        let mut layer = 0;
        let variants: &[bool] = if packings[..layers].contains(&Packing::Lzw) { &[true, false] } else { &[true] };
        for early in variants {
            let mut reader: Box<dyn BufRead + '_> = Box::new(packed);
            for packing in &packings[..layers] {
                reader = packing.reader(reader, *early);
            }
            layer = layer.max(count(&mut reader, most.saturating_sub(all), &mut [0; 2])?);
        }
        all += layer;
    }
    Ok(all)
}

/// Bytes that an iterator gives, to be read.
struct Bytes<I>(I);

impl<I: Iterator<Item = u8>> Read for Bytes<I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut read = 0;
        for place in buffer {
            let Some(byte) = self.0.next() else { break };
            *place = byte;
            read += 1;
        }
        Ok(read)
    }
}

/// What runs of bytes stand for: a length, then as many bytes, or one to be repeated.
struct Runs<I> {
    packed: I,
    /// Bytes that are taken as they are.
    copies: u8,
    /// How often a byte comes again, and the byte.
    repeats: (u8, u8),
}

impl<I: Iterator<Item = std::io::Result<u8>>> Iterator for Runs<I> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.repeats.0 > 0 {
            self.repeats.0 -= 1;
            return Some(self.repeats.1);
        }
        if self.copies > 0 {
            self.copies -= 1;
            return self.packed.next()?.ok();
        }
        match self.packed.next()?.ok()? {
            length @ 0..=127 => {
                self.copies = length;
                self.packed.next()?.ok()
            }
            128 => None,
            length => {
                self.repeats = ((256 - u16::from(length)) as u8, self.packed.next()?.ok()?);
                Some(self.repeats.1)
            }
        }
    }
}

/// Groups of five digits to the base of 85, each of which stands for four bytes.
struct Ascii85<I> {
    digits: I,
    ready: [u8; 4],
    left: usize,
}

impl<I: Iterator<Item = u8>> Iterator for Ascii85<I> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if self.left == 0 {
            let mut value: u32 = 0;
            let mut digits = 0;
            while digits < 5 {
                match self.digits.next() {
                    Some(b'z') if digits == 0 => digits = 5,
                    Some(digit @ b'!'..=b'u') => {
                        value = value.wrapping_mul(85).wrapping_add(u32::from(digit - b'!'));
                        digits += 1;
                    }
                    Some(_) => {}
                    None if digits < 2 => return None,
                    None => {
                        value = value.wrapping_mul(85).wrapping_add(84);
                        digits += 1;
                    }
                }
            }
            (self.ready, self.left) = (value.to_be_bytes(), 4);
        }
        self.left -= 1;
        Some(self.ready[3 - self.left])
    }
}

/// What codes of LZW stand for.
struct Lzw<R> {
    packed: R,
    decoder: weezl::decode::Decoder,
}

impl<R> Lzw<R> {
    fn new(packed: R, early: bool) -> Self {
        use weezl::BitOrder::Msb;
        use weezl::decode::Decoder;
        Self { packed, decoder: if early { Decoder::with_tiff_size_switch(Msb, 8) } else { Decoder::new(Msb, 8) } }
    }
}

impl<R: BufRead> Read for Lzw<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let packed = self.packed.fill_buf()?;
            if packed.is_empty() {
                return Ok(0);
            }
            let done = self.decoder.decode_bytes(packed, buffer);
            self.packed.consume(done.consumed_in);
            match done.status {
                _ if done.consumed_out > 0 => return Ok(done.consumed_out),
                Ok(weezl::LzwStatus::Ok) if done.consumed_in > 0 => {}
                // The end, or codes that are none.
                _ => return Ok(0),
            }
        }
    }
}

/// Whether bytes begin as a zlib stream does.
fn is_zlib(bytes: &[u8]) -> bool {
    bytes.len() > 2 && bytes[0] & 0x0f == 8 && u16::from_be_bytes([bytes[0], bytes[1]]).is_multiple_of(31)
}

/// How many bytes a stream takes and what it unpacks to, layers that are packed again included.
/// A stream of another kind unpacks to nothing.
fn unpacked_length(packed: &[u8], most: u64) -> Result<(usize, u64), Stop> {
    let mut taken = 0;
    let mut all = 0;
    for layers in 1..=LAYERS {
        if !is_zlib(packed) {
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

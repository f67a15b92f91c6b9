//! PDF: what is left of a manuscript once it has been typeset.
//!
//! A PDF says where each glyph stands and hardly ever what belongs together. `bounds` refuses
//! hostile files, `glyphs` reads the glyphs and ruled lines of a page, `words` puts glyphs into words and
//! lines, `furniture` leaves out running heads and page numbers, `tables` takes tables apart,
//! `columns` finds the order of reading, `paragraphs` joins lines over columns and pages, and
//! `layout` says what is a heading and makes blocks.
//!
//! Spans are bytes in the text as it was read, one line of a page a line, in the order of the blocks.

mod bounds;
mod columns;
mod furniture;
mod glyphs;
mod layout;
mod paragraphs;
mod tables;
mod words;

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, mpsc};
use std::time::Duration;

use hayro_syntax::{LoadPdfError, Pdf};

use self::bounds::{Bounds, MOST_PAGES, MOST_WORDS, Stop};
use self::glyphs::Drawn;
use self::paragraphs::Item;
use crate::error::Error;
use crate::manuscript::{Block, Declared, Draft, Format, SectionNames};
use crate::source::SourceText;

/// How long reading may take. A book of 1,000 pages takes some seconds.
const LONGEST: Duration = Duration::from_secs(30);
/// The name of the thread that reads, whose panics are reported as damage and not printed.
const THREAD: &str = "realint-pdf";
/// Stack of that thread: parsers of objects and fonts recurse.
const STACK: usize = 64 * 1024 * 1024;

/// Whether the bytes are a PDF: its mark stands in the first kilobyte, behind at most a little of
/// what mail and web servers put before it.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    head.starts_with(b"%PDF-")
        || memchr::memmem::find(head, b"%PDF-").is_some_and(|at| {
            let before = &head[..at];
            before.iter().all(|b| b.is_ascii_whitespace() || *b == 0) || before == b"\xef\xbb\xbf"
        })
}

/// What the thread hands back.
struct Read {
    text: String,
    /// First byte of a line and its 1-based page, where the page changes.
    pages: Vec<(usize, usize)>,
    blocks: Vec<Block>,
    notes: Vec<String>,
}

/// Why there is no text.
enum Failure {
    Stop(Stop),
    Locked,
    Broken(String),
    /// Pages that show pictures and no text.
    Scanned(usize),
    /// Glyphs without letters.
    Unmapped,
    Blank,
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Reads a PDF.
///
/// Errors: it is locked, damaged, scanned without text, or asks for more than any manuscript does.
pub(super) fn read(path: &Path, bytes: &[u8], names: &SectionNames) -> Result<Draft, Error> {
    let read = contained(bytes, names).map_err(|failure| error(path, failure))?;
    let source = SourceText::part(path.to_string_lossy(), "text", read.text).with_pages(read.pages);
    Ok(Draft {
        format: Format::Pdf,
        sources: Arc::new(vec![source]),
        blocks: read.blocks,
        comments: Vec::new(),
        declared: Declared::default(),
        notes: read.notes,
        record: 1,
    })
}

fn error(path: &Path, failure: Failure) -> Error {
    const SAVE_AGAIN: &str = "open it in a PDF viewer and print it to a new PDF, or give realint the text that it was made from: .docx, .tex, .md, .txt";
    let path = path.to_owned();
    match failure {
        Failure::Stop(Stop::Excessive(what)) => Error::Excessive { path, what: what.to_owned() },
        Failure::Stop(Stop::Cancelled) => {
            Error::Excessive { path, what: format!("more than can be read in {} seconds", LONGEST.as_secs()) }
        }
        Failure::Locked => Error::Locked { path },
        Failure::Broken(message) => Error::Damaged { path, message, help: SAVE_AGAIN },
        Failure::Scanned(pages) => Error::NoText {
            path,
            why: format!(
                "its {pages} {} {} and no letters: it was scanned",
                if pages == 1 { "page" } else { "pages" },
                if pages == 1 { "is a picture" } else { "are pictures" }
            ),
            help: "run text recognition over it first (`ocrmypdf IN.pdf OUT.pdf`), or give realint the text that it was made from",
        },
        Failure::Unmapped => Error::NoText {
            path,
            why: "its fonts don't say which letters they draw".to_owned(),
            help: "run text recognition over it (`ocrmypdf --force-ocr IN.pdf OUT.pdf`), or give realint the text that it was made from",
        },
        Failure::Blank => Error::Empty { path },
    }
}

/// Reads in a thread of its own, so that a panic or a loop in the parser ends nothing else.
fn contained(bytes: &[u8], names: &SectionNames) -> Result<Read, Failure> {
    silence_panics();
    let cancelled = Arc::new(AtomicBool::new(false));
    let (send, receive) = mpsc::channel();
    let (bytes, names, flag) = (bytes.to_vec(), names.clone(), Arc::clone(&cancelled));
    let spawned = std::thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK).spawn(move || {
        let result = panic::catch_unwind(AssertUnwindSafe(|| read_here(bytes, &names, &Bounds::new(flag))));
        // Nobody may be waiting any more.
        let _ = send.send(result);
    });
    if let Err(failed) = spawned {
        return Err(Failure::Broken(format!("no thread could be started to read it: {failed}")));
    }
    match receive.recv_timeout(LONGEST) {
        Ok(Ok(result)) => result,
        Ok(Err(_)) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(Failure::Broken("its parts contradict each other so that it can't be read".to_owned()))
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            cancelled.store(true, Ordering::Relaxed);
            Err(Failure::Stop(Stop::Cancelled))
        }
    }
}

/// Keeps panics of the reading thread off the terminal; others are printed as before.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(THREAD) {
                before(info);
            }
        }));
    });
}

fn read_here(bytes: Vec<u8>, names: &SectionNames, bounds: &Bounds) -> Result<Read, Failure> {
    bounds::weigh(&bytes)?;
    let truncated = memchr::memmem::rfind(&bytes, b"%%EOF").is_none();
    let pdf = Pdf::new(bytes).map_err(|failed| match failed {
        LoadPdfError::Decryption(_) => Failure::Locked,
        LoadPdfError::Invalid => Failure::Broken("its list of objects or of pages can't be found".to_owned()),
    })?;
    bounds::weigh_objects(&pdf)?;
    let pages = pdf.pages();
    if pages.len() > MOST_PAGES {
        return Err(Stop::Excessive("more than 3,000 pages").into());
    }
    let mut reader = glyphs::Reader::new(bounds);
    let mut drawn = Vec::with_capacity(pages.len());
    for page in pages.iter() {
        drawn.push(reader.page(page)?);
    }
    let letters: usize = drawn.iter().map(|page| page.glyphs.len()).sum();
    let unknown: usize = drawn.iter().map(|page| page.unknown).sum();
    let pictured = drawn.iter().filter(|page| page.pictured).count();
    if letters == 0 || (pictured * 2 > drawn.len() && letters < 40 * pictured && letters < 400) {
        return Err(if unknown > letters && unknown > 200 {
            Failure::Unmapped
        } else if pictured > 0 {
            Failure::Scanned(drawn.len())
        } else if truncated {
            Failure::Broken("it is cut short: its end is missing".to_owned())
        } else {
            Failure::Blank
        });
    }
    if unknown > letters {
        return Err(Failure::Unmapped);
    }
    let mut notes = vec![
        "the text was put together from the places of letters on the page; headings and paragraphs are guessed"
            .to_owned(),
    ];
    if truncated {
        notes.push("the file is cut short; pages may be missing".to_owned());
    }
    if unknown * 50 > letters {
        notes.push(format!("{unknown} characters have no letter in the file's fonts and were left out"));
    }
    let pictures: Vec<usize> =
        drawn.iter().enumerate().filter(|(_, p)| p.pictured && p.glyphs.len() < 40).map(|(i, _)| i + 1).collect();
    if let Some(first) = pictures.first() {
        notes.push(format!(
            "{} of {} pages are pictures without text (first: page {first})",
            pictures.len(),
            drawn.len()
        ));
    }
    let items = order(drawn)?;
    let laid_out = layout::lay_out(items, names);
    if laid_out.blocks.is_empty() {
        return Err(Failure::Blank);
    }
    Ok(Read { text: laid_out.text, pages: laid_out.pages, blocks: laid_out.blocks, notes })
}

/// Lines and tables of all pages in the order in which they are read.
fn order(drawn: Vec<Drawn>) -> Result<Vec<Item>, Stop> {
    let heights: Vec<f32> = drawn.iter().map(|page| page.height).collect();
    let mut pages: Vec<Vec<words::Word>> = drawn.iter().map(|page| words::words(&page.glyphs)).collect();
    if pages.iter().any(|words| words.len() > MOST_WORDS) {
        return Err(Stop::Excessive("a page of more than 20,000 words"));
    }
    for words in &mut pages {
        words::drop_line_numbers(words);
    }
    furniture::drop_running_heads(&mut pages, &heights);
    let mut ruled = Vec::with_capacity(pages.len());
    for (number, (words, page)) in pages.iter_mut().zip(&drawn).enumerate() {
        ruled.push(tables::take_ruled(words, &page.rules, number));
    }
    let mut gutters: Vec<_> =
        pages.iter().zip(&drawn).map(|(words, page)| columns::gutters(words, page.width)).collect();
    columns::settle(&mut gutters, &pages);
    let mut items = Vec::new();
    for (number, ((words, gutters), tables)) in pages.into_iter().zip(gutters).zip(ruled).enumerate() {
        items.extend(paragraphs::items(words, &gutters, tables, number));
    }
    Ok(items)
}

//! Readers: from the bytes of a file to drafts of manuscripts, one file a format.

mod compose;
pub(crate) mod docx;
mod drawn;
mod front_matter;
mod html;
mod html_page;
mod jats;
mod latex;
mod markdown;
mod marks;
mod pdf;
mod record;
mod sheet;
mod soup;
mod tei;
mod text;
mod tree;
mod xml;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::manuscript::{Draft, Format, SectionNames};
use crate::source::{SourceText, decode};
use crate::structured::Syntax;

pub use sheet::{Columns, Field};

/// Files longer than this are refused: no manuscript is, and checking one would take all memory.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes of an XML file that are read to tell whether it is a manuscript.
const HEAD: u64 = 16 * 1024;

/// Reads further files that a manuscript includes. `None` where the file can't be had.
pub trait Library: Sync {
    /// The decoded text of a file named relative to the including file, and the name to show for it.
    fn open(&self, from: &Path, name: &str) -> Option<(PathBuf, String)>;

    /// The bytes of a file. Errors: it can't be read.
    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Error> {
        read_bytes(path)
    }
}

/// A library without files: for text from standard input, or from memory.
#[derive(Debug, Clone, Copy)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn open(&self, _from: &Path, _name: &str) -> Option<(PathBuf, String)> {
        None
    }
}

/// The files on disk beside the manuscript.
#[derive(Debug, Clone, Copy)]
pub struct FolderLibrary;

impl Library for FolderLibrary {
    fn open(&self, from: &Path, name: &str) -> Option<(PathBuf, String)> {
        let path = from.parent().unwrap_or(Path::new("")).join(name);
        let bytes = read_bytes(&path).ok()?;
        Some((path, decode(&bytes)?.text))
    }
}

/// The bytes of a file, refused where it is missing, no regular file, or longer than [`MOST_BYTES`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        // A device or a pipe may never end.
        return Err(failed(std::io::Error::other("it is not a regular file")));
    }
    let too_large = |bytes| Error::TooLarge { path: path.to_owned(), bytes, most: MOST_BYTES };
    if metadata.len() > MOST_BYTES {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        // It grew while it was read.
        return Err(too_large(bytes.len() as u64));
    }
    Ok(bytes)
}

/// The format of a file by its name; `None` for one that realint doesn't read.
pub fn format_of(path: &Path) -> Option<Format> {
    // Word keeps a file of this name beside each document that is open.
    if path.file_name()?.to_str()?.starts_with("~$") {
        return None;
    }
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_ascii_lowercase();
    let kind = stem.rsplit_once('.').map(|(_, kind)| kind);
    Some(match extension.as_str() {
        "md" | "markdown" | "mdown" => Format::Markdown,
        "qmd" | "rmd" => Format::Quarto,
        "tex" | "latex" | "ltx" => Format::Latex,
        "txt" | "text" => Format::Text,
        "docx" | "docm" | "dotx" | "dotm" => Format::Docx,
        "pdf" => Format::Pdf,
        "html" | "htm" | "xhtml" => Format::Html,
        "nxml" | "jats" => Format::Jats,
        "tei" => Format::Tei,
        "xml" if kind == Some("jats") => Format::Jats,
        "xml" if kind == Some("tei") => Format::Tei,
        _ => return None,
    })
}

/// The format of a file by its name and, where the name leaves it open, by how the file begins.
/// `None` for a file that realint doesn't read by itself: most XML is no manuscript, and a LaTeX
/// file without a class is a part of another.
pub fn format_at(path: &Path) -> Option<Format> {
    let head = || {
        let mut head = Vec::new();
        std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
        Some(decode(&head)?.text)
    };
    match format_of(path) {
        Some(Format::Latex) => latex::is_root(&head()?).then_some(Format::Latex),
        Some(format) => Some(format),
        None => {
            path.extension().filter(|extension| extension.eq_ignore_ascii_case("xml"))?;
            markup(&head()?)
        }
    }
}

/// Whether a text is a part of another by its name and look: LaTeX without a class, or a file that Quarto
/// leaves to be included.
pub fn is_part(path: &Path, text: &str) -> bool {
    match format_of(path) {
        Some(Format::Latex) => !latex::is_root(text),
        Some(Format::Markdown | Format::Quarto) => {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('_'))
        }
        _ => false,
    }
}

/// The format of a text that names a class of LaTeX.
fn tex(text: &str) -> Option<Format> {
    latex::is_latex(text).then_some(Format::Latex)
}

/// The format of a text that begins as marked-up text does.
fn markup(text: &str) -> Option<Format> {
    match xml::sniff(text)? {
        xml::Kind::Jats => Some(Format::Jats),
        xml::Kind::Tei => Some(Format::Tei),
        xml::Kind::Html => Some(Format::Html),
        xml::Kind::Other(_) => None,
    }
}

/// The format of a text with no telling name: LaTeX, Quarto or Markdown by its marks, else plain text.
pub fn sniff(text: &str) -> Format {
    if latex::is_latex(text) || latex::is_part(text) {
        return Format::Latex;
    }
    let head: Vec<&str> = text.lines().take(400).collect();
    let quarto = head.iter().any(|l| l.starts_with("```{") || l.starts_with(":::") || l.starts_with("{{<"));
    let front_matter = head.first().is_some_and(|l| l.trim_start_matches('\u{feff}').trim_end() == "---");
    let headings = head.iter().filter(|l| l.starts_with("# ") || l.starts_with("## ") || l.starts_with("### ")).count();
    let pipes = head.iter().filter(|l| l.starts_with("|--") || l.starts_with("| --") || l.starts_with("|:-")).count();
    if quarto || (front_matter && headings > 0) {
        Format::Quarto
    } else if headings > 0 || pipes > 0 {
        Format::Markdown
    } else {
        Format::Text
    }
}

/// Whether a file is an extraction sheet: a structured file with records of configurations. Only
/// files named so are looked into.
pub fn is_sheet(path: &Path, bytes: &[u8], columns: &Columns) -> bool {
    Syntax::of(path).zip(decode(bytes)).is_some_and(|(syntax, decoded)| sheet::is_sheet(&decoded.text, syntax, columns))
}

/// The text of a structured file, how it is written, and what is to be said of its bytes. A file from
/// standard input or without a telling name is told by how it begins.
///
/// Errors: the bytes are no text.
pub fn read_structured(path: &Path, bytes: &[u8]) -> Result<(SourceText, Syntax, Option<String>), Error> {
    let Some(decoded) = decode(bytes) else {
        return Err(Error::NotText { path: path.to_owned(), looks_like: looks_like(bytes) });
    };
    // Comments look the same in TOML and YAML.
    let comments = |line: &&str| line.trim().is_empty() || line.trim_start_matches('\u{feff}').starts_with('#');
    let first = decoded.text.lines().find(|line| !comments(line)).unwrap_or_default();
    let syntax = Syntax::of(path).unwrap_or_else(|| sheet::sniff(first));
    Ok((SourceText::new(path.to_string_lossy(), decoded.text), syntax, decoded.note))
}

/// The YAML of a manuscript's front matter, as a text of the same length as all before its end, so that
/// places in it are places in the file. `None` where there is none.
pub fn front_matter_in_place(text: &str) -> Option<String> {
    let (range, _) = front_matter::range(text)?;
    let mut padded: String = text[..range.start].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    padded.push_str(&text[range]);
    Some(padded)
}

/// Whether a file found in a folder says that it is a protocol, by its name and how it begins.
pub fn is_protocol_at(path: &Path) -> bool {
    let named = matches!(Syntax::of(path), Some(Syntax::Toml | Syntax::Yaml | Syntax::Json));
    let head = || {
        let mut head = Vec::new();
        std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
        decode(&head)
    };
    named && head().is_some_and(|head| crate::protocol::says_so(&head.text))
}

/// Reads an extraction sheet, with a team's own names of the fields.
///
/// Errors: the bytes are no text, the text breaks its syntax, or there is no record in it.
pub fn read_sheet(path: &Path, bytes: &[u8], columns: &Columns) -> Result<Draft, Error> {
    let Some(decoded) = decode(bytes) else {
        return Err(Error::NotText { path: path.to_owned(), looks_like: looks_like(bytes) });
    };
    let mut draft = sheet_draft(path, SourceText::new(path.to_string_lossy(), decoded.text), columns)?;
    draft.notes.extend(decoded.note);
    Ok(draft)
}

fn sheet_draft(path: &Path, source: SourceText, columns: &Columns) -> Result<Draft, Error> {
    // A sheet from standard input: JSON and YAML say so by how they begin.
    let syntax = Syntax::of(path).unwrap_or_else(|| sheet::sniff(&source.text));
    sheet::read(path, source, syntax, columns)
}

/// Reads a file's bytes into drafts, one a record.
///
/// `path` names the file in reports and is where includes start from; `format` forces a format.
/// Errors: the bytes are no text, or there is no text in them.
pub fn read(
    path: &Path,
    bytes: &[u8],
    format: Option<Format>,
    library: &dyn Library,
    names: &SectionNames,
) -> Result<Vec<Draft>, Error> {
    if format == Some(Format::Docx) || (format.is_none() && docx::is_container(bytes)) {
        return Ok(vec![docx::read(path, bytes, names)?]);
    }
    if format == Some(Format::Pdf) || (format.is_none() && pdf::is_pdf(bytes)) {
        return Ok(vec![pdf::read(path, bytes, names)?]);
    }
    let Some(decoded) = decode(bytes) else {
        return Err(Error::NotText { path: path.to_owned(), looks_like: looks_like(bytes) });
    };
    if decoded.text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    // What a marked-up file says of itself weighs more than its name. A container was told by its
    // bytes: a text with such a name is a text.
    let by_name = format_of(path).filter(|f| !matches!(f, Format::Docx | Format::Pdf));
    let told = format.or_else(|| markup(&decoded.text)).or_else(|| tex(&decoded.text)).or(by_name);
    if told.is_none() {
        let root = if let Some(xml::Kind::Other(root)) = xml::sniff(&decoded.text) { Some(root) } else { None };
        if root.is_some() || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
            return Err(Error::OtherMarkup { path: path.to_owned(), wanted: "JATS or TEI", root });
        }
    }
    let format = told.unwrap_or_else(|| sniff(&decoded.text));
    let source = SourceText::new(path.to_string_lossy(), decoded.text);
    let mut drafts = match format {
        Format::Markdown | Format::Quarto => vec![markdown::read(path, source, format, library)],
        Format::Text | Format::Docx | Format::Pdf | Format::Protocol | Format::Bibliography | Format::Evidence => {
            text::read(&Arc::new(vec![source]), names)
        }
        Format::Html => html_page::read(path, source)?,
        Format::Jats => jats::read(path, source)?,
        Format::Tei => tei::read(path, source, names)?,
        Format::Sheet => vec![sheet_draft(path, source, &Columns::default())?],
        Format::Latex => vec![latex::read(path, source, library)?],
    };
    for draft in &mut drafts {
        draft.notes.extend(decoded.note.clone());
    }
    Ok(drafts)
}

/// What a file that is no text seems to be, for the error message.
fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [b'P', b'K', 3, 4, ..] => "a zip container, such as a Word document",
        [0xd0, 0xcf, 0x11, 0xe0, ..] => "an old Word document (.doc)",
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, ..] => "a picture",
        [0x1f, 0x8b, ..] => "a compressed file",
        _ => "binary data",
    }
}

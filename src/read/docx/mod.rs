//! Word documents (.docx), whoever wrote them: Word, LibreOffice, Google Docs, Pandoc.
//!
//! A document is a zip container of parts in XML. `package` opens it, `xml` walks a part with the
//! byte of everything, `styles` and `numbering` say what paragraphs are, `story` reads the text of
//! the document and its notes, `paragraph` and `table` put the pieces together, and `layout` turns
//! them into blocks. A span is a range of bytes in the XML of its part; people are shown paragraphs.

mod draught;
mod field;
pub(crate) mod grid;
mod layout;
mod notes;
mod numbering;
pub(crate) mod package;
mod paragraph;
mod story;
mod styles;
mod table;
pub(crate) mod xml;

use std::path::Path;
use std::sync::Arc;

use self::draught::Draught;
use self::notes::NoteKind;
use self::numbering::Numbering;
use self::package::{Package, Relation};
use self::story::{PartKind, Shared};
use self::styles::Styles;
use self::xml::Problem;
use crate::error::Error;
use crate::manuscript::{Comment, Declared, Draft, Format, SectionNames};
use crate::source::{SourceId, SourceText};

/// Whether the bytes may be a Word document: a zip container, or the container of old and of locked ones.
pub(super) fn is_container(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") || is_compound(bytes)
}

/// The container that .doc files and locked .docx files are.
fn is_compound(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

/// Reads a document.
///
/// Errors: it is no Word document, an old one, locked, damaged, or larger than any manuscript.
pub(super) fn read(path: &Path, bytes: &[u8], names: &SectionNames) -> Result<Draft, Error> {
    if is_compound(bytes) {
        return Err(compound(path, bytes));
    }
    let mut package = Package::open(path, bytes)?;
    let parts = Parts::unpack(path, &mut package)?;
    let mut reading = parts.read(Shared::default()).map_err(|(part, problem)| package.error(&part, problem))?;
    if reading.shared.runaway {
        let mut again = Shared::default();
        again.fields_show_all = true;
        let second = parts.read(again).map_err(|(part, problem)| package.error(&part, problem))?;
        reading = second;
        reading.notes.push("a field code in the document never ends; fields were read as plain text".to_owned());
    }
    let Reading { draughts, shared, mut notes } = reading;
    let blocks = layout::lay_out(draughts, names);
    if blocks.is_empty() {
        return Err(Error::Empty { path: path.to_owned() });
    }
    if shared.tracked {
        notes.push("the document has tracked changes: it was read with insertions made and deletions gone".to_owned());
    }
    if shared.attached {
        notes.push("the document links or attaches other documents; their text was not read".to_owned());
    }
    notes.extend(package.notes);
    let comments = shared
        .anchors
        .iter()
        .filter_map(|(id, span)| Some(Comment { text: shared.comments.get(id)?.clone(), span: *span }))
        .collect();
    Ok(Draft {
        format: Format::Docx,
        sources: Arc::new(parts.sources),
        blocks,
        comments,
        declared: Declared::default(),
        notes,
        record: 1,
    })
}

/// The error for a compound file: a document locked with a password, or one of Word 97 to 2003.
fn compound(path: &Path, bytes: &[u8]) -> Error {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(wide.len()).any(|window| window == wide)
    };
    let path = path.to_owned();
    if holds("EncryptedPackage") {
        return Error::Locked { path };
    }
    let what = if holds("WordDocument") { "an old Word document (.doc)" } else { "an old Office file" };
    Error::Unsupported { path, what, help: "open it in a word processor and save it as a Word document (.docx)" }
}

/// The parts that are read.
struct Parts {
    /// The document, and its footnotes and endnotes if it has any.
    sources: Vec<SourceText>,
    footnotes: Option<SourceId>,
    endnotes: Option<SourceId>,
    comments: Option<(String, String)>,
    styles: Option<(String, String)>,
    numbering: Option<(String, String)>,
}

struct Reading {
    draughts: Vec<Draught>,
    shared: Shared,
    notes: Vec<String>,
}

impl Parts {
    fn unpack(path: &Path, package: &mut Package<'_>) -> Result<Self, Error> {
        let main = package.main_part()?;
        let relations = package.relations(&main)?;
        let document = package.part(&main)?.unwrap_or_default();
        let container = path.to_string_lossy();
        let mut sources = vec![SourceText::part(&*container, &*main, document)];
        let mut text_part = |package: &mut Package<'_>, kind: &str| -> Result<Option<SourceId>, Error> {
            let Some((name, text)) = related(package, &relations, kind)? else { return Ok(None) };
            sources.push(SourceText::part(&*container, name, text));
            Ok(Some(SourceId(sources.len() as u32 - 1)))
        };
        let footnotes = text_part(package, "footnotes")?;
        let endnotes = text_part(package, "endnotes")?;
        Ok(Self {
            footnotes,
            endnotes,
            comments: related(package, &relations, "comments")?,
            styles: related(package, &relations, "styles")?,
            numbering: related(package, &relations, "numbering")?,
            sources,
        })
    }

    /// Reads all of them. A broken part other than the document itself is left out with a note.
    fn read(&self, mut shared: Shared) -> Result<Reading, (String, Problem)> {
        let mut notes = Vec::new();
        let mut spare = |part: &str, what: &str, problem: Problem| match problem {
            Problem::Excessive(_) => Err((part.to_owned(), problem)),
            Problem::Broken(at, _) => {
                notes.push(format!("{part} is broken at byte {at}; {what}"));
                Ok(())
            }
        };
        if let Some((name, text)) = &self.styles {
            match Styles::read(text) {
                Ok(styles) => shared.styles = styles,
                Err(problem) => spare(name, "headings were told by the names of styles alone", problem)?,
            }
        }
        if let Some((name, text)) = &self.numbering {
            match Numbering::read(text) {
                Ok(numbering) => shared.numbering = numbering,
                Err(problem) => spare(name, "lists were read without their numbers", problem)?,
            }
        }
        if let Some((name, text)) = &self.comments
            && let Err(problem) = story::read(text, SourceId(0), PartKind::Comments, &mut shared)
        {
            spare(name, "comments after that were not read", problem)?;
        }
        for (source, kind) in [(self.footnotes, NoteKind::Footnote), (self.endnotes, NoteKind::Endnote)] {
            let Some(source) = source else { continue };
            let part = &self.sources[source.0 as usize];
            if let Err(problem) = story::read(&part.text, source, PartKind::Notes(kind), &mut shared) {
                spare(&part.name, "notes after that were not read", problem)?;
            }
        }
        shared.notes.judge();
        let document = &self.sources[0];
        let draughts = story::read(&document.text, SourceId(0), PartKind::Document, &mut shared)
            .map_err(|problem| (document.name.clone(), problem))?;
        Ok(Reading { draughts, shared, notes })
    }
}

/// The name and text of the part that has this relation to the document.
fn related(package: &mut Package<'_>, relations: &[Relation], kind: &str) -> Result<Option<(String, String)>, Error> {
    let Some(relation) = relations.iter().find(|r| r.kind == kind) else { return Ok(None) };
    Ok(package.part(&relation.target)?.map(|text| (relation.target.clone(), text)))
}

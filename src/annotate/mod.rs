//! A Word document with each finding as a comment at its words.
//!
//! Nothing is rewritten: marks are put between the bytes of the document's text, a run is closed and
//! opened again where a mark must stand within it, and comments are added behind those that are there.
//! All other parts are copied as they lie in the container, still packed.
//!
//! Source: ECMA-376 part 1, 17.13.4 (comments) and 17.3.2 (runs); part 2 (parts and relationships).

mod anchor;
mod comment;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::ops::Range;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use self::anchor::{Anchors, Story};
use self::comment::Comments;
use crate::error::Error;
use crate::read::docx::package::Package;
use crate::report::{DocumentReport, FindingReport};

/// A document with comments.
#[derive(Debug, Clone)]
pub struct Annotated {
    /// The bytes of the container.
    pub bytes: Vec<u8>,
    /// How many comments were put in.
    pub comments: usize,
}

/// A part of footnotes or endnotes.
struct Notes {
    /// Its name.
    part: String,
    /// What its notes are called.
    element: &'static str,
    /// Their ids, and where each stands.
    ranges: Vec<(i64, Range<usize>)>,
}

/// Puts each finding of the report into the document that it is about.
///
/// `path` names the document in errors; `bytes` is the container that the report was made from. Where
/// there is nothing to say the same bytes come back. Errors: it is no Word document, damaged, or
/// written in another encoding than UTF-8.
pub fn annotate(path: &Path, bytes: &[u8], document: &DocumentReport) -> Result<Annotated, Error> {
    if document.findings.is_empty() {
        return Ok(Annotated { bytes: bytes.to_vec(), comments: 0 });
    }
    let mut package = Package::open(path, bytes)?;
    let main = package.main_part()?;
    let text = utf8_part(&mut package, path, &main)?.unwrap_or_default();
    let story = Story::read(&text).map_err(|problem| package.error(&main, problem))?;
    let relations = package.relations(&main)?;
    let related = |kind: &str| relations.iter().find(|r| r.kind == kind).map(|r| r.target.clone());
    let mut notes = Vec::new();
    for (kind, element) in [("footnotes", "footnote"), ("endnotes", "endnote")] {
        let Some(name) = related(kind) else { continue };
        let Some(part) = package.part(&name)? else { continue };
        // Notes are the reader's to judge; what is broken in them sends a comment to the title.
        notes.push(Notes { ranges: anchor::notes(&part, element).unwrap_or_default(), part: name, element });
    }
    let comments_name = related("comments");
    let old_comments = match &comments_name {
        Some(name) => utf8_part(&mut package, path, name)?,
        None => None,
    };
    let mut comments = Comments::new(&text, old_comments.as_deref());
    let mut anchors = Anchors::new(&story, comments.prefix_of(&text));
    let title = story.title(document.title.as_deref());
    for finding in &document.findings {
        let range = place(finding, &main, &notes, &story).unwrap_or_else(|| title.clone());
        let id = comments.add(finding);
        anchors.put(range, id);
    }
    let mut changed: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    changed.insert(main.clone(), anchors.write(&text).into_bytes());
    let name = comments_name.clone().unwrap_or_else(|| free_name(&mut package, &main));
    let written = comments.write(old_comments.as_deref()).map_err(|problem| package.error(&name, problem))?;
    changed.insert(name.clone(), written.into_bytes());
    if comments_name.is_none() {
        let relations_name = relations_of(&main);
        let old = utf8_part(&mut package, path, &relations_name)?;
        let new = comment::with_relation(old.as_deref(), &main, &name, &text)
            .map_err(|problem| package.error(&relations_name, problem))?;
        changed.insert(relations_name, new.into_bytes());
    }
    if old_comments.is_none() {
        const TYPES: &str = "[Content_Types].xml";
        let old = utf8_part(&mut package, path, TYPES)?;
        let new = comment::with_type(old.as_deref(), &name).map_err(|problem| package.error(TYPES, problem))?;
        changed.insert(TYPES.to_owned(), new.into_bytes());
    }
    let bytes = repack(bytes, changed).map_err(|error| Error::Write {
        path: "the document with comments".into(),
        source: std::io::Error::other(error),
    })?;
    Ok(Annotated { bytes, comments: document.findings.len() })
}

/// The byte range of the document's part that a finding is about; for one in a note, the note's mark.
fn place(finding: &FindingReport, main: &str, notes: &[Notes], story: &Story<'_>) -> Option<Range<usize>> {
    let at = &finding.location;
    let part = at.part.as_deref()?;
    if part.eq_ignore_ascii_case(main) {
        return Some(at.start_byte..at.end_byte);
    }
    let own = notes.iter().find(|notes| notes.part.eq_ignore_ascii_case(part))?;
    let (id, range) = own.ranges.get(own.ranges.partition_point(|(_, range)| range.end <= at.start_byte))?;
    if range.contains(&at.start_byte) { story.mark_of(own.element, *id) } else { None }
}

/// A part as it stands, if byte offsets in its text are byte offsets in the part.
fn utf8_part(package: &mut Package<'_>, path: &Path, name: &str) -> Result<Option<String>, Error> {
    let (Some(text), Some(raw)) = (package.part(name)?, package.raw(name)?) else { return Ok(None) };
    if text.as_bytes() == raw {
        return Ok(Some(text));
    }
    Err(Error::Unsupported {
        path: path.to_owned(),
        what: "a Word document that isn't written in UTF-8",
        help: "open it in a word processor and save it as a Word document (.docx)",
    })
}

/// Where the relations of a part stand.
fn relations_of(part: &str) -> String {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") }
}

/// A name for the comments beside the document that no part has.
fn free_name(package: &mut Package<'_>, main: &str) -> String {
    let folder = main.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let mut name = format!("{folder}comments.xml");
    let mut number = 2;
    while package.has(&name) {
        name = format!("{folder}comments{number}.xml");
        number += 1;
    }
    name
}

/// The container with some parts changed or added; all others keep their packed bytes.
fn repack(bytes: &[u8], mut changed: BTreeMap<String, Vec<u8>>) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() + bytes.len() / 8)));
    writer.set_raw_comment(archive.comment().into())?;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        let name = crate::read::docx::package::part_name(entry.name());
        let key = changed.keys().find(|key| key.to_lowercase() == name).cloned();
        match key.and_then(|key| changed.remove(&key)) {
            Some(new) => {
                let method = match entry.compression() {
                    CompressionMethod::Stored => CompressionMethod::Stored,
                    _ => CompressionMethod::Deflated,
                };
                let mut options = SimpleFileOptions::default().compression_method(method);
                if let Some(time) = entry.last_modified() {
                    options = options.last_modified_time(time);
                }
                let name = entry.name().to_owned();
                drop(entry);
                writer.start_file(name, options)?;
                writer.write_all(&new)?;
            }
            None => writer.raw_copy_file(entry)?,
        }
    }
    for (name, new) in changed {
        // The time of an entry is left at the container's zero, so that the same input gives the same bytes.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default());
        writer.start_file(name, options)?;
        writer.write_all(&new)?;
    }
    Ok(writer.finish()?.into_inner())
}

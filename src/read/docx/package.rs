//! The zip container: its parts, and which part is which.

use std::io::{Cursor, Read as _};
use std::path::Path;

use rustc_hash::FxHashMap;
use zip::ZipArchive;
use zip::result::ZipError;

use super::xml::{Problem, Space, Token, Walker};
use crate::error::Error;
use crate::source::decode;

/// A part unpacks to no more than this.
const MOST_PART_BYTES: u64 = 64 * 1024 * 1024;
/// All parts that are read unpack to no more than this.
const MOST_BYTES: u64 = 96 * 1024 * 1024;
/// A container has no more entries than this.
const MOST_ENTRIES: usize = 20_000;

const DAMAGED_HELP: &str =
    "download or copy the file again, or open it in a word processor and save it under a new name";

/// An opened container.
pub(crate) struct Package<'a> {
    path: &'a Path,
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Entries by their names in lower case, since names of parts don't count case.
    entries: FxHashMap<String, usize>,
    /// Bytes that may still be unpacked.
    left: u64,
    /// Notes on how parts were decoded.
    pub(crate) notes: Vec<String>,
}

/// What another part is to the main one.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// The last word of its type: `styles`, `footnotes`.
    pub(crate) kind: String,
    /// The name of the part.
    pub(crate) target: String,
}

impl<'a> Package<'a> {
    /// Opens a container. Errors: what lies there is no zip, is cut short, or has too many entries.
    pub(crate) fn open(path: &'a Path, bytes: &'a [u8]) -> Result<Self, Error> {
        if !bytes.starts_with(b"PK") {
            return Err(damaged(path, "a Word document is a zip container, and this is none".to_owned()));
        }
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Error::Locked { path: path.to_owned() },
            other => damaged(
                path,
                format!("its table of contents can't be read, as when a download was cut short ({other})"),
            ),
        })?;
        if archive.len() > MOST_ENTRIES {
            return Err(Error::Excessive { path: path.to_owned(), what: format!("more than {MOST_ENTRIES} parts") });
        }
        let entries =
            (0..archive.len()).filter_map(|index| Some((part_name(archive.name_for_index(index)?), index))).collect();
        Ok(Self { path, archive, entries, left: MOST_BYTES, notes: Vec::new() })
    }

    /// The name of the part that holds the text. Errors: the container is no Word document.
    pub(crate) fn main_part(&mut self) -> Result<String, Error> {
        let relations = self.relations("")?;
        let named = relations.into_iter().find(|r| r.kind == "officeDocument").map(|r| r.target);
        let name = named.unwrap_or_else(|| "word/document.xml".to_owned());
        let is_word =
            self.entries.contains_key(&name.to_lowercase()) && !name.starts_with("xl/") && !name.starts_with("ppt/");
        if is_word {
            return Ok(name);
        }
        Err(Error::Unsupported {
            path: self.path.to_owned(),
            what: self.what_else(),
            help: "save it as a Word document (.docx)",
        })
    }

    /// What a container is that holds no Word document.
    fn what_else(&self) -> &'static str {
        let has = |name: &str| self.entries.contains_key(name);
        if has("content.xml") && has("meta-inf/manifest.xml") {
            "an OpenDocument file (.odt)"
        } else if has("xl/workbook.xml") {
            "an Excel workbook"
        } else if has("ppt/presentation.xml") {
            "a PowerPoint presentation"
        } else if has("meta-inf/container.xml") {
            "an e-book (EPUB)"
        } else if has("index/document.iwa") {
            "an Apple Pages document"
        } else {
            "a zip container without a Word document in it"
        }
    }

    /// The relations of a part; those of the whole container for the empty name.
    pub(crate) fn relations(&mut self, part: &str) -> Result<Vec<Relation>, Error> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let name = if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") };
        let Some(text) = self.part(&name)? else { return Ok(Vec::new()) };
        let mut relations = Vec::new();
        let mut walker = Walker::new(&text);
        loop {
            match walker.next() {
                Ok(Token::Start(element)) if element.space == Space::Package && element.name == "Relationship" => {
                    let external = element.get("TargetMode").is_some_and(|m| m.eq_ignore_ascii_case("external"));
                    if let (Some(kind), Some(target), false) = (element.get("Type"), element.get("Target"), external) {
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        relations.push(Relation { kind, target: resolve(folder, &target) });
                    }
                }
                Ok(Token::Eof) => return Ok(relations),
                Ok(_) => {}
                Err(problem) => return Err(self.error(&name, problem)),
            }
        }
    }

    /// Whether the container has a part of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(&name.to_lowercase())
    }

    /// The text of a part; `None` where the container has no such part.
    /// Errors: it is locked, broken, or unpacks to too much.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<String>, Error> {
        let Some(bytes) = self.raw(name)? else { return Ok(None) };
        let Some(decoded) = decode(&bytes) else {
            return Err(damaged(self.path, format!("{name} in it can't be unpacked (it is no text)")));
        };
        if let Some(note) = decoded.note {
            self.notes.push(format!("{name}: {note}"));
        }
        Ok(Some(decoded.text))
    }

    /// The bytes of a part; `None` where the container has no such part.
    /// Errors: it is locked, broken, or unpacks to too much.
    pub(crate) fn raw(&mut self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let Some(index) = self.entries.get(&name.to_lowercase()).copied() else { return Ok(None) };
        let path = self.path;
        let broken = |why: &dyn std::fmt::Display| damaged(path, format!("{name} in it can't be unpacked ({why})"));
        let entry = match self.archive.by_index(index) {
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return Err(Error::Locked { path: path.to_owned() });
            }
            Err(error) => return Err(broken(&error)),
        };
        let most = self.left.min(MOST_PART_BYTES);
        let mut bytes = Vec::with_capacity(entry.size().min(most).min(1024 * 1024) as usize);
        entry.take(most + 1).read_to_end(&mut bytes).map_err(|error| broken(&error))?;
        if bytes.len() as u64 > most {
            let what = format!("{name}, which unpacks to more than {} MB", most / 1_048_576);
            return Err(Error::Excessive { path: path.to_owned(), what });
        }
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }

    /// The error for a problem in a part.
    pub(crate) fn error(&self, part: &str, problem: Problem) -> Error {
        match problem {
            Problem::Broken(at, why) => damaged(self.path, format!("{part} in it is broken at byte {at} ({why})")),
            Problem::Excessive(what) => Error::Excessive { path: self.path.to_owned(), what },
        }
    }
}

fn damaged(path: &Path, message: String) -> Error {
    Error::Damaged { path: path.to_owned(), message, help: DAMAGED_HELP }
}

/// The name of an entry as parts are named: forward slashes, none at the start, lower case.
pub(crate) fn part_name(entry: &str) -> String {
    entry.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// A target as written in a relation, seen from the folder of the part that it belongs to.
fn resolve(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop();
            }
            other => path.push(other),
        }
    }
    path.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_the_part_that_they_belong_to() {
        assert_eq!(resolve("word", "styles.xml"), "word/styles.xml");
        assert_eq!(resolve("word", "../docProps/core.xml"), "docProps/core.xml");
        assert_eq!(resolve("word", "/word/footnotes.xml"), "word/footnotes.xml");
        assert_eq!(resolve("", "../../word/document.xml"), "word/document.xml");
    }

    #[test]
    fn entries_count_no_case_and_may_be_written_with_backslashes() {
        assert_eq!(part_name("\\Word\\Document.XML"), "word/document.xml");
    }
}

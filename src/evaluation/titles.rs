//! Lists of titles or files with the standard that is true of each (`titles*.tsv`, `selection*.tsv`):
//! how often it is told rightly.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::outcome::{check_file, standard_of};
use crate::error::Error;
use crate::gold::NO_STANDARD;
use crate::read::read_bytes;
use crate::report::DocumentReport;
use crate::rule::RuleSet;

/// How often the standard was told rightly in one list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TitleList {
    /// The list's file, without its ending.
    pub name: String,
    /// Told rightly.
    pub right: usize,
    /// Of so many.
    pub n: usize,
}

struct Row {
    title: Option<String>,
    file: Option<String>,
    standard: String,
    stage: Option<String>,
}

/// What a list says of a text that answers to two standards.
const AMBIGUOUS: &str = "ambiguous";

/// Judges all lists of a folder, sorted by name. Rows whose file isn't there are left out, and so
/// are lists without rows. Errors: a list can't be read or lacks a column.
pub(super) fn title_lists(folder: &Path, rules: &RuleSet) -> Result<Vec<TitleList>, Error> {
    let entries = std::fs::read_dir(folder).map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|p| is_list(p)).collect();
    paths.sort();
    let mut lists = Vec::new();
    for path in paths {
        let rows = rows(&path)?;
        let right: Vec<bool> = rows.par_iter().filter_map(|row| is_told_rightly(row, folder, rules)).collect();
        if !right.is_empty() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            lists.push(TitleList { name, right: right.iter().filter(|r| **r).count(), n: right.len() });
        }
    }
    Ok(lists)
}

fn is_list(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.ends_with(".tsv") && (name.starts_with("titles") || name.starts_with("selection"))
}

fn rows(path: &Path) -> Result<Vec<Row>, Error> {
    let wrong = |message: String| Error::Usage {
        message: format!("{}: {message}", path.display()),
        help: Some("a list has the columns standard and title or file, parted by tabs, and perhaps stage".into()),
    };
    let bytes = read_bytes(path)?;
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').flexible(true).from_reader(&bytes[..]);
    let headers = reader.headers().map_err(|e| wrong(e.to_string()))?.clone();
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (title, file, stage) = (column("title"), column("file"), column("stage"));
    let standard = column("standard").ok_or_else(|| wrong("there is no column `standard`".into()))?;
    if title.is_none() && file.is_none() {
        return Err(wrong("there is no column `title` or `file`".into()));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.to_string()))?;
        let cell = |at: Option<usize>| record.get(at?).filter(|cell| !cell.is_empty()).map(str::to_owned);
        let standard = cell(Some(standard)).unwrap_or_default();
        rows.push(Row { title: cell(title), file: cell(file), standard, stage: cell(stage) });
    }
    Ok(rows)
}

/// `None` where the row's file isn't there. What can't be read is told wrongly.
fn is_told_rightly(row: &Row, folder: &Path, rules: &RuleSet) -> Option<bool> {
    let document = match (&row.file, &row.title) {
        (Some(file), _) => {
            let path = folder.join(file);
            if !path.exists() {
                return None;
            }
            read_bytes(&path).and_then(|bytes| check_file(&path, &bytes, rules, |_| {}))
        }
        (None, title) => {
            let text = format!("# {}\n", title.as_deref().unwrap_or_default());
            check_file(&folder.join("title.md"), text.as_bytes(), rules, |_| {})
        }
    };
    Some(document.ok().flatten().is_some_and(|document| fits(row, &document)))
}

fn fits(row: &Row, document: &DocumentReport) -> bool {
    let ambiguous = document.standard.as_ref().is_some_and(|s| s.ambiguous);
    if standard_of(document) != row.standard && !(row.standard == AMBIGUOUS && ambiguous) {
        return false;
    }
    match row.stage.as_deref() {
        Some(stage @ ("report" | "protocol")) if row.standard != NO_STANDARD => {
            // A title alone can't tell a report from its abstract.
            document.stage == stage || (stage == "report" && matches!(document.stage, "abstract" | "fragment"))
        }
        _ => true,
    }
}

//! Tables that people filled in: read from Word or CSV, whatever their columns are called.
//!
//! Source of the names: completed RAMESES, PRISMA and eMERGe checklists in supplements, which head the
//! last columns "Reported on page", "Location in manuscript", "Page and line" or "Comment".

use std::path::Path;

use crate::error::Error;
use crate::read::docx::grid;
use crate::source::{SourceText, decode};

/// Rows of a table are no more than this.
const MOST_ROWS: usize = 2_000;

/// A checklist as somebody filled it in.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Its rows below the header.
    pub rows: Vec<FilledRow>,
    /// Whether bare numbers in the column of places are pages.
    pub pages: bool,
    /// Its rows for people, a line each: of CSV, the file itself.
    pub source: SourceText,
    /// Whether lines of `source` are rows of a Word table.
    pub from_word: bool,
}

/// One row.
#[derive(Debug, Clone, Default)]
pub struct FilledRow {
    /// 1-based line in the source.
    pub line: usize,
    /// The number of the item, where it says one.
    pub number: Option<u32>,
    /// What stands in the column of items.
    pub item: String,
    /// Its name.
    pub name: String,
    /// `None` where the table has no such column.
    pub status: Option<String>,
    /// Where it is said to be reported.
    pub place: String,
    /// The authors' note.
    pub note: String,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Item,
    Name,
    Asks,
    Status,
    Place,
    Quotation,
    Note,
}

impl Column {
    /// By its heading. The order decides: "Reported on page No" is a place, "Checklist item" a text.
    fn named(heading: &str) -> Option<Self> {
        let heading = heading.trim().to_lowercase();
        let words: Vec<&str> = heading.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let has = |all: &[&str]| words.iter().any(|word| all.contains(word));
        if words.is_empty() {
            return (heading.contains('#')).then_some(Self::Item);
        }
        Some(if has(&["quotation", "quote", "quotes", "quoted", "excerpt"]) {
            Self::Quotation
        } else if has(&["note", "notes", "comment", "comments", "remark", "remarks", "explanation"]) {
            Self::Note
        } else if has(&["page", "pages", "where", "location", "line", "lines"]) {
            Self::Place
        } else if has(&["status", "reported", "addressed", "completed", "done", "included"]) {
            Self::Status
        } else if has(&["asks", "description", "guidance", "recommendation", "requirement", "criterion"])
            || heading == "checklist item"
        {
            Self::Asks
        } else if has(&["no", "number", "item"]) {
            Self::Item
        } else if has(&["topic", "section", "name", "title", "heading"]) {
            Self::Name
        } else {
            return None;
        })
    }
}

impl FilledRow {
    /// Whether it is about an item: by its number or code, else by its name.
    pub(super) fn is_about(&self, label: &str, code: &str, name: &str) -> bool {
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        if same(&self.item, code) || same(&self.item, label) {
            return true;
        }
        match self.number {
            Some(number) => label.parse() == Ok(number),
            None => !self.name.is_empty() && same(&self.name, name),
        }
    }

    /// Why the authors say that it doesn't apply; the empty text where they give no reason. `None` where
    /// they don't say so.
    pub(super) fn not_applicable(&self) -> Option<String> {
        let begins = |text: &str| {
            let lower = text.trim().to_lowercase();
            ["not applicable", "n/a", "n.a.", "na"].iter().find_map(|opening| {
                let rest = lower.strip_prefix(opening)?;
                if rest.chars().next().is_some_and(char::is_alphanumeric) {
                    return None;
                }
                let said = &text.trim()[opening.len()..];
                Some(said.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end_matches([')', ' ']).to_owned())
            })
        };
        begins(self.status.as_deref().unwrap_or_default()).or_else(|| begins(&self.place))
    }

    /// Whether the authors say that it is reported: they say where, or that it is.
    pub(super) fn claims(&self) -> bool {
        let place = self.place.trim().to_lowercase();
        let none = ["", "-", "\u{2013}", "\u{2014}", "no", "none", "not reported", "not found", "no page"];
        if self.not_applicable().is_some() || self.denies() {
            return false;
        }
        let status = self.status.as_deref().unwrap_or_default().trim().to_lowercase();
        !none.contains(&place.as_str())
            || ["yes", "y", "x", "\u{2713}", "\u{2714}", "reported"].contains(&status.as_str())
    }

    /// Whether the authors say that it isn't reported.
    pub(super) fn denies(&self) -> bool {
        let said = |text: &str| {
            let text = text.trim().to_lowercase();
            matches!(text.as_str(), "no" | "n") || text.starts_with("not reported") || text.starts_with("not found")
        };
        self.status.as_deref().is_some_and(said) || said(&self.place)
    }
}

/// Reads a filled checklist from a Word document or from CSV, by the bytes.
///
/// Errors: it can't be read, or no table in it has columns of a checklist.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Filled, Error> {
    let word = bytes.starts_with(b"PK") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    let (grids, source) = if word {
        let grids = grid::tables(path, bytes)?;
        let mut text = String::new();
        for row in grids.iter().flatten().take(MOST_ROWS) {
            let cells: Vec<String> =
                row.iter().map(|cell| cell.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            text.push_str(&cells.join(" | "));
            text.push('\n');
        }
        let mut line = 0;
        let lined = grids.into_iter().map(|grid| {
            let rows = grid.into_iter().map(|row| {
                line += 1;
                (line, row)
            });
            rows.collect::<Vec<_>>()
        });
        (lined.collect::<Vec<_>>(), SourceText::new(path.to_string_lossy(), text))
    } else {
        let Some(decoded) = decode(bytes) else {
            return Err(Error::NotText { path: path.to_owned(), looks_like: "no table" });
        };
        (vec![rows_of_csv(&decoded.text)], SourceText::new(path.to_string_lossy(), decoded.text))
    };
    // The table that has most of the columns: papers hold others.
    let best = grids
        .iter()
        .filter_map(|grid| header_of(grid).map(|(at, columns)| (columns.iter().flatten().count(), at, columns, grid)))
        .max_by_key(|(columns, ..)| *columns);
    let Some((_, at, columns, grid)) = best else {
        return Err(Error::Usage {
            message: format!("{} holds no checklist", path.display()),
            help: Some(
                "a checklist is a table with a column for the item (its number or topic) and one for the place (`Page`, `Where`, `Location`) or a note; realint reads .docx and .csv".into(),
            ),
        });
    };
    let heading = |column| columns.iter().position(|own| *own == Some(column)).and_then(|c| grid[at].1.get(c));
    let pages = heading(Column::Place).is_some_and(|text| text.to_lowercase().contains("page"));
    let rows = grid[at + 1..].iter().take(MOST_ROWS).filter_map(|(line, cells)| row_of(*line, cells, &columns));
    Ok(Filled { rows: rows.collect(), pages, source, from_word: word })
}

/// The first row that names the columns of a checklist.
fn header_of(grid: &[(usize, Vec<String>)]) -> Option<(usize, Vec<Option<Column>>)> {
    grid.iter().take(10).enumerate().find_map(|(at, (_, row))| {
        let mut columns: Vec<Option<Column>> = Vec::new();
        for cell in row {
            // A column that repeats another is no further one.
            columns.push(Column::named(cell).filter(|column| !columns.contains(&Some(*column))));
        }
        let has = |column| columns.contains(&Some(column));
        let about = has(Column::Item) || has(Column::Name) || has(Column::Asks);
        let says = has(Column::Place) || has(Column::Note) || has(Column::Status);
        (about && says).then_some((at, columns))
    })
}

fn row_of(line: usize, cells: &[String], columns: &[Option<Column>]) -> Option<FilledRow> {
    let cell = |wanted: Column| -> Option<String> {
        let index = columns.iter().position(|column| *column == Some(wanted))?;
        Some(cells.get(index).cloned().unwrap_or_default())
    };
    let item = cell(Column::Item).unwrap_or_default();
    let name = cell(Column::Name).unwrap_or_default();
    // Where items have no column of their own, the number begins the text.
    let first = cells.iter().find(|cell| !cell.trim().is_empty())?;
    let number = item_number(&item).or_else(|| leading_number(first)).or_else(|| leading_number(&name));
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | ' ')).to_owned();
    Some(FilledRow {
        line,
        number,
        item,
        name,
        status: cell(Column::Status),
        place: cell(Column::Place).unwrap_or_default(),
        note: cell(Column::Note).unwrap_or_default(),
    })
}

/// The number of an item: `9`, `Item 9`, `9a`. A code such as `RS09` is told whole, since another pack's
/// ninth item is another item.
fn item_number(text: &str) -> Option<u32> {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let plain = |word: &str| word.len() == 1 || matches!(word.to_lowercase().as_str(), "item" | "no" | "number");
    if words.all(plain) { number_in(text) } else { None }
}

/// The first number of a text.
fn number_in(text: &str) -> Option<u32> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    text[from..].split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The number that begins a text: `9. Selection`, `Item 9: selection`.
fn leading_number(text: &str) -> Option<u32> {
    let text = text.trim_start();
    let text = text.strip_prefix("Item").or_else(|| text.strip_prefix("item")).unwrap_or(text).trim_start();
    if text.starts_with(|c: char| c.is_ascii_digit()) { number_in(text) } else { None }
}

/// Records of CSV with their lines. Where semicolons or tabs part the cells, as spreadsheets in much of
/// Europe write it, these do.
fn rows_of_csv(text: &str) -> Vec<(usize, Vec<String>)> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |delimiter: char| first.matches(delimiter).count();
    let delimiter = [',', ';', '\t'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter as u8)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let records = reader.records().take(MOST_ROWS).filter_map(Result::ok);
    records
        .map(|record| {
            // The position is that before blank lines.
            let line = record.position().map_or(1, |position| {
                let rest = text.as_bytes().get(position.byte() as usize..).unwrap_or_default();
                let blank = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n');
                position.line() as usize + blank.count()
            });
            (line, record.iter().map(|cell| cell.trim().to_owned()).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> Filled {
        read(Path::new("a.csv"), text.as_bytes()).expect("a checklist")
    }

    #[test]
    fn columns_are_told_by_what_people_call_them() {
        for (header, column) in [
            ("Reported on page No", Column::Place),
            ("Location in manuscript", Column::Place),
            ("Item No.", Column::Item),
            ("#", Column::Item),
            ("Section/Topic", Column::Name),
            ("Checklist item", Column::Asks),
            ("Reported?", Column::Status),
            ("Comments", Column::Note),
        ] {
            assert_eq!(Column::named(header), Some(column), "{header}");
        }
    }

    #[test]
    fn semicolons_marks_and_missing_cells_do_no_harm() {
        let filled = csv("\u{feff}No;Topic;Page\n1;Title;1\n2;Abstract\n\n3. Rationale;;4\n");
        let said: Vec<_> = filled.rows.iter().map(|r| (r.line, r.number, r.place.as_str())).collect();
        assert_eq!(said, [(2, Some(1), "1"), (3, Some(2), ""), (5, Some(3), "4")]);
        assert!(filled.pages);
    }

    #[test]
    fn not_applicable_is_told_with_its_reason() {
        let row = |status: &str| FilledRow { status: Some(status.to_owned()), ..FilledRow::default() };
        assert_eq!(row("N/A (no protocol)").not_applicable().as_deref(), Some("no protocol"));
        assert_eq!(row("Not applicable: no protocol").not_applicable().as_deref(), Some("no protocol"));
        assert_eq!(row("n/a").not_applicable().as_deref(), Some(""));
        assert_eq!(row("named on p. 3").not_applicable(), None);
        assert!(!row("named on p. 3").denies() && !row("no").claims());
    }

    #[test]
    fn a_table_of_something_else_is_refused() {
        assert!(read(Path::new("a.csv"), b"name,age\nA,3\n").is_err());
    }
}

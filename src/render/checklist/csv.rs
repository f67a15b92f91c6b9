//! CSV: one row an item, for spreadsheets.

use std::io::{self, Write};

use super::cells;
use crate::checklist::{Checklist, HEADINGS};

/// Writes the table as CSV (RFC 4180) with a header row; several places or quotations of an item stand
/// on lines of their own within the cell.
pub fn csv(checklist: &Checklist, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(HEADINGS)?;
    for row in &checklist.rows {
        writer.write_record(cells(row).map(harmless))?;
    }
    writer.flush()
}

/// A cell that no spreadsheet takes for a formula. A note that begins with a dash keeps it.
fn harmless(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '+', '@', '\t', '\r'])
        || (cell.starts_with('-') && cell[1..].trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '('));
    if is_formula { format!(" {cell}") } else { cell }
}

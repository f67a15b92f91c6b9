//! A table for the terminal, as wide as the terminal is.

use std::io::{self, Write};

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::super::place::printable;
use super::{called, columns, lacking, place, support, words};
use crate::report::Report;

/// Writes a table of the configurations of each document, `width` characters wide.
pub fn table(report: &Report, width: u16, out: &mut dyn Write) -> io::Result<()> {
    for document in &report.documents {
        let count = document.configurations.len();
        let stands = document.standard.as_ref().map_or("no standard applies", |s| s.id.as_str());
        let record = if document.record > 1 { format!(" (record {})", document.record) } else { String::new() };
        let number = match count {
            0 => "no configuration was found".to_owned(),
            1 => "1 configuration".to_owned(),
            _ => format!("{count} configurations"),
        };
        let path = printable(&document.path);
        writeln!(out, "{path}{record}: {stands}, {number}")?;
        if count == 0 {
            for note in &document.notes {
                writeln!(out, "  note: {}", super::one_line(note))?;
            }
            continue;
        }
        let columns = columns(document.configurations.iter());
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.max(60));
        let headings = columns.iter().map(|column| column.heading());
        table.set_header(["", "stage"].into_iter().chain(headings).chain(["support", "where"]));
        let mut unsupported = 0;
        let mut incomplete = 0;
        for (index, configuration) in document.configurations.iter().enumerate() {
            let lacks = lacking(configuration);
            incomplete += usize::from(!lacks.is_empty());
            unsupported += usize::from(!configuration.supported);
            let mut row = vec![Cell::new(called(configuration, index)), Cell::new(configuration.stage.name())];
            for column in &columns {
                let words = words(configuration, *column);
                let missing = words.is_empty() && column.is_core() && !configuration.dyad;
                row.push(Cell::new(if missing { "(not found)" } else { &words }));
            }
            row.push(Cell::new(if configuration.supported { support(configuration) } else { "(none found)".into() }));
            row.push(Cell::new(place(document, configuration)));
            table.add_row(row);
        }
        let last = columns.len() + 3;
        for narrow in [0, 1, last] {
            if let Some(column) = table.column_mut(narrow) {
                column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(14)));
            }
        }
        writeln!(out, "{table}")?;
        writeln!(out, "{incomplete} incomplete, {unsupported} without support")?;
    }
    Ok(())
}

//! Markdown: a table as GitHub, Quarto and pandoc read it.

use std::io::{self, Write};

use super::super::place::steers;
use super::{cells, colophon, heading};
use crate::checklist::{Checklist, HEADINGS};

/// Writes a heading and the table.
pub fn markdown(checklist: &Checklist, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Checklist: {}\n", plain(&checklist.title))?;
    writeln!(out, "{}, {}\n", plain(&heading(checklist)), checklist.stage)?;
    writeln!(out, "| {} |", HEADINGS.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(HEADINGS.len()))?;
    for row in &checklist.rows {
        writeln!(out, "| {} |", cells(row).map(|cell| plain(&cell)).join(" | "))?;
    }
    writeln!(out, "\n{}", colophon(checklist))
}

/// Text that Markdown takes for text: a quotation must not become markup.
pub(in super::super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' => plain.push_str("<br>"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' | '$' | '~' | '^' => plain.extend(['\\', c]),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            c if steers(c) => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

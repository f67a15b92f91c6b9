//! JSON, as the contract `realint-report/1` sets it out.

use std::io::{self, Write};

use crate::report::Report;

/// Writes the whole report as one object.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// Writes one document a line.
pub fn jsonl(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for document in &report.documents {
        serde_json::to_writer(&mut *out, document)?;
        writeln!(out)?;
    }
    Ok(())
}

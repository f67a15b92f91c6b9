//! JSON, as the contract `realint-report/1` sets it out.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::Report;

/// Writes the whole report as one object.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// Writes one document a line.
pub fn jsonl(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.documents.iter().try_for_each(|document| line(document, out))
}

/// Writes a document, or a failure, as a line.
pub fn line(one: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, one)?;
    writeln!(out)
}

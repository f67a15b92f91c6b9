//! JSON, as the contract `realint-comparison/1` sets it out.

use std::io::{self, Write};

use crate::comparison::Comparison;

/// Writes one object.
pub fn json(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, comparison)?;
    writeln!(out)
}

//! JSON, as the contract `realint-comparison/1` sets it out.

use std::io::{self, Write};

use super::super::json::pretty;
use crate::comparison::Comparison;

/// Writes one object.
pub fn json(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(pretty(comparison)?.as_bytes())?;
    writeln!(out)
}

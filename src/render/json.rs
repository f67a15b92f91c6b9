//! JSON, as the contract `realint-report/1` sets it out.

use std::io::{self, Write};

use serde::Serialize;

use super::place::steers;
use crate::report::Report;

/// Writes the whole report as one object.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(pretty(report)?.as_bytes())?;
    writeln!(out)
}

/// Writes one document a line.
pub fn jsonl(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.documents.iter().try_for_each(|document| line(document, out))
}

/// Writes a document, or a failure, as a line.
pub fn line(one: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(tame(serde_json::to_string(one)?).as_bytes())?;
    writeln!(out)
}

/// A value as JSON of several lines, without characters that would steer a terminal.
///
/// Errors: it can't be serialised.
pub(super) fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(value).map(tame)
}

/// JSON with the characters escaped that steer a terminal and that JSON lets through: it means the same.
fn tame(json: String) -> String {
    let hostile = |c: char| steers(c) && c != '\n';
    if !json.contains(hostile) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 64);
    for character in json.chars() {
        if hostile(character) {
            // They stand in strings only, and in the first plane.
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}
